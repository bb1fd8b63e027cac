//! A lifetime value, period by period.

use super::lifetime::PeriodValue;

/// The terms of every customer's value; columns of equal length, ordered by customer and period. The present values of
/// a customer add up to its lifetime value.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Schedule {
    /// Row of the customer in the input.
    pub customer: Vec<usize>,
    /// Period, from 1.
    pub t: Vec<usize>,
    /// Discounting time of the period, in periods.
    pub tau: Vec<f64>,
    /// Survival weight.
    pub survival: Vec<f64>,
    /// Current profit of the period, the lived part of it.
    pub rp: Vec<f64>,
    /// Potential profit of the period, the lived part of it.
    pub prp: Vec<f64>,
    /// Discount factor.
    pub df: Vec<f64>,
    /// Present value of current profit.
    pub pv_rp: Vec<f64>,
    /// Present value of potential profit.
    pub pv_prp: Vec<f64>,
}

impl Schedule {
    pub(super) fn push(&mut self, customer: usize, row: &PeriodValue) {
        self.customer.push(customer);
        self.t.push(row.t);
        self.tau.push(row.tau);
        self.survival.push(row.survival);
        self.rp.push(row.current);
        self.prp.push(row.potential);
        self.df.push(row.factor);
        self.pv_rp.push(row.pv_current());
        self.pv_prp.push(row.pv_potential());
    }
}
