//! How far two labelings of the same rows agree.

mod kappa;

use emptor_types::{Checks, Invalid};

use super::ClusterError;
pub use kappa::{Disagreement, Kappa};

/// Labels at or beyond this are refused: a table of counts would not fit in memory, and they are no cluster's number.
const MOST_CLASSES: usize = 4096;

/// Beyond this magnitude products of counts may overflow.
const LARGEST: f64 = 1e75;

/// Two labelings of the same rows as a table of counts: cell `(i, j)` holds the rows with left label `i` and right
/// label `j`. The cells sum to the total, and so do the margins.
///
/// ```
/// use emptor_cluster::{Contingency, Disagreement};
///
/// let by_seed_1 = [0_u8, 0, 0, 1, 1, 2];
/// let by_seed_2 = [1_u8, 1, 1, 0, 0, 2];
/// let table = Contingency::of(&by_seed_1, &by_seed_2)?;
/// assert_eq!(table.cell(0, 1), 3.0);
/// assert_eq!(table.adjusted_rand()?, 1.0, "the same partition under other names");
/// assert!(table.accuracy() < 0.2, "but the names differ");
/// assert!(table.kappa(Disagreement::Nominal).is_some_and(|kappa| kappa.value < 0.0));
///
/// let error = Contingency::of(&[0_u8, 1], &[0_u8]).unwrap_err();
/// assert!(error.to_string().contains("one label per row"), "{error}");
/// # Ok::<(), emptor_cluster::ClusterError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Contingency {
    cells: Vec<Vec<f64>>,
    rows: Vec<f64>,
    columns: Vec<f64>,
    total: f64,
}

/// The cluster of another labeling that shares most with one, and the share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BestMatch {
    /// Label of the other side; the lowest of equally good ones.
    pub label: usize,
    /// Rows in both / rows in either (Jaccard 1901).
    pub jaccard: f64,
}

impl Contingency {
    /// Counts the labels of two labelings, row by row. Labels count from 0; classes that nobody is in are allowed.
    ///
    /// # Errors
    /// [`ClusterError::Invalid`] unless there is at least one row, the sides are equally long, and every label is below
    /// 4096.
    pub fn of<L: Copy + TryInto<usize>, R: Copy + TryInto<usize>>(
        left: &[L],
        right: &[R],
    ) -> Result<Self, ClusterError> {
        Self::count(left, right, None)
    }

    /// Counts with weights: a row of weight 2 counts as two equal rows.
    ///
    /// # Errors
    /// As [`of`](Self::of); unless there is one weight of 0 to 1e75 per row, and one above 0.
    pub fn weighted<L: Copy + TryInto<usize>, R: Copy + TryInto<usize>>(
        left: &[L],
        right: &[R],
        weights: &[f64],
    ) -> Result<Self, ClusterError> {
        Self::count(left, right, Some(weights))
    }

    /// A table of counts given cell by cell, one slice per left label.
    ///
    /// # Errors
    /// [`ClusterError::Invalid`] unless there are 1 to 4096 rows and columns, the rows are equally long, every cell is
    /// 0 to 1e75, and one is above 0.
    pub fn from_cells(cells: &[impl AsRef<[f64]>]) -> Result<Self, ClusterError> {
        let width = cells.first().map_or(0, |row| row.as_ref().len());
        let mut checks = Invalid::checks();
        let sizes = 1..=MOST_CLASSES;
        checks.require(sizes.contains(&cells.len()), "cells", "must have 1 to 4096 rows", cells.len());
        checks.require(sizes.contains(&width), "cells", "must have 1 to 4096 columns", width);
        for (i, row) in cells.iter().enumerate() {
            let (name, row) = (format!("cells of left label {i}"), row.as_ref());
            checks.require(row.len() == width, &name, "must be as many as in the first row", row.len());
            checks.require_each(&name, "must be 0 to 1e75", row, |_, x| (0.0..=LARGEST).contains(&x));
        }
        let any = cells.iter().any(|row| row.as_ref().iter().any(|&x| x > 0.0));
        checks.require(any, "cells", "must have one above 0", "none");
        checks.finish()?;
        Ok(Self::new(cells.iter().map(|row| row.as_ref().to_vec()).collect()))
    }

    fn count<L: Copy + TryInto<usize>, R: Copy + TryInto<usize>>(
        left: &[L],
        right: &[R],
        weights: Option<&[f64]>,
    ) -> Result<Self, ClusterError> {
        let mut checks = Invalid::checks();
        let left = places(&mut checks, "left labels", left);
        let right = places(&mut checks, "right labels", right);
        checks.require(!left.is_empty(), "labels", "must be of at least one row", "none");
        checks.require(left.len() == right.len(), "right labels", "must be one label per row", right.len());
        if let Some(weights) = weights {
            checks.require(weights.len() == left.len(), "weights", "must have one element per row", weights.len());
            checks.require_each("weights", "must be 0 to 1e75", weights, |_, x| (0.0..=LARGEST).contains(&x));
            checks.require(weights.iter().any(|&x| x > 0.0), "weights", "must have one above 0", "none");
        }
        checks.finish()?;
        let size = |labels: &[usize]| labels.iter().max().map_or(0, |most| most + 1);
        let mut cells = vec![vec![0.0; size(&right)]; size(&left)];
        for (row, (&i, &j)) in left.iter().zip(&right).enumerate() {
            cells[i][j] += weights.map_or(1.0, |weights| weights[row]);
        }
        Ok(Self::new(cells))
    }

