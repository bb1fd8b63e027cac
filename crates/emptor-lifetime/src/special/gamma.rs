//! The gamma function, its logarithmic derivative and its ratios.

/// Arguments from here on are served by the asymptotic series, smaller ones are lifted by recurrence. At 10 the first
/// omitted term of [`STIRLING`] is below 2e-17.
pub(super) const ASYMPTOTIC_FROM: f64 = 10.0;

/// Coefficients of `1/y, 1/y³, 1/y⁵, …` in `ln Γ(y) − ((y − ½) ln y − y + ½ ln 2π)`: `B₂ₖ / (2k(2k−1))`
/// (Abramowitz & Stegun 6.1.41).
pub(super) const STIRLING: [f64; 8] = [
    1.0 / 12.0,
    -1.0 / 360.0,
    1.0 / 1260.0,
    -1.0 / 1680.0,
    1.0 / 1188.0,
    -691.0 / 360_360.0,
    1.0 / 156.0,
    -3617.0 / 122_400.0,
];

/// Coefficients of `1/y², 1/y⁴, …` in `ln y − 1/(2y) − ψ(y)`: `B₂ₖ / 2k` (Abramowitz & Stegun 6.3.18).
pub(super) const DIGAMMA: [f64; 8] =
    [1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32_760.0, 1.0 / 12.0, -3617.0 / 8160.0];

/// Coefficients of `1/y³, 1/y⁵, …` in `ψ'(y) − 1/y − 1/(2y²)`: `B₂ₖ` (Abramowitz & Stegun 6.4.12).
const TRIGAMMA: [f64; 9] = [
    1.0 / 6.0,
    -1.0 / 30.0,
    1.0 / 42.0,
    -1.0 / 30.0,
    5.0 / 66.0,
    -691.0 / 2730.0,
    7.0 / 6.0,
    -3617.0 / 510.0,
    43_867.0 / 798.0,
];

/// `ln Γ(x)` for `x > 0`.
///
/// ```
/// use emptor_lifetime::special::ln_gamma;
/// assert!((ln_gamma(5.0) - 24.0_f64.ln()).abs() < 1e-15);
/// ```
#[must_use]
pub fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// `ψ(x) = d/dx ln Γ(x)` for `x > 0`, to about 1e-15 relative to `max(1, |ψ|)`, so also around its root 1.4616321.
/// `NaN` elsewhere.
///
/// ```
/// use emptor_lifetime::special::digamma;
/// assert!((digamma(1.0) + 0.577_215_664_901_532_9).abs() < 1e-15); // Euler's constant
/// ```
#[must_use]
pub fn digamma(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return f64::NAN;
    }
    let mut y = x;
    let mut lift = 0.0;
    while y < ASYMPTOTIC_FROM {
        lift += 1.0 / y;
        y += 1.0;
    }
    let w = 1.0 / (y * y);
    let series = DIGAMMA.iter().rev().fold(0.0, |sum, c| (sum + c) * w);
    y.ln() - 0.5 / y - series - lift
}

/// `ψ'(x) = d²/dx² ln Γ(x)` for `x > 0`. `NaN` elsewhere.
///
/// Lifted by `ψ'(x) = ψ'(x + 1) + 1/x²` to where the asymptotic series serves; every part is positive.
///
/// ```
/// use emptor_lifetime::special::trigamma;
/// assert!((trigamma(1.0) - std::f64::consts::PI.powi(2) / 6.0).abs() < 1e-15);
/// ```
#[must_use]
pub fn trigamma(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return f64::NAN;
    }
    let mut y = x;
    let mut lift = 0.0;
    while y < ASYMPTOTIC_FROM {
        lift += 1.0 / (y * y);
        y += 1.0;
    }
    let w = 1.0 / (y * y);
    let series = TRIGAMMA.iter().rev().fold(0.0, |sum, c| (sum + c) * w);
    lift + (1.0 + 0.5 / y + series) / y
}

/// `ln Γ(x + d) − ln Γ(x)` for `x > 0`, `x + d > 0`, without cancellation when `d` is small beside `x`. `NaN`
/// elsewhere.
///
/// ```
/// use emptor_lifetime::special::{ln_gamma, ln_gamma_ratio};
/// // mpmath 1.3, 50 digits. Subtracting two values of `ln Γ` keeps ten digits here.
/// let expected = 6.907_755_153_982_137;
/// assert!((ln_gamma_ratio(1e6, 0.5) - expected).abs() < 1e-14);
/// assert!((ln_gamma(1e6 + 0.5) - ln_gamma(1e6) - expected).abs() > 1e-12);
/// ```
#[must_use]
pub fn ln_gamma_ratio(x: f64, d: f64) -> f64 {
    if !(x > 0.0 && x + d > 0.0) {
        return f64::NAN;
    }
    let mut low = x;
    let mut lifted = 0.0;
    while low < ASYMPTOTIC_FROM || low + d < ASYMPTOTIC_FROM {
        lifted += ln_growth(low, d);
        low += 1.0;
    }
    stirling_difference(low, d) - lifted
}

