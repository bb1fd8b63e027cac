//! Calendar periods.

use crate::{Date, Invalid};

/// The grain of time in which results are reported, or in which cost pools are stated.
///
/// ```
/// use emptor_types::period::Grain;
///
/// let periods = Grain::Quarter.over("2024-01-01".parse()?, "2024-08-15".parse()?)?;
/// assert_eq!(periods.len(), 3);
/// assert_eq!(periods[2].start.to_string(), "2024-07-01");
/// assert!(periods[2].is_partial && !periods[1].is_partial);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grain {
    /// Days.
    Day,
    /// Weeks from Monday to Sunday (ISO 8601).
    Week,
    /// Calendar months.
    Month,
    /// Calendar quarters.
    Quarter,
    /// Calendar years.
    Year,
    /// One period, from the first to the last day of the window.
    Window,
}

/// One period of a window; both days belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// First day of the calendar period; the window may start later.
    pub start: Date,
    /// Last day of the calendar period; the window may end earlier.
    pub end: Date,
    /// Whether the window covers a part of it only.
    pub is_partial: bool,
}

impl Grain {
    /// The periods that have a day in the window, oldest first.
    ///
    /// # Errors
    /// If the window ends before it starts.
    pub fn over(self, from: Date, to: Date) -> Result<Vec<Period>, Invalid> {
        if to < from {
            return Err(Invalid::value("window", "must not end before it starts", format!("{from} to {to}")));
        }
        if self == Self::Window {
            return Ok(vec![Period { start: from, end: to, is_partial: false }]);
        }
        let mut periods = Vec::new();
        let mut start = self.start(from)?;
        while start <= to {
            let next = self.next(start)?;
            let end = next.plus_days(-1);
            periods.push(Period { start, end, is_partial: start < from || end > to });
            start = next;
        }
        Ok(periods)
    }

    /// The first day of the period in which a day lies; the day itself for [`Grain::Window`].
    ///
    /// # Errors
    /// Beyond the years -9999 to 9999.
    pub fn start(self, day: Date) -> Result<Date, Invalid> {
        if let Some(months) = self.months() {
            return first_day(month(day).div_euclid(months) * months);
        }
        Ok(match self {
            // Day 0 of the epoch was a Thursday.
            Self::Week => day.plus_days(-(day.days_since_epoch() + 3).rem_euclid(7)),
            _ => day,
        })
    }

    /// The first day of the period after the one that starts on a day.
    ///
    /// # Errors
    /// Beyond the years -9999 to 9999.
    pub fn next(self, start: Date) -> Result<Date, Invalid> {
        match self.months() {
            Some(months) => first_day(month(start) + months),
            None => Ok(start.plus_days(if self == Self::Week { 7 } else { 1 })),
        }
    }

    fn months(self) -> Option<i32> {
        match self {
            Self::Month => Some(1),
            Self::Quarter => Some(3),
            Self::Year => Some(12),
            Self::Day | Self::Week | Self::Window => None,
        }
    }

    /// Whole calendar periods from a day to the last day of the window; lengths of the window where it is one period.
    ///
    /// # Errors
    /// Beyond the years -9999 to 9999.
    pub fn whole_since(self, since: Date, from: Date, to: Date) -> Result<usize, Invalid> {
        let next = to.plus_days(1);
        let days = |from: Date, to: Date| to.days_since_epoch() - from.days_since_epoch();
        let whole = match (self, self.months()) {
            (_, Some(months)) => {
                let at = |day: Date| month(day).div_euclid(months);
                let begun = first_day(at(since) * months)? < since;
                at(next) - at(since) - i32::from(begun)
            }
            (Self::Window, None) => days(since, next).div_euclid(days(from, next)),
            (_, None) => {
                let start = self.start(since)?;
                let first = if start < since { self.next(start)? } else { start };
                days(first, self.start(next)?).div_euclid(days(start, self.next(start)?))
            }
        };
        Ok(usize::try_from(whole).unwrap_or(0))
    }

