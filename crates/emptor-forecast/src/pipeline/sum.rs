//! What the open deals will bring.

use emptor_lifetime::sampling::Variates;
use emptor_lifetime::special::normal_quantile;
use emptor_statistics::{Interval, ascending, quantile};
use emptor_types::{ExactSum, Invalid, Level};

/// From so many deals on their sum is as good as normal, and drawing them one by one would only cost time.
const MANY: usize = 1_000;
/// From this variance of the number of wins on, it has no tail to one side: of 2,000 deals at a chance of 0.001 each, two are won.
const NORMAL: f64 = 50.0;
/// Up to so many different sums, their probabilities are counted out.
const ATOMS: usize = 4_096;

/// What deals are expected to bring: Σ amount · probability.
///
/// ```
/// use emptor_forecast::pipeline::weighted;
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

/// The probabilities of 0, 1, 2, … wins of deals that are won independently of each other with these probabilities (the
/// Poisson-binomial distribution), by convolution, one deal after the other.
///
/// ```
/// use emptor_forecast::pipeline::poisson_binomial;
///
/// assert_eq!(poisson_binomial(&[0.5, 0.5, 1.0])?, [0.0, 0.25, 0.5, 0.25]);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
///
/// # Errors
/// Unless every probability lies between 0 and 1.
pub fn poisson_binomial(probabilities: &[f64]) -> Result<Vec<f64>, Invalid> {
    check(&probabilities.iter().map(|p| (0.0, *p)).collect::<Vec<_>>())?;
    let mut wins = vec![0.0; probabilities.len() + 1];
    wins[0] = 1.0;
    for (before, p) in probabilities.iter().enumerate() {
        for n in (0..=before).rev() {
            wins[n + 1] += wins[n] * p;
            wins[n] *= 1.0 - p;
        }
    }
    Ok(wins)
}

/// The interval within which the sum of the deals that are won falls: each is won or lost as a whole, independently of the
/// others. Few deals are counted out exactly; more are simulated with a seed; from 1,000 deals on, unless hardly any
/// is as likely won as lost (Σ p (1 − p) of 50), the sum is normal, with variance Σ amount² p (1 − p).
///
/// Deals that stand and fall together make the truth wider than this: a common shock of the period is in the intervals of
/// [`PipelineMethod`](super::PipelineMethod).
///
/// ```
/// use emptor_forecast::pipeline::amount_interval;
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
    let luck: f64 = deals.iter().map(|(_, p)| p * (1.0 - p)).sum();
    if deals.len() >= MANY && luck >= NORMAL {
        let mean = weighted(deals)?;
        let variance = deals.iter().map(|(amount, p)| amount * amount * p * (1.0 - p)).sum::<f64>();
        let half = -normal_quantile(tail) * variance.sqrt();
        let most = deals.iter().filter(|(_, p)| *p > 0.0).map(|(amount, _)| *amount).collect::<ExactSum>().value();
        let least = deals.iter().filter(|(_, p)| *p >= 1.0).map(|(amount, _)| *amount).collect::<ExactSum>().value();
        return Ok(Interval { low: (mean - half).max(least), high: (mean + half).min(most) });
    }
    if let Some(sums) = counted_out(deals) {
        return Ok(Interval { low: reached(&sums, tail), high: reached(&sums, 1.0 - tail) });
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

/// Every possible sum with its probability, ascending; `None` if there are too many.
fn counted_out(deals: &[(f64, f64)]) -> Option<Vec<(ExactSum, f64)>> {
    let mut sums = vec![(ExactSum::ZERO, 1.0)];
    for (amount, p) in deals.iter().filter(|(amount, p)| *amount > 0.0 && *p > 0.0) {
        let won = sums.iter().map(|(sum, q)| {
            let mut sum = *sum;
            sum.add(*amount);
            (sum, q * p)
        });
        let mut both: Vec<(ExactSum, f64)> = sums.iter().map(|(sum, q)| (*sum, q * (1.0 - p))).chain(won).collect();
        both.sort_by_key(|(sum, _)| *sum);
        both.dedup_by(|next, first| {
            let same = next.0 == first.0;
            if same {
                first.1 += next.1;
            }
            same
        });
        sums = both;
        if sums.len() > ATOMS {
            return None;
        }
    }
    Some(sums)
}

/// The smallest sum that is not exceeded with a probability. A share of 1e-12 is rounding.
fn reached(sums: &[(ExactSum, f64)], p: f64) -> f64 {
    let mut below = 0.0;
    let at = sums.iter().find(|(_, q)| {
        below += q;
        below >= p - 1e-12
    });
    at.or(sums.last()).map_or(0.0, |(sum, _)| sum.value())
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
#[path = "sum_tests.rs"]
mod tests;
