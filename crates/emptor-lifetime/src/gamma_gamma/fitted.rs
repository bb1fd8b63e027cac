//! A fitted Gamma-Gamma model and what it answers.

use emptor_types::sql::operand;
use emptor_types::{Fit, FitReport, HistoryView, Invalid, Level};
use serde::{Deserialize, Serialize};

use super::sample::Sample;
use super::{GammaGamma, MODEL, likelihood};
use crate::estimation::{
    Bootstrap, Certainty, Direction, Estimate, Interval, Scored, Uncertain, bootstrap, certainty_of, delta_intervals,
    scores_of, written_out,
};
use crate::sampling::Variates;
use crate::{LifetimeError, parameters};

/// The parameters of a Gamma-Gamma model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GammaGammaParameters {
    /// Shape of the spend of a purchase around the customer's mean.
    pub p: f64,
    /// Shape of the customers' rates ν. The mean spend of all is finite above 1.
    pub q: f64,
    /// Rate of the customers' rates ν, in the currency of the data.
    pub gamma: f64,
}

/// A Gamma-Gamma model with parameters, made by fitting a [`GammaGamma`](crate::GammaGamma) or from published numbers.
///
/// ```
/// use emptor_lifetime::{FittedGammaGamma, GammaGammaParameters};
///
/// // Fader & Hardie (2013), CDNOW.
/// let model = FittedGammaGamma::from_parameters(GammaGammaParameters { p: 6.25, q: 3.74, gamma: 15.44 })?;
/// assert!((model.expected_spend_of(3.0, 35.0)? - 35.02).abs() < 0.01);
/// # Ok::<(), emptor_lifetime::LifetimeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct FittedGammaGamma {
    parameters: GammaGammaParameters,
    excluded: usize,
    report: FitReport,
    certainty: Option<Certainty>,
}

/// The saved form; loading checks it again.
#[derive(Serialize, Deserialize)]
struct Stored {
    parameters: GammaGammaParameters,
    excluded: usize,
    report: FitReport,
    #[serde(default)]
    certainty: Option<Certainty>,
}

impl TryFrom<Stored> for FittedGammaGamma {
    type Error = LifetimeError;

    fn try_from(stored: Stored) -> Result<Self, LifetimeError> {
        Self::new(stored.parameters, stored.report, stored.excluded, stored.certainty)
    }
}

impl From<FittedGammaGamma> for Stored {
    fn from(model: FittedGammaGamma) -> Self {
        let FittedGammaGamma { parameters, excluded, report, certainty } = model;
        Self { parameters, excluded, report, certainty }
    }
}

impl FittedGammaGamma {
    /// The name under which an [`Envelope`](emptor_types::Envelope) keeps this kind of model.
    pub const KIND: &'static str = "gamma_gamma";

    pub(super) fn new(
        parameters: GammaGammaParameters,
        report: FitReport,
        excluded: usize,
        certainty: Option<Certainty>,
    ) -> Result<Self, LifetimeError> {
        let GammaGammaParameters { p, q, gamma } = parameters;
        parameters::check_positive([("p", p), ("q", q), ("gamma", gamma)])?;
        if certainty.as_ref().is_some_and(|certainty| certainty.size() != 3 || !certainty.is_valid()) {
            return Err(Invalid::value("certainty", "must be a covariance of all parameters", 3).into());
        }
        Ok(Self { parameters, excluded, report, certainty })
    }

    /// Rebuilds a model from known parameters, with `gamma` in the currency of the data to come.
    ///
    /// ```
    /// use emptor_lifetime::{FittedGammaGamma, GammaGammaParameters};
    ///
    /// let model = FittedGammaGamma::from_parameters(GammaGammaParameters { p: 6.25, q: 3.74, gamma: 15.44 })?;
    /// assert_eq!((model.parameters().q, model.excluded()), (3.74, 0));
    /// assert!(FittedGammaGamma::from_parameters(GammaGammaParameters { p: 6.25, q: f64::NAN, gamma: 0.0 }).is_err());
    /// # Ok::<(), emptor_lifetime::LifetimeError>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] listing every parameter that is not finite and positive.
    pub fn from_parameters(parameters: GammaGammaParameters) -> Result<Self, LifetimeError> {
        Self::new(parameters, FitReport::given(), 0, None)
    }

    /// The parameters.
    #[must_use]
    pub fn parameters(&self) -> &GammaGammaParameters {
        &self.parameters
    }

    /// How the fit went. Its observations are the customers with repeat purchases and positive spend.
    #[must_use]
    pub fn report(&self) -> &FitReport {
        &self.report
    }

