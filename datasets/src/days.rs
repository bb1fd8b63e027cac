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
