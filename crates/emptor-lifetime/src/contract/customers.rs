//! What a contract model says of the customers of a history.
#![expect(private_bounds, reason = "the traits behind models are not for implementing elsewhere")]

use emptor_types::{ContractHistory, DiscountRate};

use super::process::ContractProcess;
use super::{FittedContract, Standing};
use crate::LifetimeError;
use crate::periods::passed;
use crate::purchase::check_times;
use crate::sample::Ranks;

impl<P: ContractProcess> FittedContract<P> {
    /// Whether each customer is there at the end of observation: 1, or 0 if they were lost. Under contract it is known.
    ///
    /// # Errors
    /// [`LifetimeError::UnitMismatch`].
    pub fn p_alive(&self, history: &ContractHistory<'_>) -> Result<Vec<f64>, LifetimeError> {
        self.check_unit(history)?;
        Ok((0..history.len()).map(|row| if history.is_active(row) { 1.0 } else { 0.0 }).collect())
    }

    /// The probabilities of each customer to be still there at each of several rising times after the end of observation,
    /// in periods: one column per time, one element per row, 0 for the lost. Between renewals nobody leaves: a time counts
    /// its whole periods.
    ///
    /// ```
    /// use emptor_lifetime::{FittedShiftedBetaGeo, ShiftedBetaGeoParameters};
    /// use emptor_types::{ContractHistory, TimeUnit};
    ///
    /// let parameters = ShiftedBetaGeoParameters { alpha: 1.0, beta: 2.0 };
    /// let model = FittedShiftedBetaGeo::from_parameters(parameters, TimeUnit::Year)?;
    /// let history = ContractHistory::new(&[3.0, 1.0], &[3.0, 3.0], TimeUnit::Year)?;
    /// let columns = model.p_alive_schedule(&history, &[0.5, 1.0])?;
    /// assert_eq!(columns[0], [1.0, 0.0]);
    /// assert!((columns[1][0] - 4.0 / 5.0).abs() < 1e-14); // the third renewal
    /// # Ok::<(), emptor_lifetime::LifetimeError>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::UnitMismatch`]; [`LifetimeError::Invalid`] unless the times are finite, positive and rising.
    pub fn p_alive_schedule(
        &self,
        history: &ContractHistory<'_>,
        times: &[f64],
    ) -> Result<Vec<Vec<f64>>, LifetimeError> {
        self.check_unit(history)?;
        check_times(times)?;
        let tenures = Ranks::new(history.observed().iter().copied());
        let survival = self.parameters().survival();
        let column = |time: &f64| {
            let ahead = passed(*time);
            let of_tenure: Vec<f64> =
                tenures.values.iter().map(|observed| survival.ratio(observed - 1.0, observed - 1.0 + ahead)).collect();
            let of_row = |(row, &tenure): (usize, &u32)| {
                if history.is_active(row) { of_tenure[tenure as usize] } else { 0.0 }
            };
            tenures.of_row.iter().enumerate().map(of_row).collect()
        };
        Ok(times.iter().map(column).collect())
    }

    /// The expected number of the customers of a history who are still there at each of several rising times after the end
    /// of observation, in periods. Rows count as often as the history says.
    ///
    /// # Errors
    /// As [`p_alive_schedule`](Self::p_alive_schedule).
    pub fn expected_customers(&self, history: &ContractHistory<'_>, times: &[f64]) -> Result<Vec<f64>, LifetimeError> {
        let columns = self.p_alive_schedule(history, times)?;
        let total = |column: &Vec<f64>| column.iter().enumerate().map(|(row, p)| history.count(row) * p).sum();
        Ok(columns.iter().map(total).collect())
    }

    /// The discounted expected residual lifetime of each customer, see [`derl`](Self::derl), 0 for the lost.
    ///
    /// ```
    /// use emptor_lifetime::{FittedShiftedBetaGeo, ShiftedBetaGeoParameters, Standing};
    /// use emptor_types::{ContractHistory, DiscountRate, TimeUnit};
    ///
    /// let parameters = ShiftedBetaGeoParameters { alpha: 1.0, beta: 2.0 };
    /// let model = FittedShiftedBetaGeo::from_parameters(parameters, TimeUnit::Year)?;
    /// let history = ContractHistory::new(&[3.0, 1.0], &[3.0, 3.0], TimeUnit::Year)?;
    /// let rate = DiscountRate::annual_effective(0.1)?;
    /// let column = model.derl_of_customers(&history, rate, Standing::BeforeRenewal)?;
    /// assert_eq!(column, [model.derl(2, rate, Standing::BeforeRenewal)?, 0.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::UnitMismatch`]; as [`del`](Self::del).
    pub fn derl_of_customers(
        &self,
        history: &ContractHistory<'_>,
        rate: DiscountRate,
        standing: Standing,
    ) -> Result<Vec<f64>, LifetimeError> {
        self.check_unit(history)?;
        let active: Vec<usize> = (0..history.len()).filter(|&row| history.is_active(row)).collect();
        let observed: Vec<f64> = active.iter().map(|&row| history.observed()[row]).collect();
        let tenures = Ranks::new(observed.into_iter());
        let of_tenure: Vec<f64> = tenures
            .values
            .iter()
            .map(|observed| self.derl_after(observed - 1.0, rate, standing))
            .collect::<Result<_, _>>()?;
        let mut column = vec![0.0; history.len()];
        for (row, tenure) in active.into_iter().zip(tenures.of_row) {
            column[row] = of_tenure[tenure as usize];
        }
        Ok(column)
    }
}
