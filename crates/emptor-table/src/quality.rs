//! What was found in a table: broken rules, and facts that are data and not errors.

use std::fmt;

use emptor_types::Date;
use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, PolarsResult, Series};

/// One broken rule.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Breach {
    /// The column in the source.
    pub column: String,
    /// The condition that must hold.
    pub rule: String,
    /// Rows that break it.
    pub count: usize,
    /// Their amounts added up as far as they can be read, where the table has amounts.
    pub amount: Option<f64>,
    /// Up to three of them, as text: `row 17 {customer_id: 5, amount: abc}`; rows count from 1, without the header.
    pub samples: Vec<String>,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = if self.count == 1 { "row" } else { "rows" };
        write!(f, "column `{}` {}: {} {rows}, e.g. {}", self.column, self.rule, self.count, self.samples.join("; "))
    }
}

/// Something counted because it has a treatment of its own: returns, lines without a customer, free lines.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Fact {
    /// A short name, e.g. `returns`.
    pub name: &'static str,
    /// What is done with such rows.
    pub treatment: &'static str,
    /// Accepted rows it is true of.
    pub rows: usize,
    /// Their amounts added up, where the table has amounts.
    pub amount: Option<f64>,
}

/// The data-quality report of one table.
///
/// Rows reconcile: `rows = accepted + quarantined`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DataQuality {
    /// The table, e.g. `transactions`.
    pub table: &'static str,
    /// Where it came from.
    pub source: String,
    /// Rows read.
    pub rows: usize,
    /// Rows that passed every rule.
    pub accepted: usize,
    /// Rows set aside.
    pub quarantined: usize,
    /// Their amounts added up as far as they can be read, where the table has amounts: the money that the accepted rows
    /// lack.
    pub quarantined_amount: Option<f64>,
    /// Broken rules; a row may break more than one.
    pub breaches: Vec<Breach>,
    /// Notable facts about accepted rows; they may overlap.
    pub facts: Vec<Fact>,
    /// First and last day of the accepted rows, for tables with a date.
    pub days: Option<(Date, Date)>,
}

impl DataQuality {
    /// The fact of that name.
    #[must_use]
    pub fn fact(&self, name: &str) -> Option<&Fact> {
        self.facts.iter().find(|fact| fact.name == name)
    }

    /// The report as a table: `table, kind (rule or fact), name, rows, amount, detail`.
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn to_frame(&self) -> PolarsResult<DataFrame> {
        let n = self.breaches.len() + self.facts.len();
        let tables = vec![self.table; n];
        let mut kinds = vec!["rule"; self.breaches.len()];
        kinds.resize(n, "fact");
        let names: Vec<String> = self
            .breaches
            .iter()
            .map(|b| format!("{} {}", b.column, b.rule))
            .chain(self.facts.iter().map(|f| f.name.to_owned()))
            .collect();
        let rows: Vec<u64> =
            self.breaches.iter().map(|b| b.count).chain(self.facts.iter().map(|f| f.rows)).map(|n| n as u64).collect();
        let amounts: Vec<Option<f64>> =
            self.breaches.iter().map(|b| b.amount).chain(self.facts.iter().map(|f| f.amount)).collect();
        let details: Vec<String> = self
            .breaches
            .iter()
            .map(|b| b.samples.join("; "))
            .chain(self.facts.iter().map(|f| f.treatment.to_owned()))
            .collect();
        let columns: Vec<Column> = vec![
            Series::new("table".into(), tables).into_column(),
            Series::new("kind".into(), kinds).into_column(),
            Series::new("name".into(), names).into_column(),
            Series::new("rows".into(), rows).into_column(),
            Series::new("amount".into(), amounts).into_column(),
            Series::new("detail".into(), details).into_column(),
        ];
        DataFrame::new(n, columns)
    }
}

impl fmt::Display for DataQuality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} from {}: {} rows, {} accepted", self.table, self.source, self.rows, self.accepted)?;
        if self.quarantined > 0 {
            write!(f, ", {} quarantined", self.quarantined)?;
            if let Some(amount) = self.quarantined_amount {
                write!(f, " (amount {amount:.2})")?;
            }
        }
        if let Some((first, last)) = self.days {
            write!(f, ", {first} to {last}")?;
        }
        for breach in &self.breaches {
            write!(f, "\n  broken rule: {breach}")?;
        }
        for fact in &self.facts {
            write!(f, "\n  {}: {} rows", fact.name, fact.rows)?;
            if let Some(amount) = fact.amount {
                write!(f, ", amount {amount:.2}")?;
            }
            write!(f, " ({})", fact.treatment)?;
        }
        Ok(())
    }
}
