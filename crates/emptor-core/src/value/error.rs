//! Why a value could not be computed.

use emptor_lifetime::LifetimeError;
use emptor_types::{Invalid, TimeUnit};
use thiserror::Error;

/// Why a value could not be computed.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum ValueError {
    /// Inputs break rules; all of them are listed.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A panel of profits is shorter than the horizon asks for.
    #[error("{name} covers {periods} periods, the horizon needs {needed}")]
    TooFewPeriods {
        /// Which panel.
        name: &'static str,
        /// Periods it covers.
        periods: usize,
        /// Periods needed.
        needed: usize,
    },
    /// A sum over an endless life has no value.
    #[error("the endless sum diverges: retention {retention} is not below 1 + discount rate ({growth})")]
    Diverges {
        /// Retention rate per period.
        retention: f64,
        /// One plus the discount rate per period.
        growth: f64,
    },
    /// A rate of buying again stands where a retention rate is needed.
    #[error(
        "the repeat-buying rate {rate} per {unit} is not a retention rate: nobody saw the other customers leave; use a \
         purchase model, or a cohort's curve"
    )]
    NotRetention {
        /// The rate.
        rate: f64,
        /// Its period.
        unit: TimeUnit,
    },
    /// A purchase or spend model refused.
    #[error(transparent)]
    Model(#[from] LifetimeError),
}
