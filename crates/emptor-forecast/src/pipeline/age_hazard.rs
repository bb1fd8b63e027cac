//! Forecasts by how deals of an age fare in a part of the quarter.

use std::collections::{BTreeMap, HashMap};

use emptor_types::period::Grain;
use emptor_types::{Date, Fit, Invalid};
use serde::{Deserialize, Serialize};

use super::assemble::{Draft, Groups};
use super::deals::{Deal, DealSegment, Outcome};
use super::hazard::{Calendar, HazardSpec, Hazards, Life, Phase};
use super::method::{Ahead, PipelineForecast, PipelineMethod};
use super::shock::{PeriodError, Shock, ShockPrior};
use super::snapshot::Snapshot;
use super::treat::{PastSettings, PipelinePast};
use crate::ForecastError;

const METHOD: &str = "age_hazard";
/// A gap between creations that is less probable than this is no chance.
const RARE: f64 = 0.01;

/// What a pipeline brings, by the daily chances of a deal to be won or lost at its age, in this month of the quarter, in its
/// segment; of the deals that are open, and of those that will be created until then.
///
/// ```text
/// open:   P(win in period) = Σ_{days t of it} S(t−1) λ_win(age_t, phase_t, g)      S(t) = S(t−1)(1 − λ_win − λ_loss)
/// to come:  α_g Σ_{days s ≤ t} S_s(t−1) λ_win(t − s, phase_t, g)                    α_g = deals created per day of late
/// ```
///
/// What it expects is then multiplied by a common factor per period, whose size and spread are those of the errors that the
/// method made in earlier periods, from what was known before each (see [`Shock`]). Intervals are drawn with that factor, with
/// the uncertainty of the segments' chances and of the number of new deals, and with amounts as they vary.
///
/// Expected dates and stated probabilities are not needed, and not used. Deals without a known day of their end are left out.
#[derive(Debug, Clone, PartialEq)]
pub struct AgeHazard {
    /// The part of the calendar that counts: the month in the quarter.
    pub phase: Phase,
    /// By what else chances are told apart: by product.
    pub segment: DealSegment,
    /// Bands of age, of as many closings each: 16.
    pub bands: usize,
    /// How many events the chance of the greater group counts in that of the smaller one: 10.
    pub strength: f64,
    /// The last whole periods whose creations are the rate of new deals: 3, so that every month of a quarter counts once.
    pub arrivals: usize,
    /// The last periods from whose errors the common factor is learned: 12.
    pub errors: usize,
    /// What is known of it before.
    pub shock: ShockPrior,
}

impl Default for AgeHazard {
    fn default() -> Self {
        Self {
            phase: Phase::default(),
            segment: DealSegment::Product,
            bands: 16,
            strength: 10.0,
            arrivals: 3,
            errors: 12,
            shock: ShockPrior::default(),
        }
    }
}

impl AgeHazard {
    /// Checks the settings.
    ///
    /// # Errors
    /// All violations.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        checks.require((1..=200).contains(&self.bands), "bands", "must be from 1 to 200", self.bands);
        checks.require(
            (1e-6..=1e9).contains(&self.strength),
            "strength",
            "must be from 1e-6 to 1e9 events",
            self.strength,
        );
        checks.require(self.arrivals > 0, "arrivals", "must be at least 1 period", self.arrivals);
        checks.absorb(self.shock.check());
        checks.finish()
    }

    fn lives(deals: &[Deal], groups: &[usize]) -> Vec<(usize, Life)> {
        let of = |(place, deal): (usize, &Deal)| {
            let end = match (deal.outcome, deal.closed) {
                (Some(outcome), Some(day)) => Some((day.max(deal.created), outcome == Outcome::Won)),
                (Some(_), None) => return None,
                (None, _) => None,
            };
            Some((place, Life { created: deal.created, end, group: groups[place] }))
        };
        deals.iter().enumerate().filter_map(of).collect()
    }

    fn fit_lives(
        &self,
        lives: &[Life],
        groups: usize,
        calendar: &Calendar,
        until: i32,
    ) -> Result<Hazards, ForecastError> {
        let spec = HazardSpec { phase: self.phase, bands: self.bands, strength: self.strength, groups };
        Hazards::of(lives, spec, calendar, until).ok_or_else(|| ForecastError::NotAdmissible {
            method: METHOD.to_owned(),
            reason: "no deal was decided on a known day so far".to_owned(),
        })
    }
}

