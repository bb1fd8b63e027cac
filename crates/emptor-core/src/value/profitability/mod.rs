//! Relationship profitability: what each customer brings, by product and period, down a ladder of margins.
//!
//! What it answers: which customers make or lose money, on what, and why. Revenue does not say it: a customer with large
//! orders may cost more to serve than the orders bring.
//!
//! ```text
//! list revenue − discounts − rebates − returns            = net revenue
//! net revenue − product cost                              = gross profit         CM1  (total profit)
//! CM1 − cost to serve − direct marketing                  = contribution margin  CM2  (marginal profit)
//! CM2 − allocated fixed cost                              = net profit
//! ```
//!
//! Cost to serve is charged by [rules](CostRule): money per order, line or return; the minutes an activity takes at the
//! rate of a [capacity pool](CapacityPool) (time-driven activity-based costing, Kaplan & Anderson 2004); the cost that a
//! log states; a share of a pool. What customers do not use they do not pay for, what nobody is known to have caused
//! stays unassigned, and the [identity](ProfitReconciliation)
//!
//! ```text
//! Σ customers + unassigned + unused capacity = control totals
//! ```
//!
//! is checked for revenue, product cost and every pool and rule. A cost that is not known is never 0: see [`MissingCost`].
//!
//! See [`RelationshipProfit`] for an example.
//!
//! References: Kaplan & Anderson (2004), "Time-driven activity-based costing", Harvard Business Review 82 (11); Niraj,
//! Gupta & Narasimhan (2001), "Customer profitability in a supply chain", Journal of Marketing 65 (3).

mod cells;
mod check;
mod compute;
mod decimal;
mod error;
mod fixed;
mod frames;
mod history;
mod pools;
mod query;
mod rates;
mod reconcile;
mod results;
mod rules;
mod settings;
mod tdabc;
#[cfg(test)]
mod tests;
mod usage;

pub use crate::period::{Grain, Period};
pub use error::ProfitError;
pub use frames::{ACTIVITY_COLUMNS, CAPACITY_COLUMNS, PROFIT_COLUMNS, UNASSIGNED_COLUMNS};
pub use reconcile::{ProfitReconciliation, ReconciliationLine};
pub use results::{ProfitMeasure, RelationshipProfits};
pub use rules::{CostClass, CostRule};
pub use settings::{
    FixedAllocation, MissingCost, RelationshipProfit, RelationshipProfitBuilder, ReturnDating, UnknownActivity,
};
pub use tdabc::{ActivityCharge, ActivityVolume, CapacityPool, CapacityUse, TimeEquation, traditional_abc_rate};
