//! The search for clusters: starts on a sample, the exact fit on all rows, and small clusters joined to their neighbours.

use emptor_cluster::{FittedKMeans, KMeans, OneDimensionalKMeans, Points};
use emptor_types::Fit;
use serde::{Deserialize, Serialize};

use super::{GradeBy, GradeError, linfa_backend};

/// Exact steps before the search gives up; each lowers the inertia, so that real data stop after some tens.
const ITERATION_LIMIT: usize = 10_000;

/// Which program makes the starts of the clustering. The exact fit on all customers is ours either way.
///
/// ```
/// use emptor_core::grade::{Backend, Grader, GradingData, Indicator, InformationGroup};
/// use emptor_types::Fit;
///
/// let spend = [1.0, 2.0, 3.0, 11.0, 12.0, 13.0, 21.0, 22.0, 23.0];
/// let data = GradingData::new(&[("spend", &spend)])?;
/// let grader = Grader::builder().indicators([Indicator::new("spend", InformationGroup::PastSales)]).grades(3);
/// let own = grader.clone().build()?.fit(&data)?.grade(&data)?;
/// let linfa = grader.backend(Backend::Linfa).build()?.fit(&data)?.grade(&data)?;
/// assert_eq!(own.grade, linfa.grade);
/// # Ok::<(), emptor_core::grade::GradeError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backend {
    /// The kernel of `emptor-cluster`.
    #[default]
    Emptor,
    /// linfa-clustering, as a cross-check.
    Linfa,
}

/// What to search for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search {
    pub(super) clusters: usize,
    pub(super) starts: usize,
    pub(super) seed: u64,
    pub(super) sample_rows: usize,
    pub(super) by: GradeBy,
    pub(super) backend: Backend,
}

/// Clusters of all rows, and how they were found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) clusters: Clusters,
    /// Starts that ended at the best inertia; all of them where the optimum is exact.
    pub(super) agreeing: usize,
    /// Rows the starts ran on.
    pub(super) searched: usize,
}

/// Centroids, labels, counts and inertia of one assignment.
#[derive(Debug, Clone)]
pub(super) struct Clusters {
    pub(super) centroids: Vec<Vec<f64>>,
    pub(super) labels: Vec<u16>,
    pub(super) counts: Vec<usize>,
    pub(super) inertia: f64,
    pub(super) iterations: usize,
}

impl Clusters {
    fn new(fitted: &FittedKMeans, labels: Vec<u16>) -> Result<Self, GradeError> {
        let report = fitted.report();
        if !report.converged() {
            return Err(GradeError::NotConverged { iterations: report.iterations, inertia: fitted.inertia() });
        }
        Ok(Self {
            centroids: fitted.centroids().to_vec(),
            labels,
            counts: fitted.counts().to_vec(),
            inertia: fitted.inertia(),
            iterations: report.iterations,
        })
    }
}

impl Search {
    /// Searches the rows of columns, of which at least `clusters` differ.
    pub(super) fn run(&self, columns: &[Vec<f64>]) -> Result<Found, GradeError> {
        let points = points(columns)?;
        match (self.by, self.backend) {
            (GradeBy::Composite, _) => {
                let clusters = settle(columns, optimum_on_a_line(&columns[0], self.clusters)?)?;
                Ok(Found { clusters, agreeing: self.starts, searched: points.rows() })
            }
            (_, Backend::Emptor) => {
                let spec = KMeans::builder()
                    .clusters(self.clusters)
                    .starts(self.starts)
                    .sample_rows(self.sample_rows)
                    .seed(self.seed)
                    .tolerance(0.0)
                    .max_iterations(ITERATION_LIMIT)
                    .build()?;
                let (fitted, labels) = spec.fit_labels(&points)?;
                let report = fitted.report();
                let (agreeing, searched) = (report.agreeing, report.searched);
                Ok(Found { clusters: Clusters::new(&fitted, labels)?, agreeing, searched })
            }
            (_, Backend::Linfa) => {
                let started = linfa_backend::search(columns, self)?;
                let clusters = settle(columns, started.centroids)?;
                Ok(Found { clusters, agreeing: started.agreeing, searched: started.searched })
            }
        }
    }
}

