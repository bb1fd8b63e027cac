//! Exact k-means on a line.

mod double_double;
mod dynamic;
#[cfg(test)]
mod tests;

use emptor_types::{Fit, Invalid};
use serde::{Deserialize, Serialize};

use super::{ClusterError, Points};

/// The most clusters on a line: back pointers take four bytes per different value and cluster.
const MOST_CLUSTERS: usize = 256;

/// Exact one-dimensional k-means: the cuts of a line into `k` intervals with the least inertia there is.
///
/// **What it answers.** Where do customers with one score fall apart most naturally? Other than k-means in several
/// columns the answer is the best of all partitions, needs no start and no seed, and is monotone: a higher score never
/// lands in a lower cluster.
///
/// ```text
/// D(q, i) = min over j < i of D(q − 1, j) + W(j, i)        least inertia of the i lowest values in q clusters
/// W(j, i) = Σ w x² − (Σ w x)² / Σ w                        inertia of the values j+1 … i, from running sums
/// ```
///
/// (Bellman 1973; Wang & Song 2011, eq. 1 to 4, the R package Ckmeans.1d.dp.) The cut that is best for `i` does not move
/// left as `i` grows, so that each layer is found by divide and conquer in `O(n log n)` (Grønlund et al. 2017, §2.2).
///
/// The values are [`Points`] of one column, weights included. Equal values stay together; the order of rows is of no
/// account. Results are in the points' standardised units, which are the raw ones unless the points are standardised.
///
/// **Numbers.** Running sums start at the median, grow outwards and hold 32 digits (Dekker 1971), so that neither an
/// offset nor far outliers cost digits where values are dense. Costs within the search are exact to some 1e-31 of the sum
/// of squares about the median between it and the interval; centroids and inertias of the cuts found are computed afresh.
/// Memory: 24 bytes a row and 64 + 4 (k − 2) bytes per different value.
///
/// ```
/// use emptor_cluster::{OneDimensionalKMeans, Points};
/// use emptor_types::Fit;
///
/// let scores = [12.0, 1.0, 2.0, 11.0, 30.0];
/// let fitted = OneDimensionalKMeans::new(3)?.fit(&Points::new(&[&scores])?)?;
/// assert_eq!(fitted.centroids(), [1.5, 11.5, 30.0]);
/// assert_eq!(fitted.boundaries(), [6.5, 20.75]);
/// assert_eq!(fitted.labels(&Points::new(&[&scores])?)?, [1, 0, 0, 1, 2]);
/// assert_eq!(fitted.assign(19.0), Some(1));
/// assert_eq!(fitted.inertia(), 1.0);
/// // One, two and three clusters at their best.
/// assert_eq!(fitted.inertia_by_clusters().len(), 3);
/// # Ok::<(), emptor_cluster::ClusterError>(())
/// ```
///
/// References: Dekker (1971), "A floating-point technique for extending the available precision", Numer. Math. 18. Bellman (1973), "A note on cluster analysis and dynamic programming", Math. Biosciences 18. Wang & Song
/// (2011), "Ckmeans.1d.dp", The R Journal 3(2). Grønlund, Larsen, Mathiasen, Nielsen, Schneider & Song (2017), "Fast
/// exact k-means, k-medians and Bregman divergence clustering in 1D", arXiv:1701.07204.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "usize", into = "usize")]
pub struct OneDimensionalKMeans {
    clusters: usize,
}

/// The intervals found by [`OneDimensionalKMeans`], lowest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Intervals", into = "Intervals")]
pub struct FittedOneDimensionalKMeans {
    intervals: Intervals,
}

/// The saved form; loading checks it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Intervals {
    centroids: Vec<f64>,
    boundaries: Vec<f64>,
    counts: Vec<usize>,
    weights: Vec<f64>,
    inertia_by_clusters: Vec<f64>,
}

impl OneDimensionalKMeans {
    /// A search for so many clusters.
    ///
    /// # Errors
    /// [`ClusterError::Invalid`] unless there are 1 to 256 clusters.
    pub fn new(clusters: usize) -> Result<Self, ClusterError> {
        let mut checks = Invalid::checks();
        checks.require((1..=MOST_CLUSTERS).contains(&clusters), "clusters", "must be 1 to 256", clusters);
        checks.finish()?;
        Ok(Self { clusters })
    }

    /// The clusters searched for.
    #[must_use]
    pub fn clusters(&self) -> usize {
        self.clusters
    }
}

impl TryFrom<usize> for OneDimensionalKMeans {
    type Error = ClusterError;

    fn try_from(clusters: usize) -> Result<Self, ClusterError> {
        Self::new(clusters)
    }
}

impl From<OneDimensionalKMeans> for usize {
    fn from(spec: OneDimensionalKMeans) -> Self {
        spec.clusters
    }
}

