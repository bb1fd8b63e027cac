//! What comes out.

use std::collections::BTreeMap;

use emptor_types::Date;
use polars::prelude::{DataFrame, Series};

use super::cells::{Cell, Key, NONE, merge, money, mul_div};
use super::compute::Books;
use super::error::ProfitError;
use super::frames::{activity_frame, capacity_frame, ladder_frame, unassigned_frame};
use super::reconcile::ProfitReconciliation;
use super::rules::CostClass;
use super::settings::RelationshipProfit;
use crate::period::Period;

/// Which rung of the ladder of margins is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProfitMeasure {
    /// Net revenue: what is left of list prices after discounts, rebates and returns. No profit, but what margins are of.
    NetRevenue,
    /// Gross profit: net revenue less product cost.
    Cm1,
    /// Contribution margin: gross profit less cost to serve and direct marketing. The usual profit of a relationship.
    Cm2,
    /// Contribution margin less allocated fixed cost.
    NetProfit,
    /// Contribution margin of the revenue whose cost is known, without what is imputed or unknown.
    Cm2Known,
}

impl ProfitMeasure {
    fn millionths(self, cell: &Cell) -> Option<i128> {
        match self {
            Self::NetRevenue => Some(cell.net.into()),
            Self::Cm1 => cell.cm1(),
            Self::Cm2 => cell.cm2(),
            Self::NetProfit => cell.net_profit(),
            Self::Cm2Known => Some(cell.cm2_known()),
        }
    }
}

/// The profit of relationships. Rows are ordered by customer, product (those without one last) and period.
///
/// What is kept is one row of integers per customer, product and period with a line or a cost; the great tables are made
/// of them when they are asked for.
#[derive(Debug, Clone)]
pub struct RelationshipProfits {
    spec: RelationshipProfit,
    customers: Series,
    /// The day on which each relationship began.
    since: Vec<Option<i32>>,
    products: Series,
    periods: Vec<Period>,
    cells: Vec<(Key, Cell)>,
    activities: Vec<ActivityLine>,
    totals: Vec<Cell>,
    totals_frame: DataFrame,
    capacity: DataFrame,
    unassigned: DataFrame,
    reconciliation: ProfitReconciliation,
}

impl RelationshipProfits {
    pub(super) fn new(
        spec: &RelationshipProfit,
        periods: Vec<Period>,
        (customers, mut since): (Series, Vec<Option<i32>>),
        products: Series,
        books: Books,
    ) -> Result<Self, ProfitError> {
        let Books { cells, mut activities, capacity, unassigned, ledger } = books;
        let reconciliation = ledger.close(&cells, &activities);
        let mut totals = vec![Cell::default(); customers.len()];
        for own in by_customer(&cells) {
            let customer = own[0].0.customer as usize;
            own.iter().try_for_each(|(_, cell)| totals[customer].add(cell))?;
            // An activity or a return dated by its order, of a day that is not kept: at the latest the period's last.
            let first = own.iter().map(|(key, _)| key.period).min().unwrap_or_default() as usize;
            let end = periods[first].end.days_since_epoch();
            since[customer] = Some(since[customer].map_or(end, |day| day.min(end)));
        }
        let whole: Vec<(Key, Cell)> = (0_u32..)
            .zip(&totals)
            .map(|(customer, cell)| (Key { customer, product: NONE, period: NONE }, *cell))
            .collect();
        activities.sort_unstable_by_key(|line| (line.customer, line.rule, line.period));
        Ok(Self {
            totals_frame: ladder_frame(&whole, &customers, None, None)?,
            capacity: capacity_frame(&capacity, &periods)?,
            unassigned: unassigned_frame(&unassigned, &periods)?,
            spec: spec.clone(),
            customers,
            since,
            products,
            periods,
            cells,
            activities,
            totals,
            reconciliation,
        })
    }

    /// The settings.
    #[must_use]
    pub fn spec(&self) -> &RelationshipProfit {
        &self.spec
    }

    /// The customers in ascending order of their id, which is the order of [`values`](Self::values): everyone with a line
    /// or an activity in the window, and everyone in the table of customers.
    pub fn customers(&self) -> &Series {
        &self.customers
    }

