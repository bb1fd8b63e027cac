//! Stages over time: how many customers were in each, who moved from which to which, and the last periods of every customer.

use polars::prelude::{DataFrame, DataType, IdxCa, IntoColumn, NamedFrom, NewChunkedArray, PolarsResult, Series};

use super::super::section::{Gap, ResultTable};
use super::super::words::count;
use super::compute::{LifeCycle, StageMoves};
use super::stage::Stage;
use super::track::StagePoint;
use crate::columns::{ColumnSpec, column};

/// The columns of `lifecycle_period`: one row per period and stage with a customer, oldest first.
pub const PERIOD_COLUMNS: &[ColumnSpec] = &[
    column("period_start", "date", "first day of the period"),
    column("stage", "", "the stage"),
    column("customers", "customers", "how many are in it"),
    column("share", "share", "of all who had bought, or had a contract, by then"),
];

/// The columns of `lifecycle_move`: one row per pair of stages that was seen.
pub const MOVE_COLUMNS: &[ColumnSpec] = &[
    column("from", "", "the stage"),
    column("to", "", "the stage one period later"),
    column("n", "count", "how often"),
    column("p", "probability", "share of those in `from`; the shares of a stage add up to 1"),
];

/// The columns of `lifecycle_flow`: one row per period and pair of stages that was seen, oldest first.
pub const FLOW_COLUMNS: &[ColumnSpec] = &[
    column("period_start", "date", "first day of the later of two periods"),
    column("from", "", "the stage in the period before; prospect for those whose first period it is"),
    column("to", "", "the stage in this one"),
    column("n", "customers", "how many; over the stages before they add up to those in the stage"),
    column("p", "probability", "share of those in `from`; null for prospects, whose number is not known"),
];

/// The columns of `lifecycle_history`: one row per customer and period, by customer, oldest first.
pub const HISTORY_COLUMNS: &[ColumnSpec] = &[
    column("customer_id", "", "the customer"),
    column("episode", "count", "which relationship this is: 1, and one more after every recovery"),
    column("period_start", "date", "first day of the period"),
    column("stage", "", "the stage of the period"),
    column("prev_stage", "", "the stage of the period before; null in the first"),
    column("periods_in_stage", "periods", "how long the stage had lasted by then"),
    column("s", "currency/period", "level: mean of what this period and the one before brought"),
    column("m", "currency/period", "the highest level of the episode so far"),
    column("g", "per period", "relative change of the level"),
    column("rho", "× expected interval", "time since the last purchase, by the interval expected; null under contract"),
    column("flags", "", "weakening: the level falls, but the stage is held"),
];

/// Moves from each stage to each, the last period first.
#[derive(Debug, Default)]
pub(super) struct Flows(Vec<[[usize; 7]; 7]>);

impl Flows {
    pub(super) fn add(&mut self, points: &[StagePoint]) {
        self.0.resize(self.0.len().max(points.len()), [[0; 7]; 7]);
        let before = points.iter().rev().skip(1).map(|point| point.stage).chain([Stage::Prospect]);
        for ((point, before), counts) in points.iter().rev().zip(before).zip(&mut self.0) {
            counts[before as usize][point.stage as usize] += 1;
        }
    }

    pub(super) fn table(&self, cycle: &LifeCycle) -> PolarsResult<ResultTable> {
        let (mut start, mut from, mut to, mut n, mut p) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (ago, counts) in self.0.iter().enumerate().rev() {
            for (row, before) in counts.iter().zip(Stage::ALL) {
                let all: usize = row.iter().sum();
                for (count, next) in row.iter().zip(Stage::ALL).filter(|(count, _)| **count > 0) {
                    start.push(Some(cycle.period_start(ago).days_since_epoch()));
                    from.push(before.name());
                    to.push(next.name());
                    n.push(i64::try_from(*count).unwrap_or(i64::MAX));
                    p.push((before != Stage::Prospect).then(|| *count as f64 / all as f64));
                }
            }
        }
        let frame = polars::df!("period_start" => days(start)?, "from" => from, "to" => to, "n" => n, "p" => p)?;
        let about = "which stage followed which, period by period";
        ResultTable::new("lifecycle_flow", about, frame, FLOW_COLUMNS)
    }
}

/// The last periods of every customer, as many as fit.
#[derive(Debug)]
pub(super) struct History {
    /// How many periods are kept.
    periods: usize,
    /// And how many there are.
    all: usize,
    /// Rows of the last period alone.
    last: usize,
    customer: Vec<u32>,
    start: Vec<i32>,
    before: Vec<Option<Stage>>,
    lasted: Vec<usize>,
    points: Vec<StagePoint>,
}

