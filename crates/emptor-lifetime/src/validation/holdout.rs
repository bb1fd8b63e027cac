//! What customers bought after the split.

use emptor_types::{HistoryView, Horizon, Invalid};

use crate::LifetimeError;

/// More purchases than any customer makes; sums of squares of less stay finite.
pub(super) const MOST: f64 = 1e15;

/// Purchases of each customer after the end of their calibration period, over a period as long for everybody.
///
/// ```
/// use emptor_lifetime::validation::Holdout;
/// use emptor_types::Horizon;
///
/// let holdout = Holdout::new(&[1.0, 0.0], Horizon::weeks(39.0)?)?.with_last_period(&[2.0, 0.0])?;
/// assert_eq!(holdout.purchases(), [1.0, 0.0]);
/// assert!(Holdout::new(&[0.5], Horizon::weeks(39.0)?).is_err()); // a number of purchases is whole
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Holdout<'a> {
    purchases: &'a [f64],
    last_period: Option<&'a [f64]>,
    horizon: Horizon,
}

impl<'a> Holdout<'a> {
    /// Checks the purchases, one element per row of the history, and lends them. `horizon` is the length of the period.
    ///
    /// # Errors
    /// [`Invalid`] unless all are whole numbers, at least 0.
    pub fn new(purchases: &'a [f64], horizon: Horizon) -> Result<Self, Invalid> {
        check_numbers("holdout purchases", purchases)?;
        Ok(Self { purchases, last_period: None, horizon })
    }

    /// Adds the repeat purchases of each customer in the last period before the split that is as long as the holdout.
    /// The baseline *last period repeated* needs them.
    ///
    /// # Errors
    /// [`Invalid`] unless there is one whole number, at least 0, per customer.
    pub fn with_last_period(self, last_period: &'a [f64]) -> Result<Self, Invalid> {
        check_length("last period", self.purchases.len(), last_period.len())?;
        check_numbers("last period", last_period)?;
        Ok(Self { last_period: Some(last_period), ..self })
    }

    /// Purchases after the split.
    #[must_use]
    pub fn purchases(&self) -> &'a [f64] {
        self.purchases
    }

    /// Repeat purchases in the last period before the split.
    #[must_use]
    pub fn last_period(&self) -> Option<&'a [f64]> {
        self.last_period
    }

    /// The length of the holdout period.
    #[must_use]
    pub fn horizon(&self) -> Horizon {
        self.horizon
    }

    /// Whether customers of a row buy in the holdout period.
    pub(super) fn is_active(&self, row: usize) -> bool {
        self.purchases[row] > 0.0
    }

    /// Requires one element per row of a history that has customers.
    pub(super) fn check(&self, history: &HistoryView<'_>) -> Result<(), LifetimeError> {
        check_customers(history)?;
        Ok(check_length("holdout purchases", history.len(), self.purchases.len())?)
    }
}

pub(super) fn check_customers(history: &HistoryView<'_>) -> Result<(), Invalid> {
    let mut checks = Invalid::checks();
    checks.require(!history.is_empty(), "history", "must have at least one customer", history.len());
    checks.finish()
}

pub(super) fn check_length(name: &str, rows: usize, length: usize) -> Result<(), Invalid> {
    let mut checks = Invalid::checks();
    checks.require(length == rows, name, "must have one element per row of the history", length);
    checks.finish()
}

fn check_numbers(name: &str, values: &[f64]) -> Result<(), Invalid> {
    let mut checks = Invalid::checks();
    checks.require_each(name, "must be a whole number of purchases, at least 0", values, |_, n| {
        (0.0..MOST).contains(&n) && n.fract() == 0.0
    });
    checks.finish()
}
