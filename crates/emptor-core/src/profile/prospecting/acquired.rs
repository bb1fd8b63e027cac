//! What each acquisition channel spent, won and earned.

use std::collections::{BTreeMap, HashMap};

use emptor_types::ExactSum;
use polars::prelude::{
    DataFrame, DataType, Expr, JoinArgs, JoinType, LazyFrame, PolarsResult, SortMultipleOptions, col, lit, when,
};

use super::super::ProfileError;
use super::super::input::ProfileInput;
use super::super::lines::{Lines, MILLIONTHS, collect, is_purchase, millionths, period_start};
use super::super::section::{Coverage, Gap, Need, ResultTable};
use super::acquisition::Flow;
use super::build::Build;
use super::channels::{Cac, cost_ratio, payback};
use super::settings::ProspectingSettings;
use crate::period::Period;

/// Customers of unknown source.
const UNKNOWN: &str = "__unknown__";
/// Spending for no channel in a period without new customers.
const UNASSIGNED: &str = "__unassigned__";

/// One channel, in one cohort of acquisition or in all.
#[derive(Debug, Clone, Default)]
pub(super) struct Channel {
    pub(super) channel: String,
    /// First day of the period of acquisition; `None` for all of them.
    cohort: Option<i32>,
    cash: ExactSum,
    overhead: ExactSum,
    pub(super) new: usize,
    /// New customers whose cost is known, where costs are known by customer.
    costed: usize,
    /// Lifetime values known, and their sum.
    valued: usize,
    value: ExactSum,
    /// Margin by age in periods since acquisition.
    margins: Vec<ExactSum>,
}

/// What a channel comes to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verdict {
    pub(super) spend: Option<f64>,
    pub(super) cac: Cac,
    pub(super) clv: Option<f64>,
    pub(super) payback: Option<usize>,
    pub(super) ltv_cac: Option<f64>,
    pub(super) margin: Option<f64>,
}

/// The channels, by cohort and in all.
pub(super) struct Acquired {
    pub(super) cohorts: Vec<Channel>,
    pub(super) totals: Vec<Channel>,
    /// Whether spending is known, by customer or in all.
    pub(super) spend: Spend,
    has_margin: bool,
    /// Revenue whose cost is known, and all.
    covered: (f64, f64),
    /// Retention spending by period of the window.
    retention: Vec<f64>,
}

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

