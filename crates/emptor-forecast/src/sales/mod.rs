//! Sales from the table of order lines: regular series, and their forecasts.
//!
//! [`SalesSeries`] reads them in one pass over the lines, for the total or for every member of products, channels, places,
//! grades, …; [`Periods`] is the calendar they stand on. [`SalesForecast`] forecasts all of them and their totals, so that they
//! add up.

mod dimension;
mod forecast;
mod periods;
mod read;
mod series;
mod settings;
#[cfg(test)]
mod tests;

pub use dimension::SalesDimension;
pub use forecast::{SalesForecast, SalesForecastSettings, SalesNode};
pub use periods::Periods;
pub use read::{ANONYMOUS, UNKNOWN};
pub use series::{LeftOut, SalesSeries};
pub use settings::{SalesMeasure, SalesSettings, Unfinished};
