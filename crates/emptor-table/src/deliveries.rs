//! Deliveries: what was promised, what was shipped, and when it came.

use polars::prelude::{DataFrame, Expr, LazyFrame, lit};

use crate::accessors::accessors;
use crate::across::AcrossRows;
use crate::door::{Admitted, Door, FactSpec};
use crate::error::TableError;
use crate::field::{Field, Kind, Rule, canonical};
use crate::known::{Known, known_at};
use crate::mapping::Mapping;
use crate::options::ReadOptions;
use crate::quality::DataQuality;
use crate::source::Source;
use crate::text::DateFormat;

const TABLE: &str = "deliveries";

/// Which columns of the caller's table of deliveries play which role. Needed are the order and the day that was promised;
/// a row is an order, or a line of one.
///
/// ```
/// use emptor_table::DeliveryColumns;
///
/// let columns = DeliveryColumns::new("order", "promised")
///     .product("sku")
///     .delivered("arrived")
///     .quantity_ordered("wanted")
///     .quantity_first_shipped("sent_at_once");
/// ```
#[derive(Debug, Clone)]
pub struct DeliveryColumns {
    order: String,
    promised: String,
    mapping: Mapping,
}

impl DeliveryColumns {
    /// Names the order (`order_id`) and the day promised to the customer (`promised`).
    #[must_use]
    pub fn new(order: impl Into<String>, promised: impl Into<String>) -> Self {
        Self { order: order.into(), promised: promised.into(), mapping: Mapping::default() }
    }

    fn with(mut self, role: &'static str, column: impl Into<String>, kind: Kind) -> Self {
        self.mapping.add(role, column, kind);
        self
    }

    /// How textual dates are written; ISO unless said otherwise.
    #[must_use]
    pub fn date_format(mut self, format: DateFormat) -> Self {
        self.mapping.set_date_format(format);
        self
    }

    /// The line of the order (`line_id`); it must identify one row.
    #[must_use]
    pub fn line(self, column: impl Into<String>) -> Self {
        self.with("line_id", column, Kind::Text)
    }

    /// The product (`product_id`).
    #[must_use]
    pub fn product(self, column: impl Into<String>) -> Self {
        self.with("product_id", column, Kind::Id)
    }

    /// The day it left the house (`shipped`); null while it has not.
    #[must_use]
    pub fn shipped(mut self, column: impl Into<String>) -> Self {
        self.mapping.add_day("shipped", column);
        self
    }

    /// The day it came to the customer (`delivered`), not before it was shipped; null while it has not.
    #[must_use]
    pub fn delivered(mut self, column: impl Into<String>) -> Self {
        self.mapping.add_day("delivered", column);
        self
    }

    /// How much was ordered (`quantity_ordered`), above 0.
    #[must_use]
    pub fn quantity_ordered(self, column: impl Into<String>) -> Self {
        self.with("quantity_ordered", column, Kind::Number { min: Some(0.0) })
    }

    /// How much of it went out with the first shipment (`quantity_first_shipped`), from 0 to what was ordered.
    #[must_use]
    pub fn quantity_first_shipped(self, column: impl Into<String>) -> Self {
        self.with("quantity_first_shipped", column, Kind::Number { min: Some(0.0) })
    }

    fn rules(&self) -> Vec<Rule> {
        let named = &self.mapping;
        let mut rules = Vec::new();
        let mut rule = |role: &str, rule: &str, broken: Expr| {
            let column = named.column(role).unwrap_or(role).to_owned();
            rules.push(Rule { column, rule: rule.to_owned(), broken: broken.fill_null(lit(false)) });
        };
        if named.names("shipped") && named.names("delivered") {
            let before = canonical("delivered").lt(canonical("shipped"));
            rule("delivered", "must not lie before the day of shipping", before);
        }
        if named.names("quantity_ordered") {
            let nothing = canonical("quantity_ordered").lt_eq(lit(0.0));
            rule("quantity_ordered", "must be above 0", nothing);
        }
        if named.names("quantity_ordered") && named.names("quantity_first_shipped") {
            let more = canonical("quantity_first_shipped").gt(canonical("quantity_ordered"));
            rule("quantity_first_shipped", "must not be more than was ordered", more);
        }
        rules
    }
}

