//! What grading says: a grade for every customer, and what each grade is.

use std::fmt;
use std::str::FromStr;

use emptor_types::{Invalid, Termination};
use serde::{Deserialize, Serialize};

use super::{GradeBy, InformationGroup};

/// How many kinds of information there are.
const GROUPS: usize = InformationGroup::ALL.len();

/// The most grades there can be, `A` to `Z`.
pub(super) const MOST_GRADES: usize = 26;

/// A grade, `A` the best. Grades order as letters do: `A < B`.
///
/// ```
/// use emptor_core::grade::Grade;
///
/// let b: Grade = "B".parse()?;
/// assert_eq!((b.index(), b.letter()), (1, 'B'));
/// assert!("AA".parse::<Grade>().is_err());
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "char", into = "char")]
pub struct Grade(u8);

impl Grade {
    /// The grade of a place counted from 0, the best; `None` from 26 on.
    #[must_use]
    pub fn from_index(index: usize) -> Option<Self> {
        u8::try_from(index).ok().filter(|_| index < MOST_GRADES).map(Self)
    }

    /// The place, 0 for `A`.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The letter.
    #[must_use]
    pub fn letter(self) -> char {
        char::from(b'A' + self.0)
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Write::write_char(f, self.letter())
    }
}

impl TryFrom<char> for Grade {
    type Error = Invalid;

    fn try_from(letter: char) -> Result<Self, Invalid> {
        if letter.is_ascii_uppercase() {
            Ok(Self(letter as u8 - b'A'))
        } else {
            Err(Invalid::value("grade", "must be a letter from A to Z", format!("`{letter}`")))
        }
    }
}

impl From<Grade> for char {
    fn from(grade: Grade) -> Self {
        grade.letter()
    }
}

impl FromStr for Grade {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let mut letters = text.chars();
        match (letters.next(), letters.next()) {
            (Some(letter), None) => Self::try_from(letter),
            _ => Err(Invalid::value("grade", "must be one letter from A to Z", format!("`{text}`"))),
        }
    }
}

/// Why a customer has no grade. Nobody gets the lowest grade for want of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ungraded {
    /// Too little is known of this group, the first such in the order of [`InformationGroup::ALL`].
    GroupUnknown(InformationGroup),
}

impl fmt::Display for Ungraded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GroupUnknown(group) => write!(f, "too little is known of {group}"),
        }
    }
}

/// Grades as columns: one element per customer, in input order, none dropped.
///
/// ```
/// use emptor_core::grade::{Grader, GradingData, Indicator, InformationGroup, Ungraded};
/// use emptor_types::Fit;
///
/// let grader = Grader::builder().indicators([Indicator::new("spend", InformationGroup::PastSales)]).grades(2).build()?;
/// let data = GradingData::new(&[("spend", &[1.0, 2.0, 3.0, 11.0, 12.0, 13.0, f64::NAN])])?;
/// let graded = grader.fit(&data)?.grade(&data)?;
/// assert_eq!(graded.len(), data.len());
/// assert!(graded.distance_up[0] > graded.distance[0], "nearer to its own grade B than to A");
/// assert_eq!(graded.distance_down[0], None, "there is no grade below B");
/// assert_eq!(graded.ungraded[6], Some(Ungraded::GroupUnknown(InformationGroup::PastSales)));
/// # Ok::<(), emptor_core::grade::GradeError>(())
/// ```
///
/// Distances are Euclidean, in the space of group scores × √weight: one unit is one standard score in every group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Grades {
    /// The grade; `None` where [`ungraded`](Self::ungraded) tells why.
    pub grade: Vec<Option<Grade>>,
    /// Why there is no grade; `None` for graded customers.
    pub ungraded: Vec<Option<Ungraded>>,
    /// Composite score, `Σ group weight × group score`.
    pub composite: Vec<Option<f64>>,
    /// Distance to the centroid of the own grade.
    pub distance: Vec<Option<f64>>,
    /// Distance to the centroid of the next better grade; `None` for `A`.
    pub distance_up: Vec<Option<f64>>,
    /// Distance to the centroid of the next worse grade; `None` for the last.
    pub distance_down: Vec<Option<f64>>,
    /// `(d_next − d_own) / d_next`, where `d_next` is the distance to the nearest centroid of any other grade: 0 on the
    /// border between two grades, 1 at the own centroid.
    pub margin: Vec<Option<f64>>,
    /// The grade by score alone: bands of the composite score as large as the grades were when they were fitted.
    pub band: Vec<Option<Grade>>,
    /// One column per group, in the order of [`InformationGroup::ALL`]; all `None` for a group the model has not.
    pub group_scores: [Vec<Option<f64>>; GROUPS],
}

impl Grades {
    pub(super) fn with_capacity(customers: usize, group_scores: [Vec<Option<f64>>; GROUPS]) -> Self {
        let numbers = || Vec::with_capacity(customers);
        Self {
            grade: Vec::with_capacity(customers),
            ungraded: Vec::with_capacity(customers),
            composite: numbers(),
            distance: numbers(),
            distance_up: numbers(),
            distance_down: numbers(),
            margin: numbers(),
            band: Vec::with_capacity(customers),
            group_scores,
        }
    }

    /// Number of customers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.grade.len()
    }

    /// Whether there is no customer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.grade.is_empty()
    }

    /// The scores of one group.
    #[must_use]
    pub fn group_score(&self, group: InformationGroup) -> &[Option<f64>] {
        &self.group_scores[group.index()]
    }
}

