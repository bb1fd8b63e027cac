//! Several models side by side.

use emptor_types::{FitReport, HistoryView};
use serde::{Deserialize, Serialize};

use super::accuracy::Predicted;
use super::activity::ActivityScore;
use super::errors::PredictionErrors;
use super::holdout::{Holdout, check_customers};
use super::weights::Weights;
use crate::{LifetimeError, PurchaseModel};

/// What a model is chosen by.
///
/// ```
/// use emptor_lifetime::validation::Criterion;
/// assert_eq!(serde_json::to_string(&Criterion::HoldoutRmse)?, "\"holdout_rmse\"");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Criterion {
    /// Highest log-likelihood: only between models with equally many parameters.
    LogLikelihood,
    /// Lowest Akaike criterion.
    Aic,
    /// Lowest Bayesian criterion.
    Bic,
    /// Lowest mean absolute error.
    HoldoutMae,
    /// Lowest root mean squared error.
    HoldoutRmse,
    /// Mean error closest to 0, and so the total closest to the actual one.
    HoldoutBias,
    /// Lowest mean negative logarithm of the probability of who buys and who does not.
    HoldoutLogScore,
}

/// Models side by side, one element per model in the order given.
///
/// The log-likelihood is that of the history given, whatever each model was fitted to. Models of whole opportunities
/// have probabilities where others have densities: compare those by the holdout only.
///
/// ```
/// use emptor_lifetime::validation::{Comparison, Criterion};
/// use emptor_lifetime::{BetaGeoNbd, BetaGeoNbdParameters, FittedBetaGeoNbd, ModifiedBetaGeoNbd};
/// use emptor_types::{Fit, TimeUnit};
///
/// let truth = BetaGeoNbdParameters { r: 0.6, alpha: 6.0, a: 0.8, b: 2.4 };
/// let base = FittedBetaGeoNbd::from_parameters(truth, TimeUnit::Week)?.simulate(&[39.0; 5000], None, 1)?;
/// let history = base.view()?;
/// let bg = BetaGeoNbd::builder().build()?.fit(&history)?;
/// let mbg = ModifiedBetaGeoNbd::builder().build()?.fit(&history)?;
/// let models = Comparison::measure(&[("BG/NBD", &bg), ("MBG/NBD", &mbg)], &history, None)?;
/// assert_eq!(models.best_by(Criterion::Bic), Some("BG/NBD"));
/// assert_eq!(models.best_by(Criterion::HoldoutMae), None); // no holdout was given
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Comparison {
    /// Names of the models.
    pub name: Vec<String>,
    /// Log-likelihood of the history.
    pub log_likelihood: Vec<f64>,
    /// Estimated parameters.
    pub parameters: Vec<usize>,
    /// Akaike's criterion, [`FitReport::aic`]. `None` if nothing was estimated.
    pub aic: Vec<Option<f64>>,
    /// The Bayesian criterion, [`FitReport::bic`]. `None` if nothing was estimated.
    pub bic: Vec<Option<f64>>,
    /// Errors in the holdout period. `None` without one.
    pub holdout: Vec<Option<PredictionErrors>>,
    /// Probabilities to buy in the holdout period. `None` without one.
    pub activity: Vec<Option<ActivityScore>>,
}

impl Comparison {
    /// Asks every model about the history and the holdout period.
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] unless there is a customer and the holdout has one element per row; whatever a model
    /// returns, as [`LifetimeError::UnitMismatch`] if it counts time in another unit.
    pub fn measure(
        models: &[(&str, &dyn PurchaseModel)],
        history: &HistoryView<'_>,
        holdout: Option<&Holdout<'_>>,
    ) -> Result<Self, LifetimeError> {
        check_customers(history)?;
        let weights = Weights::of(history);
        let mut table = Self::default();
        for (name, model) in models {
            let log_likelihood = model.log_likelihood(history)?;
            let report = FitReport {
                log_likelihood: Some(log_likelihood),
                observations: history.customers() as usize,
                ..model.report().clone()
            };
            table.name.push((*name).to_owned());
            table.log_likelihood.push(log_likelihood);
            table.parameters.push(report.parameters);
            table.aic.push(report.aic());
            table.bic.push(report.bic());
            let predicted = holdout.map(|holdout| Predicted::new(*model, history, holdout)).transpose()?;
            let both = holdout.zip(predicted.as_ref());
            table.holdout.push(
                both.map(|(holdout, model)| PredictionErrors::of(&model.purchases, holdout.purchases(), weights)),
            );
            table.activity.push(both.map(|(holdout, model)| ActivityScore::of(&model.none, holdout, weights)));
        }
        Ok(table)
    }

    /// The criterion of the model at a place, so that lower is better; `None` if it has none.
    #[must_use]
    pub fn score(&self, criterion: Criterion, place: usize) -> Option<f64> {
        match criterion {
            Criterion::LogLikelihood => self.log_likelihood.get(place).map(|value| -value),
            Criterion::Aic => *self.aic.get(place)?,
            Criterion::Bic => *self.bic.get(place)?,
            Criterion::HoldoutMae => self.holdout.get(place)?.map(|errors| errors.mae),
            Criterion::HoldoutRmse => self.holdout.get(place)?.map(|errors| errors.rmse),
            Criterion::HoldoutBias => self.holdout.get(place)?.map(|errors| errors.bias.abs()),
            Criterion::HoldoutLogScore => self.activity.get(place)?.map(|activity| activity.log_score),
        }
    }

    /// The places of the models that have the criterion, best first; equals in the order given.
    #[must_use]
    pub fn ranked_by(&self, criterion: Criterion) -> Vec<usize> {
        let value = |place: usize| self.score(criterion, place);
        let mut ranked: Vec<(usize, f64)> =
            (0..self.name.len()).filter_map(|place| value(place).map(|value| (place, value))).collect();
        ranked.sort_by(|a, b| a.1.total_cmp(&b.1));
        ranked.into_iter().map(|(place, _)| place).collect()
    }

    /// The name of the best model. `None` if none has the criterion.
    #[must_use]
    pub fn best_by(&self, criterion: Criterion) -> Option<&str> {
        self.ranked_by(criterion).first().map(|&place| self.name[place].as_str())
    }
}
