//! Customers under contract: who stayed, what it was worth, and how long it lasts.

use emptor_lifetime::{FittedShiftedBetaGeo, ShiftedBetaGeo};
use emptor_types::{ContractHistory, ExactSum, Fit, Invalid, TimeUnit};

use super::base::Base;
use super::frames::{MixRow, MovementRow, StockRow};
use super::growth::RevenueMovement;
use super::rates::{ChurnRule, Rate, RateKind};
use super::settings::PersistencySettings;
use super::survival::{Lifetime, Spell, join_spells, lifetime_by_contract};
use crate::period::Grain;

/// The customers who have or had a contract, with their joined spells.
pub(super) struct Bound {
    pub(super) customers: Vec<(usize, Vec<Spell>)>,
    grace: u32,
}

impl Bound {
    pub(super) fn of(base: &Base, settings: &PersistencySettings) -> Self {
        let spells = |customer: usize| {
            let contracts: Vec<Spell> = base.contracts(customer).iter().map(|contract| contract.spell).collect();
            (customer, join_spells(&contracts, settings.contract_grace))
        };
        let customers = (0..base.len()).filter(|customer| !base.contracts(*customer).is_empty()).map(spells).collect();
        Self { customers, grace: settings.contract_grace }
    }

    fn rule(&self) -> ChurnRule {
        ChurnRule::ContractEnded { grace: self.grace }
    }

    /// Under contract on a day, or within the days of grace after it: a later contract may still join.
    fn covers(&self, spells: &[Spell], day: i32) -> bool {
        let grace = i32::try_from(self.grace).unwrap_or(i32::MAX);
        spells.iter().any(|spell| {
            let end = spell.end.map(|end| end.saturating_add(grace));
            Spell { end, ..*spell }.covers(day)
        })
    }

    /// Stocks of customers and movements of monthly value, by period of the window.
    pub(super) fn periods(&self, base: &Base) -> Result<(Vec<StockRow>, Vec<MovementRow>), Invalid> {
        let (mut stocks, mut movements) = (Vec::new(), Vec::new());
        for place in base.timeline.window() {
            let period = base.timeline.periods()[place];
            let (before, last) = edges(base, place);
            let (mut start, mut new, mut end) = (0, 0, 0);
            let mut sums = [ExactSum::ZERO; 8];
            for (customer, spells) in &self.customers {
                let (was, is) = (self.covers(spells, before), self.covers(spells, last));
                start += usize::from(was);
                end += usize::from(is);
                new += usize::from(is && !was);
                let value = |day| -> f64 {
                    let running = base.contracts(*customer).iter().filter(|contract| contract.spell.covers(day));
                    running.map(|contract| contract.value).collect::<ExactSum>().value()
                };
                let (v0, v1) = (if was { value(before) } else { 0.0 }, if is { value(last) } else { 0.0 });
                let change = v1 - v0;
                let came_back = !was && spells.first().is_some_and(|spell| spell.start <= before);
                let kind = match (was, is) {
                    (true, true) if change > 0.0 => 1,
                    (true, true) => 2,
                    (true, false) => 3,
                    (false, true) if came_back => 5,
                    _ => 4,
                };
                sums[0].add(v0);
                sums[kind].add(change.abs());
                sums[7].add(v1);
            }
            let [s, expansion, contraction, churn, won, resurrected, other, e] = sums.map(ExactSum::value);
            let moved =
                RevenueMovement { start: s, expansion, contraction, churn, new: won, resurrected, other, end: e };
            let is_partial = base.timeline.is_partial(place);
            let rate = Rate::new(RateKind::Retention, self.rule(), end - new, start)?;
            stocks.push(StockRow { period: period.start, start, new, end, rate, is_partial });
            movements.push(MovementRow { start: period.start, basis: "contract", moved, is_partial });
        }
        Ok((stocks, movements))
    }

    /// What the retention rate of a period is a mix of.
    pub(super) fn mix(&self, base: &Base, place: usize) -> Result<Vec<MixRow>, Invalid> {
        let (before, last) = edges(base, place);
        let mut counts = vec![(0, 0); base.timeline.len()];
        for (_, spells) in &self.customers {
            let cohort = spells.first().and_then(|spell| base.timeline.place(spell.start));
            if let Some(cohort) = cohort.filter(|_| self.covers(spells, before)) {
                counts[cohort].1 += 1;
                counts[cohort].0 += usize::from(self.covers(spells, last));
            }
        }
        super::periods::mix_rows(base, place, &counts, RateKind::Retention, self.rule())
    }

    /// Spans of intervals under contract, by the place of the first day of each span and of the last.
    pub(super) fn spans(spells: &[Spell], as_of: i32) -> impl Iterator<Item = (i32, i32)> + '_ {
        spells.iter().map(move |spell| (spell.start, spell.end.map_or(as_of, |end| end.min(as_of))))
    }

    /// How long customers of a group stayed.
    pub(super) fn lifetimes(&self, base: &Base, belongs: impl Fn(usize) -> bool) -> Vec<(Lifetime, usize)> {
        let group = self.customers.iter().filter(|(customer, _)| belongs(*customer));
        group
            .filter_map(|(_, spells)| {
                let first = spells.first()?.start;
                let lifetime = lifetime_by_contract(&base.timeline, spells, self.grace, base.as_of)?;
                // Who left inside a period left at the renewal after it, which the observation reaches by then.
                let observed = base.timeline.elapsed(first, base.as_of) + 1;
                Some((lifetime, observed.max(lifetime.periods + 1)))
            })
            .collect()
    }
}

/// The day before a period, and its last day that is known.
fn edges(base: &Base, place: usize) -> (i32, i32) {
    let period = base.timeline.periods()[place];
    (period.start.days_since_epoch() - 1, period.end.days_since_epoch().min(base.as_of))
}

/// The sBG model of contracts; the reason in words where it cannot be fitted.
pub(super) fn fit(lifetimes: &[(Lifetime, usize)], grain: Grain) -> Result<FittedShiftedBetaGeo, String> {
    let last: Vec<f64> = lifetimes
        .iter()
        .map(|(lifetime, observed)| if lifetime.left { lifetime.periods as f64 } else { *observed as f64 })
        .collect();
    let observed: Vec<f64> = lifetimes.iter().map(|(_, observed)| *observed as f64).collect();
    let unit = match grain {
        Grain::Day => TimeUnit::Day,
        Grain::Week => TimeUnit::Week,
        Grain::Month => TimeUnit::Month,
        _ => TimeUnit::Year,
    };
    let history = ContractHistory::new(&last, &observed, unit).map_err(|e| e.to_string())?;
    let model = ShiftedBetaGeo::builder().build().map_err(|e| e.to_string())?;
    model.fit(&history).map_err(|e| e.to_string())
}
