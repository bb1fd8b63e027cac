//! Why a chart could not be drawn.

use thiserror::Error;

/// Why a chart could not be drawn. A chart without data is no error: it says that there are none.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ChartError {
    /// Lengths or values break a rule; every violation is listed.
    #[error("chart '{title}': {}", problems.join("; "))]
    Invalid {
        /// Title of the chart.
        title: String,
        /// What is wrong.
        problems: Vec<String>,
    },
    /// An id cannot be the id of an element.
    #[error("'{id}' is no id of a chart: letters, digits, '-' and '_', a letter first")]
    Id {
        /// The id.
        id: String,
    },
    /// There is no font to write text with, so a picture of points would have no words.
    #[error("no font was found on this system: PNG pictures need one (install DejaVu or Noto fonts), SVG does not")]
    NoFont,
    /// The picture could not be made or written.
    #[error("no PNG could be made: {reason}")]
    Png {
        /// What the renderer said.
        reason: String,
    },
}
