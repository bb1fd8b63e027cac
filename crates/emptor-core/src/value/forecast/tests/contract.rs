use std::error::Error;

use emptor_lifetime::{
    BetaDiscreteWeibullParameters, FittedBetaDiscreteWeibull, FittedShiftedBetaGeo, ShiftedBetaGeoParameters, Standing,
};
use emptor_types::{Date, DiscountRate, Horizon, TimeUnit, Timing};

use super::{TestResult, close, convention, weights, with_threads};
use crate::value::forecast::{contract_lives, contract_profit, contract_survival, segment_survival};
use crate::value::{CurrentProfit, FirstPayment, LifetimeValue, ProfitStreams, Survival, ValueError};

/// Published numbers have six decimals.
const PRINTED: f64 = 1e-6;
/// Terms beyond the horizon: 1.1^−300.
const TAIL: f64 = 1e-11;

fn model() -> Result<FittedShiftedBetaGeo, Box<dyn Error>> {
    let parameters = ShiftedBetaGeoParameters { alpha: 0.668, beta: 3.806 };
    Ok(FittedShiftedBetaGeo::from_parameters(parameters, TimeUnit::Year)?)
}

fn ten_percent(years: f64, timing: Timing) -> Result<LifetimeValue, Box<dyn Error>> {
    Ok(LifetimeValue::builder()
        .rate(DiscountRate::annual_effective(0.10)?)
        .horizon(Horizon::years(years)?)
        .period(TimeUnit::Year)
        .timing(timing)
        .build()?)
}

fn value_of_one(survival: Survival, convention: &LifetimeValue) -> Result<f64, Box<dyn Error>> {
    let streams = ProfitStreams::new(CurrentProfit::level(vec![1.0])?).with_survival(survival)?;
    Ok(convention.compute(&streams)?.current()[0])
}

#[test]
fn the_value_engine_gives_the_discounted_expected_lifetimes() -> TestResult {
    let (model, long) = (model()?, ten_percent(300.0, Timing::Start)?);
    // Fader & Hardie (2010), equations 5 and 6, at α = .668, β = 3.806, d = 10 %.
    let del = value_of_one(contract_survival(&model, &[0], FirstPayment::Certain, &long)?, &long)?;
    assert!((del - 5.922_596).abs() < PRINTED, "{del}");
    let derl = value_of_one(contract_survival(&model, &[3], FirstPayment::AtRisk, &long)?, &long)?;
    assert!((derl - 6.620_280).abs() < PRINTED, "{derl}");
    // And the model's own closed forms, wherever the customer stands.
    let (rate, end) = (DiscountRate::annual_effective(0.10)?, ten_percent(300.0, Timing::End)?);
    assert!((del - model.del(rate)?).abs() < TAIL);
    for renewals in [0, 1, 3, 20] {
        for (convention, standing) in [(&long, Standing::BeforeRenewal), (&end, Standing::AfterRenewal)] {
            let survival = contract_survival(&model, &[renewals], FirstPayment::AtRisk, convention)?;
            let closed = model.derl(renewals, rate, standing)?;
            assert!((value_of_one(survival, convention)? - closed).abs() < TAIL, "{renewals} {standing:?}");
        }
    }
    Ok(())
}

#[test]
fn one_number_of_renewals_is_one_curve_and_several_are_rows_of_a_panel() -> TestResult {
    let (model, five) = (model()?, convention(5.0, TimeUnit::Year)?);
    let of = |renewals: &[u64]| contract_survival(&model, renewals, FirstPayment::AtRisk, &five);
    let (none, two) = (of(&[0])?, of(&[2, 2, 2])?);
    assert_eq!(none, Survival::curve(model.survival_curve(5))?);
    assert!(matches!(two, Survival::Curve(_)));
    let panel = of(&[2, 0, 2])?;
    let expected = [weights(&two, 1, 5), weights(&none, 1, 5), weights(&two, 1, 5)].concat();
    assert_eq!(panel, Survival::panel(5, expected)?);
    assert_eq!(of(&[])?, Survival::panel(5, Vec::new())?);
    // A certain payment comes first, then the same curve.
    let certain = weights(&contract_survival(&model, &[2], FirstPayment::Certain, &five)?, 1, 5);
    close(&certain, &[&[1.0][..], &weights(&two, 1, 4)].concat());
    Ok(())
}

