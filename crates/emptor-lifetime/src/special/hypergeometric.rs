//! Gauss' hypergeometric function in logarithms.

mod long_sum;
mod series;

use emptor_types::Invalid;

use super::gamma::digamma;
use crate::LifetimeError;
use long_sum::long_sum;

/// A series of about this many terms costs as much as the integral that replaces it.
const SHORT: usize = 3000;
/// Terms after which a series is given up.
const MAX_TERMS: usize = 1_000_000;
/// How much larger than its result a sum of mixed signs may be: beyond, it has lost more than two digits.
const MAX_CANCELLATION: f64 = 64.0;

/// `ln ₂F₁(a, b; c; z)` for positive `a`, `b`, `c` and `0 ≤ z < 1`, where the function is at least 1.
///
/// Of the two series in Euler's transformation
/// ```text
/// F(a, b; c; z) = (1 − z)^(c−a−b) F(c−a, c−b; c; z)          (Abramowitz & Stegun 15.3.3)
/// ```
/// the one with the smaller parameters is summed: in purchase models `c − a` and `c − b` do not grow with the number of
/// purchases, so a dozen terms replace 200,000. If the terms on the right cancel (`c − a` or `c − b` far below 0), the
/// plain series is summed, which has only positive terms. Both are scaled while they run, so neither overflows. A
/// series of more than some thousand terms (`z` near 1, large parameters) becomes an integral over its positive terms,
/// so that it does not matter how near 1 `z` is, or whether `c − a − b` is near an integer.
///
/// ```
/// use emptor_lifetime::special::ln_hyp2f1;
/// // F(1, 1; 2; z) = −ln(1 − z) / z
/// let value = ln_hyp2f1(1.0, 1.0, 2.0, 0.5)?;
/// assert!((value - (2.0 * 2.0_f64.ln()).ln()).abs() < 1e-15);
/// # Ok::<(), emptor_lifetime::LifetimeError>(())
/// ```
///
/// # Errors
/// [`LifetimeError::Invalid`] outside the range above; [`LifetimeError::SeriesTooLong`] if no way to the value is left,
/// which parameters up to 10⁴ do not reach.
pub fn ln_hyp2f1(a: f64, b: f64, c: f64, z: f64) -> Result<f64, LifetimeError> {
    check(a, b, c, z)?;
    let (exponent, left, right) = differences(a, b, c);
    if exponent < 0.0
        && expected_terms(left, right, c, z) <= SHORT as f64
        && let Some(sum) = series::sum(left, right, c, z, SHORT)
        && sum.value > 0.0
        && sum.magnitude <= MAX_CANCELLATION * sum.value
    {
        return Ok(exponent * (-z).ln_1p() + sum.value.ln() + sum.ln_scale);
    }
    // From here on positive terms only.
    let transformed = exponent < 0.0 && left > 0.0 && right > 0.0;
    let ln_factor = if transformed { exponent * (-z).ln_1p() } else { 0.0 };
    let (a, b) = if transformed { (left, right) } else { (a, b) };
    if !transformed
        && expected_terms(a, b, c, z) <= SHORT as f64
        && let Some(sum) = series::sum(a, b, c, z, SHORT)
    {
        return Ok(sum.value.ln() + sum.ln_scale);
    }
    if let Some(([sum], ln_scale)) = long_sum((a, b, c, z), |_| [1.0]) {
        return Ok(ln_factor + sum.ln() + ln_scale);
    }
    match series::sum(a, b, c, z, MAX_TERMS) {
        Some(sum) => Ok(ln_factor + sum.value.ln() + sum.ln_scale),
        None => Err(too_long(a, b, c, z)),
    }
}

