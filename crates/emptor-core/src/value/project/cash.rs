//! A series of net cash flows and what it is worth.

use emptor_types::{DiscountRate, ExactSum, Invalid, TimeUnit};
use serde::{Deserialize, Serialize};

use super::irr::Irr;

/// Rounding of a cumulative flow, in units of the money moved: a flow that is back to the last coin is back.
const ROUNDING: f64 = 1e-14;

/// Net cash flows by period, the first of them now.
///
/// ```text
/// NPV = Σ_t  flow_t / (1+r)^t          t = 0 … N;  IRR: the r > −1 with NPV = 0
/// ```
///
/// A flow falls on its point of time: period 0 is now and not discounted, period 1 is one unit of time away. Brealey,
/// Myers & Allen, *Principles of Corporate Finance*, chapter 5.
///
/// ```
/// use emptor_core::value::project::CashFlows;
/// use emptor_types::{DiscountRate, TimeUnit};
///
/// // The example of numpy-financial's `npv`.
/// let flows = CashFlows::new(vec![-40_000.0, 5_000.0, 8_000.0, 12_000.0, 30_000.0], TimeUnit::Year)?;
/// let rate = DiscountRate::annual_effective(0.08)?;
/// assert!((flows.npv(rate) - 3_065.222_67).abs() < 1e-5);
/// assert_eq!(flows.payback(), Some(3.5));
/// assert!(flows.discounted_payback(rate).is_some_and(|t| t > 3.5));
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct CashFlows {
    net: Vec<f64>,
    period: TimeUnit,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    net: Vec<f64>,
    period: TimeUnit,
}

impl TryFrom<Stored> for CashFlows {
    type Error = Invalid;

    fn try_from(stored: Stored) -> Result<Self, Invalid> {
        Self::new(stored.net, stored.period)
    }
}

impl From<CashFlows> for Stored {
    fn from(flows: CashFlows) -> Self {
        Self { net: flows.net, period: flows.period }
    }
}

impl CashFlows {
    /// One net flow per period of length `period`: income positive, outlay negative.
    ///
    /// # Errors
    /// Unless there is at least one flow and each is finite, at most 10¹⁵ in absolute value.
    pub fn new(net: Vec<f64>, period: TimeUnit) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(!net.is_empty(), "cash flows", "must have at least one period", net.len());
        let limit = 1e3 * ExactSum::LIMIT;
        checks.require_each("cash flow", "must be finite and at most 1e15 in absolute value", &net, |_, v| {
            v.abs() <= limit
        });
        checks.finish()?;
        Ok(Self { net, period })
    }

    /// The flows.
    #[must_use]
    pub fn net(&self) -> &[f64] {
        &self.net
    }

    /// The length of a period.
    #[must_use]
    pub fn period(&self) -> TimeUnit {
        self.period
    }

    /// The present value of each flow.
    #[must_use]
    pub fn present_values(&self, rate: DiscountRate) -> Vec<f64> {
        self.net.iter().enumerate().map(|(t, flow)| flow * rate.factor(t as f64, self.period)).collect()
    }

    /// The net present value: the sum of the present values.
    #[must_use]
    pub fn npv(&self, rate: DiscountRate) -> f64 {
        self.present_values(rate).iter().sum()
    }

    /// The internal rate of return, if there is one.
    #[must_use]
    pub fn irr(&self) -> Irr {
        Irr::of(&self.net, self.period)
    }

    /// The number of periods until the cumulative flow first reaches zero, with each period's flow spread evenly over the
    /// time since the period before; `None` if never. Zero if nothing has to be paid back: if the first flow is no outlay.
    /// Periods before the first flow count, but pay nothing back. A later outlay may take the cumulative flow below zero
    /// again; this is still the first time.
    #[must_use]
    pub fn payback(&self) -> Option<f64> {
        payback(&self.net)
    }

    /// The same of the present values.
    #[must_use]
    pub fn discounted_payback(&self, rate: DiscountRate) -> Option<f64> {
        payback(&self.present_values(rate))
    }
}

pub(super) fn payback(flows: &[f64]) -> Option<f64> {
    let (mut before, mut gross) = (0.0, 0.0);
    for (t, flow) in flows.iter().enumerate() {
        let after = before + flow;
        gross += flow.abs();
        // Before the first flow nothing is owed, which pays nothing back: the outlay is still to come.
        if gross > 0.0 && after >= -ROUNDING * gross {
            return Some(if before < 0.0 { (t - 1) as f64 + (-before / flow).min(1.0) } else { 0.0 });
        }
        before = after;
    }
    (gross <= 0.0).then_some(0.0)
}
