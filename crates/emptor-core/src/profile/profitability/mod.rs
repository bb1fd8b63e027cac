//! Profitability: what customers earn us, and who costs more than he brings.

use polars::prelude::DataFrame;

/// The ladder of margins (net revenue, cm1, cm2, net profit) as tables, made by
/// [`RelationshipProfits`](crate::value::profitability::RelationshipProfits).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Ladders {
    /// One row per customer.
    pub customers: DataFrame,
    /// One row per customer and period.
    pub customer_periods: DataFrame,
    /// One row per product and period.
    pub product_periods: DataFrame,
}
