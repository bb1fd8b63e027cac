//! The five lenses of a customer-base audit.
//!
//! | lens | question | table |
//! |---|---|---|
//! | 1 | how unequal are customers in one period? | `lens_decile` |
//! | 2 | what changed between two periods? | `lens_decomposition`, `lens_overlap` |
//! | 3 | how does one cohort evolve? | rows of one cohort in `lens_cohort` |
//! | 4 | is a cohort better than the one before at the same age? | `lens_cohort_pair` |
//! | 5 | what is the base made of? | all cohorts × all periods, `lens_cohort` |

use std::collections::BTreeMap;

use emptor_types::{ExactSum, Invalid};

use super::base::money;
use super::decomposition::{LogChange, Sales};
use super::ledger::Day;
use crate::period::{Period, place};
use crate::profile::Window;

/// Sums of a group of customers in a period. Money in millionths.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cell {
    pub(super) customers: usize,
    pub(super) orders: usize,
    pub(super) net: i128,
    known_net: i128,
    cost: i128,
    own_means: ExactSum,
}

impl Cell {
    fn add(&mut self, customer: &Own) {
        self.net += customer.net;
        self.known_net += customer.known_net;
        self.cost += customer.cost;
        self.orders += customer.orders;
        if customer.orders > 0 {
            self.customers += 1;
            self.own_means.add(money(customer.net) / customer.orders as f64);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.customers += other.customers;
        self.orders += other.orders;
        self.net += other.net;
        self.known_net += other.known_net;
        self.cost += other.cost;
        self.own_means.merge(other.own_means);
    }

    pub(super) fn revenue(&self) -> f64 {
        money(self.net)
    }

    pub(super) fn sales(&self) -> Sales {
        let sales = Sales::new(self.customers, self.orders, self.revenue());
        let margin = (self.known_net > 0).then(|| (self.known_net - self.cost) as f64 / self.known_net as f64);
        margin.map_or(sales, |margin| sales.with_margin(margin))
    }

    /// The unweighted mean of customers' own revenue per order.
    pub(super) fn mean_spend_per_order(&self) -> Option<f64> {
        (self.customers > 0).then(|| self.own_means.value() / self.customers as f64)
    }

    /// Share of net revenue whose cost is known, where there is a margin.
    pub(super) fn cost_coverage(&self) -> Option<f64> {
        (self.net > 0 && self.known_net > 0).then(|| self.known_net as f64 / self.net as f64)
    }
}

/// What one customer did in one period. Money in millionths.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Own {
    pub(super) customer: usize,
    pub(super) period: usize,
    pub(super) orders: usize,
    pub(super) net: i128,
    pub(super) known_net: i128,
    pub(super) cost: i128,
}

/// What customers did by period, by customer and period; customers without a line in a period have no row.
pub(super) fn panel(days: &[Day], periods: &[Period], from: i32, to: i32) -> Vec<Own> {
    let mut panel: Vec<Own> = Vec::new();
    for day in days.iter().filter(|day| from <= day.day && day.day <= to) {
        let Some(period) = place(periods, day.day) else { continue };
        let customer = day.customer as usize;
        if panel.last().is_none_or(|last| (last.customer, last.period) != (customer, period)) {
            panel.push(Own { customer, period, ..Own::default() });
        }
        if let Some(own) = panel.last_mut() {
            own.orders += day.orders as usize;
            own.net += i128::from(day.net);
            own.known_net += i128::from(day.known_net);
            own.cost += i128::from(day.cost);
        }
    }
    panel
}

/// The sums of all customers by period.
pub(super) fn by_period(panel: &[Own], periods: usize) -> Vec<Cell> {
    let mut cells = vec![Cell::default(); periods];
    panel.iter().for_each(|own| cells[own.period].add(own));
    cells
}

