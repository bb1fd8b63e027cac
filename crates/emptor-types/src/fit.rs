//! What it means to fit a model, and how the fit went.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A specification that can be fitted to data: `spec.fit(&data) -> fitted`.
///
/// The specification holds validated settings; the fitted model holds parameters and a [`FitReport`]. Neither holds
/// data.
pub trait Fit<Data: ?Sized> {
    /// The fitted model.
    type Fitted;
    /// Why a fit can fail.
    type Error;

    /// Fits the model.
    ///
    /// # Errors
    /// If the data cannot carry the model or the fit did not converge; see the implementation.
    fn fit(&self, data: &Data) -> Result<Self::Fitted, Self::Error>;
}

/// Why an optimiser stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Termination {
    /// The scaled gradient fell below its tolerance: a stationary point.
    GradientTolerance,
    /// Neither value nor parameters could be improved in working precision, at a gradient that is small but above its
    /// tolerance.
    NoFurtherProgress,
    /// The iteration limit was reached.
    IterationLimit,
    /// No step along the last direction improved the value although the gradient is not small: the function is too
    /// rough for working precision there.
    LineSearchFailed,
    /// Parameters ran off towards a boundary of their range.
    Boundary,
    /// The parameters were given, not estimated.
    Given,
}

impl Termination {
    /// Whether the parameters may be used as estimates.
    #[must_use]
    pub fn is_success(self) -> bool {
        matches!(self, Self::GradientTolerance | Self::NoFurtherProgress | Self::Given)
    }
}

impl fmt::Display for Termination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GradientTolerance => "gradient below tolerance",
            Self::NoFurtherProgress => "no further progress in working precision",
            Self::IterationLimit => "iteration limit reached",
            Self::LineSearchFailed => "line search failed",
            Self::Boundary => "parameters ran to the boundary",
            Self::Given => "parameters given",
        })
    }
}

/// How a maximum-likelihood fit went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FitReport {
    /// Why the optimiser stopped.
    pub termination: Termination,
    /// Iterations of the accepted start.
    pub iterations: usize,
    /// Log-likelihood at the parameters, without penalty. `None` if the parameters were given and never evaluated.
    pub log_likelihood: Option<f64>,
    /// Greatest absolute component of the gradient of the mean negative log-likelihood in log parameters.
    pub gradient_norm: Option<f64>,
    /// Greatest over least eigenvalue of the information in log parameters: how much better the best determined
    /// direction is known than the worst. `None` if there is no maximum.
    #[serde(default)]
    pub condition_number: Option<f64>,
    /// Estimated parameters.
    #[serde(default)]
    pub parameters: usize,
    /// Customers in the data.
    pub observations: usize,
    /// Distinct rows the likelihood was computed on.
    pub distinct: usize,
}

impl FitReport {
    /// The report of a model rebuilt from published parameters.
    #[must_use]
    pub fn given() -> Self {
        Self {
            termination: Termination::Given,
            iterations: 0,
            log_likelihood: None,
            gradient_norm: None,
            condition_number: None,
            parameters: 0,
            observations: 0,
            distinct: 0,
        }
    }

    /// Akaike's information criterion, `2k − 2 ln L` (Akaike 1974): the lower, the better the model is expected to fit
    /// new data. `None` if nothing was estimated.
    ///
    /// ```
    /// use emptor_types::{FitReport, Termination};
    ///
    /// let report = FitReport {
    ///     termination: Termination::GradientTolerance,
    ///     log_likelihood: Some(-9582.4),
    ///     parameters: 4,
    ///     observations: 2357,
    ///     ..FitReport::given()
    /// };
    /// assert_eq!(report.aic(), Some(19_172.8));
    /// assert!(report.bic().is_some_and(|bic| (bic - 19_195.86).abs() < 0.01));
    /// assert_eq!(FitReport::given().aic(), None);
    /// ```
    #[must_use]
    pub fn aic(&self) -> Option<f64> {
        let value = self.log_likelihood.filter(|_| self.parameters > 0)?;
        Some(2.0 * self.parameters as f64 - 2.0 * value)
    }

    /// The Bayesian information criterion, `k ln n − 2 ln L` (Schwarz 1978), with `n` customers. Lower is better; it asks
    /// more of a further parameter than [`aic`](Self::aic). `None` if nothing was estimated.
    #[must_use]
    pub fn bic(&self) -> Option<f64> {
        let value = self.log_likelihood.filter(|_| self.parameters > 0)?;
        Some(self.parameters as f64 * (self.observations as f64).ln() - 2.0 * value)
    }
}

impl fmt::Display for FitReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} after {} iterations", self.termination, self.iterations)?;
        if let Some(value) = self.log_likelihood {
            write!(f, ", log-likelihood {value:.4}")?;
        }
        if let Some(norm) = self.gradient_norm {
            write!(f, ", gradient norm {norm:.1e}")?;
        }
        write!(f, ", {} observations ({} distinct)", self.observations, self.distinct)
    }
}