    /// Every parameter with its standard error and the confidence interval of its logarithm, from the curvature of the
    /// log-likelihood at the maximum.
    ///
    /// # Errors
    /// [`LifetimeError::NoCertainty`] if the parameters were given or lie on a boundary.
    pub fn estimates(&self, level: Level) -> Result<Vec<Estimate>, LifetimeError> {
        let GammaGammaParameters { p, q, gamma } = self.parameters;
        let named = [("p", p), ("q", q), ("gamma", gamma)].map(|(name, value)| (name.to_owned(), value));
        Ok(self.certainty()?.estimates(named.to_vec(), named.len(), level))
    }

    /// The covariance matrix of `p`, `q` and `gamma`.
    ///
    /// # Errors
    /// [`LifetimeError::NoCertainty`] if the parameters were given or lie on a boundary.
    pub fn covariance(&self) -> Result<Vec<Vec<f64>>, LifetimeError> {
        let GammaGammaParameters { p, q, gamma } = self.parameters;
        Ok(self.certainty()?.natural(&[p, q, gamma]))
    }

    /// Confidence intervals of anything the model says, from the uncertainty of its parameters (the delta method): one
    /// per element that `quantity` returns.
    ///
    /// ```
    /// use emptor_lifetime::{FittedGammaGamma, GammaGamma, GammaGammaParameters, LifetimeError};
    /// use emptor_types::{Fit, HistoryView, Level, TimeUnit};
    ///
    /// let truth = FittedGammaGamma::from_parameters(GammaGammaParameters { p: 6.25, q: 3.74, gamma: 15.44 })?;
    /// let frequency = [3.0; 2000];
    /// let spend = truth.simulate(&frequency, 1)?;
    /// let history = HistoryView::new(&frequency, &[30.0; 2000], &[39.0; 2000], Some(&spend), TimeUnit::Week)?;
    /// let model = GammaGamma::builder().build()?.fit(&history)?;
    /// let mean = model.intervals(Level::new(0.999)?, |model| Ok(model.mean_spend().into_iter().collect()))?;
    /// assert!(truth.mean_spend().is_some_and(|truth| mean[0].contains(truth)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::NoCertainty`]; whatever `quantity` returns.
    pub fn intervals(
        &self,
        level: Level,
        quantity: impl Fn(&Self) -> Result<Vec<f64>, LifetimeError>,
    ) -> Result<Vec<Interval>, LifetimeError> {
        delta_intervals(self, level, quantity)
    }

