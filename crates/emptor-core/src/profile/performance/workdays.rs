//! How much of a period is over, in days on which people work.

use emptor_types::{Date, Invalid};

use crate::period::Grain;

/// Days from Monday to Friday that are no holidays, both ends included; 0 if the span ends before it starts.
///
/// ```
/// use emptor_core::profile::performance::workdays;
///
/// let (monday, sunday) = ("2024-12-23".parse()?, "2024-12-29".parse()?);
/// assert_eq!(workdays(monday, sunday, &[]), 5);
/// assert_eq!(workdays(monday, sunday, &["2024-12-25".parse()?, "2024-12-29".parse()?]), 4);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[must_use]
pub fn workdays(first: Date, last: Date, holidays: &[Date]) -> usize {
    // Day 0 of the epoch was a Thursday, so that day 4 was a Monday.
    let works = |day: &i32| (day - 4).rem_euclid(7) < 5;
    let off = |day: &i32| holidays.iter().any(|holiday| holiday.days_since_epoch() == *day);
    (first.days_since_epoch()..=last.days_since_epoch()).filter(|day| works(day) && !off(day)).count()
}

/// The last day of the period of a length that begins on a day, which need not be the first of a calendar period: a
/// fiscal year may begin in April. A window is as long as it is.
pub(super) fn last_day(start: Date, grain: Grain, window_end: Date) -> Result<Date, Invalid> {
    let months = match grain {
        Grain::Day => return Ok(start),
        Grain::Week => return Ok(start.plus_days(6)),
        Grain::Month => 1,
        Grain::Quarter => 3,
        Grain::Year => 12,
        Grain::Window => return Ok(window_end),
    };
    let (year, month) = start.year_month();
    let first_of = |month: i32| {
        let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
        let out = || Invalid::value("period_start", "must lie in the years -9999 to 9999", year);
        Date::new(i16::try_from(year).map_err(|_| out())?, i8::try_from(month).map_err(|_| out())?, 1)
    };
    let month = year * 12 + month - 1;
    let into = start.days_since_epoch() - first_of(month)?.days_since_epoch();
    // The 31st of January plus a month is the last of February.
    let next = first_of(month + months)?;
    let length = first_of(month + months + 1)?.days_since_epoch() - next.days_since_epoch();
    Ok(next.plus_days(into.min(length - 1) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_has_two_hundred_and_sixty_odd_workdays() -> Result<(), Invalid> {
        let day = |text: &str| text.parse::<Date>();
        // 2024 began on a Monday and had 366 days: 52 weeks, a Monday and a Tuesday.
        assert_eq!(workdays(day("2024-01-01")?, day("2024-12-31")?, &[]), 262);
        assert_eq!(workdays(day("2024-12-31")?, day("2024-01-01")?, &[]), 0);
        assert_eq!(workdays(day("1969-12-29")?, day("1970-01-04")?, &[]), 5);
        Ok(())
    }

    #[test]
    fn a_period_may_begin_on_any_day() -> Result<(), Invalid> {
        let day = |text: &str| text.parse::<Date>();
        for (start, grain, last) in [
            ("2024-01-01", Grain::Month, "2024-01-31"),
            ("2024-04-01", Grain::Year, "2025-03-31"),
            ("2023-11-15", Grain::Quarter, "2024-02-14"),
            ("2024-01-31", Grain::Month, "2024-02-28"),
            ("2024-01-01", Grain::Week, "2024-01-07"),
            ("2024-01-01", Grain::Day, "2024-01-01"),
            ("2024-01-01", Grain::Window, "2024-06-30"),
        ] {
            assert_eq!(last_day(day(start)?, grain, day("2024-06-30")?)?, day(last)?, "{start} {grain}");
        }
        Ok(())
    }
}
