//! Forecasts against hand-computed cases, identities and refusals.

mod age_curve;
mod choice;
mod contract;
mod credibility;
mod history;
mod level;
mod trend;

use std::error::Error;

use emptor_types::{DiscountRate, Horizon, TimeUnit, Timing, Training};

use super::ProfitHistory;
use crate::value::{CurrentProfit, LifetimeValue, ProfitStreams, Survival};

pub(super) type TestResult = Result<(), Box<dyn Error>>;

pub(super) const NAN: f64 = f64::NAN;
/// Sums of a dozen doubles: a few units in the last place.
pub(super) const ROUNDING: f64 = 1e-12;

/// `periods` periods of one length, without discount.
pub(super) fn convention(periods: f64, period: TimeUnit) -> Result<LifetimeValue, Box<dyn Error>> {
    Ok(LifetimeValue::builder()
        .rate(DiscountRate::annual_effective(0.0)?)
        .horizon(Horizon::new(periods, period)?)
        .period(period)
        .timing(Timing::End)
        .build()?)
}

pub(super) fn years(profit: &[f64], ages: &[usize]) -> Result<ProfitHistory, Box<dyn Error>> {
    Ok(ProfitHistory::new(TimeUnit::Year, profit.len() / ages.len(), profit.to_vec(), ages.to_vec())?)
}

/// The profits of a panel or level, row-major.
pub(super) fn rows(profit: &CurrentProfit, periods: usize) -> Vec<f64> {
    let streams = ProfitStreams::new(profit.clone());
    let cell = |cell: usize| streams.current(cell / periods, cell % periods + 1);
    (0..profit.customers() * periods).map(cell).collect()
}

pub(super) fn weights(survival: &Survival, customers: usize, periods: usize) -> Vec<f64> {
    (0..customers * periods).map(|cell| survival.at(cell / periods, cell % periods + 1, TimeUnit::Year)).collect()
}

#[track_caller]
pub(super) fn close(found: &[f64], expected: &[f64]) {
    let near = |(a, b): (&f64, &f64)| (a - b).abs() <= ROUNDING * b.abs().max(1.0);
    assert!(found.len() == expected.len() && found.iter().zip(expected).all(near), "{found:?} is not {expected:?}");
}

pub(super) fn training(customers: usize) -> Training {
    Training { as_of: None, unit: None, customers }
}

/// The number of rules an error says are broken.
pub(super) fn broken<T>(result: Result<T, emptor_types::Invalid>) -> usize {
    result.err().map_or(0, |error| error.violations().len())
}

/// Customers of every age up to beyond the window, in three segments, with profits that look random.
pub(super) fn base(customers: usize, periods: usize) -> Result<ProfitHistory, Box<dyn Error>> {
    let order: Vec<usize> = (0..customers).collect();
    reordered(&order, periods)
}

/// The same customers in another order.
pub(super) fn reordered(order: &[usize], periods: usize) -> Result<ProfitHistory, Box<dyn Error>> {
    let age = |customer: usize| customer * 7 % (periods + 4);
    let amount = |customer: usize, t: usize| {
        let noise = (customer * 7919 + t * 104_729 + customer * t * 31) % 1009;
        (noise as f64 - 300.0) / 7.0 + (customer % 3) as f64 * 40.0 + t as f64
    };
    let row = |customer: &usize| {
        let customer = *customer;
        (0..periods).map(move |t| if t + age(customer) < periods { NAN } else { amount(customer, t) })
    };
    let profit = order.iter().flat_map(row).collect();
    let ages = order.iter().map(|customer| age(*customer)).collect();
    let labels: Vec<&str> = order.iter().map(|customer| ["north", "south", "west"][customer % 3]).collect();
    Ok(ProfitHistory::new(TimeUnit::Month, periods, profit, ages)?.with_segments(&labels)?)
}

/// An order of `n` rows that is not sorted (7 does not divide `n`).
pub(super) fn shuffled(n: usize) -> Vec<usize> {
    (0..n).map(|row| (row * 7 + 3) % n).collect()
}

/// What a computation gives with one thread and with three.
pub(super) fn with_threads<T: Send>(compute: impl Fn() -> T + Sync) -> Result<(T, T), Box<dyn Error>> {
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    Ok((pool(1)?.install(&compute), pool(3)?.install(&compute)))
}
