//! Simulated futures.

use emptor_statistics::{ascending, quantile};
use emptor_types::{Invalid, Level};
use serde::{Deserialize, Serialize};

use crate::{Forecast, ForecastError};

/// Simulated futures of one series: whole paths, so that sums over periods and over series have intervals, too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved")]
pub struct SamplePaths {
    horizon: usize,
    values: Vec<f64>,
}

/// Paths as they are read, before they are checked.
#[derive(Deserialize)]
struct Saved {
    horizon: usize,
    values: Vec<f64>,
}

impl TryFrom<Saved> for SamplePaths {
    type Error = Invalid;

    fn try_from(Saved { horizon, values }: Saved) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        let whole = values.is_empty() || values.len().checked_rem(horizon) == Some(0);
        checks.require(whole, "values", "must be whole paths, a multiple of the horizon", values.len());
        checks.require_each("values", "must be finite", &values, |_, value| value.is_finite());
        checks.finish()?;
        Ok(Self { horizon, values })
    }
}

impl SamplePaths {
    /// Paths one after the other, each of `horizon` values; a last incomplete one is cut off.
    #[must_use]
    pub fn new(horizon: usize, mut values: Vec<f64>) -> Self {
        let whole = values.len().checked_div(horizon).unwrap_or(0) * horizon;
        values.truncate(whole);
        Self { horizon, values }
    }

    /// Periods ahead.
    #[must_use]
    pub fn horizon(&self) -> usize {
        self.horizon
    }

    /// How many paths there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.values.len().checked_div(self.horizon).unwrap_or(0)
    }

    /// The paths.
    pub fn iter(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.horizon.max(1))
    }

    /// Mean of the paths by period, and the middle share of them at every level. An interval holds its mean, also where more than that
    /// share of the paths lie below it, as they do of rare sales.
    ///
    /// # Errors
    /// If there are no paths.
    pub fn forecast(&self, method: impl Into<String>, levels: &[Level]) -> Result<Forecast, ForecastError> {
        if self.count() == 0 {
            return Err(Invalid::value("paths", "must be at least one", 0).into());
        }
        let by_period: Vec<Vec<f64>> = (0..self.horizon)
            .map(|period| ascending(&self.iter().map(|path| path[period]).collect::<Vec<_>>()))
            .collect();
        let mean: Vec<f64> = by_period.iter().map(|sorted| sorted.iter().sum::<f64>() / sorted.len() as f64).collect();
        Ok(levels.iter().fold(Forecast::of(method, mean.clone()), |forecast, &level| {
            let tail = (1.0 - level.get()) / 2.0;
            let end = |p: f64| by_period.iter().zip(&mean).map(move |(sorted, &mean)| (quantile(sorted, p), mean));
            let lower = end(tail).map(|(low, mean)| low.unwrap_or(mean).min(mean)).collect();
            let upper = end(1.0 - tail).map(|(high, mean)| high.unwrap_or(mean).max(mean)).collect();
            forecast.with_band(level, lower, upper)
        }))
    }
}
