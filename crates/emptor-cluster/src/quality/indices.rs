//! Measures of clusters that one pass over the rows gives.

use emptor_types::Invalid;
use rayon::prelude::*;
use serde::Serialize;

use super::{chunks, read_column};
use crate::{ClusterError, Points};

/// How well clusters describe their rows, from one pass over all of them.
///
/// With weights `w`, centroids `c`, the overall mean `m`, `n` the sum of weights and `k` clusters that have rows:
///
/// ```text
/// inertia              W = Σ w |z − c_own|²
/// total                T = Σ w |z − m|²
/// explained              = 1 − W/T
/// Calinski–Harabasz      = ((T − W)/(k − 1)) / (W/(n − k))                   greater is better (1974, eq. 3)
/// Davies–Bouldin         = 1/k Σ_i max_{j≠i} (S_i + S_j)/|c_i − c_j|         less is better (1979, def. 5)
///                          S_i = mean |z − c_i| of the rows of i
/// simplified silhouette  = mean of (b − a)/max(a, b)                         greater is better (Hruschka et al. 2004)
///                          a, b = distance to the own and to the nearest other centroid; 0 for a row alone in its cluster
/// ```
/// A cluster without a row of weight above 0 is no cluster: its centroid is left out everywhere.
/// The simplified silhouette is on another scale than the [`Silhouette`](super::Silhouette), as a rule higher: never show
/// the one under the name of the other. A row of weight 2 counts as two equal rows; Calinski–Harabasz is meaningless where
/// weights do not count rows. A measure is `None` where it is not defined: a single cluster, no variation within (or at
/// all), two equal centroids.
///
/// ```
/// use emptor_cluster::{ClusterQuality, Points};
///
/// let column = [0.0, 1.0, 10.0, 11.0];
/// let points = Points::new(&[&column])?;
/// let quality = ClusterQuality::of_centroids(&points, &[vec![0.5], vec![10.5]])?;
/// assert_eq!((quality.inertia, quality.total), (1.0, 101.0));
/// assert_eq!(quality.calinski_harabasz, Some(200.0));
/// assert_eq!(quality.davies_bouldin, Some(0.1));
/// assert_eq!(quality, ClusterQuality::of_labels(&points, &[0, 0, 1, 1])?);
/// # Ok::<(), emptor_cluster::ClusterError>(())
/// ```
///
/// References: Caliński & Harabasz (1974), "A dendrite method for cluster analysis". Davies & Bouldin (1979), "A cluster
/// separation measure". Hruschka, de Castro & Campello (2004), "Evolutionary algorithms for clustering gene-expression
/// data".
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ClusterQuality {
    /// Clusters that have a row of weight above 0.
    pub clusters: usize,
    /// Rows of each cluster, those of weight 0 included.
    pub counts: Vec<usize>,
    /// Summed weights of each cluster.
    pub weights: Vec<f64>,
    /// Weighted squared distances to the own centroid.
    pub inertia: f64,
    /// Weighted squared distances to the mean of all rows.
    pub total: f64,
    /// Share of the total that the clusters explain.
    pub explained: Option<f64>,
    /// Variance between over variance within clusters.
    pub calinski_harabasz: Option<f64>,
    /// Mean over clusters of the worst ratio of spread to separation.
    pub davies_bouldin: Option<f64>,
    /// The silhouette with centroids in the place of rows.
    pub simplified_silhouette: Option<f64>,
}

/// What one chunk of rows adds to each cluster.
#[derive(Debug, Clone)]
struct Sums {
    counts: Vec<usize>,
    /// Rows of weight above 0.
    voices: Vec<usize>,
    weights: Vec<f64>,
    squares: Vec<f64>,
    distances: Vec<f64>,
    silhouettes: Vec<f64>,
    /// `Σ w (z − c)` per cluster and column.
    gaps: Vec<Vec<f64>>,
}

impl ClusterQuality {
    /// Measures the clusters around given centroids, in standardised units: a row belongs to the nearest, the lower index
    /// on ties.
    ///
    /// # Errors
    /// [`ClusterError::Dimensions`] if centroids and rows differ in columns; [`ClusterError::Invalid`] unless there is a
    /// centroid, all are finite, and squared distances are finite too.
    pub fn of_centroids(points: &Points<'_>, centroids: &[Vec<f64>]) -> Result<Self, ClusterError> {
        let mut checks = Invalid::checks();
        checks.require(!centroids.is_empty(), "centroids", "must hold at least one", "none");
        for (c, centroid) in centroids.iter().enumerate() {
            checks.require_each(&format!("centroid {c}"), "must be finite", centroid, |_, x| x.is_finite());
        }
        checks.finish()?;
        if let Some(other) = centroids.iter().find(|centroid| centroid.len() != points.dimensions()) {
            return Err(ClusterError::Dimensions { expected: other.len(), got: points.dimensions() });
        }
        let all = pass(points, centroids, None);
        let present: Vec<usize> = (0..centroids.len()).filter(|&c| all.weights[c] > 0.0).collect();
        if present.len() == centroids.len() {
            return all.finish(centroids);
        }
        // Once more without the empty ones, which would pass for neighbours; no row with a say has one as its own.
        let own: Vec<Vec<f64>> = present.iter().map(|&c| centroids[c].clone()).collect();
        Ok(pass(points, &own, None).finish(&own)?.spread(&present, all.counts))
    }

