//! Win rates of the past by stage, age and segment.

use std::collections::HashMap;

use super::deals::{Deal, DealSegment, Outcome};
use super::funnel::{Stay, life};
use super::win::shrunk_rate;

/// A stage, a band of age and a segment, each `None` for all.
type Group = (Option<usize>, Option<usize>, Option<String>);

/// Historical win rates by stage, by age in the stage, and by a segment, each drawn towards the one before.
#[derive(Debug, Clone)]
pub struct WinHistory {
    /// Deals won and decided, in all.
    pub all: (usize, usize),
    strength: f64,
    bands: Vec<i32>,
    /// Won and decided.
    cells: HashMap<Group, (usize, usize)>,
}

/// A probability, and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Basis {
    /// The probability.
    pub rate: Rate,
    /// What it was drawn to, step by step.
    pub reasons: Vec<String>,
}

/// A probability learned from the past, and how much of a past that is: of few deals, it is not known for certain.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Rate {
    /// The probability.
    pub p: f64,
    /// For how many deals it counts, the ones that it was drawn to included.
    pub cases: f64,
    /// Which part of it is the win rate of all deals: 1 where there are no deals like it.
    pub of_all: f64,
}

impl WinHistory {
    /// Counts the decided deals: in a stage those that entered it, in a band of age those that stayed there that long.
    /// Without stages, the age is that of the deal.
    #[must_use]
    pub fn of(deals: &[Deal], stays: &[Stay], bands: &[i32], strength: f64, segment: DealSegment, as_of: i32) -> Self {
        let mut cells: HashMap<Group, (usize, usize)> = HashMap::new();
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
                segment.of(deal).into_iter().for_each(|name| add((None, Some(band), Some(name.to_owned())), won));
            }
        }
        for stay in stays {
            let deal = &deals[stay.deal];
            let Some(outcome) = deal.outcome else { continue };
            let won = outcome == Outcome::Won;
            add((Some(stay.stage), None, None), won);
            for band in 0..=band_of(stay.spell.days, bands) {
                add((Some(stay.stage), Some(band), None), won);
                segment
                    .of(deal)
                    .into_iter()
                    .for_each(|name| add((Some(stay.stage), Some(band), Some(name.to_owned())), won));
            }
        }
        Self { all, strength, bands: bands.to_vec(), cells }
    }

    /// The win rate of everything decided, half a win and half a loss added (Jeffreys' prior; Brown, Cai & DasGupta 2001,
    /// *Statistical Science* 16): three wins of three deals do not say that the fourth is certain. `None` if nothing was ever
    /// decided.
    #[must_use]
    pub fn overall(&self) -> Option<Rate> {
        let (won, of) = (self.all.0 as f64, self.all.1 as f64);
        (self.all.1 > 0).then(|| Rate { p: (won + 0.5) / (of + 1.0), cases: of + 1.0, of_all: 1.0 })
    }

    /// The probability of a deal in a stage (and its name) for so many days; `None` if nothing was ever decided.
    #[must_use]
    pub fn probability(&self, stage: Option<(usize, &str)>, days: i32, segment: Option<&str>) -> Option<Basis> {
        let mut rate = self.overall()?;
        let (won, of) = self.all;
        let mut reasons = vec![format!("{:.0} % of {of} decided deals were won", 100.0 * won as f64 / of as f64)];
        let place = stage.map(|(place, _)| place);
        let band = band_of(days, &self.bands);
        let from = if band == 0 { 0 } else { self.bands[band - 1] };
        let name = stage.map_or_else(|| "open".to_owned(), |(_, name)| name.to_owned());
        let mut step = |key, text: String| {
            if let Some((won, of)) = self.cells.get(&key) {
                let cases = *of as f64 + self.strength;
                rate = Rate {
                    p: shrunk_rate(*won, *of, rate.p, self.strength),
                    cases,
                    of_all: rate.of_all * self.strength / cases,
                };
                reasons.push(format!("{text}: {won} of {of} won, drawn to {:.0} %", 100.0 * rate.p));
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
        Some(Basis { rate, reasons })
    }
}

/// The band of an age: 0 before the first bound.
fn band_of(days: i32, bounds: &[i32]) -> usize {
    bounds.partition_point(|bound| *bound <= days)
}
