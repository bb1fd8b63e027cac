//! Curves: how long customers stay, and how long until they buy again.

use emptor_types::Invalid;

use super::contracts::fit;
use super::frames::{self, NextRow, SurvivalRow};
use super::rates::ChurnRule;
use super::section::Run;
use super::survival::{Lifetime, lifetime_by_silence, wait_after};
use crate::profile::{Gap, ProfileError, Section};
use crate::statistics::KaplanMeier;

impl Run<'_> {
    pub(super) fn survival(&self, section: &mut Section) -> Result<(), ProfileError> {
        let mut rows = Vec::new();
        let mut flags = Vec::new();
        for (name, group) in self.segments.each() {
            let belongs = |customer: usize| self.segments.belongs(customer, group);
            let bound = self.bound.lifetimes(&self.base, belongs);
            if !bound.is_empty() {
                let model = fit(&bound, self.base.timeline.grain());
                if let Err(reason) = &model {
                    flags.push(format!("no_model of {name}: {reason}"));
                }
                let lifetimes: Vec<Lifetime> = bound.iter().map(|(lifetime, _)| *lifetime).collect();
                let rule = ChurnRule::ContractEnded { grace: self.settings.contract_grace };
                let mut curve = curve(&lifetimes, name, "contract", rule)?;
                if let Ok(model) = model {
                    let (survival, rates) = (model.survival_curve(curve.len()), model.retention_rates(curve.len()));
                    for row in &mut curve {
                        row.model = match row.t.checked_sub(1) {
                            None => Some((1.0, None)),
                            Some(t) => survival.get(t).map(|survival| (*survival, rates.get(t).copied())),
                        };
                    }
                }
                rows.extend(curve);
            }
            if let Some(limit) = self.habit.limit {
                let free = (0..self.base.len())
                    .filter(|customer| belongs(*customer) && self.base.contracts(*customer).is_empty());
                let lifetimes: Vec<Lifetime> = free
                    .filter_map(|customer| {
                        lifetime_by_silence(&self.base.timeline, self.base.bought(customer), limit, self.base.as_of)
                    })
                    .collect();
                rows.extend(curve(&lifetimes, name, "purchases", self.habit.rule())?);
            }
        }
        if self.habit.limit.is_none() {
            section.gaps.push(Gap::new("survival_curve of purchases", [], self.too_little()));
        }
        if rows.is_empty() {
            return Ok(());
        }
        let mut table = self.covered(frames::survival(&rows)?);
        table.flags.extend(flags);
        section.tables.push(table);
        Ok(())
    }

    pub(super) fn too_little(&self) -> String {
        format!(
            "without contracts, customers are called gone from {} buyers on, {} days of history and one \
             who bought on three days (here {} buyers)",
            self.settings.min_n, self.settings.min_history_days, self.habit.buyers
        )
    }

    /// Curves of the waits after each purchase.
    pub(super) fn waits(&self) -> Result<Vec<KaplanMeier>, ProfileError> {
        let mut curves = Vec::new();
        for n in 1..=self.settings.next_purchases {
            let waits =
                (0..self.base.len()).filter_map(|customer| wait_after(self.base.bought(customer), n, self.base.as_of));
            let (days, again): (Vec<f64>, Vec<bool>) = waits.map(|(days, again)| (f64::from(days), again)).unzip();
            if days.is_empty() {
                break;
            }
            curves.push(KaplanMeier::estimate(&days, &again)?);
        }
        Ok(curves)
    }

    pub(super) fn next_purchases(&self, section: &mut Section, waits: &[KaplanMeier]) -> Result<(), ProfileError> {
        let rows: Vec<NextRow> = waits
            .iter()
            .enumerate()
            .flat_map(|(i, curve)| curve.steps().iter().filter(|step| step.events > 0).map(move |step| (i + 1, step)))
            .map(|(purchase, step)| NextRow {
                purchase,
                days: step.time,
                at_risk: step.at_risk,
                events: step.events,
                waiting: step.survival,
                error: step.standard_error,
            })
            .collect();
        if rows.is_empty() {
            section.gaps.push(Gap::new("next_purchase", [], "nobody has bought twice yet"));
            return Ok(());
        }
        section.tables.push(self.covered(frames::next_purchases(&rows)?));
        Ok(())
    }
}

/// A curve with a row for every whole period.
fn curve(
    lifetimes: &[Lifetime],
    segment: &str,
    basis: &'static str,
    rule: ChurnRule,
) -> Result<Vec<SurvivalRow>, Invalid> {
    let durations: Vec<f64> = lifetimes.iter().map(|lifetime| lifetime.periods as f64).collect();
    let left: Vec<bool> = lifetimes.iter().map(|lifetime| lifetime.left).collect();
    let estimate = KaplanMeier::estimate(&durations, &left)?;
    let mut rows = Vec::new();
    let (mut survival, mut error, mut t) = (1.0, 0.0, 0);
    for step in estimate.steps() {
        let row = |t: usize, events: usize, survival: f64, error: f64| SurvivalRow {
            segment: segment.to_owned(),
            t,
            at_risk: step.at_risk,
            events,
            survival,
            error,
            model: None,
            basis,
            rule,
        };
        let at = step.time as usize;
        rows.extend((t..at).map(|t| row(t, 0, survival, error)));
        (survival, error) = (step.survival, step.standard_error);
        rows.push(row(at, step.events, survival, error));
        t = at + 1;
    }
    Ok(rows)
}
