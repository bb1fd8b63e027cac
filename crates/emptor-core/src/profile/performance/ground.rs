//! What the tables of the section stand on: the window, the one before it, and cubes that are read once.

use std::collections::HashMap;
use std::rc::Rc;

use emptor_types::{Date, Invalid};
use polars::prelude::{DataFrame, DataType, IntoColumn, NamedFrom, PolarsResult, Series};

use super::cube::{Ask, AskUsers, Cube, Dimension, Many, Measure, Users};
use super::settings::{Comparison, PerformanceSettings};
use crate::profile::lines::Lines;
use crate::profile::{ProfileError, ProfileInput, Window};

/// Fifty-two weeks: a year later on the same weekdays.
const YEAR: i32 = 364;

/// Days without a sale at the beginning that say nothing: holidays, a shop that opens twice a week.
const QUIET: i32 = 7;

/// Days from which on a window holds all seasons.
const ALL_SEASONS: i32 = 360;

/// Members of a dimension, and who bought of them.
type NamedUsers = (Vec<String>, Users);

pub(super) struct Ground<'a> {
    pub(super) input: &'a ProfileInput<'a>,
    pub(super) settings: &'a PerformanceSettings,
    /// The window that it is compared with, as long as itself.
    pub(super) before: Window,
    /// First day of the lines, if there is one.
    pub(super) first_day: Option<Date>,
    pub(super) lines: Lines,
    cubes: Vec<Known>,
    users: HashMap<(Option<Dimension>, bool), Rc<NamedUsers>>,
    /// Whether a customer, by number, bought before the window; known where representatives are.
    pub(super) known_before: Rc<Vec<bool>>,
}

/// A cube of the window, or of the one that it is compared with.
struct Known {
    is_now: bool,
    /// Whether different orders and customers were counted.
    counts: bool,
    cube: Rc<Cube>,
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
        let (lines, cubes, users) = (Lines::of(&input.tables)?, Vec::new(), HashMap::new());
        let mut ground = Self { input, settings, before, first_day, lines, cubes, users, known_before: Rc::default() };
        ground.read()?;
        Ok(ground)
    }

    /// Reads the lines of both windows once, into the cubes from which all others are rolled up.
    fn read(&mut self) -> Result<(), ProfileError> {
        let time = Dimension::Period(self.input.window.grain());
        let has = |dimension: &Dimension| self.has(*dimension);
        let mut sold = self.settings.dimensions.clone();
        sold.retain(has);
        sold.push(time);
        let mut asked = vec![(sold.clone(), true)];
        if self.has(Dimension::Channel) && !sold.contains(&Dimension::Channel) {
            asked.push((vec![Dimension::Channel, time], true));
        }
        let mut then = vec![sold];
        if self.has(Dimension::Product) {
            asked.push((self.products(), false));
            then.push(self.products());
        }
        if self.has(Dimension::Place) {
            then.push(vec![Dimension::Place]);
            let spread = [Dimension::Category, Dimension::Brand, Dimension::Region].into_iter().filter(has);
            asked.extend(spread.map(|dimension| (vec![dimension, Dimension::Place], false)));
        }
        if self.has(Dimension::Partner) {
            let place = self.has(Dimension::Place).then_some(Dimension::Place);
            asked.push(([Dimension::Partner, time].into_iter().chain(place).collect(), true));
        }
        let mut by = vec![Some(Dimension::Channel).filter(|channel| self.has(*channel))];
        if self.has(Dimension::Rep) {
            asked.push((vec![Dimension::Rep], true));
            by.push(Some(Dimension::Rep));
        }
        let known_from = self.has(Dimension::Rep).then(|| self.input.window.from().days_since_epoch());
        let window = self.input.window;
        let ask = |dimensions, counts, window| Ask { window, dimensions, filters: Vec::new(), counts };
        let mut asks: Vec<Ask> =
            asked.into_iter().map(|(dimensions, counts)| ask(dimensions, counts, window)).collect();
        let mut users: Vec<AskUsers> = by.iter().map(|by| AskUsers { window, by: *by }).collect();
        if self.has_base() {
            asks.extend(then.into_iter().map(|dimensions| ask(dimensions, false, self.before)));
            users.push(AskUsers { window: self.before, by: by[0] });
        }
        let many = Many::read(self.input, &self.lines, &asks, &users, known_from)?;
        let totals = self.settings.totals;
        let keep = |(cube, ask): (Cube, &Ask)| {
            let cube = Rc::new(cube.asked(vec![Measure::NetRevenue], totals));
            Known { is_now: ask.window == window, counts: ask.counts, cube }
        };
        self.cubes = many.cubes.into_iter().zip(&asks).map(keep).collect();
        let key = |ask: &AskUsers| (ask.by, ask.window == window);
        self.users = users.iter().map(key).zip(many.users.into_iter().map(Rc::new)).collect();
        self.known_before = Rc::new(many.known_before);
        Ok(())
    }

    /// Product, under its category where products have one.
    pub(super) fn products(&self) -> Vec<Dimension> {
        let category = self.has(Dimension::Category).then_some(Dimension::Category);
        category.into_iter().chain([Dimension::Product]).collect()
    }

    /// Customers of the window by channel, where lines say it.
    pub(super) fn users(&self, is_now: bool) -> Rc<NamedUsers> {
        let by = Some(Dimension::Channel).filter(|channel| self.has(*channel));
        self.users.get(&(by, is_now)).cloned().unwrap_or_default()
    }

    /// Customers of the window by representative.
    pub(super) fn users_of_reps(&self) -> Rc<NamedUsers> {
        self.users.get(&(Some(Dimension::Rep), true)).cloned().unwrap_or_default()
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

    /// The cube of the window, with orders and customers counted.
    pub(super) fn now(&mut self, dimensions: &[Dimension]) -> Result<Rc<Cube>, ProfileError> {
        self.cube(dimensions, true, true)
    }

    /// The sums of the window.
    pub(super) fn sums_now(&mut self, dimensions: &[Dimension]) -> Result<Rc<Cube>, ProfileError> {
        self.cube(dimensions, true, false)
    }

    /// The sums of the window that it is compared with.
    pub(super) fn then(&mut self, dimensions: &[Dimension]) -> Result<Rc<Cube>, ProfileError> {
        self.cube(dimensions, false, false)
    }

    fn cube(&mut self, dimensions: &[Dimension], is_now: bool, counts: bool) -> Result<Rc<Cube>, ProfileError> {
        let fits = |known: &&Known| known.is_now == is_now && (known.counts || !counts);
        if let Some(known) = self.cubes.iter().filter(fits).find(|known| known.cube.dimensions() == dimensions) {
            return Ok(Rc::clone(&known.cube));
        }
        let finer =
            self.cubes.iter().filter(fits).filter_map(|known| Some((known.counts, known.cube.rolled(dimensions)?)));
        let (counts, cube) = match finer.into_iter().next() {
            Some(rolled) => rolled,
            None => {
                let window = if is_now { self.input.window } else { self.before };
                let ask = Ask { window, dimensions: dimensions.to_vec(), filters: Vec::new(), counts };
                let mut read = Many::read(self.input, &self.lines, &[ask], &[], None)?.cubes;
                let cube = read.pop().ok_or_else(|| Invalid::value("dimensions", "must make a cube", "none"))?;
                (counts, cube.asked(vec![Measure::NetRevenue], self.settings.totals))
            }
        };
        let cube = Rc::new(cube);
        self.cubes.push(Known { is_now, counts, cube: Rc::clone(&cube) });
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
