use crate::independent::probability::of_n_purchases;
use crate::independent::{GammaGompertz, Independent, Lifetime, Never, Pareto};

/// Both rules reach rounding; thousands of purchases amplify it.
const ORACLE: f64 = 1e-12;

#[test]
fn the_expected_time_alive_agrees_with_quadrature() {
    // b, s, beta, end, ahead and the value: mpmath 1.3, 30 digits, `quad` of S(end+u)/S(end).
    for (b, s, beta, end, ahead, expected) in [
        (0.01, 0.606, 0.1, 0.0, 39.0, 21.33991321821827),
        (0.01, 0.606, 0.1, 39.0, 52.0, 37.93594093305232),
        (0.01, 0.606, 0.1, 39.0, 1e-06, 9.999999922436729e-07),
        (0.01, 0.606, 0.1, 39.0, 1000000.0, 113.02576385988947),
        (0.5, 0.3, 1000000.0, 5.0, 100.0, 28.48168685129771),
        (2.0, 0.05, 0.5, 400.0, 50.0, 9.932620530009146),
        (1e-09, 0.8, 1e-08, 20.0, 10000.0, 329.65271660641434),
        (0.05, 3000.0, 4000.0, 1.0, 10.0, 7.995032960032684),
        (0.02, 0.001, 0.001, 10.0, 100000.0, 43159.716295029975),
    ] {
        let value = GammaGompertz { b, s, beta }.expected_residual(end, ahead);
        assert!((value / expected - 1.0_f64).abs() < ORACLE, "b {b}, s {s}, beta {beta}, ahead {ahead}: {value}");
    }
}

#[test]
fn the_expected_time_alive_of_pareto_has_no_pole_and_is_right_for_short_and_long_times() {
    /// A few roundings.
    const DOUBLE: f64 = 4e-15;
    // ∫ (1 + u)^(−s) du from 0 to h is ln(1+h) at s = 1 and 2 (√(1+h) − 1) = 2h / (√(1+h) + 1) at s = 1/2.
    for ahead in [1e-12_f64, 1e-3, 1.0, 1e3, 1e12] {
        let at = |s: f64| Pareto { s, beta: 1.0 }.expected_residual(0.0, ahead);
        assert!((at(1.0) / ahead.ln_1p() - 1.0).abs() < DOUBLE);
        assert!((at(0.5) * ((1.0 + ahead).sqrt() + 1.0) / (2.0 * ahead) - 1.0).abs() < DOUBLE);
        for s in [1.0 - 1e-13, 1.0 + 1e-13, 1.0 - 1e-9, 1.0 + 1e-9] {
            let slope = 0.5 * (1.0 - s) * ahead.ln_1p(); // d/ds ln of it at s = 1, times the distance
            assert!((at(s) / at(1.0) - 1.0 - slope).abs() < DOUBLE + slope * slope, "{s} {ahead}");
        }
    }
}

#[test]
fn the_discounted_rest_of_a_lifetime_agrees_with_the_confluent_function() {
    // b (0 for Pareto), s, beta, end, delta and the value: mpmath 1.3, 30 digits, (β+T) U(1, 2−s, δ(β+T)) by `hyperu`
    // for Pareto (Fader, Hardie & Lee 2005), `quad` for GGom.
    for (b, s, beta, end, delta, expected) in [
        (0.0, 0.4081095, 10.5148048, 77.86, 0.0027, 221.22054123492384),
        (0.0, 0.606, 11.66, 39.0, 1e-06, 5491.899641898594),
        (0.0, 1.0, 5.0, 10.0, 0.01, 25.521925739602825),
        (0.0, 2.5, 5.0, 10.0, 10.0, 0.09837109656737365),
        (0.0, 0.05, 0.01, 0.0, 0.0001, 5169.506989469476),
        (0.0, 50.0, 1000.0, 3.0, 0.001, 20.05059598267388),
        (0.01, 0.606, 0.1, 39.0, 0.0027, 81.84651210006083),
        (0.5, 0.3, 1000000.0, 5.0, 0.002, 27.63360281929367),
        (2.0, 0.05, 0.5, 400.0, 0.01, 9.090909090909092),
        (0.01, 0.606, 0.1, 39.0, 1e-09, 113.02574742896888),
    ] {
        let value = if b > 0.0 {
            GammaGompertz { b, s, beta }.discounted_residual(end, delta)
        } else {
            Pareto { s, beta }.discounted_residual(end, delta)
        };
        assert!((value / expected - 1.0_f64).abs() < ORACLE, "b {b}, s {s}, beta {beta}, delta {delta}: {value}");
    }
}

