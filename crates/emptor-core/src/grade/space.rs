//! The space in which customers are compared.

use serde::{Deserialize, Serialize};

use super::InformationGroup;
use super::standard::{FittedStandard, StandardScores};

/// Points lie on a grid of 2⁻³⁰ standard scores. Customers closer than a billionth of a standard score are one, so that
/// rounding never tells two apart and different points never have a squared distance of 0; and sums over two million
/// customers are exact, so that the mean of equal points is that point.
pub(super) const GRID: f64 = (1_u32 << 30) as f64;

/// The nearest point of the grid.
pub(super) fn on_grid(x: f64) -> f64 {
    // Adding 0 turns −0 into 0, so that equal points are equal bits and sort as one.
    (x * GRID).round() / GRID + 0.0
}

/// What customers are clustered by.
///
/// ```
/// use emptor_core::grade::GradeBy;
///
/// assert_eq!(GradeBy::default(), GradeBy::Groups);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GradeBy {
    /// The scores of the groups of information, up to four dimensions: customers of one grade have like profiles.
    #[default]
    Groups,
    /// The scores of all indicators. An unknown indicator takes the score of its group.
    Indicators,
    /// The composite score alone, by exact one-dimensional k-means: grades are bands of the score that nature draws, and
    /// a higher score never has a lower grade.
    Composite,
}

/// One axis: what it measures times the root of its weight, so that squared distances are weighted sums.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Axis {
    root: f64,
    of: Measure,
}

/// What an axis measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    Group(InformationGroup),
    Indicator(usize),
    Composite,
}

/// The axes of a fitted standard.
#[derive(Debug, Clone)]
pub(super) struct Space {
    axes: Vec<Axis>,
}

impl Space {
    pub(super) fn new(standard: &FittedStandard, by: GradeBy) -> Self {
        let axes = match by {
            GradeBy::Groups => InformationGroup::ALL
                .into_iter()
                .filter(|&group| standard.group_share(group).is_some())
                .map(|group| Axis { root: group_share(standard, group).sqrt(), of: Measure::Group(group) })
                .collect(),
            GradeBy::Indicators => (0..standard.indicators().len())
                .map(|j| Axis { root: share(standard, j).sqrt(), of: Measure::Indicator(j) })
                .collect(),
            GradeBy::Composite => vec![Axis { root: 1.0, of: Measure::Composite }],
        };
        Self { axes }
    }

    /// What each axis measures, and the root of its weight.
    pub(super) fn axes(&self) -> impl Iterator<Item = (f64, Measure)> + '_ {
        self.axes.iter().map(|axis| (axis.root, axis.of))
    }

    pub(super) fn dimensions(&self) -> usize {
        self.axes.len()
    }

    /// One column per axis for the given rows, all of which have a composite score.
    pub(super) fn columns(&self, standard: &FittedStandard, scores: &StandardScores, rows: &[usize]) -> Vec<Vec<f64>> {
        let column = |axis: &Axis| {
            rows.iter().map(|&row| on_grid(axis.root * measure(axis.of, standard, scores, row))).collect()
        };
        self.axes.iter().map(column).collect()
    }

    /// The composite score of a point: `Σ root × coordinate`.
    pub(super) fn composite(&self, point: &[f64]) -> f64 {
        self.axes.iter().zip(point).map(|(axis, x)| axis.root * x).sum()
    }

    /// How a customer's point moves when the score of one known indicator rises by 1.
    pub(super) fn direction(
        &self,
        standard: &FittedStandard,
        scores: &StandardScores,
        row: usize,
        indicator: usize,
    ) -> Vec<f64> {
        let group = standard.indicators()[indicator].indicator.group();
        let weights = scores.effective_weights(standard.weights(), row);
        let effective = weights.map_or(0.0, |weights| weights[indicator]);
        let in_group = effective / group_share(standard, group);
        let slope = |axis: &Axis| match axis.of {
            Measure::Group(own) if own == group => in_group,
            Measure::Indicator(j) if j == indicator => 1.0,
            // An unknown indicator stands at the score of its group.
            Measure::Indicator(j)
                if standard.indicators()[j].indicator.group() == group && scores.indicators[j][row].is_nan() =>
            {
                in_group
            }
            Measure::Composite => effective,
            Measure::Group(_) | Measure::Indicator(_) => 0.0,
        };
        self.axes.iter().map(|axis| axis.root * slope(axis)).collect()
    }
}

/// The share of an indicator in the composite score of customers of whom all is known; shares sum to 1.
pub(super) fn share(standard: &FittedStandard, indicator: usize) -> f64 {
    let weight = &standard.weights().indicators[indicator];
    weight.within * group_share(standard, weight.group)
}

/// The share of a group, 0 if the standard has it not.
pub(super) fn group_share(standard: &FittedStandard, group: InformationGroup) -> f64 {
    standard.group_share(group).unwrap_or_default()
}

fn measure(of: Measure, standard: &FittedStandard, scores: &StandardScores, row: usize) -> f64 {
    let group_score = |group: InformationGroup| scores.group_scores[group.index()][row].unwrap_or(f64::NAN);
    match of {
        Measure::Group(group) => group_score(group),
        Measure::Indicator(j) => {
            let score = scores.indicators[j][row];
            if score.is_nan() { group_score(standard.indicators()[j].indicator.group()) } else { score }
        }
        Measure::Composite => scores.composite[row].unwrap_or(f64::NAN),
    }
}
