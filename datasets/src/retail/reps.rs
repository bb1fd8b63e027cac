//! People: who sells to organisations and who answers customers.

use emptor_types::Date;

use super::calendar::Clock;
use super::customers::{Customer, REPRESENTATIVES};
use super::ledger::Draft;
use super::settings::RetailSimulation;
use crate::csv::{CsvRow, Record};
use crate::random::Stream;

/// When the last book of accounts changed hands, as a share of the window.
const HANDOVER: f64 = 0.45;
/// Who looked after it before.
const PREDECESSOR: usize = REPRESENTATIVES.len();
/// When the last agent came, as a share of the window.
const LAST_AGENT: f64 = 0.30;

/// A sales representative: name, book, share of the orders of the own accounts that go through the own hands, visits and
/// calls per account and year, days of the window since which he or she is there.
type Seller = (&'static str, &'static str, f64, f64, i32);
const SELLERS: [Seller; PREDECESSOR + 1] = [
    ("Ana Duarte", "book A", 0.85, 5.5, -2_400),
    ("Jonas Brandt", "book B", 0.70, 4.0, -1_700),
    ("Mireille Roux", "book C", 0.60, 4.5, -1_150),
    ("Peter Nowak", "book D", 0.40, 2.0, -900),
    ("Leila Haddad", "book E", 0.75, 5.0, 0),
    ("Tom Verbeke", "book E", 0.50, 2.5, -2_000),
];

/// A service agent: key, name, log odds by which what is solved at first contact is more often his or hers.
pub(crate) const AGENTS: [(&str, &str, f64); 4] = [
    ("R11", "Sofia Lindgren", 0.35),
    ("R12", "Marek Havel", 0.10),
    ("R13", "Grace Obi", 0.0),
    ("R14", "Dario Conti", -0.35),
];

/// Someone who sells to organisations or answers customers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rep {
    /// The key, e.g. `R01`.
    pub rep_id: &'static str,
    /// A name to show.
    pub name: &'static str,
    /// `field sales` or `service`.
    pub role: &'static str,
    /// `key accounts`, `small business` or `customer care`.
    pub team: &'static str,
    /// The book of accounts, e.g. `book A`; agents have none.
    pub territory: Option<&'static str>,
    /// The first day in this place; column `from`. It may lie before the window.
    pub from: Date,
    /// The last day in it, unless it goes on; column `to`.
    pub to: Option<Date>,
}

fn handover(clock: &Clock) -> i32 {
    (HANDOVER * f64::from(clock.days())) as i32
}

fn key(seller: usize) -> &'static str {
    REPRESENTATIVES.get(seller).copied().unwrap_or("R06")
}

/// Sellers, then agents.
pub(crate) fn reps(clock: &Clock) -> Vec<Rep> {
    let sellers = SELLERS.iter().enumerate().map(|(seller, &(name, territory, _, _, from))| Rep {
        rep_id: key(seller),
        name,
        role: "field sales",
        team: if seller < 2 { "key accounts" } else { "small business" },
        territory: Some(territory),
        from: clock.day(if seller + 1 == PREDECESSOR { handover(clock) } else { from }),
        to: (seller == PREDECESSOR).then(|| clock.day(handover(clock) - 1)),
    });
    let agents = AGENTS.iter().enumerate().map(|(place, &(rep_id, name, _))| Rep {
        rep_id,
        name,
        role: "service",
        team: "customer care",
        territory: None,
        from: clock.day(if place + 1 == AGENTS.len() { last_agent(clock) } else { -300 * (place as i32 + 1) }),
        to: None,
    });
    sellers.chain(agents).collect()
}

fn last_agent(clock: &Clock) -> i32 {
    (LAST_AGENT * f64::from(clock.days())) as i32
}

/// The seller in charge of an account on a day of the window; `None` for persons.
pub(crate) fn in_charge(clock: &Clock, customer: &Customer, day: i32) -> Option<usize> {
    let seller = REPRESENTATIVES.iter().position(|rep| Some(*rep) == customer.owner_rep_id)?;
    Some(if seller + 1 == PREDECESSOR && day < handover(clock) { PREDECESSOR } else { seller })
}

/// The key of a seller, and how often he or she sees an account in a year.
pub(crate) fn visits(seller: usize) -> (&'static str, f64) {
    (key(seller), SELLERS[seller].3)
}

/// Who brought each draft: the seller in charge, in that share of the orders that is his or hers. The others came by
/// themselves.
pub(crate) fn sellers(
    settings: &RetailSimulation,
    clock: &Clock,
    customers: &[Customer],
    drafts: &[Draft],
) -> Vec<Option<&'static str>> {
    let seller = |draft: &Draft| {
        let index = draft.customer?;
        let seller = in_charge(clock, &customers[index], draft.day)?;
        // An order that was cancelled and placed again has the same day, and so the same seller.
        let mut stream = Stream::new(settings.seed, "sellers", (index as u64) << 32 | draft.day as u64);
        stream.chance(SELLERS[seller].2).then(|| key(seller))
    };
    drafts.iter().map(seller).collect()
}

/// The agent who answers a ticket on a day of the window, drawn given whether the first contact solved it: the good ones
/// solve more, and the share that is solved stays as it is.
pub(crate) fn agent(clock: &Clock, day: i32, solved: bool, stream: &mut Stream) -> &'static str {
    let weights: Vec<f64> = AGENTS
        .iter()
        .enumerate()
        .map(|(place, &(_, _, skill))| {
            let there = place + 1 < AGENTS.len() || day >= last_agent(clock);
            if there { libm::exp(if solved { skill } else { -skill }) } else { 0.0 }
        })
        .collect();
    AGENTS[stream.weighted(&weights)].0
}

impl CsvRow for Rep {
    const COLUMNS: &'static [&'static str] = &["rep_id", "name", "role", "team", "territory", "from", "to"];

    fn write(&self, record: &mut Record<'_>) {
        record.field(self.rep_id).field(self.name).field(self.role).field(self.team);
        record.optional(self.territory).field(self.from).optional(self.to);
    }
}
