//! Service value: how much help a customer needs, how it goes, and what it costs.

use emptor_table::{Activities, Surveys, Tickets};
use emptor_types::ExactSum;
use polars::prelude::col;

use super::base::{Base, share};
use super::{AnalysisError, Column};

/// The instrument of satisfaction surveys.
const SATISFACTION: &str = "CSAT";

pub(super) fn columns(base: &Base<'_>) -> Result<Vec<Column>, AnalysisError> {
    let mut columns = Vec::new();
    let mut satisfaction = None;
    if let Some(tickets) = &base.tables.tickets {
        let customers = help(base, tickets)?;
        let per_purchase = base.of_buyers(|i| customers[i].tickets as f64 / f64::from(base.rfm.purchases()[i]));
        columns.push(("tickets_per_purchase", per_purchase));
        let mut add = |name, value: fn(&Help) -> f64| {
            columns.push((name, base.of_buyers(|i| value(&customers[i]))));
        };
        if tickets.has("closed") {
            add("resolution_days", |help| median(&help.days));
        }
        if tickets.has("reopened") {
            add("reopened_share", |help| help.reopened.share());
        }
        if tickets.has("closed") && tickets.has("sla_due") {
            add("sla_met_share", |help| help.in_time.share());
        }
        if tickets.has("satisfaction") {
            satisfaction = Some(customers.iter().map(Help::satisfaction).collect());
        }
    }
    if let Some(surveys) = &base.tables.surveys {
        let asked = latest_answers(base, surveys, SATISFACTION)?;
        let rated: Vec<f64> = satisfaction.unwrap_or_else(|| vec![f64::NAN; base.len()]);
        satisfaction =
            Some(rated.into_iter().zip(asked).map(|(own, asked)| if own.is_nan() { asked } else { own }).collect());
    }
    if let Some(known) = satisfaction {
        columns.push(("service_satisfaction", base.of_buyers(|i| known[i])));
    }
    let logs: Vec<&Activities> = base.tables.activities.iter().filter(|log| log.has("cost")).collect();
    if !logs.is_empty() {
        let costs = costs(base, &logs)?;
        columns.push(("service_cost_share", base.of_buyers(|i| share(costs[i], base.rfm.spend()[i]))));
    }
    Ok(columns)
}

/// Yes among yes and no.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    yes: u32,
    all: u32,
}

impl Tally {
    fn add(&mut self, yes: bool) {
        self.yes += u32::from(yes);
        self.all += 1;
    }

    fn share(self) -> f64 {
        share(f64::from(self.yes), f64::from(self.all))
    }
}

/// What the tickets of a customer say.
#[derive(Debug, Clone, Default)]
struct Help {
    tickets: usize,
    /// From opening to closing, of tickets that were closed.
    days: Vec<i32>,
    reopened: Tally,
    in_time: Tally,
    satisfaction: ExactSum,
    ratings: u32,
}

impl Help {
    fn satisfaction(&self) -> f64 {
        share(self.satisfaction.value(), f64::from(self.ratings))
    }
}