impl Acquired {
    pub(super) fn of(
        input: &ProfileInput<'_>,
        lines: &Lines,
        settings: &ProspectingSettings,
        gaps: &mut Vec<Gap>,
    ) -> Result<Self, ProfileError> {
        let periods = input.window.periods()?;
        let place: HashMap<i32, usize> =
            periods.iter().enumerate().map(|(i, period)| (period.start.days_since_epoch(), i)).collect();
        let customers = input.tables.customers();
        let schema = match customers {
            Some(customers) => customers.rows().collect_schema()?,
            None => std::sync::Arc::default(),
        };
        let has = |name: &str| schema.get(name).is_some();
        if !has("acq_channel") {
            let need =
                if customers.is_some() { Need::column("customers", "acq_channel") } else { Need::table("customers") };
            gaps.push(Gap::new(
                "acq_channel",
                [need],
                "nothing says by which channel customers came: all are of unknown source",
            ));
        }
        let spend = if input.tables.spending().is_some() {
            Spend::Table
        } else if has("acq_cost") {
            let reason = "what was paid for each customer is known, overheads are not: there is no fully loaded cost, and no \
                          ratio to the cost of retention";
            gaps.push(Gap::new("acq_channel.cac_full, cost_ratio", [Need::table("spending")], reason));
            Spend::Customers
        } else {
            let needs = [Need::table("spending"), Need::column("customers", "acq_cost")];
            gaps.push(Gap::new("acq_channel.cac", needs, "nothing says what winning customers cost"));
            Spend::Unknown
        };
        let has_margin = lines.has("cost") || settings.margin_rate.is_some();
        if !has_margin {
            let needs = [Need::column("products", "unit_cost")];
            gaps.push(Gap::new(
                "acq_channel.payback",
                needs,
                "without costs of goods, or a margin rate, there is no margin to pay back with",
            ));
        }
        let first = first_purchases(input, lines)?;
        let joined = attributes(input, first)?;
        let mut cells: BTreeMap<(String, Option<i32>), Channel> = BTreeMap::new();
        let of_customers = collect(joined.clone().select([
            col("channel"),
            col("cohort"),
            if has("acq_cost") { col("acq_cost") } else { lit(f64::NAN).alias("acq_cost") },
            if input.scores.is_some_and(|s| s.has("ltv_total")) {
                col("ltv_total")
            } else {
                lit(f64::NAN).alias("ltv_total")
            },
        ]))?;
        let text = of_customers.column("channel")?.cast(&DataType::String)?;
        let (cohort, cost) = (of_customers.column("cohort")?.i32()?, of_customers.column("acq_cost")?.f64()?);
        let value = of_customers.column("ltv_total")?.f64()?;
        for (((channel, cohort), cost), value) in
            text.str()?.iter().zip(cohort.iter()).zip(cost.iter()).zip(value.iter())
        {
            let Some(cohort) = cohort.filter(|start| place.contains_key(start)) else { continue };
            let cell = cell(&mut cells, channel.unwrap_or(UNKNOWN), cohort);
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
        let covered =
            if has_margin { margins(input, lines, settings, joined, &place, &mut cells)? } else { (0.0, 0.0) };
        let mut retention = vec![0.0; periods.len()];
        if spend == Spend::Table {
            retention = spent(input, settings, &periods, &place, &mut cells)?;
        }
        let cohorts: Vec<Channel> = cells.into_values().collect();
        let mut totals: BTreeMap<String, Channel> = BTreeMap::new();
        for cell in &cohorts {
            let total = totals.entry(cell.channel.clone()).or_default();
            total.channel.clone_from(&cell.channel);
            total.absorb(cell);
        }
        Ok(Self { cohorts, totals: totals.into_values().collect(), spend, has_margin, covered, retention })
    }

    pub(super) fn verdict(
        &self,
        channel: &Channel,
        settings: &ProspectingSettings,
        input: &ProfileInput<'_>,
    ) -> Verdict {
        let (cash, overhead) = (channel.cash.value(), channel.overhead.value());
        let cac = match self.spend {
            Spend::Unknown => Cac { cash: None, full: None },
            Spend::Customers => Cac { cash: (channel.costed > 0).then(|| cash / channel.costed as f64), full: None },
            Spend::Table => Cac::of(cash, overhead, channel.new),
        };
        let best = cac.full.or(cac.cash);
        let each = |sum: ExactSum, n: usize| (n > 0).then(|| sum.value() / n as f64);
        let clv = each(channel.value, channel.valued);
        let margins: Vec<f64> = channel.margins.iter().map(|sum| sum.value() / channel.new as f64).collect();
        let known = self.has_margin && channel.new > 0;
        Verdict {
            spend: (self.spend == Spend::Table || channel.costed > 0).then_some(cash + overhead),
            cac,
            clv,
            payback: best
                .filter(|_| known)
                .and_then(|cac| payback(&margins, cac, settings.discount, input.window.grain())),
            ltv_cac: clv.zip(best).filter(|(_, cac)| *cac > 0.0).map(|(clv, cac)| clv / cac),
            margin: known.then(|| margins.iter().sum()),
        }
    }

    pub(super) fn table(
        &self,
        settings: &ProspectingSettings,
        input: &ProfileInput<'_>,
    ) -> Result<[ResultTable; 2], ProfileError> {
        let by_cohort = self.build(&self.cohorts, settings, input, true).table(
            "acq_channel",
            "One row per acquisition channel and period of first purchase: spending, new customers, cost per new customer, \
             lifetime value and payback; by channel, oldest first.",
        )?;
        let in_all = self
            .build(&self.totals, settings, input, false)
            .table("acq_channel_total", "One row per acquisition channel: the same over all periods of the window.")?;
        let mut few: Vec<String> = Vec::new();
        few.extend(
            self.totals
                .iter()
                .filter(|c| c.new < settings.min_n)
                .map(|c| format!("low_support: {} {} customers", c.channel, c.new)),
        );
        let (known, all) = self.covered;
        let unsure = self.has_margin && all > 0.0 && known / all < settings.min_coverage;
        let dress = |mut table: ResultTable| {
            table.flags.extend(few.iter().cloned());
            if unsure {
                table
                    .flags
                    .push(format!("low_support: cost of goods known for {:.0} % of revenue", 100.0 * known / all));
            }
            if settings.discount.is_none() {
                table.flags.push("payback is not discounted: no rate was given".to_owned());
            }
            let new: usize = self.totals.iter().map(|c| c.new).sum();
            let named: usize = self.totals.iter().filter(|c| c.channel != UNKNOWN).map(|c| c.new).sum();
            table.with_coverage(Coverage::new((named, new), self.covered))
        };
        Ok([dress(by_cohort), dress(in_all)])
    }

    fn build(
        &self,
        rows: &[Channel],
        settings: &ProspectingSettings,
        input: &ProfileInput<'_>,
        cohorts: bool,
    ) -> Build {
        let verdicts: Vec<Verdict> = rows.iter().map(|row| self.verdict(row, settings, input)).collect();
        let table = Build::new(rows.len())
            .text("channel", "acquisition channel; `__unknown__` without one", |row| Some(rows[row].channel.clone()));
        let table = if cohorts {
            table.day("cohort", "first day of the period of the first purchase", |row| rows[row].cohort)
        } else {
            table
        };
        table
            .number("spend", "currency", "what was spent on winning them, overheads included", |row| {
                verdicts[row].spend
            })
            .count("new", "customers", "customers won", |row| Some(rows[row].new))
            .number("cac_cash", "currency per customer", "what was paid per new customer", |row| verdicts[row].cac.cash)
            .number("cac_full", "currency per customer", "the same with overheads", |row| verdicts[row].cac.full)
            .number("clv", "currency", "mean lifetime value of the customers won", |row| verdicts[row].clv)
            .text("clv_convention", "what that value is", |_| Some(settings.clv_convention.clone()))
            .count(
                "payback",
                "periods",
                "first period in which their margin has paid the cost, fully loaded if known; null if not so far",
                |row| verdicts[row].payback,
            )
            .number("ltv_cac", "×", "lifetime value over cost", |row| verdicts[row].ltv_cac)
            .number("margin_per_customer", "currency", "margin so far per customer won, returns deducted", |row| {
                verdicts[row].margin
            })
    }

    /// The cost of winning against the cost of keeping, by period and in all.
    pub(super) fn ratio_table(
        &self,
        flows: &[Flow],
        settings: &ProspectingSettings,
    ) -> PolarsResult<Option<ResultTable>> {
        if self.spend != Spend::Table {
            return Ok(None);
        }
        let n = flows.len();
        let sum = |start: Option<i32>| {
            self.cohorts
                .iter()
                .filter(|c| start.is_none() || c.cohort == start)
                .fold((0.0, 0), |(spend, new), c| (spend + c.cash.value() + c.overhead.value(), new + c.new))
        };
        let start = |row: usize| flows.get(row).map(|flow| flow.period.start.days_since_epoch());
        let cac = |row: usize| {
            let (spend, new) = sum(start(row));
            (new > 0).then(|| spend / new as f64)
        };
        let kept = |row: usize| flows.get(row).map_or_else(|| flows.iter().map(|f| f.retained).sum(), |f| f.retained);
        let spent = |row: usize| self.retention.get(row).copied().unwrap_or_else(|| self.retention.iter().sum());
        let marginal = settings.response.map(|curves| curves.marginal_ratio());
        let table = Build::new(n + 1)
            .day("period_start", "first day of the period; null for the window", start)
            .number("cac", "currency per customer", "spending on acquisition per new customer, overheads included", cac)
            .number("retention_spend", "currency", "spending on retention", |row| Some(spent(row)))
            .count("retained", "customers", "customers who bought in this period and in the one before", |row| {
                Some(kept(row))
            })
            .number("retention_cost", "currency per customer", "spending on retention per retained customer", |row| {
                (kept(row) > 0).then(|| spent(row) / kept(row) as f64)
            })
            .number("ratio", "×", "cost of a new customer over that of a retained one, on average", |row| {
                cac(row).and_then(|cac| cost_ratio(cac, spent(row), kept(row)))
            })
            .number(
                "marginal_ratio",
                "×",
                "the same for one more customer, from the response curves; for the window",
                |row| marginal.filter(|_| row == n),
            );
        Ok(Some(table.table(
            "cost_ratio",
            "One row per period and one for the window: what winning a customer costs against what keeping one costs.",
        )?))
    }

    /// The ratio of the window.
    pub(super) fn ratio(&self, flows: &[Flow]) -> Option<f64> {
        let spend: f64 = self.cohorts.iter().map(|c| c.cash.value() + c.overhead.value()).sum();
        let new: usize = self.cohorts.iter().map(|c| c.new).sum();
        let retained = flows.iter().map(|f| f.retained).sum();
        (new > 0 && self.spend == Spend::Table).then_some(())?;
        cost_ratio(spend / new as f64, self.retention.iter().sum(), retained)
    }
}

impl Channel {
    fn absorb(&mut self, other: &Self) {
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

fn cell<'a>(cells: &'a mut BTreeMap<(String, Option<i32>), Channel>, channel: &str, cohort: i32) -> &'a mut Channel {
    cells.entry((channel.to_owned(), Some(cohort))).or_insert_with(|| Channel {
        channel: channel.to_owned(),
        cohort: Some(cohort),
        ..Channel::default()
    })
}

/// Customers and the first day of the period of their first purchase.
fn first_purchases(input: &ProfileInput<'_>, lines: &Lines) -> PolarsResult<LazyFrame> {
    let first =
        lines.until(&input.window).filter(is_purchase()).group_by([col("customer_id")]).agg([col("date").min()]);
    let start = period_start(input.window.grain(), col("date")).to_physical().cast(DataType::Int32);
    Ok(first.select([col("customer_id"), start.alias("cohort")]))
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
fn margins(
    input: &ProfileInput<'_>,
    lines: &Lines,
    settings: &ProspectingSettings,
    joined: LazyFrame,
    place: &HashMap<i32, usize>,
    cells: &mut BTreeMap<(String, Option<i32>), Channel>,
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
/// customers, as overhead. Spending on retention by period.
fn spent(
    input: &ProfileInput<'_>,
    settings: &ProspectingSettings,
    periods: &[Period],
    place: &HashMap<i32, usize>,
    cells: &mut BTreeMap<(String, Option<i32>), Channel>,
) -> Result<Vec<f64>, ProfileError> {
    let mut retention = vec![ExactSum::ZERO; periods.len()];
    let Some(spending) = input.tables.spending() else { return Ok(vec![0.0; periods.len()]) };
    let text = |name: &str| {
        if spending.has(name) { col(name) } else { lit(polars::prelude::NULL).cast(DataType::String).alias(name) }
    };
    let start = period_start(input.window.grain(), col("date")).to_physical().cast(DataType::Int32);
    let until = col("date").to_physical().lt_eq(lit(input.window.as_of().days_since_epoch()));
    let rows = spending.rows().filter(until).select([
        start.alias("start"),
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
    for (row, (start, amount)) in
        rows.column("start")?.i32()?.iter().zip(rows.column("amount")?.f64()?.iter()).enumerate()
    {
        let (Some(start), Some(amount)) = (start, amount) else { continue };
        let at = place.get(&start).copied().or_else(|| before(input, periods, start, settings.spend_lag));
        if purposes[row].as_deref() == Some("retention") {
            if let Some(at) = place.get(&start) {
                retention[*at].add(amount);
            }
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
