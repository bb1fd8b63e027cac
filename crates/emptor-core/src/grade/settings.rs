//! The settings of a grader and the rules they keep.

use emptor_types::{Checks, Invalid};
use serde::{Deserialize, Serialize};

use super::grades::MOST_GRADES;
use super::standard::AssessmentStandardBuilder;
use super::{AssessmentStandard, Backend, GradeBy, GradeError, Grader, Indicator, InformationGroup, OrderBy};

/// The fewest rows starts may be sampled down to.
const SMALLEST_SAMPLE: usize = 1_000;

/// Plain settings, the saved form of [`Grader`]; loading checks them again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Settings {
    pub(super) standard: AssessmentStandard,
    pub(super) clustering: Clustering,
}

/// How classes are found and ordered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Clustering {
    pub(super) graded_by: GradeBy,
    pub(super) grades: usize,
    pub(super) ordered_by: OrderBy,
    pub(super) guard_rails: GuardRails,
    pub(super) starts: usize,
    pub(super) seed: u64,
    pub(super) sample_rows: usize,
    pub(super) backend: Backend,
}

impl Default for Clustering {
    fn default() -> Self {
        Self {
            graded_by: GradeBy::Groups,
            grades: 4,
            ordered_by: OrderBy::Composite,
            guard_rails: GuardRails::default(),
            starts: 20,
            seed: 0,
            sample_rows: 50_000,
            backend: Backend::Emptor,
        }
    }
}

impl Clustering {
    pub(super) fn check(&self, checks: &mut Checks) {
        checks.require((2..=MOST_GRADES).contains(&self.grades), "grades", "must be 2 to 26", self.grades);
        checks.require(self.starts > 0, "starts", "must be at least 1", self.starts);
        let share = self.guard_rails.smallest_share;
        let rule = "must be at least 0 and below 0.5";
        checks.require((0.0..0.5).contains(&share), "guard_rails.smallest_share", rule, share);
        let sample = self.sample_rows;
        checks.require(sample >= SMALLEST_SAMPLE, "sample_rows", "must be at least 1000", sample);
    }
}

/// How small a grade may be. A smaller cluster is joined to the nearest other one, and the summary says so.
///
/// ```
/// use emptor_core::grade::GuardRails;
///
/// let rails = GuardRails::default();
/// assert_eq!((rails.smallest, rails.smallest_share), (30, 0.01));
/// assert_eq!(rails.least_customers(10_000, 4), 100); // 1 % of them
/// assert_eq!(rails.least_customers(1_000, 4), 30);
/// assert_eq!(rails.least_customers(40, 4), 2); // of a small base a fifth of an even share
/// assert_eq!(GuardRails::none().least_customers(10_000, 4), 0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GuardRails {
    /// The fewest customers of a grade; of a small base a fifth of what each grade would have if all were equal.
    pub smallest: usize,
    /// The least share of the graded customers.
    pub smallest_share: f64,
}

impl GuardRails {
    /// No grade is too small.
    #[must_use]
    pub fn none() -> Self {
        Self { smallest: 0, smallest_share: 0.0 }
    }

    /// The fewest customers a grade of this base may have.
    #[must_use]
    pub fn least_customers(&self, customers: usize, grades: usize) -> usize {
        let count = self.smallest.min(customers / (5 * grades.max(1)));
        count.max((self.smallest_share * customers as f64).floor() as usize)
    }
}

impl Default for GuardRails {
    fn default() -> Self {
        Self { smallest: 30, smallest_share: 0.01 }
    }
}

/// Collects the settings of a [`Grader`].
///
/// | setting | default | meaning |
/// |---|---|---|
/// | `standard` | none | what customers are graded by: an [`AssessmentStandard`], or `indicators` and `group_weight` |
/// | `graded_by` | groups | cluster by group scores, by all indicators, or by the composite score alone |
/// | `grades` | 4 | 2 to 26 |
/// | `ordered_by` | composite | what decides which cluster is grade A |
/// | `guard_rails` | 30, 1 % | how small a grade may be |
/// | `starts` | 20 | random starts of the clustering |
/// | `seed` | 0 | where the random starts come from |
/// | `sample_rows` | 50 000 | above so many customers starts run on a sample of that size |
/// | `backend` | our own | which program makes the starts |
///
/// ```
/// use emptor_core::grade::{Grader, Indicator, InformationGroup};
///
/// let spend = Indicator::new("spend", InformationGroup::PastSales);
/// let error = Grader::builder().indicators([spend]).grades(1).starts(0).build().unwrap_err();
/// assert_eq!(error.to_string(), "grades must be 2 to 26 (got 1); starts must be at least 1 (got 0)");
/// ```
#[derive(Debug, Clone)]
pub struct GraderBuilder {
    /// Of a whole standard, or of indicators one by one.
    standard: Result<AssessmentStandard, AssessmentStandardBuilder>,
    clustering: Clustering,
}

