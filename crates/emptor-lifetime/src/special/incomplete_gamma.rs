//! The regularised incomplete gamma functions, their logarithms and their derivatives.

use super::exponential_kernel::{Direction, exponential_kernel};
use super::gamma::{digamma, ln_gamma, stirling_correction};

/// Shapes below this have few terms in the power series below `x = a`.
const SERIES_BELOW: f64 = 40.0;
/// The part of a sum that its remainder may be.
const REMAINDER: f64 = 1e-17;
/// `ln Γ` is replaced by Stirling's formula from here on, so that its large parts cancel on paper.
const STIRLING_FROM: f64 = 10.0;

/// `ζ(k) − 1` over `k` with alternating signs, from `k = 2`: `ln Γ(1 + a) = −ln(1 + a) + a (1 − γ) + Σ cₖ aᵏ`
/// (Abramowitz & Stegun 6.1.33; mpmath 1.3).
const LN_GAMMA_NEAR_ONE: [f64; 26] = [
    0.322_467_033_424_113_2,
    -0.067_352_301_053_198_1,
    0.020_580_808_427_784_55,
    -0.007_385_551_028_673_986,
    0.002_890_510_330_741_523_4,
    -0.001_192_753_911_703_261,
    5.096_695_247_430_425e-4,
    -2.231_547_584_535_794e-4,
    9.945_751_278_180_853e-5,
    -4.492_623_673_813_314e-5,
    2.050_721_277_567_069e-5,
    -9.439_488_275_268_397e-6,
    4.374_866_789_907_488e-6,
    -2.039_215_753_801_366e-6,
    9.551_412_130_407_42e-7,
    -4.492_469_198_764_566e-7,
    2.120_718_480_555_466_5e-7,
    -1.004_322_482_396_81e-7,
    4.769_810_169_363_981e-8,
    -2.271_109_460_894_316_4e-8,
    1.083_865_921_489_695_4e-8,
    -5.183_475_041_970_047e-9,
    2.483_674_543_802_478_4e-9,
    -1.192_140_140_586_091_2e-9,
    5.731_367_241_678_862e-10,
    -2.759_522_885_124_233_3e-10,
];
/// Euler's constant.
const EULER: f64 = 0.577_215_664_901_532_9;

/// `P(a, x) = γ(a, x) / Γ(a)`, the probability that a Gamma(`a`, rate 1) variable is at most `x`. `NaN` unless `a > 0`
/// and `x ≥ 0`.
///
/// ```
/// use emptor_lifetime::special::gamma_p;
/// assert!((gamma_p(1.0, 0.7) - (1.0 - (-0.7_f64).exp())).abs() < 1e-15);
/// ```
#[must_use]
pub fn gamma_p(a: f64, x: f64) -> f64 {
    both(a, x).p.0.exp()
}

/// `Q(a, x) = Γ(a, x) / Γ(a) = 1 − P(a, x)`, relatively accurate also where it is small. `NaN` unless `a > 0` and
/// `x ≥ 0`.
///
/// ```
/// use emptor_lifetime::special::gamma_q;
/// assert!((gamma_q(1.0, 30.0) / (-30.0_f64).exp() - 1.0).abs() < 1e-14);
/// ```
#[must_use]
pub fn gamma_q(a: f64, x: f64) -> f64 {
    both(a, x).q.0.exp()
}

/// `ln P(a, x)`, also where `P` underflows. `NaN` unless `a > 0` and `x ≥ 0`.
///
/// ```
/// use emptor_lifetime::special::ln_gamma_p;
/// // mpmath 1.3, 50 digits
/// assert!((ln_gamma_p(1000.0, 1.0) + 5_913.127_179_2).abs() < 1e-6);
/// ```
#[must_use]
pub fn ln_gamma_p(a: f64, x: f64) -> f64 {
    both(a, x).p.0
}

/// `ln Q(a, x)`, also where `Q` underflows. `NaN` unless `a > 0` and `x ≥ 0`.
///
/// ```
/// use emptor_lifetime::special::ln_gamma_q;
/// assert!((ln_gamma_q(1.0, 5000.0) + 5000.0).abs() < 1e-11);
/// ```
#[must_use]
pub fn ln_gamma_q(a: f64, x: f64) -> f64 {
    both(a, x).q.0
}

/// `ln P(a, x)` with its derivatives `[∂/∂a, ∂/∂x]`. `NaN` unless `a > 0` and `x > 0`.
///
/// ```
/// use emptor_lifetime::special::ln_gamma_p_gradient;
/// let (_, [_, by_x]) = ln_gamma_p_gradient(1.0, 0.7);
/// assert!((by_x - 1.0 / 0.7_f64.exp_m1()).abs() < 1e-14);
/// ```
#[must_use]
pub fn ln_gamma_p_gradient(a: f64, x: f64) -> (f64, [f64; 2]) {
    let Both { p, ln_density, .. } = both(a, x);
    (p.0, [p.1, (ln_density - p.0).exp()])
}

