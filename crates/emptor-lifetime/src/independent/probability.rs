//! The chance of a number of purchases of somebody who is alive.

use std::f64::consts::TAU;

use super::Lifetime;
use super::adaptive::integrate;
use crate::special::ln_gamma;

/// How many widths of its peak from its mode an integrand is looked at more closely.
const AROUND_PEAK: [f64; 6] = [-9.0, -4.0, -1.5, 1.5, 4.0, 9.0];
/// Below, the error of Stirling's formula is formed from `ln Γ`.
const STIRLING_FROM: f64 = 16.0;

/// `P(X(end, end+ahead) = n | alive at end)` for λ ~ Gamma(`shape`, `rate`): either alive all the time, or left at `u`:
/// ```text
/// NB_n(ahead) S(end+ahead)/S(end) + ∫ from 0 to ahead of NB_n(u) (−S'(end+u))/S(end) du
/// ```
/// (Fader & Hardie 2006, "Deriving the PMF of the Pareto/NBD", before its integral is expressed by series that cancel).
pub(super) fn of_n_purchases<L: Lifetime>(lifetime: &L, shape: f64, rate: f64, end: f64, n: f64, ahead: f64) -> f64 {
    let counts = NegativeBinomial::new(shape, rate, n);
    let stayed = counts.probability(ahead) * lifetime.residual_survival(end, ahead);
    let scale = f64::min(lifetime.residual_scale(end), ahead);
    if L::OWN == 0 || ahead <= 0.0 {
        return stayed;
    }
    // In x = ln(1 + u/scale) the drop-out varies slowly; the peak of NB_n is told to the quadrature.
    let peak = AROUND_PEAK.map(|widths| (counts.mode * (widths * counts.width).exp() / scale).ln_1p());
    let left = integrate(0.0, (ahead / scale).ln_1p(), &peak, |x| {
        let u = scale * x.exp_m1();
        (scale + u) * counts.probability(u) * lifetime.residual_density(end, u)
    });
    stayed + left
}

/// `NB_n(u) = Γ(R+n)/(Γ(R) n!) (a/(a+u))^R (u/(a+u))^n` as a function of `u`, by the saddle point (Loader 2000): its
/// factors are e^±40,000 for thousands of purchases, while what is left of them is small.
#[derive(Debug)]
struct NegativeBinomial {
    shape: f64,
    rate: f64,
    n: f64,
    /// What does not depend on `u`.
    ln_factor: f64,
    /// Where `u NB_n(u)` is largest, and its width there in `ln u`.
    mode: f64,
    width: f64,
}

impl NegativeBinomial {
    fn new(shape: f64, rate: f64, n: f64) -> Self {
        let total = shape + n;
        let ln_factor = if n > 0.0 {
            stirling_error(total) - stirling_error(n) - stirling_error(shape)
                + 0.5 * (total / (TAU * n * shape)).ln()
                + (shape / total).ln()
        } else {
            0.0
        };
        let width = if n > 0.0 { (total / (n * shape)).sqrt() } else { 1.0 };
        Self { shape, rate, n, ln_factor, mode: rate * f64::max(1.0, n) / shape, width }
    }

    fn probability(&self, u: f64) -> f64 {
        let Self { shape, rate, n, .. } = *self;
        if n > 0.0 {
            let total = (shape + n) / (rate + u);
            (self.ln_factor - deviance(n, total * u) - deviance(shape, total * rate)).exp()
        } else {
            (-shape * (u / rate).ln_1p()).exp()
        }
    }
}

/// `x ln(x/m) + m − x`, which is 0 at `x = m`.
fn deviance(x: f64, m: f64) -> f64 {
    let difference = x - m;
    if difference.abs() >= 0.1 * (x + m) {
        return if m > 0.0 { x * (x / m).ln() - difference } else { f64::INFINITY };
    }
    // 2x artanh(v) − (x − m) with v = (x − m)/(x + m)
    let v = difference / (x + m);
    let mut sum = difference * v;
    let mut term = 2.0 * x * v;
    let mut odd = 1.0;
    for _ in 0..12 {
        term *= v * v;
        odd += 2.0;
        sum += term / odd;
    }
    sum
}

/// `ln Γ(y+1) − (y + ½) ln y + y − ½ ln 2π` (Abramowitz & Stegun 6.1.41).
fn stirling_error(y: f64) -> f64 {
    if y < STIRLING_FROM {
        return ln_gamma(y + 1.0) - (y + 0.5) * y.ln() + y - 0.5 * TAU.ln();
    }
    let w = 1.0 / (y * y);
    [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360_360.0, 1.0 / 156.0]
        .iter()
        .rev()
        .fold(0.0, |sum, c| sum * w + c)
        / y
}
