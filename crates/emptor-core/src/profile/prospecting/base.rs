//! The customer base ahead, by segment.

use std::collections::HashMap;

use emptor_rfm::{PurchaseLedger, RfmTable, ScoreOptions, Segment};
use polars::prelude::DataType;

use super::super::ProfileError;
use super::super::input::ProfileInput;
use super::super::section::{Gap, ResultTable};
use super::acquisition::ahead;
use super::build::Build;
use super::migration::{Migration, MigrationBacktest, MigrationForecast, MigrationModel};
use super::settings::ProspectingSettings;
use crate::period::Period;

/// Fewest migrations seen that a forecast is made of.
const FEWEST: usize = 2;

/// Where a customer is: not a customer yet, lost, or in a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    None,
    Lost,
    In(usize),
}

/// The base of every period's end, its forecast and how it did.
pub(super) struct Base {
    segments: Vec<Segment>,
    periods: Vec<Period>,
    pub(super) forecast: MigrationForecast,
    pub(super) backtest: MigrationBacktest,
    pub(super) start: Vec<u64>,
    pub(super) migrations: usize,
}

impl Base {
    /// The forecast from the RFM segments at the ends of the complete periods of the window. The bounds of the scores are
    /// those of the last end, for all ends: a segment means the same in every period.
    pub(super) fn of(
        input: &ProfileInput<'_>,
        settings: &ProspectingSettings,
        gaps: &mut Vec<Gap>,
    ) -> Result<Option<Self>, ProfileError> {
        let grain = input.window.grain();
        let periods: Vec<Period> = input.window.periods()?.into_iter().filter(|period| !period.is_partial).collect();
        let first = periods.len().saturating_sub(settings.migration_periods);
        let periods = &periods[first..];
        if periods.len() < FEWEST {
            let reason = format!("migration needs at least {FEWEST} complete periods in the window");
            gaps.push(Gap::new("customer_forecast", [], reason));
            return Ok(None);
        }
        let ledger = PurchaseLedger::collect(input.tables.transactions())?;
        let mut ends: Vec<_> = vec![periods[0].start.plus_days(-1)];
        ends.extend(periods.iter().map(|period| period.end));
        let last = RfmTable::from_ledger(&ledger, ends[ends.len() - 1])?.score(&ScoreOptions::default())?;
        let mut options = ScoreOptions::default();
        if let [Some(days), Some(purchases), Some(spend)] = last.cuts() {
            options = options.recency_cuts(days).purchase_cuts(purchases).spend_cuts(spend);
        }
        let names = ledger.customers().cast(&DataType::String)?;
        let rows: HashMap<&str, usize> =
            names.str()?.iter().enumerate().filter_map(|(row, name)| Some((name?, row))).collect();
        let mut states: Vec<Vec<State>> = Vec::with_capacity(ends.len());
        for end in &ends {
            let mut at = vec![State::None; rows.len()];
            let table = RfmTable::from_ledger(&ledger, *end)?;
            let scores = table.score(&options)?;
            let known = table.customers().cast(&DataType::String)?;
            for (i, name) in known.str()?.iter().enumerate() {
                let (Some(days), Some(row)) = (table.days_since_last()[i], name.and_then(|name| rows.get(name))) else {
                    continue;
                };
                let segment = scores.segments()[i];
                let place = Segment::ALL.iter().position(|s| *s == segment).unwrap_or_default();
                let lost = days > settings.lost_after || segment == Segment::Lost;
                at[*row] = if lost { State::Lost } else { State::In(place) };
            }
            states.push(at);
        }
        let segments: Vec<Segment> = Segment::ALL
            .into_iter()
            .enumerate()
            .filter(|(place, _)| states.iter().any(|at| at.contains(&State::In(*place))))
            .map(|(_, segment)| segment)
            .collect();
        if segments.is_empty() {
            gaps.push(Gap::new(
                "customer_forecast",
                [],
                "no customer bought before the end of the last complete period",
            ));
            return Ok(None);
        }
        let place = |state: State| match state {
            State::In(place) => segments.iter().position(|segment| *segment == Segment::ALL[place]),
            State::None | State::Lost => None,
        };
        let width = segments.len() + 1;
        let seen: Vec<Migration> = states
            .windows(2)
            .map(|pair| {
                let mut migration =
                    Migration { moves: vec![0; segments.len() * width], arrivals: vec![0; segments.len()] };
                for (from, to) in pair[0].iter().zip(&pair[1]) {
                    match (place(*from), place(*to)) {
                        (Some(from), to) => migration.moves[from * width + to.unwrap_or(segments.len())] += 1,
                        (None, Some(to)) => migration.arrivals[to] += 1,
                        (None, None) => {}
                    }
                }
                migration
            })
            .collect();
        let stocks: Vec<Vec<u64>> = states
            .iter()
            .map(|at| {
                let mut stock = vec![0; segments.len()];
                at.iter().filter_map(|state| place(*state)).for_each(|place| stock[place] += 1);
                stock
            })
            .collect();
        let (level, migrations) = (settings.level()?, seen.len());
        let model = MigrationModel::new(segments.len(), seen)?;
        let start = stocks[stocks.len() - 1].clone();
        let forecast = model.forecast(&start, settings.horizon, level, settings.draws, settings.seed);
        let shortest = settings.shortest.min(migrations.saturating_sub(1));
        let backtest = model.backtest(&stocks, shortest, level, settings.draws, settings.seed);
        let periods = ahead(grain, periods[periods.len() - 1], settings.horizon)?;
        Ok(Some(Self { segments, periods, forecast, backtest, start, migrations }))
    }

