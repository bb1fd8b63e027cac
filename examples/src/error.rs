//! Everything that ends an example program.

use std::path::PathBuf;

use emptor::forecast::sales::SalesDimension;
use emptor::polars::error::PolarsError;
use emptor::prelude::Date;
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
    /// The data begin after the day of observation.
    #[error("--as-of {as_of} is before the first day of the data, {first}: give a day from {first} to {last}")]
    BeforeData {
        /// The day of observation asked for.
        as_of: Date,
        /// The first day of the data.
        first: Date,
        /// The last day of the data.
        last: Date,
    },
    /// The tables do not say by what sales are to be split.
    #[error("--by {dimension} needs a column that is not named: give {missing}")]
    Split {
        /// The dimension.
        dimension: SalesDimension,
        /// The argument that names its column.
        missing: &'static str,
    },
    /// No period is covered as a whole.
    #[error("{reason}; choose a finer --grain or a later --as-of")]
    NoPeriod {
        /// Which days were asked for, and why none of their periods is left.
        reason: String,
    },
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
    emptor::report::ReportError,
    emptor::profile::ProfileError,
    emptor::forecast::ForecastError
);