/// Deliveries that have passed the door.
///
/// Columns of [`rows`](Self::rows): `order_id`, `promised`, and every role that the mapping names.
///
/// ```
/// use emptor_table::polars::df;
/// use emptor_table::{Deliveries, DeliveryColumns};
///
/// let frame = df!("order" => ["O1", "O2"], "by" => ["2024-05-03"; 2], "came" => [Some("2024-05-02"), None])?;
/// let deliveries = Deliveries::scan(frame, &DeliveryColumns::new("order", "by").delivered("came"))?;
/// assert_eq!(deliveries.quality().fact("not delivered yet").map(|fact| fact.rows), Some(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Deliveries {
    frame: LazyFrame,
    rejects: Option<DataFrame>,
    quality: DataQuality,
    known: Option<Known>,
    roles: Vec<&'static str>,
}

impl Deliveries {
    /// Opens a source with default options.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan(source: impl Into<Source>, columns: &DeliveryColumns) -> Result<Self, TableError> {
        Self::scan_with(source, columns, &ReadOptions::default())
    }

    /// Opens a source.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan_with(
        source: impl Into<Source>,
        columns: &DeliveryColumns,
        options: &ReadOptions,
    ) -> Result<Self, TableError> {
        let named = &columns.mapping;
        let mut fields = vec![
            Field::required("order_id", &columns.order, Kind::Text),
            Field::required("promised", &columns.promised, named.day()),
        ];
        fields.extend(named.fields(&["line_id"]));
        let open = named.names("delivered").then(|| FactSpec {
            name: "not delivered yet",
            treatment: "kept, late once the promised day is over",
            holds: canonical("delivered").is_null(),
        });
        let across = named.names("line_id").then(|| AcrossRows::Unique(vec!["line_id"]));
        let door = Door {
            fields,
            rules: columns.rules(),
            facts: open.into_iter().collect(),
            day: Some("promised"),
            across: across.into_iter().collect(),
            ..Door::new(TABLE)
        };
        let Admitted { frame, rejects, quality, known } = door.admit(&source.into(), options)?;
        Ok(Self { frame, rejects, quality, known, roles: named.roles().collect() })
    }

    /// Whether the mapping names a role, e.g. `delivered`.
    #[must_use]
    pub fn has(&self, role: &str) -> bool {
        self.roles.contains(&role)
    }
}

known_at!(DeliveryColumns);
accessors!(Deliveries);

#[cfg(test)]
mod tests {
    use std::error::Error;

    use polars::prelude::df;

    use super::*;
    use crate::Policy;

    #[test]
    fn what_cannot_have_happened_is_set_aside() -> Result<(), Box<dyn Error>> {
        let frame = df!(
            "order" => ["O1", "O2", "O3", "O4"],
            "by" => ["2024-05-03"; 4],
            "sent" => ["2024-05-02"; 4],
            "came" => [Some("2024-05-02"), Some("2024-05-01"), None, None],
            "wanted" => [1.0, 1.0, 0.0, 2.0],
            "first" => [1.0, 1.0, 0.0, 3.0],
        )?;
        let columns = DeliveryColumns::new("order", "by")
            .shipped("sent")
            .delivered("came")
            .quantity_ordered("wanted")
            .quantity_first_shipped("first");
        let options = ReadOptions::default().policy(Policy::Quarantine);
        let deliveries = Deliveries::scan_with(frame, &columns, &options)?;
        assert_eq!((deliveries.quality().accepted, deliveries.quality().quarantined), (1, 3));
        assert!(deliveries.has("shipped") && !deliveries.has("product_id"));
        Ok(())
    }
}