impl AgeHazard {
    /// The first day whose creations count for the rate of new deals, from the start of the period that is forecast first.
    fn since(&self, start: Date, grain: Grain) -> Result<i32, ForecastError> {
        let mut since = start;
        for _ in 0..self.arrivals.min(1_000) {
            since = grain.start(since.plus_days(-1))?;
        }
        Ok(since.days_since_epoch())
    }

    /// How the method erred in the periods before one, each time from what was known before; oldest last. A period counts if
    /// half as many days of its phases had been seen as it has: else it is the guess that errs, and not the method.
    fn errors(
        &self,
        lives: &[Life],
        groups: usize,
        calendar: &Calendar,
        start: Date,
        grain: Grain,
    ) -> Result<Vec<PeriodError>, ForecastError> {
        let Some(from) = lives.iter().filter_map(|life| life.end.map(|(end, _)| end)).min() else {
            return Ok(Vec::new());
        };
        let mut errors = Vec::new();
        let mut next = start;
        for _ in 0..self.errors {
            let target = grain.start(next.plus_days(-1))?;
            let (first, end) = (target.days_since_epoch(), next.days_since_epoch() - 1);
            if first <= from {
                break;
            }
            next = target;
            let days = |from: i32, to: i32, phase: usize| (from..=to).filter(|day| calendar.at(*day) == phase).count();
            let unseen = |phase: &usize| 2 * days(from, first - 1, *phase) < days(first, end, *phase);
            if (0..self.phase.count()).any(|phase| unseen(&phase)) {
                continue;
            }
            let until = first - 1;
            let Ok(hazards) = self.fit_lives(lives, groups, calendar, until) else { continue };
            let since = self.since(target, grain)?.max(begun(lives, until));
            let projection = Horizon { until, calendar, ends: vec![end], since }.project(&hazards, lives, groups);
            let open = projection.open.iter().flat_map(|(_, wins)| wins);
            let expected = open.chain(projection.fresh.iter().flatten()).sum();
            let won = |life: &&Life| life.end.is_some_and(|(day, won)| won && (first..=end).contains(&day));
            errors.push(PeriodError { expected, actual: lives.iter().filter(won).count() });
        }
        Ok(errors)
    }
}

impl Fit<Snapshot<'_>> for AgeHazard {
    type Fitted = FittedAgeHazard;
    type Error = ForecastError;

    fn fit(&self, snapshot: &Snapshot<'_>) -> Result<FittedAgeHazard, ForecastError> {
        self.check()?;
        let groups = Groups::of(snapshot.deals(), self.segment);
        let lives: Vec<Life> = Self::lives(snapshot.deals(), &groups.of).into_iter().map(|(_, life)| life).collect();
        let first = lives.iter().map(|life| life.created).min().unwrap_or(snapshot.day());
        let calendar = Calendar::new(self.phase, first, snapshot.day())?;
        let hazards = self.fit_lives(&lives, groups.names.len(), &calendar, snapshot.day())?;
        Ok(FittedAgeHazard { groups: groups.names, hazards })
    }
}

/// Daily chances by age, phase and segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedAgeHazard {
    groups: Vec<String>,
    hazards: Hazards,
}

impl FittedAgeHazard {
    /// Chance of a win and of a loss on a day for a deal of an age in days, in a segment; `None` for a segment never seen.
    #[must_use]
    pub fn chances(&self, age: i32, day: Date, segment: &str) -> Option<(f64, f64)> {
        let group = self.groups.iter().position(|name| name == segment)?;
        Some(self.hazards.at(age, self.hazards.phase_of(day), group))
    }

