//! How good scores are.

mod auc;
mod calibration;
mod decision;
mod gains;
mod importance;
mod saved;
#[cfg(test)]
mod tests;
mod validation;

use emptor_types::Invalid;
use serde::{Deserialize, Serialize};

pub(crate) use self::auc::rank_area;
pub use self::auc::{Auc, AucComparison, compare_auc};
pub use self::calibration::{Calibration, CalibrationBin, brier_score, log_loss};
pub use self::decision::{BestCut, Confusion, KolmogorovSmirnov, best_cut, confusion, kolmogorov_smirnov};
pub use self::gains::{GainsRow, gains};
pub use self::importance::{Importance, permutation_importance};
pub use self::validation::{Contender, CrossValidation, FoldScore, compare_classifiers, cross_validate};
use crate::LearnError;

/// Bins and groups of an [`Evaluation`].
const TENTHS: usize = 10;

/// Everything one asks of the probabilities of a model on rows it has not seen. Loading a saved one checks it again.
///
/// ```
/// use emptor_learn::Evaluation;
///
/// let event: Vec<bool> = (0..100).map(|i| i * 7 % 20 < i / 5).collect();
/// let probability: Vec<f64> = (0..100).map(|i| 0.01 * f64::from(i)).collect();
/// let evaluation = Evaluation::new(&event, &probability)?;
/// assert!(evaluation.auc.auc > 0.75 && evaluation.brier_score < 0.25);
/// assert_eq!(evaluation.gains.len(), 10);
/// # Ok::<(), emptor_learn::LearnError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "saved::Saved")]
#[non_exhaustive]
pub struct Evaluation {
    /// Area under the curve.
    pub auc: Auc,
    /// Mean negative log-likelihood per row.
    pub log_loss: f64,
    /// Mean squared error of the probabilities.
    pub brier_score: f64,
    /// Greatest distance between the two distributions of scores.
    pub kolmogorov_smirnov: KolmogorovSmirnov,
    /// Whether a predicted 10 % happens in 10 % of cases.
    pub calibration: Calibration,
    /// What the best tenths of rows capture.
    pub gains: Vec<GainsRow>,
}

impl Evaluation {
    /// Judges probabilities; calibration and gains by tenths, or as many groups as there are rows.
    ///
    /// # Errors
    /// [`LearnError::Invalid`] unless there is one probability from 0 to 1 per row; [`LearnError::OneClass`] unless there
    /// are rows with and without the event.
    pub fn new(event: &[bool], probability: &[f64]) -> Result<Self, LearnError> {
        let groups = TENTHS.min(event.len().max(1));
        Ok(Self {
            auc: Auc::new(event, probability)?,
            log_loss: log_loss(event, probability)?,
            brier_score: brier_score(event, probability)?,
            kolmogorov_smirnov: kolmogorov_smirnov(event, probability)?,
            calibration: Calibration::new(event, probability, groups)?,
            gains: gains(event, probability, groups)?,
        })
    }
}

/// Scores are finite, one per row, and both outcomes occur. Returns the numbers of events and of other rows.
fn check_scores(event: &[bool], score: &[f64]) -> Result<(usize, usize), LearnError> {
    let mut checks = Invalid::checks();
    let length = format!("must have {} rows like the events", event.len());
    checks.require(score.len() == event.len(), "score", &length, score.len());
    checks.require_each("score", "must be finite", score, |_, x| x.is_finite());
    checks.finish()?;
    let (rows, events) = (event.len(), event.iter().filter(|&&event| event).count());
    if events > 0 && events < rows { Ok((events, rows - events)) } else { Err(LearnError::OneClass { events, rows }) }
}

/// Probabilities lie between 0 and 1, one per row, at least one.
fn check_probabilities(event: &[bool], probability: &[f64]) -> Result<(), LearnError> {
    let mut checks = Invalid::checks();
    let length = format!("must have {} rows like the events", event.len());
    checks.require(probability.len() == event.len(), "probability", &length, probability.len());
    checks.require(!event.is_empty(), "rows", "must be at least one", "none");
    checks.require_each("probability", "must lie between 0 and 1", probability, |_, p| (0.0..=1.0).contains(&p));
    Ok(checks.finish()?)
}

/// Scores with outcomes, best first; −0 is 0.
fn best_first(event: &[bool], score: &[f64]) -> Vec<(f64, bool)> {
    let mut pairs: Vec<(f64, bool)> = score.iter().zip(event).map(|(&score, &event)| (score + 0.0, event)).collect();
    pairs.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    pairs
}

/// Runs of equal scores: score, rows, events.
fn runs(pairs: &[(f64, bool)]) -> impl Iterator<Item = (f64, usize, usize)> + '_ {
    pairs
        .chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq())
        .map(|run| (run[0].0, run.len(), run.iter().filter(|pair| pair.1).count()))
}
