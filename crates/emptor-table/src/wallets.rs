//! Wallets: what customers spend in all, with us and with others.

use polars::prelude::{DataFrame, LazyFrame};

use crate::accessors::accessors;
use crate::across::AcrossRows;
use crate::door::{Admitted, Door};
use crate::error::TableError;
use crate::field::{Field, Kind};
use crate::known::{Known, known_at};
use crate::mapping::Mapping;
use crate::options::ReadOptions;
use crate::quality::DataQuality;
use crate::source::Source;

const TABLE: &str = "wallets";

/// Which columns of the caller's table of wallets play which role.
///
/// ```
/// use emptor_table::WalletColumns;
/// let columns = WalletColumns::new("id", "spent_in_all").period("year").category("category").method("method");
/// ```
#[derive(Debug, Clone)]
pub struct WalletColumns {
    customer: String,
    total_spend: String,
    mapping: Mapping,
}

impl WalletColumns {
    /// Names the customer column and the column of total spend (`total_spend`), at least 0. Customer, period and category
    /// together identify one row.
    #[must_use]
    pub fn new(customer: impl Into<String>, total_spend: impl Into<String>) -> Self {
        Self { customer: customer.into(), total_spend: total_spend.into(), mapping: Mapping::default() }
    }

    fn with(mut self, role: &'static str, column: impl Into<String>, kind: Kind) -> Self {
        self.mapping.add(role, column, kind);
        self
    }

    /// The period that the spend is for (`period`), as text or number: a year, a quarter.
    #[must_use]
    pub fn period(self, column: impl Into<String>) -> Self {
        self.with("period", column, Kind::Text)
    }

    /// The category of products (`category`).
    #[must_use]
    pub fn category(self, column: impl Into<String>) -> Self {
        self.with("category", column, Kind::Text)
    }

    /// How it is known (`method`): survey, panel, model.
    #[must_use]
    pub fn method(self, column: impl Into<String>) -> Self {
        self.with("method", column, Kind::Text)
    }

    /// The rank of our brand among those the customer buys (`rank`), at least 1.
    #[must_use]
    pub fn rank(self, column: impl Into<String>) -> Self {
        self.with("rank", column, Kind::Number { min: Some(1.0) })
    }

    /// How many brands the customer buys (`n_brands`), at least 1.
    #[must_use]
    pub fn brands(self, column: impl Into<String>) -> Self {
        self.with("n_brands", column, Kind::Number { min: Some(1.0) })
    }
}

/// Wallets that have passed the door.
#[derive(Clone)]
pub struct Wallets {
    frame: LazyFrame,
    rejects: Option<DataFrame>,
    quality: DataQuality,
    known: Option<Known>,
    by_category: bool,
}

impl Wallets {
    /// Opens a source with default options.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan(source: impl Into<Source>, columns: &WalletColumns) -> Result<Self, TableError> {
        Self::scan_with(source, columns, &ReadOptions::default())
    }

    /// Opens a source.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan_with(
        source: impl Into<Source>,
        columns: &WalletColumns,
        options: &ReadOptions,
    ) -> Result<Self, TableError> {
        let mut fields = vec![
            Field::required("customer_id", &columns.customer, Kind::Id),
            Field::required("total_spend", &columns.total_spend, Kind::Number { min: Some(0.0) }),
        ];
        fields.extend(columns.mapping.fields(&["period", "category"]));
        let by_category = columns.mapping.names("category");
        let mut key = vec!["customer_id"];
        key.extend(["period", "category"].into_iter().filter(|role| columns.mapping.names(role)));
        let door =
            Door { fields, amount: Some("total_spend"), across: vec![AcrossRows::Unique(key)], ..Door::new(TABLE) };
        let Admitted { frame, rejects, quality, known } = door.admit(&source.into(), options)?;
        Ok(Self { frame, rejects, quality, known, by_category })
    }

    /// Whether spend is stated by category.
    #[must_use]
    pub fn by_category(&self) -> bool {
        self.by_category
    }
}

known_at!(WalletColumns);
accessors!(Wallets);
