//! What can be computed from the tables that are there, and which column would unlock the rest.

use std::collections::HashMap;
use std::fmt;

use emptor_table::Tables;

use super::analyses::ANALYSES;
use super::{Need, P, ProfileError, ResultTable};
use crate::columns::ColumnSpec;
use crate::table::{Of, flag, frame, specs, text};

/// Which part of the engine an analysis belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Area {
    /// What customers are worth, now and later.
    Value,
    /// Their grades.
    Grade,
    /// One of the seven Ps, or the life cycle.
    Profile(P),
    /// Whether the tables can be trusted.
    Tables,
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value => f.write_str("Value"),
            Self::Grade => f.write_str("Grade"),
            Self::Profile(p) => p.fmt(f),
            Self::Tables => f.write_str("Tables"),
        }
    }
}

/// What an analysis asks of the tables: everything in `all`, and of `any` one alternative, if there are some.
#[derive(Debug, Clone, Copy)]
pub(super) struct Analysis {
    pub(super) area: Area,
    /// The table of results, or the columns of it, e.g. `perf_cube.cm1`.
    pub(super) name: &'static str,
    pub(super) answers: &'static str,
    pub(super) all: &'static [Need],
    pub(super) any: &'static [&'static [Need]],
}

/// Whether an analysis can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capability {
    /// The part of the engine.
    pub area: Area,
    /// The table of results, or the columns of it after a dot.
    pub analysis: &'static str,
    /// The question that it answers.
    pub answers: &'static str,
    /// Whether the tables that are there suffice.
    pub available: bool,
    /// What would have to be added; where there is a choice, the smallest addition. Empty if it is available.
    pub unlocked_by: Vec<Need>,
}

/// Which analyses the tables allow, and what unlocks each of the others: one row per analysis, in the order of the engine
/// (value, grade, the seven Ps, life cycle, tables).
///
/// A column is there if the table's mapping names it; whether it is filled is the business of coverage. Scores that the
/// engine makes itself (grades, lifetime values) count as there: they need transactions only.
///
/// ```
/// use emptor_core::profile::{Need, capabilities};
/// use emptor_table::polars::df;
/// use emptor_table::{Tables, TransactionColumns, Transactions};
///
/// let frame = df!("id" => [1_i64], "day" => ["2024-01-01"], "net" => [5.0])?;
/// let tables = Tables::new(Transactions::from_frame(frame, &TransactionColumns::new("id", "day").amount("net"))?);
/// let rows = capabilities(&tables)?;
/// let wallet = rows.iter().find(|row| row.analysis == "share_of_wallet").ok_or("no such row")?;
/// assert!(!wallet.available && wallet.unlocked_by == [Need::table("wallets")]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If a table can no longer be read.
pub fn capabilities(tables: &Tables) -> Result<Vec<Capability>, ProfileError> {
    let mut columns: HashMap<&'static str, Option<Vec<String>>> = HashMap::new();
    for need in ANALYSES.iter().flat_map(Analysis::needs) {
        if !columns.contains_key(need.table) {
            columns.insert(need.table, tables.columns(need.table)?);
        }
    }
    let has = |need: &Need| {
        let there = columns.get(need.table).and_then(Option::as_ref);
        there.is_some_and(|names| need.column.is_none_or(|column| names.iter().any(|name| name == column)))
    };
    Ok(ANALYSES.iter().map(|analysis| analysis.judge(has)).collect())
}

impl Analysis {
    pub(super) fn needs(&self) -> impl Iterator<Item = &Need> {
        self.all.iter().chain(self.any.iter().copied().flatten())
    }

    pub(super) fn judge(&self, has: impl Fn(&Need) -> bool) -> Capability {
        let missing = |needs: &[Need]| needs.iter().filter(|need| !has(need)).cloned().collect::<Vec<_>>();
        let mut unlocked_by = missing(self.all);
        // The first of equally small alternatives.
        let alternative = self.any.iter().map(|needs| missing(needs)).min_by_key(Vec::len).unwrap_or_default();
        unlocked_by.extend(alternative);
        Capability {
            area: self.area,
            analysis: self.name,
            answers: self.answers,
            available: unlocked_by.is_empty(),
            unlocked_by,
        }
    }
}

const COLUMNS: &[Of<[Capability]>] = &[
    text("area", "", "the part of the engine", |of, row| Some(of[row].area.to_string())),
    text("analysis", "", "the table of results, or columns of it", |of, row| Some(of[row].analysis.to_owned())),
    text("answers", "", "the question that it answers", |of, row| Some(of[row].answers.to_owned())),
    flag("available", "", "whether the tables that are there suffice", |of, row| of[row].available),
    text("unlocked_by", "", "tables and columns that would have to be added; null if none", |of, row| {
        let needs: Vec<String> = of[row].unlocked_by.iter().map(ToString::to_string).collect();
        (!needs.is_empty()).then(|| needs.join(", "))
    }),
];
const SPECS: [ColumnSpec; COLUMNS.len()] = specs(COLUMNS);

/// [`capabilities`] as a table.
///
/// # Errors
/// If a table can no longer be read.
pub fn capability_table(tables: &Tables) -> Result<ResultTable, ProfileError> {
    let rows = capabilities(tables)?;
    let about = "one row per analysis: whether the tables allow it, and what would";
    Ok(ResultTable::new("capabilities", about, frame(COLUMNS, rows.as_slice(), rows.len())?, SPECS)?)
}

#[cfg(test)]
mod tests;
