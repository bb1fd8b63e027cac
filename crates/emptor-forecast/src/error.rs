//! What can go wrong.

use emptor_types::Invalid;

/// Why a forecast could not be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ForecastError {
    /// Settings, parameters or data break their rules.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A value of a series is not a finite number of usable size.
    #[error("value {position} of the series must be a finite number of at most 1e100 in size (got {value})")]
    Value {
        /// Its place, from 0.
        position: usize,
        /// What it is.
        value: f64,
    },
    /// A series is too short for a model.
    #[error("{method} needs at least {needed} periods (got {found})")]
    TooShort {
        /// The model.
        method: String,
        /// Periods that it needs.
        needed: usize,
        /// Periods that there are.
        found: usize,
    },
    /// A model cannot hold for these values, e.g. multiplicative seasons beside zeros.
    #[error("{method} does not hold for this series: {reason}")]
    NotAdmissible {
        /// The model.
        method: String,
        /// Why.
        reason: String,
    },
    /// A query of the tables failed.
    #[error("a query failed: {message}")]
    Query {
        /// What the engine says.
        message: String,
    },
}

#[cfg(feature = "tables")]
impl From<polars::prelude::PolarsError> for ForecastError {
    fn from(error: polars::prelude::PolarsError) -> Self {
        Self::Query { message: error.to_string() }
    }
}
