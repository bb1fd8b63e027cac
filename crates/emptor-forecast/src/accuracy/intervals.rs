//! How good intervals and quantiles were.

use emptor_types::{Level, Probability};

use super::points::{mean, pairs};
use super::scaled::naive_error;

/// The pinball or quantile loss of a forecast of the `p`-quantile: `p (a − q)` where more came, `(1 − p)(q − a)` where
/// less did (Koenker & Bassett 1978, *Econometrica* 46). At ½ it is half the absolute error.
///
/// ```
/// use emptor_forecast::accuracy::pinball;
/// use emptor_types::Probability;
///
/// let loss = pinball(&[10.0, 10.0], &[8.0, 11.0], Probability::new(0.9)?);
/// assert!(loss.is_some_and(|loss| (loss - 0.95).abs() < 1e-12)); // 0.9 × 2 and 0.1 × 1
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[must_use]
pub fn pinball(actual: &[f64], quantile: &[f64], p: Probability) -> Option<f64> {
    let p = p.get();
    mean(pairs(actual, quantile).map(|(a, q)| if a >= q { p * (a - q) } else { (1.0 - p) * (q - a) }))
}

/// The share of what came that lay inside the intervals, their ends included.
///
/// ```
/// use emptor_forecast::accuracy::coverage;
///
/// assert_eq!(coverage(&[1.0, 5.0], &[0.0, 0.0], &[1.0, 4.0]), Some(0.5));
/// ```
#[must_use]
pub fn coverage(actual: &[f64], lower: &[f64], upper: &[f64]) -> Option<f64> {
    mean(triples(actual, lower, upper).map(|(a, low, high)| if (low..=high).contains(&a) { 1.0 } else { 0.0 }))
}

/// The mean interval score: the width, and a fine for what lay outside (Winkler 1972, *Journal of the American Statistical
/// Association* 67; Gneiting & Raftery 2007, *ibid.* 102, equation 43). Nobody gains by an interval other than the one
/// believed in.
///
/// ```text
/// S = (u − l) + 2/α (l − a) where a < l + 2/α (a − u) where a > u        α = 1 − level
/// ```
///
/// ```
/// use emptor_forecast::accuracy::winkler;
/// use emptor_types::Level;
///
/// let score = winkler(&[5.0, 12.0], &[0.0, 0.0], &[10.0, 10.0], Level::new(0.8)?);
/// assert!(score.is_some_and(|score| (score - 20.0).abs() < 1e-9)); // 10, and 10 + 2/0.2 × 2
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[must_use]
pub fn winkler(actual: &[f64], lower: &[f64], upper: &[f64], level: Level) -> Option<f64> {
    let fine = 2.0 / (1.0 - level.get());
    mean(triples(actual, lower, upper).map(|(a, low, high)| {
        let outside = (low - a).max(0.0) + (a - high).max(0.0);
        (high - low) + fine * outside
    }))
}

/// The mean scaled interval score of M4: [`winkler`] over the [`naive_error`] of the training series (Makridakis, Spiliotis
/// & Assimakopoulos 2020, *International Journal of Forecasting* 36).
///
/// ```
/// use emptor_forecast::accuracy::msis;
/// use emptor_types::Level;
///
/// assert_eq!(msis(&[1.0, 3.0, 1.0], &[2.0], &[0.0], &[4.0], Level::new(0.95)?, 1), Some(2.0));
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[must_use]
pub fn msis(
    training: &[f64],
    actual: &[f64],
    lower: &[f64],
    upper: &[f64],
    level: Level,
    season: usize,
) -> Option<f64> {
    winkler(actual, lower, upper, level).zip(naive_error(training, season)).map(|(score, unit)| score / unit)
}

fn triples<'a>(actual: &'a [f64], lower: &'a [f64], upper: &'a [f64]) -> impl Iterator<Item = (f64, f64, f64)> + 'a {
    let ends = lower.iter().zip(upper).map(|(low, high)| (*low, *high));
    actual
        .iter()
        .zip(ends)
        .map(|(a, (low, high))| (*a, low, high))
        .filter(|(a, low, high)| a.is_finite() && low.is_finite() && high.is_finite())
}
