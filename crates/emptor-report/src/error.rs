//! What can go wrong with a report.

use emptor_chart::ChartError;
use polars::prelude::PolarsError;

/// Why there is no report.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A chart was given data that it cannot draw.
    #[error("chart {name}: {error}")]
    Chart {
        /// The chart.
        name: String,
        /// What is wrong.
        error: ChartError,
    },
    /// A table of results could not be read.
    #[error("a table of results could not be read: {reason}")]
    Query {
        /// What the data-frame engine said.
        reason: String,
    },
    /// The page's template is wrong, or asks for what is not there.
    #[error("the template of the page: {reason}")]
    Template {
        /// What the template engine said.
        reason: String,
    },
}

impl From<PolarsError> for ReportError {
    fn from(error: PolarsError) -> Self {
        Self::Query { reason: error.to_string() }
    }
}

impl From<minijinja::Error> for ReportError {
    fn from(error: minijinja::Error) -> Self {
        Self::Template { reason: error.to_string() }
    }
}
