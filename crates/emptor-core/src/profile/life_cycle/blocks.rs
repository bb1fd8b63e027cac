//! What every customer brought in every period up to the day of observation.

use std::ops::Range;
use std::sync::Arc;

use emptor_table::LineKind;
use emptor_types::{Date, Invalid};
use polars::prelude::{DataFrame, Expr, PolarsResult, Series, SortOptions, UniqueKeepStrategy, col, lit};
use rayon::prelude::*;

use super::super::gathered::{Chunk, Facts, Line, Places, gather};
use super::super::lines::{Lines, MILLIONTHS, collect, millionths};
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

impl Facts for LifeValue {
    /// Millionths.
    type Of = i64;

    fn columns(&self) -> Vec<Expr> {
        vec![millionths(self.of_line()).alias("value")]
    }

    fn read(&mut self, batch: &DataFrame) -> PolarsResult<Vec<i64>> {
        Ok(batch.column("value")?.i64()?.iter().map(Option::unwrap_or_default).collect())
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
    /// The blocks of all customers with a line up to the day of observation. Lines that name no order are orders by day.
    pub(super) fn read(
        lines: &Lines,
        has_order: bool,
        window: &Window,
        value: LifeValue,
        days: Option<i32>,
    ) -> PolarsResult<Self> {
        let known = lines.until(window).filter(col("customer_id").is_not_null());
        let customers = collect(known.clone().select([col("customer_id")]).unique(None, UniqueKeepStrategy::Any))?;
        let customers = customers.column("customer_id")?.as_materialized_series().sort(SortOptions::default())?;
        let (chunks, _) = gather(known, has_order, &Arc::new(Places::new(&customers)?), value)?;
        let interval = usual_interval(&chunks);
        let days = days.unwrap_or_else(|| proposed(interval));
        let as_of = window.as_of().days_since_epoch();
        let parts: Vec<Vec<(usize, Row)>> = chunks
            .into_par_iter()
            .map(|chunk| {
                let own = |(place, lines)| periods(lines, as_of, days).map(move |row| (place, row));
                chunk.customers().flat_map(own).collect()
            })
            .collect();
        let mut ranges = vec![0..0; customers.len()];
        let mut rows = Vec::with_capacity(parts.iter().map(Vec::len).sum());
        for own in parts.iter().flat_map(|part| part.chunk_by(|a, b| a.0 == b.0)) {
            ranges[own[0].0] = rows.len()..rows.len() + own.len();
            rows.extend(own.iter().map(|(_, row)| *row));
        }
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

/// The periods of a customer with a line, the oldest first.
fn periods(lines: &[Line<i64>], as_of: i32, days: i32) -> impl Iterator<Item = Row> {
    let ago = move |line: &Line<i64>| (as_of - line.day) / days;
    lines.chunk_by(move |a, b| ago(a) == ago(b)).map(move |own| {
        let bought = || own.iter().filter(|line| line.kind == LineKind::Sale.code());
        let value: i128 = own.iter().map(|line| i128::from(line.facts)).sum();
        // An order may have lines on several days of the period.
        let mut orders: Vec<u64> = bought().map(|line| line.order).collect();
        orders.sort_unstable();
        orders.dedup();
        Row {
            ago: ago(&own[0]),
            value: value as f64 / MILLIONTHS,
            orders: orders.len(),
            purchase_days: purchase_days(own),
            first: bought().next().map(|line| line.day),
            last: bought().next_back().map(|line| line.day),
        }
    })
}

/// Distinct days with a purchase.
fn purchase_days(lines: &[Line<i64>]) -> i32 {
    let sold = |day: &&[Line<i64>]| day.iter().any(|line| line.kind == LineKind::Sale.code());
    lines.chunk_by(|a, b| a.day == b.day).filter(sold).count() as i32
}

/// The median of the mean intervals between purchase days of customers who have one.
fn usual_interval(chunks: &[Chunk<i64>]) -> f64 {
    let mean = |lines: &[Line<i64>]| {
        let mut bought = lines.iter().filter(|line| line.kind == LineKind::Sale.code()).map(|line| line.day);
        let first = bought.next()?;
        let last = bought.next_back().filter(|last| *last > first)?;
        Some(f64::from(last - first) / f64::from(purchase_days(lines) - 1))
    };
    let means: Vec<f64> = chunks.iter().flat_map(Chunk::customers).filter_map(|(_, lines)| mean(lines)).collect();
    median(&means).unwrap_or(f64::NAN)
}
