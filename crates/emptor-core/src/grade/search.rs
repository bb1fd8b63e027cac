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
