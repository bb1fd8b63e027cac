//! What all deals of a period have in common.

use emptor_lifetime::sampling::Variates;
use emptor_types::Invalid;

/// No shock multiplies chances by more than this, nor divides them.
const STRONGEST: f64 = 20.0;

/// How a method errs before any of its errors were seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShockPrior {
    /// Standard deviation of ln(what comes / what was forecast): 0.10.
    pub scale: f64,
    /// For how many periods that counts: 4.
    pub weight: f64,
    /// For how many periods it counts that the method errs to neither side: 1.
    pub unbiased: f64,
}

impl Default for ShockPrior {
    fn default() -> Self {
        Self { scale: 0.10, weight: 4.0, unbiased: 1.0 }
    }
}

impl ShockPrior {
    /// Checks it.
    ///
    /// # Errors
    /// All violations.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        checks.require((0.0..=2.0).contains(&self.scale), "shock.scale", "must be from 0 to 2", self.scale);
        checks.require(
            (1.0..=1e6).contains(&self.weight),
            "shock.weight",
            "must be from 1 to 1e6 periods",
            self.weight,
        );
        let unbiased = (0.1..=1e6).contains(&self.unbiased);
        checks.require(unbiased, "shock.unbiased", "must be from 0.1 to 1e6 periods", self.unbiased);
        checks.finish()
    }
}

/// An error that was made: what a past period brought against what had been forecast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PeriodError {
    /// Wins that had been expected.
    pub expected: f64,
    /// Wins that came.
    pub actual: usize,
}

/// A common shock of a period: a factor on the chances of all its deals.
///
/// Deals of a period stand and fall together; drawn as if they were independent, intervals are far too narrow. What is
/// known of the factor comes from errors of earlier periods, by the normal distribution with a conjugate prior (Gelman et al.
/// 2013, *Bayesian Data Analysis*, §3.3):
///
/// ```text
/// r_i = ln((actual_i + ½)/(expected_i + ½))      w_i = s₀²/(s₀² + 1/(expected_i + ½))      n = Σ w_i
/// m = Σ w_i r_i/(κ₀ + n)      s² = (ν₀ s₀² + Σ w_i max(0, (r_i − r̄)² − 1/(expected_i + ½)) + κ₀ n/(κ₀ + n) r̄²)/(ν₀ + n)
/// ln factor_k = m + (s z₀/√(κ₀ + n) + s z_k) √(ν/χ²_ν)      ν = ν₀ + n
/// ```
///
/// Wins of few deals vary by chance, which the draws of the deals hold already: the variance of a Poisson count, 1/expected on
/// the scale of logarithms, is taken off, and what is as small as that weighs little.
///
/// ```
/// use emptor_forecast::pipeline::{PeriodError, Shock, ShockPrior};
///
/// let error = |expected, actual| PeriodError { expected, actual };
/// let shock = Shock::learn(ShockPrior::default(), &[error(500.0, 400), error(300.0, 250)]);
/// assert!(shock.factor() < 0.95, "it was too hopeful");
/// assert_eq!(Shock::none().factor(), 1.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shock {
    center: f64,
    scale: f64,
    /// Standard deviation of the centre.
    between: f64,
    freedom: f64,
}

impl Shock {
    /// No shock: deals are independent of each other.
    #[must_use]
    pub fn none() -> Self {
        Self { center: 0.0, scale: 0.0, between: 0.0, freedom: 1.0 }
    }

