//! Forecasts of sales: arguments and words.

mod args;
mod compared;
mod methods;
mod past;
mod sales;
mod span;

pub use args::{coarsest_first, forecast_grain, sales_dimension};
pub use past::tried_on_the_past;
pub use sales::{SalesResults, sales_report};
pub use span::sales_series;
