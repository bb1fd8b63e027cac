//! Sales representatives: who they are, in which role, and which territory was theirs when.

use polars::prelude::{DataFrame, LazyFrame, PolarsResult, col, lit};

use crate::accessors::accessors;
use crate::across::AcrossRows;
use crate::door::{Admitted, Door};
use crate::error::TableError;
use crate::field::{Field, Kind, Rule, canonical};
use crate::known::{self, Known, known_at};
use crate::mapping::Mapping;
use crate::options::ReadOptions;
use crate::quality::{DataQuality, Fact};
use crate::source::Source;
use crate::text::DateFormat;

const TABLE: &str = "reps";

/// Which columns of the caller's table of representatives play which role. Only the representative is needed.
///
/// ```
/// use emptor_table::RepColumns;
/// let columns = RepColumns::new("agent").role("role").team("manager").territory("region").from("since").to("until");
/// ```
#[derive(Debug, Clone)]
pub struct RepColumns {
    rep: String,
    mapping: Mapping,
}

impl RepColumns {
    /// Names the column of the representative (`rep_id`). It identifies one row together with the territory and the first
    /// day, as far as these are named: who changed territory stands on several rows.
    #[must_use]
    pub fn new(rep: impl Into<String>) -> Self {
        Self { rep: rep.into(), mapping: Mapping::default() }
    }

    fn with(mut self, role: &'static str, column: impl Into<String>) -> Self {
        self.mapping.add(role, column, Kind::Text);
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
        self.with("name", column)
    }

    /// Role (`role`): representatives are compared with others of their role.
    #[must_use]
    pub fn role(self, column: impl Into<String>) -> Self {
        self.with("role", column)
    }

    /// Team (`team`).
    #[must_use]
    pub fn team(self, column: impl Into<String>) -> Self {
        self.with("team", column)
    }

    /// Territory (`territory`). One that two representatives of a role hold on the same day is counted in
    /// [`quality`](Reps::quality).
    #[must_use]
    pub fn territory(self, column: impl Into<String>) -> Self {
        self.with("territory", column)
    }

    /// First day on which the row holds (`from`); null for always.
    #[must_use]
    pub fn from(mut self, column: impl Into<String>) -> Self {
        self.mapping.add_day("from", column);
        self
    }

    /// Last day on which the row holds (`to`), not before the first; null while it does.
    #[must_use]
    pub fn to(mut self, column: impl Into<String>) -> Self {
        self.mapping.add_day("to", column);
        self
    }
}

/// Representatives that have passed the door.
///
/// Columns of [`rows`](Self::rows): `rep_id` (text, as in transactions), and every role that the mapping names.
///
/// ```
/// use emptor_table::polars::df;
/// use emptor_table::{RepColumns, Reps};
///
/// let frame = df!("who" => ["ann", "bob"], "role" => ["field", "field"], "area" => ["north", "north"])?;
/// let reps = Reps::scan(frame, &RepColumns::new("who").role("role").territory("area"))?;
/// assert_eq!(reps.quality().fact("shared territories").map(|fact| fact.rows), Some(2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Reps {
    frame: LazyFrame,
    rejects: Option<DataFrame>,
    quality: DataQuality,
    known: Option<Known>,
    roles: Vec<&'static str>,
}

impl Reps {
    /// Opens a source with default options.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan(source: impl Into<Source>, columns: &RepColumns) -> Result<Self, TableError> {
        Self::scan_with(source, columns, &ReadOptions::default())
    }

    /// Opens a source.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan_with(
        source: impl Into<Source>,
        columns: &RepColumns,
        options: &ReadOptions,
    ) -> Result<Self, TableError> {
        let named = &columns.mapping;
        let mut fields = vec![Field::required("rep_id", &columns.rep, Kind::Text)];
        fields.extend(named.fields(&[]));
        let mut rules = Vec::new();
        if let (Some(to), true) = (named.column("to"), named.names("from")) {
            let broken = canonical("to").lt(canonical("from")).fill_null(lit(false));
            rules.push(Rule { column: to.to_owned(), rule: "must not lie before the first day".to_owned(), broken });
        }
        let mut key = vec!["rep_id"];
        key.extend(["territory", "from"].into_iter().filter(|role| named.names(role)));
        let door = Door { fields, rules, across: vec![AcrossRows::Unique(key)], ..Door::new(TABLE) };
        let Admitted { frame, rejects, mut quality, known } = door.admit(&source.into(), options)?;
        if named.names("territory") {
            let rows = shared(&known::rows(&frame, known.as_ref()), named);
            let rows = rows.map_err(|error| TableError::Query { table: TABLE, reason: error.to_string() })?;
            quality.facts.push(Fact {
                name: "shared territories",
                treatment: "kept; another representative of the role holds the territory on the same days",
                rows,
                amount: None,
            });
        }
        Ok(Self { frame, rejects, quality, known, roles: named.roles().collect() })
    }

    /// Whether the mapping names a role, e.g. `territory`.
    #[must_use]
    pub fn has(&self, role: &str) -> bool {
        self.roles.contains(&role)
    }
}

