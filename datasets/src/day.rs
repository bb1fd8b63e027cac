//! Calendar days.

use std::fmt;
use std::str::FromStr;

use jiff::civil;

use crate::DatasetError;

/// A calendar day, counted from 1970-01-01 as Arrow and polars count their dates; the default is that day.
///
/// ```
/// use emptor_datasets::Day;
///
/// let day: Day = "2024-12-31".parse()?;
/// assert_eq!(day.days_since_epoch(), 20_088);
/// assert_eq!(day.plus(1).to_string(), "2025-01-01");
/// # Ok::<(), emptor_datasets::DatasetError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Day(i32);

const EPOCH: civil::Date = civil::date(1970, 1, 1);

impl Day {
    /// Days since 1970-01-01, negative before.
    #[must_use]
    pub fn days_since_epoch(self) -> i32 {
        self.0
    }

    /// The day `days` later, earlier if negative. The sum saturates at the ends of `i32`.
    #[must_use]
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// How many days lie between this day and an earlier one; negative if it is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> i32 {
        self.0 - earlier.0
    }

    /// The calendar year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.civil().year()
    }

    pub(crate) fn from_civil(date: civil::Date) -> Self {
        // Dates of jiff lie within four million days of the epoch.
        Self(EPOCH.until(date).map_or(0, |span| span.get_days()))
    }

    pub(crate) fn civil(self) -> civil::Date {
        jiff::Span::new().try_days(self.0).map_or(EPOCH, |span| EPOCH.saturating_add(span))
    }
}

impl fmt::Display for Day {
    /// Writes `2024-12-31`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.civil().fmt(f)
    }
}

impl FromStr for Day {
    type Err = DatasetError;

    /// Reads `2024-12-31`.
    fn from_str(text: &str) -> Result<Self, DatasetError> {
        let date: Result<civil::Date, _> = text.trim().parse();
        date.map(Self::from_civil).map_err(|_| DatasetError::Day { text: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_text_name_the_same_day() -> Result<(), DatasetError> {
        // Source: Unix `date -d @$((days * 86400)) -u +%F`.
        for (text, days) in [("1970-01-01", 0), ("1969-12-31", -1), ("2020-02-29", 18_321), ("2024-12-31", 20_088)] {
            let day: Day = text.parse()?;
            assert_eq!(day.days_since_epoch(), days, "{text}");
            assert_eq!(day.to_string(), text);
        }
        Ok(())
    }

    #[test]
    fn a_text_that_names_no_day_is_refused() {
        for text in ["2023-02-29", "31.12.2024", ""] {
            assert_eq!(text.parse::<Day>(), Err(DatasetError::Day { text: text.to_owned() }));
        }
    }
}
