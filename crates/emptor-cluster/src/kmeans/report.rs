//! How a search for clusters went.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why the exact fit on all rows stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum KMeansTermination {
    /// No row changed its cluster: a local optimum.
    LabelsUnchanged,
    /// The centroids moved by no more than the tolerance.
    ShiftBelowTolerance,
    /// The iteration limit was reached; the centroids are those of the last iteration and may be far from an optimum.
    IterationLimit,
    /// The centroids were given, not fitted.
    Given,
    /// The centroids come from mini-batches, which have no end of their own.
    MiniBatch,
}

impl fmt::Display for KMeansTermination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LabelsUnchanged => "no row changed its cluster",
            Self::ShiftBelowTolerance => "centroids moved less than the tolerance",
            Self::IterationLimit => "iteration limit reached",
            Self::Given => "centroids given",
            Self::MiniBatch => "centroids from mini-batches",
        })
    }
}

/// How a search for clusters went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct KMeansReport {
    /// Why the exact fit on all rows stopped.
    pub termination: KMeansTermination,
    /// Rounds of the exact fit on all rows, each an assignment of the rows and an update of the centroids; for mini-batches,
    /// batches. Where the fit ended because no row changed its cluster, the last round is the one that found it so: the same
    /// as scikit-learn's `n_iter_`.
    pub iterations: usize,
    /// Rows whose distances to all centroids were measured in that fit, over rows: the number of full passes it was worth,
    /// the last one included, which finds labels and inertia by the returned centroids. Without bounds it would be
    /// `iterations + 1`; with bounds later rounds measure fewer rows. Looking for the rows farthest from their centroids, to
    /// fill empty clusters, is not counted.
    pub passes: f64,
    /// Rows that counts, weights and inertia are of.
    pub rows: usize,
    /// Starts tried.
    pub starts: usize,
    /// Starts that ended at the inertia of the best, up to rounding.
    pub agreeing: usize,
    /// Rows the starts were tried on: all, or the sample.
    pub searched: usize,
    /// How often a cluster that had run empty was moved to the row farthest from its centroid, in the exact fit.
    pub moved: usize,
    /// Clusters without a row of weight above 0 among `rows`, 0 if there are no rows: a fit leaves one only if the last update
    /// took its rows away, or if rows are so near to one another that squares of distances are lost.
    pub empty: usize,
}

impl KMeansReport {
    /// The report of centroids that no search has found.
    pub(super) fn unfitted(termination: KMeansTermination) -> Self {
        Self {
            termination,
            iterations: 0,
            passes: 0.0,
            rows: 0,
            starts: 0,
            agreeing: 0,
            searched: 0,
            moved: 0,
            empty: 0,
        }
    }

    /// Whether the fit ended at its own criterion.
    #[must_use]
    pub fn converged(&self) -> bool {
        matches!(self.termination, KMeansTermination::LabelsUnchanged | KMeansTermination::ShiftBelowTolerance)
    }
}

impl fmt::Display for KMeansReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} after {} iterations worth {:.2} passes", self.termination, self.iterations, self.passes)?;
        write!(f, " over {} rows; {} of {} starts", self.rows, self.agreeing, self.starts)?;
        write!(f, " on {} rows agree; {} empty clusters moved", self.searched, self.moved)?;
        if self.empty > 0 { write!(f, "; {} clusters left empty", self.empty) } else { Ok(()) }
    }
}
