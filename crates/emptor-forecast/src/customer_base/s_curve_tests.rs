//! Tests of the S-curve.

use super::*;

/// A bell of new customers, and its curve by SciPy 1.17 `curve_fit` of α(L(t) − L(t − 1)) with tolerances of 1e-15.
const BELL: [f64; 16] =
    [12.0, 20.0, 31.0, 55.0, 80.0, 118.0, 150.0, 171.0, 160.0, 139.0, 101.0, 72.0, 51.0, 30.0, 22.0, 14.0];
const SCIPY: [f64; 3] = [1_254.203_271_571_9, -4.235_790_726_2, 0.540_862_381_4];
const SCIPY_ERRORS: [f64; 3] = [12.632_012_602_5, 0.056_568_150_7, 0.006_856_831_3];
const SCIPY_RESIDUAL: f64 = 2.940_734_817_5;
/// Two searches that stop at different places agree to this, relatively.
const SEARCH: f64 = 1e-6;

fn near(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * b.abs()
}

#[test]
fn the_curve_and_its_errors_are_those_of_scipy() -> Result<(), SCurveProblem> {
    let fit = SCurve::fit(&BELL)?;
    let found = [fit.curve.alpha, fit.curve.beta, fit.curve.gamma];
    for i in 0..3 {
        assert!(near(found[i], SCIPY[i], SEARCH), "{found:?}");
        assert!(near(fit.standard_errors()[i], SCIPY_ERRORS[i], 1e-4), "{:?}", fit.standard_errors());
    }
    assert!(near(fit.residual, SCIPY_RESIDUAL, SEARCH));
    assert!(near(fit.curve.peak(), -SCIPY[1] / SCIPY[2], SEARCH) && fit.peak_error() > 0.0);
    Ok(())
}

#[test]
fn the_rate_is_the_slope_and_greatest_at_the_peak() {
    let curve = SCurve { alpha: 500.0, beta: -3.0, gamma: 0.4 };
    for t in [0.0, 2.5, 7.5, 12.0] {
        let slope = (curve.at(t + 1e-5) - curve.at(t - 1e-5)) / 2e-5;
        assert!((slope - curve.rate(t)).abs() < 1e-5, "{t}");
        assert!(curve.rate(t) <= curve.rate(curve.peak()));
    }
    assert!((curve.at(curve.peak()) - 250.0).abs() < 1e-9, "half of all at the peak");
}

#[test]
fn data_that_have_not_bent_do_not_say_what_the_ceiling_is() {
    // 20 % growth a period and no end in sight.
    let growing: Vec<f64> = (0..12).map(|t| 10.0 * 1.2_f64.powi(t) + f64::from(t % 3)).collect();
    let refused = SCurve::fit(&growing);
    assert!(matches!(refused, Err(SCurveProblem::CeilingUnknown { .. } | SCurveProblem::NotConverged)), "{refused:?}");
    let level = SCurve::fit(&[50.0, 52.0, 49.0, 51.0, 50.0, 50.0, 48.0, 52.0]);
    assert!(matches!(level, Err(SCurveProblem::CeilingUnknown { .. } | SCurveProblem::NotConverged)), "{level:?}");
}

#[test]
fn short_unknown_negative_and_empty_series_are_refused() {
    for series in
        [&[1.0, 2.0][..], &[], &[0.0; 9], &[1.0, 2.0, f64::NAN, 4.0, 3.0, 2.0, 1.0], &[1.0, 2.0, -3.0, 4.0, 3.0, 2.0]]
    {
        assert!(matches!(SCurve::fit(series), Err(SCurveProblem::TooFew { .. })), "{series:?}");
    }
}

#[test]
fn a_bell_is_forecast_better_than_by_the_last_period_once_it_has_bent() -> Result<(), SCurveProblem> {
    let test = SCurve::backtest(&BELL, 9);
    assert_eq!(test.origins + test.refused, 7);
    assert!(test.wape < test.wape_naive, "{test:?}");
    let fit = SCurve::fit(&BELL)?;
    let level = emptor_types::Level::new(0.8).map_err(|_| SCurveProblem::NotConverged)?;
    let inside = (1..=16).filter(|t| {
        let interval = fit.interval(*t, level);
        (interval.low..=interval.high).contains(&BELL[t - 1])
    });
    assert!(inside.count() >= 11, "about four of five");
    Ok(())
}