    /// The first day on which an end was seen: days at risk count from it.
    #[must_use]
    pub fn observed_from(&self) -> i32 {
        self.hazards.from
    }
}

/// The day from which on deals were created as they are now: that of the first one that was known on a day, but for a few
/// stragglers. Of deals that come evenly, the first gap of so many is as long as that once in a hundred times:
///
/// ```text
/// P(gap > g) = (1 − g/T)^n      T days from the one before to the last, n deals after it
/// ```
///
/// A table that begins in autumn and still has one open deal of the spring before would else say that half as many come.
fn begun(lives: &[Life], until: i32) -> i32 {
    let mut days: Vec<i32> = lives.iter().map(|life| life.created).filter(|day| *day <= until).collect();
    days.sort_unstable();
    let stragglers = (days.len() / 20).max(1).min(days.len().saturating_sub(1));
    let straggles = |k: &usize| {
        let gap = f64::from(days[k + 1] - days[*k]);
        let span = f64::from(until + 1 - days[*k]);
        let after = (days.len() - k - 1) as f64;
        after * libm::log1p(-gap / span) < libm::log(RARE)
    };
    let last = (0..stragglers).rev().find(straggles);
    last.map_or(days.first(), |k| days.get(k + 1)).copied().unwrap_or(until)
}

/// What is expected from a day on: by life that is open then, and by group and period of those to come.
struct Projection {
    open: Vec<(usize, Vec<f64>)>,
    fresh: Vec<Vec<f64>>,
}

/// Periods ahead of a day, in days.
struct Horizon<'a> {
    until: i32,
    calendar: &'a Calendar,
    /// Last days of the periods.
    ends: Vec<i32>,
    /// First day of the creations that count for the rate of new ones.
    since: i32,
}

impl Horizon<'_> {
    /// The chances of a deal of a group that is open at an age on the first of so many days to be won by period; on the first
    /// day it counts, it is one day older than its age, or as old where it is created on it.
    fn walk(&self, hazards: &Hazards, created: i32, from: i32, group: usize) -> Vec<f64> {
        let mut wins = vec![0.0; self.ends.len()];
        let (mut alive, mut day) = (1.0, from);
        for (win, end) in wins.iter_mut().zip(&self.ends) {
            while day <= *end {
                let (won, lost) = hazards.at(day - created, self.calendar.at(day), group);
                *win += alive * won;
                alive *= 1.0 - won - lost;
                day += 1;
            }
        }
        wins
    }

    fn project(&self, hazards: &Hazards, lives: &[Life], groups: usize) -> Projection {
        let mut seen: HashMap<(i32, usize), Vec<f64>> = HashMap::new();
        let mut open = Vec::new();
        let mut created = vec![0.0; groups];
        for (place, life) in lives.iter().enumerate() {
            let Some(life) = life.until(self.until) else { continue };
            if life.created >= self.since {
                created[life.group] += 1.0;
            }
            if life.end.is_none() {
                let walk = || self.walk(hazards, life.created, self.until + 1, life.group);
                open.push((place, seen.entry((life.created, life.group)).or_insert_with(walk).clone()));
            }
        }
        let days = f64::from((self.until + 1 - self.since).max(1));
        let last = self.ends.last().copied().unwrap_or(self.until);
        let fresh = (0..groups)
            .map(|group| {
                let mut wins = vec![0.0; self.ends.len()];
                for day in (self.until + 1..=last).filter(|_| created[group] > 0.0) {
                    let walk = self.walk(hazards, day, day, group);
                    wins.iter_mut().zip(walk).for_each(|(sum, p)| *sum += p * created[group] / days);
                }
                wins
            })
            .collect();
        Projection { open, fresh }
    }
}

