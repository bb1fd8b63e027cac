//! Values of one table on the customers of another.

use std::collections::HashMap;

use polars::prelude::{DataType, PolarsResult, Series};

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
