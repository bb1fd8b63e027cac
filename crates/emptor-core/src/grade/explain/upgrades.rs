//! The nearest way up: which single indicator, changed how far, would give a customer a better grade.

use super::crossing::{Approach, nearest_crossing};
use crate::grade::fitted::Placed;
use crate::grade::space::{GRID, on_grid};
use crate::grade::{FittedGrader, Grade, GradeError, GradingData};

/// Cells of the grid that an upgrade goes past the border of two grades, and how often that is doubled where rounding
/// still leaves the customer on the wrong side.
const CELLS_PAST_BORDER: f64 = 8.0;
const DOUBLINGS: u32 = 20;

/// A change of one indicator that gives a customer a better grade, all else as it is.
///
/// ```
/// use emptor_core::grade::{Grader, GradingData, Indicator, InformationGroup};
/// use emptor_types::Fit;
///
/// let spend = Indicator::new("spend", InformationGroup::PastSales);
/// let grader = Grader::builder().indicators([spend]).grades(2).build()?;
/// let data = GradingData::new(&[("spend", &[10.0, 12.0, 14.0, 90.0, 95.0, 100.0])])?;
/// let fitted = grader.fit(&data)?;
///
/// let upgrade = &fitted.upgrades(&data, 2)?[0];
/// assert_eq!((upgrade.indicator.as_str(), upgrade.from, upgrade.grade.letter()), ("spend", Some(14.0), 'A'));
/// // With that spend the customer has the grade; with a little less it has not.
/// let grade = |spend: f64| fitted.grade(&GradingData::new(&[("spend", &[spend])])?);
/// assert_eq!(grade(upgrade.to)?.grade[0], Some(upgrade.grade));
/// assert_ne!(grade(upgrade.to - 0.01)?.grade[0], Some(upgrade.grade));
/// # Ok::<(), emptor_core::grade::GradeError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Upgrade {
    /// The indicator to change.
    pub indicator: String,
    /// Its value, in its own unit; `None` where it stands at what an unknown value counts as.
    pub from: Option<f64>,
    /// The value at which the better grade begins.
    pub to: f64,
    /// How far that is in scores of the indicator; positive for the better.
    pub score_change: f64,
    /// The grade reached.
    pub grade: Grade,
}

impl FittedGrader {
    /// The single-indicator changes that would give one customer a better grade, the smallest (in scores of the
    /// indicator) first, at most one per known indicator. Empty for the best grade, for an ungraded customer, and where no
    /// single indicator leads up within the values it had when the standard was fitted.
    ///
    /// Which indicators a customer or a seller can change at all is not for the model to know: a tenure cannot.
    ///
    /// # Errors
    /// [`GradeError::Invalid`] if there is no such row; otherwise as [`grade`](FittedGrader::grade).
    pub fn upgrades(&self, data: &GradingData<'_>, row: usize) -> Result<Vec<Upgrade>, GradeError> {
        let one = data.row(row)?;
        Ok(self.upgrades_of(&one, &self.place(&one)?, 0)?.unwrap_or_default())
    }

    /// The smallest of the [`upgrades`](Self::upgrades) of every customer, in input order.
    ///
    /// # Errors
    /// As [`grade`](FittedGrader::grade).
    pub fn nearest_upgrades(&self, data: &GradingData<'_>) -> Result<Vec<Option<Upgrade>>, GradeError> {
        let placed = self.place(data)?;
        let mut nearest = vec![None; data.len()];
        for (place, &row) in placed.rows.iter().enumerate() {
            nearest[row] = self.upgrades_of(data, &placed, place)?.and_then(|all| all.into_iter().next());
        }
        Ok(nearest)
    }

    fn upgrades_of(
        &self,
        data: &GradingData<'_>,
        placed: &Placed,
        place: usize,
    ) -> Result<Option<Vec<Upgrade>>, GradeError> {
        let Some(&row) = placed.rows.get(place) else { return Ok(None) };
        let standard = self.standard();
        let point = placed.point(place);
        let own = self.find(&point).own;
        let raw = data.named(standard.indicators().iter().map(|fitted| fitted.indicator.name()))?;
        let space = self.space();
        let mut found = Vec::new();
        for (j, fitted) in standard.indicators().iter().enumerate() {
            let score = placed.scores.indicators[j][row];
            if score.is_nan() {
                continue;
            }
            let direction = space.direction(standard, &placed.scores, row, j);
            let approach = |centroid: &Vec<f64>| {
                let toward: f64 = direction.iter().zip(centroid).map(|(d, c)| d * c).sum();
                let constant = centroid.iter().zip(&point).map(|(c, x)| c * (c - 2.0 * x)).sum();
                Approach { constant, slope: -2.0 * toward }
            };
            let lines: Vec<Approach> = self.centroids().iter().map(approach).collect();
            let (least, most) = fitted.score_range();
            let Some((border, _)) = nearest_crossing(&lines, own, least - score, most - score) else { continue };
            let changed = |step: f64| {
                let to = fitted.value_at((score + step).clamp(least, most))?;
                let moved: Vec<f64> =
                    point.iter().zip(&direction).map(|(x, d)| on_grid(x + d * (fitted.score(to) - score))).collect();
                Grade::from_index(self.find(&moved).own)
                    .filter(|_| self.find(&moved).own < own)
                    .map(|grade| (to, grade))
            };
            // Points lie on a grid: a step to the border alone may be rounded back, so it goes some cells past it.
            let steepest = direction.iter().fold(0.0_f64, |most, d| most.max(d.abs()));
            let cells = CELLS_PAST_BORDER / GRID / steepest;
            let steps = (0..DOUBLINGS).map(|doubled| border + (cells * f64::from(1_u32 << doubled)).copysign(border));
            if let Some((to, grade)) = steps.into_iter().find_map(changed) {
                let from = Some(raw[j][row]).filter(|value| !value.is_nan());
                let indicator = fitted.indicator.name().to_owned();
                found.push(Upgrade { indicator, from, to, score_change: fitted.score(to) - score, grade });
            }
        }
        found.sort_by(|a, b| a.score_change.abs().total_cmp(&b.score_change.abs()));
        Ok(Some(found))
    }
}
