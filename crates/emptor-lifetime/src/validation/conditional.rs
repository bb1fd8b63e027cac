//! Predictions by what customers did before the split.

use emptor_types::{HistoryView, Invalid};
use serde::{Deserialize, Serialize};

use super::accuracy::expected;
use super::calibration_fit::{cell, check_last};
use super::holdout::Holdout;
use super::weights::Weights;
use crate::{LifetimeError, PurchaseModel};

/// Actual and expected purchases of the holdout period, by groups of customers: who is it that a model misjudges?
///
/// Customers of the groups sum to all, and so do purchases. Means are `None` where there is no customer.
///
/// ```
/// use emptor_lifetime::validation::{ConditionalExpectation, Holdout};
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
/// let table = ConditionalExpectation::by_frequency(&model, &calibration.view()?, &holdout, 7)?;
/// assert_eq!((table.from[7], table.to[7]), (7.0, None)); // 7 or more
/// let never = table.expected_mean[0].zip(table.actual_mean[0]);
/// assert!(never.is_some_and(|(expected, actual)| (expected - actual).abs() < 0.1));
///
/// let table = ConditionalExpectation::by_recency(&model, &calibration.view()?, &holdout, Horizon::weeks(13.0)?)?;
/// assert_eq!((table.from[3], table.to[3]), (26.0, Some(39.0)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConditionalExpectation {
    /// Where the group begins: its frequency, or a recency that is itself left to the group before.
    pub from: Vec<f64>,
    /// Where it ends, inclusive. `None` if it does not.
    pub to: Vec<Option<f64>>,
    /// Customers.
    pub customers: Vec<f64>,
    /// Their purchases in the holdout period.
    pub actual: Vec<f64>,
    /// Their expected purchases.
    pub expected: Vec<f64>,
    /// Purchases per customer.
    pub actual_mean: Vec<Option<f64>>,
    /// Expected purchases per customer.
    pub expected_mean: Vec<Option<f64>>,
}

/// Rounding of a time in another unit, relative.
const ROUNDING: f64 = 8.0 * f64::EPSILON;
/// The greatest number of periods of recency.
const MOST_PERIODS: f64 = 10_000.0;

impl ConditionalExpectation {
    /// By repeat purchases before the split: 0, 1, …, `last − 1`, and `last` or more.
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] unless there is a customer, the holdout has one element per row and `last` lies between
    /// 1 and 10,000; whatever the model returns.
    pub fn by_frequency<M: PurchaseModel + ?Sized>(
        model: &M,
        history: &HistoryView<'_>,
        holdout: &Holdout<'_>,
        last: u64,
    ) -> Result<Self, LifetimeError> {
        check_last(last)?;
        let from: Vec<f64> = (0..=last).map(|x| x as f64).collect();
        let to = from.iter().map(|x| (*x < last as f64).then_some(*x)).collect();
        let group = |row: usize| cell(history.frequency()[row], last);
        Self::grouped(model, history, holdout, (from, to), group)
    }

    /// By recency, the time from first to last purchase before the split, in periods of a length: first those at 0, who
    /// have no repeat purchase, then those in `(0, period]`, `(period, 2 period]` and so on, in the history's unit.
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] unless there is a customer, the holdout has one element per row and there are at most
    /// 10,000 periods; whatever the model returns.
    pub fn by_recency<M: PurchaseModel + ?Sized>(
        model: &M,
        history: &HistoryView<'_>,
        holdout: &Holdout<'_>,
        period: emptor_types::Horizon,
    ) -> Result<Self, LifetimeError> {
        let length = period.in_units(history.unit());
        // A recency of whole periods may come out a little above them, but one above 0 is in a period.
        let place = |recency: f64| (recency / length * (1.0 - ROUNDING)).ceil();
        let periods = history.recency().iter().fold(0.0, |most, recency| f64::max(most, place(*recency)));
        let mut checks = Invalid::checks();
        checks.require(periods <= MOST_PERIODS, "period", "must leave at most 10,000 periods", period);
        checks.finish()?;
        let ends = || (0..=periods as u32).map(|i| f64::from(i) * length);
        let from = std::iter::once(0.0).chain(ends()).take(periods as usize + 1).collect();
        let group = |row: usize| place(history.recency()[row]) as usize;
        Self::grouped(model, history, holdout, (from, ends().map(Some).collect()), group)
    }

    fn grouped<M: PurchaseModel + ?Sized>(
        model: &M,
        history: &HistoryView<'_>,
        holdout: &Holdout<'_>,
        (from, to): (Vec<f64>, Vec<Option<f64>>),
        group: impl Fn(usize) -> usize,
    ) -> Result<Self, LifetimeError> {
        let predicted = expected(model, history, holdout)?;
        let weights = Weights::of(history);
        let (mut customers, mut actual) = (vec![0.0; from.len()], vec![0.0; from.len()]);
        let mut expected = vec![0.0; from.len()];
        for (row, predicted) in predicted.iter().enumerate() {
            let (group, weight) = (group(row), weights.at(row));
            customers[group] += weight;
            actual[group] += weight * holdout.purchases()[row];
            expected[group] += weight * predicted;
        }
        let mean = |totals: &[f64]| totals.iter().zip(&customers).map(|(sum, n)| (*n > 0.0).then(|| sum / n)).collect();
        let (actual_mean, expected_mean) = (mean(&actual), mean(&expected));
        Ok(Self { from, to, customers, actual, expected, actual_mean, expected_mean })
    }
}
