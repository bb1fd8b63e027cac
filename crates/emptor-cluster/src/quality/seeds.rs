//! Does another seed give the same clusters?

use rayon::prelude::*;
use serde::Serialize;

use super::{Resampling, Sample, reseeded};
use crate::{ClusterError, Contingency, KMeans, Points};

/// How far clusters of different seeds agree; see [`seed_stability`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SeedStability {
    /// Mean adjusted Rand index over all pairs of seeds.
    pub mean: f64,
    /// The least.
    pub least: f64,
    /// Seeds tried.
    pub seeds: usize,
    /// Rows clustered.
    pub sample: usize,
}

/// Searches the same rows from several seeds and compares the labels of every two by the adjusted Rand index (Hubert &
/// Arabie 1985): 1 for the same clusters, 0 for unrelated ones. A mean of at least 0.95 says that the search, with the
/// starts it is given, finds its clusters rather than some clusters; below, give it more starts or fewer clusters.
///
/// ```
/// use emptor_cluster::{KMeans, Points, Resampling, seed_stability};
///
/// let column: Vec<f64> = (0..300).map(|i| f64::from(i % 3) * 10.0 + f64::from(i % 7)).collect();
/// let spec = KMeans::builder().clusters(3).build()?;
/// let seeds = seed_stability(&spec, &Points::new(&[&column])?, &Resampling::new(300, 5, 0)?)?;
/// assert_eq!((seeds.mean, seeds.least), (1.0, 1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Whatever the search fails with, e.g. [`ClusterError::TooFewDistinct`].
pub fn seed_stability(
    spec: &KMeans,
    points: &Points<'_>,
    resampling: &Resampling,
) -> Result<SeedStability, ClusterError> {
    let sample = Sample::of(points, &Sample::draw(points, resampling.rows(), resampling.seed()));
    let rows = sample.points()?;
    let search = |seed: u64| Ok(reseeded(spec, seed)?.fit_labels(&rows)?.1);
    let labels: Result<Vec<Vec<u16>>, ClusterError> = resampling.seeds().into_par_iter().map(search).collect();
    let labels = labels?;
    let (mut sum, mut least, mut pairs) = (0.0, 1.0_f64, 0_u32);
    for (i, one) in labels.iter().enumerate() {
        for other in &labels[i + 1..] {
            let agreement = Contingency::of(one, other)?.adjusted_rand()?;
            sum += agreement;
            least = least.min(agreement);
            pairs += 1;
        }
    }
    // Resampling holds at least two repeats.
    let mean = sum / f64::from(pairs.max(1));
    Ok(SeedStability { mean, least, seeds: labels.len(), sample: sample.rows() })
}
