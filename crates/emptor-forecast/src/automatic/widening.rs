//! What a model's own intervals leave out.

use emptor_lifetime::special::normal_quantile;
use emptor_types::Level;
use serde::{Deserialize, Serialize};

/// By how much intervals of one series are widened where there is no panel to calibrate them on.
///
/// A model's interval takes its parameters, its trend and its form for known. What that leaves out is greater the shorter the
/// series and the further the horizon:
///
/// ```text
/// m(level, h) = t_ν(level)/z(level) · √(1 + c h/n)        ν = n − 3
/// ```
///
/// The t quantile stands for the error variance that was estimated; the factor h/n is what a drift estimated from n periods adds to
/// the variance of a random walk, σ² h (1 + h/n) (Hyndman & Athanasopoulos 2021, table 5.2); c = 2, for the
/// form of the trend is not known either: so much makes 95 % intervals hold about as often as they say at earlier origins inside the
/// training part of the M3 series.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Widening {
    pub(super) periods: usize,
}

/// The factor c.
const TREND: f64 = 2.0;

/// No interval is widened by more.
const MOST: f64 = 4.0;

impl Widening {
    /// Of the standard deviation so many periods ahead.
    pub(super) fn of_deviation(&self, ahead: usize) -> f64 {
        (1.0 + TREND * ahead as f64 / self.periods as f64).sqrt()
    }

    /// Of the interval at a level so many periods ahead.
    pub(super) fn of_interval(&self, level: Level, ahead: usize) -> f64 {
        let p = 0.5 + level.get() / 2.0;
        let degrees = self.periods.saturating_sub(3).max(3) as f64;
        (student(p, degrees) / normal_quantile(p) * self.of_deviation(ahead)).min(MOST)
    }
}

/// Quantile of Student's t above the median, for at least three degrees of freedom (Abramowitz & Stegun 1964, 26.7.5).
pub(super) fn student(p: f64, degrees: f64) -> f64 {
    let z = normal_quantile(p);
    let s = z * z;
    let terms = [
        (s + 1.0) / 4.0,
        ((5.0 * s + 16.0) * s + 3.0) / 96.0,
        (((3.0 * s + 19.0) * s + 17.0) * s - 15.0) / 384.0,
        ((((79.0 * s + 776.0) * s + 1482.0) * s - 1920.0) * s - 945.0) / 92_160.0,
    ];
    z * (1.0 + terms.iter().rev().fold(0.0, |sum, term| (sum + term) / degrees))
}
