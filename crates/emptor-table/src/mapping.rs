//! What a caller names beyond a table's key: optional roles, attributes, and how dates are written.

use crate::field::{Field, Kind};
use crate::text::DateFormat;

/// The optional part of a column mapping; the tables' own `…Columns` types put names to it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mapping {
    roles: Vec<(&'static str, String, Kind)>,
    /// Columns kept as text under their own names.
    attributes: Vec<String>,
    date_format: DateFormat,
}

impl Mapping {
    pub(crate) fn add(&mut self, role: &'static str, column: impl Into<String>, kind: Kind) {
        self.roles.push((role, column.into(), kind));
    }

    /// A date; how it is written is the table's [`date_format`](Self::set_date_format), whenever that is said.
    pub(crate) fn add_day(&mut self, role: &'static str, column: impl Into<String>) {
        self.add(role, column, Kind::Day(DateFormat::default()));
    }

    pub(crate) fn add_attribute(&mut self, column: impl Into<String>) {
        self.attributes.push(column.into());
    }

    pub(crate) fn set_date_format(&mut self, format: DateFormat) {
        self.date_format = format;
    }

    pub(crate) fn day(&self) -> Kind {
        Kind::Day(self.date_format.clone())
    }

    pub(crate) fn names(&self, role: &str) -> bool {
        self.column(role).is_some()
    }

    /// The roles that are named.
    pub(crate) fn roles(&self) -> impl Iterator<Item = &'static str> {
        self.roles.iter().map(|(role, _, _)| *role)
    }

    /// The column that plays a role.
    pub(crate) fn column(&self, role: &str) -> Option<&str> {
        self.roles.iter().find(|(r, _, _)| *r == role).map(|(_, column, _)| column.as_str())
    }

    /// All that is named; values may be null but for the roles in `required`.
    pub(crate) fn fields(&self, required: &[&str]) -> Vec<Field> {
        let roles = self.roles.iter().map(|(role, column, kind)| Field {
            role: (*role).to_owned(),
            column: column.clone(),
            kind: if matches!(kind, Kind::Day(_)) { self.day() } else { kind.clone() },
            nullable: !required.contains(role),
        });
        let attributes = self.attributes.iter().map(|name| Field::optional(name, name, Kind::Text));
        roles.chain(attributes).collect()
    }
}
