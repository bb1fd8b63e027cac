//! Published values, invariants and extremes of the Gamma-Gamma model.

use emptor_types::{Fit, HistoryView, Termination, TimeUnit};
use proptest::prelude::*;

use super::likelihood;
use super::sample::Sample;
use crate::testing::{Columns, TestResult, cdnow, simulate, skip};
use crate::{FittedGammaGamma, GammaGamma, GammaGammaParameters, LifetimeError};

/// Estimates of programs that stop before the maximum, relative (specification C: 1e-3; the worst is `p`, 4e-5).
const OTHER_OPTIMISERS: f64 = 1e-4;
/// Log-likelihoods printed with six decimals, absolute.
const PRINTED_LOG_LIKELIHOOD: f64 = 1e-6;
/// Closed forms against printed numbers of eight significant digits, relative; the parameters have seven.
const PRINTED: f64 = 1e-6;
/// Money printed in cents.
const CENTS: f64 = 0.005;
/// Two optima of one likelihood, reached over different roundings.
const SAME_OPTIMUM: f64 = 1e-5;

/// Specification C7: the maximum on CDNOW as BTYD, CLVTools and lifetimes find it.
const CDNOW: [f64; 3] = [6.249_349, 3.744_256, 15.444_307];
const PURCHASES: [f64; 4] = [0.242_594_5, 4.413_601_9, 0.792_919_9, 2.425_888_1];

fn array(model: &FittedGammaGamma) -> [f64; 3] {
    let &GammaGammaParameters { p, q, gamma } = model.parameters();
    [p, q, gamma]
}

#[test]
fn closed_forms_match_the_printed_values() -> TestResult {
    let [p, q, gamma] = CDNOW;
    let model = FittedGammaGamma::from_parameters(GammaGammaParameters { p, q, gamma })?;
    // specification C7: BTYD, spend of a new customer and of one with three repeat purchases of 35 dollars.
    let mean = model.mean_spend().unwrap_or(f64::NAN);
    assert!((mean / 35.170_499 - 1.0).abs() < PRINTED, "{mean}");
    let three = model.expected_spend_of(3.0, 35.0)?;
    assert!((three / 35.021_770 - 1.0).abs() < PRINTED, "{three}");
    assert_eq!(model.expected_spend_of(0.0, f64::NAN).ok(), model.mean_spend());
    Ok(())
}

#[test]
fn the_fit_to_cdnow_gives_the_published_estimates() -> TestResult {
    let Some(data) = cdnow()? else {
        skip("the_fit_to_cdnow_gives_the_published_estimates");
        return Ok(());
    };
    let model = GammaGamma::builder().build()?.fit(&data.view()?)?;
    for (value, expected) in array(&model).iter().zip(CDNOW) {
        assert!((value / expected - 1.0).abs() < OTHER_OPTIMISERS, "{value} instead of {expected}");
    }
    let log_likelihood = model.report().log_likelihood.unwrap_or(f64::NAN);
    assert!((log_likelihood + 4_055.917_695).abs() < PRINTED_LOG_LIKELIHOOD, "{log_likelihood}");
    assert_eq!((model.report().observations, model.excluded()), (946, 0));
    // specification C7: lifetimes, expected spend of the first ten customers.
    let spend = model.expected_spend(&data.view()?)?;
    assert_eq!(spend.len(), 2357);
    for (value, expected) in spend.iter().zip([24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]) {
        assert!((value - expected).abs() < CENTS, "{value} instead of {expected}");
    }
    Ok(())
}

#[test]
fn order_copies_and_currency_do_not_change_the_model() -> TestResult {
    let data = simulate(4000, 5, PURCHASES, CDNOW);
    let spec = GammaGamma::builder().penalty(0.001).build()?;
    let model = spec.fit(&data.view()?)?;
    assert_eq!(spec.fit(&data.shuffled().view()?)?, model);
    for (twice, once) in array(&spec.fit(&data.doubled().view()?)?).iter().zip(array(&model)) {
        assert!((twice / once - 1.0).abs() < SAME_OPTIMUM, "{twice} {once}");
    }
    let cents = Columns { monetary_value: data.monetary_value.iter().map(|m| m * 100.0).collect(), ..data.clone() };
    let in_cents = array(&spec.fit(&cents.view()?)?);
    for ((cents, dollars), factor) in in_cents.iter().zip(array(&model)).zip([1.0, 1.0, 100.0]) {
        assert!((cents / dollars / factor - 1.0).abs() < SAME_OPTIMUM, "{cents} {dollars}");
    }

    let again: FittedGammaGamma = serde_json::from_str(&serde_json::to_string(&model)?)?;
    assert_eq!(again, model);
    assert_eq!(again.expected_spend(&data.view()?)?, model.expected_spend(&data.view()?)?);
    let fitted = model.log_likelihood(&data.view()?)?;
    assert!((model.report().log_likelihood.unwrap_or(f64::NAN) / fitted - 1.0).abs() < PRINTED);
    Ok(())
}

