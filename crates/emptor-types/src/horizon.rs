//! How far ahead a value looks.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Invalid, TimeUnit};

/// A positive length of time with its unit, over which future profit counts: at most [`MOST_YEARS`](Horizon::MOST_YEARS),
/// so that its periods can be counted in every unit.
///
/// ```
/// use emptor_types::{Horizon, TimeUnit};
///
/// let horizon = Horizon::months(36.0)?;
/// assert_eq!(horizon.in_units(TimeUnit::Year), 3.0);
/// assert_eq!(horizon.to_string(), "36 months");
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Horizon {
    length: f64,
    unit: TimeUnit,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    length: f64,
    unit: TimeUnit,
}

impl TryFrom<Stored> for Horizon {
    type Error = Invalid;

    fn try_from(stored: Stored) -> Result<Self, Invalid> {
        Self::new(stored.length, stored.unit)
    }
}

impl From<Horizon> for Stored {
    fn from(horizon: Horizon) -> Self {
        Self { length: horizon.length, unit: horizon.unit }
    }
}

impl Horizon {
    /// The longest horizon, in years. At a discount rate of half a percent a year, what lies behind it is worth less than
    /// the last digit of what lies before it.
    pub const MOST_YEARS: f64 = 10_000.0;

    /// A horizon of `length` units.
    ///
    /// # Errors
    /// Unless `length` is positive and at most [`MOST_YEARS`](Self::MOST_YEARS).
    pub fn new(length: f64, unit: TimeUnit) -> Result<Self, Invalid> {
        let horizon = Self { length, unit };
        if length > 0.0 && horizon.in_units(TimeUnit::Year) <= Self::MOST_YEARS {
            Ok(horizon)
        } else {
            let rule = format!("must be positive and at most {} years", Self::MOST_YEARS);
            Err(Invalid::value("horizon", rule, format!("{length} {unit}s")))
        }
    }

    /// A horizon in days.
    ///
    /// # Errors
    /// Unless `length` is positive and at most [`MOST_YEARS`](Self::MOST_YEARS).
    pub fn days(length: f64) -> Result<Self, Invalid> {
        Self::new(length, TimeUnit::Day)
    }

    /// A horizon in weeks.
    ///
    /// # Errors
    /// Unless `length` is positive and at most [`MOST_YEARS`](Self::MOST_YEARS).
    pub fn weeks(length: f64) -> Result<Self, Invalid> {
        Self::new(length, TimeUnit::Week)
    }

    /// A horizon in months.
    ///
    /// # Errors
    /// Unless `length` is positive and at most [`MOST_YEARS`](Self::MOST_YEARS).
    pub fn months(length: f64) -> Result<Self, Invalid> {
        Self::new(length, TimeUnit::Month)
    }

    /// A horizon in years.
    ///
    /// # Errors
    /// Unless `length` is positive and at most [`MOST_YEARS`](Self::MOST_YEARS).
    pub fn years(length: f64) -> Result<Self, Invalid> {
        Self::new(length, TimeUnit::Year)
    }

    /// The length in the horizon's own unit.
    #[must_use]
    pub fn length(self) -> f64 {
        self.length
    }

    /// The unit of the length.
    #[must_use]
    pub fn unit(self) -> TimeUnit {
        self.unit
    }

    /// The length converted to another unit.
    #[must_use]
    pub fn in_units(self, unit: TimeUnit) -> f64 {
        if unit == self.unit { self.length } else { self.length * unit.per_year() / self.unit.per_year() }
    }
}

impl fmt::Display for Horizon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.length > 1.0 { "s" } else { "" };
        write!(f, "{} {}{plural}", self.length, self.unit)
    }
}

impl FromStr for Horizon {
    type Err = Invalid;

    /// Reads `36m`, `3y`, `52w`, `90d`, or the same with the unit spelled out (`36 months`).
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let wrong =
            || Invalid::value("horizon", "must be a number and a unit, as 36m, 3y, 52w or 90d", format!("`{text}`"));
        let trimmed = text.trim();
        let split = trimmed.find(|c: char| c.is_alphabetic()).ok_or_else(wrong)?;
        let (number, unit) = trimmed.split_at(split);
        let length: f64 = number.trim().parse().map_err(|_| wrong())?;
        Self::new(length, unit.parse().map_err(|_| wrong())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_with_a_unit_is_read_and_everything_else_is_refused() {
        assert_eq!("36m".parse(), Horizon::months(36.0));
        assert_eq!(" 1.5 years ".parse(), Horizon::years(1.5));
        for bad in ["", "36", "m", "-3m", "0y", "3 fortnights", "inf y", "NaNd", "1e999y"] {
            assert!(bad.parse::<Horizon>().is_err(), "`{bad}`");
        }
    }

    #[test]
    fn a_horizon_whose_periods_nobody_can_count_is_refused() {
        for unit in [TimeUnit::Day, TimeUnit::Week, TimeUnit::Month, TimeUnit::Year] {
            let most = Horizon::MOST_YEARS * unit.per_year();
            assert!(Horizon::new(most, unit).is_ok());
            for length in [1.01 * most, 1e18, 1e300, f64::INFINITY] {
                let error = Horizon::new(length, unit).map_err(|e| e.to_string());
                assert!(error.is_err_and(|e| e.contains("at most 10000 years")), "{length} {unit}");
            }
        }
    }
}
