//! Rules of thumb that a model has to beat.

use emptor_types::HistoryView;
use serde::{Deserialize, Serialize};

use super::activity::share_correct;
use super::errors::PredictionErrors;
use super::hiatus::{Hiatus, is_within};
use super::holdout::{Holdout, MOST};
use super::ranking::Ranking;
use super::weights::Weights;

/// A way to predict the holdout period, and how well it did: the model, or a rule of thumb.
///
/// | name | predicts | source |
/// |---|---|---|
/// | the model's | expected purchases; active if `P(at least one purchase) > ½` | |
/// | `past rate continued` | `x / T · horizon` | Wübben & v. Wangenheim 2008, *past mean purchase frequency* |
/// | `hiatus heuristic` | the same for who bought lately, 0 for others | Wübben & v. Wangenheim 2008 |
/// | `last period repeated` | the purchases of the last period as long as the holdout | if those are given |
///
/// ```
/// use emptor_lifetime::validation::{Hiatus, Holdout, HoldoutAccuracy};
/// use emptor_lifetime::{BetaGeoNbdParameters, FittedBetaGeoNbd};
/// use emptor_types::{HistoryView, Horizon, TimeUnit};
///
/// let cdnow = BetaGeoNbdParameters { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
/// let model = FittedBetaGeoNbd::from_parameters(cdnow, TimeUnit::Week)?;
/// let history = HistoryView::new(&[4.0, 2.0], &[10.0, 38.0], &[39.0; 2], None, TimeUnit::Week)?;
/// let holdout = Holdout::new(&[0.0, 3.0], Horizon::weeks(39.0)?)?.with_last_period(&[4.0, 2.0])?;
/// let rules = HoldoutAccuracy::measure(&model, &history, &holdout, Hiatus::Within(Horizon::weeks(26.0)?))?.baselines;
/// let errors: Vec<(&str, f64)> = rules.iter().map(|rule| (rule.name.as_str(), rule.errors.mae)).collect();
/// assert_eq!(errors, [("past rate continued", 2.5), ("hiatus heuristic", 0.5), ("last period repeated", 2.5)]);
/// assert_eq!(rules[1].share_classified_correctly, Some(1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Prediction {
    /// Whose prediction.
    pub name: String,
    /// Its errors.
    pub errors: PredictionErrors,
    /// How well it puts customers in order; by probabilities to buy where there are any.
    pub ranking: Ranking,
    /// The part of customers of whom it rightly says whether they buy in the holdout period. `None` for rules that do
    /// not say.
    pub share_classified_correctly: Option<f64>,
}

impl Prediction {
    fn rule(
        name: &str,
        predicted: &[f64],
        says_active: Option<&dyn Fn(usize) -> bool>,
        holdout: &Holdout<'_>,
        weights: Weights<'_>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            errors: PredictionErrors::of(predicted, holdout.purchases(), weights),
            ranking: Ranking::of(predicted, predicted, holdout, weights),
            share_classified_correctly: says_active.map(|says| share_correct(says, holdout, weights)),
        }
    }
}

/// Every rule that the data allow.
pub(super) fn baselines(history: &HistoryView<'_>, holdout: &Holdout<'_>, hiatus: Hiatus) -> Vec<Prediction> {
    let weights = Weights::of(history);
    let horizon = holdout.horizon().in_units(history.unit());
    // A customer of T = 0 has had no time for a repeat purchase.
    let rate = |(x, t): (&f64, &f64)| if *x > 0.0 { f64::min(x / t * horizon, MOST) } else { 0.0 };
    let past: Vec<f64> = history.frequency().iter().zip(history.t()).map(rate).collect();
    let mut rules = vec![Prediction::rule("past rate continued", &past, None, holdout, weights)];

    if let Some(threshold) = hiatus.threshold(history) {
        let active = |row: usize| is_within(history, row, threshold);
        let kept: Vec<f64> = (0..past.len()).map(|row| if active(row) { past[row] } else { 0.0 }).collect();
        rules.push(Prediction::rule("hiatus heuristic", &kept, Some(&active), holdout, weights));
    }
    if let Some(last) = holdout.last_period() {
        rules.push(Prediction::rule("last period repeated", last, Some(&|row| last[row] > 0.0), holdout, weights));
    }
    rules
}
