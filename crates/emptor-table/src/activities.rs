//! What was done for customers, beside selling: calls, visits, tickets, mailings, credit checks.

use emptor_types::Invalid;
use polars::prelude::{DataFrame, Expr, LazyFrame, lit};

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

const TABLE: &str = "activities";

/// Which columns of an activity log play which role. Needed are the customer, the date and what was done.
///
/// ```
/// use emptor_table::ActivityColumns;
///
/// // A log of several activities, and a table that holds one activity only.
/// let log = ActivityColumns::new("customer_id", "date").activity("type").quantity("n").driver("lines");
/// let tickets = ActivityColumns::new("customer_id", "opened").named("ticket").minutes("minutes").product("product_id");
/// ```
#[derive(Debug, Clone)]
pub struct ActivityColumns {
    customer: String,
    date: String,
    named: Option<String>,
    drivers: Vec<String>,
    mapping: Mapping,
}

impl ActivityColumns {
    /// Names the customer and the date column. A row without a customer is kept as cost of nobody.
    #[must_use]
    pub fn new(customer: impl Into<String>, date: impl Into<String>) -> Self {
        Self {
            customer: customer.into(),
            date: date.into(),
            named: None,
            drivers: Vec::new(),
            mapping: Mapping::default(),
        }
    }

    fn with(mut self, role: &'static str, column: impl Into<String>, kind: Kind) -> Self {
        self.mapping.add(role, column, kind);
        self
    }

    /// The column that says what was done (`activity`).
    #[must_use]
    pub fn activity(self, column: impl Into<String>) -> Self {
        self.with("activity", column, Kind::Text)
    }

    /// What was done in every row, for a table of one activity: tickets, contacts, visits.
    #[must_use]
    pub fn named(mut self, activity: impl Into<String>) -> Self {
        self.named = Some(activity.into());
        self
    }

    /// How many times it was done (`quantity`), at least 0; once per row where it is not named.
    #[must_use]
    pub fn quantity(self, column: impl Into<String>) -> Self {
        self.with("quantity", column, Kind::Number { min: Some(0.0) })
    }

    /// How long the row took in minutes (`minutes`), at least 0.
    #[must_use]
    pub fn minutes(self, column: impl Into<String>) -> Self {
        self.with("minutes", column, Kind::Number { min: Some(0.0) })
    }

    /// What the row cost (`cost`), at least 0; unknown is null, never 0.
    #[must_use]
    pub fn cost(self, column: impl Into<String>) -> Self {
        self.with("cost", column, Kind::Number { min: Some(0.0) })
    }

    /// The product it was about (`product_id`).
    #[must_use]
    pub fn product(self, column: impl Into<String>) -> Self {
        self.with("product_id", column, Kind::Id)
    }

    /// The row's own key (`activity_id`); it must identify one row.
    #[must_use]
    pub fn id(self, column: impl Into<String>) -> Self {
        self.with("activity_id", column, Kind::Text)
    }

    /// The currency of the cost (`currency`); a table holds one.
    #[must_use]
    pub fn currency(self, column: impl Into<String>) -> Self {
        self.with("currency", column, Kind::Text)
    }

    /// A number that drives the time of an activity, kept under its own name: lines of an order, pages of a form. It
    /// must be there in every row and at least 0.
    #[must_use]
    pub fn driver(mut self, column: impl Into<String>) -> Self {
        self.drivers.push(column.into());
        self
    }

    /// How textual dates are written; ISO unless said otherwise.
    #[must_use]
    pub fn date_format(mut self, format: DateFormat) -> Self {
        self.mapping.set_date_format(format);
        self
    }

    fn check(&self) -> Result<(), TableError> {
        let mut checks = Invalid::checks();
        let named = self.named.as_deref();
        checks.require(
            self.mapping.names("activity") != named.is_some(),
            "activity",
            "needs an activity column or one name for all rows",
            if named.is_some() { "both" } else { "neither" },
        );
        checks.require(
            named.is_none_or(|name| !name.trim().is_empty()),
            "activity",
            "must have a name",
            "an empty one",
        );
        checks.finish().map_err(|problem| TableError::Mapping { table: TABLE, problem })
    }

    fn fields(&self) -> Vec<Field> {
        let mut fields = vec![
            Field::optional("customer_id", &self.customer, Kind::Id),
            Field::required("date", &self.date, self.mapping.day()),
        ];
        // A quantity that is there for some rows only would count the others as nothing.
        fields.extend(self.mapping.fields(&["activity", "activity_id", "quantity"]));
        let drivers = self.drivers.iter();
        fields.extend(drivers.map(|name| Field::required(name, name, Kind::Number { min: Some(0.0) })));
        fields
    }

    fn derived(&self) -> Vec<(&'static str, Expr)> {
        let mut derived = Vec::new();
        if let Some(name) = &self.named {
            derived.push(("activity", lit(name.as_str())));
        }
        if !self.mapping.names("quantity") {
            derived.push(("quantity", lit(1.0)));
        }
        derived
    }
}

