//! Orders of which nothing is left: all that was sold came back, or was credited.

use emptor_table::LineKind;
use polars::prelude::{
    DataFrame, DataType, IntoLazy, JoinArgs, JoinType, LazyFrame, NULL, SortMultipleOptions, UniqueKeepStrategy, col,
    len, lit,
};

use super::base::{Base, first_of_look_back, money};
use super::settings::ProfilingSettings;
use crate::columns::{ColumnSpec, column};
use crate::profile::lines::{Lines, MILLIONTHS, collect, is, millionths};
use crate::profile::{Coverage, Gap, Need, ProfileError, ProfileInput, ResultTable};

/// The columns of `net_zero_order`: one row per order, oldest first.
pub(super) const NET_ZERO_COLUMNS: &[ColumnSpec] = &[
    column("order_id", "", "the order; null where lines name none, and an order is what a customer bought on a day"),
    column("customer_id", "", "who ordered"),
    column("date", "date", "the first day of the order"),
    column("sold", "currency", "net amount of its sales"),
    column("returned", "currency", "net amount of its returns, positive"),
    column("other", "currency", "credits and fees of the order"),
    column("flags", "", "net_zero: sold − returned + other is 0; it counts as a purchase order all the same"),
];

/// Orders without net revenue, if it can be told to which order a return belongs.
pub(super) struct NetZero {
    /// By customer; empty where it cannot be told.
    pub(super) by_customer: Vec<u32>,
    /// The table, or why there is none.
    pub(super) table: Result<ResultTable, Gap>,
}

impl NetZero {
    /// The orders of the look-back whose returns up to the day of observation leave nothing. A return belongs to the order
    /// of the line that it names; without one, to the order whose number it has.
    pub(super) fn read(
        input: &ProfileInput<'_>,
        lines: &Lines,
        settings: &ProfilingSettings,
        base: &Base,
    ) -> Result<Self, ProfileError> {
        let transactions = input.tables.transactions();
        let refers = transactions.has("ref_line_id") && transactions.has("line_id");
        let has_order = transactions.has("order_id");
        if !refers && !has_order {
            let needs = [Need::column("transactions", "order_id"), Need::column("transactions", "ref_line_id")];
            return Ok(Self::unknown(Gap::new("net_zero_order", needs, "no return says what it returns")));
        }
        let all = lines
            .until(&input.window)
            .filter(col("customer_id").is_not_null())
            .with_column(lines.order_key().cast(DataType::String).alias("key"));
        let returns = returns(all.clone(), refers)?;
        let (count, matched) = (returns.height(), returns.column("known")?.bool()?.sum().unwrap_or(0) as usize);
        if count > 0 && matched == 0 {
            let reason = "returns name neither the line nor the order that they return";
            return Ok(Self::unknown(Gap::new(
                "net_zero_order",
                [Need::column("transactions", "ref_line_id")],
                reason,
            )));
        }
        let found = left_with_nothing(all, &returns, first_of_look_back(input, settings))?;
        let mut by_customer = vec![0; base.len()];
        for place in base.places(&found, "transactions")?.into_iter().flatten() {
            by_customer[place as usize] += 1;
        }
        let mut frame = found;
        if !has_order {
            frame.with_column(
                polars::prelude::Series::full_null("key".into(), frame.height(), &DataType::String).into(),
            )?;
        }
        frame.rename("key", "order_id".into())?;
        let about = "purchase orders of the look-back of which no revenue is left, oldest first";
        let table = ResultTable::new("net_zero_order", about, frame, NET_ZERO_COLUMNS)?;
        let table = if count == 0 {
            table.with_flag("no_returns: nothing came back")
        } else {
            let amounts = returns.column("returned")?.i64()?;
            let known = returns.column("known")?.bool()?;
            let sum = |only_known: bool| -> f64 {
                let own = amounts.iter().zip(known.iter()).filter(|(_, known)| !only_known || *known == Some(true));
                money(-own.filter_map(|(amount, _)| amount).map(i128::from).sum::<i128>())
            };
            table.with_coverage(Coverage::new((matched, count), (sum(true), sum(false))))
        };
        Ok(Self { by_customer, table: Ok(table) })
    }

