use emptor_types::{DiscountRate, Fit, HistoryView, Horizon, Invalid, TimeUnit};

use super::likelihood::of_customer;
use super::{BetaGeoBetaBinomial, BetaGeoBetaBinomialParameters, FittedBetaGeoBetaBinomial};
use crate::testing::{TestResult, check_model};
use crate::{LifetimeError, PurchaseModel};

/// The donors of 1995 (Fader, Hardie & Shang 2010): purchases, last opportunity, donors; six opportunities.
const DONORS: [(f64, f64, f64); 22] = [
    (0.0, 0.0, 3464.0),
    (1.0, 1.0, 1091.0),
    (1.0, 2.0, 277.0),
    (1.0, 3.0, 129.0),
    (1.0, 4.0, 78.0),
    (1.0, 5.0, 119.0),
    (1.0, 6.0, 129.0),
    (2.0, 2.0, 613.0),
    (2.0, 3.0, 255.0),
    (2.0, 4.0, 155.0),
    (2.0, 5.0, 173.0),
    (2.0, 6.0, 234.0),
    (3.0, 3.0, 322.0),
    (3.0, 4.0, 181.0),
    (3.0, 5.0, 225.0),
    (3.0, 6.0, 357.0),
    (4.0, 4.0, 240.0),
    (4.0, 5.0, 284.0),
    (4.0, 6.0, 512.0),
    (5.0, 5.0, 335.0),
    (5.0, 6.0, 728.0),
    (6.0, 6.0, 1203.0),
];

const PUBLISHED: BetaGeoBetaBinomialParameters =
    BetaGeoBetaBinomialParameters { alpha: 1.20, beta: 0.75, gamma: 0.66, delta: 2.78 };

/// BTYD's estimates (specification C8).
const BTYD: [f64; 4] = [1.203533, 0.749727, 0.656779, 2.783812];

/// Values printed with six decimals.
const SIX_DECIMALS: f64 = 1e-6;

