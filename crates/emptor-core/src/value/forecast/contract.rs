//! Customers under contract: what it pays, how long it lives, when it ends.

use emptor_lifetime::{FittedBetaDiscreteWeibull, FittedShiftedBetaGeo};
use emptor_types::{Date, Invalid, TimeUnit};

use super::checks::{one_each, places, same_period};
use super::panel::{Steps, panel};
use crate::value::{CurrentProfit, FirstPayment, LifetimeValue, Survival, ValueError};

/// A model of contracts that are renewed or lost at the end of every period: the fitted contract models, or one of your
/// own.
///
/// ```
/// use emptor_core::value::forecast::{RenewalModel, contract_survival};
/// use emptor_core::value::{FirstPayment, LifetimeValue, Survival};
/// use emptor_types::{DiscountRate, Horizon, TimeUnit, Timing};
///
/// /// Nobody leaves after the first renewal, where a half does.
/// struct Trial;
///
/// impl RenewalModel for Trial {
///     fn period(&self) -> TimeUnit {
///         TimeUnit::Month
///     }
///
///     fn survival_after(&self, renewals: u64, periods: u64) -> f64 {
///         if renewals == 0 && periods > 0 { 0.5 } else { 1.0 }
///     }
/// }
///
/// let convention = LifetimeValue::builder()
///     .rate(DiscountRate::annual_effective(0.10)?)
///     .horizon(Horizon::months(2.0)?)
///     .period(TimeUnit::Month)
///     .timing(Timing::Start)
///     .build()?;
/// let survival = contract_survival(&Trial, &[0, 1], FirstPayment::Certain, &convention)?;
/// assert_eq!(survival, Survival::panel(2, vec![1.0, 0.5, 1.0, 1.0])?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait RenewalModel: Sync {
    /// The contract's period.
    fn period(&self) -> TimeUnit;

    /// The probability of a customer who has renewed `renewals` times, and is there now, to be there `periods` later.
    fn survival_after(&self, renewals: u64, periods: u64) -> f64;
}

impl RenewalModel for FittedShiftedBetaGeo {
    fn period(&self) -> TimeUnit {
        self.unit()
    }

    fn survival_after(&self, renewals: u64, periods: u64) -> f64 {
        self.conditional_survival(renewals, periods)
    }
}

impl RenewalModel for FittedBetaDiscreteWeibull {
    fn period(&self) -> TimeUnit {
        self.unit()
    }

    fn survival_after(&self, renewals: u64, periods: u64) -> f64 {
        self.conditional_survival(renewals, periods)
    }
}

/// The profit of contracts: the fee per `per`, times the margin rate, as a level per period of the convention.
///
/// ```
/// use emptor_core::value::forecast::contract_profit;
/// use emptor_core::value::{CurrentProfit, LifetimeValue};
/// use emptor_types::{DiscountRate, Horizon, TimeUnit, Timing};
///
/// let convention = LifetimeValue::builder()
///     .rate(DiscountRate::annual_effective(0.10)?)
///     .horizon(Horizon::years(5.0)?)
///     .period(TimeUnit::Year)
///     .timing(Timing::Start)
///     .build()?;
/// let profit = contract_profit(&[50.0, 20.0], TimeUnit::Month, &[0.5, 0.25], &convention)?;
/// assert_eq!(profit, CurrentProfit::level(vec![300.0, 60.0])?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Unless there is one finite margin rate per finite fee.
pub fn contract_profit(
    fees: &[f64],
    per: TimeUnit,
    margins: &[f64],
    convention: &LifetimeValue,
) -> Result<CurrentProfit, ValueError> {
    let mut checks = Invalid::checks();
    checks.absorb(one_each("margin", fees.len(), margins.len()));
    checks.require_each("fee", "must be finite", fees, |_, fee| fee.is_finite());
    checks.require_each("margin", "must be finite", margins, |_, margin| margin.is_finite());
    checks.finish()?;
    let length = Steps::new(per, convention).length();
    Ok(CurrentProfit::level(fees.iter().zip(margins).map(|(fee, margin)| fee * margin * length).collect())?)
}

