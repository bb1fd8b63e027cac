//! Forecasts of sales, of the pipeline and of the customer base: how much, how many, and how sure.
//!
//! Models stand on slices: a [`Series`] is a checked, regular row of numbers with the length of its season, a model is
//! `spec.fit(&series) -> fitted`, and what is fitted [`Predict`]s. Neither holds data.

pub mod accuracy;
mod automatic;
pub mod backtest;
pub mod conformal;
pub mod customer_base;
mod error;
mod ets;
mod forecast;
pub mod hierarchy;
pub mod intermittent;
mod naive;
mod panel;
mod paths;
pub mod pipeline;
mod predict;
#[cfg(feature = "tables")]
pub mod sales;
mod season;
mod series;
mod theta;

pub use automatic::{Combination, FittedCombination, FittedMethod, Method};
pub use error::ForecastError;
pub use ets::{
    ErrorType, Estimation, Ets, EtsForm, EtsParameters, EtsStates, FittedEts, InformationCriterion, InitialStates,
    ParameterBounds, SeasonType, TrendType,
};
pub use forecast::{Band, Forecast};
pub use naive::{Drift, FittedDrift, FittedMean, FittedSeasonalNaive, Mean, Naive, SeasonalNaive};
pub use panel::Panel;
pub use paths::SamplePaths;
pub use predict::{MAX_HORIZON, Predict, check_horizon};
pub use season::{Decomposition, SeasonForm, Seasonality, autocorrelations, is_seasonal};
pub use series::Series;
pub use theta::{Deseasonalise, FittedTheta, Theta, ThetaParameters};
