//! What customers of an age bring.

use std::cell::LazyCell;

use emptor_types::{ExactSum, Fit, Invalid};
use serde::{Deserialize, Serialize};

use super::credibility::{Credibility, Member, estimate, order_free_sum, sort, unknown};
use super::curve::Curve;
use super::fitted_curve::FittedAgeCurve;
use super::history::ProfitHistory;
use super::level::nobody;
use crate::value::ValueError;

/// The age curve: a customer will earn what customers of the same segment earned at the age that they will have.
///
/// ```text
/// RP_it = curve_segment(age_i + t)          curve_s(a) = mean profit of the customers of s in the a-th period of their
///                                                        relationship, over all who were observed at that age
/// ```
/// Ages count complete periods since the relationship began, the first is 1. A cell of fewer than `min_customers` is
/// thin: it is blended by [`Credibility`] with the base curve of all segments at that age, and a thin cell of the base
/// curve with the age before (the first with the mean of all ages). What was never observed is what it would be blended
/// with. Beyond the last observed age the last level goes on, falling by an optional factor per period. Profit and
/// retention of any segment and age may be overwritten, see [`FittedAgeCurve`].
///
/// For credibility, the cells of the base curve are compared across ages, those of segments across the segments of an age.
///
/// Where customers who have left are in the history with profits of 0, their loss is in the curve: weigh it with no
/// survival then. Where they are missing from the history, add one.
///
/// ```
/// use emptor_core::value::forecast::{AgeCurve, ProfitHistory};
/// use emptor_core::value::{CurrentProfit, LifetimeValue};
/// use emptor_types::{DiscountRate, Fit, Horizon, TimeUnit, Timing};
///
/// // Two customers, seen in years 2 to 4 and 1 to 2 of their relationship.
/// let profit = vec![50.0, 70.0, 80.0, f64::NAN, 10.0, 30.0];
/// let history = ProfitHistory::new(TimeUnit::Year, 3, profit, vec![4, 2])?;
/// let curve = AgeCurve::new(1)?.with_decay(0.5)?.fit(&history)?;
/// let ages: Vec<_> = (1..=6).filter_map(|age| curve.profit(None, age)).collect();
/// assert_eq!(ages, [10.0, 40.0, 70.0, 80.0, 40.0, 20.0]);
///
/// let convention = LifetimeValue::builder()
///     .rate(DiscountRate::annual_effective(0.10)?)
///     .horizon(Horizon::years(2.0)?)
///     .period(TimeUnit::Year)
///     .timing(Timing::End)
///     .build()?;
/// let profit = curve.forecast(&[0, 3], None, &convention)?;
/// assert_eq!(profit, CurrentProfit::panel(2, vec![10.0, 40.0, 80.0, 40.0])?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **Reference.** The curve by age and segment, with values that users may overwrite, is how SAP CRM's customer lifetime
/// value counts periods; the blending is Bühlmann & Straub (1970).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredSpec")]
pub struct AgeCurve {
    min_customers: u64,
    decay: f64,
    credibility: Option<Credibility>,
    own: Option<Credibility>,
}

/// The saved form; loading checks it again.
#[derive(Deserialize)]
struct StoredSpec {
    min_customers: u64,
    decay: f64,
    credibility: Option<Credibility>,
    own: Option<Credibility>,
}

impl TryFrom<StoredSpec> for AgeCurve {
    type Error = Invalid;

    fn try_from(StoredSpec { min_customers, decay, credibility, own }: StoredSpec) -> Result<Self, Invalid> {
        Ok(Self { credibility, own, ..Self::new(min_customers)?.with_decay(decay)? })
    }
}

impl AgeCurve {
    /// A curve whose cells stand alone from `min_customers`; credibility is estimated, and the last level goes on.
    ///
    /// # Errors
    /// Unless `min_customers` is at least 1.
    pub fn new(min_customers: u64) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(min_customers > 0, "min_customers", "must be at least 1", min_customers);
        checks.finish()?;
        Ok(Self { min_customers, decay: 1.0, credibility: None, own: None })
    }

    /// What is left of the last level after every period beyond the last observed age (per period of the history).
    ///
    /// # Errors
    /// Unless it lies between 0 and 1.
    pub fn with_decay(self, decay: f64) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require((0.0..=1.0).contains(&decay), "decay", "must lie between 0 and 1", decay);
        checks.finish()?;
        Ok(Self { decay, ..self })
    }

    /// With a known credibility of thin cells, where `K` counts customers.
    #[must_use]
    pub fn with_credibility(self, credibility: Credibility) -> Self {
        Self { credibility: Some(credibility), ..self }
    }

    /// With a known credibility of a customer's own level, where `K` counts periods of a typical customer; see
    /// [`FittedAgeCurve::forecast_own`].
    #[must_use]
    pub fn with_own_credibility(self, credibility: Credibility) -> Self {
        Self { own: Some(credibility), ..self }
    }

    /// A cell that may be thin.
    fn blend(
        &self,
        cell: (f64, u64),
        instead: f64,
        credibility: impl FnOnce() -> Option<Credibility>,
    ) -> Result<f64, Invalid> {
        match cell {
            (_, 0) => Ok(instead),
            (own, customers) if customers >= self.min_customers => Ok(own),
            (own, customers) => Ok(credibility().ok_or_else(unknown)?.blend(customers as f64, own, instead)),
        }
    }
}

