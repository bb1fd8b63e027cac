//! A fitted age curve, and what users know better.

use emptor_types::{Invalid, TimeUnit};
use serde::{Deserialize, Serialize};

use super::checks::{is_amount, one_each, places};
use super::credibility::Credibility;
use super::curve::Curve;
use super::history::MAX_AGE;
use super::panel::{Steps, panel};
use crate::value::{CurrentProfit, LifetimeValue, RetentionRate, Survival, ValueError};

/// A fitted [`AgeCurve`](super::AgeCurve). What is known better than the data can say may be overwritten:
///
/// ```
/// use emptor_core::value::forecast::{AgeCurve, ProfitHistory};
/// use emptor_core::value::{LifetimeValue, ProfitStreams, RetentionRate, Survival};
/// use emptor_types::{DiscountRate, Fit, Horizon, TimeUnit, Timing};
///
/// let history = ProfitHistory::new(TimeUnit::Year, 2, vec![60.0, 60.0], vec![2])?.with_segments(&["web"])?;
/// let curve = AgeCurve::new(1)?.fit(&history)?
///     .with_profit(Some("web"), 3, 80.0)? // a new contract from the third year
///     .with_retention(None, 2, RetentionRate::new(0.5, TimeUnit::Year)?)?;
/// let convention = LifetimeValue::builder()
///     .rate(DiscountRate::annual_effective(0.0)?)
///     .horizon(Horizon::years(3.0)?)
///     .period(TimeUnit::Year)
///     .timing(Timing::End)
///     .build()?;
/// // New customers: 60, 60 and 80, of whom all, a half, and a quarter are left.
/// let streams = ProfitStreams::new(curve.forecast(&[0], Some(&["web"]), &convention)?)
///     .with_survival(curve.survival(&[0], Some(&["web"]), &convention)?)?;
/// assert_eq!(convention.compute(&streams)?.current(), [60.0 + 30.0 + 20.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct FittedAgeCurve {
    pub(super) unit: TimeUnit,
    pub(super) decay: f64,
    pub(super) base: Curve,
    pub(super) segments: Vec<(String, Curve)>,
    pub(super) own: Option<Credibility>,
    /// The mean of the curve over what it was fitted to: the profit of a period of a typical customer.
    pub(super) typical: f64,
}

/// The saved form; loading checks it again.
#[derive(Deserialize)]
struct Stored {
    unit: TimeUnit,
    decay: f64,
    base: Curve,
    segments: Vec<(String, Curve)>,
    own: Option<Credibility>,
    typical: f64,
}

impl TryFrom<Stored> for FittedAgeCurve {
    type Error = Invalid;

    fn try_from(Stored { unit, decay, base, segments, own, typical }: Stored) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require((0.0..=1.0).contains(&decay), "decay", "must lie between 0 and 1", decay);
        checks.require(typical >= 0.0 && is_amount(typical), "typical profit", "must be from 0 to 1e12", typical);
        let rule = "must have amounts and numbers of customers for the same ages, and retention by rising age";
        checks.require(base.is_valid(), "base curve", rule, "another");
        for (name, curve) in &segments {
            checks.require(curve.is_valid(), &format!("curve of {name}"), rule, "another");
        }
        let sorted = segments.windows(2).all(|pair| pair[0].0 < pair[1].0);
        checks.require(sorted, "segments", "must be sorted, each named once", segments.len());
        checks.finish()?;
        Ok(Self { unit, decay, base, segments, own, typical })
    }
}

impl FittedAgeCurve {
    /// The name under which an [`Envelope`](emptor_types::Envelope) keeps this kind of model.
    pub const KIND: &'static str = "age_curve";

    pub(super) fn new(unit: TimeUnit, decay: f64, base: Curve, segments: Vec<(String, Curve)>) -> Self {
        Self { unit, decay, base, segments, own: None, typical: 0.0 }
    }

    /// The length of a period of the curve.
    #[must_use]
    pub fn unit(&self) -> TimeUnit {
        self.unit
    }

