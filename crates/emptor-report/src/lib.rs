//! The report of a customer base as one HTML file, and its pictures.
//!
//! A [`Report`] is made of what an analysis found ([`Material`]): sections with a sentence of finding, charts, tables and
//! what is missing. [`Report::html`] writes it as one file that needs no network, [`Report::pictures`] gives each chart by
//! itself. Customers are not named unless [`ReportSettings::show_ids`] says so.

mod block;
mod currency;
mod error;
mod gather;
mod grid;
mod material;
mod page;
mod read;
mod report;
mod sections;
mod settings;
#[cfg(test)]
mod tests;
mod words;

pub use block::{Block, Fact, Part, Term};
pub use currency::currency_of;
pub use error::ReportError;
pub use gather::Gathered;
pub use grid::{Grid, Heading, Pick};
pub use material::Material;
pub use report::Report;
pub use settings::ReportSettings;
pub use words::Words;
