//! How amounts of some tables are signed.

use emptor_table::Tables;
use polars::prelude::{DataType, PolarsResult, col};

/// The sign of the currency that the order lines name, or its code; empty where they name none. There are not two: the door
/// has seen to that.
///
/// # Errors
/// If the order lines cannot be read.
pub fn currency_of(tables: &Tables) -> PolarsResult<String> {
    let transactions = tables.transactions();
    if !transactions.has("currency") {
        return Ok(String::new());
    }
    let known = transactions.lines().select([col("currency")]).drop_nulls(None).limit(1).collect()?;
    let code = known.column("currency")?.cast(&DataType::String)?.str()?.get(0).unwrap_or_default().to_owned();
    Ok(match code.as_str() {
        "EUR" => "€".to_owned(),
        "USD" => "$".to_owned(),
        "GBP" => "£".to_owned(),
        "CNY" | "JPY" => "¥".to_owned(),
        "" => code,
        _ => code + " ",
    })
}
