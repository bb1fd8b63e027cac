//! The invariants that every contract model keeps.

use emptor_types::{ContractHistory, DiscountRate, Fit, Level, TimeUnit};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::super::process::ContractProcess;
use super::super::sample::Sample;
use crate::testing::TestResult;
use crate::{FittedContract, LifetimeError, SimulatedContracts, Spec, Standing};

/// Two optima of one likelihood, reached over different roundings: the gradient tolerance over the least curvature.
const SAME_OPTIMUM: f64 = 1e-5;
/// Rounding of a sum of a few dozen terms.
const ROUNDING: f64 = 1e-12;
const CUSTOMERS: usize = 3000;
const MANY: usize = 50_000;

pub(super) fn check_contract_model<P: ContractProcess>(truth: P) -> TestResult {
    let spec: Spec<P> = Spec::builder().build()?;
    let base = base_of(truth, CUSTOMERS, 5)?;
    let model = spec.fit(&base.view()?)?;
    check_fit(&spec, &base, &model)?;
    check_gradient(truth, &base)?;
    check_survival(&model);
    check_customers(&model, &base)?;
    check_lifetimes(&model)?;
    check_extremes::<P>();
    check_segments(&spec, &base)?;
    let many = spec.fit(&base_of(truth, MANY, 11)?.view()?)?;
    for (estimate, truth) in many.estimates(Level::new(0.95)?)?.iter().zip(truth.values()) {
        let distance = (estimate.value / truth).ln().abs() / (estimate.standard_error / estimate.value);
        assert!(distance < 4.0, "{} = {truth}: {estimate:?}", estimate.name);
    }
    check_refusals(&spec)
}

/// Cohorts observed for two to twelve periods.
fn base_of<P: ContractProcess>(truth: P, customers: usize, seed: u64) -> Result<SimulatedContracts, LifetimeError> {
    let observed: Vec<f64> = (0..customers).map(|i| 2.0 + (i % 11) as f64).collect();
    FittedContract::from_parameters(truth, TimeUnit::Year)?.simulate(&observed, seed)
}

