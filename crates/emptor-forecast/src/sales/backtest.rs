//! How good forecasts of sales were, as they are shown: parts and totals brought together.

use std::borrow::Cow;

use emptor_types::{Invalid, Level};
use polars::prelude::{DataFrame, IntoColumn, NamedFrom, PolarsResult};
use serde::{Deserialize, Serialize};

use super::dimension::SalesDimension;
use super::flags::SalesFlag;
use super::forecast::{SalesForecast, SalesForecastSettings};
use super::newcomers::NOT_YET_SOLD;
use super::series::SalesSeries;
use crate::accuracy::Accuracy;
use crate::{Forecast, ForecastError, Method, Series};

/// From where the past is forecast.
///
/// ```
/// use emptor_forecast::sales::SalesBacktestSettings;
///
/// let settings = SalesBacktestSettings { origins: 12, ..SalesBacktestSettings::default() };
/// assert_eq!((settings.step, settings.most_series), (1, 20_000));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SalesBacktestSettings {
    /// Origins, at most; 6.
    pub origins: usize,
    /// Periods from one origin to the next; 1.
    pub step: usize,
    /// Periods that must be known at an origin; 8.
    pub least_periods: usize,
    /// Series of which every one is forecast by itself, the greatest at the origin; 20,000. The smaller ones of every whole are
    /// added up, so that a hundred thousand products do not take an hour.
    pub most_series: usize,
}

impl Default for SalesBacktestSettings {
    fn default() -> Self {
        Self { origins: 6, step: 1, least_periods: 8, most_series: 20_000 }
    }
}

impl SalesBacktestSettings {
    fn check(&self) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        for (name, value) in [
            ("origins", self.origins),
            ("step", self.step),
            ("least_periods", self.least_periods),
            ("most_series", self.most_series),
        ] {
            checks.require(value > 0, name, "must be at least 1", value);
        }
        checks.finish()
    }
}

/// How good a method was on the total, or on the parts by a dimension, over all origins.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SalesAccuracy {
    /// The method.
    pub method: Method,
    /// The parts by this dimension (within those before it); the total for `None`.
    pub of: Option<SalesDimension>,
    /// The measures: errors in all over what came in all ([`Accuracy::wape`]), and so on.
    pub accuracy: Accuracy,
}

impl SalesAccuracy {
    /// By which share of what came the forecasts were too high, in all: 0.05 is a twentieth too high.
    #[must_use]
    pub fn bias(&self) -> Option<f64> {
        self.accuracy.sum_ratio.map(|ratio| ratio - 1.0)
    }
}

/// The forecast of the total from an earlier origin, and what came.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TriedTotal {
    /// The method.
    pub method: Method,
    /// Periods known at the origin.
    pub known: usize,
    /// The forecast, agreeing with its parts.
    pub forecast: Forecast,
    /// What came.
    pub actual: Vec<f64>,
}

/// How good forecasts from earlier origins were: those that a user would have been shown, totals and parts agreeing.
///
/// What it answers: can this forecast be believed, and is it better than "as a season before"? At every origin the series are
/// cut off, members that were not sold by then are not known, and [`SalesForecast::of`] forecasts what is left: by the method
/// of the settings, and by the naive method, seasonal where a season is known at the first origin. The total and the parts
/// of every dimension are judged apart: the errors of ten thousand products say nothing about the total, nor the other way
/// round.
///
/// ```
/// use emptor_forecast::Method;
/// use emptor_forecast::sales::{
///     SalesBacktest, SalesBacktestSettings, SalesForecast, SalesForecastSettings, SalesSeries, SalesSettings,
/// };
/// use emptor_table::polars::df;
/// use emptor_table::{Tables, TransactionColumns, Transactions};
/// use emptor_types::period::Grain;
///
/// let days: Vec<String> = (0..36).flat_map(|m| ["01", "28"].map(|d| format!("{}-{:02}-{d}", 2022 + m / 12, m % 12 + 1))).collect();
/// let paid: Vec<f64> = (0..72).map(|line| f64::from(100 + line % 7)).collect();
/// let lines = df!("who" => vec![1_i64; 72], "day" => days, "paid" => paid)?;
/// let tables = Tables::new(Transactions::from_frame(lines, &TransactionColumns::new("who", "day").amount("paid"))?);
/// let sales = SalesSeries::of(&tables, &SalesSettings::new(Grain::Month, "2024-12-31".parse()?)?, None)?;
/// let mut settings = SalesForecastSettings::new(3, &[]);
/// let past = SalesBacktest::of(&sales, &settings, &SalesBacktestSettings::default())?;
/// assert_eq!((past.methods(), past.origins().len()), ([Method::Automatic, Method::SeasonalNaive], 6));
/// assert!(past.total(Method::Automatic).and_then(|total| total.accuracy.wape).is_some_and(|error| error < 0.05));
/// // What the past prefers, and what it warns of.
/// settings.panel.method = past.best();
/// let ahead = SalesForecast::of(&sales, &settings)?.with_backtest(&past);
/// assert!(ahead.flags().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SalesBacktest {
    methods: [Method; 2],
    origins: Vec<usize>,
    rows: Vec<SalesAccuracy>,
    totals: Vec<TriedTotal>,
}

