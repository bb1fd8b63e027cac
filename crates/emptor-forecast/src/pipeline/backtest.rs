//! How good a method would have been.

use std::collections::{BTreeMap, BTreeSet};

use emptor_types::{Date, ExactSum, Invalid, Level};
use serde::{Deserialize, Serialize};

use super::assemble::Groups;
use super::deals::{Deal, Outcome, as_known};
use super::expectations::usual_amounts;
use super::method::{Ahead, ExpectedPeriod, PipelineMethod};
use super::snapshot::Snapshot;
use crate::ForecastError;

/// Of fewer periods than this no method is the best.
const FEWEST: usize = 3;

/// What was forecast for a period and group, and what came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BacktestCell {
    /// The method.
    pub method: String,
    /// The day on which the forecast was made.
    pub origin: Date,
    /// First day of the period.
    pub start: Date,
    /// Which period ahead it is, from 1.
    pub step: usize,
    /// The group; `None` for all deals.
    pub group: Option<String>,
    /// Amount that was expected.
    pub expected: f64,
    /// Amount that was won.
    pub actual: f64,
    /// Wins that were expected.
    pub expected_wins: f64,
    /// Wins that came.
    pub actual_wins: usize,
    /// Ends of the interval of the amount.
    pub amount: (f64, f64),
    /// Ends of the interval of the wins.
    pub wins: (f64, f64),
}

impl BacktestCell {
    /// Whether the amount lies in its interval.
    #[must_use]
    pub fn covers_amount(&self) -> bool {
        // A cent of a rounded sum is not outside.
        let slack = 1e-9 * self.actual.abs();
        self.actual >= self.amount.0 - slack && self.actual <= self.amount.1 + slack
    }

    /// Whether the wins lie in their interval.
    #[must_use]
    pub fn covers_wins(&self) -> bool {
        (self.wins.0..=self.wins.1).contains(&(self.actual_wins as f64))
    }
}

/// How good a method was, over all origins and steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BacktestSummary {
    /// The method.
    pub method: String,
    /// Periods forecast.
    pub periods: usize,
    /// Σ |expected − actual| / Σ actual of all deals: a month in which little was won counts for little.
    pub wape: Option<f64>,
    /// Mean of |expected − actual| / actual of all deals, over the periods in which anything was won.
    pub mape: Option<f64>,
    /// Σ expected / Σ actual − 1.
    pub bias: Option<f64>,
    /// Cells of a period and group.
    pub cells: usize,
    /// Share of them whose amount lies in its interval.
    pub covers_amount: Option<f64>,
    /// Share of them whose wins lie in their interval.
    pub covers_wins: Option<f64>,
    /// Share of the periods in which the amount of all deals lies in its interval.
    pub covers_total: Option<f64>,
}

/// A backtest: every method from every origin, each time from what was known then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PipelineBacktest {
    /// The cells, by method, origin, step and group.
    pub cells: Vec<BacktestCell>,
    /// The level of the intervals.
    pub level: Level,
    /// Origins from which a method could not forecast, for want of a past; they are in no cell of it.
    pub skipped: Vec<SkippedOrigin>,
}

/// An origin that a method had to skip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SkippedOrigin {
    /// The method.
    pub method: String,
    /// The origin.
    pub origin: Date,
    /// Why.
    pub reason: String,
}

/// Forecasts from origins in the past, and compares with what came. The deals are all that is known now, with their logs; what
/// a method is shown is what was known on the origin (see [`as_known`]).
///
/// Periods that are not over on the last day known are left out: give it. An origin from which a method cannot forecast, because
/// too little was known then, is skipped and listed. Wins without an amount count with what such wins bring, in what was
/// expected as in what came.
///
/// # Errors
/// If there is no origin, method or level, or deals or settings are not valid.
pub fn backtest(
    deals: &[Deal],
    methods: &[&dyn PipelineMethod],
    origins: &[Date],
    ahead: &Ahead,
    last: Date,
) -> Result<PipelineBacktest, ForecastError> {
    let level = ahead.levels.first().copied();
    let (Some(level), false) = (level, origins.is_empty() || methods.is_empty()) else {
        return Err(Invalid::value("backtest", "must have an origin, a method and a level", origins.len()).into());
    };
    let truth = as_known(deals, last.days_since_epoch());
    Snapshot::new(&truth, last)?;
    let groups = Groups::of(&truth, ahead.by);
    let amounts = usual_amounts(&truth, last.days_since_epoch());
    let (mut cells, mut skipped) = (Vec::new(), Vec::new());
    for method in methods {
        for origin in origins {
            let known = as_known(deals, origin.days_since_epoch());
            let mut skip = |reason: String| {
                skipped.push(SkippedOrigin { method: method.name().to_owned(), origin: *origin, reason });
            };
            if known.is_empty() {
                skip("no deal was known".to_owned());
                continue;
            }
            let forecast = match method.forecast(&Snapshot::new(&known, *origin)?, ahead) {
                Ok(forecast) => forecast,
                Err(ForecastError::NotAdmissible { reason, .. }) => {
                    skip(reason);
                    continue;
                }
                Err(other) => return Err(other),
            };
            for (step, total) in forecast.total.iter().enumerate().filter(|(_, period)| period.end <= last) {
                let mut cell = |group: Option<&str>, expected: Option<&ExpectedPeriod>| {
                    let place = group.and_then(|name| groups.names.iter().position(|other| other == name));
                    let inside = |(deal, of): &(&Deal, &usize)| {
                        let day = deal.closed.filter(|_| deal.outcome == Some(Outcome::Won));
                        let days = total.start.days_since_epoch()..=total.end.days_since_epoch();
                        day.is_some_and(|day| days.contains(&day)) && (group.is_none() || place == Some(**of))
                    };
                    let won = || truth.iter().zip(&groups.of).filter(inside);
                    let band = expected.and_then(|of| of.bands.iter().find(|band| band.level == level));
                    cells.push(BacktestCell {
                        method: method.name().to_owned(),
                        origin: *origin,
                        start: total.start,
                        step: step + 1,
                        group: group.map(str::to_owned),
                        expected: expected.map_or(0.0, ExpectedPeriod::amount),
                        actual: won()
                            .filter_map(|(deal, _)| amounts.amount(deal).map(|(mean, _)| mean))
                            .collect::<ExactSum>()
                            .value(),
                        expected_wins: expected.map_or(0.0, ExpectedPeriod::wins),
                        actual_wins: won().count(),
                        amount: band.map_or((0.0, 0.0), |band| band.amount),
                        wins: band.map_or((0.0, 0.0), |band| band.wins),
                    });
                };
                cell(None, Some(total));
                // A group that nobody knew of then is a miss, and no excuse.
                let names: BTreeSet<&str> = forecast
                    .groups
                    .iter()
                    .map(|of| of.name.as_str())
                    .chain(groups.names.iter().map(String::as_str))
                    .collect();
                for name in names {
                    let of = forecast.groups.iter().find(|of| of.name == name);
                    cell(Some(name), of.map(|of| &of.periods[step]));
                }
            }
        }
    }
    Ok(PipelineBacktest { cells, level, skipped })
}

