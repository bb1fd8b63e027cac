//! Why customers could not be graded.

use emptor_cluster::ClusterError;
use emptor_learn::LearnError;
use emptor_types::{Cancelled, EnvelopeError, Invalid};
use thiserror::Error;

use super::{DroppedIndicator, StandardMistake};

/// Why a grader could not be built, fitted or applied.
///
/// ```
/// use emptor_core::grade::{GradeError, Grader, GradingData, Indicator, InformationGroup};
/// use emptor_types::Fit;
///
/// let grader = Grader::builder().indicators([Indicator::new("spend", InformationGroup::PastSales)]).grades(3).build()?;
/// let error = grader.fit(&GradingData::new(&[("sales", &[1.0, 2.0])])?).unwrap_err();
/// assert_eq!(error.to_string(), "no column of numbers for the indicators spend; the data have sales");
/// let error = grader.fit(&GradingData::new(&[("spend", &[1.0, 2.0])])?).unwrap_err();
/// assert!(matches!(error, GradeError::TooFewDistinct { grades: 3, distinct: 2, .. }));
/// # Ok::<(), GradeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum GradeError {
    /// A setting or a column breaks its rule; every violation is listed.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The data lack columns of indicators.
    #[error("no column of numbers for the indicators {}; the data have {}", .missing.join(", "), .available.join(", "))]
    MissingIndicators {
        /// The indicators without a column.
        missing: Vec<String>,
        /// The columns there are.
        available: Vec<String>,
    },
    /// The text of an assessment standard has mistakes; every one is listed.
    #[error("mistakes in the standard: {}", join(.mistakes))]
    Standard {
        /// Every mistake with its key and, where there is one, its line.
        mistakes: Vec<StandardMistake>,
    },
    /// There is no customer to fit on.
    #[error("there is no customer to fit grades on")]
    NoCustomers,
    /// No indicator tells customers apart.
    #[error("no indicator tells customers apart: {}", join(.dropped))]
    NothingToGradeBy {
        /// Every indicator with the reason why it was dropped.
        dropped: Vec<DroppedIndicator>,
    },
    /// There are more grades than different customers.
    #[error(
        "{grades} grades need at least {grades} different rows of group scores; {customers} customers with all their \
         groups known have {distinct} ({ungraded} more customers have an unknown group)"
    )]
    TooFewDistinct {
        /// The number of grades asked for.
        grades: usize,
        /// Different rows of group scores: the most grades there can be.
        distinct: usize,
        /// Customers whose groups are all known.
        customers: usize,
        /// Customers left out because a group is unknown.
        ungraded: usize,
    },
    /// Clusters cannot be ranked.
    #[error(
        "the ranking column {ranking} is unknown for all {customers} customers of one cluster; leave it out to rank \
         by composite score"
    )]
    RankingUnknown {
        /// The ranking column.
        ranking: String,
        /// Customers of the cluster.
        customers: usize,
    },
    /// The clusters still moved at the limit of iterations.
    #[error("the clusters still moved after {iterations} iterations, at inertia {inertia}")]
    NotConverged {
        /// Iterations done.
        iterations: usize,
        /// Sum of squared distances when it stopped.
        inertia: f64,
    },
    /// Grades are to be ordered along a ranking column, and the data have none.
    #[error("grades are to be ordered along a ranking column: give the data one (with_ranking)")]
    NoRanking,
    /// A saved grader was not fitted by the standard it is asked to grade by.
    #[error("the grader was fitted by another standard: {}", .differences.join("; "))]
    StandardChanged {
        /// Every difference.
        differences: Vec<String>,
    },
    /// A saved grader cannot be read.
    #[error(transparent)]
    Saved(#[from] EnvelopeError),
    /// A grade cannot be written as SQL.
    #[error("grades cannot be written as SQL: {indicator} {reason}")]
    NoSql {
        /// The indicator that stands against it.
        indicator: String,
        /// Why.
        reason: &'static str,
    },
    /// Clusters could not be found or judged.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The grades could not be learnt as a tree.
    #[error(transparent)]
    Learn(#[from] LearnError),
    /// No start of the clustering gave centroids.
    #[error("none of {starts} starts gave clusters: {reason}")]
    NoClusters {
        /// Starts tried.
        starts: usize,
        /// What the last one said.
        reason: String,
    },
    /// The callback has stopped the work.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

fn join(items: &[impl ToString]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
