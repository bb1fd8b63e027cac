//! How good a forecast was.

/// The error of forecasts as a share of what came: Σ|forecast − actual| / Σ|actual| (weighted absolute percentage error;
/// Kolassa & Schütz 2007, *Foresight* 6). `None` where nothing came, or nothing was forecast.
///
/// ```
/// use emptor_core::profile::prospecting::wape;
///
/// assert_eq!(wape(&[10.0, 30.0], &[12.0, 28.0]), Some(0.1));
/// ```
#[must_use]
pub fn wape(actual: &[f64], forecast: &[f64]) -> Option<f64> {
    let (mut error, mut total) = (0.0, 0.0);
    for (a, f) in actual.iter().zip(forecast) {
        if (a - f).is_finite() {
            error += (a - f).abs();
            total += a.abs();
        }
    }
    (total > 0.0).then(|| error / total)
}

/// The mean absolute error of forecasts over that of "the same as `season` periods ago" inside the training series; below
/// 1 they beat it (Hyndman & Koehler 2006, *International Journal of Forecasting* 22). `None` where the series is too
/// short, or that naive forecast has no error.
///
/// ```
/// use emptor_core::profile::prospecting::mase;
///
/// assert_eq!(mase(&[1.0, 3.0, 5.0], &[7.0], &[6.0], 1), Some(0.5));
/// ```
#[must_use]
pub fn mase(training: &[f64], actual: &[f64], forecast: &[f64], season: usize) -> Option<f64> {
    let steps = training.len().checked_sub(season).filter(|steps| *steps > 0 && season > 0)?;
    let naive = training.iter().skip(season).zip(training).map(|(now, then)| (now - then).abs()).sum::<f64>();
    let errors: Vec<f64> = actual.iter().zip(forecast).map(|(a, f)| (a - f).abs()).filter(|e| e.is_finite()).collect();
    let mean = errors.iter().sum::<f64>() / errors.len() as f64;
    (naive > 0.0 && !errors.is_empty()).then(|| mean / (naive / steps as f64))
}
