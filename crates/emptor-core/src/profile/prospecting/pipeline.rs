//! What the open deals will bring.

use emptor_lifetime::sampling::Variates;
use emptor_lifetime::special::normal_quantile;
use emptor_types::{ExactSum, Invalid, Level};

use crate::statistics::{Interval, ascending, quantile};

/// From so many deals on their sum is as good as normal, and drawing them one by one would only cost time.
const MANY: usize = 1_000;

/// What deals are expected to bring: Σ amount · probability.
///
/// ```
/// use emptor_core::profile::prospecting::weighted;
///
/// assert_eq!(weighted(&[(100_000.0, 0.5), (50_000.0, 1.0)])?, 100_000.0);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
///
/// # Errors
/// Unless every amount is finite and every probability lies between 0 and 1.
pub fn weighted(deals: &[(f64, f64)]) -> Result<f64, Invalid> {
    check(deals)?;
    Ok(deals.iter().map(|(amount, p)| amount * p).collect::<ExactSum>().value())
}

/// The interval within which the sum of the deals that are won falls: each is won or lost as a whole, independently of the
/// others. Simulated with a seed; from 1,000 deals on normal, with variance Σ amount² p (1 − p).
///
/// Deals that stand and fall together make the truth wider than this.
///
/// ```
/// use emptor_core::profile::prospecting::amount_interval;
/// use emptor_types::Level;
///
/// let interval = amount_interval(&[(100_000.0, 0.5), (40_000.0, 1.0)], Level::new(0.8)?, 500, 1)?;
/// assert_eq!((interval.low, interval.high), (40_000.0, 140_000.0));
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
///
/// # Errors
/// Unless every amount is finite and every probability lies between 0 and 1, and there is a draw.
pub fn amount_interval(deals: &[(f64, f64)], level: Level, draws: usize, seed: u64) -> Result<Interval, Invalid> {
    check(deals)?;
    let tail = (1.0 - level.get()) / 2.0;
    if deals.len() >= MANY {
        let mean = weighted(deals)?;
        let variance = deals.iter().map(|(amount, p)| amount * amount * p * (1.0 - p)).sum::<f64>();
        let half = -normal_quantile(tail) * variance.sqrt();
        let most = deals.iter().filter(|(_, p)| *p > 0.0).map(|(amount, _)| *amount).collect::<ExactSum>().value();
        let least = deals.iter().filter(|(_, p)| *p >= 1.0).map(|(amount, _)| *amount).collect::<ExactSum>().value();
        return Ok(Interval { low: (mean - half).max(least), high: (mean + half).min(most) });
    }
    let sum = |draw: usize| {
        let mut variates = Variates::new(seed, draw as u64);
        deals.iter().filter(|(_, p)| variates.uniform() < *p).map(|(amount, _)| *amount).collect::<ExactSum>().value()
    };
    let sums = ascending(&(0..draws).map(sum).collect::<Vec<f64>>());
    let ends = quantile(&sums, tail).zip(quantile(&sums, 1.0 - tail));
    let (low, high) = ends.ok_or_else(|| Invalid::value("draws", "must be at least 1", draws))?;
    Ok(Interval { low, high })
}

fn check(deals: &[(f64, f64)]) -> Result<(), Invalid> {
    let mut checks = Invalid::checks();
    checks.require_each("amount", "must be finite and at least 0", deals, |_, (amount, _)| {
        amount.is_finite() && amount >= 0.0
    });
    checks.require_each("probability", "must lie between 0 and 1", deals, |_, (_, p)| (0.0..=1.0).contains(&p));
    checks.finish()
}

#[cfg(test)]
#[path = "pipeline_tests.rs"]
mod tests;