    /// The names of the segments, sorted.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().map(|(name, _)| name.as_str())
    }

    /// The last age with a profit of its own; beyond it the level goes on.
    #[must_use]
    pub fn last_age(&self) -> usize {
        self.base.profit.len()
    }

    /// The profit of a customer in the `age`-th period of the relationship, counted from 1; without a segment, of the
    /// base curve. `None` for an unknown segment, and for age 0.
    #[must_use]
    pub fn profit(&self, segment: Option<&str>, age: usize) -> Option<f64> {
        self.curve(segment).filter(|_| age > 0).map(|curve| curve.profit(age, self.decay))
    }

    /// How many customers were observed at an age; 0 beyond the last.
    #[must_use]
    pub fn customers(&self, segment: Option<&str>, age: usize) -> Option<u64> {
        let curve = self.curve(segment).filter(|_| age > 0)?;
        Some(curve.customers.get(age - 1).copied().unwrap_or(0))
    }

    /// The last age at which anybody of the segment (`None`: of all) was observed, 0 if nobody ever was. Profits of later
    /// ages are the segment's at its ratio to the base curve, or its last level, or were overwritten. `None` for an
    /// unknown segment.
    #[must_use]
    pub fn observed_until(&self, segment: Option<&str>) -> Option<usize> {
        self.curve(segment).map(Curve::observed_until)
    }

    /// The rows of the customers whose forecast goes beyond the ages at which their segment was observed, and so rests on
    /// how older customers of other segments fared, or on the last level; the arguments are those of
    /// [`forecast`](Self::forecast).
    ///
    /// ```
    /// use emptor_core::value::forecast::{AgeCurve, ProfitHistory};
    /// use emptor_core::value::LifetimeValue;
    /// use emptor_types::{DiscountRate, Fit, Horizon, TimeUnit, Timing};
    ///
    /// // The small customer came a year ago, the large one, whose profit doubles, three years ago.
    /// let nan = f64::NAN;
    /// let history = ProfitHistory::new(TimeUnit::Year, 3, vec![nan, nan, 10.0, 100.0, 200.0, 400.0], vec![1, 3])?
    ///     .with_segments(&["small", "large"])?;
    /// let curve = AgeCurve::new(1)?.fit(&history)?;
    /// assert_eq!((curve.observed_until(Some("small")), curve.observed_until(Some("large"))), (Some(1), Some(3)));
    /// let convention = LifetimeValue::builder()
    ///     .rate(DiscountRate::annual_effective(0.10)?)
    ///     .horizon(Horizon::years(2.0)?)
    ///     .period(TimeUnit::Year)
    ///     .timing(Timing::End)
    ///     .build()?;
    /// // The small one is forecast to follow the course of the large one, at its own level.
    /// let (ages, segments) = ([1, 1], ["small", "large"]);
    /// let profit = [2, 3].map(|age| curve.profit(Some("small"), age).unwrap_or(nan));
    /// assert!((profit[0] - 20.0).abs() < 1e-12 && (profit[1] - 40.0).abs() < 1e-12);
    /// assert_eq!(curve.extended(&ages, Some(&segments), &convention)?, [0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Unless there is one known segment per customer.
    pub fn extended(
        &self,
        ages: &[usize],
        segments: Option<&[&str]>,
        convention: &LifetimeValue,
    ) -> Result<Vec<usize>, ValueError> {
        let curves = self.curves(ages.len(), segments)?;
        let steps = Steps::new(self.unit, convention).of(convention.periods()).last().map_or(0, |(k, _)| k);
        let beyond = |row: &usize| ages[*row].saturating_add(steps) > curves[*row].observed_until();
        Ok((0..ages.len()).filter(beyond).collect())
    }

    /// The retention that was overwritten, of customers who come to their `age`-th period.
    #[must_use]
    pub fn retention(&self, segment: Option<&str>, age: usize) -> Option<RetentionRate> {
        self.curve(segment).and_then(|curve| self.retention_of(curve, age))
    }

    /// Overwrites the profit of an age, of a segment or (`None`) of the base curve, which serves customers without one.
    /// An age beyond the last makes the curve longer.
    ///
    /// # Errors
    /// Unless the segment is known, the age at least 1, and the profit at most 10¹² in absolute value.
    pub fn with_profit(mut self, segment: Option<&str>, age: usize, profit: f64) -> Result<Self, Invalid> {
        let decay = self.decay;
        let curve = self.overwrite(segment, age, is_amount(profit).then_some(()).ok_or(profit))?;
        while curve.profit.len() < age {
            curve.push(curve.profit(curve.profit.len() + 1, decay), 0);
        }
        curve.profit[age - 1] = profit;
        Ok(self)
    }

    /// Sets the retention from an age on, until the next age that has one: the probability of a customer who has had
    /// `age − 1` periods to stay for the next. A segment without any has that of the base curve (`None`); before the
    /// first age that has one, everybody stays.
    ///
    /// # Errors
    /// Unless the segment is known, and the age at least 1.
    pub fn with_retention(
        mut self,
        segment: Option<&str>,
        age: usize,
        retention: RetentionRate,
    ) -> Result<Self, Invalid> {
        let retentions = &mut self.overwrite(segment, age, Ok(()))?.retention;
        match retentions.binary_search_by_key(&age, |(from, _)| *from) {
            Ok(place) => retentions[place].1 = retention,
            Err(place) => retentions.insert(place, (age, retention)),
        }
        Ok(self)
    }

    /// The profit of customers of these ages (complete periods so far; 0 for a new customer) and segments. Without
    /// segments the base curve serves all.
    ///
    /// # Errors
    /// Unless there is one known segment per customer.
    pub fn forecast(
        &self,
        ages: &[usize],
        segments: Option<&[&str]>,
        convention: &LifetimeValue,
    ) -> Result<CurrentProfit, ValueError> {
        let curves = self.curves(ages.len(), segments)?;
        let (periods, steps) = (convention.periods(), Steps::new(self.unit, convention));
        let values = panel(ages.len(), periods, |customer, row| {
            let curve = curves[customer];
            steps.add_up(row, |k| curve.profit(ages[customer].saturating_add(k), self.decay));
        })?;
        Ok(CurrentProfit::panel(periods, values)?)
    }

    /// The probability of customers of these ages to be there in each period to come, the next included, by the
    /// retention that was overwritten; certain if none was.
    ///
    /// # Errors
    /// Unless there is one known segment per customer.
    pub fn survival(
        &self,
        ages: &[usize],
        segments: Option<&[&str]>,
        convention: &LifetimeValue,
    ) -> Result<Survival, ValueError> {
        let curves = self.curves(ages.len(), segments)?;
        let retained = self.segments.iter().any(|(_, curve)| !curve.retention.is_empty());
        if !retained && self.base.retention.is_empty() {
            return Ok(Survival::Certain);
        }
        let (periods, steps) = (convention.periods(), Steps::new(self.unit, convention));
        let values = panel(ages.len(), periods, |customer, row| {
            let mut survival = 1.0;
            for (t, cell) in (1..).zip(row) {
                for (k, part) in steps.of(t) {
                    let retention = self.retention_of(curves[customer], ages[customer].saturating_add(k));
                    survival *= retention.map_or(1.0, |rate| rate.per(self.unit).powf(part));
                }
                *cell = survival;
            }
        })?;
        Ok(Survival::panel(periods, values)?)
    }

    fn curve(&self, segment: Option<&str>) -> Option<&Curve> {
        let Some(label) = segment else { return Some(&self.base) };
        self.segments.iter().find(|(name, _)| name == label).map(|(_, curve)| curve)
    }

    fn retention_of(&self, curve: &Curve, age: usize) -> Option<RetentionRate> {
        if curve.retention.is_empty() { self.base.retention(age) } else { curve.retention(age) }
    }

    /// The curve of every customer.
    pub(super) fn curves(&self, customers: usize, segments: Option<&[&str]>) -> Result<Vec<&Curve>, Invalid> {
        let Some(labels) = segments.filter(|_| !self.segments.is_empty()) else {
            return Ok(vec![&self.base; customers]);
        };
        one_each("segments", customers, labels.len())?;
        let names: Vec<&str> = self.segments().collect();
        let places = places(&names, labels.iter().copied())?;
        Ok(places.into_iter().map(|place| &self.segments[place].1).collect())
    }

    /// The curve to overwrite, if everything is right.
    fn overwrite(&mut self, segment: Option<&str>, age: usize, profit: Result<(), f64>) -> Result<&mut Curve, Invalid> {
        let mut checks = Invalid::checks();
        checks.require((1..=MAX_AGE).contains(&age), "age", "must be from 1 to 110000 periods", age);
        if let Err(profit) = profit {
            checks.require(false, "profit", "must be at most 1e12 in absolute value", profit);
        }
        let names: Vec<&str> = self.segments.iter().map(|(name, _)| name.as_str()).collect();
        let place = checks.absorb(places(&names, segment.into_iter()));
        checks.finish()?;
        Ok(match place.and_then(|places| places.first().copied()) {
            Some(place) => &mut self.segments[place].1,
            None => &mut self.base,
        })
    }
}
