//! How a customer base grows.

use emptor_types::Invalid;
use serde::{Deserialize, Serialize};

/// The S-curve of customers ever won (Gupta, Lehmann & Stuart 2004).
///
/// ```text
/// N(t) = α / (1 + exp(−β − γt))        won in period k:  N(t₀ + k) − N(t₀ + k − 1)
/// ```
///
/// `α` is the ceiling, `β` places the curve, `γ` is its pace per period. The customers won per period rise, peak at
/// `t = −β/γ` and fade; whatever the number of periods, all customers won from `t₀` on add up to `α − N(t₀)`.
///
/// ```
/// use emptor_core::value::equity::CustomerGrowth;
///
/// let growth = CustomerGrowth::new(1000.0, -2.0, 0.5)?;
/// assert!((growth.customers(4.0) - 500.0).abs() < 1e-9);
/// let won = growth.won(4.0, 80)?;
/// assert!(won[0] > won[1]);
/// assert!((won.iter().sum::<f64>() - 500.0).abs() < 1e-6);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct CustomerGrowth {
    ceiling: f64,
    place: f64,
    pace: f64,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    alpha: f64,
    beta: f64,
    gamma: f64,
}

impl TryFrom<Stored> for CustomerGrowth {
    type Error = Invalid;

    fn try_from(stored: Stored) -> Result<Self, Invalid> {
        Self::new(stored.alpha, stored.beta, stored.gamma)
    }
}

impl From<CustomerGrowth> for Stored {
    fn from(growth: CustomerGrowth) -> Self {
        Self { alpha: growth.ceiling, beta: growth.place, gamma: growth.pace }
    }
}

impl CustomerGrowth {
    /// The curve with parameters `α`, `β`, `γ` (per period).
    ///
    /// # Errors
    /// Unless all are finite and `α` and `γ` are positive.
    pub fn new(alpha: f64, beta: f64, gamma: f64) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        let rule = "must be finite and positive";
        checks.require(alpha.is_finite() && alpha > 0.0, "alpha (ceiling)", rule, alpha);
        checks.require(beta.is_finite(), "beta", "must be finite", beta);
        checks.require(gamma.is_finite() && gamma > 0.0, "gamma (pace)", rule, gamma);
        checks.finish()?;
        Ok(Self { ceiling: alpha, place: beta, pace: gamma })
    }

    /// Customers ever won by time `t`, in periods.
    #[must_use]
    pub fn customers(&self, t: f64) -> f64 {
        self.ceiling / (1.0 + (-self.place - self.pace * t).exp())
    }

    /// Customers won per period at the instant `t`, `dN/dt = γ N (1 − N/α)`.
    #[must_use]
    pub fn rate(&self, t: f64) -> f64 {
        let share = self.customers(t) / self.ceiling;
        self.pace * self.ceiling * share * (1.0 - share)
    }

    /// Customers won in each of the `periods` periods after time `now`.
    ///
    /// # Errors
    /// Unless `now` is finite and there is at least one period.
    pub fn won(&self, now: f64, periods: usize) -> Result<Vec<f64>, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(now.is_finite(), "now", "must be finite", now);
        checks.require(periods > 0, "periods", "must be at least 1", periods);
        checks.finish()?;
        let at = |k: usize| self.customers(now + k as f64);
        Ok((0..periods).map(|k| at(k + 1) - at(k)).collect())
    }
}
