//! Typing of values: text to day, number, flag and identifier. One bad value becomes null, never a failed file; the
//! door compares nulls before and after to find it.

use std::fmt;

use emptor_types::{Date, Invalid};
use polars::prelude::{
    BooleanChunked, Column, DataType, Expr, Field, Float64Chunked, Int32Chunked, Int64Chunked, IntoColumn, IntoSeries,
    PolarsResult, StringChunked,
};

use crate::number_format::NumberFormat;

/// How dates are written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum DateFormat {
    /// `2011-12-09`, `2011/12/09` or `20111209`, with or without a time of day behind a blank or `T`.
    #[default]
    Iso,
    /// A `strftime` pattern, e.g. `%d/%m/%Y` or `%m/%d/%Y %H:%M`. Where a day and a month could be confused, only the
    /// caller knows.
    Pattern(String),
    /// Seconds since 1970-01-01 00:00 UTC, e.g. `1323434940`; days are days of UTC.
    EpochSeconds,
    /// Milliseconds since 1970-01-01 00:00 UTC, e.g. `1323434940000`; days are days of UTC.
    EpochMilliseconds,
    /// Days of a spreadsheet, e.g. `40886` or `40886.53`, counted so that 1900-01-01 is 1.
    SerialDay,
}

/// The day that the serial number 0 stands for, 1899-12-30: spreadsheets keep a 29 February 1900 that never was, so that
/// the count is right from March 1900 on.
const SERIAL_ZERO: f64 = -25_569.0;

impl DateFormat {
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Iso => "must be a date written YYYY-MM-DD (give a pattern for any other notation)".to_owned(),
            Self::Pattern(pattern) => format!("must be a date written {pattern}"),
            Self::EpochSeconds => "must be seconds since 1970".to_owned(),
            Self::EpochMilliseconds => "must be milliseconds since 1970".to_owned(),
            Self::SerialDay => "must be the number of a day as spreadsheets count them".to_owned(),
        }
    }

    /// Whether it can read any date at all.
    ///
    /// # Errors
    /// If its pattern lacks day, month or year, or is no pattern.
    pub fn check(&self) -> Result<(), Invalid> {
        match self {
            Self::Pattern(pattern) => Date::check_format(pattern),
            _ => Ok(()),
        }
    }

    /// The day that a text names, in days since 1970-01-01.
    pub(crate) fn day(&self, text: &str) -> Option<i32> {
        match self {
            Self::Iso => iso_day(text.trim()),
            Self::Pattern(pattern) => Date::parse_with(pattern, text).ok().map(Date::days_since_epoch),
            Self::EpochSeconds => counted(text, 86_400.0, 0.0),
            Self::EpochMilliseconds => counted(text, 86_400_000.0, 0.0),
            Self::SerialDay => counted(text, 1.0, SERIAL_ZERO),
        }
    }
}

impl fmt::Display for DateFormat {
    /// As flags and configuration files name it: `iso`, the pattern, `epoch-s`, `epoch-ms` or `serial`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Iso => "iso",
            Self::Pattern(pattern) => pattern,
            Self::EpochSeconds => "epoch-s",
            Self::EpochMilliseconds => "epoch-ms",
            Self::SerialDay => "serial",
        })
    }
}

impl From<&str> for DateFormat {
    /// The inverse of its display; what is no name of a format is a pattern.
    fn from(text: &str) -> Self {
        match text {
            "iso" => Self::Iso,
            "epoch-s" => Self::EpochSeconds,
            "epoch-ms" => Self::EpochMilliseconds,
            "serial" => Self::SerialDay,
            pattern => Self::Pattern(pattern.to_owned()),
        }
    }
}

/// The day of a count of units, `per_day` of which make a day, from the day `zero`.
fn counted(text: &str, per_day: f64, zero: f64) -> Option<i32> {
    let day = (text.trim().parse::<f64>().ok()? / per_day).floor() + zero;
    // The years 0 to 9999.
    (-719_528.0..=2_932_896.0).contains(&day).then_some(day as i32)
}

