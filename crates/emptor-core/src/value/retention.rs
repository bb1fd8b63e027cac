//! Retention rates that know their period, and rates that are none.

use std::fmt;

use emptor_types::{Invalid, TimeUnit};
use serde::{Deserialize, Serialize};

use super::error::ValueError;

/// The share of customers that stay from one period to the next, where leaving is observed (contracts). It knows its
/// period, so that a yearly rate cannot pass for a monthly one.
///
/// A share of customers who happened to buy again is no retention rate: see [`RepeatBuyingRate`].
///
/// ```
/// use emptor_core::value::RetentionRate;
/// use emptor_types::TimeUnit;
///
/// let retention = RetentionRate::new(0.75, TimeUnit::Year)?;
/// assert!((retention.per(TimeUnit::Month) - 0.976_312).abs() < 1e-6);
/// assert!(RetentionRate::new(75.0, TimeUnit::Year).is_err());
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct RetentionRate {
    rate: f64,
    unit: TimeUnit,
}

/// The saved form; loading checks it again.
#[derive(Serialize, Deserialize)]
struct Stored {
    retention: f64,
    per: TimeUnit,
}

impl RetentionRate {
    /// A retention rate per `unit`.
    ///
    /// # Errors
    /// Unless it lies between 0 and 1.
    pub fn new(rate: f64, unit: TimeUnit) -> Result<Self, Invalid> {
        if (0.0..=1.0).contains(&rate) {
            Ok(Self { rate, unit })
        } else {
            Err(Invalid::value("retention rate", "must lie between 0 and 1", rate))
        }
    }

    /// The share of customers that is still there after one `unit`, `r^(1/p)` for `p` units in the rate's own period.
    #[must_use]
    pub fn per(self, unit: TimeUnit) -> f64 {
        if unit == self.unit { self.rate } else { self.rate.powf(self.unit.per_year() / unit.per_year()) }
    }

    /// The share that is lost in one `unit`.
    #[must_use]
    pub fn churn(self, unit: TimeUnit) -> f64 {
        1.0 - self.per(unit)
    }

    /// The period that the rate was given for.
    #[must_use]
    pub fn unit(self) -> TimeUnit {
        self.unit
    }
}

impl fmt::Display for RetentionRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} % a {}", 100.0 * self.rate, self.unit)
    }
}

impl TryFrom<Stored> for RetentionRate {
    type Error = Invalid;

    fn try_from(stored: Stored) -> Result<Self, Invalid> {
        Self::new(stored.retention, stored.per)
    }
}

impl From<RetentionRate> for Stored {
    fn from(rate: RetentionRate) -> Self {
        Self { retention: rate.rate, per: rate.unit }
    }
}

/// The share of the buyers of one period who bought again in the next. Nobody saw the others leave: they may only have
/// waited. It is *not* a retention rate, and every formula that asks for one refuses it: customers who skip a period
/// would count as lost, and come back as new ones (Fader & Hardie 2012; Dwyer 1997, "always a share").
///
/// ```
/// use emptor_core::value::{RepeatBuyingRate, RetentionRate};
/// use emptor_types::TimeUnit;
///
/// let rate = RepeatBuyingRate::new(0.35, TimeUnit::Year)?;
/// let error = RetentionRate::try_from(rate).unwrap_err();
/// assert!(error.to_string().contains("not a retention rate"));
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RepeatBuyingRate {
    rate: f64,
    unit: TimeUnit,
}

impl RepeatBuyingRate {
    /// A repeat-buying rate per `unit`.
    ///
    /// # Errors
    /// Unless it lies between 0 and 1.
    pub fn new(rate: f64, unit: TimeUnit) -> Result<Self, Invalid> {
        RetentionRate::new(rate, unit)
            .map(|_| Self { rate, unit })
            .map_err(|_| Invalid::value("repeat-buying rate", "must lie between 0 and 1", rate))
    }

    /// The rate, per [`unit`](Self::unit).
    #[must_use]
    pub fn get(self) -> f64 {
        self.rate
    }

    /// Its period.
    #[must_use]
    pub fn unit(self) -> TimeUnit {
        self.unit
    }
}

impl TryFrom<RepeatBuyingRate> for RetentionRate {
    type Error = ValueError;

    fn try_from(rate: RepeatBuyingRate) -> Result<Self, ValueError> {
        Err(ValueError::NotRetention { rate: rate.rate, unit: rate.unit })
    }
}
