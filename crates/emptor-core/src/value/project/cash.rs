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

    /// The number of periods after which nothing is left to recover for good: the time at which the cumulative flow
    /// reaches zero for the last time, with each period's flow spread evenly over the time since the period before; `None`
    /// if it ends below zero. Zero if the cumulative flow is never below zero: there is nothing to be paid back.
    ///
    /// A later outlay that takes the cumulative flow below zero again counts; [`first_recovery`](Self::first_recovery) is
    /// the first time.
    ///
    /// ```
    /// use emptor_core::value::project::CashFlows;
    /// use emptor_types::TimeUnit;
    ///
    /// let flows = CashFlows::new(vec![-100.0, 150.0, -100.0, 80.0], TimeUnit::Year)?;
    /// assert_eq!((flows.first_recovery(), flows.payback()), (Some(100.0 / 150.0), Some(2.0 + 50.0 / 80.0)));
    /// let never = CashFlows::new(vec![1.0, -100.0, 50.0], TimeUnit::Year)?;
    /// assert_eq!((never.first_recovery(), never.payback()), (None, None));
    /// # Ok::<(), emptor_types::Invalid>(())
    /// ```
    #[must_use]
    pub fn payback(&self) -> Option<f64> {
        payback(&self.net)
    }

    /// The same of the present values.
    #[must_use]
    pub fn discounted_payback(&self, rate: DiscountRate) -> Option<f64> {
        payback(&self.present_values(rate))
    }

    /// The number of periods until the cumulative flow, once below zero, is first back at zero; `None` if never, zero if it
    /// is never below zero. It is the [`payback`](Self::payback) unless a later outlay undoes it.
    #[must_use]
    pub fn first_recovery(&self) -> Option<f64> {
        recoveries(&self.net).first().copied().unwrap_or(Some(0.0))
    }
}

pub(super) fn payback(flows: &[f64]) -> Option<f64> {
    recoveries(flows).last().copied().unwrap_or(Some(0.0))
}

/// When the cumulative flow is back at zero, for every time that it was below; `None` if it ends below.
fn recoveries(flows: &[f64]) -> Vec<Option<f64>> {
    let (mut before, mut gross, mut owed) = (0.0, 0.0, false);
    let mut times = Vec::new();
    for (t, flow) in flows.iter().enumerate() {
        let after = before + flow;
        gross += flow.abs();
        let owes = after < -ROUNDING * gross;
        if owed && !owes {
            times.push(Some((t - 1) as f64 + (-before / flow).min(1.0)));
        }
        (before, owed) = (after, owes);
    }
    if owed {
        times.push(None);
    }
    times
}
