//! Why a scorer could not be saved, loaded or asked.

use emptor_lifetime::LifetimeError;
use emptor_types::{EnvelopeError, Invalid, TimeUnit};
use polars::error::PolarsError;
use thiserror::Error;

use super::super::error::AnalysisError;
use crate::grade::GradeError;
use crate::value::ValueError;

/// Why a [`Scorer`](super::Scorer) could not be saved, loaded or asked.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum ScorerError {
    /// The file is of a newer version, of another kind or damaged, or a number of the scorer is not finite.
    #[error(transparent)]
    Saved(#[from] EnvelopeError),
    /// The file is not what was saved.
    #[error(
        "the file was changed after it was saved: its contents have the fingerprint {computed}, it states {stated}"
    )]
    Changed {
        /// The fingerprint that the file states.
        stated: String,
        /// The fingerprint of its contents.
        computed: String,
    },
    /// A file cannot be written or read.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// Customers are counted in another unit of time.
    #[error("the scorer counts recency and T in {scorer}s, the customers come in {data}s: count them in {scorer}s")]
    Unit {
        /// The unit of the scorer.
        scorer: TimeUnit,
        /// The unit of the customers.
        data: TimeUnit,
    },
    /// Columns that the scorer does not know.
    #[error("no such columns: {}; the scorer reads {}", .unknown.join(", "), .known.join(", "))]
    UnknownColumns {
        /// The columns given that it does not know.
        unknown: Vec<String>,
        /// The columns it reads.
        known: Vec<String>,
    },
    /// Columns that the scorer needs.
    #[error("missing columns: {}; there are {} (a column of which nothing is known must be there as nulls)", .missing.join(", "), .available.join(", "))]
    MissingColumns {
        /// The columns that are missing.
        missing: Vec<String>,
        /// The columns there are.
        available: Vec<String>,
    },
    /// Values break rules; every rule is listed with its column, count and rows.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A model could not answer.
    #[error(transparent)]
    Model(#[from] LifetimeError),
    /// Value could not be computed.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// Grades could not be found.
    #[error(transparent)]
    Grade(#[from] GradeError),
    /// The columns could not be made from tables.
    #[error(transparent)]
    Inputs(#[from] AnalysisError),
    /// The analysis made RFM bands by breaking ties, for which there are no cuts to be written.
    #[error("RFM scores cannot be written as SQL: bands were made equal by breaking ties, leave them out")]
    NoCuts,
    /// The data-frame engine failed.
    #[error("query failed: {reason}")]
    Query {
        /// What the engine said.
        reason: String,
    },
}

impl From<PolarsError> for ScorerError {
    fn from(error: PolarsError) -> Self {
        Self::Query { reason: error.to_string() }
    }
}
