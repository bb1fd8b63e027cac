//! What the best tenths of a list capture.

use emptor_types::Invalid;
use serde::{Deserialize, Serialize};

use super::{best_first, check_scores, runs, saved};
use crate::LearnError;

/// A group of rows of the list, best first.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GainsRow {
    /// The group, 1 for the best.
    pub group: usize,
    /// Its rows.
    pub rows: usize,
    /// Its events; not whole where equal scores straddle a border.
    #[serde(deserialize_with = "saved::at_least_0")]
    pub events: f64,
    /// Its share of events, `events / rows`.
    #[serde(deserialize_with = "saved::at_least_0")]
    pub rate: f64,
    /// `rate` over the rate of all rows.
    #[serde(deserialize_with = "saved::at_least_0")]
    pub lift: f64,
    /// Rows of this and all better groups.
    pub cumulative_rows: usize,
    /// Events of this and all better groups.
    #[serde(deserialize_with = "saved::at_least_0")]
    pub cumulative_events: f64,
    /// Share of all events captured by this and all better groups; 1 for the last.
    #[serde(deserialize_with = "saved::at_least_0")]
    pub captured: f64,
    /// Rate of this and all better groups over the rate of all rows; 1 for the last.
    #[serde(deserialize_with = "saved::at_least_0")]
    pub cumulative_lift: f64,
    /// The lowest score of the group.
    pub lowest_score: f64,
}

/// The gains table: rows sorted by score, best first, cut into groups of equal size (to one row).
///
/// What it answers: if we contact the best 20 %, which share of all buyers do we reach, and how much better is that than
/// choosing at random? Rows of equal score are in no order, so that each counts with the rate of all of them: the table
/// does not depend on the order of rows. Events of the groups sum to all events.
///
/// ```
/// use emptor_learn::gains;
///
/// let event = [true, true, false, true, false, false, false, false, false, true];
/// let score = [9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.0];
/// let table = gains(&event, &score, 5)?;
/// assert_eq!((table[0].rows, table[0].events, table[0].captured, table[0].lift), (2, 2.0, 0.5, 2.5));
/// assert_eq!((table[4].captured, table[4].cumulative_lift), (1.0, 1.0));
/// # Ok::<(), emptor_learn::LearnError>(())
/// ```
///
/// # Errors
/// [`LearnError::Invalid`] unless there is one finite score per row and 1 to that many groups; [`LearnError::OneClass`]
/// unless there are rows with and without the event.
pub fn gains(event: &[bool], score: &[f64], groups: usize) -> Result<Vec<GainsRow>, LearnError> {
    let (events, others) = check_scores(event, score)?;
    let rows = events + others;
    if groups == 0 || groups > rows {
        let rule = format!("must be 1 to {rows}, the rows");
        Err(Invalid::value("groups", rule, groups))?;
    }
    let base = events as f64 / rows as f64;
    let pairs = best_first(event, score);
    let captured = captured_up_to(&pairs, (1..=groups).map(|group| group * rows / groups));
    let mut table = Vec::with_capacity(groups);
    let (mut rows_before, mut events_before) = (0, 0.0);
    for (place, &upto) in captured.iter().enumerate() {
        let end = (place + 1) * rows / groups;
        let (own, own_events) = (end - rows_before, upto - events_before);
        let rate = own_events / own as f64;
        table.push(GainsRow {
            group: place + 1,
            rows: own,
            events: own_events,
            rate,
            lift: rate / base,
            cumulative_rows: end,
            cumulative_events: upto,
            captured: upto / events as f64,
            cumulative_lift: upto / end as f64 / base,
            lowest_score: pairs[end - 1].0,
        });
        (rows_before, events_before) = (end, upto);
    }
    Ok(table)
}

/// Events among the first rows of the list, for ascending numbers of rows; runs of equal scores give in proportion.
fn captured_up_to(pairs: &[(f64, bool)], ends: impl Iterator<Item = usize>) -> Vec<f64> {
    let mut runs = runs(pairs);
    let (mut rows_before, mut events_before, mut run) = (0, 0, (0, 0));
    let mut captured = Vec::new();
    for end in ends {
        while rows_before + run.0 < end {
            rows_before += run.0;
            events_before += run.1;
            run = runs.next().map_or((end, 0), |(_, rows, events)| (rows, events));
        }
        let share = (end - rows_before) as f64 / run.0.max(1) as f64;
        captured.push(events_before as f64 + share * run.1 as f64);
    }
    captured
}
