//! One indicator, fitted: from a raw value to its score, and back.

use emptor_types::{Checks, Invalid};
use serde::{Deserialize, Serialize};

use super::quantiles::quantile;
use super::scaling::held;
use super::{DropReason, FrozenScale, Indicator, MissingPolicy, OutOfRange, QuantileTable, Scaling, Transform};

/// Rounding allowed at the ends of the scores, as a fraction of their range.
const END_ROUNDING: f64 = 1e-9;

/// The frozen scale of one indicator.
///
/// ```text
/// y = transform(x), held inside [lower, upper]
/// z = ± scale(y)                                    for min-max and quantile scores 1 − scale(y) instead of −
/// ```
///
/// ```
/// use emptor_core::grade::{AssessmentStandard, FrozenScale, GradingData, Indicator, InformationGroup, Spread};
/// use emptor_types::Fit;
///
/// let spend = Indicator::new("spend", InformationGroup::PastSales);
/// let standard = AssessmentStandard::builder().indicators([spend]).winsorize(0.0, 1.0).build()?;
/// let fitted = standard.fit(&GradingData::new(&[("spend", &[1.0, 2.0, 3.0, 4.0, 100.0])])?)?;
///
/// let spend = &fitted.indicators()[0];
/// let spread = Spread::MedianAbsoluteDeviation;
/// assert_eq!(spend.scale, FrozenScale::RobustZ { median: 3.0, unit: 1.4826, spread });
/// assert_eq!(spend.score(3.0), 0.0);
/// assert_eq!(spend.score(100.0), 3.0); // clipped
/// assert_eq!(spend.value_at(1.0), Some(4.4826));
/// # Ok::<(), emptor_core::grade::GradeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FittedIndicator {
    /// What is scaled.
    pub indicator: Indicator,
    /// Customers whose value was known when the scale was set.
    pub known: usize,
    /// Customers whose value lay outside the valid range and was taken as unknown.
    pub out_of_range: usize,
    /// The ranks of the fitted customers, for [`Transform::Rank`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ranks: Option<QuantileTable>,
    /// Lower cut of the transformed values.
    pub lower: f64,
    /// Upper cut of the transformed values.
    pub upper: f64,
    /// What cut values are measured against.
    pub scale: FrozenScale,
    /// Greatest standard score either way.
    pub clip: f64,
}

impl FittedIndicator {
    /// Sets the scale from a column.
    pub(super) fn fit(
        indicator: &Indicator,
        column: &[f64],
        scaling: Scaling,
        (low, high): (f64, f64),
        clip: f64,
    ) -> Result<Self, DropReason> {
        let raw: Vec<f64> = column.iter().copied().filter(|&x| indicator.admits(x)).collect();
        let known = raw.len();
        let out_of_range = column.iter().filter(|x| !x.is_nan()).count() - known;
        if known == 0 {
            return Err(DropReason::Unknown);
        }
        let transform = indicator.transform_kind();
        let ranks = if transform == Transform::Rank { QuantileTable::of(&raw) } else { None };
        // Adding 0 turns −0 into 0: as the one or the other happens to be selected, quantiles would differ.
        let mut values: Vec<f64> = match &ranks {
            Some(table) => raw.iter().map(|&x| table.rank(x)).collect(),
            None => raw.iter().map(|&x| transform.apply(x) + 0.0).collect(),
        };
        let lower = quantile(&mut values, low);
        let upper = quantile(&mut values, high);
        for value in &mut values {
            *value = held(*value, lower, upper);
        }
        let scale = FrozenScale::fit(scaling, &mut values).map_err(|median| DropReason::NoSpread { median })?;
        Ok(Self { indicator: indicator.clone(), known, out_of_range, ranks, lower, upper, scale, clip })
    }

    /// The score of a value in the indicator's own unit, oriented so that higher is better. `NaN` for `NaN` and for
    /// values outside the valid range: what an unknown value counts as is for [`unknown_score`](Self::unknown_score).
    #[must_use]
    pub fn score(&self, value: f64) -> f64 {
        if !self.indicator.admits(value) {
            return f64::NAN;
        }
        self.scored(self.transformed(value))
    }

    /// What an unknown value scores by the indicator's [`MissingPolicy`]; `None` if its weight is redistributed.
    #[must_use]
    pub fn unknown_score(&self) -> Option<f64> {
        match self.indicator.missing_policy() {
            MissingPolicy::Redistribute => None,
            MissingPolicy::Neutral => Some(if self.scale.is_standard() { 0.0 } else { 0.5 }),
            MissingPolicy::Worst => Some(self.scored(self.lower).min(self.scored(self.upper))),
            MissingPolicy::Value(value) => Some(self.scored(self.transformed(value))),
        }
    }

    /// The least and the greatest score there can be.
    #[must_use]
    pub fn score_range(&self) -> (f64, f64) {
        let (a, b) = (self.scored(self.lower), self.scored(self.upper));
        (a.min(b), a.max(b))
    }

