//! Why rows could not be clustered.

use emptor_types::{Cancelled, Invalid};
use thiserror::Error;

/// Why clusters could not be found or judged.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// A setting or a column breaks its rule; every violation is listed.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There are more clusters than different rows.
    #[error("{} at least {}; {}", need(*clusters), different(*clusters), hold(*rows, *distinct))]
    TooFewDistinct {
        /// Clusters asked for.
        clusters: usize,
        /// Different rows there are.
        distinct: usize,
        /// Rows there are.
        rows: usize,
    },
    /// As above, where rows were split into halves: what fails is a half, however many rows there are in all.
    #[error("in a half of the {rows} rows sampled: {} at least {}; {}", need(*clusters), different(*clusters), hold(*half, *distinct))]
    TooFewDistinctInHalf {
        /// Clusters asked for.
        clusters: usize,
        /// Different rows of the half.
        distinct: usize,
        /// Rows of the half.
        half: usize,
        /// Rows that were split.
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
    /// The callback has stopped the work.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

fn need(clusters: usize) -> String {
    if clusters == 1 { "1 cluster needs".to_owned() } else { format!("{clusters} clusters need") }
}

fn different(rows: usize) -> String {
    if rows == 1 { "1 row".to_owned() } else { format!("{rows} different rows") }
}

fn hold(rows: usize, distinct: usize) -> String {
    if rows == 1 { format!("1 row holds {distinct}") } else { format!("{rows} rows hold {distinct}") }
}
