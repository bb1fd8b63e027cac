//! Are there more clusters than in rows without any?

use std::ops::RangeInclusive;

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;
use serde::Serialize;

use super::{Resampling, Sample, reseeded};
use crate::kmeans::KMeansBuilder;
use crate::{ClusterError, KMeans, Points};

/// The gap of one number of clusters.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Gap {
    /// Number of clusters.
    pub clusters: usize,
    /// `ln W` of the rows, `W` the inertia.
    pub log_inertia: f64,
    /// Mean `ln W` of the references.
    pub expected: f64,
    /// `expected − log_inertia`.
    pub gap: f64,
    /// `s = sd √(1 + 1/B)`, the error of the gap from `B` references.
    pub error: f64,
}

/// The gap statistic over several numbers of clusters; see [`gap_statistic`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct GapStatistic {
    /// One element per number of clusters, rising; those without inertia (as many clusters as different rows) are absent.
    pub gaps: Vec<Gap>,
    /// The smallest number of clusters whose gap is at least the next one's less its error; `None` if there is none.
    pub chosen: Option<usize>,
    /// Rows sampled.
    pub sample: usize,
    /// References.
    pub references: usize,
}

/// The gap statistic (Tibshirani, Walther & Hastie 2001): by how much is the inertia lower than that of rows spread evenly
/// over the same box?
///
/// ```text
/// Gap(k) = 1/B Σ_b ln W*_kb − ln W_k                                                      (eq. 3)
/// s_k    = sd_b(ln W*_kb) √(1 + 1/B)
/// chosen = the smallest k with Gap(k) ≥ Gap(k + 1) − s_{k+1}                              (§3, step 3)
/// ```
/// References are uniform over the range of each standardised column (the paper's choice a). One cluster should be among
/// the numbers: choosing it says that there are none. Rows are sampled first, as [`Resampling`] says; its repeats are `B`.
/// The number chosen is an estimate: it rises with the rows, and skewed columns, which fill their box badly, look like
/// clusters.
///
/// The settings of `spec` are used with each number of clusters in turn.
///
/// ```
/// use emptor_cluster::{KMeans, Points, Resampling, gap_statistic};
///
/// let column: Vec<f64> = (0..300).map(|i| f64::from(i % 2) * 10.0 + f64::from(i * 7919 % 101) / 50.0).collect();
/// let points = Points::new(&[&column])?;
/// let spec = KMeans::builder().clusters(1).build()?;
/// let gap = gap_statistic(&spec, &points, 1..=5, &Resampling::new(300, 10, 0)?)?;
/// assert_eq!(gap.chosen, Some(2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ClusterError::Invalid`] if a number of clusters is not allowed; whatever the search fails with, e.g.
/// [`ClusterError::TooFewDistinct`].
///
/// Reference: Tibshirani, Walther & Hastie (2001), "Estimating the number of clusters in a data set via the gap
/// statistic", J. R. Statist. Soc. B 63.
pub fn gap_statistic(
    spec: &KMeans,
    points: &Points<'_>,
    clusters: RangeInclusive<usize>,
    resampling: &Resampling,
) -> Result<GapStatistic, ClusterError> {
    let sample = Sample::of(points, &Sample::draw(points, resampling.rows(), resampling.seed()));
    let gaps: Result<Vec<Option<Gap>>, ClusterError> =
        clusters.map(|k| gap_of(&of_clusters(spec, k)?, &sample, resampling)).collect();
    Ok(GapStatistic::new(gaps?.into_iter().flatten().collect(), sample.rows(), resampling.repeats()))
}

impl GapStatistic {
    /// Chooses among consecutive numbers of clusters.
    pub(crate) fn new(gaps: Vec<Gap>, sample: usize, references: usize) -> Self {
        let chosen =
            gaps.windows(2).find(|pair| pair[0].gap >= pair[1].gap - pair[1].error).map(|pair| pair[0].clusters);
        Self { gaps, chosen, sample, references }
    }
}

/// The gap of one number of clusters; `None` if the rows have no inertia left.
pub(crate) fn gap_of(spec: &KMeans, sample: &Sample, resampling: &Resampling) -> Result<Option<Gap>, ClusterError> {
    let inertia = |rows: &Sample, seed: u64| -> Result<f64, ClusterError> {
        Ok(reseeded(spec, seed)?.fit_labels(&rows.points()?)?.0.inertia())
    };
    let own = inertia(sample, resampling.seed())?;
    // As many clusters as different rows have no inertia, and that no logarithm.
    let Some(log_inertia) = (own > 0.0).then(|| own.ln()) else { return Ok(None) };
    let references: Result<Vec<f64>, ClusterError> =
        resampling.seeds().into_par_iter().map(|seed| Ok(inertia(&reference(sample, seed), seed)?.ln())).collect();
    let references = references?;
    let repeats = references.len() as f64;
    let expected = references.iter().sum::<f64>() / repeats;
    let variance = references.iter().map(|x| (x - expected) * (x - expected)).sum::<f64>() / repeats;
    Ok(Some(Gap {
        clusters: spec.clusters(),
        log_inertia,
        expected,
        gap: expected - log_inertia,
        error: (variance * (1.0 + 1.0 / repeats)).sqrt(),
    }))
}

/// Rows spread evenly over the box of the sample; the same seed gives the same rows for every number of clusters.
fn reference(sample: &Sample, seed: u64) -> Sample {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let columns = sample.columns.iter().map(|column| {
        let low = column.iter().copied().fold(f64::INFINITY, f64::min);
        let high = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        column.iter().map(|_| low + (high - low) * random.r#gen::<f64>()).collect()
    });
    Sample { columns: columns.collect(), weights: sample.weights.clone() }
}

/// The same search for another number of clusters.
pub(crate) fn of_clusters(spec: &KMeans, clusters: usize) -> Result<KMeans, ClusterError> {
    Ok(KMeansBuilder::from(spec.clone()).clusters(clusters).build()?)
}
