//! One source of potential profit.

use std::fmt;

use emptor_types::{Checks, Invalid};

use super::offers::Offers;
use super::ramp::Ramp;

/// What a component of potential is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ComponentKind {
    /// Categories the customer does not have yet.
    CrossSell,
    /// A better product or price of what the customer has.
    UpSell,
    /// Spending that goes to competitors.
    ShareOfWallet,
    /// Customers brought by the customer.
    Referral,
    /// A second life of a lapsed customer.
    WinBack,
    /// Deals under way.
    Opportunities,
    /// Profits the caller brings.
    Supplied,
}

impl fmt::Display for ComponentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CrossSell => "cross-sell",
            Self::UpSell => "up-sell",
            Self::ShareOfWallet => "share of wallet",
            Self::Referral => "referral",
            Self::WinBack => "win-back",
            Self::Opportunities => "open opportunities",
            Self::Supplied => "supplied",
        })
    }
}

/// Expected incremental profit per customer and period from one source, and the revenue it implies.
///
/// There is one constructor per kind: [`cross_sell`](Self::cross_sell), [`up_sell`](Self::up_sell),
/// [`share_of_wallet`](Self::share_of_wallet), [`referral`](Self::referral), [`win_back`](Self::win_back),
/// [`opportunities`](Self::opportunities), [`supplied`](Self::supplied). All are in the reporting currency per period,
/// before survival and before discounting: [`ProfitStreams`](crate::value::ProfitStreams) weighs them by the survival of
/// the relationship, so that they must not contain it.
///
/// No panel is kept where a level and a [`Ramp`] say the same.
///
/// ```
/// use emptor_core::value::potential::{PotentialComponent, Ramp};
///
/// // One customer in five moves to the plan that earns 50 more, half of them in the first period.
/// let up_sell = PotentialComponent::up_sell(&[0.2], &[50.0], Ramp::linear(2)?)?
///     .with_cost(vec![1.5], Ramp::once(1)?)?
///     .with_margin_rate(vec![0.4])?;
/// assert_eq!(up_sell.profit(0, 1), Some(3.5)); // 0.2 · 50 · ½ − 1.5
/// assert_eq!(up_sell.profit(0, 2), Some(10.0));
/// assert_eq!(up_sell.revenue(0, 2), Some(25.0));
/// assert_eq!((up_sell.profit(0, 0), up_sell.profit(4, 1)), (None, None));
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PotentialComponent {
    kind: ComponentKind,
    name: String,
    customers: usize,
    flows: Flows,
    margin_rate: Option<Vec<f64>>,
    cost: Option<(Vec<f64>, Ramp)>,
    in_equity: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Flows {
    /// A full effect per customer, times a ramp.
    Level { margin: Vec<f64>, revenue: Option<Vec<f64>>, ramp: Ramp },
    /// Offers with individual probabilities.
    Offers(Offers),
    /// Single payments.
    Events(Events),
    /// Row-major profits.
    Panel { periods: usize, values: Vec<f64> },
}

/// Single payments, grouped by customer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Events {
    /// Where each customer's payments start, and the end of the last one's.
    starts: Vec<usize>,
    payments: Vec<(usize, Cell)>,
}

/// What a component brings to one customer in one period: profit is margin less cost.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Cell {
    pub(super) margin: f64,
    pub(super) cost: f64,
    pub(super) revenue: f64,
}

impl Cell {
    fn add(mut self, other: &Self) -> Self {
        self.margin += other.margin;
        self.cost += other.cost;
        self.revenue += other.revenue;
        self
    }
}

impl Events {
    /// Groups payments `(customer, period, amounts)`, whose customers have been checked.
    pub(super) fn new(customers: usize, payments: impl Iterator<Item = (usize, usize, Cell)>) -> Self {
        let mut rows: Vec<_> = payments.collect();
        rows.sort_by_key(|(customer, ..)| *customer);
        let starts = (0..=customers).map(|i| rows.partition_point(|(customer, ..)| *customer < i)).collect();
        Self { starts, payments: rows.into_iter().map(|(_, period, cell)| (period, cell)).collect() }
    }

    pub(super) fn of(&self, customer: usize) -> &[(usize, Cell)] {
        &self.payments[self.starts[customer]..self.starts[customer + 1]]
    }
}

impl PotentialComponent {
    pub(super) fn new(kind: ComponentKind, customers: usize, flows: Flows) -> Self {
        let in_equity = kind != ComponentKind::Referral;
        Self { kind, name: kind.to_string(), customers, flows, margin_rate: None, cost: None, in_equity }
    }

