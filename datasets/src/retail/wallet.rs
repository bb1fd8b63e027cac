//! Wallet surveys: what customers spend in a category, with us and elsewhere.

use super::catalogue::CATEGORIES;
use super::customers::{Buyer, Customer};
use super::ledger::Ledger;
use super::products::Assortment;
use super::settings::RetailSimulation;
use crate::Cents;
use crate::csv::{CsvRow, Record};
use crate::days::year;
use crate::random::Stream;

/// Share of the customers of a year who answer.
const ANSWERS: f64 = 0.30;
/// Surveyed years: the last whole ones of the window.
const YEARS: usize = 2;
/// Categories asked for: the two in which a customer spent most.
const ASKED: usize = 2;
/// Our share in a customer's wallet is Beta with these shapes; 0.4 on average.
const SHARE: (f64, f64) = (2.0, 3.0);
/// An answer gives us no smaller share than this.
const SMALLEST_SHARE: f64 = 0.05;

/// What a customer spends in a category in a year.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct WalletSurvey {
    /// The customer.
    pub customer_id: String,
    /// The calendar year, e.g. `2024`.
    pub period: String,
    /// The category.
    pub category: &'static str,
    /// Spend with all sellers; never below what the customer spent with us before returns.
    pub total_spend: Cents,
    /// `survey` or `panel`.
    pub method: &'static str,
    /// Our place among the brands the customer uses, 1 is first.
    pub rank: u8,
    /// How many brands the customer uses.
    pub n_brands: u8,
}

pub(crate) fn wallet(
    settings: &RetailSimulation,
    customers: &[Customer],
    buyers: &[Buyer],
    assortment: &Assortment,
    ledger: &Ledger,
) -> Vec<WalletSurvey> {
    let mut surveys = Vec::new();
    for period in whole_years(settings) {
        for (index, customer) in customers.iter().enumerate().take(buyers.len()) {
            let mut stream =
                Stream::new(settings.seed, "wallet", (index as u64) << 32 | u64::from(period.unsigned_abs()));
            let mut own = [Cents::ZERO; CATEGORIES.len()];
            for order in ledger.orders_of(index).filter(|order| year(order.day) == period) {
                for &(product, net) in &order.lines {
                    let category = assortment.category[product];
                    own[category] = own[category] + net;
                }
            }
            if !stream.chance(ANSWERS) {
                continue;
            }
            let mut spent: Vec<usize> = (0..own.len()).filter(|&category| own[category] > Cents::ZERO).collect();
            spent.sort_by_key(|&category| (-own[category], category));
            for category in spent.into_iter().take(ASKED) {
                let share = stream.beta(SHARE.0, SHARE.1).max(SMALLEST_SHARE);
                let brands = 1 + stream.poisson(1.6).min(7) as u8;
                // A sole brand has the whole wallet; with a large share we are first.
                let rank = if share > 0.5 { 1 } else { stream.whole(1, i32::from(brands)) as u8 };
                let total = if brands == 1 { own[category] } else { Cents::round(own[category].to_f64() / share) };
                surveys.push(WalletSurvey {
                    customer_id: customer.customer_id.clone(),
                    period: period.to_string(),
                    category: CATEGORIES[category].name,
                    total_spend: total.max(own[category]),
                    method: if stream.chance(0.85) { "survey" } else { "panel" },
                    rank,
                    n_brands: brands,
                });
            }
        }
    }
    surveys
}

/// The last calendar years that lie in the window from end to end.
fn whole_years(settings: &RetailSimulation) -> Vec<i16> {
    let (first, last) = (settings.start(), settings.as_of());
    // The year of the day before the window has begun before it, that of the day after it is not over.
    let years: Vec<i16> = (year(first.plus_days(-1)) + 1..year(last.plus_days(1))).collect();
    years[years.len().saturating_sub(YEARS)..].to_vec()
}

impl CsvRow for WalletSurvey {
    const COLUMNS: &'static [&'static str] =
        &["customer_id", "period", "category", "total_spend", "method", "rank", "n_brands"];

    fn write(&self, record: &mut Record<'_>) {
        record.field(&self.customer_id).field(&self.period).field(self.category).field(self.total_spend);
        record.field(self.method).field(self.rank).field(self.n_brands);
    }
}
