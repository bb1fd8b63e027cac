//! Order lines: who bought what, when, for how much.

use emptor_types::Date;
use polars::prelude::{DataFrame, LazyFrame, PolarsError, col, lit};

use crate::across::AcrossRows;
use crate::door::{Admitted, Door};
use crate::error::TableError;
use crate::identities::Identities;
use crate::known::{self, Known};
use crate::linking::{self, Linked, Linking};
use crate::options::ReadOptions;
use crate::quality::{DataQuality, Fact};
use crate::source::Source;
use crate::suspicions;
use crate::transaction_columns::TransactionColumns;

pub(crate) const TABLE: &str = "transactions";

/// Order lines that have passed the door: lazy, typed, under canonical names.
///
/// Columns of [`lines`](Self::lines): `customer_id` (`Int64` or `String`, null = anonymous), `date` (`Date`), `amount`
/// (`Float64`), `kind` (`UInt8`, see [`LineKind`](crate::LineKind)), and every optional role that the mapping names.
#[derive(Clone)]
pub struct Transactions {
    frame: LazyFrame,
    rejects: Option<DataFrame>,
    quality: DataQuality,
    known: Option<Known>,
    roles: Vec<String>,
}

impl Transactions {
    /// Opens a source with default options: broken rows refuse the table.
    ///
    /// # Errors
    /// See [`TableError`]; all broken rules are reported at once.
    pub fn scan(source: impl Into<Source>, columns: &TransactionColumns) -> Result<Self, TableError> {
        Self::scan_with(source, columns, &ReadOptions::default())
    }

    /// Opens a data frame with default options.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn from_frame(frame: DataFrame, columns: &TransactionColumns) -> Result<Self, TableError> {
        Self::scan(frame, columns)
    }

    /// Opens a source.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan_with(
        source: impl Into<Source>,
        columns: &TransactionColumns,
        options: &ReadOptions,
    ) -> Result<Self, TableError> {
        columns.check()?;
        let fields = columns.fields();
        let derived = columns.derived();
        let roles = fields.iter().map(|f| f.role.clone()).chain(derived.iter().map(|(r, _)| (*r).to_owned())).collect();
        let mut across = Vec::new();
        if columns.names("line_id") {
            across.push(AcrossRows::Unique(vec!["line_id"]));
        }
        if columns.names("ref_line_id") && columns.quantity.is_some() {
            across.push(AcrossRows::ReturnsWithinSales);
        }
        let door = Door {
            fields,
            derived,
            rules: columns.rules(),
            facts: columns.facts(),
            amount: Some("amount"),
            day: Some("date"),
            currency: columns.names("currency").then_some("currency"),
            some: columns.has_customer().then_some("customer_id"),
            across,
            ..Door::new(TABLE)
        };
        let Admitted { frame, rejects, mut quality, known } = door.admit(&source.into(), options)?;
        if options.thorough {
            let failed = |e: PolarsError| TableError::Query { table: TABLE, reason: e.to_string() };
            let lines = known::rows(&frame, known.as_ref());
            if columns.names("order_id") && columns.names("product_id") {
                quality.facts.push(suspicions::repeated(&lines).map_err(failed)?);
            }
            quality.facts.push(suspicions::outlying(&lines).map_err(failed)?);
        }
        Ok(Self { frame, rejects, quality, known, roles })
    }

    /// The lines of a span of days, both ends included. The report on data quality and the rejects stay those of the
    /// whole table.
    ///
    /// ```
    /// use emptor_table::polars::df;
    /// use emptor_table::{TransactionColumns, Transactions};
    ///
    /// let frame = df!("id" => [1_i64, 1, 2], "day" => ["2024-01-01", "2024-02-01", "2024-03-01"], "net" => [5.0, 7.0, 9.0])?;
    /// let all = Transactions::from_frame(frame, &TransactionColumns::new("id", "day").amount("net"))?;
    /// let february = all.between("2024-02-01".parse()?, "2024-02-29".parse()?);
    /// assert_eq!(february.lines().collect()?.height(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn between(&self, first: Date, last: Date) -> Self {
        let day = col("date").to_physical();
        let inside = day.clone().gt_eq(lit(first.days_since_epoch())).and(day.lt_eq(lit(last.days_since_epoch())));
        Self { frame: self.frame.clone().filter(inside), ..self.clone() }
    }

    /// The lines with customers in place of the ids of systems: by system, id and day. Lines without an id stay without,
    /// so that guests never become one giant customer. The report on data quality counts lines with and without a customer
    /// anew, and those that were linked; the rejects stay as they are.
    ///
    /// ```
    /// use emptor_table::polars::df;
    /// use emptor_table::{Identities, IdentityColumns, Linking, TransactionColumns, Transactions};
    ///
    /// let frame = df!("id" => ["u1", "g9", "u2"], "day" => ["2024-01-01"; 3], "net" => [5.0, 7.0, 9.0])?;
    /// let shop = Transactions::from_frame(frame, &TransactionColumns::new("id", "day").amount("net"))?;
    /// let crosswalk = df!("system" => ["web"; 2], "id" => ["u1", "g9"], "customer" => ["C1"; 2])?;
    /// let identities = Identities::scan(crosswalk, &IdentityColumns::new("system", "id", "customer"))?;
    /// let linked = shop.with_identities(&identities, &Linking::of_system("web"))?;
    /// assert_eq!(linked.quality().fact("lines linked").and_then(|fact| fact.amount), Some(12.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the column of systems is not there, or no line is left with a customer; see [`TableError`].
    pub fn with_identities(&self, identities: &Identities, linking: &Linking) -> Result<Self, TableError> {
        let Linked { frame, facts, known } = linking::link_lines(self, identities, linking)?;
        let mut quality = self.quality.clone();
        for fact in facts {
            match quality.facts.iter_mut().find(|there| there.name == fact.name) {
                Some(there) => *there = Fact { treatment: there.treatment, ..fact },
                None => quality.facts.push(fact),
            }
        }
        let quality = known.iter().fold(quality, |quality, known| known.report(&quality));
        Ok(Self { frame, quality, known, ..self.clone() })
    }

    /// The lines as they were known on a day: without those that became known later, by the role `known_at`. The report on
    /// data quality counts them. A table that does not say when its lines became known stays as it is.
    #[must_use]
    pub fn known_by(&self, as_of: Date) -> Self {
        let Some(known) = self.known.as_ref().map(|known| known.by(as_of)) else { return self.clone() };
        Self { quality: known.report(&self.quality), known: Some(known), ..self.clone() }
    }

    /// The accepted lines; of several versions of a line the last one known.
    pub fn lines(&self) -> LazyFrame {
        known::rows(&self.frame, self.known.as_ref())
    }

    /// All versions of the lines, and when they were known.
    pub(crate) fn versions(&self) -> (&LazyFrame, Option<&Known>) {
        (&self.frame, self.known.as_ref())
    }

    /// The rows set aside: every column of the source, the row number (`row`, from 1) and the `reasons`.
    #[must_use]
    pub fn rejects(&self) -> Option<&DataFrame> {
        self.rejects.as_ref()
    }

    /// What was read and what was notable about it.
    #[must_use]
    pub fn quality(&self) -> &DataQuality {
        &self.quality
    }

    /// Whether the mapping names a role, e.g. `product_id`.
    #[must_use]
    pub fn has(&self, role: &str) -> bool {
        self.roles.iter().any(|r| r == role)
    }
}

impl std::fmt::Debug for Transactions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transactions")
            .field("quality", &self.quality)
            .field("roles", &self.roles)
            .finish_non_exhaustive()
    }
}
