//! How good the probabilities are that a customer buys at all.

use serde::{Deserialize, Serialize};

use super::holdout::Holdout;
use super::weights::Weights;

/// Scores of the probability to buy at least once in the holdout period, `1 − P(no purchase)`.
///
/// Both scores are proper: they are best, on average, for the true probabilities. Lower is better.
///
/// ```text
/// brier = mean (p − y)²                            (Brier 1950)
/// log   = −mean (y ln p + (1 − y) ln (1 − p))      (Good 1952), y = 1 for customers who buy
/// ```
///
/// A probability of 0 or 1 that fails would make the logarithm infinite, so `p` counts as at least the distance that a
/// double keeps from 1 (2⁻⁵²), and so does `1 − p`.
///
/// It is measured by [`HoldoutAccuracy`](super::HoldoutAccuracy).
///
/// ```
/// use emptor_lifetime::validation::{Hiatus, Holdout, HoldoutAccuracy};
/// use emptor_lifetime::{BetaGeoNbdParameters, FittedBetaGeoNbd};
/// use emptor_types::{HistoryView, Horizon, TimeUnit};
///
/// let cdnow = BetaGeoNbdParameters { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
/// let model = FittedBetaGeoNbd::from_parameters(cdnow, TimeUnit::Week)?;
/// let history = HistoryView::new(&[0.0, 5.0], &[0.0, 38.0], &[38.86, 38.86], None, TimeUnit::Week)?;
/// let holdout = Holdout::new(&[0.0, 3.0], Horizon::weeks(39.0)?)?;
/// let hiatus = Hiatus::Within(Horizon::weeks(26.0)?);
/// let activity = HoldoutAccuracy::measure(&model, &history, &holdout, hiatus)?.activity;
/// assert!(activity.brier < activity.brier_of_base_rate);
/// assert_eq!(activity.share_active, 0.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ActivityScore {
    /// The part of customers who buy in the holdout period.
    pub share_active: f64,
    /// The part that the model expects.
    pub expected_share_active: f64,
    /// Mean squared error of the probability.
    pub brier: f64,
    /// The Brier score of giving everybody the actual share, `share (1 − share)`: what must be beaten.
    pub brier_of_base_rate: f64,
    /// `1 − brier / brier_of_base_rate`: 0 for no better than the share, 1 for perfect. `None` if all or none buy.
    pub brier_skill: Option<f64>,
    /// Mean negative logarithm of the probability of what happened.
    pub log_score: f64,
}

impl ActivityScore {
    /// From the probability of each row to buy nothing.
    pub(super) fn of(none: &[f64], holdout: &Holdout<'_>, weights: Weights<'_>) -> Self {
        let active = |row: usize| f64::from(u8::from(holdout.is_active(row)));
        let share_active = weights.mean(active);
        let brier = weights.mean(|row| (1.0 - none[row] - active(row)).powi(2));
        let brier_of_base_rate = share_active * (1.0 - share_active);
        let of_what_happened = |row: usize| if holdout.is_active(row) { 1.0 - none[row] } else { none[row] };
        Self {
            share_active,
            expected_share_active: weights.mean(|row| 1.0 - none[row]),
            brier,
            brier_of_base_rate,
            brier_skill: (brier_of_base_rate > 0.0).then(|| 1.0 - brier / brier_of_base_rate),
            log_score: weights.mean(|row| -of_what_happened(row).clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()),
        }
    }
}

/// The part of customers of whom `said(row)` is right about whether they buy.
pub(super) fn share_correct(said: impl Fn(usize) -> bool, holdout: &Holdout<'_>, weights: Weights<'_>) -> f64 {
    weights.mean(|row| f64::from(u8::from(said(row) == holdout.is_active(row))))
}
