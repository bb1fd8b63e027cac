//! The specification of a model: checked settings, no data.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::settings::{Settings, Stored};
use crate::LifetimeError;

/// A kind of model that is estimated by maximum likelihood, named by its parameters.
pub trait Model: Copy + fmt::Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The usual name, e.g. `BG/NBD`.
    const NAME: &'static str;
    /// The name under which an [`Envelope`](emptor_types::Envelope) keeps this kind of model.
    const KIND: &'static str;
    /// What can be chosen beside the settings of the optimiser.
    type Options: Clone + fmt::Debug + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync;

    /// Checks the options.
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] with every rule that is broken.
    fn check(_options: &Self::Options) -> Result<(), LifetimeError> {
        Ok(())
    }
}

/// The specification of a model with parameters `M`: how to estimate it. [`Fit::fit`](emptor_types::Fit::fit) takes it
/// to data.
///
/// Every model has an alias, e.g. [`BetaGeoNbd`](crate::BetaGeoNbd), which tells the model's story.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredSpec<M>", bound = "")]
pub struct Spec<M: Model> {
    pub(crate) settings: Settings,
    pub(crate) options: M::Options,
}

/// The saved form; loading checks it again.
#[derive(Deserialize)]
#[serde(bound = "")]
struct StoredSpec<M: Model> {
    settings: Settings,
    options: M::Options,
}

impl<M: Model> TryFrom<StoredSpec<M>> for Spec<M> {
    type Error = LifetimeError;

    fn try_from(stored: StoredSpec<M>) -> Result<Self, LifetimeError> {
        M::check(&stored.options)?;
        Ok(Self { settings: stored.settings, options: stored.options })
    }
}

/// Settings of a [`Spec`], not yet checked.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct SpecBuilder<M: Model> {
    settings: Stored,
    pub(crate) options: M::Options,
}

impl<M: Model> Spec<M> {
    /// Starts with no penalty, 500 iterations and a gradient tolerance of 1e-9.
    ///
    /// ```
    /// use emptor_lifetime::BetaGeoNbd;
    /// let spec = BetaGeoNbd::builder().penalty(0.001).max_iterations(200).build()?;
    /// let error = BetaGeoNbd::builder().penalty(-1.0).tolerance(f64::NAN).build().unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "penalty must be finite and at least 0 (got -1); tolerance must be above 0 and at most 0.001 (got NaN)"
    /// );
    /// # Ok::<(), emptor_lifetime::LifetimeError>(())
    /// ```
    pub fn builder() -> SpecBuilder<M> {
        SpecBuilder { settings: Stored::default(), options: M::Options::default() }
    }
}

impl<M: Model> SpecBuilder<M> {
    /// The L2 penalty: `penalty · Σ θ²` over the model's positive parameters is added to the *mean* negative
    /// log-likelihood per customer, with time in tenths of the longest history and money in mean spends. This is the
    /// scale of the `penalizer_coef` of the Python package lifetimes. Values of 0.001 to 0.1 tame small data; 0, the
    /// default, is maximum likelihood.
    pub fn penalty(mut self, penalty: f64) -> Self {
        self.settings.penalty = penalty;
        self
    }

    /// Iterations allowed to each start of the optimiser.
    pub fn max_iterations(mut self, max_iterations: usize) -> Self {
        self.settings.max_iterations = max_iterations;
        self
    }

    /// The greatest gradient component, of the mean negative log-likelihood by a log parameter, that counts as zero.
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.settings.tolerance = tolerance;
        self
    }

    /// Returns a fit whose parameters ran to the boundary, with a report that says so, instead of refusing it. The
    /// likelihood is flat there: single parameters mean nothing, but what they say of customers may still serve, e.g.
    /// where nobody ever seems to leave, or in a small base.
    pub fn accept_boundary(mut self, accept: bool) -> Self {
        self.settings.accept_boundary = accept;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] with every rule that is broken.
    pub fn build(self) -> Result<Spec<M>, LifetimeError> {
        let settings = self.settings.try_into()?;
        M::check(&self.options)?;
        Ok(Spec { settings, options: self.options })
    }
}
