//! What every fitted purchase model answers.

use emptor_types::{FitReport, HistoryView, Horizon, Invalid, TimeUnit};

use crate::LifetimeError;

/// A fitted model of when customers buy and when they leave.
///
/// Code that scores customers takes any such model; every method is also a method of the model's own type, where its
/// formula is documented.
///
/// ```
/// use emptor_lifetime::{FittedBetaGeoNbd, LifetimeError, PurchaseModel};
/// use emptor_types::{HistoryView, Horizon, TimeUnit};
///
/// fn alive_customers(model: &dyn PurchaseModel, history: &HistoryView<'_>) -> Result<f64, LifetimeError> {
///     Ok(model.p_alive(history)?.iter().sum())
/// }
///
/// let model = FittedBetaGeoNbd::from_parameters(0.243, 4.414, 0.793, 2.426, TimeUnit::Week)?;
/// let history = HistoryView::new(&[0.0, 2.0], &[0.0, 30.43], &[38.86, 38.86], None, TimeUnit::Week)?;
/// assert!(alive_customers(&model, &history)? > 1.7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait PurchaseModel: Send + Sync {
    /// The model's usual name, e.g. `BG/NBD`.
    fn name(&self) -> &'static str;

    /// The unit of time of the parameters, and of every history the model can be asked about.
    fn unit(&self) -> TimeUnit;

    /// How the fit went.
    fn report(&self) -> &FitReport;

    /// The log-likelihood of a history, without penalty.
    ///
    /// # Errors
    /// [`LifetimeError::UnitMismatch`]; [`LifetimeError::Invalid`] if it is too large for a double.
    fn log_likelihood(&self, history: &HistoryView<'_>) -> Result<f64, LifetimeError>;

    /// The probability of each customer to be still alive at the end of their observation.
    ///
    /// # Errors
    /// [`LifetimeError::UnitMismatch`].
    fn p_alive(&self, history: &HistoryView<'_>) -> Result<Vec<f64>, LifetimeError>;

    /// The expected number of purchases of each customer from the end of their observation over `horizon`.
    ///
    /// # Errors
    /// [`LifetimeError::UnitMismatch`]; [`LifetimeError::SeriesTooLong`] for extreme horizons.
    fn expected_purchases(&self, history: &HistoryView<'_>, horizon: Horizon) -> Result<Vec<f64>, LifetimeError> {
        let mut columns = self.expected_purchases_schedule(history, &[horizon.in_units(self.unit())])?;
        Ok(columns.pop().unwrap_or_default())
    }

    /// The expected numbers of purchases of each customer until each of several rising times after the end of their
    /// observation, in the model's unit: one column per time, cumulative, never falling from one to the next.
    ///
    /// # Errors
    /// [`LifetimeError::UnitMismatch`]; [`LifetimeError::Invalid`] unless the times are finite, positive and rising;
    /// [`LifetimeError::SeriesTooLong`] for extreme times.
    fn expected_purchases_schedule(
        &self,
        history: &HistoryView<'_>,
        times: &[f64],
    ) -> Result<Vec<Vec<f64>>, LifetimeError>;

    /// The probability that one customer is still alive a time `ahead` after the end of observation, all times in the
    /// model's unit.
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] if the numbers are no purchase history; [`LifetimeError::SeriesTooLong`].
    fn p_alive_after(&self, frequency: f64, recency: f64, t: f64, ahead: f64) -> Result<f64, LifetimeError>;

    /// The expected number of repeat purchases of a customer over `horizon` after their first purchase.
    ///
    /// # Errors
    /// [`LifetimeError::SeriesTooLong`] for extreme horizons.
    fn expected_purchases_new_customer(&self, horizon: Horizon) -> Result<f64, LifetimeError>;

    /// The probability that a customer makes exactly `n` repeat purchases over `horizon` after their first purchase.
    ///
    /// # Errors
    /// [`LifetimeError::SeriesTooLong`] or [`LifetimeError::Invalid`] for extreme horizons.
    fn probability_of_n_purchases(&self, n: u64, horizon: Horizon) -> Result<f64, LifetimeError>;
}

/// Requires a history in the model's unit.
pub(crate) fn check_unit(model: TimeUnit, history: &HistoryView<'_>) -> Result<(), LifetimeError> {
    if history.unit() == model { Ok(()) } else { Err(LifetimeError::UnitMismatch { model, history: history.unit() }) }
}

/// Requires finite, positive, strictly rising times.
pub(crate) fn check_times(times: &[f64]) -> Result<(), Invalid> {
    let mut checks = Invalid::checks();
    checks.require_each("time ahead", "must be finite and positive", times, |_, t| t > 0.0 && t.is_finite());
    checks.require_each("time ahead", "must be later than the one before", times, |i, t| i == 0 || t > times[i - 1]);
    checks.finish()
}
