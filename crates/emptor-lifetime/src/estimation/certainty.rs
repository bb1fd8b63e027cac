//! How certain estimates are: the inverse of the information at the maximum.

use serde::{Deserialize, Serialize};

use super::uncertain::Direction;
use crate::LifetimeError;
use crate::matrix::Matrix;
use crate::special::normal_quantile;
use emptor_types::{FitReport, Level, Termination};

/// The covariance of estimates, in the coordinates in which they were estimated: logarithms of positive parameters,
/// coefficients of covariates as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Certainty {
    /// Rows of the covariance matrix.
    rows: Vec<Vec<f64>>,
}

/// An estimated parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The parameter's name in the paper; a covariate's coefficient as `purchase.gender`.
    pub name: String,
    /// The estimate.
    pub value: f64,
    /// Its standard error, from the curvature of the log-likelihood at the maximum.
    pub standard_error: f64,
    /// The confidence interval, of the logarithm of a positive parameter (so that it stays positive).
    pub interval: Interval,
}

/// A confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Whether a value lies within.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

impl Certainty {
    /// From the Hessian of a mean over observations; `None` unless it is positive definite.
    pub(crate) fn new(hessian: &Matrix, observations: f64) -> Option<Self> {
        let covariance = hessian.scaled(observations).inverse()?;
        let n = covariance.size();
        Some(Self { rows: (0..n).map(|i| (0..n).map(|j| covariance.at(i, j)).collect()).collect() })
    }

    /// After the coordinates were mapped by the linear map whose rows are given.
    pub(crate) fn mapped(&self, map: &[Vec<f64>]) -> Self {
        let cell = |a: &[f64], b: &[f64]| -> f64 {
            self.rows.iter().zip(a).map(|(row, a)| a * row.iter().zip(b).map(|(c, b)| c * b).sum::<f64>()).sum()
        };
        Self { rows: map.iter().map(|a| map.iter().map(|b| cell(a, b)).collect()).collect() }
    }

    pub(crate) fn size(&self) -> usize {
        self.rows.len()
    }

    /// Whether it is a covariance: loading checks it.
    pub(crate) fn is_valid(&self) -> bool {
        let n = self.size();
        self.rows.iter().all(|row| row.len() == n && row.iter().all(|cell| cell.is_finite()))
            && (0..n).all(|i| self.rows[i][i] > 0.0)
    }

    pub(crate) fn standard_error(&self, place: usize) -> f64 {
        self.rows[place][place].sqrt()
    }

    /// The covariance of two coordinates.
    pub(crate) fn covariance(&self, i: usize, j: usize) -> f64 {
        self.rows[i][j]
    }

    /// Directions that do not depend on each other, one standard deviation long: columns of the Cholesky factor. What
    /// rounding made flat is skipped.
    fn factor(&self) -> Vec<Vec<f64>> {
        let n = self.size();
        let mut columns: Vec<Vec<f64>> = Vec::with_capacity(n);
        for j in 0..n {
            let rest = |i: usize| self.rows[i][j] - columns.iter().map(|column| column[i] * column[j]).sum::<f64>();
            let pivot = rest(j);
            let column = if pivot > 0.0 {
                (0..n).map(|i| if i < j { 0.0 } else { rest(i) / pivot.sqrt() }).collect()
            } else {
                vec![0.0; n]
            };
            columns.push(column);
        }
        columns
    }

    /// The directions of a model, given how to move it by so much in every coordinate.
    pub(crate) fn directions<M>(
        &self,
        moved: impl Fn(&[f64]) -> Result<M, LifetimeError>,
    ) -> Result<Vec<Direction<M>>, LifetimeError> {
        /// Part of a standard deviation by which models are moved.
        const STEP: f64 = 1e-3;
        let by = |column: &[f64], step: f64| moved(&column.iter().map(|part| step * part).collect::<Vec<f64>>());
        let direction =
            |column: Vec<f64>| Ok(Direction { above: by(&column, STEP)?, below: by(&column, -STEP)?, step: STEP });
        self.factor().into_iter().map(direction).collect()
    }

    /// The estimates of named parameters, the first `positive` of which are positive. What follows the coordinates, the
    /// order of Erlang times, was chosen and not estimated.
    pub(crate) fn estimates(&self, named: Vec<(String, f64)>, positive: usize, level: Level) -> Vec<Estimate> {
        let named = named.into_iter().take(self.size()).enumerate();
        named.map(|(place, (name, value))| self.estimate(place, name, value, place < positive, level)).collect()
    }

    /// The covariance of the parameters themselves; those beyond `positive` are coefficients.
    pub(crate) fn natural(&self, positive: &[f64]) -> Vec<Vec<f64>> {
        // d θ / d ln θ = θ
        let mut scale = positive.to_vec();
        scale.resize(self.size(), 1.0);
        let row = |i: usize| (0..scale.len()).map(|j| scale[i] * self.covariance(i, j) * scale[j]).collect();
        (0..scale.len()).map(row).collect()
    }

    /// The estimate of a positive parameter (in logarithms here) or of a coefficient.
    pub(crate) fn estimate(&self, place: usize, name: String, value: f64, positive: bool, level: Level) -> Estimate {
        let error = self.standard_error(place);
        let reach = quantile(level) * error;
        let (standard_error, interval) = if positive {
            (value * error, Interval { low: value * (-reach).exp(), high: value * reach.exp() })
        } else {
            (error, Interval { low: value - reach, high: value + reach })
        };
        Estimate { name, value, standard_error, interval }
    }
}

/// Names the lack of a certainty.
pub(crate) fn certainty_of<'a>(
    certainty: Option<&'a Certainty>,
    model: &'static str,
    report: &FitReport,
) -> Result<&'a Certainty, LifetimeError> {
    certainty.ok_or(LifetimeError::NoCertainty {
        model,
        why: match report.termination {
            Termination::Given => "its parameters were given, not estimated",
            _ => "the log-likelihood has no curvature in some direction at the parameters found",
        },
    })
}

/// How many standard errors either way hold the given part of a normal distribution.
pub(crate) fn quantile(level: Level) -> f64 {
    normal_quantile(0.5 + 0.5 * level.get())
}
