//! Cases 1, 2a and 2b: one purchase a cycle, promotion at mid-cycle.

use emptor_types::{Checks, DiscountRate, Invalid, Probability, TimeUnit};

use crate::value::RetentionRate;
use crate::value::closed_form::relationship::geometric;

/// Case 1: customers buy once a year.
/// ```text
/// CLV = GC Σ_{i=0}^{n} r^i/(1+d)^i − M Σ_{i=1}^{n} r^(i−1)/(1+d)^(i−½)
/// ```
///
/// ```
/// use emptor_core::value::RetentionRate;
/// use emptor_core::value::closed_form::berger_nasr::Case1;
/// use emptor_types::{DiscountRate, TimeUnit};
///
/// let case = Case1 {
///     gross_contribution: 260.0,
///     promotion_cost: 50.0,
///     retention: RetentionRate::new(0.75, TimeUnit::Year)?,
///     rate: DiscountRate::annual_effective(0.2)?,
///     years: 10,
/// };
/// assert!((case.value()? - 568.78).abs() < 0.01);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Case1 {
    /// Gross contribution of a year, `GC`.
    pub gross_contribution: f64,
    /// Promotion per customer and year, `M`.
    pub promotion_cost: f64,
    /// Retention, `r`.
    pub retention: RetentionRate,
    /// Discount rate, `d`.
    pub rate: DiscountRate,
    /// Years after the first purchase, `n`.
    pub years: u32,
}

/// Case 2a: customers buy `p` times a year.
/// ```text
/// CLV = GC' Σ_{i=0}^{pn} r'^i/(1+d)^(i/p) − M' Σ_{i=1}^{pn} r'^(i−1)/(1+d)^((i−½)/p)
/// ```
///
/// ```
/// use emptor_core::value::closed_form::berger_nasr::Case2a;
/// use emptor_types::{DiscountRate, Probability};
///
/// let case = Case2a {
///     gross_contribution: 125.0,
///     promotion_cost: 25.0,
///     cycle_retention: Probability::new(0.8)?,
///     cycles_per_year: 2,
///     rate: DiscountRate::annual_effective(0.2)?,
///     years: 4,
/// };
/// assert!((case.value()? - 354.6884).abs() < 1e-4);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Case2a {
    /// Gross contribution of a cycle, `GC'`.
    pub gross_contribution: f64,
    /// Promotion per customer and cycle, `M'`.
    pub promotion_cost: f64,
    /// The part of the customers that stays from one cycle to the next, `r'`.
    pub cycle_retention: Probability,
    /// Cycles in a year, `p`.
    pub cycles_per_year: u32,
    /// Discount rate, `d`.
    pub rate: DiscountRate,
    /// Years after the first purchase, `n`.
    pub years: u32,
}

/// Case 2b: customers buy once in `q` years.
/// ```text
/// CLV = GC" Σ_{i=0}^{n/q} r"^i/(1+d)^(iq) − M" Σ_{i=1}^{n/q} r"^(i−1)/(1+d)^((i−½)q)
/// ```
///
/// ```
/// use emptor_core::value::closed_form::berger_nasr::Case2b;
/// use emptor_types::{DiscountRate, Probability};
///
/// let case = Case2b {
///     gross_contribution: 1000.0,
///     promotion_cost: 95.0,
///     cycle_retention: Probability::new(0.3)?,
///     years_per_cycle: 3,
///     rate: DiscountRate::annual_effective(0.2)?,
///     years: 12,
/// };
/// assert!((case.value()? - 1122.5211).abs() < 1e-4);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Case2b {
    /// Gross contribution of a cycle, `GC"`.
    pub gross_contribution: f64,
    /// Promotion per customer and cycle, `M"`.
    pub promotion_cost: f64,
    /// The part of the customers that stays from one cycle to the next, `r"`.
    pub cycle_retention: Probability,
    /// Years in a cycle, `q`.
    pub years_per_cycle: u32,
    /// Discount rate, `d`.
    pub rate: DiscountRate,
    /// Years after the first purchase, `n`, a multiple of `q`.
    pub years: u32,
}

impl Case1 {
    /// The lifetime value.
    ///
    /// # Errors
    /// Unless the contribution is finite, and the promotion finite and not negative.
    pub fn value(&self) -> Result<f64, Invalid> {
        Cycles {
            gross_contribution: self.gross_contribution,
            promotion_cost: self.promotion_cost,
            retention: self.retention.per(TimeUnit::Year),
            rate: self.rate,
            count: u64::from(self.years),
            years: 1.0,
        }
        .value(Invalid::checks())
    }
}

impl Case2a {
    /// The lifetime value.
    ///
    /// # Errors
    /// As for [`Case1::value`], and unless there is at least one cycle a year.
    pub fn value(&self) -> Result<f64, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(self.cycles_per_year > 0, "cycles per year", "must be at least 1", self.cycles_per_year);
        Cycles {
            gross_contribution: self.gross_contribution,
            promotion_cost: self.promotion_cost,
            retention: self.cycle_retention.get(),
            rate: self.rate,
            count: u64::from(self.cycles_per_year) * u64::from(self.years),
            years: 1.0 / f64::from(self.cycles_per_year),
        }
        .value(checks)
    }
}

impl Case2b {
    /// The lifetime value.
    ///
    /// # Errors
    /// As for [`Case1::value`], and unless a cycle has at least one year and the years make whole cycles.
    pub fn value(&self) -> Result<f64, Invalid> {
        let mut checks = Invalid::checks();
        let per_cycle = self.years_per_cycle;
        checks.require(per_cycle > 0, "years per cycle", "must be at least 1", per_cycle);
        let whole = per_cycle == 0 || self.years.is_multiple_of(per_cycle);
        checks.require(whole, "years", "must be a multiple of the years per cycle", self.years);
        Cycles {
            gross_contribution: self.gross_contribution,
            promotion_cost: self.promotion_cost,
            retention: self.cycle_retention.get(),
            rate: self.rate,
            count: u64::from(self.years / per_cycle.max(1)),
            years: f64::from(per_cycle),
        }
        .value(checks)
    }
}

/// What the three cases have in common.
struct Cycles {
    gross_contribution: f64,
    promotion_cost: f64,
    /// Per cycle.
    retention: f64,
    rate: DiscountRate,
    /// Cycles after the first purchase.
    count: u64,
    /// Years in a cycle.
    years: f64,
}

impl Cycles {
    fn value(&self, mut checks: Checks) -> Result<f64, Invalid> {
        let (contribution, promotion) = (self.gross_contribution, self.promotion_cost);
        checks.require(contribution.is_finite(), "gross contribution", "must be finite", contribution);
        let admissible = promotion.is_finite() && promotion >= 0.0;
        checks.require(admissible, "promotion cost", "must be finite and not negative", promotion);
        checks.finish()?;
        let factor = |cycles: f64| self.rate.factor(cycles * self.years, TimeUnit::Year);
        let ratio = self.retention * factor(1.0);
        let value = contribution * geometric(ratio, Some(self.count + 1))
            - promotion * factor(0.5) * geometric(ratio, Some(self.count));
        if value.is_finite() {
            Ok(value)
        } else {
            Err(Invalid::value("lifetime value", "must be within the range of a double", value))
        }
    }
}
