//! A purchase history reduced to what the likelihood needs: distinct rows, counted and sorted.

use std::ops::Range;

use emptor_types::HistoryView;

/// The longest history in the scale of the fit, which keeps all parameters within a few powers of ten of 1.
const LONGEST: f64 = 10.0;
/// Rows summed as one piece. Fixed, so that sums do not depend on the number of threads.
const PIECE: usize = 4096;

/// Counted distinct rows with time scaled.
///
/// Rows without a repeat purchase need only `T`, so they live in `ends` alone; that is most customers of most bases.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) ends: Vec<End>,
    /// Distinct `t_x` of rows with repeat purchases.
    pub(super) recencies: Vec<f64>,
    /// Distinct rows with repeat purchases by `(x, t_x, T)`.
    pub(super) rows: Vec<Row>,
    /// Distinct `x > 0`.
    pub(super) levels: Vec<Level>,
    /// The rows again, cut at every level and after every [`PIECE`] rows.
    pub(super) pieces: Vec<Piece>,
    customers: usize,
    distinct: usize,
    time_scale: f64,
}

/// A distinct `T`, the customers that have it and their repeat purchases.
#[derive(Debug)]
pub(super) struct End {
    pub(super) t: f64,
    pub(super) customers: f64,
    pub(super) purchases: f64,
}

/// A distinct `(x, t_x, T)`: places in `ends` and `recencies`, and how many customers share it.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) end: u32,
    pub(super) recency: u32,
    pub(super) customers: f64,
}

/// A distinct `x`.
#[derive(Debug)]
pub(super) struct Level {
    pub(super) x: f64,
    pub(super) customers: f64,
}

/// Rows of one level.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) level: usize,
    pub(super) rows: Range<usize>,
}

impl Sample {
    pub(super) fn compress(history: &HistoryView<'_>) -> Self {
        let longest = history.t().iter().copied().fold(0.0, f64::max);
        let time_scale = if longest > 0.0 { longest / LONGEST } else { 1.0 };

        // Bit patterns of non-negative doubles sort as the numbers do; adding 0 turns −0 into 0.
        let bits = |value: f64| (value + 0.0).to_bits();
        let mut zeros = Vec::new();
        let mut triples = Vec::new();
        for ((&x, &recency), &t) in history.frequency().iter().zip(history.recency()).zip(history.t()) {
            if x > 0.0 { triples.push([bits(x), bits(recency), bits(t)]) } else { zeros.push(bits(t)) }
        }
        zeros.sort_unstable();
        triples.sort_unstable();
        let zeros = run_lengths(&zeros);
        let triples = run_lengths(&triples);

        let end_bits = distinct(zeros.iter().map(|(t, _)| *t).chain(triples.iter().map(|([_, _, t], _)| *t)));
        let recency_bits = distinct(triples.iter().map(|([_, recency, _], _)| *recency));
        let scaled = |bits: u64| f64::from_bits(bits) / time_scale;
        let mut ends: Vec<End> =
            end_bits.iter().map(|&t| End { t: scaled(t), customers: 0.0, purchases: 0.0 }).collect();
        for (t, count) in &zeros {
            ends[place(&end_bits, *t)].customers += count;
        }

        let mut rows = Vec::with_capacity(triples.len());
        let mut levels: Vec<Level> = Vec::new();
        let mut pieces: Vec<Piece> = Vec::new();
        for ([x, recency, t], count) in &triples {
            let (x, end) = (f64::from_bits(*x), place(&end_bits, *t));
            ends[end].customers += count;
            ends[end].purchases += count * x;
            let row = rows.len();
            if levels.last().is_none_or(|level| level.x < x) {
                levels.push(Level { x, customers: 0.0 });
                pieces.push(Piece { level: levels.len() - 1, rows: row..row });
            } else if pieces.last().is_some_and(|piece| piece.rows.len() == PIECE) {
                pieces.push(Piece { level: levels.len() - 1, rows: row..row });
            }
            if let (Some(level), Some(piece)) = (levels.last_mut(), pieces.last_mut()) {
                level.customers += count;
                piece.rows.end = row + 1;
            }
            // Four thousand million distinct rows would not fit into memory.
            rows.push(Row { end: end as u32, recency: place(&recency_bits, *recency) as u32, customers: *count });
        }
        Self {
            ends,
            recencies: recency_bits.into_iter().map(scaled).collect(),
            distinct: zeros.len() + rows.len(),
            rows,
            levels,
            pieces,
            customers: history.len(),
            time_scale,
        }
    }

    pub(super) fn customers(&self) -> f64 {
        self.customers as f64
    }

    /// Distinct rows, with and without repeat purchases.
    pub(super) fn distinct(&self) -> usize {
        self.distinct
    }

    /// Repeat purchases of all customers.
    pub(super) fn purchases(&self) -> f64 {
        self.ends.iter().map(|end| end.purchases).sum()
    }

    /// Units of the data per unit of scaled time.
    pub(super) fn time_scale(&self) -> f64 {
        self.time_scale
    }

    /// A time of the scaled sample in units of the data.
    pub(super) fn unscale(&self, time: f64) -> f64 {
        time * self.time_scale
    }
}

/// Equal neighbours, counted.
fn run_lengths<K: Copy + PartialEq>(sorted: &[K]) -> Vec<(K, f64)> {
    sorted.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as f64)).collect()
}

fn distinct(keys: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut keys: Vec<u64> = keys.collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The place of a key that is known to be there.
fn place(sorted: &[u64], key: u64) -> usize {
    sorted.partition_point(|&other| other < key)
}
