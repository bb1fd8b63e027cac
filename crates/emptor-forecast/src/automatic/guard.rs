//! What no forecast may say.

use emptor_types::Checks;
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

/// Halvings after which a shift is known to a millionth of the spread.
const HALVINGS: usize = 21;

/// Rounding of a constant series, relative.
const ROUNDING: f64 = 1e-9;

impl Guard {
    pub(crate) fn of(series: &Series<'_>, allow_negative: bool) -> Self {
        let values = series.values();
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Self { least, most, periods: values.len(), negative: allow_negative || least < 0.0 }
    }

    /// What must hold of one that is read.
    pub(super) fn check(&self, checks: &mut Checks) {
        checks.require(self.periods > 0, "guard", "must be of at least 1 period", self.periods);
        let ordered = self.least <= self.most && self.least.is_finite() && self.most.is_finite();
        checks.require(ordered, "guard", "must have finite bounds in order", self.least);
    }

    /// How far beyond the history a point may lie so many periods ahead.
    fn reach(&self, ahead: usize) -> f64 {
        let scale = self.least.abs().max(self.most.abs());
        let range = if self.periods > 2 { self.most - self.least } else { scale };
        range * (REACH.0 + REACH.1 * ahead as f64 / self.periods as f64) + ROUNDING * scale
    }

    /// What of a member's forecast can be believed: its points and ends where they lie within the reach, the reach elsewhere. Period
    /// by period, so that a period is forecast alike whatever horizon is asked for.
    pub(super) fn believed(&self, mut forecast: Forecast) -> Forecast {
        let within = |value: f64, reach: f64| value.max(self.least - reach).min(self.most + reach);
        let said = forecast.mean.clone();
        for (mean, ahead) in forecast.mean.iter_mut().zip(1..) {
            *mean = within(*mean, self.reach(ahead));
        }
        for band in &mut forecast.bands {
            let ends = band.lower.iter_mut().zip(&mut band.upper);
            for (((low, high), (&mean, said)), ahead) in ends.zip(forecast.mean.iter().zip(&said)).zip(1..) {
                let reach = INTERVAL * self.reach(ahead);
                // By how much it is not believed is doubt on both sides: a member that was moved must not look sure.
                let doubt = said - mean;
                *low = within(*low - 2.0 * doubt.max(0.0), reach).min(mean);
                *high = within(*high - 2.0 * doubt.min(0.0), reach).max(mean);
            }
        }
        forecast
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

    /// By how much points of a distribution are moved so that their mean, within the bounds, is a forecast: by their standard deviation at
    /// most, beside what their mean is off. More would leave nothing of a spread about a forecast near 0.
    pub(super) fn shift(&self, points: &[f64], forecast: f64, ahead: usize) -> f64 {
        let count = points.len() as f64;
        let mean = points.iter().sum::<f64>() / count;
        let spread = (points.iter().map(|point| (point - mean).powi(2)).sum::<f64>() / count).sqrt();
        let target = self.bound_value(forecast, ahead);
        let straight = target - mean;
        let bounded = |by: f64| points.iter().map(|point| self.bound_value(point + by, ahead)).sum::<f64>() / count;
        let inside = |point: &f64| (self.bound_value(point + straight, ahead) - (point + straight)).abs() <= 0.0;
        if points.iter().all(inside) {
            return straight;
        }
        let (mut low, mut high) = (straight - spread, straight + spread);
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            if bounded(middle) > target { high = middle } else { low = middle }
        }
        f64::midpoint(low, high)
    }

    /// A value of a simulated path within the bounds.
    pub(crate) fn bound_value(&self, value: f64, ahead: usize) -> f64 {
        let floor = if self.negative { f64::NEG_INFINITY } else { 0.0 };
        let reach = INTERVAL * self.reach(ahead);
        value.max(self.least - reach).min(self.most + reach).max(floor)
    }
}
