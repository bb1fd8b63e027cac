//! Values of one table on the customers of another.

use std::collections::HashMap;

use polars::prelude::{DataType, PolarsResult, Series};

use super::error::AnalysisError;

/// The value of each of `customers`, `None` where `ids` does not have it, and how many of `ids` are not among them. Ids
/// are compared as text; the caller has seen to it that both sides have one type.
pub(super) fn by_id(ids: &Series, values: &[f64], customers: &Series) -> PolarsResult<(Vec<Option<f64>>, usize)> {
    let ids = ids.cast(&DataType::String)?;
    let mut known: HashMap<&str, f64> =
        ids.str()?.iter().zip(values).filter_map(|(id, value)| Some((id?, *value))).collect();
    let customers = customers.cast(&DataType::String)?;
    let aligned = customers.str()?.iter().map(|id| known.remove(id?)).collect();
    Ok((aligned, known.len()))
}

/// The place of each of `ids` among `customers`, `None` where it is not there. Ids are compared as text.
pub(super) fn places_by_id(ids: &Series, customers: &Series) -> PolarsResult<Vec<Option<usize>>> {
    let customers = customers.cast(&DataType::String)?;
    let known: HashMap<&str, usize> =
        customers.str()?.iter().enumerate().filter_map(|(place, id)| Some((id?, place))).collect();
    Ok(ids.cast(&DataType::String)?.str()?.iter().map(|id| known.get(id?).copied()).collect())
}

/// Requires ids of the type of the transactions'.
pub(super) fn same_type(ids: &Series, table: &'static str, customers: &Series) -> Result<(), AnalysisError> {
    if ids.dtype() == customers.dtype() {
        return Ok(());
    }
    Err(AnalysisError::IdTypes {
        column: "customer_id",
        left_table: table,
        left: ids.dtype().to_string(),
        right_table: "transactions",
        right: customers.dtype().to_string(),
    })
}
