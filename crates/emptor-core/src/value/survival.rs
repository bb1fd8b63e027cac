//! The probability that a relationship still lives.

use emptor_types::{Invalid, TimeUnit};

use super::error::ValueError;
use super::retention::RetentionRate;

/// Whether the first payment is at risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    /// One curve for all customers.
    Curve(Vec<f64>),
    /// One curve per customer, row-major.
    Panel {
        /// Periods per customer.
        periods: usize,
        /// The weights.
        values: Vec<f64>,
    },
}

impl Survival {
    /// One curve for all customers, starting with period 1.
    ///
    /// # Errors
    /// Unless there is at least one weight, all lie between 0 and 1, and none exceeds the one before.
    pub fn curve(weights: Vec<f64>) -> Result<Self, Invalid> {
        check(&weights, weights.len())?;
        Ok(Self::Curve(weights))
    }

    /// One curve per customer, row-major: all periods of the first customer, then of the second.
    ///
    /// # Errors
    /// Unless the values make whole rows of `periods`, all lie between 0 and 1, and none exceeds the one before it.
    pub fn panel(periods: usize, values: Vec<f64>) -> Result<Self, Invalid> {
        check(&values, periods)?;
        Ok(Self::Panel { periods, values })
    }

    pub(super) fn customers(&self) -> Option<usize> {
        match self {
            Self::Panel { periods, values } => Some(values.len() / periods),
            _ => None,
        }
    }

    pub(super) fn covers(&self, needed: usize) -> Result<(), ValueError> {
        match self {
            Self::Curve(values) if values.len() < needed => {
                Err(ValueError::TooFewPeriods { name: "survival", periods: values.len(), needed })
            }
            Self::Panel { periods, .. } if *periods < needed => {
                Err(ValueError::TooFewPeriods { name: "survival", periods: *periods, needed })
            }
            _ => Ok(()),
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
            Self::Curve(values) => values[t - 1],
            Self::Panel { periods, values } => values[customer * periods + t - 1],
        }
    }
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
