//! Whether every amount is accounted for.

use std::collections::{BTreeMap, HashMap};

use emptor_table::DataQuality;

use super::cells::{Cell, Key, money, widen};
use super::results::ActivityLine;
use super::rules::CostClass;

/// Greatest relative difference that counts as equal.
const RELATIVE: f64 = 1e-9;

/// Greatest absolute difference per order line, from amounts with more than six decimals.
const PER_LINE: f64 = 1e-8;

/// The item of all fixed cost.
pub(super) const FIXED: &str = "fixed cost";

/// What rounding a pool to millionths, rule by rule, may leave over.
const ROUNDING: f64 = 1e-5;

/// One amount that must be accounted for: `customers + unassigned + unused + outside = control`.
///
/// `customers` is added up from the results, `control` from the source: the door's total for net revenue, the amounts of
/// cost pools, the costs that logs state, volume times rate.
///
/// Rows that the door has set aside are in neither side; for net revenue their money stands beside the identity:
/// `control + quarantined` is [what the source holds](Self::source).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ReconciliationLine {
    /// What is accounted for, e.g. `net revenue` or `pool customer service`.
    pub item: String,
    /// What customers brought or are charged.
    pub customers: f64,
    /// What belongs to no customer of the results; see the reasons in the table of unassigned amounts.
    pub unassigned: f64,
    /// Unused capacity; negative where more was charged than the pool costs.
    pub unused: f64,
    /// Money of cancelled lines and of lines before or after the window (net revenue only).
    pub outside: f64,
    /// What all of it must add up to.
    pub control: f64,
    /// Money of rows that the door set aside, in no other figure (net revenue only); NaN where it cannot be read.
    pub quarantined: f64,
    lines: f64,
}

impl ReconciliationLine {
    /// What the source holds: what was accepted, and what was set aside.
    #[must_use]
    pub fn source(&self) -> f64 {
        self.control + self.quarantined
    }

    /// Left side less right side.
    #[must_use]
    pub fn gap(&self) -> f64 {
        self.customers + self.unassigned + self.unused + self.outside - self.control
    }

    /// Whether the sides agree: to a billionth of the greatest term, or to a hundredth of the currency per million lines
    /// where that is more.
    #[must_use]
    pub fn holds(&self) -> bool {
        let terms = [self.customers, self.unassigned, self.unused, self.outside, self.control];
        let scale = terms.iter().fold(0.0_f64, |most, term| most.max(term.abs()));
        self.gap().abs() <= (RELATIVE * scale).max(PER_LINE * self.lines + ROUNDING)
    }
}

/// Every amount that must be accounted for.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfitReconciliation {
    lines: Vec<ReconciliationLine>,
}

impl ProfitReconciliation {
    /// The lines, by item.
    #[must_use]
    pub fn lines(&self) -> &[ReconciliationLine] {
        &self.lines
    }

    /// The line of an item.
    #[must_use]
    pub fn line(&self, item: &str) -> Option<&ReconciliationLine> {
        self.lines.iter().find(|line| line.item == item)
    }

    /// Whether every line holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.lines.iter().all(ReconciliationLine::holds)
    }
}

/// The left side of an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    Customers,
    Unassigned,
    Unused,
}

#[derive(Debug, Default)]
pub(super) struct Sums {
    customers: i128,
    unassigned: i128,
    unused: i128,
    outside: i128,
    pub(super) control: i128,
    quarantined: f64,
}

impl Sums {
    pub(super) fn book(&mut self, entry: Entry, amount: i128) {
        match entry {
            Entry::Customers => self.customers += amount,
            Entry::Unassigned => self.unassigned += amount,
            Entry::Unused => self.unused += amount,
        }
    }
}

/// Amounts as they are booked.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Order lines booked.
    pub(super) lines: i64,
    items: BTreeMap<String, Sums>,
    /// Cost by logged activity.
    costs: HashMap<String, i128>,
    /// Volume or minutes by pool and period.
    drivers: HashMap<String, Vec<i128>>,
}

impl Ledger {
    pub(super) fn at(&mut self, item: &str) -> &mut Sums {
        self.items.entry(item.to_owned()).or_default()
    }

    pub(super) fn logged(&mut self, activity: &str, cost: i64) {
        *self.costs.entry(activity.to_owned()).or_default() += i128::from(cost);
    }

    pub(super) fn cost_of(&self, activity: &str) -> i128 {
        self.costs.get(activity).copied().unwrap_or_default()
    }

    pub(super) fn driven(&mut self, pool: &str, by_period: &[i128]) {
        let sums = self.drivers.entry(pool.to_owned()).or_insert_with(|| vec![0; by_period.len()]);
        sums.iter_mut().zip(by_period).for_each(|(sum, more)| *sum += more);
    }

    pub(super) fn driver(&self, pool: &str) -> Option<&Vec<i128>> {
        self.drivers.get(pool)
    }

    /// Money of lines that do not count, and the total that the door has seen.
    pub(super) fn revenue(&mut self, outside: i128, quality: &DataQuality) {
        let door = quality.fact("all lines").and_then(|fact| fact.amount).unwrap_or(f64::NAN);
        let sums = self.at("net revenue");
        sums.outside = outside;
        sums.control = widen(door);
        if quality.quarantined > 0 {
            sums.quarantined = quality.quarantined_amount.unwrap_or(f64::NAN);
        }
    }

    /// Adds up the customers of the finished results.
    pub(super) fn close(mut self, cells: &[(Key, Cell)], activities: &[ActivityLine]) -> ProfitReconciliation {
        let sum = |value: fn(&Cell) -> i128| cells.iter().map(|(_, cell)| value(cell)).sum::<i128>();
        self.at("net revenue").book(Entry::Customers, sum(|cell| i128::from(cell.net)));
        self.at("product cost").book(Entry::Customers, sum(Cell::cost));
        for (item, class, total) in [
            ("cost to serve", CostClass::CostToServe, sum(|cell| i128::from(cell.cts))),
            ("direct marketing", CostClass::DirectMarketing, sum(|cell| i128::from(cell.marketing))),
        ] {
            let sums = self.at(item);
            sums.book(Entry::Customers, total);
            sums.control = activities.iter().filter(|line| line.class == class).map(|line| i128::from(line.cost)).sum();
        }
        if let Some(sums) = self.items.get_mut(FIXED) {
            sums.book(Entry::Customers, sum(|cell| i128::from(cell.fixed)));
        }
        let rows = self.lines as f64 + activities.len() as f64;
        let lines = self.items.into_iter().map(|(item, sums)| ReconciliationLine {
            item,
            customers: money(sums.customers),
            unassigned: money(sums.unassigned),
            unused: money(sums.unused),
            outside: money(sums.outside),
            control: money(sums.control),
            quarantined: sums.quarantined,
            lines: rows,
        });
        ProfitReconciliation { lines: lines.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_amount_is_a_gap() {
        let mut ledger = Ledger::default();
        ledger.at("pool a").control = widen(100.0);
        ledger.at("pool a").book(Entry::Customers, widen(60.0));
        ledger.at("pool a").book(Entry::Unused, widen(39.0));
        let reconciliation = ledger.close(&[], &[]);
        assert!(!reconciliation.holds());
        assert!(reconciliation.line("pool a").is_some_and(|line| (line.gap() + 1.0).abs() < 1e-9));
    }
}