impl History {
    /// As many of the last periods as have no more rows together than the settings allow.
    pub(super) fn new(cycle: &LifeCycle) -> Self {
        let most = cycle.settings().history_rows;
        let mut rows: Vec<usize> = Vec::new();
        for customer in 0..cycle.len() {
            let own = cycle.periods_of(customer);
            rows.resize(rows.len().max(own), 0);
            rows.iter_mut().take(own).for_each(|rows| *rows += 1);
        }
        let sums = rows.iter().scan(0_usize, |sum, rows| {
            *sum += rows;
            Some(*sum)
        });
        let periods = sums.take_while(|sum| *sum <= most).count();
        Self {
            periods,
            all: rows.len(),
            last: rows.first().copied().unwrap_or(0),
            customer: Vec::new(),
            start: Vec::new(),
            before: Vec::new(),
            lasted: Vec::new(),
            points: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, cycle: &LifeCycle, customer: usize, points: &[StagePoint]) {
        let first = points.len().saturating_sub(self.periods);
        let mut lasted = 0;
        for (t, point) in points.iter().enumerate() {
            let before = t.checked_sub(1).map(|t| points[t].stage);
            lasted = if before == Some(point.stage) { lasted + 1 } else { 1 };
            if t >= first {
                self.customer.push(u32::try_from(customer).unwrap_or(u32::MAX));
                self.start.push(cycle.period_start(points.len() - 1 - t).days_since_epoch());
                self.before.push(before);
                self.lasted.push(lasted);
                self.points.push(*point);
            }
        }
    }

    /// The table, or why there is none; neither if it was not asked for.
    pub(super) fn table(self, cycle: &LifeCycle) -> PolarsResult<Result<Option<ResultTable>, Gap>> {
        let most = cycle.settings().history_rows;
        if most == 0 || self.all == 0 {
            return Ok(Ok(None));
        }
        if self.periods == 0 {
            let reason =
                format!("the last period alone has {} rows, and history_rows allows {}", count(self.last), count(most));
            return Ok(Err(Gap::new("lifecycle_history", Vec::new(), reason)));
        }
        let number = |of: fn(&StagePoint) -> f64| -> Vec<Option<f64>> {
            self.points.iter().map(|point| Some(of(point)).filter(|number| !number.is_nan())).collect()
        };
        let counts = |of: &mut dyn Iterator<Item = usize>| -> Vec<i64> {
            of.map(|n| i64::try_from(n).unwrap_or(i64::MAX)).collect()
        };
        let places = IdxCa::from_iter_values("places".into(), self.customer.iter().copied());
        let ids = cycle.customers().take(&places)?.with_name("customer_id".into());
        let starts = days(self.start.iter().copied().map(Some).collect())?;
        let name = |stage: Option<Stage>| stage.map(Stage::name);
        let of = |name: &str, series: Series| series.with_name(name.into()).into_column();
        let flags = self.points.iter().map(|point| point.is_weakening.then_some("weakening"));
        let frame = DataFrame::new(
            self.points.len(),
            vec![
                ids.into_column(),
                of("episode", Series::new("".into(), counts(&mut self.points.iter().map(|point| point.episode)))),
                of("period_start", starts),
                of("stage", Series::new("".into(), self.points.iter().map(|p| p.stage.name()).collect::<Vec<_>>())),
                of("prev_stage", Series::new("".into(), self.before.iter().map(|s| name(*s)).collect::<Vec<_>>())),
                of("periods_in_stage", Series::new("".into(), counts(&mut self.lasted.iter().copied()))),
                of("s", Series::new("".into(), number(|point| point.level))),
                of("m", Series::new("".into(), number(|point| point.highest))),
                of("g", Series::new("".into(), number(|point| point.change))),
                of("rho", Series::new("".into(), number(|point| point.overdue))),
                of("flags", Series::new("".into(), flags.collect::<Vec<_>>())),
            ],
        )?;
        let about = "the stages of every customer over the last periods, by customer, oldest first";
        let table = ResultTable::new("lifecycle_history", about, frame, HISTORY_COLUMNS)?;
        Ok(Ok(Some(if self.periods < self.all {
            table.with_flag(format!("last {} of {} periods (history_rows: {most})", self.periods, self.all))
        } else {
            table
        })))
    }
}

/// Days since 1970-01-01 as dates.
pub(super) fn days(days: Vec<Option<i32>>) -> PolarsResult<Series> {
    Series::new("".into(), days).cast(&DataType::Date)
}

/// Customers by stage and period; `counts` has the last period first.
pub(super) fn periods(cycle: &LifeCycle, counts: &[[usize; 7]]) -> PolarsResult<ResultTable> {
    let (mut start, mut stage, mut n, mut share) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (ago, own) in counts.iter().enumerate().rev() {
        let all: usize = own.iter().sum();
        for of in Stage::ALL.into_iter().filter(|of| own[*of as usize] > 0) {
            start.push(Some(cycle.period_start(ago).days_since_epoch()));
            stage.push(of.name());
            n.push(i64::try_from(own[of as usize]).unwrap_or(i64::MAX));
            share.push(own[of as usize] as f64 / all as f64);
        }
    }
    let frame = polars::df!("period_start" => days(start)?, "stage" => stage, "customers" => n, "share" => share)?;
    ResultTable::new(
        "lifecycle_period",
        "how many customers were in each stage, period by period",
        frame,
        PERIOD_COLUMNS,
    )
}

/// Moves over all periods.
pub(super) fn moves(moves: &StageMoves) -> PolarsResult<ResultTable> {
    let (mut from, mut to, mut n, mut p) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (row, stage) in moves.counts.iter().zip(Stage::ALL) {
        let all: usize = row.iter().sum();
        for (count, next) in row.iter().zip(Stage::ALL).filter(|(count, _)| **count > 0) {
            from.push(stage.name());
            to.push(next.name());
            n.push(i64::try_from(*count).unwrap_or(i64::MAX));
            p.push(*count as f64 / all as f64);
        }
    }
    let frame = polars::df!("from" => from, "to" => to, "n" => n, "p" => p)?;
    ResultTable::new(
        "lifecycle_move",
        "which stage followed which, over all customers and periods",
        frame,
        MOVE_COLUMNS,
    )
}
