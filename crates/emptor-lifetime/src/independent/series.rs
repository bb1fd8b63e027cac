//! A hypergeometric series with one growing parameter, and its derivatives, in one loop.

/// Terms after which quadrature is cheaper.
const MAX_TERMS: usize = 120;
/// The part of the sum that a term, times its number, may be when the series ends.
const REMAINDER: f64 = 1e-17;

/// `F = ₂F₁(1, p; c; z)` and its derivatives.
#[derive(Debug, Clone, Copy)]
pub(super) struct Series {
    pub(super) value: f64,
    /// `∂F/∂p` at fixed `c`.
    pub(super) by_p: f64,
    /// `∂F/∂c` at fixed `p`.
    pub(super) by_c: f64,
    pub(super) by_z: f64,
}

/// `Σ (p)ₙ / (c)ₙ zⁿ` for `0 < p < c` and `z < 1`, or `None` if it needs more than [`MAX_TERMS`] terms.
///
/// For `0 ≤ z` all terms are positive. For `z < 0` they alternate, and `F` is the mean of `1 / (1 − zτ)` over τ ~
/// Beta(p, c − p): a Stieltjes function, so what is left out is smaller than the first term left out even where the
/// series diverges in the end, and the sum is good as soon as one term is negligible. The caller asks only where terms
/// fall at once, so that they do not cancel.
pub(super) fn series(p: f64, c: f64, z: f64) -> Option<Series> {
    let mut term = p / c; // (p)ₙ / (c)ₙ zⁿ⁻¹: the derivative by z must not divide by z, which is 0 for α = β
    let (mut harmonic_p, mut harmonic_c) = (1.0 / p, 1.0 / c);
    let (mut sum, mut sum_p, mut sum_c, mut sum_z) = (0.0, 0.0, 0.0, 0.0);
    let enough = REMAINDER * (1.0 - f64::max(0.0, z));
    let mut n = 0.0;
    for _ in 0..MAX_TERMS {
        n += 1.0;
        sum += term;
        sum_p += term * harmonic_p;
        sum_c += term * harmonic_c;
        sum_z += n * term;
        if n * term.abs() <= enough * sum_z.abs() {
            return Some(Series { value: 1.0 + z * sum, by_p: z * sum_p, by_c: -z * sum_c, by_z: sum_z });
        }
        let (in_p, in_c) = (1.0 / (p + n), 1.0 / (c + n));
        term *= z * (p + n) * in_c;
        harmonic_p += in_p;
        harmonic_c += in_c;
    }
    None
}
