//! Are the further parameters of a model worth having?

use emptor_types::{FitReport, Invalid};
use serde::{Deserialize, Serialize};

use crate::LifetimeError;
use crate::special::chi_squared_survival;

/// How far below its restriction a full fit may end because both searches stop within a tolerance, relative.
const STOPPED_EARLY: f64 = 1e-8;

/// A likelihood-ratio test of a model against a restriction of it.
///
/// It is made by [`likelihood_ratio_test`], which has an example.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LikelihoodRatio {
    /// `2 (ln L full − ln L restricted)`, at least 0.
    pub statistic: f64,
    /// Parameters that the restriction takes away.
    pub degrees: usize,
    /// The probability of a statistic at least as great if the restriction holds.
    pub p_value: f64,
}

/// Tests a model against a restriction of it: one with fewer covariates, with coefficients that are equal, without
/// correlation.
///
/// ```text
/// 2 (ln L full − ln L restricted)  ~  χ² with as many degrees as the restriction takes parameters away    (Wilks 1938)
/// ```
///
/// Whether the models are nested cannot be seen from reports; it is for the caller to know. Where the restriction lies
/// on the boundary of the full model (a variance of 0), the p-value is too high, for one parameter twice the right one
/// (Self & Liang 1987). Penalised fits are not at their maxima: compare fits without penalty.
///
/// ```
/// use emptor_lifetime::validation::likelihood_ratio_test;
/// use emptor_types::{FitReport, Termination};
///
/// let fit = |log_likelihood, parameters| FitReport {
///     termination: Termination::GradientTolerance,
///     log_likelihood: Some(log_likelihood),
///     parameters,
///     observations: 600,
///     ..FitReport::given()
/// };
/// // A Pareto/NBD with two covariates: one of them acting on drop-out as on purchases, or not.
/// let test = likelihood_ratio_test(&fit(-5_826.534_194, 7), &fit(-5_821.062_709, 8))?;
/// assert_eq!(test.degrees, 1);
/// assert!((test.p_value - 0.000_94).abs() < 1e-5);
/// # Ok::<(), emptor_lifetime::LifetimeError>(())
/// ```
///
/// # Errors
/// [`LifetimeError::NoLogLikelihood`] for given parameters; [`LifetimeError::Invalid`] for a fit that has not converged;
/// [`LifetimeError::NotNested`], [`LifetimeError::DifferentObservations`], or [`LifetimeError::FullBelowRestricted`] if
/// the full fit cannot be at its maximum.
pub fn likelihood_ratio_test(restricted: &FitReport, full: &FitReport) -> Result<LikelihoodRatio, LifetimeError> {
    let (low, high) = (log_likelihood(restricted, "restricted")?, log_likelihood(full, "full")?);
    if restricted.observations != full.observations {
        return Err(LifetimeError::DifferentObservations {
            restricted: restricted.observations,
            full: full.observations,
        });
    }
    let degrees = full.parameters.checked_sub(restricted.parameters).filter(|degrees| *degrees > 0);
    let degrees =
        degrees.ok_or(LifetimeError::NotNested { restricted: restricted.parameters, full: full.parameters })?;
    if low - high > STOPPED_EARLY * f64::max(1.0, low.abs()) {
        return Err(LifetimeError::FullBelowRestricted { restricted: low, full: high });
    }
    let statistic = f64::max(0.0, 2.0 * (high - low));
    Ok(LikelihoodRatio { statistic, degrees, p_value: chi_squared_survival(statistic, degrees as f64) })
}

fn log_likelihood(report: &FitReport, fit: &'static str) -> Result<f64, LifetimeError> {
    let estimated = report.log_likelihood.filter(|_| report.parameters > 0);
    let value = estimated.ok_or(LifetimeError::NoLogLikelihood { fit })?;
    let mut checks = Invalid::checks();
    checks.require(report.termination.is_success(), fit, "must be a fit that has converged", report.termination);
    checks.require(value.is_finite(), fit, "must have a finite log-likelihood", value);
    checks.finish()?;
    Ok(value)
}
