//! A check as text and as tables.

use std::fmt;

use polars::prelude::{DataFrame, PolarsResult, df};

use super::Check;
use crate::guess::Severity;

impl Check {
    /// The check as tables, by name: `columns` (one row per column), `roles` and `findings`.
    ///
    /// # Errors
    /// If the columns cannot be joined to frames, which would be a defect of the engine.
    pub fn tables(&self) -> PolarsResult<Vec<(&'static str, DataFrame)>> {
        let role = |name: &str| self.guess.roles.iter().find(|guess| guess.column == name);
        let number = |n: usize| n as u64;
        let columns = df!(
            "column" => self.columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(),
            "type" => self.columns.iter().map(|c| c.dtype.as_str()).collect::<Vec<_>>(),
            "role" => self.columns.iter().map(|c| role(&c.name).map(|guess| guess.role.name())).collect::<Vec<_>>(),
            "values" => self.columns.iter().map(|c| number(c.values)).collect::<Vec<_>>(),
            "nulls" => self.columns.iter().map(|c| number(c.nulls + c.absent_words)).collect::<Vec<_>>(),
            "distinct" => self.columns.iter().map(|c| number(c.distinct)).collect::<Vec<_>>(),
            "examples" => self.columns.iter().map(|c| c.examples.join(", ")).collect::<Vec<_>>(),
        )?;
        let roles = &self.guess.roles;
        let others =
            |i: usize| roles[i].others.iter().map(|other| other.column.as_str()).collect::<Vec<_>>().join(", ");
        let roles = df!(
            "role" => roles.iter().map(|guess| guess.role.name()).collect::<Vec<_>>(),
            "column" => roles.iter().map(|guess| guess.column.as_str()).collect::<Vec<_>>(),
            "sure" => roles.iter().map(|guess| guess.confidence.to_string()).collect::<Vec<_>>(),
            "why" => roles.iter().map(|guess| guess.why.as_str()).collect::<Vec<_>>(),
            "others" => (0..roles.len()).map(others).collect::<Vec<_>>(),
        )?;
        let findings = df!(
            "severity" => self.findings.iter().map(|f| f.severity.to_string()).collect::<Vec<_>>(),
            "column" => self.findings.iter().map(|f| f.column.as_deref()).collect::<Vec<_>>(),
            "rows" => self.findings.iter().map(|f| f.rows.map(number)).collect::<Vec<_>>(),
            "finding" => self.findings.iter().map(|f| f.text.as_str()).collect::<Vec<_>>(),
            "samples" => self.findings.iter().map(|f| f.samples.join("; ")).collect::<Vec<_>>(),
            "mend" => self.findings.iter().map(|f| f.mend.as_deref()).collect::<Vec<_>>(),
        )?;
        Ok(vec![("columns", columns), ("roles", roles), ("findings", findings)])
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let opened = &self.opened;
        write!(f, "{}: {}", opened.source, opened.format)?;
        if let Some(encoding) = &opened.encoding {
            write!(f, ", {}", encoding.name)?;
        }
        if let Some(separator) = opened.separator {
            let name = match separator {
                '\t' => "tabs".to_owned(),
                ' ' => "blanks".to_owned(),
                sign => format!("'{sign}'"),
            };
            write!(f, ", parted by {name}")?;
        }
        writeln!(f, ", {}, {}", many(self.rows, "row"), many(self.columns.len(), "column"))?;
        writeln!(f, "It looks like {}: {}.", self.guess.kind, self.guess.why)?;
        for role in &self.guess.roles {
            writeln!(f, "  {role}")?;
        }
        if let Some(dates) = &self.guess.dates {
            writeln!(f, "  dates are written {} ({}: {})", dates.format, dates.confidence, dates.why)?;
        }
        if let Some((first, last)) = self.days {
            writeln!(f, "  from {first} to {last}")?;
        }
        if let Some(currency) = &self.currency {
            writeln!(f, "  in {currency}")?;
        }
        for column in self.columns.iter().filter(|column| column.nulls > 0) {
            let share = 100.0 * column.nulls as f64 / self.rows.max(1) as f64;
            writeln!(f, "  {} is empty in {} ({share:.1} %)", column.name, many(column.nulls, "row"))?;
        }
        if let Some(quality) = &self.quality {
            writeln!(f, "{} of {} rows can be used.", quality.accepted, quality.rows)?;
            for fact in &quality.facts {
                write!(f, "  {}: {}", fact.name, many(fact.rows, "row"))?;
                if let Some(amount) = fact.amount {
                    write!(f, ", amount {amount:.2}")?;
                }
                writeln!(f, " ({})", fact.treatment)?;
            }
        }
        for severity in [Severity::Mistake, Severity::Doubt, Severity::Note] {
            for finding in self.findings.iter().filter(|finding| finding.severity == severity) {
                writeln!(f, "{finding}")?;
            }
        }
        Ok(())
    }
}

/// `1 row`, `2 rows`.
fn many(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