    /// Measures clusters given by their labels, counted from 0; centroids are the means of their rows. One more pass.
    ///
    /// # Errors
    /// [`ClusterError::Invalid`] unless there is one label per row and squared distances are finite.
    pub fn of_labels(points: &Points<'_>, labels: &[u16]) -> Result<Self, ClusterError> {
        let mut checks = Invalid::checks();
        checks.require(labels.len() == points.rows(), "labels", "must have one element per row", labels.len());
        checks.finish()?;
        let mut counts = vec![0; labels.iter().max().map_or(0, |&most| usize::from(most) + 1)];
        let mut has_say = vec![false; counts.len()];
        for (row, &label) in labels.iter().enumerate() {
            counts[usize::from(label)] += 1;
            has_say[usize::from(label)] |= points.weight(row) > 0.0;
        }
        // Numbers without a row, or without one that has a say, cost no pass and are nobody's neighbour.
        let present: Vec<usize> = (0..counts.len()).filter(|&label| has_say[label]).collect();
        let mut places = vec![0_u16; counts.len()];
        present.iter().zip(0..).for_each(|(&label, place)| places[label] = place);
        // Rows of clusters without a say land in the first, where they weigh nothing.
        let labels: Vec<u16> = labels.iter().map(|&label| places[usize::from(label)]).collect();
        let labels = labels.as_slice();
        // About the first row, so that an offset costs no digits.
        let base: Vec<f64> = (0..points.dimensions()).map(|c| points.value(0, c)).collect();
        let mut centroids = vec![base; present.len()];
        let sums = pass(points, &centroids, Some(labels));
        for (centroid, (gap, &weight)) in centroids.iter_mut().zip(sums.gaps.iter().zip(&sums.weights)) {
            if weight > 0.0 {
                centroid.iter_mut().zip(gap).for_each(|(c, g)| *c += g / weight);
            }
        }
        Ok(pass(points, &centroids, Some(labels)).finish(&centroids)?.spread(&present, counts))
    }

    /// From the clusters that have weight back to all numbers, with the rows of each.
    fn spread(mut self, present: &[usize], counts: Vec<usize>) -> Self {
        let mut weights = vec![0.0; counts.len()];
        present.iter().zip(&self.weights).for_each(|(&cluster, &weight)| weights[cluster] = weight);
        (self.counts, self.weights) = (counts, weights);
        self
    }
}

/// Sums over all rows, chunk by chunk.
fn pass(points: &Points<'_>, centroids: &[Vec<f64>], labels: Option<&[u16]>) -> Sums {
    let parts: Vec<Sums> =
        chunks(points.rows()).into_par_iter().map(|rows| part(points, centroids, labels, rows)).collect();
    let mut all = Sums::new(centroids.len(), points.dimensions());
    parts.iter().for_each(|part| all.add(part));
    all
}

fn part(points: &Points<'_>, centroids: &[Vec<f64>], labels: Option<&[u16]>, rows: std::ops::Range<usize>) -> Sums {
    let n = rows.len();
    let mut tile = vec![Vec::with_capacity(n); points.dimensions()];
    for (column, values) in tile.iter_mut().enumerate() {
        read_column(points, column, rows.clone(), values);
    }
    let (mut own, mut least, mut second) = (vec![0_u16; n], vec![f64::INFINITY; n], vec![f64::INFINITY; n]);
    if let Some(labels) = labels {
        own.copy_from_slice(&labels[rows.clone()]);
    }
    let mut squares = vec![0.0; n];
    for (c, centroid) in centroids.iter().enumerate() {
        squares.fill(0.0);
        for (values, &at) in tile.iter().zip(centroid) {
            for (sum, &z) in squares.iter_mut().zip(values) {
                *sum += (z - at) * (z - at);
            }
        }
        for (r, &square) in squares.iter().enumerate() {
            if labels.is_some() {
                if usize::from(own[r]) == c {
                    least[r] = square;
                } else {
                    second[r] = second[r].min(square);
                }
            } else if square < least[r] {
                second[r] = least[r];
                (own[r], least[r]) = (c as u16, square);
            } else {
                second[r] = second[r].min(square);
            }
        }
    }
    let mut sums = Sums::new(centroids.len(), points.dimensions());
    for (r, row) in rows.enumerate() {
        let (cluster, weight) = (usize::from(own[r]), points.weight(row));
        let (a, b) = (least[r].sqrt(), second[r].sqrt());
        sums.counts[cluster] += 1;
        sums.voices[cluster] += usize::from(weight > 0.0);
        sums.weights[cluster] += weight;
        sums.squares[cluster] += weight * least[r];
        sums.distances[cluster] += weight * a;
        let most = a.max(b);
        // With a single centroid b is infinite and the measure is left out.
        if most > 0.0 && most.is_finite() {
            sums.silhouettes[cluster] += weight * (b - a) / most;
        }
        for (gap, (values, at)) in sums.gaps[cluster].iter_mut().zip(tile.iter().zip(&centroids[cluster])) {
            *gap += weight * (values[r] - at);
        }
    }
    sums
}

