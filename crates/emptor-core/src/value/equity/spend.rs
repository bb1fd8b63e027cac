//! How much to spend on winning customers and on keeping them.

use emptor_types::{DiscountRate, Invalid, TimeUnit};
use serde::{Deserialize, Serialize};

use crate::value::ValueError;

/// How a rate answers to spending per customer: `c (1 − exp(−k·spend))`, with ceiling `c` (Blattberg & Deighton 1996).
///
/// ```
/// use emptor_core::value::equity::ResponseCurve;
///
/// let curve = ResponseCurve::calibrated(6.0, 0.25, 0.45)?;
/// assert!((curve.efficiency() - 0.135_155).abs() < 1e-6);
/// assert!((curve.rate(6.0) - 0.25).abs() < 1e-12);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct ResponseCurve {
    ceiling: f64,
    efficiency: f64,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    ceiling: f64,
    efficiency: f64,
}

impl TryFrom<Stored> for ResponseCurve {
    type Error = Invalid;

    fn try_from(stored: Stored) -> Result<Self, Invalid> {
        Self::new(stored.ceiling, stored.efficiency)
    }
}

impl From<ResponseCurve> for Stored {
    fn from(curve: ResponseCurve) -> Self {
        Self { ceiling: curve.ceiling, efficiency: curve.efficiency }
    }
}

impl ResponseCurve {
    /// The curve with ceiling `c` and efficiency `k` per unit of money.
    ///
    /// # Errors
    /// Unless the ceiling is above 0 and at most 1, and the efficiency finite and positive.
    pub fn new(ceiling: f64, efficiency: f64) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(ceiling > 0.0 && ceiling <= 1.0, "ceiling", "must be above 0 and at most 1", ceiling);
        let rule = "must be finite and positive";
        checks.require(efficiency.is_finite() && efficiency > 0.0, "efficiency", rule, efficiency);
        checks.finish()?;
        Ok(Self { ceiling, efficiency })
    }

    /// The curve through one observation, below a ceiling that managers judge: `k = −ln(1 − observed/ceiling)/spend`.
    ///
    /// # Errors
    /// Unless the spending is finite and positive, the ceiling above 0 and at most 1, and the observed rate above 0 and
    /// below the ceiling.
    pub fn calibrated(spend: f64, observed: f64, ceiling: f64) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(spend.is_finite() && spend > 0.0, "spend", "must be finite and positive", spend);
        checks.require(ceiling > 0.0 && ceiling <= 1.0, "ceiling", "must be above 0 and at most 1", ceiling);
        let rule = format!("must be above 0 and below the ceiling {ceiling}");
        checks.require(observed > 0.0 && observed < ceiling, "observed rate", &rule, observed);
        checks.finish()?;
        Self::new(ceiling, -(-observed / ceiling).ln_1p() / spend)
    }

    /// The ceiling `c`.
    #[must_use]
    pub fn ceiling(&self) -> f64 {
        self.ceiling
    }

    /// The efficiency `k`, per unit of money.
    #[must_use]
    pub fn efficiency(&self) -> f64 {
        self.efficiency
    }

    /// The rate that spending buys.
    #[must_use]
    pub fn rate(&self, spend: f64) -> f64 {
        -self.ceiling * (-self.efficiency * spend).exp_m1()
    }

    /// What one more unit of money adds to the rate, `c k exp(−k·spend)`.
    #[must_use]
    pub fn slope(&self, spend: f64) -> f64 {
        self.ceiling * self.efficiency * (-self.efficiency * spend).exp()
    }

    /// What winning (or keeping) one more customer costs at this spending, `1 / slope`.
    #[must_use]
    pub fn marginal_cost(&self, spend: f64) -> f64 {
        self.slope(spend).recip()
    }
}

/// Spending `A` per prospect on winning and `R` per customer and period on keeping (Blattberg & Deighton 1996).
///
/// ```text
/// a = c_a (1 − e^(−k_a A))        r = c_r (1 − e^(−k_r R))
/// V = m + (m − R/r)·r/(1+d−r)                                      value of an acquired customer
/// prospect equity = a·V − A  =  a m − A + a (m − R/r)·r/(1+d−r)
/// ```
///
/// At the optimum the last customer won and the last one kept cost what a customer is worth: `dA/da = dR/dr = V`.
///
/// ```
/// use emptor_core::value::equity::{ResponseCurve, SpendingPlan};
/// use emptor_types::{DiscountRate, TimeUnit};
///
/// let plan = SpendingPlan::new(
///     ResponseCurve::calibrated(6.0, 0.25, 0.45)?,
///     ResponseCurve::calibrated(10.0, 0.5, 0.8)?,
///     60.0,
///     DiscountRate::annual_effective(0.10)?,
///     TimeUnit::Year,
/// )?;
/// assert!((plan.prospect_equity(6.0, 10.0)? - 17.333_333).abs() < 1e-6);
/// let best = plan.optimum();
/// assert!((best.acquisition_spend - 14.203_7).abs() < 1e-4);
/// assert!((best.retention_spend - 22.169_6).abs() < 1e-4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpendingPlan {
    acquisition: ResponseCurve,
    retention: ResponseCurve,
    margin: f64,
    /// `1 + d` per period.
    money: f64,
}