/// [`ln_hyp2f1`] with its derivatives `[∂/∂a, ∂/∂b, ∂/∂c, ∂/∂z]`.
///
/// The same series, differentiated term by term:
/// ```text
/// ∂F/∂a = Σ tₙ (ψ(a + n) − ψ(a))          ∂F/∂c = −Σ tₙ (ψ(c + n) − ψ(c))          ∂F/∂z = Σ tₙ n / z
/// ```
/// and likewise on the right side of Euler's transformation, where `∂/∂a` acts through `c − a`.
///
/// ```
/// use emptor_lifetime::special::ln_hyp2f1_gradient;
/// // F(a, b; b; z) = (1 − z)^(−a)
/// let (value, [by_a, _, _, by_z]) = ln_hyp2f1_gradient(1.5, 2.0, 2.0, 0.5)?;
/// assert!((value - 1.5 * 2.0_f64.ln()).abs() < 1e-15);
/// assert!((by_a - 2.0_f64.ln()).abs() < 1e-15 && (by_z - 3.0).abs() < 1e-14);
/// # Ok::<(), emptor_lifetime::LifetimeError>(())
/// ```
///
/// # Errors
/// As [`ln_hyp2f1`].
pub fn ln_hyp2f1_gradient(a: f64, b: f64, c: f64, z: f64) -> Result<(f64, [f64; 4]), LifetimeError> {
    check(a, b, c, z)?;
    if z == 0.0 {
        return Ok((0.0, [0.0, 0.0, 0.0, a * b / c]));
    }
    let (exponent, left, right) = differences(a, b, c);
    if exponent < 0.0
        && expected_terms(left, right, c, z) <= SHORT as f64
        && let Some(sum) = series::sum_with_gradient(left, right, c, z, SHORT)
        && sum.cancellation <= MAX_CANCELLATION
    {
        return Ok(untransformed(exponent, z, sum.ln_value, sum.gradient));
    }
    let transformed = exponent < 0.0 && left > 0.0 && right > 0.0;
    let (p, q) = if transformed { (left, right) } else { (a, b) };
    let (value, gradient) = positive_gradient(p, q, c, z)?;
    Ok(if transformed { untransformed(exponent, z, value, gradient) } else { (value, gradient) })
}

/// `c − a − b`, `c − a` and `c − b`. The first loses the digits of a small parameter unless the large ones go first.
fn differences(a: f64, b: f64, c: f64) -> (f64, f64, f64) {
    (c - f64::max(a, b) - f64::min(a, b), c - a, c - b)
}

/// Value and gradient from those of `F(c−a, c−b; c; z)`.
fn untransformed(exponent: f64, z: f64, value: f64, [left, right, by_c, by_z]: [f64; 4]) -> (f64, [f64; 4]) {
    let ln_one_minus = (-z).ln_1p();
    let gradient =
        [-ln_one_minus - left, -ln_one_minus - right, ln_one_minus + left + right + by_c, by_z - exponent / (1.0 - z)];
    (exponent * ln_one_minus + value, gradient)
}

/// Value and gradient for positive parameters as they are.
fn positive_gradient(a: f64, b: f64, c: f64, z: f64) -> Result<(f64, [f64; 4]), LifetimeError> {
    let series = |terms| series::sum_with_gradient(a, b, c, z, terms).map(|sum| (sum.ln_value, sum.gradient));
    if expected_terms(a, b, c, z) <= SHORT as f64
        && let Some(result) = series(SHORT)
    {
        return Ok(result);
    }
    let from = [digamma(a), digamma(b), digamma(c)];
    let weights = |n: f64| [1.0, digamma(a + n) - from[0], digamma(b + n) - from[1], digamma(c + n) - from[2], n];
    if let Some(([sum, by_a, by_b, by_c, by_z], ln_scale)) = long_sum((a, b, c, z), weights) {
        return Ok((sum.ln() + ln_scale, [by_a / sum, by_b / sum, -by_c / sum, by_z / sum / z]));
    }
    series(MAX_TERMS).ok_or_else(|| too_long(a, b, c, z))
}

/// Roughly how many terms the series takes: up to its largest term, and 40 half-lives of `zⁿ` beyond.
fn expected_terms(a: f64, b: f64, c: f64, z: f64) -> f64 {
    let growth = f64::max(0.0, a + b - c);
    (growth + 40.0) / -z.ln()
}

fn check(a: f64, b: f64, c: f64, z: f64) -> Result<(), LifetimeError> {
    let mut checks = Invalid::checks();
    for (name, value) in [("a", a), ("b", b), ("c", c)] {
        checks.require(value > 0.0 && value.is_finite(), name, "must be finite and positive", value);
    }
    checks.require((0.0..1.0).contains(&z), "z", "must be at least 0 and below 1", z);
    checks.finish()?;
    Ok(())
}

