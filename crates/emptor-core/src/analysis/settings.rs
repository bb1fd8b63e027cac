//! What an analysis takes.

use emptor_rfm::{HistoryOptions, ScoreOptions};
use emptor_types::{Date, Invalid, Level, TimeUnit};

use super::choice::PurchaseModelChoice;
use super::margin::Margin;
use super::outlook::OutlookSettings;
use crate::grade::AssessmentStandard;
use crate::value::LifetimeValue;

/// The level of ranges unless another is given.
const RANGE: f64 = 0.95;

/// The whole run, as validated settings.
///
/// ```
/// use emptor_core::analysis::{Analysis, Margin};
/// use emptor_core::value::LifetimeValue;
/// use emptor_types::{DiscountRate, Horizon, TimeUnit, Timing};
///
/// let convention = LifetimeValue::builder()
///     .rate(DiscountRate::annual_effective(0.12)?)
///     .horizon(Horizon::months(36.0)?)
///     .period(TimeUnit::Month)
///     .timing(Timing::Middle)
///     .build()?;
/// let analysis = Analysis::builder()
///     .as_of("2024-12-31".parse()?)
///     .convention(convention)
///     .unit(TimeUnit::Week)
///     .margin(Margin::Rate(0.35))
///     .grades(4)
///     .seed(7)
///     .build()?;
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone)]
pub struct Analysis {
    pub(super) history: HistoryOptions,
    pub(super) convention: LifetimeValue,
    pub(super) margin: Margin,
    pub(super) purchase_model: PurchaseModelChoice,
    pub(super) penalty: f64,
    pub(super) scores: ScoreOptions,
    pub(super) standard: AssessmentStandard,
    pub(super) grades: usize,
    pub(super) starts: usize,
    pub(super) seed: u64,
    pub(super) level: Level,
    pub(super) outlook: Option<OutlookSettings>,
}

/// Collects the settings of an [`Analysis`]; day of observation, convention and unit have no default.
#[derive(Debug, Clone)]
pub struct AnalysisBuilder {
    as_of: Option<Date>,
    convention: Option<LifetimeValue>,
    unit: Option<TimeUnit>,
    margin: Margin,
    purchase_model: PurchaseModelChoice,
    penalty: f64,
    scores: ScoreOptions,
    standard: AssessmentStandard,
    grades: usize,
    starts: usize,
    seed: u64,
    level: Option<Level>,
    outlook: Option<OutlookSettings>,
}

impl Analysis {
    /// The day of observation.
    #[must_use]
    pub fn as_of(&self) -> Date {
        self.history.as_of()
    }

    /// Starts an analysis: BG/NBD, 4 grades, 20 starts, seed 0, margin from costs where known.
    #[must_use]
    pub fn builder() -> AnalysisBuilder {
        AnalysisBuilder {
            as_of: None,
            convention: None,
            unit: None,
            margin: Margin::default(),
            purchase_model: PurchaseModelChoice::default(),
            penalty: 0.0,
            scores: ScoreOptions::default(),
            standard: AssessmentStandard::built_in(),
            grades: 4,
            starts: 20,
            seed: 0,
            level: None,
            outlook: None,
        }
    }
}

impl AnalysisBuilder {
    /// The last day of observation, inclusive.
    #[must_use]
    pub fn as_of(mut self, as_of: Date) -> Self {
        self.as_of = Some(as_of);
        self
    }

    /// How value is discounted.
    #[must_use]
    pub fn convention(mut self, convention: LifetimeValue) -> Self {
        self.convention = Some(convention);
        self
    }

    /// The unit of time of the purchase model.
    #[must_use]
    pub fn unit(mut self, unit: TimeUnit) -> Self {
        self.unit = Some(unit);
        self
    }

    /// What part of revenue is profit.
    #[must_use]
    pub fn margin(mut self, margin: Margin) -> Self {
        self.margin = margin;
        self
    }

    /// The purchase model: a kind, or [the best of several](PurchaseModelChoice::best_of). BG/NBD unless given.
    #[must_use]
    pub fn purchase_model(mut self, choice: impl Into<PurchaseModelChoice>) -> Self {
        self.purchase_model = choice.into();
        self
    }

    /// Penalty on the parameters of both models; 0 unless given. A small base (some dozens of repeat customers) may need
    /// 0.01 for the purchase model to converge.
    #[must_use]
    pub fn penalty(mut self, penalty: f64) -> Self {
        self.penalty = penalty;
        self
    }

    /// How RFM scores and segments are made.
    #[must_use]
    pub fn scores(mut self, scores: ScoreOptions) -> Self {
        self.scores = scores;
        self
    }

    /// The assessment standard customers are graded by, as far as the tables have its indicators; the built-in one if not
    /// given.
    #[must_use]
    pub fn standard(mut self, standard: AssessmentStandard) -> Self {
        self.standard = standard;
        self
    }

    /// Number of grades.
    #[must_use]
    pub fn grades(mut self, grades: usize) -> Self {
        self.grades = grades;
        self
    }

    /// Number of starts of the cluster analysis.
    #[must_use]
    pub fn starts(mut self, starts: usize) -> Self {
        self.starts = starts;
        self
    }

    /// How often ranges of value hold the truth; 0.95 unless given.
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }

    /// Forecasts sales and customers, too; nothing unless given.
    #[must_use]
    pub fn outlook(mut self, outlook: OutlookSettings) -> Self {
        self.outlook = Some(outlook);
        self
    }

    /// Seed of the cluster analysis, of the ranges and of the outlook.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// Everything that is missing or out of range, at once.
    pub fn build(self) -> Result<Analysis, Invalid> {
        let mut checks = Invalid::checks();
        let rule = "must be given: it has no default";
        checks.require(self.as_of.is_some(), "as_of", rule, "nothing");
        checks.require(self.convention.is_some(), "convention", rule, "nothing");
        checks.require(self.unit.is_some(), "unit", rule, "nothing");
        checks.absorb(self.margin.check());
        if let Some(outlook) = &self.outlook {
            checks.absorb(outlook.check());
        }
        self.purchase_model.check(&mut checks);
        let penalty = self.penalty;
        checks.require(penalty >= 0.0 && penalty.is_finite(), "penalty", "must be finite and at least 0", penalty);
        checks.require((2..=26).contains(&self.grades), "grades", "must be from 2 to 26", self.grades);
        checks.require(self.starts > 0, "starts", "must be at least 1", self.starts);
        checks.finish()?;
        let level = self.level.map_or_else(|| Level::new(RANGE), Ok)?;
        match (self.as_of, self.convention, self.unit) {
            (Some(as_of), Some(convention), Some(unit)) => Ok(Analysis {
                history: HistoryOptions::new(as_of, unit),
                convention,
                margin: self.margin,
                purchase_model: self.purchase_model,
                penalty: self.penalty,
                scores: self.scores,
                standard: self.standard,
                grades: self.grades,
                starts: self.starts,
                seed: self.seed,
                level,
                outlook: self.outlook,
            }),
            _ => Err(Invalid::value("analysis", "must be complete", "nothing")),
        }
    }
}
