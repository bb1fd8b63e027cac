//! A purchase history reduced to what likelihoods need: distinct rows, counted and sorted.

mod ranks;

use std::ops::Range;

use emptor_types::HistoryView;

pub(crate) use ranks::Ranks;

/// Rows summed as one piece. Fixed, so that sums do not depend on the number of threads.
const PIECE: usize = 4096;

/// Counted distinct rows with time scaled.
#[derive(Debug)]
pub(crate) struct Sample {
    /// Distinct `T`.
    pub(crate) ends: Vec<End>,
    /// Distinct `t_x`.
    pub(crate) recencies: Vec<f64>,
    /// Distinct rows by `(x, t_x, T)`. Those without a repeat purchase come first.
    pub(crate) rows: Vec<Row>,
    /// Distinct `x`.
    pub(crate) levels: Vec<Level>,
    /// The rows again, cut at every level and after every [`PIECE`] rows.
    pub(crate) pieces: Vec<Piece>,
}

/// A distinct `T`, the customers that have it and their repeat purchases.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) t: f64,
    pub(crate) customers: f64,
    pub(crate) purchases: f64,
}

/// A distinct `(x, t_x, T)`: places in `ends` and `recencies`, and how many customers share it.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) end: u32,
    pub(crate) recency: u32,
    pub(crate) customers: f64,
}

/// A distinct `x`.
#[derive(Debug)]
pub(crate) struct Level {
    pub(crate) x: f64,
    pub(crate) customers: f64,
}

/// Rows of one level.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) level: usize,
    pub(crate) rows: Range<usize>,
}

impl Sample {
    /// Counts equal rows; times are divided by `time_scale`.
    pub(crate) fn compress(history: &HistoryView<'_>, time_scale: f64) -> Self {
        let x = Ranks::new(history.frequency().iter().copied());
        let recency = Ranks::new(history.recency().iter().copied());
        let end = Ranks::new(history.t().iter().copied());
        let (recency_bits, end_bits) = (recency.bits(), end.bits());
        let keys = x.of_row.iter().zip(&recency.of_row).zip(&end.of_row);
        let counted = if x.bits() + recency_bits + end_bits <= u64::BITS {
            let pack = |((x, recency), end): ((&u32, &u32), &u32)| {
                ((u64::from(*x) << recency_bits | u64::from(*recency)) << end_bits) | u64::from(*end)
            };
            let unpack = |key: u64| {
                let end = key & ((1 << end_bits) - 1);
                let recency = key >> end_bits & ((1 << recency_bits) - 1);
                [key >> end_bits >> recency_bits, recency, end].map(|place| place as u32)
            };
            count(keys.map(pack), history.counts(), unpack)
        } else {
            count(keys.map(|((x, recency), end)| [*x, *recency, *end]), history.counts(), |key| key)
        };
        Self::assemble(&x.values, recency.values, &end.values, &counted, time_scale)
    }

    fn assemble(x: &[f64], recencies: Vec<f64>, ends: &[f64], counted: &[([u32; 3], f64)], time_scale: f64) -> Self {
        let mut sample = Self {
            ends: ends.iter().map(|t| End { t: t / time_scale, customers: 0.0, purchases: 0.0 }).collect(),
            recencies: recencies.into_iter().map(|t| t / time_scale).collect(),
            rows: Vec::with_capacity(counted.len()),
            levels: x.iter().map(|&x| Level { x, customers: 0.0 }).collect(),
            pieces: Vec::new(),
        };
        for &([level, recency, end], customers) in counted {
            let (row, level) = (sample.rows.len(), level as usize);
            sample.rows.push(Row { end, recency, customers });
            sample.levels[level].customers += customers;
            let end = &mut sample.ends[end as usize];
            end.customers += customers;
            end.purchases += customers * x[level];
            match sample.pieces.last_mut().filter(|piece| piece.level == level && piece.rows.len() < PIECE) {
                Some(piece) => piece.rows.end = row + 1,
                None => sample.pieces.push(Piece { level, rows: row..row + 1 }),
            }
        }
        sample
    }

    pub(crate) fn customers(&self) -> f64 {
        self.ends.iter().map(|end| end.customers).sum()
    }
}

/// Sorts keys and counts equal ones.
fn count<K: Copy + Ord>(
    keys: impl Iterator<Item = K>,
    counts: Option<&[f64]>,
    unpack: impl Fn(K) -> [u32; 3],
) -> Vec<([u32; 3], f64)> {
    match counts {
        None => {
            let mut keys: Vec<K> = keys.collect();
            keys.sort_unstable();
            keys.chunk_by(|a, b| a == b).map(|run| (unpack(run[0]), run.len() as f64)).collect()
        }
        Some(counts) => {
            let mut keys: Vec<(K, f64)> = keys.zip(counts.iter().copied()).collect();
            keys.sort_unstable_by_key(|(key, _)| *key);
            let sum = |run: &[(K, f64)]| run.iter().map(|(_, count)| count).sum();
            keys.chunk_by(|a, b| a.0 == b.0).map(|run| (unpack(run[0].0), sum(run))).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestResult;
    use emptor_types::TimeUnit;

    #[test]
    fn equal_rows_are_counted_and_counts_are_rows_written_out() -> TestResult {
        let (x, recency, t) = ([2.0, 0.0, 2.0, 1.0, 0.0], [3.0, 0.0, 3.0, 2.0, 0.0], [9.0, 8.0, 9.0, 9.0, 8.0]);
        let long = Sample::compress(&HistoryView::new(&x, &recency, &t, None, TimeUnit::Week)?, 1.0);
        let short = HistoryView::new(&x[1..4], &recency[1..4], &t[1..4], None, TimeUnit::Week)?;
        let short = Sample::compress(&short.with_counts(&[2.0, 2.0, 1.0])?, 1.0);
        assert_eq!(format!("{long:?}"), format!("{short:?}"), "counts of whole customers sum without rounding");
        assert_eq!((long.customers(), long.rows.len()), (5.0, 3));
        assert_eq!(long.pieces.len(), 3);
        Ok(())
    }
}
