//! What one unit of margin is worth in an endless relationship, and how that answers to retention and rate.

use crate::value::{ClosedForm, ValueError};

/// Value per unit of margin and its logarithmic derivatives.
pub(super) struct Multiple {
    pub(super) value: f64,
    /// `∂ln V / ∂ln r`.
    pub(super) retention: f64,
    /// `∂ln V / ∂ln(1+d)`.
    pub(super) money: f64,
}

/// Payment `p = 1, 2, …` is `(1+g)^(p−1)` per unit of margin, weighed and discounted as the convention says:
///
/// ```text
/// T1 … T5   V = r^k · (1+d)^e / (1+d−r(1+g))     k = 1 where the first payment is at risk, e = 0, ½, 1 for cash at the
///           ∂ln V/∂ln r     = k + r(1+g)/(1+d−r(1+g))             end, in the middle, at the start of the period
///           ∂ln V/∂ln(1+d)  = e − (1+d)/(1+d−r(1+g))
/// T6        V = 1/L,  L = ln((1+d)/(r(1+g)))     ∂ln V/∂ln r = 1/L,  ∂ln V/∂ln(1+d) = −1/L
/// ```
pub(super) fn multiple(form: ClosedForm, retention: f64, growth: f64, money: f64) -> Result<Multiple, ValueError> {
    let kept = retention * (1.0 + growth);
    if kept < money {
        let gap = money - kept;
        let of = |at_risk: bool, offset: f64| {
            let first = if at_risk { retention } else { 1.0 };
            Multiple {
                value: first * money.powf(offset) / gap,
                retention: f64::from(u8::from(at_risk)) + kept / gap,
                money: offset - money / gap,
            }
        };
        Ok(match form {
            ClosedForm::T1 => of(true, 0.0),
            ClosedForm::T2 => of(false, 1.0),
            ClosedForm::T3 => of(false, 0.0),
            ClosedForm::T4 => of(true, 0.5),
            ClosedForm::T5 => of(false, 0.5),
            ClosedForm::T6 => {
                let inverse = (money / kept).ln().recip();
                Multiple { value: inverse, retention: inverse, money: -inverse }
            }
        })
    } else {
        Err(ValueError::Diverges { retention: kept, growth: money })
    }
}
