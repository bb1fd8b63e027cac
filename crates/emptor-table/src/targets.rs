//! Targets: what was planned for whom.

use polars::prelude::{DataFrame, LazyFrame, lit};

use crate::accessors::accessors;
use crate::across::AcrossRows;
use crate::door::{Admitted, Door};
use crate::error::TableError;
use crate::field::{Field, Kind, Rule, canonical};
use crate::known::{Known, known_at};
use crate::mapping::Mapping;
use crate::options::ReadOptions;
use crate::quality::DataQuality;
use crate::source::Source;
use crate::text::DateFormat;

const TABLE: &str = "targets";

/// The lengths of periods that a target may have.
const GRAINS: [&str; 5] = ["day", "week", "month", "quarter", "year"];

/// Which columns of the caller's table of targets play which role. Needed are whom the target is for (`entity`: a
/// representative, a channel, a category, …, or `total`), what is measured (`measure`: `net_rev`, `units`, `orders`, …),
/// the first day of its period (`period_start`) and the target itself (`value`).
///
/// ```
/// use emptor_table::TargetColumns;
/// let columns = TargetColumns::new("agent", "kpi", "month", "goal").grain("length").dimension("kind");
/// ```
#[derive(Debug, Clone)]
pub struct TargetColumns {
    key: [String; 3],
    value: String,
    mapping: Mapping,
}

impl TargetColumns {
    /// Names the entity, the measure, the first day of the period and the target. Entity, measure and period together
    /// identify one row, with the grain and the dimension where they are named.
    #[must_use]
    pub fn new(
        entity: impl Into<String>,
        measure: impl Into<String>,
        period_start: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        Self {
            key: [entity.into(), measure.into(), period_start.into()],
            value: value.into(),
            mapping: Mapping::default(),
        }
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

    /// How long the period is (`grain`): `day`, `week`, `month`, `quarter` or `year`; where it is not named, the grain of
    /// the analysis.
    #[must_use]
    pub fn grain(self, column: impl Into<String>) -> Self {
        self.with("grain", column)
    }

    /// What the entity is (`dimension`): `rep`, `channel`, `category`, … or `total`; where it is not named, the first
    /// dimension that has a member of that name.
    #[must_use]
    pub fn dimension(self, column: impl Into<String>) -> Self {
        self.with("dimension", column)
    }
}

/// Targets that have passed the door.
///
/// Columns of [`rows`](Self::rows): `entity`, `measure`, `period_start`, `value`, and every role that the mapping names.
///
/// ```
/// use emptor_table::polars::df;
/// use emptor_table::{TargetColumns, Targets};
///
/// let frame = df!("who" => ["ann", "ann"], "kpi" => ["net_rev"; 2], "from" => ["2024-01-01", "2024-02-01"], "goal" => [9e3, 8e3])?;
/// let targets = Targets::scan(frame, &TargetColumns::new("who", "kpi", "from", "goal"))?;
/// assert_eq!(targets.rows().collect()?.height(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Targets {
    frame: LazyFrame,
    rejects: Option<DataFrame>,
    quality: DataQuality,
    known: Option<Known>,
    roles: Vec<&'static str>,
}

impl Targets {
    /// Opens a source with default options.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan(source: impl Into<Source>, columns: &TargetColumns) -> Result<Self, TableError> {
        Self::scan_with(source, columns, &ReadOptions::default())
    }

    /// Opens a source.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan_with(
        source: impl Into<Source>,
        columns: &TargetColumns,
        options: &ReadOptions,
    ) -> Result<Self, TableError> {
        let named = &columns.mapping;
        let [entity, measure, period] = &columns.key;
        let mut fields = vec![
            Field::required("entity", entity, Kind::Text),
            Field::required("measure", measure, Kind::Text),
            Field::required("period_start", period, named.day()),
            Field::required("value", &columns.value, Kind::Number { min: None }),
        ];
        fields.extend(named.fields(&["grain", "dimension"]));
        let grain = named.column("grain").map(|column| Rule {
            column: column.to_owned(),
            rule: format!("must be one of {}", GRAINS.join(", ")),
            broken: GRAINS
                .iter()
                .fold(lit(true), |none, grain| none.and(canonical("grain").neq(lit(*grain))))
                .fill_null(lit(false)),
        });
        let mut key = vec!["entity", "measure", "period_start"];
        key.extend(["grain", "dimension"].into_iter().filter(|role| named.names(role)));
        let door = Door {
            fields,
            rules: grain.into_iter().collect(),
            day: Some("period_start"),
            across: vec![AcrossRows::Unique(key)],
            ..Door::new(TABLE)
        };
        let Admitted { frame, rejects, quality, known } = door.admit(&source.into(), options)?;
        Ok(Self { frame, rejects, quality, known, roles: named.roles().collect() })
    }

    /// Whether the mapping names a role, e.g. `grain`.
    #[must_use]
    pub fn has(&self, role: &str) -> bool {
        self.roles.contains(&role)
    }
}

known_at!(TargetColumns);
accessors!(Targets);

#[cfg(test)]
mod tests {
    use std::error::Error;

    use polars::prelude::df;

    use super::*;

    #[test]
    fn one_target_per_entity_measure_and_period() -> Result<(), Box<dyn Error>> {
        let frame = |lengths: [&str; 2]| {
            df!("who" => ["ann"; 2], "kpi" => ["units"; 2], "from" => ["2024-01-01"; 2], "goal" => [9.0, 8.0],
                "length" => lengths)
        };
        let columns = TargetColumns::new("who", "kpi", "from", "goal");
        let said = |frame: DataFrame, columns: &TargetColumns| {
            Targets::scan(frame, columns).map(|_| ()).err().map(|error| error.to_string()).ok_or("accepted")
        };
        assert!(said(frame(["month", "year"])?, &columns)?.contains("must identify one row only"));
        let columns = columns.grain("length");
        let targets = Targets::scan(frame(["month", "year"])?, &columns)?;
        assert!(targets.has("grain") && !targets.has("dimension"));
        assert!(said(frame(["month", "decade"])?, &columns)?.contains("must be one of day, week, month"));
        Ok(())
    }
}
