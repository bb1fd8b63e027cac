//! What a customer is graded by: indicators in four groups of information.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How many kinds of information there are.
pub(in crate::grade) const GROUPS: usize = 4;

/// The four kinds of information a grade rests on.
///
/// ```
/// use emptor_core::grade::InformationGroup;
///
/// assert_eq!(InformationGroup::ALL.map(|g| g.name()), ["service_value", "product_value", "image", "past_sales"]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InformationGroup {
    /// What the service relation gives and costs: resolution at first contact, complaints, cost to serve.
    ServiceValue,
    /// Fit and worth of the products consumed: contribution margin, breadth, returns.
    ProductValue,
    /// Standing of the customer and of the relation: credit rating, contract compliance, references, tenure.
    Image,
    /// Sales history: net revenue, days since the last purchase, purchases, growth.
    PastSales,
}

impl InformationGroup {
    /// All groups, in the fixed order of every table of group scores.
    pub const ALL: [Self; GROUPS] = [Self::ServiceValue, Self::ProductValue, Self::Image, Self::PastSales];

    /// The name used in columns and saved models.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ServiceValue => "service_value",
            Self::ProductValue => "product_value",
            Self::Image => "image",
            Self::PastSales => "past_sales",
        }
    }

    /// Place in [`ALL`](Self::ALL).
    pub(in crate::grade) fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for InformationGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which end of an indicator is the good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More is better, e.g. revenue.
    HigherIsBetter,
    /// Less is better, e.g. days since the last purchase, complaints, returns.
    LowerIsBetter,
}

impl Direction {
    /// The factor that turns a standard score so that higher is better.
    pub(in crate::grade) fn sign(self) -> f64 {
        match self {
            Self::HigherIsBetter => 1.0,
            Self::LowerIsBetter => -1.0,
        }
    }
}

/// How an indicator is bent before it is scaled.
///
/// ```
/// use emptor_core::grade::Transform;
///
/// assert_eq!(Transform::Identity.apply(-3.0), -3.0);
/// assert_eq!(Transform::Log1p.apply(0.0), 0.0);
/// assert!((Transform::Asinh.apply(-1.0) + 0.881_373_587).abs() < 1e-9);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Transform {
    /// As it is: shares, ratings, rates.
    Identity,
    /// `ln(1 + x)`, for money and counts that are never negative.
    Log1p,
    /// `asinh(x) = ln(x + √(x² + 1))`, for profit with losses: like a logarithm far from 0, on both sides.
    Asinh,
    /// The share of the fitted customers below the value, those at the value counted half: for scales of which only the
    /// order means something. The table of ranks is frozen with the fit, see [`QuantileTable`](super::QuantileTable).
    Rank,
}

impl Transform {
    /// The transformed value; `Log1p` of −1 or less is not a number. `Rank` needs the fitted customers and leaves the
    /// value as it is here.
    #[must_use]
    pub fn apply(self, value: f64) -> f64 {
        match self {
            Self::Identity | Self::Rank => value,
            Self::Log1p => value.ln_1p(),
            Self::Asinh => value.asinh(),
        }
    }

    /// The value that [`apply`](Self::apply) turns into this one.
    ///
    /// ```
    /// use emptor_core::grade::Transform;
    ///
    /// assert!((Transform::Log1p.invert(Transform::Log1p.apply(41.0)) - 41.0).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn invert(self, transformed: f64) -> f64 {
        match self {
            Self::Identity | Self::Rank => transformed,
            Self::Log1p => transformed.exp_m1(),
            Self::Asinh => transformed.sinh(),
        }
    }
}

/// What a customer's unknown value of an indicator counts as. Nobody is put at the bottom for want of data unless the
/// standard says so.
///
/// ```
/// use emptor_core::grade::{Indicator, InformationGroup, MissingPolicy};
///
/// // Whoever is not in the table of referrals has made none.
/// let referrals = Indicator::new("referrals", InformationGroup::Image).missing(MissingPolicy::Value(0.0));
/// assert_eq!(referrals.missing_policy(), MissingPolicy::Value(0.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingPolicy {
    /// Its weight goes to the known indicators of the group; a group of which too little is known has no score.
    #[default]
    Redistribute,
    /// The middle of the scale: 0 for standard scores, ½ for min-max and quantile scores. It counts as known.
    Neutral,
    /// The worst score of the fitted customers. It counts as known.
    Worst,
    /// This value, in the indicator's own unit. It counts as known.
    Value(f64),
}

