//! The periods of a base, from before its first purchase to the day of observation.

use emptor_types::{Date, Invalid};

use crate::period::{Grain, Period, place};
use crate::profile::Window;

const QUARTERS: [&str; 4] = ["first", "second", "third", "fourth"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Calendar periods over all history, of which those of the window are a part. Cohorts are older than the window, and
/// the first period of the window has one before it, from which customers come.
///
/// ```
/// use emptor_core::period::Grain;
/// use emptor_core::profile::Window;
/// use emptor_core::profile::persistency::Timeline;
///
/// let window = Window::new("2024-01-01".parse()?, "2024-08-15".parse()?, Grain::Quarter)?;
/// let timeline = Timeline::new(&window, "2023-05-01".parse()?)?;
/// assert_eq!((timeline.len(), timeline.window().start), (7, 4)); // 2023-Q1 is there as the one before
/// assert_eq!(timeline.label(4), "2024-Q1");
/// assert!(timeline.is_partial(6) && !timeline.is_partial(5));
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    periods: Vec<Period>,
    first: usize,
    grain: Grain,
    as_of: Date,
}

impl Timeline {
    /// The periods from the one before the earliest day (or before the window, if that is earlier) to the day of
    /// observation. With [`Grain::Window`] periods are as long as the window.
    ///
    /// # Errors
    /// Beyond the years -9999 to 9999.
    pub fn new(window: &Window, earliest: Date) -> Result<Self, Invalid> {
        let (grain, as_of) = (window.grain(), window.as_of());
        let begin = earliest.min(window.from());
        let periods = if grain == Grain::Window {
            let mut periods = vec![Period { start: window.from(), end: as_of, is_partial: false }];
            let mut start = window.from();
            while start >= begin {
                let before =
                    Period { start: start.plus_days(-window.days()), end: start.plus_days(-1), is_partial: false };
                start = before.start;
                periods.push(before);
            }
            periods.reverse();
            periods
        } else {
            let before = grain.start(grain.start(begin)?.plus_days(-1))?;
            grain.over(before, as_of)?
        };
        let first = place(&periods, window.from().days_since_epoch()).unwrap_or(0);
        Ok(Self { periods, first, grain, as_of })
    }

    /// How many periods there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.periods.len()
    }

    /// Whether there is none, which never happens.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.periods.is_empty()
    }

    /// The periods, oldest first.
    #[must_use]
    pub fn periods(&self) -> &[Period] {
        &self.periods
    }

    /// Which of them belong to the window. The first counts in full, also where the window begins inside it.
    #[must_use]
    pub fn window(&self) -> std::ops::Range<usize> {
        self.first..self.periods.len()
    }

    /// The period of a day.
    #[must_use]
    pub fn place(&self, day: i32) -> Option<usize> {
        place(&self.periods, day)
    }

    /// Whether a period is not over on the day of observation; also of periods that have not begun.
    #[must_use]
    pub fn is_partial(&self, period: usize) -> bool {
        self.periods.get(period).is_none_or(|period| period.end > self.as_of)
    }

    /// The last period that is over; `None` if none is.
    #[must_use]
    pub fn last_complete(&self) -> Option<usize> {
        (0..self.len()).rev().find(|period| !self.is_partial(*period))
    }

    /// The name of a period: `2024`, `2024-Q1`, `2024-03`, or its first day.
    #[must_use]
    pub fn label(&self, period: usize) -> String {
        let Some(period) = self.periods.get(period) else { return String::new() };
        let (year, month) = period.start.year_month();
        match self.grain {
            Grain::Year => format!("{year:04}"),
            Grain::Quarter => format!("{year:04}-Q{}", (month + 2) / 3),
            Grain::Month => format!("{year:04}-{month:02}"),
            _ => period.start.to_string(),
        }
    }

    /// The name of a period as one would say it: `2024`, `the first quarter of 2024`, `March 2024`, or from which day to
    /// which.
    #[must_use]
    pub(super) fn words(&self, period: usize) -> String {
        let Some(period) = self.periods.get(period) else { return String::new() };
        let (year, month) = period.start.year_month();
        let at = |place: i32| usize::try_from(place).unwrap_or(0);
        match self.grain {
            Grain::Year => format!("{year:04}"),
            Grain::Quarter => {
                let quarter = QUARTERS.get(at((month - 1) / 3)).unwrap_or(&"");
                format!("the {quarter} quarter of {year:04}")
            }
            Grain::Month => format!("{} {year:04}", MONTHS.get(at(month - 1)).unwrap_or(&"")),
            _ => format!("the period from {} to {}", period.start, period.end),
        }
    }

    /// The grain.
    #[must_use]
    pub fn grain(&self) -> Grain {
        self.grain
    }

    /// Mean length of a period in days.
    #[must_use]
    pub fn period_days(&self) -> f64 {
        match self.grain {
            Grain::Day => 1.0,
            Grain::Week => 7.0,
            Grain::Month => 365.25 / 12.0,
            Grain::Quarter => 365.25 / 4.0,
            Grain::Year => 365.25,
            Grain::Window => self
                .periods
                .last()
                .map_or(1.0, |period| f64::from(period.end.days_since_epoch() - period.start.days_since_epoch() + 1)),
        }
    }

    /// Whole periods between two days, from anniversary to anniversary: from 31 January, a month is over on 1 March.
    #[must_use]
    pub fn elapsed(&self, from: i32, to: i32) -> usize {
        let days = i64::from(to) - i64::from(from);
        let months = match self.grain {
            Grain::Month => 1,
            Grain::Quarter => 3,
            Grain::Year => 12,
            _ => return usize::try_from(days).map_or(0, |days| (days as f64 / self.period_days()) as usize),
        };
        let (Ok(from), Ok(to)) = (Date::from_days_since_epoch(from), Date::from_days_since_epoch(to)) else { return 0 };
        let (a, b) = (from.year_month(), to.year_month());
        let whole = (b.0 - a.0) * 12 + b.1 - a.1 - i32::from(day_of_month(to) < day_of_month(from));
        usize::try_from(whole.div_euclid(months)).unwrap_or(0)
    }
}

fn day_of_month(day: Date) -> i32 {
    Grain::Month.start(day).map_or(1, |first| day.days_since_epoch() - first.days_since_epoch() + 1)
}
