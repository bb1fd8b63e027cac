//! Everything that ends an example program.

use std::path::PathBuf;

use emptor::polars::error::PolarsError;
use thiserror::Error;

/// Why an example program stopped; the text is for people.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExampleError {
    /// The engine refused.
    #[error(transparent)]
    Engine(#[from] emptor::Error),
    /// `--columns` cannot be read.
    #[error("--columns: {0}")]
    Columns(String),
    /// Another flag cannot be read.
    #[error("{flag}: {reason}")]
    Flag {
        /// The flag.
        flag: String,
        /// What is wrong, and what is right.
        reason: String,
    },
    /// The table has no dated row to take the day of observation from.
    #[error("the table has no date to take the day of observation from; give --as-of")]
    NoDay,
    /// A file with one row per customer cannot be read.
    #[error("{}: {reason}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// No segment can be fitted.
    #[error("no segment of contracts can be fitted: {0}")]
    NoContract(String),
    /// A run has no table of that name.
    #[error("no table `{name}` in this run; there are {tables}")]
    NoTable {
        /// The name.
        name: String,
        /// Those there are.
        tables: String,
    },
    /// Results cannot be written.
    #[error("cannot write {}: {reason}", .path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The data-frame engine failed.
    #[error("query failed: {0}")]
    Query(#[from] PolarsError),
}

macro_rules! from_engine {
    ($($error:ty),*) => {
        $(impl From<$error> for ExampleError {
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
    emptor::profile::ProfileError,
    emptor::forecast::ForecastError
);