/// An activity log that has passed the door.
///
/// Columns of [`rows`](Self::rows): `customer_id` (null = nobody known), `date`, `activity` (text), `quantity` (1 unless
/// named), and every role and driver that the mapping names.
///
/// ```
/// use emptor_table::polars::df;
/// use emptor_table::{Activities, ActivityColumns};
///
/// let tickets = df!("who" => [Some("a"), None], "opened" => ["2024-05-01"; 2], "minutes" => [12.0, 7.0])?;
/// let tickets = Activities::scan(tickets, &ActivityColumns::new("who", "opened").named("ticket").minutes("minutes"))?;
/// assert_eq!(tickets.quality().fact("activities without a customer").map(|fact| fact.rows), Some(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Activities {
    frame: LazyFrame,
    rejects: Option<DataFrame>,
    quality: DataQuality,
    known: Option<Known>,
    roles: Vec<String>,
}

impl Activities {
    /// Opens a source with default options.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan(source: impl Into<Source>, columns: &ActivityColumns) -> Result<Self, TableError> {
        Self::scan_with(source, columns, &ReadOptions::default())
    }

    /// Opens a source.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan_with(
        source: impl Into<Source>,
        columns: &ActivityColumns,
        options: &ReadOptions,
    ) -> Result<Self, TableError> {
        columns.check()?;
        let (fields, derived) = (columns.fields(), columns.derived());
        let roles = fields.iter().map(|f| f.role.clone()).chain(derived.iter().map(|(r, _)| (*r).to_owned())).collect();
        let fact = |name, treatment, holds| FactSpec { name, treatment, holds };
        let facts = vec![
            fact("all activities", "control total", lit(true)),
            fact(
                "activities without a customer",
                "kept as unassigned cost, charged to nobody",
                canonical("customer_id").is_null(),
            ),
        ];
        let names = |role: &'static str| columns.mapping.names(role).then_some(role);
        let across = names("activity_id").map(|id| AcrossRows::Unique(vec![id])).into_iter().collect();
        let door = Door {
            fields,
            derived,
            facts,
            amount: names("cost"),
            day: Some("date"),
            currency: names("currency"),
            across,
            ..Door::new(TABLE)
        };
        let Admitted { frame, rejects, quality, known } = door.admit(&source.into(), options)?;
        Ok(Self { frame, rejects, quality, known, roles })
    }

    /// Whether the mapping names a role or a driver, e.g. `minutes`.
    #[must_use]
    pub fn has(&self, role: &str) -> bool {
        self.roles.iter().any(|r| r == role)
    }
}

known_at!(ActivityColumns);
accessors!(Activities);

#[cfg(test)]
mod tests {
    use std::error::Error;

    use polars::prelude::df;

    use super::*;

    fn log() -> Result<DataFrame, Box<dyn Error>> {
        Ok(df!(
            "who" => [Some("a"), Some("b"), None],
            "day" => ["2024-01-01", "2024-01-02", "2024-01-03"],
            "what" => ["call", "visit", "call"],
            "times" => [1.0, 2.0, 1.0],
            "pages" => [3.0, 0.0, 1.0],
            "cost" => [Some(4.0), None, Some(1.0)],
        )?)
    }

    #[test]
    fn a_log_keeps_its_names_drivers_and_rows_of_nobody() -> Result<(), Box<dyn Error>> {
        let columns =
            ActivityColumns::new("who", "day").activity("what").quantity("times").driver("pages").cost("cost");
        let log = Activities::scan(log()?, &columns)?;
        assert!(log.has("pages") && log.has("quantity") && !log.has("minutes"));
        let fact = log.quality().fact("activities without a customer").ok_or("no fact")?;
        assert_eq!((fact.rows, fact.amount), (1, Some(1.0)));
        let rows = log.rows().collect()?;
        assert_eq!(rows.column("pages")?.f64()?.get(0), Some(3.0));
        Ok(())
    }

    #[test]
    fn a_table_of_one_activity_counts_each_row_once() -> Result<(), Box<dyn Error>> {
        let rows = Activities::scan(log()?, &ActivityColumns::new("who", "day").named("ticket"))?.rows().collect()?;
        assert_eq!(rows.column("activity")?.str()?.get(2), Some("ticket"));
        assert_eq!(rows.column("quantity")?.f64()?.get(2), Some(1.0));
        Ok(())
    }

    #[test]
    fn an_activity_has_one_name_from_one_place() -> Result<(), Box<dyn Error>> {
        for (columns, got) in [
            (ActivityColumns::new("who", "day"), "neither"),
            (ActivityColumns::new("who", "day").activity("what").named("call"), "both"),
            (ActivityColumns::new("who", "day").named(" "), "an empty one"),
        ] {
            let error = Activities::scan(log()?, &columns).map(|_| ()).err().ok_or("accepted")?.to_string();
            assert!(error.contains(got), "{error}");
        }
        Ok(())
    }

    #[test]
    fn negative_minutes_quantities_costs_and_drivers_are_refused_together() -> Result<(), Box<dyn Error>> {
        let bad =
            df!("who" => ["a"], "day" => ["2024-01-01"], "n" => [-1.0], "m" => [-2.0], "c" => [-3.0], "x" => [-4.0])?;
        let columns = ActivityColumns::new("who", "day").named("call").quantity("n").minutes("m").cost("c").driver("x");
        let error = Activities::scan(bad, &columns).map(|_| ()).err().ok_or("accepted")?.to_string();
        for column in ["`n`", "`m`", "`c`", "`x`"] {
            assert!(error.contains(&format!("column {column} must be finite, at least 0")), "{error}");
        }
        Ok(())
    }
}
