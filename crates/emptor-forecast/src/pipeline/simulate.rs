//! Draws of what a pipeline brings.

use std::cmp::Ordering;

use emptor_lifetime::sampling::Variates;
use emptor_statistics::{ascending, quantile};
use emptor_types::Level;

use super::history::Rate;
use super::method::PipelineBand;
use super::shock::Shock;

/// From so many expected on a count is as good as normal.
const MANY: f64 = 500.0;
/// No probability that is drawn is nearer to 0 or 1.
const SURE: f64 = 1e-9;

/// An open deal: its chance in every period, as cumulative hazard of a win in it, so that a factor on it keeps certain deals
/// certain.
#[derive(Debug, Clone)]
pub(super) struct Bet {
    pub(super) group: usize,
    /// What it would bring, and the standard deviation of that.
    pub(super) amount: (f64, f64),
    pub(super) hazards: Vec<f64>,
    /// The place of the learned probability that they come from.
    pub(super) rate: Option<usize>,
}

/// The different probabilities that were learned, in an order of their own: deals of a kind stand and fall with one of them.
#[derive(Debug, Clone)]
pub(super) struct Rates {
    sorted: Vec<Rate>,
}

impl Rates {
    pub(super) fn of(rates: &[Option<Rate>]) -> Self {
        let mut sorted: Vec<Rate> = rates.iter().flatten().copied().collect();
        sorted.sort_by(order);
        sorted.dedup_by(|a, b| order(a, b).is_eq());
        Self { sorted }
    }

    pub(super) fn place(&self, rate: Option<Rate>) -> Option<usize> {
        let rate = rate?;
        self.sorted.binary_search_by(|other| order(other, &rate)).ok()
    }

    pub(super) fn into_rates(self) -> Vec<Rate> {
        self.sorted
    }
}

fn order(a: &Rate, b: &Rate) -> Ordering {
    a.p.total_cmp(&b.p).then(a.cases.total_cmp(&b.cases)).then(a.of_all.total_cmp(&b.of_all))
}

impl Bet {
    /// The probabilities of a win in every period as hazards: `−ln(1 − p_k/(1 − Σ_{j<k} p_j))`.
    pub(super) fn hazards(chances: &[f64]) -> Vec<f64> {
        let mut left = 1.0;
        chances
            .iter()
            .map(|p| {
                let share: f64 = if left > 0.0 { (p / left).clamp(0.0, 1.0) } else { 0.0 };
                left -= p;
                -libm::log1p(-share)
            })
            .collect()
    }

    /// The probabilities again, with a factor on the hazards.
    pub(super) fn chances(&self, factor: f64) -> impl Iterator<Item = f64> {
        let mut alive = 1.0;
        self.hazards.iter().map(move |hazard| {
            let won = if *hazard > 0.0 { -alive * libm::expm1(-hazard * factor) } else { 0.0 };
            alive -= won;
            won
        })
    }
}

/// What a group of deals is like.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// Amount won so far in the first period, and wins.
    pub(super) won: (f64, usize),
    /// Expected wins of deals to come, by period.
    pub(super) fresh: Vec<f64>,
    /// How many creations that rests on.
    pub(super) created: f64,
    /// On how many wins its chances rest; `None` where they are given.
    pub(super) learned: Option<f64>,
    /// Mean and standard deviation of the amount of a deal to come.
    pub(super) level: (f64, f64),
}

/// Everything that is drawn from.
#[derive(Debug, Clone)]
pub(super) struct Game {
    pub(super) periods: usize,
    pub(super) groups: Vec<Group>,
    /// In an order that does not depend on that of the deals.
    pub(super) bets: Vec<Bet>,
    pub(super) luck: Luck,
}

