//! Everything that can go wrong in this crate.

use emptor_types::{FitReport, Invalid, TimeUnit};
use thiserror::Error;

/// Why a model could not be specified, fitted or asked.
///
/// ```
/// use emptor_lifetime::{BetaGeoNbdParameters, FittedBetaGeoNbd, LifetimeError, PurchaseModel};
/// use emptor_types::{HistoryView, TimeUnit};
///
/// let parameters = BetaGeoNbdParameters { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
/// let model = FittedBetaGeoNbd::from_parameters(parameters, TimeUnit::Week)?;
/// let history = HistoryView::new(&[2.0], &[213.0], &[272.0], None, TimeUnit::Day)?;
/// assert_eq!(
///     model.p_alive(&history),
///     Err(LifetimeError::UnitMismatch { model: TimeUnit::Week, history: TimeUnit::Day })
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum LifetimeError {
    /// A setting, parameter or argument breaks a rule; all broken rules are listed.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is no customer to learn from.
    #[error("{model} cannot be fitted to an empty history: give at least one customer")]
    Empty {
        /// The model asked for.
        model: &'static str,
    },
    /// Nobody bought twice, so neither a rate nor a drop-out can be learned.
    #[error(
        "{model} needs a customer with a repeat purchase, none of the {customers} has one: observe longer, or check \
         that purchases of one customer share one id"
    )]
    NoRepeatPurchases {
        /// The model asked for.
        model: &'static str,
        /// Customers in the history.
        customers: usize,
    },
    /// Nobody was lost, so nothing can be learned about losing customers.
    #[error(
        "{model} needs a customer who was lost at a renewal, none of the {customers} was: observe longer, or check that \
         `last_active` is not the end of observation for all"
    )]
    NoLosses {
        /// The model asked for.
        model: &'static str,
        /// Customers in the history.
        customers: usize,
    },
    /// Nobody ever renewed, so nothing can be learned about keeping customers.
    #[error("{model} needs a customer who renewed, none of the {customers} did")]
    NoRenewals {
        /// The model asked for.
        model: &'static str,
        /// Customers in the history.
        customers: usize,
    },
    /// The expectation asked for is infinite.
    #[error("{what} is infinite under this model ({at}): {why}")]
    Infinite {
        /// What was computed.
        what: &'static str,
        /// The arguments.
        at: String,
        /// When it would be finite.
        why: &'static str,
    },
    /// One of several segments could not be fitted.
    #[error("segment `{label}`: {error}")]
    Segment {
        /// The segment.
        label: String,
        /// What went wrong.
        error: Box<LifetimeError>,
    },
    /// The history has no `monetary_value` column.
    #[error("{model} needs the column `monetary_value`, and the history was made without it")]
    NoMonetaryValue {
        /// The model asked for.
        model: &'static str,
    },
    /// Too few customers have a repeat purchase and a positive mean spend.
    #[error(
        "{model} needs at least {needed} customers with repeat purchases and positive `monetary_value`, found {usable} \
         ({excluded} more were excluded because their value is missing, zero or negative)"
    )]
    TooFewSpenders {
        /// The model asked for.
        model: &'static str,
        /// Customers needed.
        needed: usize,
        /// Customers that can be used.
        usable: usize,
        /// Repeat customers whose `monetary_value` is missing, zero or negative.
        excluded: usize,
    },
    /// The history counts time in another unit than the model.
    #[error("the model was fitted in {model}s and the history is in {history}s: summarize the history in {model}s")]
    UnitMismatch {
        /// The unit of the model.
        model: TimeUnit,
        /// The unit of the history.
        history: TimeUnit,
    },
    /// The optimiser stopped at parameters that must not be used as estimates.
    #[error(
        "{model} did not converge: {report}; reached {}; more data, a small penalty or more iterations may help",
        list(parameters)
    )]
    NotConverged {
        /// The model asked for.
        model: &'static str,
        /// How the best of all starts went.
        report: Box<FitReport>,
        /// Names and values of the parameters reached, in the units of the data.
        parameters: Vec<(String, f64)>,
    },
    /// The history lacks an optional column that the model needs.
    #[error("{model} needs the column `{column}` of the history: {why}")]
    NoColumn {
        /// The model asked for.
        model: &'static str,
        /// The column.
        column: &'static str,
        /// What it is needed for.
        why: &'static str,
    },
    /// The model was asked about covariates that the history does not have.
    #[error("{model} needs the covariate `{name}`; given: {}", available(covariates))]
    NoCovariate {
        /// The model asked for.
        model: &'static str,
        /// The covariate.
        name: String,
        /// The covariates of the history.
        covariates: Vec<String>,
    },
    /// The answer depends on covariates, and none were given.
    #[error(
        "what {model} says of a new customer depends on {}: ask the model that `individual` makes of their values",
        available(covariates)
    )]
    DependsOnCovariates {
        /// The model asked.
        model: &'static str,
        /// The covariates it depends on.
        covariates: Vec<String>,
    },
    /// A covariate has the same value for all customers, so it cannot explain anything.
    #[error("{model} cannot learn from the covariate `{name}`: it is {value} for every customer")]
    ConstantCovariate {
        /// The model asked for.
        model: &'static str,
        /// The covariate.
        name: String,
        /// Its value.
        value: f64,
    },
    /// What the model says cannot be written as an SQL expression.
    #[error("{what} of {model} cannot be written as SQL: {why}")]
    NoSql {
        /// The model asked.
        model: &'static str,
        /// What was to be written.
        what: &'static str,
        /// Why it cannot be.
        why: &'static str,
    },
    /// The model has no curvature to say how certain it is.
    #[error("{model} has no standard errors: {why}")]
    NoCertainty {
        /// The model asked.
        model: &'static str,
        /// Why not.
        why: &'static str,
    },
    /// The spend model has no finite mean for some customers.
    #[error(
        "with p = {p} and q = {q} the mean spend of {customers} customers is infinite: the spend is too heavy-tailed \
         for this model; cap outliers or use a penalty"
    )]
    MeanSpendUndefined {
        /// Shape of spend around a customer's mean.
        p: f64,
        /// Shape of the means.
        q: f64,
        /// Customers concerned.
        customers: usize,
    },
    /// A series needs more terms than allowed. No number is returned instead.
    #[error(
        "the series for {what} needs more than {terms} terms (at {at}); choose a shorter horizon or a higher discount rate, or look for an \
         extreme row"
    )]
    SeriesTooLong {
        /// What was computed.
        what: &'static str,
        /// The arguments.
        at: String,
        /// The limit.
        terms: usize,
    },
    /// A fit has no log-likelihood to compare: its parameters were given.
    #[error("the {fit} fit has no log-likelihood: its parameters were given; fit it to the data of the other")]
    NoLogLikelihood {
        /// Which of the two: `restricted` or `full`.
        fit: &'static str,
    },
    /// Two fits cannot be nested, for the full one has no more parameters than the restricted one.
    #[error(
        "a fit with {restricted} parameters is no restriction of one with {full}: give the one with fewer parameters \
         first"
    )]
    NotNested {
        /// Parameters of the restricted fit.
        restricted: usize,
        /// Parameters of the full fit.
        full: usize,
    },
    /// Two fits were made on different data.
    #[error("the restricted fit saw {restricted} customers and the full one {full}: fit both to the same data")]
    DifferentObservations {
        /// Customers of the restricted fit.
        restricted: usize,
        /// Customers of the full fit.
        full: usize,
    },
    /// The full model fits worse than its own restriction, so it has not reached its maximum.
    #[error(
        "the full fit has log-likelihood {full}, below the {restricted} of its restriction: it has not converged, or \
         the models are not nested, or one was penalised"
    )]
    FullBelowRestricted {
        /// Log-likelihood of the restricted fit.
        restricted: f64,
        /// Log-likelihood of the full fit.
        full: f64,
    },
}

fn list(parameters: &[(String, f64)]) -> String {
    parameters.iter().map(|(name, value)| format!("{name} = {value:.6e}")).collect::<Vec<_>>().join(", ")
}

fn available(covariates: &[String]) -> String {
    if covariates.is_empty() { "none".to_owned() } else { format!("`{}`", covariates.join("`, `")) }
}
