//! The table of measures.

use std::ops::RangeInclusive;

use emptor_types::{Fit, Invalid, Progress, ProgressFn};

use super::{AdviceOptions, Candidate};
use crate::quality::{Sample, gap_of, of_clusters, silhouettes};
use crate::{
    BootstrapStability, ClusterError, ClusterQuality, Estimate, FittedKMeans, GapStatistic, GaussianMixture, KMeans,
    Points, Resampling, SeedStability, Trust, bootstrap_stability, prediction_strength, seed_stability,
};

/// The most clusters advice is given on.
const MOST_CLUSTERS: usize = 1_000;

/// A prediction strength of this or more: clusters that can be foretold (Tibshirani & Walther 2005, §3).
pub(super) const PREDICTED: f64 = 0.8;

/// An adjusted Rand index over seeds of this or more: the search finds its clusters whatever the seed.
pub(super) const SAME_CLUSTERS: f64 = 0.95;

/// A mixture is only compared by its BIC here: a gain of 0.1 in all of 4000 rows decides nothing.
const MIXTURE_TOLERANCE: f64 = 2.5e-5;
const MIXTURE_ITERATIONS: usize = 100;

/// Fits on all rows and measures on samples.
pub(super) fn measure(
    points: &Points<'_>,
    clusters: RangeInclusive<usize>,
    options: &AdviceOptions,
    progress: &ProgressFn<'_>,
) -> Result<(Vec<Candidate>, GapStatistic, usize), ClusterError> {
    let mut checks = Invalid::checks();
    let (first, last) = (*clusters.start(), *clusters.end());
    let rises = (2..=last).contains(&first) && last <= MOST_CLUSTERS;
    checks.require(rises, "clusters", "must rise from at least 2, to 1000 at most", format!("{first} to {last}"));
    checks.finish()?;
    let plain = &options.plain;
    // Steps: per number one fit and one round of measures; the silhouettes in one; the gap of one cluster.
    let total = 2 * (last - first + 1) + 2;
    let mut done = 0;
    let mut step = |phase: &str| {
        done += 1;
        Progress::new(phase, done - 1, total).tell(progress)
    };

    let full = KMeans::builder().clusters(first).starts(plain.starts).seed(plain.seed).build()?;
    let mut fits: Vec<(FittedKMeans, Vec<u16>)> = Vec::new();
    for k in clusters {
        step("clustering all rows")?;
        match of_clusters(&full, k)?.fit_labels(points) {
            Ok(fit) => fits.push(fit),
            // The table ends where different rows do.
            Err(ClusterError::TooFewDistinct { .. }) if !fits.is_empty() => break,
            Err(error) => return Err(error),
        }
    }
    step("measuring silhouettes")?;
    let labelings: Vec<&[u16]> = fits.iter().map(|(_, labels)| labels.as_slice()).collect();
    let silhouettes = silhouettes(points, &labelings, (plain.silhouette_rows, plain.silhouette_against), plain.seed)?;

    let rows = Sample::draw(points, plain.sample_rows, plain.seed);
    let sample = Sample::of(points, &rows);
    let kit = Kit { options, sample: &sample, points: sample.points()? };
    let mut candidates = Vec::with_capacity(fits.len());
    for ((fitted, _), silhouette) in fits.iter().zip(silhouettes) {
        step("resampling")?;
        let quality = ClusterQuality::of_centroids(points, fitted.centroids())?;
        let weight: f64 = quality.weights.iter().sum();
        let smallest = quality.weights.iter().copied().fold(f64::INFINITY, f64::min) / weight;
        let (bootstrap, prediction_strength, seeds) =
            (kit.bootstrap(fitted)?, kit.prediction(fitted.clusters())?, kit.seeds(fitted.clusters())?);
        let trust = trust(bootstrap.as_ref(), prediction_strength, seeds);
        candidates.push(Candidate {
            clusters: fitted.clusters(),
            allowed: options.allows(fitted.clusters()),
            quality,
            smallest,
            silhouette,
            bootstrap,
            prediction_strength,
            seeds,
            bic: kit.bic(fitted.clusters())?,
            trust,
        });
    }
    step("measuring gaps")?;
    let most = candidates.last().map_or(1, |candidate| candidate.clusters);
    Ok((candidates, kit.gaps(most)?, sample.rows()))
}

