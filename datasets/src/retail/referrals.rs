//! Referrals: which customer brought one who came by recommendation.

use emptor_types::Date;

use super::customers::Customer;
use super::mood::Moods;
use super::settings::RetailSimulation;
use crate::csv::{CsvRow, Record};
use crate::random::Stream;

/// The channel of those who came by recommendation.
const CHANNEL: &str = "referral";
/// Share of them of whom it is known who recommended us.
const KNOWN: f64 = 0.8;
/// How much more likely a better mood makes a customer to recommend us, on the logarithmic scale.
const WARMTH: f64 = 1.2;

/// One customer brought by another.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Referral {
    /// The customer who recommended us; a customer before the other one.
    pub referrer_id: String,
    /// The customer who came.
    pub referred_id: String,
    /// The day on which the other became a customer.
    pub ts: Date,
}

/// One row per customer who came by recommendation from a known customer, in the order of time. Who it was is drawn among
/// the buyers there were, so that this table, unlike others, changes with the number of customers.
pub(crate) fn referrals(settings: &RetailSimulation, customers: &[Customer], moods: &Moods) -> Vec<Referral> {
    let mut buyers: Vec<usize> = (0..settings.customers.min(customers.len())).collect();
    buyers.sort_by_key(|&buyer| (customers[buyer].created_at, buyer));
    // The weight of all buyers who came before.
    let mut before = Vec::with_capacity(buyers.len());
    let mut sum = 0.0;
    for &buyer in &buyers {
        before.push(sum);
        sum += libm::exp(WARMTH * moods.on(buyer, customers[buyer].created_at));
    }
    let mut referrals: Vec<Referral> = (0_u64..)
        .zip(customers)
        .filter(|(_, customer)| customer.acq_channel == CHANNEL)
        .filter_map(|(index, customer)| {
            let mut stream = Stream::new(settings.seed, "referrals", index);
            let (known, share) = (stream.chance(KNOWN), stream.uniform());
            let earlier = buyers.partition_point(|&buyer| customers[buyer].created_at < customer.created_at);
            let weight = before.get(earlier).copied().unwrap_or(sum);
            let place = before[..earlier].partition_point(|&sum| sum <= share * weight).checked_sub(1)?;
            known.then(|| Referral {
                referrer_id: customers[buyers[place]].customer_id.clone(),
                referred_id: customer.customer_id.clone(),
                ts: customer.created_at,
            })
        })
        .collect();
    referrals.sort_by_key(|referral| referral.ts);
    referrals
}

impl CsvRow for Referral {
    const COLUMNS: &'static [&'static str] = &["referrer_id", "referred_id", "ts"];

    fn write(&self, record: &mut Record<'_>) {
        record.field(&self.referrer_id).field(&self.referred_id).field(self.ts);
    }
}
