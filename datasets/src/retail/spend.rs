//! What winning and keeping customers costs, month by month.

use emptor_types::Date;

use super::customers::{ACQUISITION, Customer};
use super::ledger::{Ledger, LineType, OrderStatus};
use super::settings::RetailSimulation;
use crate::Cents;
use crate::csv::{CsvRow, Record};
use crate::days::{period_of, periods};
use crate::random::Stream;

/// What a month of a channel costs though nobody comes, in euro per hundred customers of the company and month.
const BASE: f64 = 0.6;
/// Spread of the spend around what the customers who came cost.
const SPREAD: f64 = 0.10;
/// Salaries and tools of a channel, as a share of its cash spend in an average month.
const OVERHEAD: f64 = 0.35;
/// Programmes that keep customers: name, share of the net revenue, overhead as a share of it.
const PROGRAMMES: [(&str, f64, f64); 3] =
    [("loyalty club", 0.012, 0.25), ("service care", 0.006, 0.40), ("account management", 0.009, 1.10)];

/// Money spent in a month on winning or on keeping customers.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Spend {
    /// The first day of the month.
    pub period_start: Date,
    /// `acquisition` or `retention`.
    pub purpose: &'static str,
    /// For winning customers: the channel, as in the customer table (`acq_channel`).
    pub channel: Option<&'static str>,
    /// For keeping them: the programme.
    pub programme: Option<&'static str>,
    /// The amount.
    pub amount: Cents,
    /// `cash` (advertising, fees, gifts) or `overhead` (salaries and tools).
    pub kind: &'static str,
}

/// Spend on winning customers, then on keeping them.
pub(crate) fn spending(settings: &RetailSimulation, customers: &[Customer], ledger: &Ledger) -> Vec<Spend> {
    let months = periods(settings.start, settings.as_of(), 1);
    let mut rows = acquisition(settings, &months, customers);
    rows.extend(retention(settings, &months, ledger));
    rows
}

/// Spend on winning customers. It falls in the month of the first contact, and those who never bought cost money too.
fn acquisition(settings: &RetailSimulation, months: &[Date], customers: &[Customer]) -> Vec<Spend> {
    let mut rows = Vec::new();
    for (place, (channel, ..)) in ACQUISITION.into_iter().enumerate() {
        let mut cost = vec![0.0; months.len()];
        for customer in customers.iter().filter(|customer| customer.acq_channel == channel) {
            cost[period_of(months, customer.first_contact_at)] += customer.acq_cost.to_f64();
        }
        let overhead = OVERHEAD * cost.iter().sum::<f64>() / months.len() as f64;
        let mut stream = Stream::new(settings.seed, "acquisition spend", place as u64);
        for (&period_start, cost) in months.iter().zip(cost) {
            let base = BASE * settings.customers as f64 / 100.0;
            let cash = (cost + base) * libm::exp(SPREAD * stream.normal());
            for (amount, kind) in [(cash, "cash"), (overhead, "overhead")] {
                rows.push(Spend {
                    period_start,
                    purpose: "acquisition",
                    channel: Some(channel),
                    programme: None,
                    amount: Cents::round(amount),
                    kind,
                });
            }
        }
    }
    rows
}

/// Spend on keeping customers: programmes that cost a share of the revenue of the month.
fn retention(settings: &RetailSimulation, months: &[Date], ledger: &Ledger) -> Vec<Spend> {
    let mut revenue = vec![0.0; months.len()];
    for line in &ledger.lines {
        let counts = line.status == OrderStatus::Completed && line.line_type == LineType::Sale;
        if counts && line.customer_id.is_some() {
            revenue[period_of(months, line.order_ts)] += line.net_amount.to_f64();
        }
    }
    let mut rows = Vec::new();
    for (place, (programme, share, overhead)) in PROGRAMMES.into_iter().enumerate() {
        let average = share * revenue.iter().sum::<f64>() / months.len() as f64;
        let mut stream = Stream::new(settings.seed, "retention spend", place as u64);
        for (&period_start, revenue) in months.iter().zip(&revenue) {
            let cash = share * revenue * libm::exp(SPREAD * stream.normal());
            for (amount, kind) in [(cash, "cash"), (overhead * average, "overhead")] {
                rows.push(Spend {
                    period_start,
                    purpose: "retention",
                    channel: None,
                    programme: Some(programme),
                    amount: Cents::round(amount),
                    kind,
                });
            }
        }
    }
    rows
}

impl CsvRow for Spend {
    const COLUMNS: &'static [&'static str] = &["period_start", "purpose", "channel", "programme", "amount", "kind"];

    fn write(&self, record: &mut Record<'_>) {
        record.field(self.period_start).field(self.purpose).optional(self.channel).optional(self.programme);
        record.field(self.amount).field(self.kind);
    }
}
