//! Gauss' hypergeometric function in logarithms.

use emptor_types::Invalid;

use crate::LifetimeError;

/// Terms after which a series is given up.
const MAX_TERMS: usize = 1_000_000;
/// Terms and sums are scaled down when they pass this, so that nothing overflows.
const RESCALE_ABOVE: f64 = 1e200;
/// How much larger than its result a sum of mixed signs may be: beyond, it has lost more than two digits.
const MAX_CANCELLATION: f64 = 64.0;
/// The part of a sum that its remainder may be.
const REMAINDER: f64 = 1e-17;

/// `ln ₂F₁(a, b; c; z)` for positive `a`, `b`, `c` and `0 ≤ z < 1`, where the function is at least 1.
///
/// The series on the right of Euler's transformation
/// ```text
/// F(a, b; c; z) = (1 − z)^(c−a−b) F(c−a, c−b; c; z)          (Abramowitz & Stegun 15.3.3)
/// ```
/// is tried first: in purchase models `c − a` and `c − b` do not grow with the number of purchases, so a dozen terms
/// replace 200,000. If its terms cancel (`c − a` or `c − b` far below 0), the plain series is summed, which has only
/// positive terms. Both are scaled while they run, so neither overflows.
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
/// [`LifetimeError::Invalid`] outside the range above; [`LifetimeError::SeriesTooLong`] if neither series converges
/// within a million terms (`z` within about 4e-5 of 1).
pub fn ln_hyp2f1(a: f64, b: f64, c: f64, z: f64) -> Result<f64, LifetimeError> {
    let mut checks = Invalid::checks();
    for (name, value) in [("a", a), ("b", b), ("c", c)] {
        checks.require(value > 0.0 && value.is_finite(), name, "must be finite and positive", value);
    }
    checks.require((0.0..1.0).contains(&z), "z", "must be at least 0 and below 1", z);
    checks.finish()?;

    if let Some(sum) = series(c - a, c - b, c, z)
        && sum.value > 0.0
        && sum.magnitude <= MAX_CANCELLATION * sum.value
    {
        return Ok((c - a - b) * (-z).ln_1p() + sum.value.ln() + sum.ln_scale);
    }
    match series(a, b, c, z) {
        Some(sum) => Ok(sum.value.ln() + sum.ln_scale),
        None => Err(LifetimeError::SeriesTooLong {
            what: "the hypergeometric function",
            at: format!("a = {a}, b = {b}, c = {c}, z = {z}"),
            terms: MAX_TERMS,
        }),
    }
}

/// A sum `value · exp(ln_scale)` and the sum of the absolute terms on the same scale.
struct Sum {
    value: f64,
    magnitude: f64,
    ln_scale: f64,
}

/// `Σ (a)ₙ (b)ₙ / ((c)ₙ n!) zⁿ`, or `None` at the limit of terms. `a` and `b` may be negative.
fn series(a: f64, b: f64, c: f64, z: f64) -> Option<Sum> {
    let mut sum = Sum { value: 1.0, magnitude: 1.0, ln_scale: 0.0 };
    let mut term: f64 = 1.0;
    for n in 0..MAX_TERMS {
        let k = n as f64;
        term *= (a + k) * (b + k) / ((c + k) * (k + 1.0)) * z;
        sum.value += term;
        sum.magnitude += term.abs();
        if sum.magnitude > RESCALE_ABOVE {
            term /= RESCALE_ABOVE;
            sum.value /= RESCALE_ABOVE;
            sum.magnitude /= RESCALE_ABOVE;
            sum.ln_scale += RESCALE_ABOVE.ln();
        }
        // Once a + k and b + k are positive, no later term grows by more than `ratio`.
        let next = k + 1.0;
        if a + next >= 0.0 && b + next >= 0.0 {
            let ratio = z * f64::min(bound(a, b, c, next), bound(b, a, c, next));
            if ratio < 1.0 && term.abs() * ratio <= REMAINDER * (1.0 - ratio) * sum.magnitude {
                return Some(sum);
            }
        }
    }
    None
}

/// An upper bound of `(a + m)(b + m) / ((1 + m)(c + m))` for all `m ≥ n`.
fn bound(a: f64, b: f64, c: f64, n: f64) -> f64 {
    (1.0 + f64::max(0.0, a - 1.0) / (1.0 + n)) * (1.0 + f64::max(0.0, b - c) / (c + n))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounding of up to twenty thousand factors, relative to `max(1, |value|)`.
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
    fn no_number_comes_back_when_the_series_is_too_long_or_the_arguments_are_wrong() {
        let too_long = ln_hyp2f1(2.0, 3.0, 4.0, 1.0 - 1e-9);
        assert!(matches!(too_long, Err(LifetimeError::SeriesTooLong { .. })), "{too_long:?}");
        for (a, b, c, z) in [(-1.0, 1.0, 1.0, 0.5), (1.0, f64::NAN, 1.0, 0.5), (1.0, 1.0, 1.0, 1.0)] {
            assert!(matches!(ln_hyp2f1(a, b, c, z), Err(LifetimeError::Invalid(_))));
        }
    }
}
