//! Starts through linfa-clustering, the cross-check of our own kernel.
//!
//! What the backend (0.8.1) is not asked for, and why: its `n_runs` above 1 mixes the counts of the last run with the
//! centroids of the best; its `inertia` belongs to the centroids before the last update; its tolerance is absolute; its
//! update `(sum + old) / (count + 1)` never reaches the mean; it leaves empty clusters where they are; its k-means||
//! depends on the number of threads. So it makes one k-means++ run per start with a tolerance scaled to the data, and
//! the exact fit does the rest.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_clustering::KMeans;
use ndarray::Array2;
use rand::{RngCore, SeedableRng};
use rand_xoshiro::Xoshiro256Plus;

use super::GradeError;
use super::search::{Search, settle};

/// Iterations one backend run may take before the exact steps take over.
const BACKEND_ITERATIONS: u64 = 300;

/// The backend stops when the centroids move by less than this fraction of the mean standard deviation: scikit-learn's
/// default, `squared shift ≤ 1e-4 × mean variance`.
const BACKEND_TOLERANCE: f64 = 1e-2;

/// Two starts found the same clusters if their inertias agree to this fraction.
const SAME_INERTIA: f64 = 1e-9;

/// The best centroids of several starts.
pub(super) struct Started {
    pub(super) centroids: Vec<Vec<f64>>,
    pub(super) agreeing: usize,
    pub(super) searched: usize,
}

/// Runs every start on the same random sample and settles it there; on all rows where the sample has too few different
/// ones.
pub(super) fn search(columns: &[Vec<f64>], search: &Search) -> Result<Started, GradeError> {
    let mut random = Xoshiro256Plus::seed_from_u64(search.seed);
    let sampled = sample(columns, search.sample_rows, &mut random);
    let found = on_rows(&sampled, search, &mut random);
    if found.is_err() && sampled[0].len() < columns[0].len() { on_rows(columns, search, &mut random) } else { found }
}

fn on_rows(sampled: &[Vec<f64>], search: &Search, random: &mut Xoshiro256Plus) -> Result<Started, GradeError> {
    let rows = sampled[0].len();
    let dataset = DatasetBase::from(Array2::from_shape_fn((rows, sampled.len()), |(i, j)| sampled[j][i]));
    let tolerance = (BACKEND_TOLERANCE * mean_variance(sampled).sqrt()).max(f64::MIN_POSITIVE);

    let mut ended: Vec<(f64, Vec<Vec<f64>>)> = Vec::with_capacity(search.starts);
    let mut last_failure = None;
    for _ in 0..search.starts {
        let own = Xoshiro256Plus::seed_from_u64(random.next_u64());
        let fitted = KMeans::params_with_rng(search.clusters, own)
            .n_runs(1)
            .max_n_iterations(BACKEND_ITERATIONS)
            .tolerance(tolerance)
            .fit(&dataset);
        let settled = fitted
            .map_err(|error| GradeError::NoClusters { starts: search.starts, reason: error.to_string() })
            .and_then(|model| settle(sampled, model.centroids().rows().into_iter().map(|r| r.to_vec()).collect()));
        match settled {
            Ok(clusters) => ended.push((clusters.inertia, clusters.centroids)),
            Err(failure) => last_failure = Some(failure),
        }
    }
    let none = GradeError::NoClusters { starts: search.starts, reason: "no start was asked for".to_owned() };
    let best = ended.iter().map(|(inertia, _)| *inertia).fold(f64::INFINITY, f64::min);
    let agreeing = ended.iter().filter(|(inertia, _)| inertia - best <= SAME_INERTIA * best).count();
    let first = ended.into_iter().find(|(inertia, _)| *inertia <= best);
    let (_, centroids) = first.ok_or_else(|| last_failure.unwrap_or(none))?;
    Ok(Started { centroids, agreeing, searched: rows })
}

/// A random sample of the rows, in their order.
fn sample(columns: &[Vec<f64>], size: usize, random: &mut Xoshiro256Plus) -> Vec<Vec<f64>> {
    if columns[0].len() <= size {
        return columns.to_vec();
    }
    let mut picked = rand::seq::index::sample(random, columns[0].len(), size).into_vec();
    picked.sort_unstable();
    columns.iter().map(|column| picked.iter().map(|&row| column[row]).collect()).collect()
}

/// The variance of a column, on average.
fn mean_variance(columns: &[Vec<f64>]) -> f64 {
    let variances = columns.iter().map(|column| {
        let n = column.len() as f64;
        let mean = column.iter().sum::<f64>() / n;
        column.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n
    });
    variances.sum::<f64>() / columns.len() as f64
}
