//! Equity over ranges of levers.

use emptor_types::Invalid;
use serde::{Deserialize, Serialize};

use super::levers::{Change, Lever};
use super::{EquityModel, EquityValue};
use crate::value::{RetentionRate, ValueError};

/// How low and how high a lever may stand.
///
/// ```
/// use emptor_core::value::equity::{Change, Lever, LeverRange};
///
/// let range = LeverRange::relative(Lever::Retention, -0.05, 0.05);
/// assert_eq!(range.low(), Change::relative(Lever::Retention, -0.05));
/// assert!(LeverRange::new(range.low(), Change::Margin(100.0)).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeverRange {
    low: Change,
    high: Change,
}

impl LeverRange {
    /// From one change to another of the same lever.
    ///
    /// # Errors
    /// Unless both move the same lever.
    pub fn new(low: Change, high: Change) -> Result<Self, Invalid> {
        let same = low.lever() == high.lever();
        let mut checks = Invalid::checks();
        checks.require(same, "range", "must have one lever at both ends", format!("{low} and {high}"));
        checks.finish()?;
        Ok(Self { low, high })
    }

    /// From one share to another, e.g. from `-0.1` to `0.1`.
    #[must_use]
    pub fn relative(lever: Lever, low: f64, high: f64) -> Self {
        Self { low: Change::relative(lever, low), high: Change::relative(lever, high) }
    }

    /// From one retention to another.
    #[must_use]
    pub fn retention(low: RetentionRate, high: RetentionRate) -> Self {
        Self { low: Change::Retention(low), high: Change::Retention(high) }
    }

    /// The low end.
    #[must_use]
    pub fn low(&self) -> Change {
        self.low
    }

    /// The high end.
    #[must_use]
    pub fn high(&self) -> Change {
        self.high
    }
}

/// One bar of a tornado.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TornadoRow {
    /// The lever.
    pub lever: Lever,
    /// The low end, e.g. `retention -5.00 %`.
    pub low: String,
    /// The high end.
    pub high: String,
    /// Static equity at the low end.
    pub static_low: f64,
    /// Static equity at the high end.
    pub static_high: f64,
    /// Dynamic equity at the low end.
    pub dynamic_low: f64,
    /// Dynamic equity at the high end.
    pub dynamic_high: f64,
    /// `|dynamic_high − dynamic_low|`.
    pub swing: f64,
}

/// Equity at both ends of the range of every lever, the others at the base; widest swing first. A range without width has
/// the base's equity at both ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tornado {
    /// Equity at the base.
    pub base: EquityValue,
    /// The bars.
    pub rows: Vec<TornadoRow>,
    /// What the table does not say; see [`CAUTION`](super::CAUTION).
    pub caution: String,
}

/// One point of a grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GridRow {
    /// The change along the first axis.
    pub x: String,
    /// The change along the second axis.
    pub y: String,
    /// The first as a number: the share of a relative change, else the level; rates per period of the model.
    pub x_number: f64,
    /// The second as a number.
    pub y_number: f64,
    /// Equity of existing customers.
    pub static_equity: f64,
    /// Equity of customers to be won.
    pub future: f64,
    /// Both.
    pub dynamic: f64,
}

/// Equity over a grid of two levers, in long form: a table, a heat map, or the iso-value lines of a chart. Rows run
/// through the second axis for every value of the first; where both changes are nothing, the row is the base.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScenarioGrid {
    /// The lever of the first axis.
    pub x_lever: Lever,
    /// The lever of the second axis.
    pub y_lever: Lever,
    /// The points.
    pub rows: Vec<GridRow>,
}

