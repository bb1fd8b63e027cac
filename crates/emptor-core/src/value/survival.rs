//! The probability that a relationship still lives.

use emptor_types::{Invalid, TimeUnit};
use serde::{Deserialize, Serialize};

use super::error::ValueError;
use super::retention::RetentionRate;

/// Whether the first payment is at risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FirstPayment {
    /// The customer must survive period `t` to pay in it: weight `r^t`. The value of an existing customer whose current
    /// payment is already booked.
    AtRisk,
    /// The first payment is certain: weight `r^(t−1)`. The value of a customer who is just being won.
    Certain,
}

/// Weights of the periods, `s(t)` for `t = 1, 2, …`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Survival {
    /// Every profit counts in full.
    Certain,
    /// A constant retention rate.
    Constant {
        /// The rate.
        retention: RetentionRate,
        /// Whether the first payment is at risk.
        first: FirstPayment,
    },
    /// One curve for all customers, by [`Survival::curve`].
    Curve(SurvivalCurve),
    /// One curve per customer, by [`Survival::panel`].
    Panel(SurvivalPanel),
}

/// The survival of all customers in every period: weights between 0 and 1 that do not rise. Only [`Survival::curve`]
/// makes one, so that every one there is was checked.
#[derive(Debug, Clone, PartialEq)]
pub struct SurvivalCurve(Vec<f64>);

impl SurvivalCurve {
    /// The weights, starting with period 1.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.0
    }
}

/// The survival of every customer in every period: weights between 0 and 1 that do not rise. Only [`Survival::panel`]
/// makes one, so that every one there is was checked.
#[derive(Debug, Clone, PartialEq)]
pub struct SurvivalPanel {
    /// At least 1.
    periods: usize,
    values: Vec<f64>,
}

impl SurvivalPanel {
    /// Periods per customer.
    #[must_use]
    pub fn periods(&self) -> usize {
        self.periods
    }

    /// The weights, row-major: all periods of the first customer, then of the second.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.values
    }

    fn customers(&self) -> usize {
        self.values.len() / self.periods
    }
}

impl Survival {
    /// One curve for all customers, starting with period 1.
    ///
    /// ```
    /// use emptor_core::value::Survival;
    ///
    /// assert!(Survival::curve(vec![0.8, 0.64, 0.512]).is_ok());
    /// assert!(Survival::curve(vec![0.8, 0.9]).is_err(), "nobody comes back to life");
    /// ```
    ///
    /// Weights that were not checked are no survival:
    /// ```compile_fail
    /// # use emptor_core::value::Survival;
    /// let survival = Survival::Curve(vec![7.0, -3.0]);
    /// ```
    ///
    /// # Errors
    /// Unless there is at least one weight, all lie between 0 and 1, and none exceeds the one before.
    pub fn curve(weights: Vec<f64>) -> Result<Self, Invalid> {
        check(&weights, weights.len())?;
        Ok(Self::Curve(SurvivalCurve(weights)))
    }

    /// One curve per customer, row-major: all periods of the first customer, then of the second.
    ///
    /// # Errors
    /// Unless the values make whole rows of `periods`, all lie between 0 and 1, and none exceeds the one before it.
    pub fn panel(periods: usize, values: Vec<f64>) -> Result<Self, Invalid> {
        check(&values, periods)?;
        Ok(Self::Panel(SurvivalPanel { periods, values }))
    }

    pub(super) fn customers(&self) -> Option<usize> {
        match self {
            Self::Panel(panel) => Some(panel.customers()),
            _ => None,
        }
    }

    pub(super) fn covers(&self, needed: usize) -> Result<(), ValueError> {
        match self {
            Self::Curve(SurvivalCurve(weights)) => covers(weights.len(), needed),
            Self::Panel(panel) => covers(panel.periods, needed),
            Self::Certain | Self::Constant { .. } => Ok(()),
        }
    }

    /// The weight of period `t`, periods being `period`s.
    pub(super) fn at(&self, customer: usize, t: usize, period: TimeUnit) -> f64 {
        match self {
            Self::Certain => 1.0,
            Self::Constant { retention, first } => {
                let renewals = match first {
                    FirstPayment::AtRisk => t,
                    FirstPayment::Certain => t - 1,
                };
                retention.per(period).powi(i32::try_from(renewals).unwrap_or(i32::MAX))
            }
            Self::Curve(SurvivalCurve(weights)) => weights[t - 1],
            Self::Panel(panel) => panel.values[customer * panel.periods + t - 1],
        }
    }
}

fn covers(periods: usize, needed: usize) -> Result<(), ValueError> {
    if periods >= needed { Ok(()) } else { Err(ValueError::TooFewPeriods { name: "survival", periods, needed }) }
}

fn check(values: &[f64], periods: usize) -> Result<(), Invalid> {
    let mut checks = Invalid::checks();
    let whole = periods > 0 && values.len().is_multiple_of(periods);
    checks.require(whole, "survival", "must have at least one period for every customer", values.len());
    checks.require_each("survival", "must lie between 0 and 1", values, |_, s| (0.0..=1.0).contains(&s));
    checks.require_each("survival", "must not rise", values, |i, s| {
        periods == 0 || i.is_multiple_of(periods) || s <= values[i - 1] || s.is_nan()
    });
    checks.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survival_of_no_period_or_outside_of_0_and_1_is_refused() {
        assert!(Survival::panel(0, Vec::new()).is_err());
        assert!(Survival::curve(Vec::new()).is_err());
        for weights in [vec![7.0, -3.0], vec![f64::NAN], vec![1.0, f64::NAN], vec![0.5, 0.6]] {
            let periods = weights.len();
            assert!(Survival::curve(weights.clone()).is_err(), "{weights:?}");
            assert!(Survival::panel(periods, weights).is_err());
        }
        assert_eq!(Survival::panel(3, Vec::new()).map(|none| none.customers()), Ok(Some(0)));
    }
}
