//! What marketing and sales spend to win and to keep customers.

use polars::prelude::{DataFrame, Expr, LazyFrame, lit};

use crate::accessors::accessors;
use crate::door::{Admitted, Door, FactSpec};
use crate::error::TableError;
use crate::field::{Field, Kind, Rule, canonical};
use crate::known::{Known, known_at};
use crate::mapping::Mapping;
use crate::options::ReadOptions;
use crate::quality::DataQuality;
use crate::source::Source;
use crate::text::DateFormat;

const TABLE: &str = "spending";

/// Which columns of the caller's table of spending play which role.
///
/// ```
/// use emptor_table::SpendingColumns;
/// let columns = SpendingColumns::new("month", "amount", "purpose").channel("medium").kind("kind");
/// ```
#[derive(Debug, Clone)]
pub struct SpendingColumns {
    date: String,
    amount: String,
    purpose: String,
    mapping: Mapping,
}

impl SpendingColumns {
    /// Names the day of the spending, or the first day of the period that it is for (`date`), the `amount`, at least 0,
    /// and its `purpose`: `acquisition` of new customers or `retention` of those one has.
    #[must_use]
    pub fn new(date: impl Into<String>, amount: impl Into<String>, purpose: impl Into<String>) -> Self {
        Self { date: date.into(), amount: amount.into(), purpose: purpose.into(), mapping: Mapping::default() }
    }

    fn with(mut self, role: &'static str, column: impl Into<String>) -> Self {
        self.mapping.add(role, column, Kind::Text);
        self
    }

    /// How textual dates are written; ISO unless said otherwise.
    #[must_use]
    pub fn date_format(mut self, format: DateFormat) -> Self {
        self.mapping.set_date_format(format);
        self
    }

    /// The acquisition channel that it was spent on (`channel`); null where it was for all of them.
    #[must_use]
    pub fn channel(self, column: impl Into<String>) -> Self {
        self.with("channel", column)
    }

    /// The campaign (`campaign_id`).
    #[must_use]
    pub fn campaign(self, column: impl Into<String>) -> Self {
        self.with("campaign_id", column)
    }

    /// Whether it was paid for the purpose, `cash`, or is a share of what is there anyway, `overhead` (`kind`): salaries,
    /// tools. All of it is cash where no column says it, or where it is null.
    #[must_use]
    pub fn kind(self, column: impl Into<String>) -> Self {
        self.with("kind", column)
    }
}

/// Spending that has passed the door.
///
/// Columns of [`rows`](Self::rows): `date`, `amount`, `purpose`, and every role that the mapping names.
///
/// ```
/// use emptor_table::polars::df;
/// use emptor_table::{Spending, SpendingColumns};
///
/// let frame = df!(
///     "month" => ["2024-01-01", "2024-01-01"],
///     "paid" => [900.0, 100.0],
///     "for" => ["acquisition", "retention"],
///     "medium" => [Some("search"), None],
/// )?;
/// let spending = Spending::scan(frame, &SpendingColumns::new("month", "paid", "for").channel("medium"))?;
/// assert!(spending.has("channel") && !spending.has("kind"));
/// assert_eq!(spending.quality().fact("spending without a channel").map(|fact| fact.rows), Some(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Spending {
    frame: LazyFrame,
    rejects: Option<DataFrame>,
    quality: DataQuality,
    known: Option<Known>,
    roles: Vec<&'static str>,
}

impl Spending {
    /// Opens a source with default options.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan(source: impl Into<Source>, columns: &SpendingColumns) -> Result<Self, TableError> {
        Self::scan_with(source, columns, &ReadOptions::default())
    }

    /// Opens a source.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan_with(
        source: impl Into<Source>,
        columns: &SpendingColumns,
        options: &ReadOptions,
    ) -> Result<Self, TableError> {
        let named = &columns.mapping;
        let mut fields = vec![
            Field::required("date", &columns.date, named.day()),
            Field::required("amount", &columns.amount, Kind::Number { min: Some(0.0) }),
            Field::required("purpose", &columns.purpose, Kind::Text),
        ];
        fields.extend(named.fields(&[]));
        let mut rules = vec![one_of(&columns.purpose, "purpose", ["acquisition", "retention"])];
        rules.extend(named.column("kind").map(|column| one_of(column, "kind", ["cash", "overhead"])));
        let facts = named.names("channel").then(|| FactSpec {
            name: "spending without a channel",
            treatment: "kept, spread over all channels where costs are fully loaded",
            holds: canonical("channel").is_null(),
        });
        let door = Door {
            fields,
            rules,
            facts: facts.into_iter().collect(),
            amount: Some("amount"),
            day: Some("date"),
            ..Door::new(TABLE)
        };
        let Admitted { frame, rejects, quality, known } = door.admit(&source.into(), options)?;
        Ok(Self { frame, rejects, quality, known, roles: named.roles().collect() })
    }

    /// Whether the mapping names a role, e.g. `channel`.
    #[must_use]
    pub fn has(&self, role: &str) -> bool {
        self.roles.contains(&role)
    }
}

fn one_of(column: &str, role: &str, values: [&str; 2]) -> Rule {
    let known: Expr = canonical(role).eq(lit(values[0])).or(canonical(role).eq(lit(values[1])));
    Rule {
        column: column.to_owned(),
        rule: format!("must be `{}` or `{}`", values[0], values[1]),
        broken: known.not().fill_null(lit(false)),
    }
}

known_at!(SpendingColumns);
accessors!(Spending);

#[cfg(test)]
mod tests {
    use std::error::Error;

    use polars::prelude::df;

    use super::*;
    use crate::Policy;

    #[test]
    fn negative_amounts_and_other_purposes_and_kinds_are_set_aside() -> Result<(), Box<dyn Error>> {
        let frame = df!(
            "day" => ["2024-01-01"; 5],
            "paid" => [Some(-1.0), Some(1.0), Some(1.0), None, Some(0.0)],
            "for" => ["acquisition", "fun", "retention", "retention", "retention"],
            "kind" => [None, None, Some("credit"), None, Some("overhead")],
        )?;
        let options = ReadOptions::default().policy(Policy::Quarantine);
        let spending = Spending::scan_with(frame, &SpendingColumns::new("day", "paid", "for").kind("kind"), &options)?;
        assert_eq!((spending.quality().accepted, spending.quality().quarantined), (1, 4));
        Ok(())
    }
}
