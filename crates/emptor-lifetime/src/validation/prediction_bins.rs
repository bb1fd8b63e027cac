//! Customers in bins of what was predicted: is it met on average?

use emptor_types::{HistoryView, Invalid};
use serde::{Deserialize, Serialize};

use super::accuracy::expected;
use super::holdout::Holdout;
use super::weights::{Weights, rising, same};
use crate::{LifetimeError, PurchaseModel};

/// A calibration plot: customers in bins of about equal size by what was predicted of them, with the mean prediction and
/// the mean of what happened.
///
/// Customers with equal predictions stay together, in the bin where the middle of them falls, so there can be fewer bins
/// than asked for. Customers of the bins sum to all.
///
/// ```text
/// calibration error = Σ customers(bin) / customers · |predicted(bin) − actual(bin)|
/// ```
///
/// ```
/// use emptor_lifetime::validation::{Holdout, PredictionBins};
/// use emptor_lifetime::{BetaGeoNbdParameters, FittedBetaGeoNbd};
/// use emptor_types::{Horizon, TimeUnit};
///
/// let truth = BetaGeoNbdParameters { r: 0.6, alpha: 6.0, a: 0.8, b: 2.4 };
/// let model = FittedBetaGeoNbd::from_parameters(truth, TimeUnit::Week)?;
/// let calibration = model.simulate(&[39.0; 5000], None, 1)?;
/// let longer = model.simulate(&[78.0; 5000], None, 1)?;
/// let later: Vec<f64> = longer.frequency.iter().zip(&calibration.frequency).map(|(all, x)| all - x).collect();
/// let holdout = Holdout::new(&later, Horizon::weeks(39.0)?)?;
///
/// let purchases = PredictionBins::of_purchases(&model, &calibration.view()?, &holdout, PredictionBins::DECILES)?;
/// assert!(purchases.predicted.is_sorted());
/// assert_eq!(purchases.customers.iter().sum::<f64>(), 5000.0);
/// let activity = PredictionBins::of_activity(&model, &calibration.view()?, &holdout, PredictionBins::DECILES)?;
/// assert!(activity.calibration_error < 0.03);
/// // Alive is not yet buying: the two differ by those who wait.
/// let alive = PredictionBins::of_p_alive(&model, &calibration.view()?, &holdout, PredictionBins::DECILES)?;
/// assert!(alive.calibration_error > activity.calibration_error);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PredictionBins {
    /// What was predicted: `expected_purchases`, `probability_of_purchase` or `p_alive`.
    pub quantity: String,
    /// The lowest prediction in the bin.
    pub lowest: Vec<f64>,
    /// The highest prediction in the bin.
    pub highest: Vec<f64>,
    /// Customers in the bin.
    pub customers: Vec<f64>,
    /// Their mean prediction.
    pub predicted: Vec<f64>,
    /// Their mean purchases, or the part of them that buys in the holdout period.
    pub actual: Vec<f64>,
    /// The expected calibration error: the mean distance of `predicted` and `actual` over customers.
    pub calibration_error: f64,
}

impl PredictionBins {
    /// The usual number of bins.
    pub const DECILES: usize = 10;

    /// By expected purchases, against purchases.
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] unless there is a customer, the holdout has one element per row and there is at least
    /// one bin; whatever the model returns.
    pub fn of_purchases<M: PurchaseModel + ?Sized>(
        model: &M,
        history: &HistoryView<'_>,
        holdout: &Holdout<'_>,
        bins: usize,
    ) -> Result<Self, LifetimeError> {
        let predicted = expected(model, history, holdout)?;
        Self::of("expected_purchases", &predicted, holdout.purchases(), history, bins)
    }

    /// By the probability to buy at least once, against who did.
    ///
    /// # Errors
    /// As [`of_purchases`](Self::of_purchases).
    pub fn of_activity<M: PurchaseModel + ?Sized>(
        model: &M,
        history: &HistoryView<'_>,
        holdout: &Holdout<'_>,
        bins: usize,
    ) -> Result<Self, LifetimeError> {
        holdout.check(history)?;
        let none = model.probability_of_no_purchase(history, holdout.horizon())?;
        let active: Vec<f64> = none.iter().map(|none| 1.0 - none).collect();
        Self::of("probability_of_purchase", &active, &who_buys(holdout), history, bins)
    }

    /// By the probability to be alive at the split, against who bought afterwards. Customers who are alive need not buy,
    /// so the share stays below the probability even of a perfect model; the longer the holdout, the less.
    ///
    /// # Errors
    /// As [`of_purchases`](Self::of_purchases).
    pub fn of_p_alive<M: PurchaseModel + ?Sized>(
        model: &M,
        history: &HistoryView<'_>,
        holdout: &Holdout<'_>,
        bins: usize,
    ) -> Result<Self, LifetimeError> {
        holdout.check(history)?;
        Self::of("p_alive", &model.p_alive(history)?, &who_buys(holdout), history, bins)
    }

    fn of(
        quantity: &str,
        predicted: &[f64],
        actual: &[f64],
        history: &HistoryView<'_>,
        bins: usize,
    ) -> Result<Self, LifetimeError> {
        let mut checks = Invalid::checks();
        checks.require(bins > 0, "bins", "must be at least 1", bins);
        checks.finish()?;
        let weights = Weights::of(history);
        let all = weights.total();
        let ranks = weights.midranks(predicted);
        let bin = |row: usize| (ranks[row] / all * bins as f64).floor() as usize;
        let order = rising(predicted);
        let mut table = Self {
            quantity: quantity.to_owned(),
            lowest: Vec::new(),
            highest: Vec::new(),
            customers: Vec::new(),
            predicted: Vec::new(),
            actual: Vec::new(),
            calibration_error: 0.0,
        };
        for rows in order.chunk_by(|&a, &b| bin(a) == bin(b) || same(predicted[a], predicted[b])) {
            let (lowest, highest) = (predicted[rows[0]], predicted[rows[rows.len() - 1]]);
            let sum = |of: &dyn Fn(usize) -> f64| rows.iter().map(|&row| weights.at(row) * of(row)).sum::<f64>();
            let customers = sum(&|_| 1.0);
            // A mean of equal numbers may round out of their range.
            let mean = (sum(&|row| predicted[row]) / customers).clamp(lowest, highest);
            let actual = sum(&|row| actual[row]) / customers;
            table.lowest.push(lowest);
            table.highest.push(highest);
            table.customers.push(customers);
            table.predicted.push(mean);
            table.actual.push(actual);
            table.calibration_error += customers / all * (mean - actual).abs();
        }
        Ok(table)
    }
}

fn who_buys(holdout: &Holdout<'_>) -> Vec<f64> {
    (0..holdout.purchases().len()).map(|row| f64::from(u8::from(holdout.is_active(row)))).collect()
}
