//! Closed forms of an endless relationship with constant margin and retention.

use std::fmt;

use emptor_types::{DiscountRate, Invalid, TimeUnit};
use serde::{Deserialize, Serialize};

use crate::value::{RetentionRate, ValueError};

/// The six textbook conventions for margin `m` per period, retention `r`, discount rate `d` per period, endless life.
///
/// | | payments | closed form | m=100, r=.8, d=.12 |
/// |---|---|---|---|
/// | T1 | t = 1, 2, …, weight r^t | m·r/(1+d−r) | 250 |
/// | T2 | t = 0, 1, 2, …, weight r^t | m·(1+d)/(1+d−r) | 350 |
/// | T3 | end of period, weight r^(t−1) | m/(1+d−r) | 312.5 |
/// | T4 | mid period, weight r^t | T1·√(1+d) | 264.575131 |
/// | T5 | mid period, weight r^(t−1) | T3·√(1+d) | 330.718914 |
/// | T6 | continuous flow, S(t) = r^t | m/ln((1+d)/r) | 297.201341 |
///
/// All are right, for different questions: T1 is the residual value of an existing customer, T2 the most an acquisition
/// may cost. Source: Fader & Hardie (2012), "Reconciling and clarifying CLV formulas"; Berger & Nasr (1998), case 4.
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
    /// Residual value of an existing customer.
    T1,
    /// Value of a customer not yet won, first margin included.
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

impl ClosedForm {
    /// The value of one customer with margin `m` per period.
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
        if !margin.is_finite() {
            return Err(Invalid::value("margin", "must be finite", margin).into());
        }
        let r = retention.per(period);
        let growth = 1.0 + rate.per(period);
        if r < growth {
            let t1 = margin * r / (growth - r);
            let t3 = margin / (growth - r);
            Ok(match self {
                Self::T1 => t1,
                Self::T2 => t3 * growth,
                Self::T3 => t3,
                Self::T4 => t1 * growth.sqrt(),
                Self::T5 => t3 * growth.sqrt(),
                Self::T6 => margin / (growth / r).ln(),
            })
        } else {
            Err(ValueError::Diverges { retention: r, growth })
        }
    }

    /// The question the convention answers.
    #[must_use]
    pub fn purpose(self) -> &'static str {
        match self {
            Self::T1 | Self::T4 => "residual value of an existing customer",
            Self::T2 | Self::T3 | Self::T5 => "value of a customer not yet won",
            Self::T6 => "value of a continuous relationship",
        }
    }
}

impl fmt::Display for ClosedForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}: {}", self.purpose())
    }
}
