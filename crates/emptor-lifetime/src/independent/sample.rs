//! A purchase history with the pairs `(x, t)` that the models of this family look up.

use emptor_types::HistoryView;
use rayon::prelude::*;

use super::{Independent, LeavesFirst, Lifetime, MAX_OWN, Moment, bracket, ln_rate_factor};
use crate::sample::{Piece, Ranks, Sample};

/// Fewer pairs are not worth waking other threads for.
const PARALLEL_FROM: usize = 4096;

/// Pairs per time from which a table per time pays.
const PAIRS_PER_TABLE: usize = 4;

/// Distinct times and distinct pairs of `x` and time, of which rows name two: last purchase and end.
#[derive(Debug)]
struct Pairs {
    times: Vec<f64>,
    /// Places among the distinct `x` and in `times`, sorted.
    distinct: Vec<(u32, u32)>,
    /// Per row, the places of its two pairs in `distinct`.
    of_row: Vec<[u32; 2]>,
}

impl Pairs {
    /// From the place of `x`, and the two times, of each row.
    fn new(levels: &[u32], times: &[[f64; 2]]) -> Self {
        let ranks = Ranks::new(times.as_flattened().iter().copied());
        let pair = |row: usize, which: usize| (levels[row], ranks.of_row[2 * row + which]);
        let mut distinct: Vec<(u32, u32)> = (0..levels.len()).flat_map(|row| [pair(row, 0), pair(row, 1)]).collect();
        distinct.sort_unstable();
        distinct.dedup();
        let place = |pair: (u32, u32)| distinct.partition_point(|other| *other < pair) as u32;
        let of_row = (0..levels.len()).map(|row| [place(pair(row, 0)), place(pair(row, 1))]).collect();
        Self { times: ranks.values, distinct, of_row }
    }

    /// What every time, and every pair, contributes at given parameters.
    fn look_up<L: Lifetime>(&self, model: &Independent<L>, x: &[f64]) -> (Vec<Moment<L>>, Vec<LeavesFirst>) {
        // A table per time pays where many shapes are asked for at that time.
        let shared = self.distinct.len() >= PAIRS_PER_TABLE * self.times.len();
        let most = if shared { model.r + x.last().copied().unwrap_or(0.0) } else { 0.0 };
        let moment = |&t: &f64| Moment::new(&model.lifetime, model.alpha, t, most);
        let chunk = if self.distinct.len() < PARALLEL_FROM { usize::MAX } else { 64 };
        let moments: Vec<Moment<L>> = self.times.par_iter().with_min_len(chunk).map(moment).collect();
        let leaves = |&(level, time): &(u32, u32)| {
            moments[time as usize].leaves_first(&model.lifetime, model.r + x[level as usize])
        };
        let leaves = self.distinct.par_iter().with_min_len(chunk).map(leaves).collect();
        (moments, leaves)
    }
}

/// Counted distinct rows and their pairs.
#[derive(Debug)]
pub(crate) struct PairedSample {
    pub(super) rows: Sample,
    pairs: Pairs,
    x: Vec<f64>,
}

impl PairedSample {
    pub(super) fn compress(history: &HistoryView<'_>, time_scale: f64) -> Self {
        Self::new(Sample::compress(history, time_scale))
    }

    pub(super) fn new(rows: Sample) -> Self {
        let levels = rows.pieces.iter().flat_map(|piece| std::iter::repeat_n(piece.level as u32, piece.rows.len()));
        let times = rows.rows.iter().map(|row| [rows.recencies[row.recency as usize], rows.ends[row.end as usize].t]);
        let pairs = Pairs::new(&levels.collect::<Vec<_>>(), &times.collect::<Vec<_>>());
        let x = rows.levels.iter().map(|level| level.x).collect();
        Self { rows, pairs, x }
    }
}

/// Sums over rows of a piece: the value and its derivatives by `R`, `α` and the own parameters of the lifetime.
#[derive(Debug, Default, Clone, Copy)]
struct Sums {
    value: f64,
    by_shape: f64,
    by_alpha: f64,
    by_own: [f64; MAX_OWN],
}

/// The log-likelihood in the sample's time and its derivatives by `r`, `α` and the own parameters.
pub(super) fn evaluate<L: Lifetime>(model: &Independent<L>, sample: &PairedSample) -> (f64, Vec<f64>) {
    let (moments, leaves) = sample.pairs.look_up(model, &sample.x);
    let sum = |piece: &Piece| {
        let shape = model.r + sample.x[piece.level];
        let mut sums = Sums::default();
        for row in piece.rows.clone() {
            let [last, end] = sample.pairs.of_row[row].map(|place| {
                let place = place as usize;
                (&moments[sample.pairs.distinct[place].1 as usize], &leaves[place])
            });
            let customers = sample.rows.rows[row].customers;
            let bracket = bracket(shape, last, end);
            sums.value += customers * bracket.ln;
            sums.by_shape += customers * bracket.by_shape;
            sums.by_alpha += customers * bracket.by_alpha;
            for (sum, by) in sums.by_own.iter_mut().zip(bracket.by_own) {
                *sum += customers * by;
            }
        }
        sums
    };
    let chunk = if sample.rows.rows.len() < PARALLEL_FROM { usize::MAX } else { 1 };
    let sums: Vec<Sums> = sample.rows.pieces.par_iter().with_min_len(chunk).map(sum).collect();

    let mut value = 0.0;
    let mut slope = vec![0.0; 2 + L::OWN];
    for level in &sample.rows.levels {
        let (factor, [by_r, by_alpha]) = ln_rate_factor(model.r, model.alpha, level.x);
        value += level.customers * factor;
        slope[0] += level.customers * by_r;
        slope[1] += level.customers * by_alpha;
    }
    for sums in sums {
        value += sums.value;
        slope[0] += sums.by_shape;
        slope[1] += sums.by_alpha;
        for (slope, by) in slope[2..].iter_mut().zip(sums.by_own) {
            *slope += by;
        }
    }
    (value, slope)
}

/// The probability of every customer to be alive, with every distinct pair computed once.
pub(super) fn p_alive<L: Lifetime>(model: &Independent<L>, history: &HistoryView<'_>) -> Vec<f64> {
    let levels = Ranks::new(history.frequency().iter().copied());
    let times: Vec<[f64; 2]> = history.recency().iter().zip(history.t()).map(|(&last, &end)| [last, end]).collect();
    let pairs = Pairs::new(&levels.of_row, &times);
    let (moments, leaves) = pairs.look_up(model, &levels.values);
    let alive = |row: usize| {
        let [last, end] = pairs.of_row[row].map(|place| {
            let place = place as usize;
            (&moments[pairs.distinct[place].1 as usize], &leaves[place])
        });
        bracket(model.r + history.frequency()[row], last, end).p_alive
    };
    (0..history.len()).into_par_iter().with_min_len(PARALLEL_FROM).map(alive).collect()
}
