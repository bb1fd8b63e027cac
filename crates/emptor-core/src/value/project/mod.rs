//! What a CRM project returns: costs of technology, people and process against benefits by area, over a frozen baseline.
//!
//! A [`ProjectPlan`] holds cost rows and the levels each area of benefit shall reach; the benefit is the distance from the
//! [`Baseline`]. [`ProjectPlan::evaluate`] gives net present value, internal rate of return, payback and the rest,
//! [`ProjectPlan::scenarios`] the same under named changes, and [`ProjectPlan::track`] sets [`Actuals`] beside the plan.
//! [`CashFlows`] answers for any series of flows.
//!
//! Costs, benefits and levels are money in one currency per period; period 0 is now.
//!
//! References: Brealey, Myers & Allen, *Principles of Corporate Finance*, chapters 5 and 6 (net present value, internal
//! rate of return and its pitfalls, payback, profitability index).

mod baseline;
mod cash;
mod irr;
mod plan;
mod result;
mod rows;
mod scenario;
#[cfg(test)]
mod tests;
mod tracking;

pub use baseline::{Baseline, BaselineArea, Direction};
pub use cash::CashFlows;
pub use irr::{Irr, NoIrr};
pub use plan::{ProjectPlan, ProjectPlanBuilder};
pub use result::{AreaReturn, CostReturn, PeriodRow, ProjectReturn};
pub use rows::{BenefitRow, CostKind, CostRow, Evidence};
pub use scenario::{Scenario, ScenarioReturn};
pub use tracking::{Actuals, BenefitVariance, CostVariance, Tracking, Variance};
