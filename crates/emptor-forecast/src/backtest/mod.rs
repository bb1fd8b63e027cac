//! How good would it have been? Forecasts from earlier origins, beside what came.
//!
//! ```
//! use emptor_forecast::Series;
//! use emptor_forecast::backtest::{BacktestMethod, BacktestSettings, backtest};
//! use emptor_forecast::intermittent::IntermittentDemand;
//!
//! let sales = [0.0, 2.0, 0.0, 1.0, 0.0, 3.0, 0.0, 0.0, 2.0, 0.0, 1.0, 0.0];
//! let methods = [
//!     BacktestMethod::of("SES", IntermittentDemand::ses()),
//!     BacktestMethod::of("TSB", IntermittentDemand::tsb()),
//! ];
//! let result = backtest(&[Series::new(&sales, 1)?], &methods, &BacktestSettings::new(2, 3))?;
//! assert_eq!(result.rows().count(), 2 * 3 * 2); // methods, origins, periods
//! let summary = result.summary();
//! assert!(summary[1].skill.is_some_and(|skill| skill > 0.0), "better than the last value");
//! # Ok::<(), emptor_forecast::ForecastError>(())
//! ```

mod choice;
mod method;
mod result;
mod run;
mod settings;
#[cfg(test)]
mod tests;

pub use choice::{Candidate, Choice};
pub use method::BacktestMethod;
pub use result::{Backtest, BacktestFailure, BacktestForecast, BacktestRow, MethodSummary};
pub use run::backtest;
pub use settings::{BacktestSettings, Window};
