//! Campaigns with control groups: campaigns, contacts, responses.
//!
//! A campaign has an audience, chosen by what is known three days before it starts; a quarter of it, at random, is the
//! control group and gets nothing. While the campaign runs, the purchase rate of treated, living customers is higher by a
//! share of itself, more so for those who like the category on offer; at most one order more comes of it. Such orders are
//! *added* to the purchase process: they cause no dropout and shift no other purchase. The truth table counts them.
//!
//! Why a share of the rate and not one probability for all: orders added with equal probability come mostly from slow
//! buyers, and a BG/NBD fit of the log then sees rates that differ less than they do (r 0.61 for a true 0.55).

use std::fmt;

use emptor_types::Date;

use super::calendar::Clock;
use super::catalogue::CATEGORIES;
use super::customers::{Buyer, Customer, Visit};
use super::ledger::Ledger;
use super::settings::RetailSimulation;
use crate::Cents;
use crate::csv::{CsvRow, Record};
use crate::days::year;
use crate::random::Stream;

const FIRST: i32 = 100;
const SPACING: i32 = 125;
/// Days from the first to the last day of a campaign.
const LENGTH: i32 = 20;
/// Days between the choice of the audience and the start.
const NOTICE: i32 = 3;
/// Share of the eligible customers who are chosen.
const REACH: f64 = 0.8;
const CONTROL: f64 = 0.25;

/// A campaign.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Campaign {
    /// The key, e.g. `K01`.
    pub campaign_id: String,
    /// A name to show.
    pub name: String,
    /// The first day.
    pub start: Date,
    /// The last day on which an order counts as a response.
    pub end: Date,
    /// `email` or `mail`.
    pub channel: &'static str,
    /// `cross-sell`, `reactivation` or `loyalty`.
    pub objective: &'static str,
    /// The offer in words; it holds a comma.
    pub offer: String,
    /// The category on offer.
    pub category: &'static str,
    /// Planned cost.
    pub budget: Cents,
    /// Cost of making the campaign.
    pub cost_fixed: Cents,
    /// Cost of one contact.
    pub cost_contact: Cents,
    /// Margin that the plan assumes.
    pub margin_rate: f64,
}

/// The group a customer was assigned to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arm {
    /// Was sent the campaign.
    Treat,
    /// Was kept out, to compare.
    Control,
}

impl fmt::Display for Arm {
    /// Writes `treat` or `control`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Treat => "treat",
            Self::Control => "control",
        })
    }
}

/// A customer in the audience of a campaign.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Contact {
    /// The campaign.
    pub campaign_id: String,
    /// The customer.
    pub customer_id: String,
    /// Treated or control.
    pub arm: Arm,
    /// The day of the assignment.
    pub assigned_at: Date,
    /// The day of sending; never for the control group.
    pub sent_at: Option<Date>,
    /// Whether it arrived; unknown for the control group.
    pub delivered: Option<bool>,
    /// Whether it was opened; unknown for paper.
    pub opened: Option<bool>,
    /// Whether a link was followed; unknown for paper.
    pub clicked: Option<bool>,
    /// Cost of the contact; none for the control group.
    pub cost: Cents,
}

/// What a customer of the audience did while the campaign ran; orders are recorded for both arms.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Response {
    /// The campaign.
    pub campaign_id: String,
    /// The customer.
    pub customer_id: String,
    /// The day.
    pub ts: Date,
    /// `order` (the first completed order in the window) or `opt_out`; column `type`.
    pub kind: &'static str,
    /// The order, if it is one.
    pub order_id: Option<String>,
    /// Net amount of the order.
    pub value: Option<Cents>,
}

/// A campaign as the simulation plans it.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) start: i32,
    pub(crate) end: i32,
    /// Index into the catalogue.
    pub(crate) category: usize,
    pub(crate) discount: f64,
    /// The audience: index of the customer, and whether treated. Ascending.
    pub(crate) audience: Vec<(usize, Arm)>,
    theme: &'static Theme,
}

#[derive(Debug)]
struct Theme {
    name: &'static str,
    channel: &'static str,
    objective: &'static str,
    category: usize,
    discount: f64,
    cost_fixed: i64,
    cost_contact: i64,
}

