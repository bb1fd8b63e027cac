//! Why the program stopped, and with which exit code.

use std::path::{Path, PathBuf};

use emptor::polars::error::PolarsError;
use thiserror::Error;

use crate::config::Mistakes;

/// Why the program stopped; the text is for people.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CliError {
    /// The engine refused.
    #[error(transparent)]
    Engine(#[from] emptor::Error),
    /// The configuration file has mistakes.
    #[error(transparent)]
    Config(#[from] Mistakes),
    /// A flag cannot be read, or does not go with the others.
    #[error("{0}")]
    Usage(String),
    /// The data do not hold what the question needs, or broke a rule that `--strict` does not forgive.
    #[error("{0}")]
    Data(String),
    /// A file cannot be read or written.
    #[error("{}: {reason}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The data-frame engine failed.
    #[error("query failed: {0}")]
    Query(#[from] PolarsError),
}

impl CliError {
    /// A file that cannot be read or written.
    pub(crate) fn file(path: &Path, reason: impl ToString) -> Self {
        Self::File { path: path.to_owned(), reason: reason.to_string() }
    }

    /// The exit code: 1 for a failure, 2 for wrong usage or configuration, 3 for data that are refused, 4 for a model
    /// that did not converge.
    #[must_use]
    pub fn code(&self) -> u8 {
        use emptor::analysis::AnalysisError;
        use emptor::lifetime::LifetimeError;
        let diverged = |e: &LifetimeError| matches!(e, LifetimeError::NotConverged { .. });
        match self {
            Self::Config(_) | Self::Usage(_) => 2,
            Self::Data(_) | Self::Engine(emptor::Error::Table(_)) => 3,
            Self::Engine(emptor::Error::Lifetime(e)) if diverged(e) => 4,
            Self::Engine(emptor::Error::Analysis(AnalysisError::PurchaseModel(e) | AnalysisError::SpendModel(e)))
                if diverged(e) =>
            {
                4
            }
            _ => 1,
        }
    }
}

macro_rules! from_engine {
    ($($error:ty),*) => {
        $(impl From<$error> for CliError {
            fn from(error: $error) -> Self {
                Self::Engine(error.into())
            }
        })*
    };
}

from_engine!(
    emptor::types::Invalid,
    emptor::table::TableError,
    emptor::rfm::RfmError,
    emptor::lifetime::LifetimeError,
    emptor::value::ValueError,
    emptor::value::profitability::ProfitError,
    emptor::grade::GradeError,
    emptor::types::EnvelopeError,
    emptor::analysis::AnalysisError,
    emptor::analysis::ScorerError,
    emptor::report::ReportError,
    emptor::profile::ProfileError,
    emptor::forecast::ForecastError
);
