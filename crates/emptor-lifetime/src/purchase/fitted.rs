//! A purchase model with parameters, and what it answers.
#![expect(private_bounds, reason = "the traits behind models are not for implementing elsewhere")]

use emptor_types::sql::identifier;
use emptor_types::{DiscountRate, FitReport, HistoryView, Horizon, Invalid, Level, TimeUnit};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::covariates::{Coefficient, columns, individual, profiles};
use super::model::{PurchaseModel, check_times, check_unit};
use super::problem::Problem;
use super::process::{Process, Seen};
use super::score::{Gathered, States};
use crate::LifetimeError;
use crate::estimation::{
    Certainty, Direction, Estimate, Interval, Scored, Uncertain, certainty_of, delta_intervals, scores_of,
};
use crate::parameters::check_positive;

/// A purchase model with parameters `P`, made by fitting a [`Spec`](crate::Spec) or from published numbers. What it
/// answers are the methods of [`PurchaseModel`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored<P>", into = "Stored<P>", bound = "")]
pub struct Fitted<P: Process> {
    parameters: P,
    coefficients: Vec<Coefficient>,
    unit: TimeUnit,
    report: FitReport,
    certainty: Option<Certainty>,
}

/// The saved form; loading checks it again.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
struct Stored<P: Process> {
    parameters: P,
    #[serde(default)]
    coefficients: Vec<Coefficient>,
    unit: TimeUnit,
    report: FitReport,
    #[serde(default)]
    certainty: Option<Certainty>,
}

impl<P: Process> TryFrom<Stored<P>> for Fitted<P> {
    type Error = LifetimeError;

    fn try_from(stored: Stored<P>) -> Result<Self, LifetimeError> {
        Self::new(stored.parameters, stored.coefficients, stored.unit, stored.report, stored.certainty)
    }
}

impl<P: Process> From<Fitted<P>> for Stored<P> {
    fn from(model: Fitted<P>) -> Self {
        let Fitted { parameters, coefficients, unit, report, certainty } = model;
        Self { parameters, coefficients, unit, report, certainty }
    }
}

impl<P: Process> Fitted<P> {
    /// The name under which an [`Envelope`](emptor_types::Envelope) keeps this kind of model.
    pub const KIND: &'static str = P::KIND;

    pub(super) fn new(
        parameters: P,
        coefficients: Vec<Coefficient>,
        unit: TimeUnit,
        report: FitReport,
        certainty: Option<Certainty>,
    ) -> Result<Self, LifetimeError> {
        let values = parameters.values();
        check_positive(P::PARAMETERS.iter().zip(&values).map(|(parameter, value)| (parameter.name, *value)))?;
        let mut checks = Invalid::checks();
        checks.require(parameters.k() >= 1, "k", "must be at least 1", parameters.k());
        for coefficient in &coefficients {
            let value = coefficient.value;
            checks.require(value.is_finite(), &coefficient.label(), "must be finite", value);
        }
        let size = values.len() + coefficients.len();
        let fits = certainty.as_ref().is_none_or(|certainty| certainty.size() == size && certainty.is_valid());
        checks.require(fits, "certainty", "must be a covariance of all parameters", size);
        checks.finish()?;
        Ok(Self { parameters, coefficients, unit, report, certainty })
    }

    /// Rebuilds a model from known parameters, whose times are in `unit`s.
    ///
    /// ```
    /// use emptor_lifetime::{BetaGeoNbdParameters, FittedBetaGeoNbd, PurchaseModel};
    /// use emptor_types::TimeUnit;
    ///
    /// let parameters = BetaGeoNbdParameters { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
    /// let model = FittedBetaGeoNbd::from_parameters(parameters, TimeUnit::Week)?;
    /// assert_eq!((model.parameters().alpha, model.unit()), (4.414, TimeUnit::Week));
    /// assert_eq!(model.report().to_string(), "parameters given after 0 iterations, 0 observations (0 distinct)");
    /// let wrong = BetaGeoNbdParameters { alpha: -4.4, ..parameters };
    /// assert!(FittedBetaGeoNbd::from_parameters(wrong, TimeUnit::Week).is_err());
    /// # Ok::<(), emptor_lifetime::LifetimeError>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] listing every parameter that is not finite and positive.
    pub fn from_parameters(parameters: P, unit: TimeUnit) -> Result<Self, LifetimeError> {
        Self::with_coefficients(parameters, Vec::new(), unit)
    }

