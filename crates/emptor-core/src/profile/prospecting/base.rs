//! The customer base ahead, by segment.

use std::collections::HashMap;

use emptor_rfm::{PurchaseLedger, RfmTable, ScoreOptions, Segment};
use emptor_types::{Date, Invalid};
use polars::prelude::DataType;

use super::super::ProfileError;
use super::super::input::ProfileInput;
use super::super::section::{Gap, ResultTable};
use super::acquisition::{ahead, is_left_censored};
use super::build::Build;
use super::migration::{Migration, MigrationBacktest, MigrationForecast, MigrationModel, Origin};
use super::settings::ProspectingSettings;
use crate::period::Period;

/// Fewest migrations seen that a forecast is made of.
const FEWEST: usize = 2;

const SEGMENTS: usize = Segment::ALL.len();

/// The customers at the end of a period.
struct End {
    table: RfmTable,
    /// Their places among all customers.
    rows: Vec<Option<usize>>,
}

impl End {
    fn of(ledger: &PurchaseLedger, day: Date, rows: &HashMap<&str, usize>) -> Result<Self, ProfileError> {
        let table = RfmTable::from_ledger(ledger, day)?;
        let names = table.customers().cast(&DataType::String)?;
        let rows = names.str()?.iter().map(|name| name.and_then(|name| rows.get(name)).copied()).collect();
        Ok(Self { table, rows })
    }

    /// The bounds of the scores as of this day.
    fn bounds(&self) -> Result<ScoreOptions, ProfileError> {
        let options = ScoreOptions::default();
        Ok(match self.table.score(&options)?.cuts() {
            [Some(days), Some(purchases), Some(spend)] => {
                options.recency_cuts(days).purchase_cuts(purchases).spend_cuts(spend)
            }
            _ => options,
        })
    }

    /// The segment of each of so many customers; `None` where he is lost, or no customer yet.
    fn segments(
        &self,
        bounds: &ScoreOptions,
        customers: usize,
        lost_after: i32,
    ) -> Result<Vec<Option<usize>>, ProfileError> {
        let scores = self.table.score(bounds)?;
        let mut at = vec![None; customers];
        let cells = self.table.days_since_last().iter().zip(&self.rows).zip(scores.segments());
        for ((days, row), segment) in cells {
            if let (Some(days), Some(row)) = (days, row) {
                let lost = *days > lost_after || *segment == Segment::Lost;
                at[*row] = Segment::ALL.iter().position(|s| s == segment).filter(|_| !lost);
            }
        }
        Ok(at)
    }
}

/// What happened between ends of periods, by the bounds of one of them: a segment means the same in every period.
struct Seen {
    migrations: Vec<Migration>,
    stocks: Vec<Vec<u64>>,
}

impl Seen {
    fn of(ends: &[End], by: usize, customers: usize, lost_after: i32) -> Result<Self, ProfileError> {
        let bounds = ends[by].bounds()?;
        let states: Vec<_> =
            ends.iter().map(|end| end.segments(&bounds, customers, lost_after)).collect::<Result<_, _>>()?;
        let width = SEGMENTS + 1;
        let migration = |pair: &[Vec<Option<usize>>]| {
            let mut migration = Migration { moves: vec![0; SEGMENTS * width], arrivals: vec![0; SEGMENTS] };
            for (from, to) in pair[0].iter().zip(&pair[1]) {
                match (*from, *to) {
                    (Some(from), to) => migration.moves[from * width + to.unwrap_or(SEGMENTS)] += 1,
                    (None, Some(to)) => migration.arrivals[to] += 1,
                    (None, None) => {}
                }
            }
            migration
        };
        let stock = |at: &Vec<Option<usize>>| {
            let mut stock = vec![0; SEGMENTS];
            at.iter().flatten().for_each(|place| stock[*place] += 1);
            stock
        };
        Ok(Self { migrations: states.windows(2).map(migration).collect(), stocks: states.iter().map(stock).collect() })
    }
}

/// The base of every period's end, its forecast and how it did.
pub(super) struct Base {
    /// The segments that ever had customers, by their place.
    segments: Vec<usize>,
    periods: Vec<Period>,
    pub(super) forecast: MigrationForecast,
    pub(super) backtest: MigrationBacktest,
    pub(super) start: Vec<u64>,
    pub(super) migrations: usize,
    /// The last day of the last complete period.
    pub(super) today: Date,
    /// First periods whose arrivals are not counted.
    pub(super) censored: usize,
}

