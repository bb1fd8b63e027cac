//! How probable it is to win, how fast, and how much there is to win.

use std::collections::BTreeMap;

use emptor_types::period::Grain;
use emptor_types::{Date, ExactSum, Invalid};

use super::deals::{Deal, Outcome};
use super::funnel::{Conversion, life};
use super::pace::velocity;
use super::snapshot::Snapshot;

/// A share of few, drawn towards a share of many: `(count + strength · prior) / (of + strength)`, the mean of the Beta
/// posterior whose prior counts as `strength` observations (e.g. Gelman et al. 2013, *Bayesian Data Analysis*, §2.4).
///
/// ```
/// use emptor_forecast::pipeline::shrunk_rate;
///
/// assert_eq!(shrunk_rate(3, 5, 0.2, 10.0), (3.0 + 2.0) / 15.0);
/// assert_eq!(shrunk_rate(0, 0, 0.2, 10.0), 0.2);
/// ```
#[must_use]
pub fn shrunk_rate(count: usize, of: usize, prior: f64, strength: f64) -> f64 {
    if of == 0 { prior } else { (count as f64 + strength * prior) / (of as f64 + strength) }
}

/// What was won of what was decided, and how fast.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct WinRate {
    /// Deals won.
    pub won: usize,
    /// Deals lost.
    pub lost: usize,
    /// Deals open: in no rate but the censored one.
    pub open: usize,
    /// Won of those decided.
    pub by_count: Option<f64>,
    /// Amount won of the amount decided, deals without amount left out. `None` where no lost deal has an amount: systems
    /// that write off what they lose would say that all value was won.
    pub by_value: Option<f64>,
    /// Share that is won in the end, open deals censored at their age: stale deals cannot flatter it.
    pub censored: Option<f64>,
    /// Mean amount of the deals won.
    pub mean_won: Option<f64>,
    /// Median days from creation to the win.
    pub cycle_days: Option<f64>,
    /// Money per day: open deals × mean amount of wins × win rate / days of the cycle.
    pub velocity: Option<f64>,
}

impl WinRate {
    /// The win rate of deals.
    #[must_use]
    pub fn of(deals: &[&Deal], as_of: i32) -> Self {
        let with = |outcome: Outcome| deals.iter().filter(move |deal| deal.outcome == Some(outcome));
        let sum = |outcome: Outcome| with(outcome).filter_map(|deal| deal.amount).collect::<ExactSum>().value();
        let (won, lost) = (with(Outcome::Won).count(), with(Outcome::Lost).count());
        let (won_sum, lost_sum) = (sum(Outcome::Won), sum(Outcome::Lost));
        let open = deals.len() - won - lost;
        let spells: Vec<_> = deals.iter().map(|deal| life(deal, as_of)).collect();
        // Closed before it was created: on the day, as everywhere else.
        let days = |deal: &&&Deal| deal.closed.map(|closed| f64::from(closed.saturating_sub(deal.created).max(0)));
        let cycles: Vec<f64> = with(Outcome::Won).filter_map(|deal| days(&deal)).collect();
        let priced = with(Outcome::Won).filter(|deal| deal.amount.is_some()).count();
        let by_count = (won + lost > 0).then(|| won as f64 / (won + lost) as f64);
        let cycle_days = emptor_statistics::median(&cycles);
        let mean_won = (priced > 0).then(|| won_sum / priced as f64);
        let per_day = |((mean, rate), days)| velocity(open, mean, rate, days);
        Self {
            won,
            lost,
            open,
            by_count,
            by_value: (won_sum > 0.0 && lost == 0 || lost_sum > 0.0).then(|| won_sum / (won_sum + lost_sum)),
            censored: Conversion::of(&spells).conversion,
            mean_won,
            cycle_days,
            velocity: mean_won.zip(by_count).zip(cycle_days).and_then(per_day),
        }
    }
}

/// The win rate of the deals that were created in one period.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct WinCohort {
    /// First day of the period.
    pub start: Date,
    /// What became of them: of young cohorts, most are open, and only [`WinRate::censored`] compares with older ones.
    pub rate: WinRate,
}

/// Win rates by period of creation, oldest first.
///
/// # Errors
/// If a day lies beyond the calendar.
pub fn win_cohorts(snapshot: &Snapshot<'_>, grain: Grain) -> Result<Vec<WinCohort>, Invalid> {
    let mut cohorts: BTreeMap<Date, Vec<&Deal>> = BTreeMap::new();
    for deal in snapshot.deals() {
        cohorts.entry(grain.start(Date::from_days_since_epoch(deal.created)?)?).or_default().push(deal);
    }
    let of = |(start, deals): (Date, Vec<&Deal>)| WinCohort { start, rate: WinRate::of(&deals, snapshot.day()) };
    Ok(cohorts.into_iter().map(of).collect())
}

#[cfg(test)]
#[path = "win_tests.rs"]
mod tests;
