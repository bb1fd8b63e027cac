//! BG/NBD and Gamma-Gamma on CDNOW, from the log to the forecast.

use emptor::prelude::*;
use serde::Deserialize;

use crate::real_data::{cdnow_sample, date};

#[derive(Deserialize)]
struct Golden {
    bg_nbd: BgNbd,
    gamma_gamma: Spend,
    holdout: Holdout,
}

#[derive(Deserialize)]
struct BgNbd {
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
    log_likelihood: f64,
    relative: f64,
    absolute: f64,
}

#[derive(Deserialize)]
struct Spend {
    customers: usize,
    p: f64,
    q: f64,
    gamma: f64,
    log_likelihood: f64,
    mean_spend: f64,
    first_ten: Vec<f64>,
    relative: f64,
    absolute: f64,
    cents: f64,
}

#[derive(Deserialize)]
struct Holdout {
    weeks: f64,
    expected_purchases: f64,
    actual: f64,
    tolerance: f64,
}

fn close(ours: f64, golden: f64, relative: f64, name: &str) {
    assert!((ours / golden - 1.0).abs() < relative, "{name}: {ours}, golden {golden}");
}

#[test]
fn cdnow_from_the_log_gives_the_published_models_and_forecast() {
    let Some(transactions) = cdnow_sample() else { return };
    let golden: Golden = toml::from_str(include_str!("golden/cdnow.toml")).unwrap();
    let ledger = PurchaseLedger::collect(&transactions).unwrap();
    let options = HistoryOptions::new(date("1997-09-30"), TimeUnit::Week);
    let split = Split::new(&ledger, options, date("1998-06-30")).unwrap();
    let view = split.calibration().view().unwrap();

    let model = BetaGeoNbd::builder().build().unwrap().fit(&view).unwrap();
    let fitted = model.parameters();
    let expected = &golden.bg_nbd;
    close(fitted.r, expected.r, expected.relative, "r");
    close(fitted.alpha, expected.alpha, expected.relative, "alpha");
    close(fitted.a, expected.a, expected.relative, "a");
    close(fitted.b, expected.b, expected.relative, "b");
    let likelihood = model.report().log_likelihood.unwrap();
    assert!((likelihood - expected.log_likelihood).abs() < expected.absolute, "{likelihood}");

    let spend = GammaGamma::builder().build().unwrap().fit(&view).unwrap();
    let fitted = spend.parameters();
    let expected = &golden.gamma_gamma;
    assert_eq!(spend.report().observations, expected.customers);
    close(fitted.p, expected.p, expected.relative, "p");
    close(fitted.q, expected.q, expected.relative, "q");
    close(fitted.gamma, expected.gamma, expected.relative, "gamma");
    let likelihood = spend.report().log_likelihood.unwrap();
    assert!((likelihood - expected.log_likelihood).abs() < expected.absolute, "{likelihood}");
    close(spend.mean_spend().unwrap(), expected.mean_spend, expected.relative, "mean spend");
    for (ours, golden) in spend.expected_spend(&view).unwrap().iter().zip(&expected.first_ten) {
        assert!((ours - golden).abs() < expected.cents, "expected spend {ours}, golden {golden}");
    }

    let horizon = Horizon::weeks(golden.holdout.weeks).unwrap();
    let total: f64 = model.expected_purchases(&view, horizon).unwrap().iter().sum();
    assert!((total - golden.holdout.expected_purchases).abs() < golden.holdout.tolerance, "{total}");
    let actual: f64 = split.holdout_frequency().iter().sum();
    assert!((actual - golden.holdout.actual).abs() < golden.holdout.tolerance, "{actual}");
}

#[test]
fn a_fitted_model_survives_its_envelope_and_refuses_another_kind() {
    let model = FittedBetaGeoNbd::from_parameters(
        BetaGeoNbdParameters { r: 0.2426, alpha: 4.4136, a: 0.7929, b: 2.4259 },
        TimeUnit::Week,
    )
    .unwrap();
    let training = Training { as_of: Some(date("1997-09-30")), unit: Some(TimeUnit::Week), customers: 2357 };
    let text = Envelope::new(FittedBetaGeoNbd::KIND, training, model.clone()).to_json().unwrap();
    let loaded = Envelope::<FittedBetaGeoNbd>::from_json(FittedBetaGeoNbd::KIND, &text).unwrap();
    assert_eq!(loaded.model, model);
    assert!(Envelope::<FittedGammaGamma>::from_json(FittedGammaGamma::KIND, &text).is_err());
}

#[test]
fn a_simulated_base_gives_its_parameters_back() {
    use emptor_datasets::{BuyerParameters, PurchaseSummaries};
    // Recovery within a few standard errors of a base of 50,000; the simulator's truth is the source.
    const RECOVERY: f64 = 0.06;
    let ages = vec![104.0; 50_000];
    let truth = BuyerParameters::RETAIL;
    let base = PurchaseSummaries::simulate(&ages, 11, truth).unwrap();
    let view = base.view().unwrap();
    let model = BetaGeoNbd::builder().build().unwrap().fit(&view).unwrap();
    let fitted = model.parameters();
    for (name, ours, theirs) in [
        ("r", fitted.r, truth.purchases.r()),
        ("alpha", fitted.alpha, truth.purchases.alpha()),
        ("a", fitted.a, truth.purchases.a()),
        ("b", fitted.b, truth.purchases.b()),
    ] {
        close(ours, theirs, RECOVERY, name);
    }
    let alive: f64 = model.p_alive(&view).unwrap().iter().sum();
    let truly = base.alive.iter().filter(|alive| **alive).count() as f64;
    close(alive, truly, 0.01, "customers alive");
}
