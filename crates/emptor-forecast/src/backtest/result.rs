//! What a backtest found.

use emptor_types::Level;

use crate::accuracy::Accuracy;
use crate::conformal::OriginErrors;
use crate::{Forecast, ForecastError};

/// A forecast from an earlier origin, and what came.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BacktestForecast {
    /// Place of the series in the panel.
    pub series: usize,
    /// Place of the method.
    pub method: usize,
    /// Periods known at the origin.
    pub origin: usize,
    /// The forecast of the judged periods.
    pub forecast: Forecast,
    /// What came.
    pub actual: Vec<f64>,
    /// How good it was.
    pub accuracy: Accuracy,
    /// How good "the same as a season ago" was from the same origin.
    pub benchmark: Accuracy,
}

/// A forecast that could not be made.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BacktestFailure {
    /// Place of the series in the panel.
    pub series: usize,
    /// Place of the method.
    pub method: usize,
    /// Periods known at the origin.
    pub origin: usize,
    /// Why.
    pub error: ForecastError,
}

/// One period of one forecast.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BacktestRow<'a> {
    /// Place of the series in the panel.
    pub series: usize,
    /// The method.
    pub method: &'a str,
    /// Periods known at the origin.
    pub origin: usize,
    /// Periods ahead of the origin, the gap included; from 1.
    pub horizon: usize,
    /// The expected value.
    pub forecast: f64,
    /// What came.
    pub actual: f64,
    /// Level, lower and upper end of every interval.
    pub bands: Vec<(Level, f64, f64)>,
}

/// How good a method was over all series and origins.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MethodSummary {
    /// The method.
    pub method: String,
    /// Its measures.
    pub accuracy: Accuracy,
    /// Those of "the same as a season ago" from the same origins.
    pub benchmark: Accuracy,
    /// By which share its MASE is below the benchmark's.
    pub skill: Option<f64>,
    /// Its overall weighted average beside the benchmark (M4's own benchmark is another: Naive2).
    pub owa: Option<f64>,
    /// Forecasts that it could not make.
    pub failures: usize,
}

/// The forecasts of a [`backtest`](super::backtest) and how good they were.
#[derive(Debug, Clone, PartialEq)]
pub struct Backtest {
    pub(super) methods: Vec<String>,
    /// Periods of each series.
    pub(super) known: Vec<usize>,
    pub(super) gap: usize,
    pub(super) forecasts: Vec<BacktestForecast>,
    pub(super) failures: Vec<BacktestFailure>,
}

impl Backtest {
    /// Names of the methods, in the order in which they were given.
    #[must_use]
    pub fn methods(&self) -> &[String] {
        &self.methods
    }

    /// All forecasts, by series, origin and method.
    #[must_use]
    pub fn forecasts(&self) -> &[BacktestForecast] {
        &self.forecasts
    }

    /// What could not be forecast, and why.
    #[must_use]
    pub fn failures(&self) -> &[BacktestFailure] {
        &self.failures
    }

    /// The table: one row per forecast and period.
    pub fn rows(&self) -> impl Iterator<Item = BacktestRow<'_>> {
        self.forecasts.iter().flat_map(|own| {
            let pairs = own.forecast.mean.iter().zip(&own.actual).enumerate();
            pairs.map(|(ahead, (forecast, actual))| BacktestRow {
                series: own.series,
                method: &self.methods[own.method],
                origin: own.origin,
                horizon: self.gap + ahead + 1,
                forecast: *forecast,
                actual: *actual,
                bands: own
                    .forecast
                    .bands
                    .iter()
                    .map(|band| (band.level, band.lower[ahead], band.upper[ahead]))
                    .collect(),
            })
        })
    }

    /// How good a method was on one series, over its origins; `None` if it made no forecast.
    #[must_use]
    pub fn accuracy(&self, series: usize, method: &str) -> Option<Accuracy> {
        let place = self.methods.iter().position(|own| own == method)?;
        let own = self.of_series(series).iter().filter(|own| own.method == place);
        Some(Accuracy::mean(own.map(|own| &own.accuracy))).filter(|accuracy| accuracy.forecasts > 0)
    }

    /// One summary per method, in their order.
    #[must_use]
    pub fn summary(&self) -> Vec<MethodSummary> {
        let summary = |(place, method): (usize, &String)| {
            let accuracy = Accuracy::mean(self.of(method).map(|own| &own.accuracy));
            let benchmark = Accuracy::mean(self.of(method).map(|own| &own.benchmark));
            MethodSummary {
                method: method.clone(),
                skill: accuracy.skill(&benchmark),
                owa: accuracy.owa(&benchmark),
                failures: self.failures.iter().filter(|failure| failure.method == place).count(),
                accuracy,
                benchmark,
            }
        };
        self.methods.iter().enumerate().map(summary).collect()
    }

    /// The errors of a method, to calibrate its intervals.
    #[must_use]
    pub fn errors(&self, method: &str) -> Vec<OriginErrors> {
        let errors = |own: &BacktestForecast| {
            OriginErrors::new(own.series, own.origin, self.known[own.series], &own.forecast, &own.actual)
        };
        self.of(method).map(errors).collect()
    }

    /// The forecasts of one series: they are in the order of series.
    pub(super) fn of_series(&self, series: usize) -> &[BacktestForecast] {
        let from = self.forecasts.partition_point(|own| own.series < series);
        let until = self.forecasts.partition_point(|own| own.series <= series);
        &self.forecasts[from..until]
    }

    fn of(&self, method: &str) -> impl Iterator<Item = &BacktestForecast> {
        let place = self.methods.iter().position(|own| own == method);
        self.forecasts.iter().filter(move |own| Some(own.method) == place)
    }
}