impl EquityModel {
    /// Which lever moves equity most, over the ranges that the user thinks possible.
    ///
    /// ```
    /// use emptor_core::value::equity::{EquityModel, Lever, LeverRange, Relationship};
    /// use emptor_core::value::{ClosedForm, RetentionRate};
    /// use emptor_types::{DiscountRate, TimeUnit};
    ///
    /// let retention = RetentionRate::new(0.8, TimeUnit::Year)?;
    /// let base = Relationship::endless(ClosedForm::T1, 100.0, retention, TimeUnit::Year)?;
    /// let model = EquityModel::new(DiscountRate::annual_effective(0.12)?, TimeUnit::Year).with_part("all", base, None)?;
    /// let tornado = model.tornado(&[
    ///     LeverRange::relative(Lever::Margin, -0.1, 0.1),
    ///     LeverRange::relative(Lever::Retention, -0.1, 0.1),
    /// ])?;
    /// assert_eq!(tornado.rows[0].lever, Lever::Retention);
    /// assert!((tornado.rows[1].swing - 50.0).abs() < 1e-9);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If an end of a range is impossible, as [`at`](Self::at) says; all of them are listed.
    pub fn tornado(&self, ranges: &[LeverRange]) -> Result<Tornado, ValueError> {
        let ends: Vec<[Change; 1]> = ranges.iter().flat_map(|range| [[range.low], [range.high]]).collect();
        let values = self.all_at(&ends)?;
        let row = |(range, ends): (&LeverRange, &[EquityValue])| TornadoRow {
            lever: range.low.lever(),
            low: range.low.to_string(),
            high: range.high.to_string(),
            static_low: ends[0].static_equity,
            static_high: ends[1].static_equity,
            dynamic_low: ends[0].dynamic,
            dynamic_high: ends[1].dynamic,
            swing: (ends[1].dynamic - ends[0].dynamic).abs(),
        };
        let mut rows: Vec<TornadoRow> = ranges.iter().zip(values.chunks(2)).map(row).collect();
        // Stable: equal swings keep the user's order.
        rows.sort_by(|a, b| b.swing.total_cmp(&a.swing));
        Ok(Tornado { base: self.total(), rows, caution: super::CAUTION.to_owned() })
    }

    /// Equity over all pairs of two levers' changes.
    ///
    /// ```
    /// use emptor_core::value::equity::{Change, EquityModel, Lever, Relationship};
    /// use emptor_core::value::{ClosedForm, RetentionRate};
    /// use emptor_types::{DiscountRate, TimeUnit};
    ///
    /// let retention = |rate| RetentionRate::new(rate, TimeUnit::Year);
    /// let base = Relationship::endless(ClosedForm::T1, 100.0, retention(0.8)?, TimeUnit::Year)?;
    /// let model = EquityModel::new(DiscountRate::annual_effective(0.12)?, TimeUnit::Year).with_part("all", base, None)?;
    /// let levels = [Change::Retention(retention(0.7)?), Change::Retention(retention(0.8)?)];
    /// let grid = model.grid(&levels, &[-0.1, 0.0, 0.1].map(|by| Change::relative(Lever::Margin, by)))?;
    /// assert_eq!(grid.rows.len(), 6);
    /// assert!((grid.rows[4].dynamic - 250.0).abs() < 1e-9);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Unless each axis has at least one change and moves one lever, not the same as the other; if a point is impossible,
    /// as [`at`](Self::at) says: all of them are listed.
    pub fn grid(&self, x: &[Change], y: &[Change]) -> Result<ScenarioGrid, ValueError> {
        let (x_lever, y_lever) = (axis("x", x)?, axis("y", y)?);
        let points: Vec<[Change; 2]> = x.iter().flat_map(|x| y.iter().map(|y| [*x, *y])).collect();
        let values = self.all_at(&points)?;
        let row = |([x, y], value): (&[Change; 2], &EquityValue)| GridRow {
            x: x.to_string(),
            y: y.to_string(),
            x_number: x.number(self.period()),
            y_number: y.number(self.period()),
            static_equity: value.static_equity,
            future: value.future,
            dynamic: value.dynamic,
        };
        Ok(ScenarioGrid { x_lever, y_lever, rows: points.iter().zip(&values).map(row).collect() })
    }

    fn all_at<const N: usize>(&self, scenarios: &[[Change; N]]) -> Result<Vec<EquityValue>, ValueError> {
        let mut checks = Invalid::checks();
        let mut values = Vec::with_capacity(scenarios.len());
        for scenario in scenarios {
            match self.at(scenario) {
                Ok(value) => values.push(value),
                Err(ValueError::Invalid(invalid)) => {
                    checks.absorb(Err::<(), Invalid>(invalid));
                }
                Err(other) => return Err(other),
            }
        }
        checks.finish()?;
        Ok(values)
    }
}

fn axis(name: &str, changes: &[Change]) -> Result<Lever, Invalid> {
    let Some(first) = changes.first() else {
        return Err(Invalid::value(name, "must have at least one change", "none"));
    };
    let lever = first.lever();
    let mut checks = Invalid::checks();
    checks.require_each(name, &format!("must move {lever} only"), changes, |_, change| change.lever() == lever);
    checks.finish()?;
    Ok(lever)
}
