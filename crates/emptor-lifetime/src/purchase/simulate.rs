//! Simulated customers with known parameters.
#![expect(private_bounds, reason = "the traits behind models are not for implementing elsewhere")]

use emptor_types::{Covariates, HistoryView, Invalid, TimeUnit};
use rayon::prelude::*;

use super::Random;
use super::fitted::Fitted;
use super::process::{Drawn, Process};
use crate::{LifetimeError, PurchaseModel};

/// A simulated purchase history, one element per customer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SimulatedHistory {
    /// Repeat purchases `x`.
    pub frequency: Vec<f64>,
    /// Time from first to last purchase `t_x`.
    pub recency: Vec<f64>,
    /// Time from first purchase to the end of observation `T`, as given.
    pub t: Vec<f64>,
    /// `Σ ln gap` of the times between purchases.
    pub sum_ln_gaps: Vec<f64>,
    /// Whether the customer is alive at `T`, which nobody knows of real customers.
    pub alive: Vec<bool>,
    /// The unit of time.
    pub unit: TimeUnit,
}

impl SimulatedHistory {
    /// The history as models take it.
    ///
    /// # Errors
    /// [`Invalid`] if the columns were changed into something that is no history.
    pub fn view(&self) -> Result<HistoryView<'_>, Invalid> {
        HistoryView::new(&self.frequency, &self.recency, &self.t, None, self.unit)?.with_sum_ln_gaps(&self.sum_ln_gaps)
    }
}

impl<P: Process> Fitted<P> {
    /// Simulates one customer per element of `t`, the times of observation in the model's unit, from the model's story.
    /// The same seed gives the same customers at any number of threads.
    ///
    /// ```
    /// use emptor_lifetime::{BetaGeoNbdParameters, FittedBetaGeoNbd, PurchaseModel};
    /// use emptor_types::{Horizon, TimeUnit};
    ///
    /// let parameters = BetaGeoNbdParameters { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
    /// let model = FittedBetaGeoNbd::from_parameters(parameters, TimeUnit::Week)?;
    /// let base = model.simulate(&[39.0; 10_000], None, 1)?;
    /// let mean = base.frequency.iter().sum::<f64>() / 10_000.0;
    /// assert!((mean - model.expected_purchases_new_customer(Horizon::weeks(39.0)?)?).abs() < 0.1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] unless every time is finite and at least 0, whole for models of opportunities;
    /// [`LifetimeError::NoCovariate`] if the model has covariates and they are not given, one row per customer.
    pub fn simulate(
        &self,
        t: &[f64],
        covariates: Option<&Covariates<'_>>,
        seed: u64,
    ) -> Result<SimulatedHistory, LifetimeError> {
        let nothing = vec![0.0; t.len()];
        let exposure = HistoryView::new(&nothing, &nothing, t, None, self.unit())?;
        let exposure = match covariates {
            Some(covariates) => exposure.with_covariates(covariates)?,
            None => exposure,
        };
        P::check_history(&exposure)?;
        let draw = |parameters: &P, row: usize| parameters.draw(t[row], &mut Random::new(seed, row as u64));
        let mut drawn: Vec<Drawn> = Vec::new();
        if self.coefficients().is_empty() {
            drawn = (0..t.len()).into_par_iter().map(|row| draw(self.parameters(), row)).collect();
        } else {
            let nobody = Drawn { x: 0.0, recency: 0.0, sum_ln_gaps: 0.0, alive: true };
            drawn.resize(t.len(), nobody);
            for (parameters, rows) in self.profiles(&exposure)? {
                for row in rows {
                    drawn[row] = draw(&parameters, row);
                }
            }
        }
        Ok(SimulatedHistory {
            frequency: drawn.iter().map(|drawn| drawn.x).collect(),
            recency: drawn.iter().map(|drawn| drawn.recency).collect(),
            t: t.to_vec(),
            sum_ln_gaps: drawn.iter().map(|drawn| drawn.sum_ln_gaps).collect(),
            alive: drawn.iter().map(|drawn| drawn.alive).collect(),
            unit: self.unit(),
        })
    }
}
