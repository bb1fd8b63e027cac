//! What customers answered when asked: recommendation, satisfaction, effort.

use emptor_types::{Date, Invalid};
use polars::prelude::{DataFrame, Expr, LazyFrame, col, lit};

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

const TABLE: &str = "surveys";

/// A scale that is the same for all rows, or a pair of columns.
#[derive(Debug, Clone)]
enum Scale {
    All(f64, f64),
    Columns(String, String),
}

/// Which columns of the caller's table of answers play which role. Needed are the customer, the day, the value, its scale
/// and the instrument: what was asked.
///
/// ```
/// use emptor_table::SurveyColumns;
///
/// // A table of several surveys, and one of one survey.
/// let surveys = SurveyColumns::new("customer", "day", "value").instrument("survey").scale_columns("lowest", "highest");
/// let recommendation = SurveyColumns::new("customer", "day", "answer").named("NPS").scale(0.0, 10.0);
/// ```
#[derive(Debug, Clone)]
pub struct SurveyColumns {
    customer: String,
    date: String,
    value: String,
    named: Option<String>,
    scales: Vec<Scale>,
    mapping: Mapping,
}

impl SurveyColumns {
    /// Names the customer column, the day of the answer, and the answer as a number.
    #[must_use]
    pub fn new(customer: impl Into<String>, date: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            customer: customer.into(),
            date: date.into(),
            value: value.into(),
            named: None,
            scales: Vec::new(),
            mapping: Mapping::default(),
        }
    }

    fn with(mut self, role: &'static str, column: impl Into<String>, kind: Kind) -> Self {
        self.mapping.add(role, column, kind);
        self
    }

    /// How textual dates are written; ISO unless said otherwise.
    #[must_use]
    pub fn date_format(mut self, format: DateFormat) -> Self {
        self.mapping.set_date_format(format);
        self
    }

    /// The column that says what was asked (`instrument`): `NPS`, `CSAT`, `CES` or any other name.
    #[must_use]
    pub fn instrument(self, column: impl Into<String>) -> Self {
        self.with("instrument", column, Kind::Text)
    }

    /// What was asked in every row, for a table of one survey.
    #[must_use]
    pub fn named(mut self, instrument: impl Into<String>) -> Self {
        self.named = Some(instrument.into());
        self
    }

    /// The columns of the lowest and the highest value that could be answered (`scale_min`, `scale_max`).
    #[must_use]
    pub fn scale_columns(mut self, lowest: impl Into<String>, highest: impl Into<String>) -> Self {
        self.scales.push(Scale::Columns(lowest.into(), highest.into()));
        self
    }

    /// The column of the lowest value that could be answered; it needs [`highest`](Self::highest) too.
    #[must_use]
    pub fn lowest(self, column: impl Into<String>) -> Self {
        let (_, highest) = self.ends();
        self.with_ends(column.into(), highest)
    }

    /// The column of the highest value that could be answered; it needs [`lowest`](Self::lowest) too.
    #[must_use]
    pub fn highest(self, column: impl Into<String>) -> Self {
        let (lowest, _) = self.ends();
        self.with_ends(lowest, column.into())
    }

    /// The columns of the scale's ends; empty where there are none.
    fn ends(&self) -> (String, String) {
        let columns = self.scales.iter().find_map(|scale| match scale {
            Scale::Columns(lowest, highest) => Some((lowest.clone(), highest.clone())),
            Scale::All(..) => None,
        });
        columns.unwrap_or_default()
    }

    fn with_ends(mut self, lowest: String, highest: String) -> Self {
        self.scales.retain(|scale| matches!(scale, Scale::All(..)));
        self.scales.push(Scale::Columns(lowest, highest));
        self
    }

    /// The lowest and the highest value that could be answered, the same in every row.
    #[must_use]
    pub fn scale(mut self, lowest: f64, highest: f64) -> Self {
        self.scales.push(Scale::All(lowest, highest));
        self
    }

    /// The answer's own key (`survey_id`); it must identify one row.
    #[must_use]
    pub fn id(self, column: impl Into<String>) -> Self {
        self.with("survey_id", column, Kind::Text)
    }

    fn check(&self) -> Result<(), TableError> {
        let mut checks = Invalid::checks();
        let named = self.named.as_deref();
        checks.require(
            self.mapping.names("instrument") != named.is_some(),
            "instrument",
            "needs an instrument column or one name for all rows",
            if named.is_some() { "both" } else { "neither" },
        );
        checks.require(
            named.is_none_or(|name| !name.trim().is_empty()),
            "instrument",
            "must have a name",
            "an empty one",
        );
        let rule = "must be stated once, as two numbers or by the columns lowest and highest";
        checks.require(self.scales.len() == 1, "scale", rule, format!("{} scales", self.scales.len()));
        for scale in &self.scales {
            if let Scale::Columns(lowest, highest) = scale {
                let both = !lowest.is_empty() && !highest.is_empty();
                checks.require(both, "scale", "needs the columns of its lowest and its highest value", "one of them");
            }
            if let Scale::All(lowest, highest) = scale {
                checks.require(
                    lowest < highest && lowest.is_finite() && highest.is_finite(),
                    "scale",
                    "must rise from one finite number to another",
                    format!("{lowest} to {highest}"),
                );
            }
        }
        checks.finish().map_err(|problem| TableError::Mapping { table: TABLE, problem })
    }

    fn fields(&self) -> Vec<Field> {
        let number = || Kind::Number { min: None };
        let mut fields = vec![
            Field::required("customer_id", &self.customer, Kind::Id),
            Field::required("date", &self.date, self.mapping.day()),
            Field::required("value", &self.value, number()),
        ];
        for scale in &self.scales {
            if let Scale::Columns(lowest, highest) = scale {
                fields.push(Field::required("scale_min", lowest, number()));
                fields.push(Field::required("scale_max", highest, number()));
            }
        }
        fields.extend(self.mapping.fields(&["instrument", "survey_id"]));
        fields
    }

    fn derived(&self) -> Vec<(&'static str, Expr)> {
        let mut derived = Vec::new();
        if let Some(name) = &self.named {
            derived.push(("instrument", lit(name.as_str())));
        }
        let mut ends = (canonical("scale_min"), canonical("scale_max"));
        if let Some(Scale::All(lowest, highest)) = self.scales.first() {
            ends = (lit(*lowest), lit(*highest));
            derived.extend([("scale_min", ends.0.clone()), ("scale_max", ends.1.clone())]);
        }
        derived.push(("scale_share", (canonical("value") - ends.0.clone()) / (ends.1 - ends.0)));
        derived
    }

    fn rules(&self) -> Vec<Rule> {
        let (lowest, highest) = (canonical("scale_min"), canonical("scale_max"));
        let rule = |column: &str, rule: &str, broken: Expr| Rule {
            column: column.to_owned(),
            rule: rule.to_owned(),
            broken: broken.fill_null(lit(false)),
        };
        let mut rules = Vec::new();
        let rising = lowest.clone().lt(highest.clone());
        if let Some(Scale::Columns(_, column)) = self.scales.first() {
            rules.push(rule(column, "must be above the lowest value of its scale", rising.clone().not()));
        }
        let value = canonical("value");
        let outside = value.clone().lt(lowest).or(value.gt(highest));
        rules.push(rule(&self.value, "must lie on its scale", rising.and(outside)));
        rules
    }
}