impl Fit<Points<'_>> for OneDimensionalKMeans {
    type Fitted = FittedOneDimensionalKMeans;
    type Error = ClusterError;

    /// Finds the best cuts.
    ///
    /// # Errors
    /// [`ClusterError::Dimensions`] if there is more than one column, [`ClusterError::TooFewDistinct`] if there are fewer
    /// different values of weight above 0 than clusters, [`ClusterError::Invalid`] if standardised values or their inertia
    /// are too large for a double.
    fn fit(&self, points: &Points<'_>) -> Result<Self::Fitted, ClusterError> {
        let rows = values(points)?;
        let line = dynamic::Line::new(points, &rows)?;
        if line.distinct() < self.clusters {
            let (clusters, distinct) = (self.clusters, line.distinct());
            return Err(ClusterError::TooFewDistinct { clusters, distinct, rows: points.rows() });
        }
        let found = line.cut(self.clusters);
        let mut intervals = Intervals {
            centroids: found.centroids,
            boundaries: found.boundaries,
            counts: vec![0; self.clusters],
            weights: found.weights,
            inertia_by_clusters: found.inertia_by_clusters,
        };
        for &value in &rows {
            let place = intervals.place(value);
            intervals.counts[place] += 1;
        }
        Ok(FittedOneDimensionalKMeans::try_from(intervals)?)
    }
}

impl FittedOneDimensionalKMeans {
    /// The weighted mean of each cluster, lowest first.
    #[must_use]
    pub fn centroids(&self) -> &[f64] {
        &self.intervals.centroids
    }

    /// The least value of each cluster but the first: a new value belongs to the cluster after the last boundary that it
    /// reaches. A boundary lies half-way between two centroids, so that a new value goes to its nearest centroid.
    #[must_use]
    pub fn boundaries(&self) -> &[f64] {
        &self.intervals.boundaries
    }

    /// Rows of each cluster, those of weight 0 included.
    #[must_use]
    pub fn counts(&self) -> &[usize] {
        &self.intervals.counts
    }

    /// The weight of each cluster.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.intervals.weights
    }

    /// The weighted sum of squared distances to the own centroid: the least that so many clusters can have.
    #[must_use]
    pub fn inertia(&self) -> f64 {
        self.intervals.inertia_by_clusters.last().copied().unwrap_or(0.0)
    }

    /// The least inertia of 1, 2, … clusters, as many as were asked for; the first is the total sum of squares.
    #[must_use]
    pub fn inertia_by_clusters(&self) -> &[f64] {
        &self.intervals.inertia_by_clusters
    }

    /// The cluster of a standardised value, counted from 0; `None` for NaN.
    #[must_use]
    pub fn assign(&self, value: f64) -> Option<u16> {
        (!value.is_nan()).then(|| self.intervals.place(value) as u16)
    }

    /// The cluster of each row, counted from 0.
    ///
    /// # Errors
    /// [`ClusterError::Dimensions`] if there is more than one column, [`ClusterError::Invalid`] if a standardised value is
    /// too large for a double.
    pub fn labels(&self, points: &Points<'_>) -> Result<Vec<u16>, ClusterError> {
        Ok(values(points)?.into_iter().map(|value| self.intervals.place(value) as u16).collect())
    }
}

impl Intervals {
    fn place(&self, value: f64) -> usize {
        self.boundaries.partition_point(|&boundary| boundary <= value)
    }
}

impl TryFrom<Intervals> for FittedOneDimensionalKMeans {
    type Error = Invalid;

    fn try_from(intervals: Intervals) -> Result<Self, Invalid> {
        let Intervals { centroids, boundaries, counts, weights, inertia_by_clusters } = &intervals;
        let clusters = centroids.len();
        let mut checks = Invalid::checks();
        let rising = |values: &[f64]| values.windows(2).all(|pair| pair[0] < pair[1]);
        checks.require((1..=MOST_CLUSTERS).contains(&clusters), "centroids", "must be 1 to 256", clusters);
        checks.require(rising(centroids), "centroids", "must rise", format!("{centroids:?}"));
        checks.require(rising(boundaries), "boundaries", "must rise", format!("{boundaries:?}"));
        checks.require_each("centroids", "must be finite", centroids, |_, x| x.is_finite());
        checks.require_each("boundaries", "must be finite", boundaries, |_, x| x.is_finite());
        let between = boundaries.len() + 1 == clusters
            && boundaries.iter().zip(centroids).all(|(b, below)| below < b)
            && boundaries.iter().zip(centroids.iter().skip(1)).all(|(b, above)| b <= above);
        checks.require(between, "boundaries", "must lie between the centroids", format!("{boundaries:?}"));
        checks.require(counts.len() == clusters, "counts", "must have one element per cluster", counts.len());
        checks.require(weights.len() == clusters, "weights", "must have one element per cluster", weights.len());
        checks.require_each("weights", "must be finite and above 0", weights, |_, w| w > 0.0 && w.is_finite());
        let curve = inertia_by_clusters;
        checks.require(
            curve.len() == clusters,
            "inertia_by_clusters",
            "must have one element per cluster",
            curve.len(),
        );
        checks.require_each("inertia_by_clusters", "must be finite and at least 0", curve, |_, x| {
            x >= 0.0 && x.is_finite()
        });
        checks.finish()?;
        Ok(Self { intervals })
    }
}

impl From<FittedOneDimensionalKMeans> for Intervals {
    fn from(fitted: FittedOneDimensionalKMeans) -> Self {
        fitted.intervals
    }
}

/// The standardised values of the only column.
fn values(points: &Points<'_>) -> Result<Vec<f64>, ClusterError> {
    if points.dimensions() != 1 {
        return Err(ClusterError::Dimensions { expected: 1, got: points.dimensions() });
    }
    let values: Vec<f64> = (0..points.rows()).map(|row| points.value(row, 0)).collect();
    let mut checks = Invalid::checks();
    checks.require_each("standardised values", "must be finite", &values, |_, x| x.is_finite());
    checks.finish()?;
    Ok(values)
}
