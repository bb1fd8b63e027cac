//! What a whole base is expected to earn, period by period.

use std::collections::BTreeMap;

use emptor_types::{ExactSum, Invalid};
use rayon::prelude::*;

use crate::value::{LifetimeValue, ProfitStreams, ValueError};

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
}

/// Customers per unit of parallel work. Sums are exact, so its size shows in speed only.
const CHUNK: usize = 8192;

/// Sums while they grow.
#[derive(Clone)]
pub(in crate::value) struct Sums {
    customers: usize,
    current: Vec<ExactSum>,
    potential: Vec<ExactSum>,
}

impl Sums {
    fn new(convention: &LifetimeValue) -> Self {
        let empty = vec![ExactSum::ZERO; convention.periods()];
        Self { customers: 0, current: empty.clone(), potential: empty }
    }

    fn take(&mut self, flow: &Flow) {
        self.current[flow.t - 1].add(flow.current);
        self.potential[flow.t - 1].add(flow.potential);
    }

    fn merge(mut self, other: Self) -> Self {
        self.customers += other.customers;
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
            sums.customers = customers.len();
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
        let mut parts: BTreeMap<&str, Sums> = BTreeMap::new();
        for label in labels {
            parts.entry(label.as_ref()).or_insert_with(|| Sums::new(self)).customers += 1;
        }
        self.each_flow(streams, 0..n, |customer, flow| {
            if let Some(sums) = parts.get_mut(labels[customer].as_ref()) {
                sums.take(flow);
            }
        });
        Ok(parts.into_iter().map(|(name, sums)| (name.to_owned(), sums.finish(*self))).collect())
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
