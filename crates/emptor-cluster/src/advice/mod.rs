//! How many clusters, and how far to trust them.

mod measure;
mod options;
mod recommend;
mod table;
#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;

use emptor_types::{ProgressFn, silent};
use serde::Serialize;

use crate::{
    BootstrapStability, ClusterError, ClusterQuality, Estimate, GapStatistic, Points, SeedStability, Silhouette, Trust,
};

pub use options::{AdviceOptions, AdviceOptionsBuilder};

/// Every measure of one number of clusters. A measure is `None` where it is not defined or the sample could not carry it,
/// for example because it holds fewer different rows than clusters.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Candidate {
    /// Number of clusters.
    pub clusters: usize,
    /// Whether the business allows it.
    pub allowed: bool,
    /// Measures on all rows: inertia, explained share, Calinski–Harabasz, Davies–Bouldin, simplified silhouette.
    pub quality: ClusterQuality,
    /// Share of the weight that the smallest cluster holds.
    pub smallest: f64,
    /// On sampled rows.
    pub silhouette: Option<Silhouette>,
    /// Bootstrap Jaccard coefficient of each cluster, on a sample.
    pub bootstrap: Option<BootstrapStability>,
    /// On halves of a sample.
    pub prediction_strength: Option<Estimate>,
    /// Adjusted Rand index over seeds, on a sample.
    pub seeds: Option<SeedStability>,
    /// BIC of a Gaussian mixture with diagonal covariances and as many components, on a sample. Lower is better; compare
    /// within one advice only.
    pub bic: Option<f64>,
    /// Stable where every cluster's Jaccard coefficient is at least 0.75, the prediction strength at least 0.8 and the
    /// adjusted Rand index over seeds at least 0.95; doubtful where every Jaccard coefficient is at least 0.6.
    pub trust: Trust,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Recommendation {
    /// The number of clusters; `None` where nothing deserves trust.
    pub clusters: Option<usize>,
    /// How far to trust it.
    pub trust: Trust,
    /// Why, with the numbers.
    pub reason: String,
}

/// The table of [`Candidate`]s and one [`Recommendation`]; [`Display`](std::fmt::Display) prints both. See [`advise`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Advice {
    /// One row per number of clusters, rising, whether the business allows it or not.
    pub candidates: Vec<Candidate>,
    /// What to do.
    pub recommendation: Recommendation,
    /// Gap statistic from one cluster on; choosing one says that there are none.
    pub gap: GapStatistic,
    /// The number of clusters at the elbow of the inertia: the farthest below the chord from the first to the last, both
    /// axes scaled to 1 (Satopää et al. 2011, "Finding a kneedle in a haystack"). `None` for fewer than three numbers.
    pub elbow: Option<usize>,
    /// Rows in all.
    pub rows: usize,
    /// Rows that stability, gap and BIC were measured on.
    pub sample: usize,
}

/// Measures several numbers of clusters and recommends one, or says that none can be trusted.
///
/// Inertia and its kin come from exact fits on all rows; whatever repeats a fit runs on a sample, as the
/// [options](AdviceOptions) say. Numbers beyond the different rows there are end the table.
///
/// **The rule.** Candidates are the numbers that the business allows, 3 to 5 by default. Stability comes first: stable
/// before doubtful before unstable ([`Candidate::trust`]); among equals the highest silhouette decides. If no candidate is
/// even doubtful, nothing is recommended and the reason says so. The table shows every number all the same. Other
/// measures are for the reader: they answer other questions and often disagree.
///
/// ```
/// use emptor_cluster::{AdviceOptions, Points, Trust, advise};
///
/// // Four clumps.
/// let x: Vec<f64> = (0..400).map(|i| f64::from(i % 2) * 10.0 + f64::from(i * 7919 % 101) / 50.0).collect();
/// let y: Vec<f64> = (0..400).map(|i| f64::from(i / 2 % 2) * 10.0 + f64::from(i * 7907 % 103) / 50.0).collect();
/// let options = AdviceOptions::builder().sample_rows(400).build()?;
/// let advice = advise(&Points::new(&[&x, &y])?, 2..=6, &options)?;
/// assert_eq!(advice.recommendation.clusters, Some(4));
/// assert_eq!(advice.recommendation.trust, Trust::Stable);
/// assert!(advice.recommendation.reason.starts_with("4 clusters"), "{}", advice.recommendation.reason);
/// assert_eq!((advice.candidates.len(), advice.gap.chosen, advice.elbow), (5, Some(4), Some(4)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ClusterError::Invalid`] unless the numbers rise from at least 2, to 1000 at most; [`ClusterError::TooFewDistinct`] if
/// not even the first number can be fitted.
pub fn advise(
    points: &Points<'_>,
    clusters: RangeInclusive<usize>,
    options: &AdviceOptions,
) -> Result<Advice, ClusterError> {
    advise_with_progress(points, clusters, options, &silent)
}

/// [`advise`], with word from the work.
///
/// # Errors
/// See [`advise`]; [`ClusterError::Cancelled`] if the callback says so.
pub fn advise_with_progress(
    points: &Points<'_>,
    clusters: RangeInclusive<usize>,
    options: &AdviceOptions,
    progress: &ProgressFn<'_>,
) -> Result<Advice, ClusterError> {
    let (candidates, gap, sample) = measure::measure(points, clusters, options, progress)?;
    let recommendation = recommend::recommend(&candidates, &gap, options);
    let elbow = recommend::elbow(&candidates);
    Ok(Advice { candidates, recommendation, gap, elbow, rows: points.rows(), sample })
}
