//! The assessment standard: what customers are graded by.

use std::collections::BTreeMap;

use emptor_types::{Checks, Date, Fit, Invalid};
use serde::{Deserialize, Serialize};

use super::fitted_indicator::{WEIGHT_RANGE, WEIGHT_RULE, check_indicator};
use super::{FittedStandard, Indicator, InformationGroup, Scaling, Weighting};
use crate::grade::{GradeError, GradingData};

/// The greatest clip of standard scores; anything beyond is no clip.
const GREATEST_CLIP: f64 = 1_000.0;

/// What becomes of a value outside an indicator's valid range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutOfRange {
    /// It is taken as unknown, and counted.
    #[default]
    Unknown,
    /// The whole column is refused, with count and rows.
    Refuse,
}

/// Plain settings, the saved form of [`AssessmentStandard`]; loading checks them again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) effective_from: Option<Date>,
    pub(super) scaling: Scaling,
    pub(super) winsorize: (f64, f64),
    pub(super) clip: f64,
    pub(super) least_coverage: f64,
    pub(super) out_of_range: OutOfRange,
    pub(super) weighting: Weighting,
    pub(super) indicators: Vec<Indicator>,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            name: "standard".to_owned(),
            version: 1,
            effective_from: None,
            scaling: Scaling::default(),
            winsorize: (0.01, 0.99),
            clip: 3.0,
            least_coverage: 0.5,
            out_of_range: OutOfRange::default(),
            weighting: Weighting::default(),
            indicators: Vec::new(),
        }
    }
}

impl Draft {
    /// Checks every rule; fields are keys of the TOML form.
    pub(super) fn check(&self, checks: &mut Checks) {
        self.check_values(checks);
        self.check_weighting(checks);
    }

    pub(super) fn check_values(&self, checks: &mut Checks) {
        checks.require(!self.name.is_empty(), "name", "must not be empty", "none");
        checks.require(!self.indicators.is_empty(), "indicators", "must name at least one", "none");
        for (i, indicator) in self.indicators.iter().enumerate() {
            let name = indicator.name();
            checks.require(!name.is_empty(), "indicators", "must have names", format!("number {i} without one"));
            let before = self.indicators.iter().take(i).any(|other| other.name() == name);
            let key = format!("indicators.{name}");
            checks.require(!before, &key, "must be named once", "a second one");
            check_indicator(checks, &key, indicator);
        }
        let (low, high) = self.winsorize;
        let inside = (0.0..0.5).contains(&low) && high > 0.5 && high <= 1.0;
        let rule = "must cut at shares with 0 <= lower < 0.5 < upper <= 1";
        checks.require(inside, "winsorize", rule, format!("{low} and {high}"));
        let clip = self.clip;
        checks.require(clip > 0.0 && clip <= GREATEST_CLIP, "clip", "must be above 0 and at most 1000", clip);
        let coverage = self.least_coverage;
        checks.require(coverage > 0.0 && coverage <= 1.0, "least_coverage", "must be above 0 and at most 1", coverage);
    }

    fn check_weighting(&self, checks: &mut Checks) {
        let informed: Vec<InformationGroup> = InformationGroup::ALL
            .into_iter()
            .filter(|&group| self.indicators.iter().any(|indicator| indicator.group() == group))
            .collect();
        match &self.weighting {
            Weighting::User { groups } => {
                for group in InformationGroup::ALL {
                    let key = format!("weighting.groups.{group}");
                    if let Some(&weight) = groups.get(&group) {
                        checks.require(WEIGHT_RANGE.contains(&weight), &key, WEIGHT_RULE, weight);
                    } else if !groups.is_empty() {
                        let idle = !informed.contains(&group);
                        checks.require(idle, &key, "must be set when another group's weight is", "none");
                    }
                }
            }
            Weighting::Ahp { groups, within } => {
                let names: Vec<&str> = informed.iter().map(|group| group.name()).collect();
                groups.check(checks, "weighting.groups", &names);
                for group in InformationGroup::ALL {
                    let key = format!("weighting.within.{group}");
                    let of_group = self.indicators.iter().filter(|indicator| indicator.group() == group);
                    let names: Vec<&str> = of_group.map(Indicator::name).collect();
                    match within.get(&group) {
                        Some(matrix) => matrix.check(checks, &key, &names),
                        None => {
                            let judged = names.len() < 2;
                            checks.require(judged, &key, "must judge the indicators by pairs", names.join(", "));
                        }
                    }
                }
            }
            Weighting::Equal | Weighting::Entropy | Weighting::ProfitRegression => {}
        }
    }
}

