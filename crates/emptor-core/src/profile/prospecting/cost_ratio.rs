//! `cost_ratio`: what winning a customer costs against what keeping one costs.

use emptor_types::Date;
use polars::prelude::{DataType, PolarsResult, col, len, lit};

use super::super::ProfileError;
use super::super::input::ProfileInput;
use super::super::lines::{Lines, collect, is_purchase};
use super::super::section::ResultTable;
use super::acquired::Acquired;
use super::acquisition::Flow;
use super::build::Build;
use super::cells::Spend;
use super::channels::cost_ratio;
use super::settings::ProspectingSettings;

/// Days without a sale at the beginning of a window that say nothing: holidays, a shop that opens twice a week.
const QUIET: i32 = 7;

/// A period, or the window.
struct Row {
    /// First day; `None` for the window.
    start: Option<i32>,
    /// Spending on acquisition, overheads included, and the customers won with it.
    acquisition: f64,
    new: usize,
    retention: f64,
    /// `None` where the lines do not reach back so far.
    retained: Option<usize>,
}

impl Row {
    fn cac(&self) -> Option<f64> {
        (self.new > 0).then(|| self.acquisition / self.new as f64)
    }

    fn retention_cost(&self) -> Option<f64> {
        self.retained.filter(|n| *n > 0).map(|n| self.retention / n as f64)
    }

    fn ratio(&self) -> Option<f64> {
        cost_ratio(self.cac()?, self.retention, self.retained?)
    }
}

/// The rows of the periods, and last that of the window.
pub(super) struct CostRatio {
    rows: Vec<Row>,
    /// Why nobody knows who was retained over the window.
    unknown: Option<String>,
}

impl CostRatio {
    /// `None` without a table of spending.
    pub(super) fn of(
        acquired: &Acquired,
        flows: &[Flow],
        input: &ProfileInput<'_>,
        lines: &Lines,
        first_day: Option<i32>,
    ) -> Result<Option<Self>, ProfileError> {
        if acquired.spend != Spend::Table {
            return Ok(None);
        }
        let won = |start: Option<i32>| {
            let own = acquired.cohorts.iter().filter(|c| start.is_none() || c.cohort == start);
            own.fold((0.0, 0), |(spend, new), c| (spend + c.cash.value() + c.overhead.value(), new + c.new))
        };
        let row = |start: Option<i32>, retention: f64, retained: Option<usize>| {
            let (acquisition, new) = won(start);
            Row { start, acquisition, new, retention, retained }
        };
        let mut rows: Vec<Row> = flows
            .iter()
            .zip(&acquired.retention)
            .map(|(flow, spent)| row(Some(flow.period.start.days_since_epoch()), *spent, Some(flow.retained)))
            .collect();
        let before = input.window.before()?;
        let known = first_day.is_some_and(|day| day <= before.from().days_since_epoch() + QUIET);
        let retained = if known { Some(retained(input, lines, before.from())?) } else { None };
        rows.push(row(None, acquired.retention.iter().sum(), retained));
        let unknown = (!known).then(|| {
            format!(
                "retained over the window is not known: that takes purchases from {} on{}",
                before.from(),
                first_day
                    .and_then(|day| Date::from_days_since_epoch(day).ok())
                    .map_or_else(|| ", and there are none".to_owned(), |day| format!(", and the first is of {day}"))
            )
        });
        Ok(Some(Self { rows, unknown }))
    }

    pub(super) fn table(&self, settings: &ProspectingSettings) -> PolarsResult<ResultTable> {
        let rows = &self.rows;
        let marginal = settings.response.map(|curves| curves.marginal_ratio());
        let table = Build::new(rows.len())
            .text("level", "`period`, or `window` for all of it, which is not the sum of its periods", |row| {
                Some(if rows[row].start.is_some() { "period" } else { "window" }.to_owned())
            })
            .day("period_start", "first day of the period; null for the window", |row| rows[row].start)
            .number(
                "cac",
                "currency per customer",
                "spending on acquisition per new customer, overheads included",
                |row| rows[row].cac(),
            )
            .number("retention_spend", "currency", "spending on retention", |row| Some(rows[row].retention))
            .count(
                "retained",
                "customers",
                "customers who bought in this period and in the one before; of the window: in the window and in the one of \
                 the same length before it, each once, so that the grain of the periods does not matter",
                |row| rows[row].retained,
            )
            .number("retention_cost", "currency per customer", "spending on retention per retained customer", |row| {
                rows[row].retention_cost()
            })
            .number("ratio", "×", "cost of a new customer over that of a retained one, on average", |row| {
                rows[row].ratio()
            })
            .number(
                "marginal_ratio",
                "×",
                "the same for one more customer, from the response curves; for the window",
                |row| marginal.filter(|_| rows[row].start.is_none()),
            );
        let about = "One row per period, and last one for the window: what winning a customer costs against what keeping one \
                     costs for so long.";
        let mut table = table.table("cost_ratio", about)?;
        table.flags.extend(self.unknown.clone());
        Ok(table)
    }

    /// The ratio of the window.
    pub(super) fn of_window(&self) -> Option<f64> {
        self.rows.last().and_then(Row::ratio)
    }
}

/// Customers who bought in the window and in the window before it, which begins on a day.
fn retained(input: &ProfileInput<'_>, lines: &Lines, before: Date) -> PolarsResult<usize> {
    let day = || col("date").to_physical().cast(DataType::Int32);
    let from = input.window.from().days_since_epoch();
    let both = lines
        .until(&input.window)
        .filter(is_purchase().and(day().gt_eq(lit(before.days_since_epoch()))))
        .group_by([col("customer_id")])
        .agg([day().min().alias("first"), day().max().alias("last")])
        .filter(col("first").lt(lit(from)).and(col("last").gt_eq(lit(from))))
        .select([len().alias("customers")]);
    Ok(collect(both)?.column("customers")?.u32()?.get(0).unwrap_or(0) as usize)
}

#[cfg(test)]
#[path = "cost_ratio_tests.rs"]
mod tests;
