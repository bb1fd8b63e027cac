//! Sales from the table of order lines: regular series, and their forecasts.
//!
//! [`SalesSeries`] reads them in one pass over the lines, for the total or for every member of products, channels, places,
//! grades, …; [`Periods`] is the calendar they stand on. [`SalesForecast`] forecasts all of them and their totals, so that they
//! add up; [`SalesBacktest`] says how good such forecasts were, and [`SalesFlag`] what to know before one is believed.

mod backtest;
mod dimension;
mod flags;
mod forecast;
mod newcomers;
mod periods;
mod read;
mod series;
mod settings;
#[cfg(test)]
mod tests;

pub use backtest::{SalesAccuracy, SalesBacktest, SalesBacktestSettings, TriedTotal};
pub use dimension::SalesDimension;
pub use flags::SalesFlag;
pub use forecast::{SalesForecast, SalesForecastSettings, SalesNode};
pub use newcomers::NOT_YET_SOLD;
pub use periods::Periods;
pub use read::{ANONYMOUS, UNKNOWN};
pub use series::{LeftOut, SalesSeries};
pub use settings::{SalesMeasure, SalesSettings, Unfinished};
