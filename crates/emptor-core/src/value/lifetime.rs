//! The two formulas.

use std::fmt;
use std::ops::Range;

use emptor_types::{DiscountRate, Horizon, Invalid, TimeUnit, Timing};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::equity::Flow;
use super::error::ValueError;
use super::flows::{ProfitStreams, require_sum};
use super::schedule::Schedule;
use super::survival::Survival;

/// Customers per unit of parallel work.
const CHUNK: usize = 1024;

/// The most periods of a horizon, so that a wrong unit ends in a message and not in the memory: 2,700 years of days.
const MOST_PERIODS: usize = 1_000_000;

/// The convention of a discounted lifetime value: rate, horizon, length of a period, place of the flow in it.
///
/// ```text
/// LTV_i = Σ_{t=1}^{⌈T_i⌉} w_i(t) · s_i(t) · RP_it / (1+r)^τ(t)      τ(t) = t − 1, t − ½ or t
/// ```
///
/// where `r` is the effective rate per period, `s` the survival weight, and `w = 1` but for the last, partial period of
/// a fractional life (`w = 0.4` in period 3 of `T = 2.4`), which is discounted as the whole period.
///
/// ```
/// use emptor_core::value::{CurrentProfit, LifetimeValue, ProfitStreams};
/// use emptor_types::{DiscountRate, Horizon, TimeUnit, Timing};
///
/// let spec = LifetimeValue::builder()
///     .rate(DiscountRate::annual_effective(0.10)?)
///     .horizon(Horizon::years(5.0)?)
///     .period(TimeUnit::Year)
///     .timing(Timing::End)
///     .build()?;
/// // Analytics specification §3.4: 100 a year for 2.4 years.
/// let streams = ProfitStreams::new(CurrentProfit::level(vec![100.0])?).with_lives(vec![2.4])?;
/// assert!((spec.compute(&streams)?.current()[0] - 203.606_311).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct LifetimeValue {
    rate: DiscountRate,
    horizon: Horizon,
    period: TimeUnit,
    timing: Timing,
}

/// The saved form; loading checks it again.
#[derive(Serialize, Deserialize)]
struct Stored {
    rate: DiscountRate,
    horizon: Horizon,
    period: TimeUnit,
    timing: Timing,
}

impl TryFrom<Stored> for LifetimeValue {
    type Error = Invalid;

    fn try_from(Stored { rate, horizon, period, timing }: Stored) -> Result<Self, Invalid> {
        Self::builder().rate(rate).horizon(horizon).period(period).timing(timing).build()
    }
}

impl From<LifetimeValue> for Stored {
    fn from(LifetimeValue { rate, horizon, period, timing }: LifetimeValue) -> Self {
        Self { rate, horizon, period, timing }
    }
}

/// Collects the convention; nothing about time has a default.
#[derive(Debug, Clone, Copy, Default)]
pub struct LifetimeValueBuilder {
    rate: Option<DiscountRate>,
    horizon: Option<Horizon>,
    period: Option<TimeUnit>,
    timing: Option<Timing>,
}

impl LifetimeValueBuilder {
    /// The discount rate.
    #[must_use]
    pub fn rate(mut self, rate: DiscountRate) -> Self {
        self.rate = Some(rate);
        self
    }

    /// How far ahead profit counts.
    #[must_use]
    pub fn horizon(mut self, horizon: Horizon) -> Self {
        self.horizon = Some(horizon);
        self
    }

    /// The length of a period of the profit streams.
    #[must_use]
    pub fn period(mut self, period: TimeUnit) -> Self {
        self.period = Some(period);
        self
    }

    /// Where in its period a profit falls.
    #[must_use]
    pub fn timing(mut self, timing: Timing) -> Self {
        self.timing = Some(timing);
        self
    }

