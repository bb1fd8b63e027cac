//! Products, their place in the hierarchy and their costs.

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

const TABLE: &str = "products";

/// Which columns of the caller's product table play which role. Only the product is needed.
///
/// ```
/// use emptor_table::ProductColumns;
/// let columns = ProductColumns::new("sku").category("department").unit_cost("cost");
/// ```
#[derive(Debug, Clone)]
pub struct ProductColumns {
    product: String,
    mapping: Mapping,
}

impl ProductColumns {
    /// Names the product column. It must identify one row, or one row per start of validity where
    /// [`cost_valid_from`](Self::cost_valid_from) is named.
    #[must_use]
    pub fn new(product: impl Into<String>) -> Self {
        Self { product: product.into(), mapping: Mapping::default() }
    }

    fn with(mut self, role: &'static str, column: impl Into<String>, kind: Kind) -> Self {
        self.mapping.add(role, column, kind);
        self
    }

    fn day(mut self, role: &'static str, column: impl Into<String>) -> Self {
        self.mapping.add_day(role, column);
        self
    }

    /// How textual dates are written; ISO unless said otherwise.
    #[must_use]
    pub fn date_format(mut self, format: DateFormat) -> Self {
        self.mapping.set_date_format(format);
        self
    }

    /// Name (`name`).
    #[must_use]
    pub fn name(self, column: impl Into<String>) -> Self {
        self.with("name", column, Kind::Text)
    }

    /// Category (`category`). Further levels of the hierarchy come in as [`attribute`](Self::attribute)s.
    #[must_use]
    pub fn category(self, column: impl Into<String>) -> Self {
        self.with("category", column, Kind::Text)
    }

    /// Brand (`brand`).
    #[must_use]
    pub fn brand(self, column: impl Into<String>) -> Self {
        self.with("brand", column, Kind::Text)
    }

    /// Series (`series`).
    #[must_use]
    pub fn series(self, column: impl Into<String>) -> Self {
        self.with("series", column, Kind::Text)
    }

    /// Unit of quantity (`unit`).
    #[must_use]
    pub fn unit(self, column: impl Into<String>) -> Self {
        self.with("unit", column, Kind::Text)
    }

    /// List price of one unit (`list_price`), at least 0.
    #[must_use]
    pub fn list_price(self, column: impl Into<String>) -> Self {
        self.with("list_price", column, Kind::Number { min: Some(0.0) })
    }

    /// Cost of one unit (`unit_cost`), at least 0; unknown is null, never 0.
    #[must_use]
    pub fn unit_cost(self, column: impl Into<String>) -> Self {
        self.with("unit_cost", column, Kind::Number { min: Some(0.0) })
    }

    /// What the supplier asks for one unit (`supplier_price`), at least 0: a stand-in for a unit cost that is not known.
    #[must_use]
    pub fn supplier_price(self, column: impl Into<String>) -> Self {
        self.with("supplier_price", column, Kind::Number { min: Some(0.0) })
    }

    /// The currency of prices and costs (`currency`); a table holds one.
    #[must_use]
    pub fn currency(self, column: impl Into<String>) -> Self {
        self.with("currency", column, Kind::Text)
    }

    /// First day on which the cost holds (`cost_valid_from`), until the next row of the product.
    #[must_use]
    pub fn cost_valid_from(self, column: impl Into<String>) -> Self {
        self.day("cost_valid_from", column)
    }

    /// First day of sale (`launch_date`).
    #[must_use]
    pub fn launch_date(self, column: impl Into<String>) -> Self {
        self.day("launch_date", column)
    }

    /// Last day of sale (`end_date`).
    #[must_use]
    pub fn end_date(self, column: impl Into<String>) -> Self {
        self.day("end_date", column)
    }

    /// Supplier (`supplier_id`).
    #[must_use]
    pub fn supplier(self, column: impl Into<String>) -> Self {
        self.with("supplier_id", column, Kind::Text)
    }

    /// Whether it is a service (`is_service`).
    #[must_use]
    pub fn service(self, column: impl Into<String>) -> Self {
        self.with("is_service", column, Kind::Flag)
    }

    /// The product this one is a bundle of (`bundle_of`).
    #[must_use]
    pub fn bundle_of(self, column: impl Into<String>) -> Self {
        self.with("bundle_of", column, Kind::Id)
    }

    /// An attribute to keep under its own name, as text.
    #[must_use]
    pub fn attribute(mut self, column: impl Into<String>) -> Self {
        self.mapping.add_attribute(column);
        self
    }
}

/// Products that have passed the door.
#[derive(Clone)]
pub struct Products {
    frame: LazyFrame,
    rejects: Option<DataFrame>,
    quality: DataQuality,
    known: Option<Known>,
    roles: Vec<String>,
}

impl Products {
    /// Opens a source with default options.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan(source: impl Into<Source>, columns: &ProductColumns) -> Result<Self, TableError> {
        Self::scan_with(source, columns, &ReadOptions::default())
    }

    /// Opens a source.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan_with(
        source: impl Into<Source>,
        columns: &ProductColumns,
        options: &ReadOptions,
    ) -> Result<Self, TableError> {
        let history = columns.mapping.names("cost_valid_from");
        let mut fields = vec![Field::required("product_id", &columns.product, Kind::Id)];
        // A history of costs has no place for a cost without a start.
        fields.extend(columns.mapping.fields(&["cost_valid_from"]));
        let mut facts = Vec::new();
        if columns.mapping.names("unit_cost") {
            let holds = canonical("unit_cost").is_null();
            facts.push(FactSpec {
                name: "products without a cost",
                treatment: "cost unknown, never taken as 0",
                holds,
            });
        }
        let key = if history { vec!["product_id", "cost_valid_from"] } else { vec!["product_id"] };
        let roles = fields.iter().map(|f| f.role.clone()).collect();
        let currency = columns.mapping.names("currency").then_some("currency");
        let door = Door { fields, facts, currency, across: vec![AcrossRows::Unique(key)], ..Door::new(TABLE) };
        let Admitted { frame, rejects, quality, known } = door.admit(&source.into(), options)?;
        Ok(Self { frame, rejects, quality, known, roles })
    }

    /// Whether unit costs are mapped.
    #[must_use]
    pub fn has_cost(&self) -> bool {
        self.has("unit_cost")
    }

    /// Whether costs have a start of validity, so that a product may stand on several rows.
    #[must_use]
    pub fn has_cost_history(&self) -> bool {
        self.has("cost_valid_from")
    }

    /// Whether the mapping names a role or an attribute, e.g. `category`.
    #[must_use]
    pub fn has(&self, role: &str) -> bool {
        self.roles.iter().any(|r| r == role)
    }
}

known_at!(ProductColumns);
accessors!(Products);