    /// Whether periods of this grain make up whole periods of the other.
    #[must_use]
    pub fn divides(self, other: Self) -> bool {
        match (self.months(), other.months()) {
            (Some(own), Some(whole)) => whole % own == 0,
            (None, Some(_)) => self == Self::Day,
            (_, None) => other == Self::Window || self == other || (self, other) == (Self::Day, Self::Week),
        }
    }
}

impl std::fmt::Display for Grain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
            Self::Window => "window",
        })
    }
}

/// Months since year 0, so that a period is a multiple of its length.
fn month(day: Date) -> i32 {
    let (year, month) = day.year_month();
    year * 12 + month - 1
}

fn first_day(month: i32) -> Result<Date, Invalid> {
    let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
    let out = || Invalid::value("window", "must lie in the years -9999 to 9999", year);
    Date::new(i16::try_from(year).map_err(|_| out())?, i8::try_from(month).map_err(|_| out())?, 1)
}

/// The place of a day among periods sorted by start; `None` before the first and after the last.
#[must_use]
pub fn place(periods: &[Period], day: i32) -> Option<usize> {
    let place = periods.partition_point(|p| p.start.days_since_epoch() <= day).checked_sub(1)?;
    (day <= periods[place].end.days_since_epoch()).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_quarters_and_years_tile_the_window() -> Result<(), Invalid> {
        let (from, to) = (Date::new(2023, 11, 15)?, Date::new(2025, 2, 28)?);
        for (grain, n) in [
            (Grain::Day, 472),
            (Grain::Week, 68),
            (Grain::Month, 16),
            (Grain::Quarter, 6),
            (Grain::Year, 3),
            (Grain::Window, 1),
        ] {
            let periods = grain.over(from, to)?;
            assert_eq!(periods.len(), n, "{grain}");
            assert!(periods.windows(2).all(|pair| pair[0].end.plus_days(1) == pair[1].start));
            for day in [from, Date::new(2024, 2, 29)?, to] {
                let at = place(&periods, day.days_since_epoch());
                assert!(at.is_some_and(|i| periods[i].start <= day && day <= periods[i].end));
            }
            assert_eq!(place(&periods, periods[0].start.days_since_epoch() - 1), None);
            assert_eq!(place(&periods, periods[n - 1].end.days_since_epoch() + 1), None);
        }
        let months = Grain::Month.over(from, to)?;
        assert!(months[0].is_partial && !months[15].is_partial);
        assert!(Grain::Year.over(to, from).is_err());
        Ok(())
    }

    #[test]
    fn a_period_that_has_only_begun_is_not_whole() -> Result<(), Invalid> {
        let day = |text: &str| text.parse::<Date>();
        let (from, to) = (day("2024-01-01")?, day("2024-12-31")?);
        for (grain, since, whole) in [
            (Grain::Month, "2024-12-01", 1),
            (Grain::Month, "2024-12-02", 0),
            (Grain::Month, "2023-12-31", 12),
            (Grain::Quarter, "2023-10-05", 4),
            (Grain::Quarter, "2024-07-01", 2),
            (Grain::Year, "2024-01-01", 1),
            (Grain::Year, "2020-06-01", 4),
            (Grain::Year, "2025-06-01", 0),
            (Grain::Window, "2023-01-01", 1),
            (Grain::Window, "2024-01-02", 0),
            (Grain::Day, "2024-12-30", 2),
            (Grain::Week, "2024-12-16", 2),
            (Grain::Week, "2024-12-17", 1),
        ] {
            assert_eq!(grain.whole_since(day(since)?, from, to)?, whole, "{grain} {since}");
        }
        assert_eq!(Grain::Month.whole_since(from, from, day("2024-03-15")?)?, 2);
        Ok(())
    }

    #[test]
    fn a_month_divides_a_quarter_and_not_the_reverse() {
        use Grain::{Day, Month, Quarter, Week, Window, Year};
        assert!(Day.divides(Month) && Day.divides(Week) && Week.divides(Week) && Week.divides(Window));
        assert!(!Week.divides(Month) && !Month.divides(Week) && !Week.divides(Day) && !Window.divides(Day));
        assert!(Month.divides(Quarter) && Quarter.divides(Year) && Year.divides(Window) && Year.divides(Year));
        assert!(!Quarter.divides(Month) && !Year.divides(Quarter) && !Window.divides(Year));
    }
}
