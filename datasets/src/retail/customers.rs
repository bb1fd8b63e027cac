//! The customer table, and what is true of each buyer.

use std::fmt;

use emptor_types::Date;

use super::calendar::Clock;
use super::catalogue::CATEGORIES;
use super::places::{CHANNELS, REGIONS};
use super::settings::RetailSimulation;
use crate::Cents;
use crate::csv::{CsvRow, Record};
use crate::days::year;
use crate::parameters::{Latent, walk};
use crate::random::Stream;

/// Share of organisations among buyers.
const ORGANISATIONS: f64 = 0.08;
/// How much more an organisation spends per order.
const ORGANISATION_SPEND: f64 = 2.2;
/// Contract discount of organisations.
const CONTRACT_DISCOUNT: f64 = 0.05;
/// The launch wave of new customers: how much higher than later, and how many days it takes to fade.
const LAUNCH_WAVE: (f64, f64) = (1.6, 130.0);
/// No first purchase in the last days of the window, so that every age is above zero.
const LAST_ENTRY: i32 = 3;

/// Who a customer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerType {
    /// A private person.
    Person,
    /// A firm, school or office.
    Organisation,
}

impl fmt::Display for CustomerType {
    /// Writes `person` or `org`, as the input contract has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Person => "person",
            Self::Organisation => "org",
        })
    }
}

/// A customer or a prospect.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Customer {
    /// The key, e.g. `C00001`.
    pub customer_id: String,
    /// Person or organisation; column `type`.
    pub kind: CustomerType,
    /// The day the record was made: the first purchase, for prospects the first contact.
    pub created_at: Date,
    /// The day of the first contact; it may lie before the window.
    pub first_contact_at: Date,
    /// `value`, `core` or `premium` for persons, `small business` or `corporate` for organisations.
    pub segment: &'static str,
    /// Where the customer lives.
    pub region_id: &'static str,
    /// How the customer was won.
    pub acq_channel: &'static str,
    /// What it cost to win the customer.
    pub acq_cost: Cents,
    /// Year of birth, unknown for organisations and one person in ten.
    pub birth_year: Option<i16>,
    /// Line of business of an organisation.
    pub industry: Option<&'static str>,
    /// Employees of an organisation.
    pub size: Option<u32>,
    /// The sales representative of an organisation.
    pub owner_rep_id: Option<&'static str>,
    /// Whether e-mail may be sent.
    pub consent_email: bool,
}

/// What only the simulation knows of a buyer.
#[derive(Debug)]
pub(crate) struct Buyer {
    pub(crate) latent: Latent,
    /// Mean order value.
    pub(crate) mean: f64,
    pub(crate) organisation: bool,
    /// Weight of each category.
    pub(crate) tastes: Vec<f64>,
    /// Weight of each sales channel at the start of the window.
    pub(crate) channels: [f64; CHANNELS.len()],
    /// Days of the window on which the customer buys, ascending.
    pub(crate) visits: Vec<Visit>,
    /// Day of the window on which the customer dropped out.
    pub(crate) dropout: Option<i32>,
}

/// A purchase occasion.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Visit {
    pub(crate) day: i32,
    /// The campaign without which it would not be; `None` for the purchase process.
    pub(crate) caused_by: Option<usize>,
}

impl Buyer {
    pub(crate) fn discount(&self) -> f64 {
        if self.organisation { CONTRACT_DISCOUNT } else { 0.0 }
    }

    pub(crate) fn is_alive(&self, day: i32) -> bool {
        self.dropout.is_none_or(|end| day < end)
    }

    /// The share of a category in the customer's tastes, 1 on average.
    pub(crate) fn taste(&self, category: usize) -> f64 {
        self.tastes[category] * self.tastes.len() as f64 / self.tastes.iter().sum::<f64>()
    }
}