    /// The periods, oldest first, which is the order of the columns of [`panel`](Self::panel).
    #[must_use]
    pub fn periods(&self) -> &[Period] {
        &self.periods
    }

    /// One row per customer, product and period; see [`PROFIT_COLUMNS`](super::PROFIT_COLUMNS). Costs that belong to no
    /// product stand in a row without one. Made anew at every call.
    ///
    /// # Errors
    /// If the data-frame engine fails.
    pub fn by_product(&self) -> Result<DataFrame, ProfitError> {
        Ok(ladder_frame(&self.cells, &self.customers, Some(&self.products), Some(&self.periods))?)
    }

    /// One row per customer and period in which something happened. Made anew at every call.
    ///
    /// # Errors
    /// If a sum is out of range or the data-frame engine fails.
    pub fn by_period(&self) -> Result<DataFrame, ProfitError> {
        let mut rows = Vec::new();
        for own in by_customer(&self.cells) {
            let mut own = own.iter().map(|(key, cell)| (Key { product: NONE, ..*key }, *cell)).collect();
            merge(&mut own)?;
            rows.append(&mut own);
        }
        Ok(ladder_frame(&rows, &self.customers, None, Some(&self.periods))?)
    }

    /// One row per product, over the window and all customers; costs that belong to no product stand in a last row without
    /// one. Made anew at every call.
    ///
    /// # Errors
    /// If a sum is out of range or the data-frame engine fails.
    pub fn product_totals(&self) -> Result<DataFrame, ProfitError> {
        let rows = self.summed(|key| Key { customer: NONE, product: key.product, period: 0 })?;
        Ok(ladder_frame(&rows, &self.customers, Some(&self.products), None)?.drop("customer_id")?)
    }

    /// One row per period in which something happened, over all customers. Made anew at every call.
    ///
    /// # Errors
    /// If a sum is out of range or the data-frame engine fails.
    pub fn period_totals(&self) -> Result<DataFrame, ProfitError> {
        let rows = self.summed(|key| Key { customer: NONE, product: NONE, period: key.period })?;
        Ok(ladder_frame(&rows, &self.customers, None, Some(&self.periods))?.drop("customer_id")?)
    }

    /// The cells, added up by what is left of their keys, in the order of the keys.
    fn summed(&self, left: fn(&Key) -> Key) -> Result<Vec<(Key, Cell)>, ProfitError> {
        let mut sums: BTreeMap<Key, Cell> = BTreeMap::new();
        for (key, cell) in &self.cells {
            sums.entry(left(key)).or_default().add(cell)?;
        }
        Ok(sums.into_iter().collect())
    }

    /// One row per customer.
    #[must_use]
    pub fn totals(&self) -> &DataFrame {
        &self.totals_frame
    }

    /// What each customer's activities cost; see [`ACTIVITY_COLUMNS`](super::ACTIVITY_COLUMNS). Made anew at every call.
    ///
    /// # Errors
    /// If the data-frame engine fails.
    pub fn activities(&self) -> Result<DataFrame, ProfitError> {
        Ok(activity_frame(&self.activities, &self.customers, &self.spec, &self.periods)?)
    }

    /// How the capacity of pools was used; see [`CAPACITY_COLUMNS`](super::CAPACITY_COLUMNS).
    #[must_use]
    pub fn capacity(&self) -> &DataFrame {
        &self.capacity
    }

    /// What no customer brought or is charged, with the reason; see [`UNASSIGNED_COLUMNS`](super::UNASSIGNED_COLUMNS).
    #[must_use]
    pub fn unassigned(&self) -> &DataFrame {
        &self.unassigned
    }

    /// Whether every amount is accounted for.
    #[must_use]
    pub fn reconciliation(&self) -> &ProfitReconciliation {
        &self.reconciliation
    }

    /// Share of customers' net revenue whose product cost is known and not imputed; `None` if the revenue is not positive.
    #[must_use]
    pub fn cost_coverage(&self) -> Option<f64> {
        self.share(Cell::known_net)
    }

    /// Share of customers' net revenue whose product cost is imputed; `None` if the revenue is not positive.
    #[must_use]
    pub fn imputed_share(&self) -> Option<f64> {
        self.share(|cell| cell.imputed_net.into())
    }

