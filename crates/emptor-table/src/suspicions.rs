//! What looks odd without breaking a rule: repeated lines and outlying amounts. Both need further passes, which is why a
//! caller asks for them with [`ReadOptions::thorough`](crate::ReadOptions::thorough).

use polars::prelude::{DataFrame, DataType, Engine, LazyFrame, PolarsResult, col, len, lit, when};

use crate::quality::Fact;

/// Robust standard deviations from the median beyond which an amount is outlying.
const OUTLYING: f64 = 8.0;

/// Turns a median absolute deviation into a standard deviation of normal amounts.
const NORMAL: f64 = 1.4826;

/// Lines that repeat another one: same order, product, day and amount (the first of them not counted).
pub(crate) fn repeated(lines: &LazyFrame) -> PolarsResult<Fact> {
    let keys = ["order_id", "product_id", "date", "amount"].map(col);
    let repeats = len().cast(DataType::UInt64) - lit(1_u64);
    let groups = lines.clone().group_by(keys).agg([repeats.alias("repeats")]).filter(col("repeats").gt(lit(0_u64)));
    let sums = collect(groups.select([
        col("repeats").sum(),
        (col("amount") * col("repeats").cast(DataType::Float64)).sum().alias("money"),
    ]))?;
    Ok(Fact {
        name: "possible duplicates",
        treatment: "taken as they are; same order, product, day and amount as another line",
        rows: sums.column("repeats")?.get(0)?.try_extract::<u64>().unwrap_or_default() as usize,
        amount: sums.column("money")?.f64()?.get(0),
    })
}

/// Lines whose amount lies more than eight robust standard deviations from the median of all.
pub(crate) fn outlying(lines: &LazyFrame) -> PolarsResult<Fact> {
    let amount = col("amount");
    let median = number(&collect(lines.clone().select([amount.clone().median()]))?)?;
    let distance = amount.clone() - lit(median);
    let distance = when(distance.clone().lt(lit(0.0))).then(lit(0.0) - distance.clone()).otherwise(distance);
    let deviation = NORMAL * number(&collect(lines.clone().select([distance.clone().median().alias("amount")]))?)?;
    // Without a spread every other amount would be infinitely far away.
    let far = lit(deviation > 0.0).and(distance.gt(lit(OUTLYING * deviation)));
    let found = collect(lines.clone().filter(far).select([len().cast(DataType::UInt64).alias("rows"), amount.sum()]))?;
    Ok(Fact {
        name: "outlying amounts",
        treatment: "taken as they are; more than 8 robust standard deviations from the median",
        rows: found.column("rows")?.get(0)?.try_extract::<u64>().unwrap_or_default() as usize,
        amount: found.column("amount")?.f64()?.get(0),
    })
}

fn collect(frame: LazyFrame) -> PolarsResult<DataFrame> {
    Ok(frame.collect_with_engine(Engine::Streaming)?.unwrap_single())
}

fn number(frame: &DataFrame) -> PolarsResult<f64> {
    Ok(frame.column("amount")?.f64()?.get(0).unwrap_or_default())
}
