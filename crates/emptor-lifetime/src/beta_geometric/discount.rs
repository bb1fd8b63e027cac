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
use crate::special::{hyp2f1_one_in_first, ln_gamma};

/// The part of a sum that its remainder may be.
const REMAINDER: f64 = 1e-17;

impl BetaGeometric {
    pub(super) fn discounted(&self, state: Seen, force: f64) -> Result<f64, LifetimeError> {
        let beta = self.alpha + state.t;
        let k = f64::from(self.k);
        self.over_stages(state, |gone| {
            let first = f64::from(self.k - gone);
            let shape = self.shape(state.x) + f64::from(gone);
            gamma_expectation(shape, first, |rate| {
                // F(1, B; a+B; z) = F(1, a; a+B; −z/(1−z)) / (1−z), in which no digit of 1−z is lost.
                let ln_phi = -(force * beta / rate).ln_1p();
                let rest = -(k * ln_phi).exp_m1();
                let ratio = hyp2f1_one_in_first(self.a, self.a + self.stay(state.x), (k * ln_phi).exp() / rest)?;
                Ok((first * ln_phi).exp() * ratio / rest)
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