/// One row of the decomposition.
pub(super) struct Decomposed {
    pub(super) scope: &'static str,
    pub(super) start: i32,
    pub(super) is_partial: bool,
    pub(super) cell: Cell,
    pub(super) change: LogChange,
    pub(super) reason: Option<&'static str>,
}

/// Every period against the one before it, as far as both are whole.
pub(super) fn decompose(cells: &[Cell], periods: &[Period]) -> Vec<Decomposed> {
    let mut rows: Vec<Decomposed> = Vec::with_capacity(cells.len());
    for (cell, period) in cells.iter().zip(periods) {
        let start = period.start.days_since_epoch();
        let row = Decomposed::new("period", start, period.is_partial, *cell, rows.last());
        rows.push(row);
    }
    rows
}

/// The window against the one before it.
pub(super) fn decompose_window(days: &[Day], window: &Window, first_known: i32) -> Result<Vec<Decomposed>, Invalid> {
    let before = window.before()?;
    let sums = |window: &Window| {
        let (from, to) = (window.from(), window.as_of());
        let whole = [Period { start: from, end: to, is_partial: false }];
        by_period(&panel(days, &whole, from.days_since_epoch(), to.days_since_epoch()), 1)[0]
    };
    let start = before.from().days_since_epoch();
    let before = Decomposed::new("window", start, start < first_known, sums(&before), None);
    let now = Decomposed::new("window", window.from().days_since_epoch(), false, sums(window), Some(&before));
    Ok(vec![before, now])
}

impl Decomposed {
    fn new(scope: &'static str, start: i32, is_partial: bool, cell: Cell, before: Option<&Self>) -> Self {
        let (change, reason) = match before {
            None => (LogChange::default(), Some("nothing to compare with")),
            Some(before) if before.is_partial || is_partial => (LogChange::default(), Some("a period is partial")),
            Some(before) => {
                let change = LogChange::between(&before.cell.sales().factors(), &cell.sales().factors());
                let reason = match (change.revenue(), change.profit()) {
                    (None, _) => Some("a factor is not positive"),
                    (_, None) => Some("margin is unknown or not positive"),
                    _ => None,
                };
                (change, reason)
            }
        };
        Self { scope, start, is_partial, cell, change, reason }
    }
}

/// Who moved how between two periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Move {
    New,
    Returning,
    More,
    Less,
    Lost,
    NoOrder,
}

impl Move {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Returning => "returning",
            Self::More => "kept, spending at least as much",
            Self::Less => "kept, spending less",
            Self::Lost => "not seen again",
            Self::NoOrder => "no order in either",
        }
    }
}

/// A group of customers who moved the same way.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Moved {
    pub(super) customers: usize,
    pub(super) orders: [usize; 2],
    pub(super) net: [i128; 2],
}

/// By period, its customers and those of the period before by how they moved; all groups together make up the revenue of
/// both. `first_period` is where a customer's first purchase falls, if it falls in one of these periods.
pub(super) fn overlaps(panel: &[Own], periods: usize, first_period: &[Option<usize>]) -> Vec<BTreeMap<Move, Moved>> {
    let mut moves = vec![BTreeMap::<Move, Moved>::new(); periods];
    for own in panel.chunk_by(|a, b| a.customer == b.customer) {
        let at = |period: usize| own.iter().find(|own| own.period == period).copied().unwrap_or_default();
        let mut next = 1;
        for period in own.iter().flat_map(|own| [own.period, own.period + 1]) {
            // Every pair of periods that the customer touches, once.
            if period < next || period >= periods {
                continue;
            }
            next = period + 1;
            let (before, now) = (at(period - 1), at(period));
            let how = match (before.orders > 0, now.orders > 0) {
                (true, true) if now.net >= before.net => Move::More,
                (true, true) => Move::Less,
                (true, false) => Move::Lost,
                (false, true) if first_period[own[0].customer] == Some(period) => Move::New,
                (false, true) => Move::Returning,
                (false, false) => Move::NoOrder,
            };
            let moved = moves[period].entry(how).or_default();
            moved.customers += 1;
            for (side, own) in [before, now].into_iter().enumerate() {
                moved.orders[side] += own.orders;
                moved.net[side] += own.net;
            }
        }
    }
    moves
}