/// A versioned assessment standard: the indicators in four groups of information that customers are graded by, how they
/// are scaled and how they are weighed. It reads from and writes to TOML ([`from_toml`](Self::from_toml),
/// [`to_toml`](Self::to_toml)), and a ready one is [`built_in`](Self::built_in).
///
/// ```text
/// y_ij = transform_j(x_ij), held between the 1 % and the 99 % quantile
/// z_ij = ± clip(scale_j(y_ij))                      higher is better
/// s_ig = Σ_j w_j z_ij / Σ_j w_j                     over the known indicators j of group g
/// composite_i = Σ_g v_g s_ig                        Σ_g v_g = 1
/// ```
///
/// A group of which less than `least_coverage` of the weight is known has no score, and the customer no composite:
/// nobody gets the worst score for want of data.
///
/// ```
/// use emptor_core::grade::{AssessmentStandard, GradingData, Indicator, InformationGroup, Transform};
/// use emptor_types::Fit;
///
/// let standard = AssessmentStandard::builder()
///     .name("wholesale")
///     .version(2)
///     .indicators([
///         Indicator::new("spend", InformationGroup::PastSales).transform(Transform::Asinh),
///         Indicator::new("days_since_last", InformationGroup::PastSales).lower_is_better(),
///         Indicator::new("return_share", InformationGroup::ProductValue).lower_is_better().valid_max(1.0),
///     ])
///     .group_weight(InformationGroup::PastSales, 0.7)
///     .group_weight(InformationGroup::ProductValue, 0.3)
///     .build()?;
/// let spend = [900.0, 20.0, 750.0, 35.0, f64::NAN];
/// let days = [5.0, 200.0, 12.0, 150.0, f64::NAN];
/// let returns = [0.01, 0.30, 0.02, 0.25, 0.10];
/// let data = GradingData::new(&[("spend", &spend), ("days_since_last", &days), ("return_share", &returns)])?;
///
/// let fitted = standard.fit(&data)?;
/// let scores = fitted.score(&data)?;
/// assert!(scores.composite[0] > scores.composite[1]);
/// assert_eq!(scores.composite[4], None);
/// assert_eq!(scores.unknown[4].map(|why| why.to_string()).as_deref(), Some("too little is known of past_sales"));
/// # Ok::<(), emptor_core::grade::GradeError>(())
/// ```
///
/// # Errors
/// [`Fit::fit`] fails if there is no customer, if the column of an indicator is missing or breaks its rule, if no
/// indicator tells customers apart, or if weights are to come from a regression to profit and there is no profit; see
/// [`GradeError`].
///
/// # Numerical notes
/// Scales, weights and base means are the same, bit for bit, in whatever order rows and columns of the data come and on
/// however many threads: they rest on order statistics and on exact sums.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Draft", into = "Draft")]
pub struct AssessmentStandard {
    pub(super) draft: Draft,
}

impl AssessmentStandard {
    /// Starts a builder with the defaults.
    #[must_use]
    pub fn builder() -> AssessmentStandardBuilder {
        AssessmentStandardBuilder::default()
    }

    /// What the standard is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.draft.name
    }

    /// Which version of it this is.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.draft.version
    }

    /// From which day on it holds.
    #[must_use]
    pub fn effective_from(&self) -> Option<Date> {
        self.draft.effective_from
    }

    /// What customers are graded by.
    #[must_use]
    pub fn indicators(&self) -> &[Indicator] {
        &self.draft.indicators
    }

    /// Where weights come from.
    #[must_use]
    pub fn weighting(&self) -> &Weighting {
        &self.draft.weighting
    }

    /// How indicators become comparable.
    #[must_use]
    pub fn scaling(&self) -> Scaling {
        self.draft.scaling
    }

    /// The shares at which transformed values are cut.
    #[must_use]
    pub fn winsorize(&self) -> (f64, f64) {
        self.draft.winsorize
    }

    /// The greatest standard score either way.
    #[must_use]
    pub fn clip(&self) -> f64 {
        self.draft.clip
    }

    /// The share of a group's weight that must be known for the group to have a score.
    #[must_use]
    pub fn least_coverage(&self) -> f64 {
        self.draft.least_coverage
    }

    /// What becomes of values outside the valid range.
    #[must_use]
    pub fn out_of_range(&self) -> OutOfRange {
        self.draft.out_of_range
    }

    /// The standard without the indicators that have no column, and the names of those. Judgements of pairs that are
    /// left out go with them.
    ///
    /// ```
    /// use emptor_core::grade::AssessmentStandard;
    ///
    /// let (standard, missing) = AssessmentStandard::built_in().restricted_to(&["spend", "days_since_last", "region"])?;
    /// assert_eq!(standard.indicators().len(), 2);
    /// assert!(missing.contains(&"margin_rate".to_owned()));
    /// # Ok::<(), emptor_core::grade::GradeError>(())
    /// ```
    ///
    /// # Errors
    /// [`GradeError::MissingIndicators`] if no column is that of an indicator, and [`GradeError::Invalid`] if what is
    /// left of judgements contradicts itself.
    pub fn restricted_to(&self, available: &[&str]) -> Result<(Self, Vec<String>), GradeError> {
        let mut draft = self.draft.clone();
        let there = |indicator: &Indicator| available.contains(&indicator.name());
        let absent = draft.indicators.iter().filter(|i| !there(i)).map(|i| i.name().to_owned()).collect();
        draft.indicators.retain(there);
        if draft.indicators.is_empty() {
            let available = available.iter().map(|&name| name.to_owned()).collect();
            return Err(GradeError::MissingIndicators { missing: absent, available });
        }
        if let Weighting::Ahp { groups, within } = &mut draft.weighting {
            let informed = |name: &str| draft.indicators.iter().any(|i| i.group().name() == name);
            if let Some(left) = groups.restricted_to(informed) {
                *groups = left;
            }
            *within = within
                .iter()
                .filter_map(|(&group, matrix)| matrix.restricted_to(|n| available.contains(&n)).map(|m| (group, m)))
                .collect();
        }
        Ok((Self::try_from(draft)?, absent))
    }
}