/// Days since 1970-01-01 of an ISO date, of which the time of day is dropped.
fn iso_day(text: &str) -> Option<i32> {
    let bytes = text.as_bytes();
    let (date, rest) = if bytes.len() == 8 || (bytes.len() > 8 && matches!(bytes[8], b'T' | b' ')) {
        ((number(bytes, 0, 4)?, number(bytes, 4, 2)?, number(bytes, 6, 2)?), &bytes[8..])
    } else if bytes.len() >= 10 && matches!((bytes[4], bytes[7]), (b'-', b'-') | (b'/', b'/')) {
        ((number(bytes, 0, 4)?, number(bytes, 5, 2)?, number(bytes, 8, 2)?), &bytes[10..])
    } else {
        return None;
    };
    let time_follows = match rest {
        [] => true,
        [b'T' | b' ', hour, ..] => hour.is_ascii_digit(),
        _ => false,
    };
    let (year, month, day) = date;
    let date = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    time_follows.then_some(date.days_since_epoch())
}

fn number(bytes: &[u8], start: usize, len: usize) -> Option<u32> {
    bytes
        .get(start..start + len)?
        .iter()
        .try_fold(0_u32, |value, byte| byte.is_ascii_digit().then(|| value * 10 + u32::from(byte - b'0')))
}

/// An integer written as a program would write it back: no sign `+`, no leading zeros, no blanks; or `17850.0`, as data
/// frames of other tools write integer ids with gaps. Only a column all of whose identifiers are such numbers becomes
/// integer; `007` stays text.
fn canonical_integer(text: &str) -> Option<i64> {
    let whole = without_fraction(text);
    let digits = whole.strip_prefix('-').unwrap_or(whole).as_bytes();
    let plain = !digits.is_empty() && digits.len() <= 18 && digits.iter().all(u8::is_ascii_digit);
    if plain && (digits[0] != b'0' || whole == "0") { whole.parse().ok() } else { None }
}

/// `17850` of `17850.0`.
pub(crate) fn without_fraction(text: &str) -> &str {
    text.strip_suffix(".0").unwrap_or(text)
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "1" => Some(true),
        "false" | "f" | "no" | "n" | "0" => Some(false),
        _ => None,
    }
}

fn typed(dtype: DataType) -> impl Fn(&polars::prelude::Schema, &Field) -> PolarsResult<Field> + Send + Sync + 'static {
    move |_, field| Ok(Field::new(field.name().clone(), dtype.clone()))
}

/// Text to `Date`; what does not parse is null.
pub(crate) fn parse_day(expr: Expr, format: DateFormat) -> Expr {
    expr.map(
        move |column: Column| {
            let text = column.str()?;
            // Logs repeat days in runs: the last answer is worth keeping.
            let mut last: (String, Option<i32>) = (String::new(), None);
            let days: Int32Chunked = text
                .iter()
                .map(|value| {
                    let value = value?;
                    if last.0 != value {
                        last = (value.to_owned(), format.day(value));
                    }
                    last.1
                })
                .collect();
            days.with_name(column.name().clone()).into_series().cast(&DataType::Date).map(IntoColumn::into_column)
        },
        typed(DataType::Date),
    )
}

/// Text to `Float64`; what does not parse is null.
pub(crate) fn parse_number(expr: Expr, format: NumberFormat) -> Expr {
    expr.map(
        move |column: Column| {
            let text = column.str()?;
            let numbers: Float64Chunked = text.iter().map(|value| value.and_then(|v| format.parse(v))).collect();
            Ok(numbers.with_name(column.name().clone()).into_series().into_column())
        },
        typed(DataType::Float64),
    )
}

