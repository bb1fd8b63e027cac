//! How a member would have fared in the past of the series itself.

use emptor_types::Fit;

use crate::{ForecastError, Predict, Series, Theta};

/// Shares of a series after which forecasts are made, in sixths.
const ORIGINS: [usize; 2] = [4, 5];

/// How many times the errors of dynamic optimised theta those of theta of logarithms may be.
const BEHIND: f64 = 1.25;

/// Whether theta of logarithms was not far behind dynamic optimised theta at earlier origins; true where a series has fewer than
/// `least` periods before the first of them.
pub(super) fn logarithms_hold(series: &Series<'_>, least: usize) -> bool {
    let errors = |spec: Theta| {
        ORIGINS.iter().map(|sixths| error(&spec, series, series.len() * sixths / 6, least)).sum::<Option<f64>>()
    };
    match (errors(Theta::dynamic_optimised()), errors(Theta::of_logarithms())) {
        (Some(dynamic), Some(logarithmic)) => logarithmic <= BEHIND * dynamic,
        _ => true,
    }
}

/// Mean absolute error of a forecast of the periods after an origin; `None` where it cannot be made.
fn error(spec: &Theta, series: &Series<'_>, origin: usize, least: usize) -> Option<f64> {
    let known = series.first(origin).filter(|_| origin >= least)?;
    let actual = &series.values()[origin..];
    let forecast = || -> Result<Vec<f64>, ForecastError> { Ok(spec.fit(&known)?.predict(actual.len(), &[])?.mean) };
    let sum: f64 = forecast().ok()?.iter().zip(actual).map(|(mean, value)| (value - mean).abs()).sum();
    Some(sum / actual.len() as f64).filter(|error| error.is_finite())
}
