//! The calendar of a company: workdays, holidays, fiscal periods.

use std::sync::Arc;

use emptor_types::Date;
use polars::prelude::{
    DataFrame, DataType, IntoColumn, LazyFrame, NamedFrom, PolarsError, PolarsResult, Series, col, lit,
};

use crate::accessors::accessors;
use crate::across::AcrossRows;
use crate::door::{Admitted, Door};
use crate::error::TableError;
use crate::field::{Field, Kind, canonical};
use crate::identities::collect;
use crate::known::Known;
use crate::mapping::Mapping;
use crate::options::ReadOptions;
use crate::quality::DataQuality;
use crate::source::Source;
use crate::text::DateFormat;

const TABLE: &str = "calendar";
/// 1970-01-01 was a Thursday: so many days after a Monday.
const THURSDAY: i32 = 3;
/// Whole weeks that keep every day of the calendar above zero, so that the rest of a division by seven is never negative.
const ERA: i32 = 7_000_000;
/// The first day of the weekend, counted from Monday.
const SATURDAY: i32 = 5;

/// Which columns of the caller's calendar play which role: a day needs its date only.
///
/// ```
/// use emptor_table::CalendarColumns;
/// let columns = CalendarColumns::new("date").holiday("holiday").fiscal_period("period");
/// ```
#[derive(Debug, Clone)]
pub struct CalendarColumns {
    date: String,
    mapping: Mapping,
}

impl CalendarColumns {
    /// Names the column of the day; it identifies one row.
    #[must_use]
    pub fn new(date: impl Into<String>) -> Self {
        Self { date: date.into(), mapping: Mapping::default() }
    }

    /// How textual dates are written; ISO unless said otherwise.
    #[must_use]
    pub fn date_format(mut self, format: DateFormat) -> Self {
        self.mapping.set_date_format(format);
        self
    }

    /// Whether it is a workday (`workday`). Where this is not said, Monday to Friday are, but for holidays.
    #[must_use]
    pub fn workday(mut self, column: impl Into<String>) -> Self {
        self.mapping.add("workday", column, Kind::Flag);
        self
    }

    /// The name of the holiday (`holiday`); null on other days.
    #[must_use]
    pub fn holiday(mut self, column: impl Into<String>) -> Self {
        self.mapping.add("holiday", column, Kind::Text);
        self
    }

    /// The fiscal period of the day (`fiscal_period`), e.g. `2024-P03`.
    #[must_use]
    pub fn fiscal_period(mut self, column: impl Into<String>) -> Self {
        self.mapping.add("fiscal_period", column, Kind::Text);
        self
    }
}

/// A day.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Day {
    day: i32,
    workday: bool,
    fiscal_period: Option<String>,
}

/// A calendar that has passed its door: every day stands on one row.
///
/// Columns of [`rows`](Self::rows): `date`, `is_workday`, and every role that the mapping names.
///
/// ```
/// use emptor_table::polars::df;
/// use emptor_table::{Calendar, CalendarColumns};
///
/// // The week of Good Friday 2024.
/// let frame = df!(
///     "date" => ["2024-03-25", "2024-03-26", "2024-03-27", "2024-03-28", "2024-03-29"],
///     "holiday" => [None, None, None, None, Some("Good Friday")],
/// )?;
/// let calendar = Calendar::scan(frame, &CalendarColumns::new("date").holiday("holiday"))?;
/// assert_eq!(calendar.workdays("2024-03-25".parse()?, "2024-03-29".parse()?)?, 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Calendar {
    frame: LazyFrame,
    rejects: Option<DataFrame>,
    quality: DataQuality,
    /// Nothing: what a day is does not become known.
    known: Option<Known>,
    /// In the order of time.
    days: Arc<Vec<Day>>,
}

