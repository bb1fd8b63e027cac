//! Published and derived values of discounting, from `golden/value.toml`.

use std::collections::BTreeMap;

use emptor::prelude::*;
use emptor::value::{ClosedForm, FirstPayment, RetentionRate};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    npv: Vec<Npv>,
    closed: Vec<Closed>,
}

#[derive(Deserialize)]
struct Npv {
    id: String,
    timing: Timing,
    rate: f64,
    retention: Option<f64>,
    #[serde(default)]
    first_certain: bool,
    life: Option<f64>,
    rp: Vec<f64>,
    prp: Vec<f64>,
    current: f64,
    total: f64,
    tolerance: f64,
}

#[derive(Deserialize)]
struct Closed {
    id: String,
    margin: f64,
    retention: f64,
    rate: f64,
    period: TimeUnit,
    expected: BTreeMap<String, f64>,
    tolerance: f64,
}

fn golden() -> Golden {
    toml::from_str(include_str!("golden/value.toml")).unwrap()
}

fn yearly(rate: f64, years: usize, timing: Timing) -> LifetimeValue {
    LifetimeValue::builder()
        .rate(DiscountRate::annual_effective(rate).unwrap())
        .horizon(Horizon::years(years as f64).unwrap())
        .period(TimeUnit::Year)
        .timing(timing)
        .build()
        .unwrap()
}

#[test]
fn both_formulas_give_the_golden_values_and_their_schedule_adds_up() {
    for case in golden().npv {
        let periods = case.rp.len();
        let mut streams = ProfitStreams::new(CurrentProfit::panel(periods, case.rp).unwrap())
            .with_potential(PotentialProfit::panel(periods, case.prp).unwrap())
            .unwrap();
        if let Some(retention) = case.retention {
            let retention = RetentionRate::new(retention, TimeUnit::Year).unwrap();
            let first = if case.first_certain { FirstPayment::Certain } else { FirstPayment::AtRisk };
            streams = streams.with_survival(Survival::Constant { retention, first }).unwrap();
        }
        if let Some(life) = case.life {
            streams = streams.with_lives(vec![life]).unwrap();
        }
        let spec = yearly(case.rate, periods, case.timing);
        let values = spec.compute(&streams).unwrap();
        assert!((values.current()[0] - case.current).abs() < case.tolerance, "{}: {:?}", case.id, values.current());
        assert!((values.total()[0] - case.total).abs() < case.tolerance, "{}: {:?}", case.id, values.total());

        let schedule = spec.schedule(&streams).unwrap();
        let current: f64 = schedule.pv_rp.iter().sum();
        let potential: f64 = schedule.pv_prp.iter().sum();
        assert_eq!(current.to_bits(), values.current()[0].to_bits(), "{}", case.id);
        assert_eq!(potential.to_bits(), values.potential()[0].to_bits(), "{}", case.id);
    }
}

#[test]
fn closed_forms_give_the_golden_values() {
    for case in golden().closed {
        let rate = DiscountRate::per_period(case.rate, case.period).unwrap();
        let retention = RetentionRate::new(case.retention, case.period).unwrap();
        for (name, expected) in case.expected {
            let form: ClosedForm = serde_json::from_str(&format!("\"{name}\"")).unwrap();
            let value = form.value(case.margin, retention, rate, case.period).unwrap();
            assert!((value - expected).abs() < case.tolerance, "{} {name}: {value}", case.id);
        }
    }
}

/// Sums of a few dozen products of doubles.
const ROUNDING: f64 = 1e-9;

#[test]
fn closed_forms_keep_their_identities_and_match_long_sums() {
    let rate = DiscountRate::annual_effective(0.12).unwrap();
    let retention = RetentionRate::new(0.8, TimeUnit::Year).unwrap();
    let of = |form: ClosedForm| form.value(100.0, retention, rate, TimeUnit::Year).unwrap();
    // T2 = m + T1, T3 = T1 / r, T2 = (1 + d) T3 (analytics specification §3.2).
    assert!((of(ClosedForm::T2) - 100.0 - of(ClosedForm::T1)).abs() < ROUNDING);
    assert!((of(ClosedForm::T3) - of(ClosedForm::T1) / 0.8).abs() < ROUNDING);
    assert!((of(ClosedForm::T2) - 1.12 * of(ClosedForm::T3)).abs() < ROUNDING);

    let sum = |timing, first| {
        let streams = ProfitStreams::new(CurrentProfit::level(vec![100.0]).unwrap())
            .with_survival(Survival::Constant { retention, first })
            .unwrap();
        yearly(0.12, 200, timing).compute(&streams).unwrap().current()[0]
    };
    for (form, timing, first) in [
        (ClosedForm::T1, Timing::End, FirstPayment::AtRisk),
        (ClosedForm::T2, Timing::Start, FirstPayment::Certain),
        (ClosedForm::T3, Timing::End, FirstPayment::Certain),
        (ClosedForm::T4, Timing::Middle, FirstPayment::AtRisk),
        (ClosedForm::T5, Timing::Middle, FirstPayment::Certain),
    ] {
        assert!((of(form) - sum(timing, first)).abs() < ROUNDING, "{form}");
    }
}

#[test]
fn monthly_discounting_of_a_yearly_rate_gives_the_golden_sum() {
    // Analytics specification §3.3: Σ_{k=1}^{12} 10 · 0.98^k / 1.12^{k/12} = 99.486224.
    let spec = LifetimeValue::builder()
        .rate(DiscountRate::annual_effective(0.12).unwrap())
        .horizon(Horizon::years(1.0).unwrap())
        .period(TimeUnit::Month)
        .timing(Timing::End)
        .build()
        .unwrap();
    let retention = RetentionRate::new(0.98, TimeUnit::Month).unwrap();
    let streams = ProfitStreams::new(CurrentProfit::level(vec![10.0]).unwrap())
        .with_survival(Survival::Constant { retention, first: FirstPayment::AtRisk })
        .unwrap();
    assert!((spec.compute(&streams).unwrap().current()[0] - 99.486_224).abs() < 1e-6);
}

#[test]
fn value_falls_with_the_rate_and_rises_with_retention() {
    let value = |rate: f64, retention: f64| {
        ClosedForm::T1
            .value(
                100.0,
                RetentionRate::new(retention, TimeUnit::Year).unwrap(),
                DiscountRate::annual_effective(rate).unwrap(),
                TimeUnit::Year,
            )
            .unwrap()
    };
    assert!(value(0.10, 0.8) > value(0.12, 0.8));
    assert!(value(0.12, 0.81) > value(0.12, 0.80));
}

#[test]
fn an_endless_sum_that_diverges_is_refused() {
    let retention = RetentionRate::new(1.0, TimeUnit::Year).unwrap();
    let free = DiscountRate::annual_effective(0.0).unwrap();
    let error = ClosedForm::T1.value(100.0, retention, free, TimeUnit::Year).unwrap_err();
    assert!(error.to_string().contains("diverges"), "{error}");
}
