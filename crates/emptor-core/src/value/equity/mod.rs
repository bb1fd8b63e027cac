//! Customer equity: what the base is worth, and which lever moves that worth.
//!
//! - [`CustomerEquity`]: the existing customers' lifetime values, added up; [`BaseFlows`]: the same per period.
//! - [`EquityModel`]: existing customers and an [`AcquisitionPlan`] of future ones, by part, under one discount rate;
//!   its [`Elasticities`] ([`ElasticityTable`]), [`Tornado`] and [`ScenarioGrid`].
//! - [`BaseSnapshot`] and [`EquityBridge`]: why equity differs between two dates.
//! - [`SpendingPlan`]: the best spending on winning and on keeping customers (Blattberg & Deighton 1996).
//! - [`BrandSwitching`]: value and return on marketing where customers switch brands (Rust, Lemon & Zeithaml 2004).
//! - [`ShareholderValue`]: leverage and market value ratio.

mod bridge;
mod dynamic;
mod elasticity;
mod elasticity_table;
mod flows;
mod growth;
mod levers;
mod market;
mod multiple;
mod plan;
mod relationship;
mod scenario;
mod snapshot;
mod spend;
mod static_equity;
mod switching;
#[cfg(test)]
mod tests;

pub use bridge::{BridgeRow, EquityBridge};
pub use dynamic::{EquityModel, EquityValue};
pub use elasticity::{CAUTION, Elasticities, Method};
pub use elasticity_table::{ElasticityRow, ElasticityTable};
pub use flows::BaseFlows;
pub(super) use flows::Flow;
pub use growth::CustomerGrowth;
pub use levers::{Change, Lever};
pub use market::{ShareholderValue, after_tax};
pub use plan::{AcquisitionPlan, Cohort};
pub use relationship::Relationship;
pub use scenario::{GridRow, LeverRange, ScenarioGrid, Tornado, TornadoRow};
pub use snapshot::BaseSnapshot;
pub use spend::{OptimalSpending, ResponseCurve, SpendingPlan};
pub use static_equity::{CustomerEquity, EquityPart};
pub use switching::{BrandSwitching, BrandUse, MarketingReturn};
