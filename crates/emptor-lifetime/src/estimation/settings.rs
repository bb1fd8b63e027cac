//! The settings that all maximum-likelihood models share.

use emptor_types::{FitReport, Invalid, Termination};
use serde::{Deserialize, Serialize};

use crate::LifetimeError;
use crate::matrix::Matrix;
use crate::optimize::{Limits, Outcome};

/// A parameter beyond a hundred thousand, or below the reciprocal, in the model's internal scale has run away: the
/// likelihood is flat there and any value beyond fits as well.
const RUNAWAY: f64 = 1e5;

/// A looser tolerance would take the start for the end.
const LOOSEST: f64 = 1e-3;
/// Checked settings of a fit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub(crate) struct Settings {
    penalty: f64,
    max_iterations: usize,
    tolerance: f64,
    accept_boundary: bool,
}

/// Unchecked settings, as a builder or a file holds them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stored {
    pub(crate) penalty: f64,
    pub(crate) max_iterations: usize,
    pub(crate) tolerance: f64,
    #[serde(default)]
    pub(crate) accept_boundary: bool,
}

impl Default for Stored {
    fn default() -> Self {
        Self { penalty: 0.0, max_iterations: 500, tolerance: 1e-9, accept_boundary: false }
    }
}

impl TryFrom<Stored> for Settings {
    type Error = Invalid;

    fn try_from(stored: Stored) -> Result<Self, Invalid> {
        let Stored { penalty, max_iterations, tolerance, accept_boundary } = stored;
        let mut checks = Invalid::checks();
        checks.require(penalty >= 0.0 && penalty.is_finite(), "penalty", "must be finite and at least 0", penalty);
        checks.require(max_iterations > 0, "max_iterations", "must be at least 1", max_iterations);
        checks.require(
            tolerance > 0.0 && tolerance <= LOOSEST,
            "tolerance",
            "must be above 0 and at most 0.001",
            tolerance,
        );
        checks.finish()?;
        Ok(Self { penalty, max_iterations, tolerance, accept_boundary })
    }
}

impl From<Settings> for Stored {
    fn from(settings: Settings) -> Self {
        let Settings { penalty, max_iterations, tolerance, accept_boundary } = settings;
        Self { penalty, max_iterations, tolerance, accept_boundary }
    }
}

impl Settings {
    pub(crate) fn limits(&self, observations: f64) -> Limits {
        Limits {
            max_iterations: self.max_iterations,
            gradient_tolerance: self.tolerance,
            bound: RUNAWAY.ln(),
            observations,
        }
    }

    pub(crate) fn penalty(&self) -> f64 {
        self.penalty
    }

    /// Adds `penalty · Σ θ²` to a mean negative log-likelihood, and its derivative by `ln θ` to the gradient.
    pub(crate) fn penalize(&self, parameters: &[f64], value: &mut f64, gradient: &mut [f64]) {
        for (g, theta) in gradient.iter_mut().zip(parameters) {
            *value += self.penalty * theta * theta;
            *g += 2.0 * self.penalty * theta * theta;
        }
    }
}

/// What a fit found, beside the outcome of the optimiser.
#[derive(Debug)]
pub(crate) struct Conclusion {
    pub(crate) model: &'static str,
    /// Names and values of the parameters in the units of the data.
    pub(crate) named: Vec<(String, f64)>,
    pub(crate) log_likelihood: f64,
    pub(crate) observations: f64,
    pub(crate) distinct: usize,
    /// The greatest gradient with which a boundary may be accepted: beyond, the search was thrown out of the range of
    /// estimates rather than running along a ridge, and what it reached says nothing.
    pub(crate) steepest_boundary: f64,
}

/// The report of an accepted outcome, or the error that carries it.
pub(crate) fn conclude(
    settings: &Settings,
    outcome: &Outcome,
    conclusion: Conclusion,
) -> Result<FitReport, LifetimeError> {
    let Conclusion { model, named, log_likelihood, observations, distinct, steepest_boundary } = conclusion;
    let finite = |value: f64| value.is_finite().then_some(value);
    let report = FitReport {
        termination: outcome.termination,
        iterations: outcome.iterations,
        log_likelihood: finite(log_likelihood),
        gradient_norm: finite(outcome.point.gradient_norm()),
        condition_number: outcome.hessian.as_ref().and_then(Matrix::condition_number),
        parameters: outcome.point.at.len(),
        observations: observations as usize,
        distinct,
    };
    let at_boundary = settings.accept_boundary
        && report.termination == Termination::Boundary
        && outcome.point.gradient_norm() <= steepest_boundary;
    if log_likelihood.is_finite() && (report.termination.is_success() || at_boundary) {
        Ok(report)
    } else {
        Err(LifetimeError::NotConverged { model, report: Box::new(report), parameters: named })
    }
}
