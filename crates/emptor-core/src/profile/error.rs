//! Why a P could not be computed.

use emptor_types::{Cancelled, Invalid};
use polars::error::PolarsError;
use thiserror::Error;

/// Why a P could not be computed. A missing table or column is none of these: it is a [`Gap`](super::Gap).
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// Settings or arguments break rules; all of them are listed.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A function of its own was asked for something that the tables do not have.
    #[error("{asked} needs {missing}")]
    Missing {
        /// What was asked for.
        asked: String,
        /// The table or the column that is missing.
        missing: String,
    },
    /// Two tables name customers or products by different types.
    #[error(
        "{column} is {left} in transactions and {right} in {table}: ids must have one type to be matched \
         (the read option `ids_as_text` reads integers as text)"
    )]
    IdTypes {
        /// The id column.
        column: &'static str,
        /// Its type in transactions.
        left: String,
        /// The other table.
        table: String,
        /// Its type there.
        right: String,
    },
    /// RFM scores or segments could not be made.
    #[error(transparent)]
    Rfm(#[from] emptor_rfm::RfmError),
    /// A forecast could not be made.
    #[error(transparent)]
    Forecast(emptor_forecast::ForecastError),
    /// A query failed.
    #[error("a query over the tables failed: {reason}")]
    Query {
        /// What the engine said.
        reason: String,
    },
    /// The callback has stopped the work.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<emptor_forecast::ForecastError> for ProfileError {
    fn from(error: emptor_forecast::ForecastError) -> Self {
        match error {
            emptor_forecast::ForecastError::Invalid(invalid) => Self::Invalid(invalid),
            emptor_forecast::ForecastError::Query { message } => Self::Query { reason: message },
            other => Self::Forecast(other),
        }
    }
}

impl From<PolarsError> for ProfileError {
    fn from(error: PolarsError) -> Self {
        Self::Query { reason: error.to_string() }
    }
}
