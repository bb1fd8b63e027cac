//! What the tickets of each customer say by the day of observation.

use emptor_table::Tickets;
use emptor_types::ExactSum;
use polars::prelude::col;

use super::AnalysisError;
use super::base::{Base, share};

/// Optional roles of tickets that are asked for, and the column that each is read from.
const ROLES: [(&str, &str); 4] =
    [("closed", "closed"), ("sla_due", "sla_due"), ("reopened", "reopened"), ("satisfaction", "satisfaction_share")];

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

/// The tickets of a customer, summed up.
#[derive(Debug, Clone, Default)]
pub(super) struct Help {
    tickets: u32,
    /// From opening to closing, of tickets that were closed; ascending.
    days: Vec<i32>,
    reopened: Tally,
    in_time: Tally,
    satisfaction: ExactSum,
    ratings: u32,
}

impl Help {
    /// Tickets opened.
    pub(super) fn tickets(&self) -> u32 {
        self.tickets
    }

    /// Median days to close, `NaN` without a closed ticket.
    pub(super) fn median_days(&self) -> f64 {
        median(&self.days)
    }

    /// Share of closed tickets that were opened again.
    pub(super) fn reopened_share(&self) -> f64 {
        self.reopened.share()
    }

    /// Share of tickets with a due day that were closed by it.
    pub(super) fn in_time_share(&self) -> f64 {
        self.in_time.share()
    }

    /// Mean rating, from 0 to 1.
    pub(super) fn satisfaction(&self) -> f64 {
        share(self.satisfaction.value(), f64::from(self.ratings))
    }
}

/// Sums up the tickets of each customer of the ledger.
pub(super) fn help(base: &Base<'_>, tickets: &Tickets) -> Result<Vec<Help>, AnalysisError> {
    let named = ROLES.into_iter().filter(|(role, _)| tickets.has(role)).map(|(_, column)| column);
    let columns: Vec<_> = ["customer_id", "opened"].into_iter().chain(named).map(col).collect();
    let rows = base.rows("tickets", tickets.rows().filter(base.is_known("opened")).select(columns))?;
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
