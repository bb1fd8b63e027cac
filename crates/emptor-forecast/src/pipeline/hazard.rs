//! Daily hazards of winning and losing by age, phase and segment.

use emptor_types::{Date, Invalid};
use serde::{Deserialize, Serialize};

/// A part of the calendar on which wins depend, beside the age of deals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Phase {
    /// No part.
    None,
    /// First, second or third month of the quarter: sales are closed towards its end.
    #[default]
    MonthInQuarter,
    /// Month of the year.
    MonthOfYear,
}

impl Phase {
    /// How many there are.
    #[must_use]
    pub fn count(self) -> usize {
        match self {
            Self::None => 1,
            Self::MonthInQuarter => 3,
            Self::MonthOfYear => 12,
        }
    }

    /// That of a day.
    #[must_use]
    pub fn of(self, day: Date) -> usize {
        let (_, month) = day.year_month();
        usize::try_from(month - 1).unwrap_or(0) % self.count()
    }
}

/// The life of a deal in days since 1970-01-01, as much of it as was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Life {
    pub(super) created: i32,
    /// The day it was decided, and whether it was won.
    pub(super) end: Option<(i32, bool)>,
    pub(super) group: usize,
}

impl Life {
    /// As it was known on a day.
    pub(super) fn until(self, day: i32) -> Option<Self> {
        (self.created <= day).then(|| Self { end: self.end.filter(|(end, _)| *end <= day), ..self })
    }
}

/// How hazards are estimated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct HazardSpec {
    pub(super) phase: Phase,
    pub(super) bands: usize,
    pub(super) strength: f64,
    pub(super) groups: usize,
}

/// Daily hazards of the two ends of a deal.
///
/// Events and days at risk are counted by band of age, phase of the calendar and segment. The rate of a band is drawn to the
/// one of all ages, its rate in a phase to what band and phase say apart, and a segment's factor to 1, each by a gamma prior
/// that counts as so many events (`k`):
///
/// ```text
/// λ_a = (d_a + ½)/(n_a + ½/λ)      φ_m = (d_m + k)/(Σ_a n_am λ_a + k)      λ_am = λ_a φ_m (d_am + k)/(n_am λ_a φ_m + k)
/// γ_g = (d_g + k)/(Σ_am n_amg λ_am + k)                                     λ_amg = λ_am γ_g
/// ```
///
/// (piecewise exponential hazards as Poisson counts: Holford 1980, *Biometrics* 36; Laird & Olivier 1981, *Journal of the
/// American Statistical Association* 76; competing ends each count the other as censored: Prentice et al. 1978, *Biometrics*
/// 34.)
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Hazards {
    phase: Phase,
    /// Bounds of the bands of age, in days.
    bounds: Vec<i32>,
    /// By end (win, loss), band and phase.
    rates: [Vec<f64>; 2],
    /// By end and segment.
    factors: [Vec<f64>; 2],
    /// Wins by phase.
    pub(super) phase_wins: Vec<f64>,
    /// The first day on which ends were seen.
    pub(super) from: i32,
}

/// Phases of the days from one on.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    first: i32,
    phases: Vec<usize>,
}

impl Calendar {
    pub(super) fn new(phase: Phase, first: i32, last: i32) -> Result<Self, Invalid> {
        let days = first..=last.max(first);
        let phases = days.map(|day| Date::from_days_since_epoch(day).map(|day| phase.of(day)));
        Ok(Self { first, phases: phases.collect::<Result<_, _>>()? })
    }

    pub(super) fn at(&self, day: i32) -> usize {
        usize::try_from(day - self.first).ok().and_then(|at| self.phases.get(at)).copied().unwrap_or(0)
    }
}

