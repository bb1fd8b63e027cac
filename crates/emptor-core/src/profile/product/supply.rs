//! Does what was ordered come, in time, and is it there?

use std::collections::BTreeMap;

use emptor_table::{Deliveries, LineKind};
use polars::prelude::{
    Column, DataFrame, DataType, Expr, IntoColumn, JoinArgs, JoinType, LazyFrame, PolarsResult, col, lit, when,
};

use super::assortment::Abc;
use super::facts::{Facts, MILLIONTHS, millionths};
use super::incidence::same_type;
use super::settings::ProductSettings;
use crate::profile::lines::{Lines, collect, is};
use crate::profile::words::{self, many, money, percent};
use crate::profile::{Finding, Gap, Need, ProfileError, ProfileInput, ResultTable, Section};
use crate::statistics::quantile;
use crate::table::{Of, count, frame, known, same_text, specs, text};

/// Days that stock is known for, and those of them without any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct StockDays {
    /// Days from the first count to the last day.
    pub known: i32,
    /// Days with nothing at hand.
    pub out: i32,
}

/// Days without stock of a product at a place, from counts by ascending day: a count holds until the next one. Days before
/// the first count are not known; counts before the span tell how it begins.
///
/// ```
/// use emptor_core::profile::product::stock_days;
///
/// // Nothing on days 3 and 4, and none known before day 2.
/// let days = stock_days(&[(2, 5.0), (3, 0.0), (5, 8.0)], 1, 10);
/// assert_eq!((days.known, days.out), (9, 2));
/// ```
#[must_use]
pub fn stock_days(counts: &[(i32, f64)], from: i32, to: i32) -> StockDays {
    let mut days = StockDays::default();
    for (i, (day, on_hand)) in counts.iter().enumerate() {
        let until = counts.get(i + 1).map_or(to, |(next, _)| (next - 1).min(to));
        let held = (until - (*day).max(from) + 1).max(0);
        days.known += held;
        days.out += if *on_hand > 0.0 { 0 } else { held };
    }
    days
}

/// One product.
#[derive(Debug, Clone, Default)]
struct Supply {
    fill_rate: Option<f64>,
    otif: Option<f64>,
    on_time: Option<f64>,
    due: Option<usize>,
    lead_mean: Option<f64>,
    lead_p95: Option<f64>,
    delivered: Option<usize>,
    stock: Option<StockDays>,
    places: usize,
    lost: Option<f64>,
}

/// All products that anything is known of.
struct Supplies {
    rows: Vec<(usize, Supply)>,
    start: String,
    keys: Vec<String>,
    names: Vec<Option<String>>,
}

impl Supplies {
    fn of(&self, row: usize) -> &Supply {
        &self.rows[row].1
    }
}

const TABLE: &[Of<Supplies>] = &[
    text("product_id", "", "the product", |of, row| Some(of.keys[of.rows[row].0].clone())),
    same_text("period_start", "date", "first day of the window", |of| of.start.clone()),
    known("fill_rate", "share of units", "units sent with the first shipment by units ordered", |of, row| {
        of.of(row).fill_rate
    }),
    known("otif", "share of deliveries", "due deliveries that came by the promised day and in full", |of, row| {
        of.of(row).otif
    }),
    known("stockout", "days", "days without stock, mean over places", |of, row| {
        let supply = of.of(row);
        supply.stock.map(|stock| f64::from(stock.out) / supply.places.max(1) as f64)
    }),
    known("lead_time_mean", "days", "from order to delivery, mean", |of, row| of.of(row).lead_mean),
    known("lead_time_p95", "days", "from order to delivery, 95 % take no longer", |of, row| of.of(row).lead_p95),
    known("lost_sales", "currency", "days without stock times the sales of a day with stock", |of, row| {
        of.of(row).lost
    }),
    text("name", "", "its name", |of, row| of.names[of.rows[row].0].clone()),
    known("on_time", "share of deliveries", "due deliveries that came by the promised day", |of, row| {
        of.of(row).on_time
    }),
    count("n", "deliveries", "deliveries promised in the window", |of, row| of.of(row).due),
    count("delivered", "deliveries", "deliveries with a known time from order to delivery", |of, row| {
        of.of(row).delivered
    }),
    known("stock_days", "days", "days for which stock is known, mean over places", |of, row| {
        let supply = of.of(row);
        supply.stock.map(|stock| f64::from(stock.known) / supply.places.max(1) as f64)
    }),
    count("places", "places", "places with counts of stock", |of, row| of.of(row).stock.map(|_| of.of(row).places)),
];

