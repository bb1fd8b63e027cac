//! Discounted expected residual transactions.
//!
//! Given λ and `j` of `k` stages gone, the n-th purchase from now comes after `nk − j` stages, so its discount factor is
//! `E[e^(−δ Tₙ)] = φ^(nk−j)` with `φ = λ / (λ + δ)`, and it happens with probability `S_{n−1}`. Over p,
//! ```text
//! Σₙ φ^(nk−j) (1−p)^(n−1)  →  φ^(k−j) ₂F₁(1, B; a + B; φᵏ)
//! ```
//! and the expectation over λ ~ Gamma(R, β) is an integral of a smooth function. For `k = 1` it is `E[λ / (δ + λp)]`.

use super::BetaGeometric;
use crate::LifetimeError;
use crate::purchase::Seen;
use crate::special::ln_gamma;

/// The part of a sum that its remainder may be.
const REMAINDER: f64 = 1e-17;
/// Partial quotients after which a continued fraction is given up; it needs five hundred where `1 − z` is 3e-4.
const MAX_QUOTIENTS: usize = 2_000_000;

impl BetaGeometric {
    pub(super) fn discounted(&self, state: Seen, force: f64) -> Result<f64, LifetimeError> {
        let beta = self.alpha + state.t;
        let k = i32::try_from(self.k).unwrap_or(i32::MAX);
        self.over_stages(state, |gone| {
            let first = f64::from(self.k - gone);
            let shape = self.shape(state.x) + f64::from(gone);
            gamma_expectation(shape, first, |rate| {
                let phi = rate / (rate + force * beta);
                let ratio = one_in_first(self.stay(state.x), self.a, phi.powi(k), force * beta / rate)?;
                Ok(phi.powf(first) * ratio)
            })
        })
    }
}

/// `E[f(u)]` over `u ~ Gamma(shape, 1)`, where `f` rises, like `u^power` near 0 and no faster: the trapezoidal rule in
/// `ln u`, which converges exponentially because the integrand is analytic and falls off at both ends (Trefethen &
/// Weideman 2014).
fn gamma_expectation(
    shape: f64,
    power: f64,
    f: impl Fn(f64) -> Result<f64, LifetimeError>,
) -> Result<f64, LifetimeError> {
    let whole = shape + power;
    // Error e^(−π²/h) from the singularity at Im ln u = π/2, and e^(−2π²/(h² shape)) from a narrow peak.
    let step = f64::min(0.25, 0.7 / whole.sqrt());
    let peak = whole.ln();
    let term = |i: f64| {
        let y = peak + i * step;
        Ok::<f64, LifetimeError>((shape * (y - peak) - (y.exp() - whole)).exp() * f(y.exp())?)
    };
    // Below the peak a term is at most the one before times e^(−shape · step), as f rises.
    let left_over = REMAINDER * -(-shape * step).exp_m1();
    let mut sum = term(0.0)?;
    for (direction, least) in [(1.0, REMAINDER), (-1.0, left_over)] {
        let mut i = direction;
        loop {
            let next = term(i)?;
            sum += next;
            if next <= least * sum {
                break;
            }
            i += direction;
        }
    }
    Ok(step * sum * (shape * peak - whole - ln_gamma(shape)).exp())
}

/// `₂F₁(1, b; a + b; z)` for `0 ≤ z < 1`: Gauss' continued fraction, which converges geometrically up to the branch
/// point (Cuyt et al. 2008, 15.3.5), by the method of Lentz. `rest` is `(1 − z) / z` to first order, for messages.
fn one_in_first(b: f64, a: f64, z: f64, rest: f64) -> Result<f64, LifetimeError> {
    let c = a + b;
    // F(1, b; c; z) = 1/(1 − d₁z/(1 − d₂z/(1 − …))): d₁ = b/c, d₂ₙ = n (a + n − 1)/((c+2n−2)(c+2n−1)),
    // d₂ₙ₊₁ = (b + n)(c + n − 1)/((c+2n−1)(c+2n)), all positive.
    let (mut value, mut numerator, mut denominator) = (1.0, 1.0, 0.0);
    for i in 1..MAX_QUOTIENTS {
        let n = (i / 2) as f64;
        let d = if i == 1 {
            b / c
        } else if i % 2 == 0 {
            n * (a + n - 1.0) / ((c + 2.0 * n - 2.0) * (c + 2.0 * n - 1.0))
        } else {
            (b + n) * (c + n - 1.0) / ((c + 2.0 * n - 1.0) * (c + 2.0 * n))
        };
        denominator = 1.0 / (1.0 - d * z * denominator);
        numerator = 1.0 - d * z / numerator;
        let fraction = numerator * denominator;
        value *= fraction;
        if (fraction - 1.0).abs() <= 0.5 * f64::EPSILON {
            return Ok(1.0 / value);
        }
    }
    Err(LifetimeError::SeriesTooLong {
        what: "discounted purchases",
        at: format!("a = {a}, b = {b}, discount over rate = {rest}"),
        terms: MAX_QUOTIENTS,
    })
}
