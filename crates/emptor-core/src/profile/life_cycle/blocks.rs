//! What every customer brought in every period up to the day of observation.

use std::ops::Range;

use emptor_types::{Date, Invalid};
use polars::prelude::{DataType, Expr, IntoLazy, PolarsResult, Series, SortMultipleOptions, col, lit};

use super::super::lines::{Lines, MILLIONTHS, collect, is_purchase, millionths};
use super::super::window::Window;
use crate::statistics::median;

/// What is followed over the life of a relationship.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LifeValue {
    /// Net revenue less product cost. Lines of unknown cost count nothing.
    GrossProfit,
    /// Net revenue.
    Revenue,
    /// Units: the choice where only prices changed.
    Units,
}

impl LifeValue {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::GrossProfit => "gross_profit",
            Self::Revenue => "net_revenue",
            Self::Units => "units",
        }
    }

    fn of_line(self) -> Expr {
        match self {
            Self::GrossProfit => (col("amount") - col("cost")).fill_null(lit(0.0)),
            Self::Revenue => col("amount"),
            Self::Units => col("quantity").fill_null(lit(0.0)),
        }
    }
}

/// The customers with a purchase, and what they did, period by period; the last period ends on the day of observation.
#[derive(Debug, Clone)]
pub(super) struct Blocks {
    pub(super) customers: Series,
    rows: Vec<Row>,
    ranges: Vec<Range<usize>>,
    pub(super) days: i32,
    pub(super) as_of: Date,
    /// The usual interval between purchase days: the median of the customers' means; `NaN` if nobody bought twice.
    pub(super) interval: f64,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    /// Periods before the last one.
    ago: i32,
    value: f64,
    orders: usize,
    purchase_days: i32,
    first: Option<i32>,
    last: Option<i32>,
}

/// One period of one customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Block {
    pub(super) value: f64,
    pub(super) orders: usize,
    /// Days from the last purchase to the end of the period, by the interval expected of this customer by then.
    pub(super) overdue: f64,
}

impl Blocks {
    pub(super) fn read(lines: &Lines, window: &Window, value: LifeValue, days: Option<i32>) -> PolarsResult<Self> {
        let as_of = window.as_of().days_since_epoch();
        let interval = usual_interval(lines, window)?;
        let days = days.unwrap_or_else(|| proposed(interval));
        let purchase = |of: Expr| of.filter(is_purchase());
        let ago = (lit(as_of) - col("date").to_physical()).floor_div(lit(days)).alias("ago");
        let day = || purchase(col("date").to_physical());
        let frame = lines
            .until(window)
            .filter(col("customer_id").is_not_null())
            .with_column(lines.order_key().alias("order_key"))
            .group_by([col("customer_id"), ago])
            .agg([
                millionths(value.of_line()).sum().alias("value"),
                purchase(col("order_key")).n_unique().cast(DataType::Int64).alias("orders"),
                day().n_unique().cast(DataType::Int64).alias("days"),
                day().min().alias("first"),
                day().max().alias("last"),
            ]);
        let by = SortMultipleOptions::default().with_order_descending_multi([false, true]);
        let frame = collect(frame.sort(["customer_id", "ago"], by))?;
        let integers = |name: &str| -> PolarsResult<Vec<i64>> {
            Ok(frame.column(name)?.i64()?.iter().map(Option::unwrap_or_default).collect())
        };
        let (values, orders, purchase_days) = (integers("value")?, integers("orders")?, integers("days")?);
        let (ago, first, last) =
            (frame.column("ago")?.i32()?, frame.column("first")?.i32()?, frame.column("last")?.i32()?);
        let rows: Vec<Row> = (0..frame.height())
            .map(|i| Row {
                ago: ago.get(i).unwrap_or_default(),
                value: values[i] as f64 / MILLIONTHS,
                orders: usize::try_from(orders[i]).unwrap_or(0),
                purchase_days: i32::try_from(purchase_days[i]).unwrap_or(0),
                first: first.get(i),
                last: last.get(i),
            })
            .collect();
        let sizes = collect(
            frame
                .select(["customer_id"])?
                .lazy()
                .group_by_stable([col("customer_id")])
                .agg([polars::prelude::len().alias("n")]),
        )?;
        let sizes_of = sizes.column("n")?.cast(&DataType::Int64)?;
        let (mut ranges, mut begin) = (Vec::with_capacity(sizes.height()), 0);
        for size in sizes_of.i64()?.iter().flatten() {
            let end = begin + usize::try_from(size).unwrap_or(0);
            ranges.push(begin..end);
            begin = end;
        }
        let customers = sizes.column("customer_id")?.as_materialized_series().clone();
        Ok(Self { customers, rows, ranges, days, as_of: window.as_of(), interval })
    }

