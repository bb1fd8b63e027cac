use proptest::prelude::*;

use crate::independent::{GammaGompertz, Independent, Lifetime, Never, Pareto};

/// The longest observation of a history in days: twenty years.
const LONGEST: f64 = 7300.0;

/// The log-likelihood of a row and its gradient at `r, α, s, β, b`.
type Evaluate = fn(&[f64; 5], (f64, f64, f64)) -> (f64, [f64; 5]);

/// Everything a model says about a customer is a number within its bounds.
fn makes_sense<L: Lifetime>(
    model: Independent<L>,
    (x, recency, end): (f64, f64, f64),
    ahead: f64,
) -> Result<(), TestCaseError> {
    let (value, slope) = model.ln_likelihood(x, recency, end);
    prop_assert!(value.is_finite() && slope.iter().all(|g| g.is_finite()), "{value} {slope:?}");
    let alive = model.p_alive(x, recency, end);
    prop_assert!((0.0..=1.0).contains(&alive), "{alive}");
    let later = model.p_alive_after(x, recency, end, ahead);
    prop_assert!((0.0..=alive).contains(&later), "{later} {alive}");
    let (sooner, later) =
        (model.expected_purchases(x, recency, end, ahead), model.expected_purchases(x, recency, end, 2.0 * ahead));
    let bound = alive * (model.r + x) / (model.alpha + end) * 2.0 * ahead * (1.0 + 1e-12);
    prop_assert!(0.0 <= sooner && sooner <= later * (1.0 + 1e-12) && later <= bound, "{sooner} {later} {bound}");
    let discounted = model.discounted_purchases(x, recency, end, 0.003);
    prop_assert!(discounted >= 0.0 && discounted.is_finite(), "{discounted}");
    for n in [0, 1, 7, 900] {
        let p = model.probability_of_n(x, recency, end, n, ahead);
        prop_assert!((0.0..=1.0).contains(&p), "{n}: {p}");
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_history_and_no_parameters_give_nan_or_nonsense(
        x in prop_oneof![Just(0_u32), Just(1), Just(5000), 0_u32..5000],
        t in prop_oneof![Just(LONGEST), Just(0.0), 1e-6..LONGEST],
        place in prop_oneof![Just(1.0), Just(1e-9), 1e-9..1.0],
        ln in prop::array::uniform5(-7.0..7.0_f64),
        ahead in prop_oneof![Just(1e-9), 0.1..LONGEST],
    ) {
        let [r, alpha, s, beta, b] = ln.map(f64::exp);
        let recency = if x == 0 { 0.0 } else { place * t };
        let row = (f64::from(x), recency, t);
        makes_sense(Independent { r, alpha, lifetime: Never }, row, ahead)?;
        makes_sense(Independent { r, alpha, lifetime: Pareto { s, beta } }, row, ahead)?;
        makes_sense(Independent { r, alpha, lifetime: GammaGompertz { b, s, beta } }, row, ahead)?;
        let slow = GammaGompertz { b: b * 1e-9, s, beta: beta * b * 1e-9 };
        makes_sense(Independent { r, alpha, lifetime: slow }, row, ahead)?;
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_likelihood(ln in prop::array::uniform5(-2.0..2.0_f64)) {
        /// Truncation of central differences with the step below, plus rounding, relative to the gradient's scale.
        const CENTRAL_DIFFERENCE: f64 = 1e-6;
        const STEP: f64 = 1e-5;
        let rows = [
            (0.0, 0.0, 39.0), (0.0, 0.0, 10.0), (1.0, 3.0, 39.0), (1.0, 36.0, 36.0), (2.0, 38.0, 39.0),
            (7.0, 20.0, 38.0), (30.0, 39.0, 39.0), (2.0, 38.0, 39.0), (0.0, 0.0, 0.0), (300.0, 1.0, 39.0),
        ];
        let [r, alpha, s, beta, b] = ln.map(f64::exp);
        // Times are in weeks, so are α and β, and b is small.
        let at = [r, 10.0 * alpha, s, 10.0 * beta, 0.02 * b];
        let models: [(Evaluate, &[usize]); 3] = [
            (|p, (x, recency, t)| {
                Independent { r: p[0], alpha: p[1], lifetime: Never }.ln_likelihood(x, recency, t)
            }, &[0, 1]),
            (|p, (x, recency, t)| {
                let lifetime = Pareto { s: p[2], beta: p[3] };
                Independent { r: p[0], alpha: p[1], lifetime }.ln_likelihood(x, recency, t)
            }, &[0, 1, 2, 3]),
            (|p, (x, recency, t)| {
                let lifetime = GammaGompertz { b: p[4], s: p[2], beta: p[3] * 0.1 };
                let (value, [r, alpha, b, s, beta]) =
                    Independent { r: p[0], alpha: p[1], lifetime }.ln_likelihood(x, recency, t);
                (value, [r, alpha, s, beta * 0.1, b])
            }, &[0, 1, 2, 3, 4]),
        ];
        for (evaluate, places) in models {
            for row in rows {
                let (_, gradient) = evaluate(&at, row);
                let scale = places.iter().fold(1.0, |scale, &i| f64::max(scale, (gradient[i] * at[i]).abs()));
                for &i in places {
                    let value = |factor: f64| {
                        let mut moved = at;
                        moved[i] *= factor;
                        evaluate(&moved, row).0
                    };
                    let slope = (value(1.0 + STEP) - value(1.0 - STEP)) / (2.0 * STEP);
                    let error = (slope - gradient[i] * at[i]).abs();
                    prop_assert!(error < CENTRAL_DIFFERENCE * scale, "{row:?} {i}: {slope} {}", gradient[i] * at[i]);
                }
            }
        }
    }
}

#[test]
fn a_last_purchase_at_the_end_leaves_nothing_but_the_survivors() {
    /// `1 − K + K`.
    const ROUNDING: f64 = 1e-15;
    for (x, end) in [(1.0, 36.0), (5000.0, 7300.0), (0.0, 0.0)] {
        for (s, beta) in [(0.6, 11.7), (1.0, 10.6), (30.0, 1e-3), (0.01, 1e6)] {
            let model = Independent { r: 0.55, alpha: 10.6, lifetime: Pareto { s, beta } };
            assert!((model.p_alive(x, end, end) - 1.0).abs() < ROUNDING, "x {x}, s {s}");
        }
    }
}

#[test]
fn poles_of_the_closed_forms_are_ordinary_points() {
    /// A change of 1e-9 in a parameter moves nothing by more.
    const SMOOTH: f64 = 1e-7;
    // s = 1 and R = 1 are poles of the expectation and of the connection formulas, α = β of the printed likelihoods.
    let at = |r: f64, alpha: f64, s: f64, beta: f64| {
        let model = Independent { r, alpha, lifetime: Pareto { s, beta } };
        let (x, recency, t) = (2.0, 30.0, 39.0);
        [
            model.ln_likelihood(x, recency, t).0,
            model.ln_likelihood(0.0, 0.0, t).0,
            model.expected_purchases(x, recency, t, 52.0),
            model.discounted_purchases(x, recency, t, 0.003),
            model.probability_of_n(x, recency, t, 3, 52.0),
        ]
    };
    let here = at(1.0, 10.0, 1.0, 10.0);
    for there in [at(1.0 + 1e-9, 10.0, 1.0, 10.0), at(1.0, 10.0 + 1e-9, 1.0, 10.0), at(1.0, 10.0, 1.0 - 1e-9, 10.0)] {
        for (a, b) in here.iter().zip(there) {
            assert!(a.is_finite() && (a - b).abs() < SMOOTH, "{here:?} {there:?}");
        }
    }
}

#[test]
fn frequent_buyers_are_scored_where_printed_forms_overflow() {
    /// Rounding, relative to the largest part `R ln(α + T)` of the likelihood, and of the chance to be alive.
    const ROUNDING: f64 = 1e-15;
    const ALIVE: f64 = 1e-11;
    // r, α, s, β, x, t_x, T, then the log-likelihood and the chance to be alive: mpmath 1.3, 60 digits, by `hyp2f1`.
    // BTYD is wrong or NaN from x = 150 (specification D), lifetimes at α = 0.001.
    for (r, alpha, s, beta, x, recency, end, expected, alive) in [
        (0.55, 10.6, 0.6, 11.7, 150.0, 99.9, 100.0, -106.24649652887454, 0.9994244685223914),
        (0.55, 10.6, 0.6, 11.7, 150.0, 60.0, 100.0, -43.94509307976971, 8.76181834965261e-28),
        (0.55, 10.6, 0.6, 11.7, 2000.0, 99.9, 100.0, 3788.141666752975, 0.9984848290599043),
        (0.55, 10.6, 0.6, 11.7, 5000.0, 7290.0, 7300.0, -6905.923228581734, 0.8987874800532272),
        (0.001, 0.001, 0.6, 500.0, 400.0, 99.9, 100.0, 145.4151874961845, 0.9998770326260291),
        (0.55, 10.6, 0.6, 100000.0, 170.0, 99.0, 100.0, -97.51559264130636, 0.9999856720581758),
        (0.55, 10.6, 0.6, 11.7, 5000.0, 100.0, 7300.0, 14045.548605570713, 0.0),
        (0.55, 10.6, 0.6, 11.7, 0.0, 0.0, 0.001, -5.188301480726495e-05, 0.9999487201246822),
    ] {
        let model = Independent { r, alpha, lifetime: Pareto { s, beta } };
        let value = model.ln_likelihood(x, recency, end).0;
        let part = (r + x) * f64::ln(alpha + end);
        assert!((value - expected).abs() < ROUNDING * f64::max(1.0, part), "x {x}: {value}");
        let value = model.p_alive(x, recency, end);
        assert!((value - alive).abs() < ALIVE, "x {x}: {value}");
    }
}
