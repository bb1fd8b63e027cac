//! The two steps of expectation–maximisation.

use std::f64::consts::TAU;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::Points;
use crate::quality::{chunks, read_column};

/// A squared standardised distance is cut here, so that a row beyond all reason has a density that is tiny, not absent.
const FARTHEST: f64 = 1e300;

/// The parameters of a mixture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Mixture {
    pub(super) weights: Vec<f64>,
    pub(super) means: Vec<Vec<f64>>,
    pub(super) variances: Vec<Vec<f64>>,
}

/// What the rows say of a mixture.
#[derive(Debug, Clone)]
pub(super) struct Sums {
    pub(super) log_likelihood: f64,
    /// `Σ w r` per component.
    sizes: Vec<f64>,
    /// `Σ w r (z − μ)` and `Σ w r (z − μ)²` per component and column, about the means of the step before.
    first: Vec<Vec<f64>>,
    second: Vec<Vec<f64>>,
}

/// Weighted mean and variance of each standardised column.
pub(super) fn column_variances(points: &Points<'_>) -> Vec<(f64, f64)> {
    let total: f64 = (0..points.rows()).map(|row| points.weight(row)).sum();
    let column = |c: usize| {
        let base = points.value(0, c);
        let mean = |term: &dyn Fn(f64) -> f64| {
            (0..points.rows()).map(|row| points.weight(row) / total * term(points.value(row, c))).sum::<f64>()
        };
        let centre = base + mean(&|z| z - base);
        (centre, mean(&|z| (z - centre) * (z - centre)))
    };
    (0..points.dimensions()).map(column).collect()
}

impl Mixture {
    /// One component per cluster.
    pub(super) fn from_labels(points: &Points<'_>, centroids: &[Vec<f64>], labels: &[u16], floors: &[f64]) -> Self {
        let (k, d) = (centroids.len(), points.dimensions());
        let mut sums = Sums::new(k, d);
        for (row, &label) in labels.iter().enumerate() {
            let (g, weight) = (usize::from(label), points.weight(row));
            sums.sizes[g] += weight;
            for (j, &centre) in centroids[g].iter().enumerate() {
                let gap = points.value(row, j) - centre;
                sums.first[g][j] += weight * gap;
                sums.second[g][j] += weight * gap * gap;
            }
        }
        let blank = Self { weights: vec![0.0; k], means: centroids.to_vec(), variances: vec![floors.to_vec(); k] };
        blank.maximize(&sums, floors)
    }

    /// The M step. A component that no row belongs to keeps its place and loses its weight.
    pub(super) fn maximize(&self, sums: &Sums, floors: &[f64]) -> Self {
        let total: f64 = sums.sizes.iter().sum();
        let mut next = self.clone();
        for (g, &size) in sums.sizes.iter().enumerate() {
            next.weights[g] = size / total;
            if size > 0.0 {
                for (j, &floor) in floors.iter().enumerate() {
                    let moved = sums.first[g][j] / size;
                    next.means[g][j] += moved;
                    next.variances[g][j] = (sums.second[g][j] / size - moved * moved).max(floor);
                }
            }
        }
        next
    }

    /// Components whose variance stands at the floor in some column.
    pub(super) fn at_floor(&self, floors: &[f64]) -> Vec<bool> {
        self.variances.iter().map(|own| own.iter().zip(floors).any(|(v, floor)| v <= floor)).collect()
    }

