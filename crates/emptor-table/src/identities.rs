//! The crosswalk of identities: which customer is behind which id of which system.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{
    DataFrame, DataType, Engine, Expr, JoinArgs, JoinType, LazyFrame, PolarsError, PolarsResult, col, lit,
};

use crate::accessors::accessors;
use crate::across::AcrossRows;
use crate::customers::Customers;
use crate::door::{Admitted, Door};
use crate::error::TableError;
use crate::field::{Field, Kind, Rule, canonical};
use crate::known::{Known, known_at};
use crate::mapping::Mapping;
use crate::options::ReadOptions;
use crate::quality::{DataQuality, Fact};
use crate::source::Source;
use crate::text::DateFormat;

const TABLE: &str = "identities";
/// More ids than this for one customer are suspicious: a shared mailbox, a device in a shop, an account for all guests.
pub(crate) const LARGE_CLUSTER: usize = 20;

/// Which columns of the caller's crosswalk play which role. Needed are the system, the id there, and the customer.
///
/// ```
/// use emptor_table::IdentityColumns;
/// let columns = IdentityColumns::new("system", "id", "customer").valid_from("from").valid_to("to").match_score("score");
/// ```
#[derive(Debug, Clone)]
pub struct IdentityColumns {
    system: String,
    id: String,
    customer: String,
    mapping: Mapping,
}

impl IdentityColumns {
    /// Names the column of the system (`source_system`), of the id there (`source_id`, text or integer, kept as text) and
    /// of the customer (`customer_id`).
    #[must_use]
    pub fn new(system: impl Into<String>, id: impl Into<String>, customer: impl Into<String>) -> Self {
        Self { system: system.into(), id: id.into(), customer: customer.into(), mapping: Mapping::default() }
    }

    /// How textual dates are written; ISO unless said otherwise.
    #[must_use]
    pub fn date_format(mut self, format: DateFormat) -> Self {
        self.mapping.set_date_format(format);
        self
    }

    /// The first day on which the id is the customer's (`valid_from`); null means since ever.
    #[must_use]
    pub fn valid_from(mut self, column: impl Into<String>) -> Self {
        self.mapping.add_day("valid_from", column);
        self
    }

    /// The last such day (`valid_to`), not before the first; null means that it still is.
    #[must_use]
    pub fn valid_to(mut self, column: impl Into<String>) -> Self {
        self.mapping.add_day("valid_to", column);
        self
    }

    /// By which rule the id was matched (`match_rule`).
    #[must_use]
    pub fn match_rule(mut self, column: impl Into<String>) -> Self {
        self.mapping.add("match_rule", column, Kind::Text);
        self
    }

    /// How sure the match is (`match_score`), from 0 to 1.
    #[must_use]
    pub fn match_score(mut self, column: impl Into<String>) -> Self {
        self.mapping.add("match_score", column, Kind::Number { min: Some(0.0) });
        self
    }

    fn rules(&self) -> Vec<Rule> {
        let rule = |column: &str, rule: &str, broken: Expr| Rule {
            column: column.to_owned(),
            rule: rule.to_owned(),
            broken: broken.fill_null(lit(false)),
        };
        let mut rules = Vec::new();
        if let (Some(_), Some(to)) = (self.mapping.column("valid_from"), self.mapping.column("valid_to")) {
            let before = canonical("valid_to").lt(canonical("valid_from"));
            rules.push(rule(to, "must not lie before the first day", before));
        }
        if let Some(score) = self.mapping.column("match_score") {
            rules.push(rule(score, "must be at most 1", canonical("match_score").gt(lit(1.0))));
        }
        rules
    }
}

/// A crosswalk that has passed its door: an id of a system is one customer's at a time.
///
/// Columns of [`rows`](Self::rows): `source_system`, `source_id` (text), `customer_id`, and every role that the mapping
/// names. [`Transactions::with_identities`](crate::Transactions::with_identities) applies it.
///
/// ```
/// use emptor_table::polars::df;
/// use emptor_table::{Identities, IdentityColumns};
///
/// let frame = df!("system" => ["web", "web", "till"], "id" => ["u1", "u2", "K7"], "customer" => ["C1", "C1", "C1"])?;
/// let columns = IdentityColumns::new("system", "id", "customer");
/// assert_eq!(Identities::scan(frame, &columns)?.quality().accepted, 3);
///
/// let twice = df!("system" => ["web", "web"], "id" => ["u1", "u1"], "customer" => ["C1", "C2"])?;
/// assert!(Identities::scan(twice, &columns).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Identities {
    frame: LazyFrame,
    rejects: Option<DataFrame>,
    quality: DataQuality,
    known: Option<Known>,
    roles: Vec<&'static str>,
}

