//! After a refit: which grade is which.

use std::fmt;

use emptor_cluster::{ClusterError, Contingency, Matching, match_by_overlap, match_labels};
use emptor_types::Invalid;

use crate::grade::grades::MOST_GRADES;
use crate::grade::{Grade, GradeError};

/// An old grade, the new one that is most like it, or one of them where the other side has fewer grades.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct GradePair {
    /// Grade of the old grader; `None` for a new grade without a counterpart.
    pub old: Option<Grade>,
    /// Grade of the new grader; `None` for an old grade without a counterpart.
    pub new: Option<Grade>,
    /// Distance of the two centroids, if grades were matched by centroids.
    pub distance: Option<f64>,
    /// Customers who are in both.
    pub customers: usize,
}

/// What to look at before a new grader replaces an old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefitWarning {
    /// The new best grade is not the old best grade.
    BestIsAnother {
        /// What the old `A` is now.
        old_best_is: Option<Grade>,
    },
    /// Two grades changed their order: the first was better and is now worse.
    OrderChanged {
        /// The better one of the old grader.
        better: Grade,
        /// The worse one of the old grader.
        worse: Grade,
    },
    /// A grade has no counterpart among the new ones.
    OldGradeGone {
        /// The old grade.
        grade: Grade,
    },
    /// A grade has no counterpart among the old ones.
    GradeIsNew {
        /// The new grade.
        grade: Grade,
    },
}

/// The grades of an old and a new grader side by side, for the same customers of the same period.
///
/// Old and new grades are matched one to one so that the squared distances of centroids sum to the least, or the shared
/// customers to the most. Every customer is in one of: the pairs, `otherwise_graded`, `not_compared`.
///
/// ```
/// use emptor_core::grade::Grade;
/// use emptor_core::grade::movement::{RefitComparison, RefitWarning};
///
/// let grades = |text: &str| text.chars().map(|c| Grade::try_from(c).ok()).collect::<Vec<_>>();
/// let refit = RefitComparison::by_overlap(&grades("AAABBCC-"), &grades("BBBAACCC"))?;
/// assert_eq!(refit.new_of("A".parse::<Grade>()?), "B".parse().ok());
/// assert_eq!(refit.keep_class(), Some(1.0), "the same classes …");
/// assert_eq!(refit.keep_letter(), Some(2.0 / 7.0), "… under other letters");
/// assert!(refit.warnings().contains(&RefitWarning::BestIsAnother { old_best_is: "B".parse().ok() }));
/// # Ok::<(), emptor_core::grade::GradeError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RefitComparison {
    /// The grades, in order of the old ones, then new ones without a counterpart.
    pub pairs: Vec<GradePair>,
    /// Customers graded by both graders.
    pub compared: usize,
    /// Customers whose letter is the same.
    pub same_letter: usize,
    /// Customers whose new grade is not the counterpart of the old one.
    pub otherwise_graded: usize,
    /// Customers whom one of the graders, or both, did not grade.
    pub not_compared: usize,
}

impl RefitComparison {
    /// Matches grades by the customers that they share.
    ///
    /// # Errors
    /// [`GradeError::Invalid`] unless the columns are equally long and a customer is graded by both.
    pub fn by_overlap(old: &[Option<Grade>], new: &[Option<Grade>]) -> Result<Self, GradeError> {
        let both = graded_by_both(old, new)?;
        let (left, right): (Vec<usize>, Vec<usize>) = both.into_iter().unzip();
        let table = Contingency::of(&left, &right).map_err(invalid)?;
        let match_ = match_by_overlap(&table).map_err(invalid)?;
        Ok(Self::new(old, new, &match_, false))
    }

    /// Matches grades by their centroids, best grade first, in one space for both graders: the same columns by the same
    /// scale.
    ///
    /// # Errors
    /// [`GradeError::Invalid`] unless the columns of grades are equally long, a customer is graded by both, there is a
    /// finite centroid for each grade in use, 26 at most, and centroids have equally many columns.
    pub fn by_centroids(
        old_centroids: &[impl AsRef<[f64]>],
        new_centroids: &[impl AsRef<[f64]>],
        old: &[Option<Grade>],
        new: &[Option<Grade>],
    ) -> Result<Self, GradeError> {
        graded_by_both(old, new)?;
        let mut checks = Invalid::checks();
        for (name, grades, centroids) in
            [("old grades", old, old_centroids.len()), ("new grades", new, new_centroids.len())]
        {
            let sizes = 1..=MOST_GRADES;
            checks.require(sizes.contains(&centroids), name, "must have 1 to 26 centroids", centroids);
            let there = |grade: Option<Grade>| grade.is_none_or(|grade| grade.index() < centroids);
            checks.require_each(name, "must have a centroid", grades, |_, grade| there(grade));
        }
        checks.finish()?;
        Ok(Self::new(old, new, &match_labels(old_centroids, new_centroids).map_err(invalid)?, true))
    }