/// Answers that have passed the door.
///
/// Columns of [`rows`](Self::rows): `customer_id`, `date`, `value`, `instrument`, `scale_min`, `scale_max`, `survey_id` if
/// it is named, and `scale_share`: where on its scale the answer lies, from 0 at the lowest to 1 at the highest.
///
/// ```
/// use emptor_table::polars::df;
/// use emptor_table::{SurveyColumns, Surveys};
///
/// let frame = df!("who" => [7_i64, 7], "day" => ["2024-01-31", "2024-06-30"], "answer" => [9, 4])?;
/// let surveys = Surveys::scan(frame, &SurveyColumns::new("who", "day", "answer").named("NPS").scale(0.0, 10.0))?;
/// let share = |day: &str| -> Result<Option<f64>, Box<dyn std::error::Error>> {
///     Ok(surveys.latest(day.parse()?).collect()?.column("scale_share")?.f64()?.get(0))
/// };
/// assert_eq!((share("2024-05-01")?, share("2024-12-31")?), (Some(0.9), Some(0.4)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Surveys {
    frame: LazyFrame,
    rejects: Option<DataFrame>,
    quality: DataQuality,
    known: Option<Known>,
}

impl Surveys {
    /// Opens a source with default options.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan(source: impl Into<Source>, columns: &SurveyColumns) -> Result<Self, TableError> {
        Self::scan_with(source, columns, &ReadOptions::default())
    }

    /// Opens a source.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan_with(
        source: impl Into<Source>,
        columns: &SurveyColumns,
        options: &ReadOptions,
    ) -> Result<Self, TableError> {
        columns.check()?;
        let across = columns.mapping.names("survey_id").then(|| AcrossRows::Unique(vec!["survey_id"]));
        let door = Door {
            fields: columns.fields(),
            derived: columns.derived(),
            rules: columns.rules(),
            day: Some("date"),
            across: across.into_iter().collect(),
            ..Door::new(TABLE)
        };
        let Admitted { frame, rejects, quality, known } = door.admit(&source.into(), options)?;
        Ok(Self { frame, rejects, quality, known })
    }

    /// The latest answer of each customer to each instrument on or before a day: `customer_id`, `instrument`, `date` and
    /// `scale_share`, in no particular order. Of several answers on one day the lowest counts.
    pub fn latest(&self, as_of: Date) -> LazyFrame {
        let known = col("date").to_physical().lt_eq(lit(as_of.days_since_epoch()));
        let last = col("date").eq(col("date").max());
        self.known_by(as_of)
            .rows()
            .filter(known)
            .group_by([col("customer_id"), col("instrument")])
            .agg([col("date").max().alias("date"), col("scale_share").filter(last).min().alias("scale_share")])
    }
}