/// What is measured on the sample.
struct Kit<'a> {
    options: &'a AdviceOptions,
    sample: &'a Sample,
    points: Points<'a>,
}

impl Kit<'_> {
    fn resampling(&self, repeats: usize) -> Result<Resampling, ClusterError> {
        Resampling::new(self.options.plain.sample_rows, repeats, self.options.plain.seed)
    }

    fn spec(&self, clusters: usize) -> Result<KMeans, ClusterError> {
        let plain = &self.options.plain;
        Ok(KMeans::builder().clusters(clusters).starts(plain.resample_starts).seed(plain.seed).build()?)
    }

    fn bootstrap(&self, fitted: &FittedKMeans) -> Result<Option<BootstrapStability>, ClusterError> {
        let resampling = self.resampling(self.options.plain.bootstraps)?;
        if_carried(bootstrap_stability(&self.spec(fitted.clusters())?, fitted, &self.points, &resampling))
    }

    fn prediction(&self, clusters: usize) -> Result<Option<Estimate>, ClusterError> {
        let resampling = self.resampling(self.options.plain.splits)?;
        if_carried(prediction_strength(&self.spec(clusters)?, &self.points, &resampling))
    }

    /// With all starts: what is asked is whether the fit that will be used depends on its seed.
    fn seeds(&self, clusters: usize) -> Result<Option<SeedStability>, ClusterError> {
        let plain = &self.options.plain;
        let spec = KMeans::builder().clusters(clusters).starts(plain.starts).build()?;
        if_carried(seed_stability(&spec, &self.points, &self.resampling(plain.seeds)?))
    }

    /// Without columns that are constant in the sample, which say nothing of clusters and have no density.
    fn bic(&self, clusters: usize) -> Result<Option<f64>, ClusterError> {
        let varies = |column: &&Vec<f64>| column.iter().any(|&x| (x - column[0]).abs() > 0.0);
        let columns: Vec<&[f64]> = self.sample.columns.iter().filter(varies).map(Vec::as_slice).collect();
        if columns.is_empty() {
            return Ok(None);
        }
        let mut points = Points::new(&columns)?;
        if let Some(weights) = &self.sample.weights {
            points = points.weighted(weights)?;
        }
        let spec = GaussianMixture::builder().components(clusters).seed(self.options.plain.seed).starts(1);
        let spec = spec.tolerance(MIXTURE_TOLERANCE).max_iterations(MIXTURE_ITERATIONS);
        // More components than a mixture may have are not measured.
        let Ok(spec) = spec.build() else { return Ok(None) };
        match spec.fit(&points) {
            Ok(fitted) => Ok(Some(fitted.bic())),
            Err(ClusterError::TooFewDistinct { .. } | ClusterError::Invalid(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn gaps(&self, most: usize) -> Result<GapStatistic, ClusterError> {
        let resampling = self.resampling(self.options.plain.references)?;
        let mut gaps = Vec::with_capacity(most);
        for k in 1..=most {
            match if_carried(gap_of(&self.spec(k)?, self.sample, &resampling))?.flatten() {
                Some(gap) => gaps.push(gap),
                None => break,
            }
        }
        Ok(GapStatistic::new(gaps, self.sample.rows(), resampling.repeats()))
    }
}

/// A sample with too few different rows leaves a measure out.
fn if_carried<T>(measured: Result<T, ClusterError>) -> Result<Option<T>, ClusterError> {
    match measured {
        Ok(value) => Ok(Some(value)),
        Err(ClusterError::TooFewDistinct { .. } | ClusterError::TooFewDistinctInHalf { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn trust(bootstrap: Option<&BootstrapStability>, prediction: Option<Estimate>, seeds: Option<SeedStability>) -> Trust {
    let by_rows = bootstrap.map_or(Trust::Unstable, BootstrapStability::trust);
    let foretold = prediction.is_some_and(|strength| strength.value >= PREDICTED);
    let same = seeds.is_some_and(|seeds| seeds.mean >= SAME_CLUSTERS);
    // What other rows bring back may still be cut otherwise by halves or seeds: then who belongs where is doubtful.
    if foretold && same { by_rows } else { by_rows.min(Trust::Doubtful) }
}
