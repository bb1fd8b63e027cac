//! How much every group of customers has pulled the parameters.

use emptor_types::{Covariates, HistoryView, Invalid};
use rayon::prelude::*;

use super::uncertain::Uncertain;
use crate::LifetimeError;

/// A fitted model that tells which of the customers it was fitted to pulled its parameters where.
///
/// The score of a customer is the slope of the log-likelihood of that customer's row at the estimates. One standard
/// deviation long directions `l_k` of [`Uncertain`] make it simple: the estimates lie `Σ_i s_ik` standard deviations along
/// direction `k` from the truth, to first order, with
/// ```text
/// s_ik = ∇ ln L_i · l_k          Σ_i s_ik ≈ 0 at the maximum
/// ```
/// so that `s_ik` is what customer `i` contributed (the influence function: Hampel 1974). It tells how errors of the
/// parameters go together with the draw of customers.
///
/// ```
/// use emptor_lifetime::{BetaGeoNbd, BetaGeoNbdParameters, FittedBetaGeoNbd, Scored};
/// use emptor_types::{Fit, TimeUnit};
///
/// let truth = BetaGeoNbdParameters { r: 0.6, alpha: 4.4, a: 0.8, b: 2.4 };
/// let base = FittedBetaGeoNbd::from_parameters(truth, TimeUnit::Week)?.simulate(&[39.0; 2000], None, 7)?;
/// let model = BetaGeoNbd::builder().build()?.fit(&base.view()?)?;
/// let groups: Vec<u32> = base.frequency.iter().map(|x| u32::from(*x > 1.0)).collect();
/// let scores = model.scores(&base.view()?, &groups)?;
/// assert_eq!((scores.len(), scores[0].len()), (4, 2)); // directions, groups
/// assert!(scores.iter().all(|of| (of[0] + of[1]).abs() < 1e-3)); // the pulls balance at the maximum
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Scored {
    /// Scores of every direction, in the order of [`Uncertain::directions`], added up over groups of customers; `groups`
    /// has a number for each row of the history, counted from 0.
    ///
    /// # Errors
    /// [`LifetimeError::NoCertainty`]; [`LifetimeError::Invalid`] unless there is one group per row, or for a history with
    /// counts; as the log-likelihood of the model.
    fn scores(&self, history: &HistoryView<'_>, groups: &[u32]) -> Result<Vec<Vec<f64>>, LifetimeError>;
}

/// Scores from differences of the log-likelihood of each group's rows.
pub(crate) fn scores_of<M: Uncertain + Sync + Send>(
    model: &M,
    history: &HistoryView<'_>,
    groups: &[u32],
    log_likelihood: impl Fn(&M, &HistoryView<'_>) -> Result<f64, LifetimeError> + Sync,
) -> Result<Vec<Vec<f64>>, LifetimeError> {
    let mut checks = Invalid::checks();
    let rule = format!("must be one for each of {} rows", history.len());
    checks.require(groups.len() == history.len(), "groups", &rule, groups.len());
    let rule = "must be numbered from 0 and be no more than rows";
    checks.require_each("groups", rule, groups, |_, group| (group as usize) < history.len());
    let rule = "must have customers one by one to score them";
    checks.require(history.counts().is_none(), "history", rule, "counts");
    checks.finish()?;
    let directions = model.directions()?;
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); groups.iter().max().map_or(0, |most| *most as usize + 1)];
    groups.iter().enumerate().for_each(|(row, group)| rows[*group as usize].push(row));
    let of_group = |rows: &Vec<usize>| {
        if rows.is_empty() {
            return Ok(vec![0.0; directions.len()]);
        }
        with_rows(history, rows, |rows| {
            let slope = |direction: &super::Direction<M>| {
                let (above, below) = (log_likelihood(&direction.above, rows)?, log_likelihood(&direction.below, rows)?);
                Ok((above - below) / (2.0 * direction.step))
            };
            directions.iter().map(slope).collect::<Result<Vec<f64>, LifetimeError>>()
        })
    };
    let by_group: Vec<Result<Vec<f64>, LifetimeError>> = rows.par_iter().map(of_group).collect();
    let by_group: Vec<Vec<f64>> = by_group.into_iter().collect::<Result<_, _>>()?;
    Ok((0..directions.len()).map(|k| by_group.iter().map(|scores| scores[k]).collect()).collect())
}