impl Sums {
    fn new(k: usize, d: usize) -> Self {
        Self {
            counts: vec![0; k],
            voices: vec![0; k],
            weights: vec![0.0; k],
            squares: vec![0.0; k],
            distances: vec![0.0; k],
            silhouettes: vec![0.0; k],
            gaps: vec![vec![0.0; d]; k],
        }
    }

    fn add(&mut self, other: &Self) {
        let add = |into: &mut [f64], from: &[f64]| into.iter_mut().zip(from).for_each(|(a, b)| *a += b);
        self.counts.iter_mut().zip(&other.counts).for_each(|(a, b)| *a += b);
        self.voices.iter_mut().zip(&other.voices).for_each(|(a, b)| *a += b);
        add(&mut self.weights, &other.weights);
        add(&mut self.squares, &other.squares);
        add(&mut self.distances, &other.distances);
        add(&mut self.silhouettes, &other.silhouettes);
        self.gaps.iter_mut().zip(&other.gaps).for_each(|(a, b)| add(a, b));
    }

    fn finish(self, centroids: &[Vec<f64>]) -> Result<ClusterQuality, ClusterError> {
        let present: Vec<usize> = (0..centroids.len()).filter(|&c| self.weights[c] > 0.0).collect();
        let k = present.len();
        let n: f64 = self.weights.iter().sum();
        let inertia: f64 = self.squares.iter().sum();
        let total = self.total(centroids, n);
        let mut checks = Invalid::checks();
        let finite = inertia.is_finite() && total.is_finite();
        checks.require(finite, "squared distances", "must not overflow", total.max(inertia));
        checks.finish()?;
        let between = (total - inertia).max(0.0);
        let explained = (total > 0.0).then(|| between / total);
        let within = inertia / (n - k as f64);
        let calinski_harabasz = (k > 1 && inertia > 0.0 && n > k as f64).then(|| between / (k - 1) as f64 / within);
        // A row alone in its cluster says nothing of how well it fits.
        let silhouettes = present.iter().filter(|&&c| self.voices[c] > 1 || self.weights[c] > 1.0);
        let simplified = silhouettes.map(|&c| self.silhouettes[c]).sum::<f64>() / n;
        let davies_bouldin = self.davies_bouldin(centroids, &present);
        Ok(ClusterQuality {
            clusters: k,
            counts: self.counts,
            weights: self.weights,
            inertia,
            total,
            explained,
            calinski_harabasz,
            davies_bouldin,
            simplified_silhouette: (k > 1).then_some(simplified),
        })
    }

    /// `T` from the parts: with `g = Σ w (z − c)` of a cluster, `Σ w |z − m|² = Σ w |z − c|² + 2 g·(c − m) + w |c − m|²`.
    fn total(&self, centroids: &[Vec<f64>], n: f64) -> f64 {
        let d = centroids.first().map_or(0, Vec::len);
        let clusters = || centroids.iter().zip(self.gaps.iter().zip(&self.weights));
        // Shares of n before the sum, about the first centroid: neither size nor offset costs digits.
        let mean = |j: usize| {
            let base = centroids[0][j];
            base + clusters().map(|(c, (gap, w))| w / n * (c[j] - base) + gap[j] / n).sum::<f64>()
        };
        let means: Vec<f64> = (0..d).map(mean).collect();
        let moved: f64 = clusters()
            .map(|(c, (gap, w))| {
                (0..d).map(|j| (c[j] - means[j]) * (2.0 * gap[j] + w * (c[j] - means[j]))).sum::<f64>()
            })
            .sum();
        (self.squares.iter().sum::<f64>() + moved).max(0.0)
    }

    fn davies_bouldin(&self, centroids: &[Vec<f64>], present: &[usize]) -> Option<f64> {
        if present.len() < 2 {
            return None;
        }
        let spread = |c: usize| self.distances[c] / self.weights[c];
        let apart = |a: usize, b: usize| {
            centroids[a].iter().zip(&centroids[b]).map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt()
        };
        let worst = present.iter().map(|&a| {
            let others = present.iter().filter(|&&b| b != a);
            others.map(|&b| (spread(a) + spread(b)) / apart(a, b)).fold(0.0, |most: f64, ratio| {
                // 0/0 for equal centroids without spread must not pass for good separation.
                if ratio.is_nan() { f64::INFINITY } else { most.max(ratio) }
            })
        });
        let index = worst.sum::<f64>() / present.len() as f64;
        index.is_finite().then_some(index)
    }
}
