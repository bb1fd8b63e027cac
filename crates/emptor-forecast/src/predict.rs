//! What every fitted model answers.

use std::fmt::Debug;

use emptor_types::{Invalid, Level};

use crate::{Forecast, ForecastError, SamplePaths, Series};

/// The furthest horizon, in periods.
pub const MAX_HORIZON: usize = 10_000;

/// A model fitted to one series.
///
/// Forecasts start with the period after the last one that the model was fitted to.
pub trait Predict: Debug + Send + Sync {
    /// The method with its form, e.g. `ETS(M,Ad,M)`.
    fn method(&self) -> String;

    /// Expected values and intervals of the periods ahead, by the model's own formulas.
    ///
    /// # Errors
    /// If the horizon is 0 or longer than [`MAX_HORIZON`].
    fn predict(&self, horizon: usize, levels: &[Level]) -> Result<Forecast, ForecastError>;

    /// Futures drawn from the model: the same seed gives the same paths.
    ///
    /// # Errors
    /// If the horizon is 0 or longer than [`MAX_HORIZON`].
    fn sample_paths(&self, horizon: usize, paths: usize, seed: u64) -> Result<SamplePaths, ForecastError>;

    /// What the model, with its parameters as they are, expected of every period of the series from the periods before;
    /// `None` where it needs more periods first.
    ///
    /// # Errors
    /// If the series is not one that the model can be applied to.
    fn fitted_values(&self, series: &Series<'_>) -> Result<Vec<Option<f64>>, ForecastError>;
}

/// Checks a horizon.
///
/// # Errors
/// If it is 0 or longer than [`MAX_HORIZON`].
pub fn check_horizon(horizon: usize) -> Result<(), ForecastError> {
    if (1..=MAX_HORIZON).contains(&horizon) {
        Ok(())
    } else {
        Err(Invalid::value("horizon", "must be from 1 to 10000 periods", horizon).into())
    }
}
