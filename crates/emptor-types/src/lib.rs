//! Domain numbers, time and fit contracts shared by every crate of the emptor engine.
//!
//! A value of one of these types is a proof: a [`DiscountRate`] is finite and says per which period it counts, a
//! [`Horizon`] is positive and has a unit, a [`HistoryView`] has equally long, admissible columns. Functions further
//! up take these types at their doors and plain numbers and slices inside.
//!
//! ```
//! use emptor_types::{DiscountRate, Horizon, TimeUnit};
//!
//! let rate = DiscountRate::annual_effective(0.12)?;
//! assert!((rate.per(TimeUnit::Month) - 0.009_488_79).abs() < 1e-8);
//! assert_eq!("36m".parse::<Horizon>()?, Horizon::months(36.0)?);
//! # Ok::<(), emptor_types::Invalid>(())
//! ```

mod contract;
mod covariates;
mod date;
mod envelope;
mod exact;
mod fit;
mod history;
mod horizon;
mod invalid;
mod numbers;
pub mod period;
mod predicate;
mod progress;
mod rate;
pub mod sql;
mod time;

pub use contract::ContractHistory;
pub use covariates::Covariates;
pub use date::Date;
pub use envelope::{Envelope, EnvelopeError, SCHEMA_VERSION, Training};
pub use exact::ExactSum;
pub use fit::{Fit, FitReport, Termination};
pub use history::HistoryView;
pub use horizon::Horizon;
pub use invalid::{Checks, Invalid, Violation};
pub use numbers::{Level, Probability};
pub use predicate::{Comparison, Predicate, Threshold, Value};
pub use progress::{Cancelled, Progress, ProgressFn, silent};
pub use rate::DiscountRate;
pub use time::{TimeUnit, Timing};