    /// Intervals of anything the model says by parametric bootstrap (Efron & Tibshirani 1993, chapter 6): the spend of
    /// customers with the frequencies of `history` is simulated, `spec` is fitted, and the intervals run between the
    /// quantiles of what `quantity` says of the refits. Customers that the fit leaves out are simulated too.
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] for fewer than 20 replications; the first refit's error if more than half of them fail.
    pub fn bootstrap(
        &self,
        spec: &GammaGamma,
        history: &HistoryView<'_>,
        replications: usize,
        seed: u64,
        level: Level,
        quantity: impl Fn(&Self) -> Result<Vec<f64>, LifetimeError> + Sync,
    ) -> Result<Bootstrap, LifetimeError> {
        let column = |column: &[f64]| written_out(column, history.counts());
        let (frequency, recency, t) = (column(history.frequency())?, column(history.recency())?, column(history.t())?);
        bootstrap(replications, seed, level, |seed| {
            let spend = self.simulate(&frequency, seed)?;
            quantity(&spec.fit(&HistoryView::new(&frequency, &recency, &t, Some(&spend), history.unit())?)?)
        })
    }

    fn certainty(&self) -> Result<&Certainty, LifetimeError> {
        certainty_of(self.certainty.as_ref(), MODEL, &self.report)
    }

    /// Repeat customers that were left out of the fit because their `monetary_value` was missing, zero or negative.
    #[must_use]
    pub fn excluded(&self) -> usize {
        self.excluded
    }

    /// The mean spend per purchase of all customers, `p γ / (q − 1)`, or `None` if it is infinite (`q ≤ 1`).
    ///
    /// ```
    /// use emptor_lifetime::{FittedGammaGamma, GammaGammaParameters};
    ///
    /// let mean = FittedGammaGamma::from_parameters(GammaGammaParameters { p: 6.25, q: 3.74, gamma: 15.44 })?.mean_spend();
    /// assert!(mean.is_some_and(|mean| (mean - 35.22).abs() < 0.01));
    /// assert_eq!(FittedGammaGamma::from_parameters(GammaGammaParameters { p: 6.25, q: 0.9, gamma: 15.44 })?.mean_spend(), None);
    /// # Ok::<(), emptor_lifetime::LifetimeError>(())
    /// ```
    #[must_use]
    pub fn mean_spend(&self) -> Option<f64> {
        self.posterior_mean(0.0, 0.0)
    }

    /// The log-likelihood of the customers with repeat purchases and positive spend; 0 if there is none.
    ///
    /// # Errors
    /// [`LifetimeError::NoMonetaryValue`]; [`LifetimeError::Invalid`] if it is too large for a double.
    pub fn log_likelihood(&self, history: &HistoryView<'_>) -> Result<f64, LifetimeError> {
        let sample = Sample::compress(history)?;
        if sample.customers == 0.0 {
            return Ok(0.0);
        }
        let GammaGammaParameters { p, q, gamma } = self.parameters;
        let value = likelihood::in_data_units(&sample, &[p, q, gamma / sample.money_scale]);
        if value.is_finite() {
            Ok(value)
        } else {
            Err(Invalid::value("log-likelihood", "must be finite at the parameters given", value).into())
        }
    }

    /// The expected spend per future purchase of each customer (equation 5 of the note):
    /// ```text
    /// p (γ + x m) / (p x + q − 1)
    /// ```
    /// a weighted mean of the customer's own mean `m` and the mean of all. Customers of whom no spend is known (no
    /// repeat purchase, or a `monetary_value` that is missing) get the mean of all. A mean of 0 or less, as returns make
    /// it, lies outside the model's support and counts as 0, the limit of ever smaller spend.
    ///
    /// ```
    /// use emptor_lifetime::{FittedGammaGamma, GammaGammaParameters};
    /// use emptor_types::{HistoryView, TimeUnit};
    ///
    /// let model = FittedGammaGamma::from_parameters(GammaGammaParameters { p: 6.25, q: 3.74, gamma: 15.44 })?;
    /// let (frequency, recency, t) = ([3.0, 0.0], [20.0, 0.0], [39.0, 39.0]);
    /// let history = HistoryView::new(&frequency, &recency, &t, Some(&[50.0, f64::NAN]), TimeUnit::Week)?;
    /// let spend = model.expected_spend(&history)?;
    /// assert!(spend[0] > 45.0 && spend[0] < 50.0); // mostly believed
    /// assert_eq!(Some(spend[1]), model.mean_spend());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::NoMonetaryValue`]; [`LifetimeError::MeanSpendUndefined`] if the expectation is infinite for any
    /// customer (`p x + q ≤ 1`): a negative or invented number never comes back.
    pub fn expected_spend(&self, history: &HistoryView<'_>) -> Result<Vec<f64>, LifetimeError> {
        let money = history.monetary_value().ok_or(LifetimeError::NoMonetaryValue { model: MODEL })?;
        let mut infinite = 0;
        let mut expected = Vec::with_capacity(history.len());
        for (&x, &mean) in history.frequency().iter().zip(money) {
            let known = x > 0.0 && !mean.is_nan();
            let value = if known { self.posterior_mean(x, mean.max(0.0)) } else { self.mean_spend() };
            match value {
                Some(value) => expected.push(value),
                None => infinite += 1,
            }
        }
        if infinite == 0 { Ok(expected) } else { Err(self.undefined(infinite)) }
    }

    /// [`expected_spend`](Self::expected_spend) as one SQL expression over the columns `"frequency"` and
    /// `"monetary_value"`, which must be doubles. Null where `"frequency"` is, and where the expectation is infinite.
    ///
    /// ```
    /// use emptor_lifetime::{FittedGammaGamma, GammaGammaParameters};
    ///
    /// let model = FittedGammaGamma::from_parameters(GammaGammaParameters { p: 6.25, q: 3.75, gamma: 15.5 })?;
    /// assert!(model.expected_spend_sql()?.contains("GREATEST(\"monetary_value\", 0.0)"));
    /// # Ok::<(), emptor_lifetime::LifetimeError>(())
    /// ```
    ///
    /// # Errors
    /// None in practice: parameters are finite.
    pub fn expected_spend_sql(&self) -> Result<String, LifetimeError> {
        let GammaGammaParameters { p, q, gamma } = self.parameters;
        let (x, money) = ("\"frequency\"", "\"monetary_value\"");
        let mean = self.mean_spend().map_or(Ok("NULL".to_owned()), operand)?;
        let (p, shape, gamma) = (operand(p)?, operand(q - 1.0)?, operand(gamma)?);
        Ok(format!(
            "CASE WHEN {x} IS NULL THEN NULL WHEN {x} > 0.0 AND {money} IS NOT NULL THEN CASE WHEN {p} * {x} + {shape} > 0.0 \
             THEN ({gamma} / {x} + GREATEST({money}, 0.0)) / (1.0 + {shape} / ({p} * {x})) END ELSE {mean} END"
        ))
    }

    /// The expected spend per future purchase of a customer with `frequency` repeat purchases of mean `monetary_value`.
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] unless `frequency` is at least 0 and `monetary_value` is positive and finite (it is
    /// ignored if `frequency` is 0); [`LifetimeError::MeanSpendUndefined`].
    pub fn expected_spend_of(&self, frequency: f64, monetary_value: f64) -> Result<f64, LifetimeError> {
        let mut checks = Invalid::checks();
        checks.require(
            frequency >= 0.0 && frequency.fract() == 0.0,
            "frequency",
            "must be a whole number of repeat purchases, at least 0",
            frequency,
        );
        let known = frequency > 0.0;
        checks.require(
            !known || (monetary_value > 0.0 && monetary_value.is_finite()),
            "monetary_value",
            "must be finite and positive",
            monetary_value,
        );
        checks.finish()?;
        let value = if known { self.posterior_mean(frequency, monetary_value) } else { self.mean_spend() };
        value.ok_or_else(|| self.undefined(1))
    }

    /// Simulates the mean spend of customers with so many repeat purchases: `NaN` where there is none. The same seed gives
    /// the same customers at any number of threads.
    ///
    /// ```
    /// use emptor_lifetime::{FittedGammaGamma, GammaGammaParameters};
    ///
    /// let model = FittedGammaGamma::from_parameters(GammaGammaParameters { p: 6.25, q: 3.74, gamma: 15.44 })?;
    /// let spend = model.simulate(&[3.0; 20_000], 7)?;
    /// let mean = spend.iter().sum::<f64>() / 20_000.0;
    /// assert!(model.mean_spend().is_some_and(|expected| (mean / expected - 1.0).abs() < 0.02));
    /// # Ok::<(), emptor_lifetime::LifetimeError>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] unless every frequency is a whole number of at least 0.
    pub fn simulate(&self, frequency: &[f64], seed: u64) -> Result<Vec<f64>, LifetimeError> {
        let mut checks = Invalid::checks();
        let rule = "must be a whole number of repeat purchases, at least 0";
        checks.require_each("frequency", rule, frequency, |_, x| x >= 0.0 && x.fract() == 0.0);
        checks.finish()?;
        let GammaGammaParameters { p, q, gamma } = self.parameters;
        let draw = |(place, &x): (usize, &f64)| {
            let mut variates = Variates::new(seed, place as u64);
            let rate = variates.gamma(q) / gamma;
            if x > 0.0 { variates.gamma(p * x) / (rate * x) } else { f64::NAN }
        };
        Ok(frequency.iter().enumerate().map(draw).collect())
    }

    /// `E(p/ν)` with `ν ~ gamma(px + q, γ + xm)`, where it exists and is a double.
    fn posterior_mean(&self, x: f64, mean: f64) -> Option<f64> {
        let GammaGammaParameters { p, q, gamma } = self.parameters;
        let shape = p * x + (q - 1.0);
        let value = if x > 0.0 {
            // Divided by p x, so that x m cannot overflow where m does not.
            (gamma / x + mean) / (1.0 + (q - 1.0) / (p * x))
        } else {
            p * (gamma / shape)
        };
        (shape > 0.0 && value.is_finite()).then_some(value)
    }

    fn undefined(&self, customers: usize) -> LifetimeError {
        LifetimeError::MeanSpendUndefined { p: self.parameters.p, q: self.parameters.q, customers }
    }
}

impl Uncertain for FittedGammaGamma {
    fn directions(&self) -> Result<Vec<Direction<Self>>, LifetimeError> {
        let GammaGammaParameters { p, q, gamma } = self.parameters;
        self.certainty()?.directions(|steps| {
            let moved = |place: usize, value: f64| value * steps[place].exp();
            Self::from_parameters(GammaGammaParameters { p: moved(0, p), q: moved(1, q), gamma: moved(2, gamma) })
        })
    }
}

impl Scored for FittedGammaGamma {
    fn scores(&self, history: &HistoryView<'_>, groups: &[u32]) -> Result<Vec<Vec<f64>>, LifetimeError> {
        scores_of(self, history, groups, |model, rows| model.log_likelihood(rows))
    }
}
