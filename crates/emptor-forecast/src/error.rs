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
    #[error("{method} needs at least {needed} period{} (got {found})", if *.needed == 1 { "" } else { "s" })]
    TooShort {
        /// The model.
        method: String,
        /// Periods that it needs.
        needed: usize,
        /// Periods that there are.
        found: usize,
    },
    /// The lines of a table make no series of sales.
    #[error("there is no series of sales: {reason}")]
    NoSales {
        /// Which span was asked for, and why nothing of it is left.
        reason: String,
    },
    /// A model cannot hold for these values, e.g. multiplicative seasons beside zeros.
    #[error("{method} does not hold for this series: {reason}")]
    NotAdmissible {
        /// The model.
        method: String,
        /// Why.
        reason: String,
    },
    /// An interval cannot be calibrated on so few errors.
    #[error(
        "an interval at level {level} needs at least {needed} errors at horizon {horizon} (got the weight of {found:.1})"
    )]
    TooFewErrors {
        /// The level.
        level: f64,
        /// Periods ahead.
        horizon: usize,
        /// Errors that it needs, of full weight.
        needed: usize,
        /// The weight of those that there are: their number, where none has aged.
        found: f64,
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
