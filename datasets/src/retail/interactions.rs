//! Interactions: every contact with a customer, whoever began it.
//!
//! The contacts of a ticket share its minutes and its cost: tickets and interactions of the type `service` tell of the same
//! work, and nobody may add up both.

use emptor_types::Date;

use super::calendar::Clock;
use super::customers::{Buyer, Customer};
use super::ledger::Ledger;
use super::places::ONLINE;
use super::reps::{agent, in_charge, visits};
use super::settings::RetailSimulation;
use super::tickets::TicketOrder;
use crate::Cents;
use crate::csv::{CsvRow, Record};
use crate::days::days_between;
use crate::random::Stream;

/// Share of the orders of the web shop that are looked up by the customer, without anyone's help.
const LOOKED_UP: f64 = 0.22;
/// Cost of a look-up, in cents.
const LOOK_UP: i64 = 4;
/// Cost of a minute of a seller and of an agent, in cents.
const MINUTE: (f64, f64) = (110.0, 80.0);
/// Chats of people who leave no name, per ticket.
const NAMELESS: f64 = 0.15;
/// Days that a seller still sees an account after its last order.
const PATIENCE: i32 = 270;

/// A contact with a customer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Interaction {
    /// The key, e.g. `N00001`; ascending with time.
    pub interaction_id: String,
    /// The customer; unknown in some chats.
    pub customer_id: Option<String>,
    /// The day.
    pub date: Date,
    /// `phone`, `email`, `chat`, `visit`, `web` or `app`.
    pub channel: &'static str,
    /// `service`, `sales` or `look-up`; column `type`.
    pub kind: &'static str,
    /// `inbound` or `outbound`.
    pub direction: &'static str,
    /// Minutes of work; none for what customers do themselves.
    pub minutes: u32,
    /// Cost of it.
    pub cost: Cents,
    /// Who had it.
    pub rep_id: Option<&'static str>,
    /// Whether the customer needed nobody.
    pub self_service: bool,
}

pub(crate) fn interactions(
    settings: &RetailSimulation,
    clock: &Clock,
    (customers, buyers): (&[Customer], &[Buyer]),
    ledger: &Ledger,
    tickets: &[TicketOrder],
) -> Vec<Interaction> {
    let mut rows = service(settings, clock, tickets);
    rows.extend(sales(settings, clock, (customers, buyers), ledger));
    rows.extend(look_ups(settings, clock, customers, ledger));
    rows.sort_by_key(|row| row.date);
    for (row, number) in rows.iter_mut().zip(1..) {
        row.interaction_id = format!("N{number:05}");
    }
    rows
}

/// The contacts of tickets: one, and more where the first did not solve it; and chats without a name.
fn service(settings: &RetailSimulation, clock: &Clock, tickets: &[TicketOrder]) -> Vec<Interaction> {
    let mut rows = Vec::new();
    for TicketOrder { ticket, order_id } in tickets {
        // The number of a ticket may move when customers are added; the order's day and the customer do not.
        let name = format!("interactions of {} {}", ticket.customer_id, days_between(clock.day(0), ticket.opened));
        let mut stream = Stream::new(settings.seed, &name, u64::from(order_id.starts_with('R')));
        let day = days_between(clock.day(0), ticket.opened);
        let solved = ticket.first_contact_resolution == Some(true);
        let channel = ["phone", "email", "chat"][stream.weighted(&[0.45, 0.35, 0.20])];
        let rep_id = agent(clock, day, solved, &mut stream);
        let last = days_between(clock.day(0), ticket.closed.unwrap_or(settings.as_of()));
        let times = if solved || ticket.minutes < 2 { 1 } else { stream.whole(2, 3).min(ticket.minutes as i32) };
        let mut on = day;
        for turn in 0..times {
            let share = |whole: i64| {
                whole * i64::from(turn + 1) / i64::from(times) - whole * i64::from(turn) / i64::from(times)
            };
            rows.push(Interaction {
                interaction_id: String::new(),
                customer_id: Some(ticket.customer_id.clone()),
                date: clock.day(on),
                channel,
                kind: "service",
                // Who is not helped asks again; in the end someone calls back.
                direction: if turn == 2 { "outbound" } else { "inbound" },
                minutes: share(i64::from(ticket.minutes)) as u32,
                cost: Cents::new(share(ticket.cost.count())),
                rep_id: Some(rep_id),
                self_service: false,
            });
            on = (on + stream.whole(1, 6)).min(last);
        }
    }
    let nameless = (NAMELESS * tickets.len() as f64) as u64;
    rows.extend((0..nameless).map(|row| {
        let mut stream = Stream::new(settings.seed, "nameless chats", row);
        let day = clock.index(stream.uniform() * clock.end());
        let minutes = stream.gamma(3.0, 0.6).ceil();
        Interaction {
            interaction_id: String::new(),
            customer_id: None,
            date: clock.day(day),
            channel: "chat",
            kind: "service",
            direction: "inbound",
            minutes: minutes as u32,
            cost: Cents::new((minutes * MINUTE.1) as i64),
            rep_id: Some(agent(clock, day, true, &mut stream)),
            self_service: false,
        }
    }));
    rows
}