impl PipelineBacktest {
    /// One row per method, in the order in which they were given.
    #[must_use]
    pub fn summaries(&self) -> Vec<BacktestSummary> {
        let mut methods: Vec<&str> = self.cells.iter().map(|cell| cell.method.as_str()).collect();
        methods.dedup();
        methods.into_iter().map(|method| self.summary(method)).collect()
    }

    /// The method with the least WAPE over the periods that every method which could forecast at all has forecast; the first
    /// one of equals. `None` if that are less than three periods, or nothing was won in them.
    #[must_use]
    pub fn best(&self) -> Option<&str> {
        let mut methods: BTreeMap<&str, Vec<&BacktestCell>> = BTreeMap::new();
        let mut order: Vec<&str> = Vec::new();
        for cell in self.cells.iter().filter(|cell| cell.group.is_none()) {
            if !methods.contains_key(cell.method.as_str()) {
                order.push(&cell.method);
            }
            methods.entry(&cell.method).or_default().push(cell);
        }
        let key = |cell: &BacktestCell| (cell.origin, cell.step);
        let has = |cells: &[&BacktestCell], of: (Date, usize)| cells.iter().any(|cell| key(cell) == of);
        let mut best: Option<(&str, f64)> = None;
        for name in order {
            let cells = methods.get(name)?;
            let common: Vec<&BacktestCell> =
                cells.iter().filter(|cell| methods.values().all(|other| has(other, key(cell)))).copied().collect();
            if let Some(error) = wape(&common).filter(|_| common.len() >= FEWEST)
                && best.is_none_or(|(_, least)| error < least)
            {
                best = Some((name, error));
            }
        }
        best.map(|(name, _)| name)
    }

    fn summary(&self, method: &str) -> BacktestSummary {
        let of = |all: bool| -> Vec<&BacktestCell> {
            self.cells.iter().filter(|cell| cell.method == method && cell.group.is_none() == all).collect()
        };
        let (totals, groups) = (of(true), of(false));
        let share = |cells: &[&BacktestCell], holds: fn(&BacktestCell) -> bool| {
            let n = cells.len() as f64;
            (!cells.is_empty()).then(|| cells.iter().filter(|cell| holds(cell)).count() as f64 / n)
        };
        let errors: Vec<f64> = totals
            .iter()
            .filter(|cell| cell.actual > 0.0)
            .map(|cell| (cell.expected / cell.actual - 1.0).abs())
            .collect();
        let sum = |value: fn(&BacktestCell) -> f64| totals.iter().map(|cell| value(cell)).collect::<ExactSum>().value();
        let actual = sum(|cell| cell.actual);
        BacktestSummary {
            method: method.to_owned(),
            periods: totals.len(),
            wape: wape(&totals),
            mape: (!errors.is_empty()).then(|| errors.iter().sum::<f64>() / errors.len() as f64),
            bias: (actual > 0.0).then(|| sum(|cell| cell.expected) / actual - 1.0),
            cells: groups.len(),
            covers_amount: share(&groups, BacktestCell::covers_amount),
            covers_wins: share(&groups, BacktestCell::covers_wins),
            covers_total: share(&totals, BacktestCell::covers_amount),
        }
    }
}

fn wape(totals: &[&BacktestCell]) -> Option<f64> {
    let sum =
        |value: &dyn Fn(&BacktestCell) -> f64| totals.iter().map(|cell| value(cell)).collect::<ExactSum>().value();
    let actual = sum(&|cell| cell.actual);
    (actual > 0.0).then(|| sum(&|cell| (cell.expected - cell.actual).abs()) / actual)
}
