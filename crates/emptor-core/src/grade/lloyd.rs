//! Exact k-means steps: assignment, means, inertia and counts that belong together.
//!
//! Everything here runs in the order of the rows it is given, on one thread, and does not depend on how the centroids
//! are numbered: ties between centroids are settled by [`precedence`], a property of the centroids themselves.

use std::cmp::Ordering;

use super::features::{GROUPS, Row, Space};

/// Clusters whose centroids, labels, counts and inertia belong to the same assignment.
#[derive(Debug, Clone)]
pub(super) struct Clusters {
    /// In the order of [`precedence`].
    pub(super) centroids: Vec<Row>,
    /// One per row: the place of its centroid.
    pub(super) labels: Vec<u8>,
    /// Rows per cluster; never 0, unless the rows have fewer distinct points than there are clusters.
    pub(super) counts: Vec<usize>,
    /// Sum of squared distances to the own centroid.
    pub(super) inertia: f64,
    /// Assignments made.
    pub(super) iterations: usize,
}

/// The limit of iterations was reached while rows still changed their cluster.
#[derive(Debug, Clone, Copy)]
pub(super) struct StillMoving {
    pub(super) iterations: usize,
    pub(super) inertia: f64,
}

/// Orders points coordinate by coordinate.
pub(super) fn lexicographic(a: &Row, b: &Row) -> Ordering {
    a.iter().zip(b).map(|(x, y)| x.total_cmp(y)).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
}

/// Which of two equally near centroids a customer goes to: first the one of the higher composite score, then the one
/// of the higher coordinates.
pub(super) fn precedence(a: &Row, b: &Row, space: &Space) -> Ordering {
    space.composite(b).total_cmp(&space.composite(a)).then_with(|| lexicographic(b, a))
}

/// Squared Euclidean distance.
pub(super) fn squared_distance(a: &Row, b: &Row) -> f64 {
    let d: Row = std::array::from_fn(|g| a[g] - b[g]);
    (d[0] * d[0] + d[1] * d[1]) + (d[2] * d[2] + d[3] * d[3])
}

/// The nearest centroid and the squared distance to it; the first of equally near ones.
pub(super) fn nearest(point: &Row, centroids: &[Row]) -> (usize, f64) {
    let mut best = (0, f64::INFINITY);
    for (c, centroid) in centroids.iter().enumerate() {
        let distance = squared_distance(point, centroid);
        if distance < best.1 {
            best = (c, distance);
        }
    }
    best
}

/// One assignment of all rows.
struct Pass {
    counts: Vec<usize>,
    sums: Vec<Row>,
    inertia: f64,
    /// The first of the rows farthest from their centroid.
    farthest: (usize, f64),
}

fn assign(rows: &[Row], centroids: &[Row], labels: &mut [u8]) -> Pass {
    let mut pass = Pass {
        counts: vec![0; centroids.len()],
        sums: vec![[0.0; GROUPS]; centroids.len()],
        inertia: 0.0,
        farthest: (0, 0.0),
    };
    for (i, (row, label)) in rows.iter().zip(labels).enumerate() {
        let (own, distance) = nearest(row, centroids);
        *label = own as u8; // at most 26 clusters
        pass.counts[own] += 1;
        for (sum, x) in pass.sums[own].iter_mut().zip(row) {
            *sum += x;
        }
        pass.inertia += distance;
        if distance > pass.farthest.1 {
            pass.farthest = (i, distance);
        }
    }
    pass
}

