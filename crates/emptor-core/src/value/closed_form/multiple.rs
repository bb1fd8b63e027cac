//! The margin multiple: how many margins a customer is worth.

use emptor_types::{DiscountRate, Invalid, TimeUnit};

use super::relationship::ROUNDING;
use super::{ClosedForm, ConstantRelationship, MarginGrowth};
use crate::value::{RetentionRate, ValueError};

/// The residual value of a customer in margins, `r/(1+i−r)`, with rates per `period` (Gupta & Lehmann 2003, 2005).
///
/// At usual rates it lies between 1 and 5: a yearly margin of 100 with a retention of 80 % at 12 % is worth 250.
///
/// ```
/// use emptor_core::value::RetentionRate;
/// use emptor_core::value::closed_form::margin_multiple;
/// use emptor_types::{DiscountRate, TimeUnit};
///
/// let retention = RetentionRate::new(0.9, TimeUnit::Year)?;
/// let multiple = margin_multiple(retention, DiscountRate::annual_effective(0.10)?, TimeUnit::Year)?;
/// assert!((multiple - 4.5).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ValueError::Diverges`] unless `r < 1 + i`.
pub fn margin_multiple(retention: RetentionRate, rate: DiscountRate, period: TimeUnit) -> Result<f64, ValueError> {
    ClosedForm::T1.value(1.0, retention, rate, period)
}

/// The margin multiple where the margin grows: `r/(1+i−r(1+g))` with growth from the first renewal, as published, and
/// `r(1+g)/(1+i−r(1+g))` with growth from the initial payment.
///
/// ```
/// use emptor_core::value::RetentionRate;
/// use emptor_core::value::closed_form::{GrowthFrom, MarginGrowth, margin_multiple_with_growth};
/// use emptor_types::{DiscountRate, TimeUnit};
///
/// let retention = RetentionRate::new(0.9, TimeUnit::Year)?;
/// let growth = MarginGrowth::new(0.08, TimeUnit::Year, GrowthFrom::FirstRenewal)?;
/// let rate = DiscountRate::annual_effective(0.12)?;
/// let multiple = margin_multiple_with_growth(retention, rate, growth, TimeUnit::Year)?;
/// assert!((multiple - 6.08).abs() < 0.005);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ValueError::GrowthDiverges`] unless `r(1+g) < 1 + i`.
pub fn margin_multiple_with_growth(
    retention: RetentionRate,
    rate: DiscountRate,
    growth: MarginGrowth,
    period: TimeUnit,
) -> Result<f64, ValueError> {
    let customer = ConstantRelationship::new(1.0, retention, rate, period)?.with_growth(growth);
    Ok(customer.value(ClosedForm::T1)?.amount())
}

/// The retention per `period` at which a customer with this margin per period has this residual value (T1):
/// `r = V(1+d)/(V+m)`.
///
/// It says how much loyalty a spend on loyalty must buy: pass the value before, and the margin after the spend. For an
/// acquisition that costs `A`, pass `A − m` as the value, since T2 = m + T1.
///
/// ```
/// use emptor_core::value::{ClosedForm, RetentionRate};
/// use emptor_core::value::closed_form::break_even_retention;
/// use emptor_types::{DiscountRate, TimeUnit};
///
/// // Net-4-You: a margin of 18.95 a month at 78.8 % retention; how much must 0.20 more for loyalty bring?
/// let rate = DiscountRate::per_period(0.01, TimeUnit::Month)?;
/// let before = RetentionRate::new(0.788, TimeUnit::Month)?;
/// let value = ClosedForm::T1.value(18.95, before, rate, TimeUnit::Month)?;
/// let needed = break_even_retention(value, 18.75, rate, TimeUnit::Month)?;
/// assert!((needed.per(TimeUnit::Month) - 0.789_832).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Unless the margin is finite and positive and the value finite and not negative; if even a retention of 1 would not do,
/// with the retention that it would take.
pub fn break_even_retention(
    value: f64,
    margin: f64,
    rate: DiscountRate,
    period: TimeUnit,
) -> Result<RetentionRate, ValueError> {
    let mut checks = Invalid::checks();
    checks.require(value.is_finite() && value >= 0.0, "value", "must be finite and not negative", value);
    checks.require(margin.is_finite() && margin > 0.0, "margin", "must be finite and positive", margin);
    checks.finish()?;
    let needed = (1.0 + rate.per(period)) / (1.0 + margin / value);
    if needed <= 1.0 + ROUNDING {
        Ok(RetentionRate::new(needed.min(1.0), period)?)
    } else {
        let rule = "must be attainable: at a retention of 1 the margin would still be worth less";
        Err(Invalid::value("value", rule, format!("{value}, which takes a retention of {needed}")).into())
    }
}
