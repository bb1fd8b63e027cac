//! How long customers stay, and how long until they buy again.

use super::timeline::Timeline;

/// How long a relationship was watched, in whole periods, and whether its end was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// Whole periods.
    pub periods: usize,
    /// Whether the customer left then; otherwise we only know that he was still there.
    pub left: bool,
}

/// The first silence of more than `limit` days: the day on which the rule calls the customer gone; `None` if there was
/// none by the day of observation. Days of purchase ascend.
///
/// The first silence counts, also of customers who came back: whether they would was not known then, and a rule that looks
/// ahead makes early cohorts look better than late ones.
///
/// ```
/// use emptor_core::profile::persistency::first_silence;
///
/// assert_eq!(first_silence(&[0, 20, 90], 30, 100), Some(50));
/// assert_eq!(first_silence(&[0, 20], 30, 50), None);
/// ```
#[must_use]
pub fn first_silence(purchases: &[i32], limit: u32, as_of: i32) -> Option<i32> {
    let limit = i32::try_from(limit).unwrap_or(i32::MAX);
    let ends = purchases.iter().skip(1).copied().chain([as_of]);
    purchases.iter().zip(ends).find(|(from, to)| to.saturating_sub(**from) > limit).map(|(from, _)| from + limit)
}

/// The lifetime of a customer who buys without contract, from the first purchase to the first silence or the day of
/// observation. `None` of one who never bought.
#[must_use]
pub fn lifetime_by_silence(timeline: &Timeline, purchases: &[i32], limit: u32, as_of: i32) -> Option<Lifetime> {
    let first = *purchases.first()?;
    Some(match first_silence(purchases, limit, as_of) {
        Some(gone) => Lifetime { periods: begun(timeline, first, gone), left: true },
        None => Lifetime { periods: timeline.elapsed(first, as_of), left: false },
    })
}

/// A span of days under contract, both ends included; `None` while it runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spell {
    /// First day.
    pub start: i32,
    /// Last day.
    pub end: Option<i32>,
}

impl Spell {
    /// Whether it covers a day.
    #[must_use]
    pub fn covers(&self, day: i32) -> bool {
        self.start <= day && self.end.is_none_or(|end| day <= end)
    }
}

/// Joins contracts of one customer that overlap, or follow each other with at most `grace` days between, in any order.
///
/// ```
/// use emptor_core::profile::persistency::{Spell, join_spells};
///
/// let spell = |start, end| Spell { start, end };
/// let joined = join_spells(&[spell(11, Some(20)), spell(0, Some(10)), spell(30, None)], 5);
/// assert_eq!(joined, [spell(0, Some(20)), spell(30, None)]);
/// ```
#[must_use]
pub fn join_spells(contracts: &[Spell], grace: u32) -> Vec<Spell> {
    let grace = i32::try_from(grace).unwrap_or(i32::MAX - 1);
    let mut sorted = contracts.to_vec();
    sorted.sort_unstable_by_key(|spell| (spell.start, spell.end.is_none(), spell.end));
    let mut joined: Vec<Spell> = Vec::new();
    for spell in sorted {
        match joined.last_mut() {
            Some(last) if last.end.is_none_or(|end| spell.start <= end.saturating_add(1 + grace)) => {
                last.end = last.end.zip(spell.end).map(|(a, b)| a.max(b));
            }
            _ => joined.push(spell),
        }
    }
    joined
}

/// The lifetime of a customer under contract, from the first day to the end of the first joined spell. One whose contract
/// ended less than `grace` days ago has not left yet. `None` of nobody.
#[must_use]
pub fn lifetime_by_contract(timeline: &Timeline, joined: &[Spell], grace: u32, as_of: i32) -> Option<Lifetime> {
    let first = joined.first()?;
    Some(match first.end.filter(|end| end.saturating_add(i32::try_from(grace).unwrap_or(i32::MAX)) < as_of) {
        Some(end) => Lifetime { periods: begun(timeline, first.start, end + 1).max(1), left: true },
        // The renewal at the end of the day of observation is not known yet.
        None => Lifetime { periods: timeline.elapsed(first.start, as_of), left: false },
    })
}

/// Periods begun between two days: an end inside the third is an end in the third.
fn begun(timeline: &Timeline, from: i32, to: i32) -> usize {
    let whole = timeline.elapsed(from, to);
    if whole > timeline.elapsed(from, to - 1) || to == from { whole } else { whole + 1 }
}

/// Whole days from the `n`-th purchase (counted from 1) to the next, and whether there was a next; `None` of customers who
/// did not get that far.
///
/// ```
/// use emptor_core::profile::persistency::wait_after;
///
/// assert_eq!(wait_after(&[0, 20], 1, 50), Some((20, true)));
/// assert_eq!(wait_after(&[0, 20], 2, 50), Some((30, false)));
/// assert_eq!(wait_after(&[0, 20], 3, 50), None);
/// ```
#[must_use]
pub fn wait_after(purchases: &[i32], n: usize, as_of: i32) -> Option<(i32, bool)> {
    let from = *purchases.get(n.checked_sub(1)?)?;
    Some(purchases.get(n).map_or((as_of - from, false), |next| (next - from, true)))
}
