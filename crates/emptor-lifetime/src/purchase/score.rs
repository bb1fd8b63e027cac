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

/// Up to so many possible states per row, a table of all finds the distinct ones faster than sorting.
const MOST_PLACES_PER_ROW: u128 = 8;

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
        // Places in order of x, then of recency, then of T; 2⁹⁶ places would take as many rows of each.
        let place = |row: usize| {
            let of = |ranks: &Ranks| u128::from(ranks.of_row[row]);
            (of(&x) * recency.values.len() as u128 + of(&recency)) * t.values.len() as u128 + of(&t)
        };
        let places = x.values.len() as u128 * recency.values.len() as u128 * t.values.len() as u128;
        let (first_rows, of_customer) = if places <= MOST_PLACES_PER_ROW * history.len() as u128 {
            distinct_by_table((0..history.len()).map(|row| place(row) as usize), places as usize)
        } else {
            distinct_by_sorting((0..history.len()).map(place))
        };
        Self { distinct: first_rows.into_iter().map(|row| state(row as usize)).collect(), of_customer }
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

/// A row of every place that is taken, in order of places, and where every row's place stands among them.
fn distinct_by_table(places: impl Iterator<Item = usize> + Clone, size: usize) -> (Vec<u32>, Vec<u32>) {
    const NONE: u32 = u32::MAX;
    let mut table = vec![NONE; size];
    for (row, place) in (0_u32..).zip(places.clone()) {
        table[place] = row;
    }
    let mut first_rows = Vec::new();
    for entry in table.iter_mut().filter(|entry| **entry != NONE) {
        first_rows.push(*entry);
        *entry = first_rows.len() as u32 - 1;
    }
    (first_rows, places.map(|place| table[place]).collect())
}

/// The same where most places are empty.
fn distinct_by_sorting(places: impl Iterator<Item = u128>) -> (Vec<u32>, Vec<u32>) {
    let mut keys: Vec<(u128, u32)> = places.zip(0..).collect();
    keys.sort_unstable();
    let (mut first_rows, mut of_customer) = (Vec::new(), vec![0; keys.len()]);
    for same in keys.chunk_by(|a, b| a.0 == b.0) {
        for &(_, row) in same {
            of_customer[row as usize] = first_rows.len() as u32;
        }
        first_rows.push(same[0].1);
    }
    (first_rows, of_customer)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_and_a_sort_find_the_same_places() {
        let places: Vec<usize> = (0..500).map(|i: usize| i * 7919 % 83).collect();
        let (rows, of_row) = distinct_by_table(places.iter().copied(), 90);
        let (sorted_rows, sorted_of_row) = distinct_by_sorting(places.iter().map(|&place| place as u128));
        assert_eq!(of_row, sorted_of_row);
        let at = |rows: &[u32]| rows.iter().map(|&row| places[row as usize]).collect::<Vec<_>>();
        assert_eq!(at(&rows), at(&sorted_rows));
        assert!(at(&rows).windows(2).all(|pair| pair[0] < pair[1]));
        assert!(places.iter().zip(&of_row).all(|(place, &i)| places[rows[i as usize] as usize] == *place));
    }
}