pub(super) fn points(columns: &[Vec<f64>]) -> Result<Points<'_>, GradeError> {
    Ok(Points::new(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>())?)
}

/// The exact fit from given centroids: until no row changes its cluster. Of two equally near centroids the first takes a
/// row.
pub(super) fn settle(columns: &[Vec<f64>], centroids: Vec<Vec<f64>>) -> Result<Clusters, GradeError> {
    let spec = KMeans::builder()
        .clusters(centroids.len())
        .start_from(centroids)
        .tolerance(0.0)
        .max_iterations(ITERATION_LIMIT)
        .build()?;
    let (fitted, labels) = spec.fit_labels(&points(columns)?)?;
    Clusters::new(&fitted, labels)
}

/// Joins the smallest cluster to the nearest other one until every cluster has the least number of rows or two are
/// left, settling after each. Returns the rows of the clusters that were joined.
pub(super) fn join_small(
    columns: &[Vec<f64>],
    mut clusters: Clusters,
    least: usize,
) -> Result<(Clusters, Vec<usize>), GradeError> {
    let mut joined = Vec::new();
    while clusters.centroids.len() > 2 {
        let by_size = clusters.counts.iter().enumerate().min_by_key(|&(c, &count)| (count, c));
        let Some((small, &count)) = by_size.filter(|(_, count)| **count < least) else { break };
        let distance = |c: usize| squared_distance(&clusters.centroids[c], &clusters.centroids[small]);
        let others = (0..clusters.centroids.len()).filter(|&c| c != small);
        let Some(near) = others.min_by(|&a, &b| distance(a).total_cmp(&distance(b))) else { break };
        let share = count as f64 / (count + clusters.counts[near]).max(1) as f64;
        let mut centroids = clusters.centroids;
        let gone = centroids[small].clone();
        for (x, y) in centroids[near].iter_mut().zip(gone) {
            *x += share * (y - *x);
        }
        centroids.remove(small);
        clusters = settle(columns, centroids)?;
        joined.push(count);
    }
    Ok((clusters, joined))
}

pub(super) fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum()
}