/// The best spending. Where both are above zero, both marginal costs equal the customer's value; at zero the first
/// customer would already cost more than that.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OptimalSpending {
    /// Per prospect, on winning.
    pub acquisition_spend: f64,
    /// Per customer and period, on keeping.
    pub retention_spend: f64,
    /// Share of prospects won.
    pub acquisition_rate: f64,
    /// Share of customers kept per period.
    pub retention_rate: f64,
    /// Value of an acquired customer.
    pub customer_value: f64,
    /// Value of a prospect.
    pub prospect_equity: f64,
    /// What winning one more customer costs, `dA/da`.
    pub marginal_acquisition_cost: f64,
    /// What keeping one more customer costs, `dR/dr`.
    pub marginal_retention_cost: f64,
}

impl SpendingPlan {
    /// Margin per customer and `period` before retention spending, discounted at `rate`.
    ///
    /// # Errors
    /// Unless the margin is finite and the ceiling of retention below `1 + d`, so that a customer's value stays finite
    /// whatever is spent.
    pub fn new(
        acquisition: ResponseCurve,
        retention: ResponseCurve,
        margin: f64,
        rate: DiscountRate,
        period: TimeUnit,
    ) -> Result<Self, ValueError> {
        let money = 1.0 + rate.per(period);
        let mut checks = Invalid::checks();
        checks.require(margin.is_finite(), "margin", "must be finite", margin);
        checks.finish()?;
        if retention.ceiling < money {
            Ok(Self { acquisition, retention, margin, money })
        } else {
            Err(ValueError::Diverges { retention: retention.ceiling, growth: money })
        }
    }

    /// Value of an acquired customer on whom `spend` is spent per period, `V = (m(1+d) − R)/(1+d−r)`: the formula above
    /// without its quotient `R/r`, which has no value at zero spending.
    ///
    /// # Errors
    /// Unless the spending is finite and at least 0.
    pub fn customer_value(&self, spend: f64) -> Result<f64, Invalid> {
        spending("retention spend", spend)?;
        Ok(self.worth(spend))
    }

    /// Value of a prospect under a spending.
    ///
    /// # Errors
    /// Unless both are finite and at least 0.
    pub fn prospect_equity(&self, acquisition_spend: f64, retention_spend: f64) -> Result<f64, Invalid> {
        let mut checks = Invalid::checks();
        checks.absorb(spending("acquisition spend", acquisition_spend));
        checks.absorb(spending("retention spend", retention_spend));
        checks.finish()?;
        Ok(self.acquisition.rate(acquisition_spend) * self.worth(retention_spend) - acquisition_spend)
    }

    /// The spending with the highest prospect equity.
    ///
    /// Retention comes first, for `R` acts through `V` alone. The sign of `dV/dR` is that of `r'(R)(m(1+d)−R) − (1+d−r)`,
    /// which falls as long as `R < m(1+d)` and is negative at its end: there is one root, found by bisection to the last
    /// bit, or none above zero (`c_r k_r m ≤ 1`). Then `A = ln(k_a c_a V)/k_a`, or zero (`k_a c_a V ≤ 1`).
    #[must_use]
    pub fn optimum(&self) -> OptimalSpending {
        let retention_spend = self.best_retention_spend();
        let customer_value = self.worth(retention_spend);
        let first = self.acquisition.slope(0.0) * customer_value;
        let acquisition_spend = if first > 1.0 { first.ln() / self.acquisition.efficiency } else { 0.0 };
        let acquisition_rate = self.acquisition.rate(acquisition_spend);
        OptimalSpending {
            acquisition_spend,
            retention_spend,
            acquisition_rate,
            retention_rate: self.retention.rate(retention_spend),
            customer_value,
            prospect_equity: acquisition_rate * customer_value - acquisition_spend,
            marginal_acquisition_cost: self.acquisition.marginal_cost(acquisition_spend),
            marginal_retention_cost: self.retention.marginal_cost(retention_spend),
        }
    }

