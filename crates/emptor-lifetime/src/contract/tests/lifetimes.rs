use emptor_types::TimeUnit;

use super::super::residual::{beta_geometric_sum, discounted_sum};
use super::super::survival::Survival;
use crate::testing::TestResult;
use crate::{BetaDiscreteWeibullParameters, FittedContract, LifetimeError, ShiftedBetaGeoParameters};

/// A sum of a few thousand terms and an integral.
const SUMMED: f64 = 1e-12;

#[test]
fn remaining_lifetimes_agree_with_mpmath() -> TestResult {
    // mpmath 1.3: 300 terms or more, then Euler–Maclaurin with the integral to 30 digits; (α, β, c, renewals, d).
    for (a, b, c, renewals, d, expected) in [
        (0.259336, 1.722551, 1.584362, 0.0, 0.1, 4.994_285_736_661_405),
        (0.3, 5.0, 0.5, 2.0, 0.001, 629.708_989_791_85),
        (2.0, 3.0, 1.0, 5.0, 0.0001, 7.953_210_227_390_564_5),
        (0.5, 403.0, 1.1, 0.0, 0.01, 86.450_390_405_498_21),
        (0.0025, 400.0, 1.0, 0.0, 0.05, 19.997_494_825_511_39),
        (3.0, 0.5, 0.6, 7.0, 1e-6, 13.573_089_647_887_658),
        (1.2, 1.0, 1.0, 0.0, 0.0, 5.000_000_000_000_001),
        (1.5, 2.0, 0.8, 3.0, 0.0, 32.695_552_381_783_02),
        (0.9, 0.01, 2.5, 1.0, 0.0, 0.448_274_031_468_123_45),
        (20.0, 300.0, 1.3, 4.0, 0.0, 6.090_097_321_168_113_5),
    ] {
        let force = f64::ln_1p(d);
        let sum = discounted_sum(&Survival { a, b, c }, renewals, force)?.unwrap_or(f64::NAN);
        let error: f64 = sum / expected - 1.0;
        assert!(error.abs() < SUMMED, "({a}, {b}, {c}), {renewals} renewals, d = {d}: {sum}, {error:e}");
    }
    Ok(())
}

#[test]
fn the_closed_form_is_the_sum() -> TestResult {
    for (a, b) in [(0.07, 0.27), (3.8, 15.2), (0.67, 3.8), (400.0, 0.01), (1.5, 400.0), (0.0025, 400.0)] {
        for force in [0.0, 1e-9, 1e-4, 0.01, 0.1, 3.0] {
            let closed = beta_geometric_sum(a, b, force)?;
            let summed = discounted_sum(&Survival { a, b, c: 1.0 }, 0.0, force)?;
            assert_eq!(closed.is_none(), summed.is_none(), "({a}, {b}) at {force}");
            let (closed, summed) = (closed.unwrap_or(1.0), summed.unwrap_or(1.0));
            assert!((closed / summed - 1.0).abs() < SUMMED, "({a}, {b}) at {force}: {closed}, {summed}");
        }
    }
    Ok(())
}

#[test]
fn lifetimes_without_discount_are_finite_or_a_typed_error() -> TestResult {
    let sbg = |alpha, beta| FittedContract::from_parameters(ShiftedBetaGeoParameters { alpha, beta }, TimeUnit::Year);
    // (α + β − 1) / (α − 1)
    assert!((sbg(3.8, 15.2)?.expected_lifetime()? - 18.0 / 2.8).abs() < SUMMED);
    assert!(matches!(sbg(1.0, 15.2)?.expected_lifetime(), Err(LifetimeError::Infinite { .. })));
    let weibull = |alpha, c| {
        FittedContract::from_parameters(BetaDiscreteWeibullParameters { alpha, beta: 2.0, c }, TimeUnit::Year)
    };
    assert!(weibull(0.6, 2.0)?.expected_lifetime()?.is_finite());
    assert!(matches!(weibull(0.6, 1.5)?.expected_lifetime(), Err(LifetimeError::Infinite { .. })));
    Ok(())
}

#[test]
fn a_lifetime_where_powers_of_time_overflow_is_the_leading_power() {
    /// Rounding of logarithms of hundreds.
    const LOGARITHMS: f64 = 1e-13;
    let survival = Survival { a: 0.0025, b: 2.0, c: 400.0 };
    // ln S(t) ~ −a c ln t + ln Γ(a+b)/Γ(b): the ratio of S(10000) to S(100) is 100^(−1).
    assert!((survival.ln_fall(100.0, 10_000.0) / 100.0_f64.ln() - 1.0).abs() < LOGARITHMS);
    let both = survival.ln_fall(0.0, 100.0) + survival.ln_fall(100.0, 10_000.0);
    assert!((survival.ln_fall(0.0, 10_000.0) / both - 1.0).abs() < LOGARITHMS);
}

#[test]
fn remaining_lifetimes_of_any_parameters_are_their_plain_sums() -> TestResult {
    /// Rounding of twenty thousand terms, added one by one.
    const PLAIN: f64 = 2e-13;
    const FORCE: f64 = 0.002;
    for case in 0..200_u64 {
        let mut random = crate::purchase::Random::new(3, case);
        let [a, b, c] = [6.0, 6.0, 2.0].map(|wide| (wide * (2.0 * random.uniform() - 1.0)).exp());
        let renewals = if case % 3 == 0 { 5.0 } else { 0.0 };
        let survival = Survival { a, b, c };
        let term = |j: u32| (-survival.ln_fall(renewals, renewals + f64::from(j)) - FORCE * f64::from(j)).exp();
        let plain: f64 = (1..20_000).rev().map(term).sum();
        let sum = discounted_sum(&survival, renewals, FORCE)?.unwrap_or(f64::NAN);
        assert!(
            (sum / plain - 1.0).abs() < PLAIN,
            "({a}, {b}, {c}), {renewals} renewals: {sum}, {:e}",
            sum / plain - 1.0
        );
    }
    Ok(())
}
