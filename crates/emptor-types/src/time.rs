//! Units of time and the place of a cash flow inside its period.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Invalid;

/// Days in a mean Gregorian year to the nearest quarter; a month is a twelfth of it.
const DAYS_PER_YEAR: f64 = 365.25;

/// The unit in which purchase histories, horizons and rates count time.
///
/// A week is 7 days, a year 365.25 days, a month a twelfth of a year. One system for all conversions keeps a discount
/// rate consistent whichever unit a model was fitted in.
///
/// ```
/// use emptor_types::TimeUnit;
/// assert_eq!(TimeUnit::Week.days(), 7.0);
/// assert_eq!(TimeUnit::Month.per_year(), 12.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeUnit {
    /// One day.
    Day,
    /// Seven days.
    Week,
    /// A twelfth of a year, 30.4375 days.
    Month,
    /// 365.25 days.
    Year,
}

impl TimeUnit {
    /// The length of the unit in days.
    #[must_use]
    pub fn days(self) -> f64 {
        match self {
            Self::Day => 1.0,
            Self::Week => 7.0,
            Self::Month => DAYS_PER_YEAR / 12.0,
            Self::Year => DAYS_PER_YEAR,
        }
    }

    /// How many units make a year.
    #[must_use]
    pub fn per_year(self) -> f64 {
        match self {
            Self::Day => DAYS_PER_YEAR,
            Self::Week => DAYS_PER_YEAR / 7.0,
            Self::Month => 12.0,
            Self::Year => 1.0,
        }
    }
}

impl fmt::Display for TimeUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        })
    }
}

impl FromStr for TimeUnit {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text.trim().to_ascii_lowercase().as_str() {
            "d" | "day" | "days" => Ok(Self::Day),
            "w" | "week" | "weeks" => Ok(Self::Week),
            "m" | "month" | "months" => Ok(Self::Month),
            "y" | "year" | "years" => Ok(Self::Year),
            _ => Err(Invalid::value("time unit", "must be day, week, month or year", format!("`{text}`"))),
        }
    }
}

/// When the cash flow of a period falls inside the period. It has no default: the choice moves a value by up to a
/// whole period's discount.
///
/// ```
/// use emptor_types::Timing;
/// assert_eq!(Timing::Start.tau(1), 0.0);
/// assert_eq!(Timing::Middle.tau(1), 0.5);
/// assert_eq!(Timing::End.tau(1), 1.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Timing {
    /// Paid as the period begins.
    Start,
    /// Paid half-way, the usual approximation of a flow spread over the period.
    Middle,
    /// Paid as the period ends.
    End,
}

impl Timing {
    /// The discounting time of period `t`, which counts from 1, in periods: `t − 1`, `t − ½` or `t`.
    #[must_use]
    pub fn tau(self, t: usize) -> f64 {
        let end = t as f64;
        match self {
            Self::Start => end - 1.0,
            Self::Middle => end - 0.5,
            Self::End => end,
        }
    }
}

impl fmt::Display for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        })
    }
}
