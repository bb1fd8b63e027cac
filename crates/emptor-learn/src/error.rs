//! Why nothing could be learnt.

use emptor_types::{FitReport, Invalid};
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
    /// Features known only after the event would tell the model what it is to foretell.
    #[error("known only after the event, so not to be learnt from: {}", .features.join(", "))]
    Leakage {
        /// The features declared so.
        features: Vec<String>,
    },
    /// All rows had the event, or none.
    #[error("{events} of {rows} rows had the event; learning needs rows with and without it")]
    OneClass {
        /// Rows of weight above 0 with the event.
        events: usize,
        /// Rows of weight above 0.
        rows: usize,
    },
    /// No feature tells rows apart.
    #[error("no feature tells rows apart: {}", .constant.join(", "))]
    NothingToLearnFrom {
        /// The features, each the same in all rows.
        constant: Vec<String>,
    },
    /// More coefficients than rows.
    #[error("{coefficients} coefficients cannot be learnt from {rows} rows; leave features out or set a ridge penalty")]
    TooFewRows {
        /// Coefficients to be estimated, with the intercept.
        coefficients: usize,
        /// Rows of weight above 0.
        rows: usize,
    },
    /// Columns are linear combinations of others, so that their coefficients cannot be told apart.
    #[error("{}; drop them or set a ridge penalty", .columns.join("; "))]
    Collinear {
        /// One sentence per superfluous column, naming the columns that make it up.
        columns: Vec<String>,
    },
    /// A feature splits rows into events and others without overlap, so that its odds ratio has no finite estimate.
    #[error(
        "{} {} the event without overlap, so that coefficients have no finite estimate; look for leakage, merge \
         levels or set a ridge penalty",
        .columns.join(", "),
        match (*.complete, .columns.len()) {
            (true, 1) => "foretells",
            (true, _) => "foretell",
            (false, 1) => "foretells for some rows",
            (false, _) => "foretell for some rows",
        }
    )]
    Separation {
        /// The columns whose coefficients run off.
        columns: Vec<String>,
        /// Whether every row is foretold.
        complete: bool,
    },
    /// The search stopped before a maximum.
    #[error("no maximum of the likelihood was found: {report}")]
    NotConverged {
        /// How far it came.
        report: Box<FitReport>,
    },
    /// The boosting library refused.
    #[error("boosting failed: {reason}")]
    Boosting {
        /// What it said.
        reason: String,
    },
}
