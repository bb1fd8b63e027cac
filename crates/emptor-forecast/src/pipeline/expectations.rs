//! How expectations held: closes put off, and what owners promise.

use std::collections::BTreeMap;

use emptor_statistics::median;
use emptor_types::ExactSum;

use super::deals::{Deal, DealSegment, Outcome, as_known};
use super::method::UNKNOWN;
use super::treat::{AmountLevels, PastSettings};

/// Which expectations a log keeps. Without one, nobody knows what was expected earlier: rows tell the last word only, and
/// to say that nothing was put off would be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Logged {
    /// Whether any expected close was logged.
    pub closes: bool,
    /// Whether any amount was, beside the one that is written at the close.
    pub amounts: bool,
}

impl Logged {
    /// What the logs of deals keep.
    #[must_use]
    pub fn of(deals: &[Deal]) -> Self {
        let amounts = |deal: &Deal| deal.amounts.len() > 1 || deal.amounts.iter().any(|change| change.old.is_some());
        Self { closes: deals.iter().any(|deal| !deal.closes.is_empty()), amounts: deals.iter().any(amounts) }
    }
}

/// How the expectations of deals held: how often closing was put off, and how far dates and amounts were off. `None` is what
/// no log tells (see [`Logged`]).
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
    /// How those of deals held, by what logs keep: [`Logged::of`] all deals, and not only these, who may have had no reason to
    /// change anything.
    #[must_use]
    pub fn of(deals: &[&Deal], logged: Logged) -> Self {
        let dated: Vec<_> = deals.iter().filter(|deal| deal.exp_close.is_some()).collect();
        let n = (logged.closes && !dated.is_empty()).then_some(dated.len() as f64);
        let won = || deals.iter().filter(|deal| deal.outcome == Some(Outcome::Won));
        let late: Vec<f64> = won()
            .filter_map(|deal| deal.closed.zip(deal.first_expected_close()).filter(|_| logged.closes))
            .map(|(closed, expected)| f64::from(closed) - f64::from(expected))
            .collect();
        let pairs: Vec<(f64, f64)> = won().filter_map(|deal| deal.first_amount().zip(deal.amount)).collect();
        let first = pairs.iter().map(|(first, _)| *first).collect::<ExactSum>().value();
        let last = pairs.iter().map(|(_, last)| *last).collect::<ExactSum>().value();
        Self {
            slipped: n.map(|n| dated.iter().filter(|deal| deal.pushes() > 0).count() as f64 / n),
            pushes: n.map(|n| dated.iter().map(|deal| deal.pushes()).sum::<usize>() as f64 / n),
            days_late: median(&late),
            amount_bias: (logged.amounts && last > 0.0).then(|| first / last - 1.0),
        }
    }

    /// The same by segment, in the order of their names; `__unknown__` for deals that do not say.
    #[must_use]
    pub fn by(deals: &[Deal], segment: DealSegment) -> Vec<(String, Self)> {
        let mut groups: BTreeMap<&str, Vec<&Deal>> = BTreeMap::new();
        for deal in deals {
            groups.entry(segment.of(deal).unwrap_or(UNKNOWN)).or_default().push(deal);
        }
        let logged = Logged::of(deals);
        groups.into_iter().map(|(name, deals)| (name.to_owned(), Self::of(&deals, logged))).collect()
    }
}

/// What became of the deals that were expected to close in a period when it began: the part of their amount that was put off,
/// by moving the expected close out of the period, or by letting it pass.
///
/// ```
/// use emptor_forecast::pipeline::{Change, Deal, Outcome, Slippage};
///
/// let put_off = Change { day: 12, old: Some(25), new: 40 };
/// let moved = Deal { amount: Some(30.0), exp_close: Some(40), closes: vec![put_off], ..Deal::default() };
/// let left = Deal { amount: Some(20.0), exp_close: Some(28), ..Deal::default() };
/// let kept = Deal { amount: Some(50.0), exp_close: Some(20), closed: Some(20), outcome: Some(Outcome::Won), ..Deal::default() };
/// let slippage = Slippage::of(&[moved, left.clone(), kept], 10, 30).ok_or("no log")?;
/// assert_eq!((slippage.expected, slippage.moved, slippage.overdue), (100.0, 30.0, 20.0));
/// assert_eq!(slippage.rate(), Some(0.5));
/// assert_eq!(Slippage::of(&[left], 10, 30), None, "nobody logs what was expected earlier");
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Slippage {
    /// Deals open on the day before the period and expected to close in it.
    pub deals: usize,
    /// Their amount; where one does not say it, what such deals brought until then.
    pub expected: f64,
    /// Amount of those that are still open at its end, and expected to close later.
    pub moved: f64,
    /// Amount of those that are still open at its end, although nobody has moved their expected close: overdue.
    pub overdue: f64,
}

