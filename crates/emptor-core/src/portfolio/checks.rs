//! Checks and orders that the answers share.

use emptor_types::{Checks, ExactSum};
use rayon::prelude::*;

/// Requires amounts that may be unknown.
pub(super) fn check_known(checks: &mut Checks, name: &str, values: &[f64]) {
    checks.require_each(name, "must be at most 1e12 in absolute value, or NaN for unknown", values, |_, v| {
        v.is_nan() || v.abs() <= ExactSum::LIMIT
    });
}

/// The values that pass, ascending. Equal numbers are interchangeable, so that the order is the same at any number of
/// threads.
pub(super) fn ascending(values: &[f64], keep: impl Fn(f64) -> bool) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| keep(*v)).collect();
    sorted.par_sort_unstable_by(f64::total_cmp);
    sorted
}
