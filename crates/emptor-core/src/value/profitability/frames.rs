//! The results as tables.

use polars::prelude::{
    Column, DataFrame, DataType, IdxCa, IntoColumn, NamedFrom, NewChunkedArray, PolarsResult, Series,
};

use super::cells::{Cell, Key, NONE, money};
use super::results::{ActivityLine, CapacityLine, Unassigned};
use super::rules::Rate;
use super::settings::RelationshipProfit;
use crate::columns::{ColumnSpec, column};
use crate::period::Period;

/// The columns of profit by customer, product and period. The table by customer and period lacks `product_id`, the one by
/// customer `period_start` and `is_partial` too.
pub const PROFIT_COLUMNS: &[ColumnSpec] = &[
    column("customer_id", "", "the customer"),
    column("product_id", "", "the product; null for what belongs to none"),
    column("period_start", "date", "first day of the calendar period"),
    column("is_partial", "", "whether the window covers a part of the period only"),
    column("lines", "count", "order lines, returns included"),
    column("list_rev", "currency", "what was sold, at list prices where they are known"),
    column("discount", "currency", "list less net amount of what was sold"),
    column("rebates", "currency", "credits, positive"),
    column("returns", "currency", "net amount of returns, positive"),
    column("net_rev", "currency", "list_rev − discount − rebates − returns"),
    column("cogs", "currency", "product cost, imputed parts included; null where a part is unknown"),
    column("cogs_imputed", "currency", "the imputed part of product cost"),
    column("cm1", "currency", "gross profit: net_rev − cogs"),
    column("cts", "currency", "cost to serve"),
    column("direct_mkt", "currency", "direct marketing"),
    column("cm2", "currency", "contribution margin: cm1 − cts − direct_mkt"),
    column("fixed_alloc", "currency", "allocated fixed cost"),
    column("net_profit", "currency", "cm2 − fixed_alloc"),
    column("cm2_pct", "share of net_rev", "cm2 by net_rev; null unless both are known and net_rev is positive"),
    column("cm2_known", "currency", "cm2 of the revenue whose product cost is known and not imputed"),
    column("cost_coverage", "share of net_rev", "net revenue whose product cost is known and not imputed"),
    column("imputed_share", "share of net_rev", "net revenue whose product cost is imputed"),
    column("unknown_cost_lines", "count", "lines without a product cost, known or imputed"),
    column("reason", "", "why cogs and what follows from it are null"),
];

/// The columns of the cost of activities.
pub const ACTIVITY_COLUMNS: &[ColumnSpec] = &[
    column("customer_id", "", "the customer"),
    column("activity", "", "the name of the rule"),
    column("period_start", "date", "first day of the calendar period"),
    column("class", "", "cost_to_serve or direct_marketing"),
    column("qty", "count", "how often it was done"),
    column("minutes", "minutes", "how long it took; null unless charged by time"),
    column("rate", "currency/minute", "capacity cost rate; null unless charged by time"),
    column("cost", "currency", "what is charged"),
];

/// The columns of the use of capacity.
pub const CAPACITY_COLUMNS: &[ColumnSpec] = &[
    column("pool_id", "", "the pool"),
    column("period_start", "date", "first day of the calendar period"),
    column("amount", "currency", "what the pool costs"),
    column("practical_minutes", "minutes", "what it can work"),
    column("used_minutes", "minutes", "what it worked, for customers or not"),
    column("rate", "currency/minute", "capacity cost rate: amount by practical minutes"),
    column("unused_minutes", "minutes", "what nobody needed"),
    column("unused_cost", "currency", "what that costs; charged to nobody"),
    column("overload_minutes", "minutes", "work beyond practical capacity"),
    column("overload_cost", "currency", "what is charged for it beyond the cost of the pool"),
];

/// The columns of unassigned amounts.
pub const UNASSIGNED_COLUMNS: &[ColumnSpec] = &[
    column("pool_id", "", "the pool, the rule or activity, or `transactions`"),
    column("period_start", "date", "first day of the calendar period"),
    column("component", "", "net_rev, cogs, cost_to_serve, direct_marketing or fixed"),
    column("amount", "currency", "the amount; revenue and cost are both positive"),
    column(
        "reason",
        "",
        "unused_capacity, overload, no_driver, not_allocated, cost_variance, unknown_customer or excluded_customer",
    ),
];

