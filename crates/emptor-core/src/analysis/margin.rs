//! From revenue to profit: contribution margin from product costs.

use emptor_table::{LineKind, Products, Transactions};
use emptor_types::{Date, Invalid};
use polars::prelude::{DataType, Engine, Expr, PolarsResult, Series, col, lit, when};

use super::align::by_id;
use super::error::AnalysisError;
use crate::value::profitability::CostHistory;

/// Money is added in millionths of the currency as integers, so that sums do not depend on the order of rows.
const MILLIONTHS: f64 = 1e6;

/// What part of revenue is profit.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub enum Margin {
    /// From product costs if the tables have them, else revenue counts in full and the results say so.
    #[default]
    Auto,
    /// A contribution margin rate for all customers, e.g. 0.35.
    Rate(f64),
    /// From product costs; an error if the tables do not have them.
    FromCosts,
}

/// Where the margin of a result comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum MarginBasis {
    /// No cost is known: values count revenue, not profit.
    Revenue,
    /// A rate that was given.
    Given,
    /// Product costs, known for this share of the revenue of customers.
    Costs {
        /// Share of customers' net revenue whose cost is known.
        coverage: f64,
    },
}

/// The margin of the base and of each customer.
pub(super) struct Margins {
    pub(super) rate: f64,
    pub(super) basis: MarginBasis,
    /// Each customer's own rate where costs are known; empty without costs.
    pub(super) own: Vec<f64>,
}

impl Margin {
    pub(super) fn check(self) -> Result<(), Invalid> {
        match self {
            Self::Rate(rate) if !(rate.is_finite() && rate <= 1.0) => {
                Err(Invalid::value("margin rate", "must be finite and at most 1 (0.35 for 35 %)", rate))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn resolve(
        self,
        transactions: &Transactions,
        products: Option<&Products>,
        customers: &Series,
        as_of: Date,
    ) -> Result<Margins, AnalysisError> {
        let costs = products.filter(|p| p.has_cost());
        let missing = if costs.is_none() {
            Some("a products table with unit costs")
        } else if !transactions.has("product_id") {
            Some("a product column in transactions")
        } else if !transactions.has("quantity") {
            Some("a quantity column in transactions")
        } else {
            None
        };
        let own = match (costs, missing) {
            (Some(products), None) => Some(own_margins(transactions, products, customers, as_of)?),
            _ => None,
        };
        match (self, own, missing) {
            (Self::Rate(rate), own, _) => {
                Ok(Margins { rate, basis: MarginBasis::Given, own: own.map(|o| o.rates).unwrap_or_default() })
            }
            (_, Some(own), _) => {
                Ok(Margins { rate: own.rate, basis: MarginBasis::Costs { coverage: own.coverage }, own: own.rates })
            }
            (Self::FromCosts, None, missing) => {
                Err(AnalysisError::NoCosts { missing: missing.unwrap_or("product costs") })
            }
            (Self::Auto, None, _) => Ok(Margins { rate: 1.0, basis: MarginBasis::Revenue, own: Vec::new() }),
        }
    }
}

struct OwnMargins {
    rates: Vec<f64>,
    rate: f64,
    coverage: f64,
}

/// Net revenue with known cost, and that cost, per customer.
fn own_margins(
    transactions: &Transactions,
    products: &Products,
    customers: &Series,
    as_of: Date,
) -> Result<OwnMargins, AnalysisError> {
    let costs = CostHistory::read(products, "unit_cost")?;
    let unit_cost = costs.at(col("product_id"), col("date"));
    let cost = col("quantity") * unit_cost;
    // Goods that came back and were not restocked have cost what they cost.
    let cost = if transactions.has("restocked") {
        let lost = col("kind").eq(lit(LineKind::Return.code())).and(col("restocked").eq(lit(false)));
        when(lost.fill_null(lit(false)).and(cost.clone().is_not_null())).then(lit(0.0)).otherwise(cost)
    } else {
        cost
    };
    let millionths = |money: Expr| (money * lit(MILLIONTHS)).cast(DataType::Int64);
    let sums = transactions
        .lines()
        .filter(
            col("customer_id")
                .is_not_null()
                .and(col("kind").neq(lit(LineKind::Void.code())))
                .and(col("date").to_physical().lt_eq(lit(as_of.days_since_epoch()))),
        )
        .select([col("customer_id"), col("amount"), cost.alias("cost")])
        .group_by([col("customer_id")])
        .agg([
            millionths(col("amount")).sum().alias("net"),
            millionths(col("amount")).filter(col("cost").is_not_null()).sum().alias("known"),
            millionths(col("cost")).sum().alias("cost"),
        ])
        .collect_with_engine(Engine::Streaming)?
        .unwrap_single();
    let column = |name: &str| -> PolarsResult<Vec<i64>> {
        Ok(sums.column(name)?.i64()?.iter().map(Option::unwrap_or_default).collect())
    };
    let (net, known, cost) = (column("net")?, column("known")?, column("cost")?);
    let total = |column: &[i64]| column.iter().map(|v| i128::from(*v)).sum::<i128>() as f64;
    let (all, covered, spent) = (total(&net), total(&known), total(&cost));
    if covered > 0.0 {
        let ids = sums.column("customer_id")?.as_materialized_series().clone();
        let rates: Vec<f64> = known
            .iter()
            .zip(&cost)
            .map(|(known, cost)| if *known > 0 { 1.0 - *cost as f64 / *known as f64 } else { f64::NAN })
            .collect();
        let (aligned, _) = by_id(&ids, &rates, customers)?;
        Ok(OwnMargins {
            rates: aligned.into_iter().map(|rate| rate.unwrap_or(f64::NAN)).collect(),
            rate: 1.0 - spent / covered,
            coverage: covered / all,
        })
    } else {
        Err(AnalysisError::NoCosts { missing: "a cost for at least one product that customers bought" })
    }
}