impl Hazards {
    /// Counts what was seen until a day, and estimates; `None` if nothing was decided.
    ///
    /// Deals that were closed before the first close that is known are not in the data: those that are were not at risk of
    /// being seen closed before that day, so that days at risk count from it.
    pub(super) fn of(lives: &[Life], spec: HazardSpec, calendar: &Calendar, until: i32) -> Option<Self> {
        let known = || lives.iter().filter_map(|life| life.until(until));
        let mut ages: Vec<i32> =
            known().filter_map(|life| life.end.map(|(end, _)| (end - life.created).max(0))).collect();
        let from = known().filter_map(|life| life.end.map(|(end, _)| end)).min()?;
        ages.sort_unstable();
        let bounds = bounds(&ages, spec.bands);
        let (bands, phases) = (bounds.len() + 1, spec.phase.count());
        let cell = |band: usize, phase: usize, group: usize| (band * phases + phase) * spec.groups + group;
        let mut at_risk = vec![0.0; bands * phases * spec.groups];
        let mut events = [at_risk.clone(), at_risk.clone()];
        for life in known() {
            let last = life.end.map_or(until, |(end, _)| end.max(life.created));
            let mut day = life.created.max(from);
            let mut band = band_of(&bounds, day - life.created);
            while day <= last {
                while bounds.get(band).is_some_and(|bound| *bound <= day - life.created) {
                    band += 1;
                }
                at_risk[cell(band, calendar.at(day), life.group)] += 1.0;
                day += 1;
            }
            if let Some((_, won)) = life.end {
                let band = band_of(&bounds, last - life.created);
                events[usize::from(!won)][cell(band, calendar.at(last), life.group)] += 1.0;
            }
        }
        let shape = [bands, phases, spec.groups];
        let fitted = events.each_ref().map(|events| estimate(events, &at_risk, shape, spec.strength));
        let [(wins, win_factors), (losses, loss_factors)] = fitted;
        let mut phase_wins = vec![0.0; phases];
        events[0].iter().enumerate().for_each(|(i, wins)| phase_wins[i / spec.groups % phases] += wins);
        Some(Self {
            phase: spec.phase,
            bounds,
            rates: [wins, losses],
            factors: [win_factors, loss_factors],
            phase_wins,
            from,
        })
    }

    pub(super) fn phase_of(&self, day: Date) -> usize {
        self.phase.of(day)
    }

    /// Chance of a win and of a loss on a day at an age, for a deal that is open.
    pub(super) fn at(&self, age: i32, phase: usize, group: usize) -> (f64, f64) {
        let cell = band_of(&self.bounds, age) * self.phase.count() + phase;
        let [win, loss] = [0, 1].map(|end: usize| self.rates[end][cell] * self.factors[end][group]);
        let all = win + loss;
        if all > 1.0 { (win / all, loss / all) } else { (win, loss) }
    }
}

/// Bounds between bands of as many ends each, as far as ages allow, and one beyond the oldest: nothing is known of what
/// happens there, but that it did not happen so far.
fn bounds(ages: &[i32], bands: usize) -> Vec<i32> {
    let mut bounds: Vec<i32> = (1..bands).filter_map(|k| ages.get(k * ages.len() / bands).copied()).collect();
    bounds.extend(ages.last().map(|oldest| oldest + 1));
    bounds.retain(|bound| *bound > 0);
    bounds.dedup();
    bounds
}

fn band_of(bounds: &[i32], age: i32) -> usize {
    bounds.partition_point(|bound| *bound <= age)
}