    fn share(&self, part: fn(&Cell) -> i128) -> Option<f64> {
        let net = self.totals.iter().map(|cell| i128::from(cell.net)).sum::<i128>();
        let part = self.totals.iter().map(part).sum::<i128>();
        (net > 0).then(|| part as f64 / net as f64)
    }

    /// Each customer's profit over the window, in the order of [`customers`](Self::customers); NaN where it is unknown.
    #[must_use]
    pub fn values(&self, measure: ProfitMeasure) -> Vec<f64> {
        self.totals.iter().map(|cell| measure.millionths(cell).map_or(f64::NAN, money)).collect()
    }

    /// Each customer's profit period by period: one row per customer, one column per period, row after row. NaN before the
    /// period in which the relationship began (with the first line, also before the window, or with the record of the
    /// customer, `created_at`, or an activity in the window, whichever is first); afterwards 0 in periods without business
    /// and NaN where profit is unknown. The period of the beginning may be a part of one: see [`ages`](Self::ages).
    #[must_use]
    pub fn panel(&self, measure: ProfitMeasure) -> Vec<f64> {
        let width = self.periods.len();
        let mut panel = vec![f64::NAN; self.customers.len() * width];
        for (row, since) in panel.chunks_exact_mut(width.max(1)).zip(&self.since) {
            if let Some(day) = since {
                let begun = self.periods.partition_point(|period| period.end.days_since_epoch() < *day);
                row[begun..].fill(0.0);
            }
        }
        let mut sums: Vec<Option<i128>> = vec![Some(0); width];
        for own in by_customer(&self.cells) {
            sums.fill(Some(0));
            for (key, cell) in own {
                let sum = &mut sums[key.period as usize];
                *sum = sum.zip(measure.millionths(cell)).map(|(sum, more)| sum + more);
            }
            let start = own[0].0.customer as usize * width;
            for (key, _) in own {
                let at = key.period as usize;
                panel[start + at] = sums[at].map_or(f64::NAN, money);
            }
        }
        panel
    }

    pub(super) fn since(&self) -> &[Option<i32>] {
        &self.since
    }

    /// The first days of the periods.
    #[must_use]
    pub fn period_starts(&self) -> Vec<Date> {
        self.periods.iter().map(|period| period.start).collect()
    }
}

fn by_customer(cells: &[(Key, Cell)]) -> impl Iterator<Item = &[(Key, Cell)]> {
    cells.chunk_by(|a, b| a.0.customer == b.0.customer)
}

/// One customer's activities of one rule in one period, for one product.
#[derive(Debug, Clone, Copy)]
pub(super) struct ActivityLine {
    pub(super) customer: u32,
    pub(super) rule: u32,
    pub(super) period: u32,
    pub(super) class: CostClass,
    pub(super) quantity: i64,
    pub(super) minutes: i64,
    pub(super) cost: i64,
}

/// One capacity pool in one period, in millionths.
#[derive(Debug, Clone)]
pub(super) struct CapacityLine {
    pub(super) pool: String,
    pub(super) period: usize,
    pub(super) amount: i128,
    pub(super) practical: i128,
    pub(super) used: i128,
    /// Negative where more was worked than the pool can.
    pub(super) unused_cost: i128,
}

impl CapacityLine {
    pub(super) fn new(
        pool: &str,
        period: usize,
        amount: i128,
        practical: i128,
        used: i128,
    ) -> Result<Self, ProfitError> {
        let unused_cost = mul_div(amount, practical - used, practical)?;
        Ok(Self { pool: pool.to_owned(), period, amount, practical, used, unused_cost })
    }
}

/// What belongs to no customer: by source, period, component and reason.
#[derive(Debug, Default)]
pub(super) struct Unassigned(pub(super) BTreeMap<(String, u32, String, String), i128>);

impl Unassigned {
    pub(super) fn add(&mut self, source: &str, period: u32, component: &str, reason: &str, amount: i128) {
        *self.0.entry((source.to_owned(), period, component.to_owned(), reason.to_owned())).or_default() += amount;
    }

    /// The amounts of a component by period.
    pub(super) fn component(&self, component: &str) -> Vec<(u32, i128)> {
        self.0.iter().filter(|(key, _)| key.2 == component).map(|(key, amount)| (key.1, *amount)).collect()
    }
}
