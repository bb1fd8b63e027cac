//! Why customer equity differs between two dates.

use std::collections::BTreeMap;
use std::fmt::Debug;

use emptor_types::{ExactSum, Invalid};
use serde::{Deserialize, Serialize};

use super::snapshot::{BaseSnapshot, require_bounded};
use crate::value::ValueError;

/// One bridge, of the whole or of a part.
///
/// Identity: `before + new + regained + lost + moved + margin + retention + discount_rate + potential = after`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BridgeRow {
    /// The part; `all` for the whole.
    pub name: String,
    /// Customers before.
    pub customers_before: usize,
    /// Customers only after, who were not in the base before.
    pub customers_new: usize,
    /// Customers after who were in the base before, but no customers then.
    pub customers_regained: usize,
    /// Customers before who are absent after, or no customers any more.
    pub customers_lost: usize,
    /// Customers after.
    pub customers_after: usize,
    /// Equity before.
    pub before: f64,
    /// Value of new customers.
    pub new: f64,
    /// Value of regained customers.
    pub regained: f64,
    /// Less the value of lost customers as it was before: positive where they made losses.
    pub lost: f64,
    /// Value, as it was before, of customers who came from other parts, less that of those who went to other parts; 0 for
    /// the whole.
    pub moved: f64,
    /// Effect of changed margins of those who stayed.
    pub margin: f64,
    /// Effect of their changed retention (survival, weights).
    pub retention: f64,
    /// Effect of the changed discount rate on them.
    pub discount_rate: f64,
    /// Effect of their changed potential profit.
    pub potential: f64,
    /// Equity after.
    pub after: f64,
}

/// The bridge between customer equity on two dates.
///
/// Customers on both dates are revalued step by step in the order **margin → retention → discount rate → potential**, each
/// step at the new level of the ones before it and the old level of the ones after it:
///
/// ```text
/// margin          (m₁−m₀)·W(s₀,d₀)
/// retention       (m₁+p₀)·(W(s₁,d₀) − W(s₀,d₀))
/// discount rate   (m₁+p₀)·(W(s₁,d₁) − W(s₁,d₀))
/// potential       (p₁−p₀)·W(s₁,d₁)
/// ```
///
/// The order is a convention: another would divide the joint effects otherwise, not change the sum. A customer who went to
/// another part leaves the old one and enters the new one at the value before; what changed counts in the new part.
///
/// Identities: every bridge's terms add up to its `after`; every column of the parts adds up to the whole's, where the
/// `moved` of the parts cancel.
///
/// ```
/// use emptor_core::value::equity::{BaseSnapshot, EquityBridge};
/// use emptor_core::value::{ClosedForm, RetentionRate};
/// use emptor_types::{DiscountRate, TimeUnit};
///
/// let at = |rate: f64, ids: Vec<u64>, margin: Vec<f64>, retention: f64| {
///     let retention = vec![RetentionRate::new(retention, TimeUnit::Year)?; ids.len()];
///     BaseSnapshot::endless(ClosedForm::T1, DiscountRate::annual_effective(rate)?, TimeUnit::Year, ids, margin, retention)
/// };
/// let before = at(0.12, vec![1, 2], vec![100.0, 40.0], 0.8)?;
/// let after = at(0.12, vec![1, 3], vec![110.0, 20.0], 0.8)?;
/// let bridge = EquityBridge::between(&before, &after)?.total;
/// assert!((bridge.lost + 100.0).abs() < 1e-9 && (bridge.new - 50.0).abs() < 1e-9);
/// assert!((bridge.margin - 25.0).abs() < 1e-9 && bridge.retention == 0.0);
/// assert!((bridge.after - 325.0).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EquityBridge {
    /// The whole.
    pub total: BridgeRow,
    /// The parts in the order of their names; none if the snapshots name none.
    pub parts: Vec<BridgeRow>,
}

/// A bridge while it grows; money is summed exactly and rounded once.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    counts: [usize; 5],
    pub(super) before: ExactSum,
    pub(super) new: ExactSum,
    pub(super) regained: ExactSum,
    pub(super) lost: ExactSum,
    pub(super) moved: ExactSum,
    /// Margin, retention, discount rate, potential.
    pub(super) steps: [ExactSum; 4],
    pub(super) after: ExactSum,
}

const BEFORE: usize = 0;
const NEW: usize = 1;
const REGAINED: usize = 2;
const LOST: usize = 3;
const AFTER: usize = 4;

/// What somebody was on the date before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Past {
    Absent,
    Inactive,
    Customer,
}

impl Tally {
    fn merge(&mut self, other: &Self) {
        for (sum, one) in self.counts.iter_mut().zip(other.counts) {
            *sum += one;
        }
        self.before.merge(other.before);
        self.new.merge(other.new);
        self.regained.merge(other.regained);
        self.lost.merge(other.lost);
        self.moved.merge(other.moved);
        for (sum, one) in self.steps.iter_mut().zip(other.steps) {
            sum.merge(one);
        }
        self.after.merge(other.after);
    }

