//! The calendar of a series: into which periods days fall, and which come next.

use std::collections::HashMap;

use emptor_table::Calendar;
use emptor_types::period::{Grain, Period, place};
use emptor_types::{Date, Invalid};
use polars::prelude::{DataType, SortMultipleOptions, col};

use crate::ForecastError;

/// The periods of a series and the length of its season.
///
/// Calendar periods go on for ever; listed ones (fiscal periods, 4-4-5 weeks) go on as they were a season ago.
///
/// ```
/// use emptor_forecast::sales::Periods;
/// use emptor_types::period::Grain;
///
/// assert_eq!(Periods::of(Grain::Month)?.season(), 12);
/// // A retail year that begins on 4 February 2024: four, four and five weeks.
/// let retail = Periods::four_four_five("2024-02-04".parse()?, 1)?;
/// let ahead = retail.after("2025-02-01".parse()?, 3)?;
/// let weeks: Vec<_> = ahead.iter().map(|p| (p.end.days_since_epoch() - p.start.days_since_epoch() + 1) / 7).collect();
/// assert_eq!(weeks, [4, 4, 5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Periods {
    plan: Plan,
    season: usize,
}

#[derive(Debug, Clone, PartialEq)]
enum Plan {
    Grain(Grain),
    /// One after the other without a gap.
    Listed(Vec<Period>),
}

impl Periods {
    /// Calendar periods; a season is a year, for days a week. ISO weeks have a season of 52: a week of the season moves by
    /// a day or two a year against the calendar, and by a week after a year of 53.
    ///
    /// # Errors
    /// For [`Grain::Window`], which has no periods.
    pub fn of(grain: Grain) -> Result<Self, ForecastError> {
        let season = match grain {
            Grain::Day => 7,
            Grain::Week => 52,
            Grain::Month => 12,
            Grain::Quarter => 4,
            Grain::Year => 1,
            Grain::Window => return Err(Invalid::value("grain", "must have periods that repeat", grain).into()),
        };
        Ok(Self { plan: Plan::Grain(grain), season })
    }

    /// Listed periods, oldest first, of a season.
    ///
    /// # Errors
    /// Unless there is a period, each begins on the day after the one before has ended, and the season is at least 1.
    pub fn listed(periods: Vec<Period>, season: usize) -> Result<Self, ForecastError> {
        let mut checks = Invalid::checks();
        checks.require(!periods.is_empty(), "periods", "must be at least one", 0);
        checks.require(season > 0, "season", "must be at least 1 period", season);
        if let Some(period) = periods.iter().find(|period| period.end < period.start) {
            checks.require(false, "periods", "must not end before they start", period.start);
        }
        if let Some(pair) = periods.windows(2).find(|pair| pair[0].end.plus_days(1) != pair[1].start) {
            checks.require(false, "periods", "must follow one another day by day", pair[1].start);
        }
        checks.finish()?;
        Ok(Self { plan: Plan::Listed(periods), season })
    }

    /// The retail calendar: quarters of four, four and five weeks, from the first day of a fiscal year on, for so many
    /// years of 52 weeks. Where a year has 53, list the periods.
    ///
    /// # Errors
    /// Unless there is a year.
    pub fn four_four_five(first_day: Date, years: usize) -> Result<Self, ForecastError> {
        let mut start = first_day;
        let mut periods = Vec::with_capacity(12 * years);
        for month in 0..12 * years {
            let end = start.plus_days(if month % 3 == 2 { 34 } else { 27 });
            periods.push(Period { start, end, is_partial: false });
            start = end.plus_days(1);
        }
        Self::listed(periods, 12)
    }

    /// The fiscal periods of a company's calendar, of a season.
    ///
    /// # Errors
    /// If the calendar names no fiscal periods, or a period is torn in two.
    pub fn fiscal(calendar: &Calendar, season: usize) -> Result<Self, ForecastError> {
        let mut rows = calendar.rows();
        if !rows.collect_schema()?.contains("fiscal_period") {
            let rule = "must name the fiscal period of every day (fiscal_period)";
            return Err(Invalid::value("calendar", rule, "no such column").into());
        }
        let rows = rows
            .select([col("date").to_physical().cast(DataType::Int32), col("fiscal_period")])
            .filter(col("fiscal_period").is_not_null())
            .sort(["date"], SortMultipleOptions::default())
            .collect()?;
        let mut periods: Vec<Period> = Vec::new();
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for (day, name) in rows.column("date")?.i32()?.iter().zip(rows.column("fiscal_period")?.str()?.iter()) {
            let (Some(day), Some(name)) = (day, name) else { continue };
            let day = Date::from_days_since_epoch(day)?;
            let at = *seen.entry(name).or_insert(periods.len());
            if at == periods.len() {
                periods.push(Period { start: day, end: day, is_partial: false });
            } else if at + 1 == periods.len() {
                periods[at].end = day;
            } else {
                return Err(Invalid::value("fiscal_period", "must name one span of days", name).into());
            }
        }
        Self::listed(periods, season)
    }