/// Customers by the period of their first purchase, in all periods.
pub(super) struct Cohorts {
    /// By cohort: its members. The last two are customers from before the window and those without a purchase.
    pub(super) sizes: Vec<usize>,
    /// By cohort and period.
    pub(super) cells: Vec<Vec<Cell>>,
}

/// The cohort of customers who bought before the window.
pub(super) const EARLIER: &str = "earlier";
/// Those who never bought, and only returned or were charged.
pub(super) const NO_PURCHASE: &str = "no purchase";

impl Cohorts {
    /// `cohort_of` is each customer's period of first purchase, `None` without one; `Some(periods)` if it was before.
    pub(super) fn new(panel: &[Own], cohort_of: &[Option<usize>], periods: usize) -> Self {
        let group = |customer: usize| cohort_of[customer].unwrap_or(periods + 1);
        let mut sizes = vec![0; periods + 2];
        (0..cohort_of.len()).for_each(|customer| sizes[group(customer)] += 1);
        let mut cells = vec![vec![Cell::default(); periods]; periods + 2];
        panel.iter().for_each(|own| cells[group(own.customer)][own.period].add(own));
        Self { sizes, cells }
    }

    /// The sums of a cohort through an age, and its number of members.
    fn through(&self, cohort: usize, age: usize) -> Cell {
        let mut sum = Cell::default();
        self.cells[cohort].iter().skip(cohort).take(age + 1).for_each(|cell| sum.merge(cell));
        sum
    }

    /// Every cohort against the one before it, left-aligned by age: revenue per member through the greatest age that both
    /// have lived in full, and what made the difference. Cohorts of a period that the window cuts have no comparison.
    pub(super) fn pairs(&self, periods: &[Period]) -> Vec<Pair> {
        let whole = periods.iter().rposition(|period| !period.is_partial);
        let Some(last) = whole else { return Vec::new() };
        let fit = |cohort: usize| !periods[cohort].is_partial && self.sizes[cohort] > 0;
        let pair = |cohort: usize| {
            let versus = cohort.checked_sub(1).filter(|versus| fit(cohort) && fit(*versus))?;
            let age = last.checked_sub(cohort)?;
            let [own, other] = [cohort, versus].map(|cohort| (self.through(cohort, age), self.sizes[cohort]));
            Some(Pair::new(cohort, versus, age, own, other))
        };
        (1..periods.len()).filter_map(pair).collect()
    }
}

/// A cohort beside the one before it.
pub(super) struct Pair {
    pub(super) cohort: usize,
    pub(super) versus: usize,
    pub(super) age: usize,
    pub(super) sizes: [usize; 2],
    pub(super) per_member: [f64; 2],
    /// Log changes of active periods per member, of orders per active period, and of revenue per order.
    pub(super) change: [Option<f64>; 3],
}

impl Pair {
    fn new(cohort: usize, versus: usize, age: usize, own: (Cell, usize), other: (Cell, usize)) -> Self {
        let sizes = [own.1, other.1];
        let per_member = [own, other].map(|(cell, size)| cell.revenue() / size as f64);
        let factors = |(cell, size): (Cell, usize)| {
            let factors = cell.sales().factors();
            [Some(factors.customers / size as f64), factors.aof, factors.aov]
        };
        let (own, other) = (factors(own), factors(other));
        let change = [0, 1, 2].map(|i| {
            let (to, from) = (own[i]?, other[i]?);
            (to > 0.0 && from > 0.0).then(|| (to / from).ln())
        });
        Self { cohort, versus, age, sizes, per_member, change }
    }

    pub(super) fn whole(&self) -> Option<f64> {
        self.change.iter().copied().sum()
    }
}