fn help(base: &Base<'_>, tickets: &Tickets) -> Result<Vec<Help>, AnalysisError> {
    let rows = base.rows(
        "tickets",
        tickets.rows().filter(base.is_known("opened")).select(
            ["customer_id", "opened"]
                .into_iter()
                .map(col)
                .chain(
                    [
                        ("closed", "closed"),
                        ("sla_due", "sla_due"),
                        ("reopened", "reopened"),
                        ("satisfaction", "satisfaction_share"),
                    ]
                    .into_iter()
                    .filter(|(role, _)| tickets.has(role))
                    .map(|(_, column)| col(column)),
                )
                .collect::<Vec<_>>(),
        ),
    )?;
    let (opened, closed, due) = (rows.days("opened")?, rows.days("closed")?, rows.days("sla_due")?);
    let (reopened, satisfaction) = (rows.flags("reopened")?, rows.numbers("satisfaction_share")?);
    let mut customers = vec![Help::default(); base.len()];
    for (row, place) in rows.places.iter().enumerate() {
        let (Some(customer), Some(opened)) = (*place, opened[row]) else { continue };
        let help = &mut customers[customer];
        help.tickets += 1;
        let closed = closed[row].filter(|day| *day <= base.as_of);
        help.days.extend(closed.map(|closed| closed - opened));
        match (closed, due[row]) {
            (Some(closed), Some(due)) => help.in_time.add(closed <= due),
            (None, Some(due)) if due < base.as_of => help.in_time.add(false),
            _ => {}
        }
        // What was not closed by the day of observation had no verdict yet.
        if tickets.has("closed") && closed.is_none() {
            continue;
        }
        if let Some(again) = reopened[row] {
            help.reopened.add(again);
        }
        if let Some(rating) = satisfaction[row] {
            help.satisfaction.add(rating);
            help.ratings += 1;
        }
    }
    customers.iter_mut().for_each(|help| help.days.sort_unstable());
    Ok(customers)
}

/// The median of ascending numbers, `NaN` of none.
fn median(days: &[i32]) -> f64 {
    let middle = days.len() / 2;
    let at = |i: usize| days.get(i).map_or(f64::NAN, |day| f64::from(*day));
    if days.len() % 2 == 1 { at(middle) } else { 0.5 * (at(middle.wrapping_sub(1)) + at(middle)) }
}

/// Each customer's latest answer to an instrument, as the share of its scale; names of instruments are compared without
/// regard to case and blanks around them.
pub(super) fn latest_answers(base: &Base<'_>, surveys: &Surveys, instrument: &str) -> Result<Vec<f64>, AnalysisError> {
    let answers = surveys.latest(base.rfm.as_of()).select([
        col("customer_id"),
        col("instrument"),
        col("date"),
        col("scale_share"),
    ]);
    let rows = base.rows("surveys", answers)?;
    let (names, days, shares) = (rows.texts("instrument")?, rows.days("date")?, rows.numbers("scale_share")?);
    let mut latest = vec![(i32::MIN, f64::NAN); base.len()];
    for (row, place) in rows.places.iter().enumerate() {
        let is_asked = names[row].as_deref().is_some_and(|name| name.trim().eq_ignore_ascii_case(instrument));
        let (Some(customer), Some(day), Some(share), true) = (*place, days[row], shares[row], is_asked) else {
            continue;
        };
        let known = &mut latest[customer];
        // Two spellings of one instrument are one; of one day the lower answer counts, as within one spelling.
        if day > known.0 || (day == known.0 && share < known.1) {
            *known = (day, share);
        }
    }
    Ok(latest.into_iter().map(|(_, share)| share).collect())
}

/// What was spent on each customer: 0 without a row, `NaN` where the cost of a row is not known.
fn costs(base: &Base<'_>, logs: &[&Activities]) -> Result<Vec<f64>, AnalysisError> {
    let mut sums = vec![ExactSum::ZERO; base.len()];
    let mut unknown = vec![false; base.len()];
    for log in logs {
        let mine = col("customer_id").is_not_null().and(base.is_known("date"));
        let rows = base.rows("activities", log.rows().filter(mine).select([col("customer_id"), col("cost")]))?;
        for (place, cost) in rows.places.iter().zip(rows.numbers("cost")?) {
            match (*place, cost) {
                (Some(customer), Some(cost)) => sums[customer].add(cost),
                (Some(customer), None) => unknown[customer] = true,
                (None, _) => {}
            }
        }
    }
    Ok(sums.iter().zip(unknown).map(|(sum, unknown)| if unknown { f64::NAN } else { sum.value() }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        assert!(median(&[]).is_nan());
        let medians: Vec<f64> = [&[3][..], &[1, 4], &[0, 2, 9]].into_iter().map(median).collect();
        assert_eq!(medians, [3.0, 2.5, 2.0]);
    }
}
