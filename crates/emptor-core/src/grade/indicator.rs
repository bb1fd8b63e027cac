//! What a customer is graded by: indicators in four groups of information.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::features::GROUPS;

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
    pub(super) fn index(self) -> usize {
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
    pub(super) fn sign(self) -> f64 {
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
pub enum Transform {
    /// As it is: shares, ratings, rates.
    Identity,
    /// `ln(1 + x)`, for money and counts that are never negative.
    Log1p,
    /// `asinh(x) = ln(x + √(x² + 1))`, for profit with losses: like a logarithm far from 0, on both sides.
    Asinh,
}

impl Transform {
    /// The transformed value; `Log1p` of −1 or less is not a number.
    #[must_use]
    pub fn apply(self, value: f64) -> f64 {
        match self {
            Self::Identity => value,
            Self::Log1p => value.ln_1p(),
            Self::Asinh => value.asinh(),
        }
    }
}

/// One column a customer is graded by: which group it informs, which end is good, how it is bent and what it weighs.
///
/// ```
/// use emptor_core::grade::{Direction, Indicator, InformationGroup, Transform};
///
/// let days = Indicator::new("days_since_last", InformationGroup::PastSales).lower_is_better().weight(2.0);
/// assert_eq!(days.direction(), Direction::LowerIsBetter);
/// assert_eq!(days.transform_kind(), Transform::Identity);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Indicator {
    name: String,
    group: InformationGroup,
    direction: Direction,
    transform: Transform,
    weight: f64,
}

impl Indicator {
    /// An indicator of which more is better, untransformed, of weight 1 inside its group.
    pub fn new(name: impl Into<String>, group: InformationGroup) -> Self {
        Self {
            name: name.into(),
            group,
            direction: Direction::HigherIsBetter,
            transform: Transform::Identity,
            weight: 1.0,
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
    /// [`GraderBuilder::build`](super::GraderBuilder::build) checks.
    #[must_use]
    pub fn weight(mut self, weight: f64) -> Self {
        self.weight = weight;
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
}
