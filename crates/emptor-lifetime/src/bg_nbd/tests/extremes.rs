use emptor_types::{HistoryView, TimeUnit};
use proptest::prelude::*;

use crate::bg_nbd::likelihood;
use crate::bg_nbd::sample::Sample;
use crate::testing::TestResult;
use crate::{FittedBetaGeoNbd, LifetimeError};

/// The longest observation of a history in days: twenty years.
const LONGEST: f64 = 7300.0;

proptest! {
    #[test]
    fn no_history_and_no_parameters_give_nan_or_nonsense(
        x in prop_oneof![Just(0_u32), Just(1), Just(5000), 0_u32..5000],
        t in prop_oneof![Just(LONGEST), 1e-6..LONGEST],
        place in prop_oneof![Just(1.0), Just(1e-9), 1e-9..1.0],
        ln in prop::array::uniform4(-6.0..6.0_f64),
        ahead in prop_oneof![Just(1e-9), 0.1..LONGEST],
    ) {
        let [r, alpha, a, b] = ln.map(f64::exp);
        let recency = if x == 0 { 0.0 } else { place * t };
        let columns = ([f64::from(x)], [recency], [t]);
        let history = HistoryView::new(&columns.0, &columns.1, &columns.2, None, TimeUnit::Day)?;
        let model = FittedBetaGeoNbd::from_parameters(r, alpha, a, b, TimeUnit::Day)?;

        let alive = model.p_alive(&history)?[0];
        prop_assert!((0.0..=1.0).contains(&alive), "{alive}");
        prop_assert!(model.log_likelihood(&history)?.is_finite());
        match model.expected_purchases_schedule(&history, &[ahead, 2.0 * ahead]) {
            Ok(columns) => {
                let (sooner, later) = (columns[0][0], columns[1][0]);
                prop_assert!(0.0 <= sooner && sooner <= later && later.is_finite(), "{sooner} {later}");
                // Nobody is expected to buy more than if they could not leave.
                let bound = (r + f64::from(x)) * 2.0 * ahead / (alpha + t);
                prop_assert!(later <= bound * (1.0 + 1e-9), "{later} above {bound}");
            }
            Err(error) => prop_assert!(matches!(error, LifetimeError::SeriesTooLong { .. }), "{error}"),
        }
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_likelihood(ln in prop::array::uniform4(-1.5..1.5_f64)) {
        /// Truncation of central differences with the step below, plus rounding, relative to the gradient's scale.
        const CENTRAL_DIFFERENCE: f64 = 1e-6;
        const STEP: f64 = 1e-5;
        let columns = (
            [0.0, 0.0, 1.0, 1.0, 2.0, 7.0, 30.0, 2.0],
            [0.0, 0.0, 3.0, 36.0, 38.0, 20.0, 39.0, 38.0],
            [39.0, 10.0, 39.0, 36.0, 39.0, 38.0, 39.0, 39.0],
        );
        let history = HistoryView::new(&columns.0, &columns.1, &columns.2, None, TimeUnit::Week)?;
        let sample = Sample::compress(&history);
        let at = ln.map(f64::exp);
        let (_, gradient) = likelihood::evaluate(&sample, &at);
        let scale = gradient.iter().fold(1.0, |scale, g| f64::max(scale, g.abs()));
        for i in 0..4 {
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

#[test]
fn the_compressed_likelihood_is_the_sum_of_equation_6() -> TestResult {
    /// Two orders of the same sum of eight terms.
    const SAME_SUM: f64 = 1e-12;
    let frequency = [0.0, 0.0, 1.0, 1.0, 2.0, 7.0, 30.0, 2.0];
    let recency = [0.0, 0.0, 3.0, 36.0, 38.0, 20.0, 39.0, 38.0];
    let t = [39.0, 10.0, 39.0, 36.0, 39.0, 38.0, 39.0, 39.0];
    let [r, alpha, a, b] = [0.243, 4.414, 0.793, 2.426];
    let history = HistoryView::new(&frequency, &recency, &t, None, TimeUnit::Week)?;
    let compressed = FittedBetaGeoNbd::from_parameters(r, alpha, a, b, TimeUnit::Week)?.log_likelihood(&history)?;
    let ln_beta = |a: f64, b: f64| libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    let mut naive = 0.0;
    for i in 0..t.len() {
        let x = frequency[i];
        let rate = libm::lgamma(r + x) - libm::lgamma(r) + r * f64::ln(alpha);
        let mut likelihood = (rate + ln_beta(a, b + x) - ln_beta(a, b) - (r + x) * f64::ln(alpha + t[i])).exp();
        if x > 0.0 {
            let left = ln_beta(a + 1.0, b + x - 1.0) - ln_beta(a, b);
            likelihood += (rate + left - (r + x) * f64::ln(alpha + recency[i])).exp();
        }
        naive += likelihood.ln();
    }
    assert!((compressed / naive - 1.0).abs() < SAME_SUM, "{compressed} {naive}");
    Ok(())
}