/// Adds what is known of supply, and the gaps.
pub(super) fn add(
    section: &mut Section,
    input: &ProfileInput<'_>,
    settings: &ProductSettings,
    facts: &Facts,
    classes: &[Option<Abc>],
) -> Result<(), ProfileError> {
    const COLUMNS: [crate::ColumnSpec; TABLE.len()] = specs(TABLE);
    let mut supplies: BTreeMap<usize, Supply> = BTreeMap::new();
    match delivered(input)? {
        Ok(rows) => deliveries(&rows, facts, &mut supplies)?,
        Err(gap) => section.gaps.push(gap),
    }
    match input.tables.stock() {
        Some(_) => stock(input, facts, &mut supplies)?,
        None => section.gaps.push(Gap::new(
            "stockout and lost_sales in supply_kpi",
            [Need::table("stock")],
            "how much lay where is not known",
        )),
    }
    if supplies.is_empty() {
        if input.tables.deliveries().is_some() || input.tables.stock().is_some() {
            let reason = "no delivery was promised and no stock was counted within the window";
            section.gaps.push(Gap::new("supply_kpi", Vec::new(), reason));
        }
        return Ok(());
    }
    let of = Supplies {
        rows: supplies.into_iter().collect(),
        start: input.window.from().to_string(),
        keys: facts.keys.clone(),
        names: facts.names.clone(),
    };
    section.findings.extend(findings(&of, settings, facts, classes));
    let mut cells = frame(TABLE, &of, of.rows.len())?;
    let places = of.rows.iter().map(|(place, _)| *place as u32).collect();
    let ids = facts.ids.take(&polars::prelude::IdxCa::from_vec("rows".into(), places))?;
    cells.with_column(ids.with_name("product_id".into()).into_column())?;
    let about = "one row per product with deliveries promised in the window or counts of stock, by id";
    let few = of.rows.iter().filter(|(_, supply)| supply.due.is_some_and(|due| due < settings.min_n)).count();
    let mut table = ResultTable::new("supply_kpi", about, cells, COLUMNS)?;
    if few > 0 {
        table = table.with_flag(format!("low_support: {few} products have fewer than {} deliveries", settings.min_n));
    }
    section.tables.push(table);
    Ok(())
}

/// Deliveries with their product; `None` where they do not say it.
pub(super) fn of_products(
    input: &ProfileInput<'_>,
    deliveries: &Deliveries,
) -> Result<Option<LazyFrame>, ProfileError> {
    let transactions = input.tables.transactions();
    let mut rows = deliveries.rows();
    if deliveries.has("product_id") {
        let dtype = rows.collect_schema()?.get("product_id").cloned().unwrap_or(DataType::Null);
        same_type("product_id", transactions.lines(), &dtype, "deliveries")?;
        return Ok(Some(rows));
    }
    if !(deliveries.has("line_id") && transactions.has("line_id") && transactions.has("product_id")) {
        return Ok(None);
    }
    let lines = Lines::of(&input.tables)?.until(&input.window).filter(is(LineKind::Sale));
    let products = lines.select([col("line_id"), col("product_id")]);
    Ok(Some(rows.join(products, [col("line_id")], [col("line_id")], JoinArgs::new(JoinType::Left))))
}

/// Deliveries promised in the window, with product, order date and lead; nothing of what came after the last day.
fn delivered(input: &ProfileInput<'_>) -> Result<Result<DataFrame, Gap>, ProfileError> {
    const ANALYSIS: &str = "fill_rate, otif and lead_time in supply_kpi";
    let Some(deliveries) = input.tables.deliveries() else {
        let reason = "what was promised and what came is not known";
        return Ok(Err(Gap::new(ANALYSIS, [Need::table("deliveries")], reason)));
    };
    let Some(mut rows) = of_products(input, deliveries)? else {
        let needs = [Need::column("deliveries", "product_id"), Need::column("deliveries", "line_id")];
        return Ok(Err(Gap::new(ANALYSIS, needs, "deliveries do not say of what they are")));
    };
    let transactions = input.tables.transactions();
    let (from, to) = (lit(input.window.from().days_since_epoch()), lit(input.window.as_of().days_since_epoch()));
    if transactions.has("order_id") {
        let lines = Lines::of(&input.tables)?.until(&input.window).filter(is(LineKind::Sale));
        let ordered = lines.group_by([col("order_id")]).agg([col("date").to_physical().min().alias("ordered")]);
        rows = rows.join(ordered, [col("order_id")], [col("order_id")], JoinArgs::new(JoinType::Left));
    } else {
        rows = rows.with_column(lit(polars::prelude::NULL).cast(DataType::Int32).alias("ordered"));
    }
    let null = || lit(polars::prelude::NULL);
    let day =
        |name: &str, dtype: DataType| if deliveries.has(name) { col(name).to_physical() } else { null().cast(dtype) };
    let amount = |name: &str| if deliveries.has(name) { col(name) } else { null().cast(DataType::Float64) };
    let came = day("delivered", DataType::Int32);
    // What came after the last day has not come yet.
    let came = when(came.clone().lt_eq(to.clone())).then(came).otherwise(null().cast(DataType::Int32));
    let promised = col("promised").to_physical();
    let in_window = promised.clone().gt_eq(from).and(promised.clone().lt_eq(to));
    let knows_arrival = deliveries.has("delivered");
    let on_time: Expr = if knows_arrival {
        came.clone().is_not_null().and(came.clone().lt_eq(promised)).fill_null(lit(false))
    } else {
        null().cast(DataType::Boolean)
    };
    let rows = rows.filter(in_window.and(col("product_id").is_not_null())).select([
        col("product_id").cast(DataType::String),
        on_time.alias("on_time"),
        (came - col("ordered")).alias("lead"),
        millionths(amount("quantity_ordered")).alias("wanted"),
        millionths(amount("quantity_first_shipped")).alias("first"),
    ]);
    Ok(Ok(collect(rows)?))
}

