//! What all forecasts ask of their inputs.

use emptor_types::{ExactSum, Invalid, TimeUnit};

use crate::value::LifetimeValue;

/// An amount of money that sums can hold.
pub(super) fn is_amount(value: f64) -> bool {
    value.abs() <= ExactSum::LIMIT
}

pub(super) fn one_each(field: &str, customers: usize, found: usize) -> Result<(), Invalid> {
    let rule = format!("must be one for each of {customers} customers");
    if found == customers { Ok(()) } else { Err(Invalid::value(field, rule, found)) }
}

/// Refuses a convention that counts another period where a conversion would not make sense.
pub(super) fn same_period(what: &str, unit: TimeUnit, convention: &LifetimeValue) -> Result<(), Invalid> {
    let rule = format!("must be the period of the convention, {}", convention.period());
    if unit == convention.period() { Ok(()) } else { Err(Invalid::value(what, rule, unit)) }
}

/// The place of every label among sorted names.
pub(super) fn places<'a>(names: &[&str], labels: impl Iterator<Item = &'a str>) -> Result<Vec<usize>, Invalid> {
    let labels: Vec<&str> = labels.collect();
    let found = |label: &str| names.binary_search(&label);
    let mut checks = Invalid::checks();
    let rule = format!("must be one of {}", names.join(", "));
    checks.require_each("segment", &rule, &labels, |_, label| found(label).is_ok());
    checks.finish()?;
    Ok(labels.into_iter().map(|label| found(label).unwrap_or(0)).collect())
}
