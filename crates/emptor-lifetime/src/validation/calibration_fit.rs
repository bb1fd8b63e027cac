//! How many customers buy how often: expected against actual.

use emptor_types::{HistoryView, Horizon, Invalid};
use serde::{Deserialize, Serialize};

use super::chi_squared::GoodnessOfFit;
use super::cohorts::{cohorts, sum};
use super::holdout::check_customers;
use super::weights::Weights;
use crate::{LifetimeError, PurchaseModel};

/// Customers by their number of repeat purchases in the calibration period, actual and expected.
///
/// ```text
/// expected(x) = Σ over customers of P(X(T) = x),        with each customer's own T and covariates
/// ```
///
/// Both columns sum to all customers. A model can have the right mean and still be wrong here, in how many never come
/// back and how many come often (Fader, Hardie & Lee 2005, figure 2).
///
/// ```
/// use emptor_lifetime::validation::CalibrationFit;
/// use emptor_lifetime::{BetaGeoNbdParameters, FittedBetaGeoNbd};
/// use emptor_types::TimeUnit;
///
/// let truth = BetaGeoNbdParameters { r: 0.6, alpha: 6.0, a: 0.8, b: 2.4 };
/// let model = FittedBetaGeoNbd::from_parameters(truth, TimeUnit::Week)?;
/// let base = model.simulate(&[39.0; 2000], None, 1)?;
/// let fit = CalibrationFit::measure(&model, &base.view()?, 7)?;
/// assert_eq!((fit.purchases.len(), fit.purchases[7]), (8, 7)); // 7 or more
/// assert!((fit.expected.iter().sum::<f64>() - 2000.0).abs() < 1e-9);
/// assert!(fit.test.is_some_and(|test| test.p_value > 0.01));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CalibrationFit {
    /// Repeat purchases: 0, 1, 2 and so on; the last element stands for so many *or more*.
    pub purchases: Vec<u64>,
    /// Customers with so many.
    pub actual: Vec<f64>,
    /// Customers expected to have so many.
    pub expected: Vec<f64>,
    /// The chi-squared test. `None` if no degree of freedom is left.
    pub test: Option<GoodnessOfFit>,
}

/// The greatest last element of a table.
const LONGEST_TABLE: u64 = 10_000;

impl CalibrationFit {
    /// Counts customers with 0, 1, …, `last − 1` and with at least `last` repeat purchases. The test takes the
    /// parameters that the model estimated for estimated from this history.
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] unless there is a customer and `last` lies between 1 and 10,000; whatever the model
    /// returns.
    pub fn measure<M: PurchaseModel + ?Sized>(
        model: &M,
        history: &HistoryView<'_>,
        last: u64,
    ) -> Result<Self, LifetimeError> {
        check_customers(history)?;
        check_last(last)?;
        let weights = Weights::of(history);
        let cells = last as usize + 1;
        let mut actual = vec![0.0; cells];
        for (row, x) in history.frequency().iter().enumerate() {
            actual[cell(*x, last)] += weights.at(row);
        }
        let expected = sum(&cohorts(history, history.t()), cells, |cohort| {
            let Ok(horizon) = Horizon::new(cohort.time, history.unit()) else {
                // Who was observed for no time has no repeat purchase.
                return Ok(vec![cohort.customers()]);
            };
            let mut row =
                cohort.total(|new| (0..last).map(|n| model.probability_of_n_purchases(new, n, horizon)).collect())?;
            // Probabilities that sum to a little above 1 by rounding must not leave less than nobody.
            row.push(f64::max(0.0, cohort.customers() - row.iter().sum::<f64>()));
            Ok(row)
        })?;
        let test = GoodnessOfFit::of(&actual, &expected, model.report().parameters);
        Ok(Self { purchases: (0..=last).collect(), actual, expected, test })
    }
}

pub(super) fn check_last(last: u64) -> Result<(), Invalid> {
    let mut checks = Invalid::checks();
    checks.require((1..=LONGEST_TABLE).contains(&last), "last", "must lie between 1 and 10,000", last);
    checks.finish()
}

/// The place of a number of purchases in a table that ends with `last` or more.
pub(super) fn cell(x: f64, last: u64) -> usize {
    f64::min(x, last as f64) as usize
}
