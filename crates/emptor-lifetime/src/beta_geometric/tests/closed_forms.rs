use emptor_types::{HistoryView, Horizon, TimeUnit};

use super::bg_nbd;
use crate::testing::TestResult;
use crate::{FittedBetaGeoNbd, LifetimeError, PurchaseModel};

/// Closed forms against printed numbers of seven significant digits, relative.
const PRINTED: f64 = 1e-6;
/// The same against six significant digits.
const SIX_DIGITS: f64 = 3e-6;
/// The same against mpmath.
const DOUBLE: f64 = 1e-12;

/// Fader, Hardie & Lee (2005), table 2: CDNOW, weeks.
fn published() -> Result<FittedBetaGeoNbd, LifetimeError> {
    bg_nbd([0.243, 4.414, 0.793, 2.426], TimeUnit::Week)
}

#[test]
fn expected_purchases_of_a_new_customer_match_the_printed_values() -> TestResult {
    // specification C11: BTYD documentation, bgnbd.Expectation at the published CDNOW parameters.
    let model = published()?;
    for (weeks, expected) in [(1.0, 0.053_267_9), (39.0, 1.196_723_2), (78.0, 1.860_519_1)] {
        let value = model.expected_purchases_new_customer(Horizon::weeks(weeks)?)?;
        assert!((value / expected - 1.0).abs() < PRINTED, "E[X({weeks})] = {value}");
    }
    Ok(())
}

#[test]
fn conditional_expectation_and_p_alive_match_the_printed_values() -> TestResult {
    // specification C11: BTYD documentation and lifetimes' test_estimation.py.
    let model = published()?;
    let history = HistoryView::new(&[2.0], &[30.43], &[38.86], None, TimeUnit::Week)?;
    let purchases = model.expected_purchases(&history, Horizon::weeks(39.0)?)?[0];
    assert!((purchases / 1.226_028 - 1.0).abs() < PRINTED, "{purchases}");
    let history = HistoryView::new(&[23.0], &[39.0], &[39.0], None, TimeUnit::Week)?;
    let alive = model.p_alive(&history)?[0];
    assert!((alive / 0.968_555 - 1.0).abs() < PRINTED, "{alive}");
    Ok(())
}

#[test]
fn probabilities_of_counts_match_the_printed_values() -> TestResult {
    // specification C11: BTYD documentation (bgnbd.pmf) and lifetimes' test_estimation.py.
    let model = published()?;
    for (n, weeks, expected) in
        [(10, 2.0, 1.078_690e-7), (0, 39.0, 0.573_786_4), (11, 30.0, 0.001_999_521), (20, 30.0, 0.000_222_226)]
    {
        let value = model.probability_of_n_purchases_new_customer(n, Horizon::weeks(weeks)?)?;
        assert!((value / expected - 1.0).abs() < SIX_DIGITS, "P(X({weeks}) = {n}) = {value:e}");
    }
    Ok(())
}

#[test]
fn the_far_tail_of_the_distribution_keeps_its_digits() -> TestResult {
    // mpmath 1.3, 50 digits: equation 8 of the paper, whose difference 1 - sum loses all digits of a double here.
    let model = published()?;
    for (n, weeks, expected) in
        [(50, 39.0, 3.5872653593075316e-06), (200, 39.0, 4.0708535525557004e-14), (200, 5.0, 1.290690715441164e-59)]
    {
        let value = model.probability_of_n_purchases_new_customer(n, Horizon::weeks(weeks)?)?;
        assert!((value / expected - 1.0).abs() < DOUBLE, "P(X({weeks}) = {n}) = {value:e}");
    }
    Ok(())
}

#[test]
fn one_time_buyers_are_alive_by_the_story_of_the_model() -> TestResult {
    let history = HistoryView::new(&[0.0, 0.0], &[0.0, 0.0], &[0.0, 500.0], None, TimeUnit::Week)?;
    assert_eq!(published()?.p_alive(&history)?, [1.0, 1.0]);
    Ok(())
}

#[test]
fn parameters_that_are_no_model_are_all_named() {
    let error = bg_nbd([0.0, f64::NAN, 1.0, f64::INFINITY], TimeUnit::Week);
    let message = error.map_err(|e| e.to_string());
    assert_eq!(
        message,
        Err("r must be finite and positive (got 0); alpha must be finite and positive (got NaN); b must be finite \
             and positive (got inf)"
            .to_owned())
    );
}

#[test]
fn times_that_do_not_rise_are_refused() -> TestResult {
    let history = HistoryView::new(&[1.0], &[3.0], &[9.0], None, TimeUnit::Week)?;
    for times in [&[2.0, 1.0][..], &[0.0], &[f64::NAN], &[1.0, 1.0], &[1.0, f64::INFINITY]] {
        let result = published()?.expected_purchases_schedule(&history, times);
        assert!(matches!(result, Err(LifetimeError::Invalid(_))), "{times:?}: {result:?}");
    }
    assert_eq!(published()?.expected_purchases_schedule(&history, &[])?, Vec::<Vec<f64>>::new());
    Ok(())
}

#[test]
fn a_horizon_without_end_is_an_error_and_no_number() -> TestResult {
    let history = HistoryView::new(&[1.0], &[3.0], &[9.0], None, TimeUnit::Week)?;
    let result = published()?.expected_purchases_schedule(&history, &[5e10]);
    assert!(matches!(result, Err(LifetimeError::SeriesTooLong { .. })), "{result:?}");
    Ok(())
}
