//! One curve of profit by age.

use serde::{Deserialize, Serialize};

use super::checks::is_amount;
use super::history::MAX_AGE;
use crate::value::RetentionRate;

/// Profit and retention by age.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Curve {
    /// From age 1.
    pub(super) profit: Vec<f64>,
    /// How many customers were observed at each age.
    pub(super) customers: Vec<u64>,
    /// From which age a customer stays with which probability, by rising age.
    pub(super) retention: Vec<(usize, RetentionRate)>,
}

impl Curve {
    pub(super) fn push(&mut self, profit: f64, customers: u64) {
        self.profit.push(profit);
        self.customers.push(customers);
    }

    pub(super) fn profit(&self, age: usize, decay: f64) -> f64 {
        let last = self.profit.len();
        match self.profit.get(age - 1) {
            Some(profit) => *profit,
            None => self.profit[last - 1] * decay.powi(i32::try_from(age - last).unwrap_or(i32::MAX)),
        }
    }

    /// The last age at which anybody was observed, 0 if nobody was.
    pub(super) fn observed_until(&self) -> usize {
        self.customers.iter().rposition(|customers| *customers > 0).map_or(0, |place| place + 1)
    }

    pub(super) fn retention(&self, age: usize) -> Option<RetentionRate> {
        let later = self.retention.partition_point(|(from, _)| *from <= age);
        later.checked_sub(1).map(|last| self.retention[last].1)
    }

    pub(super) fn is_valid(&self) -> bool {
        let ages = 1..=MAX_AGE;
        ages.contains(&self.profit.len())
            && self.customers.len() == self.profit.len()
            && self.profit.iter().all(|profit| is_amount(*profit))
            && self.retention.iter().all(|(age, _)| ages.contains(age))
            && self.retention.windows(2).all(|pair| pair[0].0 < pair[1].0)
    }
}
