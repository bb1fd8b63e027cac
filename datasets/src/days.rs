//! What the simulation asks of a calendar day and [`Date`] does not answer: its parts, and how far days are apart.

use emptor_types::Date;
use jiff::{Span, civil};

/// The parts of a day: month, weekday, length of its month and year.
pub(crate) fn civil(date: Date) -> civil::Date {
    // A `Date` lies within the years of jiff, so that its span does too.
    civil::date(1970, 1, 1).saturating_add(Span::new().days(date.days_since_epoch()))
}

/// The calendar year.
pub(crate) fn year(date: Date) -> i16 {
    civil(date).year()
}

/// How many days `later` comes after `earlier`; negative if it comes before.
pub(crate) fn days_between(earlier: Date, later: Date) -> i32 {
    later.days_since_epoch() - earlier.days_since_epoch()
}

/// The first day of the month.
pub(crate) fn month_start(date: Date) -> Date {
    date.plus_days(1 - i32::from(civil(date).day()))
}

/// The first days of the months, or with 3 of the quarters, that have a day from `start` to `end`.
pub(crate) fn periods(start: Date, end: Date, months: i8) -> Vec<Date> {
    let mut first = month_start(start);
    while (civil(first).month() - 1) % months != 0 {
        first = month_start(first.plus_days(-1));
    }
    let mut firsts = Vec::new();
    while first <= end {
        firsts.push(first);
        for _ in 0..months {
            first = first.plus_days(i32::from(civil(first).days_in_month()));
        }
    }
    firsts
}

/// The place of the period that holds the day, in a list made by [`periods`].
pub(crate) fn period_of(firsts: &[Date], day: Date) -> usize {
    firsts.partition_point(|&first| first <= day).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use emptor_types::Invalid;

    use super::*;

    #[test]
    fn periods_touch_the_window_and_hold_their_days() -> Result<(), Invalid> {
        let (start, end) = ("2022-03-15".parse()?, "2024-01-01".parse()?);
        let months = periods(start, end, 1);
        assert_eq!((months.len(), months[0].to_string().as_str()), (23, "2022-03-01"));
        let quarters = periods(start, end, 3);
        assert_eq!((quarters.len(), quarters[0].to_string().as_str()), (9, "2022-01-01"));
        assert_eq!((period_of(&quarters, start), period_of(&quarters, end)), (0, 8));
        Ok(())
    }
}
