//! The business side: deals with organisations and how they moved.
//!
//! A deal is a framework contract; its call-offs are the ordinary orders, so that won amounts are not order lines.

use emptor_types::Date;

use super::calendar::Clock;
use super::customers::{Customer, CustomerType};
use super::ledger::CURRENCY;
use super::settings::RetailSimulation;
use crate::Cents;
use crate::csv::{CsvRow, Record};
use crate::days::days_between;
use crate::random::Stream;

/// Stage, stated probability of winning, probability of reaching the next stage, mean days in it.
const STAGES: [(&str, f64, f64, f64); 4] = [
    ("lead", 0.10, 0.74, 16.0),
    ("qualified", 0.25, 0.70, 24.0),
    ("proposal", 0.50, 0.68, 28.0),
    ("negotiation", 0.75, 0.70, 18.0),
];
const SOURCES: [&str; 5] = ["referral", "web form", "trade fair", "outbound call", "existing customer"];
const LOST: [&str; 5] = ["price", "no budget", "competitor", "no decision", "timing"];
/// Deals per organisation that buys, and per organisation that does not yet.
const DEALS: (f64, f64) = (1.9, 1.3);

/// A deal with an organisation, as it stands at the end of the window.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Opportunity {
    /// The key, e.g. `D0001`; ascending with time.
    pub opp_id: String,
    /// The organisation.
    pub customer_id: String,
    /// How it came about.
    pub lead_source: &'static str,
    /// The day it was recorded.
    pub created: Date,
    /// The amount, as last estimated.
    pub amount: Cents,
    /// The currency.
    pub ccy: &'static str,
    /// The stated probability of winning, by stage.
    pub prob: f64,
    /// The day on which it is expected to close, as last estimated; it may lie after the window.
    pub exp_close: Date,
    /// `lead`, `qualified`, `proposal`, `negotiation`, `won` or `lost`.
    pub stage: &'static str,
    /// The day it was won or lost.
    pub closed_at: Option<Date>,
    /// `won` or `lost`.
    pub outcome: Option<&'static str>,
    /// Why it was lost.
    pub lost_reason: Option<&'static str>,
    /// The sales representative.
    pub rep_id: &'static str,
}

/// A change of a deal.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StageChange {
    /// The deal.
    pub opp_id: String,
    /// The day; days of one deal never go back.
    pub ts: Date,
    /// `stage`, `amount` or `exp_close`.
    pub field: &'static str,
    /// The value before; none when the deal was recorded.
    pub old: Option<String>,
    /// The value after.
    pub new: String,
}

/// Deals and their changes, both in the order of the deals' creation.
pub(crate) fn opportunities(
    settings: &RetailSimulation,
    clock: &Clock,
    customers: &[Customer],
) -> (Vec<Opportunity>, Vec<StageChange>) {
    let mut deals = Vec::new();
    for (index, customer) in customers.iter().enumerate().filter(|(_, row)| row.kind == CustomerType::Organisation) {
        let mut stream = Stream::new(settings.seed, "opportunities", index as u64);
        let mean = if index < settings.customers { DEALS.0 } else { DEALS.1 };
        let count = stream.poisson(mean).max(u32::from(index >= settings.customers));
        for _ in 0..count {
            deals.push(deal(customer, settings.as_of(), clock, &mut stream));
        }
    }
    deals.sort_by_key(|(deal, _)| deal.created);
    let mut changes = Vec::new();
    let mut opportunities = Vec::with_capacity(deals.len());
    for ((mut deal, history), number) in deals.into_iter().zip(1..) {
        deal.opp_id = format!("D{number:04}");
        changes.extend(history.into_iter().map(|change| StageChange { opp_id: deal.opp_id.clone(), ..change }));
        opportunities.push(deal);
    }
    (opportunities, changes)
}

fn deal(customer: &Customer, end: Date, clock: &Clock, stream: &mut Stream) -> (Opportunity, Vec<StageChange>) {
    let known = days_between(clock.day(0), customer.first_contact_at).max(0);
    let created = clock.day(stream.whole(known, clock.days() - 1));
    let scale = customer.size.map_or(1.0, |size| libm::pow(f64::from(size) / 15.0, 0.4));
    let hundreds = (10.0 * scale * libm::exp(0.7 * stream.normal())).round().max(2.0);
    let mut deal = Opportunity {
        opp_id: String::new(),
        customer_id: customer.customer_id.clone(),
        lead_source: stream.pick(&SOURCES),
        created,
        amount: Cents::round(hundreds * 100.0),
        ccy: CURRENCY,
        prob: STAGES[0].1,
        exp_close: created.plus_days(stream.whole(50, 110)),
        stage: STAGES[0].0,
        closed_at: None,
        outcome: None,
        lost_reason: None,
        rep_id: customer.owner_rep_id.unwrap_or("R01"),
    };
    let mut history = Vec::new();
    let mut record = |ts, field, old: Option<String>, new: String| {
        history.push(StageChange { opp_id: String::new(), ts, field, old, new });
    };
    record(created, "stage", None, deal.stage.to_owned());
    let mut today = created;
    for (place, (_, _, pass, days)) in STAGES.into_iter().enumerate() {
        today = today.plus_days(1 + stream.gamma(1.6, 1.6 / days) as i32);
        let passes = stream.chance(pass);
        let reason = stream.pick(&LOST);
        let (moves, push) = (stream.chance(0.4), stream.whole(7, 45));
        let (revises, factor) = (stream.chance(0.45), libm::exp(0.2 * stream.normal()));
        if today > end {
            break;
        }
        let (stage, prob) = match (passes, STAGES.get(place + 1)) {
            (true, Some(&(next, prob, ..))) => (next, prob),
            (true, None) => ("won", 1.0),
            (false, _) => ("lost", 0.0),
        };
        record(today, "stage", Some(deal.stage.to_owned()), stage.to_owned());
        (deal.stage, deal.prob) = (stage, prob);
        if matches!(stage, "won" | "lost") {
            (deal.closed_at, deal.outcome) = (Some(today), Some(stage));
            deal.lost_reason = (!passes).then_some(reason);
            break;
        }
        if moves {
            let later = deal.exp_close.max(today).plus_days(push);
            record(today, "exp_close", Some(deal.exp_close.to_string()), later.to_string());
            deal.exp_close = later;
        }
        if revises {
            let amount = Cents::round((deal.amount.to_f64() * factor / 100.0).round().max(1.0) * 100.0);
            if amount != deal.amount {
                record(today, "amount", Some(deal.amount.to_string()), amount.to_string());
                deal.amount = amount;
            }
        }
    }
    (deal, history)
}

impl CsvRow for Opportunity {
    const COLUMNS: &'static [&'static str] = &[
        "opp_id",
        "customer_id",
        "lead_source",
        "created",
        "amount",
        "ccy",
        "prob",
        "exp_close",
        "stage",
        "closed_at",
        "outcome",
        "lost_reason",
        "rep_id",
    ];

    fn write(&self, record: &mut Record<'_>) {
        record.field(&self.opp_id).field(&self.customer_id).field(self.lead_source).field(self.created);
        record.field(self.amount).field(self.ccy).field(self.prob).field(self.exp_close).field(self.stage);
        record.optional(self.closed_at).optional(self.outcome).optional(self.lost_reason).field(self.rep_id);
    }
}

impl CsvRow for StageChange {
    const COLUMNS: &'static [&'static str] = &["opp_id", "ts", "field", "old", "new"];

    fn write(&self, record: &mut Record<'_>) {
        record.field(&self.opp_id).field(self.ts).field(self.field).optional(self.old.as_deref()).field(&self.new);
    }
}