    /// The same periods with another season, e.g. 7 for days of a week, 365 for days of a year.
    ///
    /// # Errors
    /// If the season is 0.
    pub fn with_season(mut self, season: usize) -> Result<Self, ForecastError> {
        if season == 0 {
            return Err(Invalid::value("season", "must be at least 1 period", season).into());
        }
        self.season = season;
        Ok(self)
    }

    /// Periods of a season.
    #[must_use]
    pub fn season(&self) -> usize {
        self.season
    }

    /// The periods that have a day in a window, whole as the calendar has them.
    ///
    /// # Errors
    /// If the window ends before it starts, or reaches beyond listed periods.
    pub fn over(&self, from: Date, to: Date) -> Result<Vec<Period>, ForecastError> {
        match &self.plan {
            Plan::Grain(grain) => Ok(grain.over(from, to)?),
            Plan::Listed(periods) => {
                let at = |day: Date| {
                    place(periods, day.days_since_epoch())
                        .ok_or_else(|| Invalid::value("periods", "must cover every day of the data", day))
                };
                let (first, last) = (at(from)?, at(to)?);
                Ok(periods.get(first..=last).map(<[Period]>::to_vec).unwrap_or_default())
            }
        }
    }

    /// The next periods after a day on which one ends.
    ///
    /// # Errors
    /// Beyond the years -9999 to 9999.
    pub fn after(&self, last: Date, count: usize) -> Result<Vec<Period>, ForecastError> {
        let mut start = last.plus_days(1);
        let mut periods: Vec<Period> = Vec::with_capacity(count);
        let mut known = match &self.plan {
            Plan::Listed(known) => known.clone(),
            Plan::Grain(_) => Vec::new(),
        };
        while periods.len() < count {
            let end = match &self.plan {
                Plan::Grain(grain) => grain.next(start)?.plus_days(-1),
                Plan::Listed(_) => match place(&known, start.days_since_epoch()) {
                    Some(at) => known[at].end,
                    None => {
                        let back = known.len().saturating_sub(self.season.max(1));
                        let like = known[back];
                        start.plus_days(like.end.days_since_epoch() - like.start.days_since_epoch())
                    }
                },
            };
            let next = Period { start, end, is_partial: false };
            if known.last().is_some_and(|period| period.end < start) {
                known.push(next);
            }
            periods.push(next);
            start = end.plus_days(1);
        }
        Ok(periods)
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use emptor_table::CalendarColumns;
    use polars::prelude::df;

    use super::*;

    #[test]
    fn a_retail_year_has_52_weeks_and_goes_on() -> Result<(), Box<dyn Error>> {
        let first: Date = "2024-02-04".parse()?;
        let retail = Periods::four_four_five(first, 2)?;
        let listed = retail.over(first, first.plus_days(2 * 364 - 1))?;
        assert_eq!(listed.len(), 24);
        assert_eq!(listed[12].start, first.plus_days(364));
        let ahead = retail.after(listed[22].end, 13)?;
        assert_eq!(ahead[0], listed[23]);
        assert_eq!(ahead[12].end, first.plus_days(3 * 364 - 1));
        assert!(retail.over(first.plus_days(-1), first).is_err());
        Ok(())
    }

    #[test]
    fn fiscal_periods_are_those_of_the_calendar() -> Result<(), Box<dyn Error>> {
        let frame = df!(
            "day" => ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"],
            "period" => ["P1", "P1", "P2", "P2"],
        )?;
        let calendar = Calendar::scan(frame, &CalendarColumns::new("day").fiscal_period("period"))?;
        let fiscal = Periods::fiscal(&calendar, 2)?;
        let listed = fiscal.over("2024-01-01".parse()?, "2024-01-04".parse()?)?;
        assert_eq!(listed.len(), 2);
        assert_eq!(listed[1].start.to_string(), "2024-01-03");
        Ok(())
    }

    #[test]
    fn a_torn_fiscal_period_is_named() -> Result<(), Box<dyn Error>> {
        let frame = df!("day" => ["2024-01-01", "2024-01-02", "2024-01-03"], "period" => ["P1", "P2", "P1"])?;
        let calendar = Calendar::scan(frame, &CalendarColumns::new("day").fiscal_period("period"))?;
        let refused = Periods::fiscal(&calendar, 2).map_err(|error| error.to_string());
        assert!(refused.is_err_and(|text| text.contains("P1")));
        Ok(())
    }
}