/// The survival of customers who have renewed `renewals` times and are under contract now, by a fitted model.
///
/// ```text
/// s(t) = S(m + t) / S(m)          first payment at risk: the next payment is that of the next renewal
///      = S(m + t − 1) / S(m)      first payment certain: the present period is still to be paid
/// ```
/// One curve if all customers have renewed as often, otherwise one per customer. With cash at the start of periods the
/// value of a payment of 1 is the discounted expected lifetime of Fader & Hardie (2010): `m = 0` and a certain first
/// payment for a new customer (DEL), at risk for one who stands before the renewal (DERL).
///
/// ```
/// use emptor_core::value::forecast::contract_survival;
/// use emptor_core::value::{CurrentProfit, FirstPayment, LifetimeValue, ProfitStreams};
/// use emptor_lifetime::{FittedShiftedBetaGeo, ShiftedBetaGeoParameters};
/// use emptor_types::{DiscountRate, Horizon, TimeUnit, Timing};
///
/// let parameters = ShiftedBetaGeoParameters { alpha: 0.668, beta: 3.806 };
/// let model = FittedShiftedBetaGeo::from_parameters(parameters, TimeUnit::Year)?;
/// let convention = LifetimeValue::builder()
///     .rate(DiscountRate::annual_effective(0.10)?)
///     .horizon(Horizon::years(200.0)?)
///     .period(TimeUnit::Year)
///     .timing(Timing::Start)
///     .build()?;
/// let survival = contract_survival(&model, &[3], FirstPayment::AtRisk, &convention)?;
/// let streams = ProfitStreams::new(CurrentProfit::level(vec![1.0])?).with_survival(survival)?;
/// assert!((convention.compute(&streams)?.current()[0] - 6.620_280).abs() < 1e-6); // active for four periods
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Reference: P. S. Fader, B. G. S. Hardie (2010), Customer-base valuation in a contractual setting: the perils of
/// ignoring heterogeneity, *Marketing Science* 29(1), 85–93.
///
/// # Errors
/// Unless the contract's period is that of the convention: between renewals nobody leaves, and where a customer stands
/// between two of them is not known here.
pub fn contract_survival(
    model: &(impl RenewalModel + ?Sized),
    renewals: &[u64],
    first: FirstPayment,
    convention: &LifetimeValue,
) -> Result<Survival, ValueError> {
    same_period("period of the contract model", model.period(), convention)?;
    by_standing(renewals, convention.periods(), |made, row| {
        let mut before = 1.0;
        for (t, cell) in (1..).zip(row) {
            let weight = model.survival_after(*made, steps_ahead(t, first) as u64);
            // Survival must not rise, not even by a rounding error.
            before = f64::min(before, weight);
            *cell = before;
        }
    })
}

/// The survival of customers by the curve of their segment, such as a Kaplan–Meier estimate: `S(1), S(2), …`, with
/// `S(0) = 1` for a new customer. A customer of age `a` (complete periods so far) has survived that long:
///
/// ```text
/// s(t) = S(a + t) / S(a),  or S(a + t − 1) / S(a) if the first payment is certain
/// ```
/// ```
/// use emptor_core::value::forecast::segment_survival;
/// use emptor_core::value::{FirstPayment, LifetimeValue, Survival};
/// use emptor_types::{DiscountRate, Horizon, TimeUnit, Timing};
///
/// let convention = LifetimeValue::builder()
///     .rate(DiscountRate::annual_effective(0.10)?)
///     .horizon(Horizon::years(2.0)?)
///     .period(TimeUnit::Year)
///     .timing(Timing::End)
///     .build()?;
/// let curves = [("retail", vec![0.5, 0.4, 0.4]), ("web", vec![0.8, 0.4, 0.2])];
/// let labels = ["web", "retail", "web"];
/// let survival =
///     segment_survival(TimeUnit::Year, &curves, &labels, &[0, 0, 1], FirstPayment::AtRisk, &convention)?;
/// assert_eq!(survival, Survival::panel(2, vec![0.8, 0.4, 0.5, 0.4, 0.5, 0.25])?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Unless the curves count the convention's period, have one name each, lie between 0 and 1 and never rise; every
/// customer has the label of a curve and an age at which it is not 0. [`ValueError::TooFewPeriods`] if a curve ends
/// before the horizon of a customer: nothing is extrapolated.
pub fn segment_survival<L: AsRef<str>>(
    unit: TimeUnit,
    curves: &[(L, Vec<f64>)],
    labels: &[L],
    ages: &[usize],
    first: FirstPayment,
    convention: &LifetimeValue,
) -> Result<Survival, ValueError> {
    let mut checks = Invalid::checks();
    checks.absorb(same_period("period of the curves", unit, convention));
    checks.absorb(one_each("age", labels.len(), ages.len()));
    for (name, curve) in curves {
        if let Err(error) = Survival::curve(curve.clone()) {
            checks.require(false, &format!("curve of {}", name.as_ref()), "must be a survival curve", error);
        }
    }
    let mut sorted: Vec<(&str, &[f64])> = curves.iter().map(|(name, curve)| (name.as_ref(), &curve[..])).collect();
    sorted.sort_unstable_by_key(|(name, _)| *name);
    let names: Vec<&str> = sorted.iter().map(|(name, _)| *name).collect();
    let twice = names.windows(2).find(|pair| pair[0] == pair[1]);
    checks.require(twice.is_none(), "curves", "must have one name each", twice.map_or("", |pair| pair[0]));
    let places = checks.absorb(places(&names, labels.iter().map(AsRef::as_ref))).unwrap_or_default();
    checks.finish()?;

    let standing: Vec<(usize, usize)> = places.into_iter().zip(ages.iter().copied()).collect();
    let at = |place: usize, age: usize| if age > 0 { sorted[place].1.get(age - 1).copied() } else { Some(1.0) };
    let periods = convention.periods();
    let ahead = steps_ahead(periods, first);
    if let Some((place, age)) = standing.iter().find(|(place, age)| at(*place, age.saturating_add(ahead)).is_none()) {
        let (periods, needed) = (sorted[*place].1.len(), age.saturating_add(ahead));
        return Err(ValueError::TooFewPeriods { name: "survival curve", periods, needed });
    }
    let mut checks = Invalid::checks();
    let rule = "must be an age that somebody of the segment's curve reaches";
    checks.require_each("age", rule, ages, |row, age| at(standing[row].0, age).is_some_and(|left| left > 0.0));
    checks.finish()?;
    by_standing(&standing, periods, |(place, age), row| {
        for (t, cell) in (1..).zip(row) {
            let now = at(*place, *age).unwrap_or(1.0);
            *cell = at(*place, age + steps_ahead(t, first)).unwrap_or(0.0) / now;
        }
    })
}