/// Rates by band and phase, and factors by group.
fn estimate(events: &[f64], at_risk: &[f64], [bands, phases, groups]: [usize; 3], k: f64) -> (Vec<f64>, Vec<f64>) {
    let by_cell = |values: &[f64]| values.chunks(groups).map(|of| of.iter().sum::<f64>()).collect::<Vec<f64>>();
    let (d, n) = (by_cell(events), by_cell(at_risk));
    // What was never seen is not impossible: half an event.
    let overall = d.iter().sum::<f64>().max(0.5) / n.iter().sum::<f64>().max(1.0);
    let band = |values: &[f64], a: usize| values[a * phases..(a + 1) * phases].iter().sum::<f64>();
    let base: Vec<f64> = (0..bands).map(|a| (band(&d, a) + 0.5) / (band(&n, a) + 0.5 / overall)).collect();
    let phase = |m: usize| {
        let seen: f64 = (0..bands).map(|a| d[a * phases + m]).sum();
        let expected: f64 = (0..bands).map(|a| n[a * phases + m] * base[a]).sum();
        (seen + k) / (expected + k)
    };
    let effects: Vec<f64> = (0..phases).map(phase).collect();
    let rates: Vec<f64> = (0..bands * phases)
        .map(|cell| {
            let mean = base[cell / phases] * effects[cell % phases];
            mean * (d[cell] + k) / (n[cell] * mean + k)
        })
        .collect();
    let factor = |g: usize| {
        let of = |values: &[f64], cell: usize| values[cell * groups + g];
        let seen: f64 = (0..rates.len()).map(|cell| of(events, cell)).sum();
        let expected: f64 = (0..rates.len()).map(|cell| of(at_risk, cell) * rates[cell]).sum();
        (seen + k) / (expected + k)
    };
    let factors = (0..groups).map(factor).collect();
    (rates, factors)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "counts are exact")]
mod tests {
    use super::*;

    const SPEC: HazardSpec = HazardSpec { phase: Phase::None, bands: 1, strength: 1e-9, groups: 1 };

    #[test]
    fn one_band_is_events_per_day_at_risk() -> Result<(), Box<dyn std::error::Error>> {
        // Seen from day 4, when the first one ends: days 4, 4 to 9, 4 to 10 and 6 to 10 are at risk.
        let life = |created, end| Life { created, end, group: 0 };
        let lives = [life(0, Some((4, true))), life(0, Some((9, true))), life(2, None), life(6, Some((10, false)))];
        let calendar = Calendar::new(Phase::None, 0, 10)?;
        let hazards = Hazards::of(&lives, SPEC, &calendar, 10).ok_or("nothing decided")?;
        let (win, loss) = hazards.at(3, 0, 0);
        let days = 1.0 + 6.0 + 7.0 + 5.0;
        // The half event of the prior in the band beyond the oldest age takes nothing from the band itself but itself.
        assert!((win - 2.5 / (days + 0.5 * days / 2.0)).abs() < 1e-9, "{win}");
        assert!((loss - 1.5 / (days + 0.5 * days)).abs() < 1e-9, "{loss}");
        assert!(hazards.at(200, 0, 0).0 > 0.0);
        Ok(())
    }

    #[test]
    fn a_phase_without_wins_has_next_to_none_and_one_never_seen_has_the_mean() -> Result<(), Box<dyn std::error::Error>>
    {
        // January to March 2023, days 19358 to 19447: no deal is won in January.
        let spec = HazardSpec { phase: Phase::MonthInQuarter, bands: 2, strength: 10.0, groups: 1 };
        let life =
            |i: i32| Life { created: 19_358 - i % 3, end: (i % 4 > 0).then(|| (19_389 + i % 59, true)), group: 0 };
        let mut lives: Vec<Life> = (0..400).map(life).collect();
        lives.push(Life { created: 19_350, end: Some((19_358, false)), group: 0 });
        let calendar = Calendar::new(spec.phase, 19_300, 19_460)?;
        let hazards = Hazards::of(&lives, spec, &calendar, 19_447).ok_or("nothing decided")?;
        assert!(hazards.at(20, 0, 0).0 < 0.1 * hazards.at(20, 1, 0).0);
        assert_eq!(hazards.phase_wins.iter().sum::<f64>(), 300.0);
        let early = Hazards::of(&lives, spec, &calendar, 19_416).ok_or("nothing decided")?;
        assert_eq!(early.phase_wins[2], 0.0);
        assert!(early.at(40, 2, 0).0 > early.at(40, 0, 0).0);
        Ok(())
    }
}
