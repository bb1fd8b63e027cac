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
    /// Rows of the data.
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
            observations: 0,
            distinct: 0,
        }
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
