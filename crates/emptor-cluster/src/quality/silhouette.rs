//! The silhouette, on all rows or on a sample of them.

use emptor_types::Invalid;
use rayon::prelude::*;
use serde::Serialize;

use super::{Estimate, Sample};
use crate::{ClusterError, Points};

/// The silhouette of clusters: does a row lie nearer to its own cluster than to the next (Rousseeuw 1987)?
///
/// ```text
/// s(i) = (b − a)/max(a, b)      a = mean distance to the other rows of the own cluster
///                               b = least mean distance to the rows of another cluster
/// s(i) = 0                      for a row alone in its cluster
/// ```
/// From −1 (in the wrong cluster) over 0 (between two) to 1. Above 0.5 there is reasonable structure, below 0.25 none to
/// speak of (Kaufman & Rousseeuw 1990).
///
/// All pairs of rows are too many beyond some ten thousand rows: the mean is then estimated from `rows` sampled rows, each
/// measured against `against` sampled rows. Both sizes are stated; samples as large as the data give the exact value and a
/// standard error of 0. The standard error is that of sampling rows, `√(1 − rows/n)` included; the error of sampling the
/// rows they are measured against is shared by all of them, of order `1/√against`, and not part of it. A small cluster
/// needs `against` large enough to have rows there.
///
/// A row of weight 2 counts as two equal rows; a row leaves one copy of itself out of its own cluster.
///
/// ```
/// use emptor_cluster::{Points, Silhouette};
///
/// let column = [0.0, 1.0, 10.0, 11.0];
/// let silhouette = Silhouette::exact(&Points::new(&[&column])?, &[0, 0, 1, 1])?;
/// // 0: a = 1, b = 10.5; 1: a = 1, b = 9.5; and the mirror image.
/// assert!((silhouette.mean.value - (9.5 / 10.5 + 8.5 / 9.5) / 2.0).abs() < 1e-12);
/// assert_eq!((silhouette.mean.standard_error, silhouette.rows, silhouette.against), (0.0, 4, 4));
/// # Ok::<(), emptor_cluster::ClusterError>(())
/// ```
///
/// References: Rousseeuw (1987), "Silhouettes: a graphical aid to the interpretation and validation of cluster analysis".
/// Kaufman & Rousseeuw (1990), "Finding Groups in Data".
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Silhouette {
    /// Weighted mean over the sampled rows.
    pub mean: Estimate,
    /// Mean of each cluster; `None` where no row was sampled.
    pub clusters: Vec<Option<f64>>,
    /// Rows sampled.
    pub rows: usize,
    /// Rows that each was measured against.
    pub against: usize,
}

impl Silhouette {
    /// Measures every row against every row; the time grows with the square of the rows.
    ///
    /// # Errors
    /// See [`sampled`](Self::sampled).
    pub fn exact(points: &Points<'_>, labels: &[u16]) -> Result<Self, ClusterError> {
        Self::sampled(points, labels, points.rows(), points.rows(), 0)
    }

    /// Measures `rows` sampled rows against `against` sampled rows.
    ///
    /// # Errors
    /// [`ClusterError::Invalid`] unless there is one label per row, both samples hold at least one row, distances are
    /// finite, and the rows measured against are of two clusters at least.
    pub fn sampled(
        points: &Points<'_>,
        labels: &[u16],
        rows: usize,
        against: usize,
        seed: u64,
    ) -> Result<Self, ClusterError> {
        let mut checks = Invalid::checks();
        checks.require(labels.len() == points.rows(), "labels", "must have one element per row", labels.len());
        checks.require(rows > 0, "rows", "must be at least 1", rows);
        checks.require(against > 0, "against", "must be at least 1", against);
        checks.finish()?;
        let found = silhouettes(points, &[labels], (rows, against), seed)?.pop().flatten();
        Ok(found.ok_or_else(|| {
            Invalid::value("rows measured against", "must be of two clusters at least, at finite distances", against)
        })?)
    }
}

