//! The textbook conventions of lifetime value with constant margin and retention.

use std::fmt;

use emptor_types::{DiscountRate, TimeUnit};
use serde::{Deserialize, Serialize};

use super::ConstantRelationship;
use crate::value::{RetentionRate, ValueError};

/// The six textbook conventions for margin `m` per period, retention `r`, discount rate `d` per period.
///
/// | | payments | endless life | m=100, r=.8, d=.12 |
/// |---|---|---|---|
/// | T1 | t = 1, 2, …, weight r^t | m·r/(1+d−r) | 250 |
/// | T2 | t = 0, 1, 2, …, weight r^t | m·(1+d)/(1+d−r) | 350 |
/// | T3 | end of period, weight r^(t−1) | m/(1+d−r) | 312.5 |
/// | T4 | mid period, weight r^t | T1·√(1+d) | 264.575131 |
/// | T5 | mid period, weight r^(t−1) | T3·√(1+d) | 330.718914 |
/// | T6 | continuous flow, S(t) = r^t | m/ln((1+d)/r) | 297.201341 |
///
/// All are right, for different questions: T1 is the residual value of an existing customer, T2 the most an acquisition
/// may cost. `T2 = m + T1`, `T3 = T1/r`, `T2 = (1+d)·T3`. For a margin that grows, or a life of so many periods, see
/// [`ConstantRelationship`]. Source: Fader & Hardie (2012), "Reconciling and clarifying CLV formulas"; Berger & Nasr
/// (1998), case 4.
///
/// ```
/// use emptor_core::value::{ClosedForm, RetentionRate};
/// use emptor_types::{DiscountRate, TimeUnit};
///
/// let retention = RetentionRate::new(0.8, TimeUnit::Year)?;
/// let rate = DiscountRate::annual_effective(0.12)?;
/// let residual = ClosedForm::T1.value(100.0, retention, rate, TimeUnit::Year)?;
/// assert!((residual - 250.0).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ClosedForm {
    /// Residual value of an existing customer, cash at the end of the period.
    T1,
    /// Value of a customer not yet won, first margin at once.
    T2,
    /// Not yet won, cash at the end of the year.
    T3,
    /// T1 with cash at mid period.
    T4,
    /// T3 with cash at mid period.
    T5,
    /// A continuous flow.
    T6,
}

/// What a value is wanted for; it decides whether the first margin belongs to it.
///
/// ```
/// use emptor_core::value::closed_form::{ClosedForm, Purpose};
///
/// assert_eq!(ClosedForm::for_purpose(Purpose::Residual), ClosedForm::T1);
/// assert_eq!(ClosedForm::for_purpose(Purpose::AcquisitionCeiling), ClosedForm::T2);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Purpose {
    /// What an existing customer, whose present margin is booked, is still worth.
    Residual,
    /// The most that winning a customer may cost; the first margin is part of what is bought.
    AcquisitionCeiling,
}

impl ClosedForm {
    /// All six.
    pub const ALL: [Self; 6] = [Self::T1, Self::T2, Self::T3, Self::T4, Self::T5, Self::T6];

    /// The usual convention for a purpose: T1 for the residual value, T2 for the acquisition ceiling.
    #[must_use]
    pub fn for_purpose(purpose: Purpose) -> Self {
        match purpose {
            Purpose::Residual => Self::T1,
            Purpose::AcquisitionCeiling => Self::T2,
        }
    }

    /// Whether the convention answers a purpose. T6 answers both: a flow has no first payment to count or to leave out.
    #[must_use]
    pub fn serves(self, purpose: Purpose) -> bool {
        match self {
            Self::T1 | Self::T4 => purpose == Purpose::Residual,
            Self::T2 | Self::T3 | Self::T5 => purpose == Purpose::AcquisitionCeiling,
            Self::T6 => true,
        }
    }

    /// The convention with the same timing that an acquisition cost can be compared with.
    #[must_use]
    pub fn acquisition_twin(self) -> Self {
        match self {
            Self::T1 => Self::T2,
            Self::T4 => Self::T5,
            other => other,
        }
    }

    /// The value of one customer with margin `m` per period, constant and endless:
    /// [`ConstantRelationship::value`] in one line.
    ///
    /// # Errors
    /// Unless the margin is finite and the sum converges (`r < 1 + d`). With `r = 0` the flow of T6 dies at once and is
    /// worth 0.
    pub fn value(
        self,
        margin: f64,
        retention: RetentionRate,
        rate: DiscountRate,
        period: TimeUnit,
    ) -> Result<f64, ValueError> {
        Ok(ConstantRelationship::new(margin, retention, rate, period)?.value(self)?.amount())
    }

    /// The question the convention answers.
    #[must_use]
    pub fn question(self) -> &'static str {
        match self {
            Self::T1 | Self::T4 => "residual value of an existing customer",
            Self::T2 | Self::T3 | Self::T5 => "value of a customer not yet won",
            Self::T6 => "value of a continuous relationship",
        }
    }
}

impl fmt::Display for ClosedForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}: {}", self.question())
    }
}
