//! The calendar of the company: workdays, holidays, fiscal periods.

use emptor_types::Date;
use jiff::civil;

use super::settings::RetailSimulation;
use crate::csv::{CsvRow, Record};
use crate::days::{civil, year};

/// A day of the calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CalendarDay {
    /// The day.
    pub date: Date,
    /// Whether offices work: Monday to Friday, but for holidays.
    pub workday: bool,
    /// The holiday.
    pub holiday: Option<&'static str>,
    /// The fiscal period; the fiscal year is the calendar year, e.g. `2024-P03`.
    pub fiscal_period: String,
}

/// Every day from the first of the window to the end of its last year: targets run ahead of what is known.
pub(crate) fn calendar(settings: &RetailSimulation) -> Vec<CalendarDay> {
    let last = settings.as_of();
    let rest = i32::from(civil(last).days_in_year()) - i32::from(civil(last).day_of_year());
    let days = settings.days + rest;
    (0..days)
        .map(|day| settings.start.plus_days(day))
        .map(|date| {
            let holiday = holiday(date);
            let weekend = civil(date).weekday().to_monday_zero_offset() >= 5;
            CalendarDay {
                date,
                workday: !weekend && holiday.is_none(),
                holiday,
                fiscal_period: format!("{}-P{:02}", year(date), civil(date).month()),
            }
        })
        .collect()
}

fn holiday(date: Date) -> Option<&'static str> {
    let day = civil(date);
    let from_easter = day.since(easter(day.year())).map(|span| span.get_days()).ok();
    match (day.month(), day.day(), from_easter) {
        (1, 1, _) => Some("New Year"),
        (5, 1, _) => Some("Labour Day"),
        (12, 25, _) => Some("Christmas Day"),
        (12, 26, _) => Some("Boxing Day"),
        (_, _, Some(-2)) => Some("Good Friday"),
        (_, _, Some(1)) => Some("Easter Monday"),
        _ => None,
    }
}

/// Easter Sunday by the Gregorian calendar (the algorithm of *Nature*, 20 April 1876).
fn easter(year: i16) -> civil::Date {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let (d, e, f) = (b / 4, b % 4, (b + 8) / 25);
    let h = (19 * a + b - d - (b - f + 1) / 3 + 15) % 30;
    let l = (32 + 2 * e + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    civil::date(year, (n / 31) as i8, (n % 31 + 1) as i8)
}

impl CsvRow for CalendarDay {
    const COLUMNS: &'static [&'static str] = &["date", "workday", "holiday", "fiscal_period"];

    fn write(&self, record: &mut Record<'_>) {
        record.field(self.date).field(self.workday).optional(self.holiday).field(&self.fiscal_period);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_falls_where_the_tables_say() {
        // 2022 to 2025: 17 April, 9 April, 31 March, 20 April; 2038: the latest there is, 25 April.
        for (year, month, day) in [(2022, 4, 17), (2023, 4, 9), (2024, 3, 31), (2025, 4, 20), (2038, 4, 25)] {
            assert_eq!(easter(year), civil::date(year, month, day));
        }
    }

    #[test]
    fn good_friday_is_no_workday_and_the_day_before_is() -> Result<(), emptor_types::Invalid> {
        let friday: Date = "2024-03-29".parse()?;
        assert_eq!(holiday(friday), Some("Good Friday"));
        assert_eq!(holiday(friday.plus_days(-1)), None);
        assert_eq!(holiday(friday.plus_days(3)), Some("Easter Monday"));
        Ok(())
    }
}
