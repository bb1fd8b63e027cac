//! Profitability: what customers earn us, who costs more than he brings, and why margin moved.
//!
//! The ladder of margins itself (net revenue, gross profit, contribution margin, net profit) is made by
//! [`RelationshipProfit`](crate::value::profitability::RelationshipProfit); here it becomes tables of customers, products,
//! segments and periods, the whale curve, shares of the top customers, measures of concentration, classes, and the bridge of gross profit from the
//! window before to this one ([`MarginBridge`]).

mod bridge;
mod concentration;
mod customers;
mod query;
mod section;
mod settings;
#[cfg(test)]
mod tests;

use emptor_types::Date;
use polars::prelude::DataFrame;

pub use bridge::{MarginBridge, ProductPeriod};
pub use concentration::CONCENTRATION_COLUMNS;
pub(crate) use section::unallocated;
pub use section::{
    BRIDGE_COLUMNS, CLASS_COLUMNS, CUSTOMER_COLUMNS, LADDER_COLUMNS, PARETO_COLUMNS, SEGMENT_COLUMNS, WHALE_COLUMNS,
    section,
};
pub use settings::ProfitabilitySettings;

/// The ladder of margins as tables, as
/// [`RelationshipProfits`](crate::value::profitability::RelationshipProfits) makes them.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Ladders {
    /// The first and the last day that they are of; the Ps take no profits of other days.
    pub days: (Date, Date),
    /// One row per customer over the window, by `customer_id`.
    pub customers: DataFrame,
    /// One row per product over the window, by `product_id`; null for what belongs to none.
    pub products: DataFrame,
    /// One row per period, by `period_start`.
    pub periods: DataFrame,
    /// Whether anything charges customers for service: without, contribution margin is gross profit.
    pub has_cost_to_serve: bool,
}

impl Ladders {
    /// The three tables, and the first and the last day that they are of.
    #[must_use]
    pub fn new(
        days: (Date, Date),
        customers: DataFrame,
        products: DataFrame,
        periods: DataFrame,
        has_cost_to_serve: bool,
    ) -> Self {
        Self { days, customers, products, periods, has_cost_to_serve }
    }
}