const fn theme(
    (name, channel, objective): (&'static str, &'static str, &'static str),
    (category, discount): (usize, f64),
    (cost_fixed, cost_contact): (i64, i64),
) -> Theme {
    Theme { name, channel, objective, category, discount, cost_fixed, cost_contact }
}

const THEMES: [Theme; 5] = [
    theme(("Fresh kitchen", "email", "cross-sell"), (0, 0.15), (32_000, 12)),
    theme(("We miss you", "mail", "reactivation"), (1, 0.20), (58_000, 85)),
    theme(("Club days", "email", "loyalty"), (4, 0.10), (28_000, 12)),
    theme(("Desk and office", "email", "cross-sell"), (6, 0.15), (30_000, 12)),
    theme(("Come back card", "mail", "reactivation"), (0, 0.20), (58_000, 85)),
];

/// Plans the campaigns in the order of time, and adds the orders they cause to the visits of the buyers.
pub(crate) fn plan(settings: &RetailSimulation, customers: &[Customer], buyers: &mut [Buyer]) -> Vec<Plan> {
    let mut plans = Vec::new();
    let starts = (FIRST..settings.days - LENGTH).step_by(SPACING as usize);
    for ((number, start), theme) in starts.enumerate().zip(THEMES.iter().cycle()) {
        let Theme { category, discount, .. } = *theme;
        let mut plan = Plan { start, end: start + LENGTH, category, discount, audience: Vec::new(), theme };
        for (index, (buyer, customer)) in buyers.iter_mut().zip(customers).enumerate() {
            let mut stream = Stream::new(settings.seed, "campaigns", (number as u64) << 32 | index as u64);
            let reachable = theme.channel != "email" || customer.consent_email;
            if !(reachable && is_eligible(theme.objective, buyer, start - NOTICE) && stream.chance(REACH)) {
                continue;
            }
            let arm = if stream.chance(CONTROL) { Arm::Control } else { Arm::Treat };
            plan.audience.push((index, arm));
            let lift = settings.campaign_lift * buyer.taste(category).clamp(0.3, 2.5);
            let extra = lift * buyer.latent.rate * f64::from(LENGTH) / 7.0;
            let mut day = start + stream.whole(1, LENGTH - 4);
            while buyer.visits.iter().any(|visit| visit.day == day) {
                day += 1;
            }
            if arm == Arm::Treat && stream.chance(1.0 - libm::exp(-extra)) && buyer.is_alive(day) && day <= plan.end {
                let place = buyer.visits.partition_point(|visit| visit.day < day);
                buyer.visits.insert(place, Visit { day, caused_by: Some(number) });
            }
        }
        plans.push(plan);
    }
    plans
}

fn is_eligible(objective: &str, buyer: &Buyer, today: i32) -> bool {
    let count = buyer.visits.partition_point(|visit| visit.day < today);
    let Some(silence) = count.checked_sub(1).map(|last| today - buyer.visits[last].day) else { return false };
    match objective {
        "reactivation" => (120..720).contains(&silence),
        "loyalty" => count >= 2 && silence <= 365,
        _ => silence <= 270,
    }
}

/// The campaign that a customer is treated with on a day.
pub(crate) fn treatment(plans: &[Plan], customer: usize, day: i32) -> Option<usize> {
    let number = plans.iter().position(|plan| (plan.start..=plan.end).contains(&day))?;
    let audience = &plans[number].audience;
    let place = audience.binary_search_by_key(&customer, |&(index, _)| index).ok()?;
    (audience[place].1 == Arm::Treat).then_some(number)
}

pub(crate) fn campaign_id(number: usize) -> String {
    format!("K{:02}", number + 1)
}

pub(crate) fn campaigns(plans: &[Plan], clock: &Clock) -> Vec<Campaign> {
    let row = |(number, plan): (usize, &Plan)| {
        let (start, theme) = (clock.day(plan.start), plan.theme);
        let category = CATEGORIES[plan.category].name;
        let (cost_fixed, cost_contact) = (Cents::new(theme.cost_fixed), Cents::new(theme.cost_contact));
        Campaign {
            campaign_id: campaign_id(number),
            name: format!("{} {}", theme.name, year(start)),
            start,
            end: clock.day(plan.end),
            channel: theme.channel,
            objective: theme.objective,
            offer: format!("{category}, {:.0} % off", 100.0 * plan.discount),
            category,
            budget: cost_fixed + cost_contact.times(plan.audience.len() as i64),
            cost_fixed,
            cost_contact,
            margin_rate: CATEGORIES[plan.category].margin,
        }
    };
    plans.iter().enumerate().map(row).collect()
}

pub(crate) fn contacts(
    settings: &RetailSimulation,
    plans: &[Plan],
    clock: &Clock,
    customers: &[Customer],
) -> Vec<Contact> {
    let mut contacts = Vec::new();
    for (number, plan) in plans.iter().enumerate() {
        for &(index, arm) in &plan.audience {
            let mut stream = Stream::new(settings.seed, "contacts", (number as u64) << 32 | index as u64);
            let treated = arm == Arm::Treat;
            let email = treated && plan.theme.channel == "email";
            let delivered = stream.chance(0.97);
            let opened = delivered && stream.chance(0.38);
            let clicked = opened && stream.chance(0.22);
            contacts.push(Contact {
                campaign_id: campaign_id(number),
                customer_id: customers[index].customer_id.clone(),
                arm,
                assigned_at: clock.day(plan.start - NOTICE),
                sent_at: treated.then(|| clock.day(plan.start)),
                delivered: treated.then_some(delivered),
                opened: email.then_some(opened),
                clicked: email.then_some(clicked),
                cost: if treated { Cents::new(plan.theme.cost_contact) } else { Cents::ZERO },
            });
        }
    }
    contacts
}

pub(crate) fn responses(
    settings: &RetailSimulation,
    plans: &[Plan],
    clock: &Clock,
    customers: &[Customer],
    ledger: &Ledger,
) -> Vec<Response> {
    let mut responses = Vec::new();
    for (number, plan) in plans.iter().enumerate() {
        for &(index, arm) in &plan.audience {
            let mut stream = Stream::new(settings.seed, "responses", (number as u64) << 32 | index as u64);
            let mut respond = |ts, kind, order_id, value| {
                let customer_id = customers[index].customer_id.clone();
                responses.push(Response { campaign_id: campaign_id(number), customer_id, ts, kind, order_id, value });
            };
            let window = clock.day(plan.start)..=clock.day(plan.end);
            if let Some(order) = ledger.orders_of(index).find(|order| window.contains(&order.day)) {
                respond(order.day, "order", Some(order.order_id.clone()), Some(order.net));
            }
            if arm == Arm::Treat && stream.chance(0.006) {
                respond(clock.day(plan.start + stream.whole(0, 5)), "opt_out", None, None);
            }
        }
    }
    responses
}

impl CsvRow for Campaign {
    const COLUMNS: &'static [&'static str] = &[
        "campaign_id",
        "name",
        "start",
        "end",
        "channel",
        "objective",
        "offer",
        "category",
        "budget",
        "cost_fixed",
        "cost_contact",
        "margin_rate",
    ];

    fn write(&self, record: &mut Record<'_>) {
        record.field(&self.campaign_id).field(&self.name).field(self.start).field(self.end);
        record.field(self.channel).field(self.objective).field(&self.offer).field(self.category);
        record.field(self.budget).field(self.cost_fixed).field(self.cost_contact).field(self.margin_rate);
    }
}

impl CsvRow for Contact {
    const COLUMNS: &'static [&'static str] =
        &["campaign_id", "customer_id", "arm", "assigned_at", "sent_at", "delivered", "opened", "clicked", "cost"];

    fn write(&self, record: &mut Record<'_>) {
        record.field(&self.campaign_id).field(&self.customer_id).field(self.arm).field(self.assigned_at);
        record.optional(self.sent_at).optional(self.delivered).optional(self.opened).optional(self.clicked);
        record.field(self.cost);
    }
}

impl CsvRow for Response {
    const COLUMNS: &'static [&'static str] = &["campaign_id", "customer_id", "ts", "type", "order_id", "value"];

    fn write(&self, record: &mut Record<'_>) {
        record.field(&self.campaign_id).field(&self.customer_id).field(self.ts).field(self.kind);
        record.optional(self.order_id.as_deref()).optional(self.value);
    }
}
