//! The probability to be alive, and of a number of purchases.

use super::BetaGeoNbdParameters;
use crate::LifetimeError;
use crate::special::{ln_gamma, ln_gamma_ratio, ln_hyp2f1};

/// The probability that a customer is alive at `T`, from the log odds, which cannot overflow.
pub(super) fn p_alive(parameters: &BetaGeoNbdParameters, x: f64, recency: f64, end: f64) -> f64 {
    let &BetaGeoNbdParameters { r, alpha, a, b } = parameters;
    if x > 0.0 {
        let growth = ((end - recency) / (alpha + recency)).ln_1p();
        let log_odds_left = a.ln() - (b + x - 1.0).ln() + (r + x) * growth;
        1.0 / (1.0 + log_odds_left.exp())
    } else {
        1.0
    }
}

/// The probability that a customer is still alive `ahead` after `T`.
pub(super) fn p_alive_after(
    parameters: &BetaGeoNbdParameters,
    x: f64,
    recency: f64,
    end: f64,
    ahead: f64,
) -> Result<f64, LifetimeError> {
    let &BetaGeoNbdParameters { r, alpha, a, b } = parameters;
    let now = p_alive(parameters, x, recency, end);
    // Of someone alive at T: λ ~ Gamma(r + x, α + T), p ~ Beta(a, b + x), and no purchase of Poisson(λ t) was the last
    // with probability E[exp(−λ p t)] = ₂F₁(r + x, a; a + b + x; −t/(α+T)), by Pfaff's transformation a positive series.
    let growth = ahead / (alpha + end);
    let ln_stays = ln_hyp2f1(r + x, b + x, a + b + x, growth / (1.0 + growth))? - (r + x) * growth.ln_1p();
    Ok(now * f64::min(1.0, ln_stays.exp()))
}

/// The probability of `n` purchases in the first `time` of a new customer: nobody left before the n-th, and either no
/// more were due, or the n-th was the last (equation 8 of the paper).
pub(super) fn of_n_purchases(parameters: &BetaGeoNbdParameters, n: f64, time: f64) -> Result<f64, LifetimeError> {
    let &BetaGeoNbdParameters { r, alpha, a, b } = parameters;
    let odds = time / alpha;
    let ln_none_due = -r * odds.ln_1p();
    if n < 1.0 {
        return Ok(ln_none_due.exp());
    }
    let ln_n_due = ln_gamma_ratio(n + 1.0, r - 1.0) - ln_gamma(r) + ln_none_due - n * (1.0 / odds).ln_1p();
    let ln_stays = ln_gamma_ratio(b, n) - ln_gamma_ratio(a + b, n);
    // P(N ≥ n) = P(N = n) ₂F₁(1, r + n; n + 1; z): a sum of positive terms, so the tail keeps its digits.
    let ln_at_least_n_due = f64::min(0.0, ln_n_due + ln_hyp2f1(1.0, r + n, n + 1.0, odds / (1.0 + odds))?);
    let leaves_at_n = a / (b + n - 1.0);
    Ok(f64::min(1.0, ln_stays.exp() * (ln_n_due.exp() + leaves_at_n * ln_at_least_n_due.exp())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Digits printed by the oracle.
    const ORACLE: f64 = 1e-12;

    #[test]
    fn the_chance_to_be_alive_later_agrees_with_quadrature_over_the_dropout_probability() -> Result<(), LifetimeError> {
        // mpmath 1.3, 30 digits: P(alive at T) ∫ Beta(p; a, b + x) ((α+T)/(α+T+pt))^(r+x) dp, and the same by hyp2f1.
        let parameters = BetaGeoNbdParameters { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
        for (x, recency, end, ahead, expected) in [
            (0.0, 0.0, 39.0, 39.0, 0.955_764_256_819_301),
            (2.0, 30.43, 38.86, 39.0, 0.567_138_035_627_93),
            (23.0, 39.0, 39.0, 156.0, 0.311_866_983_666_701),
            (0.0, 0.0, 39.0, 156.5, 0.876_092_379_131_312),
        ] {
            let ours = p_alive_after(&parameters, x, recency, end, ahead)?;
            assert!((ours - expected).abs() < ORACLE, "x {x}, ahead {ahead}: {ours}");
            let now = p_alive_after(&parameters, x, recency, end, 0.0)?;
            assert!((now - p_alive(&parameters, x, recency, end)).abs() < ORACLE);
        }
        Ok(())
    }
}
