//! Rows near the border of their cluster: the only ones that may soon change it.
//!
//! The rows that later iterations have to measure recur, so they are packed once, side by side, in single precision, and
//! measured from there: a stream of few bytes, where gathering rows from their columns waits for memory eight times a row.

use super::pass::{self, chunk_rows};
use super::screen::{Kept, Screen, Targets, Which};
use super::spread::Spread;
use super::sums::Sums;
use crate::Points;

/// This share of rows is fenced, or fewer.
const SHARE: f64 = 0.25;

/// Neighbours of a probe.
const PROBE: usize = 16;

/// There is a probe for so many rows, up to [`PROBES`].
const EVERY: usize = 1024;
const PROBES: usize = 256;

/// The fenced rows.
#[derive(Debug)]
pub(super) struct Fence {
    /// Chunk by chunk.
    kept: Vec<Kept>,
    /// All other rows were farther than this from changing their cluster when all rows were last measured.
    horizon: f64,
    /// How much nearer to it rows may have come since.
    drift: f64,
    /// How much by the last step.
    last: f64,
}

impl Fence {
    pub(super) fn new(rows: usize, clusters: usize, dimensions: usize) -> Self {
        let chunks = rows.div_ceil(chunk_rows(clusters, dimensions));
        let kept = std::iter::repeat_with(Kept::default).take(chunks).collect();
        Self { kept, horizon: 0.0, drift: 0.0, last: 0.0 }
    }

    /// Measures the fenced rows if they are the only ones that may have changed their cluster, else all, and says how sums change.
    pub(super) fn step(
        &mut self,
        points: &Points<'_>,
        spread: &Spread,
        targets: &Targets<'_>,
        labels: &mut [u16],
        first: bool,
    ) -> Sums {
        if self.drift < self.horizon {
            return pass::fenced(points, spread, targets, labels, &mut self.kept);
        }
        let horizon = horizon(points, spread, targets).filter(|&h| f64::from(h) > self.last);
        self.horizon = horizon.map_or(0.0, f64::from);
        self.drift = 0.0;
        pass::whole(points, spread, targets, labels, (&mut self.kept, horizon), first)
    }

    /// Lets centroids step so far: a row comes nearer to another cluster by the step of its own and that of the other at most.
    pub(super) fn widen(&mut self, squared_steps: &[f64], unit: f64) {
        /// For the rounding of the sum.
        const UPWARD: f64 = 1.0 + 1e-9;
        let (most, second) = squared_steps.iter().fold((0.0_f64, 0.0_f64), |(most, second), &step| {
            (most.max(step), second.max(step.min(most)))
        });
        self.last = (most.sqrt() + second.sqrt()) * UPWARD * unit;
        self.drift = (self.drift + self.last) * (1.0 + f64::EPSILON);
    }

    /// Has all rows measured at the next step.
    pub(super) fn open(&mut self) {
        self.horizon = 0.0;
    }
}

/// The slack that about [`SHARE`] of all rows are below, by probes; none if there are few rows.
fn horizon(points: &Points<'_>, spread: &Spread, targets: &Targets<'_>) -> Option<f32> {
    let probes = (points.rows() / EVERY).min(PROBES);
    let mut screen = Screen::new(points, spread);
    let mut slacks = Vec::with_capacity(probes * PROBE);
    for p in 0..probes {
        let begin = points.rows() / probes * p;
        screen.measure(&Which::Neighbours(begin..begin + PROBE), targets, true);
        slacks.extend(screen.slacks(PROBE));
    }
    let at = (slacks.len() as f64 * SHARE) as usize;
    (at < slacks.len()).then(|| *slacks.select_nth_unstable_by(at, f32::total_cmp).1)
}
