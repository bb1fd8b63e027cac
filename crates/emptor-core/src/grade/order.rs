//! Which cluster is grade A.

use std::cmp::Ordering;

use super::space::Space;

/// Orders points coordinate by coordinate.
pub(super) fn lexicographic(a: &[f64], b: &[f64]) -> Ordering {
    a.iter().zip(b).map(|(x, y)| x.total_cmp(y)).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
}

/// The places of the clusters from best to worst: by ranking mean if it is asked for, then by composite score, then by
/// coordinates.
pub(super) fn best_first(centroids: &[Vec<f64>], ranking: Option<&[f64]>, space: &Space) -> Vec<usize> {
    let composites: Vec<f64> = centroids.iter().map(|centroid| space.composite(centroid)).collect();
    let mut order: Vec<usize> = (0..centroids.len()).collect();
    order.sort_by(|&a, &b| {
        let by_ranking = ranking.map_or(Ordering::Equal, |means| means[b].total_cmp(&means[a]));
        let by_composite = || composites[b].total_cmp(&composites[a]);
        by_ranking.then_with(by_composite).then_with(|| lexicographic(&centroids[b], &centroids[a]))
    });
    order
}

/// Mean and median of the known values of each cluster; `None` for a cluster without one.
pub(super) fn ranking_of(values: &[f64], labels: &[u16], clusters: usize) -> Vec<Option<(f64, f64)>> {
    let mut members = vec![Vec::new(); clusters];
    for (&value, &label) in values.iter().zip(labels) {
        if !value.is_nan() {
            members[usize::from(label)].push(value);
        }
    }
    let describe = |mut known: Vec<f64>| {
        // Sorted, so that the order of customers is of no account.
        known.sort_unstable_by(f64::total_cmp);
        // A running mean: the sum of a million values near the limit of magnitude would overflow.
        let mean = known.iter().zip(1_u32..).fold(0.0, |mean, (x, i)| mean + (x - mean) / f64::from(i));
        let median = (known.get(known.len().saturating_sub(1) / 2)?, known.get(known.len() / 2)?);
        Some((mean, median.0 / 2.0 + median.1 / 2.0))
    };
    members.into_iter().map(describe).collect()
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
    fn rankings_skip_unknown_values_and_clusters_without_any() {
        let nan = f64::NAN;
        assert_eq!(ranking_of(&[1.0, nan, 6.0, 2.0, 8.0], &[0, 0, 0, 0, 1], 2), [Some((3.0, 2.0)), Some((8.0, 8.0))]);
        assert_eq!(ranking_of(&[1.0, nan], &[0, 1], 2), [Some((1.0, 1.0)), None]);
        assert_eq!(ranking_of(&[1e300; 4], &[0; 4], 1), [Some((1e300, 1e300))]);
    }

    #[test]
    fn tau_counts_pairs_in_the_same_order() {
        // By hand: of the three pairs of 1, 2, 3 and 1, 3, 2 two agree and one does not.
        assert!((kendall_tau(&[1.0, 2.0, 3.0], &[1.0, 3.0, 2.0]) - 1.0 / 3.0).abs() < ROUND);
        assert!((kendall_tau(&[1.0, 2.0], &[5.0, 4.0]) + 1.0).abs() < ROUND);
    }
}