    fn new(cells: Vec<Vec<f64>>) -> Self {
        let rows: Vec<f64> = cells.iter().map(|row| row.iter().sum()).collect();
        let mut columns = vec![0.0; cells.first().map_or(0, Vec::len)];
        for row in &cells {
            for (total, cell) in columns.iter_mut().zip(row) {
                *total += cell;
            }
        }
        let total = rows.iter().sum();
        Self { cells, rows, columns, total }
    }

    /// Rows with these two labels; 0 for labels beyond the table.
    #[must_use]
    pub fn cell(&self, left: usize, right: usize) -> f64 {
        self.cells.get(left).and_then(|row| row.get(right)).copied().unwrap_or(0.0)
    }

    /// Rows per left label.
    #[must_use]
    pub fn left_totals(&self) -> &[f64] {
        &self.rows
    }

    /// Rows per right label.
    #[must_use]
    pub fn right_totals(&self) -> &[f64] {
        &self.columns
    }

    /// All rows, or the sum of their weights.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.total
    }

    /// The table with its sides exchanged.
    #[must_use]
    pub fn transposed(&self) -> Self {
        let cells = (0..self.columns.len()).map(|j| self.cells.iter().map(|row| row[j]).collect()).collect();
        Self::new(cells)
    }

    /// Share of rows that have the same label on both sides.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        let same: f64 = self.cells.iter().enumerate().filter_map(|(i, row)| row.get(i)).sum();
        same / self.total
    }

    /// Share of the pairs of rows on which both labelings agree, together or apart (Rand 1971); 1 for a single row.
    ///
    /// # Errors
    /// [`ClusterError::Invalid`] unless every cell is a whole number: pairs of rows are counted.
    pub fn rand(&self) -> Result<f64, ClusterError> {
        let (cells, left, right, all) = self.pairs()?;
        Ok(if all > 0.0 { (all + 2.0 * cells - left - right) / all } else { 1.0 })
    }

    /// The Rand index corrected for chance: 1 for the same partition, 0 on average for unrelated ones (Hubert & Arabie
    /// 1985, "Comparing partitions", Journal of Classification 2, equation 5).
    ///
    /// ```text
    /// (Σ C(n_ij,2) − E) / (½ [Σ C(a_i,2) + Σ C(b_j,2)] − E)      E = Σ C(a_i,2) Σ C(b_j,2) / C(n,2)
    /// ```
    /// Two trivial partitions of one kind, all rows together or all apart, agree fully: 1.
    ///
    /// # Errors
    /// [`ClusterError::Invalid`] unless every cell is a whole number: pairs of rows are counted.
    pub fn adjusted_rand(&self) -> Result<f64, ClusterError> {
        let (cells, left, right, all) = self.pairs()?;
        // `all` is 0 for a single row; both sides are then the same trivial partition.
        let expected = if all > 0.0 { left / all * right } else { 0.0 };
        let most = 0.5 * (left + right) - expected;
        let trivial = left.max(right) <= 0.0 || left.min(right) >= all;
        Ok(if trivial { 1.0 } else { (cells - expected) / most })
    }

    /// Pairs of rows together in a cell, on the left, on the right, and all.
    fn pairs(&self) -> Result<(f64, f64, f64, f64), ClusterError> {
        let mut checks = Invalid::checks();
        for (i, row) in self.cells.iter().enumerate() {
            let rule = "must be whole numbers to count pairs of rows";
            checks.require_each(&format!("cells of left label {i}"), rule, row, |_, x| x.fract().abs() <= 0.0);
        }
        checks.finish()?;
        let sum = |counts: &[f64]| counts.iter().map(|&n| two_of(n)).sum::<f64>();
        Ok((self.cells.iter().map(|row| sum(row)).sum(), sum(&self.rows), sum(&self.columns), two_of(self.total)))
    }

    /// For each left label the right label that shares most with it by the Jaccard coefficient; `None` for a label that
    /// no row has. The mean over resamples of the data tells how stable a cluster is (Hennig 2007, "Cluster-wise
    /// assessment of cluster stability", Computational Statistics & Data Analysis 52).
    #[must_use]
    pub fn best_matches(&self) -> Vec<Option<BestMatch>> {
        self.cells
            .iter()
            .zip(&self.rows)
            .map(|(row, &own)| {
                let mut best: Option<BestMatch> = None;
                for (label, (&both, &other)) in row.iter().zip(&self.columns).enumerate() {
                    let either = own + other - both;
                    let jaccard = if either > 0.0 { both / either } else { 0.0 };
                    if own > 0.0 && best.is_none_or(|best| jaccard > best.jaccard) {
                        best = Some(BestMatch { label, jaccard });
                    }
                }
                best
            })
            .collect()
    }
}

/// Pairs among `n`.
fn two_of(n: f64) -> f64 {
    0.5 * n * (n - 1.0)
}

fn places<L: Copy + TryInto<usize>>(checks: &mut Checks, name: &str, labels: &[L]) -> Vec<usize> {
    let places: Vec<usize> = labels.iter().map(|&label| label.try_into().unwrap_or(usize::MAX)).collect();
    checks.require_each(name, "must be below 4096", &places, |_, place| place < MOST_CLASSES);
    places
}

#[cfg(test)]
mod tests;
