//! Applying the crosswalk: from the ids of systems to customers.

use std::collections::BTreeMap;

use polars::prelude::{
    DataFrame, DataType, Expr, IntoLazy, JoinArgs, JoinType, LazyFrame, NULL, PolarsResult, coalesce, col, cols,
    concat_str, lit, when,
};

use crate::door::FactSpec;
use crate::error::{MissingColumn, TableError};
use crate::identities::{Identities, Link, clusters, failed};
use crate::known::{self, Count, Known};
use crate::line::LineKind;
use crate::pass::{Found, Reader, fact_name};
use crate::quality::Fact;
use crate::transactions::Transactions;

/// The customer that a row was linked to, while linking.
pub(crate) const LINKED: &str = "emptor:linked";
/// What the row is by its own id.
pub(crate) const OWN: &str = "emptor:own";
/// The system of the row.
pub(crate) const SYSTEM: &str = "emptor:system";

/// Whose row it is when the crosswalk does not know its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unlinked {
    /// A customer of its own, `system:id`: ids of different systems never meet. Guests of a shop that gives every order a
    /// new id then look like customers who never come back.
    #[default]
    OwnId,
    /// Nobody's: its money is unassigned.
    Anonymous,
}

/// How a table is linked to customers: which system its ids are of, and what becomes of ids that nobody knows.
///
/// ```
/// use emptor_table::{Linking, Unlinked};
///
/// // All ids are of one system, or a column says of which.
/// let shop = Linking::of_system("shop").unlinked(Unlinked::Anonymous);
/// let merged = Linking::by_column("channel").largest_cluster(20);
/// ```
#[derive(Debug, Clone)]
pub struct Linking {
    system: System,
    unlinked: Unlinked,
    largest_cluster: Option<usize>,
}

#[derive(Debug, Clone)]
enum System {
    Named(String),
    Column(String),
}

impl Linking {
    /// Every id of the table is one of this system.
    #[must_use]
    pub fn of_system(name: impl Into<String>) -> Self {
        Self { system: System::Named(name.into()), unlinked: Unlinked::default(), largest_cluster: None }
    }

    /// A column of the table says which system a row's id is of.
    #[must_use]
    pub fn by_column(column: impl Into<String>) -> Self {
        Self { system: System::Column(column.into()), unlinked: Unlinked::default(), largest_cluster: None }
    }

    /// What becomes of ids that the crosswalk does not know; they keep their own unless said otherwise.
    #[must_use]
    pub fn unlinked(mut self, unlinked: Unlinked) -> Self {
        self.unlinked = unlinked;
        self
    }

    /// Customers with more ids than this are not believed: their ids count as unknown. Nobody is too large unless said.
    #[must_use]
    pub fn largest_cluster(mut self, ids: usize) -> Self {
        self.largest_cluster = Some(ids);
        self
    }

    /// The column of systems must be there.
    pub(crate) fn check(&self, transactions: &Transactions) -> Result<(), TableError> {
        let System::Column(column) = &self.system else { return Ok(()) };
        let schema = transactions.lines().collect_schema().map_err(failed)?;
        if schema.contains(column) {
            return Ok(());
        }
        Err(TableError::MissingColumns {
            table: "transactions",
            source_name: "transactions".to_owned(),
            missing: vec![MissingColumn { role: "source_system".to_owned(), column: column.clone() }],
            available: schema.iter_names().map(ToString::to_string).collect(),
        })
    }

    fn system(&self) -> Expr {
        match &self.system {
            System::Named(name) => lit(name.as_str()),
            System::Column(column) => col(column.as_str()).cast(DataType::String).fill_null(lit("unknown")),
        }
    }
}

