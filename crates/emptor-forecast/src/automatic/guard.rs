//! What no forecast may say.

use serde::{Deserialize, Serialize};

use crate::{Forecast, Series};

/// Bounds of what a forecast may say, from the history: how far it went, how long it is, and whether it was ever negative.
///
/// ```text
/// point     from  min − r (1 + 4h/n)  to  max + r (1 + 4h/n)        r = max − min
/// interval  from  min − 3 r (1 + 4h/n)  to  max + 3 r (1 + 4h/n)
/// ```
///
/// Where all history is at least 0, so is all that is forecast.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Guard {
    least: f64,
    most: f64,
    periods: usize,
    negative: bool,
}

/// How far beyond its history a series may go, in ranges, in a time as long as its history, and at once.
const REACH: (f64, f64) = (1.0, 4.0);

/// How many times further an interval may reach than a point.
const INTERVAL: f64 = 3.0;

/// Rounding of a constant series, relative.
const ROUNDING: f64 = 1e-9;

impl Guard {
    pub(crate) fn of(series: &Series<'_>, allow_negative: bool) -> Self {
        let values = series.values();
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Self { least, most, periods: values.len(), negative: allow_negative || least < 0.0 }
    }

    /// How far beyond the history a point may lie so many periods ahead.
    fn reach(&self, ahead: usize) -> f64 {
        let scale = self.least.abs().max(self.most.abs());
        let range = if self.periods > 2 { self.most - self.least } else { scale };
        range * (REACH.0 + REACH.1 * ahead as f64 / self.periods as f64) + ROUNDING * scale
    }

    /// Whether all points of a forecast can be believed.
    pub(crate) fn holds(&self, mean: &[f64]) -> bool {
        mean.iter().zip(1..).all(|(&value, ahead)| {
            let reach = self.reach(ahead);
            value >= self.least - reach && value <= self.most + reach
        })
    }

    /// The forecast within the bounds.
    pub(crate) fn bound(&self, mut forecast: Forecast) -> Forecast {
        let floor = if self.negative { f64::NEG_INFINITY } else { 0.0 };
        forecast.mean.iter_mut().for_each(|value| *value = value.max(floor));
        for band in &mut forecast.bands {
            let ends = band.lower.iter_mut().zip(&mut band.upper);
            for ((ends, &mean), ahead) in ends.zip(&forecast.mean).zip(1..) {
                let reach = INTERVAL * self.reach(ahead);
                // An end that is not a number says nothing: then the bound is the end.
                *ends.0 = ends.0.max(self.least - reach).max(floor).min(mean);
                *ends.1 = ends.1.min(self.most + reach).max(mean);
            }
        }
        forecast
    }

    /// A value of a simulated path within the bounds.
    pub(crate) fn bound_value(&self, value: f64, ahead: usize) -> f64 {
        let floor = if self.negative { f64::NEG_INFINITY } else { 0.0 };
        let reach = INTERVAL * self.reach(ahead);
        value.max(self.least - reach).min(self.most + reach).max(floor)
    }
}
