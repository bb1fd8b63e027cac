//! From which origins, and how far ahead.

use emptor_types::{Invalid, Level};
use serde::{Deserialize, Serialize};

use crate::{ForecastError, MAX_HORIZON};

/// Which periods before an origin a model is fitted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// All of them.
    Expanding,
    /// The last ones, as many at every origin.
    Sliding {
        /// How many.
        periods: usize,
    },
}

/// The origins of a backtest (Tashman 2000, *International Journal of Forecasting* 16): the last one lies so that all of
/// its horizon is known, the others `step` periods before each other. Models are fitted anew at every origin.
///
/// ```
/// use emptor_forecast::backtest::BacktestSettings;
///
/// let settings = BacktestSettings { step: 6, ..BacktestSettings::new(12, 3) };
/// assert_eq!(settings.origins_of(60), [36, 42, 48]);
/// assert_eq!(settings.origins_of(45), [27, 33]); // only from 24 periods on
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BacktestSettings {
    /// Periods that are forecast and judged.
    pub horizon: usize,
    /// Origins of each series, at most: short series have those that they can.
    pub origins: usize,
    /// Periods from one origin to the next; 1 by default.
    pub step: usize,
    /// Periods after an origin that are not judged, e.g. because figures come late; 0 by default.
    pub gap: usize,
    /// What models are fitted to; all earlier periods by default.
    pub window: Window,
    /// Periods before an origin, at least; twice the horizon by default.
    pub least_training: usize,
    /// Levels of the intervals; none by default.
    pub levels: Vec<Level>,
}

impl BacktestSettings {
    /// The defaults for a horizon and a number of origins.
    #[must_use]
    pub fn new(horizon: usize, origins: usize) -> Self {
        Self {
            horizon,
            origins,
            step: 1,
            gap: 0,
            window: Window::Expanding,
            least_training: horizon.saturating_mul(2),
            levels: Vec::new(),
        }
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// All that is wrong: a horizon (with the gap) that is 0 or beyond [`MAX_HORIZON`], or no origins, step, training or
    /// window.
    pub fn check(&self) -> Result<(), ForecastError> {
        let mut checks = Invalid::checks();
        let far = self.horizon.saturating_add(self.gap);
        checks.require(self.horizon > 0, "horizon", "must be at least 1 period", self.horizon);
        checks.require(far <= MAX_HORIZON, "horizon and gap", "must be at most 10000 periods", far);
        checks.require(self.origins > 0, "origins", "must be at least 1", self.origins);
        checks.require(self.step > 0, "step", "must be at least 1 period", self.step);
        checks.require(self.least_training > 0, "least_training", "must be at least 1 period", self.least_training);
        if let Window::Sliding { periods } = self.window {
            checks.require(periods > 0, "window", "must be at least 1 period", periods);
        }
        Ok(checks.finish()?)
    }

    /// The origins of a series with so many periods, ascending: how many periods are known at each.
    #[must_use]
    pub fn origins_of(&self, periods: usize) -> Vec<usize> {
        let last = periods.checked_sub(self.horizon.saturating_add(self.gap));
        let earlier = |origin: &usize| origin.checked_sub(self.step.max(1));
        let mut origins: Vec<usize> = std::iter::successors(last, earlier)
            .take(self.origins)
            .take_while(|origin| *origin >= self.least_training.max(1))
            .collect();
        origins.reverse();
        origins
    }

    /// The first period of the window before an origin.
    pub(super) fn start(&self, origin: usize) -> usize {
        match self.window {
            Window::Expanding => 0,
            Window::Sliding { periods } => origin.saturating_sub(periods),
        }
    }
}
