//! What a P gives back.

use std::fmt;

use polars::prelude::{DataFrame, PolarsError, PolarsResult};

use crate::columns::ColumnSpec;

/// One of the seven Ps, or the life cycle that stands beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum P {
    /// Who customers are.
    Profiling,
    /// How loyal they are.
    Persistency,
    /// What they earn us.
    Profitability,
    /// What was sold.
    Performance,
    /// Who comes next.
    Prospecting,
    /// What goes with what.
    Product,
    /// What campaigns brought.
    Promotion,
    /// In which stage relationships are.
    LifeCycle,
}

impl P {
    /// The seven, in their usual order, and the life cycle.
    pub const ALL: [Self; 8] = [
        Self::Profiling,
        Self::Persistency,
        Self::Profitability,
        Self::Performance,
        Self::Prospecting,
        Self::Product,
        Self::Promotion,
        Self::LifeCycle,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Profiling => "Profiling",
            Self::Persistency => "Persistency",
            Self::Profitability => "Profitability",
            Self::Performance => "Performance",
            Self::Prospecting => "Prospecting",
            Self::Product => "Product",
            Self::Promotion => "Promotion",
            Self::LifeCycle => "Life cycle",
        }
    }
}

impl fmt::Display for P {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The part of its base that a result knows about.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Coverage {
    /// Rows, customers or products that it knows, and their number in all.
    pub count: (usize, usize),
    /// Net revenue that it knows, and all of it.
    pub revenue: (f64, f64),
}

impl Coverage {
    /// Coverage by count and by revenue, each the known part and the whole.
    #[must_use]
    pub fn new(count: (usize, usize), revenue: (f64, f64)) -> Self {
        Self { count, revenue }
    }

    /// Share of the revenue; of the count where there is no revenue; `None` of nothing.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        let part = |known: f64, all: f64| (all > 0.0).then(|| known / all);
        part(self.revenue.0, self.revenue.1).or_else(|| part(self.count.0 as f64, self.count.1 as f64))
    }
}

/// One table of results.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ResultTable {
    /// Its name, e.g. `cohort_cell`.
    pub name: &'static str,
    /// What it says, in one sentence: one row per what, and over what.
    pub about: &'static str,
    /// The rows.
    pub frame: DataFrame,
    /// What its columns mean, in their order.
    pub columns: Vec<ColumnSpec>,
    /// What part of its base it knows about, where that is less than certain.
    pub coverage: Option<Coverage>,
    /// What a reader must know of the whole table, e.g. `low_support: 12 customers`.
    pub flags: Vec<String>,
}

impl ResultTable {
    /// A table whose columns are all documented, in their order.
    ///
    /// # Errors
    /// If columns and their meanings differ.
    pub fn new(
        name: &'static str,
        about: &'static str,
        frame: DataFrame,
        columns: impl Into<Vec<ColumnSpec>>,
    ) -> PolarsResult<Self> {
        let columns = columns.into();
        let found: Vec<&str> = frame.get_column_names().into_iter().map(|name| name.as_str()).collect();
        let told: Vec<&str> = columns.iter().map(|column| column.name).collect();
        if found != told {
            let message = format!("table {name} has the columns {found:?}, but these are documented: {told:?}");
            return Err(PolarsError::SchemaMismatch(message.into()));
        }
        Ok(Self { name, about, frame, columns, coverage: None, flags: Vec::new() })
    }

    /// Says what part of its base it knows about.
    #[must_use]
    pub fn with_coverage(mut self, coverage: Coverage) -> Self {
        self.coverage = Some(coverage);
        self
    }

    /// Adds a flag.
    #[must_use]
    pub fn with_flag(mut self, flag: impl Into<String>) -> Self {
        self.flags.push(flag.into());
        self
    }

    /// The flags as people read them: `few cases: 12 customers` for `low_support: 12 customers`.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let is_code = |head: &str| head.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
        let note = |flag: &String| match flag.split_once(": ") {
            Some(("low_support", rest)) => format!("few cases: {rest}"),
            Some((head, rest)) if is_code(head) => format!("{}: {rest}", head.replace('_', " ")),
            _ => flag.clone(),
        };
        self.flags.iter().map(note).collect()
    }
}

/// A sentence that matters, with its number and its unit in it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// The sentence, as one would say it to the head of marketing.
    pub headline: String,
    /// How much it matters, from 0 to 1: findings are shown by it, the greatest first.
    pub weight: f64,
    /// The table where the reader can check it.
    pub table: &'static str,
    /// What the reader must not conclude from it.
    pub caveat: Option<String>,
}

impl Finding {
    /// A finding without caveat.
    #[must_use]
    pub fn new(table: &'static str, weight: f64, headline: impl Into<String>) -> Self {
        Self { headline: headline.into(), weight, table, caveat: None }
    }

    /// Says what must not be concluded.
    #[must_use]
    pub fn with_caveat(mut self, caveat: impl Into<String>) -> Self {
        self.caveat = Some(caveat.into());
        self
    }

    /// Weighs at most [`FAINT`] where it rests on few cases, on a base that is not known from its beginning, or on a method
    /// that a naive rule beats.
    #[must_use]
    pub(crate) fn faint_if(mut self, is_faint: bool) -> Self {
        if is_faint {
            self.weight = self.weight.min(FAINT);
        }
        self
    }
}

/// The most that a finding weighs which may be chance.
const FAINT: f64 = 0.3;

/// A table, or a column of one, that is not there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Need {
    /// The table, e.g. `products`.
    pub table: &'static str,
    /// The column; `None` if the whole table is missing.
    pub column: Option<&'static str>,
}

impl Need {
    /// A table that is missing.
    #[must_use]
    pub const fn table(table: &'static str) -> Self {
        Self { table, column: None }
    }

    /// A column that is missing.
    #[must_use]
    pub const fn column(table: &'static str, column: &'static str) -> Self {
        Self { table, column: Some(column) }
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column {
            Some(column) => write!(f, "{}.{column}", self.table),
            None => f.write_str(self.table),
        }
    }
}

/// A result that is not there, and what would fill it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gap {
    /// The table of results that is missing, or the analysis in words.
    pub analysis: &'static str,
    /// What is needed for it; empty if more data of the same kind would do.
    pub needs: Vec<Need>,
    /// Why, in one sentence that ends with a full stop.
    pub reason: String,
}

impl Gap {
    /// A gap; the reason gets its full stop where it has none.
    #[must_use]
    pub fn new(analysis: &'static str, needs: impl Into<Vec<Need>>, reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        if !reason.ends_with('.') {
            reason.push('.');
        }
        Self { analysis, needs: needs.into(), reason }
    }
}

/// One P: its tables, the findings that matter, and the gaps.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Section {
    /// Which.
    pub p: P,
    /// The tables, the first being the one to look at first.
    pub tables: Vec<ResultTable>,
    /// The findings.
    pub findings: Vec<Finding>,
    /// What could not be computed.
    pub gaps: Vec<Gap>,
}

impl Section {
    /// An empty section.
    #[must_use]
    pub fn new(p: P) -> Self {
        Self { p, tables: Vec::new(), findings: Vec::new(), gaps: Vec::new() }
    }

    /// The table of a name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&ResultTable> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The findings, the weightiest first; equal weights keep their order.
    #[must_use]
    pub fn top_findings(&self, most: usize) -> Vec<&Finding> {
        let mut findings: Vec<&Finding> = self.findings.iter().collect();
        findings.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        findings.truncate(most);
        findings
    }
}
