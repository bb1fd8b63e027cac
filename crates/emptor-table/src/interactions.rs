//! Interactions: every contact with a customer, whoever began it.

use polars::prelude::{DataFrame, LazyFrame, lit};

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

const TABLE: &str = "interactions";

/// More minutes than a working day has are not forbidden, but rather a meeting left open than a meeting.
const WORKING_DAY: f64 = 480.0;

/// Which columns of the caller's table of interactions play which role. Needed are the day, the channel and the type; the
/// customer may be null, for not every caller says who they are.
///
/// ```
/// use emptor_table::InteractionColumns;
///
/// let columns = InteractionColumns::new("customer", "day", "channel", "type")
///     .id("contact")
///     .direction("in_or_out")
///     .minutes("minutes")
///     .rep("agent");
/// ```
#[derive(Debug, Clone)]
pub struct InteractionColumns {
    customer: String,
    date: String,
    channel: String,
    what: String,
    mapping: Mapping,
}

impl InteractionColumns {
    /// Names the customer column, the day, the channel (`channel`: phone, visit, mail, …) and the type (`type`: inquiry,
    /// complaint, visit, …).
    #[must_use]
    pub fn new(
        customer: impl Into<String>,
        date: impl Into<String>,
        channel: impl Into<String>,
        what: impl Into<String>,
    ) -> Self {
        Self {
            customer: customer.into(),
            date: date.into(),
            channel: channel.into(),
            what: what.into(),
            mapping: Mapping::default(),
        }
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

    /// The interaction's own key (`interaction_id`); it must identify one row.
    #[must_use]
    pub fn id(self, column: impl Into<String>) -> Self {
        self.with("interaction_id", column, Kind::Text)
    }

    /// Who began it (`direction`): inbound, outbound.
    #[must_use]
    pub fn direction(self, column: impl Into<String>) -> Self {
        self.with("direction", column, Kind::Text)
    }

    /// How long it took (`minutes`), at least 0; more than 480 are counted as a fact.
    #[must_use]
    pub fn minutes(self, column: impl Into<String>) -> Self {
        self.with("minutes", column, Kind::Number { min: Some(0.0) })
    }

    /// What it cost (`cost`), at least 0.
    #[must_use]
    pub fn cost(self, column: impl Into<String>) -> Self {
        self.with("cost", column, Kind::Number { min: Some(0.0) })
    }

    /// The representative (`rep_id`).
    #[must_use]
    pub fn rep(self, column: impl Into<String>) -> Self {
        self.with("rep_id", column, Kind::Text)
    }

    /// How the customer sounded (`sentiment`), on any scale on which more is better.
    #[must_use]
    pub fn sentiment(self, column: impl Into<String>) -> Self {
        self.with("sentiment", column, Kind::Number { min: None })
    }

    /// Whether the customer helped themselves, without a person (`self_service`).
    #[must_use]
    pub fn self_service(self, column: impl Into<String>) -> Self {
        self.with("self_service", column, Kind::Flag)
    }
}

/// Interactions that have passed the door.
///
/// Columns of [`rows`](Self::rows): `customer_id` (null where nobody knows who it was), `date`, `channel`, `type`, and
/// every role that the mapping names.
///
/// ```
/// use emptor_table::polars::df;
/// use emptor_table::{InteractionColumns, Interactions};
///
/// let frame = df!(
///     "who" => [Some("a"), None],
///     "day" => ["2024-05-01", "2024-05-02"],
///     "by" => ["phone", "visit"],
///     "what" => ["inquiry", "advice"],
///     "minutes" => [12.0, 600.0],
/// )?;
/// let columns = InteractionColumns::new("who", "day", "by", "what").minutes("minutes");
/// let interactions = Interactions::scan(frame, &columns)?;
/// assert_eq!(interactions.quality().fact("interactions without a customer").map(|fact| fact.rows), Some(1));
/// assert_eq!(interactions.quality().fact("interactions of more than 480 minutes").map(|fact| fact.rows), Some(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Interactions {
    frame: LazyFrame,
    rejects: Option<DataFrame>,
    quality: DataQuality,
    known: Option<Known>,
    roles: Vec<&'static str>,
}