/// Text to other text, or null.
pub(crate) fn text_of(expr: Expr, of: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Expr {
    expr.map(
        move |column: Column| {
            let text = column.str()?;
            let told: StringChunked = text.iter().map(|value| value.and_then(&of)).collect();
            Ok(told.with_name(column.name().clone()).into_series().into_column())
        },
        typed(DataType::String),
    )
}

/// Text to `Boolean`; what is neither yes nor no is null.
pub(crate) fn parse_flag(expr: Expr) -> Expr {
    expr.map(
        |column: Column| {
            let text = column.str()?;
            let flags: BooleanChunked = text.iter().map(|value| value.and_then(yes_or_no)).collect();
            Ok(flags.with_name(column.name().clone()).into_series().into_column())
        },
        typed(DataType::Boolean),
    )
}

/// Text without blanks around it; empty text is null.
pub(crate) fn clean(expr: Expr) -> Expr {
    expr.map(
        |column: Column| {
            let text: &StringChunked = column.str()?;
            let untouched = text.iter().flatten().all(|v| !v.is_empty() && v.trim().len() == v.len());
            if untouched {
                return Ok(column.clone());
            }
            let cleaned: StringChunked =
                text.iter().map(|value| value.map(str::trim).filter(|v| !v.is_empty())).collect();
            Ok(cleaned.with_name(column.name().clone()).into_series().into_column())
        },
        typed(DataType::String),
    )
}

/// Whether an identifier is text that no integer would be written as.
pub(crate) fn is_text_id(expr: Expr) -> Expr {
    expr.map(
        |column: Column| {
            let text = column.str()?;
            let flags: BooleanChunked =
                text.iter().map(|value| value.map(|v| canonical_integer(v).is_none())).collect();
            Ok(flags.with_name(column.name().clone()).into_series().into_column())
        },
        typed(DataType::Boolean),
    )
}

/// Identifiers none of which [is text](is_text_id) to `Int64`.
pub(crate) fn parse_id(expr: Expr) -> Expr {
    expr.map(
        |column: Column| {
            let text = column.str()?;
            let ids: Int64Chunked = text.iter().map(|value| value.and_then(canonical_integer)).collect();
            Ok(ids.with_name(column.name().clone()).into_series().into_column())
        },
        typed(DataType::Int64),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_dates_are_read_with_and_without_a_time_of_day() {
        let day = DateFormat::Iso;
        for text in ["2011-12-09", "2011/12/09", "20111209", "2011-12-09 12:50", "2011-12-09T12:50:00Z", " 2011-12-09 "]
        {
            assert_eq!(day.day(text), Some(15_317), "{text}");
        }
        for text in ["", "2011-13-09", "2011-02-29", "09/12/2011", "2011-12-09x", "2011-12-9", "abc", "201112"] {
            assert_eq!(day.day(text), None, "{text}");
        }
    }

    #[test]
    fn counted_days_are_read_from_their_units() {
        // 2011-12-09 12:49 UTC, as `date -u -d` says; spreadsheets write 40886.53.
        assert_eq!(DateFormat::EpochSeconds.day("1323434940"), Some(15_317));
        assert_eq!(DateFormat::EpochMilliseconds.day("1323434940000"), Some(15_317));
        assert_eq!(DateFormat::EpochSeconds.day("-1"), Some(-1));
        assert_eq!(DateFormat::SerialDay.day("40886.53"), Some(15_317));
        assert_eq!(DateFormat::SerialDay.day("NaN"), None);
        for format in ["iso", "epoch-s", "epoch-ms", "serial", "%d/%m/%Y"] {
            assert_eq!(DateFormat::from(format).to_string(), format);
        }
    }

    #[test]
    fn only_plainly_written_integers_count_as_integers() {
        for (text, id) in [("0", 0), ("7", 7), ("-12", -12), ("17850", 17_850), ("17850.0", 17_850), ("0.0", 0)] {
            assert_eq!(canonical_integer(text), Some(id), "{text}");
        }
        for text in ["", "-", "007", "+7", "1.5", "1.00", ".0", "12a", "-0", "1234567890123456789"] {
            assert_eq!(canonical_integer(text), None, "{text}");
        }
    }
}
