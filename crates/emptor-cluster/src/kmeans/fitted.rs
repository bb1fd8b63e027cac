//! Fitted clusters and what they say of rows.

use emptor_types::Invalid;
use serde::{Deserialize, Serialize};

use super::kernel::Centroids;
use super::spec::check_centroids;
use super::spread::Spread;
use super::{KMeansReport, KMeansTermination, pass};
use crate::{ClusterError, Points};

/// Where rows fall, in row order.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Assignment {
    /// The nearest centroid, the lower index on ties.
    pub label: Vec<u16>,
    /// Squared distance to it.
    pub distance_squared: Vec<f64>,
    /// Squared distance to the second nearest centroid, infinite if there is one cluster only.
    pub second: Vec<f64>,
}

/// Clusters found by [`KMeans`](super::KMeans), given, or gathered by [`MiniBatchKMeans`](super::MiniBatchKMeans):
/// centroids, and how many rows, what weight and what inertia belong to them. It holds no data.
///
/// ```
/// use emptor_cluster::{FittedKMeans, Points};
///
/// let fitted = FittedKMeans::from_centroids(vec![vec![0.0], vec![10.0]])?;
/// let points = Points::new(&[&[1.0, 4.0, 12.0]])?;
/// let assignment = fitted.assign(&points)?;
/// assert_eq!(assignment.label, [0, 0, 1]);
/// assert_eq!(assignment.distance_squared, [1.0, 16.0, 4.0]);
/// assert_eq!(assignment.second, [81.0, 36.0, 144.0]);
///
/// // Measured on these rows; before, on none.
/// assert_eq!(fitted.counts(), [0, 0]);
/// let measured = fitted.measured([&points])?;
/// assert_eq!((measured.counts(), measured.inertia()), (&[2, 1][..], 21.0));
/// # Ok::<(), emptor_cluster::ClusterError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Model", into = "Model")]
pub struct FittedKMeans {
    model: Model,
}

/// The saved form; loading checks it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Model {
    centroids: Vec<Vec<f64>>,
    counts: Vec<usize>,
    weights: Vec<f64>,
    inertia: f64,
    report: KMeansReport,
}

/// What belongs to centroids in some rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Measure {
    pub(super) counts: Vec<usize>,
    pub(super) weights: Vec<f64>,
    pub(super) inertia: f64,
}

impl Measure {
    /// Clusters without a row of weight above 0.
    pub(super) fn empty(&self) -> usize {
        self.weights.iter().filter(|&&weight| weight <= 0.0).count()
    }

    /// # Errors
    /// [`ClusterError::Invalid`] if sums have overflown.
    pub(super) fn finite(self) -> Result<Self, ClusterError> {
        let mut checks = Invalid::checks();
        let rule = "must be finite: scale values or weights down";
        checks.require(self.inertia.is_finite(), "inertia", rule, self.inertia);
        let largest = self.weights.iter().fold(0.0, |largest: f64, &weight| largest.max(weight));
        checks.require(largest.is_finite(), "sum of weights", rule, largest);
        checks.finish()?;
        Ok(self)
    }

    pub(super) fn none(clusters: usize) -> Self {
        Self { counts: vec![0; clusters], weights: vec![0.0; clusters], inertia: 0.0 }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(a, b)| *a += b);
        self.weights.iter_mut().zip(&other.weights).for_each(|(a, b)| *a += b);
        self.inertia += other.inertia;
    }
}

impl FittedKMeans {
    pub(super) fn new(centroids: Vec<Vec<f64>>, measure: Measure, report: KMeansReport) -> Self {
        let Measure { counts, weights, inertia } = measure;
        Self { model: Model { centroids, counts, weights, inertia, report } }
    }

    /// Clusters around given centroids, one row of coordinates each, in standardised units. Counts, weights and inertia
    /// are of no rows; see [`measured`](Self::measured).
    ///
    /// # Errors
    /// [`ClusterError::Invalid`] unless there are 1 to 65 535 centroids of equal length, with finite coordinates of at most
    /// 1e150 either way.
    pub fn from_centroids(centroids: Vec<Vec<f64>>) -> Result<Self, ClusterError> {
        let mut checks = Invalid::checks();
        check_centroids(&mut checks, &centroids);
        checks.finish()?;
        let none = Measure::none(centroids.len());
        Ok(Self::new(centroids, none, KMeansReport::unfitted(KMeansTermination::Given)))
    }

