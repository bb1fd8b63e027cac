//! How far predicted numbers of purchases are from the actual ones.

use emptor_types::Invalid;
use serde::{Deserialize, Serialize};

use super::holdout::MOST;
use super::weights::Weights;

/// Errors of predicted numbers of purchases, customer by customer and in total.
///
/// ```text
/// mae  = mean |predicted − actual|        rmse = √ mean (predicted − actual)²        bias = mean (predicted − actual)
/// ```
///
/// The RMSE is least for the expected value and is the one to choose models by; the MAE is least for the median, which
/// for most bases is 0, so that a model can win by it that expects too little.
///
/// ```
/// use emptor_lifetime::validation::PredictionErrors;
///
/// let errors = PredictionErrors::measure(&[0.5, 2.5], &[0.0, 4.0], None)?;
/// assert_eq!((errors.mae, errors.bias, errors.total_predicted), (1.0, -0.5, 3.0));
/// assert_eq!(errors.relative_error_of_total, Some(-0.25));
/// assert_eq!(errors.spearman, Some(1.0));
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PredictionErrors {
    /// Mean absolute error of a customer, in purchases.
    pub mae: f64,
    /// Root of the mean squared error of a customer, in purchases.
    pub rmse: f64,
    /// Mean error of a customer, in purchases; above 0 where too much is predicted.
    pub bias: f64,
    /// Purchases of all customers.
    pub total_actual: f64,
    /// Predicted purchases of all customers.
    pub total_predicted: f64,
    /// `total_predicted / total_actual − 1`. `None` if nobody bought.
    pub relative_error_of_total: Option<f64>,
    /// Pearson's correlation of predicted and actual. `None` if either is the same for everybody.
    pub pearson: Option<f64>,
    /// Spearman's correlation, Pearson's of the ranks, ties sharing theirs. `None` as above.
    pub spearman: Option<f64>,
}

impl PredictionErrors {
    /// Compares predictions with what was bought, element by element; `counts` says how many customers each stands for.
    ///
    /// # Errors
    /// [`Invalid`] unless all columns are equally long, there is an element, all predictions and purchases are finite and
    /// below 10¹⁵, and all counts are above 0 and finite.
    pub fn measure(predicted: &[f64], actual: &[f64], counts: Option<&[f64]>) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        let rows = predicted.len();
        checks.require(rows > 0, "predictions", "must have at least one element", rows);
        checks.require(actual.len() == rows, "purchases", "must be as long as predictions", actual.len());
        let given = counts.map_or(rows, <[f64]>::len);
        checks.require(given == rows, "counts", "must be as long as predictions", given);
        for (name, values) in [("predictions", predicted), ("purchases", actual)] {
            checks.require_each(name, "must be finite and below 1e15", values, |_, n| n.abs() < MOST);
        }
        if let Some(counts) = counts {
            checks.require_each("counts", "must be finite and above 0", counts, |_, n| n > 0.0 && n.is_finite());
        }
        checks.finish()?;
        Ok(Self::of(predicted, actual, Weights::new(counts, rows)))
    }

    pub(super) fn of(predicted: &[f64], actual: &[f64], weights: Weights<'_>) -> Self {
        let error = |row: usize| predicted[row] - actual[row];
        let total_actual = weights.sum(|row| actual[row]);
        let total_predicted = weights.sum(|row| predicted[row]);
        Self {
            mae: weights.mean(|row| error(row).abs()),
            rmse: weights.mean(|row| error(row).powi(2)).sqrt(),
            bias: weights.mean(error),
            total_actual,
            total_predicted,
            relative_error_of_total: (total_actual > 0.0).then(|| (total_predicted - total_actual) / total_actual),
            pearson: pearson(predicted, actual, weights),
            spearman: pearson(&weights.midranks(predicted), &weights.midranks(actual), weights),
        }
    }
}

fn pearson(left: &[f64], right: &[f64], weights: Weights<'_>) -> Option<f64> {
    let (left, right) = (standardized(left, weights)?, standardized(right, weights)?);
    Some(weights.mean(|row| left[row] * right[row]).clamp(-1.0, 1.0))
}

/// Deviations from the mean over their root mean square, or `None` for a constant.
fn standardized(values: &[f64], weights: Weights<'_>) -> Option<Vec<f64>> {
    // The mean of equal numbers may be off by rounding, so their deviations cannot tell.
    values.iter().find(|value| (*value - values[0]).abs() > 0.0)?;
    let mean = weights.mean(|row| values[row]);
    let greatest = values.iter().fold(0.0, |greatest, value| f64::max(greatest, (value - mean).abs()));
    let scaled: Vec<f64> = values.iter().map(|value| (value - mean) / greatest).collect();
    let spread = weights.mean(|row| scaled[row].powi(2)).sqrt();
    Some(scaled.iter().map(|value| value / spread).collect())
}