impl Base {
    /// The forecast from the RFM segments at the ends of the complete periods of the window. The bounds of the scores are
    /// those of the last end, for all ends; in the backtest, those of the end that is forecast from.
    pub(super) fn of(
        input: &ProfileInput<'_>,
        settings: &ProspectingSettings,
        first_day: Option<i32>,
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
        let names = ledger.customers().cast(&DataType::String)?;
        let rows: HashMap<&str, usize> =
            names.str()?.iter().enumerate().filter_map(|(row, name)| Some((name?, row))).collect();
        let ends: Vec<End> = ends.into_iter().map(|end| End::of(&ledger, end, &rows)).collect::<Result<_, _>>()?;
        let last = ends.len() - 1;
        let now = Seen::of(&ends, last, rows.len(), settings.lost_after)?;
        let segments: Vec<usize> =
            (0..SEGMENTS).filter(|place| now.stocks.iter().any(|stock| stock[*place] > 0)).collect();
        if segments.is_empty() {
            gaps.push(Gap::new(
                "customer_forecast",
                [],
                "no customer bought before the end of the last complete period",
            ));
            return Ok(None);
        }
        let (level, migrations) = (settings.level()?, now.migrations.len());
        let young = |period: &&Period| first_day.is_some_and(|first| is_left_censored(first, period.start));
        let censored = periods.iter().take_while(young).count().min(migrations / 2);
        let model = |seen: Vec<Migration>| -> Result<MigrationModel, Invalid> {
            Ok(MigrationModel::new(SEGMENTS, seen)?.without_first_arrivals(censored))
        };
        let start = now.stocks[last].clone();
        let forecast = model(now.migrations)?.forecast(&start, settings.horizon, level, settings.draws, settings.seed);
        let shortest = settings.shortest.min(migrations.saturating_sub(1)).max(1);
        let mut origins = Vec::with_capacity(migrations.saturating_sub(shortest));
        for origin in shortest..migrations {
            // The bounds of that day: later ones would know what came.
            let Seen { mut migrations, mut stocks } =
                Seen::of(&ends[..=origin + 1], origin, rows.len(), settings.lost_after)?;
            migrations.pop();
            let came = stocks.pop().unwrap_or_default();
            let start = stocks.pop().unwrap_or_default();
            let seed = settings.seed.wrapping_add(origin as u64);
            origins.push(Origin { model: model(migrations)?, start, came, seed });
        }
        let backtest = MigrationBacktest::of(SEGMENTS, origins.into_iter(), level, settings.draws);
        let from = periods[periods.len() - 1];
        let periods = ahead(grain, from, settings.horizon)?;
        Ok(Some(Self { segments, periods, forecast, backtest, start, migrations, today: from.end, censored }))
    }

    /// One row per period ahead and segment, and for all segments together.
    pub(super) fn table(&self) -> Result<ResultTable, ProfileError> {
        let (each, all) = (self.segments.len() + 1, "__all__".to_owned());
        let at = |row: usize| {
            let (period, segment) = (row / each, row % each);
            let of = self.segments.get(segment).and_then(|place| self.forecast.segments[period].get(*place));
            of.unwrap_or(&self.forecast.total[period])
        };
        let table = Build::new(self.periods.len() * each)
            .day("period_start", "first day of the period ahead", |row| {
                Some(self.periods[row / each].start.days_since_epoch())
            })
            .text("segment", "RFM segment; `__all__` for all together", |row| {
                Some(self.segments.get(row % each).map_or(all.clone(), |place| Segment::ALL[*place].name().to_owned()))
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
                let of = self.segments.get(row % each).and_then(|place| self.backtest.segments.get(*place));
                of.map_or(self.backtest.total, |error| *error)
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
        if self.censored > 0 {
            table = table.with_flag(format!("left_censored: arrivals of the first {} periods left out", self.censored));
        }
        if self.migrations < 4 {
            table = table.with_flag(format!("low_support: {} periods of migration", self.migrations));
        }
        Ok(table)
    }

    /// The end of the last period ahead.
    pub(super) fn until(&self) -> Option<Date> {
        self.periods.last().map(|period| period.end)
    }

    /// Customers now.
    pub(super) fn now(&self) -> u64 {
        self.start.iter().sum()
    }
}
