//! The settings of a grader and the rules they keep.

use emptor_types::Invalid;
use serde::{Deserialize, Serialize};

use super::features::{GROUPS, Row};
use super::grades::MOST_GRADES;
use super::{GradeError, Grader, Indicator, InformationGroup};

/// The fewest rows restarts may be sampled down to.
const SMALLEST_SAMPLE: usize = 1_000;

/// The greatest clip of standard scores; anything beyond is no clip.
const GREATEST_CLIP: f64 = 1_000.0;

/// Plain settings, the saved form of [`Grader`]; loading checks them again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Settings {
    pub(super) indicators: Vec<Indicator>,
    pub(super) group_weights: [Option<f64>; GROUPS],
    pub(super) grades: usize,
    pub(super) restarts: usize,
    pub(super) seed: u64,
    pub(super) winsorize: (f64, f64),
    pub(super) clip: f64,
    pub(super) least_coverage: f64,
    pub(super) sample_rows: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            indicators: Vec::new(),
            group_weights: [None; GROUPS],
            grades: 4,
            restarts: 20,
            seed: 0,
            winsorize: (0.01, 0.99),
            clip: 3.0,
            least_coverage: 0.5,
            sample_rows: 100_000,
        }
    }
}

impl Settings {
    pub(super) fn check(&self) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        checks.require(!self.indicators.is_empty(), "indicators", "must name at least one", "none");
        for (i, indicator) in self.indicators.iter().enumerate() {
            let name = indicator.name();
            checks.require(!name.is_empty(), "indicator", "must have a name", format!("number {i} without one"));
            let before = self.indicators.iter().take(i).any(|other| other.name() == name);
            checks.require(!before, &format!("indicator {name}"), "must be named once", "a second one");
            check_weight(&mut checks, &format!("weight of {name}"), indicator.relative_weight());
        }
        let weighted = self.group_weights.iter().any(Option::is_some);
        for group in InformationGroup::ALL {
            let field = format!("weight of {group}");
            if let Some(weight) = self.group_weights[group.index()] {
                check_weight(&mut checks, &field, weight);
            } else if weighted {
                let informed = self.indicators.iter().any(|indicator| indicator.group() == group);
                checks.require(!informed, &field, "must be set when another group's weight is", "none");
            }
        }
        checks.require((2..=MOST_GRADES).contains(&self.grades), "grades", "must be 2 to 26", self.grades);
        checks.require(self.restarts > 0, "restarts", "must be at least 1", self.restarts);
        let (low, high) = self.winsorize;
        let inside = (0.0..0.5).contains(&low) && high > 0.5 && high <= 1.0;
        checks.require(
            inside,
            "winsorize",
            "must cut at shares with 0 <= lower < 0.5 < upper <= 1",
            format!("{low} and {high}"),
        );
        let clip = self.clip;
        checks.require(clip > 0.0 && clip <= GREATEST_CLIP, "clip", "must be above 0 and at most 1000", clip);
        let coverage = self.least_coverage;
        checks.require(coverage > 0.0 && coverage <= 1.0, "least_coverage", "must be above 0 and at most 1", coverage);
        let sample = self.sample_rows;
        checks.require(sample >= SMALLEST_SAMPLE, "sample_rows", "must be at least 1000", sample);
        checks.finish()
    }

    /// The shares of the groups that have an indicator, 0 for the others.
    pub(super) fn weights(&self, has_indicator: impl Fn(InformationGroup) -> bool) -> Row {
        let raw = InformationGroup::ALL
            .map(|group| if has_indicator(group) { self.group_weights[group.index()].unwrap_or(1.0) } else { 0.0 });
        let sum: f64 = raw.iter().sum();
        raw.map(|weight| weight / sum)
    }
}

/// Weights further apart than this would lose one another in a sum.
const WEIGHT_RANGE: std::ops::RangeInclusive<f64> = 1e-6..=1e6;

fn check_weight(checks: &mut emptor_types::Checks, field: &str, weight: f64) {
    checks.require(WEIGHT_RANGE.contains(&weight), field, "must lie between 1e-6 and 1e6", weight);
}

/// Collects the settings of a [`Grader`].
///
/// | setting | default | meaning |
/// |---|---|---|
/// | `indicators` | none | what customers are graded by, at least one |
/// | `group_weight` | all equal | weights of the groups; only ratios count |
/// | `grades` | 4 | 2 to 26 |
/// | `restarts` | 20 | random starts of the clustering |
/// | `seed` | 0 | where the random starts come from |
/// | `winsorize` | 0.01, 0.99 | shares at which transformed values are cut |
/// | `clip` | 3 | greatest standard score either way |
/// | `least_coverage` | 0.5 | share of a group's indicator weight that must be known |
/// | `sample_rows` | 100 000 | above so many customers restarts run on a sample of that size |
///
/// ```
/// use emptor_core::grade::{Grader, Indicator, InformationGroup};
///
/// let spend = Indicator::new("spend", InformationGroup::PastSales);
/// let error = Grader::builder().indicators([spend]).grades(1).clip(0.0).build().unwrap_err();
/// assert_eq!(error.to_string(), "grades must be 2 to 26 (got 1); clip must be above 0 and at most 1000 (got 0)");
/// ```
#[derive(Debug, Clone, Default)]
pub struct GraderBuilder {
    settings: Settings,
}

impl GraderBuilder {
    /// Adds indicators.
    #[must_use]
    pub fn indicators(mut self, indicators: impl IntoIterator<Item = Indicator>) -> Self {
        self.settings.indicators.extend(indicators);
        self
    }

    /// Sets the weight of a group. Only ratios count; once one is set, every group with an indicator needs one.
    /// Weights of groups without a usable indicator are shared out among the others.
    #[must_use]
    pub fn group_weight(mut self, group: InformationGroup, weight: f64) -> Self {
        self.settings.group_weights[group.index()] = Some(weight);
        self
    }

    /// Sets the number of grades.
    #[must_use]
    pub fn grades(mut self, grades: usize) -> Self {
        self.settings.grades = grades;
        self
    }

    /// Sets the number of random starts of the clustering; the best is kept.
    #[must_use]
    pub fn restarts(mut self, restarts: usize) -> Self {
        self.settings.restarts = restarts;
        self
    }

    /// Sets the seed of the random starts.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// Sets the shares at which transformed values are cut; `winsorize(0.0, 1.0)` cuts nothing of the fitted data.
    #[must_use]
    pub fn winsorize(mut self, lower: f64, upper: f64) -> Self {
        self.settings.winsorize = (lower, upper);
        self
    }

    /// Sets the greatest standard score either way.
    #[must_use]
    pub fn clip(mut self, clip: f64) -> Self {
        self.settings.clip = clip;
        self
    }

    /// Sets the share of a group's indicator weight that must be known for the group to have a score.
    #[must_use]
    pub fn least_coverage(mut self, share: f64) -> Self {
        self.settings.least_coverage = share;
        self
    }

    /// Sets on how many customers restarts run at most; the best restart is then settled on all of them.
    #[must_use]
    pub fn sample_rows(mut self, rows: usize) -> Self {
        self.settings.sample_rows = rows;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// [`GradeError::Invalid`] with every setting that breaks its rule.
    pub fn build(self) -> Result<Grader, GradeError> {
        Ok(Grader::try_from(self.settings)?)
    }
}
