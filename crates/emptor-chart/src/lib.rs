//! Charts of customer analytics as accessible SVG, and PNG.
//!
//! A chart is plain data with a title, a sentence that says its finding, and units. It is drawn at two widths
//! ([`Size`]), for a page that has [`STYLE`] ([`Chart::inline`]) or as a file of its own ([`Chart::file`]; PNG with the
//! feature `png`), and it gives its numbers as a table ([`Chart::data`]) for those who cannot see it.
//!
//! | question | chart |
//! |---|---|
//! | how does it develop, and how sure is that; who earns it (whale, Lorenz, gains); who survives | [`Lines`] |
//! | the same for many at once, or in the cell of a table | [`Multiples`], [`sparkline`] |
//! | who is first; how sure is each; is the target met; how far down the funnel | [`Bars`] |
//! | what came and went in each period | [`Columns`] |
//! | how is it spread | [`Histogram`] |
//! | what leads from this total to that | [`Waterfall`] |
//! | what moves the result most | [`Tornado`] |
//! | which cohort, cell or pair of states | [`Heatmap`] |
//! | who lies where by two numbers | [`Scatter`] |
//! | how do grades share customers, revenue and value; what changed between two dates | [`Shares`], [`Slope`] |
//! | did the prediction come true | [`Calibration`] |
//!
//! The same chart is the same text on every machine: there is no clock, no font and no random number in it. Texts from
//! data pass through one function, [`escape`]. A chart without data says so; one with lengths that disagree is an error.

mod bars;
mod bridge;
mod calibration;
mod canvas;
mod chart;
mod columns;
mod curve;
mod error;
mod escape;
mod frame;
mod heatmap;
mod lines;
mod measure;
mod multiples;
mod number;
#[cfg(feature = "png")]
mod png;
mod scale;
mod scatter;
mod shares;
#[cfg(test)]
mod tests;
mod theme;

pub use bars::{Bars, Row};
pub use bridge::{Tornado, Waterfall};
pub use calibration::Calibration;
pub use canvas::{Canvas, Size};
pub use chart::{Caption, Chart, Table};
pub use columns::{Columns, Histogram};
pub use error::ChartError;
pub use escape::escape;
pub use frame::Axis;
pub use heatmap::Heatmap;
pub use lines::{Lines, Stroke};
pub use multiples::{Multiples, sparkline};
pub use number::{Language, Unit};
#[cfg(feature = "png")]
pub use png::Fonts;
pub use scatter::Scatter;
pub use shares::{Parts, Shares, Slope};
pub use theme::STYLE;
