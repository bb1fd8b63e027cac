//! Differences of money per customer between two groups, and whether the groups were alike before.

use emptor_lifetime::special::chi_squared_survival;
use emptor_types::{ExactSum, Level};

use super::effect::z_of;
use crate::statistics::Interval;

/// How much greater one mean is than another.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct MeanDifference {
    /// First mean less second mean.
    pub difference: f64,
    /// Its standard error, variances not pooled.
    pub standard_error: f64,
    /// Its interval, by the normal approximation.
    pub interval: Interval,
    /// Two-sided probability of so great a difference, or a greater one, if there were none; 1 where nothing varies.
    pub p_value: f64,
}

/// A difference of means after what was known before has been taken out of it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Cuped {
    /// The coefficient θ of the earlier value.
    pub theta: f64,
    /// The adjusted difference.
    pub adjusted: MeanDifference,
    /// The part of the variance of the difference that the earlier value has taken away, 0 to 1; 0 where nothing varies.
    pub variance_removed: f64,
}

/// A group's moments, exact sums so that the order of customers does not matter.
struct Moments {
    n: f64,
    mean: f64,
    variance: f64,
}

fn moments(values: &[f64]) -> Option<Moments> {
    let n = values.len() as f64;
    if values.len() < 2 || !values.iter().all(|value| value.is_finite()) {
        return None;
    }
    let mean = values.iter().copied().collect::<ExactSum>().value() / n;
    let squares: ExactSum = values.iter().map(|value| (value - mean) * (value - mean)).collect();
    Some(Moments { n, mean, variance: squares.value() / (n - 1.0) })
}

/// The difference of two means with unpooled variances (Welch 1938, Biometrika 29), the normal distribution in the place
/// of Student's: for groups of at least thirty. `None` unless both groups have two values and all are finite.
///
/// ```text
/// d = ȳ₁ − ȳ₂        d ± z √(s₁²/n₁ + s₂²/n₂)
/// ```
///
/// ```
/// use emptor_core::profile::promotion::difference_of_means;
/// use emptor_types::Level;
///
/// let more = difference_of_means(&[3.0, 5.0], &[1.0, 1.0], Level::new(0.95)?).ok_or("two each")?;
/// assert_eq!((more.difference, more.standard_error), (3.0, 1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn difference_of_means(first: &[f64], second: &[f64], level: Level) -> Option<MeanDifference> {
    let (one, two) = (moments(first)?, moments(second)?);
    let standard_error = (one.variance / one.n + two.variance / two.n).sqrt();
    let d = one.mean - two.mean;
    let half = z_of(level) * standard_error;
    let p_value = if standard_error > 0.0 { chi_squared_survival((d / standard_error).powi(2), 1.0) } else { 1.0 };
    Some(MeanDifference {
        difference: d,
        standard_error,
        interval: Interval { low: d - half, high: d + half },
        p_value,
    })
}

/// The difference of means with the same customers' earlier values as covariate (CUPED; Deng, Xu, Kohavi & Walker 2013,
/// "Improving the sensitivity of online controlled experiments by utilizing pre-experiment data", WSDM '13, eq. 4–5):
/// as large as without it on average, and surer. Groups are pairs of values and earlier values, customer by customer; the
/// earlier ones must be from before the assignment, for else they take away part of the effect.
///
/// ```text
/// y' = y − θ (x − x̄)        θ = cov(y, x) / var(x), within the groups, pooled
/// ```
///
/// `None` unless both groups have two customers, values and earlier values are as many, and all are finite.
///
/// ```
/// use emptor_core::profile::promotion::cuped;
/// use emptor_types::Level;
///
/// // Everyone bought as before, and the treated 2 more: nothing is left to chance.
/// let treated = (&[3.0, 7.0, 12.0][..], &[1.0, 5.0, 10.0][..]);
/// let found = cuped(treated, (&[2.0, 9.0], &[2.0, 9.0]), Level::new(0.95)?).ok_or("two each")?;
/// assert!((found.theta - 1.0).abs() < 1e-12 && (found.adjusted.difference - 2.0).abs() < 1e-12);
/// assert!(found.variance_removed > 0.999);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn cuped(treated: (&[f64], &[f64]), controls: (&[f64], &[f64]), level: Level) -> Option<Cuped> {
    let plain = difference_of_means(treated.0, controls.0, level)?;
    let (mut both, mut own) = (ExactSum::ZERO, ExactSum::ZERO);
    for (values, earlier) in [treated, controls] {
        if values.len() != earlier.len() {
            return None;
        }
        let (y, x) = (moments(values)?, moments(earlier)?);
        for (value, before) in values.iter().zip(earlier) {
            both.add((value - y.mean) * (before - x.mean));
            own.add((before - x.mean) * (before - x.mean));
        }
    }
    let (both, own) = (both.value(), own.value());
    let theta = if own > 0.0 { both / own } else { 0.0 };
    // A common x̄ moves both means alike; zero does as well as any.
    let adjust = |(values, earlier): (&[f64], &[f64])| -> Vec<f64> {
        values.iter().zip(earlier).map(|(value, before)| value - theta * before).collect()
    };
    let adjusted = difference_of_means(&adjust(treated), &adjust(controls), level)?;
    let kept = (adjusted.standard_error / plain.standard_error).powi(2);
    let variance_removed = if kept.is_finite() { (1.0 - kept).clamp(0.0, 1.0) } else { 0.0 };
    Some(Cuped { theta, adjusted, variance_removed })
}

/// The standardised mean difference of a covariate between two groups: beyond 0.1 in absolute value they were not alike
/// (Austin 2009, "Balance diagnostics for comparing the distribution of baseline covariates between treatment groups in
/// propensity-score matched samples", Statistics in Medicine 28). 0 where nothing varies and the means are equal; `None`
/// where nothing varies and they differ, or unless both groups have two values, all finite.
///
/// ```text
/// (x̄₁ − x̄₂) / √((s₁² + s₂²) / 2)
/// ```
///
/// ```
/// use emptor_core::profile::promotion::standardised_difference;
///
/// assert_eq!(standardised_difference(&[1.0, 3.0], &[2.0, 4.0]), Some(-1.0 / 2.0_f64.sqrt()));
/// assert_eq!(standardised_difference(&[5.0, 5.0], &[5.0, 5.0]), Some(0.0));
/// ```
#[must_use]
pub fn standardised_difference(first: &[f64], second: &[f64]) -> Option<f64> {
    let (one, two) = (moments(first)?, moments(second)?);
    let (d, spread) = (one.mean - two.mean, f64::midpoint(one.variance, two.variance).sqrt());
    if spread > 0.0 { Some(d / spread) } else { (d.abs() <= 0.0).then_some(0.0) }
}
