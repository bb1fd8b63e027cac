//! Which label of one clustering is which of another.

use emptor_types::Invalid;

use super::{ClusterError, Contingency};

/// Beyond this magnitude sums of costs may overflow.
const LARGEST: f64 = 1e150;

/// The most rows or columns of a table of costs: the time grows with the third power.
const MOST: usize = 4096;

/// Rows paired with columns, one to one, as many as the shorter side has.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    columns: Vec<Option<usize>>,
    rows: Vec<Option<usize>>,
    costs: Vec<Option<f64>>,
}

impl Assignment {
    /// The column of each row; `None` for rows left over.
    #[must_use]
    pub fn columns(&self) -> &[Option<usize>] {
        &self.columns
    }

    /// The row of each column; `None` for columns left over.
    #[must_use]
    pub fn rows(&self) -> &[Option<usize>] {
        &self.rows
    }

    /// The cost of each row's pair; `None` for rows left over.
    #[must_use]
    pub fn costs(&self) -> &[Option<f64>] {
        &self.costs
    }

    /// Cost of all pairs.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.costs.iter().flatten().sum()
    }
}

/// Pairs rows with columns so that the sum of costs is least: the assignment problem (Kuhn 1955), by shortest augmenting
/// paths with potentials (Jonker & Volgenant 1987, Computing 38), in O(n² m) for n ≤ m. The sides may differ in length.
///
/// ```
/// use emptor_cluster::assign;
///
/// let pairs = assign(&[[4.0, 1.0, 3.0], [2.0, 0.0, 5.0], [3.0, 2.0, 2.0]])?;
/// assert_eq!(pairs.columns(), [Some(1), Some(0), Some(2)]);
/// assert_eq!(pairs.total(), 5.0);
///
/// let more_rows = assign(&[[3.0], [1.0], [2.0]])?;
/// assert_eq!(more_rows.columns(), [None, Some(0), None]);
/// # Ok::<(), emptor_cluster::ClusterError>(())
/// ```
///
/// # Errors
/// [`ClusterError::Invalid`] unless there are 1 to 4096 rows and columns, the rows are equally long, and every cost is
/// finite and at most 1e150 either way.
pub fn assign(costs: &[impl AsRef<[f64]>]) -> Result<Assignment, ClusterError> {
    let (height, width) = (costs.len(), costs.first().map_or(0, |row| row.as_ref().len()));
    let mut checks = Invalid::checks();
    checks.require((1..=MOST).contains(&height), "costs", "must have 1 to 4096 rows", height);
    checks.require((1..=MOST).contains(&width), "costs", "must have 1 to 4096 columns", width);
    for (i, row) in costs.iter().enumerate() {
        let (name, row) = (format!("costs of row {i}"), row.as_ref());
        checks.require(row.len() == width, &name, "must be as many as in the first row", row.len());
        checks.require_each(&name, "must be finite, at most 1e150 either way", row, |_, x| x.abs() <= LARGEST);
    }
    checks.finish()?;
    let cost = |i: usize, j: usize| costs[i].as_ref()[j];
    let columns = if height <= width {
        shortest_paths(height, width, cost)
    } else {
        inverted(&shortest_paths(width, height, |i, j| cost(j, i)), height)
    };
    let rows = inverted(&columns, width);
    let costs = columns.iter().enumerate().map(|(i, j)| j.map(|j| cost(i, j))).collect();
    Ok(Assignment { columns, rows, costs })
}

/// Which new cluster is which old one: rows are old centroids, columns new ones, costs squared Euclidean distances.
///
/// Centroids must lie in one space: the same columns by the same scale. A refit with scales of its own is to be matched
/// by [`match_by_overlap`], or after both were brought to one scale.
///
/// ```
/// use emptor_cluster::match_labels;
///
/// let pairs = match_labels(&[[0.0, 0.0], [5.0, 5.0]], &[[5.0, 4.0], [0.5, 0.0]])?;
/// assert_eq!(pairs.columns(), [Some(1), Some(0)]);
/// assert_eq!(pairs.costs(), [Some(0.25), Some(1.0)]);
/// # Ok::<(), emptor_cluster::ClusterError>(())
/// ```
///
/// # Errors
/// [`ClusterError::Dimensions`] if the new centroids have another number of columns than the old;
/// [`ClusterError::Invalid`] unless there is a centroid on each side and coordinates are finite, at most 1e70 either way.
pub fn match_labels(old: &[impl AsRef<[f64]>], new: &[impl AsRef<[f64]>]) -> Result<Assignment, ClusterError> {
    let expected = old.first().map_or(0, |centroid| centroid.as_ref().len());
    let old: Vec<&[f64]> = old.iter().map(AsRef::as_ref).collect();
    let new: Vec<&[f64]> = new.iter().map(AsRef::as_ref).collect();
    if let Some(other) = old.iter().chain(&new).find(|centroid| centroid.len() != expected) {
        return Err(ClusterError::Dimensions { expected, got: other.len() });
    }
    let mut checks = Invalid::checks();
    for (name, centroids) in [("old centroids", &old), ("new centroids", &new)] {
        checks.require(!centroids.is_empty(), name, "must be at least one", "none");
        let flat = centroids.concat();
        checks.require_each(name, "must be finite, at most 1e70 either way", &flat, |_, x| x.abs() <= 1e70);
    }
    checks.finish()?;
    let distance = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum();
    let costs: Vec<Vec<f64>> = old.iter().map(|a| new.iter().map(|b| distance(a, b)).collect()).collect();
    assign(&costs)
}

