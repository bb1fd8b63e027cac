//! What can go wrong: settings and names.

/// Why sample data could not be made or found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// Settings break rules; every broken rule is listed.
    #[error("{}", .problems.join("; "))]
    Settings {
        /// One sentence per broken rule: the setting, the condition that must hold, the value.
        problems: Vec<String>,
    },
    /// A name that no table has.
    #[error("there is no table `{name}`; the tables are {}", .tables.join(", "))]
    UnknownTable {
        /// The name as given.
        name: String,
        /// The names there are.
        tables: Vec<&'static str>,
    },
}

/// Collects broken rules, so that one round trip mends everything.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<String>);

impl Problems {
    pub(crate) fn require(&mut self, holds: bool, name: &str, rule: &str, got: impl std::fmt::Display) {
        if !holds {
            self.0.push(format!("{name} {rule} (got {got})"));
        }
    }

    pub(crate) fn push(&mut self, problem: impl Into<String>) {
        self.0.push(problem.into());
    }

    pub(crate) fn finish(self) -> Result<(), DatasetError> {
        if self.0.is_empty() { Ok(()) } else { Err(DatasetError::Settings { problems: self.0 }) }
    }
}