/// `ln B(a, b)` for `a, b > 0`, accurate also when one argument is large.
///
/// ```
/// use emptor_lifetime::special::ln_beta;
/// assert!((ln_beta(3.0, 4.0) + 60.0_f64.ln()).abs() < 1e-15);
/// ```
#[must_use]
pub fn ln_beta(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    ln_gamma(small) - ln_gamma_ratio(large, small)
}

/// `ln Γ(y) − ((y − ½) ln y − y + ½ ln 2π)` for `y ≥ 10`.
pub(super) fn stirling_correction(y: f64) -> f64 {
    let w = 1.0 / (y * y);
    STIRLING.iter().rev().fold(0.0, |sum, c| sum * w + c) / y
}

/// `ln((x + d) / x)`. Where `x + d` is far below `x`, `1 + d / x` would keep only the digits that `d / x` has behind
/// those of 1.
fn ln_growth(x: f64, d: f64) -> f64 {
    if d < -0.5 * x { ((x + d) / x).ln() } else { (d / x).ln_1p() }
}

/// The difference of two Stirling formulas, every part of it formed as a multiple of `d`.
fn stirling_difference(x: f64, d: f64) -> f64 {
    let growth = ln_growth(x, d);
    let leading = (x - 0.5) * growth + d * (x + d).ln() - d;

    // v^m − u^m = (v − u) (v^(m−1) + v^(m−2) u + … + u^(m−1)) with u = 1/x, v = 1/(x + d), v − u = −d u v.
    let (u, v) = (1.0 / x, 1.0 / (x + d));
    let mut power = 1.0;
    let mut quotient = 1.0;
    let mut corrections = 0.0;
    for c in STIRLING {
        corrections += c * quotient;
        for _ in 0..2 {
            power *= u;
            quotient = v * quotient + power;
        }
    }
    leading - d * u * v * corrections
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A few units in the last place, relative to `max(1, |value|)`.
    const DOUBLE: f64 = 4e-15;
    /// The same relative to the value itself.
    const RELATIVE: f64 = 1e-14;

    #[test]
    fn digamma_agrees_with_mpmath_also_at_its_root() {
        // mpmath 1.3, 50 digits: psi(0, x).
        for (x, expected) in [
            (1e-05, -100000.57719921567),
            (0.24, -4.406160345792603),
            (0.5, -1.9635100260214235),
            (1.0, -0.5772156649015329),
            (1.4616321, -4.3514636958769774e-08),
            (1.5, 0.03648997397857652),
            (2.4258881, 0.6661510153806963),
            (9.99, 2.250700372831201),
            (10.0, 2.251752589066721),
            (57.3, 4.039549239957579),
            (5000.2, 8.517133191283031),
            (10000000000.0, 23.025850929890456),
        ] {
            let error = (digamma(x) - expected) / f64::max(1.0, f64::abs(expected));
            assert!(error.abs() < DOUBLE, "psi({x}): {error:e}");
        }
    }

    #[test]
    fn ratios_keep_their_digits_for_large_and_for_close_arguments() {
        // mpmath 1.3, 50 digits: loggamma(x + d) - loggamma(x).
        for (x, d, expected) in [
            (0.24, 1.0, -1.4271163556401458),
            (0.24, 5000.0, 37583.339244667506),
            (4.4, 1e-09, 1.3636854835536066e-09),
            (1000000.0, 0.5, 6.907755153982137),
            (1000000000000.0, 0.24, 6.63144506782276),
            (1000000000000000.0, 3.0, 103.61632918473207),
            (50.0, -0.7, -2.726419949841017),
            (3.2, 1000000.0, 12815547.89338009),
            (12.5, 7.0, 19.126738997024653),
            (0.001, 0.002, -1.0997601506578756),
        ] {
            let error = ln_gamma_ratio(x, d) / expected - 1.0;
            assert!(error.abs() < RELATIVE, "ratio({x}, {d}): {error:e}");
        }
    }

    #[test]
    fn ln_beta_agrees_with_mpmath() {
        // mpmath 1.3, 50 digits: loggamma(a) + loggamma(b) - loggamma(a + b).
        for (a, b, expected) in [
            (0.24, 4.4, 0.9966943047449872),
            (50.0, 0.2, 0.7432624040908882),
            (1000000.0, 0.5, -6.335390211057437),
            (0.5, 1000000000000.0, -13.243145615039449),
            (3.0, 4.0, -4.0943445622221),
            (0.001, 0.001, 7.600900817008347),
            (200.0, 300.0, -337.98011306546465),
        ] {
            for value in [ln_beta(a, b), ln_beta(b, a)] {
                let error = (value - expected) / f64::max(1.0, f64::abs(expected));
                assert!(error.abs() < RELATIVE, "ln B({a}, {b}): {error:e}");
            }
        }
    }
}