    /// A panel of the caller: expected incremental profits, row-major: all periods of the first customer, then of the
    /// second. Negative values count as costs, which a wallet does not cut.
    ///
    /// Information and learning value belongs here where the caller can put money on it.
    ///
    /// # Errors
    /// Unless the values make whole rows of `periods` (at least 1) and every value is finite.
    pub fn supplied(name: &str, periods: usize, values: Vec<f64>) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        let whole = periods > 0 && values.len().is_multiple_of(periods);
        let rule = "must have the same number of periods, at least 1, for every customer";
        checks.require(whole, name, rule, format!("{} values for {periods} periods", values.len()));
        checks.require_each(name, "must be finite", &values, |_, v| v.is_finite());
        checks.finish()?;
        let customers = values.len() / periods;
        Ok(Self::new(ComponentKind::Supplied, customers, Flows::Panel { periods, values }).named(name))
    }

    /// Gives it a name for tables and messages; the kind's unless given.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Adds a cost per customer: `when` says which part of it falls in which period, [`Ramp::once`] or
    /// [`Ramp::immediate`] (in every period).
    ///
    /// # Errors
    /// Unless there is one cost per customer, finite and at least 0, and none was given before.
    pub fn with_cost(mut self, cost: Vec<f64>, when: Ramp) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(self.cost.is_none(), "cost", "must be given once", "twice");
        per_customer(&mut checks, "cost", self.customers, &cost, AMOUNT, amount);
        checks.finish()?;
        self.cost = Some((cost, when));
        Ok(self)
    }

    /// The share of revenue that is profit, per customer: the revenue implied is the margin over it. A wallet needs it
    /// for the kinds that do not know their revenue: up-sell, supplied, and cross-sell without revenue.
    ///
    /// # Errors
    /// Unless there is one rate per customer, above 0 and at most 1, and the kind does not know its revenue.
    pub fn with_margin_rate(mut self, rates: Vec<f64>) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        let rule = "must be given only where the component does not know its revenue";
        checks.require(!self.knows_revenue(), "margin rate", rule, &self.name);
        let rule = "must be above 0 and at most 1";
        per_customer(&mut checks, "margin rate", self.customers, &rates, rule, |r| r > 0.0 && r <= 1.0);
        checks.finish()?;
        self.margin_rate = Some(rates);
        Ok(self)
    }

    /// Leaves it out of customer equity: it is reported, and does not enter the panel. Referrals are so from the start,
    /// for the customers referred count with their own value.
    #[must_use]
    pub fn excluded_from_equity(mut self) -> Self {
        self.in_equity = false;
        self
    }

    /// Whether it counts in customer equity.
    #[must_use]
    pub fn is_in_equity(&self) -> bool {
        self.in_equity
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> ComponentKind {
        self.kind
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of customers.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.customers
    }

    /// Periods it covers; `None` if it goes on.
    #[must_use]
    pub fn periods(&self) -> Option<usize> {
        match &self.flows {
            Flows::Panel { periods, .. } => Some(*periods),
            _ => None,
        }
    }

    /// Expected profit of a customer in period `t`, which counts from 1, before any wallet; `None` if there is no such
    /// customer or period.
    #[must_use]
    pub fn profit(&self, customer: usize, t: usize) -> Option<f64> {
        self.has(customer, t).then(|| {
            let cell = self.cell(customer, t);
            cell.margin - cell.cost
        })
    }

    /// Expected revenue of a customer in period `t` that draws on the customer's wallet; `None` where the component
    /// does not know it, and if there is no such customer or period.
    #[must_use]
    pub fn revenue(&self, customer: usize, t: usize) -> Option<f64> {
        (self.knows_revenue() && self.has(customer, t)).then(|| self.cell(customer, t).revenue)
    }

    fn has(&self, customer: usize, t: usize) -> bool {
        customer < self.customers && t >= 1 && self.periods().is_none_or(|periods| t <= periods)
    }

    pub(super) fn knows_revenue(&self) -> bool {
        self.margin_rate.is_some()
            || match &self.flows {
                Flows::Level { revenue, .. } => revenue.is_some(),
                Flows::Offers(offers) => offers.knows_revenue(),
                Flows::Events(_) => true,
                Flows::Panel { .. } => false,
            }
    }

    /// Of a customer and a period that there are.
    pub(super) fn cell(&self, customer: usize, t: usize) -> Cell {
        let mut cell = match &self.flows {
            Flows::Level { margin, revenue, ramp } => {
                let part = ramp.at(t);
                let revenue = revenue.as_ref().map_or(0.0, |revenue| revenue[customer] * part);
                Cell { margin: margin[customer] * part, cost: 0.0, revenue }
            }
            Flows::Offers(offers) => offers.cell(customer, t),
            Flows::Events(events) => events
                .of(customer)
                .iter()
                .filter(|(period, _)| *period == t)
                .fold(Cell::default(), |sum, (_, cell)| sum.add(cell)),
            Flows::Panel { periods, values } => {
                let profit = values[customer * periods..(customer + 1) * periods][t - 1];
                Cell { margin: profit.max(0.0), cost: (-profit).max(0.0), revenue: 0.0 }
            }
        };
        if let Some(rates) = &self.margin_rate {
            cell.revenue = cell.margin / rates[customer];
        }
        if let Some((cost, when)) = &self.cost {
            cell.cost += cost[customer] * when.at(t);
        }
        cell
    }
}

/// The rule of [`amount`].
pub(super) const AMOUNT: &str = "must be finite and at least 0";

/// An amount of money that is not negative.
pub(super) fn amount(value: f64) -> bool {
    value.is_finite() && value >= 0.0
}

/// The rule of [`probable`].
pub(super) const PROBABLE: &str = "must lie between 0 and 1";

/// A probability, a share or a rate.
pub(super) fn probable(value: f64) -> bool {
    (0.0..=1.0).contains(&value)
}

/// Checks a column with one value per customer.
pub(super) fn per_customer(
    checks: &mut Checks,
    name: &str,
    customers: usize,
    values: &[f64],
    rule: &str,
    holds: impl Fn(f64) -> bool,
) {
    let length = format!("must be one for each of {customers} customers");
    checks.require(values.len() == customers, name, &length, values.len());
    checks.require_each(name, rule, values, |_, v| holds(v));
}

/// Checks one number of every row of a table.
pub(super) fn per_row<R>(
    checks: &mut Checks,
    name: &str,
    rows: &[R],
    column: impl Fn(&R) -> f64,
    rule: &str,
    holds: impl Fn(f64) -> bool,
) {
    let values: Vec<f64> = rows.iter().map(column).collect();
    checks.require_each(name, rule, &values, |_, v| holds(v));
}
