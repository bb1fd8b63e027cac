//! Which cluster is grade A.

use super::features::{Row, Space};
use super::lloyd::precedence;

/// The places of the clusters from best to worst: by ranking mean if there is one, then by composite score, then by
/// centroid.
pub(super) fn best_first(centroids: &[Row], ranking: Option<&[f64]>, space: &Space) -> Vec<usize> {
    let mut order: Vec<usize> = (0..centroids.len()).collect();
    order.sort_by(|&a, &b| {
        let by_ranking = ranking.map_or(std::cmp::Ordering::Equal, |means| means[b].total_cmp(&means[a]));
        by_ranking.then_with(|| precedence(&centroids[a], &centroids[b], space))
    });
    order
}

/// Mean of the known values of each cluster; a cluster without one is an error that tells its place.
pub(super) fn means(values: &[f64], labels: &[u8], clusters: usize) -> Result<Vec<f64>, usize> {
    let mut found = vec![(0.0, 0.0); clusters];
    for (&value, &label) in values.iter().zip(labels) {
        if !value.is_nan() {
            // A running mean: the sum of a million values near the limit of magnitude would overflow.
            let (mean, known) = &mut found[usize::from(label)];
            *known += 1.0;
            *mean += (value - *mean) / *known;
        }
    }
    found.iter().enumerate().map(|(c, &(mean, known))| if known > 0.0 { Ok(mean) } else { Err(c) }).collect()
}

/// Kendall's τ-a of two orders of the same things: 1 if every pair stands in the same order, −1 if none does.
pub(super) fn kendall_tau(a: &[f64], b: &[f64]) -> f64 {
    let mut agreement = 0.0;
    let mut pairs = 0.0;
    for i in 0..a.len() {
        for j in 0..i {
            let signs = a[i].total_cmp(&a[j]) as i8 * b[i].total_cmp(&b[j]) as i8;
            agreement += f64::from(signs);
            pairs += 1.0;
        }
    }
    agreement / pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUND: f64 = 1e-12;

    #[test]
    fn ranking_comes_before_composite_and_composite_breaks_ties() {
        let space = Space::new([1.0, 0.0, 0.0, 0.0]);
        let centroids = [[0.0; 4], [2.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]];
        assert_eq!(best_first(&centroids, None, &space), [1, 2, 0]);
        assert_eq!(best_first(&centroids, Some(&[9.0, 5.0, 5.0]), &space), [0, 1, 2]);
    }

    #[test]
    fn means_skip_unknown_values_and_name_a_cluster_without_any() {
        let nan = f64::NAN;
        assert_eq!(means(&[1.0, nan, 3.0, 8.0], &[0, 0, 0, 1], 2), Ok(vec![2.0, 8.0]));
        assert_eq!(means(&[1.0, nan], &[0, 1], 2), Err(1));
        assert_eq!(means(&[1e300; 4], &[0; 4], 1), Ok(vec![1e300]));
    }

    #[test]
    fn tau_counts_pairs_in_the_same_order() {
        // By hand: of the three pairs of 1, 2, 3 and 1, 3, 2 two agree and one does not.
        assert!((kendall_tau(&[1.0, 2.0, 3.0], &[1.0, 3.0, 2.0]) - 1.0 / 3.0).abs() < ROUND);
        assert!((kendall_tau(&[1.0, 2.0], &[5.0, 4.0]) + 1.0).abs() < ROUND);
    }
}
