//! What is sold now and then, from its first sale on.

use emptor_types::Level;

use crate::{Combination, Forecast, Series};

/// Periods between sales, on average, from which sales are rare (Syntetos & Boylan 2005).
const RARE: f64 = 1.32;
/// Periods under which a series alone tells no probability.
const TINY: usize = 5;
/// The weight of what is known of earlier beginners for those of a period later.
const EARLIER: f64 = 0.8;
/// The weight of an amount beside that of the next sale.
const AMOUNT: f64 = 0.8;
/// Periods that say whether rates have changed of late.
const RECENT: usize = 8;
/// Sales of the usual amount that speak for rates as they are.
const SALES: f64 = 10.0;
/// How fast probabilities may change.
const SPEEDS: [f64; 6] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3];

/// Whether a series from its first sale on has too few sales for the methods of smooth ones.
pub(super) fn is_rare(series: &Series<'_>) -> bool {
    let values = series.values();
    let sales = values.iter().filter(|value| value.abs() > 0.0).count();
    // Sales less returns are no demand to the methods for demand, and rare all the same.
    let mixed = || values.iter().any(|value| *value < 0.0) && values.len() as f64 >= RARE * sales as f64;
    values.len() < TINY || Combination::automatic(series).is_intermittent() || mixed()
}

/// What the rare series of a panel say together.
///
/// A series that begins with its first sale begins with a sale: its first period is not chance but the reason why there is a
/// series, and counting it makes every product that is sold once a year a product that is sold every other week. The periods
/// after the first sale are a sample of what comes. From these alone, with `s` the amount of a sale:
///
/// ```text
/// start(n)  =  Σ_j s_j d_j / Σ_j s_j n_j        over series of n periods after their first, and, with less weight, longer ones
/// p ← p + α (1[sale] − p)   in every period after the first one, from start(n) on          rate  p s
/// ```
///
/// (the recursion of Teunter, Syntetos & Babai 2011 with a start that all series share). `d` are the periods with a sale of the
/// `n` after the first one: `Σ s (start · n − d) = 0`, so that in the sum over all series the start is neither too high nor too
/// low. The speed `α` is the one with the least squared errors over all of them.
///
/// What is sold in every hundredth period does not tell when it is sold no more, but all of it together does: rates are
/// multiplied by what was sold in the last periods over what the recursion expected of them, `K` sales of the usual amount
/// being added to both (K = 10).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RarePool {
    speed: f64,
    /// What was sold lately over what was expected.
    level: f64,
    /// By periods after the first one.
    starts: Vec<f64>,
}

impl RarePool {
    pub(super) fn of(series: &[&Series<'_>]) -> Self {
        let known: Vec<Known<'_>> = series.iter().filter_map(|series| Known::of(series.values())).collect();
        let longest = known.iter().map(|own| own.after.len()).max().unwrap_or(0);
        let mut sums = vec![(0.0, 0.0); longest + 1];
        for own in &known {
            let sum = &mut sums[own.after.len()];
            sum.0 += own.size.abs() * own.after.iter().filter(|value| value.abs() > 0.0).count() as f64;
            sum.1 += own.size.abs() * own.after.len() as f64;
        }
        // Before anything is known of what comes after a first sale: the same again.
        let (mut sold, mut periods, mut starts) = (0.0, 0.0, vec![1.0; longest + 1]);
        for (own, start) in sums.iter().zip(&mut starts).rev() {
            (sold, periods) = (EARLIER * sold + own.0, EARLIER * periods + own.1);
            if periods > 0.0 {
                *start = sold / periods;
            }
        }
        let errors =
            SPEEDS.map(|speed| known.iter().map(|own| own.squared_errors(starts[own.after.len()], speed)).sum());
        let least = |best: (f64, f64), (speed, error): (f64, f64)| if error < best.1 { (speed, error) } else { best };
        let (speed, _) = SPEEDS.into_iter().zip(errors).fold((SPEEDS[0], f64::INFINITY), least);
        let recent = |own: &Known<'_>| own.recent(starts[own.after.len()], speed);
        let (came, said) = known.iter().map(recent).fold((0.0, 0.0), |sum, own| (sum.0 + own.0, sum.1 + own.1));
        let amounts = known.iter().map(|own| (own.size.abs(), own.size * own.size));
        let (sum, squares) = amounts.fold((0.0, 0.0), |sums, own| (sums.0 + own.0, sums.1 + own.1));
        // The amount of a sale as it weighs in sums of money.
        let usual = if sum > 0.0 { SALES * squares / sum } else { 1.0 };
        Self { speed, level: (came + usual) / (said + usual), starts }
    }

    /// The forecast of a series of the pool: a rate, and quantiles of nothing or a sale as there were.
    pub(super) fn forecast(
        &self,
        series: &Series<'_>,
        horizon: usize,
        levels: &[Level],
        allow_negative: bool,
    ) -> Forecast {
        let name = format!("rate after the first sale ({})", self.speed);
        let Some(own) = Known::of(series.values()) else {
            let nothing = || vec![0.0; horizon];
            let forecast = Forecast::of(name, nothing());
            return levels.iter().fold(forecast, |forecast, &level| forecast.with_band(level, nothing(), nothing()));
        };
        let start = self.starts.get(own.after.len()).copied().unwrap_or(1.0);
        let probability = own.sold().fold(start, |p, sale| p + self.speed * (sale - p));
        let probability = (self.level * probability).min(1.0);
        let is_floored = !allow_negative && series.values().iter().all(|value| *value >= 0.0);
        let mut amounts: Vec<f64> = series.values().iter().copied().filter(|value| value.abs() > 0.0).collect();
        amounts.sort_unstable_by(f64::total_cmp);
        let floor = |value: f64| if is_floored { value.max(0.0) } else { value };
        let forecast = Forecast::of(name, vec![floor(probability * own.size); horizon]);
        levels.iter().fold(forecast, |forecast, &level| {
            let tail = (1.0 - level.get()) / 2.0;
            let end = |p: f64| vec![floor(quantile(&amounts, probability, p)); horizon];
            forecast.with_band(level, end(tail), end(1.0 - tail))
        })
    }
}

/// A series from its first sale on.
struct Known<'a> {
    /// The periods after it.
    after: &'a [f64],
    /// The amount of a sale: the mean, the latest counting most.
    size: f64,
}

