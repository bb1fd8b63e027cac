//! How customers use channels: where they move to, and what those are worth who use several.

use std::collections::BTreeMap;

use emptor_types::ExactSum;

/// One customer in one channel and one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChannelUse {
    /// The customer, numbered by the caller.
    pub customer: u32,
    /// The channel, numbered by the caller in the order of names.
    pub channel: u32,
    /// Net revenue.
    pub amount: f64,
    /// Different orders.
    pub orders: usize,
}

/// A move from one main channel to another; `None` is no purchase in that period.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Migration {
    /// Main channel of the earlier period.
    pub from: Option<u32>,
    /// Main channel of the later period.
    pub to: Option<u32>,
    /// Customers.
    pub customers: usize,
    /// Share of the customers of the earlier channel; shares of a row add up to 1.
    pub share: f64,
    /// Net revenue of these customers in the earlier period.
    pub before: f64,
    /// Net revenue of these customers in the later period.
    pub after: f64,
}

/// Net revenue by customer, and where most of it came from.
fn mains(uses: &[ChannelUse]) -> BTreeMap<u32, (u32, f64, ExactSum)> {
    let mut mains: BTreeMap<u32, (u32, f64, ExactSum)> = BTreeMap::new();
    let mut uses: Vec<&ChannelUse> = uses.iter().filter(|of| of.orders > 0).collect();
    uses.sort_by_key(|of| (of.customer, of.channel));
    for of in uses {
        let main = mains.entry(of.customer).or_insert((of.channel, of.amount, ExactSum::ZERO));
        main.2.add(of.amount);
        // Of equals the first by name.
        if of.amount > main.1 {
            (main.0, main.1) = (of.channel, of.amount);
        }
    }
    mains
}

/// How many customers moved between main channels, the channel in which a customer spent most (of equals the first). Rows
/// come by `from`, then `to`.
///
/// ```
/// use emptor_core::profile::performance::{ChannelUse, channel_migration};
///
/// let uses = |channel| ChannelUse { customer: 1, channel, amount: 10.0, orders: 1 };
/// let moves = channel_migration(&[uses(0)], &[uses(1)]);
/// assert_eq!((moves.len(), moves[0].from, moves[0].to, moves[0].share), (1, Some(0), Some(1), 1.0));
/// ```
#[must_use]
pub fn channel_migration(before: &[ChannelUse], after: &[ChannelUse]) -> Vec<Migration> {
    let (before, after) = (mains(before), mains(after));
    type Move = (Option<u32>, Option<u32>);
    let mut moves: BTreeMap<Move, (usize, ExactSum, ExactSum)> = BTreeMap::new();
    let mut customers: Vec<&u32> = before.keys().chain(after.keys()).collect();
    customers.sort_unstable();
    customers.dedup();
    for customer in customers {
        let (old, new) = (before.get(customer), after.get(customer));
        let own = moves.entry((old.map(|main| main.0), new.map(|main| main.0))).or_default();
        own.0 += 1;
        old.iter().for_each(|main| own.1.merge(main.2));
        new.iter().for_each(|main| own.2.merge(main.2));
    }
    let mut of: BTreeMap<Option<u32>, usize> = BTreeMap::new();
    moves.iter().for_each(|((from, _), (n, _, _))| *of.entry(*from).or_default() += n);
    moves
        .into_iter()
        .map(|((from, to), (customers, before, after))| Migration {
            from,
            to,
            customers,
            share: customers as f64 / of.get(&from).copied().unwrap_or(customers) as f64,
            before: before.value(),
            after: after.value(),
        })
        .collect()
}

/// Customers of several channels beside customers of one, among those with at least two orders.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct MultiChannel {
    /// Customers of several channels.
    pub several: usize,
    /// Customers of one channel.
    pub one: usize,
    /// Net revenue per customer of several channels; `None` without any.
    pub revenue_several: Option<f64>,
    /// Net revenue per customer of one channel; `None` without any.
    pub revenue_one: Option<f64>,
    /// The first over the second, less 1; `None` unless both are there and the second is positive.
    pub premium: Option<f64>,
}

/// What customers of several channels are worth beside those of one. Customers with one order cannot use two channels, so
/// that only those with at least two are compared; and still this is a correlation: who buys more, comes by more ways.
///
/// ```
/// use emptor_core::profile::performance::{ChannelUse, multi_channel};
///
/// let used = |customer, channel, amount, orders| ChannelUse { customer, channel, amount, orders };
/// let found = multi_channel(&[used(1, 0, 10.0, 1), used(1, 1, 20.0, 1), used(2, 0, 20.0, 2)]);
/// assert_eq!((found.several, found.one, found.premium), (1, 1, Some(0.5)));
/// ```
#[must_use]
pub fn multi_channel(uses: &[ChannelUse]) -> MultiChannel {
    let mut customers: BTreeMap<u32, (usize, usize, ExactSum)> = BTreeMap::new();
    for of in uses.iter().filter(|of| of.orders > 0) {
        let own = customers.entry(of.customer).or_default();
        own.0 += 1;
        own.1 += of.orders;
        own.2.add(of.amount);
    }
    let mean = |several: bool| {
        let (mut n, mut sum) = (0_usize, ExactSum::ZERO);
        for (channels, orders, amount) in customers.values() {
            if *orders > 1 && (*channels > 1) == several {
                n += 1;
                sum.merge(*amount);
            }
        }
        (n, (n > 0).then(|| sum.value() / n as f64))
    };
    let ((several, revenue_several), (one, revenue_one)) = (mean(true), mean(false));
    let premium = revenue_several.zip(revenue_one).and_then(|(several, one)| (one > 0.0).then(|| several / one - 1.0));
    MultiChannel { several, one, revenue_several, revenue_one, premium }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(customer: u32, channel: u32, amount: f64, orders: usize) -> ChannelUse {
        ChannelUse { customer, channel, amount, orders }
    }

    #[test]
    fn every_customer_moves_once_and_rows_add_up_to_one() {
        let before = [used(1, 0, 10.0, 1), used(1, 1, 30.0, 2), used(2, 0, 5.0, 1), used(3, 0, 5.0, 1)];
        let after =
            [used(1, 0, 9.0, 1), used(2, 0, 8.0, 1), used(4, 1, 7.0, 1), used(3, 1, 4.0, 1), used(3, 0, 4.0, 1)];
        let moves = channel_migration(&before, &after);
        let found: Vec<_> = moves.iter().map(|m| (m.from, m.to, m.customers)).collect();
        assert_eq!(found, [(None, Some(1), 1), (Some(0), Some(0), 2), (Some(1), Some(0), 1)]);
        for from in [None, Some(0), Some(1)] {
            let sum: f64 = moves.iter().filter(|m| m.from == from).map(|m| m.share).sum();
            assert!((sum - 1.0).abs() < f64::EPSILON);
        }
        assert!((moves.iter().map(|m| m.after).sum::<f64>() - 32.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_return_alone_is_no_use_of_a_channel() {
        assert!(channel_migration(&[used(1, 0, -5.0, 0)], &[]).is_empty());
    }

    #[test]
    fn customers_with_one_order_are_not_compared() {
        let found = multi_channel(&[used(1, 0, 10.0, 1), used(1, 1, 20.0, 1), used(2, 0, 20.0, 3), used(3, 0, 1.0, 1)]);
        assert_eq!((found.several, found.one, found.premium), (1, 1, Some(0.5)));
        assert_eq!(multi_channel(&[]).premium, None);
    }
}
