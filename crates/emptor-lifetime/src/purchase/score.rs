//! Asking a model about many customers: equal rows once, rows of one profile together, results in input order.

use emptor_types::HistoryView;
use rayon::prelude::*;

use super::process::{Process, Seen};
use crate::LifetimeError;
use crate::sample::Ranks;

/// Rows per unit of parallel work where a row costs nanoseconds.
const CHEAP_CHUNK: usize = 16_384;
/// States per unit of parallel work. Every value depends on its own state only, so the size shows in speed, never in
/// values.
const CHUNK: usize = 64;

/// One row of a history.
pub(crate) fn seen(history: &HistoryView<'_>, row: usize) -> Seen {
    Seen { x: history.frequency()[row], recency: history.recency()[row], t: history.t()[row] }
}

/// A cheap quantity of every customer.
pub(crate) fn each(history: &HistoryView<'_>, of: impl Fn(Seen) -> f64 + Sync) -> Vec<f64> {
    let rows = (0..history.len()).into_par_iter().with_min_len(CHEAP_CHUNK);
    rows.map(|row| of(seen(history, row))).collect()
}

/// The distinct states of alive customers, and where every customer's stands among them.
pub(crate) struct States {
    /// By rising `x`.
    distinct: Vec<Seen>,
    of_customer: Vec<u32>,
}

impl States {
    pub(crate) fn new<P: Process>(model: &P, history: &HistoryView<'_>) -> Self {
        let state = |row: usize| model.state(seen(history, row));
        let rank = |of: fn(Seen) -> f64| Ranks::new((0..history.len()).map(|row| of(state(row))));
        let (x, recency, t) = (rank(|state| state.x), rank(|state| state.recency), rank(|state| state.t));
        let key = |row: usize| [x.of_row[row], recency.of_row[row], t.of_row[row]];
        let mut keys: Vec<([u32; 3], u32)> =
            (0_u32..).take(history.len()).map(|row| (key(row as usize), row)).collect();
        keys.sort_unstable();
        let mut states = Self { distinct: Vec::new(), of_customer: vec![0; keys.len()] };
        for same in keys.chunk_by(|a, b| a.0 == b.0) {
            for &(_, row) in same {
                states.of_customer[row as usize] = states.distinct.len() as u32;
            }
            states.distinct.push(state(same[0].1 as usize));
        }
        states
    }

    /// A quantity of every customer, computed once per distinct state.
    pub(crate) fn column(
        &self,
        of: impl Fn(Seen) -> Result<f64, LifetimeError> + Sync,
    ) -> Result<Vec<f64>, LifetimeError> {
        let values: Result<Vec<f64>, LifetimeError> =
            self.distinct.par_iter().with_min_len(CHUNK).map(|&state| of(state)).collect();
        let values = values?;
        Ok(self.of_customer.iter().map(|&place| values[place as usize]).collect())
    }

    /// A quantity of every customer at every time, one column per time, from rows made for states in order of `x`. It
    /// moves one way with time, and rounding must not turn it back.
    pub(crate) fn columns(
        &self,
        times: usize,
        trend: fn(f64, f64) -> f64,
        of: impl Fn(&[Seen]) -> Result<Vec<Vec<f64>>, LifetimeError> + Sync,
    ) -> Result<Vec<Vec<f64>>, LifetimeError> {
        let parts: Vec<Result<Vec<Vec<f64>>, LifetimeError>> = self.distinct.par_chunks(CHUNK).map(&of).collect();
        let mut rows = Vec::with_capacity(self.distinct.len());
        for part in parts {
            rows.extend(part?);
        }
        for row in &mut rows {
            for i in 1..row.len() {
                row[i] = trend(row[i], row[i - 1]);
            }
        }
        let column = |j: usize| self.of_customer.iter().map(|&place| rows[place as usize][j]).collect();
        Ok((0..times).into_par_iter().map(column).collect())
    }
}

/// Rows of a history that share a profile, gathered.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    frequency: Vec<f64>,
    recency: Vec<f64>,
    t: Vec<f64>,
    counts: Option<Vec<f64>>,
    pub(crate) rows: Vec<usize>,
}

impl Gathered {
    pub(crate) fn new(history: &HistoryView<'_>, rows: Vec<usize>) -> Self {
        let take = |column: &[f64]| rows.iter().map(|&row| column[row]).collect();
        Self {
            frequency: take(history.frequency()),
            recency: take(history.recency()),
            t: take(history.t()),
            counts: history.counts().map(take),
            rows,
        }
    }

    /// The rows as a history of their own, without covariates and money.
    pub(crate) fn view(&self, unit: emptor_types::TimeUnit) -> Result<HistoryView<'_>, LifetimeError> {
        let view = HistoryView::new(&self.frequency, &self.recency, &self.t, None, unit)?;
        Ok(match &self.counts {
            Some(counts) => view.with_counts(counts)?,
            None => view,
        })
    }
}