fn too_long(a: f64, b: f64, c: f64, z: f64) -> LifetimeError {
    LifetimeError::SeriesTooLong {
        what: "the hypergeometric function",
        at: format!("a = {a}, b = {b}, c = {c}, z = {z}"),
        terms: MAX_TERMS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounding of thousands of factors, relative to `max(1, |value|)`.
    const RELATIVE: f64 = 5e-14;

    #[test]
    fn values_agree_with_mpmath_where_the_plain_series_overflows() -> Result<(), LifetimeError> {
        // mpmath 1.3, 50 digits: log(hyp2f1(a, b, c, z)).
        for (a, b, c, z, expected) in [
            (2.2425945, 4.4258881, 4.218808, 0.9, 5.516103986998153),
            (150.2425945, 152.4258881, 152.218808, 0.7, 181.13542266605617),
            (2000.2425945, 2002.4258881, 2002.218808, 0.99, 9212.410997552275),
            (0.25, 0.06, 0.06999999999999999, 0.999, 1.5654242807851355),
            (0.2425945, 2.4258881, 2.218808, 0.5, 0.18791466619214722),
            (301.5, 2.0, 302.1, 0.9, 4.571164980769453),
            (10.0, 1.0, 11.0, 0.3, 0.31957124043721746),
            (80.5, 1.0, 11.0, 0.95, 183.64893256962878),
            (1.0, 1.0, 2.0, 0.5, 0.326634259978281),
            (5.0, 4.0, 3.0, 0.25, 1.880243114537944),
            (50.0, 1.0, 1.5, 0.9, 111.96139899820004),
            (0.3, 0.4, 5.0, 0.0, 0.0),
            (5000.24, 5002.4, 5002.2, 0.999, 34541.815728924696),
        ] {
            let error = (ln_hyp2f1(a, b, c, z)? - expected) / f64::max(1.0, f64::abs(expected));
            assert!(error.abs() < RELATIVE, "F({a}, {b}; {c}; {z}): {error:e}");
        }
        Ok(())
    }

    #[test]
    fn every_corner_of_the_range_has_a_value_and_a_gradient_of_the_right_signs() -> Result<(), LifetimeError> {
        let parameters = [1e-3, 0.5, 1.0, 30.0, 1e4];
        for (a, b, c) in parameters
            .iter()
            .flat_map(|&a| parameters.iter().map(move |&b| (a, b)))
            .flat_map(|(a, b)| parameters.iter().map(move |&c| (a, b, c)))
        {
            for z in [0.0, 1e-300, 1e-12, 0.5, 0.9, 0.999, 1.0 - 1e-6, 1.0 - 1e-15] {
                let value = ln_hyp2f1(a, b, c, z)?;
                let (same, [by_a, by_b, by_c, by_z]) = ln_hyp2f1_gradient(a, b, c, z)?;
                let scale = f64::max(1.0, value);
                assert!(value >= 0.0 && value.is_finite(), "F({a}, {b}; {c}; {z}): {value}");
                assert!((same - value).abs() <= RELATIVE * scale, "F({a}, {b}; {c}; {z}): {same}, {value}");
                assert!((ln_hyp2f1(b, a, c, z)? - value).abs() <= RELATIVE * scale, "F({a}, {b}; {c}; {z})");
                for (name, rise) in [("a", by_a), ("b", by_b), ("c", -by_c), ("z", by_z)] {
                    assert!(rise >= -RELATIVE && rise.is_finite(), "by {name} at ({a}, {b}; {c}; {z}): {rise}");
                }
            }
        }
        Ok(())
    }

    #[test]
    fn no_number_comes_back_for_wrong_arguments() {
        for (a, b, c, z) in [(-1.0, 1.0, 1.0, 0.5), (1.0, f64::NAN, 1.0, 0.5), (1.0, 1.0, 1.0, 1.0)] {
            assert!(matches!(ln_hyp2f1(a, b, c, z), Err(LifetimeError::Invalid(_))));
            assert!(matches!(ln_hyp2f1_gradient(a, b, c, z), Err(LifetimeError::Invalid(_))));
        }
    }
}
