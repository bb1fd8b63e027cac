//! Customers by label.

use std::collections::BTreeMap;

use emptor_types::Invalid;

/// The part of every customer; parts in the order of their names.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parts {
    pub(super) names: Vec<String>,
    pub(super) of_customer: Vec<u32>,
}

impl Parts {
    pub(super) fn new<S: AsRef<str>>(labels: &[S]) -> Self {
        let mut places: BTreeMap<&str, u32> = labels.iter().map(|label| (label.as_ref(), 0)).collect();
        places.values_mut().zip(0..).for_each(|(place, next)| *place = next);
        Self {
            names: places.keys().map(|name| (*name).to_owned()).collect(),
            of_customer: labels.iter().map(|label| places[label.as_ref()]).collect(),
        }
    }

    /// Requires one label per customer.
    pub(super) fn check(&self, customers: usize) -> Result<(), Invalid> {
        let labels = self.of_customer.len();
        let mut checks = Invalid::checks();
        checks.require(
            labels == customers,
            "labels",
            &format!("must be one for each of {customers} customers"),
            labels,
        );
        checks.finish()
    }
}