known_at!(SurveyColumns);
accessors!(Surveys);

#[cfg(test)]
mod tests {
    use std::error::Error;

    use polars::prelude::df;

    use super::*;

    fn answers() -> Result<DataFrame, Box<dyn Error>> {
        Ok(df!(
            "who" => ["a", "a", "a", "b", "a"],
            "day" => ["2024-01-01", "2024-03-01", "2024-03-01", "2024-02-01", "2024-09-01"],
            "asked" => ["NPS", "NPS", "NPS", "CSAT", "NPS"],
            "value" => [10.0, 9.0, 6.0, 2.0, 0.0],
            "low" => [0.0, 0.0, 0.0, 1.0, 0.0],
            "high" => [10.0, 10.0, 10.0, 5.0, 10.0],
        )?)
    }

    #[test]
    fn the_latest_answer_counts_and_of_one_day_the_lowest() -> Result<(), Box<dyn Error>> {
        let columns = SurveyColumns::new("who", "day", "value").instrument("asked").scale_columns("low", "high");
        let latest = Surveys::scan(answers()?, &columns)?.latest("2024-06-30".parse()?);
        let latest = latest.sort(["customer_id"], Default::default()).collect()?;
        let share = latest.column("scale_share")?.f64()?;
        assert_eq!((latest.height(), share.get(0), share.get(1)), (2, Some(0.6), Some(0.25)));
        Ok(())
    }

    #[test]
    fn instrument_and_scale_are_stated_once() -> Result<(), Box<dyn Error>> {
        let columns = || SurveyColumns::new("who", "day", "value");
        for (columns, rule) in [
            (columns().scale(0.0, 10.0), "needs an instrument column or one name for all rows (got neither)"),
            (columns().scale(0.0, 10.0).named("NPS").instrument("asked"), "(got both)"),
            (columns().scale(0.0, 10.0).named(" "), "must have a name"),
            (
                columns().named("NPS"),
                "scale must be stated once, as two numbers or by the columns lowest and highest (got 0 scales)",
            ),
            (columns().named("NPS").scale(0.0, 10.0).scale_columns("low", "high"), "(got 2 scales)"),
            (columns().named("NPS").scale(10.0, 0.0), "must rise from one finite number to another (got 10 to 0)"),
        ] {
            let error = Surveys::scan(answers()?, &columns).map(|_| ()).err().ok_or("accepted")?.to_string();
            assert!(error.contains(rule), "{error}");
        }
        Ok(())
    }
}