fn with_donors<R>(of: impl FnOnce(HistoryView<'_>) -> R) -> Result<R, Invalid> {
    let x = DONORS.map(|donor| donor.0);
    let recency = DONORS.map(|donor| donor.1);
    let counts = DONORS.map(|donor| donor.2);
    Ok(of(HistoryView::new(&x, &recency, &[6.0; 22], None, TimeUnit::Year)?.with_counts(&counts)?))
}

#[test]
fn the_fit_to_the_donors_gives_the_published_estimates_and_forecasts() -> TestResult {
    /// Estimates of a program that stops before the maximum, relative.
    const OTHER_OPTIMISERS: f64 = 1e-3;
    /// Log-likelihood printed with five decimals, at an optimum reached more closely here.
    const LOG_LIKELIHOOD: f64 = 1e-5;
    /// Sums printed with one decimal.
    const PRINTED_SUM: f64 = 0.06;
    /// Probabilities printed with two decimals.
    const TWO_DECIMALS: f64 = 0.005;
    with_donors(|history| -> TestResult {
        let model = BetaGeoBetaBinomial::builder().build()?.fit(&history)?;
        // specification C8: BTYD, lifetimes; 11,104 donors.
        for ((name, value), expected) in model.named_parameters().iter().zip(BTYD) {
            assert!((value / expected - 1.0).abs() < OTHER_OPTIMISERS, "{name}: {value} instead of {expected}");
        }
        let log_likelihood = model.report().log_likelihood.unwrap_or(f64::NAN);
        assert!((log_likelihood + 33_225.581_28).abs() < LOG_LIKELIHOOD, "{log_likelihood}");
        assert_eq!((model.report().observations, model.report().distinct), (11_104, 22));

        // The paper's 12,884.2 is that of the maximum, the 12,884.0 of BTYD that of its estimates.
        let [alpha, beta, gamma, delta] = BTYD;
        let parameters = BetaGeoBetaBinomialParameters { alpha, beta, gamma, delta };
        let theirs = FittedBetaGeoBetaBinomial::from_parameters(parameters, TimeUnit::Year)?;
        for (model, expected) in [(&model, 12_884.2), (&theirs, 12_884.0)] {
            let five = model.expected_purchases(&history, Horizon::years(5.0)?)?;
            let total: f64 = five.iter().zip(DONORS).map(|(mean, donor)| mean * donor.2).sum();
            assert!((total - expected).abs() < PRINTED_SUM, "{total}");
        }
        let alive = model.p_alive(&history)?;
        for (row, expected) in [(0, 0.11), (9, 0.59), (21, 0.93)] {
            assert!((alive[row] - expected).abs() < TWO_DECIMALS, "{:?}: {}", DONORS[row], alive[row]);
        }
        for (n, expected) in [(0, 3454.9), (6, 1253.1)] {
            let donors = 11_104.0 * model.probability_of_n_purchases_new_customer(n, Horizon::years(6.0)?)?;
            assert!((donors - expected).abs() < PRINTED_SUM, "{n} purchases: {donors}");
        }
        Ok(())
    })?
}

#[test]
fn closed_forms_match_the_printed_values() -> TestResult {
    // specification C8: BTYD's documentation, at (1.20, .75, .66, 2.78) and (x, t_x, n) = (3, 4, 6).
    let model = FittedBetaGeoBetaBinomial::from_parameters(PUBLISHED, TimeUnit::Year)?;
    let history = HistoryView::new(&[3.0], &[4.0], &[6.0], None, TimeUnit::Year)?;
    for (value, expected) in [
        (model.p_alive(&history)?[0], 0.438344),
        (model.dert(&history, DiscountRate::annual_effective(0.1)?)?[0], 1.621379),
        (model.log_likelihood(&history)?, -5.060868),
        (model.expected_purchases(&history, Horizon::years(10.0)?)?[0], 1.840813),
        (model.expected_purchases_new_customer(Horizon::years(8.0)?)?, 2.716643),
    ] {
        assert!((value - expected).abs() < SIX_DECIMALS, "{value} instead of {expected}");
    }
    Ok(())
}

#[test]
fn beta_geometric_beta_bernoulli_keeps_the_invariants() -> TestResult {
    check_model(PUBLISHED)
}

#[test]
fn means_of_own_probabilities_average_to_those_of_all() -> TestResult {
    /// A sum over 22 patterns.
    const ROUNDING: f64 = 1e-12;
    let model = FittedBetaGeoBetaBinomial::from_parameters(PUBLISHED, TimeUnit::Year)?;
    let (buys, leaves) = with_donors(|history| -> Result<_, LifetimeError> {
        Ok((model.mean_purchase_probability(&history)?, model.mean_dropout_probability(&history)?))
    })??;
    let (mut total, mut mean_p, mut mean_theta) = (0.0, 0.0, 0.0);
    for ((x, recency, _), (p, theta)) in DONORS.into_iter().zip(buys.into_iter().zip(leaves)) {
        // Orders of x purchases of which the last is at t_x: C(t_x − 1, x − 1).
        let orders: f64 = (1..x as u32).map(|i| (recency - f64::from(i)) / f64::from(i)).product();
        let weight = orders * of_customer(&PUBLISHED, x, recency, 6.0).exp();
        total += weight;
        mean_p += weight * p;
        mean_theta += weight * theta;
    }
    assert!((total - 1.0).abs() < ROUNDING, "all patterns: {total}");
    assert!((mean_p - 1.20 / 1.95).abs() < ROUNDING, "{mean_p}");
    assert!((mean_theta - 0.66 / 3.44).abs() < ROUNDING, "{mean_theta}");
    Ok(())
}

#[test]
fn long_histories_agree_with_a_plain_sum() -> TestResult {
    /// Rounding of two thousand factors, relative.
    const ROUNDING: f64 = 1e-11;
    // mpmath 1.3, 50 digits: the sum of the paper at the published parameters.
    for (x, recency, n, expected) in [
        (0.0, 0.0, 2000.0, -1.242_219_626_060_945),
        (500.0, 700.0, 2000.0, -432.159_133_444_609_4),
        (1990.0, 1995.0, 2000.0, -51.851_357_364_512_75),
        (2.0, 1500.0, 1501.0, -26.849_410_951_297_006),
        (600.0, 600.0, 2500.0, -15.140_340_297_725_729),
    ] {
        let value = of_customer(&PUBLISHED, x, recency, n);
        assert!((value / expected - 1.0).abs() < ROUNDING, "({x}, {recency}, {n}): {value} instead of {expected}");
    }
    Ok(())
}

#[test]
fn a_history_that_does_not_count_opportunities_is_refused_with_every_reason() -> TestResult {
    let model = FittedBetaGeoBetaBinomial::from_parameters(PUBLISHED, TimeUnit::Year)?;
    let broken = HistoryView::new(&[3.0, 1.0], &[2.0, 1.5], &[6.0, 6.5], None, TimeUnit::Year)?;
    let refused = model.p_alive(&broken);
    assert_eq!(
        refused.map_err(|error| error.to_string()),
        Err(
            "T must be a whole number of opportunities (got row 1: 6.5); recency must be the number of an opportunity \
             (got row 1: 1.5); recency must be at least frequency: one purchase per opportunity (got row 0: 2.0)"
                .to_owned()
        )
    );
    assert!(matches!(BetaGeoBetaBinomial::builder().build()?.fit(&broken), Err(LifetimeError::Invalid(_))));
    Ok(())
}