const UNKNOWN: &str = "no unit cost is known for a line";

fn numbers(name: &str, values: impl Iterator<Item = Option<f64>>) -> Column {
    Series::new(name.into(), values.collect::<Vec<_>>()).into_column()
}

fn amounts(name: &str, values: impl Iterator<Item = i128>) -> Column {
    Series::new(name.into(), values.map(money).collect::<Vec<f64>>()).into_column()
}

/// The ids of these places; none where there is none.
fn pick(ids: &Series, name: &str, places: impl Iterator<Item = u32>) -> PolarsResult<Column> {
    let places = places.map(|place| (place != NONE).then_some(place));
    let places = IdxCa::from_iter_options("places".into(), places);
    if ids.is_empty() {
        return Ok(Series::full_null(name.into(), places.len(), ids.dtype()).into_column());
    }
    Ok(ids.take(&places)?.with_name(name.into()).into_column())
}

fn starts(periods: &[Period], places: impl Iterator<Item = usize>) -> PolarsResult<Column> {
    let days: Vec<i32> = places.map(|place| periods[place].start.days_since_epoch()).collect();
    Ok(Series::new("period_start".into(), days).cast(&DataType::Date)?.into_column())
}

pub(super) fn ladder_frame(
    rows: &[(Key, Cell)],
    customers: &Series,
    products: Option<&Series>,
    periods: Option<&[Period]>,
) -> PolarsResult<DataFrame> {
    let cells = || rows.iter().map(|(_, cell)| cell);
    let plain = |name: &str, value: fn(&Cell) -> i64| amounts(name, cells().map(|cell| i128::from(value(cell))));
    let known =
        |name: &str, value: fn(&Cell) -> Option<i128>| numbers(name, cells().map(|cell| value(cell).map(money)));
    let counts = |name: &str, value: fn(&Cell) -> i64| {
        Series::new(name.into(), cells().map(value).collect::<Vec<i64>>()).into_column()
    };
    let mut columns = vec![pick(customers, "customer_id", rows.iter().map(|(key, _)| key.customer))?];
    if let Some(products) = products {
        columns.push(pick(products, "product_id", rows.iter().map(|(key, _)| key.product))?);
    }
    if let Some(periods) = periods {
        let places = || rows.iter().map(|(key, _)| key.period as usize);
        columns.push(starts(periods, places())?);
        let partial: Vec<bool> = places().map(|place| periods[place].is_partial).collect();
        columns.push(Series::new("is_partial".into(), partial).into_column());
    }
    columns.extend([
        counts("lines", |cell| cell.lines),
        plain("list_rev", |cell| cell.list),
        amounts("discount", cells().map(Cell::discount)),
        plain("rebates", |cell| cell.rebates),
        plain("returns", |cell| cell.returns),
        plain("net_rev", |cell| cell.net),
        known("cogs", Cell::full_cost),
        plain("cogs_imputed", |cell| cell.imputed),
        known("cm1", Cell::cm1),
        plain("cts", |cell| cell.cts),
        plain("direct_mkt", |cell| cell.marketing),
        known("cm2", Cell::cm2),
        plain("fixed_alloc", |cell| cell.fixed),
        known("net_profit", Cell::net_profit),
        numbers("cm2_pct", cells().map(|cell| (cell.net > 0).then_some(cell.cm2()? as f64 / cell.net as f64))),
        amounts("cm2_known", cells().map(Cell::cm2_known)),
        numbers("cost_coverage", cells().map(|cell| cell.share(cell.known_net()))),
        numbers("imputed_share", cells().map(|cell| cell.share(cell.imputed_net.into()))),
        counts("unknown_cost_lines", |cell| cell.unknown),
    ]);
    let reasons: Vec<Option<&str>> = cells().map(|cell| (cell.unknown > 0).then_some(UNKNOWN)).collect();
    columns.push(Series::new("reason".into(), reasons).into_column());
    DataFrame::new(rows.len(), columns)
}