impl Identities {
    /// Replaces the ids of a table by customers: by system, id and, where the table has one, day. A row without an id
    /// stays without; rows stay as many as they are.
    ///
    /// Ids become text under [`Unlinked::OwnId`], and otherwise what the customers of the crosswalk are.
    ///
    /// ```
    /// use emptor_table::polars::df;
    /// use emptor_table::polars::prelude::IntoLazy;
    /// use emptor_table::{Identities, IdentityColumns, Linking};
    ///
    /// let frame = df!("system" => ["web", "till"], "id" => ["u1", "K7"], "customer" => ["C1", "C1"])?;
    /// let identities = Identities::scan(frame, &IdentityColumns::new("system", "id", "customer"))?;
    /// let visits = df!("who" => [Some("u1"), Some("u2"), None], "day" => ["2024-01-01"; 3])?.lazy();
    /// let rows = identities.link(visits, "who", None, &Linking::of_system("web"))?.collect()?;
    /// let who: Vec<Option<&str>> = rows.column("who")?.str()?.iter().collect();
    /// assert_eq!(who, [Some("C1"), Some("web:u2"), None]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the crosswalk can no longer be read.
    pub fn link(
        &self,
        frame: LazyFrame,
        id: &str,
        day: Option<&str>,
        linking: &Linking,
    ) -> Result<LazyFrame, TableError> {
        let integers = self.rows().collect_schema().map_err(failed)?.get("customer_id") == Some(&DataType::Int64);
        let linked = match linking.unlinked {
            Unlinked::OwnId => coalesce(&[col(LINKED), col(OWN)]),
            Unlinked::Anonymous if integers => col(LINKED).cast(DataType::Int64),
            Unlinked::Anonymous => col(LINKED),
        };
        let frame = self.side_by_side(frame, id, day, linking)?.with_column(linked.alias(id));
        Ok(frame.drop(cols([LINKED, OWN, SYSTEM])))
    }

    /// The table with what its rows are by their own ids, and whom they are linked to.
    pub(crate) fn side_by_side(
        &self,
        frame: LazyFrame,
        id: &str,
        day: Option<&str>,
        linking: &Linking,
    ) -> Result<LazyFrame, TableError> {
        let own_id = col(id).cast(DataType::String);
        let mut frame = frame.with_column(linking.system().alias(SYSTEM));
        frame = frame.with_column(concat_str([col(SYSTEM), own_id.clone()], ":", false).alias(OWN));
        let mut found = Vec::new();
        // A link at a time, so that a row never becomes two: ids are rarely passed on more than once.
        for (turn, links) in turns(self.links()?, day.is_some(), linking.largest_cluster).into_iter().enumerate() {
            let names = names(turn);
            let table = table(&links, &names).map_err(failed)?;
            let args = JoinArgs::new(JoinType::Left);
            let [system, id, from, to, customer] = names;
            frame = frame.join(table.lazy(), [col(SYSTEM), own_id.clone()], [col(system), col(id)], args);
            found.push(match day {
                Some(day) => {
                    let day = col(day).to_physical();
                    let holds = day.clone().gt_eq(col(from)).and(day.lt_eq(col(to)));
                    when(holds).then(col(customer)).otherwise(lit(NULL).cast(DataType::String))
                }
                None => col(customer),
            });
        }
        let linked = if found.is_empty() { lit(NULL).cast(DataType::String) } else { coalesce(&found) };
        let spare: Vec<String> = (0..found.len()).flat_map(names).collect();
        Ok(frame.with_column(linked.alias(LINKED)).drop(cols(spare)))
    }
}

/// The lines under their customers, and what is to be said of them.
pub(crate) struct Linked {
    pub(crate) frame: LazyFrame,
    pub(crate) facts: Vec<Fact>,
    pub(crate) known: Option<Known>,
}

