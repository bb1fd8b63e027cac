//! Forecasts of sales: arguments and words.

mod sales;

pub use sales::{forecast_grain, sales_dimension, sales_report, tried_on_the_past};
