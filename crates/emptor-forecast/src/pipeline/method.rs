//! What every method of forecasting a pipeline answers.

use std::fmt::Debug;

use emptor_types::period::{Grain, Period};
use emptor_types::{Date, Invalid, Level};
use serde::{Deserialize, Serialize};

use super::deals::DealSegment;
use super::snapshot::Snapshot;
use super::treat::DealFlag;
use crate::ForecastError;

/// The furthest horizon, in days: about thirty years.
const LONGEST: i32 = 11_000;
/// What deals are said to belong to that do not say it.
pub(super) const UNKNOWN: &str = "__unknown__";

/// A method that says what a pipeline will bring.
pub trait PipelineMethod: Debug + Send + Sync {
    /// Its name in tables, e.g. `age_hazard`.
    fn name(&self) -> &'static str;

    /// What is won in the periods ahead, the one first that has the day after the snapshot.
    ///
    /// # Errors
    /// If the deals cannot carry the method, or settings break their rules.
    fn forecast(&self, snapshot: &Snapshot<'_>, ahead: &Ahead) -> Result<PipelineForecast, ForecastError>;
}

/// What is asked for.
///
/// ```
/// use emptor_forecast::pipeline::Ahead;
/// use emptor_types::period::Grain;
///
/// let ahead = Ahead { seed: 7, ..Ahead::new(Grain::Month, 2)? };
/// let periods = ahead.periods("2024-05-31".parse()?)?;
/// assert_eq!((periods.len(), periods[0].start.to_string()), (2, "2024-06-01".to_owned()));
/// # Ok::<(), emptor_forecast::ForecastError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Ahead {
    /// The grain of the periods.
    pub grain: Grain,
    /// How many of them.
    pub horizon: usize,
    /// By what the forecast is broken down.
    pub by: DealSegment,
    /// Levels of the intervals: 0.80.
    pub levels: Vec<Level>,
    /// Draws of the simulation: 1,000.
    pub draws: usize,
    /// Its seed.
    pub seed: u64,
}

impl Ahead {
    /// So many periods, broken down by product, with intervals at 80 %.
    ///
    /// # Errors
    /// Unless there is at least one period of a calendar grain.
    pub fn new(grain: Grain, horizon: usize) -> Result<Self, ForecastError> {
        let levels = vec![Level::new(0.8)?];
        let ahead = Self { grain, horizon, by: DealSegment::Product, levels, draws: 1_000, seed: 1 };
        ahead.check()?;
        Ok(ahead)
    }

    /// Checks what is asked for.
    ///
    /// # Errors
    /// All violations.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        checks.require(
            self.grain != Grain::Window,
            "grain",
            "must be days, weeks, months, quarters or years",
            self.grain,
        );
        checks.require(
            (1..=10_000).contains(&self.horizon),
            "horizon",
            "must be from 1 to 10000 periods",
            self.horizon,
        );
        checks.require((10..=1_000_000).contains(&self.draws), "draws", "must be from 10 to 1000000", self.draws);
        checks.finish()
    }

    /// The periods ahead of a day: the first one has the day after it.
    ///
    /// # Errors
    /// If they end more than 11,000 days later, or beyond the calendar.
    pub fn periods(&self, as_of: Date) -> Result<Vec<Period>, ForecastError> {
        self.check()?;
        let first = self.grain.start(as_of.plus_days(1))?;
        let mut last = first;
        for _ in 1..self.horizon {
            last = self.grain.next(last)?;
            if last.days_since_epoch() - first.days_since_epoch() > LONGEST {
                return Err(Invalid::value("horizon", "must end within 11000 days", self.horizon).into());
            }
        }
        Ok(self.grain.over(first, self.grain.next(last)?.plus_days(-1))?)
    }
}

/// Between what values the wins of a period lie with a probability: those so far included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PipelineBand {
    /// The probability.
    pub level: Level,
    /// Ends of the amount.
    pub amount: (f64, f64),
    /// Ends of the number of wins.
    pub wins: (f64, f64),
}

/// What a period is expected to bring: what is won, what open deals and what deals not yet created will bring.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExpectedPeriod {
    /// First day of the period.
    pub start: Date,
    /// Last day of it.
    pub end: Date,
    /// Amount won in it so far.
    pub won: f64,
    /// Expected amount of the deals that are open now.
    pub open: f64,
    /// Expected amount of deals that are not created yet; 0 for methods that know none.
    pub fresh: f64,
    /// Wins so far.
    pub won_count: usize,
    /// Expected wins of open deals.
    pub open_wins: f64,
    /// Expected wins of deals that are not created yet.
    pub fresh_wins: f64,
    /// Amount of the open deals that count in the period; all of them for methods that do not go by dates.
    pub pipeline: f64,
    /// How many open deals that is: one without an expected close counts in parts.
    pub deals: f64,
    /// Intervals, in the order of the levels that were asked for.
    pub bands: Vec<PipelineBand>,
}

impl ExpectedPeriod {
    /// What the period is expected to bring in all.
    #[must_use]
    pub fn amount(&self) -> f64 {
        self.won + self.open + self.fresh
    }

    /// The wins that it is expected to have in all.
    #[must_use]
    pub fn wins(&self) -> f64 {
        self.won_count as f64 + self.open_wins + self.fresh_wins
    }
}

/// What a group of deals is expected to bring.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GroupForecast {
    /// The group; `__unknown__` for deals that do not say.
    pub name: String,
    /// Its periods.
    pub periods: Vec<ExpectedPeriod>,
}

/// How often something was missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Flagged {
    /// What.
    pub flag: DealFlag,
    /// In how many deals.
    pub deals: usize,
}

/// What a pipeline is expected to bring.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PipelineForecast {
    /// The method.
    pub method: String,
    /// All deals, by period. Amounts are the sums of those of the groups.
    pub total: Vec<ExpectedPeriod>,
    /// The same by group, in the order of their names.
    pub groups: Vec<GroupForecast>,
    /// What was missing.
    pub flags: Vec<Flagged>,
}

impl PipelineForecast {
    /// The period that starts on a day.
    #[must_use]
    pub fn period(&self, start: Date) -> Option<&ExpectedPeriod> {
        self.total.iter().find(|period| period.start == start)
    }
}