/// Lends some rows of a history.
fn with_rows<T>(
    history: &HistoryView<'_>,
    rows: &[usize],
    take: impl FnOnce(&HistoryView<'_>) -> Result<T, LifetimeError>,
) -> Result<T, LifetimeError> {
    let pick = |column: &[f64]| -> Vec<f64> { rows.iter().map(|row| column[*row]).collect() };
    let (frequency, recency, t) = (pick(history.frequency()), pick(history.recency()), pick(history.t()));
    let (money, gaps) = (history.monetary_value().map(pick), history.sum_ln_gaps().map(pick));
    let covariates = history.covariates().map(|covariates| {
        Covariates::owned(covariates.iter().map(|(name, column)| (name.to_owned(), pick(column))).collect())
    });
    let covariates = covariates.transpose()?;
    let mut view = HistoryView::new(&frequency, &recency, &t, money.as_deref(), history.unit())?;
    if let Some(gaps) = &gaps {
        view = view.with_sum_ln_gaps(gaps)?;
    }
    match &covariates {
        Some(covariates) => take(&view.with_covariates(covariates)?),
        None => take(&view),
    }
}

#[cfg(test)]
mod tests {
    use emptor_types::{Fit, TimeUnit};

    use super::*;
    use crate::testing::TestResult;
    use crate::{
        BetaGeoNbd, BetaGeoNbdParameters, FittedBetaGeoNbd, FittedGammaGamma, FittedPurchaseModel, GammaGamma,
        GammaGammaParameters,
    };

    /// Sums of products of 3000 scores of heavy tails around what the information says.
    const SAMPLING: f64 = 0.25;

    fn assert_uncorrelated(scores: &[Vec<f64>]) {
        for (k, left) in scores.iter().enumerate() {
            for (l, right) in scores.iter().enumerate() {
                let product: f64 = left.iter().zip(right).map(|(a, b)| a * b).sum();
                let expected = if k == l { 1.0 } else { 0.0 };
                assert!((product - expected).abs() < SAMPLING, "{k} {l}: {product}");
            }
        }
    }

    #[test]
    fn scores_along_directions_vary_by_one_and_do_not_depend_on_each_other() -> TestResult {
        // The information equality: Σ_i s_i s_iᵀ estimates the information, and Lᵀ I L is the identity.
        let truth = BetaGeoNbdParameters { r: 0.6, alpha: 4.4, a: 0.8, b: 2.4 };
        let base = FittedBetaGeoNbd::from_parameters(truth, TimeUnit::Week)?.simulate(&[52.0; 3000], None, 3)?;
        let paid = FittedGammaGamma::from_parameters(GammaGammaParameters { p: 6.25, q: 3.74, gamma: 15.44 })?;
        let money = paid.simulate(&base.frequency, 4)?;
        let history = HistoryView::new(&base.frequency, &base.recency, &base.t, Some(&money), TimeUnit::Week)?;
        let each: Vec<u32> = (0..3000).collect();
        let model = BetaGeoNbd::builder().build()?.fit(&history)?;
        let scores = model.scores(&history, &each)?;
        assert_uncorrelated(&scores);
        assert_uncorrelated(&GammaGamma::builder().build()?.fit(&history)?.scores(&history, &each)?);

        // Groups add up, whoever asks; a group without customers has no score.
        let pairs: Vec<u32> = each.iter().map(|row| row / 2 * 2).collect();
        let grouped = FittedPurchaseModel::from(model.clone()).scores(&history, &pairs)?;
        for (own, pair) in scores.iter().flat_map(|of| of.chunks(2)).zip(grouped.iter().flat_map(|of| of.chunks(2))) {
            assert!((own[0] + own[1] - pair[0]).abs() < 1e-8 && pair.get(1).is_none_or(|none| none.abs() <= 0.0));
        }
        assert!(model.scores(&history, &each[1..]).is_err() && model.scores(&history, &vec![3000; 3000]).is_err());
        assert!(model.scores(&history.with_counts(&[1.0; 3000])?, &each).is_err());
        Ok(())
    }
}
