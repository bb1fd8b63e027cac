//! Service tickets: what customers ask and complain about after an order.

use emptor_types::Date;

use super::calendar::Clock;
use super::customers::Customer;
use super::ledger::Ledger;
use super::products::Assortment;
use super::settings::RetailSimulation;
use super::themes::{batch, detail};
use crate::Cents;
use crate::csv::{CsvRow, Record};
use crate::days::days_between;
use crate::random::Stream;

/// Probability of a ticket after an order, by channel: store, online, marketplace, phone.
const AFTER_ORDER: [f64; 4] = [0.045, 0.105, 0.130, 0.090];
/// Cost of a minute of service, in cents.
const MINUTE: f64 = 80.0;
const ANSWERS_SURVEY: f64 = 0.45;

/// Category, share, mean minutes, share solved at first contact, mean satisfaction.
const THEMES: [(&str, f64, f64, f64, f64); 6] = [
    ("delivery", 0.30, 9.0, 0.74, 3.6),
    ("return", 0.20, 12.0, 0.70, 3.9),
    ("product question", 0.18, 7.0, 0.88, 4.4),
    ("defect", 0.14, 26.0, 0.42, 3.0),
    ("invoice", 0.12, 11.0, 0.66, 3.5),
    ("account", 0.06, 6.0, 0.90, 4.2),
];
const DEFECT: usize = 3;

/// A service ticket.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Ticket {
    /// The key, e.g. `T00001`; ascending with time.
    pub ticket_id: String,
    /// The customer.
    pub customer_id: String,
    /// The day it was opened.
    pub opened: Date,
    /// The day it was closed, unless it is open at the end of the window.
    pub closed: Option<Date>,
    /// `delivery`, `return`, `product question`, `defect`, `invoice` or `account`.
    pub category: &'static str,
    /// The product it is about.
    pub product_id: String,
    /// `low`, `normal` or `high`.
    pub priority: &'static str,
    /// Whether the first contact solved it; unknown while it is open.
    pub first_contact_resolution: Option<bool>,
    /// Whether it was opened again; unknown while it is open.
    pub reopened: Option<bool>,
    /// Satisfaction, 1 to 5, if the customer answered.
    pub csat: Option<u8>,
    /// Minutes of work so far.
    pub minutes: u32,
    /// Cost of the work.
    pub cost: Cents,
    /// Cost of replacing a defective product, if any.
    pub warranty_cost: Option<Cents>,
    /// What exactly it was about, e.g. `late delivery`, if the agent wrote it down.
    pub theme: Option<&'static str>,
    /// The batch of the goods, for returns and defects: product and quarter of production, e.g. `P012-23Q4`.
    pub batch: Option<String>,
}

/// A ticket and the order it is about, which the table does not say.
#[derive(Debug)]
pub(crate) struct TicketOrder {
    pub(crate) ticket: Ticket,
    pub(crate) order_id: String,
}

pub(crate) fn tickets(
    settings: &RetailSimulation,
    clock: &Clock,
    customers: &[Customer],
    assortment: &Assortment,
    ledger: &Ledger,
) -> Vec<TicketOrder> {
    let end = settings.as_of();
    let mut tickets = Vec::new();
    for (index, customer) in customers.iter().enumerate() {
        for order in ledger.orders_of(index) {
            let row = (index as u64) << 32 | u64::from(days_between(clock.day(0), order.day).unsigned_abs());
            let mut stream = Stream::new(settings.seed, "tickets", row);
            let opened = order.day.plus_days(stream.whole(0, 20));
            if !stream.chance(AFTER_ORDER[order.channel]) || opened > end {
                continue;
            }
            let (product, _) = order.lines[stream.whole(0, order.lines.len() as i32 - 1) as usize];
            let is_service = assortment.products[product].is_service;
            let weights = THEMES.map(|(name, share, ..)| {
                // What cannot be sent cannot come back or break; shops deliver little.
                let fits = !(is_service && matches!(name, "return" | "defect"));
                let shop = if order.channel == 0 && name == "delivery" { 0.2 } else { 1.0 };
                if fits { share * shop } else { 0.0 }
            });
            let theme = stream.weighted(&weights);
            let (category, _, mean_minutes, solved, satisfaction) = THEMES[theme];
            let first = stream.chance(solved);
            let minutes = (stream.gamma(3.0, 3.0 / mean_minutes) * if first { 0.8 } else { 1.8 }).ceil().min(480.0);
            let days = if first { stream.whole(0, 1) } else { 1 + stream.exponential(1.0 / 6.0) as i32 };
            let closed = Some(opened.plus_days(days.min(60))).filter(|&day| day <= end);
            let reopened = !first && stream.chance(0.12);
            let mood = satisfaction + if first { 0.4 } else { -0.8 } + 0.9 * stream.normal();
            let answered = stream.chance(ANSWERS_SURVEY) && closed.is_some();
            let replaced = theme == DEFECT && stream.chance(0.6);
            let waited = days_between(order.day, opened);
            let mut more = Stream::new(settings.seed, "ticket themes", row);
            let about = detail(category, order.channel, waited, first, &mut more);
            let goods = matches!(category, "return" | "defect").then_some(product);
            let batch = goods.map(|goods| batch(settings, (goods, order.day), category == "defect", &mut more));
            let ticket = Ticket {
                ticket_id: String::new(),
                customer_id: customer.customer_id.clone(),
                opened,
                closed,
                category,
                product_id: assortment.products[product].product_id.clone(),
                priority: match theme {
                    DEFECT => "high",
                    5 => "low",
                    _ => "normal",
                },
                first_contact_resolution: closed.map(|_| first),
                reopened: closed.map(|_| reopened),
                csat: answered.then_some(mood.round().clamp(1.0, 5.0) as u8),
                minutes: minutes as u32,
                cost: Cents::new((minutes * MINUTE) as i64),
                warranty_cost: replaced.then(|| assortment.products[product].unit_cost),
                theme: about,
                batch,
            };
            tickets.push(TicketOrder { ticket, order_id: order.order_id.clone() });
        }
    }
    tickets.sort_by_key(|row| row.ticket.opened);
    for (row, number) in tickets.iter_mut().zip(1..) {
        row.ticket.ticket_id = format!("T{number:05}");
    }
    tickets
}

impl CsvRow for Ticket {
    const COLUMNS: &'static [&'static str] = &[
        "ticket_id",
        "customer_id",
        "opened",
        "closed",
        "category",
        "product_id",
        "priority",
        "first_contact_resolution",
        "reopened",
        "csat",
        "minutes",
        "cost",
        "warranty_cost",
        "theme",
        "batch",
    ];

    fn write(&self, record: &mut Record<'_>) {
        record.field(&self.ticket_id).field(&self.customer_id).field(self.opened).optional(self.closed);
        record.field(self.category).field(&self.product_id).field(self.priority);
        record.optional(self.first_contact_resolution).optional(self.reopened).optional(self.csat);
        record.field(self.minutes).field(self.cost).optional(self.warranty_cost);
        record.optional(self.theme).optional(self.batch.as_deref());
    }
}
