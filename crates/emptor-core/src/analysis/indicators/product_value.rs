//! Product value: what a purchase is worth, and of what goods.

use emptor_table::LineKind;
use polars::prelude::{DataType, col, lit};

use super::base::{Base, millionths, share};
use super::{AnalysisError, Column};

/// `margins` are gross margin rates of the customers, empty where product costs are not known.
pub(super) fn columns(base: &Base<'_>, margins: Vec<f64>) -> Result<Vec<Column>, AnalysisError> {
    let (spend, returned) = (base.rfm.spend(), base.rfm.returned());
    let mut columns = vec![
        ("spend_per_purchase", base.of_buyers(|i| spend[i] / f64::from(base.rfm.purchases()[i]))),
        ("return_share", base.of_buyers(|i| share(returned[i], spend[i] + returned[i]))),
    ];
    if base.tables.transactions().has("product_id") {
        columns.push(("products", distinct_products(base)?));
    }
    if !margins.is_empty() {
        columns.push(("margin_rate", margins));
    }
    if base.tables.transactions().has("list_amount") {
        columns.push(("discount_share", discounts(base)?));
    }
    Ok(columns)
}

/// Distinct products that each customer has bought.
fn distinct_products(base: &Base<'_>) -> Result<Vec<f64>, AnalysisError> {
    let bought = col("product_id").is_not_null().and(col("kind").eq(lit(LineKind::Sale.code())));
    let query = base
        .lines()
        .filter(bought)
        .group_by([col("customer_id")])
        .agg([col("product_id").n_unique().cast(DataType::Float64).alias("products")]);
    let rows = base.rows("transactions", query)?;
    let mut products = vec![f64::NAN; base.len()];
    for (place, count) in rows.places.iter().zip(rows.numbers("products")?) {
        if let (Some(customer), Some(count)) = (*place, count) {
            products[customer] = count;
        }
    }
    Ok(products)
}

/// What was taken off the list price of sales.
fn discounts(base: &Base<'_>) -> Result<Vec<f64>, AnalysisError> {
    let listed = col("list_amount").is_not_null().and(col("kind").eq(lit(LineKind::Sale.code())));
    let query = base
        .lines()
        .filter(listed)
        .group_by([col("customer_id")])
        .agg([millionths(col("list_amount")).sum().alias("list"), millionths(col("amount")).sum().alias("net")]);
    let rows = base.rows("transactions", query)?;
    let mut discounts = vec![f64::NAN; base.len()];
    for ((place, list), net) in rows.places.iter().zip(rows.counts("list")?).zip(rows.counts("net")?) {
        if let Some(customer) = *place {
            discounts[customer] = share((list - net) as f64, list as f64);
        }
    }
    Ok(discounts)
}
