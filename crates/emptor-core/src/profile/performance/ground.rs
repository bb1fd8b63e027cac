//! What the tables of the section stand on: the window, the one before it, and cubes that are read once.

use std::collections::HashMap;
use std::rc::Rc;

use emptor_types::Date;
use polars::prelude::{DataFrame, DataType, IntoColumn, NamedFrom, PolarsResult, Series};

use super::cube::{Cube, CubeQuery, Dimension, Measure};
use super::settings::PerformanceSettings;
use crate::profile::{ProfileError, ProfileInput, Window};

pub(super) struct Ground<'a> {
    pub(super) input: &'a ProfileInput<'a>,
    pub(super) settings: &'a PerformanceSettings,
    /// The window of the same length before.
    pub(super) before: Window,
    /// First day of the lines, if there is one.
    first_day: Option<Date>,
    cubes: HashMap<(Vec<Dimension>, bool), Rc<Cube>>,
}

impl<'a> Ground<'a> {
    pub(super) fn new(input: &'a ProfileInput<'a>, settings: &'a PerformanceSettings) -> Result<Self, ProfileError> {
        let first_day = input.tables.transactions().quality().days.map(|(first, _)| first);
        Ok(Self { input, settings, before: input.window.before()?, first_day, cubes: HashMap::new() })
    }

    /// Whether the tables have a dimension.
    pub(super) fn has(&self, dimension: Dimension) -> bool {
        dimension.missing(self.input).is_empty()
    }

    /// Whether there is an earlier period to compare with.
    pub(super) fn has_base(&self) -> bool {
        self.first_day.is_some_and(|first| first <= self.before.as_of())
    }

    /// What to say where the earlier period is not known from its beginning.
    pub(super) fn late_base(&self) -> Option<String> {
        let late = self.first_day.filter(|first| self.has_base() && *first > self.before.from())?;
        Some(format!("base_starts_late: lines begin on {late}, the period of comparison on {}", self.before.from()))
    }

    /// The cube of the window.
    pub(super) fn now(&mut self, dimensions: &[Dimension]) -> Result<Rc<Cube>, ProfileError> {
        self.cube(dimensions, true)
    }

    /// The cube of the window before.
    pub(super) fn then(&mut self, dimensions: &[Dimension]) -> Result<Rc<Cube>, ProfileError> {
        self.cube(dimensions, false)
    }

    fn cube(&mut self, dimensions: &[Dimension], now: bool) -> Result<Rc<Cube>, ProfileError> {
        let key = (dimensions.to_vec(), now);
        if let Some(cube) = self.cubes.get(&key) {
            return Ok(Rc::clone(cube));
        }
        let query = CubeQuery::new(dimensions).measures([Measure::NetRevenue]).totals(self.settings.totals);
        let window = if now { self.input.window } else { self.before };
        let cube = Rc::new(query.over(self.input, &window)?);
        self.cubes.insert(key, Rc::clone(&cube));
        Ok(cube)
    }
}

/// Turns text columns of days into days.
pub(super) fn dated(mut frame: DataFrame, names: &[&str]) -> PolarsResult<DataFrame> {
    for name in names {
        let parse = |text: Option<&str>| text.and_then(|text| text.parse::<Date>().ok()).map(Date::days_since_epoch);
        let days: Vec<Option<i32>> = frame.column(name)?.str()?.iter().map(parse).collect();
        frame.with_column(Series::new((*name).into(), days).cast(&DataType::Date)?.into_column())?;
    }
    Ok(frame)
}

/// An amount with thousands apart, as one would write it in a sentence.
pub(super) fn money(amount: f64) -> String {
    let digits = format!("{:.0}", amount.abs());
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if amount < 0.0 && digits != "0" { format!("-{text}") } else { text }
}

/// A share in percent.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// A change in percent, with its sign.
pub(super) fn change(share: f64) -> String {
    format!("{:+.1} %", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        for (amount, text) in
            [(0.0, "0"), (-0.2, "0"), (999.5, "1,000"), (1_234_567.8, "1,234,568"), (-1500.0, "-1,500")]
        {
            assert_eq!(money(amount), text);
        }
    }
}
