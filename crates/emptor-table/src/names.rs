//! Names of things by their ids, looked up in bounded memory.

use std::collections::HashMap;
use std::sync::Arc;

use polars::prelude::{Column, DataType, Expr, Field, IntoColumn, IntoSeries, PolarsResult, StringChunked, col};

use crate::Products;
use crate::identities::collect;

/// The name that belongs to every id, null where there is none. Ids are compared as text.
///
/// A lookup, not a join: the names stay in one map however many rows stream past.
///
/// ```
/// use emptor_table::named_by;
/// use emptor_table::polars::df;
/// use emptor_table::polars::prelude::{IntoLazy, col};
///
/// let grades = [("7".to_owned(), "A".to_owned())].into();
/// let lines = df!("customer_id" => [7_i64, 8])?.lazy().with_column(named_by(grades, col("customer_id"), "grade"));
/// let lines = lines.collect()?;
/// let found: Vec<_> = lines.column("grade")?.str()?.iter().collect();
/// assert_eq!(found, [Some("A"), None]);
/// # Ok::<(), emptor_table::polars::prelude::PolarsError>(())
/// ```
#[must_use = "an expression does nothing until it is run"]
pub fn named_by(names: HashMap<String, String>, ids: Expr, name: &'static str) -> Expr {
    let names = Arc::new(names);
    ids.cast(DataType::String)
        .map(
            move |ids: Column| {
                let named: StringChunked = ids.str()?.iter().map(|id| Some(names.get(id?)?.as_str())).collect();
                Ok(named.with_name(name.into()).into_series().into_column())
            },
            move |_, _| Ok(Field::new(name.into(), DataType::String)),
        )
        .alias(name)
}

impl Products {
    /// An attribute of the product of every row, as text; null where the product or its attribute is not known. Where a
    /// product has several rows, the last one that names it says it.
    ///
    /// # Errors
    /// If the products cannot be read.
    pub fn attribute_of(&self, product: Expr, attribute: &'static str) -> PolarsResult<Expr> {
        let text = |name: &str| col(name).cast(DataType::String);
        let rows = collect(self.rows().select([text("product_id"), text(attribute)]))?;
        let pairs = rows.column("product_id")?.str()?.iter().zip(rows.column(attribute)?.str()?.iter());
        let names = pairs.filter_map(|(id, name)| Some((id?.to_owned(), name?.to_owned()))).collect();
        Ok(named_by(names, product, attribute))
    }
}
