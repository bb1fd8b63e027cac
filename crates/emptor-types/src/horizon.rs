//! How far ahead a value looks.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Invalid, TimeUnit};

/// A positive length of time with its unit, over which future profit counts.
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
    /// A horizon of `length` units.
    ///
    /// # Errors
    /// Unless `length` is finite and positive.
    pub fn new(length: f64, unit: TimeUnit) -> Result<Self, Invalid> {
        if length.is_finite() && length > 0.0 {
            Ok(Self { length, unit })
        } else {
            Err(Invalid::value("horizon", "must be finite and positive", format!("{length} {unit}s")))
        }
    }

    /// A horizon in days.
    ///
    /// # Errors
    /// Unless `length` is finite and positive.
    pub fn days(length: f64) -> Result<Self, Invalid> {
        Self::new(length, TimeUnit::Day)
    }

    /// A horizon in weeks.
    ///
    /// # Errors
    /// Unless `length` is finite and positive.
    pub fn weeks(length: f64) -> Result<Self, Invalid> {
        Self::new(length, TimeUnit::Week)
    }

    /// A horizon in months.
    ///
    /// # Errors
    /// Unless `length` is finite and positive.
    pub fn months(length: f64) -> Result<Self, Invalid> {
        Self::new(length, TimeUnit::Month)
    }

    /// A horizon in years.
    ///
    /// # Errors
    /// Unless `length` is finite and positive.
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
}