    /// Checks that the convention is complete.
    ///
    /// # Errors
    /// Everything that is missing, at once; unless the horizon has at most 1,000,000 periods.
    pub fn build(self) -> Result<LifetimeValue, Invalid> {
        let mut checks = Invalid::checks();
        let rule = "must be given: it has no default";
        checks.require(self.rate.is_some(), "rate", rule, "nothing");
        checks.require(self.horizon.is_some(), "horizon", rule, "nothing");
        checks.require(self.period.is_some(), "period", rule, "nothing");
        checks.require(self.timing.is_some(), "timing", rule, "nothing");
        checks.finish()?;
        match (self.rate, self.horizon, self.period, self.timing) {
            (Some(rate), Some(horizon), Some(period), Some(timing)) => {
                let convention = LifetimeValue { rate, horizon, period, timing };
                let mut checks = Invalid::checks();
                let rule = format!("must have at most {MOST_PERIODS} periods of one {period}");
                checks.require(convention.periods() <= MOST_PERIODS, "horizon", &rule, horizon);
                checks.finish()?;
                Ok(convention)
            }
            _ => Err(Invalid::value("convention", "must be complete", "nothing")),
        }
    }
}

impl LifetimeValue {
    /// Starts a convention.
    #[must_use]
    pub fn builder() -> LifetimeValueBuilder {
        LifetimeValueBuilder::default()
    }

    /// The discount rate.
    #[must_use]
    pub fn rate(&self) -> DiscountRate {
        self.rate
    }

    /// The horizon.
    #[must_use]
    pub fn horizon(&self) -> Horizon {
        self.horizon
    }

    /// The length of a period.
    #[must_use]
    pub fn period(&self) -> TimeUnit {
        self.period
    }

    /// Where in its period a profit falls.
    #[must_use]
    pub fn timing(&self) -> Timing {
        self.timing
    }

    /// Periods of the horizon, the last one perhaps in part.
    #[must_use]
    pub fn periods(&self) -> usize {
        self.horizon.in_units(self.period).ceil() as usize
    }

    /// Computes the value of every customer, in input order.
    ///
    /// # Errors
    /// If a panel does not cover the horizon, or values overflow: each must be finite, and all together must not exceed
    /// 9·10¹⁸ in absolute value, so that customer equity can add them up exactly.
    pub fn compute(&self, streams: &ProfitStreams) -> Result<LifetimeValues, ValueError> {
        streams.covers(self.periods())?;
        let factors = self.discount_factors();
        let customers: Vec<usize> = (0..streams.customers()).collect();
        let values: Vec<(f64, f64)> = customers
            .par_chunks(CHUNK)
            .flat_map_iter(|chunk| chunk.iter().map(|customer| self.value(streams, &factors, *customer)))
            .collect();
        let (current, potential): (Vec<f64>, Vec<f64>) = values.into_iter().unzip();
        Ok(LifetimeValues::new(*self, current, potential)?)
    }

    /// Lays the value of every customer out by period.
    ///
    /// # Errors
    /// If a panel does not cover the horizon.
    pub fn schedule(&self, streams: &ProfitStreams) -> Result<Schedule, ValueError> {
        streams.covers(self.periods())?;
        let mut schedule = Schedule::default();
        let factors = self.discount_factors();
        for customer in 0..streams.customers() {
            self.each_period(streams, &factors, customer, |row| schedule.push(customer, &row));
        }
        Ok(schedule)
    }

    /// Hands over the expected profit of some customers in every period, before discounting.
    pub(super) fn each_flow(
        &self,
        streams: &ProfitStreams,
        customers: Range<usize>,
        mut take: impl FnMut(usize, &Flow),
    ) {
        let factors = self.discount_factors();
        for customer in customers {
            self.each_period(streams, &factors, customer, |row| {
                let flow =
                    Flow { t: row.t, current: row.survival * row.current, potential: row.survival * row.potential };
                take(customer, &flow);
            });
        }
    }

    fn value(&self, streams: &ProfitStreams, factors: &[f64], customer: usize) -> (f64, f64) {
        let (mut current, mut potential) = (0.0, 0.0);
        self.each_period(streams, factors, customer, |row| {
            current += row.pv_current();
            potential += row.pv_potential();
        });
        (current, potential)
    }

