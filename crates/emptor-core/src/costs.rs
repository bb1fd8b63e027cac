//! What products cost on a day, and which category they belong to.

use std::collections::HashMap;
use std::sync::Arc;

use emptor_table::Products;
use polars::prelude::{Column, DataType, Expr, Field, Float64Chunked, IntoColumn, IntoSeries, PolarsResult, col, lit};

/// Amounts of money per unit by product, each with the first day it holds.
pub(crate) struct CostHistory(Arc<HashMap<String, Vec<(i32, f64)>>>);

impl CostHistory {
    /// Reads a money column of the products, `unit_cost` or `supplier_price`. Both share the start of validity.
    pub(crate) fn read(products: &Products, column: &str) -> PolarsResult<Self> {
        let since = if products.has_cost_history() {
            col("cost_valid_from").to_physical()
        } else {
            lit(i32::MIN).alias("cost_valid_from")
        };
        let rows = products
            .rows()
            .select([col("product_id").cast(DataType::String), since, col(column)])
            .filter(col(column).is_not_null())
            .collect()?;
        let mut history: HashMap<String, Vec<(i32, f64)>> = HashMap::new();
        let (ids, days, costs) = (rows.column("product_id")?, rows.column("cost_valid_from")?, rows.column(column)?);
        for ((id, day), cost) in ids.str()?.iter().zip(days.i32()?.iter()).zip(costs.f64()?.iter()) {
            if let (Some(id), Some(day), Some(cost)) = (id, day, cost) {
                history.entry(id.to_owned()).or_default().push((day, cost));
            }
        }
        history.values_mut().for_each(|costs| costs.sort_by_key(|(day, _)| *day));
        Ok(Self(Arc::new(history)))
    }

    /// The amount of a product on a day; null where none is known.
    pub(crate) fn at(&self, product: Expr, day: Expr) -> Expr {
        let history = Arc::clone(&self.0);
        product.cast(DataType::String).map_many(
            move |columns: &mut [Column]| {
                let days = columns[1].to_physical_repr();
                let costs: Float64Chunked = columns[0]
                    .str()?
                    .iter()
                    .zip(days.i32()?.iter())
                    .map(|(product, day)| {
                        let (costs, day) = (history.get(product?)?, day?);
                        let valid = costs.partition_point(|(since, _)| *since <= day);
                        valid.checked_sub(1).map(|i| costs[i].1)
                    })
                    .collect();
                Ok(costs.with_name("unit_cost".into()).into_series().into_column())
            },
            &[day],
            |_, _| Ok(Field::new("unit_cost".into(), DataType::Float64)),
        )
    }
}

/// The category of each product that has one; of several rows of a product, the latest says it.
pub(crate) fn categories(products: &Products) -> PolarsResult<HashMap<String, String>> {
    if !products.has("category") {
        return Ok(HashMap::new());
    }
    let since = if products.has_cost_history() { col("cost_valid_from").to_physical() } else { lit(0_i32) };
    let rows = products
        .rows()
        .select([col("product_id").cast(DataType::String), since.alias("since"), col("category")])
        .filter(col("category").is_not_null())
        .collect()?;
    let mut latest: HashMap<String, (i32, String)> = HashMap::new();
    let (ids, days, names) = (rows.column("product_id")?, rows.column("since")?, rows.column("category")?);
    for ((id, day), name) in ids.str()?.iter().zip(days.i32()?.iter()).zip(names.str()?.iter()) {
        if let (Some(id), Some(day), Some(name)) = (id, day, name) {
            let known = latest.entry(id.to_owned()).or_insert_with(|| (day, name.to_owned()));
            if known.0 < day {
                *known = (day, name.to_owned());
            }
        }
    }
    Ok(latest.into_iter().map(|(id, (_, name))| (id, name)).collect())
}
