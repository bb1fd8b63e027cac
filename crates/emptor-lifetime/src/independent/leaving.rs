//! Integrals over the rest of a lifetime, for both mixed lifetimes.

use super::clock::Clock;
use super::half_line::{Extent, half_line};

/// Mass below this power of e is no mass.
const NOTHING: f64 = 45.0;

/// `ln K` with its derivatives by what the integral depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leaving {
    pub(super) probability: f64,
    pub(super) ln: f64,
    pub(super) by_shape: f64,
    pub(super) by_rate: f64,
    pub(super) by_s: f64,
    pub(super) by_eta: f64,
    pub(super) by_b: f64,
}

/// `K = ∫ s y'(u) e^(−s y(u)) (1 + u/a)^(−R) du`, value and derivatives in one pass.
pub(super) fn leaves_first(clock: &Clock, s: f64, shape: f64, rate: f64) -> Leaving {
    let eta = clock.eta;
    let smallest = 1.0 / (shape.max(1.0) / rate + (s + 1.0) / eta);
    let extent = extent(clock, smallest, rate.max(eta), shape + s);
    let [k, y, log, share, by_eta, by_b] = half_line(&extent, |u| {
        let reading = clock.read(u);
        let log = (u / rate).ln_1p();
        let density = s * reading.speed * (-s * reading.y - shape * log).exp();
        let by_eta = s / eta * reading.share - reading.inverse;
        let by_b = if clock.b > 0.0 { u - (1.0 + s) * clock.by_b(u, &reading) } else { 0.0 };
        let density_share = density * (u / (rate + u));
        [density, density * reading.y, density * log, density_share, density * by_eta, density * by_b]
    });
    Leaving {
        probability: k.min(1.0),
        ln: k.ln(),
        by_shape: -log / k,
        by_rate: shape / rate * (share / k),
        by_s: 1.0 / s - y / k,
        by_eta: by_eta / k,
        by_b: by_b / k,
    }
}

/// `∫ e^(−δu − s y(u)) du` for `δ > 0`, or for `δ = 0` where it is finite.
pub(super) fn discounted(clock: &Clock, s: f64, delta: f64) -> f64 {
    let smallest = 1.0 / (delta + s.max(1.0) / clock.eta);
    let mut extent = extent(clock, smallest, clock.eta, 0.0);
    if delta > 0.0 {
        extent.largest = extent.largest.max(1.0 / delta);
    }
    let [value] = half_line(&extent, |u| [(-delta * u - s * clock.read(u).y).exp()]);
    value
}

/// `power` is how fast the integral's mass falls with `u` beyond `largest` as long as drop-out does not grow.
fn extent(clock: &Clock, smallest: f64, largest: f64, power: f64) -> Extent {
    let (mut largest, mut angle) = (largest, 1.0);
    let onset = clock.onset();
    if clock.b > 0.0 {
        let grown = 1.0 / clock.b + onset;
        if power * (grown / largest).ln() < NOTHING {
            largest = largest.max(grown);
        }
        if onset > 0.0 {
            // Drop-out sets in within 1/b around the onset: the singularities are at onset ± iπ/b.
            angle = f64::atan2(1.0, onset * clock.b / std::f64::consts::FRAC_PI_2) / std::f64::consts::FRAC_PI_2;
        }
    }
    Extent { smallest, largest, at_least: onset, angle }
}
