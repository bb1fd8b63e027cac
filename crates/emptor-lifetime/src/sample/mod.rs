//! A purchase history reduced to what likelihoods need: distinct rows, counted and sorted.

mod ranks;

use std::ops::Range;

use emptor_types::HistoryView;

pub(crate) use ranks::Ranks;

/// Rows summed as one piece. Fixed, so that sums do not depend on the number of threads.
const PIECE: usize = 4096;

/// From so many rows on a search begins on every [`THIN`]th of them.
pub(crate) const THIN_FROM: usize = 8192;
pub(crate) const THIN: usize = 16;

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
        let bits = x.bits() + recency_bits + end_bits;
        let counted = if bits <= u64::BITS {
            let pack = |((x, recency), end): ((&u32, &u32), &u32)| {
                ((u64::from(*x) << recency_bits | u64::from(*recency)) << end_bits) | u64::from(*end)
            };
            let unpack = |key: u64| {
                let end = key & ((1 << end_bits) - 1);
                let recency = key >> end_bits & ((1 << recency_bits) - 1);
                [key >> end_bits >> recency_bits, recency, end].map(|place| place as u32)
            };
            match history.counts() {
                None => count_sorted(&radix_sorted(keys.map(pack).collect(), bits), unpack),
                Some(counts) => count(keys.map(pack).zip(counts.iter().copied()).collect(), unpack),
            }
        } else {
            let key = |((x, recency), end): ((&u32, &u32), &u32)| [*x, *recency, *end];
            let counts = (0..history.len()).map(|row| history.counts().map_or(1.0, |counts| counts[row]));
            count(keys.map(key).zip(counts).collect(), |key| key)
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

    /// Every so-many-th row. Rows are sorted, so that what is left resembles the whole.
    pub(crate) fn thinned(&self, every: usize) -> Self {
        let levels = self.pieces.iter().flat_map(|piece| std::iter::repeat_n(piece.level as u32, piece.rows.len()));
        let counted: Vec<([u32; 3], f64)> = levels
            .zip(&self.rows)
            .step_by(every)
            .map(|(level, row)| ([level, row.recency, row.end], row.customers))
            .collect();
        let x: Vec<f64> = self.levels.iter().map(|level| level.x).collect();
        let ends: Vec<f64> = self.ends.iter().map(|end| end.t).collect();
        Self::assemble(&x, self.recencies.clone(), &ends, &counted, 1.0)
    }

    pub(crate) fn customers(&self) -> f64 {
        self.ends.iter().map(|end| end.customers).sum()
    }
}

/// Equal neighbours, counted.
fn count_sorted(keys: &[u64], unpack: impl Fn(u64) -> [u32; 3]) -> Vec<([u32; 3], f64)> {
    keys.chunk_by(|a, b| a == b).map(|run| (unpack(run[0]), run.len() as f64)).collect()
}

/// Sorts keys and sums the counts of equal ones.
fn count<K: Copy + Ord>(mut keys: Vec<(K, f64)>, unpack: impl Fn(K) -> [u32; 3]) -> Vec<([u32; 3], f64)> {
    keys.sort_unstable_by_key(|(key, _)| *key);
    let sum = |run: &[(K, f64)]| run.iter().map(|(_, count)| count).sum();
    keys.chunk_by(|a, b| a.0 == b.0).map(|run| (unpack(run[0].0), sum(run))).collect()
}

/// Keys of so many bits, sorted digit by digit from the lowest (Knuth 1973, 5.2.5): two or three passes where a
/// comparison sort takes seventeen.
fn radix_sorted(mut keys: Vec<u64>, bits: u32) -> Vec<u64> {
    const DIGIT: u32 = 11;
    let mut other = vec![0; keys.len()];
    for shift in (0..bits).step_by(DIGIT as usize) {
        let digit = |key: u64| (key >> shift) as usize & ((1 << DIGIT) - 1);
        let mut places = [0_usize; 1 << DIGIT];
        keys.iter().for_each(|&key| places[digit(key)] += 1);
        let mut before = 0;
        for place in &mut places {
            before += std::mem::replace(place, before);
        }
        for &key in &keys {
            let place = &mut places[digit(key)];
            other[*place] = key;
            *place += 1;
        }
        std::mem::swap(&mut keys, &mut other);
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestResult;
    use emptor_types::TimeUnit;

    #[test]
    fn keys_come_out_sorted_whatever_their_bits() {
        for bits in [0, 3, 11, 12, 40, 64] {
            let mask = u64::MAX.checked_shr(64 - bits).unwrap_or(0);
            let keys: Vec<u64> = (0..3000_u64).map(|i| i.wrapping_mul(0x9E37_79B9_7F4A_7C15) & mask).collect();
            let mut expected = keys.clone();
            expected.sort_unstable();
            assert_eq!(radix_sorted(keys, bits), expected, "{bits}");
        }
    }

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
