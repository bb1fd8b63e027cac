//! Quantiles.

/// The known values, ascending.
#[must_use]
pub fn ascending(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

/// The quantile of ascending values by linear interpolation between order statistics (Hyndman & Fan 1996, type 7; the
/// default of R and NumPy). `None` of nothing.
///
/// ```
/// use emptor_statistics::quantile;
///
/// assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.75), Some(3.0));
/// ```
#[must_use]
pub fn quantile(sorted: &[f64], p: f64) -> Option<f64> {
    let position = p.clamp(0.0, 1.0) * sorted.len().checked_sub(1)? as f64;
    let low = position.floor() as usize;
    let below = sorted.get(low)?;
    let above = sorted.get(low + 1).unwrap_or(below);
    // `min`, because rounding may carry a value past the next one, and quantiles must not cross.
    Some((below + (above - below) * (position - low as f64)).min(*above))
}

/// The median of the values that are known (not `NaN`), in any order. `None` of nothing.
///
/// ```
/// use emptor_statistics::median;
///
/// assert_eq!(median(&[4.0, f64::NAN, 1.0]), Some(2.5));
/// ```
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(&ascending(values), 0.5)
}
