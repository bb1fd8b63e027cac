//! The parameters of contract models, and what the machinery needs to know of them.

use serde::{Deserialize, Serialize};

use super::residual::{beta_geometric_sum, discounted_sum};
use super::survival::Survival;
use crate::LifetimeError;
use crate::estimation::Model;
use crate::purchase::Starts;

/// A model of renewals: its parameters and its survival function.
pub(crate) trait ContractProcess: Model<Options = ()> {
    /// The names of the parameters in the paper, in the order of [`values`](Self::values).
    const PARAMETERS: &'static [&'static str];

    fn from_values(values: &[f64]) -> Self;

    fn values(&self) -> Vec<f64>;

    fn survival(&self) -> Survival;

    /// Starts in logarithms of the parameters: first the middle of published fits, then loyal customers, customers who
    /// are alike, and customers who are extremes.
    fn starts() -> Starts;

    /// `Σ_{j ≥ 1} S(m+j)/S(m) · e^(−δj)` with `m` renewals made, `None` if infinite.
    fn discounted_sum(&self, renewals: f64, force: f64) -> Result<Option<f64>, LifetimeError> {
        discounted_sum(&self.survival(), renewals, force)
    }
}

/// The parameters of a [`ShiftedBetaGeo`](crate::ShiftedBetaGeo).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ShiftedBetaGeoParameters {
    /// First shape of the probabilities to leave; their mean is `alpha / (alpha + beta)`.
    pub alpha: f64,
    /// Second shape of the probabilities to leave.
    pub beta: f64,
}

/// The parameters of a [`BetaDiscreteWeibull`](crate::BetaDiscreteWeibull).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BetaDiscreteWeibullParameters {
    /// First shape of the probabilities to leave at the first renewal; their mean is `alpha / (alpha + beta)`.
    pub alpha: f64,
    /// Second shape of the probabilities to leave at the first renewal.
    pub beta: f64,
    /// How a customer's own loss changes with tenure: rises above 1, falls below.
    pub c: f64,
}

impl Model for ShiftedBetaGeoParameters {
    const NAME: &'static str = "sBG";
    const KIND: &'static str = "shifted_beta_geo";
    type Options = ();
}

impl Model for BetaDiscreteWeibullParameters {
    const NAME: &'static str = "BdW";
    const KIND: &'static str = "beta_discrete_weibull";
    type Options = ();
}

impl ContractProcess for ShiftedBetaGeoParameters {
    const PARAMETERS: &'static [&'static str] = &["alpha", "beta"];

    fn from_values(values: &[f64]) -> Self {
        Self { alpha: values[0], beta: values[1] }
    }

    fn values(&self) -> Vec<f64> {
        vec![self.alpha, self.beta]
    }

    fn survival(&self) -> Survival {
        Survival { a: self.alpha, b: self.beta, c: 1.0 }
    }

    fn starts() -> Starts {
        Starts { first: vec![-0.3, 0.7], more: vec![vec![0.0, 3.0], vec![2.0, 3.0], vec![-2.0, -2.0], vec![-2.0, 1.0]] }
    }

    fn discounted_sum(&self, renewals: f64, force: f64) -> Result<Option<f64>, LifetimeError> {
        beta_geometric_sum(self.alpha, self.beta + renewals, force)
    }
}

impl ContractProcess for BetaDiscreteWeibullParameters {
    const PARAMETERS: &'static [&'static str] = &["alpha", "beta", "c"];

    fn from_values(values: &[f64]) -> Self {
        Self { alpha: values[0], beta: values[1], c: values[2] }
    }

    fn values(&self) -> Vec<f64> {
        vec![self.alpha, self.beta, self.c]
    }

    fn survival(&self) -> Survival {
        Survival { a: self.alpha, b: self.beta, c: self.c }
    }

    fn starts() -> Starts {
        Starts {
            first: vec![-0.7, 0.2, 0.2],
            more: vec![
                vec![0.0, 3.0, 0.0],
                vec![2.0, 3.0, -0.3],
                vec![-2.0, -2.0, 0.0],
                vec![-1.5, 1.5, 0.8],
                vec![1.0, 6.0, 0.5],
            ],
        }
    }
}
