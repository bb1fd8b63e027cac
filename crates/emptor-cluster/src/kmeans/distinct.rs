//! Are there enough different rows?

use std::collections::HashSet;

use crate::{ClusterError, Points};

/// Counts different rows of weight above 0 until there are as many as clusters, as a rule after a few more rows than
/// that.
pub(super) fn enough(points: &Points<'_>, clusters: usize) -> Result<(), ClusterError> {
    let mut seen = HashSet::new();
    for row in (0..points.rows()).filter(|&row| points.weight(row) > 0.0) {
        // −0 and 0 are one value, but two bit patterns.
        let bits: Vec<u64> = (0..points.dimensions()).map(|j| (points.value(row, j) + 0.0).to_bits()).collect();
        seen.insert(bits);
        if seen.len() == clusters {
            return Ok(());
        }
    }
    Err(ClusterError::TooFewDistinct { clusters, distinct: seen.len(), rows: points.rows() })
}
