//! Nobody leaves: the NBD model (Ehrenberg 1959).

use super::{LeavesFirst, Lifetime, MAX_OWN};

/// `S(t) = 1`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Never;

impl Lifetime for Never {
    const OWN: usize = 0;
    type Place = ();

    fn ln_survival(&self, _t: f64) -> (f64, [f64; MAX_OWN]) {
        (0.0, [0.0; MAX_OWN])
    }

    fn place(&self, _rate: f64, _t: f64, _most: f64) {}

    fn leaves_first(&self, _shape: f64, _rate: f64, (): &()) -> LeavesFirst {
        LeavesFirst { probability: 0.0, ln: f64::NEG_INFINITY, by_shape: 0.0, by_rate: 0.0, by_own: [0.0; MAX_OWN] }
    }

    fn residual_survival(&self, _end: f64, _ahead: f64) -> f64 {
        1.0
    }

    fn residual_density(&self, _end: f64, _ahead: f64) -> f64 {
        0.0
    }

    fn residual_scale(&self, _end: f64) -> f64 {
        f64::INFINITY
    }

    fn expected_residual(&self, _end: f64, ahead: f64) -> f64 {
        ahead
    }

    fn discounted_residual(&self, _end: f64, delta: f64) -> f64 {
        1.0 / delta
    }
}