#[test]
fn without_discount_the_rest_of_a_lifetime_is_its_mean_or_infinite() {
    /// The distance of `δ` from 0, times the longest lifetimes of weight.
    const CLOSE: f64 = 1e-5;
    let long = Pareto { s: 3.0, beta: 10.0 };
    assert!((long.discounted_residual(5.0, 0.0) - 7.5).abs() < ORACLE);
    assert!((long.discounted_residual(5.0, 1e-8) / 7.5 - 1.0).abs() < CLOSE);
    assert!(Pareto { s: 1.0, beta: 10.0 }.discounted_residual(5.0, 0.0).is_infinite());
    assert!(Never.discounted_residual(5.0, 0.0).is_infinite());
    let gompertz = GammaGompertz { b: 0.01, s: 0.606, beta: 0.1 };
    assert!((gompertz.discounted_residual(39.0, 0.0) / gompertz.expected_residual(39.0, 1e7) - 1.0).abs() < ORACLE);
}

#[test]
fn the_chance_of_n_purchases_agrees_with_quadrature() {
    // R, α+T, b (0 for Pareto), s, beta, T, n, ahead and the value: mpmath 1.3, 30 digits, `quad` of the two parts.
    for (shape, rate, b, s, beta, end, n, ahead, expected) in [
        (0.55, 10.58, 0.0, 0.606, 11.66, 0.0, 0.0, 39.0, 0.5952513322149229),
        (0.55, 10.58, 0.0, 0.606, 11.66, 0.0, 7.0, 39.0, 0.010631433428202088),
        (2.55, 49.4, 0.0, 0.606, 11.66, 38.8, 3.0, 52.0, 0.11974857587738534),
        (11.5, 30.0, 0.0, 0.606, 11.66, 20.0, 200.0, 52.0, 2.380662680308833e-28),
        (1000.5, 49.6, 0.0, 1.2, 11.66, 39.0, 1100.0, 52.0, 0.0019985163026126256),
        (5000.5, 7310.0, 0.0, 0.6, 11.66, 7300.0, 2400.0, 4000.0, 6.407381822613646e-05),
        (0.55, 10.58, 0.01, 0.606, 0.1, 0.0, 7.0, 39.0, 0.009530481348452908),
        (26.5, 41.0, 0.05, 0.9, 0.3, 30.0, 40.0, 104.0, 0.0037967235253801544),
        (0.2, 3.0, 0.0, 3.0, 0.01, 0.0, 2.0, 10000.0, 1.2340154424796615e-06),
        (0.2, 3.0, 0.0, 3.0, 50.0, 0.0, 60.0, 10000.0, 8.00394555744178e-05),
    ] {
        let value = if b > 0.0 {
            of_n_purchases(&GammaGompertz { b, s, beta }, shape, rate, end, n, ahead)
        } else {
            of_n_purchases(&Pareto { s, beta }, shape, rate, end, n, ahead)
        };
        assert!(
            (value / expected - 1.0_f64).abs() < ORACLE,
            "R {shape}, n {n}, b {b}, s {s}: {:e}",
            value / expected - 1.0
        );
    }
}

fn sums_to_one<L: Lifetime>(model: Independent<L>) {
    /// A few thousand probabilities, each to rounding, and their tail below 1e-13.
    const WHOLE: f64 = 1e-11;
    for (x, recency, end, ahead) in [(0.0, 0.0, 39.0, 39.0), (7.0, 20.0, 39.0, 52.0), (60.0, 38.0, 39.0, 104.0)] {
        let (mut whole, mut mean) = (0.0, 0.0);
        for n in 0..3000 {
            let p = model.probability_of_n(x, recency, end, n, ahead);
            whole += p;
            mean += p * n as f64;
        }
        assert!((whole - 1.0).abs() < WHOLE, "x {x}: {whole}");
        let expected = model.expected_purchases(x, recency, end, ahead);
        assert!((mean / expected - 1.0).abs() < WHOLE, "x {x}: {mean} {expected}");
    }
    let (mut whole, mut mean) = (0.0, 0.0);
    for n in 0..3000 {
        let p = model.probability_of_n_new_customer(n, 78.0);
        whole += p;
        mean += p * n as f64;
    }
    assert!((whole - 1.0).abs() < WHOLE, "{whole}");
    assert!((mean / model.expected_purchases_new_customer(78.0) - 1.0).abs() < WHOLE, "{mean}");
}

#[test]
fn probabilities_sum_to_one_and_their_mean_is_the_expectation() {
    let (r, alpha) = (0.55, 10.6);
    sums_to_one(Independent { r, alpha, lifetime: Never });
    sums_to_one(Independent { r, alpha, lifetime: Pareto { s: 0.6, beta: 11.7 } });
    sums_to_one(Independent { r, alpha, lifetime: Pareto { s: 1.0, beta: 0.01 } });
    sums_to_one(Independent { r, alpha, lifetime: GammaGompertz { b: 0.05, s: 0.6, beta: 10.0 } });
}
