//! Customers and their attributes.

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

const TABLE: &str = "customers";

/// Which columns of the caller's customer table play which role. Only the customer is needed.
///
/// ```
/// use emptor_table::CustomerColumns;
/// let columns = CustomerColumns::new("id").channel("source").acquisition_cost("cac").attribute("age_band");
/// ```
#[derive(Debug, Clone)]
pub struct CustomerColumns {
    customer: String,
    mapping: Mapping,
}

impl CustomerColumns {
    /// Names the customer column, which must identify one row.
    #[must_use]
    pub fn new(customer: impl Into<String>) -> Self {
        Self { customer: customer.into(), mapping: Mapping::default() }
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

    /// Person or organisation (`type`).
    #[must_use]
    pub fn kind(self, column: impl Into<String>) -> Self {
        self.with("type", column, Kind::Text)
    }

    /// When the record was made (`created_at`).
    #[must_use]
    pub fn created_at(self, column: impl Into<String>) -> Self {
        self.day("created_at", column)
    }

    /// First contact (`first_contact_at`).
    #[must_use]
    pub fn first_contact_at(self, column: impl Into<String>) -> Self {
        self.day("first_contact_at", column)
    }

    /// When the record was deleted (`deleted_at`).
    #[must_use]
    pub fn deleted_at(self, column: impl Into<String>) -> Self {
        self.day("deleted_at", column)
    }

    /// Region (`region_id`).
    #[must_use]
    pub fn region(self, column: impl Into<String>) -> Self {
        self.with("region_id", column, Kind::Text)
    }

    /// Industry (`industry`).
    #[must_use]
    pub fn industry(self, column: impl Into<String>) -> Self {
        self.with("industry", column, Kind::Text)
    }

    /// Size class (`size`).
    #[must_use]
    pub fn size(self, column: impl Into<String>) -> Self {
        self.with("size", column, Kind::Text)
    }

    /// The customer this one belongs to (`parent_id`); the hierarchy must have no circle.
    #[must_use]
    pub fn parent(self, column: impl Into<String>) -> Self {
        self.with("parent_id", column, Kind::Id)
    }

    /// The representative who looks after the customer (`owner_rep_id`).
    #[must_use]
    pub fn owner_rep(self, column: impl Into<String>) -> Self {
        self.with("owner_rep_id", column, Kind::Text)
    }

    /// The acquisition channel (`acq_channel`).
    #[must_use]
    pub fn channel(self, column: impl Into<String>) -> Self {
        self.with("acq_channel", column, Kind::Text)
    }

    /// The acquisition campaign (`acq_campaign_id`).
    #[must_use]
    pub fn campaign(self, column: impl Into<String>) -> Self {
        self.with("acq_campaign_id", column, Kind::Text)
    }

    /// What winning the customer cost (`acq_cost`), at least 0.
    #[must_use]
    pub fn acquisition_cost(self, column: impl Into<String>) -> Self {
        self.with("acq_cost", column, Kind::Number { min: Some(0.0) })
    }

    /// Own organisation units (`is_internal`).
    #[must_use]
    pub fn internal(self, column: impl Into<String>) -> Self {
        self.with("is_internal", column, Kind::Flag)
    }

    /// Test records (`is_test`).
    #[must_use]
    pub fn test(self, column: impl Into<String>) -> Self {
        self.with("is_test", column, Kind::Flag)
    }

    /// Consent to be contacted (`consent`); absent means no.
    #[must_use]
    pub fn consent(self, column: impl Into<String>) -> Self {
        self.with("consent", column, Kind::Flag)
    }

    /// An attribute to keep under its own name, as text.
    #[must_use]
    pub fn attribute(mut self, column: impl Into<String>) -> Self {
        self.mapping.add_attribute(column);
        self
    }
}

/// Customers that have passed the door; `customer_id` identifies one row.
#[derive(Clone)]
pub struct Customers {
    frame: LazyFrame,
    rejects: Option<DataFrame>,
    quality: DataQuality,
    known: Option<Known>,
    roles: Vec<String>,
}

impl Customers {
    /// Opens a source with default options.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan(source: impl Into<Source>, columns: &CustomerColumns) -> Result<Self, TableError> {
        Self::scan_with(source, columns, &ReadOptions::default())
    }

    /// Opens a source.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan_with(
        source: impl Into<Source>,
        columns: &CustomerColumns,
        options: &ReadOptions,
    ) -> Result<Self, TableError> {
        let mut fields = vec![Field::required("customer_id", &columns.customer, Kind::Id)];
        fields.extend(columns.mapping.fields(&[]));
        let roles = fields.iter().map(|field| field.role.clone()).collect();
        let facts = [("is_internal", "internal customers"), ("is_test", "test customers")]
            .into_iter()
            .filter(|(role, _)| columns.mapping.names(role))
            .map(|(role, name)| FactSpec { name, treatment: "kept and marked", holds: canonical(role) })
            .collect();
        let mut across = vec![AcrossRows::Unique(vec!["customer_id"])];
        if columns.mapping.names("parent_id") {
            across.push(AcrossRows::Acyclic { key: "customer_id", parent: "parent_id" });
        }
        let door = Door { fields, facts, across, ..Door::new(TABLE) };
        let Admitted { frame, rejects, quality, known } = door.admit(&source.into(), options)?;
        Ok(Self { frame, rejects, quality, known, roles })
    }

    /// Whether the mapping names a role or an attribute, e.g. `region_id`.
    #[must_use]
    pub fn has(&self, role: &str) -> bool {
        self.roles.iter().any(|r| r == role)
    }
}

known_at!(CustomerColumns);
accessors!(Customers);
