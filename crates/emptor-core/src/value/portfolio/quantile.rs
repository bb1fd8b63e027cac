//! Checks and quantiles that the answers share.

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

/// The quantile by linear interpolation between order statistics (Hyndman & Fan 1996, type 7; the default of R and
/// NumPy). `None` of nothing.
pub(super) fn quantile(sorted: &[f64], p: f64) -> Option<f64> {
    let position = p * sorted.len().checked_sub(1)? as f64;
    let low = position.floor() as usize;
    let below = sorted.get(low)?;
    let above = sorted.get(low + 1).unwrap_or(below);
    Some(below + (above - below) * (position - low as f64))
}