    /// One row per period ahead and segment, and for all segments together.
    pub(super) fn table(&self) -> Result<ResultTable, ProfileError> {
        let (each, all) = (self.segments.len() + 1, "__all__".to_owned());
        let at = |row: usize| {
            let (period, segment) = (row / each, row % each);
            self.forecast.segments[period].get(segment).unwrap_or(&self.forecast.total[period])
        };
        let table = Build::new(self.periods.len() * each)
            .day("period_start", "first day of the period ahead", |row| {
                Some(self.periods[row / each].start.days_since_epoch())
            })
            .text("segment", "RFM segment; `__all__` for all together", |row| {
                Some(self.segments.get(row % each).map_or(all.clone(), |segment| segment.name().to_owned()))
            })
            .number("n_new", "customers", "arrivals: new customers, and lost ones who come back", |row| {
                Some(at(row).arrived)
            })
            .number("n_lost", "customers", "customers of the segment who are lost", |row| Some(at(row).lost))
            .number("n_end", "customers", "customers at the end of the period", |row| Some(at(row).end))
            .number("lo", "customers", "lower end of the interval of n_end, by simulation", |row| Some(at(row).low))
            .number("hi", "customers", "upper end of it", |row| Some(at(row).high))
            .text("method", "how it was forecast", |_| Some("migration of RFM segments".to_owned()))
            .number("wape_backtest", "share", "past error one period ahead, as a share of what came", |row| {
                self.backtest.segments.get(row % each).map_or(self.backtest.total, |error| *error)
            })
            .number("wape_naive", "share", "past error of: as many as there were; for all segments together", |row| {
                self.backtest.total_naive.filter(|_| row % each == self.segments.len())
            });
        let mut table = table.table(
            "customer_forecast",
            "One row per period ahead and RFM segment: customers that arrive, are lost and are there at its end; lost ones \
             stay lost, and come back as arrivals.",
        )?;
        if let Some(inside) = self.backtest.inside {
            let flag = format!("interval held in {:.0} % of {} past periods", 100.0 * inside, self.backtest.origins);
            table = table.with_flag(flag);
        }
        if self.migrations < 4 {
            table = table.with_flag(format!("low_support: {} periods of migration", self.migrations));
        }
        Ok(table)
    }

    /// Customers now.
    pub(super) fn now(&self) -> u64 {
        self.start.iter().sum()
    }
}