impl<'a> Known<'a> {
    /// `None` where nothing was sold.
    fn of(values: &'a [f64]) -> Option<Self> {
        let first = values.iter().position(|value| value.abs() > 0.0)?;
        let weighted = |(sum, weight): (f64, f64), value: &f64| (AMOUNT * sum + value, AMOUNT * weight + 1.0);
        let (sum, weight) = values.iter().filter(|value| value.abs() > 0.0).fold((0.0, 0.0), weighted);
        Some(Self { after: &values[first + 1..], size: sum / weight })
    }

    /// 1 for every period after the first with a sale, 0 for the others.
    fn sold(&self) -> impl Iterator<Item = f64> {
        self.after.iter().map(|value| if value.abs() > 0.0 { 1.0 } else { 0.0 })
    }

    /// What was sold in the last periods, and what was expected one period ahead; in amounts of a sale.
    fn recent(&self, start: f64, speed: f64) -> (f64, f64) {
        let early = self.after.len().saturating_sub(RECENT);
        let step = |(p, came, said, at): (f64, f64, f64, usize), sale: f64| {
            let counts = if at < early { 0.0 } else { self.size.abs() };
            (p + speed * (sale - p), came + counts * sale, said + counts * p, at + 1)
        };
        let (_, came, said, _) = self.sold().fold((start, 0.0, 0.0, 0), step);
        (came, said)
    }

    /// Of the probability, one period ahead, by the amount of a sale.
    fn squared_errors(&self, start: f64, speed: f64) -> f64 {
        let step = |(p, sum): (f64, f64), sale: f64| (p + speed * (sale - p), sum + (sale - p) * (sale - p));
        self.size.abs() * self.sold().fold((start, 0.0), step).1
    }
}

/// The least amount that a period's sales do not exceed with a probability: nothing, or one of the amounts.
fn quantile(amounts: &[f64], probability: f64, p: f64) -> f64 {
    let count = amounts.len() as f64;
    let below = probability * amounts.partition_point(|amount| *amount < 0.0) as f64 / count;
    let nothing = 1.0 - probability;
    let at = |share: f64| amounts.get(((share / probability * count) as usize).min(amounts.len() - 1)).copied();
    let value = if p < below {
        at(p)
    } else if p <= below + nothing {
        None
    } else {
        at(p - nothing)
    };
    value.unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    #[test]
    fn the_first_sale_is_no_sign_of_the_next() -> Result<(), Box<dyn Error>> {
        // Four products sold once, in the first of ten periods; one of them again in the last: one sale in 4 × 9 periods.
        let mut rows = vec![vec![0.0; 10]; 4];
        rows.iter_mut().for_each(|row| row[0] = 3.0);
        rows[0][9] = 3.0;
        let series = rows.iter().map(|row| Series::new(row, 1)).collect::<Result<Vec<_>, _>>()?;
        let pool = RarePool::of(&series.iter().collect::<Vec<_>>());
        assert!((pool.starts[9] - 1.0 / 36.0).abs() < 1e-15);
        let sum: f64 = series.iter().map(|own| pool.forecast(own, 1, &[], false).mean[0]).sum();
        assert!((sum - 3.0 * 4.0 / 36.0).abs() < 0.1, "{sum}");
        Ok(())
    }

    #[test]
    fn what_was_sold_first_in_the_last_period_goes_on_as_others_did() -> Result<(), Box<dyn Error>> {
        let (old, new) = ([2.0, 0.0, 2.0, 0.0, 0.0], [8.0]);
        let series = [Series::new(&old, 1)?, Series::new(&new, 1)?];
        let pool = RarePool::of(&series.iter().collect::<Vec<_>>());
        // The other was sold once in four periods after its first sale.
        assert!((pool.starts[0] - 0.25).abs() < 1e-12);
        assert!((pool.forecast(&series[1], 2, &[], false).mean[1] - 8.0 * pool.level / 4.0).abs() < 1e-12);
        Ok(())
    }

    #[test]
    fn quantiles_are_of_returns_nothing_and_sales() {
        let amounts = [-5.0, 1.0, 2.0, 3.0];
        let of = |p| quantile(&amounts, 0.4, p);
        assert_eq!([of(0.05), of(0.3), of(0.7), of(0.75), of(0.99)].map(|v| v as i64), [-5, 0, 0, 1, 3]);
    }
}