/// Centroids of the best partition of numbers into intervals.
fn optimum_on_a_line(values: &[f64], clusters: usize) -> Result<Vec<Vec<f64>>, GradeError> {
    let optimum = OneDimensionalKMeans::new(clusters)?.fit(&Points::new(&[values])?)?;
    Ok(optimum.centroids().iter().map(|&centroid| vec![centroid]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::iris;

    /// Sums of the same numbers in another order.
    const SUM_ROUNDING: f64 = 1e-9;

    fn search(clusters: usize, by: GradeBy, backend: Backend) -> Search {
        Search { clusters, starts: 20, seed: 7, sample_rows: 100_000, by, backend }
    }

    /// Points of six clumps in two dimensions, without noise in their number.
    fn clumps(n: usize) -> Vec<Vec<f64>> {
        let noise = |i: usize, factor: usize| (i * factor % 101) as f64 / 101.0;
        let x = (0..n).map(|i| (i % 3) as f64 * 4.0 + noise(i, 7_919)).collect();
        let y = (0..n).map(|i| (i % 2) as f64 * 5.0 + noise(i, 7_907)).collect();
        vec![x, y]
    }

    #[test]
    fn iris_gives_the_clusters_r_prints() -> Result<(), GradeError> {
        // R, `kmeans` of the four columns into 3, output printed at stats.stackexchange.com/questions/48520: within-cluster
        // sums of squares 15.15100, 39.82097, 23.87947; first centre 5.006, 3.428, 1.462, 0.246.
        const R_DIGITS: f64 = 1.5e-5;
        let columns = [iris::SEPAL_LENGTH, iris::SEPAL_WIDTH, iris::PETAL_LENGTH, iris::PETAL_WIDTH];
        let columns: Vec<Vec<f64>> = columns.iter().map(|c| c.iter().map(|&x| f64::from(x) / 10.0).collect()).collect();
        for backend in [Backend::Emptor, Backend::Linfa] {
            let found = search(3, GradeBy::Indicators, backend).run(&columns)?.clusters;
            assert!((found.inertia - (15.15100 + 39.82097 + 23.87947)).abs() < R_DIGITS, "{}", found.inertia);
            let setosa = &found.centroids[usize::from(found.labels[0])];
            for (x, expected) in setosa.iter().zip([5.006, 3.428, 1.462, 0.246]) {
                assert!((x - expected).abs() < R_DIGITS, "{x} {expected}");
            }
        }
        Ok(())
    }

    #[test]
    fn linfa_finds_the_clusters_of_our_kernel() -> Result<(), GradeError> {
        let columns = clumps(600);
        let own = search(6, GradeBy::Groups, Backend::Emptor).run(&columns)?.clusters;
        let linfa = search(6, GradeBy::Groups, Backend::Linfa).run(&columns)?.clusters;
        assert_eq!(own.counts, [100; 6]);
        assert!((own.inertia - linfa.inertia).abs() < SUM_ROUNDING * own.inertia);
        for (a, b) in own.labels.iter().zip(&linfa.labels) {
            let gap = squared_distance(&own.centroids[usize::from(*a)], &linfa.centroids[usize::from(*b)]);
            assert!(gap < SUM_ROUNDING);
        }
        Ok(())
    }

    #[test]
    fn the_composite_alone_is_split_at_the_optimum() -> Result<(), GradeError> {
        // Oracle: trying all cuts of twelve sorted values.
        let values: Vec<f64> = (0..12).map(|i| f64::from(i * 7 % 12).powi(2)).collect();
        let mut sorted = values.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let cost = |run: &[f64]| {
            let mean = run.iter().sum::<f64>() / run.len() as f64;
            run.iter().map(|x| (x - mean).powi(2)).sum::<f64>()
        };
        let cuts = (1..11).flat_map(|i| (i + 1..12).map(move |j| (i, j)));
        let optimum = cuts.map(|(i, j)| cost(&sorted[..i]) + cost(&sorted[i..j]) + cost(&sorted[j..]));
        let optimum = optimum.fold(f64::INFINITY, f64::min);
        let found = search(3, GradeBy::Composite, Backend::Emptor).run(&[values])?.clusters;
        assert!((found.inertia - optimum).abs() < SUM_ROUNDING * optimum, "{} {optimum}", found.inertia);
        Ok(())
    }

    #[test]
    fn small_clusters_join_the_nearest_and_two_are_left_alone() -> Result<(), GradeError> {
        let mut column = vec![0.0; 50];
        column.extend([10.0; 50]);
        column.extend([12.5, 100.0, 101.0]);
        let columns = [column];
        let clusters = settle(&columns, vec![vec![0.0], vec![10.0], vec![12.5], vec![100.5]])?;
        assert_eq!(clusters.counts, [50, 50, 1, 2]);
        let (joined, gone) = join_small(&columns, clusters.clone(), 2)?;
        assert_eq!((joined.counts, gone), (vec![50, 51, 2], vec![1]));
        // All but two are too small: the last two stay.
        let (joined, gone) = join_small(&columns, clusters, 200)?;
        assert_eq!((joined.counts.len(), joined.counts.iter().sum::<usize>(), gone.len()), (2, 103, 2));
        Ok(())
    }

    #[test]
    fn a_sample_with_too_few_distinct_rows_is_mended_on_all_rows() -> Result<(), GradeError> {
        let mut column = vec![0.0; 5_000];
        column.extend([1.0, 2.0, 3.0]);
        for backend in [Backend::Emptor, Backend::Linfa] {
            let search = Search { sample_rows: 1_000, starts: 2, ..search(4, GradeBy::Groups, backend) };
            let mut counts = search.run(&[column.clone()])?.clusters.counts;
            counts.sort_unstable();
            assert_eq!(counts, [1, 1, 1, 5_000], "{backend:?}");
        }
        Ok(())
    }
}