    fn row(&self, name: &str) -> BridgeRow {
        BridgeRow {
            name: name.to_owned(),
            customers_before: self.counts[BEFORE],
            customers_new: self.counts[NEW],
            customers_regained: self.counts[REGAINED],
            customers_lost: self.counts[LOST],
            customers_after: self.counts[AFTER],
            before: self.before.value(),
            new: self.new.value(),
            regained: self.regained.value(),
            lost: self.lost.value(),
            moved: self.moved.value(),
            margin: self.steps[0].value(),
            retention: self.steps[1].value(),
            discount_rate: self.steps[2].value(),
            potential: self.steps[3].value(),
            after: self.after.value(),
        }
    }
}

impl EquityBridge {
    /// Explains the change from one snapshot to the other.
    ///
    /// # Errors
    /// Unless both have one convention but for the discount rate, both or none have potential, and both or none name
    /// parts; if an endless sum diverges (also with the new retention at the old rate), or a value overflows.
    pub fn between<K: Ord + Debug>(before: &BaseSnapshot<K>, after: &BaseSnapshot<K>) -> Result<Self, ValueError> {
        let parts = tally(before, after)?;
        let mut total = Tally::default();
        for part in parts.values() {
            total.merge(part);
        }
        let named = before.parts.is_some();
        let rows = parts.iter().filter(|_| named).map(|(name, part)| part.row(name)).collect();
        Ok(Self { total: total.row("all"), parts: rows })
    }
}

/// The bridges of all parts, one unnamed part if the snapshots name none.
pub(super) fn tally<'a, K: Ord + Debug>(
    before: &'a BaseSnapshot<K>,
    after: &'a BaseSnapshot<K>,
) -> Result<BTreeMap<&'a str, Tally>, ValueError> {
    before.comparable(after)?;
    let part = |snapshot: &'a BaseSnapshot<K>, row: usize| snapshot.parts.as_ref().map_or("", |p| p[row].as_str());
    let mut parts: BTreeMap<&str, Tally> = BTreeMap::new();
    // The largest value of every row, steps of the bridge included.
    let mut largest = [vec![0.0; before.ids.len()], vec![0.0; after.ids.len()]];
    let greater = |a: f64, b: f64| if a.abs() > b.abs() || a.is_nan() { a } else { b };

    let rows_after: BTreeMap<&K, usize> = after.ids.iter().zip(0..).collect();
    let mut past = vec![Past::Absent; after.ids.len()];
    for (row, id) in before.ids.iter().enumerate() {
        let there = rows_after.get(id).copied();
        if let Some(there) = there {
            past[there] = if before.is_customer(row) { Past::Customer } else { Past::Inactive };
        }
        if !before.is_customer(row) {
            continue;
        }
        let multiple = before.multiple(row, before.rate())?;
        let value = (before.margin(row) + before.potential(row)) * multiple;
        largest[0][row] = value;
        let old = parts.entry(part(before, row)).or_default();
        old.counts[BEFORE] += 1;
        old.before.add(value);
        let Some(there) = there.filter(|there| after.is_customer(*there)) else {
            old.counts[LOST] += 1;
            old.lost.add(-value);
            continue;
        };
        let level = after.margin(there) + before.potential(row);
        let now = after.multiple(there, after.rate())?;
        // Every step from the same five numbers, so that they telescope without rounding in the sums.
        let values = [
            value,
            level * multiple,
            level * after.multiple(there, before.rate())?,
            level * now,
            (after.margin(there) + after.potential(there)) * now,
        ];
        largest[1][there] = values[1..].iter().fold(0.0, |most, value| greater(most, *value));
        if part(before, row) != part(after, there) {
            old.moved.add(-value);
            parts.entry(part(after, there)).or_default().moved.add(value);
        }
        let new = parts.entry(part(after, there)).or_default();
        new.counts[AFTER] += 1;
        new.after.add(values[4]);
        for (step, pair) in new.steps.iter_mut().zip(values.windows(2)) {
            step.add(pair[1]);
            step.add(-pair[0]);
        }
    }
    for row in (0..after.ids.len()).filter(|row| after.is_customer(*row)) {
        if past[row] == Past::Customer {
            continue;
        }
        let value = (after.margin(row) + after.potential(row)) * after.multiple(row, after.rate())?;
        largest[1][row] = value;
        let part = parts.entry(part(after, row)).or_default();
        let (count, sum) = match past[row] {
            Past::Absent => (NEW, &mut part.new),
            _ => (REGAINED, &mut part.regained),
        };
        sum.add(value);
        part.after.add(value);
        part.counts[count] += 1;
        part.counts[AFTER] += 1;
    }
    let mut checks = Invalid::checks();
    let names = ["customer value in the snapshot before", "customer value in the snapshot after"];
    names.into_iter().zip(&largest).for_each(|(name, values)| require_bounded(&mut checks, name, values));
    checks.finish()?;
    Ok(parts)
}
