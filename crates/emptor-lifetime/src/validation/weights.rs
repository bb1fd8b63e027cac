//! How many customers a row stands for, and means and ranks that heed it.

use emptor_types::HistoryView;

/// The customers of every row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weights<'a> {
    counts: Option<&'a [f64]>,
    rows: usize,
}

impl<'a> Weights<'a> {
    pub(super) fn new(counts: Option<&'a [f64]>, rows: usize) -> Self {
        Self { counts, rows }
    }

    pub(super) fn of(history: &HistoryView<'a>) -> Self {
        Self { counts: history.counts(), rows: history.len() }
    }

    pub(super) fn at(self, row: usize) -> f64 {
        self.counts.map_or(1.0, |counts| counts[row])
    }

    pub(super) fn total(self) -> f64 {
        self.sum(|_| 1.0)
    }

    /// The sum over customers of a quantity of their row.
    pub(super) fn sum(self, of: impl Fn(usize) -> f64) -> f64 {
        (0..self.rows).map(|row| self.at(row) * of(row)).sum()
    }

    /// The mean over customers; there must be one.
    pub(super) fn mean(self, of: impl Fn(usize) -> f64) -> f64 {
        self.sum(of) / self.total()
    }

    /// The customers with a lower value plus half of those with the same one: ranks that share ties.
    pub(super) fn midranks(self, values: &[f64]) -> Vec<f64> {
        let mut ranks = vec![0.0; values.len()];
        let mut below = 0.0;
        let order = rising(values);
        for tied in order.chunk_by(|&a, &b| same(values[a], values[b])) {
            let here: f64 = tied.iter().map(|&row| self.at(row)).sum();
            for &row in tied {
                ranks[row] = below + 0.5 * here;
            }
            below += here;
        }
        ranks
    }
}

/// Rows in rising order of their values.
pub(super) fn rising(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| (values[a] + 0.0).total_cmp(&(values[b] + 0.0)));
    order
}

/// Whether two values are equal, −0 and 0 among them.
pub(super) fn same(a: f64, b: f64) -> bool {
    (a + 0.0).total_cmp(&(b + 0.0)).is_eq()
}
