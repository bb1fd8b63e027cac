//! What is true of each buyer, for tests of recovery.

use emptor_types::Date;

use super::calendar::Clock;
use super::customers::{Buyer, Customer};
use crate::Cents;
use crate::csv::{CsvRow, Record};

/// The hidden state of one customer. Prospects have none.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Truth {
    /// The customer.
    pub customer_id: String,
    /// Purchases per week while alive, λ.
    pub purchase_rate_per_week: f64,
    /// Probability of dropping out after a repeat purchase, p.
    pub dropout_probability: f64,
    /// The day of the last purchase, if the customer dropped out with it.
    pub dropout_date: Option<Date>,
    /// Mean order value, p/ν of the spend story; baskets come near it, for articles have prices.
    pub mean_order_value: Cents,
    /// Whether the customer has not dropped out.
    pub alive_at_end: bool,
    /// Orders that campaigns caused, on top of the purchase process.
    pub campaign_orders: usize,
}

pub(crate) fn truth(customers: &[Customer], buyers: &[Buyer], clock: &Clock) -> Vec<Truth> {
    let row = |(customer, buyer): (&Customer, &Buyer)| Truth {
        customer_id: customer.customer_id.clone(),
        purchase_rate_per_week: buyer.latent.rate,
        dropout_probability: buyer.latent.dropout,
        dropout_date: buyer.dropout.map(|day| clock.day(day)),
        mean_order_value: Cents::round(buyer.mean),
        alive_at_end: buyer.dropout.is_none(),
        campaign_orders: buyer.visits.iter().filter(|visit| visit.caused_by.is_some()).count(),
    };
    customers.iter().zip(buyers).map(row).collect()
}

impl CsvRow for Truth {
    const COLUMNS: &'static [&'static str] = &[
        "customer_id",
        "purchase_rate_per_week",
        "dropout_probability",
        "dropout_date",
        "mean_order_value",
        "alive_at_end",
        "campaign_orders",
    ];

    fn write(&self, record: &mut Record<'_>) {
        record.field(&self.customer_id).field(format_args!("{:.6}", self.purchase_rate_per_week));
        record.field(format_args!("{:.6}", self.dropout_probability)).optional(self.dropout_date);
        record.field(self.mean_order_value).field(self.alive_at_end).field(self.campaign_orders);
    }
}
