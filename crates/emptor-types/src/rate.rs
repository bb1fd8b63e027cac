//! Discount rates that know their period.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Invalid, TimeUnit};

/// A discount rate, kept as the force of interest per year, `δ = ln(1 + d)`.
///
/// There is no constructor from a bare number: a rate meant per year and used per month is the most reported defect of
/// open lifetime-value code.
///
/// ```
/// use emptor_types::{DiscountRate, TimeUnit};
///
/// let rate = DiscountRate::annual_effective(0.12)?;
/// assert!((rate.force() - 0.113_328_69).abs() < 1e-8);
/// assert!((DiscountRate::annual_nominal(0.12, 12)?.annual() - 0.126_825_03).abs() < 1e-8);
/// assert!((DiscountRate::per_period(0.01, TimeUnit::Month)?.per(TimeUnit::Month) - 0.01).abs() < 1e-15);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct DiscountRate {
    force: f64,
}

/// The saved form: the field names its unit, and loading checks it again.
#[derive(Serialize, Deserialize)]
struct Stored {
    force_per_year: f64,
}

impl TryFrom<Stored> for DiscountRate {
    type Error = Invalid;

    fn try_from(stored: Stored) -> Result<Self, Invalid> {
        Self::continuous(stored.force_per_year)
    }
}

impl From<DiscountRate> for Stored {
    fn from(rate: DiscountRate) -> Self {
        Self { force_per_year: rate.force }
    }
}

impl DiscountRate {
    /// An effective rate per year: one unit of money in a year is worth `1 / (1 + rate)` today.
    ///
    /// # Errors
    /// Unless `rate` is finite and above −1.
    pub fn annual_effective(rate: f64) -> Result<Self, Invalid> {
        Self::per_period(rate, TimeUnit::Year)
    }

    /// A nominal rate per year, compounded `periods_per_year` times.
    ///
    /// # Errors
    /// Unless `rate / periods_per_year` is finite and above −1, and there is at least one period.
    pub fn annual_nominal(rate: f64, periods_per_year: u32) -> Result<Self, Invalid> {
        let periods = f64::from(periods_per_year);
        let per_period = rate / periods;
        if periods_per_year > 0 && per_period.is_finite() && per_period > -1.0 {
            Ok(Self { force: periods * per_period.ln_1p() })
        } else {
            Err(Invalid::value(
                "nominal rate",
                "must be finite and above -1 per period, with at least one period a year",
                format!("{rate} over {periods_per_year} periods"),
            ))
        }
    }

    /// An effective rate per `unit`.
    ///
    /// # Errors
    /// Unless `rate` is finite and above −1.
    pub fn per_period(rate: f64, unit: TimeUnit) -> Result<Self, Invalid> {
        if rate.is_finite() && rate > -1.0 {
            Ok(Self { force: rate.ln_1p() * unit.per_year() })
        } else {
            Err(Invalid::value("rate", "must be finite and above -1", rate))
        }
    }

    /// A continuously compounded rate (force of interest) per year.
    ///
    /// # Errors
    /// Unless `force` is finite.
    pub fn continuous(force: f64) -> Result<Self, Invalid> {
        if force.is_finite() {
            Ok(Self { force })
        } else {
            Err(Invalid::value("force of interest", "must be finite", force))
        }
    }

    /// The nominal rate that belongs to this real rate at an effective inflation per year: `(1 + d_n) = (1 + d_r)(1 + π)`
    /// (Fisher 1930). Flows and rate must be of one kind: nominal flows are discounted at a nominal rate, flows in
    /// today's money at a real one.
    ///
    /// ```
    /// use emptor_types::DiscountRate;
    ///
    /// let nominal = DiscountRate::annual_effective(0.10)?.with_inflation(0.02)?;
    /// assert!((nominal.annual() - 0.122).abs() < 1e-12);
    /// # Ok::<(), emptor_types::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// Unless the inflation is finite and above −1.
    pub fn with_inflation(self, annual_inflation: f64) -> Result<Self, Invalid> {
        Ok(Self { force: self.force + inflation_force(annual_inflation)? })
    }

    /// The real rate behind this nominal rate at an effective inflation per year: `(1 + d_r) = (1 + d_n)/(1 + π)`. It may
    /// be negative.
    ///
    /// ```
    /// use emptor_types::DiscountRate;
    ///
    /// let real = DiscountRate::annual_effective(0.122)?.real(0.02)?;
    /// assert!((real.annual() - 0.10).abs() < 1e-12);
    /// # Ok::<(), emptor_types::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// Unless the inflation is finite and above −1.
    pub fn real(self, annual_inflation: f64) -> Result<Self, Invalid> {
        Ok(Self { force: self.force - inflation_force(annual_inflation)? })
    }