/// What deals have in common.
#[derive(Debug, Clone)]
pub(super) struct Luck {
    pub(super) shock: Shock,
    /// Variance of ln factor by period that the errors of the past could not show.
    pub(super) doubt: Vec<f64>,
    /// The win rate of all deals, that learned probabilities were drawn to.
    pub(super) overall: Option<Rate>,
    /// The learned probabilities of the open deals.
    pub(super) rates: Vec<Rate>,
}

impl Luck {
    /// Draws learned probabilities from their posteriors, and says by what that multiplies hazards:
    ///
    /// ```text
    /// q₀ ~ Beta(n₀ p₀, n₀ (1 − p₀))      m = p + b (q₀ − p₀)      q ~ Beta(n m, n (1 − m))      factor = ln(1 − q)/ln(1 − p)
    /// ```
    ///
    /// with `n` for how many deals a probability counts, and `b` the part of it that is the win rate of all.
    fn draw_rates(&self, variates: &mut Variates, factors: &mut [f64]) {
        let shift = self.overall.map_or(0.0, |all| beta(variates, all.p, all.cases) - all.p);
        for (rate, factor) in self.rates.iter().zip(factors) {
            let mean = (rate.p + rate.of_all * shift).clamp(SURE, 1.0 - SURE);
            let drawn = if rate.of_all < 1.0 { beta(variates, mean, rate.cases) } else { mean };
            let usual = libm::log1p(-rate.p);
            *factor = if usual < 0.0 && usual.is_finite() { libm::log1p(-drawn) / usual } else { 1.0 };
        }
    }
}

/// A share whose mean counts for so many cases.
fn beta(variates: &mut Variates, mean: f64, cases: f64) -> f64 {
    let (won, lost) = (variates.gamma((mean * cases).max(SURE)), variates.gamma(((1.0 - mean) * cases).max(SURE)));
    let share = won / (won + lost);
    // Two draws that are both next to nothing say nothing.
    if share.is_finite() { share.clamp(SURE, 1.0 - SURE) } else { mean }
}

/// Draws of amounts and wins of one period and group.
#[derive(Debug, Clone, Default)]
struct Draws {
    amounts: Vec<f64>,
    wins: Vec<f64>,
}

