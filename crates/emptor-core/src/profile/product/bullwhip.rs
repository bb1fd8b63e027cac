//! `bullwhip`: does what is ordered swing more than what is sold?

use std::collections::BTreeMap;

use emptor_table::LineKind;
use polars::prelude::{DataFrame, DataType, Expr, IntoColumn, LazyFrame, PolarsResult, col, lit, when};

use super::assortment::Abc;
use super::facts::{Facts, MILLIONTHS, millionths};
use super::incidence::same_type;
use super::settings::ProductSettings;
use crate::period::{Grain, Period, place};
use crate::profile::lines::{Lines, collect, is};
use crate::profile::words::{self, decimal};
use crate::profile::{Finding, Gap, Need, ProfileError, ProfileInput, ResultTable, Section};
use crate::statistics::median;
use crate::table::{Of, count, flag, frame, known, number, same_text, specs, text};

/// Fewest periods that a variance is taken of.
const FEWEST: usize = 3;

/// What is ordered against what is sold, period by period.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Bullwhip {
    /// Variance of what was ordered upstream, over periods (n − 1).
    pub orders: f64,
    /// Variance of what was sold.
    pub demand: f64,
    /// Their ratio; `None` where sales do not vary.
    pub ratio: Option<f64>,
}

/// How much more the orders that a stage of the supply chain places swing than the demand that it serves: above 1, demand
/// is amplified on its way to the supplier, who sees swings that no customer made.
///
/// ```text
/// bullwhip = Var(orders) / Var(demand)
/// ```
///
/// Lee, Padmanabhan & Whang 1997, *Management Science* 43: forecasts that are updated, orders in batches, prices and
/// rationing make it. Whoever forecasts by the mean of the last `p` periods and waits `L` of them for goods has at least
/// `1 + 2L/p + 2L²/p²` (Chen, Drezner, Ryan & Simchi-Levi 2000, *Management Science* 46, theorem 2.2, for independent
/// demand; exact without a safety stock).
///
/// Both series are of the same periods. `None` if they are not of one length, or shorter than two.
///
/// ```
/// use emptor_core::profile::product::bullwhip;
///
/// // Ten are sold a period, give or take two; twenty are ordered every other one.
/// let of = bullwhip(&[20.0, 0.0, 20.0, 0.0], &[12.0, 8.0, 12.0, 8.0]).ok_or("four periods")?;
/// assert_eq!(of.ratio.map(f64::round), Some(25.0));
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn bullwhip(orders: &[f64], demand: &[f64]) -> Option<Bullwhip> {
    if orders.len() != demand.len() {
        return None;
    }
    let (orders, demand) = (variance(orders)?, variance(demand)?);
    Some(Bullwhip { orders, demand, ratio: (demand > 0.0).then(|| orders / demand) })
}

fn variance(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.len() >= 2).then(|| values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0))
}

/// A product with one of its series of orders.
struct Row {
    place: usize,
    key: String,
    name: Option<String>,
    of: Bullwhip,
    periods: usize,
    mean_orders: f64,
    mean_demand: f64,
}

struct Rows {
    rows: Vec<Row>,
    start: String,
    min_periods: usize,
}

const TABLE: &[Of<Rows>] = &[
    text("product_id", "", "the product", |of, row| Some(of.rows[row].key.clone())),
    same_text("period_start", "date", "first day of the window", |of| of.start.clone()),
    known("ratio", "×", "variance of orders by that of units sold; null where sales do not vary", |of, row| {
        of.rows[row].of.ratio
    }),
    number("orders_variance", "units²", "variance of orders over whole periods", |of, row| of.rows[row].of.orders),
    number("demand_variance", "units²", "variance of units sold over the same periods", |of, row| {
        of.rows[row].of.demand
    }),
    number("orders_mean", "units", "orders of a period, mean", |of, row| of.rows[row].mean_orders),
    number("demand_mean", "units", "units sold in a period, mean", |of, row| of.rows[row].mean_demand),
    count("periods", "periods", "whole periods compared", |of, row| Some(of.rows[row].periods)),
    text("name", "", "its name", |of, row| of.rows[row].name.clone()),
    flag("low_support", "", "whether there are too few periods for a ratio of variances", |of, row| {
        of.rows[row].periods < of.min_periods
    }),
];

