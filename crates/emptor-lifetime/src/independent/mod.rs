//! Models in which leaving is independent of buying: NBD, Pareto/NBD and GGom/NBD.
//!
//! **Story.** While alive, a customer buys Poisson(λ) with λ ~ Gamma(r, rate α). Lifetimes are independent of λ; over
//! customers, the chance to be alive at `t` is `S(t)`, a [`Lifetime`].
//!
//! **Formula.** With `R = r + x` and `D(t) = S(t) (α+t)^(−R)`, a customer `(x, t_x, T)` has the likelihood
//! ```text
//! L = Γ(R) α^r / Γ(r) · [ D(T) + ∫ from t_x to T of −S'(τ) (α+τ)^(−R) dτ ]
//!   = Γ(R) α^r / Γ(r) · [ D(T) (1 − K(T)) + D(t_x) K(t_x) ]
//! K(t) = ∫ from 0 to ∞ of −S'(t+u) / S(t) · ((α+t) / (α+t+u))^R du
//! ```
//! (Schmittlein, Morrison & Colombo 1987; the integral form is in Fader & Hardie 2005, "A Note on Deriving the
//! Pareto/NBD Model"). `K(t)` is the chance that a customer who is alive at `t`, with `x` purchases by then, leaves before
//! the next purchase. It lies between 0 and 1 and depends on the pair `(x, t)` alone, so a sample looks it up per distinct
//! pair, and both parts of the bracket are positive: nothing cancels, nothing overflows.

mod adaptive;
mod clock;
mod gompertz;
mod half_line;
mod leaving;
mod likelihood;
mod models;
mod never;
mod pareto;
mod prediction;
mod probability;
mod sample;
mod series;
mod simulate;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use gompertz::GammaGompertz;
pub(crate) use likelihood::{Bracket, Moment, bracket, ln_rate_factor};
pub use models::{
    FittedGammaGompertzNbd, FittedNbd, FittedParetoNbd, GammaGompertzNbd, GammaGompertzNbdParameters, Nbd,
    NbdParameters, ParetoNbd, ParetoNbdParameters,
};
pub(crate) use never::Never;
pub(crate) use pareto::Pareto;
pub(crate) use prediction::Independent;

/// The most own parameters a lifetime has. Arrays of derivatives have this length, zero beyond a lifetime's own number.
pub(crate) const MAX_OWN: usize = 3;

/// When customers leave, over all customers.
pub(crate) trait Lifetime: Copy + Send + Sync {
    /// The number of own parameters.
    const OWN: usize;
    /// What a time means to this lifetime, whatever the customer; computed once per distinct time.
    type Place: Clone + Send + Sync;

    /// `ln S(t)` and its derivatives by the own parameters.
    fn ln_survival(&self, t: f64) -> (f64, [f64; MAX_OWN]);

    /// Prepares a time for [`leaves_first`](Self::leaves_first), with `rate = α + t`. If many shapes will be asked for,
    /// `most` is the largest: what they share is then tabulated. With 0, or above it, every question stands alone.
    fn place(&self, rate: f64, t: f64, most: f64) -> Self::Place;

    /// `K`: the chance to leave before the next purchase, for somebody alive at the time of `place` whose λ is
    /// Gamma(`shape`, `rate`), that is `r + x` and `α + t`.
    fn leaves_first(&self, shape: f64, rate: f64, place: &Self::Place) -> LeavesFirst;

    /// `S(end + ahead) / S(end)`.
    fn residual_survival(&self, end: f64, ahead: f64) -> f64;

    /// `−S'(end + ahead) / S(end)`.
    fn residual_density(&self, end: f64, ahead: f64) -> f64;

    /// The time after `end` over which the chance to leave changes by its own size; infinite if it never does.
    fn residual_scale(&self, end: f64) -> f64;

    /// `∫ from 0 to ahead of S(end+u) / S(end) du`: the expected time alive in the next `ahead`.
    fn expected_residual(&self, end: f64, ahead: f64) -> f64;

    /// `∫ from 0 to ∞ of e^(−δu) S(end+u) / S(end) du`: the discounted expected rest of the lifetime for `δ > 0`.
    ///
    /// For `δ → 0` it grows to the expected rest of the lifetime; where that is infinite (always for [`Never`], as
    /// `1/δ`; for [`Pareto`] with `s ≤ 1`, as `δ^(s−1)`, or `ln 1/δ` at 1) so is the value at `δ = 0`.
    fn discounted_residual(&self, end: f64, delta: f64) -> f64;
}

/// The chance `K` to leave before the next purchase, with the derivatives of its logarithm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LeavesFirst {
    /// `K` itself.
    pub(crate) probability: f64,
    /// `ln K`; `−∞` if nobody leaves.
    pub(crate) ln: f64,
    /// `∂ ln K / ∂R`.
    pub(crate) by_shape: f64,
    /// `∂ ln K / ∂α`.
    pub(crate) by_rate: f64,
    /// `∂ ln K` by the own parameters of the lifetime.
    pub(crate) by_own: [f64; MAX_OWN],
}
