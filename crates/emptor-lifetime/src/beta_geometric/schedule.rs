//! Expectations of many states at many times.

use super::BetaGeometric;
use super::series::{Expected, expected, series};
use crate::LifetimeError;
use crate::purchase::Seen;

/// One row per state in order of `x`, one column per time. The terms of the series are made once per `x` and stage.
pub(super) fn table(
    model: &BetaGeometric,
    states: &[Seen],
    times: &[f64],
    of: impl Fn(Expected) -> f64,
) -> Result<Vec<Vec<f64>>, LifetimeError> {
    let mut rows = Vec::with_capacity(states.len());
    for same_frequency in states.chunk_by(|a, b| a.x.total_cmp(&b.x).is_eq()) {
        let mut stages: Vec<_> = (0..model.k).map(|gone| series(model, same_frequency[0].x, gone)).collect();
        for &state in same_frequency {
            let mut row = Vec::with_capacity(times.len());
            for &time in times {
                let given = |gone: u32| Ok(of(expected(&mut stages[gone as usize], model, state, time)?));
                row.push(model.over_stages(state, given)?);
            }
            rows.push(row);
        }
    }
    Ok(rows)
}
