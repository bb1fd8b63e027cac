//! The search for clusters: restarts through linfa-clustering, each settled by exact steps of our own.
//!
//! What the backend (0.8.1) is not asked for, and why: its `n_runs` above 1 mixes the counts of the last run with the
//! centroids of the best; its `inertia` belongs to the centroids before the last update; its tolerance is absolute; its
//! update `(sum + old) / (count + 1)` never reaches the mean; it leaves empty clusters where they are; its k-means||
//! depends on the number of threads. So it makes one k-means++ run per restart with a tolerance scaled to the data, and
//! [`settle`] does the rest.

use emptor_types::{Progress, ProgressFn};
use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_clustering::KMeans;
use ndarray::Array2;
use rand::{RngCore, SeedableRng};
use rand_xoshiro::Xoshiro256Plus;

use super::GradeError;
use super::features::{Row, Space};
use super::lloyd::{Clusters, lexicographic, settle};

/// Iterations one backend run may take before the exact steps take over.
const BACKEND_ITERATIONS: u64 = 300;

/// The backend stops when the centroids move by less than this fraction of the mean standard deviation: scikit-learn's
/// default, `squared shift ≤ 1e-4 × mean variance`.
const BACKEND_TOLERANCE: f64 = 1e-2;

/// Exact steps before the search gives up; each lowers the inertia, so that real data stop after some tens.
pub(super) const ITERATION_LIMIT: usize = 10_000;

/// Two restarts found the same clusters if their inertias agree to this fraction.
const SAME_INERTIA: f64 = 1e-9;

/// What to search for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search {
    pub(super) clusters: usize,
    pub(super) restarts: usize,
    pub(super) seed: u64,
    /// Restarts run on at most so many rows.
    pub(super) sample_rows: usize,
    pub(super) space: Space,
}

/// The best clusters found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) clusters: Clusters,
    /// Restarts that ended at the best inertia.
    pub(super) agreeing: usize,
    /// Rows the restarts ran on.
    pub(super) searched: usize,
}

impl Search {
    /// Searches sorted rows, of which at least `clusters` differ.
    pub(super) fn run(&self, rows: &[Row], progress: &ProgressFn<'_>) -> Result<Found, GradeError> {
        let mut random = Xoshiro256Plus::seed_from_u64(self.seed);
        let sampled = (rows.len() > self.sample_rows).then(|| self.sample(rows, &mut random));
        let searched = sampled.as_deref().unwrap_or(rows);
        let dataset = DatasetBase::from(self.matrix(searched));
        let tolerance = (BACKEND_TOLERANCE * self.mean_variance(rows).sqrt()).max(f64::MIN_POSITIVE);

        let mut best: Option<Clusters> = None;
        let mut inertias = Vec::with_capacity(self.restarts);
        let mut last_failure = None;
        for restart in 0..self.restarts {
            progress(Progress::new("clustering customers", restart, self.restarts));
            let own = Xoshiro256Plus::seed_from_u64(random.next_u64());
            let fitted = KMeans::params_with_rng(self.clusters, own)
                .n_runs(1)
                .max_n_iterations(BACKEND_ITERATIONS)
                .tolerance(tolerance)
                .fit(&dataset);
            let start = match fitted {
                Ok(model) => self.rows_of(model.centroids()),
                Err(error) => {
                    last_failure = Some(GradeError::NoClusters { restarts: self.restarts, reason: error.to_string() });
                    continue;
                }
            };
            match settle(searched, start, &self.space, ITERATION_LIMIT) {
                Ok(clusters) => {
                    inertias.push(clusters.inertia);
                    if best.as_ref().is_none_or(|b| better(&clusters, b)) {
                        best = Some(clusters);
                    }
                }
                Err(moving) => last_failure = Some(not_converged(moving)),
            }
        }
        let Some(best) = best else {
            let none =
                GradeError::NoClusters { restarts: self.restarts, reason: "no restart was asked for".to_owned() };
            return Err(last_failure.unwrap_or(none));
        };
        let agreeing = inertias.iter().filter(|&&i| i - best.inertia <= SAME_INERTIA * best.inertia).count();
        let clusters = if sampled.is_some() {
            settle(rows, best.centroids, &self.space, ITERATION_LIMIT).map_err(not_converged)?
        } else {
            best
        };
        Ok(Found { clusters, agreeing, searched: searched.len() })
    }

