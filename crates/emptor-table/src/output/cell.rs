//! The value of one cell, as text and numbers need it.

use emptor_types::Date;
use polars::prelude::{AnyValue, TimeUnit};

/// A value of a column, reduced to what files can hold. What is not finite is unknown.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Unknown,
    Text(String),
    Whole(i128),
    Number(f64),
    Flag(bool),
    /// Days since 1970.
    Day(i32),
    /// Milliseconds since 1970, and whether they are of UTC rather than of a wall clock.
    Moment(i64, bool),
}

impl Cell {
    pub(crate) fn of(value: &AnyValue<'_>) -> Self {
        match value {
            AnyValue::Null => Self::Unknown,
            AnyValue::Boolean(flag) => Self::Flag(*flag),
            AnyValue::String(text) => Self::Text((*text).to_owned()),
            AnyValue::StringOwned(text) => Self::Text(text.to_string()),
            AnyValue::UInt8(n) => Self::Whole((*n).into()),
            AnyValue::UInt16(n) => Self::Whole((*n).into()),
            AnyValue::UInt32(n) => Self::Whole((*n).into()),
            AnyValue::UInt64(n) => Self::Whole((*n).into()),
            AnyValue::Int8(n) => Self::Whole((*n).into()),
            AnyValue::Int16(n) => Self::Whole((*n).into()),
            AnyValue::Int32(n) => Self::Whole((*n).into()),
            AnyValue::Int64(n) => Self::Whole((*n).into()),
            AnyValue::Float32(x) if x.is_finite() => Self::Number((*x).into()),
            AnyValue::Float64(x) if x.is_finite() => Self::Number(*x),
            AnyValue::Float32(_) | AnyValue::Float64(_) => Self::Unknown,
            AnyValue::Decimal(..) => value.extract::<f64>().map_or(Self::Unknown, Self::Number),
            AnyValue::Date(day) => Self::Day(*day),
            AnyValue::Datetime(time, unit, zone) => Self::Moment(milliseconds(*time, *unit), zone.is_some()),
            AnyValue::DatetimeOwned(time, unit, zone) => Self::Moment(milliseconds(*time, *unit), zone.is_some()),
            other => Self::Text(other.str_value().into_owned()),
        }
    }

    /// The value as text: dates by ISO 8601, numbers so that they read back to the same bits; unknown is empty.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Unknown => String::new(),
            Self::Text(text) => text.clone(),
            Self::Whole(n) => n.to_string(),
            Self::Number(x) => format!("{x:?}"),
            Self::Flag(flag) => flag.to_string(),
            Self::Day(day) => iso(*day),
            Self::Moment(time, utc) => {
                let (day, rest) = (time.div_euclid(86_400_000), time.rem_euclid(86_400_000));
                let day = i32::try_from(day).map_or_else(|_| String::new(), iso);
                let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60);
                let zone = if *utc { "Z" } else { "" };
                match rest % 1000 {
                    0 => format!("{day}T{hour:02}:{minute:02}:{second:02}{zone}"),
                    milli => format!("{day}T{hour:02}:{minute:02}:{second:02}.{milli:03}{zone}"),
                }
            }
        }
    }
}

fn iso(day: i32) -> String {
    Date::from_days_since_epoch(day).map_or_else(|_| String::new(), |date| date.to_string())
}

fn milliseconds(time: i64, unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Nanoseconds => time.div_euclid(1_000_000),
        TimeUnit::Microseconds => time.div_euclid(1000),
        TimeUnit::Milliseconds => time,
    }
}
