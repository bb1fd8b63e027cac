//! Lifetimes of the Pareto/NBD model: exponential with Gamma(s, rate β) mixed over customers.
//!
//! With `a = α + t`, `b = β + t`, `ω = a/b` and `c = R + s`, the chance to leave before the next purchase is
//! ```text
//! K = s b^s a^R ∫ from 0 to ∞ of (b+u)^(−s−1) (a+u)^(−R) du
//!   = (s/c) ω ₂F₁(1, s+1; c+1; 1 − ω)          (1)
//!   = (s/c)   ₂F₁(1, R;   c+1; 1 − 1/ω)        (2)
//! ```
//! From the two forms of the likelihood in Schmittlein, Morrison & Colombo (1987) by Euler's and Pfaff's
//! transformations (Abramowitz & Stegun 15.3.3–5). Only one parameter of either grows along the series, and in (1) it
//! is divided by `R`: a dozen terms for most customers. One of the two has positive terms, the other alternates; the
//! shorter is taken. If both are long (α and β far apart, or `s` large), the integral is summed as it stands.

use super::clock::Clock;
use super::leaving::{self, discounted};
use super::series::series;
use super::{LeavesFirst, Lifetime, MAX_OWN};

/// Alternating series are summed only if their first terms fall at least this fast, so that less than a digit cancels.
const FIRST_FALL: f64 = 0.4;
/// The number of a term by whose ratio to the one before the two series are compared.
const TYPICAL_TERM: f64 = 8.0;
/// The number of a term, and the ratio to the one before above which a series is too long: positive terms, alternating.
const LATE: [(f64, f64); 2] = [(60.0, 0.75), (24.0, 0.5)];

/// `S(t) = (β / (β+t))^s`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pareto {
    /// Shape of the drop-out rates.
    pub(crate) s: f64,
    /// Rate of the drop-out rates, in units of time.
    pub(crate) beta: f64,
}

impl Pareto {
    fn clock(&self, t: f64) -> Clock {
        Clock { b: 0.0, eta: self.beta + t }
    }
}

impl Lifetime for Pareto {
    const OWN: usize = 2;
    /// `β + t`.
    type Place = f64;

    fn ln_survival(&self, t: f64) -> (f64, [f64; MAX_OWN]) {
        let y = (t / self.beta).ln_1p();
        (-self.s * y, [-y, self.s * t / (self.beta * (self.beta + t)), 0.0])
    }

    fn place(&self, _rate: f64, t: f64, _most: f64) -> f64 {
        self.beta + t
    }

    fn leaves_first(&self, shape: f64, rate: f64, place: &f64) -> LeavesFirst {
        let (s, b, a) = (self.s, *place, rate);
        let c = shape + s;
        let (z1, z2) = ((b - a) / b, (a - b) / a);
        let (fall1, fall2) = (typical_fall(s + 1.0, c + 1.0, z1), typical_fall(shape, c + 1.0, z2));
        let first = fall1 <= fall2;
        let summed = match first {
            true if fall1.is_finite() => series(s + 1.0, c + 1.0, z1),
            false => series(shape, c + 1.0, z2),
            true => None,
        };
        let Some(f) = summed else {
            return self.by_quadrature(shape, rate, b);
        };
        let inverse = 1.0 / f.value;
        let probability = if first { s / c * (a / b) * f.value } else { s / c * f.value };
        let (by_p, by_c) = (f.by_p * inverse, f.by_c * inverse - 1.0 / c);
        let (by_shape, by_s) = if first { (by_c, by_c + by_p) } else { (by_c + by_p, by_c) };
        // K depends on times through ω alone.
        let by_ln_ratio = if first { 1.0 - a / b * f.by_z * inverse } else { b / a * f.by_z * inverse };
        LeavesFirst {
            probability,
            ln: probability.ln(),
            by_shape,
            by_rate: by_ln_ratio / a,
            by_own: [1.0 / s + by_s, -by_ln_ratio / b, 0.0],
        }
    }

    fn residual_survival(&self, end: f64, ahead: f64) -> f64 {
        (-self.s * (ahead / (self.beta + end)).ln_1p()).exp()
    }

    fn residual_density(&self, end: f64, ahead: f64) -> f64 {
        self.s / (self.beta + end + ahead) * self.residual_survival(end, ahead)
    }

    fn residual_scale(&self, end: f64) -> f64 {
        (self.beta + end) / (1.0 + self.s)
    }

    /// `b ((1 + ahead/b)^(1−s) − 1) / (1 − s)`, in a form that knows no pole at `s = 1`.
    fn expected_residual(&self, end: f64, ahead: f64) -> f64 {
        let b = self.beta + end;
        let growth = (ahead / b).ln_1p();
        let exponent = (1.0 - self.s) * growth;
        let mean_growth = if exponent.abs() < f64::EPSILON { 1.0 } else { exponent.exp_m1() / exponent };
        b * growth * mean_growth
    }

    fn discounted_residual(&self, end: f64, delta: f64) -> f64 {
        if delta > 0.0 {
            discounted(&self.clock(end), self.s, delta)
        } else if self.s > 1.0 {
            (self.beta + end) / (self.s - 1.0)
        } else {
            f64::INFINITY
        }
    }
}

impl Pareto {
    pub(super) fn by_quadrature(&self, shape: f64, rate: f64, b: f64) -> LeavesFirst {
        let k = leaving::leaves_first(&Clock { b: 0.0, eta: b }, self.s, shape, rate);
        LeavesFirst {
            probability: k.probability,
            ln: k.ln,
            by_shape: k.by_shape,
            by_rate: k.by_rate,
            by_own: [k.by_s, k.by_eta, 0.0],
        }
    }
}

/// The ratio of a typical term of `₂F₁(1, p; c; z)` to the one before; infinite if the series is of no use.
fn typical_fall(p: f64, c: f64, z: f64) -> f64 {
    let fall = |n: f64| z.abs() * (p + n) / (c + n);
    let (late, limit) = LATE[usize::from(z < 0.0)];
    if fall(late) > limit || z < 0.0 && fall(0.0) > FIRST_FALL { f64::INFINITY } else { fall(TYPICAL_TERM) }
}
