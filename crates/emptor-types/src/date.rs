//! Calendar days.

use std::fmt;
use std::str::FromStr;

use jiff::civil;
use serde::{Deserialize, Serialize};

use crate::Invalid;

/// A calendar day, counted from 1970-01-01 as polars and Arrow count their `Date`.
///
/// ```
/// use emptor_types::Date;
///
/// let as_of: Date = "1997-09-30".parse()?;
/// assert_eq!(as_of.days_since_epoch(), 10_134);
/// assert_eq!(as_of.to_string(), "1997-09-30");
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date(i32);

const EPOCH: civil::Date = civil::date(1970, 1, 1);

impl Date {
    /// 1970-01-01.
    pub const EPOCH: Self = Self(0);

    /// The day `days` after 1970-01-01.
    ///
    /// # Errors
    /// Unless the day lies in the years −9999 to 9999.
    pub fn from_days_since_epoch(days: i32) -> Result<Self, Invalid> {
        jiff::Span::new().try_days(days).and_then(|span| EPOCH.checked_add(span)).map(|_| Self(days)).map_err(|_| {
            Invalid::value("date", "must lie in the years -9999 to 9999", format!("{days} days after 1970"))
        })
    }

    /// The day of a year, month (1–12) and day of month.
    ///
    /// # Errors
    /// If there is no such day.
    pub fn new(year: i16, month: i8, day: i8) -> Result<Self, Invalid> {
        civil::Date::new(year, month, day).map(Self::from_civil).map_err(|_| {
            Invalid::value("date", "must be a day of the calendar", format!("{year:04}-{month:02}-{day:02}"))
        })
    }

    /// Reads text by a `strftime` format such as `%d/%m/%Y` or `%m/%d/%Y %H:%M`; a time of day is read and dropped.
    ///
    /// # Errors
    /// If the text does not match the format or names no day of the calendar.
    pub fn parse_with(format: &str, text: &str) -> Result<Self, Invalid> {
        jiff::fmt::strtime::parse(format, text.trim())
            .and_then(|parsed| parsed.to_date())
            .map(Self::from_civil)
            .map_err(|_| Invalid::value("date", format!("must match the format {format}"), format!("`{text}`")))
    }

    /// Whether a day can be read by a format: one that is written by it reads back as the same day.
    ///
    /// ```
    /// use emptor_types::Date;
    /// assert!(Date::check_format("%d/%m/%Y %H:%M").is_ok());
    /// assert!(Date::check_format("dd/mm/yyyy").is_err() && Date::check_format("%d/%m").is_err());
    /// ```
    ///
    /// # Errors
    /// If it cannot.
    pub fn check_format(format: &str) -> Result<(), Invalid> {
        let day = civil::date(2021, 12, 31);
        let moment = day.at(13, 14, 15, 0).to_zoned(jiff::tz::TimeZone::UTC).ok();
        let written = moment.and_then(|moment| jiff::fmt::strtime::format(format, &moment).ok());
        let read = written.and_then(|text| Self::parse_with(format, &text).ok());
        if read == Some(Self::from_civil(day)) {
            return Ok(());
        }
        let rule = "must be a pattern of day, month and year, such as %d/%m/%Y or %Y-%m-%d";
        Err(Invalid::value("date format", rule, format!("`{format}`")))
    }

    /// Days since 1970-01-01, negative before.
    #[must_use]
    pub fn days_since_epoch(self) -> i32 {
        self.0
    }

    /// The day `days` later (earlier if negative); it saturates at the ends of the calendar.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        let first = Self::from_civil(civil::Date::MIN).0;
        let last = Self::from_civil(civil::Date::MAX).0;
        Self(self.0.saturating_add(days).clamp(first, last))
    }

    /// The same day a year before, 28 February for a 29th; it saturates at the beginning of the calendar.
    #[must_use]
    pub fn year_before(self) -> Self {
        Self::from_civil(self.to_civil().saturating_sub(jiff::Span::new().years(1)))
    }

    /// The year and the month (1–12).
    #[must_use]
    pub fn year_month(self) -> (i32, i32) {
        let date = self.to_civil();
        (i32::from(date.year()), i32::from(date.month()))
    }

    fn from_civil(date: civil::Date) -> Self {
        // Dates of jiff lie within four million days of the epoch.
        Self(EPOCH.until(date).map_or(0, |span| span.get_days()))
    }

    fn to_civil(self) -> civil::Date {
        // The constructors have checked that the day exists.
        EPOCH.saturating_add(jiff::Span::new().days(self.0))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_civil().fmt(f)
    }
}

impl FromStr for Date {
    type Err = Invalid;

    /// Reads `1997-09-30`.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        text.trim()
            .parse::<civil::Date>()
            .map(Self::from_civil)
            .map_err(|_| Invalid::value("date", "must be a day written YYYY-MM-DD", format!("`{text}`")))
    }
}

impl TryFrom<String> for Date {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_text_name_the_same_day() -> Result<(), Invalid> {
        for (text, days) in [("1970-01-01", 0), ("1969-12-31", -1), ("1997-09-30", 10_134), ("2024-02-29", 19_782)] {
            let date: Date = text.parse()?;
            assert_eq!(date.days_since_epoch(), days, "{text}");
            assert_eq!(Date::from_days_since_epoch(days)?.to_string(), text);
        }
        assert!("2023-02-29".parse::<Date>().is_err());
        assert!(Date::from_days_since_epoch(i32::MAX).is_err());
        Ok(())
    }

    #[test]
    fn a_format_reads_other_notations() -> Result<(), Invalid> {
        let expected = Date::new(2010, 12, 1)?;
        assert_eq!(Date::parse_with("%m/%d/%Y %H:%M", "12/1/2010 8:26")?, expected);
        assert_eq!(Date::parse_with("%d.%m.%Y", "01.12.2010")?, expected);
        assert!(Date::parse_with("%d.%m.%Y", "2010-12-01").is_err());
        Ok(())
    }

    #[test]
    fn a_year_before_a_leap_day_is_the_last_of_february() -> Result<(), Invalid> {
        for (day, before) in [("2024-02-29", "2023-02-28"), ("2024-12-31", "2023-12-31"), ("2025-02-28", "2024-02-28")]
        {
            assert_eq!(day.parse::<Date>()?.year_before().to_string(), before);
        }
        Ok(())
    }
}