    /// Rebuilds a model with covariates from known parameters, which are those of a customer whose covariates are 0.
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] listing every parameter that is not finite and positive, and every coefficient that is
    /// not finite.
    pub fn with_coefficients(
        parameters: P,
        coefficients: Vec<Coefficient>,
        unit: TimeUnit,
    ) -> Result<Self, LifetimeError> {
        Self::new(parameters, coefficients, unit, FitReport::given(), None)
    }

    /// The parameters; with covariates, those of a customer whose covariates are all 0.
    #[must_use]
    pub fn parameters(&self) -> &P {
        &self.parameters
    }

    /// The coefficients of covariates.
    #[must_use]
    pub fn coefficients(&self) -> &[Coefficient] {
        &self.coefficients
    }

    /// Every parameter and coefficient with its standard error and confidence interval, from the curvature of the
    /// log-likelihood at the maximum (with a penalty: of the penalised one).
    ///
    /// Intervals of positive parameters are those of their logarithms, so they never reach below 0.
    ///
    /// ```
    /// use emptor_lifetime::{BetaGeoNbd, BetaGeoNbdParameters, FittedBetaGeoNbd};
    /// use emptor_types::{Fit, Level, TimeUnit};
    ///
    /// let truth = BetaGeoNbdParameters { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
    /// let base = FittedBetaGeoNbd::from_parameters(truth, TimeUnit::Week)?.simulate(&[39.0; 2000], None, 7)?;
    /// let model = BetaGeoNbd::builder().build()?.fit(&base.view()?)?;
    /// let estimates = model.estimates(Level::new(0.999)?)?;
    /// assert_eq!(estimates[0].name, "r");
    /// assert!(estimates[0].interval.contains(truth.r));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::NoCertainty`] if the parameters were given or lie on a boundary.
    pub fn estimates(&self, level: Level) -> Result<Vec<Estimate>, LifetimeError> {
        Ok(self.certainty()?.estimates(self.named_parameters(), P::PARAMETERS.len(), level))
    }

    /// The covariance matrix of all parameters and coefficients, in the order of
    /// [`named_parameters`](PurchaseModel::named_parameters).
    ///
    /// # Errors
    /// [`LifetimeError::NoCertainty`] if the parameters were given or lie on a boundary.
    pub fn covariance(&self) -> Result<Vec<Vec<f64>>, LifetimeError> {
        Ok(self.certainty()?.natural(&self.parameters.values()))
    }

    fn certainty(&self) -> Result<&Certainty, LifetimeError> {
        certainty_of(self.certainty.as_ref(), P::NAME, &self.report)
    }

    /// Confidence intervals of anything the model says, from the uncertainty of its parameters (the delta method, with
    /// derivatives by central differences): one interval per element that `quantity` returns.
    ///
    /// ```
    /// use emptor_lifetime::{BetaGeoNbd, BetaGeoNbdParameters, FittedBetaGeoNbd, PurchaseModel};
    /// use emptor_types::{Fit, Horizon, Level, TimeUnit};
    ///
    /// let truth = BetaGeoNbdParameters { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
    /// let base = FittedBetaGeoNbd::from_parameters(truth, TimeUnit::Week)?.simulate(&[39.0; 2000], None, 7)?;
    /// let history = base.view()?;
    /// let model = BetaGeoNbd::builder().build()?.fit(&history)?;
    /// let year = Horizon::years(1.0)?;
    /// let total = model.intervals(Level::new(0.95)?, |model| {
    ///     Ok(vec![model.expected_purchases(&history, year)?.iter().sum()])
    /// })?;
    /// assert!(total[0].low < total[0].high);
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

    /// The model with every parameter and coefficient moved, in logarithms or as it is.
    fn moved(&self, steps: &[f64]) -> Result<Self, LifetimeError> {
        let mut values = self.parameters.values();
        let mut coefficients = self.coefficients.clone();
        let (of_values, of_coefficients) = steps.split_at(values.len());
        values.iter_mut().zip(of_values).for_each(|(value, step)| *value *= step.exp());
        coefficients.iter_mut().zip(of_coefficients).for_each(|(coefficient, step)| coefficient.value += step);
        Self::with_coefficients(P::from_values(&values, self.parameters.k()), coefficients, self.unit)
    }

    /// The model of customers with the given covariates, for questions about new customers.
    ///
    /// # Errors
    /// [`LifetimeError::NoCovariate`] if one that the model knows is missing; [`LifetimeError::Invalid`] if the effects
    /// overflow.
    pub fn individual(&self, covariates: &[(&str, f64)]) -> Result<Self, LifetimeError> {
        let value = |coefficient: &Coefficient| {
            let found = covariates.iter().find(|(name, _)| *name == coefficient.covariate);
            found.map(|(_, value)| *value).ok_or_else(|| LifetimeError::NoCovariate {
                model: P::NAME,
                name: coefficient.covariate.clone(),
                covariates: covariates.iter().map(|(name, _)| (*name).to_owned()).collect(),
            })
        };
        let z: Vec<f64> = self.coefficients.iter().map(value).collect::<Result<_, _>>()?;
        let own = individual(&self.parameters, &self.coefficients, &z);
        self.check_individual(&own, &z, None)?;
        Self::from_parameters(own, self.unit)
    }

    /// The parameters of every profile in a history, with the rows that have it. One profile with no rows named stands
    /// for all.
    pub(super) fn profiles(&self, history: &HistoryView<'_>) -> Result<Vec<(P, Vec<usize>)>, LifetimeError> {
        let columns = columns(P::NAME, history, &self.coefficients)?;
        let of = |profile: super::covariates::Profile| {
            let own = individual(&self.parameters, &self.coefficients, &profile.z);
            self.check_individual(&own, &profile.z, Some(profile.rows[0]))?;
            Ok((own, profile.rows))
        };
        profiles(&columns).into_iter().map(of).collect()
    }

    /// Requires the parameters of a customer with covariates `z` to be parameters.
    fn check_individual(&self, own: &P, z: &[f64], row: Option<usize>) -> Result<(), LifetimeError> {
        if own.values().iter().all(|value| value.is_normal()) {
            return Ok(());
        }
        let named: Vec<String> =
            self.coefficients.iter().zip(z).map(|(c, z)| format!("{} = {z:e}", c.covariate)).collect();
        let place = row.map_or_else(String::new, |row| format!(" in row {row}"));
        let rule = "must be near those the model was fitted to: the customer's parameters overflow";
        Err(Invalid::value("covariates", rule, format!("{}{place}", named.join(", "))).into())
    }

    /// Columns of a history by what each profile's parameters say of its rows.
    fn columns(
        &self,
        history: &HistoryView<'_>,
        of: impl Fn(&P, &HistoryView<'_>) -> Result<Vec<Vec<f64>>, LifetimeError> + Sync,
    ) -> Result<Vec<Vec<f64>>, LifetimeError> {
        check_unit(self.unit, history)?;
        P::check_history(history)?;
        if self.coefficients.is_empty() || history.is_empty() {
            return of(&self.parameters, history);
        }
        let gather = |(parameters, rows): (P, Vec<usize>)| (parameters, Gathered::new(history, rows));
        let profiles: Vec<(P, Gathered)> = self.profiles(history)?.into_iter().map(gather).collect();
        let parts: Result<Vec<Vec<Vec<f64>>>, LifetimeError> =
            profiles.par_iter().map(|(parameters, rows)| of(parameters, &rows.view(self.unit)?)).collect();
        let mut columns: Vec<Vec<f64>> = Vec::new();
        for ((_, gathered), parts) in profiles.iter().zip(parts?) {
            columns.resize(parts.len(), vec![f64::NAN; history.len()]);
            for (column, part) in columns.iter_mut().zip(parts) {
                for (&row, value) in gathered.rows.iter().zip(part) {
                    column[row] = value;
                }
            }
        }
        Ok(columns)
    }

    /// What is said of a new customer must not silently be said of one whose covariates are all 0.
    fn check_without_covariates(&self) -> Result<(), LifetimeError> {
        if self.coefficients.is_empty() {
            return Ok(());
        }
        let mut covariates: Vec<String> = self.coefficients.iter().map(|c| c.covariate.clone()).collect();
        covariates.sort_unstable();
        covariates.dedup();
        Err(LifetimeError::DependsOnCovariates { model: P::NAME, covariates })
    }

    fn force(&self, rate: DiscountRate) -> Result<f64, LifetimeError> {
        let force = rate.force() / self.unit.per_year();
        let rule = "must be positive: without discount the expected purchases are infinite";
        if force > 0.0 { Ok(force) } else { Err(Invalid::value("discount rate", rule, rate.annual()).into()) }
    }
}