impl Game {
    /// Bands of all, then of every group; by period each.
    pub(super) fn bands(&self, draws: usize, seed: u64, levels: &[Level]) -> Vec<Vec<Vec<PipelineBand>>> {
        let (groups, periods) = (self.groups.len(), self.periods);
        // Place 0 is all deals.
        let mut cells = vec![Draws::default(); (groups + 1) * periods];
        // Wins of open deals: how many, their amount, its variance.
        let mut open = vec![(0.0, 0.0, 0.0); groups * periods];
        let (mut factors, mut learned) = (vec![1.0; periods], vec![1.0; groups]);
        let mut rates = vec![1.0; self.luck.rates.len()];
        for draw in 0..draws {
            let mut variates = Variates::new(seed, draw as u64);
            self.luck.shock.draw(&mut variates, &self.luck.doubt, &mut factors);
            self.luck.draw_rates(&mut variates, &mut rates);
            for (group, of) in self.groups.iter().zip(learned.iter_mut()) {
                *of = group.learned.map_or(1.0, |wins| variates.gamma(wins) / wins);
            }
            open.fill((0.0, 0.0, 0.0));
            for bet in &self.bets {
                let mut left = variates.exponential();
                let own = learned[bet.group] * bet.rate.map_or(1.0, |rate| rates[rate]);
                for (period, (hazard, factor)) in bet.hazards.iter().zip(&factors).enumerate() {
                    if *hazard > 0.0 {
                        left -= hazard * factor * own;
                    }
                    if left <= 0.0 {
                        let cell = &mut open[bet.group * periods + period];
                        let (amount, deviation) = bet.amount;
                        *cell = (cell.0 + 1.0, cell.1 + amount, cell.2 + deviation * deviation);
                        break;
                    }
                }
            }
            let mut totals = vec![(0.0, 0.0); periods];
            for (place, group) in self.groups.iter().enumerate() {
                let arrivals = if group.created > 0.0 { variates.gamma(group.created) / group.created } else { 1.0 };
                for period in 0..periods {
                    let cell = place * periods + period;
                    let rate = group.fresh[period] * arrivals * factors[period] * learned[place];
                    let fresh = poisson(&mut variates, rate);
                    let so_far = if period == 0 { group.won } else { (0.0, 0) };
                    let (count, sum, variance) = open[cell];
                    let (mean, deviation) = group.level;
                    let variance = variance + fresh * deviation * deviation;
                    let noise = if variance > 0.0 { variance.sqrt() * variates.normal() } else { 0.0 };
                    let amount = so_far.0 + (sum + fresh * mean + noise).max(0.0);
                    let wins = so_far.1 as f64 + count + fresh;
                    cells[cell + periods].amounts.push(amount);
                    cells[cell + periods].wins.push(wins);
                    totals[period] = (totals[period].0 + amount, totals[period].1 + wins);
                }
            }
            for (cell, (amount, wins)) in cells.iter_mut().zip(totals) {
                cell.amounts.push(amount);
                cell.wins.push(wins);
            }
        }
        let bands = |cell: &Draws| {
            let (amounts, wins) = (ascending(&cell.amounts), ascending(&cell.wins));
            let ends = |sorted: &[f64], level: &Level| {
                let tail = (1.0 - level.get()) / 2.0;
                (quantile(sorted, tail).unwrap_or(0.0), quantile(sorted, 1.0 - tail).unwrap_or(0.0))
            };
            levels
                .iter()
                .map(|level| PipelineBand { level: *level, amount: ends(&amounts, level), wins: ends(&wins, level) })
                .collect::<Vec<_>>()
        };
        cells.chunks(periods.max(1)).map(|of| of.iter().map(bands).collect()).collect()
    }
}

/// A Poisson count: arrivals of a unit rate until a time; from 500 expected on by its normal approximation.
fn poisson(variates: &mut Variates, rate: f64) -> f64 {
    if rate >= MANY {
        return (rate + rate.sqrt() * variates.normal()).round().max(0.0);
    }
    let mut count = 0.0;
    let mut left = rate;
    while left > 0.0 {
        left -= variates.exponential();
        if left > 0.0 {
            count += 1.0;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hazards_give_the_chances_back_and_certain_deals_stay_certain() {
        let chances = [0.2, 0.0, 0.3];
        let bet = Bet { group: 0, amount: (1.0, 0.0), hazards: Bet::hazards(&chances), rate: None };
        assert!(bet.chances(1.0).zip(chances).all(|(p, q)| (p - q).abs() < 1e-12));
        assert!(bet.chances(2.0).zip(chances).all(|(p, q)| p >= q));
        let sure = Bet { group: 0, amount: (1.0, 0.0), hazards: Bet::hazards(&[0.0, 1.0]), rate: None };
        assert_eq!(sure.chances(0.5).collect::<Vec<_>>(), [0.0, 1.0]);
    }

    #[test]
    fn poisson_counts_have_mean_and_variance_of_their_rate() {
        /// Six standard errors of 4,000 draws.
        const TOLERANCE: f64 = 0.1;
        for rate in [0.0, 0.7, 30.0, 800.0] {
            let mut variates = Variates::new(3, 0);
            let draws: Vec<f64> = (0..4_000).map(|_| poisson(&mut variates, rate)).collect();
            let mean = draws.iter().sum::<f64>() / 4_000.0;
            let variance = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 4_000.0;
            let scale = if rate > 0.0 { rate.sqrt() } else { 1.0 };
            assert!(((mean - rate) / scale).abs() < TOLERANCE, "{rate}: {mean}");
            assert!((variance - rate).abs() <= 1.5 * TOLERANCE * rate, "{rate}: {variance}");
        }
    }
}