/// Adds the ratios of the products whose orders can be seen, or the gap.
///
/// Nobody writes down here what we order from suppliers. It is seen from counts of stock:
///
/// ```text
/// orders_t = taken from stock_t + S_t − S_(t−1)
/// ```
///
/// (Cachon, Randall & Schmidt 2007, *Manufacturing & Service Operations Management* 9), `S` being what lay at all places at
/// the end of a period: a count holds until the next one, so that counts rarer than periods make orders look lumpy. The
/// first count of a window makes no order yet: a year of months has 11 of them unless stock was counted before it.
/// Deliveries say nothing of it: they go to customers, not to us, and often of a part of the sales only. Sales are units
/// sold in whole periods since the product was first sold.
pub(super) fn add(
    section: &mut Section,
    input: &ProfileInput<'_>,
    settings: &ProductSettings,
    facts: &Facts,
    classes: &[Option<Abc>],
) -> Result<(), ProfileError> {
    const COLUMNS: [crate::ColumnSpec; TABLE.len()] = specs(TABLE);
    let mut needs = Vec::new();
    if !input.tables.transactions().has("quantity") {
        needs.push(Need::column("transactions", "quantity"));
    }
    if input.tables.stock().is_none() {
        needs.push(Need::table("stock"));
    }
    if !needs.is_empty() {
        section.gaps.push(Gap::new(
            "bullwhip",
            needs,
            "what is ordered from suppliers is seen by what it does to stock",
        ));
        return Ok(());
    }
    if input.window.grain() == Grain::Window {
        let reason = "a window of one period has no swings: choose days, weeks, months, quarters or years";
        section.gaps.push(Gap::new("bullwhip", [], reason));
        return Ok(());
    }
    let periods: Vec<Period> = input.window.periods()?.into_iter().filter(|period| !period.is_partial).collect();
    let demand = facts.demand(input)?;
    let mut rows = Vec::new();
    for (place, orders) in from_stock(input, facts, &periods)? {
        // Both end with the last whole period; the younger of the two says where they begin.
        let n = orders.len().min(demand[place].len());
        let (orders, demand) = (&orders[orders.len() - n..], &demand[place][demand[place].len() - n..]);
        if let Some(of) = bullwhip(orders, demand).filter(|_| n >= FEWEST) {
            let mean = |values: &[f64]| values.iter().sum::<f64>() / n as f64;
            let (key, name) = (facts.keys[place].clone(), facts.names[place].clone());
            rows.push(Row { place, key, name, of, periods: n, mean_orders: mean(orders), mean_demand: mean(demand) });
        }
    }
    if rows.is_empty() {
        let reason = format!("no product has orders and sales in {FEWEST} whole periods");
        section.gaps.push(Gap::new("bullwhip", [], reason));
        return Ok(());
    }
    section.findings.extend(finding(&rows, facts, settings, classes));
    let of = Rows { rows, start: input.window.from().to_string(), min_periods: settings.min_periods };
    let mut cells = frame(TABLE, &of, of.rows.len())?;
    let places = of.rows.iter().map(|row| row.place as u32).collect();
    let ids = facts.ids.take(&polars::prelude::IdxCa::from_vec("rows".into(), places))?;
    cells.with_column(ids.with_name("product_id".into()).into_column())?;
    let about = "one row per product that is counted in stock, by id: how much more orders swing than sales";
    section.tables.push(ResultTable::new("bullwhip", about, cells, COLUMNS)?);
    Ok(())
}

/// Units by product and period, 0 where there are none; of products that have any.
fn by_period(rows: LazyFrame, facts: &Facts, periods: &[Period]) -> PolarsResult<BTreeMap<usize, Vec<f64>>> {
    let rows = collect(rows.group_by([col("product_id"), col("day")]).agg([col("units").sum()]))?;
    let places = facts.place();
    let mut sums: BTreeMap<usize, Vec<i64>> = BTreeMap::new();
    let (ids, days) = (rows.column("product_id")?.str()?, rows.column("day")?.i32()?);
    for ((id, day), units) in ids.iter().zip(days.iter()).zip(rows.column("units")?.i64()?.iter()) {
        let own = id.and_then(|id| places.get(id));
        if let (Some(own), Some(at), Some(units)) = (own, day.and_then(|day| place(periods, day)), units) {
            sums.entry(*own).or_insert_with(|| vec![0; periods.len()])[at] += units;
        }
    }
    let units = |sums: Vec<i64>| sums.into_iter().map(|sum| sum as f64 / MILLIONTHS).collect();
    Ok(sums.into_iter().map(|(own, sums)| (own, units(sums))).collect())
}

