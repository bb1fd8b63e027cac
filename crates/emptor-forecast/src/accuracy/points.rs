//! Errors of points, on the scale of the series or as shares of what came.

/// The pairs of what came and what was forecast in which both are known.
pub(super) fn pairs<'a>(actual: &'a [f64], forecast: &'a [f64]) -> impl Iterator<Item = (f64, f64)> + Clone + 'a {
    actual.iter().zip(forecast).map(|(a, f)| (*a, *f)).filter(|(a, f)| (a - f).is_finite())
}

/// The mean of terms; `None` of nothing, or beyond the largest number.
pub(super) fn mean(terms: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = terms.fold((0.0, 0_usize), |(sum, count), term| (sum + term, count + 1));
    (count > 0).then(|| sum / count as f64).filter(|mean| mean.is_finite())
}

/// The mean absolute error, `mean |a − f|`. The forecast that makes it least is the median.
///
/// ```
/// use emptor_forecast::accuracy::mae;
///
/// assert_eq!(mae(&[10.0, 30.0], &[12.0, 26.0]), Some(3.0));
/// assert_eq!(mae(&[], &[]), None);
/// ```
#[must_use]
pub fn mae(actual: &[f64], forecast: &[f64]) -> Option<f64> {
    mean(pairs(actual, forecast).map(|(a, f)| (a - f).abs()))
}

/// The root of the mean squared error, `√mean (a − f)²`. The forecast that makes it least is the mean.
///
/// ```
/// use emptor_forecast::accuracy::rmse;
///
/// assert_eq!(rmse(&[10.0, 30.0], &[13.0, 34.0]), Some(12.5_f64.sqrt()));
/// ```
#[must_use]
pub fn rmse(actual: &[f64], forecast: &[f64]) -> Option<f64> {
    mean(pairs(actual, forecast).map(|(a, f)| (a - f) * (a - f))).map(f64::sqrt)
}

/// The symmetric mean absolute percentage error, in percent from 0 to 200 (Makridakis & Hibon 2000, *International
/// Journal of Forecasting* 16; M4).
///
/// ```text
/// sMAPE = 200 mean |a − f| / (|a| + |f|)
/// ```
///
/// A zero that was forecast as zero is an error of 0. Beside small or negative numbers it says little: prefer
/// [`mase`](super::mase).
///
/// ```
/// use emptor_forecast::accuracy::smape;
///
/// assert_eq!(smape(&[100.0, 0.0], &[300.0, 0.0]), Some(50.0));
/// ```
#[must_use]
pub fn smape(actual: &[f64], forecast: &[f64]) -> Option<f64> {
    mean(pairs(actual, forecast).map(|(a, f)| {
        let size = a.abs() + f.abs();
        if size > 0.0 { 200.0 * (a - f).abs() / size } else { 0.0 }
    }))
}

/// The mean error, `mean (f − a)`: above 0 the forecasts are too high.
///
/// ```
/// use emptor_forecast::accuracy::mean_error;
///
/// assert_eq!(mean_error(&[10.0, 30.0], &[12.0, 32.0]), Some(2.0));
/// ```
#[must_use]
pub fn mean_error(actual: &[f64], forecast: &[f64]) -> Option<f64> {
    mean(pairs(actual, forecast).map(|(a, f)| f - a))
}

/// What was forecast in all over what came, `Σf / Σa`: 1.25 is a quarter too much. `None` where nothing, or less than
/// nothing, came.
///
/// ```
/// use emptor_forecast::accuracy::sum_ratio;
///
/// assert_eq!(sum_ratio(&[10.0, 30.0], &[20.0, 30.0]), Some(1.25));
/// assert_eq!(sum_ratio(&[0.0], &[1.0]), None);
/// ```
#[must_use]
pub fn sum_ratio(actual: &[f64], forecast: &[f64]) -> Option<f64> {
    let (came, said) = pairs(actual, forecast).fold((0.0, 0.0), |(came, said), (a, f)| (came + a, said + f));
    (came > 0.0).then(|| said / came)
}

/// The error of forecasts as a share of what came: Σ|forecast − actual| / Σ|actual| (weighted absolute percentage error;
/// Kolassa & Schütz 2007, *Foresight* 6). `None` where nothing came, or nothing was forecast.
///
/// ```
/// use emptor_forecast::accuracy::wape;
///
/// assert_eq!(wape(&[10.0, 30.0], &[12.0, 28.0]), Some(0.1));
/// ```
#[must_use]
pub fn wape(actual: &[f64], forecast: &[f64]) -> Option<f64> {
    let (error, total) =
        pairs(actual, forecast).fold((0.0, 0.0), |(error, total), (a, f)| (error + (a - f).abs(), total + a.abs()));
    (total > 0.0).then(|| error / total)
}
