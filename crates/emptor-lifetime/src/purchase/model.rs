//! What every fitted purchase model answers.

use emptor_types::{DiscountRate, FitReport, HistoryView, Horizon, Invalid, TimeUnit};

use crate::LifetimeError;

/// A fitted model of when customers buy and when they leave.
///
/// All models answer the same questions, so that code that scores customers takes any of them. The formulas are in the
/// documentation of each model.
///
/// Columns have one element per row of the history, in its order. Questions about a *new customer* count from their
/// first purchase, and only repeat purchases; a model with covariates answers them through
/// [`individual`](crate::Fitted::individual) and refuses them itself.
///
/// ```
/// use emptor_lifetime::{BetaGeoNbdParameters, FittedBetaGeoNbd, LifetimeError, PurchaseModel};
/// use emptor_types::{DiscountRate, HistoryView, Horizon, TimeUnit};
///
/// fn alive_customers(model: &dyn PurchaseModel, history: &HistoryView<'_>) -> Result<f64, LifetimeError> {
///     Ok(model.p_alive(history)?.iter().sum())
/// }
///
/// // Fader, Hardie & Lee (2005), CDNOW.
/// let parameters = BetaGeoNbdParameters { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
/// let model = FittedBetaGeoNbd::from_parameters(parameters, TimeUnit::Week)?;
/// let history = HistoryView::new(&[0.0, 2.0], &[0.0, 30.43], &[38.86, 38.86], None, TimeUnit::Week)?;
/// assert!(alive_customers(&model, &history)? > 1.7);
///
/// let next = Horizon::weeks(39.0)?;
/// assert!((model.expected_purchases(&history, next)?[1] - 1.226).abs() < 1e-3);
/// assert!(model.p_alive_after(&history, next)?[1] < model.p_alive(&history)?[1]);
/// assert!(model.probability_of_no_purchase(&history, next)?[0] > 0.7);
/// assert!(model.dert(&history, DiscountRate::annual_effective(0.15)?)?[1] > 1.226);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait PurchaseModel: Send + Sync {
    /// The model's usual name, e.g. `BG/NBD`.
    fn name(&self) -> &'static str;

    /// The unit of time of the parameters, and of every history the model can be asked about.
    fn unit(&self) -> TimeUnit;

    /// How the fit went.
    fn report(&self) -> &FitReport;

    /// Names and values of the parameters, and of the coefficients of covariates.
    fn named_parameters(&self) -> Vec<(String, f64)>;

    /// The log-likelihood of a history, without penalty.
    ///
    /// Times carry their unit into a density: the same history in days has a lower value than in weeks.
    ///
    /// # Errors
    /// [`LifetimeError::UnitMismatch`]; [`LifetimeError::NoCovariate`]; [`LifetimeError::Invalid`] if it is too large for
    /// a double.
    fn log_likelihood(&self, history: &HistoryView<'_>) -> Result<f64, LifetimeError>;

    /// The probability of each customer to be still alive at the end of their observation.
    ///
    /// # Errors
    /// [`LifetimeError::UnitMismatch`]; [`LifetimeError::NoCovariate`].
    fn p_alive(&self, history: &HistoryView<'_>) -> Result<Vec<f64>, LifetimeError>;

    /// The probability to be still alive as one SQL expression over the columns `"frequency"`, `"recency"` and `"T"`, null
    /// where one of them is. The columns must be doubles, see [`Dialect::double`](emptor_types::sql::Dialect::double).
    ///
    /// It uses arithmetic, comparisons, `CASE`, `LN`, `EXP`, `LEAST` and `GREATEST`. The odds are added up as logarithms
    /// and held between e⁻⁷⁰⁰ and e⁷⁰⁰, beyond which some databases refuse to raise e.
    ///
    /// ```
    /// use emptor_lifetime::{FittedNbd, FittedParetoNbd, NbdParameters, ParetoNbdParameters, PurchaseModel};
    /// use emptor_types::TimeUnit;
    ///
    /// let nbd = FittedNbd::from_parameters(NbdParameters { r: 0.385, alpha: 12.072 }, TimeUnit::Week)?;
    /// assert!(nbd.p_alive_sql()?.ends_with("THEN NULL ELSE 1.0 END"));
    /// let parameters = ParetoNbdParameters { r: 0.55, alpha: 10.6, s: 0.6, beta: 11.7 };
    /// let pareto = FittedParetoNbd::from_parameters(parameters, TimeUnit::Week)?;
    /// assert!(pareto.p_alive_sql().is_err_and(|error| error.to_string().contains("no closed form")));
    /// # Ok::<(), emptor_lifetime::LifetimeError>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::NoSql`] for models without a closed form (Pareto/NBD, GGom/NBD, BG/BB) and for models with
    /// covariates.
    fn p_alive_sql(&self) -> Result<String, LifetimeError>;

    /// The probabilities to be still alive at each of several rising times after the end of observation, in the model's
    /// unit: one column per time.
    ///
    /// # Errors
    /// [`LifetimeError::UnitMismatch`]; [`LifetimeError::NoCovariate`]; [`LifetimeError::Invalid`] unless the times are
    /// finite, positive and rising; [`LifetimeError::SeriesTooLong`] for extreme times.
    fn p_alive_schedule(&self, history: &HistoryView<'_>, times: &[f64]) -> Result<Vec<Vec<f64>>, LifetimeError>;

    /// The probability of each customer to be still alive at `horizon` after the end of their observation.
    ///
    /// # Errors
    /// As [`p_alive_schedule`](Self::p_alive_schedule).
    fn p_alive_after(&self, history: &HistoryView<'_>, horizon: Horizon) -> Result<Vec<f64>, LifetimeError> {
        let mut columns = self.p_alive_schedule(history, &[horizon.in_units(self.unit())])?;
        Ok(columns.pop().unwrap_or_default())
    }

    /// The expected number of purchases of each customer from the end of their observation over `horizon` (conditional
    /// expected transactions).
    ///
    /// # Errors
    /// As [`expected_purchases_schedule`](Self::expected_purchases_schedule).
    fn expected_purchases(&self, history: &HistoryView<'_>, horizon: Horizon) -> Result<Vec<f64>, LifetimeError> {
        let mut columns = self.expected_purchases_schedule(history, &[horizon.in_units(self.unit())])?;
        Ok(columns.pop().unwrap_or_default())
    }

    /// The expected numbers of purchases of each customer until each of several rising times after the end of their
    /// observation, in the model's unit: one column per time, cumulative, never falling from one to the next. It is much
    /// cheaper than one call per time.
    ///
    /// # Errors
    /// [`LifetimeError::UnitMismatch`]; [`LifetimeError::NoCovariate`]; [`LifetimeError::Invalid`] unless the times are
    /// finite, positive and rising; [`LifetimeError::SeriesTooLong`] for extreme times.
    fn expected_purchases_schedule(
        &self,
        history: &HistoryView<'_>,
        times: &[f64],
    ) -> Result<Vec<Vec<f64>>, LifetimeError>;

    /// The probability of each customer to make exactly `n` purchases over `horizon` after the end of observation.
    ///
    /// # Errors
    /// [`LifetimeError::UnitMismatch`]; [`LifetimeError::NoCovariate`]; [`LifetimeError::SeriesTooLong`] for extreme
    /// horizons.
    fn probability_of_n_purchases(
        &self,
        history: &HistoryView<'_>,
        n: u64,
        horizon: Horizon,
    ) -> Result<Vec<f64>, LifetimeError>;

    /// The probability of each customer to buy nothing over `horizon` after the end of observation, be it that they left
    /// or that they wait.
    ///
    /// # Errors
    /// As [`probability_of_n_purchases`](Self::probability_of_n_purchases).
    fn probability_of_no_purchase(
        &self,
        history: &HistoryView<'_>,
        horizon: Horizon,
    ) -> Result<Vec<f64>, LifetimeError> {
        self.probability_of_n_purchases(history, 0, horizon)
    }

    /// The expected number of customers who buy at least once over `horizon` after the end of observation. Rows count as
    /// often as the history says.
    ///
    /// # Errors
    /// As [`probability_of_n_purchases`](Self::probability_of_n_purchases).
    fn expected_active_customers(&self, history: &HistoryView<'_>, horizon: Horizon) -> Result<f64, LifetimeError> {
        let none = self.probability_of_no_purchase(history, horizon)?;
        let count = |row: usize| history.counts().map_or(1.0, |counts| counts[row]);
        Ok(none.iter().enumerate().fold(0.0, |sum, (row, none)| sum + count(row) * (1.0 - none)))
    }

    /// The discounted expected residual transactions of each customer: all purchases after the end of observation, for
    /// ever, each discounted from the day it is made to the end of observation. Times a margin per purchase this is the
    /// residual lifetime value (Fader, Hardie & Lee 2005, *RFM and CLV*).
    ///
    /// # Errors
    /// [`LifetimeError::UnitMismatch`]; [`LifetimeError::NoCovariate`]; [`LifetimeError::Invalid`] unless the rate is
    /// positive: without discount most models expect infinitely many purchases.
    fn dert(&self, history: &HistoryView<'_>, rate: DiscountRate) -> Result<Vec<f64>, LifetimeError>;

    /// The expected number of repeat purchases of a customer over `horizon` after their first purchase.
    ///
    /// # Errors
    /// [`LifetimeError::SeriesTooLong`] for extreme horizons.
    fn expected_purchases_new_customer(&self, horizon: Horizon) -> Result<f64, LifetimeError>;

    /// The probability that a customer makes exactly `n` repeat purchases over `horizon` after their first purchase.
    ///
    /// # Errors
    /// [`LifetimeError::SeriesTooLong`] for extreme horizons.
    fn probability_of_n_purchases_new_customer(&self, n: u64, horizon: Horizon) -> Result<f64, LifetimeError>;

    /// The discounted expected repeat transactions of a customer who has just made the first purchase.
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] unless the rate is positive.
    fn dert_new_customer(&self, rate: DiscountRate) -> Result<f64, LifetimeError>;
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
