//! A fitted mixture and what it says of rows.

use emptor_types::{Invalid, Termination};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::em::{Mixture, each_tile};
use crate::quality::chunks;
use crate::{ClusterError, Points};

/// The degrees to which rows belong to components.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Responsibilities {
    /// One column per component, one element per row; a row sums to 1.
    pub columns: Vec<Vec<f64>>,
    /// The component each row most likely belongs to; the lowest among equals.
    pub labels: Vec<u16>,
    /// The log density of each row: very low for a row unlike all others.
    pub log_density: Vec<f64>,
}

/// A fitted [`GaussianMixture`](super::GaussianMixture), in standardised units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Model", into = "Model")]
pub struct FittedGaussianMixture {
    model: Model,
}

/// The saved form; loading checks it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Model {
    #[serde(flatten)]
    mixture: Mixture,
    at_floor: Vec<bool>,
    log_likelihood: f64,
    termination: Termination,
    iterations: usize,
    rows: usize,
    total_weight: f64,
}

impl FittedGaussianMixture {
    /// What is fitted is what may be loaded.
    pub(super) fn new(
        mixture: Mixture,
        at_floor: Vec<bool>,
        log_likelihood: f64,
        (termination, iterations): (Termination, usize),
        (rows, total_weight): (usize, f64),
    ) -> Result<Self, Invalid> {
        Self::try_from(Model { mixture, at_floor, log_likelihood, termination, iterations, rows, total_weight })
    }

    /// Share of each component, `π`.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.model.mixture.weights
    }

    /// Mean of each component, one row of coordinates each.
    #[must_use]
    pub fn means(&self) -> &[Vec<f64>] {
        &self.model.mixture.means
    }

    /// Variance of each component along each column.
    #[must_use]
    pub fn variances(&self) -> &[Vec<f64>] {
        &self.model.mixture.variances
    }

    /// Whether each component has collapsed onto the variance floor in some column.
    #[must_use]
    pub fn at_floor(&self) -> &[bool] {
        &self.model.at_floor
    }

    /// Weighted log-likelihood of the rows fitted to.
    #[must_use]
    pub fn log_likelihood(&self) -> f64 {
        self.model.log_likelihood
    }

    /// Why the fit stopped: no further progress, or the iteration limit. Parameters at the limit are those of a valid
    /// mixture, none of whose iterations lost likelihood, but not those of its maximum.
    #[must_use]
    pub fn termination(&self) -> Termination {
        self.model.termination
    }

    /// Iterations made.
    #[must_use]
    pub fn iterations(&self) -> usize {
        self.model.iterations
    }

    /// Rows fitted to.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.model.rows
    }

    /// Free parameters: `k − 1` shares, `k d` means and `k d` variances.
    #[must_use]
    pub fn parameters(&self) -> usize {
        let k = self.weights().len();
        k - 1 + 2 * k * self.means().first().map_or(0, Vec::len)
    }

    /// `2 p − 2 ln L` (Akaike 1974): lower is better.
    #[must_use]
    pub fn aic(&self) -> f64 {
        2.0 * self.parameters() as f64 - 2.0 * self.log_likelihood()
    }

    /// `p ln n − 2 ln L` (Schwarz 1978), with `n` the sum of row weights: lower is better.
    #[must_use]
    pub fn bic(&self) -> f64 {
        self.parameters() as f64 * self.model.total_weight.ln() - 2.0 * self.log_likelihood()
    }

    /// The degrees to which rows belong to components.
    ///
    /// # Errors
    /// [`ClusterError::Dimensions`] if the rows have another number of columns, [`ClusterError::Invalid`] if a standardised
    /// value is not finite.
    pub fn responsibilities(&self, points: &Points<'_>) -> Result<Responsibilities, ClusterError> {
        let mixture = &self.model.mixture;
        let (expected, got) = (mixture.means.first().map_or(0, Vec::len), points.dimensions());
        if expected != got {
            return Err(ClusterError::Dimensions { expected, got });
        }
        let parts: Vec<(Vec<Vec<f64>>, Vec<f64>)> = chunks(points.rows())
            .into_par_iter()
            .map(|rows| {
                let mut columns = vec![Vec::with_capacity(rows.len()); mixture.weights.len()];
                let mut densities = Vec::with_capacity(rows.len());
                each_tile(points, mixture, rows, |_, _, degrees, density| {
                    columns.iter_mut().zip(degrees).for_each(|(column, own)| column.extend_from_slice(own));
                    densities.extend_from_slice(density);
                });
                (columns, densities)
            })
            .collect();
        let mut columns = vec![Vec::with_capacity(points.rows()); mixture.weights.len()];
        let mut log_density = Vec::with_capacity(points.rows());
        for (part, densities) in parts {
            columns.iter_mut().zip(part).for_each(|(column, own)| column.extend(own));
            log_density.extend(densities);
        }
        let mut checks = Invalid::checks();
        checks.require_each("log densities", "must be finite", &log_density, |_, x| x.is_finite());
        checks.finish()?;
        let likeliest = |row: usize| {
            (1..columns.len()).fold(0, |best, g| if columns[g][row] > columns[best][row] { g } else { best }) as u16
        };
        let labels = (0..points.rows()).map(likeliest).collect();
        Ok(Responsibilities { columns, labels, log_density })
    }
}

impl TryFrom<Model> for FittedGaussianMixture {
    type Error = Invalid;

    fn try_from(model: Model) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        let Mixture { weights, means, variances } = &model.mixture;
        let (k, d) = (weights.len(), means.first().map_or(0, Vec::len));
        checks.require((1..=super::MOST_COMPONENTS).contains(&k), "weights", "must be 1 to 256", k);
        checks.require_each("weights", "must be shares", weights, |_, w| (0.0..=1.0).contains(&w));
        let sum: f64 = weights.iter().sum();
        checks.require((sum - 1.0).abs() < 1e-9, "weights", "must sum to 1", sum);
        checks.require(d > 0, "means", "must have at least one column", d);
        for (name, table) in [("means", means), ("variances", variances)] {
            checks.require(table.len() == k, name, "must have one row per component", table.len());
            let even = table.iter().all(|row| row.len() == d);
            checks.require(even, name, "must have rows of equal length", "others");
        }
        for own in means {
            checks.require_each("means", "must be finite, at most 1e150 either way", own, |_, x| x.abs() <= 1e150);
        }
        for own in variances {
            // Beyond, a reciprocal or a square of a difference is no double.
            checks.require_each("variances", "must be 1e-300 to 1e300", own, |_, v| (1e-300..=1e300).contains(&v));
        }
        let flags = model.at_floor.len();
        checks.require(flags == k, "at_floor", "must have one element per component", flags);
        let likelihood = model.log_likelihood;
        checks.require(likelihood.is_finite(), "log_likelihood", "must be finite", likelihood);
        let total = model.total_weight;
        checks.require(total > 0.0 && total.is_finite(), "total_weight", "must be finite and above 0", total);
        checks.finish()?;
        Ok(Self { model })
    }
}

impl From<FittedGaussianMixture> for Model {
    fn from(fitted: FittedGaussianMixture) -> Self {
        fitted.model
    }
}
