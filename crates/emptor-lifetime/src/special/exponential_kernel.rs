//! The integral behind incomplete gamma functions and exponential integrals.

use crate::quadrature::exponential_moments;

/// Below this, `eᵗ − 1 − t` is summed as a series.
const SERIES_BELOW: f64 = 1.0;
/// Terms of the series: `1/20!` is 4e-19.
const SERIES_TERMS: u32 = 19;

/// Which way the integral runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// `t` from 0 to ∞.
    Up,
    /// `t` from 0 to −∞; `a > 0` is needed.
    Down,
}

/// `∫ g`, `∫ |t| g` and `∫ |eᵗ − 1| g` for `g(t) = exp(a t − x (eᵗ − 1))`, `x > 0`, from 0 in the given direction.
///
/// ```text
/// Γ(a, x) = xᵃ e⁻ˣ ∫₀^∞ g        γ(a, x) = xᵃ e⁻ˣ ∫₋∞^0 g        eᶻ E_s(z) = ∫₀^∞ g with a = 1 − s, x = z
/// ```
/// by the substitution `u = x eᵗ`. Everything is positive, and no pole of a gamma function is near.
pub(super) fn exponential_kernel(a: f64, x: f64, direction: Direction) -> [f64; 3] {
    let sign = match direction {
        Direction::Up => 1.0,
        Direction::Down => -1.0,
    };
    // a t − x (eᵗ − 1) = (a − x) t − x (eᵗ − 1 − t): the parts of size `a t` cancel where a and x are large.
    let slope = a - x;
    let h = |v: f64| {
        let t = sign * v;
        if t.abs() < SERIES_BELOW { slope * t - x * exp_minus_tangent(t) } else { a * t - x * t.exp_m1() }
    };
    exponential_moments(0.0, 0.0, h, |v| [1.0, v, (sign * v).exp_m1().abs()])
}

/// `eᵗ − 1 − t` for `|t| < 1`.
fn exp_minus_tangent(t: f64) -> f64 {
    let series = (3..=SERIES_TERMS).rev().fold(1.0, |sum, k| 1.0 + sum * t / f64::from(k));
    0.5 * t * t * series
}
