//! Whether probabilities mean what they say.

use emptor_types::{Fit, Invalid};
use serde::{Deserialize, Serialize};

use super::{best_first, check_probabilities, saved};
use crate::normal::two_sided_quantile;
use crate::{Feature, Features, Labelled, LearnError, LogisticRegression};

/// Probabilities nearer to 0 or 1 than this count as this far, so that one certain error does not make a loss infinite.
const CLIP: f64 = 1e-15;

/// Level of the intervals of observed rates.
const LEVEL: f64 = 0.95;

/// The mean negative log-likelihood per row, `−mean(y log p + (1 − y) log(1 − p))`; probabilities are kept 1e-15 away
/// from 0 and 1. The less, the better; a model that knows the base rate `q` only has `−q log q − (1 − q) log(1 − q)`.
///
/// ```
/// use emptor_learn::log_loss;
/// assert!((log_loss(&[true, false], &[0.5, 0.5])? - 2.0_f64.ln()).abs() < 1e-15);
/// # Ok::<(), emptor_learn::LearnError>(())
/// ```
///
/// # Errors
/// [`LearnError::Invalid`] unless there is one probability from 0 to 1 per row.
pub fn log_loss(event: &[bool], probability: &[f64]) -> Result<f64, LearnError> {
    check_probabilities(event, probability)?;
    let loss = |(&event, &p): (&bool, &f64)| {
        let p = p.clamp(CLIP, 1.0 - CLIP);
        if event { -p.ln() } else { -(-p).ln_1p() }
    };
    Ok(event.iter().zip(probability).map(loss).sum::<f64>() / event.len() as f64)
}

/// The mean squared error of probabilities (Brier 1950). The less, the better.
///
/// ```
/// use emptor_learn::brier_score;
/// assert_eq!(brier_score(&[true, false], &[0.5, 0.0])?, 0.125);
/// # Ok::<(), emptor_learn::LearnError>(())
/// ```
///
/// # Errors
/// [`LearnError::Invalid`] unless there is one probability from 0 to 1 per row.
pub fn brier_score(event: &[bool], probability: &[f64]) -> Result<f64, LearnError> {
    check_probabilities(event, probability)?;
    let error = |(&event, &p): (&bool, &f64)| if event { (1.0 - p) * (1.0 - p) } else { p * p };
    Ok(event.iter().zip(probability).map(error).sum::<f64>() / event.len() as f64)
}

/// Rows with similar probabilities: what was predicted and what happened.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CalibrationBin {
    /// Rows.
    pub rows: usize,
    /// Their least probability.
    #[serde(deserialize_with = "saved::share")]
    pub from: f64,
    /// Their greatest probability.
    #[serde(deserialize_with = "saved::share")]
    pub to: f64,
    /// Mean probability.
    #[serde(deserialize_with = "saved::share")]
    pub mean_predicted: f64,
    /// Share of events.
    #[serde(deserialize_with = "saved::share")]
    pub observed: f64,
    /// Wilson's 95 % interval of the share, lower end (Wilson 1927).
    #[serde(deserialize_with = "saved::share")]
    pub observed_low: f64,
    /// The same, upper end.
    #[serde(deserialize_with = "saved::share")]
    pub observed_high: f64,
}

/// Whether a predicted 10 % happens in 10 % of cases.
///
/// ```text
/// expected error = Σ_b n_b / n |mean predicted_b − observed_b|
/// logit P(event) = intercept + slope · logit p             Cox (1958); 0 and 1 for honest probabilities
/// ```
///
/// A slope below 1 says that probabilities are too extreme, as those of an overfitted model are.
///
/// ```
/// use emptor_learn::Calibration;
///
/// let event: Vec<bool> = (0..100).map(|i| i % 10 == 0).collect();
/// let calibration = Calibration::new(&event, &vec![0.1; 100], 10)?;
/// assert_eq!(calibration.bins.len(), 1); // equal probabilities stay together
/// assert!(calibration.expected_error < 1e-12);
/// # Ok::<(), emptor_learn::LearnError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Calibration {
    /// Bins by quantile of the probability, lowest first; equal probabilities are never divided, so that there can be
    /// fewer bins than asked for.
    pub bins: Vec<CalibrationBin>,
    /// Mean absolute difference between predicted and observed, weighted by rows.
    #[serde(deserialize_with = "saved::share")]
    pub expected_error: f64,
    /// Mean probability minus share of events, over all rows.
    pub bias: f64,
    /// The calibration intercept; `None` where the line has no finite estimate: all probabilities equal, one outcome
    /// only, or outcomes separated by the probabilities.
    pub intercept: Option<f64>,
    /// The calibration slope, `None` where the intercept is.
    pub slope: Option<f64>,
}