impl Fit<GradingData<'_>> for AssessmentStandard {
    type Fitted = FittedStandard;
    type Error = GradeError;

    fn fit(&self, data: &GradingData<'_>) -> Result<FittedStandard, GradeError> {
        FittedStandard::fit(self, data)
    }
}

impl TryFrom<Draft> for AssessmentStandard {
    type Error = Invalid;

    fn try_from(draft: Draft) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        draft.check(&mut checks);
        checks.finish()?;
        Ok(Self { draft })
    }
}

impl From<AssessmentStandard> for Draft {
    fn from(standard: AssessmentStandard) -> Self {
        standard.draft
    }
}

/// Collects the settings of an [`AssessmentStandard`].
///
/// | setting | default | meaning |
/// |---|---|---|
/// | `name`, `version`, `effective_from` | standard, 1, none | what grades are labelled with |
/// | `indicators` | none | what customers are graded by, at least one |
/// | `weighting`, `group_weight` | as given, all equal | where weights come from |
/// | `scaling` | robust z | how indicators become comparable |
/// | `winsorize` | 0.01, 0.99 | shares at which transformed values are cut |
/// | `clip` | 3 | greatest standard score either way |
/// | `least_coverage` | 0.5 | share of a group's indicator weight that must be known |
/// | `out_of_range` | unknown | what becomes of values outside the valid range |
///
/// ```
/// use emptor_core::grade::{AssessmentStandard, Indicator, InformationGroup};
///
/// let spend = Indicator::new("spend", InformationGroup::PastSales).weight(0.0);
/// let error = AssessmentStandard::builder().indicators([spend]).clip(0.0).build().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "indicators.spend.weight must lie between 1e-6 and 1e6 (got 0); clip must be above 0 and at most 1000 (got 0)"
/// );
/// ```
#[derive(Debug, Clone, Default)]
pub struct AssessmentStandardBuilder {
    draft: Draft,
}

impl AssessmentStandardBuilder {
    /// Sets the name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.draft.name = name.into();
        self
    }

    /// Sets the version.
    #[must_use]
    pub fn version(mut self, version: u32) -> Self {
        self.draft.version = version;
        self
    }

    /// Sets from which day on the standard holds.
    #[must_use]
    pub fn effective_from(mut self, day: Date) -> Self {
        self.draft.effective_from = Some(day);
        self
    }

    /// Adds indicators.
    #[must_use]
    pub fn indicators(mut self, indicators: impl IntoIterator<Item = Indicator>) -> Self {
        self.draft.indicators.extend(indicators);
        self
    }

    /// Sets where weights come from.
    #[must_use]
    pub fn weighting(mut self, weighting: Weighting) -> Self {
        self.draft.weighting = weighting;
        self
    }

    /// Sets the weight of a group, and that weights are as given ([`Weighting::User`]). Only ratios count; once one is
    /// set, every group with an indicator needs one. Weights of groups without a usable indicator are shared out among
    /// the others.
    #[must_use]
    pub fn group_weight(mut self, group: InformationGroup, weight: f64) -> Self {
        let mut groups = match self.draft.weighting {
            Weighting::User { groups } => groups,
            _ => BTreeMap::new(),
        };
        groups.insert(group, weight);
        self.draft.weighting = Weighting::User { groups };
        self
    }

    /// Sets how indicators become comparable.
    #[must_use]
    pub fn scaling(mut self, scaling: Scaling) -> Self {
        self.draft.scaling = scaling;
        self
    }

    /// Sets the shares at which transformed values are cut; `winsorize(0.0, 1.0)` cuts nothing of the fitted data.
    #[must_use]
    pub fn winsorize(mut self, lower: f64, upper: f64) -> Self {
        self.draft.winsorize = (lower, upper);
        self
    }

    /// Sets the greatest standard score either way.
    #[must_use]
    pub fn clip(mut self, clip: f64) -> Self {
        self.draft.clip = clip;
        self
    }

    /// Sets the share of a group's indicator weight that must be known for the group to have a score.
    #[must_use]
    pub fn least_coverage(mut self, share: f64) -> Self {
        self.draft.least_coverage = share;
        self
    }

    /// Sets what becomes of values outside the valid range.
    #[must_use]
    pub fn out_of_range(mut self, policy: OutOfRange) -> Self {
        self.draft.out_of_range = policy;
        self
    }

    /// Checks the settings together with others.
    pub(in crate::grade) fn check(&self, checks: &mut Checks) {
        self.draft.check(checks);
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// [`GradeError::Invalid`] with every setting that breaks its rule, by its key in the TOML form.
    pub fn build(self) -> Result<AssessmentStandard, GradeError> {
        Ok(AssessmentStandard::try_from(self.draft)?)
    }
}
