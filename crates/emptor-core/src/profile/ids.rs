//! Rows of other tables, brought to the customers or products at hand.

use emptor_table::{Customers, Tables};
use polars::prelude::{
    DataFrame, DataType, IntoLazy, JoinArgs, JoinType, LazyFrame, MaintainOrderJoin, NULL, PolarsResult, Series, col,
    lit,
};

use super::error::ProfileError;
use super::lines::collect;
use super::window::Window;

/// Columns of a table for each of some ids, in their order; null where the table does not know one. The table names every
/// id once.
///
/// # Errors
/// If ids have different types.
pub(crate) fn matched(
    ids: &Series,
    frame: &DataFrame,
    table: &str,
    id: &'static str,
    columns: &[&str],
) -> Result<DataFrame, ProfileError> {
    let own = frame.column(id)?;
    if own.dtype() != ids.dtype() {
        let (left, right) = (ids.dtype().to_string(), own.dtype().to_string());
        return Err(ProfileError::IdTypes { column: id, left, table: table.to_owned(), right });
    }
    let wanted = DataFrame::new(ids.len(), vec![ids.clone().with_name(id.into()).into()])?;
    let known = frame.clone().lazy().select([id].iter().chain(columns).map(|name| col(*name)).collect::<Vec<_>>());
    let join = JoinArgs { maintain_order: MaintainOrderJoin::Left, ..JoinArgs::new(JoinType::Left) };
    Ok(wanted.lazy().join(known, [col(id)], [col(id)], join).collect()?)
}

/// The customers who are known on the day of observation: who was created later is not there yet.
pub(crate) fn known_by(table: &Customers, window: &Window) -> LazyFrame {
    if !table.has("created_at") {
        return table.rows();
    }
    let later = col("created_at").to_physical().gt(lit(window.as_of().days_since_epoch()));
    table.rows().filter(later.fill_null(lit(false)).not())
}

/// Contracts that had begun by a day: `customer_id`, `start` and `end` as days since 1970-01-01, and `value` per month.
pub(crate) fn contracts_begun(tables: &Tables, as_of: i32) -> PolarsResult<Option<DataFrame>> {
    let Some(contracts) = tables.contracts() else { return Ok(None) };
    let end = if contracts.has("end") { col("end").to_physical() } else { lit(NULL).cast(DataType::Int32) };
    let rows = contracts
        .rows()
        .select([col("customer_id"), col("start").to_physical().alias("start"), end.alias("end"), col("value")])
        .filter(col("start").lt_eq(lit(as_of)));
    collect(rows).map(Some)
}
