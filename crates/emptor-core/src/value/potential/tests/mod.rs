//! Tests of potential profit. Golden numbers: the worked examples of the analytics specification §3.4, recomputed by
//! hand in the comments beside them.

mod adoption;
mod combination;
mod components;
mod offers;

use std::error::Error;

use emptor_types::{DiscountRate, Horizon, Invalid, TimeUnit, Timing};

use crate::value::LifetimeValue;

type Tested = Result<(), Box<dyn Error>>;

/// Closed forms of a handful of operations in doubles.
const CLOSED_FORM: f64 = 1e-12;
/// Golden numbers are given to six decimals.
const SIX_DECIMALS: f64 = 5e-7;

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * b.abs().max(1.0)
}

fn years(n: f64, rate: f64) -> Result<LifetimeValue, Invalid> {
    LifetimeValue::builder()
        .rate(DiscountRate::annual_effective(rate)?)
        .horizon(Horizon::years(n)?)
        .period(TimeUnit::Year)
        .timing(Timing::End)
        .build()
}

/// Numbers from 0 to 1 that look random and are the same in every run.
fn noise(i: usize) -> f64 {
    let z = (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((z ^ (z >> 32)) >> 11) as f64 / (1_u64 << 53) as f64
}

fn message<T>(result: Result<T, impl std::fmt::Display>) -> String {
    result.err().map_or_else(|| "no error".to_owned(), |error| error.to_string())
}
