//! Invoices and when they were paid.

use polars::prelude::{DataFrame, LazyFrame, lit};

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

const TABLE: &str = "payments";

/// Which columns of the caller's table of invoices play which role. Needed are the customer, the amount and the day it
/// is due.
///
/// ```
/// use emptor_table::PaymentColumns;
/// let columns = PaymentColumns::new("customer", "amount", "due").invoice("number").paid_at("paid").disputed("disputed");
/// ```
#[derive(Debug, Clone)]
pub struct PaymentColumns {
    customer: String,
    amount: String,
    due: String,
    mapping: Mapping,
}

impl PaymentColumns {
    /// Names the customer column, the amount, above 0, and the last day on which a payment is in time (`due`).
    #[must_use]
    pub fn new(customer: impl Into<String>, amount: impl Into<String>, due: impl Into<String>) -> Self {
        Self { customer: customer.into(), amount: amount.into(), due: due.into(), mapping: Mapping::default() }
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

    /// The invoice's own key (`invoice_id`); it must identify one row.
    #[must_use]
    pub fn invoice(self, column: impl Into<String>) -> Self {
        self.with("invoice_id", column, Kind::Text)
    }

    /// The day it was paid in full (`paid_at`); null while it is not. An invoice that is not paid at the end of its due
    /// day is overdue from the next day on, until it is paid.
    #[must_use]
    pub fn paid_at(mut self, column: impl Into<String>) -> Self {
        self.mapping.add_day("paid_at", column);
        self
    }

    /// Whether the customer disputes it (`disputed`); null counts as no.
    #[must_use]
    pub fn disputed(self, column: impl Into<String>) -> Self {
        self.with("disputed", column, Kind::Flag)
    }

    /// The currency of the amount (`currency`); a table holds one.
    #[must_use]
    pub fn currency(self, column: impl Into<String>) -> Self {
        self.with("currency", column, Kind::Text)
    }
}

/// Invoices that have passed the door.
///
/// Columns of [`rows`](Self::rows): `customer_id`, `amount`, `due`, and every role that the mapping names.
///
/// ```
/// use emptor_table::polars::df;
/// use emptor_table::{PaymentColumns, Payments};
///
/// let frame = df!("who" => ["a", "b"], "net" => [120.0, 80.0], "due" => ["2024-05-01"; 2], "paid" => [Some("2024-04-28"), None])?;
/// let payments = Payments::scan(frame, &PaymentColumns::new("who", "net", "due").paid_at("paid"))?;
/// assert_eq!(payments.quality().fact("unpaid invoices").and_then(|fact| fact.amount), Some(80.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Payments {
    frame: LazyFrame,
    rejects: Option<DataFrame>,
    quality: DataQuality,
    known: Option<Known>,
    roles: Vec<&'static str>,
}

impl Payments {
    /// Opens a source with default options.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan(source: impl Into<Source>, columns: &PaymentColumns) -> Result<Self, TableError> {
        Self::scan_with(source, columns, &ReadOptions::default())
    }

    /// Opens a source.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan_with(
        source: impl Into<Source>,
        columns: &PaymentColumns,
        options: &ReadOptions,
    ) -> Result<Self, TableError> {
        let named = &columns.mapping;
        let mut fields = vec![
            Field::required("customer_id", &columns.customer, Kind::Id),
            Field::required("amount", &columns.amount, Kind::Number { min: None }),
            Field::required("due", &columns.due, named.day()),
        ];
        fields.extend(named.fields(&["invoice_id"]));
        let fact = |name, treatment, holds| FactSpec { name, treatment, holds };
        let mut facts = vec![fact("all invoices", "control total", lit(true))];
        if named.names("paid_at") {
            facts.push(fact("unpaid invoices", "kept, overdue after their due day", canonical("paid_at").is_null()));
        }
        if named.names("disputed") {
            facts.push(fact("disputed invoices", "kept, say nothing of how a customer pays", canonical("disputed")));
        }
        let positive = Rule {
            column: columns.amount.clone(),
            rule: "must be above 0".to_owned(),
            broken: canonical("amount").lt_eq(lit(0.0)).fill_null(lit(false)),
        };
        let across = named.names("invoice_id").then(|| AcrossRows::Unique(vec!["invoice_id"]));
        let door = Door {
            fields,
            rules: vec![positive],
            facts,
            amount: Some("amount"),
            day: Some("due"),
            currency: named.names("currency").then_some("currency"),
            across: across.into_iter().collect(),
            ..Door::new(TABLE)
        };
        let Admitted { frame, rejects, quality, known } = door.admit(&source.into(), options)?;
        Ok(Self { frame, rejects, quality, known, roles: named.roles().collect() })
    }

    /// Whether the mapping names a role, e.g. `paid_at`.
    #[must_use]
    pub fn has(&self, role: &str) -> bool {
        self.roles.contains(&role)
    }
}

known_at!(PaymentColumns);
accessors!(Payments);

#[cfg(test)]
mod tests {
    use std::error::Error;

    use polars::prelude::df;

    use super::*;

    #[test]
    fn money_of_all_unpaid_and_disputed_invoices_is_counted() -> Result<(), Box<dyn Error>> {
        let frame = df!(
            "who" => [1_i64, 1, 2],
            "net" => [10.0, 20.0, 5.0],
            "due" => ["2024-01-31"; 3],
            "paid" => [Some("2024-01-30"), None, None],
            "disputed" => [None, Some(true), Some(false)],
        )?;
        let columns = PaymentColumns::new("who", "net", "due").paid_at("paid").disputed("disputed");
        let payments = Payments::scan(frame, &columns)?;
        assert!(payments.has("paid_at") && !payments.has("currency"));
        let fact = |name| payments.quality().fact(name).map(|fact| (fact.rows, fact.amount));
        assert_eq!(fact("all invoices"), Some((3, Some(35.0))));
        assert_eq!(fact("unpaid invoices"), Some((2, Some(25.0))));
        assert_eq!(fact("disputed invoices"), Some((1, Some(20.0))));
        Ok(())
    }
}