fn check_fit<P: ContractProcess>(spec: &Spec<P>, base: &SimulatedContracts, model: &FittedContract<P>) -> TestResult {
    let view = base.view()?;
    let report = model.report();
    assert!(report.termination.is_success(), "{report}");
    assert_eq!((report.observations, report.parameters), (base.observed.len(), P::PARAMETERS.len()));
    assert!((report.log_likelihood.unwrap_or(f64::NAN) - model.log_likelihood(&view)?).abs() < ROUNDING);

    let mut order: Vec<usize> = (0..base.observed.len()).collect();
    order.sort_by_key(|&i| (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    assert_eq!(&spec.fit(&view.select(&order)?)?, model, "the order of rows must not move a bit");
    let twice = spec.fit(&view.select(&[&order[..], &order[..]].concat())?)?;
    let counts = vec![2.0; base.observed.len()];
    assert_eq!(spec.fit(&view.clone().with_counts(&counts)?)?, twice, "rows counted twice are rows written twice");
    for (twice, once) in twice.parameters().values().iter().zip(model.parameters().values()) {
        assert!((twice / once - 1.0).abs() < SAME_OPTIMUM, "twice the data: {twice} against {once}");
    }

    let again: FittedContract<P> = serde_json::from_str(&serde_json::to_string(model)?)?;
    assert_eq!(&again, model);
    let given = FittedContract::from_parameters(*model.parameters(), model.unit())?;
    assert_eq!(given.survival_curve(9), model.survival_curve(9), "parameters alone score");
    assert!(matches!(given.estimates(Level::new(0.9)?), Err(LifetimeError::NoCertainty { .. })));
    let estimates = model.estimates(Level::new(0.9)?)?;
    for (estimate, row) in estimates.iter().zip(model.covariance()?.iter().enumerate()) {
        assert!((row.1[row.0].sqrt() / estimate.standard_error - 1.0).abs() < ROUNDING);
    }
    Ok(())
}

fn check_gradient<P: ContractProcess>(truth: P, base: &SimulatedContracts) -> TestResult {
    /// Truncation of central differences with the step below, plus rounding, relative to the likelihood's scale.
    const CENTRAL_DIFFERENCE: f64 = 1e-7;
    const STEP: f64 = 1e-5;
    let sparse = ContractHistory::new(&[1.0, 40.0, 700.0, 9000.0, 10_000.0], &[10_000.0; 5], TimeUnit::Day)?;
    for (sample, customers) in [(Sample::new(&base.view()?), CUSTOMERS as f64), (Sample::new(&sparse), 5.0)] {
        for factor in [0.1, 1.0, 5.0] {
            let values: Vec<f64> = truth.values().iter().map(|value| value * factor).collect();
            let at = |values: &[f64]| sample.evaluate(&P::from_values(values).survival());
            for i in 0..values.len() {
                let moved = |step: f64| {
                    let mut values = values.clone();
                    values[i] *= step.exp();
                    at(&values).0
                };
                let difference = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
                let error = (difference - at(&values).1[i] * values[i]) / customers;
                let bound = CENTRAL_DIFFERENCE * f64::max(1.0, difference.abs() / customers);
                assert!(error.abs() < bound, "{} at {values:?}: {error:e}", P::PARAMETERS[i]);
            }
        }
    }
    Ok(())
}

fn check_survival<P: ContractProcess>(model: &FittedContract<P>) {
    let n = 60;
    let (curve, rates, hazard) = (model.survival_curve(n), model.retention_rates(n), model.churn_hazard(n));
    assert!(curve.iter().all(|s| (0.0..=1.0).contains(s)) && curve.windows(2).all(|pair| pair[1] < pair[0]));
    if P::PARAMETERS.len() == 2 {
        assert!(rates.windows(2).all(|pair| pair[1] > pair[0]), "the retention rate of a cohort rises");
    }
    let (mut product, mut total) = (1.0, 0.0);
    for ((survival, rate), hazard) in curve.iter().zip(&rates).zip(&hazard) {
        assert!((rate + hazard - 1.0).abs() < ROUNDING);
        total += product * hazard; // P(T = t)
        product *= rate;
        assert!((product / survival - 1.0).abs() < ROUNDING);
    }
    assert!((total + curve[n - 1] - 1.0).abs() < ROUNDING, "lost or left, that is everybody");
}

fn check_customers<P: ContractProcess>(model: &FittedContract<P>, base: &SimulatedContracts) -> TestResult {
    let view = base.view()?;
    let alive = model.p_alive(&view)?;
    let columns = model.p_alive_schedule(&view, &[0.5, 1.0, 2.7, 3.0])?;
    assert_eq!(columns[0], alive, "nobody leaves between renewals");
    assert!(columns.windows(2).all(|pair| pair[0].iter().zip(&pair[1]).all(|(sooner, later)| later <= sooner)));
    for (row, &observed) in base.observed.iter().enumerate() {
        let active = base.last_active[row] >= observed;
        let expected = if active { model.conditional_survival(observed as u64 - 1, 3) } else { 0.0 };
        assert!((columns[3][row] - expected).abs() < ROUNDING);
        assert_eq!(alive[row] > 0.5, active);
    }
    let total: f64 = columns[1].iter().sum();
    assert!((model.expected_customers(&view, &[1.0])?[0] - total).abs() < ROUNDING * total);

    let rate = DiscountRate::annual_effective(0.1)?;
    let derl = model.derl_of_customers(&view, rate, Standing::BeforeRenewal)?;
    assert!(derl.iter().zip(&alive).all(|(derl, alive)| (*derl > 0.0) == (*alive > 0.0)));
    let months = ContractHistory::new(&[1.0], &[1.0], TimeUnit::Month)?;
    assert!(matches!(model.p_alive(&months), Err(LifetimeError::UnitMismatch { .. })));
    assert!(model.p_alive_schedule(&view, &[2.0, 1.0]).is_err());
    Ok(())
}

/// Remaining lifetimes are their sums, term by term.
fn check_lifetimes<P: ContractProcess>(model: &FittedContract<P>) -> TestResult {
    for renewals in [0_u64, 1, 7, 300] {
        for percent in [1.0, 10.0, 400.0] {
            let rate = DiscountRate::annual_effective(0.01 * percent)?;
            let terms =
                (1..=4000).map(|j| model.conditional_survival(renewals, j) * rate.factor(j as f64, TimeUnit::Year));
            let sum: f64 = terms.sum();
            let after = model.derl(renewals, rate, Standing::AfterRenewal)?;
            assert!((after / sum - 1.0).abs() < ROUNDING, "{renewals} renewals, {percent} %: {after}, sum {sum}");
            let before = model.derl(renewals, rate, Standing::BeforeRenewal)?;
            assert!((before / after - 1.0 - 0.01 * percent).abs() < ROUNDING);
        }
    }
    assert!(matches!(model.del(DiscountRate::annual_effective(-0.01)?), Err(LifetimeError::Infinite { .. })));
    Ok(())
}

/// Any parameters and any history give numbers within their range, or a typed error.
fn check_extremes<P: ContractProcess>() {
    let case = (
        prop::collection::vec(-6.0..6.0_f64, P::PARAMETERS.len()),
        prop_oneof![Just(1_u32), Just(10_000), 1_u32..10_000],
        prop_oneof![Just(0_u32), 0_u32..10_000],
        prop_oneof![Just(0.0), Just(1e-9), 0.0..1.0],
    );
    let mut runner = TestRunner::new_with_rng(
        Config { cases: 300, failure_persistence: None, ..Config::default() },
        TestRng::deterministic_rng(RngAlgorithm::ChaCha),
    );
    let result = runner.run(&case, |(ln, last, more, rate)| {
        let values: Vec<f64> = ln.iter().map(|ln| ln.exp()).collect();
        let fail = |error: String| TestCaseError::fail(error);
        let model = FittedContract::from_parameters(P::from_values(&values), TimeUnit::Day)
            .map_err(|error| fail(error.to_string()))?;
        let (last, observed) = ([f64::from(last)], [f64::from(last + more)]);
        let check = || -> Result<(), LifetimeError> {
            let view = ContractHistory::new(&last, &observed, TimeUnit::Day)?;
            in_range(model.log_likelihood(&view)?, f64::MIN, 0.0)?;
            let n = last[0] as u64;
            let (now, later) = (model.conditional_survival(n - 1, 1), model.conditional_survival(n - 1, 10_000));
            in_range(now, 0.0, 1.0)?;
            in_range(later, 0.0, now)?;
            in_range(model.churn_hazard(40)[39], 0.0, 1.0)?;
            let rate = DiscountRate::per_period(rate, TimeUnit::Day)?;
            in_range(model.derl(n - 1, rate, Standing::AfterRenewal)?, 0.0, f64::MAX)
        };
        match check() {
            Ok(()) | Err(LifetimeError::SeriesTooLong { .. } | LifetimeError::Infinite { .. }) => Ok(()),
            Err(error) => Err(fail(error.to_string())),
        }
    });
    assert!(result.is_ok(), "{}: {result:?}", P::NAME);
}

fn in_range(value: f64, low: f64, high: f64) -> Result<(), LifetimeError> {
    if (low..=high).contains(&value) {
        Ok(())
    } else {
        Err(emptor_types::Invalid::value("value", "must lie in its range", value).into())
    }
}

fn check_segments<P: ContractProcess>(spec: &Spec<P>, base: &SimulatedContracts) -> TestResult {
    let labels: Vec<usize> = (0..base.observed.len()).map(|row| row / 100 % 2).collect();
    let segments = spec.fit_each(&base.view()?, &labels)?;
    assert_eq!(segments.pooled, spec.fit(&base.view()?)?);
    assert_eq!(segments.separate.iter().map(|(label, _)| *label).collect::<Vec<_>>(), [0, 1]);
    let test = segments.likelihood_ratio()?;
    assert_eq!(test.degrees, P::PARAMETERS.len());
    assert!(test.p_value > 1e-3, "one population, cut by chance: {test:?}");
    assert!(spec.fit_each(&base.view()?, &labels[1..]).is_err());
    let lonely: Vec<String> = (0..labels.len()).map(|row| format!("{}", usize::from(row == 0))).collect();
    assert!(matches!(
        spec.fit_each(&base.view()?, &lonely),
        Err(LifetimeError::Segment { label, .. }) if label == "1"
    ));
    Ok(())
}

fn check_refusals<P: ContractProcess>(spec: &Spec<P>) -> TestResult {
    let fit = |last: &[f64], observed: &[f64]| -> Result<_, emptor_types::Invalid> {
        Ok(spec.fit(&ContractHistory::new(last, observed, TimeUnit::Year)?))
    };
    let model = P::NAME;
    assert_eq!(fit(&[], &[])?, Err(LifetimeError::Empty { model }));
    assert_eq!(fit(&[1.0, 5.0], &[1.0, 5.0])?, Err(LifetimeError::NoLosses { model, customers: 2 }));
    assert_eq!(fit(&[1.0, 1.0], &[2.0, 5.0])?, Err(LifetimeError::NoRenewals { model, customers: 2 }));
    // One renewal tells one number: not two parameters.
    let one = fit(&[1.0, 2.0, 2.0], &[2.0, 2.0, 2.0])?;
    assert!(matches!(one, Err(LifetimeError::NotConverged { .. })), "{one:?}");
    Ok(())
}
