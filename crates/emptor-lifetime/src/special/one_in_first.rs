//! Gauss' hypergeometric function with a first parameter of 1: discounted sums over beta mixtures.

use crate::LifetimeError;

/// Partial quotients after which a continued fraction is given up: they suffice up to `w` = 3e9.
const MAX_QUOTIENTS: usize = 1_000_000;

/// `₂F₁(1, b; c; −w)` for `0 < b ≤ c` and `w ≥ 0`: Gauss' continued fraction (Cuyt et al. 2008, 15.3.5) by the method of
/// Lentz. All its parts are positive, so nothing cancels; about `18 √w` quotients are needed.
pub(crate) fn hyp2f1_one_in_first(b: f64, c: f64, w: f64) -> Result<f64, LifetimeError> {
    // F(1, b; c; −w) = 1/(1 + d₁w/(1 + d₂w/(1 + …))): d₁ = b/c, d₂ₙ = n (c − b + n − 1)/((c+2n−2)(c+2n−1)),
    // d₂ₙ₊₁ = (b + n)(c + n − 1)/((c+2n−1)(c+2n)).
    let (mut value, mut numerator, mut denominator) = (1.0, 1.0, 0.0);
    for i in 1..MAX_QUOTIENTS {
        let n = (i / 2) as f64;
        let d = if i == 1 {
            b / c
        } else if i % 2 == 0 {
            n / (c + 2.0 * n - 2.0) * ((c - b + n - 1.0) / (c + 2.0 * n - 1.0))
        } else {
            (b + n) / (c + 2.0 * n - 1.0) * ((c + n - 1.0) / (c + 2.0 * n))
        };
        denominator = 1.0 / (1.0 + d * w * denominator);
        numerator = 1.0 + d * w / numerator;
        let fraction = numerator * denominator;
        value *= fraction;
        if (fraction - 1.0).abs() <= f64::EPSILON {
            return Ok(1.0 / value);
        }
    }
    Err(LifetimeError::SeriesTooLong {
        what: "a discounted sum",
        at: format!("b = {b}, c = {c}, w = {w}"),
        terms: MAX_QUOTIENTS,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestResult;

    #[test]
    fn the_continued_fraction_is_the_logarithm_and_the_power_it_should_be() -> TestResult {
        /// Rounding of a hundred quotients.
        const ROUNDING: f64 = 1e-14;
        for w in [0.01, 1.0, 30.0, 1000.0] {
            // Abramowitz & Stegun 15.1.3: F(1, 1; 2; −w) = ln(1 + w)/w; 15.1.8: F(1, b; b; −w) = 1/(1 + w).
            assert!((hyp2f1_one_in_first(1.0, 2.0, w)? * w / f64::ln_1p(w) - 1.0).abs() < ROUNDING, "{w}");
            assert!((hyp2f1_one_in_first(2.5, 2.5, w)? * (1.0 + w) - 1.0).abs() < ROUNDING, "{w}");
        }
        assert!(matches!(hyp2f1_one_in_first(1.0, 2.0, 1e12), Err(LifetimeError::SeriesTooLong { .. })));
        Ok(())
    }
}
