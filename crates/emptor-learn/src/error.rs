//! Why nothing could be learnt.

use emptor_types::Invalid;
use thiserror::Error;

/// Why a model could not be built, fitted or applied.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum LearnError {
    /// A setting or a column breaks its rule; every violation is listed.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// Data to score lack columns the model was fitted on.
    #[error("no column for the features {}; the data have {}", .missing.join(", "), .available.join(", "))]
    MissingFeatures {
        /// Features without a column.
        missing: Vec<String>,
        /// Columns there are.
        available: Vec<String>,
    },
    /// A column holds numbers where the model was fitted on categories, or the other way round.
    #[error("{feature} holds {got}; the model was fitted on {expected}")]
    FeatureKind {
        /// The column.
        feature: String,
        /// What the model was fitted on.
        expected: &'static str,
        /// What there is.
        got: &'static str,
    },
    /// A model of numbers was asked for classes, or the other way round.
    #[error("the model was fitted on {got}; this needs one fitted on {expected}")]
    TargetKind {
        /// What the question needs.
        expected: &'static str,
        /// What the model was fitted on.
        got: &'static str,
    },
}
