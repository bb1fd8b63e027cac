//! What to search for.

use emptor_types::{Fit, Invalid};
use serde::{Deserialize, Serialize};

use super::{FittedKMeans, search};
use crate::{ClusterError, Points};

/// Labels are 16 bits wide.
pub(super) const MOST_CLUSTERS: usize = u16::MAX as usize;

/// Where centroids begin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Start {
    /// Greedy k-means++, several times on a sample; the best of these starts goes on to all rows.
    KMeansPlusPlus,
    /// From these centroids, one row of coordinates each, in standardised units; one exact fit on all rows.
    Given(Vec<Vec<f64>>),
}

/// Exact k-means: clusters of rows around their means.
///
/// What it answers: which rows are alike, and what is the typical row of each group?
///
/// ```text
/// minimise  Σ_i w_i Σ_j (z_ij − c_lj)²     l = the cluster of row i, the nearest centroid; the lower index on ties
/// c_lj = Σ_i∈l w_i z_ij / Σ_i∈l w_i        Lloyd (1982), until nothing moves
/// stop when Σ_l Σ_j (c_lj − c'_lj)² ≤ tolerance × mean variance of the columns
/// ```
///
/// Several starts by greedy k-means++ (2 + ln k trials a step) on a seeded sample, Lloyd's algorithm on the sample for
/// each, then the exact fit on all rows from the best. A row is measured again only when the centroids have moved so far
/// that its nearest one may have changed, so that later iterations touch few rows and yet the result is that of
/// Lloyd's algorithm. A cluster that runs empty is moved to the row farthest from its centroid.
///
/// ```
/// use emptor_cluster::{KMeans, Points};
/// use emptor_types::Fit;
///
/// let (spend, visits) = ([1.0, 2.0, 1.5, 40.0, 42.0, 41.0], [1.0, 1.0, 2.0, 9.0, 8.0, 10.0]);
/// let points = Points::new(&[&spend, &visits])?;
/// let spec = KMeans::builder().clusters(2).starts(5).seed(7).build()?;
/// let (fitted, labels) = spec.fit_labels(&points)?;
/// assert_eq!(labels[0], labels[2]);
/// assert_ne!(labels[0], labels[3]);
/// assert_eq!(fitted.counts(), [3, 3]);
/// assert_eq!(fitted.labels(&points)?, labels);
///
/// let error = KMeans::builder().clusters(7).build()?.fit(&points).unwrap_err();
/// assert_eq!(error.to_string(), "7 clusters need at least 7 different rows; 6 rows hold 6");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Fitting fails with [`ClusterError::TooFewDistinct`] if fewer different rows of weight above 0 than clusters exist, where
/// rows so near to one another that the square of their distance is lost (below about 1e-162) are one; with
/// [`ClusterError::Dimensions`] if given centroids have another number of columns than the rows; and with
/// [`ClusterError::Invalid`] if a standardised value is out of range, or a variance or the inertia is beyond finite numbers.
/// Reaching the iteration limit is no error: every
/// iteration leaves valid clusters; the report says so.
///
/// # Numerical notes
/// The result is the same, bit for bit, on any number of threads and on any processor: the nearest centroid is that by sums
/// of squared differences in column order, without fused multiply-add, and sums over rows are reduced in fixed chunks. The
/// faster `|c|² − 2 z·c` in single precision is used for rows whose two nearest centroids differ by more than its rounding, where
/// both must agree; of 65 536 rows or more without weights the inertia comes from the sums of the clusters, to about twelve digits; on another processor that may settle a few rows more or fewer, and `passes` of the report differ a little. Counts, weights and
/// inertia are those of the returned centroids. The generator is Xoshiro256++.
///
/// Centroids are kept in the units of the rows: where a common offset is more than about 1e10 times the spread, their rounding
/// costs digits of the inertia (offset 1e12: eight are left; 1e13: five). Take the offset away by
/// [`Points::standardized`]. A row whose weight is below 1e-323 of the greatest counts as one of weight 0.
///
/// # Differences from scikit-learn
/// On purpose, where both begin at the same centroids: with weights the tolerance is relative to the weighted
/// variance, as if rows of weight 2 were two rows, there to that without weights; a cluster that runs empty never goes to
/// a row of weight 0, and never takes the last row of another; a row exactly as near to two centroids goes to the lower index,
/// there to either, as `|c|² − 2 z·c` is rounded.
///
/// # References
/// Lloyd (1982), *Least squares quantization in PCM*. Arthur and Vassilvitskii (2007), *k-means++: the advantages of
/// careful seeding*. Hamerly (2010), *Making k-means even faster*, for the bounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "KMeansBuilder", into = "KMeansBuilder")]
pub struct KMeans {
    pub(super) clusters: usize,
    pub(super) start: Start,
    pub(super) starts: usize,
    pub(super) sample_rows: usize,
    pub(super) seed: u64,
    pub(super) tolerance: f64,
    pub(super) max_iterations: usize,
}

/// Collects the settings of a [`KMeans`].
///
/// | setting | default | meaning |
/// |---|---|---|
/// | `clusters` | none | 1 to 65 535; must be set unless centroids are given |
/// | `starts` | 10 | starts by greedy k-means++ |
/// | `sample_rows` | 50 000 | above so many rows the starts run on a sample of that size |
/// | `seed` | 0 | where sample and starts come from |
/// | `tolerance` | 1e-4 | squared shift of all centroids over the mean variance of columns; 0 runs until no label changes |
/// | `max_iterations` | 300 | iterations of each fit |
/// | `start_from` | k-means++ | given centroids; then `starts`, `sample_rows` and `seed` have no effect |
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KMeansBuilder {
    clusters: Option<usize>,
    start: Start,
    starts: usize,
    sample_rows: usize,
    seed: u64,
    tolerance: f64,
    max_iterations: usize,
}

