//! What the tables of the section stand on: the window, the one before it, and cubes that are read once.

use std::collections::HashMap;
use std::rc::Rc;

use emptor_types::Date;
use polars::prelude::{DataFrame, DataType, IntoColumn, NamedFrom, PolarsResult, Series};

use super::cube::{Cube, CubeQuery, Dimension, Measure};
use super::settings::{Comparison, PerformanceSettings};
use crate::profile::lines::Lines;
use crate::profile::{ProfileError, ProfileInput, Window};

/// Fifty-two weeks: a year later on the same weekdays.
const YEAR: i32 = 364;

/// Days without a sale at the beginning that say nothing: holidays, a shop that opens twice a week.
const QUIET: i32 = 7;

/// Days from which on a window holds all seasons.
const ALL_SEASONS: i32 = 360;

pub(super) struct Ground<'a> {
    pub(super) input: &'a ProfileInput<'a>,
    pub(super) settings: &'a PerformanceSettings,
    /// The window that it is compared with, as long as itself.
    pub(super) before: Window,
    /// First day of the lines, if there is one.
    first_day: Option<Date>,
    pub(super) lines: Lines,
    cubes: HashMap<(Vec<Dimension>, bool), Rc<Cube>>,
}

impl<'a> Ground<'a> {
    pub(super) fn new(input: &'a ProfileInput<'a>, settings: &'a PerformanceSettings) -> Result<Self, ProfileError> {
        let first_day = input.tables.transactions().quality().days.map(|(first, _)| first);
        let window = input.window;
        let before = match settings.comparison {
            Comparison::YearBefore if window.days() <= YEAR => {
                Window::new(window.from().plus_days(-YEAR), window.as_of().plus_days(-YEAR), window.grain())?
            }
            _ => window.before()?,
        };
        Ok(Self { input, settings, before, first_day, lines: Lines::of(input.tables)?, cubes: HashMap::new() })
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
        let late = self.first_day.filter(|first| self.has_base() && *first > self.before.from().plus_days(QUIET))?;
        Some(format!("base_starts_late: lines begin on {late}, the period of comparison on {}", self.before.from()))
    }

    /// Why nothing is concluded from a comparison whose base is missing, or not known from its beginning.
    pub(super) fn no_comparison(&self) -> Option<String> {
        let first = self.first_day.filter(|_| self.has_base());
        match first {
            None => Some(format!("no lines before {}: nothing to compare with", self.input.window.from())),
            Some(first) => self.late_base().map(|_| {
                let known = self.before.as_of().days_since_epoch() - first.days_since_epoch() + 1;
                format!("the window before is known for {known} of {} days", self.before.days())
            }),
        }
    }

    /// What must not be concluded from a comparison.
    pub(super) fn caveat(&self) -> Option<String> {
        let same = self.settings.comparison == Comparison::YearBefore || self.input.window.days() >= ALL_SEASONS;
        (!same).then(|| "The window before is another season.".to_owned())
    }

    /// The cube of the window.
    pub(super) fn now(&mut self, dimensions: &[Dimension]) -> Result<Rc<Cube>, ProfileError> {
        self.cube(dimensions, true)
    }

    /// The cube of the window that it is compared with.
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
        let cube = Rc::new(query.of_lines(self.input, &self.lines, &window)?);
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
