//! The crosswalk of identities: which customer is behind which id of which system.
//!
//! Every system that a customer bought through gave an id of its own; the order lines of the sample are those after the
//! crosswalk was applied.

use emptor_types::Date;

use super::calendar::Clock;
use super::customers::{Customer, CustomerType};
use super::ledger::Ledger;
use super::places::CHANNELS;
use super::settings::RetailSimulation;
use crate::csv::{CsvRow, Record};
use crate::random::Stream;

/// The system behind each sales channel, and the prefix of its ids.
const SYSTEMS: [(&str, &str); CHANNELS.len()] = [("till", "K"), ("shop", "u"), ("market", "M"), ("desk", "T")];
/// The system that organisations are debtors in.
const LEDGER: (&str, &str) = ("ledger", "D");
/// Share of web accounts that had a second id: a guest order before the account was made.
const GUEST: f64 = 0.18;
/// Share of the ids at the till that were found by name and address, not by card.
const BY_ADDRESS: f64 = 0.25;
/// Share of the accounts of the marketplace that a household passed on to another customer.
const PASSED_ON: f64 = 0.03;

/// An id of a system, and the customer whose it is from one day to another.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Identity {
    /// `till`, `shop`, `market`, `desk` or `ledger`.
    pub source_system: &'static str,
    /// The id there.
    pub source_id: String,
    /// The customer.
    pub customer_id: String,
    /// The first day on which it was his or hers.
    pub valid_from: Date,
    /// The last such day, if the id went to somebody else.
    pub valid_to: Option<Date>,
    /// `login`, `email`, `card`, `name and address` or `tax number`.
    pub match_rule: &'static str,
    /// How sure the match is, 0 to 1.
    pub match_score: f64,
}

pub(crate) fn identities(
    settings: &RetailSimulation,
    clock: &Clock,
    customers: &[Customer],
    ledger: &Ledger,
) -> Vec<Identity> {
    let mut rows: Vec<Identity> = Vec::new();
    for (index, customer) in customers.iter().enumerate() {
        let mut stream = Stream::new(settings.seed, "identities", index as u64);
        let mut first: [Option<Date>; CHANNELS.len()] = [None; CHANNELS.len()];
        for order in ledger.orders_of(index) {
            first[order.channel].get_or_insert(order.day);
        }
        let mut add = |(source_system, prefix): (&'static str, &str), mark: &str, day, match_rule, score: f64| {
            rows.push(Identity {
                source_system,
                source_id: format!("{prefix}{:06}{mark}", (index as u64 * 7_919 + 13) % 1_000_003),
                customer_id: customer.customer_id.clone(),
                valid_from: day,
                valid_to: None,
                match_rule,
                match_score: (score * 1_000.0).round() / 1_000.0,
            });
        };
        for (channel, system) in SYSTEMS.into_iter().enumerate() {
            let (guest, by_address, score) =
                (stream.chance(GUEST), stream.chance(BY_ADDRESS), stream.between(0.80, 0.97));
            let Some(day) = first[channel] else { continue };
            match channel {
                1 if guest => {
                    add(system, "g", day, "email", 0.98);
                    add(system, "", day, "login", 1.0);
                }
                0 if by_address => add(system, "", day, "name and address", score),
                0 => add(system, "", day, "card", 1.0),
                1 => add(system, "", day, "login", 1.0),
                2 => add(system, "", day, "name and address", score),
                _ => add(system, "", day, "email", 0.98),
            }
        }
        if customer.kind == CustomerType::Organisation && index < settings.customers {
            add(LEDGER, "", customer.created_at, "tax number", 1.0);
        }
    }
    pass_on(settings, clock, customers, &mut rows);
    rows.sort_by(|a, b| {
        (a.source_system, &a.source_id, a.valid_from).cmp(&(b.source_system, &b.source_id, b.valid_from))
    });
    rows
}

/// Some accounts of the marketplace go to another customer on the last day of the window but a month: one household, one
/// mailbox, two people. An id has one customer at a time.
fn pass_on(settings: &RetailSimulation, clock: &Clock, customers: &[Customer], rows: &mut Vec<Identity>) {
    let day = clock.day(clock.days() - 30);
    let buyers = &customers[..settings.customers];
    let mut passed = Vec::new();
    for (place, row) in rows.iter_mut().enumerate().filter(|(_, row)| row.source_system == "market") {
        let mut stream = Stream::new(settings.seed, "passed on", place as u64);
        let heir = &buyers[stream.whole(0, buyers.len() as i32 - 1) as usize].customer_id;
        if stream.chance(PASSED_ON) && row.valid_from < day && *heir != row.customer_id {
            row.valid_to = Some(day.plus_days(-1));
            passed.push(Identity { customer_id: heir.clone(), valid_from: day, valid_to: None, ..row.clone() });
        }
    }
    rows.extend(passed);
}

impl CsvRow for Identity {
    const COLUMNS: &'static [&'static str] =
        &["source_system", "source_id", "customer_id", "valid_from", "valid_to", "match_rule", "match_score"];

    fn write(&self, record: &mut Record<'_>) {
        record.field(self.source_system).field(&self.source_id).field(&self.customer_id).field(self.valid_from);
        record.optional(self.valid_to).field(self.match_rule).field(self.match_score);
    }
}
