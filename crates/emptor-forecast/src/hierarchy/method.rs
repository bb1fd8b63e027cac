//! How contradictions are settled.

use emptor_types::Fit;
use serde::{Deserialize, Serialize};

use super::operator::Operator;
use super::proportions::{cut, shares_of_history};
use super::weights::{gain, mean_squares, solver};
use super::{HierarchyHistory, Reconciler};
use crate::ForecastError;

/// Which forecasts count, and how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReconciliationMethod {
    /// The bottom forecasts, summed. Unbiased if they are; their noise adds up as well.
    BottomUp,
    /// The forecast of the total, split. Biased even where the base forecasts are not.
    TopDown(Proportions),
    /// The forecasts of a level, split below and summed above it.
    MiddleOut {
        /// The level, see [`Hierarchy::levels`](super::Hierarchy::levels). Bottom series that end above it stand for
        /// themselves.
        level: usize,
        /// How they are split.
        proportions: Proportions,
    },
    /// All forecasts, moved by the least sum of squares.
    Ols,
    /// All forecasts, weighted as if every bottom series had the same independent error: the variance of a node is the
    /// number of bottom series in it.
    WlsStructural,
    /// All forecasts, weighted by the mean squares of their residuals.
    WlsVariance,
    /// All forecasts, weighted by the covariance of their residuals, shrunk to its diagonal (Schäfer & Strimmer 2005): the
    /// least total variance of the coherent forecasts. It asks for residuals of two periods at least, a few dozen to be of
    /// use.
    MinTraceShrink,
}

/// How a total is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Proportions {
    /// The mean of each period's share, over the periods in which the total is not 0 (method A of Gross & Sohl 1990).
    /// ```text
    /// p_j = (1/T) Σ_t y_jt / y_t
    /// ```
    Average,
    /// The share of the whole past (method F of Gross & Sohl 1990).
    /// ```text
    /// p_j = Σ_t y_jt / Σ_t y_t
    /// ```
    OfAverages,
    /// Every forecast's share among its siblings, level by level (Athanasopoulos, Ahmed & Hyndman 2009): it follows where
    /// the parts are going. Needs a tree.
    /// ```text
    /// ỹ_j = ŷ_j + (ỹ_parent − Σ_i ŷ_i) |ŷ_j| / Σ_i |ŷ_i|
    /// ```
    /// Of siblings of one sign that is `ỹ_parent ŷ_j / Σ ŷ`, the paper's; of sales beside returns, whose sum may be next to
    /// nothing, it stays finite.
    Forecast,
}

/// A way to make forecasts coherent, to be fitted to a [`HierarchyHistory`].
///
/// The projections (`Ols`, `WlsStructural`, `WlsVariance`, `MinTraceShrink`) solve
/// ```text
/// ỹ = S (Sᵀ W⁻¹ S)⁻¹ Sᵀ W⁻¹ ŷ  =  ŷ − W Cᵀ (C W Cᵀ)⁻¹ C ŷ           C ŷ = nodes − sums of their bottom forecasts
/// ```
/// (Wickramasuriya, Athanasopoulos & Hyndman 2019, *Journal of the American Statistical Association* 114) by the smaller of the two systems where `W` is diagonal, else
/// by the second. Bottom forecasts are computed and summed, so that coherence is exact but for the rounding of the sums.
/// Coherent forecasts stay as they are: `S G S = S`.
///
/// A node without residuals (constant so far, or hardly there yet) is not certain: it is taken to be as sure as the surest of
/// its level that has some, or of all levels; where no node has any, all are taken as alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reconciliation {
    method: ReconciliationMethod,
    non_negative: bool,
}

impl Reconciliation {
    /// A method as it is.
    #[must_use]
    pub fn new(method: ReconciliationMethod) -> Self {
        Self { method, non_negative: false }
    }

    /// No negative forecasts: bottom forecasts below 0 are set to 0 before they are summed (*set negative to zero*; Di Fonzo
    /// & Girolimetto 2023, *Solar Energy* 251, who compare it with quadratic programming). Nodes above rise by what was cut
    /// off.
    ///
    /// ```
    /// use emptor_forecast::hierarchy::{Hierarchy, HierarchyHistory, Reconciliation, ReconciliationMethod};
    /// use emptor_types::Fit;
    ///
    /// let shops = Hierarchy::nested(&[["a", "b"]])?;
    /// let method = Reconciliation::new(ReconciliationMethod::Ols).non_negative();
    /// let coherent = method.fit(&HierarchyHistory::new(&shops))?.reconcile(&[3.0, 1.0, 8.0])?;
    /// assert!(coherent[1].abs() < 1e-12 && (coherent[2] - 6.0).abs() < 1e-12);
    /// assert_eq!(coherent[0], coherent[1] + coherent[2]);
    /// # Ok::<(), emptor_forecast::ForecastError>(())
    /// ```
    #[must_use]
    pub fn non_negative(mut self) -> Self {
        self.non_negative = true;
        self
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> ReconciliationMethod {
        self.method
    }

    /// Whether negative forecasts are set to 0.
    #[must_use]
    pub fn is_non_negative(&self) -> bool {
        self.non_negative
    }
}

impl Fit<HierarchyHistory<'_>> for Reconciliation {
    type Fitted = Reconciler;
    type Error = ForecastError;

    /// Learns proportions or weights, and factors the system.
    ///
    /// # Errors
    /// [`ForecastError::Invalid`] if the method needs values or residuals that are not there, if there is no such level, or
    /// the system is too large; [`ForecastError::TooShort`] for residuals of one period; [`ForecastError::NotAdmissible`]
    /// for forecast proportions where groups cross.
    fn fit(&self, history: &HierarchyHistory<'_>) -> Result<Reconciler, ForecastError> {
        let hierarchy = history.hierarchy();
        let split = |level, proportions| match proportions {
            Proportions::Forecast if hierarchy.parents().is_none() => Err(ForecastError::NotAdmissible {
                method: "top-down by forecast proportions".into(),
                reason: "groups cross, so that parts have no single whole".into(),
            }),
            Proportions::Forecast => Ok(Operator::ForecastShares { from: cut(hierarchy, level)? }),
            Proportions::Average | Proportions::OfAverages => {
                let from = cut(hierarchy, level)?;
                let shares = shares_of_history(hierarchy, &from, history.values()?, proportions);
                Ok(Operator::Shares { from, shares })
            }
        };
        let operator = match self.method {
            ReconciliationMethod::BottomUp => Operator::BottomUp,
            ReconciliationMethod::TopDown(proportions) => split(0, proportions)?,
            ReconciliationMethod::MiddleOut { level, proportions } => split(level, proportions)?,
            ReconciliationMethod::Ols => solver(hierarchy, vec![1.0; hierarchy.len()])?,
            ReconciliationMethod::WlsStructural => {
                solver(hierarchy, (0..hierarchy.len()).map(|node| hierarchy.members(node).len() as f64).collect())?
            }
            ReconciliationMethod::WlsVariance => solver(hierarchy, mean_squares(hierarchy, history.residuals()?))?,
            ReconciliationMethod::MinTraceShrink => gain(hierarchy, history.residuals()?)?,
        };
        Ok(Reconciler::of(hierarchy.clone(), *self, operator))
    }
}
