//! What a whole base is expected to earn, period by period.

use std::collections::BTreeMap;
use std::ops::Range;

use emptor_types::{ExactSum, Invalid};
use rayon::prelude::*;

use crate::value::{FirstPayment, LifetimeValue, ProfitStreams, RetentionRate, ValueError};

/// Expected profit of a base, or of a part of it, per period: profits weighted by survival and lived part of the period,
/// added up over customers, before discounting.
///
/// ```text
/// current(t) = Σ_i w_i(t) · s_i(t) · RP_it          value = Σ_t (current(t) + potential(t)) / (1+r)^τ(t)
/// ```
///
/// It is small (two numbers per period) however many customers there are, and all that levers act upon: a change of
/// margin scales it, a change of retention scales period `t` by the power `t`, a change of rate only its discounting.
///
/// ```
/// use emptor_core::value::{CurrentProfit, CustomerEquity, LifetimeValue, ProfitStreams};
/// use emptor_types::{DiscountRate, Horizon, TimeUnit, Timing};
///
/// let convention = LifetimeValue::builder()
///     .rate(DiscountRate::annual_effective(0.10)?)
///     .horizon(Horizon::years(3.0)?)
///     .period(TimeUnit::Year)
///     .timing(Timing::End)
///     .build()?;
/// let streams = ProfitStreams::new(CurrentProfit::panel(3, vec![100.0, 110.0, 121.0, 50.0, 0.0, 0.0])?);
/// let flows = convention.base_flows(&streams)?;
/// assert_eq!(flows.current(), [150.0, 110.0, 121.0]);
/// assert!((flows.value() - CustomerEquity::new(&convention.compute(&streams)?).total()).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct BaseFlows {
    convention: LifetimeValue,
    customers: usize,
    current: Vec<f64>,
    potential: Vec<f64>,
    kept: Kept,
}

/// Below this survival a quotient of two weights says nothing about retention: doubles run out of digits.
const NOBODY: f64 = 1e-200;

/// What the survival in flows says about retention, over all customers.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Kept {
    /// The smallest weight of any period, and of the first.
    least: f64,
    least_first: f64,
    /// The largest weight of the first period, and the largest share that stays from one period to the next.
    first: f64,
    later: f64,
}

impl Kept {
    const NONE: Self = Self { least: 1.0, least_first: 1.0, first: 0.0, later: 0.0 };

    fn merge(self, other: Self) -> Self {
        Self {
            least: self.least.min(other.least),
            least_first: self.least_first.min(other.least_first),
            first: self.first.max(other.first),
            later: self.later.max(other.later),
        }
    }

    fn of(convention: &LifetimeValue, streams: &ProfitStreams, customer: usize) -> Self {
        let at = |t| streams.survival(customer, t, convention.period());
        let first = at(1);
        let (mut before, mut later) = (first, 0.0_f64);
        for t in 2..=convention.periods() {
            let now = at(t);
            if before > NOBODY {
                later = later.max(now / before);
            }
            before = now;
        }
        // Survival does not rise: the last weight is the least.
        Self { least: before, least_first: first, first, later }
    }
}

/// Customers per unit of parallel work. Sums are exact, so its size shows in speed only.
const CHUNK: usize = 8192;

/// Chunks at most where every chunk has the sums of all parts.
const CHUNKS: usize = 64;

/// Sums while they grow.
#[derive(Clone)]
pub(in crate::value) struct Sums {
    customers: usize,
    current: Vec<ExactSum>,
    potential: Vec<ExactSum>,
    kept: Kept,
}

impl Sums {
    fn new(convention: &LifetimeValue) -> Self {
        let empty = vec![ExactSum::ZERO; convention.periods()];
        Self { customers: 0, current: empty.clone(), potential: empty, kept: Kept::NONE }
    }

    fn take(&mut self, flow: &Flow) {
        self.current[flow.t - 1].add(flow.current);
        self.potential[flow.t - 1].add(flow.potential);
    }

    fn count(&mut self, convention: &LifetimeValue, streams: &ProfitStreams, customer: usize) {
        self.customers += 1;
        self.kept = self.kept.merge(Kept::of(convention, streams, customer));
    }

    fn merge(mut self, other: Self) -> Self {
        self.customers += other.customers;
        self.kept = self.kept.merge(other.kept);
        self.current.iter_mut().zip(other.current).for_each(|(sum, more)| sum.merge(more));
        self.potential.iter_mut().zip(other.potential).for_each(|(sum, more)| sum.merge(more));
        self
    }

    pub(in crate::value) fn add(
        &mut self,
        convention: &LifetimeValue,
        streams: &ProfitStreams,
    ) -> Result<(), ValueError> {
        streams.covers(convention.periods())?;
        let n = streams.customers();
        let chunk = |i: usize| {
            let customers = i * CHUNK..n.min((i + 1) * CHUNK);
            let mut sums = Self::new(convention);
            customers.clone().for_each(|customer| sums.count(convention, streams, customer));
            convention.each_flow(streams, customers, |_, flow| sums.take(flow));
            sums
        };
        let chunks = (0..n.div_ceil(CHUNK)).into_par_iter().map(chunk);
        *self = chunks.reduce(|| Self::new(convention), Self::merge).merge(self.clone());
        Ok(())
    }

