//! The best of several models.

use emptor_types::HistoryView;
use serde::{Deserialize, Serialize};

use super::{FamilySettings, FittedPurchaseModel, PurchaseModelKind};
use crate::validation::{Comparison, Criterion, Holdout};
use crate::{LifetimeError, PurchaseModel};

/// How one kind of model did.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The kind.
    pub kind: PurchaseModelKind,
    /// The criterion, lower is better; `None` if there is no fit to compare.
    pub score: Option<f64>,
    /// The fitted model, or why there is none.
    pub model: Result<FittedPurchaseModel, LifetimeError>,
}

/// All candidates, the best first; those without a fit come last.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// The candidates.
    pub candidates: Vec<Candidate>,
}

/// A line of a comparison, as a table wants it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CandidateSummary {
    /// The model's usual name.
    pub model: String,
    /// The log-likelihood.
    pub log_likelihood: Option<f64>,
    /// Estimated parameters.
    pub parameters: Option<usize>,
    /// Akaike's information criterion.
    pub aic: Option<f64>,
    /// The Bayesian information criterion.
    pub bic: Option<f64>,
    /// The criterion that the selection went by.
    pub score: Option<f64>,
    /// What the fit reports, or why there is none.
    pub remark: String,
}

impl Selection {
    /// The best model.
    ///
    /// # Errors
    /// The first candidate's error if no model could be fitted.
    pub fn best(&self) -> Result<&FittedPurchaseModel, LifetimeError> {
        match self.candidates.first() {
            Some(candidate) => candidate.model.as_ref().map_err(Clone::clone),
            None => Err(LifetimeError::Empty { model: "a selection" }),
        }
    }

    /// One line per candidate, the best first.
    #[must_use]
    pub fn table(&self) -> Vec<CandidateSummary> {
        let line = |candidate: &Candidate| {
            let report = candidate.model.as_ref().ok().map(PurchaseModel::report);
            CandidateSummary {
                model: candidate.kind.name().to_owned(),
                log_likelihood: report.and_then(|report| report.log_likelihood),
                parameters: report.map(|report| report.parameters),
                aic: report.and_then(emptor_types::FitReport::aic),
                bic: report.and_then(emptor_types::FitReport::bic),
                score: candidate.score,
                remark: match &candidate.model {
                    Ok(model) => model.report().termination.to_string(),
                    Err(error) => error.to_string(),
                },
            }
        };
        self.candidates.iter().map(line).collect()
    }
}