    /// What errors of the past say.
    #[must_use]
    pub fn learn(prior: ShockPrior, errors: &[PeriodError]) -> Self {
        let squared = prior.scale * prior.scale;
        let noise = |error: &PeriodError| 1.0 / (error.expected.max(0.0) + 0.5);
        let weighted: Vec<(f64, f64, f64)> = errors
            .iter()
            .map(|error| {
                let ratio = (error.actual as f64 + 0.5) / (error.expected.max(0.0) + 0.5);
                let weight = if squared > 0.0 { squared / (squared + noise(error)) } else { 0.0 };
                (weight, libm::log(ratio), noise(error))
            })
            .collect();
        let n: f64 = weighted.iter().map(|(w, ..)| w).sum();
        let mean = if n > 0.0 { weighted.iter().map(|(w, r, _)| w * r).sum::<f64>() / n } else { 0.0 };
        let spread: f64 = weighted.iter().map(|(w, r, noise)| w * ((r - mean) * (r - mean) - noise).max(0.0)).sum();
        let center = n * mean / (prior.unbiased + n);
        let pull = prior.unbiased * n / (prior.unbiased + n) * mean * mean;
        let freedom = prior.weight + n;
        let scale = ((prior.weight * squared + spread + pull) / freedom).sqrt();
        Self { center, scale, between: scale / (prior.unbiased + n).sqrt(), freedom }
    }

    /// The factor in the middle.
    #[must_use]
    pub fn factor(&self) -> f64 {
        libm::exp(self.center).clamp(1.0 / STRONGEST, STRONGEST)
    }

    /// The mean factor: above the one in the middle, as that of every skew distribution is. What is expected of a period comes
    /// with it; with the middle, thirty simulated worlds were forecast 1 % too low.
    #[must_use]
    pub fn mean_factor(&self) -> f64 {
        let spread = self.spread();
        libm::exp(self.center + 0.5 * spread * spread).clamp(1.0 / STRONGEST, STRONGEST)
    }

    /// Standard deviation of ln factor of one period, for the normal distribution that its tails approach with every period seen.
    #[must_use]
    pub fn spread(&self) -> f64 {
        (self.scale * self.scale + self.between * self.between).sqrt()
    }

    /// Draws the factors of the periods ahead; `doubt` adds variance to each.
    pub(super) fn draw(&self, variates: &mut Variates, doubt: &[f64], factors: &mut [f64]) {
        if self.scale <= 0.0 && doubt.iter().all(|doubt| *doubt <= 0.0) {
            factors.fill(self.factor());
            return;
        }
        // χ²_ν is twice a gamma variate of shape ν/2.
        let tails = (0.5 * self.freedom / variates.gamma(0.5 * self.freedom)).sqrt();
        let common = self.center + self.between * variates.normal() * tails;
        for (factor, doubt) in factors.iter_mut().zip(doubt) {
            let own = (self.scale * self.scale * tails * tails + doubt).sqrt();
            *factor = libm::exp(common + own * variates.normal()).clamp(1.0 / STRONGEST, STRONGEST);
        }
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "no shock is a factor of exactly 1")]
mod tests {
    use super::*;

    #[test]
    fn without_errors_it_is_the_prior_and_with_many_it_is_what_they_say() {
        let prior = ShockPrior::default();
        let unseen = Shock::learn(prior, &[]);
        assert!((unseen.factor() - 1.0).abs() < 1e-12 && (unseen.scale - 0.10).abs() < 1e-12);
        let error =
            |i: usize| PeriodError { expected: 1e6, actual: if i.is_multiple_of(2) { 1_200_000 } else { 900_000 } };
        let seen = Shock::learn(prior, &(0..2_000).map(error).collect::<Vec<_>>());
        let (mean, half) = ((1.2_f64.ln() + 0.9_f64.ln()) / 2.0, (1.2_f64.ln() - 0.9_f64.ln()) / 2.0);
        assert!((seen.center - mean).abs() < 1e-3 && (seen.scale - half).abs() < 1e-3, "{seen:?}");
    }

    #[test]
    fn the_chance_of_few_deals_is_no_shock() {
        let error = |actual| PeriodError { expected: 4.0, actual };
        let shock = Shock::learn(ShockPrior::default(), &[error(2), error(6), error(3), error(5)]);
        assert!(shock.scale <= 0.105 && shock.center.abs() < 0.05, "{shock:?}");
        let mut factors = [0.0; 3];
        Shock::none().draw(&mut Variates::new(1, 1), &[0.0; 3], &mut factors);
        assert_eq!(factors, [1.0; 3]);
    }
}
