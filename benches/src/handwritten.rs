//! What an analyst would write by hand.

use emptor::polars::prelude::{DataFrame, Engine, Expr, LazyFrame, col, len, lit};
use emptor::types::Date;

/// Frequency, recency, T (days) and monetary value by a polars lazy query over `customer_id, date, amount`.
///
/// # Panics
/// If the query fails.
#[must_use]
pub fn purchase_history(lines: LazyFrame, as_of: Date) -> DataFrame {
    let as_of = as_of.days_since_epoch();
    let day = col("date").to_physical();
    lines
        .filter(col("amount").gt_eq(lit(0.0)).and(day.clone().lt_eq(lit(as_of))))
        .select([col("customer_id"), day.alias("day"), col("amount")])
        .group_by([col("customer_id"), col("day")])
        .agg([col("amount").sum()])
        .group_by([col("customer_id")])
        .agg([
            (len() - lit(1)).alias("frequency"),
            (col("day").max() - col("day").min()).alias("recency"),
            (lit(as_of) - col("day").min()).alias("T"),
            col("amount").sum().alias("money"),
            col("amount").filter(col("day").eq(col("day").min())).sum().alias("first_money"),
        ])
        .with_column(((col("money") - col("first_money")) / col("frequency")).alias("monetary_value"))
        .select([col("customer_id"), col("frequency"), col("recency"), col("T"), col("monetary_value")])
        .collect_with_engine(Engine::Streaming)
        .unwrap()
        .unwrap_single()
}

/// The discounted value of a panel, one column of profit per period, with cash in the middle of every month: the sum of
/// products that an analyst would write as one expression.
///
/// # Panics
/// If there is no column.
pub fn net_present_value(months: &[String], annual: f64) -> Expr {
    let factor = |t: usize| (1.0 + annual).powf(-(t as f64 + 0.5) / 12.0);
    let terms = months.iter().enumerate().map(|(t, name)| col(name.as_str()) * lit(factor(t)));
    terms.reduce(|sum, term| sum + term).unwrap()
}
