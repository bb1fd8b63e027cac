//! Rows near the border of their cluster: the only ones that may soon change it.
//!
//! A pass over all rows keeps a quarter of them: those that are least nearer to their centroid than to the second nearest. As
//! long as centroids are not far from where they stood then, no other row can have changed its cluster, and a pass over these
//! is enough. They are packed side by side in single precision, which is a stream of few bytes: to gather such rows from their
//! columns waits for memory once a column, and took half of the time of a fit.

use super::pass::{self, chunk_rows};
use super::screen::{Kept, Screen, Targets, Which};
use super::spread::Spread;
use super::sums::Sums;
use crate::Points;

/// The share of rows that is fenced: of more, passes take longer and memory is more than 16 bytes a row; of less, all rows have
/// to be measured more often.
pub(super) const SHARE: f64 = 0.25;

/// Neighbours that are measured together to learn how slacks are spread.
const PROBE: usize = 16;

/// There is one probe for so many rows, up to [`PROBES`]; fewer rows are not fenced, for they are in the cache anyhow.
const EVERY: usize = 1024;
const PROBES: usize = 256;

/// The fenced rows.
#[derive(Debug)]
pub(super) struct Fence {
    /// Chunk by chunk.
    kept: Vec<Kept>,
    /// All other rows were farther than this from changing their cluster when all rows were last measured.
    horizon: f64,
    /// The centroids they were measured by.
    origin: Vec<f64>,
    /// The centroids of the last step.
    before: Vec<f64>,
    /// How much nearer rows may have come by the last step.
    pace: f64,
}

impl Fence {
    /// `warm` says that the first step is expected to be a small one.
    pub(super) fn new(rows: usize, clusters: usize, dimensions: usize, warm: bool) -> Self {
        let chunks = rows.div_ceil(chunk_rows(clusters, dimensions));
        let kept = std::iter::repeat_with(Kept::default).take(chunks).collect();
        let pace = if warm { 0.0 } else { f64::INFINITY };
        Self { kept, horizon: 0.0, origin: Vec::new(), before: Vec::new(), pace }
    }

    /// Measures the fenced rows if no other may have changed its cluster, else all, and says how sums change.
    pub(super) fn step(
        &mut self,
        points: &Points<'_>,
        spread: &Spread,
        targets: &Targets<'_>,
        labels: &mut [u16],
        first: bool,
    ) -> Sums {
        if !first {
            self.pace = approach(&self.before, targets.flat, spread);
        }
        self.before = targets.flat.to_vec();
        if approach(&self.origin, targets.flat, spread) < self.horizon {
            return pass::fenced(points, spread, targets, labels, &mut self.kept);
        }
        // A fence that a step like the last one would overrun is not worth building.
        let horizon = horizon(points, spread, targets).filter(|&h| f64::from(h) > self.pace);
        self.horizon = horizon.map_or(0.0, f64::from);
        self.origin = targets.flat.to_vec();
        pass::whole(points, spread, targets, labels, (&mut self.kept, horizon), first)
    }

    /// Has all rows measured at the next step.
    pub(super) fn open(&mut self) {
        self.horizon = 0.0;
    }
}

/// By how much the margin of a row between its nearest centroid and another one may shrink when centroids move: by the way of
/// both, the two longest at most; in units of the spread.
fn approach(from: &[f64], to: &[f64], spread: &Spread) -> f64 {
    /// For the rounding of the sum.
    const UPWARD: f64 = 1.0 + 1e-9;
    let d = spread.centre.len();
    let way =
        |(a, b): (&[f64], &[f64])| -> f64 { a.iter().zip(b).map(|(a, b)| (a - b) * spread.unit).map(|x| x * x).sum() };
    let squares = from.chunks_exact(d).zip(to.chunks_exact(d)).map(way);
    let two = |(most, second): (f64, f64), way: f64| (most.max(way), second.max(way.min(most)));
    let (most, second) = squares.fold((0.0, 0.0), two);
    (most.sqrt() + second.sqrt()) * UPWARD
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
