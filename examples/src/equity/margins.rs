//! What part of revenue is profit, customer by customer.

use std::collections::HashMap;

use emptor::polars::prelude::{DataType, JoinArgs, JoinType, col, lit, when};
use emptor::prelude::*;
use emptor::table::LineKind;
use emptor::value::forecast::CustomerMargins;

use super::EquityTables;
use crate::ExampleError;
use crate::text::percent;

/// Money is added as integers, so that sums do not depend on the order of rows.
const MILLIONTHS: f64 = 1e6;

/// Margin rates.
#[derive(Debug)]
pub struct Margins {
    /// One per customer.
    pub rates: Vec<f64>,
    /// That of the base, and of customers to be won.
    pub base: f64,
    /// Where they come from.
    pub about: String,
}

impl Margins {
    /// A rate that was given; else from product costs; else revenue counts.
    pub(super) fn of(
        tables: &EquityTables,
        given: Option<f64>,
        ids: &[String],
        as_of: Date,
    ) -> Result<Self, ExampleError> {
        let flat = |rate: f64, about: String| Self { rates: vec![rate; ids.len()], base: rate, about };
        match (given, &tables.products) {
            (Some(rate), _) => Ok(flat(rate, format!("Margin: {} of revenue, as given", percent(Some(rate))))),
            (None, Some(products)) => Self::from_costs(&tables.transactions, products, ids, as_of),
            (None, None) => {
                let about = "Margin: none known, so values count REVENUE, not profit (give --margin)";
                Ok(flat(1.0, about.to_owned()))
            }
        }
    }

    /// Each customer's own rate as far as years of revenue until a day make it credible.
    fn from_costs(
        transactions: &Transactions,
        products: &Products,
        ids: &[String],
        as_of: Date,
    ) -> Result<Self, ExampleError> {
        let counted = col("customer_id")
            .is_not_null()
            .and(col("kind").neq(lit(LineKind::Void.code())))
            .and(col("date").to_physical().lt_eq(lit(as_of.days_since_epoch())));
        // Goods that came back and were not restocked have cost what they cost.
        let spoilt = col("kind").eq(lit(LineKind::Return.code())).and(col("restocked").eq(lit(false)));
        let cost = when(spoilt.fill_null(lit(false))).then(lit(0.0)).otherwise(col("quantity") * col("unit_cost"));
        let costs =
            products.rows().select([col("product_id"), col("unit_cost")]).filter(col("unit_cost").is_not_null());
        let millionths = |name: &str| (col(name) * lit(MILLIONTHS)).cast(DataType::Int64).sum();
        let sums = transactions
            .lines()
            .filter(counted)
            .join(costs, [col("product_id")], [col("product_id")], JoinArgs::new(JoinType::Inner))
            .select([
                col("customer_id").cast(DataType::String),
                col("date").dt().year().cast(DataType::Int64).alias("year"),
                col("amount"),
                (col("amount") - cost).alias("profit"),
            ])
            .group_by([col("customer_id"), col("year")])
            .agg([millionths("amount"), millionths("profit")])
            .collect()?;
        let place: HashMap<&str, usize> = ids.iter().map(String::as_str).zip(0..).collect();
        let money = sums.column("amount")?.i64()?.iter().zip(sums.column("profit")?.i64()?.iter());
        let (mut customer, mut revenue, mut profit) = (Vec::new(), Vec::new(), Vec::new());
        for (id, (amount, gain)) in sums.column("customer_id")?.str()?.iter().zip(money) {
            // Who has only brought something back is in no history.
            if let (Some(row), Some(amount), Some(gain)) = (id.and_then(|id| place.get(id)), amount, gain) {
                customer.push(*row);
                revenue.push(amount as f64 / MILLIONTHS);
                profit.push(gain as f64 / MILLIONTHS);
            }
        }
        let margins = CustomerMargins::of_cells(ids.len(), &customer, &revenue, &profit)?;
        let about = format!(
            "Margin: {} of revenue in all, from product costs; a customer's own rate as far as it is credible",
            percent(Some(margins.base()))
        );
        Ok(Self { rates: margins.rates().to_vec(), base: margins.base(), about })
    }
}
