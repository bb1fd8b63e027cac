//! What can be chosen of a purchase model beside the settings of the optimiser.
#![expect(private_bounds, reason = "the traits behind models are not for implementing elsewhere")]

use emptor_types::Invalid;
use serde::{Deserialize, Serialize};

use crate::LifetimeError;
use crate::estimation::{Model, SpecBuilder};

/// Greatest order of Erlang times between purchases: at 100 the times are regular to a tenth.
const HIGHEST_ORDER: u32 = 100;

/// Choices of a purchase model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PurchaseOptions {
    /// Orders of Erlang times between purchases to choose from, least and greatest.
    pub(crate) orders: (u32, u32),
    pub(crate) purchase_covariates: Vec<String>,
    pub(crate) dropout_covariates: Vec<String>,
    /// Covariates with one coefficient for both processes.
    pub(crate) same_coefficient: Vec<String>,
    pub(crate) purchase_penalty: f64,
    pub(crate) dropout_penalty: f64,
}

impl Default for PurchaseOptions {
    fn default() -> Self {
        Self {
            orders: (1, 1),
            purchase_covariates: Vec::new(),
            dropout_covariates: Vec::new(),
            same_coefficient: Vec::new(),
            purchase_penalty: 0.0,
            dropout_penalty: 0.0,
        }
    }
}

impl PurchaseOptions {
    pub(crate) fn check(&self) -> Result<(), LifetimeError> {
        let mut checks = Invalid::checks();
        let (least, most) = self.orders;
        checks.require(
            least >= 1 && least <= most && most <= HIGHEST_ORDER,
            "k",
            "must be at least 1 and at most 100, the least not above the greatest",
            format!("{least} to {most}"),
        );
        for (name, penalty) in [("purchase_penalty", self.purchase_penalty), ("dropout_penalty", self.dropout_penalty)]
        {
            checks.require(penalty >= 0.0 && penalty.is_finite(), name, "must be finite and at least 0", penalty);
        }
        for list in [&self.purchase_covariates, &self.dropout_covariates, &self.same_coefficient] {
            for (i, name) in list.iter().enumerate() {
                checks.require(!list[..i].contains(name), "covariates", "must be named once", name);
            }
        }
        for name in &self.same_coefficient {
            let both = self.purchase_covariates.contains(name) && self.dropout_covariates.contains(name);
            let rule = "must be a covariate of purchases and of drop-out";
            checks.require(both, "same_coefficient", rule, name);
        }
        Ok(checks.finish()?)
    }
}

/// Models that take covariates.
pub(crate) trait TakesCovariates {}

/// Models of regular buyers.
pub(crate) trait ErlangTiming {}

impl<M: Model<Options = PurchaseOptions> + TakesCovariates> SpecBuilder<M> {
    /// Time-invariant covariates of the purchase rate: a customer with covariates `z` has `α = α₀ exp(−γ'z)`, so a
    /// positive coefficient means more purchases (Fader & Hardie 2007, *Incorporating time-invariant covariates into the
    /// Pareto/NBD and BG/NBD models*). The history must carry columns of these names.
    ///
    /// ```
    /// use emptor_lifetime::ModifiedBetaGeoNbd;
    ///
    /// let spec = ModifiedBetaGeoNbd::builder()
    ///     .purchase_covariates(["gender", "channel"])
    ///     .dropout_covariates(["gender"])
    ///     .same_coefficient(["gender"])
    ///     .covariate_penalties(0.01, 0.01)
    ///     .build();
    /// assert!(spec.is_ok());
    /// assert!(ModifiedBetaGeoNbd::builder().same_coefficient(["gender"]).build().is_err());
    /// ```
    pub fn purchase_covariates<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.options.purchase_covariates = names.into_iter().map(Into::into).collect();
        self
    }

    /// Time-invariant covariates of drop-out; the scale parameters of the drop-out process are multiplied by
    /// `exp(∓γ'z)` as the model's documentation says. The history must carry columns of these names.
    pub fn dropout_covariates<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.options.dropout_covariates = names.into_iter().map(Into::into).collect();
        self
    }

    /// Covariates, among those of both processes, that have one coefficient for both.
    pub fn same_coefficient<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.options.same_coefficient = names.into_iter().map(Into::into).collect();
        self
    }

    /// L2 penalties of the coefficients: `purchase · Σ γ² + dropout · Σ γ²`, over the covariates of either process, is
    /// added to the mean negative log-likelihood per customer (the `reg.lambdas` of the R package CLVTools).
    pub fn covariate_penalties(mut self, purchase: f64, dropout: f64) -> Self {
        self.options.purchase_penalty = purchase;
        self.options.dropout_penalty = dropout;
        self
    }
}

impl<M: Model<Options = PurchaseOptions> + ErlangTiming> SpecBuilder<M> {
    /// Times between purchases are Erlang of this order; 1 is exponential, 2 skips every other purchase of a random
    /// buyer, and so on.
    pub fn k(mut self, k: u32) -> Self {
        self.options.orders = (k, k);
        self
    }

    /// Chooses the order by the likelihood among `1..=k`.
    pub fn k_up_to(mut self, k: u32) -> Self {
        self.options.orders = (1, k);
        self
    }
}