    /// The same centroids with counts, weights and inertia of other rows, e.g. of a file read part by part.
    ///
    /// # Errors
    /// See [`assign`](Self::assign); [`ClusterError::Invalid`] also if the inertia or a sum of weights is beyond finite numbers.
    pub fn measured<'a, 'p: 'a>(&self, parts: impl IntoIterator<Item = &'a Points<'p>>) -> Result<Self, ClusterError> {
        let mut total = Measure::none(self.clusters());
        let mut report = self.model.report.clone();
        report.rows = 0;
        for points in parts {
            self.check(points)?;
            let (_, part) = pass::measure(points, &self.packed(), Vec::new())?;
            total.add(&part);
            report.rows += points.rows();
        }
        let total = total.finite()?;
        report.empty = if report.rows > 0 { total.empty() } else { 0 };
        Ok(Self::new(self.model.centroids.clone(), total, report))
    }

    /// Finds the cluster of each row, its squared distance and that to the second nearest centroid.
    ///
    /// # Errors
    /// [`ClusterError::Dimensions`] if the rows have another number of columns than the centroids,
    /// [`ClusterError::Invalid`] if a standardised value is out of range.
    pub fn assign(&self, points: &Points<'_>) -> Result<Assignment, ClusterError> {
        self.check(points)?;
        pass::assign(points, &self.packed())
    }

    /// Finds the cluster of each row, and nothing else.
    ///
    /// # Errors
    /// See [`assign`](Self::assign).
    pub fn labels(&self, points: &Points<'_>) -> Result<Vec<u16>, ClusterError> {
        self.check(points)?;
        match Spread::of(&points.unweighted()) {
            Ok(spread) => Ok(pass::labels(points, &spread, &self.model.centroids.concat())),
            // Beyond the range of the screen, though each row may have a finite distance.
            Err(_) => Ok(pass::measure(points, &self.packed(), Vec::new())?.0),
        }
    }

    fn packed(&self) -> Centroids {
        Centroids::pack(&self.model.centroids.concat(), self.dimensions())
    }

    fn check(&self, points: &Points<'_>) -> Result<(), ClusterError> {
        let (expected, got) = (self.dimensions(), points.dimensions());
        if expected == got { Ok(()) } else { Err(ClusterError::Dimensions { expected, got }) }
    }

    /// Number of clusters.
    #[must_use]
    pub fn clusters(&self) -> usize {
        self.model.centroids.len()
    }

    /// Number of columns.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.model.centroids.first().map_or(0, Vec::len)
    }

    /// The centroids, one row of coordinates each, in standardised units.
    #[must_use]
    pub fn centroids(&self) -> &[Vec<f64>] {
        &self.model.centroids
    }

    /// Rows of each cluster, rows of weight 0 included.
    #[must_use]
    pub fn counts(&self) -> &[usize] {
        &self.model.counts
    }

    /// Summed row weights of each cluster; the counts where rows have no weights.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.model.weights
    }

    /// Weighted sum of squared distances of rows to their nearest centroid.
    #[must_use]
    pub fn inertia(&self) -> f64 {
        self.model.inertia
    }

    /// How the search went.
    #[must_use]
    pub fn report(&self) -> &KMeansReport {
        &self.model.report
    }
}

impl TryFrom<Model> for FittedKMeans {
    type Error = Invalid;

    fn try_from(model: Model) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        let k = model.centroids.len();
        check_centroids(&mut checks, &model.centroids);
        checks.require(model.counts.len() == k, "counts", "must have one element per cluster", model.counts.len());
        checks.require(model.weights.len() == k, "weights", "must have one element per cluster", model.weights.len());
        let (empty, rows) = (model.report.empty, model.report.rows);
        let without = model.weights.iter().filter(|&&weight| weight <= 0.0).count();
        let expected = if rows > 0 { without } else { 0 };
        checks.require(empty == expected, "empty", "must be the number of clusters of weight 0", empty);
        let positive = |x: f64| x >= 0.0 && x.is_finite();
        checks.require_each("weights", "must be finite, at least 0", &model.weights, |_, x| positive(x));
        checks.require(positive(model.inertia), "inertia", "must be finite, at least 0", model.inertia);
        let counted = model.counts.iter().try_fold(0_usize, |sum, &n| sum.checked_add(n));
        checks.require(counted == Some(rows), "counts", "must sum to the rows of the report", rows);
        checks.require(positive(model.report.passes), "passes", "must be finite, at least 0", model.report.passes);
        checks.finish()?;
        Ok(Self { model })
    }
}

impl From<FittedKMeans> for Model {
    fn from(fitted: FittedKMeans) -> Self {
        fitted.model
    }
}