    /// For rows of a tile, `ln π_g f_g(z)` per component, turned into responsibilities, and `ln f(z)`.
    pub(super) fn responsibilities(&self, tile: &[Vec<f64>], degrees: &mut [Vec<f64>], density: &mut Vec<f64>) {
        let n = tile.first().map_or(0, Vec::len);
        density.clear();
        density.resize(n, f64::NEG_INFINITY);
        for (g, own) in degrees.iter_mut().enumerate() {
            own.clear();
            own.resize(n, 0.0);
            let mut constant = self.weights[g].ln();
            for (values, (&mean, &variance)) in tile.iter().zip(self.means[g].iter().zip(&self.variances[g])) {
                constant -= 0.5 * (TAU * variance).ln();
                let precision = 1.0 / variance;
                for (sum, &z) in own.iter_mut().zip(values) {
                    *sum += ((z - mean) * (z - mean) * precision).min(FARTHEST);
                }
            }
            for (sum, most) in own.iter_mut().zip(density.iter_mut()) {
                *sum = constant - 0.5 * *sum;
                *most = most.max(*sum);
            }
        }
        // Density holds the greatest logarithm until here; from now on the sum.
        let mut sums = vec![0.0; n];
        for own in degrees.iter_mut() {
            for (x, (sum, most)) in own.iter_mut().zip(sums.iter_mut().zip(density.iter())) {
                *x = (*x - most).exp();
                *sum += *x;
            }
        }
        for own in degrees.iter_mut() {
            own.iter_mut().zip(&sums).for_each(|(x, sum)| *x /= sum);
        }
        density.iter_mut().zip(&sums).for_each(|(most, sum)| *most += sum.ln());
    }
}

impl Sums {
    fn new(k: usize, d: usize) -> Self {
        Self { log_likelihood: 0.0, sizes: vec![0.0; k], first: vec![vec![0.0; d]; k], second: vec![vec![0.0; d]; k] }
    }

    fn add(&mut self, other: &Self) {
        let add = |into: &mut [f64], from: &[f64]| into.iter_mut().zip(from).for_each(|(a, b)| *a += b);
        self.log_likelihood += other.log_likelihood;
        add(&mut self.sizes, &other.sizes);
        self.first.iter_mut().zip(&other.first).for_each(|(a, b)| add(a, b));
        self.second.iter_mut().zip(&other.second).for_each(|(a, b)| add(a, b));
    }
}

/// The E step, with the sums that the M step needs.
pub(super) fn expect(points: &Points<'_>, mixture: &Mixture) -> Sums {
    let (k, d) = (mixture.weights.len(), points.dimensions());
    let parts: Vec<Sums> = chunks(points.rows())
        .into_par_iter()
        .map(|rows| {
            let mut sums = Sums::new(k, d);
            each_tile(points, mixture, rows, |start, tile, degrees, density| {
                let weight = |r: usize| points.weight(start + r);
                sums.log_likelihood += density.iter().enumerate().map(|(r, x)| weighted(weight(r), *x)).sum::<f64>();
                for (g, own) in degrees.iter_mut().enumerate() {
                    own.iter_mut().enumerate().for_each(|(r, x)| *x *= weight(r));
                    sums.sizes[g] += own.iter().sum::<f64>();
                    for (j, values) in tile.iter().enumerate() {
                        let mean = mixture.means[g][j];
                        let (mut first, mut second) = (0.0, 0.0);
                        for (x, z) in own.iter().zip(values) {
                            let gap = z - mean;
                            first += x * gap;
                            second += x * gap * gap;
                        }
                        sums.first[g][j] += first;
                        sums.second[g][j] += second;
                    }
                }
            });
            sums
        })
        .collect();
    let mut all = Sums::new(k, d);
    parts.iter().for_each(|part| all.add(part));
    all
}

/// A row of weight 0 has no say, however unlikely it is.
fn weighted(weight: f64, density: f64) -> f64 {
    if weight > 0.0 { weight * density } else { 0.0 }
}

/// Rows of a tile: all of it stays in the nearest cache.
const TILE: usize = 256;

/// Hands over the rows of a chunk tile by tile: first row, values by column, responsibilities by component, log densities.
pub(super) fn each_tile(
    points: &Points<'_>,
    mixture: &Mixture,
    rows: std::ops::Range<usize>,
    mut take: impl FnMut(usize, &[Vec<f64>], &mut [Vec<f64>], &[f64]),
) {
    let mut tile = vec![Vec::new(); points.dimensions()];
    let mut degrees = vec![Vec::new(); mixture.weights.len()];
    let mut density = Vec::new();
    for start in rows.clone().step_by(TILE) {
        let part = start..rows.end.min(start + TILE);
        for (column, values) in tile.iter_mut().enumerate() {
            read_column(points, column, part.clone(), values);
        }
        mixture.responsibilities(&tile, &mut degrees, &mut density);
        take(start, &tile, &mut degrees, &density);
    }
}