impl Identities {
    /// Opens a source with default options.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan(source: impl Into<Source>, columns: &IdentityColumns) -> Result<Self, TableError> {
        Self::scan_with(source, columns, &ReadOptions::default())
    }

    /// Opens a source.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan_with(
        source: impl Into<Source>,
        columns: &IdentityColumns,
        options: &ReadOptions,
    ) -> Result<Self, TableError> {
        let named = &columns.mapping;
        let mut fields = vec![
            Field::required("source_system", &columns.system, Kind::Text),
            Field::required("source_id", &columns.id, Kind::Text),
            Field::required("customer_id", &columns.customer, Kind::Id),
        ];
        fields.extend(named.fields(&[]));
        let (from, to) = (named.names("valid_from"), named.names("valid_to"));
        let door = Door {
            fields,
            rules: columns.rules(),
            across: vec![AcrossRows::OneAtATime {
                key: vec!["source_system", "source_id"],
                of: "customer_id",
                from: from.then_some("valid_from"),
                to: to.then_some("valid_to"),
            }],
            ..Door::new(TABLE)
        };
        let Admitted { frame, rejects, quality, known } = door.admit(&source.into(), options)?;
        let mut table = Self { frame, rejects, quality, known, roles: named.roles().collect() };
        let links = table.links()?;
        let clusters = clusters(&links);
        let large = clusters.values().filter(|ids| ids.len() > LARGE_CLUSTER).map(BTreeSet::len);
        table.quality.facts.push(Fact {
            name: "ids of customers with more than 20",
            treatment: "linked as they are; is it a shared mailbox, a device, an account for all guests?",
            rows: large.sum(),
            amount: None,
        });
        Ok(table)
    }

    /// Whether the mapping names a role, e.g. `valid_to`.
    #[must_use]
    pub fn has(&self, role: &str) -> bool {
        self.roles.contains(&role)
    }

    /// Rows whose customer the table of customers does not know.
    ///
    /// # Errors
    /// If a table can no longer be read.
    pub fn orphans(&self, customers: &Customers) -> Result<DataFrame, TableError> {
        let id = || col("customer_id").cast(DataType::String);
        let args = JoinArgs::new(JoinType::Anti);
        collect(self.rows().join(customers.rows(), [id()], [id()], args)).map_err(failed)
    }

    /// Who is behind an id, stretch by stretch, in the order of system, id and time. Stretches of one customer that touch
    /// are one.
    pub(crate) fn links(&self) -> Result<Vec<Link>, TableError> {
        let day = |role: &str, open: i32| {
            if self.has(role) { col(role).to_physical().fill_null(lit(open)) } else { lit(open).alias(role) }
        };
        let frame = collect(self.rows().select([
            col("source_system"),
            col("source_id"),
            col("customer_id").cast(DataType::String),
            day("valid_from", i32::MIN),
            day("valid_to", i32::MAX),
        ]))
        .map_err(failed)?;
        read(&frame).map_err(failed)
    }
}

known_at!(IdentityColumns);
accessors!(Identities);

/// An id, the customer behind it, and the first and the last day on which that is so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Link {
    pub(crate) system: String,
    pub(crate) id: String,
    pub(crate) days: (i32, i32),
    pub(crate) customer: String,
}

fn read(frame: &DataFrame) -> PolarsResult<Vec<Link>> {
    let text = |name: &str| frame.column(name)?.str();
    let day = |name: &str| frame.column(name)?.as_materialized_series().i32().cloned();
    let (systems, ids, customers) = (text("source_system")?, text("source_id")?, text("customer_id")?);
    let (from, to) = (day("valid_from")?, day("valid_to")?);
    let mut links: Vec<Link> = (0..frame.height())
        .filter_map(|row| {
            Some(Link {
                system: systems.get(row)?.to_owned(),
                id: ids.get(row)?.to_owned(),
                days: (from.get(row)?, to.get(row)?),
                customer: customers.get(row)?.to_owned(),
            })
        })
        .collect();
    links.sort();
    links.dedup_by(|next, last| {
        let same = (&next.system, &next.id, &next.customer) == (&last.system, &last.id, &last.customer);
        let touch = same && next.days.0 <= last.days.1.saturating_add(1);
        if touch {
            last.days.1 = last.days.1.max(next.days.1);
        }
        touch
    });
    Ok(links)
}

/// The ids of every customer.
pub(crate) fn clusters(links: &[Link]) -> BTreeMap<&str, BTreeSet<(&str, &str)>> {
    let mut clusters: BTreeMap<&str, BTreeSet<(&str, &str)>> = BTreeMap::new();
    for link in links {
        clusters.entry(&link.customer).or_default().insert((&link.system, &link.id));
    }
    clusters
}

pub(crate) fn collect(frame: LazyFrame) -> PolarsResult<DataFrame> {
    Ok(frame.collect_with_engine(Engine::Streaming)?.unwrap_single())
}

pub(crate) fn failed(error: PolarsError) -> TableError {
    TableError::Query { table: TABLE, reason: error.to_string() }
}

#[cfg(test)]
mod tests;
