//! Simulated futures.

use emptor_statistics::{ascending, quantile};
use emptor_types::Level;
use serde::{Deserialize, Serialize};

use crate::Forecast;

/// Simulated futures of one series: whole paths, so that sums over periods and over series have intervals, too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SamplePaths {
    horizon: usize,
    values: Vec<f64>,
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

    /// Mean of the paths by period, and the middle share of them at every level.
    #[must_use]
    pub fn forecast(&self, method: impl Into<String>, levels: &[Level]) -> Forecast {
        let by_period: Vec<Vec<f64>> = (0..self.horizon)
            .map(|period| ascending(&self.iter().map(|path| path[period]).collect::<Vec<_>>()))
            .collect();
        let mean = by_period.iter().map(|sorted| sorted.iter().sum::<f64>() / sorted.len() as f64).collect();
        levels.iter().fold(Forecast::of(method, mean), |forecast, &level| {
            let tail = (1.0 - level.get()) / 2.0;
            let end = |p: f64| by_period.iter().map(|sorted| quantile(sorted, p).unwrap_or(f64::NAN)).collect();
            forecast.with_band(level, end(tail), end(1.0 - tail))
        })
    }
}
