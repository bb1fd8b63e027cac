//! The lead funnel: who goes from stage to stage, by cohorts of entry.

use std::collections::HashMap;

use super::deals::{Deal, Outcome, outcome_of};

/// How a stay in a stage ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Into a later stage, or won.
    Advanced,
    /// Lost.
    Lost,
    /// It has not ended.
    Open,
}

/// A stay in a stage: days from entry to the exit, or to the day of observation while it is open.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spell {
    /// Days.
    pub days: i32,
    /// How it ended.
    pub exit: Exit,
}

/// What became of a group of entries: `entered = advanced + lost + open`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Conversion {
    /// Entries.
    pub entered: usize,
    /// Of those, into a later stage or won.
    pub advanced: usize,
    /// Lost.
    pub lost: usize,
    /// Neither so far.
    pub open: usize,
    /// Share that advances, open ones censored: the cumulative incidence at the longest time seen. Without open ones it
    /// is `advanced / entered`. `None` without entries.
    pub conversion: Option<f64>,
    /// Days until half of those have advanced that do; `None` if none did.
    pub median_days: Option<f64>,
}

impl Conversion {
    /// What became of so many stays, when some are still open: the cumulative incidence of advancing, with losing as the competing
    /// end (Aalen & Johansen 1978, *Scandinavian Journal of Statistics* 5; without losses it is 1 less the Kaplan–Meier
    /// curve). A ratio of what advanced and what entered in the same month would compare different leads, and counting open
    /// leads as lost would make every young cohort look bad.
    ///
    /// ```text
    /// F(t) = Σ_{t_i ≤ t} S(t_i⁻) a_i / n_i        S(t) = Π_{t_i ≤ t} (1 − (a_i + l_i) / n_i)
    /// ```
    ///
    /// with `a_i` advanced and `l_i` lost after `t_i` days, `n_i` at risk until then. Stays censored on a day count as at risk
    /// on that day.
    ///
    /// ```
    /// use emptor_forecast::pipeline::{Conversion, Exit, Spell};
    ///
    /// let spell = |days, exit| Spell { days, exit };
    /// let stays = [spell(5, Exit::Advanced), spell(10, Exit::Open), spell(20, Exit::Lost), spell(30, Exit::Advanced)];
    /// let conversion = Conversion::of(&stays);
    /// // A quarter advances after 5 days; of the ¾ left, half of those seen to the end: ¼ + ¾ · ½ = 0.625.
    /// assert_eq!(conversion.conversion, Some(0.625));
    /// ```
    #[must_use]
    pub fn of(spells: &[Spell]) -> Self {
        let count = |exit: Exit| spells.iter().filter(|spell| spell.exit == exit).count();
        let mut times: Vec<i32> = spells.iter().map(|spell| spell.days).collect();
        times.sort_unstable();
        times.dedup();
        let mut at: HashMap<i32, [usize; 3]> = HashMap::with_capacity(times.len());
        for spell in spells {
            let place = match spell.exit {
                Exit::Advanced => 0,
                Exit::Lost => 1,
                Exit::Open => 2,
            };
            at.entry(spell.days).or_default()[place] += 1;
        }
        let (mut at_risk, mut survival, mut incidence) = (spells.len(), 1.0, 0.0);
        let mut curve = Vec::with_capacity(times.len());
        for time in times {
            let [advanced, lost, open] = at.get(&time).copied().unwrap_or_default();
            incidence += survival * advanced as f64 / at_risk as f64;
            survival *= 1.0 - (advanced + lost) as f64 / at_risk as f64;
            at_risk -= advanced + lost + open;
            curve.push((time, incidence));
        }
        let advanced = count(Exit::Advanced);
        let half = curve.iter().find(|(_, share)| *share >= incidence / 2.0);
        let exact = count(Exit::Open) == 0;
        Self {
            entered: spells.len(),
            advanced,
            lost: count(Exit::Lost),
            open: count(Exit::Open),
            conversion: (!spells.is_empty())
                .then(|| if exact { advanced as f64 / spells.len() as f64 } else { incidence }),
            median_days: half.filter(|_| advanced > 0).map(|(days, _)| f64::from(*days)),
        }
    }
}

/// A deal's stay in a stage: from its first entry to the first later stage, to its loss, or to the day of observation.
/// Steps back do not end it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stay {
    /// The deal.
    pub deal: usize,
    /// The stage's place in the order.
    pub stage: usize,
    /// The day of entry.
    pub entry: i32,
    /// How long, and how it ended.
    pub spell: Spell,
}

/// The open stages in their order: most often entered before the others (majority of the deals that entered both), by
/// name where that says nothing.
#[must_use]
pub fn order_of_stages(deals: &[Deal]) -> Vec<String> {
    let mut names: Vec<String> = deals
        .iter()
        .flat_map(|deal| deal.stages.iter().map(|change| change.new.clone()))
        .filter(|stage| outcome_of(stage).is_none())
        .collect();
    names.sort_unstable();
    names.dedup();
    let place: HashMap<&str, usize> = names.iter().enumerate().map(|(i, name)| (name.as_str(), i)).collect();
    let mut before = vec![vec![0_i64; names.len()]; names.len()];
    for deal in deals {
        let mut seen: Vec<usize> = Vec::new();
        for stage in deal.stages.iter().filter_map(|change| place.get(change.new.as_str())) {
            if !seen.contains(stage) {
                seen.iter().for_each(|earlier| before[*earlier][*stage] += 1);
                seen.push(*stage);
            }
        }
    }
    let wins = |a: usize| (0..names.len()).filter(|b| before[a][*b] > before[*b][a]).count();
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by_key(|a| std::cmp::Reverse(wins(*a)));
    order.into_iter().map(|i| names[i].clone()).collect()
}

/// The stays of all deals in the stages of an order, by deal and stage.
#[must_use]
pub fn stays(deals: &[Deal], order: &[String], as_of: i32) -> Vec<Stay> {
    let place: HashMap<&str, usize> = order.iter().enumerate().map(|(i, name)| (name.as_str(), i)).collect();
    let mut stays = Vec::new();
    for (i, deal) in deals.iter().enumerate() {
        let entries: Vec<(i32, usize)> = deal
            .stages
            .iter()
            .filter_map(|change| place.get(change.new.as_str()).map(|stage| (change.day, *stage)))
            .collect();
        for stage in 0..order.len() {
            let Some(first) = entries.iter().position(|(_, entered)| *entered == stage) else { continue };
            let entry = entries[first].0;
            let later = entries[first..].iter().find(|(_, entered)| *entered > stage).map(|(day, _)| *day);
            stays.push(Stay { deal: i, stage, entry, spell: spell(deal, entry, later, as_of) });
        }
    }
    stays
}

/// The whole life of a deal as one stay: won is advanced.
#[must_use]
pub fn life(deal: &Deal, as_of: i32) -> Spell {
    spell(deal, deal.created, None, as_of)
}

fn spell(deal: &Deal, entry: i32, later: Option<i32>, as_of: i32) -> Spell {
    let (end, exit) = match (later, deal.outcome) {
        (Some(day), _) => (day, Exit::Advanced),
        (None, Some(outcome)) => {
            // Lost on a day nobody noted: as far as one knows, today.
            let exit = if outcome == Outcome::Won { Exit::Advanced } else { Exit::Lost };
            (deal.closed.unwrap_or(as_of), exit)
        }
        (None, None) => (as_of, Exit::Open),
    };
    Spell { days: (end - entry).max(0), exit }
}

#[cfg(test)]
#[path = "funnel_tests.rs"]
mod tests;