    /// The force of interest per year, `ln(1 + d)`.
    #[must_use]
    pub fn force(self) -> f64 {
        self.force
    }

    /// The effective rate per year.
    #[must_use]
    pub fn annual(self) -> f64 {
        self.force.exp_m1()
    }

    /// The effective rate per `unit`: `(1 + d)^(1/p) − 1` for `p` units a year.
    #[must_use]
    pub fn per(self, unit: TimeUnit) -> f64 {
        (self.force / unit.per_year()).exp_m1()
    }

    /// What one unit of money after `periods` units of time is worth now.
    #[must_use]
    pub fn factor(self, periods: f64, unit: TimeUnit) -> f64 {
        (-self.force * periods / unit.per_year()).exp()
    }
}

/// `ln(1 + π)` of an effective inflation per year.
fn inflation_force(annual: f64) -> Result<f64, Invalid> {
    if annual.is_finite() && annual > -1.0 {
        Ok(annual.ln_1p())
    } else {
        Err(Invalid::value("inflation", "must be finite and above -1", annual))
    }
}

impl fmt::Display for DiscountRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} % a year effective", 100.0 * self.annual())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Closed forms recomputed in doubles: a few units in the last place.
    const CLOSED_FORM: f64 = 1e-12;

    #[test]
    fn conversions_agree_with_the_golden_rates() -> Result<(), Invalid> {
        // analytics specification, G18: 12 % a year.
        let rate = DiscountRate::annual_effective(0.12)?;
        assert!((rate.per(TimeUnit::Month) * 100.0 - 0.948_879).abs() < 1e-6);
        assert!((DiscountRate::annual_nominal(0.12, 12)?.annual() * 100.0 - 12.682_503).abs() < 1e-6);
        assert!((rate.force() - 0.113_328_69).abs() < 1e-8);
        Ok(())
    }

    #[test]
    fn the_kinds_of_rate_convert_into_each_other() -> Result<(), Invalid> {
        let rate = DiscountRate::annual_effective(0.12)?;
        for unit in [TimeUnit::Day, TimeUnit::Week, TimeUnit::Month, TimeUnit::Year] {
            let again = DiscountRate::per_period(rate.per(unit), unit)?;
            assert!((again.force() - rate.force()).abs() < CLOSED_FORM, "{unit}");
            assert!((rate.factor(unit.per_year(), unit) - 1.0 / 1.12).abs() < CLOSED_FORM, "{unit}");
        }
        assert!((DiscountRate::continuous(rate.force())?.annual() - 0.12).abs() < CLOSED_FORM);
        Ok(())
    }

    #[test]
    fn rates_at_or_below_minus_one_and_non_numbers_are_refused() {
        for bad in [-1.0, -2.0, f64::NAN, f64::INFINITY] {
            assert!(DiscountRate::annual_effective(bad).is_err(), "{bad}");
            assert!(DiscountRate::annual_nominal(bad * 12.0, 12).is_err(), "{bad}");
        }
        assert!(DiscountRate::annual_nominal(0.1, 0).is_err());
        assert!(DiscountRate::continuous(f64::NAN).is_err());
    }

    #[test]
    fn nominal_flows_at_the_nominal_rate_are_worth_what_real_flows_are_at_the_real_one() -> Result<(), Invalid> {
        let (real, inflation) = (DiscountRate::annual_effective(0.08)?, 0.03);
        let nominal = real.with_inflation(inflation)?;
        assert!((nominal.annual() - (1.08 * 1.03 - 1.0)).abs() < CLOSED_FORM); // Fisher (1930)
        assert!((nominal.real(inflation)?.force() - real.force()).abs() < CLOSED_FORM);
        for year in 0..10 {
            let dear = 100.0 * 1.03_f64.powi(year) * nominal.factor(f64::from(year), TimeUnit::Year);
            let today = 100.0 * real.factor(f64::from(year), TimeUnit::Year);
            assert!((dear - today).abs() < 100.0 * CLOSED_FORM, "{year}");
        }
        // More inflation than interest: money loses in real terms.
        assert!(DiscountRate::annual_effective(0.02)?.real(0.05)?.annual() < 0.0);
        for bad in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(real.with_inflation(bad).is_err() && real.real(bad).is_err(), "{bad}");
        }
        Ok(())
    }

    #[test]
    fn a_saved_rate_is_checked_when_it_is_loaded() {
        let rate: Result<DiscountRate, _> = serde_json::from_str(r#"{"force_per_year": 1e999}"#);
        assert!(rate.is_err());
    }
}
