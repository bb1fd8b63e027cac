//! A contract model with parameters, and what it answers.
#![expect(private_bounds, reason = "the traits behind models are not for implementing elsewhere")]

use emptor_types::{ContractHistory, DiscountRate, FitReport, Invalid, Level, TimeUnit};
use serde::{Deserialize, Serialize};

use super::Standing;
use super::process::ContractProcess;
use super::sample::Sample;
use crate::LifetimeError;
use crate::estimation::{Certainty, Direction, Estimate, Interval, Uncertain, certainty_of, delta_intervals};
use crate::parameters::check_positive;

/// A contract model with parameters `P`, made by fitting a [`ShiftedBetaGeo`](crate::ShiftedBetaGeo) or a
/// [`BetaDiscreteWeibull`](crate::BetaDiscreteWeibull), or from published numbers.
///
/// `S(t)` is the probability of a new customer to be still there after `t` renewals, `S(0) = 1`. Periods are the
/// contract's, [`unit`](Self::unit). A customer seen in their `n`-th period has renewed `n − 1` times.
///
/// ```
/// use emptor_lifetime::{FittedShiftedBetaGeo, ShiftedBetaGeoParameters};
/// use emptor_types::TimeUnit;
///
/// let parameters = ShiftedBetaGeoParameters { alpha: 0.668, beta: 3.806 };
/// let model = FittedShiftedBetaGeo::from_parameters(parameters, TimeUnit::Year)?;
/// assert!((model.survival_curve(1)[0] - 3.806 / 4.474).abs() < 1e-12);
/// assert_eq!(model.conditional_survival(5, 0), 1.0);
/// assert!(model.conditional_survival(5, 1) > model.conditional_survival(0, 1)); // the loyal are left
/// # Ok::<(), emptor_lifetime::LifetimeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored<P>", into = "Stored<P>", bound = "")]
pub struct FittedContract<P: ContractProcess> {
    parameters: P,
    unit: TimeUnit,
    report: FitReport,
    certainty: Option<Certainty>,
}

/// The saved form; loading checks it again.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
struct Stored<P: ContractProcess> {
    parameters: P,
    unit: TimeUnit,
    report: FitReport,
    #[serde(default)]
    certainty: Option<Certainty>,
}

impl<P: ContractProcess> TryFrom<Stored<P>> for FittedContract<P> {
    type Error = LifetimeError;

    fn try_from(stored: Stored<P>) -> Result<Self, LifetimeError> {
        Self::new(stored.parameters, stored.unit, stored.report, stored.certainty)
    }
}

impl<P: ContractProcess> From<FittedContract<P>> for Stored<P> {
    fn from(model: FittedContract<P>) -> Self {
        let FittedContract { parameters, unit, report, certainty } = model;
        Self { parameters, unit, report, certainty }
    }
}

impl<P: ContractProcess> FittedContract<P> {
    /// The name under which an [`Envelope`](emptor_types::Envelope) keeps this kind of model.
    pub const KIND: &'static str = P::KIND;

    pub(super) fn new(
        parameters: P,
        unit: TimeUnit,
        report: FitReport,
        certainty: Option<Certainty>,
    ) -> Result<Self, LifetimeError> {
        let values = parameters.values();
        check_positive(P::PARAMETERS.iter().copied().zip(values.iter().copied()))?;
        let fits = certainty.as_ref().is_none_or(|certainty| certainty.size() == values.len() && certainty.is_valid());
        let mut checks = Invalid::checks();
        checks.require(fits, "certainty", "must be a covariance of all parameters", values.len());
        checks.finish()?;
        Ok(Self { parameters, unit, report, certainty })
    }

