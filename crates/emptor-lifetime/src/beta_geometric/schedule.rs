//! Expected purchases of many customers at many times.
//!
//! The expectation of an alive customer depends on `(x, T)` only, and `t_x` enters by the probability to be alive. So
//! distinct `(x, T)` are computed once (two thousand for a hundred thousand customers of CDNOW's kind), and the terms of
//! the series once per `x`.

use emptor_types::HistoryView;
use rayon::prelude::*;

use super::BetaGeometric;
use super::series::{expected, series};
use crate::LifetimeError;
use crate::purchase::{Seen, each};
use crate::sample::Ranks;

/// Distinct `(x, T)` per unit of parallel work. Every value depends on its own row only, so the size shows in speed,
/// never in values.
const CHUNK: usize = 128;

/// Where every customer's `(x, T)` stands among the distinct ones.
struct Pairs {
    /// Sorted.
    distinct: Vec<(f64, f64)>,
    of_customer: Vec<u32>,
}

impl Pairs {
    fn new(history: &HistoryView<'_>) -> Self {
        let x = Ranks::new(history.frequency().iter().copied());
        let t = Ranks::new(history.t().iter().copied());
        let mut keys: Vec<(u32, u32, u32)> =
            x.of_row.iter().zip(&t.of_row).zip(0..).map(|((&x, &t), row)| (x, t, row)).collect();
        keys.sort_unstable();
        let mut pairs = Self { distinct: Vec::new(), of_customer: vec![0; keys.len()] };
        for same in keys.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            for &(.., row) in same {
                pairs.of_customer[row as usize] = pairs.distinct.len() as u32;
            }
            pairs.distinct.push((x.values[same[0].0 as usize], t.values[same[0].1 as usize]));
        }
        pairs
    }
}

/// One column per time, one row per customer, for exponential times between purchases.
pub(super) fn columns(
    model: &BetaGeometric,
    history: &HistoryView<'_>,
    times: &[f64],
) -> Result<Vec<Vec<f64>>, LifetimeError> {
    let pairs = Pairs::new(history);
    let chunks: Vec<Result<Vec<Vec<f64>>, LifetimeError>> =
        pairs.distinct.par_chunks(CHUNK).map(|chunk| of_alive(model, chunk, times)).collect();
    let mut of_alive: Vec<Vec<f64>> = times.iter().map(|_| Vec::with_capacity(pairs.distinct.len())).collect();
    for chunk in chunks {
        for (column, part) in of_alive.iter_mut().zip(chunk?) {
            column.extend(part);
        }
    }

    let alive = each(history, |seen| model.p_alive(seen));
    let of_all =
        |column: &Vec<f64>| alive.iter().zip(&pairs.of_customer).map(|(p, &pair)| p * column[pair as usize]).collect();
    Ok(of_alive.par_iter().map(of_all).collect())
}

/// One column per time, one row per sorted `(x, T)`.
fn of_alive(model: &BetaGeometric, pairs: &[(f64, f64)], times: &[f64]) -> Result<Vec<Vec<f64>>, LifetimeError> {
    let mut columns: Vec<Vec<f64>> = times.iter().map(|_| Vec::with_capacity(pairs.len())).collect();
    for same_frequency in pairs.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let mut series = series(model, same_frequency[0].0, 0);
        for &(x, t) in same_frequency {
            let seen = Seen { x, recency: 0.0, t };
            let mut before = 0.0;
            for (column, &time) in columns.iter_mut().zip(times) {
                // The expectation rises with time; rounding must not make an increment negative.
                before = f64::max(before, expected(&mut series, model, seen, time)?.purchases);
                column.push(before);
            }
        }
    }
    Ok(columns)
}
