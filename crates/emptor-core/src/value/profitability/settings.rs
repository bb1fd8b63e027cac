//! What is asked, and of which tables.

use emptor_types::{Date, Invalid};

use super::rules::{CostRule, check_rules};
use crate::period::Grain;

/// What happens where the unit cost of a product is not known. Unknown is never 0: a line without a cost would look like
/// pure profit, and a return without one like pure loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum MissingCost {
    /// Cost and every margin below it are null, with the reason and the known part beside them.
    #[default]
    Null,
    /// The cost rate (cost by net revenue) of the product's category in the window; the rate of all products where the
    /// category has no known cost.
    CategoryRate,
    /// The cost rate of all products in the window.
    GlobalRate,
    /// The column `supplier_price` of the products; null where it is missing too.
    SupplierPrice,
}

/// In which period a return counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ReturnDating {
    /// When it happened, as a ledger has it.
    #[default]
    Event,
    /// When the returned line was sold (the column `ref_line_id`); a return that names no line counts when it happened.
    /// Handling the return is charged when it happened in any case.
    OriginalOrder,
}

/// How pools of type `fixed` are spread over the customers of their period. Customers with a base of 0 or less get
/// nothing. A customer's part goes to its products by their positive net revenue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum FixedAllocation {
    /// Not at all: fixed cost stays unassigned.
    #[default]
    None,
    /// By net revenue.
    Revenue,
    /// By gross profit.
    Cm1,
    /// By contribution margin.
    Cm2,
    /// The same for every customer with a line or an activity in the period.
    PerActiveCustomer,
}

/// What happens with logged activities that no rule is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum UnknownActivity {
    /// An error that lists the activities there are rules for.
    #[default]
    Refuse,
    /// Their own cost, where the log states it, stays unassigned with the reason `no_driver`.
    NoDriver,
}

/// The profit of the relationship with each customer, by product and period.
///
/// ```text
/// list revenue − discounts − rebates − returns                     = net revenue
/// net revenue − product cost                                       = gross profit          (CM1)
/// CM1 − cost to serve − direct marketing                           = contribution margin   (CM2)
/// CM2 − allocated fixed cost                                       = net profit
/// ```
///
/// # What counts as what
///
/// - Discount is list less net amount of what was sold; without list amounts it is 0 and list revenue is the net amount.
///   Credits are rebates, fees are revenue; neither has product cost. Returns are at their net amount.
/// - A sale costs quantity × unit cost of its day; free goods cost the same and bring nothing. A return gives the cost of
///   the original line's day back if the goods were restocked, which is also assumed where nothing is said, and nothing
///   otherwise.
/// - Cancelled lines change nothing. A return is charged for its handling and does not take back what shipping cost.
/// - Costs of time are charged at the rate of practical capacity; unused capacity is charged to nobody.
/// - Lines and activities without a customer, and those of internal and test customers, are not spread over the others:
///   they stay unassigned.
///
/// # Sums
///
/// Every amount is rounded to a millionth of the currency, half away from zero, and added as an integer, so that neither
/// the order of rows nor the number of threads changes a bit of the result.
///
/// ```
/// use emptor_core::value::profitability::{
///     CostRule, MissingCost, ProfitMeasure, Grain, RelationshipProfit,
/// };
/// use emptor_table::polars::df;
/// use emptor_table::{ProductColumns, Products, Tables, TransactionColumns, Transactions};
///
/// // 15 sold at 1000 that cost 800, one comes back: 14 × 200.
/// let lines = df!("who" => ["a", "a"], "day" => ["2024-03-01", "2024-03-09"], "order" => ["O1", "R1"],
///     "sku" => ["p", "p"], "qty" => [15.0, -1.0], "net" => [15_000.0, -1_000.0])?;
/// let columns = TransactionColumns::new("who", "day").order("order").product("sku").quantity("qty").amount("net");
/// let products = df!("sku" => ["p"], "cost" => [800.0])?;
/// let tables = Tables::new(Transactions::from_frame(lines, &columns)?)
///     .with_products(Products::scan(products, &ProductColumns::new("sku").unit_cost("cost"))?);
///
/// let profits = RelationshipProfit::builder()
///     .window("2024-01-01".parse()?, "2024-12-31".parse()?)
///     .period(Grain::Year)
///     .missing_cost(MissingCost::Null)
///     .rule(CostRule::orders().costs(6.40))
///     .rule(CostRule::return_lines().costs(35.20))
///     .build()?
///     .compute(&tables)?;
/// assert_eq!(profits.totals().column("cm1")?.f64()?.get(0), Some(2_800.0));
/// assert!((profits.values(ProfitMeasure::Cm2)[0] - (2_800.0 - 6.40 - 35.20)).abs() < 1e-9);
/// assert!(profits.reconciliation().holds());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RelationshipProfit {
    pub(super) from: Date,
    pub(super) as_of: Date,
    pub(super) period: Grain,
    pub(super) pool_period: Grain,
    pub(super) missing_cost: MissingCost,
    pub(super) return_dating: ReturnDating,
    pub(super) fixed: FixedAllocation,
    pub(super) unknown: UnknownActivity,
    pub(super) rules: Vec<CostRule>,
}

