//! What the crosswalk does to a table: how much of it finds a customer, what is merged, and which figures move.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{
    Column, DataFrame, DataType, Expr, IntoColumn, LazyFrame, NamedFrom, PolarsResult, Series, col, concat_str, len,
    lit,
};

use crate::error::TableError;
use crate::identities::{Identities, Link, clusters, collect, failed};
use crate::line::LineKind;
use crate::linking::{LINKED, Linking, OWN, SYSTEM};
use crate::transactions::Transactions;

/// All systems together.
const ALL: &str = "__all__";
const ORDER: &str = "emptor:order";

/// Two ids of which somebody has looked up whether they are the same customer's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledPair {
    /// System and id.
    pub left: (String, String),
    /// System and id.
    pub right: (String, String),
    /// Whether they are.
    pub same: bool,
}

/// What the crosswalk did to the ids of one system, or of all.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct IdentitySystem {
    /// The system; `__all__` for all of them together.
    pub source_system: String,
    /// Different ids in the table.
    pub records: usize,
    /// Of these, ids that led to a customer in at least one row.
    pub linked: usize,
    /// Ids that never did.
    pub unlinked: usize,
    /// Ids less customers among the linked: how many customers too many there would be without the crosswalk. An id that
    /// was passed on counts once for each customer.
    pub duplicates_removed: usize,
    /// The most ids that the crosswalk gives one customer.
    pub max_cluster: usize,
    /// Of the labelled pairs of ids that the crosswalk merges, those that are the same: (right, merged).
    pub merged_rightly: (usize, usize),
    /// Of the labelled pairs that are the same, those that the crosswalk merges: (merged, same).
    pub same_merged: (usize, usize),
    /// Customers with a purchase: by their own ids, and linked.
    pub customers: (usize, usize),
    /// Of these, customers with two purchases or more.
    pub repeaters: (usize, usize),
}

impl IdentitySystem {
    fn share((part, whole): (usize, usize)) -> Option<f64> {
        (whole > 0).then(|| part as f64 / whole as f64)
    }

    /// Share of the ids that led to a customer.
    #[must_use]
    pub fn match_rate(&self) -> Option<f64> {
        Self::share((self.linked, self.records))
    }

    /// Of the labelled pairs that the crosswalk merges, the share that is the same customer.
    #[must_use]
    pub fn precision(&self) -> Option<f64> {
        Self::share(self.merged_rightly)
    }

    /// Of the labelled pairs that are the same customer, the share that the crosswalk merges.
    #[must_use]
    pub fn recall(&self) -> Option<f64> {
        Self::share(self.same_merged)
    }

    /// The harmonic mean of precision and recall.
    #[must_use]
    pub fn f1(&self) -> Option<f64> {
        // 2PR / (P + R) with P = right/merged and R = right/same.
        Self::share((2 * self.merged_rightly.0, self.merged_rightly.1 + self.same_merged.1))
    }

    /// Customers with two purchases or more among those with one: by their own ids, and linked.
    #[must_use]
    pub fn repeat_rate(&self) -> (Option<f64>, Option<f64>) {
        let of = |customers, repeaters| Self::share((repeaters, customers));
        (of(self.customers.0, self.repeaters.0), of(self.customers.1, self.repeaters.1))
    }

    fn kpi_changes(&self) -> String {
        let number = |share: Option<f64>| share.map_or_else(|| "null".to_owned(), |share| share.to_string());
        let (before, after) = self.repeat_rate();
        format!(
            "{{\"customers\":{{\"before\":{},\"after\":{}}},\"repeat_rate\":{{\"before\":{},\"after\":{}}}}}",
            self.customers.0,
            self.customers.1,
            number(before),
            number(after)
        )
    }
}

/// What the crosswalk did to a table: by system, in the order of their names, and for all together, which comes last.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct IdentityReport {
    /// The systems.
    pub systems: Vec<IdentitySystem>,
}