/// Visits and calls of sellers to their accounts, from the first order until some time after the last.
fn sales(
    settings: &RetailSimulation,
    clock: &Clock,
    (customers, buyers): (&[Customer], &[Buyer]),
    ledger: &Ledger,
) -> Vec<Interaction> {
    let mut rows = Vec::new();
    for (index, customer) in customers.iter().enumerate().take(buyers.len()) {
        let days: Vec<i32> = ledger.orders_of(index).map(|order| days_between(clock.day(0), order.day)).collect();
        let (Some(&first), Some(&last)) = (days.first(), days.last()) else { continue };
        let mut stream = Stream::new(settings.seed, "visits", index as u64);
        let mut day = first;
        while let Some(seller) = in_charge(clock, customer, day) {
            let (rep_id, per_year) = visits(seller);
            day += 1 + stream.exponential(per_year / 365.0) as i32;
            let (visit, minutes) = (stream.chance(0.35), stream.gamma(4.0, 4.0));
            if day >= clock.days() || day > last + PATIENCE {
                break;
            }
            let minutes = (minutes * if visit { 70.0 } else { 14.0 }).ceil().min(480.0);
            // Before the handover of a book its visits are the predecessor's, also the one after a long pause.
            let rep_id = in_charge(clock, customer, day).map_or(rep_id, |seller| visits(seller).0);
            rows.push(Interaction {
                interaction_id: String::new(),
                customer_id: Some(customer.customer_id.clone()),
                date: clock.day(day),
                channel: if visit { "visit" } else { "phone" },
                kind: "sales",
                direction: "outbound",
                minutes: minutes as u32,
                cost: Cents::new((minutes * MINUTE.0) as i64),
                rep_id: Some(rep_id),
                self_service: false,
            });
        }
    }
    rows
}

/// What customers look up about their orders in the web shop.
fn look_ups(settings: &RetailSimulation, clock: &Clock, customers: &[Customer], ledger: &Ledger) -> Vec<Interaction> {
    let mut rows = Vec::new();
    for (index, customer) in customers.iter().enumerate() {
        for order in ledger.orders_of(index).filter(|order| order.channel == ONLINE) {
            let day = days_between(clock.day(0), order.day);
            let mut stream = Stream::new(settings.seed, "look-ups", (index as u64) << 32 | day as u64);
            let (looks, on) = (stream.chance(LOOKED_UP), day + stream.whole(1, 6));
            if looks && on < clock.days() {
                rows.push(Interaction {
                    interaction_id: String::new(),
                    customer_id: Some(customer.customer_id.clone()),
                    date: clock.day(on),
                    channel: if stream.chance(0.4) { "app" } else { "web" },
                    kind: "look-up",
                    direction: "inbound",
                    minutes: 0,
                    cost: Cents::new(LOOK_UP),
                    rep_id: None,
                    self_service: true,
                });
            }
        }
    }
    rows
}

impl CsvRow for Interaction {
    const COLUMNS: &'static [&'static str] = &[
        "interaction_id",
        "customer_id",
        "date",
        "channel",
        "type",
        "direction",
        "minutes",
        "cost",
        "rep_id",
        "self_service",
    ];

    fn write(&self, record: &mut Record<'_>) {
        record.field(&self.interaction_id).optional(self.customer_id.as_deref()).field(self.date).field(self.channel);
        record.field(self.kind).field(self.direction).field(self.minutes).field(self.cost);
        record.optional(self.rep_id).field(self.self_service);
    }
}
