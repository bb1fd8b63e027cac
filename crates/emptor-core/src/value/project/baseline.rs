//! Where the areas of benefit stood before the project.

use emptor_types::{Checks, ExactSum, Invalid};
use serde::{Deserialize, Serialize};

/// Which way an area gets better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Profit, margin, revenue kept: benefit = level − baseline.
    HigherIsBetter,
    /// A cost, as cost to serve: benefit = baseline − level.
    LowerIsBetter,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Levels {
    Same(f64),
    ByPeriod(Vec<f64>),
}

/// What an area of benefit would be without the project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BaselineArea {
    area: String,
    direction: Direction,
    levels: Levels,
}

impl BaselineArea {
    /// The same level in every period, in money per period.
    #[must_use]
    pub fn level(area: impl Into<String>, direction: Direction, level: f64) -> Self {
        Self { area: area.into(), direction, levels: Levels::Same(level) }
    }

    /// A level for each period from 0: a season, or a trend that would have come without the project.
    #[must_use]
    pub fn by_period(area: impl Into<String>, direction: Direction, levels: Vec<f64>) -> Self {
        Self { area: area.into(), direction, levels: Levels::ByPeriod(levels) }
    }

    /// The name of the area.
    #[must_use]
    pub fn area(&self) -> &str {
        &self.area
    }

    /// Which way it gets better.
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// The level in a period; `None` beyond the periods given.
    #[must_use]
    pub fn at(&self, period: usize) -> Option<f64> {
        match &self.levels {
            Levels::Same(level) => Some(*level),
            Levels::ByPeriod(levels) => levels.get(period).copied(),
        }
    }

    fn values(&self) -> &[f64] {
        match &self.levels {
            Levels::Same(level) => std::slice::from_ref(level),
            Levels::ByPeriod(levels) => levels,
        }
    }
}

/// The frozen baseline: the level of every area of benefit without the project, and the period in which it was taken.
///
/// It cannot be changed once made. A plan carries its own, actual figures carry theirs, and comparing the two refuses
/// unless they are the same: a baseline moved after the start can make any project look good.
///
/// ```
/// use emptor_core::value::project::{Baseline, BaselineArea, Direction};
///
/// let baseline = Baseline::new(-1, vec![
///     BaselineArea::level("retention", Direction::HigherIsBetter, 1_000.0),
///     BaselineArea::by_period("cost to serve", Direction::LowerIsBetter, vec![400.0, 410.0, 420.0]),
/// ])?;
/// assert_eq!(baseline.benefit("retention", 2, 1_150.0), Some(150.0));
/// assert_eq!(baseline.benefit("cost to serve", 1, 350.0), Some(60.0));
/// assert_eq!(baseline.benefit("cost to serve", 3, 350.0), None);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Baseline {
    taken_in: i32,
    areas: Vec<BaselineArea>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    taken_in: i32,
    areas: Vec<BaselineArea>,
}

impl TryFrom<Stored> for Baseline {
    type Error = Invalid;

    fn try_from(stored: Stored) -> Result<Self, Invalid> {
        Self::new(stored.taken_in, stored.areas)
    }
}

impl From<Baseline> for Stored {
    fn from(baseline: Baseline) -> Self {
        Self { taken_in: baseline.taken_in, areas: baseline.areas }
    }
}

impl Baseline {
    /// A baseline taken in the period `taken_in`: 0 is now, −1 the last period before.
    ///
    /// # Errors
    /// Unless it was taken now or before, has at least one area, the names of the areas differ and are not blank, and
    /// every level is finite, at most 10¹² in absolute value.
    pub fn new(taken_in: i32, mut areas: Vec<BaselineArea>) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(taken_in <= 0, "baseline", "must be taken in period 0 or before", taken_in);
        checks.require(!areas.is_empty(), "baseline", "must have at least one area", areas.len());
        areas.sort_by(|a, b| a.area.cmp(&b.area));
        for (i, area) in areas.iter().enumerate() {
            checks.require(!area.area.trim().is_empty(), "area", "must have a name", format!("`{}`", area.area));
            let new = i == 0 || areas[i - 1].area != area.area;
            checks.require(new, "area", "must stand once in the baseline", format!("`{}`", area.area));
            checks.require_each(
                &format!("baseline of `{}`", area.area),
                "must be finite and at most 1e12 in absolute value",
                area.values(),
                |_, level| level.abs() <= ExactSum::LIMIT,
            );
        }
        checks.finish()?;
        Ok(Self { taken_in, areas })
    }

    /// The period in which it was taken, 0 or before.
    #[must_use]
    pub fn taken_in(&self) -> i32 {
        self.taken_in
    }

    /// The areas, ordered by name.
    #[must_use]
    pub fn areas(&self) -> &[BaselineArea] {
        &self.areas
    }

    /// What `level` in a period is better than the baseline, in the direction of the area; negative if it is worse.
    /// `None` for an unknown area or a period that the baseline does not reach.
    #[must_use]
    pub fn benefit(&self, area: &str, period: usize, level: f64) -> Option<f64> {
        let area = &self.areas[self.find(area)?];
        let distance = level - area.at(period)?;
        Some(match area.direction {
            Direction::HigherIsBetter => distance,
            Direction::LowerIsBetter => -distance,
        })
    }

    pub(super) fn find(&self, area: &str) -> Option<usize> {
        self.areas.binary_search_by(|known| known.area.as_str().cmp(area)).ok()
    }

    /// The names of the areas, for messages.
    pub(super) fn names(&self) -> String {
        self.areas.iter().map(|area| area.area.as_str()).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn check_reaches(&self, checks: &mut Checks, last: usize) {
        for area in &self.areas {
            checks.require(
                area.at(last).is_some(),
                &format!("baseline of `{}`", area.area),
                &format!("must reach period {last}"),
                format!("{} periods from 0", area.values().len()),
            );
        }
    }
}
