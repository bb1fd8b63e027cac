//! Stock: how much of a product lay where, on which day.

use polars::prelude::{DataFrame, LazyFrame};

use crate::accessors::accessors;
use crate::across::AcrossRows;
use crate::door::{Admitted, Door, FactSpec};
use crate::error::TableError;
use crate::field::{Field, Kind, canonical};
use crate::known::{Known, known_at};
use crate::mapping::Mapping;
use crate::options::ReadOptions;
use crate::quality::DataQuality;
use crate::source::Source;
use crate::text::DateFormat;

const TABLE: &str = "stock";

/// Which columns of the caller's table of stock play which role. Needed are the product, the day of the count, and what was
/// there; without a place, there is one count per product and day.
///
/// ```
/// use emptor_table::StockColumns;
///
/// let columns = StockColumns::new("sku", "day", "pieces").place("warehouse");
/// ```
#[derive(Debug, Clone)]
pub struct StockColumns {
    product: String,
    date: String,
    on_hand: String,
    mapping: Mapping,
}

impl StockColumns {
    /// Names the product (`product_id`), the day (`date`) and the quantity at hand at its end (`on_hand`), at least 0.
    #[must_use]
    pub fn new(product: impl Into<String>, date: impl Into<String>, on_hand: impl Into<String>) -> Self {
        Self { product: product.into(), date: date.into(), on_hand: on_hand.into(), mapping: Mapping::default() }
    }

    /// How textual dates are written; ISO unless said otherwise.
    #[must_use]
    pub fn date_format(mut self, format: DateFormat) -> Self {
        self.mapping.set_date_format(format);
        self
    }

    /// Where it lay (`place_id`).
    #[must_use]
    pub fn place(mut self, column: impl Into<String>) -> Self {
        self.mapping.add("place_id", column, Kind::Text);
        self
    }
}

/// Counts of stock that have passed the door: one per product, place and day.
///
/// Columns of [`rows`](Self::rows): `product_id`, `date`, `on_hand`, and `place_id` if it is named.
///
/// ```
/// use emptor_table::polars::df;
/// use emptor_table::{Stock, StockColumns};
///
/// let frame = df!("sku" => ["a", "a"], "day" => ["2024-05-01", "2024-05-02"], "pieces" => [3.0, 0.0])?;
/// let stock = Stock::scan(frame, &StockColumns::new("sku", "day", "pieces"))?;
/// assert_eq!(stock.quality().fact("counts of nothing").map(|fact| fact.rows), Some(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Stock {
    frame: LazyFrame,
    rejects: Option<DataFrame>,
    quality: DataQuality,
    known: Option<Known>,
    roles: Vec<&'static str>,
}

impl Stock {
    /// Opens a source with default options.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan(source: impl Into<Source>, columns: &StockColumns) -> Result<Self, TableError> {
        Self::scan_with(source, columns, &ReadOptions::default())
    }

    /// Opens a source.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan_with(
        source: impl Into<Source>,
        columns: &StockColumns,
        options: &ReadOptions,
    ) -> Result<Self, TableError> {
        let named = &columns.mapping;
        let mut fields = vec![
            Field::required("product_id", &columns.product, Kind::Id),
            Field::required("date", &columns.date, named.day()),
            Field::required("on_hand", &columns.on_hand, Kind::Number { min: Some(0.0) }),
        ];
        fields.extend(named.fields(&["place_id"]));
        let mut key = vec!["product_id", "date"];
        key.extend(named.names("place_id").then_some("place_id"));
        let empty = FactSpec {
            name: "counts of nothing",
            treatment: "out of stock until the next count",
            holds: canonical("on_hand").eq(polars::prelude::lit(0.0)),
        };
        let door = Door {
            fields,
            facts: vec![empty],
            day: Some("date"),
            across: vec![AcrossRows::Unique(key)],
            ..Door::new(TABLE)
        };
        let Admitted { frame, rejects, quality, known } = door.admit(&source.into(), options)?;
        Ok(Self { frame, rejects, quality, known, roles: named.roles().collect() })
    }

    /// Whether the mapping names a role, e.g. `place_id`.
    #[must_use]
    pub fn has(&self, role: &str) -> bool {
        self.roles.contains(&role)
    }
}

known_at!(StockColumns);
accessors!(Stock);

#[cfg(test)]
mod tests {
    use std::error::Error;

    use polars::prelude::df;

    use super::*;

    #[test]
    fn two_counts_of_one_shelf_on_one_day_contradict_each_other() -> Result<(), Box<dyn Error>> {
        let frame = df!("sku" => [1_i64, 1], "day" => ["2024-05-01"; 2], "pieces" => [3.0, 0.0], "at" => ["x", "y"])?;
        let columns = StockColumns::new("sku", "day", "pieces");
        assert!(Stock::scan(frame.clone(), &columns).is_err());
        assert!(Stock::scan(frame, &columns.place("at"))?.has("place_id"));
        let negative = df!("sku" => [1_i64], "day" => ["2024-05-01"], "pieces" => [-1.0])?;
        assert!(Stock::scan(negative, &StockColumns::new("sku", "day", "pieces")).is_err());
        Ok(())
    }
}
