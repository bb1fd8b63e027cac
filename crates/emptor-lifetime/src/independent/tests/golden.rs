use crate::independent::{GammaGompertz, Independent, Never, Pareto};
use crate::testing::{TestResult, cdnow, skip};

#[test]
fn the_likelihood_of_cdnow_is_the_published_one() -> TestResult {
    /// Log-likelihoods printed with six decimals.
    const PRINTED: f64 = 1e-6;
    let Some(data) = cdnow()? else {
        skip("the_likelihood_of_cdnow_is_the_published_one");
        return Ok(());
    };
    let rows = || (0..data.len()).map(|i| (data.frequency[i], data.recency[i], data.t[i]));
    let pareto =
        Independent { r: 0.553_270_0, alpha: 10.577_801, lifetime: Pareto { s: 0.606_020_0, beta: 11.663_915 } };
    let value: f64 = rows().map(|(x, recency, t)| pareto.ln_likelihood(x, recency, t).0).sum();
    assert!((value + 9_594.976_181).abs() < PRINTED, "{value}");
    let nbd = Independent { r: 0.384_765_9, alpha: 12.072_013_7, lifetime: Never };
    let value: f64 = rows().map(|(x, recency, t)| nbd.ln_likelihood(x, recency, t).0).sum();
    assert!((value + 9_763.657_615).abs() < PRINTED, "{value}");
    let gompertz = Independent {
        r: 0.553_270_0,
        alpha: 10.577_801,
        lifetime: GammaGompertz { b: 9.98e-6, s: 0.606_020_0, beta: 1.165e-4 },
    };
    let value: f64 = rows().map(|(x, recency, t)| gompertz.ln_likelihood(x, recency, t).0).sum();
    assert!((value + 9_594.976_269).abs() < 1e-3, "{value}");
    Ok(())
}