/// Orders by product and period as stock shows them, from the first period before which all its places were counted.
fn from_stock(
    input: &ProfileInput<'_>,
    facts: &Facts,
    periods: &[Period],
) -> Result<BTreeMap<usize, Vec<f64>>, ProfileError> {
    let Some(stock) = input.tables.stock() else { return Ok(BTreeMap::new()) };
    let mut rows = stock.rows();
    let dtype = rows.collect_schema()?.get("product_id").cloned().unwrap_or(DataType::Null);
    same_type("product_id", input.tables.transactions().lines(), &dtype, "stock")?;
    let at = if stock.has("place_id") { col("place_id").fill_null(lit("")) } else { lit("").alias("place_id") };
    let until = col("date").to_physical().lt_eq(lit(input.window.as_of().days_since_epoch()));
    let rows: DataFrame = collect(rows.filter(until).select([
        col("product_id").cast(DataType::String),
        at.alias("place_id"),
        col("date").to_physical().alias("day"),
        col("on_hand"),
    ]))?;
    let places = facts.place();
    // By product and place, day and quantity.
    type Counts<'a> = BTreeMap<&'a str, Vec<(i32, f64)>>;
    let mut counts: BTreeMap<usize, Counts<'_>> = BTreeMap::new();
    let (ids, at) = (rows.column("product_id")?.str()?, rows.column("place_id")?.str()?);
    let (days, on_hand) = (rows.column("day")?.i32()?, rows.column("on_hand")?.f64()?);
    for (row, id) in ids.iter().enumerate() {
        let own = id.and_then(|id| places.get(id));
        if let (Some(own), Some(day), Some(quantity)) = (own, days.get(row), on_hand.get(row)) {
            let of = counts.entry(*own).or_default().entry(at.get(row).unwrap_or_default()).or_default();
            of.push((day, quantity));
        }
    }
    // Free goods leave the stock as sold ones do; what comes back returns to it, unless it is thrown away.
    let transactions = input.tables.transactions();
    let mut moved: Expr = is(LineKind::Sale).or(is(LineKind::Free));
    let returned = is(LineKind::Return);
    moved = moved.or(if transactions.has("restocked") {
        returned.and(col("restocked").fill_null(lit(true)))
    } else {
        returned
    });
    let quantity = when(col("quantity").is_null()).then(lit(0.0)).otherwise(col("quantity"));
    let taken = Lines::of(&input.tables)?.within(&input.window).filter(moved.and(col("product_id").is_not_null()));
    let taken = taken.select([
        col("product_id").cast(DataType::String),
        col("date").to_physical().cast(DataType::Int32).alias("day"),
        millionths(quantity).alias("units"),
    ]);
    let taken = by_period(taken, facts, periods)?;
    let mut orders = BTreeMap::new();
    for (own, mut counts) in counts {
        counts.values_mut().for_each(|counts| counts.sort_unstable_by_key(|(day, _)| *day));
        // What lay at all places at the end of a day; `None` before one of them was counted.
        let level = |day: i32| -> Option<f64> {
            counts.values().try_fold(0.0, |sum, counts| {
                let at = counts.partition_point(|(counted, _)| *counted <= day).checked_sub(1)?;
                Some(sum + counts[at].1)
            })
        };
        let mut series = Vec::new();
        for (at, period) in periods.iter().enumerate() {
            let before = level(period.start.days_since_epoch() - 1);
            if let (Some(before), Some(after)) = (before, level(period.end.days_since_epoch())) {
                series.push(taken.get(&own).map_or(0.0, |taken| taken[at]) + after - before);
            }
        }
        orders.insert(own, series);
    }
    Ok(orders)
}

/// How much orders swing, over products with enough periods, and which of the greatest swings most.
fn finding(rows: &[Row], facts: &Facts, settings: &ProductSettings, classes: &[Option<Abc>]) -> Option<Finding> {
    let enough = rows.iter().filter(|row| row.periods >= settings.min_periods);
    let ratios: Vec<(&Row, f64)> = enough.filter_map(|row| Some((row, row.of.ratio?))).collect();
    let middle = median(&ratios.iter().map(|(_, ratio)| *ratio).collect::<Vec<_>>())?;
    let of_a = ratios.iter().filter(|(row, _)| classes[row.place] == Some(Abc::A));
    let most = of_a.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.place.cmp(&a.0.place)));
    let headline = format!(
        "What is ordered into stock swings {} times as much as what is sold (variances, median of {}){}.",
        decimal(middle),
        words::many(ratios.len(), "product", "products"),
        most.map_or_else(String::new, |(row, ratio)| format!(
            "; of the products that carry the revenue most for {} ({})",
            facts.label(row.place),
            decimal(*ratio)
        ))
    );
    let caveat = "Orders are taken from sales and counts of stock: what is stolen or spoilt counts as not ordered.";
    Some(Finding::new("bullwhip", if middle > 1.5 { 0.5 } else { 0.3 }, headline).with_caveat(caveat))
}

#[cfg(test)]
#[path = "bullwhip_tests.rs"]
mod tests;
