//! Charts of customer analytics as accessible SVG, and PNG.
//!
//! A chart is plain data with a title, a sentence that says its finding, and units. It is drawn at two widths
//! ([`Size`]), for a page that has [`STYLE`] ([`Chart::inline`]) or as a file of its own ([`Chart::file`]; PNG with the
//! feature `png`), and it gives its numbers as a table ([`Chart::data`]) for those who cannot see it.
//!
//! | question | chart |
//! |---|---|
//! | how does it develop, and how sure is that | [`Lines`] |
//!
//! The same chart is the same text on every machine: there is no clock, no font and no random number in it. Texts from
//! data pass through one function, [`escape`]. A chart without data says so; one with lengths that disagree is an error.

mod bars;
mod bridge;
mod canvas;
mod chart;
mod columns;
mod error;
mod escape;
mod frame;
mod heatmap;
mod lines;
mod measure;
mod number;
mod scale;
mod theme;

pub use bars::{Bars, Row};
pub use bridge::{Tornado, Waterfall};
pub use canvas::{Canvas, Size};
pub use chart::{Caption, Chart, Table};
pub use columns::{Columns, Histogram};
pub use error::ChartError;
pub use escape::escape;
pub use frame::Axis;
pub use heatmap::Heatmap;
pub use lines::{Lines, Stroke};
pub use number::{Language, Unit};
pub use theme::STYLE;
