//! What a history says of a customer's own probabilities.

use emptor_types::HistoryView;

use super::likelihood::of_customer;
use super::{BetaGeoBetaBinomialParameters, FittedBetaGeoBetaBinomial};
use crate::purchase::{Process, Seen, check_unit, each};
use crate::{LifetimeError, PurchaseModel};

impl FittedBetaGeoBetaBinomial {
    /// The mean of each customer's own probability p to buy at an opportunity while alive, seen their history:
    /// `α/(α+β) · L(α+1, β, γ, δ) / L(α, β, γ, δ)` (Fader, Hardie & Shang 2010).
    ///
    /// ```
    /// use emptor_lifetime::{BetaGeoBetaBinomialParameters, FittedBetaGeoBetaBinomial};
    /// use emptor_types::{HistoryView, TimeUnit};
    ///
    /// let parameters = BetaGeoBetaBinomialParameters { alpha: 1.20, beta: 0.75, gamma: 0.66, delta: 2.78 };
    /// let model = FittedBetaGeoBetaBinomial::from_parameters(parameters, TimeUnit::Year)?;
    /// let history = HistoryView::new(&[0.0, 6.0], &[0.0, 6.0], &[6.0, 6.0], None, TimeUnit::Year)?;
    /// let (buys, leaves) = (model.mean_purchase_probability(&history)?, model.mean_dropout_probability(&history)?);
    /// assert!(buys[0] < 1.20 / 1.95 && buys[1] > 1.20 / 1.95);
    /// assert!(leaves[0] > 0.66 / 3.44 && leaves[1] < 0.66 / 3.44);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::UnitMismatch`]; [`LifetimeError::Invalid`] unless the history counts opportunities.
    pub fn mean_purchase_probability(&self, history: &HistoryView<'_>) -> Result<Vec<f64>, LifetimeError> {
        let &parameters = self.parameters();
        let richer = BetaGeoBetaBinomialParameters { alpha: parameters.alpha + 1.0, ..parameters };
        self.posterior(history, parameters.alpha / (parameters.alpha + parameters.beta), richer)
    }

    /// The mean of each customer's own probability θ to leave before an opportunity, seen their history:
    /// `γ/(γ+δ) · L(α, β, γ+1, δ) / L(α, β, γ, δ)` (Fader, Hardie & Shang 2010).
    ///
    /// # Errors
    /// [`LifetimeError::UnitMismatch`]; [`LifetimeError::Invalid`] unless the history counts opportunities.
    pub fn mean_dropout_probability(&self, history: &HistoryView<'_>) -> Result<Vec<f64>, LifetimeError> {
        let &parameters = self.parameters();
        let richer = BetaGeoBetaBinomialParameters { gamma: parameters.gamma + 1.0, ..parameters };
        self.posterior(history, parameters.gamma / (parameters.gamma + parameters.delta), richer)
    }

    fn posterior(
        &self,
        history: &HistoryView<'_>,
        prior: f64,
        richer: BetaGeoBetaBinomialParameters,
    ) -> Result<Vec<f64>, LifetimeError> {
        check_unit(self.unit(), history)?;
        BetaGeoBetaBinomialParameters::check_history(history)?;
        Ok(each(history, |Seen { x, recency, t }| {
            let ratio = of_customer(&richer, x, recency, t) - of_customer(self.parameters(), x, recency, t);
            f64::min(1.0, prior * ratio.exp())
        }))
    }
}