    /// What a unit of profit in each period is worth now, survival and the part of the last period included.
    pub(super) fn weights(&self, survival: &Survival) -> Result<Vec<f64>, ValueError> {
        if survival.customers().is_some() {
            return Err(Invalid::value("survival", "must be the same for all customers", "a panel").into());
        }
        survival.covers(self.periods())?;
        let horizon = self.horizon.in_units(self.period);
        let weight =
            |(t, factor): (usize, &f64)| (horizon - (t - 1) as f64).min(1.0) * survival.at(0, t, self.period) * factor;
        Ok((1..).zip(&self.discount_factors()).map(weight).collect())
    }

    fn discount_factors(&self) -> Vec<f64> {
        (1..=self.periods()).map(|t| self.rate.factor(self.timing.tau(t), self.period)).collect()
    }

    fn each_period(
        &self,
        streams: &ProfitStreams,
        factors: &[f64],
        customer: usize,
        mut take: impl FnMut(PeriodValue),
    ) {
        let life = streams.life(customer, self.horizon.in_units(self.period));
        for (t, factor) in (1..).zip(factors) {
            let lived = (life - (t - 1) as f64).min(1.0);
            if lived > 0.0 {
                take(PeriodValue {
                    t,
                    tau: self.timing.tau(t),
                    survival: streams.survival(customer, t, self.period),
                    current: lived * streams.current(customer, t),
                    potential: lived * streams.potential(customer, t),
                    factor: *factor,
                });
            }
        }
    }
}

impl fmt::Display for LifetimeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rate, horizon, period, timing } = self;
        write!(f, "net present value over {horizon}, per {period}, cash at {timing} of period, {rate}")
    }
}

/// One term of the sum.
pub(super) struct PeriodValue {
    pub(super) t: usize,
    pub(super) tau: f64,
    pub(super) survival: f64,
    pub(super) current: f64,
    pub(super) potential: f64,
    pub(super) factor: f64,
}

impl PeriodValue {
    pub(super) fn pv_current(&self) -> f64 {
        self.survival * self.current * self.factor
    }

    pub(super) fn pv_potential(&self) -> f64 {
        self.survival * self.potential * self.factor
    }
}

/// Lifetime values, one per customer in input order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredValues", into = "StoredValues")]
pub struct LifetimeValues {
    convention: LifetimeValue,
    current: Vec<f64>,
    potential: Vec<f64>,
}

/// The saved form; loading checks it again.
#[derive(Serialize, Deserialize)]
struct StoredValues {
    convention: LifetimeValue,
    current: Vec<f64>,
    potential: Vec<f64>,
}

impl TryFrom<StoredValues> for LifetimeValues {
    type Error = Invalid;

    fn try_from(StoredValues { convention, current, potential }: StoredValues) -> Result<Self, Invalid> {
        Self::new(convention, current, potential)
    }
}

impl From<LifetimeValues> for StoredValues {
    fn from(LifetimeValues { convention, current, potential }: LifetimeValues) -> Self {
        Self { convention, current, potential }
    }
}

impl LifetimeValues {
    pub(super) fn empty(convention: LifetimeValue) -> Self {
        Self { convention, current: Vec::new(), potential: Vec::new() }
    }

