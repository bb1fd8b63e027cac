//! Do the same clusters come back from other rows of the same kind?

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;
use serde::Serialize;

use super::{Estimate, Resampling, Sample, Trust, reseeded};
use crate::{ClusterError, Contingency, FittedKMeans, KMeans, Points};

/// At least this Jaccard coefficient: the cluster came back (the `recoverlimit` of R's `fpc::clusterboot`).
const RECOVERED: f64 = 0.75;

/// Below this it fell apart (Hennig 2007, §3: the `dissolution` of a cluster).
const DISSOLVED: f64 = 0.5;

/// How one cluster fared in the resamples.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ClusterStability {
    /// Mean Jaccard coefficient with the most alike cluster of each resample; `None` if no sampled row is in the cluster.
    pub jaccard: Option<Estimate>,
    /// Share of the resamples in which the coefficient reached 0.75.
    pub recovered: f64,
    /// Share of the resamples in which it stayed below 0.5.
    pub dissolved: f64,
    /// What the mean means; a cluster that could not be measured is not to be trusted.
    pub trust: Trust,
}

/// How the clusters of a fit fared in resamples of the rows; see [`bootstrap_stability`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BootstrapStability {
    /// One element per cluster, in the order of the fit.
    pub clusters: Vec<ClusterStability>,
    /// Rows sampled once, from which every resample was drawn.
    pub sample: usize,
    /// Resamples.
    pub repeats: usize,
}

impl BootstrapStability {
    /// The least stable cluster that could be measured.
    #[must_use]
    pub fn weakest(&self) -> Option<Estimate> {
        self.clusters.iter().filter_map(|cluster| cluster.jaccard).min_by(|a, b| a.value.total_cmp(&b.value))
    }

    /// The trust that every cluster deserves.
    #[must_use]
    pub fn trust(&self) -> Trust {
        self.clusters.iter().map(|cluster| cluster.trust).min().unwrap_or(Trust::Unstable)
    }
}

/// Bootstrap stability of each cluster of a fit (Hennig 2007): resample rows with replacement, search again from another
/// seed, and ask of every cluster how much of it comes back.
///
/// ```text
/// γ(C) = max over clusters D of the resample of |C ∩ D| / |C ∪ D|        among the rows drawn, each once, by weight
/// ```
/// The mean over resamples is at least 0.75 for a stable cluster; from 0.6 there is a pattern but its members are doubtful;
/// below 0.6 the cluster is not to be trusted. Overlaps come from a table of `k × k` counts, never from pairs of rows. Rows
/// are sampled first, as [`Resampling`] says, without those of weight 0; a draw repeated `m` times weighs `m` times.
///
/// Stable does not mean meaningful: one dense cloud cut into halves along its only long axis comes back too.
///
/// ```
/// use emptor_cluster::{KMeans, Points, Resampling, Trust, bootstrap_stability};
/// use emptor_types::Fit;
///
/// let column: Vec<f64> = (0..300).map(|i| f64::from(i % 3) * 10.0 + f64::from(i % 7)).collect();
/// let points = Points::new(&[&column])?;
/// let spec = KMeans::builder().clusters(3).build()?;
/// let stability = bootstrap_stability(&spec, &spec.fit(&points)?, &points, &Resampling::default())?;
/// assert_eq!(stability.trust(), Trust::Stable);
/// assert!(stability.clusters.iter().all(|cluster| cluster.recovered == 1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ClusterError::Dimensions`] if the fit and the rows differ in columns, and whatever the search of a resample fails
/// with, e.g. [`ClusterError::TooFewDistinct`].
///
/// Reference: Hennig (2007), "Cluster-wise assessment of cluster stability", Computational Statistics & Data Analysis 52.
pub fn bootstrap_stability(
    spec: &KMeans,
    fitted: &FittedKMeans,
    points: &Points<'_>,
    resampling: &Resampling,
) -> Result<BootstrapStability, ClusterError> {
    let sample = Sample::of(points, &Sample::draw(points, resampling.rows(), resampling.seed()));
    let labels = fitted.labels(&sample.points()?)?;
    let resamples: Result<Vec<Vec<Option<f64>>>, ClusterError> = resampling
        .seeds()
        .into_par_iter()
        .map(|seed| {
            let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
            let mut draws = vec![0_u32; sample.rows()];
            for _ in 0..sample.rows() {
                draws[random.gen_range(0..sample.rows())] += 1;
            }
            let drawn: Vec<usize> = (0..sample.rows()).filter(|&row| draws[row] > 0).collect();
            let weights = drawn.iter().map(|&row| f64::from(draws[row]) * sample.weight(row)).collect();
            let columns = sample.columns.iter().map(|c| drawn.iter().map(|&row| c[row]).collect()).collect();
            let resample = Sample { columns, weights: Some(weights) };
            let (_, found) = reseeded(spec, seed)?.fit_labels(&resample.points()?)?;
            let own: Vec<u16> = drawn.iter().map(|&row| labels[row]).collect();
            let table = match &sample.weights {
                None => Contingency::of(&own, &found)?,
                // Over the greatest, which no ratio of overlaps minds: weights may be greater than counts.
                Some(weights) => {
                    let most = drawn.iter().map(|&row| weights[row]).fold(0.0, f64::max);
                    let shares: Vec<f64> = drawn.iter().map(|&row| weights[row] / most).collect();
                    Contingency::weighted(&own, &found, &shares)?
                }
            };
            let best = table.best_matches();
            Ok(best.into_iter().map(|best| best.map(|best| best.jaccard)).collect())
        })
        .collect();
    let resamples = resamples?;
    let cluster = |c: usize| {
        let coefficients: Vec<f64> = resamples.iter().filter_map(|best| best.get(c).copied().flatten()).collect();
        let share = |holds: &dyn Fn(f64) -> bool| {
            coefficients.iter().filter(|&&x| holds(x)).count() as f64 / coefficients.len().max(1) as f64
        };
        let jaccard = Estimate::of_mean(&coefficients);
        ClusterStability {
            jaccard,
            recovered: share(&|x| x >= RECOVERED),
            dissolved: share(&|x| x < DISSOLVED),
            trust: jaccard.map_or(Trust::Unstable, |jaccard| Trust::of_jaccard(jaccard.value)),
        }
    };
    let clusters = (0..fitted.clusters()).map(cluster).collect();
    Ok(BootstrapStability { clusters, sample: sample.rows(), repeats: resampling.repeats() })
}