/// Lengths of contracts with a fixed end, in periods of the convention from the day after `as_of` to the end, both
/// included: 0 for a contract that has ended, infinite without an end. A fraction is part of a period; units of time
/// are of one length, a year 365.25 days. To be given to
/// [`ProfitStreams::with_lives`](crate::value::ProfitStreams::with_lives): nothing is paid after the end.
///
/// ```
/// use emptor_core::value::LifetimeValue;
/// use emptor_core::value::forecast::contract_lives;
/// use emptor_types::{DiscountRate, Horizon, TimeUnit, Timing};
///
/// let convention = LifetimeValue::builder()
///     .rate(DiscountRate::annual_effective(0.10)?)
///     .horizon(Horizon::years(5.0)?)
///     .period(TimeUnit::Week)
///     .timing(Timing::End)
///     .build()?;
/// let ends = [Some("2025-01-24".parse()?), Some("2024-06-30".parse()?), None];
/// let lives = contract_lives(&ends, "2024-12-31".parse()?, &convention);
/// assert_eq!(lives, [24.0 / 7.0, 0.0, f64::INFINITY]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn contract_lives(ends: &[Option<Date>], as_of: Date, convention: &LifetimeValue) -> Vec<f64> {
    let days = |end: Date| f64::from(end.days_since_epoch()) - f64::from(as_of.days_since_epoch());
    let periods = |end: Date| f64::max(0.0, days(end) / convention.period().days());
    ends.iter().map(|end| end.map_or(f64::INFINITY, periods)).collect()
}

/// How far ahead of today the survival lies that weighs the payment of period `t`.
fn steps_ahead(t: usize, first: FirstPayment) -> usize {
    match first {
        FirstPayment::AtRisk => t,
        FirstPayment::Certain => t - 1,
    }
}

/// Builds the curve of every distinct standing once, and a panel only if there is more than one.
fn by_standing<S: Ord + Clone + Sync>(
    standing: &[S],
    periods: usize,
    fill: impl Fn(&S, &mut [f64]) + Sync,
) -> Result<Survival, ValueError> {
    let mut distinct = standing.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let curves = panel(distinct.len(), periods, |place, row| fill(&distinct[place], row))?;
    if distinct.len() == 1 {
        return Ok(Survival::curve(curves)?);
    }
    let values = panel(standing.len(), periods, |customer, row| {
        let place = distinct.partition_point(|other| *other < standing[customer]);
        row.copy_from_slice(&curves[place * periods..][..periods]);
    })?;
    Ok(Survival::panel(periods, values)?)
}
