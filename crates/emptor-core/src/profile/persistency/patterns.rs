//! In which years customers bought, and in which they paused.

use std::collections::BTreeMap;

use super::activity::Activity;
use super::rates::Overlap;

/// How the buyers of two periods overlap.
///
/// ```
/// use emptor_core::profile::persistency::{Activity, Overlap, overlap};
///
/// let activity = Activity::of_buyers(2, &[&[0, 1], &[0], &[1], &[]])?;
/// assert_eq!(overlap(&activity, 0, 1), Overlap { first_only: 1, both: 1, second_only: 1 });
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[must_use]
pub fn overlap(activity: &Activity, first: usize, second: usize) -> Overlap {
    let mut overlap = Overlap::default();
    for customer in 0..activity.customers() {
        let bought = |period| activity.bought(customer).any(|bought| bought == period);
        match (bought(first), bought(second)) {
            (true, true) => overlap.both += 1,
            (true, false) => overlap.first_only += 1,
            (false, true) => overlap.second_only += 1,
            (false, false) => {}
        }
    }
    overlap
}

/// Customers who bought in the same periods.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BuyingPattern {
    /// One letter per period, oldest first: `Y` bought, `N` did not, joined by hyphens: `Y-N-Y-N`.
    pub pattern: String,
    /// How many customers have it.
    pub customers: usize,
    /// Whether they paused for a period and came back.
    pub gap_then_return: bool,
}

/// The buying patterns of those who bought in any of the periods, the most frequent first, then by pattern.
///
/// ```
/// use emptor_core::profile::persistency::{Activity, buying_patterns};
///
/// let years = Activity::of_buyers(3, &[&[0, 2], &[0], &[0], &[]])?;
/// let patterns = buying_patterns(&years);
/// assert_eq!((patterns[0].pattern.as_str(), patterns[0].customers), ("Y-N-N", 2));
/// assert!(patterns[1].pattern == "Y-N-Y" && patterns[1].gap_then_return);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[must_use]
pub fn buying_patterns(years: &Activity) -> Vec<BuyingPattern> {
    let mut counts: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
    for customer in 0..years.customers() {
        let bought: Vec<usize> = years.bought(customer).collect();
        if !bought.is_empty() {
            *counts.entry(bought).or_default() += 1;
        }
    }
    let pattern = |(bought, customers): (Vec<usize>, usize)| {
        let letters: Vec<&str> =
            (0..years.periods()).map(|year| if bought.binary_search(&year).is_ok() { "Y" } else { "N" }).collect();
        let gap_then_return = bought.windows(2).any(|pair| pair[1] > pair[0] + 1);
        BuyingPattern { pattern: letters.join("-"), customers, gap_then_return }
    };
    let mut patterns: Vec<BuyingPattern> = counts.into_iter().map(pattern).collect();
    patterns.sort_by(|a, b| b.customers.cmp(&a.customers).then_with(|| b.pattern.cmp(&a.pattern)));
    patterns
}
