//! Relationships with constant retention: their value under every convention, endless or not.

use std::fmt;

use emptor_types::{DiscountRate, Invalid, TimeUnit};

use super::{ClosedForm, GrowthFrom, MarginGrowth, Purpose};
use crate::value::{RetentionRate, ValueError};

/// What converting a rate from one period to another may add to 1 + the rate: a sum that diverges must not have a value
/// of 10¹⁵ margins because 1.1199999999999999 is below 1.12.
pub(super) const ROUNDING: f64 = 1e-14;

/// A customer with a margin per period, a constant retention rate and, if wanted, a margin that grows.
///
/// After `k` renewals the customer pays `m_k` and is still there with probability `r^k`:
/// ```text
/// value = Σ_k m_k r^k / (1+d)^τ(k)          m_k = m (1+g)^k                    growth from the initial payment
///                                           m_0 = m, m_k = m (1+g)^(k−1)       growth from the first renewal
/// T1 k ≥ 1, τ = k      T4 k ≥ 1, τ = k − ½                       T6 ∫ m (1+g)^t r^t / (1+d)^t dt
/// T2 k ≥ 0, τ = k      T5 k ≥ 0, τ = k + ½      T3 k ≥ 0, τ = k + 1
/// ```
/// A life of `n` periods has `n` payments, the first `n` of the sum: `T1_n = T1 (1 − (r(1+g)/(1+d))^n)`,
/// `T2_n = (1+d) T3_n = m + T1_(n−1)`. Sources: Fader & Hardie (2012); Gupta & Lehmann (2003); Gupta, Lehmann & Stuart
/// (2004).
///
/// ```
/// use emptor_core::value::RetentionRate;
/// use emptor_core::value::closed_form::{ClosedForm, ConstantRelationship, GrowthFrom, MarginGrowth, Purpose};
/// use emptor_types::{DiscountRate, TimeUnit};
///
/// let retention = RetentionRate::new(0.8, TimeUnit::Year)?;
/// let rate = DiscountRate::annual_effective(0.12)?;
/// let customer = ConstantRelationship::new(100.0, retention, rate, TimeUnit::Year)?;
/// assert!((customer.value(ClosedForm::T1)?.amount() - 250.0).abs() < 1e-9);
/// assert!((customer.value_over(ClosedForm::T1, 5)?.amount() - 203.516_392).abs() < 1e-6);
///
/// let growth = MarginGrowth::new(0.04, TimeUnit::Year, GrowthFrom::FirstRenewal)?;
/// assert!((customer.with_growth(growth).value(ClosedForm::T1)?.amount() - 277.777_778).abs() < 1e-6);
///
/// // What winning such a customer for 300 leaves; a residual value cannot be compared with that cost.
/// let ceiling = customer.value_for(Purpose::AcquisitionCeiling)?;
/// assert!((ceiling.acquisition_margin(300.0)? - 50.0).abs() < 1e-9);
/// assert!(customer.value(ClosedForm::T1)?.acquisition_margin(300.0).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConstantRelationship {
    margin: f64,
    retention: RetentionRate,
    rate: DiscountRate,
    period: TimeUnit,
    growth: Option<MarginGrowth>,
}

/// The numbers of one period that the sums are made of.
struct Terms {
    margin: f64,
    /// Retention.
    r: f64,
    /// One plus the discount rate.
    discount: f64,
    /// One plus the growth of the margin.
    growth: f64,
    from: GrowthFrom,
}

impl ConstantRelationship {
    /// A relationship with constant margin per `period`.
    ///
    /// # Errors
    /// Unless the margin is finite.
    pub fn new(margin: f64, retention: RetentionRate, rate: DiscountRate, period: TimeUnit) -> Result<Self, Invalid> {
        if margin.is_finite() {
            Ok(Self { margin, retention, rate, period, growth: None })
        } else {
            Err(Invalid::value("margin", "must be finite", margin))
        }
    }

    /// Lets the margin grow.
    #[must_use]
    pub fn with_growth(self, growth: MarginGrowth) -> Self {
        Self { growth: Some(growth), ..self }
    }

    /// The expected value of an endless life.
    ///
    /// # Errors
    /// [`ValueError::Diverges`] unless `r < 1 + d`, [`ValueError::GrowthDiverges`] unless `r(1+g) < 1 + d`; for T6 with a
    /// growth that counts from the first renewal, which a flow does not have; if the value is too large for a double.
    pub fn value(&self, convention: ClosedForm) -> Result<ExpectedValue, ValueError> {
        self.check_converges()?;
        self.expected(convention, None)
    }

    /// The expected value of a life of at most `periods` periods. It exists at any rate.
    ///
    /// # Errors
    /// Unless there is at least one period; for T6 as [`value`](Self::value); if the value is too large for a double.
    pub fn value_over(&self, convention: ClosedForm, periods: u32) -> Result<ExpectedValue, ValueError> {
        if periods > 0 {
            self.expected(convention, Some(periods))
        } else {
            Err(Invalid::value("periods", "must be at least 1", periods).into())
        }
    }

    /// The expected value of an endless life under the usual convention for a purpose.
    ///
    /// # Errors
    /// As [`value`](Self::value).
    pub fn value_for(&self, purpose: Purpose) -> Result<ExpectedValue, ValueError> {
        self.value(ClosedForm::for_purpose(purpose))
    }

    fn terms(&self) -> Terms {
        Terms {
            margin: self.margin,
            r: self.retention.per(self.period),
            discount: 1.0 + self.rate.per(self.period),
            growth: 1.0 + self.growth.map_or(0.0, |growth| growth.per(self.period)),
            from: self.growth.map_or(GrowthFrom::Initial, MarginGrowth::from),
        }
    }