impl Default for KMeansBuilder {
    fn default() -> Self {
        Self {
            clusters: None,
            start: Start::KMeansPlusPlus,
            starts: 10,
            sample_rows: 50_000,
            seed: 0,
            tolerance: 1e-4,
            max_iterations: 300,
        }
    }
}

impl KMeansBuilder {
    /// Sets the number of clusters.
    #[must_use]
    pub fn clusters(mut self, clusters: usize) -> Self {
        self.clusters = Some(clusters);
        self
    }

    /// Sets how many starts are tried.
    #[must_use]
    pub fn starts(mut self, starts: usize) -> Self {
        self.starts = starts;
        self
    }

    /// Sets how many rows starts are tried on, where there are more.
    #[must_use]
    pub fn sample_rows(mut self, rows: usize) -> Self {
        self.sample_rows = rows;
        self
    }

    /// Sets where sample and starts come from.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets the squared shift of all centroids, over the mean variance of the columns, at which a fit stops.
    #[must_use]
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Sets the most iterations of each fit.
    #[must_use]
    pub fn max_iterations(mut self, iterations: usize) -> Self {
        self.max_iterations = iterations;
        self
    }

    /// Begins at these centroids, one row of coordinates each, in standardised units.
    #[must_use]
    pub fn start_from(mut self, centroids: Vec<Vec<f64>>) -> Self {
        self.start = Start::Given(centroids);
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// Every broken rule at once.
    pub fn build(self) -> Result<KMeans, Invalid> {
        let mut checks = Invalid::checks();
        let given = match &self.start {
            Start::KMeansPlusPlus => None,
            Start::Given(centroids) => {
                check_centroids(&mut checks, centroids);
                Some(centroids.len())
            }
        };
        let rule = "must be 1 to 65535";
        match (self.clusters, given) {
            (None, None) => checks.require(false, "clusters", rule, "none"),
            (Some(clusters), Some(given)) => {
                checks.require(clusters == given, "clusters", "must be the number of given centroids", clusters);
            }
            (Some(clusters), None) => {
                checks.require((1..=MOST_CLUSTERS).contains(&clusters), "clusters", rule, clusters);
            }
            (None, Some(_)) => {}
        }
        checks.require(self.starts > 0, "starts", "must be at least 1", self.starts);
        checks.require(self.sample_rows > 0, "sample_rows", "must be at least 1", self.sample_rows);
        let tolerance = self.tolerance;
        checks.require(tolerance >= 0.0 && tolerance.is_finite(), "tolerance", "must be finite, at least 0", tolerance);
        checks.require(self.max_iterations > 0, "max_iterations", "must be at least 1", self.max_iterations);
        checks.finish()?;
        let Self { clusters, start, starts, sample_rows, seed, tolerance, max_iterations } = self;
        let clusters = given.or(clusters).unwrap_or_default();
        Ok(KMeans { clusters, start, starts, sample_rows, seed, tolerance, max_iterations })
    }
}

/// Requires 1 to 65 535 centroids of equal positive length with coordinates whose squares cannot overflow.
pub(super) fn check_centroids(checks: &mut emptor_types::Checks, centroids: &[Vec<f64>]) {
    const LARGEST: f64 = 1e150;
    let (k, d) = (centroids.len(), centroids.first().map_or(0, Vec::len));
    checks.require((1..=MOST_CLUSTERS).contains(&k), "centroids", "must be 1 to 65535", k);
    checks.require(centroids.is_empty() || d > 0, "centroids", "must have at least one column", d);
    for (c, centroid) in centroids.iter().enumerate() {
        let name = format!("centroid {c}");
        checks.require(centroid.len() == d, &name, "must be as long as the first", centroid.len());
        checks.require_each(&name, "must be finite, at most 1e150 either way", centroid, |_, x| x.abs() <= LARGEST);
    }
}

impl KMeans {
    /// Starts the settings.
    #[must_use]
    pub fn builder() -> KMeansBuilder {
        KMeansBuilder::default()
    }

    /// Number of clusters.
    #[must_use]
    pub fn clusters(&self) -> usize {
        self.clusters
    }

    /// Fits and gives the cluster of each row, in row order.
    ///
    /// # Errors
    /// See [`KMeans`].
    pub fn fit_labels(&self, points: &Points<'_>) -> Result<(FittedKMeans, Vec<u16>), ClusterError> {
        search::run(self, points)
    }
}

impl Fit<Points<'_>> for KMeans {
    type Fitted = FittedKMeans;
    type Error = ClusterError;

    fn fit(&self, points: &Points<'_>) -> Result<FittedKMeans, ClusterError> {
        self.fit_labels(points).map(|(fitted, _)| fitted)
    }
}

impl TryFrom<KMeansBuilder> for KMeans {
    type Error = Invalid;

    fn try_from(builder: KMeansBuilder) -> Result<Self, Invalid> {
        builder.build()
    }
}

impl From<KMeans> for KMeansBuilder {
    fn from(spec: KMeans) -> Self {
        let KMeans { clusters, start, starts, sample_rows, seed, tolerance, max_iterations } = spec;
        Self { clusters: Some(clusters), start, starts, sample_rows, seed, tolerance, max_iterations }
    }
}