impl Calendar {
    /// Opens a source with default options.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan(source: impl Into<Source>, columns: &CalendarColumns) -> Result<Self, TableError> {
        Self::scan_with(source, columns, &ReadOptions::default())
    }

    /// Opens a source.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan_with(
        source: impl Into<Source>,
        columns: &CalendarColumns,
        options: &ReadOptions,
    ) -> Result<Self, TableError> {
        let named = &columns.mapping;
        let weekday = (canonical("date").to_physical() + lit(THURSDAY + ERA)) % lit(7);
        let mut workday = weekday.lt(lit(SATURDAY));
        if named.names("holiday") {
            workday = workday.and(canonical("holiday").is_null());
        }
        if named.names("workday") {
            workday = canonical("workday").fill_null(workday);
        }
        let mut fields = vec![Field::required("date", &columns.date, named.day())];
        fields.extend(named.fields(&[]));
        let door = Door {
            fields,
            derived: vec![("is_workday", workday)],
            day: Some("date"),
            across: vec![AcrossRows::Unique(vec!["date"])],
            ..Door::new(TABLE)
        };
        let Admitted { frame, rejects, quality, known } = door.admit(&source.into(), options)?;
        let days = days(&frame, named.names("fiscal_period")).map_err(failed)?;
        Ok(Self { frame, rejects, quality, known, days: Arc::new(days) })
    }

    /// A calendar without holidays: Monday to Friday are workdays. Both ends are included.
    ///
    /// ```
    /// use emptor_table::Calendar;
    /// let calendar = Calendar::weekdays("2024-01-01".parse()?, "2024-12-31".parse()?)?;
    /// assert_eq!(calendar.workdays("2024-02-01".parse()?, "2024-02-29".parse()?)?, 21);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If it ends before it begins, or beyond the years 1900 to 2100.
    pub fn weekdays(first: Date, last: Date) -> Result<Self, TableError> {
        let days: Vec<i32> = (first.days_since_epoch()..=last.days_since_epoch()).collect();
        let column = Series::new("date".into(), days).cast(&DataType::Date).map_err(failed)?.into_column();
        let frame = DataFrame::new(column.len(), vec![column]).map_err(failed)?;
        Self::scan(frame, &CalendarColumns::new("date"))
    }

    /// Whether every day of a window is there; both ends included.
    ///
    /// # Errors
    /// [`TableError::Incomplete`] with the number of days that are not, and the first of them.
    pub fn check_window(&self, first: Date, last: Date) -> Result<(), TableError> {
        let (from, to) = (first.days_since_epoch(), last.days_since_epoch());
        let there = self.between(from, to);
        let wanted = usize::try_from(i64::from(to) - i64::from(from) + 1).unwrap_or_default();
        if there.len() == wanted {
            return Ok(());
        }
        let gap = there.iter().zip(from..).find(|(day, wanted)| day.day != *wanted).map(|(_, wanted)| wanted);
        let gap = gap.unwrap_or(from.saturating_add(i32::try_from(there.len()).unwrap_or(i32::MAX)));
        Err(TableError::Incomplete { table: TABLE, missing: wanted - there.len(), first: first.plus_days(gap - from) })
    }

    /// How many workdays there are from one day to another, both included; none if the second comes first.
    ///
    /// # Errors
    /// If a day of the window is not there.
    pub fn workdays(&self, first: Date, last: Date) -> Result<u32, TableError> {
        if last < first {
            return Ok(0);
        }
        self.check_window(first, last)?;
        let days = self.between(first.days_since_epoch(), last.days_since_epoch());
        Ok(days.iter().map(|day| u32::from(day.workday)).sum())
    }

    /// Which part of the workdays of a period has passed by the end of a day: 0 before it, 1 after it. `None` if the
    /// period has no workday. What was sold so far, divided by it, is what the period will bring at that rate.
    ///
    /// ```
    /// use emptor_table::Calendar;
    /// let calendar = Calendar::weekdays("2024-01-01".parse()?, "2024-12-31".parse()?)?;
    /// // The 14th of February 2024 was the tenth of its 21 workdays.
    /// let share = calendar.elapsed("2024-02-01".parse()?, "2024-02-29".parse()?, "2024-02-14".parse()?)?;
    /// assert_eq!(share, Some(10.0 / 21.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If a day of the period is not there.
    pub fn elapsed(&self, first: Date, last: Date, as_of: Date) -> Result<Option<f64>, TableError> {
        let all = self.workdays(first, last)?;
        let passed = self.workdays(first, as_of.min(last))?;
        Ok((all > 0).then(|| f64::from(passed) / f64::from(all)))
    }

    /// The fiscal period of a day, if the calendar says one.
    #[must_use]
    pub fn fiscal_period(&self, day: Date) -> Option<&str> {
        let day = day.days_since_epoch();
        self.between(day, day).first().and_then(|day| day.fiscal_period.as_deref())
    }

    fn between(&self, first: i32, last: i32) -> &[Day] {
        let from = self.days.partition_point(|day| day.day < first);
        let to = self.days.partition_point(|day| day.day <= last);
        self.days.get(from..to).unwrap_or_default()
    }
}

accessors!(Calendar);

fn days(frame: &LazyFrame, fiscal: bool) -> PolarsResult<Vec<Day>> {
    let mut columns = vec![col("date").to_physical(), col("is_workday")];
    columns.extend(fiscal.then(|| col("fiscal_period")));
    let rows = collect(frame.clone().select(columns))?;
    let (dates, workdays) = (rows.column("date")?.i32()?, rows.column("is_workday")?.bool()?);
    let periods = if fiscal { Some(rows.column("fiscal_period")?.str()?) } else { None };
    let mut days: Vec<Day> = (0..rows.height())
        .filter_map(|row| {
            Some(Day {
                day: dates.get(row)?,
                workday: workdays.get(row)?,
                fiscal_period: periods.and_then(|periods| periods.get(row)).map(str::to_owned),
            })
        })
        .collect();
    days.sort_by_key(|day| day.day);
    Ok(days)
}

