//! Lifetimes of the GGom/NBD model: Gompertz with Gamma(s, rate β) mixed over customers (Bemmaor & Glady 2012).

use super::adaptive::integrate;
use super::clock::Clock;
use super::leaving::{self, discounted};
use super::table::Table;
use super::{LeavesFirst, Lifetime, MAX_OWN};

/// Below, `(1 − (1+v) e^(−v)) / v²` is summed as a series, for the closed form cancels.
const SHORT: f64 = 0.3;

/// `S(t) = (β / (β + e^(bt) − 1))^s`. For `b → 0` with `β/b` fixed it is Pareto with rate `β/b`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct GammaGompertz {
    /// How fast the drop-out rate of a customer grows, per unit of time.
    pub(crate) b: f64,
    /// Shape of the drop-out rates.
    pub(crate) s: f64,
    /// Rate of the drop-out rates; no unit.
    pub(crate) beta: f64,
}

/// The clock at a time, with the derivatives of its `η` by `b` and `β`.
#[derive(Debug, Clone)]
pub(crate) struct Started {
    clock: Clock,
    by_b: f64,
    by_beta: f64,
    table: Option<Table>,
}

impl GammaGompertz {
    fn clock(&self, t: f64) -> Clock {
        let bt = self.b * t;
        Clock { b: self.b, eta: -(-bt).exp_m1() / self.b + self.beta / self.b * (-bt).exp() }
    }
}

impl Lifetime for GammaGompertz {
    const OWN: usize = 3;
    type Place = Started;

    fn ln_survival(&self, t: f64) -> (f64, [f64; MAX_OWN]) {
        let start = self.clock(0.0);
        let reading = start.read(t);
        // y = ln(1 + (e^(bt) − 1)/β), so ∂y/∂b = t y'(t) / b and ∂y/∂β = −share/β.
        let by_b = t * reading.speed / self.b;
        (-self.s * reading.y, [-self.s * by_b, -reading.y, self.s * reading.share / self.beta])
    }

    fn place(&self, rate: f64, t: f64, most: f64) -> Started {
        let bt = self.b * t;
        let left = (-bt).exp();
        let by_b = -t * t * fall(bt) - self.beta / self.b * left * (1.0 / self.b + t);
        let clock = self.clock(t);
        let table = if most > 0.0 { Some(Table::new(&clock, self.s, rate, most)) } else { None };
        Started { clock, by_b, by_beta: left / self.b, table }
    }

    fn leaves_first(&self, shape: f64, rate: f64, place: &Started) -> LeavesFirst {
        let k = match &place.table {
            Some(table) if shape <= table.most => table.leaves_first(self.s, shape, rate),
            _ => leaving::leaves_first(&place.clock, self.s, shape, rate),
        };
        LeavesFirst {
            probability: k.probability,
            ln: k.ln,
            by_shape: k.by_shape,
            by_rate: k.by_rate,
            by_own: [k.by_b + k.by_eta * place.by_b, k.by_s, k.by_eta * place.by_beta],
        }
    }

    fn residual_survival(&self, end: f64, ahead: f64) -> f64 {
        (-self.s * self.clock(end).read(ahead).y).exp()
    }

    fn residual_density(&self, end: f64, ahead: f64) -> f64 {
        let reading = self.clock(end).read(ahead);
        self.s * reading.speed * (-self.s * reading.y).exp()
    }

    fn residual_scale(&self, end: f64) -> f64 {
        1.0 / ((1.0 + self.s) / self.clock(end).eta + self.b)
    }

    fn expected_residual(&self, end: f64, ahead: f64) -> f64 {
        let clock = self.clock(end);
        let scale = self.residual_scale(end);
        integrate(0.0, (ahead / scale).ln_1p(), &[], |x| {
            let u = scale * x.exp_m1();
            (scale + u) * (-self.s * clock.read(u).y).exp()
        })
    }

    fn discounted_residual(&self, end: f64, delta: f64) -> f64 {
        discounted(&self.clock(end), self.s, delta)
    }
}

/// `(1 − (1+v) e^(−v)) / v²`, which is 1/2 at 0.
fn fall(v: f64) -> f64 {
    const TERMS: u32 = 12; // alternating, 0.3^12 · 13/14! is below 1e-16
    if v >= SHORT {
        return (-(-v).exp_m1() - v * (-v).exp()) / (v * v);
    }
    // Σ (−1)^(k+1) k vᵏ⁻¹ / (k+1)!
    let (mut power, mut sum) = (0.5, 0.0);
    for k in 1..=TERMS {
        sum += power * f64::from(k);
        power *= -v / f64::from(k + 2);
    }
    sum
}
