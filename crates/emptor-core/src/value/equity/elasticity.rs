//! By how many per cent equity moves when a lever moves by one.

use std::fmt;

use emptor_types::{DiscountRate, Invalid, TimeUnit};
use serde::{Deserialize, Serialize};

use super::EquityModel;
use super::levers::{Lever, Levers, Setting};
use super::multiple::multiple;
use crate::value::{ClosedForm, RetentionRate, ValueError};

/// Relative step of central differences: the truncation error `h²` and the rounding error `ε/h` are then both far below
/// 1e-6, also for streams of a hundred periods, whose third derivative grows with the cube of their length.
const STEP: f64 = 1e-6;

/// What to keep beside every elasticity and every tornado that is shown.
pub const CAUTION: &str = "An elasticity says what a lever is worth, not what moving it costs nor how far it can be \
    moved: a lever of small elasticity that moves easily, as acquisition volume often does, can matter more than one of \
    great elasticity that hardly moves (Schulze, Skiera & Wiesel 2012).";

/// How elasticities are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// From the flows, term by term.
    Analytic,
    /// By central differences of the same valuation: the check.
    Numeric,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Analytic => "analytic",
            Self::Numeric => "numeric",
        })
    }
}

/// Elasticities of a value, `η_x = (∂V/∂x)(x/V)`.
///
/// ```text
/// retention            Σ n(t) PV_t / V                    a relative change ε of every retention scales flow t by (1+ε)^n(t)
/// margin               (V + acquisition cost) / V
/// discount rate        −(d/(1+d)) · Σ τ(t) PV_t / V       d effective per period
/// acquisition cost     −acquisition cost / V
/// acquisition volume   future / V
/// ```
///
/// Identity of every value that is linear in margin: `η_margin + η_acquisition cost = 1`; it shows in all five firms of
/// Gupta, Lehmann & Stuart (2004). Unknown (`None`) is the answer to retention and rate of a value given as a bare number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Elasticities {
    /// The period that retention and discount rate count in. One per cent of a monthly retention is another lever than one
    /// per cent of a yearly one: elasticities per different periods cannot be compared.
    pub period: TimeUnit,
    /// With respect to retention.
    pub retention: Option<f64>,
    /// With respect to margin.
    pub margin: f64,
    /// With respect to the effective discount rate per period.
    pub discount_rate: Option<f64>,
    /// With respect to acquisition cost; 0 where nobody is to be won.
    pub acquisition_cost: f64,
    /// With respect to the number of customers to be won; 0 where nobody is.
    pub acquisition_volume: f64,
}

impl Elasticities {
    /// Of the value of one customer in an endless relationship.
    ///
    /// | V | retention | margin | discount rate |
    /// |---|---|---|---|
    /// | T1 = mr/(1+d−r) | (1+d)/(1+d−r) | 1 | −d/(1+d−r) |
    /// | T2 = m(1+d)/(1+d−r) | r/(1+d−r) | 1 | −dr/((1+d)(1+d−r)) |
    ///
    /// Source: differentiation; Gupta & Lehmann (2003) for T1.
    ///
    /// ```
    /// use emptor_core::value::equity::Elasticities;
    /// use emptor_core::value::{ClosedForm, RetentionRate};
    /// use emptor_types::{DiscountRate, TimeUnit};
    ///
    /// let (retention, rate) = (RetentionRate::new(0.8, TimeUnit::Year)?, DiscountRate::annual_effective(0.12)?);
    /// let e = Elasticities::closed_form(ClosedForm::T1, retention, rate, TimeUnit::Year)?;
    /// assert!((e.retention.unwrap_or(0.0) - 3.5).abs() < 1e-12);
    /// assert!((e.discount_rate.unwrap_or(0.0) + 0.375).abs() < 1e-12);
    /// assert!(e.to_string().starts_with("retention a year +3.500, margin +1.000, discount rate a year -0.375"));
    /// // The same customer by month.
    /// let e = Elasticities::closed_form(ClosedForm::T1, retention, rate, TimeUnit::Month)?;
    /// assert!(e.to_string().starts_with("retention a month +36.1"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Unless the sum converges (`r < 1 + d`).
    pub fn closed_form(
        form: ClosedForm,
        retention: RetentionRate,
        rate: DiscountRate,
        period: TimeUnit,
    ) -> Result<Self, ValueError> {
        let d = rate.per(period);
        let m = multiple(form, retention.per(period), None, 1.0 + d)?;
        Ok(Self::of_customer(period, m.retention, d / (1.0 + d) * m.money))
    }

    /// Of `T1` cut off after `periods`: with `q = r/(1+d)`, retention `Σ t q^t / Σ q^t` and discount rate that times
    /// `−d/(1+d)`.
    ///
    /// # Errors
    /// Unless there is at least one period and retention is above 0: the value would be 0.
    pub fn finite(
        periods: usize,
        retention: RetentionRate,
        rate: DiscountRate,
        period: TimeUnit,
    ) -> Result<Self, Invalid> {
        let d = rate.per(period);
        let q = retention.per(period) / (1.0 + d);
        let mut checks = Invalid::checks();
        checks.require(periods > 0, "periods", "must be at least 1", periods);
        checks.require(q > 0.0, "retention", "must be above 0", retention);
        checks.finish()?;
        let (mut sum, mut weighted, mut power) = (0.0, 0.0, 1.0);
        for t in 1..=periods {
            power *= q;
            sum += power;
            weighted += t as f64 * power;
        }
        Ok(Self::of_customer(period, weighted / sum, -d / (1.0 + d) * weighted / sum))
    }