/// By how much an interval's share must fall short of its level, in standard errors of a share of the origins, to be flagged.
const CLEARLY: f64 = 2.0;

impl SalesBacktest {
    /// Forecasts the past.
    ///
    /// # Errors
    /// If a setting breaks its rule, too few periods are known for a single origin ([`ForecastError::TooShort`]), or the sales
    /// known at an origin cannot be forecast.
    pub fn of(
        sales: &SalesSeries,
        settings: &SalesForecastSettings,
        origins: &SalesBacktestSettings,
    ) -> Result<Self, ForecastError> {
        origins.check()?;
        let periods = sales.periods().len();
        let last = periods.checked_sub(settings.horizon).filter(|last| *last >= origins.least_periods);
        let needed = settings.horizon.saturating_add(origins.least_periods);
        let too_short = || ForecastError::TooShort { method: "a backtest of sales".to_owned(), needed, found: periods };
        let last = last.ok_or_else(too_short)?;
        let earlier = |origin: &usize| origin.checked_sub(origins.step).filter(|at| *at >= origins.least_periods);
        let mut from: Vec<usize> = std::iter::successors(Some(last), earlier).take(origins.origins).collect();
        from.reverse();

        let season = sales.calendar().season();
        let has_season = season > 1 && from.first().is_some_and(|first| *first >= season);
        let naive = if has_season { Method::SeasonalNaive } else { Method::Naive };
        let methods = [settings.panel.method, naive];
        let depths = sales.by().len() + 1;
        let (mut measured, mut totals) = (vec![Vec::new(); 2 * depths], Vec::new());
        for &origin in &from {
            let whole = joined(sales, origin, origins.most_series);
            let Some(known) = whole.known_at(origin) else { continue };
            let came: Vec<SalesSeries> = (0..depths).map(|depth| whole.rolled_up(depth)).collect();
            for (place, method) in methods.into_iter().enumerate() {
                let mut spec = settings.clone();
                spec.panel.method = method;
                let ahead = SalesForecast::of(&known, &spec)?;
                for node in ahead.nodes() {
                    let depth = node.member.len();
                    let actual = match node.member.iter().position(|name| name == NOT_YET_SOLD) {
                        None => came[depth].coming(&node.member, origin, settings.horizon),
                        Some(at) => came[at + 1].coming_new(&node.member[..at], origin, settings.horizon),
                    };
                    let Some(actual) = actual else { continue };
                    let accuracy = Accuracy::measure(&Series::new(&node.history, season)?, &actual, &node.forecast);
                    measured[place * depths + depth].push(accuracy);
                    if depth == 0 {
                        totals.push(TriedTotal { method, known: origin, forecast: node.forecast.clone(), actual });
                    }
                }
            }
        }
        let row = |(at, measured): (usize, Vec<Accuracy>)| SalesAccuracy {
            method: methods[at / depths],
            of: (at % depths).checked_sub(1).map(|place| sales.by()[place]),
            accuracy: Accuracy::mean(&measured),
        };
        let rows = measured.into_iter().enumerate().map(row).collect();
        Ok(Self { methods, origins: from, rows, totals })
    }

    /// The method of the settings, and the naive one.
    #[must_use]
    pub fn methods(&self) -> [Method; 2] {
        self.methods
    }

    /// Periods known at every origin, ascending.
    #[must_use]
    pub fn origins(&self) -> &[usize] {
        &self.origins
    }

    /// By method, then the total, then the parts of every dimension.
    #[must_use]
    pub fn rows(&self) -> &[SalesAccuracy] {
        &self.rows
    }

    /// How good a method was on the total.
    #[must_use]
    pub fn total(&self, method: Method) -> Option<&SalesAccuracy> {
        self.rows.iter().find(|row| row.method == method && row.of.is_none())
    }

    /// How good a method was on the finest parts; `None` where there is the total alone.
    #[must_use]
    pub fn parts(&self, method: Method) -> Option<&SalesAccuracy> {
        self.rows.iter().rfind(|row| row.method == method && row.of.is_some())
    }

    /// The forecasts of the total, by origin, then by method.
    #[must_use]
    pub fn totals(&self) -> &[TriedTotal] {
        &self.totals
    }

    /// By how much the intervals of the total at a level, by the method of the settings, would have had to be wider to hold as often as they say, from all
    /// origins and periods ahead together: the quantile of `|came − forecast| / half-width` on the side where it came, and at
    /// least 1. `None` if there were no intervals at the level.
    #[must_use]
    pub fn widening(&self, level: Level) -> Option<f64> {
        self.widening_of(self.methods[0], level)
    }

