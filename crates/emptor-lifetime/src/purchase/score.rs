//! Asking a model about many customers: equal rows once, rows of one profile together, results in input order.

use emptor_types::HistoryView;
use rayon::prelude::*;

use super::process::Seen;
use crate::LifetimeError;
use crate::sample::Ranks;

/// Rows per unit of parallel work where a row costs nanoseconds.
const CHEAP_CHUNK: usize = 16_384;
/// Rows per unit of parallel work where a row costs microseconds.
const COSTLY_CHUNK: usize = 64;

/// One row of a history.
pub(crate) fn seen(history: &HistoryView<'_>, row: usize) -> Seen {
    Seen { x: history.frequency()[row], recency: history.recency()[row], t: history.t()[row] }
}

/// A cheap quantity of every customer.
pub(crate) fn each(history: &HistoryView<'_>, of: impl Fn(Seen) -> f64 + Sync) -> Vec<f64> {
    let rows = (0..history.len()).into_par_iter().with_min_len(CHEAP_CHUNK);
    rows.map(|row| of(seen(history, row))).collect()
}

/// Where every customer's row stands among the distinct ones.
struct Distinct {
    rows: Vec<Seen>,
    of_customer: Vec<u32>,
}

impl Distinct {
    fn new(history: &HistoryView<'_>) -> Self {
        let x = Ranks::new(history.frequency().iter().copied());
        let recency = Ranks::new(history.recency().iter().copied());
        let t = Ranks::new(history.t().iter().copied());
        let mut keys: Vec<([u32; 3], u32)> = (0_u32..)
            .zip(&x.of_row)
            .map(|(row, x)| ([*x, recency.of_row[row as usize], t.of_row[row as usize]], row))
            .collect();
        keys.sort_unstable();
        let mut distinct = Self { rows: Vec::new(), of_customer: vec![0; keys.len()] };
        for same in keys.chunk_by(|a, b| a.0 == b.0) {
            for &(_, row) in same {
                distinct.of_customer[row as usize] = distinct.rows.len() as u32;
            }
            distinct.rows.push(seen(history, same[0].1 as usize));
        }
        distinct
    }
}

/// A costly quantity of every customer, computed once per distinct row.
pub(crate) fn each_distinct(
    history: &HistoryView<'_>,
    of: impl Fn(Seen) -> Result<f64, LifetimeError> + Sync,
) -> Result<Vec<f64>, LifetimeError> {
    let distinct = Distinct::new(history);
    let values: Result<Vec<f64>, LifetimeError> =
        distinct.rows.par_iter().with_min_len(COSTLY_CHUNK).map(|&seen| of(seen)).collect();
    let values = values?;
    Ok(distinct.of_customer.iter().map(|&place| values[place as usize]).collect())
}

/// Which way a quantity moves with time. Rounding must not turn it back.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Trend {
    Rising,
    Falling,
}

/// A costly quantity of every customer at every time: one column per time.
pub(crate) fn columns(
    history: &HistoryView<'_>,
    times: &[f64],
    trend: Trend,
    of: impl Fn(Seen, f64) -> Result<f64, LifetimeError> + Sync,
) -> Result<Vec<Vec<f64>>, LifetimeError> {
    let distinct = Distinct::new(history);
    let of_row = |&seen: &Seen| {
        let mut row = times.iter().map(|&time| of(seen, time)).collect::<Result<Vec<f64>, _>>()?;
        for i in 1..row.len() {
            row[i] = match trend {
                Trend::Rising => f64::max(row[i], row[i - 1]),
                Trend::Falling => f64::min(row[i], row[i - 1]),
            };
        }
        Ok(row)
    };
    let rows: Result<Vec<Vec<f64>>, LifetimeError> =
        distinct.rows.par_iter().with_min_len(COSTLY_CHUNK).map(of_row).collect();
    let rows = rows?;
    let column = |j: usize| distinct.of_customer.iter().map(|&place| rows[place as usize][j]).collect();
    Ok((0..times.len()).into_par_iter().map(column).collect())
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
