//! How probable it is to win, how fast, and how much there is to win.

use std::collections::HashMap;

use emptor_types::ExactSum;

use super::deals::{Deal, Outcome};
use super::funnel::{Conversion, Stay, life};

/// A share of few, drawn towards a share of many: `(count + strength · prior) / (of + strength)`, the mean of the Beta
/// posterior whose prior counts as `strength` observations (e.g. Gelman et al. 2013, *Bayesian Data Analysis*, §2.4).
///
/// ```
/// use emptor_core::profile::prospecting::shrunk_rate;
///
/// assert_eq!(shrunk_rate(3, 5, 0.2, 10.0), (3.0 + 2.0) / 15.0);
/// assert_eq!(shrunk_rate(0, 0, 0.2, 10.0), 0.2);
/// ```
#[must_use]
pub fn shrunk_rate(count: usize, of: usize, prior: f64, strength: f64) -> f64 {
    if of == 0 { prior } else { (count as f64 + strength * prior) / (of as f64 + strength) }
}

/// Sales velocity, per day: deals × mean amount × win rate / days of the cycle. `None` unless the cycle has a length.
///
/// ```
/// use emptor_core::profile::prospecting::velocity;
///
/// let per_day = velocity(50, 10_000.0, 0.2, 30.0).ok_or("no cycle")?;
/// assert!((per_day - 3_333.33).abs() < 0.01);
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn velocity(deals: usize, mean_amount: f64, win_rate: f64, cycle_days: f64) -> Option<f64> {
    (cycle_days > 0.0).then(|| deals as f64 * mean_amount * win_rate / cycle_days)
}

/// What is open over what is still to be won: `open / (target − won)`. `None` once the target is reached.
///
/// ```
/// use emptor_core::profile::prospecting::coverage;
///
/// assert_eq!(coverage(300.0, 200.0, 100.0), Some(3.0));
/// assert_eq!(coverage(300.0, 100.0, 100.0), None);
/// ```
#[must_use]
pub fn coverage(open: f64, target: f64, won: f64) -> Option<f64> {
    (target - won > 0.0).then(|| open / (target - won))
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
        let days = |deal: &&&Deal| deal.closed.map(|closed| f64::from(closed - deal.created));
        let cycles: Vec<f64> = with(Outcome::Won).filter_map(|deal| days(&deal)).collect();
        let priced = with(Outcome::Won).filter(|deal| deal.amount.is_some()).count();
        let by_count = (won + lost > 0).then(|| won as f64 / (won + lost) as f64);
        let cycle_days = crate::statistics::median(&cycles);
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

/// A stage, a band of age and a segment, each `None` for all.
type Group = (Option<usize>, Option<usize>, Option<String>);

/// Historical win rates by stage, by age in the stage, and by a segment, each drawn towards the one before.
#[derive(Debug, Clone)]
pub(super) struct History {
    /// Deals won and decided, in all.
    pub(super) all: (usize, usize),
    strength: f64,
    bands: Vec<i32>,
    /// Won and decided.
    cells: HashMap<Group, (usize, usize)>,
}

/// Where a probability comes from: won and decided of the finest group that says something, and its name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Basis {
    pub(super) p: f64,
    pub(super) reasons: Vec<String>,
}

impl History {
    /// Counts the decided deals: in a stage those that entered it, in a band of age those that stayed there that long.
    /// Without stages, the age is that of the deal.
    pub(super) fn of(
        deals: &[Deal],
        stays: &[Stay],
        bands: &[i32],
        strength: f64,
        segment: impl Fn(&Deal) -> Option<String>,
        as_of: i32,
    ) -> Self {
        let mut cells: HashMap<_, (usize, usize)> = HashMap::new();
        let mut all = (0, 0);
        let mut add = |key, won: bool| {
            let cell = cells.entry(key).or_default();
            *cell = (cell.0 + usize::from(won), cell.1 + 1);
        };
        for deal in deals {
            let Some(outcome) = deal.outcome else { continue };
            let won = outcome == Outcome::Won;
            all = (all.0 + usize::from(won), all.1 + 1);
            for band in 0..=band_of(life(deal, as_of).days, bands) {
                add((None, Some(band), None), won);
                segment(deal).into_iter().for_each(|name| add((None, Some(band), Some(name)), won));
            }
        }
        for stay in stays {
            let deal = &deals[stay.deal];
            let Some(outcome) = deal.outcome else { continue };
            let won = outcome == Outcome::Won;
            add((Some(stay.stage), None, None), won);
            for band in 0..=band_of(stay.spell.days, bands) {
                add((Some(stay.stage), Some(band), None), won);
                segment(deal).into_iter().for_each(|name| add((Some(stay.stage), Some(band), Some(name)), won));
            }
        }
        Self { all, strength, bands: bands.to_vec(), cells }
    }

    /// The win rate of everything decided.
    pub(super) fn overall(&self) -> Option<f64> {
        (self.all.1 > 0).then(|| self.all.0 as f64 / self.all.1 as f64)
    }

    /// The probability of a deal in a stage (and its name) for so many days; `None` if nothing was ever decided.
    pub(super) fn probability(&self, stage: Option<(usize, &str)>, days: i32, segment: Option<&str>) -> Option<Basis> {
        let mut p = self.overall()?;
        let mut reasons = vec![format!("{:.0} % of {} decided deals were won", 100.0 * p, self.all.1)];
        let place = stage.map(|(place, _)| place);
        let band = band_of(days, &self.bands);
        let from = if band == 0 { 0 } else { self.bands[band - 1] };
        let name = stage.map_or_else(|| "open".to_owned(), |(_, name)| name.to_owned());
        let mut step = |key, text: String| {
            if let Some((won, of)) = self.cells.get(&key) {
                p = shrunk_rate(*won, *of, p, self.strength);
                reasons.push(format!("{text}: {won} of {of} won, drawn to {:.0} %", 100.0 * p));
            }
        };
        if place.is_some() {
            step((place, None, None), format!("reached {name}"));
        }
        // The first band holds everybody who reached the stage: he would count twice.
        if band > 0 {
            step((place, Some(band), None), format!("{from} days or more in {name}"));
        }
        if let Some(segment) = segment {
            step((place, Some(band), Some(segment.to_owned())), format!("{from} days or more in {name}, {segment}"));
        }
        Some(Basis { p, reasons })
    }
}

/// The band of an age: 0 before the first bound.
fn band_of(days: i32, bounds: &[i32]) -> usize {
    bounds.partition_point(|bound| *bound <= days)
}

#[cfg(test)]
#[path = "win_tests.rs"]
mod tests;
