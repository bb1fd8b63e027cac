//! Contract models against published fits and exact values.

use std::error::Error;

use emptor_lifetime::{
    BetaDiscreteWeibull, BetaDiscreteWeibullParameters, FittedBetaDiscreteWeibull, FittedContract,
    FittedShiftedBetaGeo, ShiftedBetaGeo, ShiftedBetaGeoParameters, Standing,
};
use emptor_types::{ContractHistory, DiscountRate, Fit, TimeUnit};
use serde::Deserialize;

use crate::{ClosedForm, TestResult, golden};

#[derive(Deserialize)]
struct Oracle {
    closed_form: Vec<ClosedForm>,
}

#[derive(Deserialize)]
struct Published {
    fit: Vec<PublishedFit>,
}

#[derive(Deserialize)]
struct PublishedFit {
    model: String,
    data: String,
    parameters: Vec<f64>,
    log_likelihood: f64,
    relative: f64,
    absolute: f64,
}

/// The cohorts of Fader & Hardie (2007), customers at the start and after each renewal; `sbg` of the data sets.
const REGULAR: [f64; 8] = [1000.0, 631.0, 468.0, 382.0, 326.0, 289.0, 262.0, 241.0];
const HIGH_END: [f64; 8] = [1000.0, 869.0, 743.0, 653.0, 593.0, 551.0, 517.0, 491.0];

/// What a fitted contract model says of a golden value.
macro_rules! ask {
    ($model:expr, $case:expr) => {{
        let (model, case): (_, &ClosedForm) = ($model, $case);
        let rate = || DiscountRate::per_period(case.rate, TimeUnit::Year);
        Ok(match case.quantity.as_str() {
            "log_likelihood" if case.censored => {
                model.log_likelihood(&ContractHistory::new(&[case.t + 1.0], &[case.t + 1.0], TimeUnit::Year)?)?
            }
            "log_likelihood" => {
                model.log_likelihood(&ContractHistory::new(&[case.t], &[case.t + 1.0], TimeUnit::Year)?)?
            }
            // The curve begins at the first renewal.
            "survival" => model.survival_curve(case.t as usize).last().copied().unwrap_or(1.0),
            "retention" => model.retention_rates(case.t as usize).last().copied().unwrap_or(f64::NAN),
            "expected_lifetime" if case.rate > 0.0 => model.del(rate()?)?,
            "expected_lifetime" => model.expected_lifetime()?,
            "residual_lifetime" => model.derl(case.n - 1, rate()?, Standing::BeforeRenewal)?,
            quantity => return Err(format!("no quantity {quantity}").into()),
        })
    }};
}

fn sbg(values: &[f64]) -> Result<FittedShiftedBetaGeo, Box<dyn Error>> {
    let &[alpha, beta] = values else { return Err("two parameters".into()) };
    Ok(FittedContract::from_parameters(ShiftedBetaGeoParameters { alpha, beta }, TimeUnit::Year)?)
}

fn bdw(values: &[f64]) -> Result<FittedBetaDiscreteWeibull, Box<dyn Error>> {
    let &[alpha, beta, c] = values else { return Err("three parameters".into()) };
    Ok(FittedContract::from_parameters(BetaDiscreteWeibullParameters { alpha, beta, c }, TimeUnit::Year)?)
}

fn ask(case: &ClosedForm) -> Result<f64, Box<dyn Error>> {
    match case.model.as_str() {
        "sbg" => ask!(sbg(&case.parameters)?, case),
        _ => ask!(bdw(&case.parameters)?, case),
    }
}

#[test]
fn every_quantity_of_contracts_agrees_with_the_oracle() -> TestResult {
    let oracle: Oracle = golden("oracle.toml")?;
    let (mut compared, mut wrong) = (0, Vec::new());
    for case in oracle.closed_form.iter().filter(|case| case.model == "sbg" || case.model == "bdw") {
        compared += 1;
        match ask(case) {
            Ok(value) => {
                let error = (value - case.expected).abs();
                if error.is_nan() || error > case.relative * case.expected.abs() + case.absolute {
                    wrong.push(format!("{value:e} for {case:?}"));
                }
            }
            Err(error) => wrong.push(format!("{error} for {case:?}")),
        }
    }
    assert!(wrong.is_empty(), "{} of {compared} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared > 100, "{compared}");
    Ok(())
}

#[test]
fn every_fit_to_contracts_gives_the_published_estimates() -> TestResult {
    let mut compared = 0;
    for golden in &golden::<Published>("published.toml")?.fit {
        let Some(cohort) = golden.data.strip_prefix("sbg_") else { continue };
        let (name, points) = cohort.split_once('_').ok_or("a cohort and its points")?;
        let survivors = &if name == "regular" { REGULAR } else { HIGH_END }[..points.parse()?];
        let history = ContractHistory::from_survivors(&[survivors], TimeUnit::Year)?;
        let (values, report) = if golden.model == "sbg" {
            let model = ShiftedBetaGeo::builder().build()?.fit(&history)?;
            (model.named_parameters(), model.report().clone())
        } else {
            let model = BetaDiscreteWeibull::builder().build()?.fit(&history)?;
            (model.named_parameters(), model.report().clone())
        };
        compared += 1;
        let value = report.log_likelihood.unwrap_or(f64::NAN);
        assert!((value - golden.log_likelihood).abs() <= golden.absolute, "{} {cohort}: {value}", golden.model);
        for ((name, value), expected) in values.iter().zip(&golden.parameters) {
            let close = (value / expected - 1.0).abs() <= golden.relative;
            assert!(close, "{} {cohort}: {name} = {value} instead of {expected}", golden.model);
        }
    }
    assert_eq!(compared, 8);
    Ok(())
}