    fn new(old: &[Option<Grade>], new: &[Option<Grade>], match_: &Matching, by_distance: bool) -> Self {
        let mut pairs: Vec<GradePair> = Vec::new();
        for (place, (partner, cost)) in match_.columns().iter().zip(match_.costs()).enumerate() {
            // By overlap a pair that shares nobody is left over on both sides.
            let partner = partner.filter(|_| by_distance || cost.is_some_and(|cost| cost < 0.0));
            let (old, new) = (Grade::from_index(place), partner.and_then(Grade::from_index));
            let distance = cost.filter(|_| by_distance).map(f64::sqrt);
            pairs.push(GradePair { old, new, distance, customers: 0 });
        }
        for place in 0..match_.rows().len() {
            let new = Grade::from_index(place);
            if pairs.iter().all(|pair| pair.new != new) {
                pairs.push(GradePair { old: None, new, distance: None, customers: 0 });
            }
        }
        if !by_distance {
            // Letters between those in use that nobody has by either grader are no grades.
            pairs.retain(|pair| match (pair.old, pair.new) {
                (Some(_), Some(_)) => true,
                (Some(grade), None) => old.contains(&Some(grade)),
                (None, grade) => new.contains(&grade),
            });
        }
        let mut comparison = Self { pairs, compared: 0, same_letter: 0, otherwise_graded: 0, not_compared: 0 };
        for (&old, &new) in old.iter().zip(new) {
            if old.is_none() || new.is_none() {
                comparison.not_compared += 1;
                continue;
            }
            comparison.compared += 1;
            comparison.same_letter += usize::from(old == new);
            match comparison.pairs.iter_mut().find(|pair| pair.old == old && pair.new == new) {
                Some(pair) => pair.customers += 1,
                None => comparison.otherwise_graded += 1,
            }
        }
        comparison
    }

    /// The new grade that is most like an old one.
    #[must_use]
    pub fn new_of(&self, old: Grade) -> Option<Grade> {
        self.pairs.iter().find(|pair| pair.old == Some(old)).and_then(|pair| pair.new)
    }

    /// The old grade that is most like a new one: to read new grades in old letters.
    #[must_use]
    pub fn old_of(&self, new: Grade) -> Option<Grade> {
        self.pairs.iter().find(|pair| pair.new == Some(new)).and_then(|pair| pair.old)
    }

    /// Share of the compared customers whose new grade is the counterpart of the old one; `None` if there are none.
    #[must_use]
    pub fn keep_class(&self) -> Option<f64> {
        let kept: usize = self.pairs.iter().map(|pair| pair.customers).sum();
        (self.compared > 0).then(|| kept as f64 / self.compared as f64)
    }

    /// Share of the compared customers whose letter is the same; `None` if there are none.
    #[must_use]
    pub fn keep_letter(&self) -> Option<f64> {
        (self.compared > 0).then(|| self.same_letter as f64 / self.compared as f64)
    }

    /// Whether the better of any two matched grades is still the better one.
    #[must_use]
    pub fn is_order_preserved(&self) -> bool {
        self.matched().is_sorted_by_key(|(_, new)| new)
    }

    /// What to look at before the new grader replaces the old one.
    #[must_use]
    pub fn warnings(&self) -> Vec<RefitWarning> {
        let best = Grade::from_index(0);
        let mut warnings = Vec::new();
        if let Some(old_best_is) = best.map(|best| self.new_of(best)).filter(|new| *new != best) {
            warnings.push(RefitWarning::BestIsAnother { old_best_is });
        }
        for ((better, its_new), (worse, other_new)) in self.matched().zip(self.matched().skip(1)) {
            if its_new > other_new {
                warnings.push(RefitWarning::OrderChanged { better, worse });
            }
        }
        warnings.extend(self.pairs.iter().filter_map(|pair| match (pair.old, pair.new) {
            (Some(grade), None) => Some(RefitWarning::OldGradeGone { grade }),
            (None, Some(grade)) => Some(RefitWarning::GradeIsNew { grade }),
            _ => None,
        }));
        warnings
    }

    /// Matched grades, in order of the old.
    fn matched(&self) -> impl Iterator<Item = (Grade, Grade)> + '_ {
        self.pairs.iter().filter_map(|pair| pair.old.zip(pair.new))
    }
}

impl fmt::Display for RefitWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BestIsAnother { old_best_is: Some(grade) } => write!(f, "what was A is now {grade}"),
            Self::BestIsAnother { old_best_is: None } => f.write_str("what was A has no counterpart"),
            Self::OrderChanged { better, worse } => write!(f, "what was {better} is now below what was {worse}"),
            Self::OldGradeGone { grade } => write!(f, "the old grade {grade} has no counterpart among the new ones"),
            Self::GradeIsNew { grade } => write!(f, "the new grade {grade} has no counterpart among the old ones"),
        }
    }
}

/// Places of the grades of customers whom both graded.
fn graded_by_both(old: &[Option<Grade>], new: &[Option<Grade>]) -> Result<Vec<(usize, usize)>, GradeError> {
    let both: Vec<_> =
        old.iter().zip(new).filter_map(|(old, new)| Some((old.as_ref()?.index(), new.as_ref()?.index()))).collect();
    let mut checks = Invalid::checks();
    checks.require(old.len() == new.len(), "new grades", "must be one per old grade", new.len());
    checks.require(!both.is_empty(), "customers", "must have one graded by both", "none");
    checks.finish()?;
    Ok(both)
}

fn invalid(error: ClusterError) -> GradeError {
    match error {
        ClusterError::Invalid(invalid) => invalid.into(),
        other => Invalid::value("centroids", "must have equally many columns", other).into(),
    }
}