impl PipelineMethod for AgeHazard {
    fn name(&self) -> &'static str {
        METHOD
    }

    fn forecast(&self, snapshot: &Snapshot<'_>, ahead: &Ahead) -> Result<PipelineForecast, ForecastError> {
        self.check()?;
        let periods = ahead.periods(snapshot.as_of())?;
        let deals = snapshot.deals();
        let segments = Groups::of(deals, self.segment);
        let (places, lives): (Vec<usize>, Vec<Life>) = Self::lives(deals, &segments.of).into_iter().unzip();
        let n = segments.names.len();
        let born = lives.iter().map(|life| life.created).min().unwrap_or(snapshot.day());
        let last = periods.last().map_or(snapshot.day(), |period| period.end.days_since_epoch());
        let calendar = Calendar::new(self.phase, born, last)?;
        let hazards = self.fit_lives(&lives, n, &calendar, snapshot.day())?;
        let start = periods[0].start;
        let errors = self.errors(&lives, n, &calendar, start, ahead.grain)?;
        let horizon = Horizon {
            until: snapshot.day(),
            calendar: &calendar,
            ends: periods.iter().map(|period| period.end.days_since_epoch()).collect(),
            since: self.since(start, ahead.grain)?.max(begun(&lives, snapshot.day())),
        };
        let projection = horizon.project(&hazards, &lives, n);
        let groups = Groups::of(deals, ahead.by);
        let arrivals = Arrivals::of(&projection, &segments.of, &groups, deals, horizon.since);
        let past = PipelinePast::of(snapshot, &PastSettings { segment: self.segment, ..PastSettings::default() });
        let open = past.open(snapshot, snapshot.day().saturating_add(1));
        let mut chances: HashMap<usize, Vec<f64>> =
            projection.open.into_iter().map(|(place, chances)| (places[place], chances)).collect();
        let chances = open.iter().map(|deal| chances.remove(&deal.deal).unwrap_or_default()).collect();
        let doubt = periods.iter().map(|period| {
            let wins = hazards.phase_wins.get(calendar.at(period.start.days_since_epoch())).copied();
            1.0 / (wins.unwrap_or(0.0) + self.strength)
        });
        let doubt = doubt.collect();
        let wins = |group: usize| {
            let won = |(deal, of): &(&Deal, &usize)| **of == group && deal.outcome == Some(Outcome::Won);
            deals.iter().zip(&groups.of).filter(won).count() as f64
        };
        let learned = (0..groups.names.len()).map(|group| Some(wins(group) + self.strength)).collect();
        let shock = Shock::learn(self.shock, &errors);
        Ok(Draft {
            method: METHOD,
            snapshot,
            ahead,
            periods,
            past: &past,
            open: &open,
            chances,
            rates: vec![None; open.len()],
            overall: None,
            shares: None,
            fresh: arrivals.fresh,
            created: arrivals.created,
            learned,
            groups,
            shock,
            factor: shock.mean_factor(),
            doubt,
        }
        .finish())
    }
}

/// Wins of deals to come, told apart as the forecast is: by the shares of the groups among the deals of a segment that were
/// created of late.
struct Arrivals {
    fresh: Vec<Vec<f64>>,
    created: Vec<f64>,
}

impl Arrivals {
    fn of(projection: &Projection, segments: &[usize], groups: &Groups, deals: &[Deal], since: i32) -> Self {
        let periods = projection.fresh.first().map_or(0, Vec::len);
        let mut counts: BTreeMap<(usize, usize), f64> = BTreeMap::new();
        for ((deal, segment), group) in deals.iter().zip(segments).zip(&groups.of) {
            if deal.created >= since {
                *counts.entry((*segment, *group)).or_default() += 1.0;
            }
        }
        let mut of: Vec<f64> = vec![0.0; projection.fresh.len()];
        counts.iter().for_each(|((segment, _), n)| of[*segment] += n);
        let mut fresh = vec![vec![0.0; periods]; groups.names.len()];
        let mut created = vec![0.0; groups.names.len()];
        for ((segment, group), n) in counts {
            created[group] += n;
            let wins = &projection.fresh[segment];
            fresh[group].iter_mut().zip(wins).for_each(|(sum, wins)| *sum += wins * n / of[segment]);
        }
        Self { fresh, created }
    }
}

#[cfg(test)]
#[path = "age_hazard_tests.rs"]
mod tests;
