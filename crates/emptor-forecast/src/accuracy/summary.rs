//! All measures of a forecast, and of many.

use emptor_types::Level;
use serde::{Deserialize, Serialize};

use super::points::{mean, pairs};
use super::{coverage, mae, mase, mean_error, msis, rmse, rmsse, smape, winkler};
use crate::{Forecast, Series};

/// How good a forecast was, or, by [`Accuracy::mean`], how good many were.
///
/// ```
/// use emptor_forecast::accuracy::Accuracy;
/// use emptor_forecast::{Forecast, Series};
///
/// let training = [10.0, 12.0, 11.0, 13.0];
/// let accuracy = Accuracy::measure(&Series::new(&training, 1)?, &[14.0, 12.0], &Forecast::of("naive", vec![13.0; 2]));
/// assert_eq!((accuracy.mae, accuracy.mean_error, accuracy.sum_ratio), (Some(1.0), Some(0.0), Some(1.0)));
/// assert_eq!(accuracy.mase, Some(0.6)); // the naive error inside is 5/3
/// # Ok::<(), emptor_forecast::ForecastError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Accuracy {
    /// Forecasts in the measures: one of each origin of each series.
    pub forecasts: usize,
    /// Of them, those with a [`mase`].
    pub scaled: usize,
    /// Periods for which it is known what came.
    pub periods: usize,
    /// What came, in all.
    pub total_actual: f64,
    /// The sizes of what came, in all.
    pub total_size: f64,
    /// What was forecast, in all.
    pub total_forecast: f64,
    /// The sizes of the errors, in all.
    pub total_error: f64,
    /// [`mae`].
    pub mae: Option<f64>,
    /// [`rmse`].
    pub rmse: Option<f64>,
    /// [`smape`], in percent.
    pub smape: Option<f64>,
    /// [`mase`] with the season of the series.
    pub mase: Option<f64>,
    /// [`rmsse`] with the season of the series.
    pub rmsse: Option<f64>,
    /// [`wape`](super::wape); of many, their errors in all over what came in all.
    pub wape: Option<f64>,
    /// [`mean_error`]: above 0 it was too high.
    pub mean_error: Option<f64>,
    /// [`sum_ratio`](super::sum_ratio); of many, their sums.
    pub sum_ratio: Option<f64>,
    /// How good the intervals were, by level.
    pub intervals: Vec<IntervalAccuracy>,
}

/// How good the intervals at a level were.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IntervalAccuracy {
    /// The level.
    pub level: Level,
    /// Periods in the measures.
    pub periods: usize,
    /// The share of what came that lay inside; of many, of all periods.
    pub coverage: Option<f64>,
    /// The interval score of [`winkler`].
    pub winkler: Option<f64>,
    /// The scaled interval score of M4.
    pub msis: Option<f64>,
}

impl Accuracy {
    /// Measures a forecast made after a training series against what came.
    #[must_use]
    pub fn measure(training: &Series<'_>, actual: &[f64], forecast: &Forecast) -> Self {
        let (past, season, said) = (training.values(), training.season(), forecast.mean.as_slice());
        let known = pairs(actual, said);
        let sum = |term: fn((f64, f64)) -> f64| known.clone().map(term).sum();
        let mase = mase(past, actual, said, season);
        let intervals = forecast.bands.iter().map(|band| {
            let (level, lower, upper) = (band.level, band.lower.as_slice(), band.upper.as_slice());
            IntervalAccuracy {
                level,
                periods: known.clone().count(),
                coverage: coverage(actual, lower, upper),
                winkler: winkler(actual, lower, upper, level),
                msis: msis(past, actual, lower, upper, level, season),
            }
        });
        Self {
            forecasts: 1,
            scaled: usize::from(mase.is_some()),
            periods: known.clone().count(),
            total_actual: sum(|(a, _)| a),
            total_size: sum(|(a, _)| a.abs()),
            total_forecast: sum(|(_, f)| f),
            total_error: sum(|(a, f)| (a - f).abs()),
            mae: mae(actual, said),
            rmse: rmse(actual, said),
            smape: smape(actual, said),
            mase,
            rmsse: rmsse(past, actual, said, season),
            wape: None,
            mean_error: mean_error(actual, said),
            sum_ratio: None,
            intervals: intervals.collect(),
        }
        .with_ratios()
    }