/// What one grade was when the grader was fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GradeProfile {
    /// The grade.
    pub grade: Grade,
    /// Customers, at least one.
    pub customers: usize,
    /// Share of the graded customers; shares sum to 1.
    pub share: f64,
    /// Group scores of the centroid, in the order of [`InformationGroup::ALL`].
    pub group_scores: [Option<f64>; GROUPS],
    /// Composite score of the centroid, which is the mean composite of its customers.
    pub composite: f64,
    /// Mean of the known values of the ranking column.
    pub ranking_mean: Option<f64>,
    /// Median of the known values of the ranking column.
    pub ranking_median: Option<f64>,
    /// The probability that a customer of the next lower grade has a higher composite score than one of this: 0 where
    /// grades are bands of the score. `None` for the last grade.
    pub overlap_below: Option<f64>,
}

/// How the fit went and what the grades are. `graded` + the ungraded = `customers`, and the customers of the grades
/// sum to `graded`.
///
/// ```
/// use emptor_core::grade::{Grader, GradingData, Indicator, InformationGroup};
/// use emptor_types::Fit;
///
/// let grader = Grader::builder().indicators([Indicator::new("spend", InformationGroup::PastSales)]).grades(2).build()?;
/// let spend = [1.0, 2.0, 3.0, 11.0, 12.0, f64::NAN];
/// let profit = [4.0, 6.0, 5.0, 30.0, 50.0, f64::NAN];
/// let fitted = grader.fit(&GradingData::new(&[("spend", &spend)])?.with_ranking("profit", &profit)?)?;
///
/// let summary = fitted.summary();
/// assert_eq!((summary.customers, summary.graded), (6, 5));
/// assert_eq!(summary.grades[0].ranking_mean, Some(40.0));
/// assert_eq!(summary.grades[1].customers, 3);
/// assert!(!summary.order_conflict() && summary.monotone == Some(true));
/// # Ok::<(), emptor_core::grade::GradeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GradeSummary {
    /// The grades, best first.
    pub grades: Vec<GradeProfile>,
    /// Customers in the data.
    pub customers: usize,
    /// Customers with a grade.
    pub graded: usize,
    /// Customers without a grade by reason; reasons that did not occur are left out.
    pub ungraded: Vec<(Ungraded, usize)>,
    /// Name and version of the assessment standard.
    pub standard: (String, u32),
    /// What customers are clustered by.
    pub graded_by: GradeBy,
    /// Different points among the graded.
    pub distinct: usize,
    /// Sum of squared distances to the own centroid.
    pub inertia: f64,
    /// Sum of squared distances to the mean of all graded customers; `1 − inertia / total` is the share explained.
    pub total_sum_of_squares: f64,
    /// Exact steps of the accepted start on all customers.
    pub iterations: usize,
    /// Always [`Termination::NoFurtherProgress`]: each customer is nearest to its own centroid and each centroid is the
    /// mean of its customers. Anything else is an error.
    pub termination: Termination,
    /// Starts run.
    pub starts: usize,
    /// Starts that ended at the accepted inertia; 1 of many says that more starts may find better clusters.
    pub starts_agreeing: usize,
    /// Customers the starts ran on: all that are graded, or a sample of them.
    pub searched: usize,
    /// Customers of each cluster that was too small for a grade of its own and was joined to the nearest other one.
    pub joined: Vec<usize>,
    /// The ranking column, if there was one.
    pub ranking: Option<String>,
    /// What the grades are ordered by.
    pub ordered_by: OrderBy,
    /// Kendall's τ-a of the grades by ranking column and by composite score, over the grades whose ranking is known; ties
    /// count as neither. See [`order_conflict`](Self::order_conflict).
    pub order_agreement: Option<f64>,
    /// Whether the median of the ranking column falls from each grade to the next.
    pub monotone: Option<bool>,
    /// Agreement of the grades with the bands of the composite score: Cohen's κ with quadratic weights (Cohen 1968).
    pub band_agreement: f64,
}

impl GradeSummary {
    /// Whether the two orders of the grades, by ranking column and by composite score, differ: some grade has the higher
    /// ranking and the lower score.
    #[must_use]
    pub fn order_conflict(&self) -> bool {
        let known = || self.grades.iter().filter_map(|profile| Some((profile.ranking_mean?, profile.composite)));
        let mut pairs = known().flat_map(|a| known().map(move |b| (a, b)));
        pairs.any(|(a, b)| a.0 > b.0 && a.1 < b.1)
    }

    /// Whether the grades say something else than bands of the score do: their agreement is below 0.6.
    #[must_use]
    pub fn differs_from_bands(&self) -> bool {
        self.band_agreement < LEAST_AGREEMENT
    }
}

/// Below this κ two ratings are not taken for the same (Landis and Koch 1977: up to 0.6 is moderate).
const LEAST_AGREEMENT: f64 = 0.6;

/// What decides which cluster is grade A.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderBy {
    /// The composite score of the centroids.
    #[default]
    Composite,
    /// The mean of the ranking column, e.g. profit or customer value; ties by composite score.
    Ranking,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grades_are_letters_from_a_to_z() -> Result<(), Invalid> {
        for index in 0..MOST_GRADES {
            let grade = Grade::from_index(index);
            assert_eq!(grade.map(Grade::index), Some(index));
            assert_eq!(grade.map(|g| g.to_string().parse::<Grade>()).transpose()?, grade);
        }
        assert_eq!(Grade::from_index(MOST_GRADES), None);
        assert_eq!(Grade::from_index(256), None);
        for text in ["", "a", "1", "AB", "É"] {
            assert!(text.parse::<Grade>().is_err(), "{text}");
        }
        Ok(())
    }
}
