//! The span of days that a P looks at.

use emptor_types::{Date, Invalid};

use crate::period::{Grain, Period};

/// From the first to the last day that counts, and the grain of time in between. The last day is the day of observation:
/// nothing later is known, and nobody reads the clock.
///
/// ```
/// use emptor_core::period::Grain;
/// use emptor_core::profile::Window;
///
/// let window = Window::new("2024-01-01".parse()?, "2024-08-15".parse()?, Grain::Quarter)?;
/// let quarters = window.periods()?;
/// assert!(quarters.len() == 3 && quarters[2].is_partial);
/// assert_eq!(window.before()?.from().to_string(), "2023-05-18");
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    from: Date,
    as_of: Date,
    grain: Grain,
}

impl Window {
    /// A window of whole days, both ends included.
    ///
    /// # Errors
    /// If it ends before it starts.
    pub fn new(from: Date, as_of: Date, grain: Grain) -> Result<Self, Invalid> {
        if as_of < from {
            return Err(Invalid::value("window", "must not end before it starts", format!("{from} to {as_of}")));
        }
        Ok(Self { from, as_of, grain })
    }

    /// The year up to a day, or from the middle of the data where they hold less than two years: what a window is compared
    /// with must be in the data too. `first` is the first day of the data.
    ///
    /// # Errors
    /// If the data begin after the day.
    pub fn usual(first: Date, as_of: Date, grain: Grain) -> Result<Self, Invalid> {
        if as_of < first {
            return Err(Invalid::value("window", "must not end before the data begin", format!("{first}, {as_of}")));
        }
        let year = as_of.year_before().plus_days(1);
        let middle = first.plus_days((as_of.days_since_epoch() - first.days_since_epoch()) / 2 + 1);
        let from = if first > year.year_before() { middle.max(year).min(as_of) } else { year };
        Self::new(from, as_of, grain)
    }

    /// The first day.
    #[must_use]
    pub fn from(&self) -> Date {
        self.from
    }

    /// The last day, and the day of observation.
    #[must_use]
    pub fn as_of(&self) -> Date {
        self.as_of
    }

    /// The grain.
    #[must_use]
    pub fn grain(&self) -> Grain {
        self.grain
    }

    /// Its length in days.
    #[must_use]
    pub fn days(&self) -> i32 {
        self.as_of.days_since_epoch() - self.from.days_since_epoch() + 1
    }

    /// The calendar periods that have a day in it, oldest first; those that it cuts are partial.
    ///
    /// # Errors
    /// Beyond the years -9999 to 9999.
    pub fn periods(&self) -> Result<Vec<Period>, Invalid> {
        self.grain.over(self.from, self.as_of)
    }

    /// The window before this one, up to the day before it: as many months where this one holds whole calendar months, so
    /// that a year is compared with a year, else as many days.
    ///
    /// # Errors
    /// Beyond the years -9999 to 9999.
    pub fn before(&self) -> Result<Self, Invalid> {
        let (first, next) = (Grain::Month.start(self.from)?, self.as_of.plus_days(1));
        if first != self.from || Grain::Month.start(next)? != next {
            return Self::new(self.from.plus_days(-self.days()), self.from.plus_days(-1), self.grain);
        }
        let month = |(year, month): (i32, i32)| year * 12 + month - 1;
        let months = month(next.year_month()) - month(self.from.year_month());
        let mut start = self.from;
        for _ in 0..months {
            start = Grain::Month.start(start.plus_days(-1))?;
        }
        Self::new(start, self.from.plus_days(-1), self.grain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_window_leaves_as_much_before_it() -> Result<(), Invalid> {
        for (first, as_of, from) in [
            ("2020-01-01", "2024-12-31", "2024-01-01"),
            ("2023-01-01", "2024-12-31", "2024-01-01"),
            ("2023-01-02", "2024-12-31", "2024-01-02"),
            ("2024-01-01", "2024-01-10", "2024-01-06"),
            ("2024-01-01", "2024-01-01", "2024-01-01"),
        ] {
            assert_eq!(Window::usual(first.parse()?, as_of.parse()?, Grain::Month)?.from(), from.parse()?, "{first}");
        }
        assert!(Window::usual("2024-01-02".parse()?, "2024-01-01".parse()?, Grain::Month).is_err());
        Ok(())
    }

    #[test]
    fn a_leap_year_is_compared_with_the_year_before_and_a_part_of_a_month_with_as_many_days() -> Result<(), Invalid> {
        for (from, to, before) in [
            ("2024-01-01", "2024-12-31", "2023-01-01 2023-12-31"),
            ("2024-02-01", "2024-02-29", "2024-01-01 2024-01-31"),
            ("2024-02-01", "2024-02-28", "2024-01-04 2024-01-31"),
            ("2024-01-15", "2024-01-15", "2024-01-14 2024-01-14"),
        ] {
            let window = Window::new(from.parse()?, to.parse()?, Grain::Month)?.before()?;
            assert_eq!(format!("{} {}", window.from(), window.as_of()), before);
        }
        Ok(())
    }
}