/// Collects the settings of a [`RelationshipProfit`]; window and period have no default.
#[derive(Debug, Clone, Default)]
pub struct RelationshipProfitBuilder {
    window: Option<(Date, Date)>,
    period: Option<Grain>,
    pool_period: Option<Grain>,
    missing_cost: MissingCost,
    return_dating: ReturnDating,
    fixed: FixedAllocation,
    unknown: UnknownActivity,
    rules: Vec<CostRule>,
}

impl RelationshipProfit {
    /// Starts the settings: missing costs stay null, returns count when they happen, fixed cost is not allocated.
    #[must_use]
    pub fn builder() -> RelationshipProfitBuilder {
        RelationshipProfitBuilder::default()
    }

    /// The first day of the window.
    #[must_use]
    pub fn from(&self) -> Date {
        self.from
    }

    /// The last day of the window.
    #[must_use]
    pub fn as_of(&self) -> Date {
        self.as_of
    }
}

impl RelationshipProfitBuilder {
    /// First and last day that count, both inclusive. Nothing after the last day is known.
    #[must_use]
    pub fn window(mut self, from: Date, as_of: Date) -> Self {
        self.window = Some((from, as_of));
        self
    }

    /// The grain of the results.
    #[must_use]
    pub fn period(mut self, period: Grain) -> Self {
        self.period = Some(period);
        self
    }

    /// The grain of the cost pools, if it is finer than that of the results: pools stated by month are then added up to
    /// the year.
    #[must_use]
    pub fn pool_period(mut self, period: Grain) -> Self {
        self.pool_period = Some(period);
        self
    }

    /// What happens where a unit cost is not known.
    #[must_use]
    pub fn missing_cost(mut self, policy: MissingCost) -> Self {
        self.missing_cost = policy;
        self
    }

    /// In which period a return counts.
    #[must_use]
    pub fn return_dating(mut self, dating: ReturnDating) -> Self {
        self.return_dating = dating;
        self
    }

    /// How fixed cost is spread.
    #[must_use]
    pub fn fixed_allocation(mut self, allocation: FixedAllocation) -> Self {
        self.fixed = allocation;
        self
    }

    /// What happens with logged activities that no rule is for.
    #[must_use]
    pub fn unknown_activity(mut self, policy: UnknownActivity) -> Self {
        self.unknown = policy;
        self
    }

    /// Adds a rule that says what an activity costs.
    #[must_use]
    pub fn rule(mut self, rule: CostRule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Adds several rules.
    #[must_use]
    pub fn rules(mut self, rules: impl IntoIterator<Item = CostRule>) -> Self {
        self.rules.extend(rules);
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// Everything that is missing or does not fit, at once.
    pub fn build(self) -> Result<RelationshipProfit, Invalid> {
        let mut checks = Invalid::checks();
        let rule = "must be given: it has no default";
        checks.require(self.window.is_some(), "window", rule, "nothing");
        checks.require(self.period.is_some(), "period", rule, "nothing");
        if let Some((from, as_of)) = self.window {
            checks.absorb(self.period.unwrap_or(Grain::Window).over(from, as_of));
        }
        if let (Some(pools), Some(period)) = (self.pool_period, self.period) {
            let rule = format!("must add up to whole periods of the results ({period})");
            checks.require(pools.divides(period), "pool_period", &rule, pools);
        }
        checks.absorb(check_rules(&self.rules));
        checks.finish()?;
        match (self.window, self.period) {
            (Some((from, as_of)), Some(period)) => Ok(RelationshipProfit {
                from,
                as_of,
                period,
                pool_period: self.pool_period.unwrap_or(period),
                missing_cost: self.missing_cost,
                return_dating: self.return_dating,
                fixed: self.fixed,
                unknown: self.unknown,
                rules: self.rules,
            }),
            _ => Err(Invalid::value("relationship profit", "must be complete", "nothing")),
        }
    }
}
