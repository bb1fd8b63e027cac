//! Data and checks that the tests of all models share.

mod base;
mod cdnow;
mod check_extremes;
mod check_model;
mod check_scores;
mod random;

pub(crate) use base::base_of;
pub(crate) use cdnow::{cdnow, cdnow_cumulative, cdnow_holdout, cdnow_with_two_decimals, skip};
pub(crate) use check_extremes::check_extremes;
pub(crate) use check_model::check_model;
pub(crate) use random::simulate;

use emptor_types::{HistoryView, Invalid, TimeUnit};

pub(crate) type TestResult = Result<(), Box<dyn std::error::Error>>;

/// Owned columns of a purchase history.
#[derive(Debug, Clone, Default)]
pub(crate) struct Columns {
    pub(crate) frequency: Vec<f64>,
    pub(crate) recency: Vec<f64>,
    pub(crate) t: Vec<f64>,
    pub(crate) monetary_value: Vec<f64>,
}

impl Columns {
    pub(crate) fn push(&mut self, frequency: f64, recency: f64, t: f64, monetary_value: f64) {
        self.frequency.push(frequency);
        self.recency.push(recency);
        self.t.push(t);
        self.monetary_value.push(monetary_value);
    }

    pub(crate) fn len(&self) -> usize {
        self.t.len()
    }

    pub(crate) fn view(&self) -> Result<HistoryView<'_>, Invalid> {
        self.view_in(TimeUnit::Week)
    }

    pub(crate) fn view_in(&self, unit: TimeUnit) -> Result<HistoryView<'_>, Invalid> {
        HistoryView::new(&self.frequency, &self.recency, &self.t, Some(&self.monetary_value), unit)
    }

    /// The rows named, in that order.
    pub(crate) fn take(&self, rows: impl Iterator<Item = usize>) -> Self {
        let mut taken = Self::default();
        for i in rows {
            taken.push(self.frequency[i], self.recency[i], self.t[i], self.monetary_value[i]);
        }
        taken
    }

    /// All rows in a scrambled order.
    pub(crate) fn shuffled(&self) -> Self {
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_by_key(|&i| (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        self.take(order.into_iter())
    }

    pub(crate) fn doubled(&self) -> Self {
        self.take((0..self.len()).chain(0..self.len()))
    }
}