#[test]
fn a_penalised_fit_is_the_minimum_an_independent_search_finds() -> TestResult {
    /// What Nelder-Mead leaves at a flat minimum, relative.
    const SIMPLEX: f64 = 1e-6;
    let columns = ([2.0, 1.0, 7.0, 1.0, 2.0, 5.0], [1.0; 6], [2.0; 6], [22.3, 11.8, 73.7, 11.8, 25.0, 30.0]);
    let history = HistoryView::new(&columns.0, &columns.1, &columns.2, Some(&columns.3), TimeUnit::Week)?;
    let model = GammaGamma::builder().penalty(0.01).build()?.fit(&history)?;
    // scipy 1.17 Nelder-Mead on equation 1a with `gammaln`, penalty 0.01 on the mean, gamma in mean spends.
    let expected = [2.403_410_953_9, 2.595_481_344_2, 26.781_431_657, -24.925_552_110_5];
    for (value, expected) in array(&model).into_iter().chain(model.report().log_likelihood).zip(expected) {
        assert!((value / expected - 1.0).abs() < SIMPLEX, "{value} instead of {expected}");
    }
    Ok(())
}

#[test]
fn a_simulated_base_gives_its_parameters_back() -> TestResult {
    let model = GammaGamma::builder().build()?.fit(&simulate(20_000, 9, PURCHASES, CDNOW).view()?)?;
    // Four standard errors, scaled from specification C7 (946 spenders).
    let scale = (946.0 / model.report().observations as f64).sqrt();
    for ((value, truth), error) in array(&model).iter().zip(CDNOW).zip([1.189_97, 0.290_14, 4.159_53]) {
        assert!((value - truth).abs() < 4.0 * error * scale, "{value} instead of {truth}");
    }
    Ok(())
}

#[test]
fn customers_without_usable_spend_are_left_out_counted_and_scored_by_what_is_known() -> TestResult {
    let mut data = simulate(2000, 5, PURCHASES, CDNOW);
    let clean = GammaGamma::builder().build()?.fit(&data.view()?)?;
    for bad in [0.0, -3.0, f64::NAN] {
        data.push(2.0, 10.0, 39.0, bad);
    }
    let model = GammaGamma::builder().build()?.fit(&data.view()?)?;
    assert_eq!((model.parameters(), model.excluded(), clean.excluded()), (clean.parameters(), 3, 0));
    let spend = model.expected_spend(&data.view()?)?;
    // Losses count as no spend, which pulls below the mean of all; the unknown gets that mean.
    let nothing = model.expected_spend_of(2.0, 1e-12)?;
    assert!((spend[2000] - nothing).abs() < 1e-9 && (spend[2001] - nothing).abs() < 1e-9);
    assert!(Some(nothing) < model.mean_spend() && Some(spend[2002]) == model.mean_spend());
    Ok(())
}

#[test]
fn data_that_cannot_carry_the_model_are_named() -> TestResult {
    let spec = GammaGamma::builder().build()?;
    let columns = ([2.0, 1.0, 0.0], [3.0, 3.0, 0.0], [9.0; 3], [5.0, f64::NAN, 0.0]);
    let without = HistoryView::new(&columns.0, &columns.1, &columns.2, None, TimeUnit::Week)?;
    assert_eq!(spec.fit(&without), Err(LifetimeError::NoMonetaryValue { model: "Gamma-Gamma" }));
    let one = HistoryView::new(&columns.0, &columns.1, &columns.2, Some(&columns.3), TimeUnit::Week)?;
    assert_eq!(
        spec.fit(&one),
        Err(LifetimeError::TooFewSpenders { model: "Gamma-Gamma", needed: 2, usable: 1, excluded: 1 })
    );
    let mut alike = Columns::default();
    (0..20).for_each(|_| alike.push(3.0, 10.0, 39.0, 25.0));
    let result = spec.fit(&alike.view()?);
    assert!(
        matches!(&result, Err(LifetimeError::NotConverged { report, .. })
            if report.termination == Termination::Boundary),
        "{result:?}"
    );
    Ok(())
}