/// One column a customer is graded by: which group it informs, which end is good, how it is bent, what it weighs, which
/// values are possible and what an unknown one counts as.
///
/// ```
/// use emptor_core::grade::{Direction, Indicator, InformationGroup, Transform};
///
/// let days = Indicator::new("days_since_last", InformationGroup::PastSales)
///     .lower_is_better()
///     .weight(2.0)
///     .unit("days")
///     .formula("as_of − date of the last purchase")
///     .valid_min(0.0);
/// assert_eq!(days.direction(), Direction::LowerIsBetter);
/// assert_eq!(days.transform_kind(), Transform::Identity);
/// assert!(days.admits(14.0) && !days.admits(-3.0));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Indicator {
    name: String,
    group: InformationGroup,
    direction: Direction,
    transform: Transform,
    weight: f64,
    #[serde(default)]
    missing: MissingPolicy,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    valid_min: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    valid_max: Option<f64>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    unit: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    formula: String,
}

impl Indicator {
    /// An indicator of which more is better, untransformed, of weight 1 inside its group, with no limits to its values.
    pub fn new(name: impl Into<String>, group: InformationGroup) -> Self {
        Self {
            name: name.into(),
            group,
            direction: Direction::HigherIsBetter,
            transform: Transform::Identity,
            weight: 1.0,
            missing: MissingPolicy::Redistribute,
            valid_min: None,
            valid_max: None,
            unit: String::new(),
            formula: String::new(),
        }
    }

    /// Makes less the better.
    #[must_use]
    pub fn lower_is_better(mut self) -> Self {
        self.direction = Direction::LowerIsBetter;
        self
    }

    /// Sets how values are bent before scaling.
    #[must_use]
    pub fn transform(mut self, transform: Transform) -> Self {
        self.transform = transform;
        self
    }

    /// Sets the weight inside the group; only ratios count. It must lie between 1e-6 and 1e6, which
    /// [`AssessmentStandardBuilder::build`](super::AssessmentStandardBuilder::build) checks.
    #[must_use]
    pub fn weight(mut self, weight: f64) -> Self {
        self.weight = weight;
        self
    }

    /// Sets what an unknown value counts as.
    #[must_use]
    pub fn missing(mut self, policy: MissingPolicy) -> Self {
        self.missing = policy;
        self
    }

    /// Sets the least possible value; anything less is unknown, see [`OutOfRange`](super::OutOfRange).
    #[must_use]
    pub fn valid_min(mut self, least: f64) -> Self {
        self.valid_min = Some(least);
        self
    }

    /// Sets the greatest possible value; anything more is unknown, see [`OutOfRange`](super::OutOfRange).
    #[must_use]
    pub fn valid_max(mut self, greatest: f64) -> Self {
        self.valid_max = Some(greatest);
        self
    }

    /// Names the unit of its values, for the reader.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = unit.into();
        self
    }

    /// Tells how its values are computed, for the reader.
    #[must_use]
    pub fn formula(mut self, formula: impl Into<String>) -> Self {
        self.formula = formula.into();
        self
    }

    /// The name of its column.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The group it informs.
    #[must_use]
    pub fn group(&self) -> InformationGroup {
        self.group
    }

    /// Which end is good.
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// How values are bent before scaling.
    #[must_use]
    pub fn transform_kind(&self) -> Transform {
        self.transform
    }

    /// The weight inside its group.
    #[must_use]
    pub fn relative_weight(&self) -> f64 {
        self.weight
    }

    /// What an unknown value counts as.
    #[must_use]
    pub fn missing_policy(&self) -> MissingPolicy {
        self.missing
    }

    /// The least and the greatest possible value, where there are such.
    #[must_use]
    pub fn valid_range(&self) -> (Option<f64>, Option<f64>) {
        (self.valid_min, self.valid_max)
    }

    /// Whether a value lies in the valid range; `NaN` does not.
    #[must_use]
    pub fn admits(&self, value: f64) -> bool {
        !value.is_nan()
            && self.valid_min.is_none_or(|least| value >= least)
            && self.valid_max.is_none_or(|m| value <= m)
    }

    /// The unit of its values; empty if not told.
    #[must_use]
    pub fn unit_name(&self) -> &str {
        &self.unit
    }

    /// How its values are computed; empty if not told.
    #[must_use]
    pub fn formula_text(&self) -> &str {
        &self.formula
    }
}
