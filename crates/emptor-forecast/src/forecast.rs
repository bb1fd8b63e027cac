//! What a forecast says.

use emptor_types::Level;
use serde::{Deserialize, Serialize};

/// Expected values of the periods ahead, with intervals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Forecast {
    /// The method, e.g. `ETS(M,Ad,M)`.
    pub method: String,
    /// Expected value of every period ahead, the next one first; the median of models of logarithms alone.
    pub mean: Vec<f64>,
    /// Intervals, in the order of the levels that were asked for.
    pub bands: Vec<Band>,
}

/// Between what values every period ahead lies with a probability.
///
/// Both ends are quantiles, and the mean lies between them. Of rare sales, most periods of which are 0, it would not: there the mean is the
/// upper end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Band {
    /// The probability.
    pub level: Level,
    /// Lower ends.
    pub lower: Vec<f64>,
    /// Upper ends; never below the lower ones.
    pub upper: Vec<f64>,
}

impl Forecast {
    /// A forecast without intervals.
    #[must_use]
    pub fn of(method: impl Into<String>, mean: Vec<f64>) -> Self {
        Self { method: method.into(), mean, bands: Vec::new() }
    }

    /// Adds an interval at a level.
    #[must_use]
    pub fn with_band(mut self, level: Level, lower: Vec<f64>, upper: Vec<f64>) -> Self {
        self.bands.push(Band { level, lower, upper });
        self
    }

    /// Periods ahead.
    #[must_use]
    pub fn horizon(&self) -> usize {
        self.mean.len()
    }

    /// The interval at a level, if it was asked for.
    #[must_use]
    pub fn band(&self, level: Level) -> Option<&Band> {
        self.bands.iter().find(|band| band.level.get().to_bits() == level.get().to_bits())
    }
}
