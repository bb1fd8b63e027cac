//! What happened to sales opportunities: every change of stage, amount, expected close and owner.

use polars::prelude::{DataFrame, Expr, LazyFrame, NULL, lit, when};

use crate::accessors::accessors;
use crate::door::{Admitted, Door, FactSpec};
use crate::error::TableError;
use crate::field::{Field, Kind, Rule, canonical};
use crate::known::{Known, known_at};
use crate::mapping::Mapping;
use crate::options::ReadOptions;
use crate::quality::DataQuality;
use crate::source::Source;
use crate::text::{DateFormat, parse_day, parse_number};

const TABLE: &str = "stage_history";

/// The fields whose changes count.
const FIELDS: [&str; 4] = ["stage", "amount", "exp_close", "owner"];

/// Which columns of the caller's log of changes play which role.
///
/// ```
/// use emptor_table::StageHistoryColumns;
/// let columns = StageHistoryColumns::new("deal", "changed", "field", "to").old("from");
/// ```
#[derive(Debug, Clone)]
pub struct StageHistoryColumns {
    opportunity: String,
    date: String,
    field: String,
    new: String,
    mapping: Mapping,
}

impl StageHistoryColumns {
    /// Names the opportunity's id (`opp_id`), the day of the change (`date`), what changed (`field`: `stage`, `amount`,
    /// `exp_close` or `owner`), and what it became (`new`).
    #[must_use]
    pub fn new(
        opportunity: impl Into<String>,
        date: impl Into<String>,
        field: impl Into<String>,
        new: impl Into<String>,
    ) -> Self {
        Self {
            opportunity: opportunity.into(),
            date: date.into(),
            field: field.into(),
            new: new.into(),
            mapping: Mapping::default(),
        }
    }

    /// How textual dates are written, those of the changes and those that `exp_close` changed to; ISO unless said
    /// otherwise.
    #[must_use]
    pub fn date_format(mut self, format: DateFormat) -> Self {
        self.mapping.set_date_format(format);
        self
    }

    /// What it was before (`old`); null where it was not there before. It orders the changes of one day.
    #[must_use]
    pub fn old(mut self, column: impl Into<String>) -> Self {
        self.mapping.add("old", column, Kind::Text);
        self
    }

    fn rules(&self) -> Vec<Rule> {
        let is = |name: &str| canonical("field").eq(lit(name));
        let known = FIELDS.iter().fold(lit(false), |any, name| any.or(is(name)));
        let rule = |column: &str, rule: &str, broken: Expr| Rule {
            column: column.to_owned(),
            rule: rule.to_owned(),
            broken: broken.fill_null(lit(false)),
        };
        let new = canonical("new").is_not_null();
        let number = canonical("new_amount");
        let wrong_number = number.clone().is_null().or(number.gt_eq(lit(0.0)).not());
        let wrong_day = is("exp_close").and(new.clone()).and(canonical("new_day").is_null());
        vec![
            rule(&self.field, "must be `stage`, `amount`, `exp_close` or `owner`", known.not()),
            rule(
                &self.new,
                "must be a number of at least 0 where an amount changed",
                is("amount").and(new).and(wrong_number),
            ),
            rule(&self.new, "must be a day where the expected close changed", wrong_day),
        ]
    }
}

/// The changes of opportunities that have passed the door.
///
/// Columns of [`rows`](Self::rows): `opp_id`, `date`, `field`, `new` and, as mapped, `old`, all text but the day; then what
/// amounts and days mean, null for other fields: `new_amount` and `new_day`, and with `old` also `old_amount` and `old_day`.
/// The log is a set: its rows need no order.
///
/// ```
/// use emptor_table::polars::df;
/// use emptor_table::{StageHistory, StageHistoryColumns};
///
/// let frame = df!(
///     "deal" => ["D1", "D1"],
///     "day" => ["2024-05-01", "2024-05-20"],
///     "what" => ["stage", "amount"],
///     "from" => [None, Some("900")],
///     "to" => ["lead", "1200.50"],
/// )?;
/// let history = StageHistory::scan(frame, &StageHistoryColumns::new("deal", "day", "what", "to").old("from"))?;
/// assert_eq!(history.rows().collect()?.column("new_amount")?.f64()?.get(1), Some(1200.5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct StageHistory {
    frame: LazyFrame,
    rejects: Option<DataFrame>,
    quality: DataQuality,
    known: Option<Known>,
    roles: Vec<&'static str>,
}

