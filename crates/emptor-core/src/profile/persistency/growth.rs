//! Where the active customers of a period come from, and where they go.

use emptor_types::ExactSum;

use super::activity::Activity;

/// The accounts of one period: active customers, by what they did before.
///
/// ```text
/// Active_t = Active_{t−1} + New_t + Resurrected_t − Dormant_t        Active_t = New_t + Retained_t + Resurrected_t
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Growth {
    /// Bought in the period.
    pub active: usize,
    /// Bought for the first time ever.
    pub new: usize,
    /// Bought in the period before too.
    pub retained: usize,
    /// Had bought, but not in the period before.
    pub resurrected: usize,
    /// Bought in the period before, and not in this.
    pub dormant: usize,
}

impl Growth {
    /// Customers won by customers gone silent: above 1 the base grows. `None` where nobody went silent.
    #[must_use]
    pub fn quick_ratio(&self) -> Option<f64> {
        (self.dormant > 0).then(|| (self.new + self.resurrected) as f64 / self.dormant as f64)
    }
}

/// The accounts of all periods for the customers of one group.
///
/// ```
/// use emptor_core::profile::persistency::{Activity, growth};
///
/// let activity = Activity::of_buyers(3, &[&[0, 1], &[0, 2], &[2]])?;
/// let accounts = growth(&activity, |_| true);
/// assert_eq!((accounts[1].active, accounts[1].retained, accounts[1].dormant), (1, 1, 1));
/// assert_eq!((accounts[2].new, accounts[2].resurrected, accounts[2].dormant), (1, 1, 1));
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[must_use]
pub fn growth(activity: &Activity, belongs: impl Fn(usize) -> bool) -> Vec<Growth> {
    let mut accounts = vec![Growth::default(); activity.periods()];
    for customer in (0..activity.customers()).filter(|customer| belongs(*customer)) {
        let mut before: Option<usize> = None;
        for period in activity.bought(customer) {
            let account = &mut accounts[period];
            account.active += 1;
            match before {
                None => account.new += 1,
                Some(last) if last + 1 == period => account.retained += 1,
                Some(last) => {
                    account.resurrected += 1;
                    accounts[last + 1].dormant += 1;
                }
            }
            before = Some(period);
        }
        if let Some(account) = before.and_then(|last| accounts.get_mut(last + 1)) {
            account.dormant += 1;
        }
    }
    accounts
}

/// How the revenue of customers moved from one period to the next.
///
/// ```text
/// NRR = (start + expansion − contraction − churn) / start        GRR = (start − contraction − churn) / start
/// end = start + expansion − contraction − churn + new + resurrected + other
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct RevenueMovement {
    /// Revenue, in the period before, of the customers who bought then.
    pub start: f64,
    /// What those of them brought more.
    pub expansion: f64,
    /// What those who bought again brought less.
    pub contraction: f64,
    /// What those who did not buy again brought before, and what they took back.
    pub churn: f64,
    /// Revenue of customers who bought for the first time.
    pub new: f64,
    /// Revenue of customers who bought again after a pause.
    pub resurrected: f64,
    /// Returns, credits and fees of customers who bought in neither period.
    pub other: f64,
    /// Net revenue of all customers in the period.
    pub end: f64,
}

impl RevenueMovement {
    /// Net revenue retention; `None` unless there was revenue to keep.
    #[must_use]
    pub fn net_retention(&self) -> Option<f64> {
        (self.start > 0.0).then(|| (self.start + self.expansion - self.contraction - self.churn) / self.start)
    }

    /// Gross revenue retention: what is left without counting who brought more, at most 1. `None` unless there was revenue
    /// to keep.
    #[must_use]
    pub fn gross_retention(&self) -> Option<f64> {
        (self.start > 0.0).then(|| ((self.start - self.contraction - self.churn) / self.start).min(1.0))
    }

    /// Revenue won by revenue lost: above 1 it grows. `None` where nothing was lost.
    #[must_use]
    pub fn quick_ratio(&self) -> Option<f64> {
        let lost = self.contraction + self.churn;
        (lost > 0.0).then(|| (self.new + self.expansion + self.resurrected) / lost)
    }
}

/// Sums while they are taken.
#[derive(Clone, Copy, Default)]
struct Sums([ExactSum; 8]);

impl Sums {
    fn finish(self) -> RevenueMovement {
        let [start, expansion, contraction, churn, new, resurrected, other, end] = self.0.map(ExactSum::value);
        RevenueMovement { start, expansion, contraction, churn, new, resurrected, other, end }
    }
}

const START: usize = 0;
const EXPANSION: usize = 1;
const CONTRACTION: usize = 2;
const CHURN: usize = 3;
const NEW: usize = 4;
const RESURRECTED: usize = 5;
const OTHER: usize = 6;
const END: usize = 7;

/// Movements of revenue into every period; the first has only new revenue.
///
/// ```
/// use emptor_core::profile::persistency::{Activity, ActivityCell, revenue_movements};
///
/// let cell = |period, revenue| ActivityCell { period, active: true, revenue, margin: 0.0 };
/// let mut activity = Activity::new(2);
/// activity.push([cell(0, 100.0), cell(1, 130.0)])?;
/// activity.push([cell(0, 80.0), cell(1, 60.0)])?;
/// activity.push([cell(0, 20.0)])?;
/// activity.push([cell(1, 50.0)])?;
/// let moved = revenue_movements(&activity)[1];
/// assert_eq!((moved.start, moved.expansion, moved.contraction, moved.churn, moved.new), (200.0, 30.0, 20.0, 20.0, 50.0));
/// assert_eq!((moved.net_retention(), moved.gross_retention()), (Some(0.95), Some(0.8)));
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[must_use]
pub fn revenue_movements(activity: &Activity) -> Vec<RevenueMovement> {
    let mut sums = vec![Sums::default(); activity.periods()];
    for customer in 0..activity.customers() {
        let cells = activity.cells(customer);
        let mut has_bought = false;
        for (i, cell) in cells.iter().enumerate() {
            let before = i.checked_sub(1).map(|i| cells[i]).filter(|before| before.period + 1 == cell.period);
            let here = &mut sums[cell.period].0;
            here[END].add(cell.revenue);
            match before.filter(|before| before.active) {
                Some(before) => {
                    let change = cell.revenue - before.revenue;
                    let kind = match (change > 0.0, cell.active) {
                        (true, _) => EXPANSION,
                        (false, true) => CONTRACTION,
                        (false, false) => CHURN,
                    };
                    here[START].add(before.revenue);
                    here[kind].add(change.abs());
                }
                None if !cell.active => here[OTHER].add(cell.revenue),
                None if has_bought => here[RESURRECTED].add(cell.revenue),
                None => here[NEW].add(cell.revenue),
            }
            has_bought |= cell.active;
            let next = cell.period + 1;
            let silent = cell.active && next < sums.len() && cells.get(i + 1).is_none_or(|cell| cell.period != next);
            if silent {
                let there = &mut sums[next].0;
                there[START].add(cell.revenue);
                there[if cell.revenue > 0.0 { CHURN } else { EXPANSION }].add(cell.revenue.abs());
            }
        }
    }
    sums.into_iter().map(Sums::finish).collect()
}