impl IdentityReport {
    /// The report as a table: `source_system, records, linked, unlinked, duplicates_removed, match_rate, max_cluster,
    /// precision, recall, f1, kpi_changes` (JSON, each figure before and after), and the same figures as columns.
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn to_frame(&self) -> PolarsResult<DataFrame> {
        let count = |name: &str, of: fn(&IdentitySystem) -> usize| -> Column {
            Series::new(name.into(), self.systems.iter().map(|row| of(row) as i64).collect::<Vec<_>>()).into_column()
        };
        let share = |name: &str, of: fn(&IdentitySystem) -> Option<f64>| -> Column {
            Series::new(name.into(), self.systems.iter().map(of).collect::<Vec<_>>()).into_column()
        };
        let text = |name: &str, of: fn(&IdentitySystem) -> String| -> Column {
            Series::new(name.into(), self.systems.iter().map(of).collect::<Vec<_>>()).into_column()
        };
        DataFrame::new(
            self.systems.len(),
            vec![
                text("source_system", |row| row.source_system.clone()),
                count("records", |row| row.records),
                count("linked", |row| row.linked),
                count("unlinked", |row| row.unlinked),
                count("duplicates_removed", |row| row.duplicates_removed),
                share("match_rate", IdentitySystem::match_rate),
                count("max_cluster", |row| row.max_cluster),
                share("precision", IdentitySystem::precision),
                share("recall", IdentitySystem::recall),
                share("f1", IdentitySystem::f1),
                text("kpi_changes", IdentitySystem::kpi_changes),
                count("customers_before", |row| row.customers.0),
                count("customers_after", |row| row.customers.1),
                share("repeat_rate_before", |row| row.repeat_rate().0),
                share("repeat_rate_after", |row| row.repeat_rate().1),
            ],
        )
    }
}

impl Identities {
    /// What linking the transactions to customers does: how many ids find one, how many are merged, and how the number of
    /// customers and their repeat rate change. With labelled pairs also how often that is right (pairwise precision,
    /// recall and F1, over the pairs with an id of the system; Menestrina, Whang & Garcia-Molina 2010, section 3). Lines
    /// that never took effect, and lines without an id, are left out. Unknown ids count as customers of their own,
    /// whatever the linking makes of them.
    ///
    /// ```
    /// use emptor_table::polars::df;
    /// use emptor_table::{Identities, IdentityColumns, Linking, TransactionColumns, Transactions};
    ///
    /// // A guest order and an account that are the same customer's: one customer who came back.
    /// let frame = df!("id" => ["g1", "u1", "g2"], "day" => ["2024-01-01", "2024-05-01", "2024-02-01"], "net" => [5.0; 3])?;
    /// let shop = Transactions::from_frame(frame, &TransactionColumns::new("id", "day").amount("net"))?;
    /// let crosswalk = df!("system" => ["web"; 2], "id" => ["g1", "u1"], "customer" => ["C1"; 2])?;
    /// let identities = Identities::scan(crosswalk, &IdentityColumns::new("system", "id", "customer"))?;
    /// let report = identities.report(&shop, &Linking::of_system("web"), &[])?;
    /// assert_eq!(report.systems[0].customers, (3, 2));
    /// assert_eq!(report.systems[0].repeat_rate(), (Some(0.0), Some(0.5)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the column of systems is not there, or a table can no longer be read.
    pub fn report(
        &self,
        transactions: &Transactions,
        linking: &Linking,
        pairs: &[LabelledPair],
    ) -> Result<IdentityReport, TableError> {
        linking.check(transactions)?;
        let lines = transactions.lines();
        let lines = lines.filter(col("customer_id").is_not_null().and(col("kind").neq(lit(LineKind::Void.code()))));
        let lines = self.side_by_side(lines, "customer_id", Some("date"), linking)?;
        let order = if transactions.has("order_id") { "order_id" } else { "date" };
        let mut systems = counts(&lines).map_err(failed)?;
        for linked in [false, true] {
            repeats(&mut systems, &lines, linked, order).map_err(failed)?;
        }
        let links = self.links()?;
        let clusters = clusters(&links);
        let behind = customers_by_id(&links);
        for (name, system) in &mut systems {
            let of = |id: &(&str, &str)| name == ALL || id.0 == name.as_str();
            system.source_system.clone_from(name);
            system.max_cluster =
                clusters.values().map(|ids| ids.iter().filter(|id| of(id)).count()).max().unwrap_or_default();
            for pair in pairs {
                let sides = [&pair.left, &pair.right].map(|(system, id)| (system.as_str(), id.as_str()));
                if sides.iter().any(of) {
                    let [left, right] = sides.map(|side| behind.get(&side));
                    let merged = left.zip(right).is_some_and(|(left, right)| !left.is_disjoint(right));
                    system.merged_rightly.0 += usize::from(merged && pair.same);
                    system.merged_rightly.1 += usize::from(merged);
                    system.same_merged.0 += usize::from(merged && pair.same);
                    system.same_merged.1 += usize::from(pair.same);
                }
            }
        }
        let all = systems.remove(ALL);
        Ok(IdentityReport { systems: systems.into_values().chain(all).collect() })
    }
}