impl Interactions {
    /// Opens a source with default options.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan(source: impl Into<Source>, columns: &InteractionColumns) -> Result<Self, TableError> {
        Self::scan_with(source, columns, &ReadOptions::default())
    }

    /// Opens a source.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan_with(
        source: impl Into<Source>,
        columns: &InteractionColumns,
        options: &ReadOptions,
    ) -> Result<Self, TableError> {
        let named = &columns.mapping;
        let mut fields = vec![
            Field::optional("customer_id", &columns.customer, Kind::Id),
            Field::required("date", &columns.date, named.day()),
            Field::required("channel", &columns.channel, Kind::Text),
            Field::required("type", &columns.what, Kind::Text),
        ];
        fields.extend(named.fields(&["interaction_id"]));
        let mut facts = vec![FactSpec {
            name: "interactions without a customer",
            treatment: "kept, belong to nobody",
            holds: canonical("customer_id").is_null(),
        }];
        if named.names("minutes") {
            facts.push(FactSpec {
                name: "interactions of more than 480 minutes",
                treatment: "kept as they are: are they minutes?",
                holds: canonical("minutes").gt(lit(WORKING_DAY)),
            });
        }
        let across = named.names("interaction_id").then(|| AcrossRows::Unique(vec!["interaction_id"]));
        let door = Door {
            fields,
            facts,
            amount: named.names("cost").then_some("cost"),
            day: Some("date"),
            across: across.into_iter().collect(),
            ..Door::new(TABLE)
        };
        let Admitted { frame, rejects, quality, known } = door.admit(&source.into(), options)?;
        Ok(Self { frame, rejects, quality, known, roles: named.roles().collect() })
    }

    /// Whether the mapping names a role, e.g. `rep_id`.
    #[must_use]
    pub fn has(&self, role: &str) -> bool {
        self.roles.contains(&role)
    }
}

known_at!(InteractionColumns);
accessors!(Interactions);

#[cfg(test)]
mod tests {
    use std::error::Error;

    use polars::prelude::df;

    use super::*;

    fn columns() -> InteractionColumns {
        InteractionColumns::new("who", "day", "by", "what")
    }

    #[test]
    fn a_call_cannot_last_less_than_nothing_nor_come_without_a_channel() -> Result<(), Box<dyn Error>> {
        let frame = df!(
            "id" => ["i1", "i1"],
            "who" => [1_i64, 2],
            "day" => ["2024-01-01"; 2],
            "by" => [Some("phone"), None],
            "what" => ["inquiry"; 2],
            "minutes" => [-1.0, 481.0],
        )?;
        let columns = columns().id("id").minutes("minutes");
        let error = Interactions::scan(frame, &columns).map(|_| ()).err().ok_or("accepted")?.to_string();
        for part in ["`minutes` must be finite, at least 0", "`by` must not be null", "`id` must identify one row only"]
        {
            assert!(error.contains(part), "{part}: {error}");
        }
        Ok(())
    }

    #[test]
    fn a_caller_who_says_no_name_is_kept_and_belongs_to_nobody() -> Result<(), Box<dyn Error>> {
        let frame = df!(
            "who" => [Some(1_i64), None],
            "day" => ["2024-01-01"; 2],
            "by" => ["phone", "chat"],
            "what" => ["inquiry"; 2],
            "agent" => ["r1", "r2"],
            "robot" => [false, true],
            "mood" => [Some(-0.5), None],
        )?;
        let columns = columns().rep("agent").self_service("robot").sentiment("mood");
        let interactions = Interactions::scan(frame, &columns)?;
        assert!(interactions.has("rep_id") && !interactions.has("minutes"));
        let rows = interactions.rows().collect()?;
        assert_eq!(rows.column("customer_id")?.null_count(), 1);
        assert_eq!(rows.column("sentiment")?.f64()?.get(0), Some(-0.5));
        assert_eq!(rows.column("self_service")?.bool()?.get(1), Some(true));
        Ok(())
    }
}