/// Fits models of several kinds and orders them, the best first. Kinds that cannot be fitted, e.g. models of regular buyers
/// without the times between purchases, stay in the result with their reason.
///
/// Information criteria compare densities, so they compare models of the same columns: those of regular buyers use the
/// times between purchases, which the likelihood of the others does not depend on, and all are densities of the purchase
/// times. A fit on the boundary competes with its log-likelihood if [`FamilySettings::accept_boundary`] is set.
///
/// ```
/// use emptor_lifetime::validation::Criterion;
/// use emptor_lifetime::{FamilySettings, FittedParetoNbd, ParetoNbdParameters, PurchaseModelKind, select};
/// use emptor_types::TimeUnit;
///
/// let parameters = ParetoNbdParameters { r: 0.8, alpha: 5.0, s: 0.9, beta: 12.0 };
/// let base = FittedParetoNbd::from_parameters(parameters, TimeUnit::Week)?.simulate(&[52.0; 3000], None, 5)?;
/// let kinds = [PurchaseModelKind::Nbd, PurchaseModelKind::BgNbd, PurchaseModelKind::ParetoNbd];
/// let selection = select(&kinds, &base.view()?, &FamilySettings::default(), Criterion::Bic, None)?;
/// assert_eq!(selection.best()?.kind(), PurchaseModelKind::ParetoNbd);
/// assert_eq!(selection.table()[2].model, "NBD");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`LifetimeError::Invalid`] if no kind is named, if the criterion is one of a holdout that is not given, or if the
/// holdout has not one element per row of the history; whatever a fitted model returns when asked about the holdout.
pub fn select(
    kinds: &[PurchaseModelKind],
    history: &HistoryView<'_>,
    settings: &FamilySettings,
    criterion: Criterion,
    holdout: Option<&Holdout<'_>>,
) -> Result<Selection, LifetimeError> {
    let mut checks = emptor_types::Invalid::checks();
    checks.require(!kinds.is_empty(), "kinds", "must name at least one model", kinds.len());
    let own = matches!(criterion, Criterion::LogLikelihood | Criterion::Aic | Criterion::Bic);
    checks.require(own || holdout.is_some(), "holdout", "must be given for a criterion of the holdout", "none");
    checks.finish()?;

    let mut candidates = Vec::with_capacity(kinds.len());
    for &kind in kinds {
        let model = kind.fit(history, settings);
        let score = match &model {
            Ok(fitted) => Comparison::measure(&[(kind.name(), fitted)], history, holdout)?.score(criterion, 0),
            Err(_) => None,
        };
        candidates.push(Candidate { kind, score, model });
    }
    candidates.sort_by(|a, b| match (a.score, b.score) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
    Ok(Selection { candidates })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{TestResult, base_of, cdnow, skip};
    use crate::{BetaGeoCnbdKParameters, BetaGeoNbdParameters};

    #[test]
    fn regular_buyers_are_recognised_and_a_history_without_gaps_says_what_is_missing() -> TestResult {
        let base = base_of(BetaGeoCnbdKParameters { k: 3, r: 0.8, alpha: 2.0, a: 0.7, b: 2.4 }, 3000, 3)?;
        let kinds = [PurchaseModelKind::BgNbd, PurchaseModelKind::BgCnbdK];
        let selection = select(&kinds, &base.view()?, &FamilySettings::default(), Criterion::Bic, None)?;
        let FittedPurchaseModel::BgCnbdK(model) = selection.best()? else { return Err("not regular".into()) };
        assert_eq!((model.parameters().k, model.report().parameters), (3, 5));

        let plain = HistoryView::new(&base.frequency, &base.recency, &base.t, None, base.unit)?;
        let selection = select(&kinds, &plain, &FamilySettings::default(), Criterion::Bic, None)?;
        assert_eq!(selection.best()?.kind(), PurchaseModelKind::BgNbd);
        assert!(matches!(selection.candidates[1].model, Err(LifetimeError::NoColumn { column: "sum_ln_gaps", .. })));
        Ok(())
    }

    #[test]
    fn bg_nbd_is_the_bg_cnbd_k_of_order_one() -> TestResult {
        let base = base_of(BetaGeoNbdParameters { r: 0.4, alpha: 4.0, a: 0.8, b: 2.4 }, 2000, 4)?;
        let kinds = [PurchaseModelKind::BgCnbdK, PurchaseModelKind::BgNbd];
        let selection = select(&kinds, &base.view()?, &FamilySettings::default(), Criterion::Bic, None)?;
        let table = selection.table();
        assert_eq!(table[0].model, "BG/NBD", "the order that was chosen costs a parameter");
        assert_eq!(table[0].log_likelihood, table[1].log_likelihood);
        Ok(())
    }

    #[test]
    fn names_are_read_in_many_spellings_and_a_wrong_one_lists_the_right_ones() {
        for kind in PurchaseModelKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(*kind));
            assert_eq!(kind.to_string().to_lowercase().replace('/', "_").parse(), Ok(*kind));
        }
        let error = "BG/NDB".parse::<PurchaseModelKind>().map_err(|error| error.to_string());
        assert!(error.is_err_and(|error| error.contains("one of NBD, BG/NBD") && error.contains("`BG/NDB`")));
    }

    #[test]
    fn on_cdnow_the_models_rank_as_their_published_log_likelihoods() -> TestResult {
        let Some(data) = cdnow()? else {
            skip("on_cdnow_the_models_rank_as_their_published_log_likelihoods");
            return Ok(());
        };
        let kinds =
            [PurchaseModelKind::Nbd, PurchaseModelKind::ParetoNbd, PurchaseModelKind::BgNbd, PurchaseModelKind::MbgNbd];
        let selection = select(&kinds, &data.view()?, &FamilySettings::default(), Criterion::Bic, None)?;
        let ranked: Vec<PurchaseModelKind> = selection.candidates.iter().map(|candidate| candidate.kind).collect();
        // specification C: −9582.14, −9582.43, −9594.98, −9763.66.
        assert_eq!(ranked, [3, 2, 1, 0].map(|i: usize| [kinds[0], kinds[1], kinds[2], kinds[3]][i]));
        Ok(())
    }
}