#[test]
fn a_big_base_has_the_same_bits_at_any_number_of_threads() -> TestResult {
    let parameters = BetaDiscreteWeibullParameters { alpha: 0.6, beta: 1.6, c: 1.4 };
    let model = FittedBetaDiscreteWeibull::from_parameters(parameters, TimeUnit::Month)?;
    let (renewals, two) = ((0..5000).map(|i| i * 37 % 61).collect::<Vec<u64>>(), convention(24.0, TimeUnit::Month)?);
    let compute = || contract_survival(&model, &renewals, FirstPayment::AtRisk, &two).map_err(|e| e.to_string());
    let (one, three) = with_threads(compute)?;
    let (one, three) = (one?, three?);
    assert_eq!(one, three);
    for customer in [0, 1, 1023, 1024, 4999] {
        for t in [1, 24] {
            let direct = model.conditional_survival(renewals[customer], t as u64);
            assert!((one.at(customer, t, TimeUnit::Month) - direct).abs() < 1e-15);
        }
    }
    Ok(())
}

#[test]
fn nothing_is_paid_after_a_fixed_end() -> TestResult {
    let five = convention(5.0, TimeUnit::Year)?;
    let as_of: Date = "2024-12-31".parse()?;
    let ends = [Some(as_of.plus_days(913)), None, Some(as_of), Some(as_of.plus_days(-1))];
    let lives = contract_lives(&ends, as_of, &five);
    close(&lives[..1], &[913.0 / 365.25]);
    assert_eq!(lives[1..], [f64::INFINITY, 0.0, 0.0]);
    let profit = contract_profit(&[10.0; 4], TimeUnit::Month, &[0.5; 4], &five)?;
    let values = five.compute(&ProfitStreams::new(profit).with_lives(lives)?)?;
    close(values.current(), &[60.0 * 913.0 / 365.25, 300.0, 0.0, 0.0]);
    // A contract that may be lost before its end: survival and life together.
    let (model, end) = (model()?, ten_percent(5.0, Timing::End)?);
    let survival = contract_survival(&model, &[1], FirstPayment::Certain, &end)?;
    let streams = ProfitStreams::new(CurrentProfit::level(vec![100.0])?).with_survival(survival)?;
    let value = end.compute(&streams.with_lives(vec![2.5])?)?.current()[0];
    let (s1, s2) = (model.conditional_survival(1, 1), model.conditional_survival(1, 2));
    close(&[value], &[100.0 / 1.1 + 100.0 * s1 / 1.21 + 50.0 * s2 / 1.331]);
    Ok(())
}

#[test]
fn customers_follow_the_curve_of_their_segment_from_their_age() -> TestResult {
    let (curves, two) = ([("b", vec![0.9, 0.45, 0.09, 0.0]), ("a", vec![0.5, 0.5])], convention(2.0, TimeUnit::Year)?);
    let of = |labels: &[&'static str], ages: &[usize], first| {
        segment_survival(TimeUnit::Year, &curves, labels, ages, first, &two)
    };
    let survival = of(&["a", "b", "b"], &[0, 0, 2], FirstPayment::AtRisk)?;
    close(&weights(&survival, 3, 2), &[0.5, 0.5, 0.9, 0.45, 0.2, 0.0]);
    let certain = of(&["a", "b", "b"], &[0, 1, 2], FirstPayment::Certain)?;
    close(&weights(&certain, 3, 2), &[1.0, 0.5, 1.0, 0.5, 1.0, 0.2]);
    assert_eq!(of(&["b", "b"], &[1, 1], FirstPayment::AtRisk)?, Survival::curve(vec![0.5, 0.09 / 0.9])?);
    let short = of(&["a"], &[1], FirstPayment::AtRisk);
    assert!(matches!(short, Err(ValueError::TooFewPeriods { periods: 2, needed: 3, .. })));
    // Nobody of the segment comes to that age.
    let gone = [("b", vec![0.5, 0.0, 0.0, 0.0])];
    let old = segment_survival(TimeUnit::Year, &gone, &["b"], &[2], FirstPayment::AtRisk, &two);
    assert!(matches!(old, Err(ValueError::Invalid(_))));
    Ok(())
}

#[test]
fn wrong_contracts_are_refused() -> TestResult {
    let (model, months) = (model()?, convention(5.0, TimeUnit::Month)?);
    let error = contract_survival(&model, &[0], FirstPayment::AtRisk, &months).map_err(|error| error.to_string());
    let rule = "period of the contract model must be the period of the convention, month (got year)";
    assert_eq!(error, Err(rule.to_owned()));
    let fees = contract_profit(&[1.0, f64::NAN], TimeUnit::Year, &[f64::INFINITY], &months);
    assert!(matches!(fees, Err(ValueError::Invalid(invalid)) if invalid.violations().len() == 3));
    let curves = [("a", vec![0.5, 0.6]), ("a", vec![])];
    let labels = ["a", "c"];
    let all = segment_survival(TimeUnit::Year, &curves, &labels, &[0], FirstPayment::AtRisk, &months);
    // The period, the number of ages, a curve that rises, one that is empty, a name given twice, an unknown label.
    let Err(ValueError::Invalid(invalid)) = all else { return Err("not refused".into()) };
    assert_eq!(invalid.violations().len(), 6, "{invalid}");
    Ok(())
}
