//! Why a value could not be computed.

use emptor_lifetime::LifetimeError;
use emptor_types::{Invalid, TimeUnit};
use thiserror::Error;

use super::closed_form::ClosedForm;

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
    /// A sum over an endless life with a growing margin has no value.
    #[error(
        "the endless sum diverges: retention {retention} times 1 + margin growth ({margin_growth}) is not below 1 + \
         discount rate ({growth})"
    )]
    GrowthDiverges {
        /// Retention rate per period.
        retention: f64,
        /// One plus the growth of the margin per period.
        margin_growth: f64,
        /// One plus the discount rate per period.
        growth: f64,
    },
    /// States are visited for ever, and nothing makes their rewards worth less in time.
    #[error(
        "the endless sum diverges: state {state} keeps earning or costing for ever, and the discount rate per period \
         ({rate}) does not bound it"
    )]
    NeverEnds {
        /// A state, counted from 0.
        state: usize,
        /// Discount rate per period.
        rate: f64,
    },
    /// An expected life has no end.
    #[error("customers of state {state} may never be in state {lost}: their expected life is endless")]
    NeverLost {
        /// A state, counted from 0.
        state: usize,
        /// The state that ends a life.
        lost: usize,
    },
    /// An acquisition cost meets a value that leaves out the first margin.
    #[error(
        "an acquisition cost cannot be compared with {convention}: the first margin, which it buys, is left out; use \
         {instead}"
    )]
    NotForAcquisition {
        /// The convention of the value.
        convention: ClosedForm,
        /// The convention to use.
        instead: ClosedForm,
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
