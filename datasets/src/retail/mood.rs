//! How a customer feels about the company: what surveys, referrals and payments have in common. No table states it.

use std::collections::BTreeMap;

use emptor_types::Date;

use super::calendar::Clock;
use super::customers::{Buyer, Customer};
use super::settings::RetailSimulation;
use super::tickets::TicketOrder;
use crate::random::Stream;

/// Spread of what nothing explains.
const OWN: f64 = 0.7;
/// Mean probability of dropping out, and what a probability above it takes off.
const DROPOUT: (f64, f64) = (0.17, 1.5);
/// What dropping out takes off from the next day on.
const GONE: f64 = 0.8;
/// What a ticket adds that the first contact solves, and takes off that it does not.
const TICKET: (f64, f64) = (0.05, 0.9);
/// No mood is further from 0.
const GREATEST: f64 = 2.0;

/// The moods of the buyers, from −2 to 2.
#[derive(Debug)]
pub(crate) struct Moods {
    buyers: Vec<Mood>,
}

#[derive(Debug)]
struct Mood {
    base: f64,
    /// What changes it, and the first day on which it does.
    events: Vec<(Date, f64)>,
}

impl Moods {
    pub(crate) fn new(
        settings: &RetailSimulation,
        clock: &Clock,
        customers: &[Customer],
        buyers: &[Buyer],
        tickets: &[TicketOrder],
    ) -> Self {
        let mut moods: Vec<Mood> = buyers
            .iter()
            .zip(0..)
            .map(|(buyer, index)| {
                let own = OWN * Stream::new(settings.seed, "moods", index).normal();
                let gone = buyer.dropout.map(|day| (clock.day(day).plus_days(1), -GONE));
                Mood { base: own - DROPOUT.1 * (buyer.latent.dropout - DROPOUT.0), events: gone.into_iter().collect() }
            })
            .collect();
        let index: BTreeMap<&str, usize> = customers
            .iter()
            .take(buyers.len())
            .zip(0..)
            .map(|(row, index)| (row.customer_id.as_str(), index))
            .collect();
        for TicketOrder { ticket, .. } in tickets {
            // A ticket is an event when it is closed; one that stays open weighs from the day after it was opened.
            let day = ticket.closed.unwrap_or_else(|| ticket.opened.plus_days(1));
            let solved = ticket.first_contact_resolution == Some(true);
            if let Some(&buyer) = index.get(ticket.customer_id.as_str()) {
                moods[buyer].events.push((day, if solved { TICKET.0 } else { -TICKET.1 }));
            }
        }
        Self { buyers: moods }
    }

    /// The mood of a buyer on a day.
    pub(crate) fn on(&self, buyer: usize, day: Date) -> f64 {
        let Mood { base, events } = &self.buyers[buyer];
        let changes: f64 = events.iter().filter(|(from, _)| *from <= day).map(|(_, change)| change).sum();
        (base + changes).clamp(-GREATEST, GREATEST)
    }
}