/// Lines come sorted by customer, rule and period; those of several products are added up.
pub(super) fn activity_frame(
    lines: &[ActivityLine],
    customers: &Series,
    spec: &RelationshipProfit,
    periods: &[Period],
) -> PolarsResult<DataFrame> {
    let same = |a: &ActivityLine, b: &ActivityLine| (a.customer, a.rule, a.period) == (b.customer, b.rule, b.period);
    let sums: Vec<&[ActivityLine]> = lines.chunk_by(same).collect();
    let total = |lines: &[ActivityLine], value: fn(&ActivityLine) -> i64| -> i128 {
        lines.iter().map(|line| i128::from(value(line))).sum()
    };
    let timed = |line: &ActivityLine| {
        matches!(spec.rules[line.rule as usize].rate, Some(Rate::Time { .. } | Rate::OwnMinutes { .. }))
    };
    let names: Vec<&str> = sums.iter().map(|lines| spec.rules[lines[0].rule as usize].name.as_str()).collect();
    let classes: Vec<&str> = sums.iter().map(|lines| lines[0].class.name()).collect();
    let minutes = |lines: &[ActivityLine]| timed(&lines[0]).then(|| total(lines, |line| line.minutes));
    let rate = |lines: &[ActivityLine]| {
        let minutes = minutes(lines).filter(|minutes| *minutes > 0)?;
        Some(total(lines, |line| line.cost) as f64 / minutes as f64)
    };
    DataFrame::new(
        sums.len(),
        vec![
            pick(customers, "customer_id", sums.iter().map(|lines| lines[0].customer))?,
            Series::new("activity".into(), names).into_column(),
            starts(periods, sums.iter().map(|lines| lines[0].period as usize))?,
            Series::new("class".into(), classes).into_column(),
            amounts("qty", sums.iter().map(|lines| total(lines, |line| line.quantity))),
            numbers("minutes", sums.iter().map(|lines| minutes(lines).map(money))),
            numbers("rate", sums.iter().map(|lines| rate(lines))),
            amounts("cost", sums.iter().map(|lines| total(lines, |line| line.cost))),
        ],
    )
}

pub(super) fn capacity_frame(lines: &[CapacityLine], periods: &[Period]) -> PolarsResult<DataFrame> {
    let pools: Vec<&str> = lines.iter().map(|line| line.pool.as_str()).collect();
    let of = |name: &str, value: fn(&CapacityLine) -> i128| amounts(name, lines.iter().map(value));
    DataFrame::new(
        lines.len(),
        vec![
            Series::new("pool_id".into(), pools).into_column(),
            starts(periods, lines.iter().map(|line| line.period))?,
            of("amount", |line| line.amount),
            of("practical_minutes", |line| line.practical),
            of("used_minutes", |line| line.used),
            numbers("rate", lines.iter().map(|line| Some(line.amount as f64 / line.practical as f64))),
            of("unused_minutes", |line| (line.practical - line.used).max(0)),
            of("unused_cost", |line| line.unused_cost.max(0)),
            of("overload_minutes", |line| (line.used - line.practical).max(0)),
            of("overload_cost", |line| (-line.unused_cost).max(0)),
        ],
    )
}

/// Amounts of nothing are left out.
pub(super) fn unassigned_frame(unassigned: &Unassigned, periods: &[Period]) -> PolarsResult<DataFrame> {
    let rows: Vec<_> = unassigned.0.iter().filter(|(_, amount)| **amount != 0).collect();
    let text = |name: &str, values: Vec<&str>| Series::new(name.into(), values).into_column();
    DataFrame::new(
        rows.len(),
        vec![
            text("pool_id", rows.iter().map(|(key, _)| key.0.as_str()).collect()),
            starts(periods, rows.iter().map(|(key, _)| key.1 as usize))?,
            text("component", rows.iter().map(|(key, _)| key.2.as_str()).collect()),
            amounts("amount", rows.iter().map(|(_, amount)| **amount)),
            text("reason", rows.iter().map(|(key, _)| key.3.as_str()).collect()),
        ],
    )
}