type Systems = BTreeMap<String, IdentitySystem>;

fn customers_by_id(links: &[Link]) -> BTreeMap<(&str, &str), BTreeSet<&str>> {
    let mut behind: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for link in links {
        behind.entry((&link.system, &link.id)).or_default().insert(&link.customer);
    }
    behind
}

/// Ids by system: how many there are, and how many of them lead to how many customers.
fn counts(lines: &LazyFrame) -> PolarsResult<Systems> {
    let keys = [col(SYSTEM), col(OWN), col(LINKED)];
    let rows = collect(lines.clone().select(keys.clone()).group_by(keys).agg([len().alias("n")]))?;
    let text = |name: &str| rows.column(name)?.cast(&DataType::String)?.str().cloned();
    let (systems, own, linked) = (text(SYSTEM)?, text(OWN)?, text(LINKED)?);
    let mut ids: BTreeMap<&str, BTreeMap<&str, bool>> = BTreeMap::new();
    let mut merged: BTreeMap<&str, (usize, BTreeSet<&str>)> = BTreeMap::new();
    for row in 0..rows.height() {
        let (Some(system), Some(own)) = (systems.get(row), own.get(row)) else { continue };
        for system in [system, ALL] {
            *ids.entry(system).or_default().entry(own).or_default() |= linked.get(row).is_some();
            if let Some(customer) = linked.get(row) {
                let (pairs, customers) = merged.entry(system).or_default();
                *pairs += 1;
                customers.insert(customer);
            }
        }
    }
    let system = |(name, ids): (&str, BTreeMap<&str, bool>)| {
        let found = ids.values().filter(|linked| **linked).count();
        let system = IdentitySystem {
            records: ids.len(),
            linked: found,
            unlinked: ids.len() - found,
            duplicates_removed: merged.get(name).map_or(0, |(pairs, customers)| pairs - customers.len()),
            ..IdentitySystem::default()
        };
        (name.to_owned(), system)
    };
    Ok(ids.into_iter().map(system).collect())
}

/// Customers with a purchase and with two, by system, by own id or linked.
fn repeats(systems: &mut Systems, lines: &LazyFrame, linked: bool, order: &str) -> PolarsResult<()> {
    const WHO: &str = "emptor:who";
    let who: Expr = if linked { polars::prelude::coalesce(&[col(LINKED), col(OWN)]) } else { col(OWN) };
    // An order number may stand for two customers of different systems.
    let sales = lines.clone().filter(col("kind").eq(lit(LineKind::Sale.code()))).select([
        col(SYSTEM),
        who.alias(WHO),
        concat_str([col(SYSTEM), col(order).cast(DataType::String)], "\u{1f}", true).alias(ORDER),
    ]);
    for by_system in [true, false] {
        let key = if by_system { col(SYSTEM) } else { lit(ALL).alias(SYSTEM) };
        let orders = sales
            .clone()
            .with_column(key)
            .group_by([col(SYSTEM), col(WHO), col(ORDER)])
            .agg([len().alias("lines")])
            .group_by([col(SYSTEM), col(WHO)])
            .agg([len().alias("orders")])
            .group_by([col(SYSTEM)])
            .agg([
                len().cast(DataType::Int64).alias("customers"),
                col("orders").gt(lit(1)).sum().cast(DataType::Int64),
            ]);
        let rows = collect(orders)?;
        let number = |name: &str, row| rows.column(name)?.i64().map(|n| n.get(row).unwrap_or_default() as usize);
        for (row, system) in rows.column(SYSTEM)?.cast(&DataType::String)?.str()?.iter().enumerate() {
            let Some(system) = system.and_then(|name| systems.get_mut(name)) else { continue };
            let (customers, repeaters) = (number("customers", row)?, number("orders", row)?);
            if linked {
                (system.customers.1, system.repeaters.1) = (customers, repeaters);
            } else {
                (system.customers.0, system.repeaters.0) = (customers, repeaters);
            }
        }
    }
    Ok(())
}
