//! Invoices: orders that are paid later, and when they were.

use emptor_types::Date;

use super::customers::{Customer, CustomerType};
use super::ledger::{CURRENCY, Ledger};
use super::mood::Moods;
use super::settings::RetailSimulation;
use crate::Cents;
use crate::csv::{CsvRow, Record};
use crate::days::days_between;
use crate::random::Stream;

/// Share of persons who buy on account; organisations always do.
const ON_ACCOUNT: f64 = 0.35;
/// Days to pay: organisations, persons.
const TERMS: (i32, i32) = (30, 14);
/// Log odds of paying late, and how much a better mood takes off.
const LATE: (f64, f64) = (-1.9, 1.1);
/// Mean days of being late.
const DELAY: f64 = 14.0;
/// Probability of a dispute.
const DISPUTED: f64 = 0.015;

/// An invoice for an order.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Invoice {
    /// The key, e.g. `I00001`; ascending with the due day.
    pub invoice_id: String,
    /// The customer.
    pub customer_id: String,
    /// The amount of the order, before any return.
    pub amount: Cents,
    /// The currency.
    pub ccy: &'static str,
    /// The last day on which a payment is in time; it may lie after the window.
    pub due: Date,
    /// The day it was paid, unless it is open at the end of the window.
    pub paid_at: Option<Date>,
    /// Whether the customer disputes it.
    pub disputed: bool,
}

pub(crate) fn payments(
    settings: &RetailSimulation,
    customers: &[Customer],
    ledger: &Ledger,
    moods: &Moods,
) -> Vec<Invoice> {
    let end = settings.as_of();
    let mut invoices = Vec::new();
    for (index, customer) in customers.iter().enumerate().take(settings.customers) {
        let mut stream = Stream::new(settings.seed, "payments", index as u64);
        let organisation = customer.kind == CustomerType::Organisation;
        if !stream.chance(ON_ACCOUNT) && !organisation {
            continue;
        }
        for order in ledger.orders_of(index).filter(|order| order.net > Cents::ZERO) {
            let due = order.day.plus_days(if organisation { TERMS.0 } else { TERMS.1 });
            let odds = libm::exp(LATE.0 - LATE.1 * moods.on(index, order.day));
            let late = stream.chance(odds / (1.0 + odds));
            let delay = 1 + stream.exponential(1.0 / DELAY) as i32;
            let early = stream.whole(0, days_between(order.day, due));
            let disputed = stream.chance(DISPUTED);
            let paid = due.plus_days(if late || disputed { delay } else { -early });
            invoices.push(Invoice {
                invoice_id: String::new(),
                customer_id: customer.customer_id.clone(),
                amount: order.net,
                ccy: CURRENCY,
                due,
                paid_at: Some(paid).filter(|&day| day <= end),
                disputed,
            });
        }
    }
    invoices.sort_by_key(|invoice| invoice.due);
    for (invoice, number) in invoices.iter_mut().zip(1..) {
        invoice.invoice_id = format!("I{number:05}");
    }
    invoices
}

impl CsvRow for Invoice {
    const COLUMNS: &'static [&'static str] =
        &["invoice_id", "customer_id", "amount", "ccy", "due", "paid_at", "disputed"];

    fn write(&self, record: &mut Record<'_>) {
        record.field(&self.invoice_id).field(&self.customer_id).field(self.amount).field(self.ccy);
        record.field(self.due).optional(self.paid_at).field(self.disputed);
    }
}