    pub(super) fn len(&self) -> usize {
        self.ranges.len()
    }

    /// The first day of the period so many before the last.
    pub(super) fn start(&self, ago: usize) -> Date {
        let ago = i32::try_from(ago).unwrap_or(i32::MAX);
        self.as_of.plus_days(1 - self.days.saturating_mul(ago.saturating_add(1)))
    }

    /// The periods of a customer, from that of the first purchase to the last one; empty without a purchase.
    pub(super) fn of(&self, customer: usize, strength: f64) -> Vec<Block> {
        let own = &self.rows[self.ranges[customer].clone()];
        let Some(from) = own.iter().position(|row| row.first.is_some()) else { return Vec::new() };
        let own = &own[from..];
        let (begin, mut next) = (own[0].first.unwrap_or_default(), 0);
        let (mut last, mut bought) = (begin, 0);
        let as_of = self.as_of.days_since_epoch();
        let mut blocks = Vec::new();
        for ago in (0..=own[0].ago).rev() {
            let row = own.get(next).filter(|row| row.ago == ago);
            if let Some(row) = row {
                next += 1;
                bought += row.purchase_days;
                last = row.last.unwrap_or(last);
            }
            // The mean of the own intervals and of as many usual ones as the prior is strong.
            let (own_days, own_intervals) = (f64::from(last - begin), f64::from(bought - 1));
            let expected = (own_days + strength * self.interval) / (own_intervals + strength);
            let expected = if self.interval.is_nan() { f64::NAN } else { expected };
            let end = as_of - ago * self.days;
            blocks.push(Block {
                value: row.map_or(0.0, |row| row.value),
                orders: row.map_or(0, |row| row.orders),
                overdue: f64::from(end - last) / expected,
            });
        }
        blocks
    }
}

/// A period within which most customers who are still there buy: twice the usual interval, a quarter where nobody bought
/// twice.
fn proposed(interval: f64) -> i32 {
    if interval.is_nan() { 91 } else { (2.0 * interval).round().clamp(1.0, 3650.0) as i32 }
}

/// The length of a period that was asked for.
pub(super) fn check_days(days: Option<i32>) -> Result<(), Invalid> {
    match days {
        Some(days) if days < 1 => Err(Invalid::value("period_days", "must be at least 1", days)),
        _ => Ok(()),
    }
}

fn usual_interval(lines: &Lines, window: &Window) -> PolarsResult<f64> {
    let day = || col("date").to_physical();
    let frame = lines
        .until(window)
        .filter(is_purchase())
        .group_by([col("customer_id")])
        .agg([
            (day().max() - day().min()).alias("span"),
            (day().n_unique().cast(DataType::Int64) - lit(1_i64)).alias("n"),
        ])
        .filter(col("n").gt(lit(0_i64)))
        .select([(col("span").cast(DataType::Float64) / col("n").cast(DataType::Float64)).alias("mean")]);
    let means: Vec<f64> = collect(frame)?.column("mean")?.f64()?.iter().flatten().collect();
    Ok(median(&means).unwrap_or(f64::NAN))
}
