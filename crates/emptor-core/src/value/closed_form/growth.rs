//! Margins that grow from renewal to renewal.

use emptor_types::{Invalid, TimeUnit};
use serde::{Deserialize, Serialize};

/// What the first renewal pays when the margin grows at `g`.
///
/// With m=100, r=.8, d=.12, g=.04 the residual value is 277.777778 or 288.888889: two published formulas differ in
/// nothing but this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum GrowthFrom {
    /// The first renewal pays `m`, the second `m(1+g)`: T1 is `m·r/(1+d−r(1+g))` (Gupta & Lehmann 2003).
    FirstRenewal,
    /// The initial payment was `m`, the first renewal pays `m(1+g)`: T1 is `m·r(1+g)/(1+d−r(1+g))`, the same as without
    /// growth at the discount rate `(d−g)/(1+g)`.
    Initial,
}

/// The growth of the margin of a customer who stays; it knows its period. It may be negative.
///
/// ```
/// use emptor_core::value::closed_form::{GrowthFrom, MarginGrowth};
/// use emptor_types::TimeUnit;
///
/// let growth = MarginGrowth::new(0.04, TimeUnit::Year, GrowthFrom::Initial)?;
/// assert!((growth.per(TimeUnit::Month) - (1.04_f64.powf(1.0 / 12.0) - 1.0)).abs() < 1e-15);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MarginGrowth {
    /// Growth of the logarithm in a year.
    force: f64,
    from: GrowthFrom,
}

impl MarginGrowth {
    /// Growth at `rate` per `unit`.
    ///
    /// # Errors
    /// Unless the rate is finite and above −1.
    pub fn new(rate: f64, unit: TimeUnit, from: GrowthFrom) -> Result<Self, Invalid> {
        if rate.is_finite() && rate > -1.0 {
            Ok(Self { force: rate.ln_1p() * unit.per_year(), from })
        } else {
            Err(Invalid::value("margin growth", "must be finite and above -1", rate))
        }
    }

    /// The growth in one `unit`.
    #[must_use]
    pub fn per(self, unit: TimeUnit) -> f64 {
        (self.force / unit.per_year()).exp_m1()
    }

    /// Which payment the growth counts from.
    #[must_use]
    pub fn from(self) -> GrowthFrom {
        self.from
    }
}