    fn new(convention: LifetimeValue, current: Vec<f64>, potential: Vec<f64>) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        let same = format!("must be one for each of {} customers", current.len());
        checks.require(potential.len() == current.len(), "lifetime value of potential", &same, potential.len());
        let rule = "must be finite: the horizon is too long for the discount rate";
        for (name, values) in [("lifetime value", &current), ("lifetime value of potential", &potential)] {
            checks.require_each(name, rule, values, |_, v| v.is_finite());
        }
        checks.finish()?;
        let values = Self { convention, current, potential };
        values.check_sums()?;
        Ok(values)
    }

    /// Requires that exact sums hold the customers.
    fn check_sums(&self) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        require_sum(&mut checks, "lifetime value", &self.current);
        require_sum(&mut checks, "lifetime value of potential", &self.potential);
        checks.finish()
    }

    /// Adds the values of more customers.
    pub(super) fn append(&mut self, other: Self) {
        self.current.extend(other.current);
        self.potential.extend(other.potential);
    }

    /// What was appended to in parts, checked as a whole.
    pub(super) fn whole(self) -> Result<Self, Invalid> {
        self.check_sums()?;
        Ok(self)
    }

    /// The convention they follow.
    #[must_use]
    pub fn convention(&self) -> &LifetimeValue {
        &self.convention
    }

    /// Value of the current relationship, `LTV_current`.
    #[must_use]
    pub fn current(&self) -> &[f64] {
        &self.current
    }

    /// Value that potential profit adds, `LTV_total − LTV_current`.
    #[must_use]
    pub fn potential(&self) -> &[f64] {
        &self.potential
    }

    /// Value of current and potential profit, `LTV_total`.
    #[must_use]
    pub fn total(&self) -> Vec<f64> {
        self.current.iter().zip(&self.potential).map(|(c, p)| c + p).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{CurrentProfit, PotentialProfit};

    fn convention(horizon: Horizon, period: TimeUnit) -> Result<LifetimeValue, ValueError> {
        let rate = DiscountRate::annual_effective(0.1)?;
        Ok(LifetimeValue::builder().rate(rate).horizon(horizon).period(period).timing(Timing::End).build()?)
    }

    #[test]
    fn a_horizon_of_too_many_periods_is_refused_with_the_reason() -> Result<(), ValueError> {
        assert!(convention(Horizon::days(1e6)?, TimeUnit::Day).is_ok());
        let error = convention(Horizon::years(10_000.0)?, TimeUnit::Day).map_err(|e| e.to_string());
        let expected = "horizon must have at most 1000000 periods of one day (got 10000 years)";
        assert_eq!(error.err().as_deref(), Some(expected));
        Ok(())
    }

    #[test]
    fn values_that_no_exact_sum_holds_are_refused() -> Result<(), ValueError> {
        let spec = convention(Horizon::years(10_000.0)?, TimeUnit::Year)?;
        // At 10 % a year the endless annuity of 10¹² is 10¹³: 900,001 customers are worth more than 9·10¹⁸.
        let of = |customers| -> Result<LifetimeValues, ValueError> {
            let values = LifetimeValues::new(spec, vec![1e13; customers], vec![0.0; customers])?;
            Ok(values)
        };
        assert!(of(900_000).is_ok());
        assert!(of(900_010).is_err_and(|e| e.to_string().contains("9e18")));
        let short = convention(Horizon::years(3.0)?, TimeUnit::Year)?;
        let most = short.compute(&ProfitStreams::new(CurrentProfit::level(vec![1e12])?))?;
        assert!(most.current()[0] > 2.48e12);
        Ok(())
    }

    #[test]
    fn conventions_and_values_are_the_same_after_saving_and_wrong_ones_do_not_load()
    -> Result<(), Box<dyn std::error::Error>> {
        let spec = convention(Horizon::months(36.0)?, TimeUnit::Month)?;
        let streams = ProfitStreams::new(CurrentProfit::level(vec![0.1, -3.0])?)
            .with_potential(PotentialProfit::level(vec![0.7, 0.0])?)?;
        let values = spec.compute(&streams)?;
        let saved = serde_json::to_string(&values)?;
        assert_eq!(serde_json::from_str::<LifetimeValues>(&saved)?, values);
        assert_eq!(serde_json::from_str::<LifetimeValue>(&serde_json::to_string(&spec)?)?, spec);
        let short = saved.replace("\"potential\":[", "\"potential\":[1.0,");
        assert!(short != saved && serde_json::from_str::<LifetimeValues>(&short).is_err());
        Ok(())
    }
}