/// The silhouettes of several labelings, for the price of one set of distances; `None` where one is not defined.
pub(crate) fn silhouettes(
    points: &Points<'_>,
    labelings: &[&[u16]],
    (rows, against): (usize, usize),
    seed: u64,
) -> Result<Vec<Option<Silhouette>>, ClusterError> {
    let picked = Sample::draw(points, rows, seed);
    let others = Sample::draw(points, against, seed.wrapping_add(1));
    let reference = Sample::of(points, &others);
    let tables: Vec<Table> = labelings.iter().map(|labels| Table::new(labels, &others, &reference)).collect();
    let scores: Vec<Vec<f64>> = picked
        .par_iter()
        .map_init(
            || (vec![0.0; others.len()], Vec::new()),
            |(distances, sums), &row| {
                measure(points, row, &reference, distances);
                let place = others.binary_search(&row).is_ok();
                let label = |l: usize| usize::from(labelings[l][row]);
                tables
                    .iter()
                    .enumerate()
                    .map(|(l, t)| t.score(distances, sums, label(l), place, points.weight(row)))
                    .collect()
            },
        )
        .collect();
    // Rows of weight 0 are not drawn and not missed.
    let all = points.weights().map_or(points.rows(), |weights| weights.iter().filter(|&&w| w > 0.0).count());
    let weights: Vec<f64> = picked.iter().map(|&row| points.weight(row)).collect();
    let result = |l: usize| {
        let table = &tables[l];
        let own: Vec<f64> = scores.iter().map(|row| row[l]).collect();
        let defined = table.totals.iter().filter(|&&w| w > 0.0).count() > 1 && own.iter().all(|s| s.is_finite());
        defined.then(|| {
            let mut clusters = vec![(0.0, 0.0); table.totals.len()];
            for (&row, (&s, &w)) in picked.iter().zip(own.iter().zip(&weights)) {
                let cluster = &mut clusters[usize::from(labelings[l][row])];
                *cluster = (cluster.0 + w * s, cluster.1 + w);
            }
            Silhouette {
                mean: weighted_mean(&own, &weights, all),
                clusters: clusters.into_iter().map(|(sum, w)| (w > 0.0).then(|| sum / w)).collect(),
                rows: picked.len(),
                against: others.len(),
            }
        })
    };
    Ok((0..labelings.len()).map(result).collect())
}

/// Distances of a row to the reference rows.
fn measure(points: &Points<'_>, row: usize, reference: &Sample, distances: &mut [f64]) {
    distances.fill(0.0);
    for (c, column) in reference.columns.iter().enumerate() {
        let at = points.value(row, c);
        for (sum, z) in distances.iter_mut().zip(column) {
            *sum += (z - at) * (z - at);
        }
    }
    distances.iter_mut().for_each(|d| *d = d.sqrt());
}

/// The reference rows of one labeling.
#[derive(Debug)]
struct Table {
    labels: Vec<u16>,
    weights: Option<Vec<f64>>,
    totals: Vec<f64>,
}

impl Table {
    fn new(labels: &[u16], others: &[usize], reference: &Sample) -> Self {
        let k = labels.iter().max().map_or(0, |&most| usize::from(most) + 1);
        let own: Vec<u16> = others.iter().map(|&row| labels[row]).collect();
        let mut totals = vec![0.0; k];
        for (i, &label) in own.iter().enumerate() {
            totals[usize::from(label)] += reference.weight(i);
        }
        Self { labels: own, weights: reference.weights.clone(), totals }
    }

    /// `s` of a row; `inside` if it is among the reference rows itself.
    fn score(&self, distances: &[f64], sums: &mut Vec<f64>, own: usize, inside: bool, weight: f64) -> f64 {
        sums.clear();
        sums.resize(self.totals.len(), 0.0);
        match &self.weights {
            Some(weights) => {
                for ((&label, &d), &w) in self.labels.iter().zip(distances).zip(weights) {
                    sums[usize::from(label)] += w * d;
                }
            }
            None => {
                for (&label, &d) in self.labels.iter().zip(distances) {
                    sums[usize::from(label)] += d;
                }
            }
        }
        // One copy of itself is no neighbour; a weight below 1 is all of it.
        let rest = self.totals[own] - if inside { weight.min(1.0) } else { 0.0 };
        // What rounding leaves of a total that is a row's own weight is no neighbour either.
        if rest <= self.totals[own] * 1e-12 {
            return 0.0;
        }
        let a = sums[own] / rest;
        let means = sums.iter().zip(&self.totals).enumerate();
        let b = means
            .filter(|&(c, (_, &total))| c != own && total > 0.0)
            .map(|(_, (sum, total))| sum / total)
            .fold(f64::INFINITY, f64::min);
        let most = a.max(b);
        if most > 0.0 { (b - a) / most } else { 0.0 }
    }
}

/// Weighted mean of a sample of `all` rows, with the standard error of a ratio (Cochran 1977, eq. 6.13).
fn weighted_mean(values: &[f64], weights: &[f64], all: usize) -> Estimate {
    let n = values.len();
    let total: f64 = weights.iter().sum();
    let value = values.iter().zip(weights).map(|(s, w)| s * w).sum::<f64>() / total;
    let squares: f64 = values.iter().zip(weights).map(|(s, w)| (w * (s - value)).powi(2)).sum();
    let left_out = 1.0 - n as f64 / all as f64;
    let bessel = if n > 1 { n as f64 / (n - 1) as f64 } else { 1.0 };
    Estimate { value, standard_error: (squares * bessel * left_out).sqrt() / total, terms: n }
}
