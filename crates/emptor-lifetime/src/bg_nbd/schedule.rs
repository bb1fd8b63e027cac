//! Expected purchases of many customers at many times.
//!
//! The expectation of an alive customer depends on `(x, T)` only, and `t_x` enters by the probability to be alive. So
//! distinct `(x, T)` are computed once (two thousand for a hundred thousand customers of CDNOW's kind), and the terms of
//! the series once per `x`.

use emptor_types::HistoryView;
use rayon::prelude::*;

use super::BetaGeoNbdParameters;
use super::expectation::{MAX_TERMS, PurchaseSeries};
use super::probability::p_alive;
use crate::LifetimeError;

/// Distinct `(x, T)` per unit of parallel work. Every value depends on its own row only, so the size shows in speed,
/// never in values.
const CHUNK: usize = 128;

/// Where every customer's `(x, T)` stands among the distinct ones.
struct Pairs {
    /// Sorted.
    distinct: Vec<(f64, f64)>,
    of_customer: Vec<usize>,
}

impl Pairs {
    fn new(history: &HistoryView<'_>) -> Self {
        // Bit patterns of non-negative doubles sort as the numbers do; adding 0 turns −0 into 0.
        let bits = |value: f64| (value + 0.0).to_bits();
        let mut keyed: Vec<(u64, u64, usize)> =
            history.frequency().iter().zip(history.t()).zip(0..).map(|((&x, &t), i)| (bits(x), bits(t), i)).collect();
        keyed.sort_unstable();
        let mut pairs = Self { distinct: Vec::new(), of_customer: vec![0; keyed.len()] };
        for same in keyed.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            for &(.., i) in same {
                pairs.of_customer[i] = pairs.distinct.len();
            }
            pairs.distinct.push((f64::from_bits(same[0].0), f64::from_bits(same[0].1)));
        }
        pairs
    }
}

/// One column per time, one row per customer.
pub(super) fn columns(
    parameters: &BetaGeoNbdParameters,
    history: &HistoryView<'_>,
    times: &[f64],
) -> Result<Vec<Vec<f64>>, LifetimeError> {
    let pairs = Pairs::new(history);
    let chunks: Vec<Result<Vec<Vec<f64>>, LifetimeError>> =
        pairs.distinct.par_chunks(CHUNK).map(|chunk| of_alive(parameters, chunk, times)).collect();
    let mut of_alive: Vec<Vec<f64>> = times.iter().map(|_| Vec::with_capacity(pairs.distinct.len())).collect();
    for chunk in chunks {
        for (column, part) in of_alive.iter_mut().zip(chunk?) {
            column.extend(part);
        }
    }

    let rows = history.frequency().iter().zip(history.recency()).zip(history.t());
    let alive: Vec<f64> = rows.map(|((&x, &recency), &t)| p_alive(parameters, x, recency, t)).collect();
    let of_all = |column: &Vec<f64>| alive.iter().zip(&pairs.of_customer).map(|(p, &pair)| p * column[pair]).collect();
    Ok(of_alive.par_iter().map(of_all).collect())
}

/// One column per time, one row per sorted `(x, T)`.
fn of_alive(
    parameters: &BetaGeoNbdParameters,
    pairs: &[(f64, f64)],
    times: &[f64],
) -> Result<Vec<Vec<f64>>, LifetimeError> {
    let mut columns: Vec<Vec<f64>> = times.iter().map(|_| Vec::with_capacity(pairs.len())).collect();
    for same_frequency in pairs.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let mut series = series(parameters, same_frequency[0].0);
        for &(x, end) in same_frequency {
            let mut before = 0.0;
            for (column, &time) in columns.iter_mut().zip(times) {
                // The expectation rises with time; rounding must not make an increment negative.
                before = f64::max(before, while_alive(&mut series, parameters, x, end, time)?);
                column.push(before);
            }
        }
    }
    Ok(columns)
}

/// Expected purchases of an alive customer over a time ahead.
pub(super) fn while_alive(
    series: &mut PurchaseSeries,
    parameters: &BetaGeoNbdParameters,
    x: f64,
    end: f64,
    time: f64,
) -> Result<f64, LifetimeError> {
    series.expected(time / (parameters.alpha + end)).ok_or_else(|| LifetimeError::SeriesTooLong {
        what: "expected purchases",
        at: format!("x = {x}, T = {end}, t = {time}"),
        terms: MAX_TERMS,
    })
}

/// The series of customers with `x` repeat purchases.
pub(super) fn series(parameters: &BetaGeoNbdParameters, x: f64) -> PurchaseSeries {
    PurchaseSeries::new(parameters.r + x, parameters.a, parameters.b + x)
}
