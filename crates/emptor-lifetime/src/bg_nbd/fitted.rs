//! A fitted BG/NBD model and what it answers.

use emptor_types::{FitReport, HistoryView, Horizon, Invalid, TimeUnit};
use serde::{Deserialize, Serialize};

use super::sample::Sample;
use super::{MODEL, likelihood, probability, schedule};
use crate::model::{PurchaseModel, check_times, check_unit};
use crate::{LifetimeError, parameters};

/// The parameters of a BG/NBD model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BetaGeoNbdParameters {
    /// Shape of the purchase rates.
    pub r: f64,
    /// Rate of the purchase rates, in units of time: the mean customer buys `r / alpha` times per unit.
    pub alpha: f64,
    /// First shape of the drop-out probabilities; their mean is `a / (a + b)`.
    pub a: f64,
    /// Second shape of the drop-out probabilities.
    pub b: f64,
}

/// A BG/NBD model with parameters, made by fitting a [`BetaGeoNbd`](crate::BetaGeoNbd) or from published numbers.
///
/// ```
/// use emptor_lifetime::FittedBetaGeoNbd;
/// use emptor_types::{HistoryView, Horizon, TimeUnit};
///
/// // Fader, Hardie & Lee (2005), CDNOW.
/// let model = FittedBetaGeoNbd::from_parameters(0.243, 4.414, 0.793, 2.426, TimeUnit::Week)?;
/// let history = HistoryView::new(&[2.0], &[30.43], &[38.86], None, TimeUnit::Week)?;
/// let ahead = model.expected_purchases(&history, Horizon::weeks(39.0)?)?;
/// assert!((ahead[0] - 1.226).abs() < 1e-3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct FittedBetaGeoNbd {
    parameters: BetaGeoNbdParameters,
    unit: TimeUnit,
    report: FitReport,
}

/// The saved form; loading checks it again.
#[derive(Serialize, Deserialize)]
struct Stored {
    parameters: BetaGeoNbdParameters,
    unit: TimeUnit,
    report: FitReport,
}

impl TryFrom<Stored> for FittedBetaGeoNbd {
    type Error = LifetimeError;

    fn try_from(stored: Stored) -> Result<Self, LifetimeError> {
        Self::new(stored.parameters, stored.unit, stored.report)
    }
}

impl From<FittedBetaGeoNbd> for Stored {
    fn from(model: FittedBetaGeoNbd) -> Self {
        Self { parameters: model.parameters, unit: model.unit, report: model.report }
    }
}

impl FittedBetaGeoNbd {
    /// The name under which an [`Envelope`](emptor_types::Envelope) keeps this kind of model.
    pub const KIND: &'static str = "bg_nbd";

    pub(super) fn new(
        parameters: BetaGeoNbdParameters,
        unit: TimeUnit,
        report: FitReport,
    ) -> Result<Self, LifetimeError> {
        let BetaGeoNbdParameters { r, alpha, a, b } = parameters;
        parameters::check_positive([("r", r), ("alpha", alpha), ("a", a), ("b", b)])?;
        Ok(Self { parameters, unit, report })
    }

    /// Rebuilds a model from known parameters, with `alpha` in `unit`s.
    ///
    /// ```
    /// use emptor_lifetime::FittedBetaGeoNbd;
    /// use emptor_types::TimeUnit;
    ///
    /// let model = FittedBetaGeoNbd::from_parameters(0.243, 4.414, 0.793, 2.426, TimeUnit::Week)?;
    /// assert_eq!((model.parameters().alpha, model.unit()), (4.414, TimeUnit::Week));
    /// assert_eq!(model.report().to_string(), "parameters given after 0 iterations, 0 observations (0 distinct)");
    /// assert!(FittedBetaGeoNbd::from_parameters(0.243, -4.4, 0.793, 2.426, TimeUnit::Week).is_err());
    /// # Ok::<(), emptor_lifetime::LifetimeError>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] listing every parameter that is not finite and positive.
    pub fn from_parameters(r: f64, alpha: f64, a: f64, b: f64, unit: TimeUnit) -> Result<Self, LifetimeError> {
        Self::new(BetaGeoNbdParameters { r, alpha, a, b }, unit, FitReport::given())
    }

