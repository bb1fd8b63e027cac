//! Sums per product in this window and in the one before.

use polars::prelude::{DataType, LazyFrame, PolarsResult, col, lit};

use super::super::lines::{Lines, MILLIONTHS, collect, millionths};
use super::super::window::Window;
use super::bridge::ProductPeriod;

/// What every product brought before and now, and the share of revenue now whose cost is known. Lines of unknown cost are
/// left out: they would move profit by all they brought.
pub(super) fn by_product(lines: &Lines, window: &Window) -> PolarsResult<(Vec<ProductPeriod>, f64, f64)> {
    let sums = |frame: LazyFrame, period: u8| {
        let is_known = || col("cost").is_not_null();
        frame
            .group_by([col("product_id").cast(DataType::String)])
            .agg([
                millionths(col("quantity")).filter(is_known()).sum().alias("quantity"),
                millionths(col("amount")).filter(is_known()).sum().alias("revenue"),
                millionths(col("cost")).sum().alias("cost"),
                millionths(col("amount")).sum().alias("all"),
            ])
            .with_column(lit(period).alias("period"))
    };
    let before = match window.before() {
        Ok(before) => before,
        Err(_) => *window,
    };
    let both = [sums(lines.within(&before), 0), sums(lines.within(window), 1)];
    let mut products: std::collections::BTreeMap<Option<String>, ProductPeriod> = std::collections::BTreeMap::new();
    let (mut known, mut all) = (0.0, 0.0);
    for (period, frame) in both.into_iter().enumerate() {
        let frame = collect(frame)?;
        let integers = |name: &str| -> PolarsResult<Vec<f64>> {
            Ok(frame.column(name)?.i64()?.iter().map(|sum| sum.unwrap_or_default() as f64 / MILLIONTHS).collect())
        };
        let (quantity, revenue, cost) = (integers("quantity")?, integers("revenue")?, integers("cost")?);
        for (row, id) in frame.column("product_id")?.str()?.iter().enumerate() {
            let own = products.entry(id.map(str::to_owned)).or_default();
            own.quantity[period] = quantity[row];
            own.revenue[period] = revenue[row];
            own.cost[period] = cost[row];
        }
        if period == 1 {
            // Rows come in any order: whole numbers are added up, not doubles.
            let total = |name: &str| -> PolarsResult<f64> {
                let sums = frame.column(name)?.i64()?;
                Ok(sums.iter().flatten().map(i128::from).sum::<i128>() as f64 / MILLIONTHS)
            };
            (known, all) = (total("revenue")?, total("all")?);
        }
    }
    Ok((products.into_values().collect(), known, all))
}