/// Links all versions of the lines.
pub(crate) fn link_lines(
    transactions: &Transactions,
    identities: &Identities,
    linking: &Linking,
) -> Result<Linked, TableError> {
    linking.check(transactions)?;
    let (lines, known) = transactions.versions();
    let void = || col("kind").eq(lit(LineKind::Void.code()));
    let linked = identities.side_by_side(lines.clone(), "customer_id", Some("date"), linking)?;
    let has_customer = match linking.unlinked {
        Unlinked::OwnId => col(OWN).is_not_null(),
        Unlinked::Anonymous => col(LINKED).is_not_null(),
    };
    let facts = [
        ("lines with a customer", "", has_customer.clone().and(void().not())),
        ("lines without a customer", "", has_customer.not().and(void().not())),
        ("lines linked", "counted for the customer that the crosswalk names", col(LINKED).is_not_null()),
        ("lines not linked", linking.unlinked.treatment(), col(LINKED).is_null().and(col(OWN).is_not_null())),
    ];
    let reader = Reader { facts: facts.len(), amount: Some("amount".to_owned()), ..Reader::default() };
    let columns: Vec<Expr> =
        facts.iter().enumerate().map(|(i, (_, _, holds))| holds.clone().alias(fact_name(i))).collect();
    let specs: Vec<FactSpec> =
        facts.into_iter().map(|(name, treatment, holds)| FactSpec { name, treatment, holds }).collect();
    let known = known.map(|known| {
        let count = Count {
            facts: &specs,
            amount: Some(col("amount")),
            day: Some(col("date")),
            known_at: col(known::ROLE),
            has_versions: known.has_versions(),
        };
        Ok(known.with_facts_of(&Known::count(&linked, count)?))
    });
    let known = known.transpose().map_err(failed)?;
    let found = Found::of(linked.select([vec![col("amount")], columns].concat()), reader).map_err(failed)?;
    let facts = found.facts(&specs, true);
    if facts.first().is_none_or(|with_customer| with_customer.rows == 0) {
        return Err(TableError::AllNull {
            table: "transactions",
            column: "customer_id".to_owned(),
            role: "a customer of the crosswalk".to_owned(),
            rows: found.rows,
        });
    }
    let frame = identities.link(lines.clone(), "customer_id", Some("date"), linking)?;
    Ok(Linked { frame, facts, known })
}

impl Unlinked {
    fn treatment(self) -> &'static str {
        match self {
            Self::OwnId => "kept as customers of their own, by system and id",
            Self::Anonymous => "kept as unassigned money, no customer is made of them",
        }
    }
}

/// The links, so that within each turn an id has one. Without a day the last one counts.
fn turns(links: Vec<Link>, by_day: bool, largest: Option<usize>) -> Vec<Vec<Link>> {
    let too_large: Vec<String> = largest.map_or_else(Vec::new, |largest| {
        clusters(&links).into_iter().filter(|(_, ids)| ids.len() > largest).map(|(id, _)| id.to_owned()).collect()
    });
    let mut by_id: BTreeMap<(String, String), Vec<Link>> = BTreeMap::new();
    for link in links.into_iter().filter(|link| too_large.binary_search(&link.customer).is_err()) {
        by_id.entry((link.system.clone(), link.id.clone())).or_default().push(link);
    }
    let mut turns: Vec<Vec<Link>> = Vec::new();
    for mut links in by_id.into_values() {
        if !by_day {
            links.drain(..links.len().saturating_sub(1));
        }
        for (turn, link) in links.into_iter().enumerate() {
            if turns.len() == turn {
                turns.push(Vec::new());
            }
            turns[turn].push(link);
        }
    }
    turns
}

/// The columns of a turn while linking.
fn names(turn: usize) -> [String; 5] {
    ["system", "id", "from", "to", "customer"].map(|name| format!("emptor:{name}:{turn}"))
}

fn table(links: &[Link], [system, id, from, to, customer]: &[String; 5]) -> PolarsResult<DataFrame> {
    let text = |of: fn(&Link) -> &str| -> Vec<&str> { links.iter().map(of).collect() };
    polars::df!(
        system.as_str() => text(|link| &link.system),
        id.as_str() => text(|link| &link.id),
        from.as_str() => links.iter().map(|link| link.days.0).collect::<Vec<_>>(),
        to.as_str() => links.iter().map(|link| link.days.1).collect::<Vec<_>>(),
        customer.as_str() => text(|link| &link.customer),
    )
}