    /// The value, in the indicator's own unit, that has this score; `None` if no value has it. Scores at the ends are
    /// those of many values; this is the one nearest to the middle.
    #[must_use]
    pub fn value_at(&self, score: f64) -> Option<f64> {
        let (least, greatest) = self.score_range();
        // A score computed in another way may lie a rounding beyond the ends.
        let slack = END_ROUNDING * (greatest - least);
        if score < least - slack || score > greatest + slack || score.is_nan() {
            return None;
        }
        let y = held(self.scale.invert(self.oriented(score)), self.lower, self.upper);
        let value = self.ranks.as_ref().map_or_else(|| self.indicator.transform_kind().invert(y), |t| t.value(y));
        value.is_finite().then_some(value)
    }

    /// The transformed value, held inside the cuts.
    pub(super) fn transformed(&self, value: f64) -> f64 {
        let y = match &self.ranks {
            Some(table) => table.rank(value),
            None => self.indicator.transform_kind().apply(value),
        };
        held(y, self.lower, self.upper)
    }

    fn scored(&self, y: f64) -> f64 {
        self.oriented(self.scale.score(y, self.clip))
    }

    /// Turns a score so that higher is better, or back.
    fn oriented(&self, score: f64) -> f64 {
        let sign = self.indicator.direction().sign();
        match (self.scale.is_standard(), sign > 0.0) {
            (_, true) => score,
            // Not `-score`: the middle is 0 for both directions, never −0.
            (true, false) => 0.0 - score,
            (false, false) => 1.0 - score,
        }
    }

    /// The scores of a checked column, and how many of its values lay outside the valid range.
    pub(super) fn column(&self, column: &[f64]) -> (Vec<f64>, usize) {
        let unknown = self.unknown_score().unwrap_or(f64::NAN);
        let mut outside = 0;
        let scores = column
            .iter()
            .map(|&value| {
                let score = self.score(value);
                if score.is_nan() {
                    outside += usize::from(!value.is_nan());
                    unknown
                } else {
                    score
                }
            })
            .collect();
        (scores, outside)
    }

    pub(super) fn check(&self, checks: &mut Checks) {
        let name = self.indicator.name();
        let (lower, upper) = (self.lower, self.upper);
        let ordered = lower <= upper && lower.is_finite() && upper.is_finite();
        checks.require(ordered, name, "must have finite cuts in order", format!("{lower}, {upper}"));
        checks.require(self.clip > 0.0 && self.clip.is_finite(), name, "must have a clip above 0", self.clip);
        checks.require(self.known > 0, name, "must have been known for somebody", self.known);
        let ranked = self.indicator.transform_kind() == Transform::Rank;
        checks.require(ranked == self.ranks.is_some(), name, "must hold ranks exactly if ranked", ranked);
        self.scale.check(checks, name);
    }
}

/// Checks a column against what an indicator can take.
pub(super) fn check_column(checks: &mut Checks, indicator: &Indicator, column: &[f64], policy: OutOfRange) {
    let name = indicator.name();
    if policy == OutOfRange::Refuse {
        let rule = match indicator.valid_range() {
            (Some(least), Some(most)) => format!("must lie between {least} and {most}"),
            (Some(least), None) => format!("must be at least {least}"),
            (None, most) => format!("must be at most {}", most.unwrap_or(f64::INFINITY)),
        };
        checks.require_each(name, &rule, column, |_, x| x.is_nan() || indicator.admits(x));
    }
    if indicator.transform_kind() == Transform::Log1p {
        checks.require_each(name, "must be above -1 for log1p", column, |_, x| !indicator.admits(x) || x > -1.0);
    }
}

/// The rule a setting breaks, if it does.
pub(super) fn check_indicator(checks: &mut Checks, key: &str, indicator: &Indicator) {
    let field = |part: &str| format!("{key}.{part}");
    let weight = indicator.relative_weight();
    checks.require(WEIGHT_RANGE.contains(&weight), &field("weight"), WEIGHT_RULE, weight);
    let (least, most) = indicator.valid_range();
    for (part, bound) in [("valid_min", least), ("valid_max", most)] {
        if let Some(bound) = bound {
            checks.require(bound.is_finite(), &field(part), "must be finite", bound);
        }
    }
    if let (Some(least), Some(most)) = (least, most) {
        checks.require(least < most, &field("valid_max"), &format!("must be above valid_min, {least}"), most);
    }
    if let MissingPolicy::Value(value) = indicator.missing_policy() {
        let logarithm = indicator.transform_kind() != Transform::Log1p || value > -1.0;
        let proper = value.is_finite() && indicator.admits(value) && logarithm;
        checks.require(proper, &field("missing"), "must be a value the indicator can have", value);
    }
}

/// Weights further apart than this would lose one another in a sum.
pub(super) const WEIGHT_RANGE: std::ops::RangeInclusive<f64> = 1e-6..=1e6;

pub(super) const WEIGHT_RULE: &str = "must lie between 1e-6 and 1e6";

/// Every violation at once.
pub(super) fn check_columns<'a>(
    columns: impl Iterator<Item = (&'a Indicator, &'a [f64])>,
    policy: OutOfRange,
) -> Result<(), Invalid> {
    let mut checks = Invalid::checks();
    for (indicator, column) in columns {
        check_column(&mut checks, indicator, column, policy);
    }
    checks.finish()
}
