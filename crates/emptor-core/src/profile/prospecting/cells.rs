//! What each acquisition channel spent, won and earned, from the tables.

use std::collections::{BTreeMap, HashMap};

use emptor_types::ExactSum;
use polars::prelude::{
    DataFrame, DataType, Expr, JoinArgs, JoinType, LazyFrame, PolarsResult, SortMultipleOptions, col, lit, when,
};

use super::super::ProfileError;
use super::super::input::ProfileInput;
use super::super::lines::{Lines, MILLIONTHS, collect, is_purchase, millionths, period_start};
use super::settings::ProspectingSettings;
use crate::period::Period;

/// Customers of unknown source.
pub(super) const UNKNOWN: &str = "__unknown__";
/// Spending for no channel in a period without new customers.
const UNASSIGNED: &str = "__unassigned__";

/// Channels by name and cohort.
pub(super) type Cells = BTreeMap<(String, Option<i32>), Channel>;

/// Where costs of acquisition come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spend {
    /// Nowhere.
    Unknown,
    /// From customers: what winning each of them cost.
    Customers,
    /// From spending.
    Table,
}

/// One channel, in one cohort of acquisition or in all.
#[derive(Debug, Clone, Default)]
pub(super) struct Channel {
    pub(super) channel: String,
    /// First day of the period of acquisition; `None` for all of them.
    pub(super) cohort: Option<i32>,
    pub(super) cash: ExactSum,
    pub(super) overhead: ExactSum,
    pub(super) new: usize,
    /// New customers whose cost is known, where costs are known by customer.
    pub(super) costed: usize,
    /// Lifetime values known, and their sum.
    pub(super) valued: usize,
    pub(super) value: ExactSum,
    /// Margin by age in periods since acquisition.
    pub(super) margins: Vec<ExactSum>,
}

impl Channel {
    pub(super) fn absorb(&mut self, other: &Self) {
        self.cash.merge(other.cash);
        self.overhead.merge(other.overhead);
        self.value.merge(other.value);
        self.new += other.new;
        self.costed += other.costed;
        self.valued += other.valued;
        self.add_margins(&other.margins);
    }

    fn add_margins(&mut self, margins: &[ExactSum]) {
        if self.margins.len() < margins.len() {
            self.margins.resize(margins.len(), ExactSum::ZERO);
        }
        self.margins.iter_mut().zip(margins).for_each(|(sum, margin)| sum.merge(*margin));
    }
}

fn cell<'a>(cells: &'a mut Cells, channel: &str, cohort: i32) -> &'a mut Channel {
    cells.entry((channel.to_owned(), Some(cohort))).or_insert_with(|| Channel {
        channel: channel.to_owned(),
        cohort: Some(cohort),
        ..Channel::default()
    })
}

/// Counts the customers won in the window by channel and cohort, with their costs and values; gives the customers with
/// cohort, channel, cost and value.
pub(super) fn won(
    input: &ProfileInput<'_>,
    lines: &Lines,
    spend: Spend,
    place: &HashMap<i32, usize>,
    cells: &mut Cells,
) -> Result<LazyFrame, ProfileError> {
    let mut joined = attributes(input, first_purchases(input, lines)?)?;
    let schema = joined.collect_schema()?;
    let known = |name: &'static str| {
        if schema.get(name).is_some() { col(name) } else { lit(f64::NAN).alias(name) }
    };
    let of_customers =
        collect(joined.clone().select([col("channel"), col("cohort"), known("acq_cost"), known("ltv_total")]))?;
    let text = of_customers.column("channel")?.cast(&DataType::String)?;
    let (cohort, cost) = (of_customers.column("cohort")?.i32()?, of_customers.column("acq_cost")?.f64()?);
    let value = of_customers.column("ltv_total")?.f64()?;
    for (((channel, cohort), cost), value) in text.str()?.iter().zip(cohort.iter()).zip(cost.iter()).zip(value.iter()) {
        let Some(cohort) = cohort.filter(|start| place.contains_key(start)) else { continue };
        let cell = cell(cells, channel.unwrap_or(UNKNOWN), cohort);
        cell.new += 1;
        if let Some(value) = value.filter(|v| v.is_finite()) {
            cell.valued += 1;
            cell.value.add(value);
        }
        if let Some(cost) = cost.filter(|v| v.is_finite() && spend == Spend::Customers) {
            cell.costed += 1;
            cell.cash.add(cost);
        }
    }
    Ok(joined)
}

