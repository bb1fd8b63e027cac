//! Simulated bases and what can be done to them without changing what a model says.

use emptor_types::{HistoryView, Invalid, TimeUnit};

use crate::purchase::Process;
use crate::{Fitted, LifetimeError, SimulatedHistory};

/// Ages of customers who joined over a third of the observation, on a grid so that rows repeat.
pub(crate) fn ages<P: Process>(customers: usize) -> Vec<f64> {
    let step = |i: usize| (i % 85) as f64;
    if P::DISCRETE {
        (0..customers).map(|i| 6.0 + (i % 5) as f64).collect()
    } else {
        (0..customers).map(|i| (273.0 - step(i)) / 7.0).collect()
    }
}

/// A base of the model with these parameters, in weeks.
pub(crate) fn base_of<P: Process>(truth: P, customers: usize, seed: u64) -> Result<SimulatedHistory, LifetimeError> {
    Fitted::from_parameters(truth, TimeUnit::Week)?.simulate(&ages::<P>(customers), None, seed)
}

impl SimulatedHistory {
    fn take(&self, rows: &[usize]) -> Self {
        let of = |column: &[f64]| rows.iter().map(|&row| column[row]).collect();
        Self {
            frequency: of(&self.frequency),
            recency: of(&self.recency),
            t: of(&self.t),
            sum_ln_gaps: of(&self.sum_ln_gaps),
            alive: rows.iter().map(|&row| self.alive[row]).collect(),
            unit: self.unit,
        }
    }

    /// All rows in a scrambled order.
    pub(crate) fn shuffled(&self) -> Self {
        let mut order: Vec<usize> = (0..self.t.len()).collect();
        order.sort_by_key(|&i| (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        self.take(&order)
    }

    pub(crate) fn doubled(&self) -> Self {
        let rows: Vec<usize> = (0..self.t.len()).chain(0..self.t.len()).collect();
        self.take(&rows)
    }

    /// Time in days instead of weeks.
    pub(crate) fn in_days(&self) -> Self {
        let days = |weeks: &[f64]| weeks.iter().map(|week| week * 7.0).collect();
        let longer = self.frequency.iter().zip(&self.sum_ln_gaps);
        Self {
            recency: days(&self.recency),
            t: days(&self.t),
            sum_ln_gaps: longer.map(|(x, sum)| sum + x * 7.0_f64.ln()).collect(),
            unit: TimeUnit::Day,
            ..self.clone()
        }
    }
}

/// A history of rows `(x, t_x, T)`, lent to a function.
pub(crate) fn with_rows<R>(
    rows: &[(f64, f64, f64)],
    unit: TimeUnit,
    of: impl FnOnce(HistoryView<'_>) -> R,
) -> Result<R, Invalid> {
    let x: Vec<f64> = rows.iter().map(|row| row.0).collect();
    let recency: Vec<f64> = rows.iter().map(|row| row.1).collect();
    let t: Vec<f64> = rows.iter().map(|row| row.2).collect();
    // Equal gaps.
    let gaps: Vec<f64> =
        rows.iter().map(|&(x, recency, _)| if x > 0.0 { x * (recency / x).ln() } else { 0.0 }).collect();
    Ok(of(HistoryView::new(&x, &recency, &t, None, unit)?.with_sum_ln_gaps(&gaps)?))
}