    /// Rebuilds a model from known parameters; periods are `unit`s.
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] listing every parameter that is not finite and positive.
    pub fn from_parameters(parameters: P, unit: TimeUnit) -> Result<Self, LifetimeError> {
        Self::new(parameters, unit, FitReport::given(), None)
    }

    /// The model's usual name, e.g. `sBG`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        P::NAME
    }

    /// The contract's period.
    #[must_use]
    pub fn unit(&self) -> TimeUnit {
        self.unit
    }

    /// How the fit went.
    #[must_use]
    pub fn report(&self) -> &FitReport {
        &self.report
    }

    /// The parameters.
    #[must_use]
    pub fn parameters(&self) -> &P {
        &self.parameters
    }

    /// Names and values of the parameters.
    #[must_use]
    pub fn named_parameters(&self) -> Vec<(String, f64)> {
        P::PARAMETERS.iter().map(|name| (*name).to_owned()).zip(self.parameters.values()).collect()
    }

    /// Every parameter with its standard error and the confidence interval of its logarithm, from the curvature of the
    /// log-likelihood at the maximum (with a penalty: of the penalised one).
    ///
    /// # Errors
    /// [`LifetimeError::NoCertainty`] if the parameters were given or lie on a boundary.
    pub fn estimates(&self, level: Level) -> Result<Vec<Estimate>, LifetimeError> {
        Ok(self.certainty()?.estimates(self.named_parameters(), P::PARAMETERS.len(), level))
    }

    /// The covariance matrix of the parameters.
    ///
    /// # Errors
    /// [`LifetimeError::NoCertainty`] if the parameters were given or lie on a boundary.
    pub fn covariance(&self) -> Result<Vec<Vec<f64>>, LifetimeError> {
        Ok(self.certainty()?.natural(&self.parameters.values()))
    }

    /// Confidence intervals of anything the model says, from the uncertainty of its parameters (the delta method): one
    /// per element that `quantity` returns.
    ///
    /// ```
    /// use emptor_lifetime::ShiftedBetaGeo;
    /// use emptor_types::{ContractHistory, Fit, Level, TimeUnit};
    ///
    /// let history = ContractHistory::from_survivors(&[&[1000.0, 869.0, 743.0, 653.0, 593.0]], TimeUnit::Year)?;
    /// let model = ShiftedBetaGeo::builder().build()?.fit(&history)?;
    /// let after_seven = model.intervals(Level::new(0.95)?, |model| Ok(vec![model.survival_curve(7)[6]]))?;
    /// assert!(after_seven[0].contains(0.491)); // what the paper observed later
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

    fn certainty(&self) -> Result<&Certainty, LifetimeError> {
        certainty_of(self.certainty.as_ref(), P::NAME, &self.report)
    }

    /// The log-likelihood of a history, without penalty.
    ///
    /// # Errors
    /// [`LifetimeError::UnitMismatch`]; [`LifetimeError::Invalid`] if it is too large for a double.
    pub fn log_likelihood(&self, history: &ContractHistory<'_>) -> Result<f64, LifetimeError> {
        self.check_unit(history)?;
        let value = Sample::new(history).evaluate(&self.parameters.survival()).0;
        if value.is_finite() {
            Ok(value)
        } else {
            Err(Invalid::value("log-likelihood", "must be finite at the parameters given", value).into())
        }
    }

    pub(super) fn check_unit(&self, history: &ContractHistory<'_>) -> Result<(), LifetimeError> {
        let (model, history) = (self.unit, history.unit());
        if history == model { Ok(()) } else { Err(LifetimeError::UnitMismatch { model, history }) }
    }

    /// The part of new customers that is left after 1, 2, …, `periods` renewals: `S(1), …, S(periods)`.
    #[must_use]
    pub fn survival_curve(&self, periods: usize) -> Vec<f64> {
        (1..=periods).map(|t| self.conditional_survival(0, t as u64)).collect()
    }

    /// The part of the customers who face each renewal that renews: `r(t) = S(t) / S(t−1)` for `t = 1, …, periods`.
    ///
    /// ```
    /// use emptor_lifetime::{FittedShiftedBetaGeo, ShiftedBetaGeoParameters};
    /// use emptor_types::TimeUnit;
    ///
    /// let parameters = ShiftedBetaGeoParameters { alpha: 1.0, beta: 2.0 };
    /// let model = FittedShiftedBetaGeo::from_parameters(parameters, TimeUnit::Month)?;
    /// let rates = model.retention_rates(3); // (β+t−1) / (α+β+t−1)
    /// assert!(rates.iter().zip([2.0 / 3.0, 3.0 / 4.0, 4.0 / 5.0]).all(|(rate, exact)| (rate - exact).abs() < 1e-14));
    /// assert!((model.churn_hazard(1)[0] - 1.0 / 3.0).abs() < 1e-14);
    /// # Ok::<(), emptor_lifetime::LifetimeError>(())
    /// ```
    #[must_use]
    pub fn retention_rates(&self, periods: usize) -> Vec<f64> {
        let survival = self.parameters.survival();
        (1..=periods).map(|t| survival.ratio(t as f64 - 1.0, t as f64)).collect()
    }

    /// The part of the customers who face each renewal that is lost there: `h(t) = 1 − r(t)` for `t = 1, …, periods`.
    #[must_use]
    pub fn churn_hazard(&self, periods: usize) -> Vec<f64> {
        let survival = self.parameters.survival();
        (1..=periods).map(|t| survival.loss(t as f64 - 1.0, t as f64)).collect()
    }

    /// The probability that a customer who has renewed `renewals` times, and is there now, is still there `periods` later:
    /// `S(renewals + periods) / S(renewals)`. It is 1 for `periods = 0`.
    #[must_use]
    pub fn conditional_survival(&self, renewals: u64, periods: u64) -> f64 {
        let from = renewals as f64;
        self.parameters.survival().ratio(from, from + periods as f64)
    }

    /// The expected number of periods of a new customer, the first included: `Σ_{t ≥ 0} S(t)`. For the sBG it is
    /// `(α+β−1) / (α−1)`.
    ///
    /// # Errors
    /// [`LifetimeError::Infinite`] unless `alpha > 1` (sBG), `alpha · c > 1` (BdW); [`LifetimeError::SeriesTooLong`] at
    /// extreme parameters.
    pub fn expected_lifetime(&self) -> Result<f64, LifetimeError> {
        Ok(1.0 + self.expected_residual_lifetime(0)?)
    }

    /// The expected number of further periods of a customer who has renewed `renewals` times and is there now, the present
    /// one not included: `Σ_{j ≥ 1} S(renewals+j) / S(renewals)`.
    ///
    /// # Errors
    /// As [`expected_lifetime`](Self::expected_lifetime).
    pub fn expected_residual_lifetime(&self, renewals: u64) -> Result<f64, LifetimeError> {
        self.residual(renewals as f64, 0.0)
    }

    /// The discounted expected lifetime (DEL) of a new customer, whose first payment is made now: `Σ_{t ≥ 0} S(t)/(1+d)^t`
    /// (Fader & Hardie 2010). Times the margin of a period it is the value of acquiring a customer.
    ///
    /// ```
    /// use emptor_lifetime::{FittedShiftedBetaGeo, ShiftedBetaGeoParameters, Standing};
    /// use emptor_types::{DiscountRate, TimeUnit};
    ///
    /// let parameters = ShiftedBetaGeoParameters { alpha: 3.8, beta: 15.2 };
    /// let model = FittedShiftedBetaGeo::from_parameters(parameters, TimeUnit::Year)?;
    /// let rate = DiscountRate::annual_effective(0.1)?;
    /// assert!((model.del(rate)? - 1.0 - model.derl(0, rate, Standing::AfterRenewal)?).abs() < 1e-12);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::Infinite`] for a negative rate, and for a rate of 0 as
    /// [`expected_lifetime`](Self::expected_lifetime).
    pub fn del(&self, rate: DiscountRate) -> Result<f64, LifetimeError> {
        Ok(1.0 + self.derl(0, rate, Standing::AfterRenewal)?)
    }

    /// The discounted expected residual lifetime (DERL) of a customer who has renewed `renewals` times and is there now:
    /// all payments to come, without the one of the present period.
    /// ```text
    /// after renewal    Σ_{j ≥ 1} S(renewals+j)/S(renewals) / (1+d)^j
    /// before renewal   Σ_{j ≥ 1} S(renewals+j)/S(renewals) / (1+d)^(j−1)       (Fader & Hardie 2010, equation 6)
    /// ```
    /// The paper's "active for `n` periods" is `renewals = n − 1`.
    ///
    /// # Errors
    /// As [`del`](Self::del); [`LifetimeError::Invalid`] for more renewals than can be counted.
    pub fn derl(&self, renewals: u64, rate: DiscountRate, standing: Standing) -> Result<f64, LifetimeError> {
        let rule = "must be below 2^53, where counting ends";
        if renewals >= 1 << 53 {
            return Err(Invalid::value("renewals", rule, renewals).into());
        }
        self.derl_after(renewals as f64, rate, standing)
    }

    pub(super) fn derl_after(
        &self,
        renewals: f64,
        rate: DiscountRate,
        standing: Standing,
    ) -> Result<f64, LifetimeError> {
        let force = rate.force() / self.unit.per_year();
        match standing {
            Standing::AfterRenewal => self.residual(renewals, force),
            // The first payment to come is due at once, if the customer renews; the others follow from there.
            Standing::BeforeRenewal => {
                let renews = self.parameters.survival().ratio(renewals, renewals + 1.0);
                Ok(renews * (1.0 + self.residual(renewals + 1.0, force)?))
            }
        }
    }

    fn residual(&self, renewals: f64, force: f64) -> Result<f64, LifetimeError> {
        self.parameters.discounted_sum(renewals, force)?.ok_or_else(|| {
            let named: Vec<String> = self.named_parameters().iter().map(|(name, v)| format!("{name} = {v}")).collect();
            LifetimeError::Infinite {
                what: "the expected remaining lifetime",
                at: format!("{}, force of discount = {force}", named.join(", ")),
                why: "it needs a positive discount rate, or alpha above 1 (alpha c for the BdW) and a rate of 0",
            }
        })
    }
}

impl<P: ContractProcess> Uncertain for FittedContract<P> {
    fn directions(&self) -> Result<Vec<Direction<Self>>, LifetimeError> {
        self.certainty()?.directions(|steps| {
            let values = self.parameters.values();
            let moved: Vec<f64> = values.iter().zip(steps).map(|(value, step)| value * step.exp()).collect();
            Self::from_parameters(P::from_values(&moved), self.unit)
        })
    }
}
