//! What customers yet to come are worth.

use emptor_types::{DiscountRate, Invalid, TimeUnit, Timing};

use crate::ForecastError;

/// The value of the cohorts that will be won, less what winning them costs (McCarthy, Fader & Hardie 2017; the second part
/// of customer equity beside the value of those who are there).
///
/// ```text
/// Σ_t A(t) · (CLV − CAC) / (1 + d)^τ(t)
/// ```
///
/// `acquired` are the customers won in periods 1, 2, … of length `unit`, `clv` the lifetime value of a new customer at the
/// time they are won, `cac` the cost of winning one, and `timing` says when in a period they are won.
///
/// ```
/// use emptor_forecast::customer_base::future_cohorts_value;
/// use emptor_types::{DiscountRate, TimeUnit, Timing};
///
/// let rate = DiscountRate::annual_effective(0.1)?;
/// let value = future_cohorts_value(&[100.0, 100.0], 50.0, 39.0, rate, TimeUnit::Year, Timing::End)?;
/// assert!((value - (1100.0 / 1.1 + 1100.0 / 1.21)).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If a number of customers is negative or not finite, or a value is not finite.
pub fn future_cohorts_value(
    acquired: &[f64],
    clv: f64,
    cac: f64,
    rate: DiscountRate,
    unit: TimeUnit,
    timing: Timing,
) -> Result<f64, ForecastError> {
    let mut checks = Invalid::checks();
    checks.require_each("acquired", "must be finite and at least 0", acquired, |_, n| n >= 0.0 && n.is_finite());
    checks.require(clv.is_finite(), "clv", "must be finite", clv);
    checks.require(cac.is_finite(), "cac", "must be finite", cac);
    checks.finish()?;
    let discounted = |(t, n): (usize, &f64)| n * rate.factor(timing.tau(t), unit);
    Ok((1..).zip(acquired).map(discounted).sum::<f64>() * (clv - cac))
}
