//! Are there enough different rows?

use std::collections::HashMap;

use crate::{ClusterError, Points};

/// Different numbers, one of them at least 2^-484, differ by at least 2^-537: their difference has a square above 0. Below,
/// squares of differences may be lost.
const TINY: f64 = f64::from_bits((1023 - 484) << 52);

/// Counts different rows of weight above 0 until there are as many as clusters, as a rule after a few more rows than
/// that. Rows are different if the square of their distance is above 0: centroids could not tell others apart.
pub(super) fn enough(points: &Points<'_>, clusters: usize) -> Result<(), ClusterError> {
    let mut seen: HashMap<Vec<u64>, Vec<Vec<f64>>> = HashMap::new();
    let mut distinct = 0;
    for row in (0..points.rows()).filter(|&row| points.weight(row) > 0.0) {
        let values: Vec<f64> = (0..points.dimensions()).map(|j| points.value(row, j)).collect();
        // Rows of other bits are different for sure. −0 and 0 are one value, but two bit patterns.
        let bits = values.iter().map(|&x| if x.abs() < TINY { 0 } else { x.to_bits() }).collect();
        let alike = seen.entry(bits).or_default();
        if alike.iter().all(|other| apart(other, &values)) {
            alike.push(values);
            distinct += 1;
        }
        if distinct >= clusters {
            return Ok(());
        }
    }
    Err(ClusterError::TooFewDistinct { clusters, distinct, rows: points.rows() })
}

fn apart(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).any(|(a, b)| (a - b) * (a - b) > 0.0)
}