    /// The parameters.
    #[must_use]
    pub fn parameters(&self) -> &BetaGeoNbdParameters {
        &self.parameters
    }

    /// The unit of `alpha`, and of every history the model can be asked about.
    #[must_use]
    pub fn unit(&self) -> TimeUnit {
        self.unit
    }

    /// How the fit went.
    #[must_use]
    pub fn report(&self) -> &FitReport {
        &self.report
    }

    /// The log-likelihood of a history, without penalty.
    ///
    /// Times carry their unit into a density: the same history in days has a lower value than in weeks.
    ///
    /// ```
    /// use emptor_lifetime::FittedBetaGeoNbd;
    /// use emptor_types::{HistoryView, TimeUnit};
    ///
    /// let model = FittedBetaGeoNbd::from_parameters(0.243, 4.414, 0.793, 2.426, TimeUnit::Week)?;
    /// let history = HistoryView::new(&[0.0], &[0.0], &[38.86], None, TimeUnit::Week)?;
    /// let no_purchase = 0.243 * f64::ln(4.414 / (4.414 + 38.86));
    /// assert!((model.log_likelihood(&history)? - no_purchase).abs() < 1e-12);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::UnitMismatch`]; [`LifetimeError::Invalid`] if it is too large for a double.
    pub fn log_likelihood(&self, history: &HistoryView<'_>) -> Result<f64, LifetimeError> {
        check_unit(self.unit, history)?;
        let sample = Sample::compress(history);
        let BetaGeoNbdParameters { r, alpha, a, b } = self.parameters;
        let value = likelihood::in_data_units(&sample, &[r, alpha / sample.time_scale(), a, b]);
        if value.is_finite() {
            Ok(value)
        } else {
            Err(Invalid::value("log-likelihood", "must be finite at the parameters given", value).into())
        }
    }

    /// The probability of each customer to be still alive at the end of their observation.
    ///
    /// ```text
    ///                  1
    /// ────────────────────────────────────────────────────────      (1 for x = 0)
    /// 1 + [x>0] a/(b+x−1) · ((α+T) / (α+t_x))^(r+x)
    /// ```
    /// (the factor of equation 10 of the paper). Customers leave only after a repeat purchase, so everyone with
    /// `frequency` 0 has probability 1, however long ago they bought.
    ///
    /// ```
    /// use emptor_lifetime::FittedBetaGeoNbd;
    /// use emptor_types::{HistoryView, TimeUnit};
    ///
    /// let model = FittedBetaGeoNbd::from_parameters(0.243, 4.414, 0.793, 2.426, TimeUnit::Week)?;
    /// let history = HistoryView::new(&[23.0, 23.0, 0.0], &[39.0, 10.0, 0.0], &[39.0; 3], None, TimeUnit::Week)?;
    /// let alive = model.p_alive(&history)?;
    /// assert!(alive[0] > 0.96 && alive[1] < 1e-6 && alive[2] == 1.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::UnitMismatch`].
    pub fn p_alive(&self, history: &HistoryView<'_>) -> Result<Vec<f64>, LifetimeError> {
        check_unit(self.unit, history)?;
        let rows = history.frequency().iter().zip(history.recency()).zip(history.t());
        Ok(rows.map(|((&x, &recency), &t)| probability::p_alive(&self.parameters, x, recency, t)).collect())
    }