impl StageHistory {
    /// Opens a source with default options.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan(source: impl Into<Source>, columns: &StageHistoryColumns) -> Result<Self, TableError> {
        Self::scan_with(source, columns, &ReadOptions::default())
    }

    /// Opens a source.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan_with(
        source: impl Into<Source>,
        columns: &StageHistoryColumns,
        options: &ReadOptions,
    ) -> Result<Self, TableError> {
        let source = source.into();
        let numbers = source.number_format();
        let named = &columns.mapping;
        let mut fields = vec![
            Field::required("opp_id", &columns.opportunity, Kind::Id),
            Field::required("date", &columns.date, named.day()),
            Field::required("field", &columns.field, Kind::Text),
            Field::required("new", &columns.new, Kind::Text),
        ];
        fields.extend(named.fields(&[]));
        let format = match named.day() {
            Kind::Day(format) => format,
            _ => DateFormat::default(),
        };
        let of = |field: &str, value: Expr| when(canonical("field").eq(lit(field))).then(value).otherwise(lit(NULL));
        let mut derived = vec![
            ("new_amount", of("amount", parse_number(canonical("new"), numbers))),
            ("new_day", of("exp_close", parse_day(canonical("new"), format.clone()))),
        ];
        let mut facts = Vec::new();
        if named.names("old") {
            derived.push(("old_amount", of("amount", parse_number(canonical("old"), numbers))));
            derived.push(("old_day", of("exp_close", parse_day(canonical("old"), format))));
            facts.push(FactSpec {
                name: "changes to the same value",
                treatment: "kept, change nothing",
                holds: canonical("old").eq(canonical("new")).fill_null(lit(false)),
            });
        }
        let door = Door { fields, derived, rules: columns.rules(), facts, day: Some("date"), ..Door::new(TABLE) };
        let Admitted { frame, rejects, quality, known } = door.admit(&source, options)?;
        Ok(Self { frame, rejects, quality, known, roles: named.roles().collect() })
    }

    /// Whether the mapping names a role: `old`.
    #[must_use]
    pub fn has(&self, role: &str) -> bool {
        self.roles.contains(&role)
    }
}

known_at!(StageHistoryColumns);
accessors!(StageHistory);

#[cfg(test)]
mod tests {
    use std::error::Error;

    use polars::prelude::df;

    use super::*;
    use crate::Policy;

    #[test]
    fn a_change_of_amount_to_a_word_or_of_an_unknown_field_is_set_aside() -> Result<(), Box<dyn Error>> {
        let frame = df!(
            "deal" => ["a", "b", "c", "d", "e", "f", "g"],
            "day" => ["2024-01-01"; 7],
            "what" => ["amount", "amount", "amount", "exp_close", "exp_close", "colour", "stage"],
            "to" => [Some("much"), Some("-1"), Some("7.5"), Some("soon"), Some("2024-02-29"), Some("red"), None],
        )?;
        let options = ReadOptions::default().policy(Policy::Quarantine);
        let history = StageHistory::scan_with(frame, &StageHistoryColumns::new("deal", "day", "what", "to"), &options)?;
        assert_eq!((history.quality().accepted, history.quality().quarantined), (2, 5));
        let rows = history.rows().collect()?;
        assert_eq!(rows.column("new_amount")?.f64()?.get(0), Some(7.5));
        assert_eq!(rows.column("new_day")?.cast(&polars::prelude::DataType::Int32)?.i32()?.get(1), Some(19_782));
        assert!(!history.has("old"));
        Ok(())
    }

    #[test]
    fn dates_among_the_values_are_written_as_the_dates_of_the_changes() -> Result<(), Box<dyn Error>> {
        let frame = df!(
            "deal" => [1_i64], "day" => ["05.01.2024"], "what" => ["exp_close"], "from" => ["01.02.2024"], "to" => ["15.02.2024"],
        )?;
        let columns = StageHistoryColumns::new("deal", "day", "what", "to")
            .old("from")
            .date_format(DateFormat::Pattern("%d.%m.%Y".into()));
        let rows = StageHistory::scan(frame, &columns)?.rows().collect()?;
        let day = |name: &str| -> Result<Option<i32>, Box<dyn Error>> {
            Ok(rows.column(name)?.cast(&polars::prelude::DataType::Int32)?.i32()?.get(0))
        };
        assert_eq!(day("new_day")?.zip(day("old_day")?).map(|(new, old)| new - old), Some(14));
        Ok(())
    }
}
