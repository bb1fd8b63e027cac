//! The profit of the current relationship to come, `RP_it`: forecasts to choose from.
//!
//! | method | a customer will earn | for |
//! |---|---|---|
//! | [`TrailingLevel`] | what they earned on average over the last periods, say twelve months | most customers |
//! | [`AgeCurve`] | what customers of their segment earned at the age they will have | new customers; profit that grows or fades with the relationship |
//! | [`DampedTrend`] | their own trend, which fades | steady customers with a history |
//! | [`contract_profit`] with [`contract_survival`] or [`segment_survival`], [`contract_lives`] | the fee as long as the contract lives | customers under contract |
//! | [`expected_profit`] | expected purchases × expected spend × margin rate | buyers without a contract; [`CustomerMargins`] gives margin rates |
//!
//! All give a [`CurrentProfit`](crate::value::CurrentProfit) per period of the convention, a level where a level
//! suffices, and a [`Survival`](crate::value::Survival) where it is not in the profit already. A history may count
//! shorter or longer periods than the convention: profits are added up, or divided. The horizon is the convention's;
//! individual ones are [`lives`](crate::value::ProfitStreams::with_lives). [`choose`] takes another method for every
//! kind of customer.
//!
//! ```
//! use emptor_core::value::forecast::{AgeCurve, Method, ProfitHistory, TrailingLevel, choose};
//! use emptor_core::value::LifetimeValue;
//! use emptor_types::{DiscountRate, Fit, Horizon, TimeUnit, Timing};
//!
//! // Three years of profit; the last customer is new.
//! let nan = f64::NAN;
//! let profit = vec![30.0, 40.0, 50.0, nan, 20.0, 40.0, nan, nan, nan];
//! let history = ProfitHistory::new(TimeUnit::Year, 3, profit, vec![4, 2, 0])?;
//! let convention = LifetimeValue::builder()
//!     .rate(DiscountRate::annual_effective(0.10)?)
//!     .horizon(Horizon::years(2.0)?)
//!     .period(TimeUnit::Year)
//!     .timing(Timing::End)
//!     .build()?;
//! let level = TrailingLevel::new(2)?.fit(&history)?.forecast(&history, &convention)?;
//! let curve = AgeCurve::new(1)?.fit(&history)?.forecast(history.ages(), None, &convention)?;
//! let methods = [Method::new("level", level), Method::new("age curve", curve)];
//! let chosen = choose(&methods, &["level", "level", "age curve"], &convention)?;
//! let values = convention.compute(&chosen.streams()?)?;
//! let expected = [45.0 / 1.1 + 45.0 / 1.21, 30.0 / 1.1 + 30.0 / 1.21, 20.0 / 1.1 + 35.0 / 1.21];
//! assert!(values.current().iter().zip(expected).all(|(value, exact)| (value - exact).abs() < 1e-12));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod age_curve;
mod cells;
mod checks;
mod choice;
mod contract;
mod credibility;
mod curve;
mod fitted_curve;
mod history;
mod level;
mod margin;
mod own_level;
mod panel;
mod purchases;
#[cfg(test)]
mod tests;
mod trend;

pub use age_curve::AgeCurve;
pub use choice::{Chosen, Method, choose};
pub use contract::{RenewalModel, contract_lives, contract_profit, contract_survival, segment_survival};
pub use credibility::Credibility;
pub use fitted_curve::FittedAgeCurve;
pub use history::ProfitHistory;
pub use level::{FittedTrailingLevel, TrailingLevel};
pub use margin::CustomerMargins;
pub use purchases::expected_profit;
pub use trend::{DampedTrend, TrendForecast};
