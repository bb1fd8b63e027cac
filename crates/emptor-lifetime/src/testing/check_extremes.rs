//! No history and no parameters give nonsense.

use emptor_types::{DiscountRate, Horizon, TimeUnit};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::base::with_rows;
use crate::purchase::Process;
use crate::{Fitted, LifetimeError, PurchaseModel};

/// The longest observation of a history in days: twenty years.
const LONGEST: f64 = 7300.0;
/// Rounding where two numbers are equal in theory.
const ROUNDING: f64 = 1e-9;

/// Any parameters and any history that a `HistoryView` admits give numbers within their range, or a typed error.
pub(crate) fn check_extremes<P: Process>(k: u32) {
    let case = (
        prop_oneof![Just(0_u32), Just(1), Just(5000), 0_u32..5000],
        prop_oneof![Just(LONGEST), 1e-6..LONGEST],
        prop_oneof![Just(1.0), Just(1e-9), 1e-9..1.0],
        prop::collection::vec(-6.0..6.0_f64, P::PARAMETERS.len()),
        prop_oneof![Just(1e-9), 0.1..LONGEST],
    );
    let mut runner = TestRunner::new_with_rng(
        Config { cases: 300, failure_persistence: None, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let result = runner.run(&case, |(x, t, place, ln, ahead)| {
        let x = f64::from(x);
        let (t, ahead) = if P::DISCRETE { (f64::max(x, t.ceil()), ahead.ceil()) } else { (t, ahead) };
        let recency = match x {
            0.0 => 0.0,
            _ if P::DISCRETE => f64::max(x, (place * t).round()),
            _ => place * t,
        };
        let values: Vec<f64> = ln.iter().map(|ln| ln.exp()).collect();
        let model = Fitted::from_parameters(P::from_values(&values, k), TimeUnit::Day)
            .map_err(|error| TestCaseError::fail(error.to_string()))?;
        let outcome = with_rows(&[(x, recency, t)], TimeUnit::Day, |view| {
            let alive = model.p_alive(&view)?[0];
            prop_ok((0.0..=1.0).contains(&alive), "p_alive", alive)?;
            let value = model.log_likelihood(&view)?;
            prop_ok(value.is_finite(), "log-likelihood", value)?;
            let columns = model.expected_purchases_schedule(&view, &[ahead, 2.0 * ahead])?;
            let (sooner, later) = (columns[0][0], columns[1][0]);
            prop_ok(0.0 <= sooner && sooner <= later && later.is_finite(), "expected purchases", later)?;
            let survival = model.p_alive_schedule(&view, &[ahead, 2.0 * ahead])?;
            let (sooner, later) = (survival[0][0], survival[1][0]);
            prop_ok(0.0 <= later && later <= sooner * (1.0 + ROUNDING), "p_alive later", later)?;
            prop_ok(sooner <= alive * (1.0 + ROUNDING), "p_alive later", sooner)?;
            for n in [0, 1, 40] {
                let p = model.probability_of_n_purchases(&view, n, Horizon::days(ahead)?)?[0];
                prop_ok((0.0..=1.0).contains(&p), "probability", p)?;
            }
            let dert = model.dert(&view, DiscountRate::annual_effective(0.1)?)?[0];
            prop_ok(dert >= 0.0 && dert.is_finite(), "dert", dert)
        });
        match outcome.map_err(|error| TestCaseError::fail(error.to_string()))? {
            Ok(()) | Err(LifetimeError::SeriesTooLong { .. }) => Ok(()),
            Err(error) => Err(TestCaseError::fail(error.to_string())),
        }
    });
    assert!(result.is_ok(), "{}: {result:?}", P::NAME);
}

fn prop_ok(holds: bool, what: &str, value: f64) -> Result<(), LifetimeError> {
    if holds { Ok(()) } else { Err(emptor_types::Invalid::value(what, "must lie in its range", value).into()) }
}
