//! Simulated contracts with known parameters.
#![expect(private_bounds, reason = "the traits behind models are not for implementing elsewhere")]

use emptor_types::{ContractHistory, Invalid, TimeUnit};
use rayon::prelude::*;

use super::FittedContract;
use super::process::ContractProcess;
use crate::LifetimeError;
use crate::purchase::Random;

/// Simulated contracts, one element per customer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SimulatedContracts {
    /// The last period in which the customer was there.
    pub last_active: Vec<f64>,
    /// Periods observed, as given.
    pub observed: Vec<f64>,
    /// The contract's period.
    pub unit: TimeUnit,
}

impl SimulatedContracts {
    /// The history as models take it.
    ///
    /// # Errors
    /// [`Invalid`] if the columns were changed into something that is no history.
    pub fn view(&self) -> Result<ContractHistory<'_>, Invalid> {
        ContractHistory::new(&self.last_active, &self.observed, self.unit)
    }
}

impl<P: ContractProcess> FittedContract<P> {
    /// Simulates one customer per element of `observed`, the periods of observation, from the model's story. The same seed
    /// gives the same customers at any number of threads.
    ///
    /// ```
    /// use emptor_lifetime::{FittedShiftedBetaGeo, ShiftedBetaGeoParameters};
    /// use emptor_types::TimeUnit;
    ///
    /// let parameters = ShiftedBetaGeoParameters { alpha: 0.668, beta: 3.806 };
    /// let model = FittedShiftedBetaGeo::from_parameters(parameters, TimeUnit::Year)?;
    /// let base = model.simulate(&[8.0; 10_000], 1)?;
    /// let left = model.p_alive(&base.view()?)?.iter().sum::<f64>() / 10_000.0;
    /// assert!((left - model.survival_curve(7)[6]).abs() < 0.02);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] unless all periods of observation are whole and at least 1.
    pub fn simulate(&self, observed: &[f64], seed: u64) -> Result<SimulatedContracts, LifetimeError> {
        ContractHistory::new(observed, observed, self.unit())?;
        let survival = self.parameters().survival();
        let draw = |(row, &observed): (usize, &f64)| {
            let mut random = Random::new(seed, row as u64);
            // −ln(1−θ) of a beta variate θ = X / (X + Y) is ln(1 + X/Y).
            let ln_odds = random.ln_gamma(survival.a) - random.ln_gamma(survival.b);
            let rate = f64::max(0.0, ln_odds) + libm::log1p(libm::exp(-ln_odds.abs()));
            // (1−θ)^(t^c) falls below a uniform variate at the renewal at which the customer is lost.
            let lost_at = libm::pow(random.exponential() / rate, 1.0 / survival.c).ceil();
            lost_at.max(1.0).min(observed)
        };
        let last_active = observed.par_iter().enumerate().map(draw).collect();
        Ok(SimulatedContracts { last_active, observed: observed.to_vec(), unit: self.unit() })
    }
}
