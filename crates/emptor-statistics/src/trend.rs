//! Does a series rise or fall?

use emptor_lifetime::special::chi_squared_survival;

use super::quantile::median;

/// The median of the slopes between all pairs of known values, per step; robust to outliers (Sen 1968, *Journal of the
/// American Statistical Association* 63). `None` with fewer than two known values.
///
/// ```
/// use emptor_statistics::theil_sen;
///
/// assert_eq!(theil_sen(&[1.0, 2.0, 30.0, 4.0]), Some(1.0));
/// ```
#[must_use]
pub fn theil_sen(values: &[f64]) -> Option<f64> {
    let mut slopes = Vec::new();
    for (t, late) in values.iter().enumerate() {
        slopes.extend(values[..t].iter().enumerate().map(|(s, early)| (late - early) / (t - s) as f64));
    }
    median(&slopes)
}

/// The test of Mann and Kendall.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct MannKendall {
    /// Rising pairs less falling pairs.
    pub s: f64,
    /// Kendall's tau-a, from −1 to 1.
    pub tau: f64,
    /// Two-sided probability of so great an S, or a greater one, without a trend: normal approximation with correction
    /// for continuity and for ties; 1 where all values are equal.
    pub p_value: f64,
}

/// Tests a series for a monotone trend (Mann 1945, *Econometrica* 13; Kendall 1975, *Rank Correlation Methods*, §4.9 for
/// ties). Unknown values (`NaN`) are left out. `None` with fewer than three known values.
///
/// ```text
/// S = Σ_{s<t} sign(x_t − x_s)        var S = [n(n−1)(2n+5) − Σ_ties u(u−1)(2u+5)] / 18        z = (S ∓ 1)/√var S
/// ```
///
/// ```
/// use emptor_statistics::mann_kendall;
///
/// let rising = mann_kendall(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]).ok_or("too short")?;
/// assert_eq!((rising.s, rising.tau), (28.0, 1.0));
/// assert!(rising.p_value < 0.001);
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn mann_kendall(values: &[f64]) -> Option<MannKendall> {
    let known: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    let n = known.len();
    if n < 3 {
        return None;
    }
    let sign = |(early, late): (f64, f64)| f64::from(i8::from(late > early) - i8::from(late < early));
    let s: f64 = (1..n).map(|t| known[..t].iter().map(|early| sign((*early, known[t]))).sum::<f64>()).sum();
    let mut sorted = known;
    sorted.sort_unstable_by(f64::total_cmp);
    let pairs = |n: f64| n * (n - 1.0) * (2.0 * n + 5.0);
    let ties: f64 = sorted
        .chunk_by(|a, b| a.partial_cmp(b).is_some_and(std::cmp::Ordering::is_eq))
        .map(|tied| pairs(tied.len() as f64))
        .sum();
    let variance = (pairs(n as f64) - ties) / 18.0;
    let z = (s.abs() - 1.0).max(0.0) / variance.sqrt();
    let p_value = if variance > 0.0 { chi_squared_survival(z * z, 1.0) } else { 1.0 };
    Some(MannKendall { s, tau: 2.0 * s / (n as f64 * (n as f64 - 1.0)), p_value })
}