    /// The expected number of purchases of each customer from the end of their observation over `horizon` (equation
    /// 10 of the paper).
    ///
    /// ```
    /// use emptor_lifetime::FittedBetaGeoNbd;
    /// use emptor_types::{HistoryView, Horizon, TimeUnit};
    ///
    /// let model = FittedBetaGeoNbd::from_parameters(0.243, 4.414, 0.793, 2.426, TimeUnit::Week)?;
    /// let history = HistoryView::new(&[2.0], &[30.43], &[38.86], None, TimeUnit::Week)?;
    /// let weeks = model.expected_purchases(&history, Horizon::weeks(39.0)?)?;
    /// let days = model.expected_purchases(&history, Horizon::days(273.0)?)?;
    /// assert!((weeks[0] - days[0]).abs() < 1e-12); // a horizon knows its unit
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::UnitMismatch`]; [`LifetimeError::SeriesTooLong`] if the horizon is 50,000 times a history.
    pub fn expected_purchases(&self, history: &HistoryView<'_>, horizon: Horizon) -> Result<Vec<f64>, LifetimeError> {
        let mut columns = self.expected_purchases_schedule(history, &[horizon.in_units(self.unit)])?;
        Ok(columns.pop().unwrap_or_default())
    }

    /// The expected numbers of purchases of each customer until each of several times, which count from the end of
    /// observation in the model's [`unit`](Self::unit): one column per time, one row per customer.
    ///
    /// Columns are cumulative and never fall from one to the next, so that differences are the expected purchases of a
    /// period. It is much cheaper than one call per time.
    ///
    /// ```
    /// use emptor_lifetime::FittedBetaGeoNbd;
    /// use emptor_types::{HistoryView, TimeUnit};
    ///
    /// let model = FittedBetaGeoNbd::from_parameters(0.243, 4.414, 0.793, 2.426, TimeUnit::Week)?;
    /// let history = HistoryView::new(&[2.0, 0.0], &[30.43, 0.0], &[38.86, 38.86], None, TimeUnit::Week)?;
    /// let quarters = model.expected_purchases_schedule(&history, &[13.0, 26.0, 39.0])?;
    /// assert_eq!((quarters.len(), quarters[0].len()), (3, 2));
    /// let second_quarter = quarters[1][0] - quarters[0][0];
    /// assert!(second_quarter > 0.0 && second_quarter < quarters[0][0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::UnitMismatch`]; [`LifetimeError::Invalid`] unless the times are finite, positive and rising;
    /// [`LifetimeError::SeriesTooLong`] if a time is 50,000 times a history.
    pub fn expected_purchases_schedule(
        &self,
        history: &HistoryView<'_>,
        times: &[f64],
    ) -> Result<Vec<Vec<f64>>, LifetimeError> {
        check_unit(self.unit, history)?;
        check_times(times)?;
        schedule::columns(&self.parameters, history, times)
    }

    /// The expected number of purchases of one customer in `(T, T + ahead]`, all times in the model's
    /// [`unit`](Self::unit).
    ///
    /// ```
    /// use emptor_lifetime::FittedBetaGeoNbd;
    /// use emptor_types::TimeUnit;
    ///
    /// let model = FittedBetaGeoNbd::from_parameters(0.243, 4.414, 0.793, 2.426, TimeUnit::Week)?;
    /// assert!((model.expected_purchases_of(2.0, 30.43, 38.86, 39.0)? - 1.226).abs() < 1e-3);
    /// # Ok::<(), emptor_lifetime::LifetimeError>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] if the numbers are no purchase history or `ahead` is not positive;
    /// [`LifetimeError::SeriesTooLong`].
    pub fn expected_purchases_of(
        &self,
        frequency: f64,
        recency: f64,
        t: f64,
        ahead: f64,
    ) -> Result<f64, LifetimeError> {
        HistoryView::new(&[frequency], &[recency], &[t], None, self.unit)?;
        check_times(&[ahead])?;
        let mut series = schedule::series(&self.parameters, frequency);
        let alive = probability::p_alive(&self.parameters, frequency, recency, t);
        Ok(alive * schedule::while_alive(&mut series, &self.parameters, frequency, t, ahead)?)
    }