    /// The measures of many forecasts: the mean of each over those for which it is defined, as the M competitions
    /// average over series; what is a ratio of sums (`wape`, `sum_ratio`) and the coverage pool all periods.
    ///
    /// ```
    /// use emptor_forecast::accuracy::Accuracy;
    /// use emptor_forecast::{Forecast, Series};
    ///
    /// let one = |past: &[f64], came: f64, said: f64| -> Result<Accuracy, emptor_forecast::ForecastError> {
    ///     Ok(Accuracy::measure(&Series::new(past, 1)?, &[came], &Forecast::of("mine", vec![said])))
    /// };
    /// let all = Accuracy::mean(&[one(&[1.0, 2.0], 2.0, 4.0)?, one(&[5.0], 8.0, 8.0)?]);
    /// assert_eq!((all.mae, all.wape, all.sum_ratio), (Some(1.0), Some(0.2), Some(1.2)));
    /// assert_eq!((all.mase, all.scaled), (Some(2.0), 1)); // one period has no naive error
    /// # Ok::<(), emptor_forecast::ForecastError>(())
    /// ```
    #[must_use]
    pub fn mean<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let parts: Vec<&Self> = parts.into_iter().collect();
        let average = |of: fn(&Self) -> Option<f64>| mean(parts.iter().filter_map(|part| of(part)));
        let total = |of: fn(&Self) -> f64| parts.iter().map(|part| of(part)).sum();
        let count = |of: fn(&Self) -> usize| parts.iter().map(|part| of(part)).sum();
        let mut levels: Vec<Level> = Vec::new();
        for interval in parts.iter().flat_map(|part| &part.intervals) {
            if !levels.iter().any(|level| is_same(*level, interval.level)) {
                levels.push(interval.level);
            }
        }
        let at = |level| parts.iter().filter_map(|part| part.interval(level)).collect();
        Self {
            forecasts: count(|part| part.forecasts),
            scaled: count(|part| part.scaled),
            periods: count(|part| part.periods),
            total_actual: total(|part| part.total_actual),
            total_size: total(|part| part.total_size),
            total_forecast: total(|part| part.total_forecast),
            total_error: total(|part| part.total_error),
            mae: average(|part| part.mae),
            rmse: average(|part| part.rmse),
            smape: average(|part| part.smape),
            mase: average(|part| part.mase),
            rmsse: average(|part| part.rmsse),
            wape: None,
            mean_error: average(|part| part.mean_error),
            sum_ratio: None,
            intervals: levels.into_iter().map(|level| IntervalAccuracy::mean(level, at(level))).collect(),
        }
        .with_ratios()
    }

    /// The overall weighted average of M4: the mean of the two ratios of sMAPE and MASE to those of a benchmark on the
    /// same series. M4's benchmark is Naive2, the naive forecast of the seasonally adjusted series; beside the seasonal
    /// naive one the figure is another, so name it. Both are means over the series first, then divided.
    ///
    /// ```text
    /// OWA = ½ (sMAPE / sMAPE of the benchmark + MASE / MASE of the benchmark)
    /// ```
    #[must_use]
    pub fn owa(&self, benchmark: &Self) -> Option<f64> {
        let smape = ratio(self.smape?, benchmark.smape?)?;
        let mase = ratio(self.mase?, benchmark.mase?)?;
        Some((smape + mase) / 2.0)
    }

    /// By which share the MASE is below that of a benchmark on the same series: 0.1 is a tenth better, below 0 is worse.
    #[must_use]
    pub fn skill(&self, benchmark: &Self) -> Option<f64> {
        ratio(self.mase?, benchmark.mase?).map(|ratio| 1.0 - ratio)
    }

    /// The measures of the intervals at a level, if there were any.
    #[must_use]
    pub fn interval(&self, level: Level) -> Option<&IntervalAccuracy> {
        self.intervals.iter().find(|interval| is_same(interval.level, level))
    }

    fn with_ratios(mut self) -> Self {
        self.wape = ratio(self.total_error, self.total_size);
        self.sum_ratio = ratio(self.total_forecast, self.total_actual);
        self
    }
}

impl IntervalAccuracy {
    fn mean(level: Level, parts: Vec<&Self>) -> Self {
        let periods = parts.iter().map(|part| part.periods).sum();
        let covered: f64 = parts.iter().filter_map(|part| Some(part.coverage? * part.periods as f64)).sum();
        Self {
            level,
            periods,
            coverage: ratio(covered, periods as f64),
            winkler: mean(parts.iter().filter_map(|part| part.winkler)),
            msis: mean(parts.iter().filter_map(|part| part.msis)),
        }
    }
}

fn is_same(one: Level, other: Level) -> bool {
    one.get().to_bits() == other.get().to_bits()
}

fn ratio(above: f64, below: f64) -> Option<f64> {
    (below > 0.0).then(|| above / below).filter(|ratio| ratio.is_finite())
}
