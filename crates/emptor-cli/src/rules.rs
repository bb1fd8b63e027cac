//! Rules of single values, the same for flags and for the configuration.

use std::ops::RangeInclusive;

use emptor::prelude::{DateFormat, Level};
use emptor::table::{NumberFormat, TextEncoding};
use emptor::types::Probability;

/// How many grades there can be.
const GRADES: RangeInclusive<usize> = 2..=26;

/// How many periods can be forecast.
const PERIODS: RangeInclusive<usize> = 1..=1000;

/// A yearly rate; who means 12 % and writes 12 is told.
pub(crate) fn rate(text: &str) -> Result<f64, String> {
    let rule = "must be a yearly rate above -1 and below 10; 12 % is 0.12";
    number(text, |rate| rate > -1.0 && rate < 10.0, rule)
}

/// A contribution margin: nobody earns more than the revenue.
pub(crate) fn margin(text: &str) -> Result<f64, String> {
    number(text, |margin| margin.is_finite() && margin <= 1.0, "must be a share of revenue, at most 1; 35 % is 0.35")
}

/// A share from 0 to 1.
pub(crate) fn share(text: &str) -> Result<Probability, String> {
    let rule = "must be a share from 0 to 1; 25 % is 0.25";
    Probability::new(number(text, f64::is_finite, rule)?).map_err(|_| rule.to_owned())
}

/// The level of an interval.
pub(crate) fn level(text: &str) -> Result<Level, String> {
    let rule = "must lie between 0 and 1; 95 % is 0.95";
    Level::new(number(text, f64::is_finite, rule)?).map_err(|_| rule.to_owned())
}

pub(crate) fn grades(text: &str) -> Result<usize, String> {
    whole(text, GRADES)
}

pub(crate) fn periods(text: &str) -> Result<usize, String> {
    whole(text, PERIODS)
}

/// A way to write numbers, by its name.
pub(crate) fn number_format(name: &str) -> Result<NumberFormat, String> {
    NumberFormat::named(name).ok_or_else(|| "must be plain, point (1,234.50) or comma (1.234,50)".to_owned())
}

/// A way to write dates.
pub(crate) fn date_format(text: &str) -> Result<String, String> {
    let rule = "must be iso, epoch-s, epoch-ms, serial, or a pattern of day, month and year, such as %d/%m/%Y";
    DateFormat::from(text).check().map(|()| text.to_owned()).map_err(|_| rule.to_owned())
}

/// The name of an encoding.
pub(crate) fn encoding(label: &str) -> Result<String, String> {
    TextEncoding::check(label).map(|()| label.to_owned())
}

/// A number that keeps its rule.
pub(crate) fn number(text: &str, holds: impl Fn(f64) -> bool, rule: &str) -> Result<f64, String> {
    text.parse().ok().filter(|number| holds(*number)).ok_or_else(|| rule.to_owned())
}

/// A whole number in a range.
pub(crate) fn whole(text: &str, range: RangeInclusive<usize>) -> Result<usize, String> {
    let rule = || format!("must be a whole number from {} to {}", range.start(), range.end());
    text.parse().ok().filter(|number| range.contains(number)).ok_or_else(rule)
}
