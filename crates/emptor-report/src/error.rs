//! What can go wrong with a report.

use emptor_chart::ChartError;
use polars::prelude::PolarsError;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
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
    #[error("a table of results could not be read: {0}")]
    Query(#[from] PolarsError),
    /// The page's template is wrong, or asks for what is not there.
    #[error("the template of the page: {0}")]
    Template(#[from] minijinja::Error),
}