    pub(in crate::value) fn finish(self, convention: LifetimeValue) -> BaseFlows {
        let values = |sums: Vec<ExactSum>| sums.into_iter().map(ExactSum::value).collect();
        BaseFlows {
            convention,
            customers: self.customers,
            current: values(self.current),
            potential: values(self.potential),
            kept: self.kept,
        }
    }
}

impl LifetimeValue {
    /// What the whole base is expected to earn in each period.
    ///
    /// # Errors
    /// If a panel does not cover the horizon.
    pub fn base_flows(&self, streams: &ProfitStreams) -> Result<BaseFlows, ValueError> {
        let mut sums = Sums::new(self);
        sums.add(self, streams)?;
        Ok(sums.finish(*self))
    }

    /// What each part of the base is expected to earn in each period, one label per customer; parts come in the order of
    /// their names and add up to the whole.
    ///
    /// # Errors
    /// Unless there is one label per customer and panels cover the horizon.
    pub fn base_flows_by<S: AsRef<str>>(
        &self,
        streams: &ProfitStreams,
        labels: &[S],
    ) -> Result<Vec<(String, BaseFlows)>, ValueError> {
        let n = streams.customers();
        if labels.len() != n {
            let rule = format!("must be one for each of {n} customers");
            return Err(Invalid::value("labels", rule, labels.len()).into());
        }
        streams.covers(self.periods())?;
        // Labels are looked up once per customer, not once per period.
        let mut names: BTreeMap<&str, usize> = labels.iter().map(|label| (label.as_ref(), 0)).collect();
        names.values_mut().zip(0..).for_each(|(part, i)| *part = i);
        let part: Vec<usize> = labels.iter().map(|label| names[label.as_ref()]).collect();
        let empty = vec![Sums::new(self); names.len()];
        let chunk = |range: Range<usize>| {
            let mut sums = empty.clone();
            range.clone().for_each(|customer| sums[part[customer]].count(self, streams, customer));
            self.each_flow(streams, range, |customer, flow| sums[part[customer]].take(flow));
            sums
        };
        // Sums of many parts are large: no more chunks than a few, and none smaller than the parts are many.
        let size = CHUNK.max(names.len()).max(n.div_ceil(CHUNKS));
        let chunks = (0..n.div_ceil(size)).into_par_iter().map(|i| chunk(i * size..n.min((i + 1) * size)));
        let merge = |a: Vec<Sums>, b: Vec<Sums>| a.into_iter().zip(b).map(|(a, b)| a.merge(b)).collect();
        let sums = chunks.reduce(|| empty.clone(), merge);
        Ok(names.into_keys().zip(sums).map(|(name, sums)| (name.to_owned(), sums.finish(*self))).collect())
    }
}

/// Expected profit of a customer in a period.
pub(in crate::value) struct Flow {
    pub(in crate::value) t: usize,
    pub(in crate::value) current: f64,
    pub(in crate::value) potential: f64,
}

impl BaseFlows {
    pub(in crate::value) fn sums(convention: &LifetimeValue) -> Sums {
        Sums::new(convention)
    }

    /// The convention of discounting.
    #[must_use]
    pub fn convention(&self) -> &LifetimeValue {
        &self.convention
    }

    /// Customers.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.customers
    }

    /// Expected current profit in periods 1, 2, …
    #[must_use]
    pub fn current(&self) -> &[f64] {
        &self.current
    }

    /// Expected potential profit in periods 1, 2, …
    #[must_use]
    pub fn potential(&self) -> &[f64] {
        &self.potential
    }

    /// The largest share of survivors that stays from one period to the next, over customers and periods: by the inverse
    /// of it, retention can rise at most. `None` where survival leaves nobody behind (it is certain, or the profits are
    /// expectations already) or nobody at all.
    #[must_use]
    pub fn highest_retention(&self) -> Option<RetentionRate> {
        let Kept { first, later, .. } = self.kept;
        let highest = match self.first_payment()? {
            FirstPayment::AtRisk => first.max(later),
            FirstPayment::Certain => later,
        };
        RetentionRate::new(highest, self.convention.period()).ok().filter(|_| highest > 0.0)
    }

    /// Whether the first payment is at risk, as survival says; `None` where it leaves nobody behind.
    pub(super) fn first_payment(&self) -> Option<FirstPayment> {
        let Kept { least, least_first, .. } = self.kept;
        let first = if least_first < 1.0 { FirstPayment::AtRisk } else { FirstPayment::Certain };
        (least < 1.0).then_some(first)
    }

    /// Present value of current and potential profit of each period.
    #[must_use]
    pub fn present_values(&self) -> Vec<f64> {
        let discounted = |((t, current), potential)| {
            let tau = self.convention.timing().tau(t);
            (current + potential) * self.convention.rate().factor(tau, self.convention.period())
        };
        (1..).zip(&self.current).zip(&self.potential).map(discounted).collect()
    }

    /// The value of the base.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.present_values().into_iter().collect::<ExactSum>().value()
    }
}
