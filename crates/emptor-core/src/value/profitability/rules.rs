//! What each activity costs.

use emptor_types::{Checks, Invalid};

use super::tdabc::TimeEquation;

/// Where the cost of an activity stands in the ladder of margins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum CostClass {
    /// Selling, delivering, serving.
    #[default]
    CostToServe,
    /// Marketing addressed to the customer.
    DirectMarketing,
}

impl CostClass {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::CostToServe => "cost_to_serve",
            Self::DirectMarketing => "direct_marketing",
        }
    }
}

/// Which activities a rule counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Counted {
    /// Orders with goods, of one channel if it is named.
    Orders { channel: Option<String> },
    /// Lines of goods sold or given.
    OrderLines,
    /// Units of goods sold or given.
    Units,
    /// Lines of goods that came back.
    ReturnLines,
    /// Rows of an activity log.
    Logged(String),
}

/// How their cost is found.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Rate {
    /// Money per unit of quantity.
    Flat(f64),
    /// Minutes by a time equation, at the rate of a capacity pool.
    Time { equation: TimeEquation, pool: String },
    /// The row's own minutes, at the rate of a capacity pool.
    OwnMinutes { pool: String },
    /// The row's own cost.
    OwnCost,
    /// The whole pool, spread over the quantity.
    ShareOf { pool: String },
}

/// What an activity costs: which activities are counted, and what one of them costs.
///
/// | counted | how many | product |
/// |---|---|---|
/// | [`orders`](Self::orders) | orders with a line of goods, sold or free; the first such line dates the order. Without order numbers, days with one | none |
/// | [`shipments`](Self::shipments) | the same, of one channel | none |
/// | [`order_lines`](Self::order_lines) | lines of goods, sold or free | the line's |
/// | [`units`](Self::units) | their quantity | the line's |
/// | [`return_lines`](Self::return_lines) | lines of returned goods, when they came back | the line's |
/// | [`logged`](Self::logged) | the quantity of rows of an activity log | the row's, if it names one |
///
/// ```
/// use emptor_core::value::profitability::{CostRule, TimeEquation};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let rules = [
///     CostRule::orders().takes(TimeEquation::base(8.0)?, "customer service"),
///     CostRule::shipments("online").costs(4.90),
///     CostRule::return_lines().costs(35.20),
///     CostRule::logged("ticket").own_minutes("customer service"),
///     CostRule::logged("mailing").own_cost().direct_marketing(),
/// ];
/// # assert_eq!(rules[1].name(), "shipments online");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CostRule {
    pub(super) name: String,
    pub(super) counted: Counted,
    pub(super) rate: Option<Rate>,
    pub(super) class: CostClass,
}

impl CostRule {
    fn new(name: impl Into<String>, counted: Counted) -> Self {
        Self { name: name.into(), counted, rate: None, class: CostClass::default() }
    }

    /// Handling orders.
    #[must_use]
    pub fn orders() -> Self {
        Self::new("orders", Counted::Orders { channel: None })
    }

    /// Shipping orders of a channel. Orders of channels without such a rule are not charged for shipping: what is sold in
    /// a shop is carried home. What was shipped stays shipped: a return does not take it back.
    #[must_use]
    pub fn shipments(channel: impl Into<String>) -> Self {
        let channel = channel.into();
        Self::new(format!("shipments {channel}"), Counted::Orders { channel: Some(channel) })
    }

    /// Picking order lines.
    #[must_use]
    pub fn order_lines() -> Self {
        Self::new("order lines", Counted::OrderLines)
    }

    /// Handling units.
    #[must_use]
    pub fn units() -> Self {
        Self::new("units", Counted::Units)
    }

    /// Handling returned lines.
    #[must_use]
    pub fn return_lines() -> Self {
        Self::new("return lines", Counted::ReturnLines)
    }

    /// An activity of the activity tables.
    #[must_use]
    pub fn logged(activity: impl Into<String>) -> Self {
        let activity = activity.into();
        Self::new(activity.clone(), Counted::Logged(activity))
    }