/// Customers and the first day of the period of their first purchase; null where that lies before the window. A window that
/// begins inside a month wins nobody on the days of the month before it, whatever the grain.
fn first_purchases(input: &ProfileInput<'_>, lines: &Lines) -> PolarsResult<LazyFrame> {
    let first =
        lines.until(&input.window).filter(is_purchase()).group_by([col("customer_id")]).agg([col("date").min()]);
    let start = period_start(input.window.grain(), col("date")).to_physical().cast(DataType::Int32);
    let inside = col("date").to_physical().gt_eq(lit(input.window.from().days_since_epoch()));
    let unknown = lit(polars::prelude::NULL).cast(DataType::Int32);
    Ok(first.select([col("customer_id"), when(inside).then(start).otherwise(unknown).alias("cohort")]))
}

/// Customers with their cohort, channel, cost and value.
fn attributes(input: &ProfileInput<'_>, first: LazyFrame) -> Result<LazyFrame, ProfileError> {
    let mut joined = first;
    let left = || JoinArgs::new(JoinType::Left);
    let id_type = |frame: &LazyFrame| -> PolarsResult<DataType> {
        Ok(frame.clone().collect_schema()?.get("customer_id").cloned().unwrap_or(DataType::Null))
    };
    let own = id_type(&joined)?;
    let same = |found: DataType, table: &str| {
        if found == own {
            Ok(())
        } else {
            Err(ProfileError::IdTypes {
                column: "customer_id",
                left: own.to_string(),
                table: table.to_owned(),
                right: found.to_string(),
            })
        }
    };
    let mut channel: Expr = lit(UNKNOWN);
    if let Some(customers) = input.tables.customers() {
        let rows = customers.rows();
        same(id_type(&rows)?, "customers")?;
        let schema = rows.clone().collect_schema()?;
        let named: Vec<&str> =
            ["acq_channel", "acq_cost"].into_iter().filter(|name| schema.get(name).is_some()).collect();
        let mut columns = vec![col("customer_id")];
        columns.extend(named.iter().map(|name| col(*name)));
        joined = joined.join(rows.select(columns), [col("customer_id")], [col("customer_id")], left());
        if named.contains(&"acq_channel") {
            channel = col("acq_channel").fill_null(lit(UNKNOWN));
        }
    }
    if let Some(scores) = input.scores.filter(|scores| scores.has("ltv_total")) {
        let rows = polars::prelude::IntoLazy::lazy(scores.frame().select(["customer_id", "ltv_total"])?);
        same(id_type(&rows)?, "scores")?;
        joined = joined.join(rows, [col("customer_id")], [col("customer_id")], left());
    }
    Ok(joined.with_column(channel.alias("channel")))
}

/// Adds the margins of all customers by age to their channel and cohort. Revenue whose cost is known, and all of it.
pub(super) fn margins(
    input: &ProfileInput<'_>,
    lines: &Lines,
    settings: &ProspectingSettings,
    joined: LazyFrame,
    place: &HashMap<i32, usize>,
    cells: &mut Cells,
) -> Result<(f64, f64), ProfileError> {
    let cost = if lines.has("cost") { col("cost") } else { lit(polars::prelude::NULL).cast(DataType::Float64) };
    let start = period_start(input.window.grain(), col("date")).to_physical().cast(DataType::Int32);
    let known = cost.clone().is_not_null();
    let own = lines.within(&input.window).filter(col("customer_id").is_not_null()).select([
        col("customer_id"),
        start.alias("start"),
        when(known.clone()).then(col("amount")).otherwise(lit(0.0)).alias("known"),
        when(known.clone()).then(lit(0.0)).otherwise(col("amount")).alias("unknown"),
        cost.fill_null(lit(0.0)).alias("cost"),
    ]);
    let keys = ["channel", "cohort", "start"];
    let sums = own
        .join(
            joined.select([col("customer_id"), col("channel"), col("cohort")]),
            [col("customer_id")],
            [col("customer_id")],
            JoinArgs::new(JoinType::Inner),
        )
        .group_by(keys.map(col))
        .agg(["known", "unknown", "cost"].map(|name| millionths(col(name)).sum().alias(name)))
        .sort(keys, SortMultipleOptions::default());
    let sums: DataFrame = collect(sums)?;
    let column = |name: &str| -> PolarsResult<Vec<f64>> {
        Ok(sums.column(name)?.i64()?.iter().map(|v| v.unwrap_or_default() as f64 / MILLIONTHS).collect())
    };
    let (known, unknown, cost) = (column("known")?, column("unknown")?, column("cost")?);
    let total = |column: &[f64]| column.iter().copied().collect::<ExactSum>().value();
    let (all_known, all_unknown, all_cost) = (total(&known), total(&unknown), total(&cost));
    // Lines without cost earn what the others do, unless a rate is given.
    let usual = (all_known > 0.0).then(|| 1.0 - all_cost / all_known);
    let rate = settings.margin_rate.or(usual).unwrap_or(0.0);
    let (channels, cohorts, starts) = (
        sums.column("channel")?.cast(&DataType::String)?,
        sums.column("cohort")?.i32()?.clone(),
        sums.column("start")?.i32()?.clone(),
    );
    for (row, ((channel, cohort), start)) in channels.str()?.iter().zip(cohorts.iter()).zip(starts.iter()).enumerate() {
        let at = |day: Option<i32>| day.and_then(|day| place.get(&day)).copied();
        let (Some(from), Some(now), Some(cohort)) = (at(cohort), at(start), cohort) else { continue };
        // Returns of goods bought before the first purchase that we know of.
        let Some(age) = now.checked_sub(from) else { continue };
        let mut margins = vec![ExactSum::ZERO; age + 1];
        margins[age].add(known[row] - cost[row] + unknown[row] * rate);
        cell(cells, channel.unwrap_or(UNKNOWN), cohort).add_margins(&margins);
    }
    Ok((all_known, all_known + all_unknown))
}