/// A way to win customers: name, share among persons, among organisations, cost, how much better than others the
/// customers are, and their sales channels (store, online, marketplace, phone).
pub(crate) type Acquisition = (&'static str, f64, f64, f64, f64, [f64; 4]);

pub(crate) const ACQUISITION: [Acquisition; 7] = [
    ("search", 0.26, 0.20, 16.0, 0.0, [0.20, 0.70, 0.06, 0.04]),
    ("social", 0.20, 0.0, 13.0, -0.25, [0.15, 0.75, 0.08, 0.02]),
    ("referral", 0.14, 0.25, 9.0, 0.40, [0.50, 0.40, 0.05, 0.05]),
    ("store", 0.24, 0.10, 3.0, 0.10, [0.85, 0.12, 0.01, 0.02]),
    ("marketplace", 0.12, 0.0, 11.0, -0.35, [0.08, 0.32, 0.58, 0.02]),
    ("partner", 0.04, 0.30, 22.0, 0.20, [0.35, 0.40, 0.05, 0.20]),
    ("trade fair", 0.0, 0.15, 60.0, 0.10, [0.20, 0.45, 0.05, 0.30]),
];
const INDUSTRIES: [&str; 6] = ["hospitality", "education", "offices", "health care", "real estate", "retail"];
pub(crate) const REPRESENTATIVES: [&str; 5] = ["R01", "R02", "R03", "R04", "R05"];

/// Buyers with the days on which they buy, in the order of the customer table.
pub(crate) fn buyers(settings: &RetailSimulation, clock: &Clock) -> Vec<Buyer> {
    let arrivals = arrivals(clock);
    (0..settings.customers as u64)
        .map(|index| {
            let mut stream = Stream::new(settings.seed, "purchases", index);
            let latent = settings.parameters.purchases.draw(&mut stream);
            let mean = settings.parameters.spend.draw_mean(&mut stream);
            let share = stream.uniform();
            let first = arrivals.partition_point(|&sum| sum <= share) as i32;
            let first = first.min(clock.days() - 1);
            let (visits, dropout) = visits(latent, first, clock, &mut stream);
            let organisation = stream.chance(ORGANISATIONS);
            let mean = if organisation { mean * ORGANISATION_SPEND } else { mean };
            let tastes = tastes(organisation, &mut stream);
            Buyer { latent, mean, organisation, tastes, channels: [0.0; CHANNELS.len()], visits, dropout }
        })
        .collect()
}

/// Cumulative share of first purchases up to each day of the window.
fn arrivals(clock: &Clock) -> Vec<f64> {
    let days = clock.days() - LAST_ENTRY;
    let weight = |day: i32| clock.demand(day) * (1.0 + LAUNCH_WAVE.0 * libm::exp(-f64::from(day) / LAUNCH_WAVE.1));
    let total: f64 = (0..days).map(weight).sum();
    let mut sum = 0.0;
    (0..days)
        .map(|day| {
            sum += weight(day) / total;
            sum
        })
        .collect()
}

fn visits(latent: Latent, first: i32, clock: &Clock, stream: &mut Stream) -> (Vec<Visit>, Option<i32>) {
    let begin = clock.noon(first);
    let mut days = vec![Visit { day: first, caused_by: None }];
    let mut last = first;
    let alive = walk(latent, (clock.end() - begin) / 7.0, stream, |_, weeks| {
        // A second purchase on one day would be merged by whoever counts days: it moves to the next.
        let day = clock.index(begin + 7.0 * weeks).max(last + 1);
        if day >= clock.days() {
            return false;
        }
        last = day;
        days.push(Visit { day, caused_by: None });
        true
    });
    (days, if alive { None } else { Some(last) })
}

fn tastes(organisation: bool, stream: &mut Stream) -> Vec<f64> {
    let fit = |name: &str| match (organisation, name) {
        (true, "Stationery" | "Electronics") => 3.0,
        (true, "Toys" | "Beauty" | "Garden") => 0.25,
        _ => 1.0,
    };
    CATEGORIES.iter().map(|category| category.demand * fit(category.name) * stream.gamma(1.1, 1.1)).collect()
}

/// The customer table: buyers first, then prospects. It also gives the buyers their sales channels.
pub(crate) fn customers(settings: &RetailSimulation, clock: &Clock, buyers: &mut [Buyer]) -> Vec<Customer> {
    let mean_rate = settings.parameters.purchases.r / settings.parameters.purchases.alpha;
    let mean_order = settings.parameters.spend.mean_order_value();
    let mut customers = Vec::with_capacity(settings.customers + settings.prospects);
    for index in 0..settings.customers + settings.prospects {
        let mut stream = Stream::new(settings.seed, "customers", index as u64);
        let buyer = buyers.get_mut(index);
        let organisation = buyer.as_ref().map_or(index % 2 == 0, |buyer| buyer.organisation);
        // Better customers come by referral, weaker ones by marketplaces: the channel is drawn given the rate, so
        // that the distribution of the rates stays what the parameters say.
        let quality =
            buyer.as_ref().map_or(0.0, |buyer| (libm::log(buyer.latent.rate / mean_rate) + 0.6).clamp(-2.0, 1.5));
        let weights: Vec<f64> = ACQUISITION
            .iter()
            .map(|&(_, persons, organisations, _, tilt, _)| {
                (if organisation { organisations } else { persons }) * libm::exp(tilt * quality)
            })
            .collect();
        let (acq_channel, _, _, cost, _, channels) = ACQUISITION[stream.weighted(&weights)];
        let level = buyer.as_ref().map_or(0.0, |buyer| libm::log(buyer.mean / mean_order)) + 0.4 * stream.normal();
        let contact = stream.exponential(1.0 / 14.0) as i32;
        let created = match buyer {
            Some(buyer) => {
                buyer.channels = channels;
                buyer.visits[0].day
            }
            None => stream.whole(0, clock.days() - 1),
        };
        let size = (libm::exp(2.6 + 0.9 * level + 0.7 * stream.normal()) as u32).clamp(1, 20_000);
        let age = (44.0 + 14.0 * stream.normal()).clamp(18.0, 90.0) as i16;
        let segment = match (organisation, level, size) {
            (true, _, 50..) => "corporate",
            (true, _, _) => "small business",
            (false, ..-0.45, _) => "value",
            (false, ..0.25, _) => "core",
            (false, _, _) => "premium",
        };
        let created_at = clock.day(created);
        customers.push(Customer {
            customer_id: format!("C{:05}", index + 1),
            kind: if organisation { CustomerType::Organisation } else { CustomerType::Person },
            created_at,
            first_contact_at: created_at.plus_days(-contact.min(120)),
            segment,
            region_id: REGIONS[stream.weighted(&REGIONS.map(|(_, share)| share))].0,
            acq_channel,
            acq_cost: Cents::round(cost * libm::exp(0.25 * stream.normal())),
            birth_year: (!organisation && stream.chance(0.9)).then_some(year(settings.start) - age),
            industry: organisation.then(|| stream.pick(&INDUSTRIES)),
            size: organisation.then_some(size),
            owner_rep_id: organisation.then(|| stream.pick(&REPRESENTATIVES)),
            consent_email: stream.chance(0.72),
        });
    }
    customers
}

impl CsvRow for Customer {
    const COLUMNS: &'static [&'static str] = &[
        "customer_id",
        "type",
        "created_at",
        "first_contact_at",
        "segment",
        "region_id",
        "acq_channel",
        "acq_cost",
        "birth_year",
        "industry",
        "size",
        "owner_rep_id",
        "consent_email",
    ];

    fn write(&self, record: &mut Record<'_>) {
        record.field(&self.customer_id).field(self.kind).field(self.created_at).field(self.first_contact_at);
        record.field(self.segment).field(self.region_id).field(self.acq_channel).field(self.acq_cost);
        record.optional(self.birth_year).optional(self.industry).optional(self.size);
        record.optional(self.owner_rep_id).field(self.consent_email);
    }
}
