//! What columns of results mean.

/// The meaning of a result column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ColumnSpec {
    /// The column.
    pub name: &'static str,
    /// What it says.
    pub meaning: &'static str,
    /// Its unit; `unit` is the time unit of the analysis, `currency` that of the amounts.
    pub unit: &'static str,
}

impl ColumnSpec {
    /// A column, its unit (empty where it has none) and its meaning.
    #[must_use]
    pub const fn new(name: &'static str, unit: &'static str, meaning: &'static str) -> Self {
        Self { name, meaning, unit }
    }
}

pub(crate) const fn column(name: &'static str, unit: &'static str, meaning: &'static str) -> ColumnSpec {
    ColumnSpec { name, meaning, unit }
}
