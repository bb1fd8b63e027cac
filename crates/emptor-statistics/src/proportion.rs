//! Shares, and differences of shares.

use emptor_lifetime::special::{chi_squared_survival, normal_quantile};
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
/// use emptor_statistics::wilson;
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

/// How much greater one share is than another.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Difference {
    /// First share less second share.
    pub difference: f64,
    /// Interval of the difference with the unpooled standard error.
    pub interval: Interval,
    /// Standard score of the difference with the pooled standard error; `NaN` where both shares are 0 or both are 1.
    pub z: f64,
    /// Two-sided probability of so great a difference, or a greater one, if there were none; 1 where `z` is `NaN`.
    pub p_value: f64,
}

/// The difference of two independent shares, `count` of `of` each (the two-sample test of proportions, e.g. Fleiss, Levin
/// & Paik 2003, *Statistical Methods for Rates and Proportions*, §3.2). `None` if a group is empty or smaller than its
/// count.
///
/// ```text
/// d = p₁ − p₂        d ± z √(p₁(1 − p₁)/n₁ + p₂(1 − p₂)/n₂)        z = d / √(p(1 − p)(1/n₁ + 1/n₂)),  p pooled
/// ```
///
/// ```
/// use emptor_statistics::difference;
/// use emptor_types::Level;
///
/// let campaign = difference((300, 10_000), (100, 5_000), Level::new(0.95)?).ok_or("both groups have members")?;
/// assert!((campaign.difference - 0.01).abs() < 1e-12 && (campaign.z - 3.5836).abs() < 1e-4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn difference(first: (usize, usize), second: (usize, usize), level: Level) -> Option<Difference> {
    if [first, second].iter().any(|(count, of)| *of == 0 || count > of) {
        return None;
    }
    let share = |(count, of): (usize, usize)| count as f64 / of as f64;
    let variance = |group: (usize, usize)| share(group) * (1.0 - share(group)) / group.1 as f64;
    let d = share(first) - share(second);
    let half = -normal_quantile((1.0 - level.get()) / 2.0) * (variance(first) + variance(second)).sqrt();
    let pooled = (first.0 + second.0) as f64 / (first.1 + second.1) as f64;
    let z = d / (pooled * (1.0 - pooled) * (1.0 / first.1 as f64 + 1.0 / second.1 as f64)).sqrt();
    let z = if z.is_finite() { z } else { f64::NAN };
    let p_value = if z.is_nan() { 1.0 } else { chi_squared_survival(z * z, 1.0) };
    Some(Difference { difference: d, interval: Interval { low: d - half, high: d + half }, z, p_value })
}