#[test]
fn an_infinite_mean_is_an_error_and_never_a_negative_number() -> TestResult {
    // specification D: q < 1 gives -482.5 in lifetimes.
    let model = FittedGammaGamma::from_parameters(GammaGammaParameters { p: 0.2, q: 0.7, gamma: 15.0 })?;
    assert_eq!(model.mean_spend(), None);
    let columns = ([0.0, 1.0, 9.0], [0.0, 3.0, 3.0], [9.0; 3], [f64::NAN, 20.0, 20.0]);
    let history = HistoryView::new(&columns.0, &columns.1, &columns.2, Some(&columns.3), TimeUnit::Week)?;
    // x = 0 and x = 1 have p x + q <= 1, x = 9 has not.
    assert_eq!(model.expected_spend(&history), Err(LifetimeError::MeanSpendUndefined { p: 0.2, q: 0.7, customers: 2 }));
    assert!(model.expected_spend_of(9.0, 20.0)? > 0.0);
    assert!(matches!(model.expected_spend_of(1.5, 20.0), Err(LifetimeError::Invalid(_))));
    assert!(matches!(model.expected_spend_of(1.0, -20.0), Err(LifetimeError::Invalid(_))));
    Ok(())
}

proptest! {
    #[test]
    fn expected_spend_lies_between_the_customer_and_the_mean_of_all(
        x in prop_oneof![Just(1_u32), Just(5000), 1_u32..5000],
        m in prop_oneof![Just(1e-12), Just(1e12), 0.01..1e4],
        (p, q, gamma) in (0.01..50.0_f64, 1.001..50.0_f64, 0.01..1e4_f64),
    ) {
        /// Rounding of one quotient.
        const DOUBLE: f64 = 1e-12;
        let model = FittedGammaGamma::from_parameters(GammaGammaParameters { p, q, gamma })?;
        let mean = model.mean_spend().unwrap_or(f64::NAN);
        let value = model.expected_spend_of(f64::from(x), m)?;
        prop_assert!(value >= f64::min(m, mean) * (1.0 - DOUBLE) && value <= f64::max(m, mean) * (1.0 + DOUBLE));
        let columns = ([f64::from(x)], [1.0], [1.0], [m]);
        let history = HistoryView::new(&columns.0, &columns.1, &columns.2, Some(&columns.3), TimeUnit::Week)?;
        prop_assert!(model.log_likelihood(&history)?.is_finite());
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_likelihood(ln in prop::array::uniform3(-1.5..2.0_f64)) {
        /// Truncation of central differences with the step below, plus rounding, relative to the gradient's scale.
        const CENTRAL_DIFFERENCE: f64 = 1e-6;
        const STEP: f64 = 1e-5;
        let columns = ([1.0, 2.0, 2.0, 7.0, 30.0], [1.0; 5], [2.0; 5], [11.8, 22.3, 22.3, 73.7, 30.0]);
        let history = HistoryView::new(&columns.0, &columns.1, &columns.2, Some(&columns.3), TimeUnit::Week)?;
        let sample = Sample::compress(&history)?;
        let at = ln.map(f64::exp);
        let (_, gradient) = likelihood::evaluate(&sample, &at);
        let scale = gradient.iter().fold(1.0, |scale, g| f64::max(scale, g.abs()));
        for i in 0..3 {
            let value = |factor: f64| {
                let mut moved = at;
                moved[i] *= factor;
                likelihood::evaluate(&sample, &moved).0
            };
            let slope = (value(1.0 + STEP) - value(1.0 - STEP)) / (2.0 * STEP * at[i]);
            prop_assert!((slope - gradient[i]).abs() < CENTRAL_DIFFERENCE * scale, "{i}: {slope} {gradient:?}");
        }
    }
}
