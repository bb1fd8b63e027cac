use emptor_types::{HistoryView, TimeUnit};

use super::bg_nbd;
use crate::PurchaseModel;
use crate::testing::TestResult;

#[test]
fn the_compressed_likelihood_is_the_sum_of_equation_6() -> TestResult {
    /// Two orders of the same sum of eight terms.
    const SAME_SUM: f64 = 1e-12;
    let frequency = [0.0, 0.0, 1.0, 1.0, 2.0, 7.0, 30.0, 2.0];
    let recency = [0.0, 0.0, 3.0, 36.0, 38.0, 20.0, 39.0, 38.0];
    let t = [39.0, 10.0, 39.0, 36.0, 39.0, 38.0, 39.0, 39.0];
    let [r, alpha, a, b] = [0.243, 4.414, 0.793, 2.426];
    let history = HistoryView::new(&frequency, &recency, &t, None, TimeUnit::Week)?;
    let compressed = bg_nbd([r, alpha, a, b], TimeUnit::Week)?.log_likelihood(&history)?;
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