/// `ln Q(a, x)` with its derivatives `[∂/∂a, ∂/∂x]`. `NaN` unless `a > 0` and `x > 0`.
///
/// ```
/// use emptor_lifetime::special::ln_gamma_q_gradient;
/// let (_, [_, by_x]) = ln_gamma_q_gradient(1.0, 0.7);
/// assert!((by_x + 1.0).abs() < 1e-14);
/// ```
#[must_use]
pub fn ln_gamma_q_gradient(a: f64, x: f64) -> (f64, [f64; 2]) {
    let Both { q, ln_density, .. } = both(a, x);
    (q.0, [q.1, -(ln_density - q.0).exp()])
}

/// `ln (xᵃ⁻¹ e⁻ˣ / Γ(a))`, the log density of a Gamma(`a`, rate 1) variable: the derivative of `P` by `x`. `NaN` unless
/// `a > 0` and `x > 0`.
///
/// ```
/// use emptor_lifetime::special::ln_gamma_density;
/// assert!((ln_gamma_density(1.0, 0.7) + 0.7).abs() < 1e-15);
/// ```
#[must_use]
pub fn ln_gamma_density(a: f64, x: f64) -> f64 {
    if !(a > 0.0 && x > 0.0 && a.is_finite() && x.is_finite()) {
        return f64::NAN;
    }
    ln_mass(a, x) - x.ln()
}

/// The probability that a chi-squared variable exceeds `x`: `Q(degrees / 2, x / 2)`. `NaN` unless `degrees > 0` and
/// `x ≥ 0`.
///
/// ```
/// use emptor_lifetime::special::chi_squared_survival;
/// assert!((chi_squared_survival(3.841_458_820_694_124, 1.0) - 0.05).abs() < 1e-15);
/// ```
#[must_use]
pub fn chi_squared_survival(x: f64, degrees: f64) -> f64 {
    gamma_q(0.5 * degrees, 0.5 * x)
}

/// `ln P` and `ln Q`, each with its derivative by `a`.
struct Both {
    p: (f64, f64),
    q: (f64, f64),
    ln_density: f64,
}

fn both(a: f64, x: f64) -> Both {
    let nowhere = (f64::NAN, f64::NAN);
    if !(a > 0.0 && x >= 0.0 && a.is_finite()) {
        return Both { p: nowhere, q: nowhere, ln_density: f64::NAN };
    }
    if x == 0.0 {
        return Both { p: (f64::NEG_INFINITY, f64::NAN), q: (0.0, 0.0), ln_density: f64::NAN };
    }
    if x == f64::INFINITY {
        return Both { p: (0.0, 0.0), q: (f64::NEG_INFINITY, f64::NAN), ln_density: f64::NEG_INFINITY };
    }
    let ln_mass = ln_mass(a, x);
    let ln_density = ln_mass - x.ln();
    let (p, q);
    if a < 1.0 && x < 1.0 {
        p = lower_series(a, x);
        // ∂Q = −∂P, and near P = 1 both parts of ∂P are of the size of the result.
        let ln_q = upper_small(a, x).ln();
        q = (ln_q, -p.1 * (p.0 - ln_q).exp());
    } else if x >= a {
        // ∂/∂a of ln ∫ uᵃ⁻¹ e⁻ᵘ / Γ(a): the mean of ln u less ψ(a).
        let [mass, by_log, _] = exponential_kernel(a, x, Direction::Up);
        q = (ln_mass + mass.ln(), ln_ratio_to_digamma(a, x) + by_log / mass);
        p = complement(q);
    } else {
        p = if a < SERIES_BELOW {
            lower_series(a, x)
        } else {
            let [mass, by_log, _] = exponential_kernel(a, x, Direction::Down);
            (ln_mass + mass.ln(), ln_ratio_to_digamma(a, x) - by_log / mass)
        };
        q = complement(p);
    }
    Both { p, q, ln_density }
}

/// `ln(1 − e^f)` and its derivative from those of `f`, where `e^f` is not near 1.
fn complement((f, derivative): (f64, f64)) -> (f64, f64) {
    let probability = f.exp();
    ((-probability).ln_1p(), -derivative * probability / (1.0 - probability))
}

