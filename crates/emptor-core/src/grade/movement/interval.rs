//! Intervals of shares.

use emptor_lifetime::special::normal_quantile;
use emptor_types::Level;

/// Lower and upper end of an interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The score interval of a share, `count` of `of`, which holds its level also for small numbers and shares near 0 or 1
/// (Wilson 1927, "Probable inference, the law of succession, and statistical inference", Journal of the American
/// Statistical Association 22). `None` if `of` is 0 or smaller than `count`.
///
/// ```text
/// (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n)        z = Φ⁻¹(½ + level/2)
/// ```
///
/// ```
/// use emptor_core::grade::movement::wilson;
/// use emptor_types::Level;
///
/// let interval = wilson(0, 20, Level::new(0.95)?).ok_or("none of 20 are a share")?;
/// assert_eq!(interval.low, 0.0);
/// assert!((interval.high - 0.161_125_16).abs() < 1e-8, "none seen is not never");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn wilson(count: usize, of: usize, level: Level) -> Option<Interval> {
    if of == 0 || count > of {
        return None;
    }
    let (n, p) = (of as f64, count as f64 / of as f64);
    let z = -normal_quantile((1.0 - level.get()) / 2.0);
    let square = z * z / n;
    let half = z * (p * (1.0 - p) / n + square / (4.0 * n)).sqrt();
    let end = |sign: f64| ((p + 0.5 * square + sign * half) / (1.0 + square)).clamp(0.0, 1.0);
    // At 0 and 1 the ends are exact; rounding must not say otherwise.
    let low = if count == 0 { 0.0 } else { end(-1.0) };
    let high = if count == of { 1.0 } else { end(1.0) };
    Some(Interval { low, high })
}
