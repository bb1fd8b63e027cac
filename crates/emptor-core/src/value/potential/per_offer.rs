//! Numbers that may differ by customer, by category, or by both.

use emptor_types::Invalid;

/// A number for every customer and category, as short as it can be said.
///
/// ```
/// use emptor_core::value::potential::PerOffer;
///
/// let margins = PerOffer::ByCategory(vec![50.0, 200.0]);
/// let cost = PerOffer::from(2.0); // the same for all
/// assert_eq!(cost, PerOffer::Same(2.0));
/// assert_ne!(margins, cost);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum PerOffer {
    /// The same for all.
    Same(f64),
    /// One per category.
    ByCategory(Vec<f64>),
    /// One per customer.
    ByCustomer(Vec<f64>),
    /// One per customer and category, row-major: all categories of the first customer, then of the second.
    Table(Vec<f64>),
}

impl From<f64> for PerOffer {
    fn from(value: f64) -> Self {
        Self::Same(value)
    }
}

impl PerOffer {
    pub(super) fn at(&self, customer: usize, category: usize, categories: usize) -> f64 {
        match self {
            Self::Same(value) => *value,
            Self::ByCategory(values) => values[category],
            Self::ByCustomer(values) => values[customer],
            Self::Table(values) => values[customer * categories + category],
        }
    }

    pub(super) fn check(
        &self,
        name: &str,
        customers: usize,
        categories: usize,
        rule: &str,
        holds: fn(f64) -> bool,
    ) -> Result<(), Invalid> {
        let (values, expected) = match self {
            Self::Same(value) => (std::slice::from_ref(value), 1),
            Self::ByCategory(values) => (values.as_slice(), categories),
            Self::ByCustomer(values) => (values.as_slice(), customers),
            Self::Table(values) => (values.as_slice(), customers.saturating_mul(categories)),
        };
        let mut checks = Invalid::checks();
        let length = format!("must have {expected} values");
        checks.require(values.len() == expected, name, &length, values.len());
        checks.require_each(name, rule, values, |_, v| holds(v));
        checks.finish()
    }
}