    fn unknown(gap: Gap) -> Self {
        Self { by_customer: Vec::new(), table: Err(gap) }
    }
}

/// Every return with the order it belongs to, and whether there is a sale of that order.
fn returns(all: LazyFrame, refers: bool) -> Result<DataFrame, ProfileError> {
    let returned = all.clone().filter(is(LineKind::Return));
    let mut returned = returned.with_column(millionths(col("amount")).alias("returned"));
    if refers {
        let named = returned.clone().filter(col("ref_line_id").is_not_null()).select([col("ref_line_id")]);
        let named = named.unique(None, UniqueKeepStrategy::Any);
        let sold = all
            .clone()
            .filter(is(LineKind::Return).not())
            .select([col("line_id").alias("of"), col("key").alias("sold_by")])
            .join(named, [col("of")], [col("ref_line_id")], JoinArgs::new(JoinType::Semi));
        let sold = collect(sold)?.lazy();
        returned = returned
            .join(sold, [col("ref_line_id")], [col("of")], JoinArgs::new(JoinType::Left))
            .with_column(polars::prelude::coalesce(&[col("sold_by"), col("key")]).alias("key"));
    }
    let keys = ["customer_id", "key"].map(col);
    let returned = collect(returned.select([keys[0].clone(), keys[1].clone(), col("returned")]))?.lazy();
    // Sales of the orders that something came back of: few, so that they fit.
    let touched = returned.clone().select(keys.clone()).unique(None, UniqueKeepStrategy::Any);
    let sales = all
        .filter(is(LineKind::Sale))
        .select(keys.clone())
        .join(touched, keys.clone(), keys.clone(), JoinArgs::new(JoinType::Semi))
        .unique(None, UniqueKeepStrategy::Any)
        .with_column(lit(true).alias("known"));
    let sales = collect(sales)?.lazy();
    let known = returned.join(sales, keys.clone(), keys, JoinArgs::new(JoinType::Left));
    Ok(collect(known.with_column(col("known").fill_null(lit(false))))?)
}

/// The orders that began on or after a day, with their money, if nothing of it is left.
fn left_with_nothing(all: LazyFrame, returns: &DataFrame, first: i32) -> Result<DataFrame, ProfileError> {
    let keys = ["customer_id", "key"].map(col);
    let returned = returns.clone().lazy().filter(col("known"));
    let returned = returned.group_by(keys.clone()).agg([col("returned").sum(), len().alias("returns")]);
    let amount = || millionths(col("amount"));
    let none = || lit(NULL).cast(DataType::Int64);
    let sales = polars::prelude::when(is(LineKind::Sale)).then(amount()).otherwise(none());
    let other = polars::prelude::when(is(LineKind::Sale)).then(none()).otherwise(amount());
    let day = polars::prelude::when(is(LineKind::Sale)).then(col("date").to_physical()).otherwise(lit(NULL));
    let orders = all
        .filter(is(LineKind::Return).not())
        .join(returned.clone().select(keys.clone()), keys.clone(), keys.clone(), JoinArgs::new(JoinType::Semi))
        .group_by(keys.clone())
        .agg([day.min().alias("date"), sales.sum().alias("sold"), other.sum().alias("other")]);
    let left = col("sold") + col("other") + col("returned");
    let as_money = |name: &str, sign: f64| col(name).cast(DataType::Float64) * lit(sign / MILLIONTHS) + lit(0.0);
    let found = orders
        .join(returned, keys.clone(), keys, JoinArgs::new(JoinType::Inner))
        .filter(col("date").gt_eq(lit(first)).and(col("sold").gt(lit(0))).and(left.eq(lit(0))))
        .sort(["date", "customer_id", "key"], SortMultipleOptions::default())
        .select([
            col("key"),
            col("customer_id"),
            col("date").cast(DataType::Int32).cast(DataType::Date),
            as_money("sold", 1.0).alias("sold"),
            as_money("returned", -1.0).alias("returned"),
            as_money("other", 1.0).alias("other"),
            lit("net_zero").alias("flags"),
        ]);
    Ok(collect(found)?)
}
