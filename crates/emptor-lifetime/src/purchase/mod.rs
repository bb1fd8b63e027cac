//! Models of repeat buying without a contract: the machinery that all of them share.

mod bootstrap;
mod covariates;
mod fitted;
mod model;
mod options;
mod problem;
mod process;
mod score;
mod search;
mod simulate;
#[cfg(test)]
mod tests;

pub use covariates::{ActsOn, Coefficient};
pub use fitted::Fitted;
pub use model::PurchaseModel;
pub use options::PurchaseOptions;
pub use simulate::SimulatedHistory;

pub(crate) use model::{check_times, check_unit};
pub(crate) use options::{ErlangTiming, TakesCovariates};
pub(crate) use process::{Drawn, Parameter, Process, Seen, Starts};
pub(crate) use score::each;

use emptor_types::{Fit, HistoryView};

use crate::LifetimeError;
use crate::estimation::Spec;

/// The stream of one simulated customer.
pub(crate) type Random = crate::sampling::Variates;

/// The longest history in the scale of the fit, which keeps all parameters within a few powers of ten of 1.
pub(crate) const LONGEST: f64 = 10.0;

impl<P: Process> Fit<HistoryView<'_>> for Spec<P> {
    type Fitted = Fitted<P>;
    type Error = LifetimeError;

    /// Estimates the parameters, and the coefficients of covariates if any were named, by (penalised) maximum
    /// likelihood.
    ///
    /// # Errors
    /// [`LifetimeError::Empty`], [`LifetimeError::NoRepeatPurchases`], [`LifetimeError::NoColumn`],
    /// [`LifetimeError::NoCovariate`], [`LifetimeError::ConstantCovariate`], or [`LifetimeError::NotConverged`] with the
    /// report and the parameters reached, e.g. when all customers are alike and a parameter runs to infinity.
    fn fit(&self, history: &HistoryView<'_>) -> Result<Fitted<P>, LifetimeError> {
        search::fit(self, history)
    }
}