/// `ln P` and its derivative by `a` from `P = xᵃ e⁻ˣ / Γ(a + 1) Σ xⁿ / (a + 1)ₙ` (DLMF 8.7.1); all terms positive.
fn lower_series(a: f64, x: f64) -> (f64, f64) {
    let (mut term, mut sum) = (1.0, 1.0);
    let (mut harmonic, mut weighted) = (0.0, 0.0);
    let mut k = a;
    loop {
        k += 1.0;
        let ratio = x / k;
        term *= ratio;
        harmonic += 1.0 / k;
        sum += term;
        weighted += term * harmonic;
        if ratio < 1.0 && term * ratio <= REMAINDER * sum * (1.0 - ratio) {
            break;
        }
    }
    let (ln_mass_over_a, slope) = if a < 1.0 {
        (a * x.ln() - x - ln_gamma_one_plus(a), x.ln() - digamma(1.0 + a))
    } else {
        (ln_mass(a, x) - a.ln(), ln_ratio_to_digamma(a, x) - 1.0 / a)
    };
    (ln_mass_over_a + sum.ln(), slope - weighted / sum)
}

/// `Q` for `a < 1`, `x < 1`, without subtracting from 1 (Gautschi 1979, ACM TOMS 5, 466–481):
/// `Q = [1 − xᵃ / Γ(1 + a)] + xᵃ / Γ(1 + a) · a Σ (−1)ⁿ⁺¹ xⁿ / ((a + n) n!)`, `n ≥ 1`.
fn upper_small(a: f64, x: f64) -> f64 {
    let exponent = a * x.ln() - ln_gamma_one_plus(a);
    let (mut power, mut sum) = (1.0, 0.0);
    for n in 1..=20 {
        let k = f64::from(n);
        power *= -x / k;
        sum -= power / (a + k);
    }
    exponent.exp() * a * sum - exponent.exp_m1()
}

/// `ln Γ(1 + a)` for `0 < a < 1`, relatively accurate also for small `a`.
fn ln_gamma_one_plus(a: f64) -> f64 {
    if a > 0.5 {
        return ln_gamma(1.0 + a);
    }
    let series = LN_GAMMA_NEAR_ONE.iter().rev().fold(0.0, |sum, c| (sum + c) * a) * a;
    a * (1.0 - EULER) - a.ln_1p() + series
}

/// `ln (xᵃ e⁻ˣ / Γ(a))`.
fn ln_mass(a: f64, x: f64) -> f64 {
    if a < STIRLING_FROM {
        return a * x.ln() - x - ln_gamma(a);
    }
    0.5 * (a / std::f64::consts::TAU).ln() - stirling_correction(a) - a * excess_over_log(a, x)
}

/// `x/a − 1 − ln(x/a)`, relatively accurate near `x = a`.
fn excess_over_log(a: f64, x: f64) -> f64 {
    let ratio = x / a;
    if !(0.5..2.0).contains(&ratio) {
        return ratio - 1.0 - ratio.ln();
    }
    // With r = m / (2 + m): ln(1 + m) = 2 atanh r and m − 2r = m r.
    let m = (x - a) / a;
    let r = m / (2.0 + m);
    let w = r * r;
    // r is at most 1/3: the first term left out is 9⁻¹⁶ / 35.
    let series = (1..=16).rev().fold(0.0, |sum, k| (sum + 1.0 / f64::from(2 * k + 1)) * w);
    m * r - 2.0 * r * series
}

/// `ln x − ψ(a)`.
fn ln_ratio_to_digamma(a: f64, x: f64) -> f64 {
    x.ln() - digamma(a)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both functions come from their own side, so their sum is a test.
    const COMPLEMENT: f64 = 4e-15;

    #[test]
    fn lower_and_upper_add_up_to_one_on_both_sides_of_every_seam() {
        for a in [1e-3, 0.2, 0.999_999, 1.0, 2.0, 9.999, 10.0, 39.999, 40.0, 1e3, 1e6] {
            for x in [1e-9, 0.3, 0.999_999, 1.0, 0.999_999 * a, a, 1.000_001 * a, 1.1 * a, 1e7] {
                let (p, q) = (gamma_p(a, x), gamma_q(a, x));
                assert!((p + q - 1.0).abs() < COMPLEMENT, "a {a}, x {x}: {p} + {q}");
            }
        }
    }

    #[test]
    fn the_ends_are_exact_and_nothing_outside_is_a_number() {
        assert!(ln_gamma_p(2.0, 0.0) == f64::NEG_INFINITY && ln_gamma_q(2.0, 0.0) == 0.0);
        assert!(ln_gamma_p(2.0, f64::INFINITY) == 0.0 && ln_gamma_q(2.0, f64::INFINITY) == f64::NEG_INFINITY);
        for (a, x) in [(0.0, 1.0), (-1.0, 1.0), (1.0, -1.0), (f64::NAN, 1.0), (1.0, f64::NAN), (f64::INFINITY, 1.0)] {
            assert!(gamma_p(a, x).is_nan() && gamma_q(a, x).is_nan() && ln_gamma_density(a, x).is_nan(), "{a}, {x}");
        }
    }
}
