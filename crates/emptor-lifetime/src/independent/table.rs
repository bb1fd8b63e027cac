//! The chance to leave before the next purchase for many shapes at one time.
//!
//! Of `K = ∫ s y'(u) e^(−s y(u)) (1 + u/a)^(−R) du` only the last factor depends on the customer. The table holds the
//! others at the nodes of [`half_line`](super::half_line), laid for the smallest scale of all shapes, so that one more
//! shape costs one exponential per node.

use super::clock::Clock;
use super::half_line::{REMAINDER, nodes};
use super::leaving::{Leaving, extent};

/// What all shapes share at one node.
#[derive(Debug, Clone, Copy)]
struct Node {
    /// `s y' e^(−s y)` times the weight of the node. All together are 1: everybody leaves in the end.
    weight: f64,
    /// `ln(1 + u/a)`.
    log: f64,
    /// `u / (a + u)`.
    share: f64,
    y: f64,
    by_eta: f64,
    by_b: f64,
}

/// The nodes of one time.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// The largest shape the nodes are laid for.
    pub(super) most: f64,
    nodes: Vec<Node>,
}

impl Table {
    /// For a clock with `b > 0`, which ends the integrals exponentially whatever the shape.
    pub(super) fn new(clock: &Clock, s: f64, rate: f64, most: f64) -> Self {
        let smallest = 1.0 / (most.max(1.0) / rate + (s + 1.0) / clock.eta);
        let (mut table, mut sum) = (Vec::with_capacity(128), 0.0);
        nodes(&extent(clock, smallest, f64::INFINITY), |u, weight| {
            let reading = clock.read(u);
            let weight = weight * s * reading.speed * (-s * reading.y).exp();
            sum += weight;
            table.push(Node {
                weight,
                log: (u / rate).ln_1p(),
                share: u / (rate + u),
                y: reading.y,
                by_eta: s / clock.eta * reading.share - reading.inverse,
                by_b: u - (1.0 + s) * clock.by_b(u, &reading),
            });
            weight <= REMAINDER * sum
        });
        Self { most, nodes: table }
    }

    pub(super) fn leaves_first(&self, s: f64, shape: f64, rate: f64) -> Leaving {
        let [mut k, mut log, mut share, mut y, mut by_eta, mut by_b] = [0.0; 6];
        for node in &self.nodes {
            let kept = (-shape * node.log).exp();
            if kept <= REMAINDER * k {
                break; // all further weights together are below 1
            }
            let mass = node.weight * kept;
            k += mass;
            log += mass * node.log;
            share += mass * node.share;
            y += mass * node.y;
            by_eta += mass * node.by_eta;
            by_b += mass * node.by_b;
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
}