    pub(super) fn widening_of(&self, method: Method, level: Level) -> Option<f64> {
        let mut needed = Vec::new();
        for tried in self.totals.iter().filter(|tried| tried.method == method) {
            let (mean, band) = (&tried.forecast.mean, tried.forecast.band(level)?);
            for ((came, mean), (lower, upper)) in tried.actual.iter().zip(mean).zip(band.lower.iter().zip(&band.upper))
            {
                let half = if came > mean { upper - mean } else { mean - lower };
                needed.push(if half > 0.0 { (came - mean).abs() / half } else { 1.0 });
            }
        }
        needed.sort_unstable_by(f64::total_cmp);
        let last = needed.len().checked_sub(1)?;
        let place = (level.get() * needed.len() as f64).ceil() as usize;
        Some(needed[place.saturating_sub(1).min(last)].max(1.0))
    }

    /// How good a method was on the nodes of so many dimensions: 0 the total.
    #[must_use]
    pub fn at(&self, method: Method, dimensions: usize) -> Option<&SalesAccuracy> {
        self.rows.iter().filter(|row| row.method == method).nth(dimensions)
    }

    /// The method with the least error of the total; that of the settings unless the naive one is better.
    #[must_use]
    pub fn best(&self) -> Method {
        let [own, naive] = self.methods;
        let error = |method| self.total(method).and_then(|row| row.accuracy.wape);
        match (error(own), error(naive)) {
            (Some(of_own), Some(of_naive)) if of_naive < of_own => naive,
            _ => own,
        }
    }

    /// What the past warns of in the method of the settings: errors above those of the naive method, and intervals of the total
    /// that held less often than they say, beyond what chance does to as many origins.
    #[must_use]
    pub fn flags(&self) -> Vec<SalesFlag> {
        self.flags_of(self.methods[0])
    }

    pub(super) fn flags_of(&self, method: Method) -> Vec<SalesFlag> {
        let naive = self.methods[1];
        let mut flags = Vec::new();
        let of = |method: Method| self.rows.iter().filter(move |row| row.method == method);
        for (row, benchmark) in of(method).zip(of(naive)).filter(|_| method != naive) {
            let errors = row.accuracy.wape.zip(benchmark.accuracy.wape);
            if let Some((error, naive_error)) = errors.filter(|(own, naive)| own > naive) {
                flags.push(SalesFlag::WorseThanNaive { of: row.of, naive, error, naive_error });
            }
        }
        for interval in self.total(method).iter().flat_map(|total| &total.accuracy.intervals) {
            let Some(coverage) = interval.coverage else { continue };
            let level = interval.level.get();
            // Periods ahead of one origin err together: they count as one draw.
            let chance = (level * (1.0 - level) / self.origins.len() as f64).sqrt();
            if coverage < level - CLEARLY * chance {
                let (level, periods) = (interval.level, interval.periods);
                flags.push(SalesFlag::IntervalTooNarrow { level, coverage, periods });
            }
        }
        flags
    }

    /// One row per method and level: `method`, `level` (`total`, or the dimension), `origins`, `forecasts`, `wape`, `bias`,
    /// `mase`, and `coverage_80` for a level of 80 %, and so on.
    ///
    /// # Errors
    /// If the engine cannot make the table.
    pub fn table(&self) -> PolarsResult<DataFrame> {
        let text = |name: &str, of: &dyn Fn(&SalesAccuracy) -> &'static str| {
            let values: Vec<&str> = self.rows.iter().map(of).collect();
            polars::prelude::Series::new(name.into(), values).into_column()
        };
        let count = |name: &str, of: &dyn Fn(&SalesAccuracy) -> usize| {
            let values: Vec<u64> = self.rows.iter().map(|row| of(row) as u64).collect();
            polars::prelude::Series::new(name.into(), values).into_column()
        };
        let number = |name: &str, of: &dyn Fn(&SalesAccuracy) -> Option<f64>| {
            let values: Vec<Option<f64>> = self.rows.iter().map(of).collect();
            polars::prelude::Series::new(name.into(), values).into_column()
        };
        let mut columns = vec![
            text("method", &|row| row.method.name()),
            text("level", &|row| row.of.map_or("total", SalesDimension::name)),
            count("origins", &|_| self.origins.len()),
            count("forecasts", &|row| row.accuracy.forecasts),
            number("wape", &|row| row.accuracy.wape),
            number("bias", &SalesAccuracy::bias),
            number("mase", &|row| row.accuracy.mase),
        ];
        for (at, interval) in self.rows.first().iter().flat_map(|row| &row.accuracy.intervals).enumerate() {
            let name = format!("coverage_{}", super::forecast::percent(interval.level));
            columns.push(number(&name, &|row| row.accuracy.intervals.get(at)?.coverage));
        }
        DataFrame::new(self.rows.len(), columns)
    }
}

/// The sales with all but the greatest members known at an origin added up.
fn joined(sales: &SalesSeries, origin: usize, most: usize) -> Cow<'_, SalesSeries> {
    if sales.count() > most { Cow::Owned(sales.joined(origin, most)) } else { Cow::Borrowed(sales) }
}
