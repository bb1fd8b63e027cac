//! Errors beside those of a naive forecast inside the training series: without unit, comparable between series.

use super::points::{mae, mean, pairs};

/// The mean absolute error of "the same as `season` periods ago" inside a series: the unit of [`mase`] and
/// [`msis`](super::msis). `None` where the series is too short, or that forecast has no error.
///
/// ```
/// use emptor_forecast::accuracy::naive_error;
///
/// assert_eq!(naive_error(&[1.0, 3.0, 2.0, 5.0], 2), Some(1.5));
/// assert_eq!(naive_error(&[7.0, 7.0], 1), None);
/// ```
#[must_use]
pub fn naive_error(training: &[f64], season: usize) -> Option<f64> {
    mean(steps(training, season)?.map(f64::abs)).filter(|error| *error > 0.0)
}

/// The mean absolute error of forecasts over that of "the same as `season` periods ago" inside the training series; below
/// 1 they beat it (Hyndman & Koehler 2006, *International Journal of Forecasting* 22). `None` where the series is too
/// short, or that naive forecast has no error.
///
/// ```
/// use emptor_forecast::accuracy::mase;
///
/// assert_eq!(mase(&[1.0, 3.0, 5.0], &[7.0], &[6.0], 1), Some(0.5));
/// ```
#[must_use]
pub fn mase(training: &[f64], actual: &[f64], forecast: &[f64], season: usize) -> Option<f64> {
    mae(actual, forecast).zip(naive_error(training, season)).map(|(error, unit)| error / unit)
}

/// The same of squares, `√(mean (a − f)² / mean (y_t − y_(t−season))²)` (Hyndman & Koehler 2006; the measure of M5, with a
/// season of 1). It suits intermittent demand, whose median is often 0: absolute errors would reward a forecast of
/// nothing.
///
/// ```
/// use emptor_forecast::accuracy::rmsse;
///
/// assert_eq!(rmsse(&[1.0, 3.0, 5.0], &[7.0], &[6.0], 1), Some(0.5));
/// ```
#[must_use]
pub fn rmsse(training: &[f64], actual: &[f64], forecast: &[f64], season: usize) -> Option<f64> {
    let unit = mean(steps(training, season)?.map(|step| step * step)).filter(|unit| *unit > 0.0)?;
    mean(pairs(actual, forecast).map(|(a, f)| (a - f) * (a - f))).map(|error| (error / unit).sqrt())
}

/// How far every period lies from the one a season before; `None` if there is no such period.
fn steps(training: &[f64], season: usize) -> Option<impl Iterator<Item = f64>> {
    let later = training.get(season..).filter(|later| season > 0 && !later.is_empty())?;
    Some(later.iter().zip(training).map(|(now, then)| now - then))
}