/// Lloyd steps until nothing changes: each row is nearest to its own centroid, and each centroid is the mean of its
/// rows. A cluster that loses all its rows starts again at the row farthest from its centroid.
///
/// Also settles when a step no longer lowers the inertia: rounding can make two assignments of equal inertia follow
/// each other for ever.
pub(super) fn settle(
    rows: &[Row],
    mut centroids: Vec<Row>,
    space: &Space,
    iteration_limit: usize,
) -> Result<Clusters, StillMoving> {
    let mut labels = vec![0; rows.len()];
    let mut previous = f64::INFINITY;
    for iteration in 1..=iteration_limit {
        centroids.sort_unstable_by(|a, b| precedence(a, b, space));
        let pass = assign(rows, &centroids, &mut labels);
        let empty = pass.counts.iter().position(|&count| count == 0);
        if let (Some(empty), (row, distance)) = (empty, pass.farthest)
            && distance > 0.0
        {
            centroids[empty] = rows[row];
            continue;
        }
        let next: Vec<Row> = centroids
            .iter()
            .zip(pass.sums.iter().zip(&pass.counts))
            .map(|(old, (sum, &count))| if count > 0 { sum.map(|x| x / count as f64) } else { *old })
            .collect();
        let still = next.iter().zip(&centroids).all(|(a, b)| lexicographic(a, b).is_eq());
        if still || pass.inertia >= previous {
            let Pass { counts, inertia, .. } = pass;
            return Ok(Clusters { centroids, labels, counts, inertia, iterations: iteration });
        }
        previous = pass.inertia;
        centroids = next;
    }
    Err(StillMoving { iterations: iteration_limit, inertia: previous })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 100;
    const ROUND: f64 = 1e-12;

    fn line(values: &[f64]) -> Vec<Row> {
        values.iter().map(|&x| [x, 0.0, 0.0, 0.0]).collect()
    }

    fn on_a_line() -> Space {
        Space::new([1.0, 0.0, 0.0, 0.0])
    }

    #[test]
    fn two_clumps_on_a_line_settle_at_their_means() -> Result<(), String> {
        // By hand: means 1 and 11, squared distances 1 + 0 + 1 twice.
        let rows = line(&[0.0, 1.0, 2.0, 10.0, 11.0, 12.0]);
        let found = settle(&rows, line(&[0.0, 1.0]), &on_a_line(), LIMIT).map_err(|e| format!("{e:?}"))?;
        assert_eq!(found.counts, [3, 3]);
        assert!((found.centroids[0][0] - 11.0).abs() < ROUND && (found.centroids[1][0] - 1.0).abs() < ROUND);
        assert!((found.inertia - 4.0).abs() < ROUND);
        assert_eq!(found.labels, [1, 1, 1, 0, 0, 0]);
        Ok(())
    }

    #[test]
    fn an_empty_cluster_starts_again_at_the_farthest_row() -> Result<(), String> {
        let rows = line(&[0.0, 1.0, 5.0, 40.0]);
        // The last two starts coincide and the first lies away from all rows.
        let found = settle(&rows, line(&[-900.0, 2.0, 2.0]), &on_a_line(), LIMIT).map_err(|e| format!("{e:?}"))?;
        assert_eq!(found.counts.iter().sum::<usize>(), rows.len());
        assert!(found.counts.iter().all(|&c| c > 0), "{found:?}");
        Ok(())
    }

    #[test]
    fn a_tie_goes_to_the_higher_composite_however_centroids_are_numbered() -> Result<(), String> {
        let rows = line(&[-1.0, 0.0, 1.0]);
        for start in [[-1.0, 1.0], [1.0, -1.0]] {
            let found = settle(&rows, line(&start), &on_a_line(), LIMIT).map_err(|e| format!("{e:?}"))?;
            assert_eq!(found.labels, [1, 0, 0]);
            assert!((found.inertia - 0.5).abs() < ROUND);
        }
        Ok(())
    }

    #[test]
    fn the_limit_of_iterations_is_reported() {
        let rows = line(&[0.0, 1.0, 2.0, 10.0, 11.0, 12.0]);
        let stopped = settle(&rows, line(&[0.0, 1.0]), &on_a_line(), 2);
        assert!(matches!(stopped, Err(StillMoving { iterations: 2, .. })), "{stopped:?}");
    }
}
