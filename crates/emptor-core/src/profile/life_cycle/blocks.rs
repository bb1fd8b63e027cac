//! What every customer brought in every period up to the day of observation.

use std::ops::Range;
use std::sync::Arc;

use emptor_table::LineKind;
use emptor_types::{Date, Invalid};
use polars::prelude::{DataFrame, Expr, PolarsResult, Series, SortOptions, UniqueKeepStrategy, col, lit};
use rayon::prelude::*;

use super::super::error::ProfileError;
use super::super::gathered::{Chunk, Facts, Line, Places, gather};
use super::super::ids::contracts_begun;
use super::super::input::ProfileInput;
use super::super::lines::{Lines, MILLIONTHS, collect, millionths};
use super::contracts::Contracts;
use super::settings::{ContractStages, LifeCycleSettings};
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

/// The customers with a line or a contract, and what they did, period by period; the last period ends on the day of observation.
#[derive(Debug, Clone)]
pub(super) struct Blocks {
    pub(super) customers: Series,
    rows: Vec<Row>,
    ranges: Vec<Range<usize>>,
    pub(super) days: i32,
    pub(super) as_of: Date,
    /// The usual interval between purchase days: the median of the customers' means; `NaN` if nobody bought twice.
    pub(super) interval: f64,
    pub(super) contracts: Contracts,
    /// Whether what contracts are worth is added to what lines bring.
    adds_contracts: bool,
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
    /// Days from the last purchase to the end of the period, by the interval expected of this customer by then; `NaN`
    /// where nothing is expected: nobody ever bought twice, or a contract runs.
    pub(super) overdue: f64,
    /// Under contract at the end of the period.
    pub(super) is_bound: bool,
    /// The contract had ended by then, and nothing was bought since.
    pub(super) has_left: bool,
}

impl Blocks {
    /// The blocks of all customers with a line or a contract up to the day of observation. Lines that name no order are
    /// orders by day.
    pub(super) fn read(
        lines: &Lines,
        input: &ProfileInput<'_>,
        value: LifeValue,
        settings: &LifeCycleSettings,
    ) -> Result<Self, ProfileError> {
        let as_of = input.window.as_of().days_since_epoch();
        let known = lines.until(&input.window).filter(col("customer_id").is_not_null());
        let customers = collect(known.clone().select([col("customer_id")]).unique(None, UniqueKeepStrategy::Any))?;
        let mut customers = customers.column("customer_id")?.as_materialized_series().clone();
        let bound = match settings.contracts {
            ContractStages::Ignore => None,
            ContractStages::InLines | ContractStages::Apart => contracts_begun(&input.tables, as_of)?,
        };
        if let Some(bound) = &bound {
            let own = bound.column("customer_id")?.as_materialized_series();
            let (left, right) = (customers.dtype().clone(), own.dtype().clone());
            if left != right && !own.is_empty() {
                let (left, right) = (left.to_string(), right.to_string());
                return Err(ProfileError::IdTypes { column: "customer_id", left, table: "contracts".into(), right });
            }
            if !own.is_empty() {
                customers.append(own)?;
                customers = customers.unique()?;
            }
        }
        let customers = customers.sort(SortOptions::default())?;
        let places = Arc::new(Places::new(&customers)?);
        let contracts = match &bound {
            Some(rows) => Contracts::read(rows, &places, customers.len(), settings.contract_grace)?,
            None => Contracts::default(),
        };
        let has_order = input.tables.transactions().has("order_id");
        let (chunks, _) = gather(known, has_order, &places, value)?;
        let interval = usual_interval(&chunks);
        let days = settings.period_days.unwrap_or_else(|| proposed(interval));
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
        let adds_contracts = settings.contracts == ContractStages::Apart && value != LifeValue::Units;
        Ok(Self { customers, rows, ranges, days, as_of: input.window.as_of(), interval, contracts, adds_contracts })
    }

    pub(super) fn len(&self) -> usize {
        self.ranges.len()
    }

    /// The first day of the period so many before the last.
    pub(super) fn start(&self, ago: usize) -> Date {
        let ago = i32::try_from(ago).unwrap_or(i32::MAX);
        self.as_of.plus_days(1 - self.days.saturating_mul(ago.saturating_add(1)))
    }

    /// How many periods a customer has, from that of the first purchase or contract to the last one.
    pub(super) fn periods_of(&self, customer: usize) -> usize {
        self.first_ago(customer).map_or(0, |ago| ago as usize + 1)
    }

    /// The period of the first purchase, or of the first day under contract if that is earlier.
    fn first_ago(&self, customer: usize) -> Option<i32> {
        let own = &self.rows[self.ranges[customer].clone()];
        let bought = own.iter().find(|row| row.first.is_some()).map(|row| row.ago);
        let bound = self.contracts.of(customer).and_then(|bound| bound.first_day());
        bought.into_iter().chain(bound.map(|day| (self.as_of.days_since_epoch() - day) / self.days)).max()
    }

    /// The periods of a customer, from that of the first purchase or contract to the last one; empty without either.
    pub(super) fn of(&self, customer: usize, strength: f64) -> Vec<Block> {
        let Some(first_ago) = self.first_ago(customer) else { return Vec::new() };
        let own = &self.rows[self.ranges[customer].clone()];
        let own = &own[own.partition_point(|row| row.ago > first_ago)..];
        let bound = self.contracts.of(customer);
        let begin = own.iter().find_map(|row| row.first);
        let (mut last, mut bought, mut next) = (None, 0, 0);
        let as_of = self.as_of.days_since_epoch();
        let mut blocks = Vec::new();
        for ago in (0..=first_ago).rev() {
            let row = own.get(next).filter(|row| row.ago == ago);
            if let Some(row) = row {
                next += 1;
                bought += row.purchase_days;
                last = row.last.or(last);
            }
            let end = as_of - ago * self.days;
            let from = end - self.days + 1;
            // The mean of the own intervals and of as many usual ones as the prior is strong.
            let overdue = begin.zip(last).map_or(f64::NAN, |(begin, last)| {
                let (own_days, own_intervals) = (f64::from(last - begin), f64::from(bought - 1));
                let expected = (own_days + strength * self.interval) / (own_intervals + strength);
                if self.interval.is_nan() { f64::NAN } else { f64::from(end - last) / expected }
            });
            let is_bound = bound.as_ref().is_some_and(|bound| bound.covers(end));
            // A period under contract is one in which the customer was there, like one with an order.
            let stays = bound.as_ref().is_some_and(|bound| bound.touches(from, end));
            let contracted = bound.as_ref().filter(|_| self.adds_contracts).map_or(0.0, |bound| bound.value(from, end));
            blocks.push(Block {
                value: row.map_or(0.0, |row| row.value) + contracted,
                orders: row.map_or(0, |row| row.orders).max(usize::from(stays)),
                overdue: if is_bound { f64::NAN } else { overdue },
                is_bound,
                has_left: bound.as_ref().is_some_and(|bound| bound.left(end, last)),
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
