//! Where to begin: greedy k-means++, and the sample it runs on.

use rand::RngCore;
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use super::kernel::{Centroids, TILE, Tile};
use super::pass::CHUNK;
use crate::{ClusterError, Points};

/// Independent sums, so that additions need not wait for one another; fixed, lest results depend on the processor.
const LANES: usize = 8;

/// Uniform in [0, 1), from the upper 53 bits.
fn uniform(random: &mut Xoshiro256PlusPlus) -> f64 {
    (random.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
}

/// Rows drawn from all: one from each of so many equal runs of neighbours, copied in standardised units.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    columns: Vec<Vec<f64>>,
    weights: Option<Vec<f64>>,
}

impl Sample {
    pub(super) fn draw(points: &Points<'_>, rows: usize, random: &mut Xoshiro256PlusPlus) -> Self {
        let n = points.rows() as f64;
        let border = |i: usize| (i as f64 / rows as f64 * n) as usize;
        let chosen: Vec<usize> = (0..rows)
            .map(|i| {
                let (from, to) = (border(i), border(i + 1).max(border(i) + 1));
                (from + (uniform(random) * (to - from) as f64) as usize).min(points.rows() - 1)
            })
            .collect();
        let column = |j: usize| chosen.iter().map(|&row| points.value(row, j)).collect();
        let weights = points.weights().map(|weights| chosen.iter().map(|&row| weights[row]).collect());
        Self { columns: (0..points.dimensions()).map(column).collect(), weights }
    }

    pub(super) fn points(&self) -> Result<Points<'_>, ClusterError> {
        let columns: Vec<&[f64]> = self.columns.iter().map(Vec::as_slice).collect();
        let points = Points::new(&columns)?;
        match &self.weights {
            Some(weights) => points.weighted(weights),
            None => Ok(points),
        }
    }
}

/// Greedy k-means++ (Arthur and Vassilvitskii 2007, with the several candidates a step they advise): each step draws
/// 2 + ln k rows in proportion to weight × squared distance to the nearest centroid so far, and keeps the one that lowers
/// the inertia most. Centroids come one after the other.
pub(super) fn plus_plus(points: &Points<'_>, clusters: usize, random: &mut Xoshiro256PlusPlus) -> Vec<f64> {
    let d = points.dimensions();
    let trials = 2 + (clusters as f64).ln() as usize;
    let row_of = |row: usize| (0..d).map(move |j| points.value(row, j));
    let mut masses = Masses::new(points);
    let mut flat: Vec<f64> = row_of(masses.draw(points, random)).collect();
    masses.nearest.fill(f64::INFINITY);
    masses.near(points, &flat);
    while flat.len() < clusters * d {
        let rows: Vec<usize> = (0..trials).map(|_| masses.draw(points, random)).collect();
        let candidates: Vec<f64> = rows.iter().flat_map(|&row| row_of(row)).collect();
        let inertias = masses.after(points, &Centroids::pack(&candidates, d), trials);
        // The first on ties.
        let best = (0..trials).fold(0, |best, t| if inertias[t] < inertias[best] { t } else { best });
        let candidate = &candidates[best * d..][..d];
        masses.near(points, candidate);
        flat.extend(candidate);
    }
    flat
}

/// Squared distances to the nearest centroid so far, and what they weigh.
struct Masses {
    nearest: Vec<f64>,
    /// Summed masses of the chunks.
    chunks: Vec<f64>,
}

impl Masses {
    /// Before there is a centroid rows weigh what they weigh.
    fn new(points: &Points<'_>) -> Self {
        let mut masses = Self { nearest: vec![1.0; points.rows()], chunks: Vec::new() };
        masses.chunks = (0..points.rows())
            .step_by(CHUNK)
            .map(|begin| (begin..points.rows().min(begin + CHUNK)).map(|row| points.weight(row)).sum())
            .collect();
        masses
    }

    /// Draws a row in proportion to its mass, none of mass 0 unless all are.
    fn draw(&self, points: &Points<'_>, random: &mut Xoshiro256PlusPlus) -> usize {
        let mut left = uniform(random) * self.chunks.iter().sum::<f64>();
        let mut chunk = self.chunks.iter().rposition(|&mass| mass > 0.0).unwrap_or(0);
        for (c, &mass) in self.chunks.iter().enumerate().take(chunk) {
            if left < mass {
                chunk = c;
                break;
            }
            left -= mass;
        }
        let mut last = chunk * CHUNK;
        for row in chunk * CHUNK..points.rows().min((chunk + 1) * CHUNK) {
            let mass = points.weight(row) * self.nearest[row];
            if mass > 0.0 {
                last = row;
                if left < mass {
                    break;
                }
                left -= mass;
            }
        }
        last
    }

    /// The inertia there would be with each of some candidates.
    fn after(&self, points: &Points<'_>, candidates: &Centroids, trials: usize) -> Vec<f64> {
        let room = || (Tile::new(points), Vec::new());
        let parts: Vec<Vec<f64>> = self
            .nearest
            .par_chunks(CHUNK)
            .enumerate()
            .map_init(room, |(tile, distances), (c, nearest)| {
                let mut lanes = vec![[0.0; LANES]; trials];
                for (t, nearest) in nearest.chunks(TILE).enumerate() {
                    let begin = c * CHUNK + t * TILE;
                    tile.pack(begin..begin + nearest.len());
                    tile.distances(candidates, distances);
                    let weights = points.weights().map(|weights| &weights[begin..]);
                    for (lanes, distances) in lanes.iter_mut().zip(distances.chunks_exact(TILE)) {
                        add(lanes, nearest, distances, weights);
                    }
                }
                lanes.iter().map(|lanes| lanes.iter().sum()).collect()
            })
            .collect();
        (0..trials).map(|t| parts.iter().map(|part| part[t]).sum()).collect()
    }

    /// Takes a centroid in.
    fn near(&mut self, points: &Points<'_>, centroid: &[f64]) {
        let centroid = Centroids::pack(centroid, points.dimensions());
        let room = || (Tile::new(points), Vec::new());
        self.chunks = self
            .nearest
            .par_chunks_mut(CHUNK)
            .enumerate()
            .map_init(room, |(tile, distances), (c, nearest)| {
                let mut lanes = [0.0; LANES];
                for (t, nearest) in nearest.chunks_mut(TILE).enumerate() {
                    let begin = c * CHUNK + t * TILE;
                    tile.pack(begin..begin + nearest.len());
                    tile.distances(&centroid, distances);
                    nearest.iter_mut().zip(&*distances).for_each(|(near, &d)| *near = near.min(d));
                    let weights = points.weights().map(|weights| &weights[begin..]);
                    add(&mut lanes, nearest, nearest, weights);
                }
                lanes.iter().sum()
            })
            .collect();
    }
}

/// Adds weight × the lesser of two distances.
fn add(lanes: &mut [f64; LANES], nearest: &[f64], distances: &[f64], weights: Option<&[f64]>) {
    for (c, (nearest, distances)) in nearest.chunks(LANES).zip(distances.chunks(LANES)).enumerate() {
        let lesser = nearest.iter().zip(distances).map(|(a, &b)| a.min(b));
        match weights {
            None => lanes.iter_mut().zip(lesser).for_each(|(lane, mass)| *lane += mass),
            Some(weights) => {
                let weights = &weights[c * LANES..];
                lanes.iter_mut().zip(lesser).zip(weights).for_each(|((lane, mass), w)| *lane += w * mass);
            }
        }
    }
}