    /// A random sample of the rows, still sorted.
    fn sample(&self, rows: &[Row], random: &mut Xoshiro256Plus) -> Vec<Row> {
        let mut picked = rand::seq::index::sample(random, rows.len(), self.sample_rows).into_vec();
        picked.sort_unstable();
        picked.into_iter().map(|i| rows[i]).collect()
    }

    /// The rows without the columns of absent groups.
    fn matrix(&self, rows: &[Row]) -> Array2<f64> {
        let present: Vec<usize> = self.space.present().collect();
        Array2::from_shape_fn((rows.len(), present.len()), |(i, j)| rows[i][present[j]])
    }

    fn rows_of(&self, centroids: &Array2<f64>) -> Vec<Row> {
        let spread = |centroid: ndarray::ArrayView1<'_, f64>| {
            let mut row = Row::default();
            for (g, &x) in self.space.present().zip(centroid) {
                row[g] = x;
            }
            row
        };
        centroids.rows().into_iter().map(spread).collect()
    }

    /// The variance of a present column, on average.
    fn mean_variance(&self, rows: &[Row]) -> f64 {
        let n = rows.len() as f64;
        let variances = self.space.present().map(|g| {
            let mean = rows.iter().map(|row| row[g]).sum::<f64>() / n;
            rows.iter().map(|row| (row[g] - mean) * (row[g] - mean)).sum::<f64>() / n
        });
        variances.sum::<f64>() / self.space.present().count() as f64
    }
}

/// Lower inertia, and among equals the centroids that come first, so that the order of restarts is of no account.
fn better(a: &Clusters, b: &Clusters) -> bool {
    let by_centroids = || a.centroids.iter().zip(&b.centroids).map(|(x, y)| lexicographic(x, y)).find(|o| o.is_ne());
    a.inertia.total_cmp(&b.inertia).then_with(|| by_centroids().unwrap_or(std::cmp::Ordering::Equal)).is_lt()
}

