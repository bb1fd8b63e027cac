//! Service tickets: what customers asked and complained about, and how it went.

use emptor_types::Invalid;
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

const TABLE: &str = "tickets";

/// Which columns of the caller's table of tickets play which role. Needed are the customer and the day of opening.
///
/// What a ticket cost is not here: as work done for a customer, tickets are also a log of
/// [`Activities`](crate::Activities).
///
/// ```
/// use emptor_table::TicketColumns;
///
/// let columns = TicketColumns::new("customer", "opened")
///     .id("ticket")
///     .closed("closed")
///     .sla_due("answer_by")
///     .reopened("again")
///     .satisfaction("stars", 1.0, 5.0);
/// ```
#[derive(Debug, Clone)]
pub struct TicketColumns {
    customer: String,
    opened: String,
    scale: Option<(f64, f64)>,
    mapping: Mapping,
}

impl TicketColumns {
    /// Names the customer column and the day the ticket was opened.
    #[must_use]
    pub fn new(customer: impl Into<String>, opened: impl Into<String>) -> Self {
        Self { customer: customer.into(), opened: opened.into(), scale: None, mapping: Mapping::default() }
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

    /// The ticket's own key (`ticket_id`); it must identify one row.
    #[must_use]
    pub fn id(self, column: impl Into<String>) -> Self {
        self.with("ticket_id", column, Kind::Text)
    }

    /// The day it was closed for good (`closed`), not before it was opened; null while it is open.
    #[must_use]
    pub fn closed(mut self, column: impl Into<String>) -> Self {
        self.mapping.add_day("closed", column);
        self
    }

    /// What it was about (`category`).
    #[must_use]
    pub fn category(self, column: impl Into<String>) -> Self {
        self.with("category", column, Kind::Text)
    }

    /// The theme of the complaint within its category (`theme`).
    #[must_use]
    pub fn theme(self, column: impl Into<String>) -> Self {
        self.with("theme", column, Kind::Text)
    }

    /// The production batch of the product it was about (`batch`).
    #[must_use]
    pub fn batch(self, column: impl Into<String>) -> Self {
        self.with("batch", column, Kind::Text)
    }

    /// What repair or replacement under warranty cost (`warranty_cost`), at least 0; null where none was due or it is not
    /// known.
    #[must_use]
    pub fn warranty_cost(self, column: impl Into<String>) -> Self {
        self.with("warranty_cost", column, Kind::Number { min: Some(0.0) })
    }

    /// The product it was about (`product_id`).
    #[must_use]
    pub fn product(self, column: impl Into<String>) -> Self {
        self.with("product_id", column, Kind::Id)
    }

    /// Whether the first contact solved it (`first_contact_resolved`); null while that is not known.
    #[must_use]
    pub fn first_contact_resolved(self, column: impl Into<String>) -> Self {
        self.with("first_contact_resolved", column, Kind::Flag)
    }

    /// Whether it had to be opened again (`reopened`); null while that is not known.
    #[must_use]
    pub fn reopened(self, column: impl Into<String>) -> Self {
        self.with("reopened", column, Kind::Flag)
    }

    /// The day by which it was to be closed (`sla_due`), not before it was opened; null where nothing was promised.
    #[must_use]
    pub fn sla_due(mut self, column: impl Into<String>) -> Self {
        self.mapping.add_day("sla_due", column);
        self
    }

    /// How satisfied the customer was (`satisfaction`), on a scale from `lowest` to `highest`; null without an answer.
    /// Accepted rows also have `satisfaction_share`, from 0 at the lowest to 1 at the highest.
    #[must_use]
    pub fn satisfaction(mut self, column: impl Into<String>, lowest: f64, highest: f64) -> Self {
        self.scale = Some((lowest, highest));
        self.with("satisfaction", column, Kind::Number { min: None })
    }

    /// How long it was worked on, in minutes (`minutes`), at least 0; null where that is not known.
    #[must_use]
    pub fn minutes(self, column: impl Into<String>) -> Self {
        self.with("minutes", column, Kind::Number { min: Some(0.0) })
    }

    fn check(&self) -> Result<(), TableError> {
        let mut checks = Invalid::checks();
        if let Some((lowest, highest)) = self.scale {
            checks.require(
                lowest < highest && lowest.is_finite() && highest.is_finite(),
                "scale of satisfaction",
                "must rise from one finite number to another",
                format!("{lowest} to {highest}"),
            );
        }
        checks.finish().map_err(|problem| TableError::Mapping { table: TABLE, problem })
    }

    fn derived(&self) -> Vec<(&'static str, Expr)> {
        let share = |(lowest, highest)| (canonical("satisfaction") - lit(lowest)) / lit(highest - lowest);
        self.scale.map(|scale| ("satisfaction_share", share(scale))).into_iter().collect()
    }

    fn rules(&self) -> Vec<Rule> {
        let mut rules = Vec::new();
        let mut rule = |role: &str, rule: String, broken: Expr| {
            let column = self.mapping.column(role).unwrap_or(role).to_owned();
            rules.push(Rule { column, rule, broken: broken.fill_null(lit(false)) });
        };
        for role in ["closed", "sla_due"] {
            if self.mapping.names(role) {
                let before = canonical(role).lt(canonical("opened"));
                rule(role, "must not lie before the day of opening".to_owned(), before);
            }
        }
        if let Some((lowest, highest)) = self.scale {
            let value = canonical("satisfaction");
            let inside = value.clone().gt_eq(lit(lowest)).and(value.lt_eq(lit(highest)));
            rule("satisfaction", format!("must lie on its scale from {lowest} to {highest}"), inside.not());
        }
        rules
    }
}

/// Tickets that have passed the door.
///
/// Columns of [`rows`](Self::rows): `customer_id`, `opened`, every role that the mapping names, and
/// `satisfaction_share` with [`satisfaction`](TicketColumns::satisfaction).
///
/// ```
/// use emptor_table::polars::df;
/// use emptor_table::{TicketColumns, Tickets};
///
/// let frame = df!("who" => ["a", "b"], "from" => ["2024-05-01"; 2], "to" => [Some("2024-05-03"), None], "stars" => [4, 1])?;
/// let columns = TicketColumns::new("who", "from").closed("to").satisfaction("stars", 1.0, 5.0);
/// let tickets = Tickets::scan(frame, &columns)?;
/// assert_eq!(tickets.quality().fact("open tickets").map(|fact| fact.rows), Some(1));
/// assert_eq!(tickets.rows().collect()?.column("satisfaction_share")?.f64()?.get(0), Some(0.75));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Tickets {
    frame: LazyFrame,
    rejects: Option<DataFrame>,
    quality: DataQuality,
    known: Option<Known>,
    roles: Vec<&'static str>,
}