/// Which right label is which left one, by the rows they share: rows are left labels, columns right ones, the cost of a
/// pair is minus the rows that it shares. So `−total` is the greatest number of rows that can keep their label.
///
/// A pair of cost 0 shares no row: it is paired because nothing better is left.
///
/// ```
/// use emptor_cluster::{Contingency, match_by_overlap};
///
/// let table = Contingency::of(&[0_u8, 0, 1, 1, 1], &[1_u8, 1, 0, 0, 1])?;
/// let pairs = match_by_overlap(&table)?;
/// assert_eq!(pairs.columns(), [Some(1), Some(0)]);
/// assert_eq!(-pairs.total() / table.total(), 0.8);
/// # Ok::<(), emptor_cluster::ClusterError>(())
/// ```
///
/// # Errors
/// As [`assign`]; a [`Contingency`] meets its rules.
pub fn match_by_overlap(table: &Contingency) -> Result<Assignment, ClusterError> {
    let (rows, columns) = (table.left_totals().len(), table.right_totals().len());
    let costs: Vec<Vec<f64>> = (0..rows).map(|i| (0..columns).map(|j| 0.0 - table.cell(i, j)).collect()).collect();
    assign(&costs)
}

/// The column of each of `n` rows among `m ≥ n` columns.
///
/// Rows enter one by one. Each searches, as Dijkstra does over reduced costs `c_ij − u_i − v_j ≥ 0`, for the cheapest
/// chain of exchanges that ends in a free column; potentials then move so that reduced costs stay at least 0 and are 0
/// on pairs. Of equal columns the lowest is taken, so that the answer does not depend on chance.
fn shortest_paths(n: usize, m: usize, cost: impl Fn(usize, usize) -> f64) -> Vec<Option<usize>> {
    let (mut of_rows, mut of_columns) = (vec![0.0; n], vec![0.0; m]);
    let mut owner: Vec<Option<usize>> = vec![None; m];
    for entering in 0..n {
        // The greatest potential that keeps the row's reduced costs at 0 or above, also where costs are negative.
        of_rows[entering] = (0..m).map(|j| cost(entering, j) - of_columns[j]).fold(f64::INFINITY, f64::min);
        let mut shortest = vec![f64::INFINITY; m];
        let mut before: Vec<Option<usize>> = vec![None; m];
        let mut done = vec![false; m];
        let mut tree = vec![(entering, 0.0)];
        let mut last = None;
        let (mut row, mut reached) = (entering, 0.0);
        let end = loop {
            let mut next: Option<usize> = None;
            for j in (0..m).filter(|&j| !done[j]) {
                // Rounding must not make a path shorter than the part of it that is settled.
                let path = reached + (cost(row, j) - of_rows[row] - of_columns[j]).max(0.0);
                if path < shortest[j] {
                    (shortest[j], before[j]) = (path, last);
                }
                if next.is_none_or(|best| shortest[j] < shortest[best]) {
                    next = Some(j);
                }
            }
            // There are at least as many columns as rows: a free one is reached before they run out.
            let Some(j) = next else { break None };
            (done[j], reached) = (true, shortest[j]);
            match owner[j] {
                None => break Some(j),
                Some(i) => (row, last) = (i, Some(j)),
            }
            tree.push((row, reached));
        };
        for &(i, at) in &tree {
            of_rows[i] += reached - at;
        }
        for j in (0..m).filter(|&j| done[j]) {
            of_columns[j] -= reached - shortest[j];
        }
        let mut free = end;
        while let Some(j) = free {
            owner[j] = Some(before[j].and_then(|previous| owner[previous]).unwrap_or(entering));
            free = before[j];
        }
    }
    inverted(&owner, n)
}

fn inverted(map: &[Option<usize>], size: usize) -> Vec<Option<usize>> {
    let mut inverse = vec![None; size];
    for (from, to) in map.iter().enumerate() {
        if let Some(to) = *to {
            inverse[to] = Some(from);
        }
    }
    inverse
}

#[cfg(test)]
mod tests;