fn not_converged(moving: super::lloyd::StillMoving) -> GradeError {
    GradeError::NotConverged { iterations: moving.iterations, inertia: moving.inertia }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::iris;
    use crate::grade::lloyd::squared_distance;
    use emptor_types::silent;
    use rand::Rng;

    /// Sums of the same numbers in another order.
    const SUM_ROUNDING: f64 = 1e-9;

    fn search(clusters: usize, space: Space) -> Search {
        Search { clusters, restarts: 6, seed: 7, sample_rows: 100_000, space }
    }

    fn sorted(mut rows: Vec<Row>) -> Vec<Row> {
        rows.sort_unstable_by(lexicographic);
        rows
    }

    /// Points of a few clumps, in the first and the last coordinate.
    fn clumps(n: usize, seed: u64) -> Vec<Row> {
        let mut random = Xoshiro256Plus::seed_from_u64(seed);
        sorted(
            (0..n)
                .map(|i| {
                    let (x, y): (f64, f64) = random.r#gen();
                    [(i % 3) as f64 * 1.5 + x, 0.0, 0.0, (i % 2) as f64 * 2.0 + y]
                })
                .collect(),
        )
    }

    /// Lloyd from given centroids, written as plainly as possible.
    fn naive_inertia(rows: &[Row], mut centroids: Vec<Row>) -> f64 {
        loop {
            let mut members = vec![Vec::new(); centroids.len()];
            let mut inertia = 0.0;
            for row in rows {
                let distances: Vec<f64> =
                    centroids.iter().map(|c| (0..4).map(|g| (row[g] - c[g]).powi(2)).sum()).collect();
                let own = (0..distances.len()).fold(0, |b, c| if distances[c] < distances[b] { c } else { b });
                members[own].push(*row);
                inertia += distances[own];
            }
            let means: Vec<Row> = members
                .iter()
                .map(|m| std::array::from_fn(|g| m.iter().map(|row| row[g]).sum::<f64>() / m.len() as f64))
                .collect();
            let moved: f64 =
                means.iter().zip(&centroids).map(|(a, b)| (0..4).map(|g| (a[g] - b[g]).abs()).sum::<f64>()).sum();
            if moved < SUM_ROUNDING {
                return inertia;
            }
            centroids = means;
        }
    }

    #[test]
    fn inertia_and_counts_are_those_of_a_naive_lloyd() -> Result<(), GradeError> {
        let rows = clumps(600, 1);
        let found = search(6, Space::new([0.5, 0.0, 0.0, 0.5])).run(&rows, &silent)?;
        let naive = naive_inertia(&rows, found.clusters.centroids.clone());
        assert!((found.clusters.inertia - naive).abs() < SUM_ROUNDING * naive, "{} {naive}", found.clusters.inertia);
        for (c, &count) in found.clusters.counts.iter().enumerate() {
            assert_eq!(count, found.clusters.labels.iter().filter(|&&l| usize::from(l) == c).count());
        }
        // Six clumps of 100, and restarts from random starts find them.
        assert_eq!(found.clusters.counts, [100; 6]);
        Ok(())
    }

    #[test]
    fn centroids_are_the_means_of_their_rows_bit_for_bit() -> Result<(), GradeError> {
        let rows = clumps(300, 2);
        let found = search(4, Space::new([0.5, 0.0, 0.0, 0.5])).run(&rows, &silent)?.clusters;
        for (c, centroid) in found.centroids.iter().enumerate() {
            let mine: Vec<&Row> =
                rows.iter().zip(&found.labels).filter(|(_, l)| usize::from(**l) == c).map(|(r, _)| r).collect();
            let mean: Row = std::array::from_fn(|g| mine.iter().map(|r| r[g]).sum::<f64>() / mine.len() as f64);
            assert_eq!(mean.map(f64::to_bits), centroid.map(f64::to_bits));
        }
        Ok(())
    }

    #[test]
    fn iris_gives_the_clusters_r_prints() -> Result<(), GradeError> {
        // R, `kmeans` of the four columns into 3, output printed at stats.stackexchange.com/questions/48520: within-cluster
        // sums of squares 15.15100, 39.82097, 23.87947; first centre 5.006, 3.428, 1.462, 0.246.
        const R_DIGITS: f64 = 1.5e-5;
        let columns = [iris::SEPAL_LENGTH, iris::SEPAL_WIDTH, iris::PETAL_LENGTH, iris::PETAL_WIDTH];
        let rows = sorted((0..150).map(|i| columns.map(|column| f64::from(column[i]) / 10.0)).collect());
        let found = search(3, Space::new([0.25; 4])).run(&rows, &silent)?.clusters;
        assert!((found.inertia - (15.15100 + 39.82097 + 23.87947)).abs() < R_DIGITS, "{}", found.inertia);
        let within = |c: usize| {
            let mine = rows.iter().zip(&found.labels).filter(|(_, label)| usize::from(**label) == c);
            mine.map(|(row, _)| squared_distance(row, &found.centroids[c])).sum::<f64>()
        };
        // The clusters come by composite score, that is by size of the flower.
        for (c, expected) in [23.87947, 39.82097, 15.15100].into_iter().enumerate() {
            assert!((within(c) - expected).abs() < R_DIGITS, "{c}: {}", within(c));
        }
        for (x, expected) in found.centroids[2].into_iter().zip([5.006, 3.428, 1.462, 0.246]) {
            assert!((x - expected).abs() < R_DIGITS, "{x} {expected}");
        }
        Ok(())
    }

    #[test]
    fn on_a_line_the_best_of_all_partitions_is_found() -> Result<(), GradeError> {
        // Oracle: optimal clusters on a line are runs of the sorted values, so trying all cuts finds the optimum.
        let mut random = Xoshiro256Plus::seed_from_u64(3);
        for _ in 0..20 {
            let mut values: Vec<f64> = (0..12).map(|_| random.r#gen::<f64>().powi(3)).collect();
            values.sort_unstable_by(f64::total_cmp);
            let cost = |run: &[f64]| {
                let mean = run.iter().sum::<f64>() / run.len() as f64;
                run.iter().map(|x| (x - mean).powi(2)).sum::<f64>()
            };
            let mut optimum = f64::INFINITY;
            for i in 1..11 {
                for j in i + 1..12 {
                    optimum = optimum.min(cost(&values[..i]) + cost(&values[i..j]) + cost(&values[j..]));
                }
            }
            let rows: Vec<Row> = values.iter().map(|&x| [0.0, x, 0.0, 0.0]).collect();
            let search = Search { restarts: 20, ..search(3, Space::new([0.0, 1.0, 0.0, 0.0])) };
            let found = search.run(&rows, &silent)?;
            assert!((found.clusters.inertia - optimum).abs() < SUM_ROUNDING, "{} {optimum}", found.clusters.inertia);
        }
        Ok(())
    }

    #[test]
    fn a_sample_finds_the_clusters_of_all_rows() -> Result<(), GradeError> {
        let rows = clumps(1_800, 4);
        let space = Space::new([0.5, 0.0, 0.0, 0.5]);
        let full = search(6, space).run(&rows, &silent)?;
        let sampled = Search { sample_rows: 600, ..search(6, space) }.run(&rows, &silent)?;
        assert_eq!((full.searched, sampled.searched), (1_800, 600));
        assert_eq!(full.clusters.centroids, sampled.clusters.centroids);
        assert_eq!(full.clusters.labels, sampled.clusters.labels);
        Ok(())
    }

    #[test]
    fn a_sample_with_too_few_distinct_rows_is_mended_on_all_rows() -> Result<(), GradeError> {
        let mut rows = vec![[0.0; 4]; 5_000];
        rows.extend((1..=3).map(|i| [f64::from(i), 0.0, 0.0, 0.0]));
        let search = Search { sample_rows: 50, restarts: 2, ..search(4, Space::new([1.0, 0.0, 0.0, 0.0])) };
        let found = search.run(&rows, &silent)?;
        assert_eq!(found.clusters.counts, [1, 1, 1, 5_000]);
        Ok(())
    }

    #[test]
    fn scale_does_not_change_the_clusters() -> Result<(), GradeError> {
        // Powers of two, so that scaled arithmetic is the same arithmetic.
        let rows = clumps(300, 5);
        let space = Space::new([0.5, 0.0, 0.0, 0.5]);
        let whole = search(5, space).run(&rows, &silent)?;
        for factor in [2.0_f64.powi(-20), 2.0_f64.powi(20)] {
            let scaled: Vec<Row> = rows.iter().map(|row| row.map(|x| x * factor)).collect();
            assert_eq!(search(5, space).run(&scaled, &silent)?.clusters.labels, whole.clusters.labels);
        }
        Ok(())
    }

    #[test]
    fn threads_do_not_change_a_bit() -> Result<(), GradeError> {
        let rows = clumps(600, 6);
        let search = search(5, Space::new([0.5, 0.0, 0.0, 0.5]));
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .map_err(|e| GradeError::NoClusters { restarts: 0, reason: e.to_string() })?;
            pool.install(|| search.run(&rows, &silent))
        };
        let (one, two) = (run(1)?, run(2)?);
        assert_eq!(one.clusters.centroids, two.clusters.centroids);
        assert_eq!(one.clusters.inertia.to_bits(), two.clusters.inertia.to_bits());
        assert_eq!(one.clusters.labels, two.clusters.labels);
        Ok(())
    }
}
