//! What can be wrong with a table.

use std::fmt;

use emptor_types::{Date, Invalid};
use thiserror::Error;

use crate::quality::Breach;

/// A mapped column that the source does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingColumn {
    /// What the column is for, e.g. `customer_id`.
    pub role: String,
    /// The name the mapping gives.
    pub column: String,
}

/// A mapped column whose type cannot serve its role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongType {
    /// The column in the source.
    pub column: String,
    /// What it is for.
    pub role: String,
    /// Its type.
    pub found: String,
    /// The types that serve.
    pub expected: String,
}

/// Why a table was refused. Every variant carries what is needed to mend the input.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum TableError {
    /// The column mapping itself is wrong.
    #[error("column mapping of {table}: {problem}")]
    Mapping {
        /// The table.
        table: &'static str,
        /// What is wrong.
        problem: Invalid,
    },
    /// The source cannot be read: no such file, truncated, not the format its name says, not UTF-8.
    #[error("cannot read {source_name}: {reason}")]
    Unreadable {
        /// The file, folder, glob or `data frame`.
        source_name: String,
        /// What the reader said.
        reason: String,
    },
    /// Mapped columns are not there.
    #[error("{table}: {}; the columns of {source_name} are {}", list_missing(.missing), .available.join(", "))]
    MissingColumns {
        /// The table.
        table: &'static str,
        /// The source.
        source_name: String,
        /// The columns that are missing.
        missing: Vec<MissingColumn>,
        /// The columns there are.
        available: Vec<String>,
    },
    /// Mapped columns have types that cannot serve.
    #[error("{table}: {}", list_types(.columns))]
    WrongTypes {
        /// The table.
        table: &'static str,
        /// The columns, with what was found and what is expected.
        columns: Vec<WrongType>,
    },
    /// A mapped column stands twice in the header, so that its name does not say which one is meant.
    #[error("{table}: column `{column}` stands more than once in the header of {source_name}")]
    DuplicateHeader {
        /// The table.
        table: &'static str,
        /// The source.
        source_name: String,
        /// The ambiguous name.
        column: String,
    },
    /// There is no row, or none is left after quarantine.
    #[error("{table}: {source_name} has no usable row ({rows} rows read, {quarantined} quarantined)")]
    Empty {
        /// The table.
        table: &'static str,
        /// The source.
        source_name: String,
        /// Rows read.
        rows: usize,
        /// Rows that broke a rule.
        quarantined: usize,
    },
    /// A column that must identify something is null in every row.
    #[error("{table}: column `{column}` ({role}) is null in all {rows} rows")]
    AllNull {
        /// The table.
        table: &'static str,
        /// The column.
        column: String,
        /// What it is for.
        role: String,
        /// Rows read.
        rows: usize,
    },
    /// Amounts in more than one currency would be added.
    #[error("{table}: column `{column}` names more than one currency ({}); convert to one reporting currency first", .found.join(", "))]
    MixedCurrencies {
        /// The table.
        table: &'static str,
        /// The currency column.
        column: String,
        /// Currencies found (up to ten).
        found: Vec<String>,
    },
    /// Days of a window are not in the calendar.
    #[error("{table}: {missing} days of the window are not there, the first is {first}")]
    Incomplete {
        /// The table.
        table: &'static str,
        /// How many.
        missing: usize,
        /// The first.
        first: Date,
    },
    /// Rows break rules and the policy is to reject.
    #[error(
        "{table}: {quarantined} of {rows} rows of {source_name} break a rule (policy `quarantine` sets them aside and goes on):{}",
        list_breaches(.breaches)
    )]
    Rejected {
        /// The table.
        table: &'static str,
        /// The source.
        source_name: String,
        /// Rows read.
        rows: usize,
        /// Rows that break at least one rule.
        quarantined: usize,
        /// Every broken rule.
        breaches: Vec<Breach>,
    },
    /// The data-frame engine failed in a query of ours.
    #[error("query on {table} failed: {reason}")]
    Query {
        /// The table.
        table: &'static str,
        /// What the engine said.
        reason: String,
    },
}

fn list_missing(missing: &[MissingColumn]) -> String {
    let names: Vec<String> =
        missing.iter().map(|m| format!("no column `{}` (mapped to {})", m.column, m.role)).collect();
    names.join(", ")
}

fn list_types(columns: &[WrongType]) -> String {
    let texts: Vec<String> = columns
        .iter()
        .map(|c| format!("column `{}` ({}) is {}, expected {}", c.column, c.role, c.found, c.expected))
        .collect();
    texts.join("; ")
}

fn list_breaches(breaches: &[Breach]) -> String {
    use fmt::Write as _;
    let mut text = String::new();
    for breach in breaches {
        let _ = write!(text, "\n  {breach}");
    }
    text
}
