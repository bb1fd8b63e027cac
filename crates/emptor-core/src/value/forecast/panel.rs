//! Panels of many customers, and periods of one length filled from periods of another.

use emptor_types::{Invalid, TimeUnit};
use rayon::prelude::*;

use crate::value::LifetimeValue;

/// Customers per unit of parallel work.
const CHUNK: usize = 1024;
/// Cells of the greatest panel, 16 GiB.
const MAX_CELLS: usize = 1 << 31;

/// The part of a step that is rounding.
const SLIVER: f64 = 1e-9;

/// Builds a row-major panel: `fill` writes the row of one customer.
pub(super) fn panel(
    customers: usize,
    periods: usize,
    fill: impl Fn(usize, &mut [f64]) + Sync,
) -> Result<Vec<f64>, Invalid> {
    let cells = customers.checked_mul(periods).filter(|cells| *cells <= MAX_CELLS && periods > 0);
    let Some(cells) = cells else {
        let got = format!("{customers} customers and {periods} periods");
        return Err(Invalid::value("panel", "must have periods, and at most 2^31 cells", got));
    };
    let mut values = vec![0.0; cells];
    values.par_chunks_mut(CHUNK * periods).enumerate().for_each(|(chunk, rows)| {
        for (row, cells) in rows.chunks_mut(periods).enumerate() {
            fill(chunk * CHUNK + row, cells);
        }
    });
    Ok(values)
}

/// Steps of one unit of time, laid out over the periods of a convention. A step that lies in two periods counts in each
/// with its part, so that nothing is lost: a yearly profit is the sum of twelve monthly ones.
#[derive(Debug, Clone, Copy)]
pub(super) struct Steps {
    /// Steps in a period.
    length: f64,
    /// Whether steps are periods.
    same: bool,
}

impl Steps {
    pub(super) fn new(unit: TimeUnit, convention: &LifetimeValue) -> Self {
        let period = convention.period();
        let same = unit == period;
        Self { length: if same { 1.0 } else { unit.per_year() / period.per_year() }, same }
    }

    /// Steps in a period.
    pub(super) fn length(self) -> f64 {
        self.length
    }

    /// The steps `k = 1, 2, …` of period `t`, and the part of each that lies in it.
    pub(super) fn of(self, t: usize) -> impl Iterator<Item = (usize, f64)> {
        let (from, to) = (self.end(t - 1), self.end(t));
        let last = to.ceil() as usize;
        (from.floor() as usize + 1..=last).map(move |k| (k, to.min(k as f64) - from.max((k - 1) as f64)))
    }

    /// The end of period `t`, in steps. Where it is the end of a step but for rounding, it is that: a sliver of the next
    /// step would count its loss of customers a period too early.
    fn end(self, t: usize) -> f64 {
        let end = t as f64 * self.length;
        if (end - end.round()).abs() < SLIVER { end.round() } else { end }
    }

    /// Adds up what falls into each period.
    pub(super) fn add_up(self, row: &mut [f64], step: impl Fn(usize) -> f64) {
        for (t, cell) in (1..).zip(row) {
            *cell = if self.same { step(t) } else { self.of(t).map(|(k, part)| part * step(k)).sum() };
        }
    }
}
