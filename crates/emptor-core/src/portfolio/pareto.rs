//! The 80/20 question.

use std::fmt;

use emptor_types::Invalid;
use serde::{Deserialize, Serialize};

use super::whale::WhaleCurve;

/// Rounding of a share times a total, in units of the total: without it three customers with a tenth each would not
/// reach 30 %.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// What a share of the total rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// No customer is below zero: shares lie between 0 and 1 and say what they seem to say.
    NonNegative,
    /// Some customers lose money: the best ones have more than the whole, and shares of the total may exceed 1. The
    /// [`WhaleSummary`](super::WhaleSummary) says by how much.
    WithLosses,
    /// The total is not above zero: there is no share of it. Absolute amounts still answer.
    NoTotal,
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NonNegative => "non_negative",
            Self::WithLosses => "with_losses",
            Self::NoTotal => "no_total",
        })
    }
}

/// What the top share of customers brings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TopShare {
    /// The share of customers, the best first.
    pub share_of_customers: f64,
    /// Their amount together.
    pub amount: f64,
    /// Their share of the total; `None` for [`Basis::NoTotal`].
    pub share_of_total: Option<f64>,
    /// What the share rests on.
    pub basis: Basis,
}

/// How many customers bring a share of the total.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ParetoPoint {
    /// The share of the total asked for.
    pub share_of_total: f64,
    /// The fewest customers that reach it; `None` for [`Basis::NoTotal`].
    pub customers: Option<usize>,
    /// Their share of all customers.
    pub share_of_customers: Option<f64>,
    /// What the share rests on.
    pub basis: Basis,
}

impl WhaleCurve {
    /// What shares of the total rest on.
    #[must_use]
    pub fn basis(&self) -> Basis {
        if self.share_of_total(0.0).is_none() {
            Basis::NoTotal
        } else if self.loses() {
            Basis::WithLosses
        } else {
            Basis::NonNegative
        }
    }

    /// What the best share of customers brings, 0.2 for the top 20 %. Between two customers the curve is a straight line.
    ///
    /// ```
    /// use emptor_core::value::portfolio::WhaleCurve;
    ///
    /// let curve = WhaleCurve::new(&[5.0, 80.0, 5.0, 5.0, 5.0])?;
    /// assert_eq!(curve.top(0.2)?.share_of_total, Some(0.8));
    /// assert_eq!(curve.top(0.1)?.share_of_total, Some(0.4));
    /// # Ok::<(), emptor_types::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// Unless `share_of_customers` lies between 0 and 1.
    pub fn top(&self, share_of_customers: f64) -> Result<TopShare, Invalid> {
        if !(0.0..=1.0).contains(&share_of_customers) {
            return Err(Invalid::value("share of customers", "must lie between 0 and 1", share_of_customers));
        }
        let n = self.customers();
        let position = share_of_customers * n as f64;
        let k = (position as usize).min(n);
        let (low, high) = (self.at(k), self.at((k + 1).min(n)));
        let amount = low + (high - low) * (position - k as f64);
        Ok(TopShare { share_of_customers, amount, share_of_total: self.share_of_total(amount), basis: self.basis() })
    }

    /// The smallest share of customers that brings a share of the total: 0.8 asks for the 80/20 point. With losses among
    /// the customers, it is where the curve first reaches the share on its way up.
    ///
    /// ```
    /// use emptor_core::value::portfolio::WhaleCurve;
    ///
    /// let point = WhaleCurve::new(&[5.0, 80.0, 5.0, 5.0, 5.0])?.reach(0.8)?;
    /// assert_eq!((point.customers, point.share_of_customers), (Some(1), Some(0.2)));
    /// assert_eq!(WhaleCurve::new(&[1.0, -2.0])?.reach(0.8)?.customers, None);
    /// # Ok::<(), emptor_types::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// Unless `share_of_total` is above 0 and at most 1.
    pub fn reach(&self, share_of_total: f64) -> Result<ParetoPoint, Invalid> {
        if !(share_of_total > 0.0 && share_of_total <= 1.0) {
            return Err(Invalid::value("share of total", "must be above 0 and at most 1", share_of_total));
        }
        let basis = self.basis();
        let customers = (basis != Basis::NoTotal).then(|| {
            // The curve rises up to its peak, and the peak is no less than the total.
            let goal = self.total() * (share_of_total - ROUNDING);
            let rising = &self.cumulative()[..self.profitable()];
            (rising.partition_point(|sum| *sum < goal) + 1).min(self.profitable())
        });
        let share_of_customers = customers.map(|k| k as f64 / self.customers() as f64);
        Ok(ParetoPoint { share_of_total, customers, share_of_customers, basis })
    }
}