impl<P: Process> Uncertain for Fitted<P> {
    fn directions(&self) -> Result<Vec<Direction<Self>>, LifetimeError> {
        self.certainty()?.directions(|steps| self.moved(steps))
    }
}

impl<P: Process> Scored for Fitted<P> {
    fn scores(&self, history: &HistoryView<'_>, groups: &[u32]) -> Result<Vec<Vec<f64>>, LifetimeError> {
        scores_of(self, history, groups, |model, rows| model.log_likelihood(rows))
    }
}

impl<P: Process> PurchaseModel for Fitted<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn unit(&self) -> TimeUnit {
        self.unit
    }

    fn report(&self) -> &FitReport {
        &self.report
    }

    fn named_parameters(&self) -> Vec<(String, f64)> {
        let values = self.parameters.values().into_iter();
        let parameters = P::PARAMETERS.iter().map(|parameter| parameter.name.to_owned()).zip(values);
        let k = (self.parameters.k() > 1).then(|| ("k".to_owned(), f64::from(self.parameters.k())));
        parameters.chain(self.coefficients.iter().map(|c| (c.label(), c.value))).chain(k).collect()
    }

    fn log_likelihood(&self, history: &HistoryView<'_>) -> Result<f64, LifetimeError> {
        check_unit(self.unit, history)?;
        let problem = Problem::<P>::new(history, self.coefficients.clone(), self.parameters.k())?;
        let value = problem.log_likelihood(&self.parameters, &self.coefficients);
        if value.is_finite() {
            Ok(value)
        } else {
            Err(Invalid::value("log-likelihood", "must be finite at the parameters given", value).into())
        }
    }

    fn p_alive(&self, history: &HistoryView<'_>) -> Result<Vec<f64>, LifetimeError> {
        self.columns(history, |parameters, history| Ok(vec![parameters.p_alive_of_all(history)])).map(first)
    }

    fn p_alive_sql(&self) -> Result<String, LifetimeError> {
        let refused = |why| LifetimeError::NoSql { model: P::NAME, what: "the probability to be alive", why };
        if !self.coefficients.is_empty() {
            return Err(refused("customers have parameters of their own, by their covariates"));
        }
        let known = self.parameters.p_alive_sql()?.ok_or_else(|| refused("it has no closed form"))?;
        let unknown = ["frequency", "recency", "T"].map(|name| format!("{} IS NULL", identifier(name)));
        Ok(format!("CASE WHEN {} THEN NULL ELSE {known} END", unknown.join(" OR ")))
    }

    fn p_alive_schedule(&self, history: &HistoryView<'_>, times: &[f64]) -> Result<Vec<Vec<f64>>, LifetimeError> {
        check_times(times)?;
        self.columns(history, |parameters, history| {
            let table = |states: &[Seen]| {
                let mut rows = parameters.stays_table(states, times)?;
                rows.iter_mut().flatten().for_each(|stays| *stays = f64::min(1.0, *stays));
                Ok(rows)
            };
            let stays = States::new(parameters, history).columns(times.len(), f64::min, table)?;
            Ok(while_alive(parameters, history, stays))
        })
    }

    fn expected_purchases_schedule(
        &self,
        history: &HistoryView<'_>,
        times: &[f64],
    ) -> Result<Vec<Vec<f64>>, LifetimeError> {
        check_times(times)?;
        self.columns(history, |parameters, history| {
            let table = |states: &[Seen]| parameters.purchases_table(states, times);
            let purchases = States::new(parameters, history).columns(times.len(), f64::max, table)?;
            Ok(while_alive(parameters, history, purchases))
        })
    }

    fn probability_of_n_purchases(
        &self,
        history: &HistoryView<'_>,
        n: u64,
        horizon: Horizon,
    ) -> Result<Vec<f64>, LifetimeError> {
        let ahead = horizon.in_units(self.unit);
        self.columns(history, |parameters, history| {
            let probability = |state| parameters.probability_of(state, n as f64, ahead);
            let mut columns =
                while_alive(parameters, history, vec![States::new(parameters, history).column(probability)?]);
            if n == 0 {
                let alive = parameters.p_alive_of_all(history);
                columns[0].iter_mut().zip(alive).for_each(|(p, alive)| *p = f64::min(1.0, *p + (1.0 - alive)));
            }
            Ok(columns)
        })
        .map(first)
    }

    fn dert(&self, history: &HistoryView<'_>, rate: DiscountRate) -> Result<Vec<f64>, LifetimeError> {
        let force = self.force(rate)?;
        self.columns(history, |parameters, history| {
            let discounted = States::new(parameters, history).column(|state| parameters.discounted(state, force))?;
            Ok(while_alive(parameters, history, vec![discounted]))
        })
        .map(first)
    }

    fn expected_purchases_new_customer(&self, horizon: Horizon) -> Result<f64, LifetimeError> {
        self.check_without_covariates()?;
        let purchases = self.parameters.purchases(Seen::NEW, horizon.in_units(self.unit))?;
        Ok(self.parameters.p_alive(Seen::NEW) * purchases)
    }

    fn probability_of_n_purchases_new_customer(&self, n: u64, horizon: Horizon) -> Result<f64, LifetimeError> {
        self.check_without_covariates()?;
        let alive = self.parameters.p_alive(Seen::NEW);
        let probability = self.parameters.probability_of(Seen::NEW, n as f64, horizon.in_units(self.unit))?;
        Ok(if n == 0 { f64::min(1.0, alive * probability + (1.0 - alive)) } else { alive * probability })
    }

    fn dert_new_customer(&self, rate: DiscountRate) -> Result<f64, LifetimeError> {
        self.check_without_covariates()?;
        Ok(self.parameters.p_alive(Seen::NEW) * self.parameters.discounted(Seen::NEW, self.force(rate)?)?)
    }
}

/// Columns of what alive customers do, times the probability to be alive.
fn while_alive<P: Process>(parameters: &P, history: &HistoryView<'_>, columns: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let alive = parameters.p_alive_of_all(history);
    let times_alive = |mut column: Vec<f64>| {
        column.iter_mut().zip(&alive).for_each(|(value, alive)| *value *= alive);
        column
    };
    columns.into_par_iter().map(times_alive).collect()
}

fn first(mut columns: Vec<Vec<f64>>) -> Vec<f64> {
    columns.swap_remove(0)
}