fn failed(error: PolarsError) -> TableError {
    TableError::Query { table: TABLE, reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use polars::prelude::df;

    use super::*;

    type Outcome = Result<(), Box<dyn Error>>;

    fn year() -> Result<Calendar, Box<dyn Error>> {
        Ok(Calendar::weekdays("2024-01-01".parse()?, "2024-12-31".parse()?)?)
    }

    #[test]
    fn a_leap_year_that_begins_on_monday_has_262_weekdays() -> Outcome {
        // 52 weeks and a Monday and a Tuesday more.
        assert_eq!(year()?.workdays("2024-01-01".parse()?, "2024-12-31".parse()?)?, 262);
        assert_eq!(year()?.workdays("2024-01-06".parse()?, "2024-01-07".parse()?)?, 0, "a weekend");
        assert_eq!(year()?.workdays("2024-03-01".parse()?, "2024-02-01".parse()?)?, 0, "backwards");
        Ok(())
    }

    #[test]
    fn a_share_of_a_period_is_0_before_it_1_after_it_and_unknown_of_no_workday() -> Outcome {
        let share = |first: &str, last: &str, day: &str| -> Result<Option<f64>, Box<dyn Error>> {
            Ok(year()?.elapsed(first.parse()?, last.parse()?, day.parse()?)?)
        };
        assert_eq!(share("2024-02-01", "2024-02-29", "2024-01-31")?, Some(0.0));
        assert_eq!(share("2024-02-01", "2024-02-29", "2024-03-31")?, Some(1.0));
        assert_eq!(share("2024-01-06", "2024-01-07", "2024-01-07")?, None);
        Ok(())
    }

    #[test]
    fn a_calendar_with_a_hole_says_where_it_is() -> Outcome {
        let frame = df!("date" => ["2024-01-01", "2024-01-02", "2024-01-05"])?;
        let calendar = Calendar::scan(frame, &CalendarColumns::new("date"))?;
        let error = calendar.check_window("2024-01-01".parse()?, "2024-01-06".parse()?).err().ok_or("complete")?;
        assert!(matches!(error, TableError::Incomplete { missing: 3, .. }), "{error}");
        assert!(error.to_string().contains("2024-01-03"), "{error}");
        let error = calendar.workdays("2023-12-31".parse()?, "2024-01-02".parse()?).err().ok_or("complete")?;
        assert!(error.to_string().contains("2023-12-31"), "{error}");
        calendar.check_window("2024-01-01".parse()?, "2024-01-02".parse()?)?;
        Ok(())
    }

    #[test]
    fn what_the_calendar_says_of_a_day_counts_more_than_its_weekday() -> Outcome {
        let frame = df!(
            "date" => ["2024-01-06", "2024-01-08", "2024-01-09", "2024-01-10"],
            "works" => [Some(true), Some(false), None, None],
            "holiday" => [None, None, None, Some("a feast")],
            "period" => ["P1", "P2", "P2", "P2"],
        )?;
        let columns = CalendarColumns::new("date").workday("works").holiday("holiday").fiscal_period("period");
        let calendar = Calendar::scan(frame, &columns)?;
        let works = |day: &str| -> Result<u32, Box<dyn Error>> { Ok(calendar.workdays(day.parse()?, day.parse()?)?) };
        let days = ["2024-01-06", "2024-01-08", "2024-01-09", "2024-01-10"].map(works);
        assert_eq!(days.into_iter().collect::<Result<Vec<_>, _>>()?, [1, 0, 1, 0]);
        assert_eq!(calendar.fiscal_period("2024-01-08".parse()?), Some("P2"));
        assert_eq!(calendar.fiscal_period("2024-01-07".parse()?), None);
        Ok(())
    }

    #[test]
    fn a_day_stands_on_one_row() -> Outcome {
        let frame = df!("date" => ["2024-01-01", "2024-01-01"])?;
        let error = Calendar::scan(frame, &CalendarColumns::new("date")).err().ok_or("accepted")?;
        assert!(error.to_string().contains("must identify one row only"), "{error}");
        Ok(())
    }

    #[test]
    fn days_before_1970_have_the_weekdays_of_the_calendar() -> Outcome {
        // 31 December 1969 was a Wednesday, 28 December a Sunday.
        let calendar = Calendar::weekdays("1969-12-28".parse()?, "1969-12-31".parse()?)?;
        assert_eq!(calendar.workdays("1969-12-28".parse()?, "1969-12-31".parse()?)?, 3);
        Ok(())
    }
}
