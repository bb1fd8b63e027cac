//! Service contracts: a care plan that some customers have, paid by the month apart from the orders.

use emptor_types::Date;

use super::customers::{Buyer, Customer, CustomerType};
use super::ledger::{CURRENCY, Ledger};
use super::mood::Moods;
use super::settings::RetailSimulation;
use crate::Cents;
use crate::csv::{CsvRow, Record};
use crate::days::{civil, days_between};
use crate::random::Stream;

/// Share of customers who take a plan with one of their orders: organisations, persons.
const TAKEN: (f64, f64) = (0.40, 0.14);
/// Log odds of renewing, and what one point of mood adds.
const RENEWAL: (f64, f64) = (1.35, 0.8);
/// What having dropped out of buying takes off.
const GONE: f64 = 1.2;
/// What a year of the plan adds: who has stayed stays.
const TENURE: f64 = 0.35;
/// How much dearer the plan is at a renewal.
const RISE: f64 = 0.03;
/// Euro per month: persons; organisations by size.
const PERSONS: [i64; 3] = [490, 790, 1_290];
const ORGANISATIONS: [i64; 3] = [2_900, 5_900, 11_900];

/// One year of a care plan.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contract {
    /// The key, e.g. `V0001`; ascending with the first day.
    pub contract_id: String,
    /// The customer.
    pub customer_id: String,
    /// The first day.
    pub start: Date,
    /// The last day; it may lie after the window.
    pub end: Date,
    /// The contract that this one renews; it ends the day before this one begins.
    pub renewed_from: Option<String>,
    /// What it brings per month.
    pub value: Cents,
    /// The currency.
    pub ccy: &'static str,
}

/// The contracts that had begun by the end of the window.
pub(crate) fn contracts(
    settings: &RetailSimulation,
    (customers, buyers): (&[Customer], &[Buyer]),
    ledger: &Ledger,
    moods: &Moods,
) -> Vec<Contract> {
    let mut chains: Vec<Contract> = Vec::new();
    for (index, (customer, buyer)) in customers.iter().zip(buyers).enumerate() {
        let mut stream = Stream::new(settings.seed, "contracts", index as u64);
        let organisation = customer.kind == CustomerType::Organisation;
        let orders: Vec<Date> = ledger.orders_of(index).map(|order| order.day).collect();
        let taken = stream.chance(if organisation { TAKEN.0 } else { TAKEN.1 });
        // Most take it early: with the first, second or third order.
        let with = stream.whole(0, 2) as usize;
        let Some(&begin) = orders.get(with).filter(|_| taken) else { continue };
        let size = customer.size.map_or(0, |size| usize::from(size >= 15) + usize::from(size >= 60));
        let level = [0.45, 0.35, 0.20];
        let mut value = Cents::new(if organisation { ORGANISATIONS[size] } else { PERSONS[stream.weighted(&level)] });
        let mut start = begin;
        let mut years = 0.0;
        loop {
            let next = a_year_after(start);
            let end = next.plus_days(-1);
            chains.push(Contract {
                contract_id: String::new(),
                customer_id: customer.customer_id.clone(),
                start,
                end,
                renewed_from: None,
                value,
                ccy: CURRENCY,
            });
            let gone = !buyer.is_alive(days_between(settings.start, end));
            let odds = RENEWAL.0 + RENEWAL.1 * moods.on(index, end) + TENURE * years - if gone { GONE } else { 0.0 };
            let renews = stream.chance(1.0 / (1.0 + libm::exp(-odds)));
            if !renews || next > settings.as_of() {
                break;
            }
            (start, value, years) = (next, value + value.share(RISE), years + 1.0);
        }
    }
    chains.sort_by_key(|contract| contract.start);
    for (contract, number) in chains.iter_mut().zip(1..) {
        contract.contract_id = format!("V{number:04}");
    }
    // A customer has one plan at a time, so that the day and the customer name the predecessor.
    let ended: std::collections::BTreeMap<(String, Date), String> = chains
        .iter()
        .map(|contract| ((contract.customer_id.clone(), contract.end.plus_days(1)), contract.contract_id.clone()))
        .collect();
    for contract in &mut chains {
        contract.renewed_from = ended.get(&(contract.customer_id.clone(), contract.start)).cloned();
    }
    chains
}

/// The same day of the next year; the 28th of February after a leap day.
fn a_year_after(day: Date) -> Date {
    let first = civil(day);
    let next = first.saturating_add(jiff::Span::new().years(1));
    day.plus_days((next - first).get_days())
}

impl CsvRow for Contract {
    const COLUMNS: &'static [&'static str] =
        &["contract_id", "customer_id", "start", "end", "renewed_from", "value", "ccy"];

    fn write(&self, record: &mut Record<'_>) {
        record.field(&self.contract_id).field(&self.customer_id).field(self.start).field(self.end);
        record.optional(self.renewed_from.as_deref()).field(self.value).field(self.ccy);
    }
}
