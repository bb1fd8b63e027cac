//! How expectations held: closes put off, and what owners promise.

use std::collections::BTreeMap;

use emptor_statistics::median;
use emptor_types::ExactSum;

use super::deals::{Deal, DealSegment, Outcome};
use super::method::UNKNOWN;

/// How the expectations of deals held: how often closing was put off, and how far dates and amounts were off.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Expectations {
    /// Share of the deals with an expected close that was put off; `None` without such deals.
    pub slipped: Option<f64>,
    /// How often it was put off, per deal.
    pub pushes: Option<f64>,
    /// Median days that wins came later than first expected.
    pub days_late: Option<f64>,
    /// First stated amount of the wins over what they brought, less 1.
    pub amount_bias: Option<f64>,
}

impl Expectations {
    /// How those of deals held.
    #[must_use]
    pub fn of(deals: &[&Deal]) -> Self {
        let dated: Vec<_> = deals.iter().filter(|deal| deal.exp_close.is_some()).collect();
        let n = (!dated.is_empty()).then_some(dated.len() as f64);
        let won = || deals.iter().filter(|deal| deal.outcome == Some(Outcome::Won));
        let late: Vec<f64> = won()
            .filter_map(|deal| deal.closed.zip(deal.first_expected_close()))
            .map(|(closed, expected)| f64::from(closed - expected))
            .collect();
        let pairs: Vec<(f64, f64)> = won().filter_map(|deal| deal.first_amount().zip(deal.amount)).collect();
        let first = pairs.iter().map(|(first, _)| *first).collect::<ExactSum>().value();
        let last = pairs.iter().map(|(_, last)| *last).collect::<ExactSum>().value();
        Self {
            slipped: n.map(|n| dated.iter().filter(|deal| deal.pushes() > 0).count() as f64 / n),
            pushes: n.map(|n| dated.iter().map(|deal| deal.pushes()).sum::<usize>() as f64 / n),
            days_late: median(&late),
            amount_bias: (last > 0.0).then(|| first / last - 1.0),
        }
    }

    /// The same by segment, in the order of their names; `__unknown__` for deals that do not say.
    #[must_use]
    pub fn by(deals: &[Deal], segment: DealSegment) -> Vec<(String, Self)> {
        let mut groups: BTreeMap<&str, Vec<&Deal>> = BTreeMap::new();
        for deal in deals {
            groups.entry(segment.of(deal).unwrap_or(UNKNOWN)).or_default().push(deal);
        }
        groups.into_iter().map(|(name, deals)| (name.to_owned(), Self::of(&deals))).collect()
    }
}

/// What became of the deals that were expected to close in a period when it began: the part of their amount whose close was
/// moved out of it.
///
/// ```
/// use emptor_forecast::pipeline::{Change, Deal, Slippage};
///
/// let put_off = Change { day: 12, old: Some(25), new: 40 };
/// let moved = Deal { amount: Some(30.0), exp_close: Some(40), closes: vec![put_off], ..Deal::default() };
/// let kept = Deal { amount: Some(70.0), exp_close: Some(20), ..Deal::default() };
/// let slippage = Slippage::of(&[moved, kept], 10, 30);
/// assert_eq!((slippage.expected, slippage.moved, slippage.rate()), (100.0, 30.0, Some(0.3)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Slippage {
    /// Deals open on the day before the period and expected to close in it.
    pub deals: usize,
    /// Their amount.
    pub expected: f64,
    /// Amount of those whose expected close lies after the period at its end, and that are still open.
    pub moved: f64,
}

impl Slippage {
    /// Of the period from one day to another, both since 1970-01-01 and both in it. Deals come with their logs.
    #[must_use]
    pub fn of(deals: &[Deal], first: i32, last: i32) -> Self {
        let mut counts = (0, ExactSum::ZERO, ExactSum::ZERO);
        for deal in deals {
            let due = |deal: &Deal| deal.is_open() && deal.exp_close.is_some_and(|day| (first..=last).contains(&day));
            let Some(before) = deal.known_on(first - 1).filter(due) else { continue };
            let amount = before.amount.unwrap_or(0.0);
            counts.0 += 1;
            counts.1.add(amount);
            let after = |deal: &Deal| deal.is_open() && deal.exp_close.is_some_and(|day| day > last);
            if deal.known_on(last).as_ref().is_some_and(after) {
                counts.2.add(amount);
            }
        }
        Self { deals: counts.0, expected: counts.1.value(), moved: counts.2.value() }
    }

    /// Moved over expected; `None` where nothing was expected.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        (self.expected > 0.0).then(|| self.moved / self.expected)
    }
}
