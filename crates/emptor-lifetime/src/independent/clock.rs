//! The time that drop-out runs on, after a given moment.
//!
//! Both mixed lifetimes have `S(t+u)/S(t) = e^(−s y(u))` with one clock
//! ```text
//! y(u) = ln(1 + E/η)      E = (e^(bu) − 1)/b      Pareto: b = 0, E = u, η = β + t
//!                                                 GGom:   η = (1 − e^(−bt))/b + (β/b) e^(−bt)
//! ```
//! so that GGom goes over into Pareto as `b → 0` with `β/b` fixed, and nothing overflows for large `bt`.

/// Above, `e^(bu)` is so large that the rest of the clock is constant; below, it does not overflow.
const LONG: f64 = 600.0;
/// Below, `∂E/∂b` is summed as a series, for the closed form cancels.
const SHORT: f64 = 0.3;

/// A clock at a given moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Clock {
    /// How fast drop-out grows; 0 for Pareto.
    pub(super) b: f64,
    /// `1/η` is the speed of the clock at `u = 0`.
    pub(super) eta: f64,
}

/// What the clock shows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    /// `y(u)`.
    pub(super) y: f64,
    /// `y'(u)`.
    pub(super) speed: f64,
    /// `1 / (η + E)`, which is `−∂ ln y' / ∂η`.
    pub(super) inverse: f64,
    /// `E / (η + E)`, which is `−η ∂y/∂η`.
    pub(super) share: f64,
}

impl Clock {
    pub(super) fn read(&self, u: f64) -> Reading {
        let bu = self.b * u;
        if bu < LONG {
            let (e, growth) = if bu < f64::EPSILON {
                (u, 1.0)
            } else {
                let grown = bu.exp_m1();
                (grown / self.b, grown + 1.0)
            };
            let inverse = 1.0 / (self.eta + e);
            Reading { y: (e / self.eta).ln_1p(), speed: growth * inverse, inverse, share: e * inverse }
        } else {
            Reading { y: bu - (self.b * self.eta).ln(), speed: self.b, inverse: 0.0, share: 1.0 }
        }
    }

    /// `∂y/∂b` at fixed `u` and `η`, which is `∂E/∂b / (η + E)`.
    pub(super) fn by_b(&self, u: f64, reading: &Reading) -> f64 {
        let bu = self.b * u;
        if bu < SHORT {
            u * u * reading.inverse * slope(bu)
        } else if bu < LONG {
            (u * reading.speed - reading.share) / self.b
        } else {
            u - 1.0 / self.b
        }
    }

    /// Where drop-out that starts slowly has grown to full strength, `ln(bη)/b`; 0 if it starts fast.
    pub(super) fn onset(&self) -> f64 {
        let ln = (self.b * self.eta).ln();
        if ln > 0.0 { ln / self.b } else { 0.0 }
    }
}

/// `(v e^v − (e^v − 1)) / v²  =  Σ k vᵏ⁻¹ / (k+1)!` for small `v`.
fn slope(v: f64) -> f64 {
    const TERMS: u32 = 11; // 0.3^11 · 12/13! is below 1e-14 of 1/2 and the sum has positive terms
    let (mut power, mut sum) = (0.5, 0.0);
    for k in 1..=TERMS {
        sum += power * f64::from(k);
        power *= v / f64::from(k + 2);
    }
    sum
}
