//! Rules of profit.

use std::fmt;

use emptor_types::Predicate;
use serde::Serialize;

/// The class a rule foretells.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ClassShare {
    /// The class: the greatest of the leaf.
    pub class: String,
    /// Its share among the customers of the rule.
    pub confidence: f64,
    /// That share over its share among all customers: how many times likelier it is here.
    pub lift: f64,
}

/// A rule of a [`FittedProfitTree`](super::FittedProfitTree): who, how many, and what they bring.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ProfitRule {
    /// Its number, from 1, as in [`FittedProfitTree::rule_of`](super::FittedProfitTree::rule_of).
    pub id: usize,
    /// Who: true for exactly the customers of the rule, new ones included.
    pub when: Predicate,
    /// Customers whom the tree was fitted on.
    pub customers: usize,
    /// Their share of all.
    pub support: f64,
    /// What they are; `None` if the tree foretells profit itself.
    pub class: Option<ClassShare>,
    /// The share of every class, the worst first; empty if the tree foretells profit itself.
    pub shares: Vec<f64>,
    /// The share of customers with a profit below 0.
    pub loss_share: f64,
    /// Mean profit of a customer.
    pub mean_profit: f64,
    /// Profit of all of them; the rules sum to all customers of known profit.
    pub total_profit: f64,
}

impl ProfitRule {
    /// The condition for a `WHERE` clause over the raw columns.
    #[must_use]
    pub fn to_sql(&self) -> String {
        self.when.to_sql()
    }
}

impl fmt::Display for ProfitRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "if {} then ", self.when)?;
        if let Some(ClassShare { class, confidence, lift }) = &self.class {
            write!(f, "{class} ({:.1} %, lift {lift:.2}), ", 100.0 * confidence)?;
        }
        write!(f, "mean profit {:.2} ({} customers, {:.0} in all)", self.mean_profit, self.customers, self.total_profit)
    }
}
