//! From revenue to profit: margins from relationship profits or product costs.

use emptor_table::{LineKind, Products, Transactions};
use emptor_types::{Date, Invalid};
use polars::prelude::{DataType, Engine, PolarsResult, Series, col, lit, when};
use serde::{Deserialize, Serialize};

use super::align::{by_id, places_by_id, same_type};
use super::error::AnalysisError;
use super::input::AnalysisInput;
use crate::costs::CostHistory;
use crate::money::{MILLIONTHS, millionths};
use crate::value::forecast::CustomerMargins;
use crate::value::profitability::{ProfitMeasure, RelationshipProfits};

/// What part of revenue is profit.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub enum Margin {
    /// From [relationship profits](super::AnalysisInput::with_profits) if they are given, else from product costs, else
    /// revenue counts in full and the results say so. Every customer has a margin of their own, as far as their history
    /// is credible, see [`CustomerMargins`].
    #[default]
    Auto,
    /// A contribution margin rate for all customers, e.g. 0.35.
    Rate(f64),
    /// From product costs; an error if the tables do not have them.
    FromCosts,
}

/// Where the margin of a result comes from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    /// Relationship profits: contribution margins after cost to serve and direct marketing, product cost being known for
    /// this share of the revenue of customers.
    Contribution {
        /// Share of customers' net revenue whose cost is known.
        coverage: f64,
    },
}

/// The margin of the base and of each customer of the ledger.
pub(super) struct Margins {
    /// Of the base.
    pub(super) rate: f64,
    pub(super) basis: MarginBasis,
    /// The rate that values each customer.
    pub(super) rates: Vec<f64>,
    /// Each customer's own gross margin where costs are known; empty without costs.
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
        input: AnalysisInput<'_>,
        customers: &Series,
        as_of: Date,
    ) -> Result<Margins, AnalysisError> {
        let transactions = input.tables.transactions();
        let costs = input.tables.products().filter(|p| p.has_cost());
        let missing = if costs.is_none() {
            Some("a products table with unit costs")
        } else if !transactions.has("product_id") {
            Some("a product column in transactions")
        } else if !transactions.has("quantity") {
            Some("a quantity column in transactions")
        } else {
            None
        };
        let gross = match (costs, missing) {
            (Some(products), None) => Some(gross_margins(transactions, products, customers, as_of)?),
            _ => None,
        };
        let n = customers.len();
        let (own, gross) =
            gross.map_or((Vec::new(), None), |gross| (gross.own, Some((gross.credible, gross.coverage))));
        match (self, input.profits, gross, missing) {
            (Self::Rate(rate), ..) => Ok(Margins { rate, basis: MarginBasis::Given, rates: vec![rate; n], own }),
            (_, Some(profits), ..) => {
                let (rate, rates) = contribution_margins(profits, customers, as_of)?;
                let basis = MarginBasis::Contribution { coverage: profits.cost_coverage().unwrap_or(0.0) };
                Ok(Margins { rate, basis, rates, own })
            }
            (_, None, Some((credible, coverage)), _) => {
                let (rate, rates) = (credible.base(), credible.rates().to_vec());
                Ok(Margins { rate, basis: MarginBasis::Costs { coverage }, rates, own })
            }
            (Self::FromCosts, None, None, missing) => {
                Err(AnalysisError::NoCosts { missing: missing.unwrap_or("product costs") })
            }
            (Self::Auto, None, None, _) => {
                Ok(Margins { rate: 1.0, basis: MarginBasis::Revenue, rates: vec![1.0; n], own })
            }
        }
    }
}

/// Contribution margin rates of the base and of the ledger's customers.
fn contribution_margins(
    profits: &RelationshipProfits,
    customers: &Series,
    as_of: Date,
) -> Result<(f64, Vec<f64>), AnalysisError> {
    let last = profits.spec().as_of();
    if last > as_of {
        let rule = format!("must not know of days after the day of observation ({as_of})");
        return Err(Invalid::value("relationship profits", rule, last).into());
    }
    same_type(profits.customers(), "relationship profits", customers)?;
    let periods = profits.periods().len();
    let (mut revenue, profit) = (profits.panel(ProfitMeasure::NetRevenue), profits.panel(ProfitMeasure::Cm2));
    // Revenue whose cost is unknown says nothing about the margin.
    revenue.iter_mut().zip(&profit).filter(|(_, profit)| profit.is_nan()).for_each(|(revenue, _)| *revenue = f64::NAN);
    let margins = CustomerMargins::estimate(periods, &revenue, &profit)?;
    let (rates, _) = by_id(profits.customers(), margins.rates(), customers)?;
    Ok((margins.base(), rates.into_iter().map(|rate| rate.unwrap_or(margins.base())).collect()))
}

struct GrossMargins {
    own: Vec<f64>,
    credible: CustomerMargins,
    coverage: f64,
}

/// Days of a cell of revenue and cost: 13 weeks.
const CELL_DAYS: f64 = 91.0;

/// Gross margins from net revenue with known cost, and that cost, per customer and quarter.
fn gross_margins(
    transactions: &Transactions,
    products: &Products,
    customers: &Series,
    as_of: Date,
) -> Result<GrossMargins, AnalysisError> {
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
    let sums = transactions
        .lines()
        .filter(
            col("customer_id")
                .is_not_null()
                .and(col("kind").neq(lit(LineKind::Void.code())))
                .and(col("date").to_physical().lt_eq(lit(as_of.days_since_epoch()))),
        )
        .select([
            col("customer_id"),
            (col("date").to_physical().cast(DataType::Float64) / lit(CELL_DAYS)).cast(DataType::Int32).alias("cell"),
            col("amount"),
            cost.alias("cost"),
        ])
        .group_by([col("customer_id"), col("cell")])
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
    let (all, covered) = (total(&net), total(&known));
    if covered <= 0.0 {
        return Err(AnalysisError::NoCosts { missing: "a cost for at least one product that customers bought" });
    }
    let place = places_by_id(sums.column("customer_id")?.as_materialized_series(), customers)?;
    let mut own = vec![(0_i128, 0_i128); customers.len()];
    let (mut customer, mut revenue, mut profit) = (Vec::new(), Vec::new(), Vec::new());
    for ((place, known), cost) in place.iter().zip(&known).zip(&cost) {
        let Some(place) = *place else { continue };
        own[place].0 += i128::from(*known);
        own[place].1 += i128::from(*cost);
        if *known != 0 || *cost != 0 {
            customer.push(place);
            revenue.push(*known as f64 / MILLIONTHS);
            profit.push((known - cost) as f64 / MILLIONTHS);
        }
    }
    let rate = |(known, cost): &(i128, i128)| if *known > 0 { 1.0 - *cost as f64 / *known as f64 } else { f64::NAN };
    Ok(GrossMargins {
        own: own.iter().map(rate).collect(),
        credible: CustomerMargins::of_cells(customers.len(), &customer, &revenue, &profit)?,
        coverage: covered / all,
    })
}
