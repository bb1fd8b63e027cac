//! What comes out.

use std::collections::BTreeMap;

use emptor_types::Date;
use polars::prelude::{DataFrame, Series};

use super::cells::{Cell, Key, NONE, merged, money, mul_div};
use super::compute::Books;
use super::error::ProfitError;
use super::frames::{activity_frame, capacity_frame, ladder_frame, unassigned_frame};
use super::period::Period;
use super::reconcile::ProfitReconciliation;
use super::rules::CostClass;
use super::settings::RelationshipProfit;

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
    fn of(self, cell: &Cell) -> f64 {
        match self {
            Self::NetRevenue => Some(cell.net.into()),
            Self::Cm1 => cell.cm1(),
            Self::Cm2 => cell.cm2(),
            Self::NetProfit => cell.net_profit(),
            Self::Cm2Known => Some(cell.cm2_known()),
        }
        .map_or(f64::NAN, money)
    }
}

/// The profit of relationships. Rows are ordered by customer, product (those without one last) and period.
#[derive(Debug, Clone)]
pub struct RelationshipProfits {
    spec: RelationshipProfit,
    customers: Series,
    periods: Vec<Period>,
    by_period: Vec<(Key, Cell)>,
    totals: Vec<Cell>,
    products_frame: DataFrame,
    periods_frame: DataFrame,
    totals_frame: DataFrame,
    activities: DataFrame,
    capacity: DataFrame,
    unassigned: DataFrame,
    reconciliation: ProfitReconciliation,
}

impl RelationshipProfits {
    pub(super) fn new(
        spec: &RelationshipProfit,
        periods: Vec<Period>,
        customers: Series,
        products: &Series,
        books: Books,
    ) -> Result<Self, ProfitError> {
        let Books { cells, mut activities, capacity, unassigned, ledger } = books;
        let reconciliation = ledger.close(&cells, &activities);
        let rolled = cells.iter().map(|(key, cell)| (Key { product: NONE, ..*key }, *cell)).collect();
        let by_period = merged(rolled)?;
        let mut totals = vec![Cell::default(); customers.len()];
        for (key, cell) in &by_period {
            totals[key.customer as usize].add(cell)?;
        }
        let whole: Vec<(Key, Cell)> = (0_u32..)
            .zip(&totals)
            .map(|(customer, cell)| (Key { customer, product: NONE, period: NONE }, *cell))
            .collect();
        activities.sort_by_key(|line| (line.customer, line.rule, line.period));
        Ok(Self {
            products_frame: ladder_frame(&cells, &customers, Some(products), Some(&periods))?,
            periods_frame: ladder_frame(&by_period, &customers, None, Some(&periods))?,
            totals_frame: ladder_frame(&whole, &customers, None, None)?,
            activities: activity_frame(&activities, &customers, spec, &periods)?,
            capacity: capacity_frame(&capacity, &periods)?,
            unassigned: unassigned_frame(&unassigned, &periods)?,
            spec: spec.clone(),
            customers,
            periods,
            by_period,
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
    /// product stand in a row without one.
    #[must_use]
    pub fn by_product(&self) -> &DataFrame {
        &self.products_frame
    }

    /// One row per customer and period in which something happened.
    #[must_use]
    pub fn by_period(&self) -> &DataFrame {
        &self.periods_frame
    }

    /// One row per customer.
    #[must_use]
    pub fn totals(&self) -> &DataFrame {
        &self.totals_frame
    }

    /// What each customer's activities cost; see [`ACTIVITY_COLUMNS`](super::ACTIVITY_COLUMNS).
    #[must_use]
    pub fn activities(&self) -> &DataFrame {
        &self.activities
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
        self.totals.iter().map(|cell| measure.of(cell)).collect()
    }

    /// Each customer's profit period by period: one row per customer, one column per period, row after row. A customer's
    /// periods before the first one with a line or an activity are NaN, later ones without are 0, and those whose profit
    /// is unknown are NaN.
    #[must_use]
    pub fn panel(&self, measure: ProfitMeasure) -> Vec<f64> {
        let width = self.periods.len();
        let mut panel = vec![f64::NAN; self.customers.len() * width];
        for own in self.by_period.chunk_by(|a, b| a.0.customer == b.0.customer) {
            let start = own[0].0.customer as usize * width;
            panel[start + own[0].0.period as usize..start + width].fill(0.0);
            for (key, cell) in own {
                panel[start + key.period as usize] = measure.of(cell);
            }
        }
        panel
    }

    /// The first days of the periods.
    #[must_use]
    pub fn period_starts(&self) -> Vec<Date> {
        self.periods.iter().map(|period| period.start).collect()
    }
}

/// One customer's activities of one rule in one period, for one product.
#[derive(Debug, Clone, Copy)]
pub(super) struct ActivityLine {
    pub(super) customer: u32,
    pub(super) rule: usize,
    pub(super) period: u32,
    pub(super) class: CostClass,
    pub(super) quantity: i128,
    pub(super) minutes: i128,
    pub(super) cost: i128,
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
