//! k-means for data beyond memory.

use emptor_types::Invalid;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::fitted::Measure;
use super::spec::{MOST_CLUSTERS, check_centroids};
use super::{FittedKMeans, KMeansReport, KMeansTermination, distinct, kernel, pass, start};
use crate::{ClusterError, Points};

/// k-means by mini-batches (Sculley 2010, *Web-scale k-means clustering*, algorithm 1), for data beyond memory.
///
/// Each batch moves a centroid to the mean of all rows it has ever taken, by weight, though earlier rows were taken from
/// where it was then:
///
/// ```text
/// l(i) = nearest centroid of each row of the batch      all rows first, then the moves
/// v_l ← v_l + w_i,   c_l ← (1 − w_i / v_l) c_l + (w_i / v_l) z_i
/// ```
///
/// The first batch starts the centroids by greedy k-means++, so that it should be a fair sample. The inertia is as a rule
/// some per cent above that of exact k-means.
///
/// ```
/// use emptor_cluster::{MiniBatchKMeans, Points};
///
/// let batches = [[1.0, 9.0, 2.0], [1.5, 10.0, 11.0]];
/// let mut clusters = MiniBatchKMeans::new(2, 7)?;
/// for batch in &batches {
///     clusters.partial_fit(&Points::new(&[batch])?)?;
/// }
/// let fitted = clusters.finish()?;
/// let parts: Vec<Points> = batches.iter().map(|batch| Points::new(&[batch])).collect::<Result<_, _>>()?;
/// let measured = fitted.measured(&parts)?;
/// assert_eq!(measured.counts(), [3, 3]);
/// # Ok::<(), emptor_cluster::ClusterError>(())
/// ```
#[derive(Debug, Clone)]
pub struct MiniBatchKMeans {
    clusters: usize,
    seed: u64,
    centroids: Vec<Vec<f64>>,
    /// Weight each centroid has taken.
    taken: Vec<f64>,
    batches: usize,
}

impl MiniBatchKMeans {
    /// Clusters to be started by the first batch, with the seed of its k-means++.
    ///
    /// # Errors
    /// [`ClusterError::Invalid`] unless clusters are 1 to 65 535.
    pub fn new(clusters: usize, seed: u64) -> Result<Self, ClusterError> {
        let mut checks = Invalid::checks();
        checks.require((1..=MOST_CLUSTERS).contains(&clusters), "clusters", "must be 1 to 65535", clusters);
        checks.finish()?;
        Ok(Self { clusters, seed, centroids: Vec::new(), taken: vec![0.0; clusters], batches: 0 })
    }

    /// Clusters started at given centroids, e.g. of an exact fit on a sample.
    ///
    /// # Errors
    /// See [`FittedKMeans::from_centroids`].
    pub fn from_centroids(centroids: Vec<Vec<f64>>) -> Result<Self, ClusterError> {
        let mut checks = Invalid::checks();
        check_centroids(&mut checks, &centroids);
        checks.finish()?;
        let clusters = centroids.len();
        Ok(Self { clusters, seed: 0, centroids, taken: vec![0.0; clusters], batches: 0 })
    }

    /// Moves the centroids towards the rows of one batch.
    ///
    /// # Errors
    /// [`ClusterError::TooFewDistinct`] if the first batch holds fewer different rows than clusters;
    /// [`ClusterError::Dimensions`] if a batch has another number of columns.
    pub fn partial_fit(&mut self, batch: &Points<'_>) -> Result<(), ClusterError> {
        if self.centroids.is_empty() {
            distinct::enough(batch, self.clusters)?;
            let mut random = Xoshiro256PlusPlus::seed_from_u64(self.seed);
            let flat = start::plus_plus(batch, self.clusters, &mut random);
            self.centroids = flat.chunks_exact(batch.dimensions()).map(<[f64]>::to_vec).collect();
        }
        let (expected, got) = (self.centroids[0].len(), batch.dimensions());
        if expected != got {
            return Err(ClusterError::Dimensions { expected, got });
        }
        let packed = kernel::Centroids::pack(&self.centroids.concat(), got);
        let (labels, _) = pass::measure(batch, &packed, Vec::new())?;
        for (row, label) in labels.into_iter().map(usize::from).enumerate() {
            let weight = batch.weight(row);
            if weight > 0.0 {
                self.taken[label] += weight;
                let rate = weight / self.taken[label];
                for (j, c) in self.centroids[label].iter_mut().enumerate() {
                    *c += rate * (batch.value(row, j) - *c);
                }
            }
        }
        self.batches += 1;
        Ok(())
    }

    /// Batches taken so far.
    #[must_use]
    pub fn batches(&self) -> usize {
        self.batches
    }

    /// The clusters as they stand, measured on no rows; see [`FittedKMeans::measured`].
    ///
    /// # Errors
    /// [`ClusterError::TooFewDistinct`] if no batch has been taken and no centroids were given.
    pub fn finish(&self) -> Result<FittedKMeans, ClusterError> {
        if self.centroids.is_empty() {
            return Err(ClusterError::TooFewDistinct { clusters: self.clusters, distinct: 0, rows: 0 });
        }
        let mut report = KMeansReport::unfitted(KMeansTermination::MiniBatch);
        report.iterations = self.batches;
        Ok(FittedKMeans::new(self.centroids.clone(), Measure::none(self.clusters), report))
    }
}
