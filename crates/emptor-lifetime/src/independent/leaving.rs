//! Integrals over the rest of a lifetime, for both mixed lifetimes.

use std::f64::consts::FRAC_PI_2;

use super::clock::Clock;
use super::half_line::{Extent, STEP, half_line};

/// Mass below e to the minus this is no mass.
const NOTHING: f64 = 45.0;
/// A slower power than this is summed as a geometric series, for its tail reaches beyond numbers.
const SLOW: f64 = 0.12;
/// So far beyond the largest scale a function is a power to the last digit.
const FAR: f64 = 1e18;

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
    let largest = rate.max(eta);
    let power = shape + s;
    let stays_power = clock.b <= 0.0 || power * -(clock.b * largest).ln() > NOTHING;
    let mut extent = extent(clock, smallest, if stays_power && power > SLOW { largest } else { f64::INFINITY });
    if stays_power && power <= SLOW {
        extent.at_most = FAR * largest;
    }
    let density = |u: f64| {
        let reading = clock.read(u);
        let log = (u / rate).ln_1p();
        let density = s * reading.speed * (-s * reading.y - shape * log).exp();
        let by_eta = s / eta * reading.share - reading.inverse;
        let by_b = if clock.b > 0.0 { u - (1.0 + s) * clock.by_b(u, &reading) } else { 0.0 };
        let density_share = density * (u / (rate + u));
        [density, density * reading.y, density * log, density_share, density * by_eta, density * by_b]
    };
    let ([mut k, mut y, mut log, mut share, mut by_eta, by_b], end) = half_line(&extent, density);
    if end >= extent.at_most {
        // What the nodes beyond would add: each is `fall` of the one before, and y and the logarithm grow by a step.
        let fall = (-power * STEP).exp();
        let rest = density(end).map(|value| value * end * STEP * fall / (1.0 - fall));
        let growth = rest[0] * STEP / (1.0 - fall);
        k += rest[0];
        y += rest[1] + growth;
        log += rest[2] + growth;
        share += rest[3];
        by_eta += rest[4];
    }
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

/// `∫ e^(−δu − s y(u)) du`, if `δ` or `b` is positive, so that it ends exponentially.
pub(super) fn discounted(clock: &Clock, s: f64, delta: f64) -> f64 {
    let smallest = 1.0 / (delta + s.max(1.0) / clock.eta);
    let [value] = half_line(&extent(clock, smallest, f64::INFINITY), |u| [(-delta * u - s * clock.read(u).y).exp()]).0;
    value
}

/// How an integral over the clock lies on the half line if it falls like a power beyond `power_from`.
pub(super) fn extent(clock: &Clock, smallest: f64, power_from: f64) -> Extent {
    let onset = clock.onset();
    // Drop-out that starts slowly sets in within 1/b around its onset: the singularities are at onset ± iπ/b.
    let angle = f64::min(1.0, f64::atan2(1.0, onset * clock.b / FRAC_PI_2) / FRAC_PI_2);
    Extent { smallest, power_from, at_least: onset, at_most: f64::INFINITY, angle }
}
