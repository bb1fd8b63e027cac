//! Does a richer model fit better than chance?

use emptor_types::{FitReport, Invalid};
use serde::{Deserialize, Serialize};

use crate::LifetimeError;

/// The likelihood-ratio test of a model against a richer one that contains it (Wilks 1938).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LikelihoodRatio {
    /// Twice the difference of the log-likelihoods.
    pub statistic: f64,
    /// Parameters that the richer model has more.
    pub degrees_of_freedom: usize,
    /// The probability of a statistic this large if the simpler model holds: the tail of a chi-squared distribution.
    pub p_value: f64,
}

impl LikelihoodRatio {
    /// Compares the fit of a simple model with that of a richer one to the same data; several reports stand for fits to
    /// parts of the data.
    ///
    /// ```
    /// use emptor_lifetime::LikelihoodRatio;
    /// use emptor_types::{FitReport, Termination};
    ///
    /// let report = |log_likelihood: f64, parameters: usize| FitReport {
    ///     termination: Termination::GradientTolerance,
    ///     log_likelihood: Some(log_likelihood),
    ///     parameters,
    ///     ..FitReport::given()
    /// };
    /// let test = LikelihoodRatio::new(&report(-103.0, 2), &[&report(-50.0, 2), &report(-50.0, 2)])?;
    /// assert_eq!((test.statistic, test.degrees_of_freedom), (6.0, 2));
    /// assert!((test.p_value - (-3.0_f64).exp()).abs() < 1e-12);
    /// # Ok::<(), emptor_lifetime::LifetimeError>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] unless all were fitted and the richer has more parameters.
    pub fn new(simple: &FitReport, rich: &[&FitReport]) -> Result<Self, LifetimeError> {
        let value = |report: &FitReport| report.log_likelihood.unwrap_or(f64::NAN);
        let total: f64 = rich.iter().map(|report| value(report)).sum();
        let parameters: usize = rich.iter().map(|report| report.parameters).sum();
        // Below 0 by what optimisers leave.
        let statistic = 2.0 * (total - value(simple));
        let mut checks = Invalid::checks();
        checks.require(statistic.is_finite(), "log-likelihoods", "must be there for all fits", statistic);
        let more = parameters > simple.parameters;
        checks.require(more, "parameters", "must be more in the richer model", parameters);
        checks.finish()?;
        let statistic = statistic.max(0.0);
        let degrees_of_freedom = parameters - simple.parameters;
        Ok(Self { statistic, degrees_of_freedom, p_value: chi_squared_tail(statistic, degrees_of_freedom) })
    }
}

/// `P(χ²ₖ > x)` by `Qₖ₊₂(x) = Qₖ(x) + (x/2)^(k/2) e^(−x/2) / Γ(k/2 + 1)` (Abramowitz & Stegun 26.4.8), positive terms.
fn chi_squared_tail(x: f64, k: usize) -> f64 {
    let half = 0.5 * x;
    let (mut tail, mut order) = if k.is_multiple_of(2) { (0.0, 0) } else { (libm::erfc(half.sqrt()), 1) };
    while order < k {
        let shape = 0.5 * order as f64;
        tail += if half > 0.0 {
            (shape * half.ln() - half - libm::lgamma(shape + 1.0)).exp()
        } else if order == 0 {
            1.0
        } else {
            0.0
        };
        order += 2;
    }
    tail.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_agree_with_tables() {
        /// Quantiles printed with five digits.
        const PRINTED: f64 = 2e-5;
        // Abramowitz & Stegun table 26.8: χ² exceeded with probability 0.05.
        for (k, x) in [(1, 3.84146), (2, 5.99147), (3, 7.81473), (10, 18.3070), (15, 24.9958)] {
            let tail = chi_squared_tail(x, k);
            assert!((tail - 0.05).abs() < PRINTED, "{k}: {tail}");
        }
        assert!((1..9).all(|k| (chi_squared_tail(0.0, k) - 1.0).abs() < f64::EPSILON));
    }
}