impl Tickets {
    /// Opens a source with default options.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan(source: impl Into<Source>, columns: &TicketColumns) -> Result<Self, TableError> {
        Self::scan_with(source, columns, &ReadOptions::default())
    }

    /// Opens a source.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan_with(
        source: impl Into<Source>,
        columns: &TicketColumns,
        options: &ReadOptions,
    ) -> Result<Self, TableError> {
        columns.check()?;
        let named = &columns.mapping;
        let mut fields = vec![
            Field::required("customer_id", &columns.customer, Kind::Id),
            Field::required("opened", &columns.opened, named.day()),
        ];
        fields.extend(named.fields(&["ticket_id"]));
        let open = named.names("closed").then(|| FactSpec {
            name: "open tickets",
            treatment: "kept, have no time to close and no verdict yet",
            holds: canonical("closed").is_null(),
        });
        let across = named.names("ticket_id").then(|| AcrossRows::Unique(vec!["ticket_id"]));
        let door = Door {
            fields,
            derived: columns.derived(),
            rules: columns.rules(),
            facts: open.into_iter().collect(),
            day: Some("opened"),
            across: across.into_iter().collect(),
            ..Door::new(TABLE)
        };
        let Admitted { frame, rejects, quality, known } = door.admit(&source.into(), options)?;
        Ok(Self { frame, rejects, quality, known, roles: named.roles().collect() })
    }

    /// Whether the mapping names a role, e.g. `closed`.
    #[must_use]
    pub fn has(&self, role: &str) -> bool {
        self.roles.contains(&role)
    }
}

known_at!(TicketColumns);
accessors!(Tickets);

#[cfg(test)]
mod tests {
    use std::error::Error;

    use polars::prelude::df;

    use super::*;

    #[test]
    fn unknown_verdicts_stay_unknown() -> Result<(), Box<dyn Error>> {
        let frame = df!(
            "who" => [1_i64, 2],
            "from" => ["2024-01-01"; 2],
            "again" => [Some(true), None],
            "stars" => [None, Some(1.0)],
        )?;
        let columns = TicketColumns::new("who", "from").reopened("again").satisfaction("stars", 1.0, 5.0);
        let tickets = Tickets::scan(frame, &columns)?;
        assert!(tickets.has("reopened") && !tickets.has("closed"));
        let rows = tickets.rows().collect()?;
        assert_eq!(rows.column("reopened")?.bool()?.get(1), None);
        let share = rows.column("satisfaction_share")?.f64()?;
        assert_eq!((share.get(0), share.get(1)), (None, Some(0.0)));
        Ok(())
    }

    #[test]
    fn a_warranty_costs_nothing_or_more() -> Result<(), Box<dyn Error>> {
        let scan = |cost: f64| {
            let frame = df!("who" => [1_i64], "from" => ["2024-01-01"], "what" => ["leak"], "lot" => [7_i64], "cost" => [cost])?;
            let columns = TicketColumns::new("who", "from").theme("what").batch("lot").warranty_cost("cost");
            Ok::<_, Box<dyn Error>>(Tickets::scan(frame, &columns)?)
        };
        let tickets = scan(12.5)?;
        assert!(["theme", "batch", "warranty_cost"].into_iter().all(|role| tickets.has(role)));
        assert!(scan(-1.0).is_err());
        Ok(())
    }

    #[test]
    fn a_scale_must_rise() -> Result<(), Box<dyn Error>> {
        for (lowest, highest) in [(5.0, 1.0), (1.0, 1.0), (f64::NAN, 5.0), (0.0, f64::INFINITY)] {
            let columns = TicketColumns::new("who", "from").satisfaction("stars", lowest, highest);
            let frame = df!("who" => [1_i64], "from" => ["2024-01-01"], "stars" => [1.0])?;
            let error = Tickets::scan(frame, &columns).map(|_| ()).err().ok_or("accepted")?.to_string();
            assert!(error.contains("scale of satisfaction must rise"), "{error}");
        }
        Ok(())
    }
}
