//! What customers are worth: discounted lifetime value and customer equity.
//!
//! ```text
//! LTV_current,i = Σ_t  RP_it            / (1+r)^τ(t)
//! LTV_total,i   = Σ_t (RP_it + PRP_it)  / (1+r)^τ(t)         t = 1 … T_i
//! CE            = Σ_i LTV_i
//! ```
//!
//! `RP_it` is the profit of the current relationship with customer `i` in period `t`, `PRP_it` the profit the
//! relationship could bring beyond it. Both are profits, not revenue, and distinct types ([`CurrentProfit`],
//! [`PotentialProfit`]), so that swapping them does not compile. When a flow falls inside its period is a
//! [`Timing`](emptor_types::Timing) and has no default; the same inputs range from 250 to 350 with the convention (see
//! [`ClosedForm`]), which is why every result carries its own. Where potential profit comes from says [`potential`].
//!
//! ```
//! use emptor_core::value::{CurrentProfit, LifetimeValue, PotentialProfit, ProfitStreams};
//! use emptor_types::{DiscountRate, Horizon, TimeUnit, Timing};
//!
//! let spec = LifetimeValue::builder()
//!     .rate(DiscountRate::annual_effective(0.10)?)
//!     .horizon(Horizon::years(3.0)?)
//!     .period(TimeUnit::Year)
//!     .timing(Timing::End)
//!     .build()?;
//! let streams = ProfitStreams::new(CurrentProfit::panel(3, vec![100.0, 110.0, 121.0])?)
//!     .with_potential(PotentialProfit::panel(3, vec![10.0, 20.0, 30.0])?)?;
//! let values = spec.compute(&streams)?;
//! assert!((values.current()[0] - 272.727_273).abs() < 1e-6);
//! assert!((values.total()[0] - 320.886_551).abs() < 1e-6);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! References: Hwang, Jung & Suh (2004), Expert Systems with Applications 26; Rust, Lemon & Zeithaml (2004), Journal of
//! Marketing 68; Fader & Hardie (2012), "Reconciling and clarifying CLV formulas".

mod by_models;
pub mod closed_form;
pub mod equity;
mod error;
mod expression;
mod flows;
pub mod forecast;
mod frames;
mod lifetime;
mod parts;
pub use crate::portfolio;
pub mod potential;
pub mod profitability;
pub mod project;
mod retention;
mod schedule;
mod score;
mod survival;
pub mod uncertainty;

pub use by_models::ModelValuation;
pub use closed_form::ClosedForm;
pub use equity::{BaseFlows, CustomerEquity, EquityPart};
pub use error::ValueError;
pub use flows::{CurrentProfit, PotentialProfit, ProfitStreams};
pub use forecast::expected_profit;
pub use lifetime::{LifetimeValue, LifetimeValueBuilder, LifetimeValues};
pub use parts::Valued;
pub use retention::{RepeatBuyingRate, RetentionRate};
pub use schedule::Schedule;
pub(crate) use score::{EXPECTED_PURCHASES, EXPECTED_SPEND, P_ALIVE};
pub use score::{Scores, Scoring, score};
pub use survival::{FirstPayment, Survival, SurvivalCurve, SurvivalPanel};
