//! Published values and identities of the closed forms.

mod berger_nasr;
mod contract;
mod conventions;
mod markov;
mod multiple;

use std::error::Error;

use emptor_types::{DiscountRate, TimeUnit};

use super::ConstantRelationship;
use crate::value::RetentionRate;

type Outcome = Result<(), Box<dyn Error>>;

/// Sums of a few dozen products of doubles of the size of hundreds.
const ROUNDING: f64 = 1e-9;

fn yearly(rate: f64) -> Result<DiscountRate, Box<dyn Error>> {
    Ok(DiscountRate::annual_effective(rate)?)
}

fn staying(retention: f64) -> Result<RetentionRate, Box<dyn Error>> {
    Ok(RetentionRate::new(retention, TimeUnit::Year)?)
}

/// The customer of all textbook examples: 100 a year, 80 %, 12 %.
fn textbook() -> Result<ConstantRelationship, Box<dyn Error>> {
    customer(100.0, 0.8, 0.12)
}

fn customer(margin: f64, retention: f64, rate: f64) -> Result<ConstantRelationship, Box<dyn Error>> {
    Ok(ConstantRelationship::new(margin, staying(retention)?, yearly(rate)?, TimeUnit::Year)?)
}

#[track_caller]
fn close(value: f64, expected: f64, tolerance: f64) {
    assert!((value - expected).abs() <= tolerance, "{value} is not {expected} ± {tolerance}");
}