    fn check_converges(&self) -> Result<(), ValueError> {
        let Terms { r, discount, growth, .. } = self.terms();
        if r * growth < discount * (1.0 - ROUNDING) {
            Ok(())
        } else if self.growth.is_some() {
            Err(ValueError::GrowthDiverges { retention: r, margin_growth: growth, growth: discount })
        } else {
            Err(ValueError::Diverges { retention: r, growth: discount })
        }
    }

    fn expected(&self, convention: ClosedForm, periods: Option<u32>) -> Result<ExpectedValue, ValueError> {
        let terms = self.terms();
        let root = terms.discount.sqrt();
        let amount = match convention {
            ClosedForm::T1 => terms.renewals(periods),
            ClosedForm::T2 => terms.with_first(periods),
            ClosedForm::T3 => terms.with_first(periods) / terms.discount,
            ClosedForm::T4 => terms.renewals(periods) * root,
            ClosedForm::T5 => terms.with_first(periods) / root,
            ClosedForm::T6 if self.growth.is_some() && terms.from == GrowthFrom::FirstRenewal => {
                let rule = "must count from the initial payment: a continuous flow has no first renewal";
                return Err(Invalid::value("margin growth", rule, "growth from the first renewal").into());
            }
            ClosedForm::T6 => terms.flow(periods),
        };
        if amount.is_finite() {
            Ok(ExpectedValue { amount, convention })
        } else {
            Err(Invalid::value("expected value", "must be within the range of a double", amount).into())
        }
    }
}

impl Terms {
    /// What the payments grow by from one renewal to the next, `r(1+g)/(1+d)`.
    fn ratio(&self) -> f64 {
        self.r * self.growth / self.discount
    }

    /// `Σ_{k ≥ 1} m_k (r/(1+d))^k`, as many payments as there are periods.
    fn renewals(&self, periods: Option<u32>) -> f64 {
        let first = match self.from {
            GrowthFrom::FirstRenewal => self.r / self.discount,
            GrowthFrom::Initial => self.ratio(),
        };
        self.margin * first * geometric(self.ratio(), periods.map(u64::from))
    }

    /// `Σ_{k ≥ 0} m_k (r/(1+d))^k`, as many payments as there are periods.
    fn with_first(&self, periods: Option<u32>) -> f64 {
        self.margin + self.renewals(periods.map(|n| n - 1))
    }

    /// `∫ m e^(−λt) dt` with `λ = ln((1+d)/(r(1+g)))`.
    fn flow(&self, periods: Option<u32>) -> f64 {
        let decay = -self.ratio().ln();
        self.margin * continuous_annuity(decay, periods.map(f64::from))
    }
}

/// `∫_0^n e^(−λt) dt`, or to infinity, where `λ > 0`.
pub(super) fn continuous_annuity(decay: f64, length: Option<f64>) -> f64 {
    match length {
        None => 1.0 / decay,
        // At λ = 0 nothing decays and the quotient would be 0/0.
        Some(length) if decay.abs() < f64::MIN_POSITIVE => length,
        Some(length) => -(-decay * length).exp_m1() / decay,
    }
}

/// `Σ_{j=0}^{n−1} a^j`, or the endless sum, where `a < 1`. The exponential form keeps its digits near `a = 1`.
pub(super) fn geometric(a: f64, terms: Option<u64>) -> f64 {
    let log = a.ln();
    match terms {
        None => 1.0 / (1.0 - a),
        Some(0) => 0.0,
        Some(n) if log.abs() < f64::MIN_POSITIVE => n as f64,
        Some(n) => (n as f64 * log).exp_m1() / log.exp_m1(),
    }
}

/// An expected lifetime value together with its convention, without which the number says nothing: the same customer is
/// worth 250 to 350.
///
/// ```
/// use emptor_core::value::RetentionRate;
/// use emptor_core::value::closed_form::{ClosedForm, ConstantRelationship};
/// use emptor_types::{DiscountRate, TimeUnit};
///
/// let retention = RetentionRate::new(0.5, TimeUnit::Year)?;
/// let free = DiscountRate::annual_effective(0.0)?;
/// let value = ConstantRelationship::new(8.0, retention, free, TimeUnit::Year)?.value(ClosedForm::T1)?;
/// assert_eq!(value.to_string(), "8.00 (T1: residual value of an existing customer)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExpectedValue {
    amount: f64,
    convention: ClosedForm,
}

impl ExpectedValue {
    /// The expected value.
    #[must_use]
    pub fn amount(self) -> f64 {
        self.amount
    }

    /// Its convention.
    #[must_use]
    pub fn convention(self) -> ClosedForm {
        self.convention
    }

    /// What is left of the value after the cost of winning the customer; negative if the cost exceeds the ceiling.
    ///
    /// # Errors
    /// [`ValueError::NotForAcquisition`] for the conventions of an existing customer (T1, T4): they leave out the first
    /// margin, which the acquisition buys. Unless the cost is finite and not negative.
    pub fn acquisition_margin(self, cost: f64) -> Result<f64, ValueError> {
        if !self.convention.serves(Purpose::AcquisitionCeiling) {
            let instead = self.convention.acquisition_twin();
            Err(ValueError::NotForAcquisition { convention: self.convention, instead })
        } else if cost.is_finite() && cost >= 0.0 {
            Ok(self.amount - cost)
        } else {
            Err(Invalid::value("acquisition cost", "must be finite and not negative", cost).into())
        }
    }
}

impl fmt::Display for ExpectedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} ({})", self.amount, self.convention)
    }
}
