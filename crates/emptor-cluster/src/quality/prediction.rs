//! Do the clusters of one half of the rows foretell those of the other?

use rand::{SeedableRng, seq::SliceRandom};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use super::{Estimate, Resampling, Sample, reseeded};
use crate::{ClusterError, Contingency, KMeans, Points};

/// Prediction strength (Tibshirani & Walther 2005): split the rows in halves, cluster both, and ask whether pairs of rows
/// that are together in one half's own clusters are together by the other half's clusters too.
///
/// ```text
/// ps(k) = mean over splits of min over clusters A of the half of
///         Σ_D n_AD (n_AD − 1) / (n_A (n_A − 1))          n_AD = rows of A that the other half's centroids send to D
/// ```
/// (eq. 2.1; the pairs are counted from a table of `k × k`.) Each half is foretold by the other, and the mean of both counts
/// once. At least 0.8 is taken for clusters that can be predicted; with one cluster it is 1. A cluster of one row has no
/// pairs and does not lower the minimum. It falls with `k` even where clusters are real if one of them is small.
///
/// ```
/// use emptor_cluster::{KMeans, Points, Resampling, prediction_strength};
///
/// let column: Vec<f64> = (0..300).map(|i| f64::from(i % 3) * 10.0 + f64::from(i % 7)).collect();
/// let points = Points::new(&[&column])?;
/// let three = prediction_strength(&KMeans::builder().clusters(3).build()?, &points, &Resampling::default())?;
/// let four = prediction_strength(&KMeans::builder().clusters(4).build()?, &points, &Resampling::default())?;
/// assert_eq!(three.value, 1.0);
/// assert!(four.value < 0.8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Whatever the search in a half fails with, e.g. [`ClusterError::TooFewDistinctInHalf`];
/// [`ClusterError::TooFewDistinct`] when fewer than two rows have a weight above 0.
///
/// Reference: Tibshirani & Walther (2005), "Cluster validation by prediction strength", J. Comp. Graph. Stat. 14.
pub fn prediction_strength(
    spec: &KMeans,
    points: &Points<'_>,
    resampling: &Resampling,
) -> Result<Estimate, ClusterError> {
    let rows = Sample::draw(points, resampling.rows(), resampling.seed());
    if rows.len() < 2 {
        return Err(ClusterError::TooFewDistinct { clusters: 2, distinct: rows.len(), rows: points.rows() });
    }
    let splits: Result<Vec<f64>, ClusterError> = resampling
        .seeds()
        .into_par_iter()
        .map(|seed| {
            let mut rows = rows.clone();
            rows.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(seed));
            let (left, right) = rows.split_at(rows.len() / 2);
            let (left, right) = (Sample::of(points, left), Sample::of(points, right));
            let (left, right) = (left.points()?, right.points()?);
            let spec = reseeded(spec, seed)?;
            let in_half = |error| match error {
                ClusterError::TooFewDistinct { clusters, distinct, rows: half } => {
                    ClusterError::TooFewDistinctInHalf { clusters, distinct, half, rows: rows.len() }
                }
                other => other,
            };
            let (by_left, own_left) = spec.fit_labels(&left).map_err(in_half)?;
            let (by_right, own_right) = spec.fit_labels(&right).map_err(in_half)?;
            let one = weakest(&Contingency::of(&own_right, &by_left.labels(&right)?)?);
            let other = weakest(&Contingency::of(&own_left, &by_right.labels(&left)?)?);
            Ok(0.5 * (one + other))
        })
        .collect();
    let found = Estimate::of_mean(&splits?);
    Ok(found.unwrap_or(Estimate { value: 1.0, standard_error: 0.0, terms: 0 }))
}

/// The least share of a cluster's pairs that stay together.
pub(super) fn weakest(table: &Contingency) -> f64 {
    let pairs = |n: f64| n * (n - 1.0);
    table
        .left_totals()
        .iter()
        .enumerate()
        .filter(|&(_, &n)| n > 1.0)
        .map(|(a, &n)| (0..table.right_totals().len()).map(|d| pairs(table.cell(a, d))).sum::<f64>() / pairs(n))
        .fold(1.0, f64::min)
}