impl Calibration {
    /// Compares probabilities with what happened, in about `bins` bins of equal size.
    ///
    /// # Errors
    /// [`LearnError::Invalid`] unless there is one probability from 0 to 1 per row and at least one bin.
    pub fn new(event: &[bool], probability: &[f64], bins: usize) -> Result<Self, LearnError> {
        check_probabilities(event, probability)?;
        if bins == 0 {
            Err(Invalid::value("bins", "must be at least 1", bins))?;
        }
        let mut pairs = best_first(event, probability);
        pairs.reverse();
        let rows = pairs.len();
        let mut table = Vec::new();
        let (mut start, mut end, mut share) = (0, 0, 1);
        for run in pairs.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
            end += run.len();
            // A bin closes where it, with all before it, has reached the next share of rows. Half the rows with one
            // probability use up five shares of ten: the next bin ends at the sixth, and has not one row.
            if end * bins >= share * rows || end == rows {
                table.push(bin(&pairs[start..end]));
                start = end;
                share = end * bins / rows + 1;
            }
        }
        let gap = |bin: &CalibrationBin| bin.rows as f64 * (bin.mean_predicted - bin.observed).abs();
        let expected_error = table.iter().map(gap).sum::<f64>() / rows as f64;
        let predicted: f64 = pairs.iter().map(|pair| pair.0).sum();
        let events = pairs.iter().filter(|pair| pair.1).count() as f64;
        let line = line(event, probability);
        Ok(Self {
            bins: table,
            expected_error,
            bias: (predicted - events) / rows as f64,
            intercept: line.map(|(intercept, _)| intercept),
            slope: line.map(|(_, slope)| slope),
        })
    }
}

fn bin(pairs: &[(f64, bool)]) -> CalibrationBin {
    let rows = pairs.len() as f64;
    let events = pairs.iter().filter(|pair| pair.1).count() as f64;
    let (observed_low, observed_high) = wilson(events, rows);
    CalibrationBin {
        rows: pairs.len(),
        from: pairs.first().map_or(0.0, |pair| pair.0),
        to: pairs.last().map_or(0.0, |pair| pair.0),
        mean_predicted: pairs.iter().map(|pair| pair.0).sum::<f64>() / rows,
        observed: events / rows,
        observed_low,
        observed_high,
    }
}

/// Wilson's score interval of a share (Wilson 1927).
pub(super) fn wilson(events: f64, rows: f64) -> (f64, f64) {
    let z = two_sided_quantile(LEVEL);
    let (share, square) = (events / rows, z * z / rows);
    let middle = (share + 0.5 * square) / (1.0 + square);
    let reach = z * (share * (1.0 - share) / rows + 0.25 * square / rows).sqrt() / (1.0 + square);
    ((middle - reach).max(0.0), (middle + reach).min(1.0))
}

/// Intercept and slope of the log odds of the event on those of the probability.
fn line(event: &[bool], probability: &[f64]) -> Option<(f64, f64)> {
    let logit = |p: &f64| {
        let p = p.clamp(CLIP, 1.0 - CLIP);
        p.ln() - (-p).ln_1p()
    };
    let logits: Vec<f64> = probability.iter().map(logit).collect();
    let features = Features::new(&[("logit", Feature::Numbers(&logits))]).ok()?;
    let fitted = LogisticRegression::default().fit(&Labelled::new(&features, event).ok()?).ok()?;
    Some((fitted.coefficients().first()?.estimate, fitted.coefficient("logit")?.estimate))
}
