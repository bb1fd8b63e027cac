//! Simulated contracts with known parameters.
#![expect(private_bounds, reason = "the traits behind models are not for implementing elsewhere")]

use emptor_types::{ContractHistory, Fit, Invalid, Level, TimeUnit};
use rayon::prelude::*;

use super::FittedContract;
use super::process::ContractProcess;
use crate::LifetimeError;
use crate::estimation::{Bootstrap, Spec, bootstrap, written_out};
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
    /// Intervals of anything the model says by parametric bootstrap (Efron & Tibshirani 1993, chapter 6): bases observed
    /// as long as the customers of `history` are simulated, `spec` is fitted to each, and the intervals run between the
    /// quantiles of what `quantity` says of the refits.
    ///
    /// ```
    /// use emptor_lifetime::ShiftedBetaGeo;
    /// use emptor_types::{ContractHistory, Fit, Level, TimeUnit};
    ///
    /// let history = ContractHistory::from_survivors(&[&[1000.0, 869.0, 743.0, 653.0, 593.0]], TimeUnit::Year)?;
    /// let spec = ShiftedBetaGeo::builder().build()?;
    /// let model = spec.fit(&history)?;
    /// let level = Level::new(0.9)?;
    /// let seven = model.bootstrap(&spec, &history, 40, 1, level, |model| Ok(vec![model.survival_curve(7)[6]]))?;
    /// assert!(seven.intervals[0].contains(model.survival_curve(7)[6]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] for fewer than 20 replications; [`LifetimeError::UnitMismatch`]; the first refit's error
    /// if more than half of them fail.
    pub fn bootstrap(
        &self,
        spec: &Spec<P>,
        history: &ContractHistory<'_>,
        replications: usize,
        seed: u64,
        level: Level,
        quantity: impl Fn(&Self) -> Result<Vec<f64>, LifetimeError> + Sync,
    ) -> Result<Bootstrap, LifetimeError> {
        self.check_unit(history)?;
        let observed = written_out(history.observed(), history.counts())?;
        bootstrap(replications, seed, level, |seed| quantity(&spec.fit(&self.simulate(&observed, seed)?.view()?)?))
    }

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
