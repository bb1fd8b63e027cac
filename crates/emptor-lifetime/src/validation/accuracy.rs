//! A model against the holdout period and against rules of thumb.

use emptor_types::{HistoryView, Horizon, Invalid};
use serde::{Deserialize, Serialize};

use super::activity::{ActivityScore, share_correct};
use super::baseline::{Prediction, baselines};
use super::errors::PredictionErrors;
use super::hiatus::Hiatus;
use super::holdout::{Holdout, MOST};
use super::ranking::Ranking;
use super::weights::Weights;
use crate::{LifetimeError, PurchaseModel};

/// How well a model predicts the purchases of each customer in the holdout period, and how well rules of thumb do.
///
/// ```
/// use emptor_lifetime::validation::{Hiatus, Holdout, HoldoutAccuracy};
/// use emptor_lifetime::{BetaGeoNbdParameters, FittedBetaGeoNbd};
/// use emptor_types::{HistoryView, Horizon, TimeUnit};
///
/// let cdnow = BetaGeoNbdParameters { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
/// let model = FittedBetaGeoNbd::from_parameters(cdnow, TimeUnit::Week)?;
/// let history = HistoryView::new(&[0.0, 5.0], &[0.0, 38.0], &[38.86, 38.86], None, TimeUnit::Week)?;
/// let holdout = Holdout::new(&[0.0, 3.0], Horizon::weeks(39.0)?)?;
/// let accuracy = HoldoutAccuracy::measure(&model, &history, &holdout, Hiatus::Within(Horizon::weeks(26.0)?))?;
/// assert_eq!(accuracy.model.name, "BG/NBD");
/// assert_eq!(accuracy.model.share_classified_correctly, Some(1.0));
/// assert_eq!(accuracy.hiatus, Some(26.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HoldoutAccuracy {
    /// The length of the holdout period.
    pub horizon: Horizon,
    /// Customers.
    pub customers: f64,
    /// The model.
    pub model: Prediction,
    /// The model's probabilities to buy at all.
    pub activity: ActivityScore,
    /// The rules of thumb.
    pub baselines: Vec<Prediction>,
    /// The silence after which the hiatus heuristic gives a customer up, in the history's unit. `None` if it cannot be
    /// had, and there is no such rule then.
    pub hiatus: Option<f64>,
}

impl HoldoutAccuracy {
    /// Predicts the holdout period from the calibration `history` and compares.
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] unless there is a customer and the holdout has one element per row; whatever the model
    /// returns.
    pub fn measure<M: PurchaseModel + ?Sized>(
        model: &M,
        history: &HistoryView<'_>,
        holdout: &Holdout<'_>,
        hiatus: Hiatus,
    ) -> Result<Self, LifetimeError> {
        let predicted = Predicted::new(model, history, holdout)?;
        let weights = Weights::of(history);
        let likely = |row: usize| predicted.active[row] > 0.5;
        Ok(Self {
            horizon: holdout.horizon(),
            customers: weights.total(),
            model: Prediction {
                name: model.name().to_owned(),
                errors: PredictionErrors::of(&predicted.purchases, holdout.purchases(), weights),
                ranking: Ranking::of(&predicted.active, &predicted.purchases, holdout, weights),
                share_classified_correctly: Some(share_correct(likely, holdout, weights)),
            },
            activity: ActivityScore::of(&predicted.none, holdout, weights),
            baselines: baselines(history, holdout, hiatus),
            hiatus: hiatus.threshold(history),
        })
    }
}

/// What a model says of the holdout period, row by row.
pub(super) struct Predicted {
    pub(super) purchases: Vec<f64>,
    /// The probability of no purchase.
    pub(super) none: Vec<f64>,
    /// The probability of at least one.
    pub(super) active: Vec<f64>,
}

impl Predicted {
    pub(super) fn new<M: PurchaseModel + ?Sized>(
        model: &M,
        history: &HistoryView<'_>,
        holdout: &Holdout<'_>,
    ) -> Result<Self, LifetimeError> {
        let purchases = expected(model, history, holdout)?;
        let none = model.probability_of_no_purchase(history, holdout.horizon())?;
        let active = none.iter().map(|none| 1.0 - none).collect();
        Ok(Self { purchases, none, active })
    }
}

/// Expected purchases of every row over the holdout period.
pub(super) fn expected<M: PurchaseModel + ?Sized>(
    model: &M,
    history: &HistoryView<'_>,
    holdout: &Holdout<'_>,
) -> Result<Vec<f64>, LifetimeError> {
    holdout.check(history)?;
    let purchases = model.expected_purchases(history, holdout.horizon())?;
    let mut checks = Invalid::checks();
    checks.require_each("expected purchases", "must be finite and below 1e15", &purchases, |_, n| n.abs() < MOST);
    checks.finish()?;
    Ok(purchases)
}
