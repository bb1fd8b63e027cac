//! Intervals from refits to simulated bases.

use emptor_types::{Invalid, Level};
use rayon::prelude::*;

use super::Interval;
use crate::LifetimeError;
use crate::sampling::SplitMix;

/// Fewer refits say nothing about the tails of a distribution.
const LEAST_REPLICATIONS: usize = 20;

/// Intervals from a parametric bootstrap.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Bootstrap {
    /// One interval per element of the quantity.
    pub intervals: Vec<Interval>,
    /// Refits that the intervals are made of.
    pub refits: usize,
    /// Simulated bases that the model could not be fitted to, or of which the quantity could not be told.
    pub failures: usize,
}

/// More customers are not written out one by one.
const MOST_CUSTOMERS: f64 = 1e8;

/// A column with every element as often as customers share it.
pub(crate) fn written_out(column: &[f64], counts: Option<&[f64]>) -> Result<Vec<f64>, LifetimeError> {
    let Some(counts) = counts else { return Ok(column.to_vec()) };
    let customers: f64 = counts.iter().sum();
    let mut checks = Invalid::checks();
    let rule = "must be at most a hundred million to be simulated one by one";
    checks.require(customers <= MOST_CUSTOMERS, "customers", rule, customers);
    checks.finish()?;
    let copies = column.iter().zip(counts).flat_map(|(&value, &n)| std::iter::repeat_n(value, n as usize));
    Ok(copies.collect())
}

/// Intervals between the quantiles of what so many refits say, each from a seed of its own.
pub(crate) fn bootstrap(
    replications: usize,
    seed: u64,
    level: Level,
    refit: impl Fn(u64) -> Result<Vec<f64>, LifetimeError> + Sync,
) -> Result<Bootstrap, LifetimeError> {
    let mut checks = Invalid::checks();
    checks.require(replications >= LEAST_REPLICATIONS, "replications", "must be at least 20", replications);
    checks.finish()?;
    let of = |replication: u64| refit(SplitMix::new(seed, replication).bits());
    let refits: Vec<Result<Vec<f64>, LifetimeError>> = (0..replications as u64).into_par_iter().map(of).collect();
    let failures = refits.iter().filter(|refit| refit.is_err()).count();
    let (mut told, mut first_error) = (Vec::with_capacity(replications), None);
    for refit in refits {
        match refit {
            Ok(values) => told.push(values),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    if let Some(error) = first_error.filter(|_| 2 * failures > replications) {
        return Err(error);
    }

    let tail = 0.5 * (1.0 - level.get());
    let interval = |i: usize| {
        let mut values: Vec<f64> = told.iter().filter_map(|values| values.get(i).copied()).collect();
        values.sort_by(f64::total_cmp);
        Interval { low: quantile_of(&values, tail), high: quantile_of(&values, 1.0 - tail) }
    };
    let elements = told.first().map_or(0, Vec::len);
    Ok(Bootstrap { intervals: (0..elements).map(interval).collect(), refits: told.len(), failures })
}

/// The quantile of sorted values, interpolated (Hyndman & Fan 1996, type 7).
fn quantile_of(sorted: &[f64], part: f64) -> f64 {
    let place = part * (sorted.len() - 1) as f64;
    let below = place.floor();
    let low = sorted[below as usize];
    let high = sorted[(below as usize + 1).min(sorted.len() - 1)];
    low + (place - below) * (high - low)
}
