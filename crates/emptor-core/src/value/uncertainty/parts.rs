//! Customers by label.

use std::collections::BTreeMap;

use emptor_types::{ExactSum, Invalid};

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

/// The power of two by which values are multiplied before they are added up exactly: fixed point would round values far
/// below one away. Values of at least one are left as they are, so that totals have the bits of customer equity.
pub(super) fn lift(values: &[f64]) -> f64 {
    /// Tiny values come near to one, and no factor overflows.
    const MOST: i32 = 1000;
    let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if largest > 0.0 && largest < 1.0 {
        2.0_f64.powi((-largest.log2()).floor().min(f64::from(MOST)) as i32)
    } else {
        1.0
    }
}

/// The sum of values, the same in any order.
pub(super) fn total(values: &[f64]) -> f64 {
    let lift = lift(values);
    values.iter().map(|value| lift * value).collect::<ExactSum>().value() / lift
}