impl Slippage {
    /// Of the period from one day to another, both since 1970-01-01 and both in it. Deals come with their logs; `None` if these
    /// keep no expected close: the rows alone tell the last one, and that it was the first is not known.
    #[must_use]
    pub fn of(deals: &[Deal], first: i32, last: i32) -> Option<Self> {
        if !Logged::of(deals).closes {
            return None;
        }
        let begin = first.saturating_sub(1);
        let amounts = usual_amounts(deals, begin);
        let mut of = (0, ExactSum::ZERO, ExactSum::ZERO, ExactSum::ZERO);
        for deal in deals {
            let due = |deal: &Deal| deal.is_open() && deal.exp_close.is_some_and(|day| (first..=last).contains(&day));
            let Some(before) = deal.known_on(begin).filter(due) else { continue };
            let amount = amounts.amount(&before).map_or(0.0, |(mean, _)| mean);
            of.0 += 1;
            of.1.add(amount);
            let Some(after) = deal.known_on(last).filter(Deal::is_open) else { continue };
            let later = after.exp_close.is_none_or(|day| day > last);
            if later { of.2.add(amount) } else { of.3.add(amount) }
        }
        Some(Self { deals: of.0, expected: of.1.value(), moved: of.2.value(), overdue: of.3.value() })
    }

    /// Moved and overdue over expected; `None` where nothing was expected.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        (self.expected > 0.0).then(|| (self.moved + self.overdue) / self.expected)
    }
}

/// What deals were known to bring on a day.
pub(super) fn usual_amounts(deals: &[Deal], day: i32) -> AmountLevels {
    let past = PastSettings::default();
    AmountLevels::by_product_or(&as_known(deals, day), past.segment, past.strength)
}

#[cfg(test)]
mod tests {
    use super::super::deals::Change;
    use super::*;

    #[test]
    fn what_no_log_tells_is_not_known_and_a_log_without_changes_says_that_nothing_was_put_off() {
        let won = Deal {
            rep: Some("a".to_owned()),
            exp_close: Some(20),
            closed: Some(25),
            outcome: Some(Outcome::Won),
            amount: Some(5.0),
            ..Deal::default()
        };
        let of = Expectations::by(&[won.clone().priced_at_close()], DealSegment::Rep).remove(0).1;
        assert_eq!((of.slipped, of.pushes, of.days_late, of.amount_bias), (None, None, None, None));
        let logged = Deal {
            rep: Some("b".to_owned()),
            closes: vec![Change { day: 3, old: Some(9), new: 30 }],
            amounts: vec![Change { day: 4, old: Some(1.0), new: 2.0 }],
            ..won.clone()
        };
        let both = Expectations::by(&[won, logged], DealSegment::Rep);
        assert_eq!((both[0].1.slipped, both[0].1.days_late, both[0].1.amount_bias), (Some(0.0), Some(5.0), Some(0.0)));
        assert_eq!((both[1].1.slipped, both[1].1.pushes), (Some(1.0), Some(1.0)));
    }

    #[test]
    fn a_deal_without_amount_slips_with_what_wins_brought() {
        let won =
            |amount| Deal { closed: Some(5), outcome: Some(Outcome::Won), amount: Some(amount), ..Deal::default() };
        let put_off =
            Deal { exp_close: Some(50), closes: vec![Change { day: 12, old: Some(25), new: 50 }], ..Deal::default() };
        let slippage = Slippage::of(&[won(100.0), won(300.0), put_off], 10, 30);
        assert_eq!(slippage.map(|of| (of.deals, of.expected, of.moved)), Some((1, 200.0, 200.0)));
    }
}
