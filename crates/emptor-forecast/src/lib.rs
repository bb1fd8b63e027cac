//! Forecasts of sales, of the pipeline and of the customer base: how much, how many, and how sure.
//!
//! Models stand on slices: a [`Series`] is a checked, regular row of numbers with the length of its season, a model is
//! `spec.fit(&series) -> fitted`, and what is fitted [`Predict`]s. Neither holds data.

mod error;
mod ets;
mod forecast;
mod paths;
mod predict;
mod series;

pub use error::ForecastError;
pub use ets::{
    ErrorType, Estimation, Ets, EtsForm, EtsParameters, EtsStates, FittedEts, InformationCriterion, InitialStates,
    ParameterBounds, SeasonType, TrendType,
};
pub use forecast::{Band, Forecast};
pub use paths::SamplePaths;
pub use predict::{MAX_HORIZON, Predict, check_horizon};
pub use series::Series;
