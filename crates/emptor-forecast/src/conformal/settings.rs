//! How intervals are calibrated.

use emptor_types::{Invalid, Level};
use serde::{Deserialize, Serialize};

use crate::{ForecastError, check_horizon};

/// How errors of earlier origins become multipliers.
///
/// ```
/// use emptor_forecast::conformal::ConformalSettings;
/// use emptor_types::Level;
///
/// let settings = ConformalSettings { decay: 1.5, ..ConformalSettings::new(12, &[Level::new(0.95)?]) };
/// assert!(settings.check().is_err(), "older errors cannot weigh more");
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConformalSettings {
    /// Periods ahead for which multipliers are wanted.
    pub horizon: usize,
    /// Levels for which they are wanted.
    pub levels: Vec<Level>,
    /// Horizons on either side whose errors are pooled with those of a horizon: multipliers become smooth, and fewer
    /// series suffice. 1 by default; [`usize::MAX`] gives one multiplier for all horizons.
    pub neighbours: usize,
    /// The weight of an error beside that of one made a period later (Barber, Candès, Ramdas & Tibshirani 2023): above 0
    /// and at most 1. 0.95 by default; 1 where one series is calibrated on its own errors, which are few.
    pub decay: f64,
    /// Whether errors are brought to the length of the whole series: fits at earlier origins know fewer periods, and err
    /// more. Needs two origins of most series; with one nothing changes. True by default.
    pub to_full_length: bool,
    /// Whether multipliers must not fall with the horizon: for intervals of one width at all horizons
    /// ([`unit_bands`](super::unit_bands)). False by default.
    pub monotone: bool,
}

impl ConformalSettings {
    /// The defaults for a horizon and levels.
    #[must_use]
    pub fn new(horizon: usize, levels: &[Level]) -> Self {
        Self { horizon, levels: levels.to_vec(), neighbours: 1, decay: 0.95, to_full_length: true, monotone: false }
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// All that is wrong: a horizon of 0 or beyond [`MAX_HORIZON`](crate::MAX_HORIZON), no levels, a decay outside its
    /// range.
    pub fn check(&self) -> Result<(), ForecastError> {
        let mut checks = Invalid::checks();
        if let Err(ForecastError::Invalid(invalid)) = check_horizon(self.horizon) {
            checks.absorb::<()>(Err(invalid));
        }
        checks.require(!self.levels.is_empty(), "levels", "must be at least one", self.levels.len());
        checks.require(self.decay > 0.0 && self.decay <= 1.0, "decay", "must be above 0 and at most 1", self.decay);
        Ok(checks.finish()?)
    }
}