impl Default for GraderBuilder {
    fn default() -> Self {
        Self { standard: Err(AssessmentStandard::builder()), clustering: Clustering::default() }
    }
}

impl GraderBuilder {
    /// Sets the assessment standard; indicators and weights given before are forgotten.
    #[must_use]
    pub fn standard(mut self, standard: AssessmentStandard) -> Self {
        self.standard = Ok(standard);
        self
    }

    /// Adds indicators to a standard made on the way, in place of one given before.
    #[must_use]
    pub fn indicators(self, indicators: impl IntoIterator<Item = Indicator>) -> Self {
        self.with_standard(|standard| standard.indicators(indicators))
    }

    /// Sets the weight of a group in a standard made on the way. Only ratios count; once one is set, every group with
    /// an indicator needs one. Weights of groups without a usable indicator are shared out among the others.
    #[must_use]
    pub fn group_weight(self, group: InformationGroup, weight: f64) -> Self {
        self.with_standard(|standard| standard.group_weight(group, weight))
    }

    /// Sets the shares at which transformed values are cut, in a standard made on the way; `winsorize(0.0, 1.0)` cuts
    /// nothing of the fitted data.
    #[must_use]
    pub fn winsorize(self, lower: f64, upper: f64) -> Self {
        self.with_standard(|standard| standard.winsorize(lower, upper))
    }

    /// Sets the greatest standard score either way, in a standard made on the way.
    #[must_use]
    pub fn clip(self, clip: f64) -> Self {
        self.with_standard(|standard| standard.clip(clip))
    }

    /// Sets the share of a group's indicator weight that must be known for the group to have a score, in a standard made
    /// on the way.
    #[must_use]
    pub fn least_coverage(self, share: f64) -> Self {
        self.with_standard(|standard| standard.least_coverage(share))
    }

    fn with_standard(mut self, change: impl FnOnce(AssessmentStandardBuilder) -> AssessmentStandardBuilder) -> Self {
        self.standard = Err(change(self.standard.err().unwrap_or_else(AssessmentStandard::builder)));
        self
    }

    /// Sets what customers are clustered by.
    #[must_use]
    pub fn graded_by(mut self, by: GradeBy) -> Self {
        self.clustering.graded_by = by;
        self
    }

    /// Sets the number of grades.
    #[must_use]
    pub fn grades(mut self, grades: usize) -> Self {
        self.clustering.grades = grades;
        self
    }

    /// Sets what decides which cluster is grade A.
    #[must_use]
    pub fn ordered_by(mut self, by: OrderBy) -> Self {
        self.clustering.ordered_by = by;
        self
    }

    /// Sets how small a grade may be.
    #[must_use]
    pub fn guard_rails(mut self, rails: GuardRails) -> Self {
        self.clustering.guard_rails = rails;
        self
    }

    /// Sets the number of random starts of the clustering; the best is kept.
    #[must_use]
    pub fn starts(mut self, starts: usize) -> Self {
        self.clustering.starts = starts;
        self
    }

    /// Sets the seed of the random starts.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.clustering.seed = seed;
        self
    }

    /// Sets on how many customers starts run at most; the best start is then settled on all of them.
    #[must_use]
    pub fn sample_rows(mut self, rows: usize) -> Self {
        self.clustering.sample_rows = rows;
        self
    }

    /// Sets which program makes the starts.
    #[must_use]
    pub fn backend(mut self, backend: Backend) -> Self {
        self.clustering.backend = backend;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// [`GradeError::Invalid`] with every setting that breaks its rule.
    pub fn build(self) -> Result<Grader, GradeError> {
        // Mistakes of the standard and of the rest are told together.
        let mut checks = Invalid::checks();
        if let Err(standard) = &self.standard {
            standard.check(&mut checks);
        }
        self.clustering.check(&mut checks);
        checks.finish()?;
        let standard = self.standard.or_else(AssessmentStandardBuilder::build)?;
        Ok(Grader::try_from(Settings { standard, clustering: self.clustering })?)
    }
}
