//! The bundled sample as the tables of an analysis.

use emptor::prelude::*;
use emptor::types::Probability;
use emptor_datasets::sample;

use crate::ExampleError;

/// Part of the gap to the share of wallet of the best quarter of the segment that could be won: an assumption of the examples,
/// not an estimate.
const CAPTURE: f64 = 0.25;

/// Opens the bundled sample: transactions, customers, products, tickets, invoices, answers to surveys, referrals, wallets.
///
/// # Errors
/// If the sample does not pass the doors, which a test rules out.
pub fn sample_tables() -> Result<Tables, ExampleError> {
    eprintln!("reading and checking the bundled sample");
    Ok(Tables::new(sample::transactions()?)
        .with_customers(sample::customers()?)
        .with_products(sample::products()?)
        .with_tickets(sample::service_tickets()?)
        .with_payments(sample::payments()?)
        .with_surveys(sample::surveys()?)
        .with_referrals(sample::referrals()?)
        .with_wallets(sample::wallets()?))
}

/// The part of what the sample's customers spend elsewhere that counts as potential profit. A stand-in for a model of one's own
/// (see `emptor::value::potential`).
///
/// # Errors
/// Never: the constant is a share.
pub fn sample_capture() -> Result<Probability, ExampleError> {
    Ok(Probability::new(CAPTURE)?)
}
