//! Why an analysis stopped.

use emptor_forecast::ForecastError;
use emptor_lifetime::LifetimeError;
use emptor_rfm::RfmError;
use emptor_types::{Cancelled, Invalid};
use polars::error::PolarsError;
use thiserror::Error;

use crate::grade::GradeError;
use crate::profile::ProfileError;
use crate::value::ValueError;
use crate::value::profitability::ProfitError;

/// Why an analysis stopped: the stage and its own error.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum AnalysisError {
    /// Settings or supplied columns break rules.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The callback has stopped the work.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// Histories and RFM features.
    #[error("purchase history: {0}")]
    Rfm(#[from] RfmError),
    /// The purchase model.
    #[error("purchase model: {0}")]
    PurchaseModel(#[source] LifetimeError),
    /// The spend model.
    #[error("spend model: {0}")]
    SpendModel(#[source] LifetimeError),
    /// Lifetime value.
    #[error("lifetime value: {0}")]
    Value(#[from] ValueError),
    /// Grades.
    #[error("grading: {0}")]
    Grade(#[from] GradeError),
    /// The profit of relationships.
    #[error("profit of relationships: {0}")]
    Profit(#[from] ProfitError),
    /// One of the seven Ps.
    #[error("seven Ps: {0}")]
    Profile(ProfileError),
    /// Sales, customers or the pipeline ahead.
    #[error("forecast: {0}")]
    Forecast(#[from] ForecastError),
    /// Costs are asked for, but the tables cannot give them.
    #[error("margin from costs needs {missing}")]
    NoCosts {
        /// What is missing.
        missing: &'static str,
    },
    /// Two tables name customers or products by different types.
    #[error("{column} is {left} in {left_table} and {right} in {right_table}: ids must have one type to be matched")]
    IdTypes {
        /// The id column.
        column: &'static str,
        /// First table.
        left_table: &'static str,
        /// Its type.
        left: String,
        /// Second table.
        right_table: &'static str,
        /// Its type.
        right: String,
    },
    /// The data-frame engine failed in a query of ours.
    #[error("query failed: {reason}")]
    Query {
        /// What the engine said.
        reason: String,
    },
}

impl From<ProfileError> for AnalysisError {
    fn from(error: ProfileError) -> Self {
        match error {
            ProfileError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Profile(other),
        }
    }
}

impl From<PolarsError> for AnalysisError {
    fn from(error: PolarsError) -> Self {
        Self::Query { reason: error.to_string() }
    }
}