impl Fit<ProfitHistory> for AgeCurve {
    type Fitted = FittedAgeCurve;
    type Error = ValueError;

    /// Averages every cell, and blends the thin ones.
    ///
    /// # Errors
    /// [`ValueError::Invalid`] if nobody has a complete period, or a thin cell needs a credibility that cannot be
    /// estimated.
    fn fit(&self, history: &ProfitHistory) -> Result<FittedAgeCurve, ValueError> {
        let last = history.ages().iter().copied().max().filter(|age| *age > 0).ok_or_else(nobody)?;
        let segments = history.segments().len().max(1);
        let mut cells = Cells::new(segments, last);
        let mut base = Cells::new(1, last);
        for (segment, age, profit) in history.observations() {
            cells.add(segment, age, profit);
            base.add(0, age, profit);
        }

        // Ages within the whole for the base curve, segments within an age for their curves; only if a cell is thin.
        let of_base = LazyCell::new(|| self.credibility.or_else(|| base.credibility(history, |_, _| 0)));
        let of_segments = LazyCell::new(|| self.credibility.or_else(|| cells.credibility(history, |_, age| age)));
        let mut instead = base.mean_of_all();
        let mut curve = Curve::default();
        for age in 1..=last {
            let cell = base.at(0, age);
            instead = self.blend(cell, instead, || *of_base)?;
            curve.push(instead, cell.1);
        }
        let mut separate = Vec::new();
        for (segment, name) in history.segments().iter().enumerate() {
            let mut own = Curve::default();
            for age in 1..=last {
                let cell = cells.at(segment, age);
                own.push(self.blend(cell, curve.profit(age, 1.0), || *of_segments)?, cell.1);
            }
            separate.push((name.clone(), own));
        }
        Ok(FittedAgeCurve::new(history.unit(), self.decay, curve, separate).with_own(history, self.own))
    }
}

/// Sums of profit by segment and age.
struct Cells {
    last: usize,
    sums: Vec<ExactSum>,
    customers: Vec<u64>,
}

impl Cells {
    fn new(segments: usize, last: usize) -> Self {
        Self { last, sums: vec![ExactSum::ZERO; segments * last], customers: vec![0; segments * last] }
    }

    fn add(&mut self, segment: usize, age: usize, profit: f64) {
        let cell = segment * self.last + age - 1;
        self.sums[cell].add(profit);
        self.customers[cell] += 1;
    }

    /// Mean and number of customers; the mean of nobody is never used.
    fn at(&self, segment: usize, age: usize) -> (f64, u64) {
        let cell = segment * self.last + age - 1;
        let customers = self.customers[cell];
        (self.sums[cell].value() / customers.max(1) as f64, customers)
    }

    fn mean_of_all(&self) -> f64 {
        let mut sum = ExactSum::ZERO;
        self.sums.iter().for_each(|cell| sum.merge(*cell));
        sum.value() / self.customers.iter().sum::<u64>().max(1) as f64
    }

    /// Credibility of cells within the groups that `group` makes of segment and age.
    fn credibility(&self, history: &ProfitHistory, group: impl Fn(usize, usize) -> usize) -> Option<Credibility> {
        let segments = self.sums.len() / self.last;
        let place = |segment: usize| if segments > 1 { segment } else { 0 };
        let squares = history.observations().map(|(s, age, profit)| (profit - self.at(place(s), age).0).powi(2));
        let mut members = Vec::new();
        let mut freedom = 0;
        for segment in 0..segments {
            for age in 1..=self.last {
                let (mean, customers) = self.at(segment, age);
                if customers > 0 {
                    members.push(Member { group: group(segment, age), weight: customers as f64, mean });
                    freedom += customers - 1;
                }
            }
        }
        sort(&mut members);
        estimate(order_free_sum(squares), freedom as f64, &members)
    }
}
