//! What can go wrong between order lines and features.

use emptor_types::{Date, Invalid};
use thiserror::Error;

/// Why features could not be computed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RfmError {
    /// Nobody has bought anything by the day of observation.
    #[error("no customer has a purchase on or before {as_of}; the purchases run from {first} to {last}")]
    NoPurchase {
        /// The day of observation.
        as_of: Date,
        /// First day with a purchase.
        first: Date,
        /// Last day with a purchase.
        last: Date,
    },
    /// The table holds no purchase at all: every line is a return, free, or without a customer.
    #[error("no line is a purchase of a known customer ({lines} lines belong to a customer)")]
    NoPurchaseAtAll {
        /// Lines that belong to a customer.
        lines: usize,
    },
    /// A setting is out of range.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The data-frame engine failed in a query of ours.
    #[error("query failed: {reason}")]
    Query {
        /// What the engine said.
        reason: String,
    },
}

impl From<emptor_table::polars::error::PolarsError> for RfmError {
    fn from(error: emptor_table::polars::error::PolarsError) -> Self {
        Self::Query { reason: error.to_string() }
    }
}
