//! Why rows could not be clustered.

use emptor_types::Invalid;
use thiserror::Error;

/// Why clusters could not be found or judged.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// A setting or a column breaks its rule; every violation is listed.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There are more clusters than different rows.
    #[error("{clusters} clusters need at least {clusters} different rows; {rows} rows hold {distinct}")]
    TooFewDistinct {
        /// Clusters asked for.
        clusters: usize,
        /// Different rows there are.
        distinct: usize,
        /// Rows there are.
        rows: usize,
    },
    /// Rows to assign have another number of columns than the clusters.
    #[error("the clusters have {expected} columns, the rows {got}")]
    Dimensions {
        /// Columns of the clusters.
        expected: usize,
        /// Columns of the rows.
        got: usize,
    },
}