known_at!(RepColumns);
accessors!(Reps);

/// Rows whose territory another representative of the same role holds on one of the same days.
fn shared(frame: &LazyFrame, named: &Mapping) -> PolarsResult<usize> {
    let day = |role: &'static str, without: i32| {
        let day = if named.names(role) { col(role).to_physical() } else { lit(without) };
        day.fill_null(lit(without)).alias(role)
    };
    let role = if named.names("role") { col("role") } else { lit("") };
    let rows = frame
        .clone()
        .filter(col("territory").is_not_null())
        .select([
            col("rep_id"),
            role.fill_null(lit("")).alias("role"),
            col("territory"),
            day("from", i32::MIN),
            day("to", i32::MAX),
        ])
        .collect()?;
    let text = |name: &str| -> PolarsResult<Vec<String>> {
        Ok(rows.column(name)?.str()?.iter().map(|text| text.unwrap_or_default().to_owned()).collect())
    };
    let days = |name: &str| -> PolarsResult<Vec<i32>> {
        Ok(rows.column(name)?.i32()?.iter().map(Option::unwrap_or_default).collect())
    };
    let (reps, roles, places) = (text("rep_id")?, text("role")?, text("territory")?);
    let (from, to) = (days("from")?, days("to")?);
    let mut order: Vec<usize> = (0..rows.height()).collect();
    order.sort_by(|&a, &b| (&places[a], &roles[a]).cmp(&(&places[b], &roles[b])));
    let held = order.chunk_by(|&a, &b| (&places[a], &roles[a]) == (&places[b], &roles[b]));
    let overlaps = |a: usize, b: usize| reps[a] != reps[b] && from[a] <= to[b] && from[b] <= to[a];
    Ok(held.map(|rows| rows.iter().filter(|&&a| rows.iter().any(|&b| overlaps(a, b))).count()).sum())
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use polars::prelude::{IntoLazy, df};

    use super::*;

    #[test]
    fn a_territory_that_is_handed_over_is_not_shared() -> Result<(), Box<dyn Error>> {
        let frame = df!(
            "who" => ["ann", "bob", "cid", "dan"],
            "role" => ["field", "field", "desk", "field"],
            "area" => [Some("north"), Some("north"), Some("north"), None],
            "since" => [None, Some("2024-07-01"), None, None],
            "until" => [Some("2024-06-30"), None, None, None],
        )?;
        let columns = RepColumns::new("who").role("role").territory("area").from("since").to("until");
        let shared = |frame: DataFrame| -> Result<_, Box<dyn Error>> {
            Ok(Reps::scan(frame, &columns)?.quality().fact("shared territories").map(|fact| fact.rows))
        };
        assert_eq!(shared(frame.clone())?, Some(0), "another role may hold it, and another time");
        let longer = frame.lazy().with_column(lit(polars::prelude::NULL).alias("until")).collect()?;
        assert_eq!(shared(longer)?, Some(2));
        Ok(())
    }

    #[test]
    fn a_row_ends_after_it_begins_and_stands_once() -> Result<(), Box<dyn Error>> {
        let backward = df!("who" => ["ann"], "since" => ["2024-07-01"], "until" => ["2024-06-30"])?;
        let columns = RepColumns::new("who").from("since").to("until");
        let error = Reps::scan(backward, &columns).map(|_| ()).err().ok_or("accepted")?.to_string();
        assert!(error.contains("must not lie before the first day"), "{error}");
        let twice = df!("who" => ["ann", "ann"])?;
        let error = Reps::scan(twice, &RepColumns::new("who")).map(|_| ()).err().ok_or("accepted")?.to_string();
        assert!(error.contains("must identify one row only"), "{error}");
        Ok(())
    }
}