    fn of_customer(period: TimeUnit, retention: f64, discount_rate: f64) -> Self {
        Self {
            period,
            retention: Some(retention),
            margin: 1.0,
            discount_rate: Some(discount_rate),
            acquisition_cost: 0.0,
            acquisition_volume: 0.0,
        }
    }

    /// Of `V − AC`, the value net of what winning the customer costs, from those of `V`: `η·V/(V−AC)`, with respect to the
    /// cost `−AC/(V−AC)`, to the number of such customers 1.
    ///
    /// # Errors
    /// Unless both are finite, the cost is not negative, and they differ.
    pub fn less_acquisition_cost(self, value: f64, cost: f64) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(value.is_finite(), "value", "must be finite", value);
        checks.require(cost.is_finite() && cost >= 0.0, "acquisition cost", "must be finite and at least 0", cost);
        let net = value - cost;
        let rule = "must not be zero: elasticities of nothing are undefined";
        checks.require(net.abs() > 0.0 || net.is_nan(), "value less acquisition cost", rule, net);
        checks.finish()?;
        let scale = value / net;
        Ok(Self {
            period: self.period,
            retention: self.retention.map(|e| e * scale),
            margin: self.margin * scale,
            discount_rate: self.discount_rate.map(|e| e * scale),
            acquisition_cost: -cost / net,
            acquisition_volume: 1.0,
        })
    }

    /// With respect to a lever; `None` if unknown.
    #[must_use]
    pub fn of(&self, lever: Lever) -> Option<f64> {
        match lever {
            Lever::Retention => self.retention,
            Lever::Margin => Some(self.margin),
            Lever::DiscountRate => self.discount_rate,
            Lever::AcquisitionCost => Some(self.acquisition_cost),
            Lever::AcquisitionVolume => Some(self.acquisition_volume),
        }
    }
}

impl fmt::Display for Elasticities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, lever) in Lever::ALL.into_iter().enumerate() {
            let of = match lever {
                Lever::Retention | Lever::DiscountRate => format!("{lever} a {}", self.period),
                _ => lever.to_string(),
            };
            let comma = if i > 0 { ", " } else { "" };
            match self.of(lever) {
                Some(elasticity) => write!(f, "{comma}{of} {elasticity:+.3}")?,
                None => write!(f, "{comma}{of} unknown")?,
            }
        }
        Ok(())
    }
}

impl EquityModel {
    /// Elasticities of dynamic equity; see [`Elasticities`], and [`CAUTION`] before acting on them.
    ///
    /// # Errors
    /// If equity is zero, of which nothing is a share; if the numeric method steps over the edge of convergence.
    pub fn elasticities(&self, method: Method) -> Result<Elasticities, ValueError> {
        let answer = self.answer(&self.still())?;
        let value = answer.value.dynamic;
        if value.abs() > 0.0 {
            match method {
                Method::Analytic => {
                    let d = self.rate().per(self.period());
                    Ok(Elasticities {
                        period: self.period(),
                        retention: answer.retention.map(|slope| slope / value),
                        margin: (answer.value.static_equity + answer.value.future_value) / value,
                        discount_rate: answer.money.map(|slope| d / (1.0 + d) * slope / value),
                        acquisition_cost: -answer.value.acquisition_cost / value,
                        acquisition_volume: answer.value.future / value,
                    })
                }
                Method::Numeric => {
                    let slope = |lever| self.slope(lever, value);
                    Ok(Elasticities {
                        period: self.period(),
                        retention: answer.retention.map(|_| slope(Lever::Retention)).transpose()?,
                        margin: slope(Lever::Margin)?,
                        discount_rate: answer.money.map(|_| slope(Lever::DiscountRate)).transpose()?,
                        acquisition_cost: slope(Lever::AcquisitionCost)?,
                        acquisition_volume: slope(Lever::AcquisitionVolume)?,
                    })
                }
            }
        } else {
            let rule = "must not be zero: elasticities of nothing are undefined";
            Err(Invalid::value("customer equity", rule, value).into())
        }
    }

    /// Elasticities of every part, `None` for a part worth nothing. Weighted with the parts' shares of equity they add up
    /// to those of the whole.
    ///
    /// # Errors
    /// As [`elasticities`](Self::elasticities).
    pub fn elasticities_by_part(&self, method: Method) -> Result<Vec<(String, Option<Elasticities>)>, ValueError> {
        let of = |value: super::EquityValue| {
            let known = match self.part(&value.name) {
                Some(part) if value.dynamic.abs() > 0.0 => Some(part.elasticities(method)?),
                _ => None,
            };
            Ok((value.name, known))
        };
        self.by_part().into_iter().map(of).collect()
    }

    /// `(V(x(1+h)) − V(x(1−h))) / (2hV)`.
    fn slope(&self, lever: Lever, value: f64) -> Result<f64, ValueError> {
        let at = |factor: f64| Ok::<f64, ValueError>(self.answer(&self.nudged(lever, factor)?)?.value.dynamic);
        Ok((at(1.0 + STEP)? - at(1.0 - STEP)?) / (2.0 * STEP * value))
    }

    fn nudged(&self, lever: Lever, factor: f64) -> Result<Levers, Invalid> {
        let mut levers = self.still();
        let setting = Setting::Times(factor);
        match lever {
            Lever::Retention => levers.retention = setting,
            Lever::Margin => levers.margin = setting,
            Lever::AcquisitionCost => levers.cost = setting,
            Lever::AcquisitionVolume => levers.volume = setting,
            Lever::DiscountRate => {
                levers.rate = DiscountRate::per_period(self.rate().per(self.period()) * factor, self.period())?;
            }
        }
        Ok(levers)
    }
}
