//! The clock of the shop: season and weekday.
//!
//! Purchases follow a Poisson process in *operational* time, which runs faster in December and on Saturdays and slower
//! in February and on Sundays. Over every whole calendar year operational and calendar time agree exactly, so the
//! season moves dates but leaves the number of purchases of a year as the purchase process has it; inside a year the
//! two clocks differ by about two weeks at most.

use emptor_types::Date;

use crate::days::civil;

/// Demand at the middle of each month, January first; a home and gift retailer.
const MONTHS: [f64; 12] = [0.90, 0.86, 0.94, 1.00, 1.02, 0.98, 0.92, 0.90, 0.98, 1.02, 1.18, 1.36];
/// Demand on Monday to Sunday.
const WEEKDAYS: [f64; 7] = [0.90, 0.88, 0.92, 0.98, 1.16, 1.42, 0.74];

/// Demand per day of the window, with mean 1 over calendar years.
#[derive(Debug)]
pub(crate) struct Clock {
    start: Date,
    /// Operational time in days at the start of each day, and at the end of the last.
    ticks: Vec<f64>,
}

impl Clock {
    pub(crate) fn new(start: Date, days: i32, strength: f64) -> Self {
        let mut ticks = Vec::with_capacity(days as usize + 1);
        let (mut now, mut year, mut mean) = (0.0, None, 1.0);
        ticks.push(now);
        for day in (0..days).map(|day| start.plus_days(day)) {
            let this_year = Some(civil(day).year());
            if year != this_year {
                year = this_year;
                mean = year_mean(day, strength);
            }
            now += demand(day, strength) / mean;
            ticks.push(now);
        }
        Self { start, ticks }
    }

    pub(crate) fn days(&self) -> i32 {
        self.ticks.len() as i32 - 1
    }

    /// The calendar day of a day of the window.
    pub(crate) fn day(&self, index: i32) -> Date {
        self.start.plus_days(index)
    }

    /// Demand on a day of the window.
    pub(crate) fn demand(&self, index: i32) -> f64 {
        self.ticks[index as usize + 1] - self.ticks[index as usize]
    }

    /// Operational time at the middle of a day of the window.
    pub(crate) fn noon(&self, index: i32) -> f64 {
        self.ticks[index as usize] + 0.5 * self.demand(index)
    }

    /// Operational time at the end of the window.
    pub(crate) fn end(&self) -> f64 {
        self.ticks[self.ticks.len() - 1]
    }

    /// The day of the window at an operational time before the end.
    pub(crate) fn index(&self, time: f64) -> i32 {
        (self.ticks.partition_point(|&tick| tick <= time) as i32 - 1).clamp(0, self.days() - 1)
    }
}

/// Whether shops are closed.
pub(crate) fn is_sunday(day: Date) -> bool {
    civil(day).weekday() == jiff::civil::Weekday::Sunday
}

fn demand(day: Date, strength: f64) -> f64 {
    let date = civil(day);
    // Months are counted from the middle of January; demand runs straight from middle to middle.
    let position =
        f64::from(date.month()) - 1.0 + (f64::from(date.day()) - 0.5) / f64::from(date.days_in_month()) - 0.5;
    let before = position.floor();
    let month = |offset: f64| MONTHS[(before + offset).rem_euclid(12.0) as usize];
    let season = month(0.0) + (month(1.0) - month(0.0)) * (position - before);
    let weekday = WEEKDAYS[date.weekday().to_monday_zero_offset() as usize];
    (1.0 + strength * (season - 1.0)) * (1.0 + strength * (weekday - 1.0))
}

fn year_mean(day: Date, strength: f64) -> f64 {
    let date = civil(day);
    let days = i32::from(date.days_in_year());
    let first = day.plus_days(1 - i32::from(date.day_of_year()));
    (0..days).map(|offset| demand(first.plus_days(offset), strength)).sum::<f64>() / f64::from(days)
}

#[cfg(test)]
mod tests {
    use emptor_types::Invalid;

    use super::*;

    #[test]
    fn operational_and_calendar_time_agree_at_every_new_year() -> Result<(), Invalid> {
        let clock = Clock::new("2022-01-01".parse()?, 1_096, 1.0);
        for (index, days) in [(365, 365.0), (730, 730.0), (1_096, 1_096.0)] {
            assert!((clock.ticks[index] - days).abs() < 1e-9, "{}", clock.ticks[index]);
        }
        let apart = clock.ticks.iter().enumerate().map(|(i, tick)| (tick - i as f64).abs()).fold(0.0, f64::max);
        assert!(apart < 16.0, "{apart} days");
        Ok(())
    }

    #[test]
    fn without_season_every_day_is_alike() -> Result<(), Invalid> {
        let clock = Clock::new("2022-03-05".parse()?, 400, 0.0);
        assert!((0..400).all(|day| (clock.demand(day) - 1.0).abs() < 1e-12));
        Ok(())
    }

    #[test]
    fn a_time_falls_on_the_day_that_holds_it() -> Result<(), Invalid> {
        let clock = Clock::new("2022-01-01".parse()?, 700, 1.0);
        assert!((0..700).all(|day| clock.index(clock.noon(day)) == day));
        Ok(())
    }
}