/// Sums of the deliveries of a product.
#[derive(Default)]
struct Sums {
    due: usize,
    timed: usize,
    on_time: usize,
    judged: usize,
    in_full: usize,
    wanted: i64,
    first: i64,
    leads: Vec<f64>,
}

fn deliveries(rows: &DataFrame, facts: &Facts, supplies: &mut BTreeMap<usize, Supply>) -> PolarsResult<()> {
    let places = facts.place();
    let mut sums: BTreeMap<usize, Sums> = BTreeMap::new();
    let column = |name: &str| -> PolarsResult<Column> { Ok(rows.column(name)?.clone()) };
    let (ids, on_time, lead) = (column("product_id")?, column("on_time")?, column("lead")?);
    let (wanted, first) = (column("wanted")?, column("first")?);
    let (on_time, lead, wanted, first) = (on_time.bool()?, lead.i32()?, wanted.i64()?, first.i64()?);
    for (row, id) in ids.str()?.iter().enumerate() {
        let Some(place) = id.and_then(|id| places.get(id)) else { continue };
        let own = sums.entry(*place).or_default();
        own.due += 1;
        let in_time = on_time.get(row);
        own.timed += usize::from(in_time.is_some());
        own.on_time += usize::from(in_time == Some(true));
        if let (Some(wanted), Some(first)) = (wanted.get(row), first.get(row)) {
            own.wanted += wanted;
            own.first += first;
            if let Some(in_time) = in_time {
                own.judged += 1;
                own.in_full += usize::from(in_time && first >= wanted);
            }
        }
        own.leads.extend(lead.get(row).filter(|lead| *lead >= 0).map(f64::from));
    }
    let share = |part: usize, all: usize| (all > 0).then(|| part as f64 / all as f64);
    for (place, mut own) in sums {
        own.leads.sort_unstable_by(f64::total_cmp);
        let n = own.leads.len();
        let supply = supplies.entry(place).or_default();
        supply.due = Some(own.due);
        supply.fill_rate = (own.wanted > 0).then(|| own.first as f64 / own.wanted as f64);
        supply.otif = share(own.in_full, own.judged);
        supply.on_time = share(own.on_time, own.timed);
        supply.delivered = Some(n);
        // Whole days add up exactly.
        supply.lead_mean = (n > 0).then(|| own.leads.iter().sum::<f64>() / n as f64);
        supply.lead_p95 = quantile(&own.leads, 0.95);
    }
    Ok(())
}