/// Adds spending on acquisition to channels and cohorts; spending for no channel goes to all of the period by their new
/// customers, as overhead. Spending on retention by period. Without a lag, only the days of the window count.
pub(super) fn spent(
    input: &ProfileInput<'_>,
    settings: &ProspectingSettings,
    periods: &[Period],
    place: &HashMap<i32, usize>,
    cells: &mut Cells,
) -> Result<Vec<f64>, ProfileError> {
    let mut retention = vec![ExactSum::ZERO; periods.len()];
    let Some(spending) = input.tables.spending() else { return Ok(vec![0.0; periods.len()]) };
    let text = |name: &str| {
        if spending.has(name) { col(name) } else { lit(polars::prelude::NULL).cast(DataType::String).alias(name) }
    };
    let start = period_start(input.window.grain(), col("date")).to_physical().cast(DataType::Int32);
    let until = col("date").to_physical().lt_eq(lit(input.window.as_of().days_since_epoch()));
    let inside = col("date").to_physical().gt_eq(lit(input.window.from().days_since_epoch()));
    let rows = spending.rows().filter(until).select([
        start.alias("start"),
        inside.alias("inside"),
        col("amount"),
        col("purpose"),
        text("channel"),
        text("kind"),
    ]);
    let rows = collect(rows)?;
    let mut common: Vec<ExactSum> = vec![ExactSum::ZERO; periods.len()];
    let named = |name: &str| -> PolarsResult<Vec<Option<String>>> {
        Ok(rows.column(name)?.str()?.iter().map(|text| text.map(str::to_owned)).collect())
    };
    let (purposes, channels, kinds) = (named("purpose")?, named("channel")?, named("kind")?);
    let inside = rows.column("inside")?.bool()?;
    for (row, (start, amount)) in
        rows.column("start")?.i32()?.iter().zip(rows.column("amount")?.f64()?.iter()).enumerate()
    {
        let (Some(start), Some(amount)) = (start, amount) else { continue };
        let inside = inside.get(row) == Some(true);
        let at = place.get(&start).copied().or_else(|| before(input, periods, start, settings.spend_lag));
        if purposes[row].as_deref() == Some("retention") {
            if let Some(at) = place.get(&start).filter(|_| inside) {
                retention[*at].add(amount);
            }
            continue;
        }
        if settings.spend_lag == 0 && !inside {
            continue;
        }
        // Spending before the window wins customers in it, if there is a lag.
        let lagged = if place.contains_key(&start) { at.map(|at| at + settings.spend_lag) } else { at };
        let Some(at) = lagged.filter(|at| *at < periods.len()) else { continue };
        let Some(channel) = &channels[row] else {
            common[at].add(amount);
            continue;
        };
        let cell = cell(cells, channel, periods[at].start.days_since_epoch());
        if kinds[row].as_deref() == Some("overhead") { cell.overhead.add(amount) } else { cell.cash.add(amount) }
    }
    for (period, common) in periods.iter().zip(common) {
        let (start, amount) = (period.start.days_since_epoch(), common.value());
        if amount <= 0.0 {
            continue;
        }
        let new: usize = cells.values().filter(|c| c.cohort == Some(start)).map(|c| c.new).sum();
        if new == 0 {
            cell(cells, UNASSIGNED, start).overhead.add(amount);
            continue;
        }
        for cell in cells.values_mut().filter(|c| c.cohort == Some(start)) {
            cell.overhead.add(amount * cell.new as f64 / new as f64);
        }
    }
    Ok(retention.into_iter().map(ExactSum::value).collect())
}

/// The period of the window that spending before the window falls into with the lag.
fn before(input: &ProfileInput<'_>, periods: &[Period], start: i32, lag: usize) -> Option<usize> {
    let first = periods.first()?.start;
    let day = emptor_types::Date::from_days_since_epoch(start).ok().filter(|day| *day < first)?;
    let ago = input.window.grain().over(day, first.plus_days(-1)).ok()?.len();
    lag.checked_sub(ago)
}