    fn best_retention_spend(&self) -> f64 {
        let rises = |spend: f64| {
            let left = self.margin * self.money - spend;
            self.retention.slope(spend) * left > self.money - self.retention.rate(spend)
        };
        if !rises(0.0) {
            return 0.0;
        }
        let (mut low, mut high) = (0.0, self.margin * self.money);
        loop {
            let middle = low + (high - low) / 2.0;
            if middle <= low || middle >= high {
                return low;
            }
            if rises(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
    }

    fn worth(&self, spend: f64) -> f64 {
        (self.margin * self.money - spend) / (self.money - self.retention.rate(spend))
    }
}

fn spending(name: &str, spend: f64) -> Result<(), Invalid> {
    if spend.is_finite() && spend >= 0.0 {
        Ok(())
    } else {
        Err(Invalid::value(name, "must be finite and at least 0", spend))
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    /// Numbers printed to four or six places.
    const PRINTED: f64 = 1e-4;
    /// Conditions that hold at the root to working precision.
    const ROOT: f64 = 1e-9;

    fn plan(margin: f64) -> Result<SpendingPlan, Box<dyn Error>> {
        Ok(SpendingPlan::new(
            ResponseCurve::calibrated(6.0, 0.25, 0.45)?,
            ResponseCurve::calibrated(10.0, 0.5, 0.8)?,
            margin,
            DiscountRate::annual_effective(0.10)?,
            TimeUnit::Year,
        )?)
    }

    /// A spending plan with every parameter free, for the conditions of the optimum.
    fn any_plan(a: (f64, f64), r: (f64, f64), margin: f64, d: f64) -> Result<SpendingPlan, Box<dyn Error>> {
        let (a, r) = (ResponseCurve::new(a.0, a.1)?, ResponseCurve::new(r.0, r.1)?);
        Ok(SpendingPlan::new(a, r, margin, DiscountRate::annual_effective(d)?, TimeUnit::Year)?)
    }

    #[test]
    fn the_optimum_is_that_of_an_independent_search() -> Result<(), Box<dyn Error>> {
        // Acquisition 6 → 25 % below 45 %, retention 10 → 50 % below 80 %, margin 60, 10 %; Nelder–Mead on both spendings.
        let best = plan(60.0)?.optimum();
        for (found, expected) in [
            (best.acquisition_spend, 14.203_7),
            (best.retention_spend, 22.169_6),
            (best.acquisition_rate, 0.384_007),
            (best.retention_rate, 0.709_064),
            (best.prospect_equity, 28.849_899),
            (best.customer_value, 112.116_651),
        ] {
            assert!((found - expected).abs() < PRINTED, "{found} {expected}");
        }
        assert!((plan(60.0)?.prospect_equity(6.0, 10.0)? - 52.0 / 3.0).abs() < ROOT);
        Ok(())
    }

    #[test]
    fn at_the_optimum_the_last_customer_costs_what_a_customer_is_worth() -> Result<(), Box<dyn Error>> {
        for (a, r, margin, d) in [
            ((0.45, 0.135), (0.8, 0.098), 60.0, 0.1),
            ((0.1, 2.0), (1.0, 0.5), 20.0, 0.3),
            ((1.0, 0.01), (0.95, 0.02), 5000.0, 0.02),
        ] {
            let best = any_plan(a, r, margin, d)?.optimum();
            assert!((best.marginal_acquisition_cost / best.customer_value - 1.0).abs() < ROOT);
            assert!((best.marginal_retention_cost / best.customer_value - 1.0).abs() < ROOT);
        }
        Ok(())
    }

    #[test]
    fn no_other_spending_is_better() -> Result<(), Box<dyn Error>> {
        for margin in [-5.0, 3.0, 9.0, 16.0, 60.0] {
            let plan = plan(margin)?;
            let best = plan.optimum().prospect_equity;
            for i in 0..60 {
                for j in 0..60 {
                    let other = plan.prospect_equity(f64::from(i), f64::from(j))?;
                    assert!(other <= best + ROOT, "margin {margin}: {i} {j}");
                }
            }
        }
        Ok(())
    }

    #[test]
    fn what_does_not_pay_gets_nothing() -> Result<(), Box<dyn Error>> {
        // c_r k_r m = 0.8 · 0.098083 · 12 < 1: keeping does not pay, winning still can not (0.45 · 0.135155 · 12 < 1).
        let best = plan(12.0)?.optimum();
        assert!(best.retention_spend <= 0.0 && best.acquisition_spend <= 0.0 && best.prospect_equity.abs() <= 0.0);
        assert!((best.customer_value - 12.0).abs() < ROOT);
        assert!(best.marginal_retention_cost > best.customer_value);
        Ok(())
    }

    #[test]
    fn impossible_curves_are_refused_with_all_reasons() -> Result<(), Box<dyn Error>> {
        let error = ResponseCurve::calibrated(6.0, 0.45, 0.45).err().ok_or("accepted")?;
        assert_eq!(error.to_string(), "observed rate must be above 0 and below the ceiling 0.45 (got 0.45)");
        assert!(ResponseCurve::calibrated(-1.0, 0.5, 1.2).is_err_and(|e| e.violations().len() == 2));
        assert!(ResponseCurve::new(f64::NAN, 0.0).is_err_and(|e| e.violations().len() == 2));
        let full = ResponseCurve::new(1.0, 0.1)?;
        let free = DiscountRate::annual_effective(0.0)?;
        let diverging = SpendingPlan::new(full, full, 10.0, free, TimeUnit::Year);
        assert!(matches!(diverging, Err(ValueError::Diverges { .. })));
        assert!(plan(60.0)?.prospect_equity(-1.0, f64::NAN).is_err_and(|e| e.violations().len() == 2));
        Ok(())
    }
}