fn stock(input: &ProfileInput<'_>, facts: &Facts, supplies: &mut BTreeMap<usize, Supply>) -> Result<(), ProfileError> {
    let Some(stock) = input.tables.stock() else { return Ok(()) };
    let (from, to) = (input.window.from().days_since_epoch(), input.window.as_of().days_since_epoch());
    let mut rows = stock.rows();
    let dtype = rows.collect_schema()?.get("product_id").cloned().unwrap_or(DataType::Null);
    same_type("product_id", input.tables.transactions().lines(), &dtype, "stock")?;
    let place = if stock.has("place_id") { col("place_id").fill_null(lit("")) } else { lit("").alias("place_id") };
    let rows = collect(rows.filter(col("date").to_physical().lt_eq(lit(to))).select([
        col("product_id").cast(DataType::String),
        place.alias("place_id"),
        col("date").to_physical().alias("day"),
        col("on_hand"),
    ]))?;
    let places = facts.place();
    let mut counts: BTreeMap<(usize, &str), Vec<(i32, f64)>> = BTreeMap::new();
    let (ids, at) = (rows.column("product_id")?.str()?, rows.column("place_id")?.str()?);
    let (days, on_hand) = (rows.column("day")?.i32()?, rows.column("on_hand")?.f64()?);
    for (row, id) in ids.iter().enumerate() {
        let place = id.and_then(|id| places.get(id));
        if let (Some(place), Some(day), Some(quantity)) = (place, days.get(row), on_hand.get(row)) {
            counts.entry((*place, at.get(row).unwrap_or_default())).or_default().push((day, quantity));
        }
    }
    let mut first: BTreeMap<usize, i32> = BTreeMap::new();
    for ((place, _), counts) in &mut counts {
        counts.sort_unstable_by_key(|(day, _)| *day);
        let own = stock_days(counts, from, to);
        let supply = supplies.entry(*place).or_default();
        let sum = supply.stock.get_or_insert_default();
        sum.known += own.known;
        sum.out += own.out;
        supply.places += 1;
        let begins = counts.first().map_or(from, |(day, _)| *day).max(from);
        first.entry(*place).and_modify(|day| *day = (*day).min(begins)).or_insert(begins);
    }
    let sales = sales_by_day(input)?;
    let (ids, days, net) =
        (sales.column("product_id")?.str()?, sales.column("day")?.i32()?, sales.column("net")?.i64()?);
    let mut revenue: BTreeMap<usize, i64> = BTreeMap::new();
    for (row, id) in ids.iter().enumerate() {
        let place = id.and_then(|id| places.get(id));
        if let (Some(place), Some(day)) = (place, days.get(row))
            && first.get(place).is_some_and(|first| day >= *first)
        {
            *revenue.entry(*place).or_default() += net.get(row).unwrap_or(0);
        }
    }
    for place in first.keys() {
        let Some(supply) = supplies.get_mut(place) else { continue };
        let days = supply.stock.unwrap_or_default();
        let sold = revenue.get(place).copied().unwrap_or(0) as f64 / MILLIONTHS;
        // Sales of a day and place with stock, for each day and place without.
        let with_stock = days.known - days.out;
        supply.lost = (with_stock > 0).then(|| sold / f64::from(with_stock) * f64::from(days.out));
    }
    Ok(())
}

/// Sales of the window by product and day.
fn sales_by_day(input: &ProfileInput<'_>) -> Result<DataFrame, ProfileError> {
    let sold: LazyFrame = Lines::of(&input.tables)?
        .within(&input.window)
        .filter(is(LineKind::Sale).and(col("product_id").is_not_null()))
        .select([
            col("product_id").cast(DataType::String),
            col("date").to_physical().alias("day"),
            millionths(col("amount")).alias("net"),
        ]);
    Ok(collect(sold.group_by([col("product_id"), col("day")]).agg([col("net").sum()]))?)
}

fn findings(of: &Supplies, settings: &ProductSettings, facts: &Facts, classes: &[Option<Abc>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut out: Vec<(usize, f64, f64)> = Vec::new();
    for (place, supply) in &of.rows {
        if let (Some(Abc::A), Some(stock), Some(lost)) = (classes[*place], supply.stock, supply.lost)
            && stock.out > 0
        {
            out.push((*place, f64::from(stock.out) / supply.places.max(1) as f64, lost));
        }
    }
    out.sort_by(|x, y| y.2.total_cmp(&x.2).then(x.0.cmp(&y.0)));
    if let Some((place, days, lost)) = out.first() {
        let all: f64 = out.iter().map(|row| row.2).sum();
        let headline = format!(
            "{} of the products that carry the revenue (class A) ran out of stock, which may have lost {} of sales, most of \
             it of {} ({}, {}).",
            words::count(out.len()),
            money(all),
            facts.label(*place),
            many(days.round() as usize, "day", "days"),
            money(*lost)
        );
        let caveat = "Sales of a day with stock times days without: customers who waited or took something else are counted as lost.";
        findings.push(Finding::new("supply_kpi", 0.75, headline).with_caveat(caveat));
    }
    let of_class_a = of.rows.iter().filter(|(place, supply)| {
        classes[*place] == Some(Abc::A) && supply.due.is_some_and(|due| due >= settings.min_n)
    });
    let worst = of_class_a
        .filter_map(|(place, supply)| Some((*place, supply.otif?, supply.due?)))
        .min_by(|x, y| x.1.total_cmp(&y.1).then(x.0.cmp(&y.0)));
    if let Some((place, otif, due)) = worst.filter(|(_, otif, _)| *otif < 0.95) {
        let headline = format!(
            "Only {} of {} deliveries of {} came in time and in full, the worst of the products that carry the revenue.",
            percent(otif),
            words::count(due),
            facts.label(place)
        );
        findings.push(Finding::new("supply_kpi", 0.6, headline));
    }
    findings
}