    /// The probability that one customer is still alive a time `ahead` after the end of observation, all times in the
    /// model's [`unit`](Self::unit):
    /// ```text
    /// P(alive at T) · ₂F₁(r + x, a; a + b + x; −t/(α + T))
    /// ```
    /// derived from the story: given alive at `T`, the purchase rate is Gamma(r + x, α + T), the dropout probability
    /// Beta(a, b + x), and the customer stays if no further purchase was the last.
    ///
    /// ```
    /// use emptor_lifetime::FittedBetaGeoNbd;
    /// use emptor_types::TimeUnit;
    ///
    /// let model = FittedBetaGeoNbd::from_parameters(0.243, 4.414, 0.793, 2.426, TimeUnit::Week)?;
    /// let (now, later) = (model.p_alive_after(2.0, 30.43, 38.86, 0.0)?, model.p_alive_after(2.0, 30.43, 38.86, 39.0)?);
    /// assert!(later < now && now < 1.0);
    /// # Ok::<(), emptor_lifetime::LifetimeError>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] if the numbers are no purchase history or `ahead` is not finite and at least 0;
    /// [`LifetimeError::SeriesTooLong`].
    pub fn p_alive_after(&self, frequency: f64, recency: f64, t: f64, ahead: f64) -> Result<f64, LifetimeError> {
        HistoryView::new(&[frequency], &[recency], &[t], None, self.unit)?;
        let mut checks = Invalid::checks();
        checks.require(ahead >= 0.0 && ahead.is_finite(), "time ahead", "must be finite and at least 0", ahead);
        checks.finish()?;
        probability::p_alive_after(&self.parameters, frequency, recency, t, ahead)
    }

    /// The expected number of repeat purchases of a customer over `horizon` after their first purchase (equation 9 of
    /// the paper).
    ///
    /// ```
    /// use emptor_lifetime::FittedBetaGeoNbd;
    /// use emptor_types::{Horizon, TimeUnit};
    ///
    /// let model = FittedBetaGeoNbd::from_parameters(0.243, 4.414, 0.793, 2.426, TimeUnit::Week)?;
    /// assert!((model.expected_purchases_new_customer(Horizon::weeks(39.0)?)? - 1.197).abs() < 1e-3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::SeriesTooLong`] if the horizon is 50,000 times `alpha`.
    pub fn expected_purchases_new_customer(&self, horizon: Horizon) -> Result<f64, LifetimeError> {
        self.expected_purchases_of(0.0, 0.0, 0.0, horizon.in_units(self.unit))
    }

    /// The probability that a customer makes exactly `n` repeat purchases over `horizon` after their first purchase
    /// (equation 8 of the paper).
    ///
    /// ```
    /// use emptor_lifetime::FittedBetaGeoNbd;
    /// use emptor_types::{Horizon, TimeUnit};
    ///
    /// let model = FittedBetaGeoNbd::from_parameters(0.243, 4.414, 0.793, 2.426, TimeUnit::Week)?;
    /// assert!((model.probability_of_n_purchases(0, Horizon::weeks(39.0)?)? - 0.574).abs() < 1e-3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::SeriesTooLong`] from horizons of about 25,000 times `alpha`; [`LifetimeError::Invalid`] if
    /// the horizon is so long that it cannot be told from for ever.
    pub fn probability_of_n_purchases(&self, n: u64, horizon: Horizon) -> Result<f64, LifetimeError> {
        probability::of_n_purchases(&self.parameters, n as f64, horizon.in_units(self.unit))
    }
}

impl PurchaseModel for FittedBetaGeoNbd {
    fn name(&self) -> &'static str {
        MODEL
    }

    fn unit(&self) -> TimeUnit {
        self.unit()
    }

    fn report(&self) -> &FitReport {
        self.report()
    }

    fn log_likelihood(&self, history: &HistoryView<'_>) -> Result<f64, LifetimeError> {
        self.log_likelihood(history)
    }

    fn p_alive(&self, history: &HistoryView<'_>) -> Result<Vec<f64>, LifetimeError> {
        self.p_alive(history)
    }

    fn expected_purchases_schedule(
        &self,
        history: &HistoryView<'_>,
        times: &[f64],
    ) -> Result<Vec<Vec<f64>>, LifetimeError> {
        self.expected_purchases_schedule(history, times)
    }

    fn p_alive_after(&self, frequency: f64, recency: f64, t: f64, ahead: f64) -> Result<f64, LifetimeError> {
        self.p_alive_after(frequency, recency, t, ahead)
    }

    fn expected_purchases_new_customer(&self, horizon: Horizon) -> Result<f64, LifetimeError> {
        self.expected_purchases_new_customer(horizon)
    }

    fn probability_of_n_purchases(&self, n: u64, horizon: Horizon) -> Result<f64, LifetimeError> {
        self.probability_of_n_purchases(n, horizon)
    }
}
