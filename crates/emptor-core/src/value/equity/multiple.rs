//! What one unit of margin is worth in an endless relationship, and how that answers to retention and rate.

use crate::value::closed_form::GrowthFrom;
use crate::value::{ClosedForm, ValueError};

/// What converting a rate from one period to another may add to 1 + the rate: a sum that diverges must not have a value
/// of 10¹⁵ margins because 1.1199999999999999 is below 1.12.
const ROUNDING: f64 = 1e-14;

/// Value per unit of margin and its logarithmic derivatives.
pub(super) struct Multiple {
    pub(super) value: f64,
    /// `∂ln V / ∂ln r`.
    pub(super) retention: f64,
    /// `∂ln V / ∂ln(1+d)`.
    pub(super) money: f64,
}

/// How the margin grows from one payment to the next, by the share `g` per period.
#[derive(Debug, Clone, Copy)]
pub(super) struct Growth {
    pub(super) share: f64,
    pub(super) from: GrowthFrom,
}

/// Whether the endless sum has a value, `r(1+g) < 1+d`.
pub(super) fn converges(kept: f64, money: f64) -> bool {
    kept < money * (1.0 - ROUNDING)
}

/// Payments per unit of margin, weighed and discounted as the convention says:
///
/// ```text
/// D = 1+d−r(1+g);  e = 0, ½, 1 for cash at the end, in the middle, at the start of the period
///
/// T1 T4     V = a·r·(1+d)^e / D             a = 1+g where growth counts from the initial payment, else 1
///           ∂ln V/∂ln r = 1 + r(1+g)/D                 ∂ln V/∂ln(1+d) = e − (1+d)/D
/// T2 T3 T5  V = (1+d)^e / D                 growth from the initial payment
///           ∂ln V/∂ln r = r(1+g)/D                     ∂ln V/∂ln(1+d) = e − (1+d)/D
///           V = (1+d)^(e−1) · (1 + r/D)     growth from the first renewal
///           ∂ln V/∂ln r = S,  S = r(1+d)/D² / (1+r/D)  ∂ln V/∂ln(1+d) = e − 1 − S
/// T6        V = 1/L,  L = ln((1+d)/(r(1+g)))     ∂ln V/∂ln r = 1/L,  ∂ln V/∂ln(1+d) = −1/L
/// ```
pub(super) fn multiple(
    form: ClosedForm,
    retention: f64,
    growth: Option<Growth>,
    money: f64,
) -> Result<Multiple, ValueError> {
    let grown = growth.map_or(1.0, |growth| 1.0 + growth.share);
    let from = growth.map_or(GrowthFrom::Initial, |growth| growth.from);
    let kept = retention * grown;
    if !converges(kept, money) {
        return Err(match growth {
            Some(_) => ValueError::GrowthDiverges { retention, margin_growth: grown, growth: money },
            None => ValueError::Diverges { retention, growth: money },
        });
    }
    let gap = money - kept;
    let at_risk = |offset: f64| {
        let first = if from == GrowthFrom::Initial { kept } else { retention };
        Multiple { value: first * money.powf(offset) / gap, retention: 1.0 + kept / gap, money: offset - money / gap }
    };
    let certain = |offset: f64| match from {
        GrowthFrom::Initial => {
            Multiple { value: money.powf(offset) / gap, retention: kept / gap, money: offset - money / gap }
        }
        GrowthFrom::FirstRenewal => {
            let payments = 1.0 + retention / gap;
            let slope = retention * money / (gap * gap) / payments;
            Multiple { value: money.powf(offset - 1.0) * payments, retention: slope, money: offset - 1.0 - slope }
        }
    };
    Ok(match form {
        ClosedForm::T1 => at_risk(0.0),
        ClosedForm::T2 => certain(1.0),
        ClosedForm::T3 => certain(0.0),
        ClosedForm::T4 => at_risk(0.5),
        ClosedForm::T5 => certain(0.5),
        ClosedForm::T6 => {
            let inverse = (money / kept).ln().recip();
            Multiple { value: inverse, retention: inverse, money: -inverse }
        }
    })
}
