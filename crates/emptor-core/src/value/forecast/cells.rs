//! Means by segment and age, and what segments earn relative to the whole.

use emptor_types::ExactSum;

use super::checks::is_amount;
use super::credibility::{Credibility, Member, estimate, order_free_sum, sort};
use super::curve::Curve;
use super::history::ProfitHistory;

/// Customers who earn less of what the whole earns say nothing of its course: growth from almost nothing is not the
/// growth of others.
const NEGLIGIBLE: f64 = 0.01;

/// Sums of profit by segment and age.
pub(super) struct Cells {
    last: usize,
    sums: Vec<ExactSum>,
    customers: Vec<u64>,
}

impl Cells {
    pub(super) fn new(segments: usize, last: usize) -> Self {
        Self { last, sums: vec![ExactSum::ZERO; segments * last], customers: vec![0; segments * last] }
    }

    pub(super) fn add(&mut self, segment: usize, age: usize, profit: f64) {
        let cell = segment * self.last + age - 1;
        self.sums[cell].add(profit);
        self.customers[cell] += 1;
    }

    /// Mean and number of customers; the mean of nobody is never used.
    pub(super) fn at(&self, segment: usize, age: usize) -> (f64, u64) {
        let cell = segment * self.last + age - 1;
        let customers = self.customers[cell];
        (self.sums[cell].value() / customers.max(1) as f64, customers)
    }

    /// The mean of what a curve says of all who were observed.
    pub(super) fn mean_of(&self, curve: &[f64]) -> f64 {
        let weighted = curve.iter().zip(&self.customers).map(|(profit, customers)| profit * *customers as f64);
        weighted.sum::<f64>() / self.customers.iter().sum::<u64>().max(1) as f64
    }

    /// The course of the whole (`base`) over its ages, whichever segments were observed at an age: what was earned, over
    /// what those who earned it earn relative to the whole at the ages before.
    pub(super) fn course(&self, base: &Cells) -> Vec<f64> {
        let segments = self.sums.len() / self.last;
        let mut ratios = vec![Ratio::default(); segments];
        let mut course = Vec::with_capacity(self.last);
        let mut before = None;
        for age in 1..=self.last {
            let (mean, everybody) = base.at(0, age);
            let (mut earned, mut relative, mut customers) = (0.0, 0.0, 0.0);
            for (segment, ratio) in ratios.iter().enumerate() {
                let (profit, seen) = self.at(segment, age);
                if let (Some(ratio), true) = (ratio.value(), seen > 0) {
                    earned += seen as f64 * profit;
                    relative += seen as f64 * ratio;
                    customers += seen as f64;
                }
            }
            let level = if segments == 1 || everybody == 0 {
                mean
            } else if relative > NEGLIGIBLE * customers && is_amount(earned / relative) {
                earned / relative
            } else {
                before.unwrap_or(mean)
            };
            for (segment, ratio) in ratios.iter_mut().enumerate() {
                let (profit, seen) = self.at(segment, age);
                ratio.add(seen, profit, level);
            }
            if everybody > 0 && level > 0.0 {
                before = Some(level);
            }
            course.push(level);
        }
        course
    }

    /// Credibility of cells within the groups that `group` makes of segment and age; their means may be known better, by
    /// age.
    pub(super) fn credibility(
        &self,
        history: &ProfitHistory,
        group: impl Fn(usize, usize) -> usize,
        means: Option<&[f64]>,
    ) -> Option<Credibility> {
        let segments = self.sums.len() / self.last;
        let place = |segment: usize| if segments > 1 { segment } else { 0 };
        let squares = history.observations().map(|(s, age, profit)| (profit - self.at(place(s), age).0).powi(2));
        let mut members = Vec::new();
        let mut freedom = 0;
        for segment in 0..segments {
            for age in 1..=self.last {
                let (mean, customers) = self.at(segment, age);
                if customers > 0 {
                    let mean = means.map_or(mean, |means| means[age - 1]);
                    members.push(Member { group: group(segment, age), weight: customers as f64, mean });
                    freedom += customers - 1;
                }
            }
        }
        sort(&mut members);
        estimate(order_free_sum(squares), freedom as f64, &members)
    }
}

/// What a segment earns relative to the whole, over the ages at which that is positive.
#[derive(Debug, Clone, Copy, Default)]
struct Ratio {
    earned: f64,
    whole: f64,
}

impl Ratio {
    fn add(&mut self, customers: u64, profit: f64, whole: f64) {
        if whole > 0.0 {
            self.earned += customers as f64 * profit;
            self.whole += customers as f64 * whole;
        }
    }

    /// Of any sign.
    fn value(self) -> Option<f64> {
        (self.whole > 0.0).then(|| self.earned / self.whole)
    }
}

/// The levels of a segment at some ages, and by them at all others.
pub(super) struct Relative<'a> {
    base: &'a Curve,
    /// Age, profit and customers, by rising age.
    levels: Vec<(usize, (f64, u64))>,
    ratio: Option<f64>,
}

impl<'a> Relative<'a> {
    pub(super) fn new(base: &'a Curve, levels: Vec<(usize, (f64, u64))>) -> Self {
        let mut ratio = Ratio::default();
        for (age, (profit, customers)) in &levels {
            ratio.add(*customers, *profit, base.profit(*age, 1.0));
        }
        Self { base, levels, ratio: ratio.value().filter(|ratio| *ratio > 0.0) }
    }

    /// The level of an age that has one.
    pub(super) fn observed(&self, age: usize) -> Option<f64> {
        let place = self.levels.binary_search_by_key(&age, |(age, _)| *age).ok()?;
        Some(self.levels[place].1.0)
    }

    /// The base curve at the ratio of the segment; without one the last level before (at the beginning, the first).
    pub(super) fn at(&self, age: usize) -> f64 {
        let base = self.base.profit(age, 1.0);
        let before = self.levels.partition_point(|(from, _)| *from <= age).saturating_sub(1);
        let Some((_, (level, _))) = self.levels.get(before) else { return base };
        self.ratio.map(|ratio| ratio * base).filter(|profit| is_amount(*profit)).unwrap_or(*level)
    }
}
