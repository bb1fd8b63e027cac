//! Money in whole cents.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Neg, Sub};

/// An amount of money in whole cents, so that sums are exact and text has always two decimals.
///
/// ```
/// use emptor_datasets::Cents;
///
/// let net = Cents::new(1_999) - Cents::new(250);
/// assert_eq!(net.to_string(), "17.49");
/// assert_eq!(Cents::new(-5).to_string(), "-0.05");
/// assert!((net.to_f64() - 17.49).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cents(i64);

impl Cents {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// This many cents.
    #[must_use]
    pub const fn new(cents: i64) -> Self {
        Self(cents)
    }

    /// The number of cents.
    #[must_use]
    pub const fn count(self) -> i64 {
        self.0
    }

    /// The amount in the main unit of the currency.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 100.0
    }

    /// The nearest whole number of cents; halves go away from zero.
    pub(crate) fn round(amount: f64) -> Self {
        Self((amount * 100.0).round() as i64)
    }

    /// A share of the amount, to the nearest cent.
    pub(crate) fn share(self, share: f64) -> Self {
        Self((self.0 as f64 * share).round() as i64)
    }

    pub(crate) fn times(self, quantity: i64) -> Self {
        Self(self.0 * quantity)
    }
}

impl Add for Cents {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Cents {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Cents {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Cents {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        Self(amounts.map(|amount| amount.0).sum())
    }
}

impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let size = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", size / 100, size % 100)
    }
}
