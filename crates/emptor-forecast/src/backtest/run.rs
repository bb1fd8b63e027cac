//! The run over origins, methods and series.

use emptor_types::Invalid;
use rayon::prelude::*;

use super::{Backtest, BacktestFailure, BacktestForecast, BacktestMethod, BacktestSettings};
use crate::accuracy::Accuracy;
use crate::{Band, Forecast, ForecastError, Series};

/// Makes forecasts from every origin of every series with every method, and judges them by what came.
///
/// A model is given the periods before its origin and no others. What a method cannot forecast is recorded as a failure
/// and stops nobody else. Series run in parallel; results are in the order of series, origins and methods, the same on any
/// number of threads.
///
/// # Errors
/// If a setting breaks its rule, there is no method, or two have the same name.
pub fn backtest(
    panel: &[Series<'_>],
    methods: &[BacktestMethod<'_>],
    settings: &BacktestSettings,
) -> Result<Backtest, ForecastError> {
    settings.check()?;
    let mut checks = Invalid::checks();
    checks.require(!methods.is_empty(), "methods", "must be at least one", methods.len());
    for (place, method) in methods.iter().enumerate() {
        let again = methods[..place].iter().any(|other| other.name() == method.name());
        checks.require(!again, "methods", "must have different names", method.name());
    }
    checks.finish()?;
    let by_series: Vec<(Vec<BacktestForecast>, Vec<BacktestFailure>)> =
        panel.par_iter().enumerate().map(|(place, series)| of_series(place, series, methods, settings)).collect();
    let (mut forecasts, mut failures) = (Vec::new(), Vec::new());
    for (made, failed) in by_series {
        forecasts.extend(made);
        failures.extend(failed);
    }
    let methods = methods.iter().map(|method| method.name().to_owned()).collect();
    let known = panel.iter().map(Series::len).collect();
    Ok(Backtest { methods, known, gap: settings.gap, forecasts, failures })
}

fn of_series(
    place: usize,
    series: &Series<'_>,
    methods: &[BacktestMethod<'_>],
    settings: &BacktestSettings,
) -> (Vec<BacktestForecast>, Vec<BacktestFailure>) {
    let (mut forecasts, mut failures) = (Vec::new(), Vec::new());
    for origin in settings.origins_of(series.len()) {
        let values = series.values();
        let first = origin + settings.gap;
        let actual = &values[first..first + settings.horizon];
        let Ok(past) = Series::new(&values[settings.start(origin)..origin], series.season()) else { continue };
        let benchmark = Accuracy::measure(&past, actual, &seasonal_naive(&past, settings));
        for (method, spec) in methods.iter().enumerate() {
            match forecast(spec, &past, settings) {
                Ok(forecast) => {
                    let accuracy = Accuracy::measure(&past, actual, &forecast);
                    let (actual, benchmark) = (actual.to_vec(), benchmark.clone());
                    forecasts.push(BacktestForecast {
                        series: place,
                        method,
                        origin,
                        forecast,
                        actual,
                        accuracy,
                        benchmark,
                    });
                }
                Err(error) => failures.push(BacktestFailure { series: place, method, origin, error }),
            }
        }
    }
    (forecasts, failures)
}

/// The judged part of a forecast, what lies in the gap cut off.
fn forecast(
    method: &BacktestMethod<'_>,
    past: &Series<'_>,
    settings: &BacktestSettings,
) -> Result<Forecast, ForecastError> {
    let (gap, all) = (settings.gap, settings.gap + settings.horizon);
    let forecast = method.fit(past)?.predict(all, &settings.levels)?;
    let ends = forecast.bands.iter().flat_map(|band| band.lower.iter().chain(&band.upper));
    let lengths = forecast.bands.iter().flat_map(|band| [band.lower.len(), band.upper.len()]);
    let whole = lengths.chain([forecast.mean.len()]).all(|length| length == all);
    if !whole || !forecast.mean.iter().chain(ends).all(|value| value.is_finite()) {
        let reason = format!("its forecast is not {all} finite values with their intervals");
        return Err(ForecastError::NotAdmissible { method: method.name().to_owned(), reason });
    }
    let judged = |values: &[f64]| values[gap..].to_vec();
    let cut = |band: &Band| Band { level: band.level, lower: judged(&band.lower), upper: judged(&band.upper) };
    let (mean, bands) = (judged(&forecast.mean), forecast.bands.iter().map(cut).collect());
    Ok(Forecast { method: forecast.method, mean, bands })
}

/// The same as a season ago; of less than a season, the last value.
fn seasonal_naive(past: &Series<'_>, settings: &BacktestSettings) -> Forecast {
    let values = past.values();
    let season = if values.len() < past.season() { 1 } else { past.season() };
    let last = &values[values.len() - season..];
    let ahead = settings.gap..settings.gap + settings.horizon;
    Forecast::of("seasonal naive", ahead.map(|ahead| last[ahead % season]).collect())
}