    /// Another name for the results; two rules may count the same activities under different names.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// So much money each.
    #[must_use]
    pub fn costs(mut self, each: f64) -> Self {
        self.rate = Some(Rate::Flat(each));
        self
    }

    /// So many minutes each, at the rate of a capacity pool; drivers are columns of the activity log and describe one of
    /// the row's activities, `minutes = quantity × (β0 + Σ β_k x_k)`.
    #[must_use]
    pub fn takes(mut self, equation: TimeEquation, pool: impl Into<String>) -> Self {
        self.rate = Some(Rate::Time { equation, pool: pool.into() });
        self
    }

    /// The minutes that the log states, at the rate of a capacity pool.
    #[must_use]
    pub fn own_minutes(mut self, pool: impl Into<String>) -> Self {
        self.rate = Some(Rate::OwnMinutes { pool: pool.into() });
        self
    }

    /// The cost that the log states.
    #[must_use]
    pub fn own_cost(mut self) -> Self {
        self.rate = Some(Rate::OwnCost);
        self
    }

    /// An equal part of a pool of type `variable` or `direct_marketing` each, period by period: the traditional driver
    /// rate `cost / volume`. All of the pool is charged; in a period without volume nothing is.
    #[must_use]
    pub fn share_of(mut self, pool: impl Into<String>) -> Self {
        self.rate = Some(Rate::ShareOf { pool: pool.into() });
        self
    }

    /// Counts as direct marketing and not as cost to serve. A pool of type `direct_marketing` implies it.
    #[must_use]
    pub fn direct_marketing(mut self) -> Self {
        self.class = CostClass::DirectMarketing;
        self
    }

    /// The name of the rule in the results.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn pool(&self) -> Option<&str> {
        match self.rate.as_ref()? {
            Rate::Time { pool, .. } | Rate::OwnMinutes { pool } | Rate::ShareOf { pool } => Some(pool),
            Rate::Flat(_) | Rate::OwnCost => None,
        }
    }

    pub(super) fn check(&self, checks: &mut Checks) {
        let logged = matches!(self.counted, Counted::Logged(_));
        let field = format!("rule `{}`", self.name);
        match &self.rate {
            None => checks.require(false, &field, "must say what the activity costs", "no rate"),
            Some(Rate::Flat(each)) => {
                checks.require(
                    *each >= 0.0 && each.is_finite(),
                    &field,
                    "must cost a finite amount of at least 0",
                    each,
                );
            }
            Some(Rate::Time { equation, .. }) => {
                let plain = logged || equation.drivers().is_empty();
                let drivers: Vec<&str> = equation.drivers().iter().map(|(name, _)| name.as_str()).collect();
                checks.require(
                    plain,
                    &field,
                    "must have a time equation without drivers, which only activity logs have",
                    drivers.join(", "),
                );
            }
            Some(Rate::OwnMinutes { .. }) => {
                checks.require(logged, &field, "must count an activity log to use its own minutes", "transactions");
            }
            Some(Rate::OwnCost) => {
                checks.require(logged, &field, "must count an activity log to use its own cost", "transactions");
            }
            Some(Rate::ShareOf { .. }) => {}
        }
    }
}

/// The rules of a profit calculation must have names of their own, and share out a pool once.
pub(super) fn check_rules(rules: &[CostRule]) -> Result<(), Invalid> {
    let mut checks = Invalid::checks();
    for (i, rule) in rules.iter().enumerate() {
        rule.check(&mut checks);
        let twice = rules[..i].iter().any(|other| other.name == rule.name);
        checks.require(!twice, "rule", "must have a name of its own (`named` gives it one)", &rule.name);
        if let Some(Rate::ShareOf { pool }) = &rule.rate {
            let shared =
                rules[..i].iter().any(|other| matches!(&other.rate, Some(Rate::ShareOf { pool: p }) if p == pool));
            checks.require(!shared, "pool", "must be shared out by one rule only", pool);
        }
    }
    checks.finish()
}
