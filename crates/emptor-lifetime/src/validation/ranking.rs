//! How well a score puts the best customers first.

use serde::{Deserialize, Serialize};

use super::holdout::Holdout;
use super::weights::{Weights, rising, same};

/// The part of the base that a campaign for the best customers reaches.
const TOP: f64 = 0.1;

/// How well customers are put in order, whatever the level of the predictions.
///
/// Customers with equal scores cannot be told apart; at the edge of the best tenth each of them counts by the same
/// part.
///
/// ```
/// use emptor_lifetime::validation::{Holdout, Ranking};
/// use emptor_types::{HistoryView, Horizon, TimeUnit};
///
/// let later = Holdout::new(&[3.0, 0.0, 0.0, 1.0], Horizon::weeks(39.0)?)?;
/// let ranking = Ranking::measure(&[0.9, 0.1, 0.4, 0.4], &later, None)?;
/// assert_eq!(ranking.auc, Some(0.875)); // 3 of 4 pairs in order, and one tied
/// assert_eq!(ranking.gini, Some(0.75));
/// assert!(ranking.top_decile_lift.is_some_and(|lift| (lift - 3.0).abs() < 1e-12)); // 3 purchases, 1 on average
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ranking {
    /// Area under the curve of receiver operating characteristic: the probability that of a customer who buys in the
    /// holdout period and one who does not, the first has the higher score; ties count half (Hanley & McNeil 1982).
    /// `None` if all or none buy.
    pub auc: Option<f64>,
    /// `2 auc − 1`: 0 for an order by chance, 1 for the right one.
    pub gini: Option<f64>,
    /// Mean purchases of the tenth of customers with the highest scores over those of all. `None` if nobody buys.
    pub top_decile_lift: Option<f64>,
}

impl Ranking {
    /// Ranks by one finite score per row; `counts` says how many customers each stands for.
    ///
    /// # Errors
    /// [`Invalid`](emptor_types::Invalid) unless the columns are as long as the holdout, there is an element, scores are
    /// finite, and counts are above 0 and finite.
    pub fn measure(
        score: &[f64],
        holdout: &Holdout<'_>,
        counts: Option<&[f64]>,
    ) -> Result<Self, emptor_types::Invalid> {
        let mut checks = emptor_types::Invalid::checks();
        let rows = holdout.purchases().len();
        checks.require(rows > 0, "holdout purchases", "must have at least one element", rows);
        checks.require(score.len() == rows, "score", "must be as long as the holdout", score.len());
        checks.require_each("score", "must be finite", score, |_, score| score.is_finite());
        if let Some(counts) = counts {
            checks.require(counts.len() == rows, "counts", "must be as long as the holdout", counts.len());
            checks.require_each("counts", "must be finite and above 0", counts, |_, n| n > 0.0 && n.is_finite());
        }
        checks.finish()?;
        Ok(Self::of(score, score, holdout, Weights::new(counts, rows)))
    }

    /// By one score for who is active, and by one for who buys most.
    pub(super) fn of(activity: &[f64], purchases: &[f64], holdout: &Holdout<'_>, weights: Weights<'_>) -> Self {
        let auc = auc(activity, holdout, weights);
        Self {
            auc,
            gini: auc.map(|auc| 2.0 * auc - 1.0),
            top_decile_lift: lift(purchases, holdout.purchases(), weights),
        }
    }
}

/// By the sum of the ranks of those who buy (Mann & Whitney 1947).
fn auc(score: &[f64], holdout: &Holdout<'_>, weights: Weights<'_>) -> Option<f64> {
    let ranks = weights.midranks(score);
    let active = |row: usize| f64::from(u8::from(holdout.is_active(row)));
    let buyers = weights.sum(active);
    let others = weights.sum(|row| 1.0 - active(row));
    let above_others = weights.sum(|row| active(row) * ranks[row]) - 0.5 * buyers * buyers;
    (buyers > 0.0 && others > 0.0).then(|| (above_others / buyers / others).clamp(0.0, 1.0))
}

fn lift(score: &[f64], purchases: &[f64], weights: Weights<'_>) -> Option<f64> {
    let reached = TOP * weights.total();
    let mut order = rising(score);
    order.reverse();
    let (mut customers, mut bought) = (0.0, 0.0);
    for tied in order.chunk_by(|&a, &b| same(score[a], score[b])) {
        let here: f64 = tied.iter().map(|&row| weights.at(row)).sum();
        let part = f64::min(1.0, (reached - customers) / here);
        bought += part * tied.iter().map(|&row| weights.at(row) * purchases[row]).sum::<f64>();
        customers += here;
        if customers >= reached {
            break;
        }
    }
    let mean = weights.mean(|row| purchases[row]);
    (mean > 0.0).then(|| bought / reached / mean)
}
