//! Sales by period, for one or thousands of series.

use std::collections::BTreeMap;

use emptor_table::Tables;
use emptor_types::period::Period;
use emptor_types::{Date, ExactSum};
use polars::prelude::{Column, DataFrame, DataType, IntoColumn, NamedFrom, PolarsResult};

use super::dimension::SalesDimension;
use super::periods::Periods;
use super::read;
use super::settings::{SalesSettings, Unfinished};
use crate::{ForecastError, Series};

/// The member of those that are added up.
const REST: &str = "__rest__";

/// A period that is not in the series as it is, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftOut {
    /// The period.
    pub period: Period,
    /// Why, as a sentence.
    pub reason: String,
}

/// Sales by period: one regular series for every member of the dimensions asked for, in ascending order of the members.
///
/// A series begins with the first period in which something happened and goes on to the last period of all: a period
/// without a line is one without sales, 0, not a missing one. A first or last period that the data cover in part only is
/// no bad period and is left out ([`left_out`](Self::left_out)); days without a line at the ends count as covered as long
/// as they are no more than in the longest stretch without a line in between. The series add up to [`total`](Self::total).
///
/// ```
/// use emptor_forecast::sales::{SalesSeries, SalesSettings};
/// use emptor_table::polars::df;
/// use emptor_table::{Tables, TransactionColumns, Transactions};
/// use emptor_types::period::Grain;
///
/// let lines = df!(
///     "who" => [1_i64, 1, 2, 2],
///     "day" => ["2024-01-01", "2024-01-31", "2024-03-30", "2024-04-02"],
///     "paid" => [10.0, 20.0, 30.0, 5.0],
/// )?;
/// let tables = Tables::new(Transactions::from_frame(lines, &TransactionColumns::new("who", "day").amount("paid"))?);
/// let sales = SalesSeries::of(&tables, &SalesSettings::new(Grain::Month, "2024-04-02".parse()?)?, None)?;
/// assert_eq!(sales.values(0), Some([30.0, 0.0, 30.0].as_slice()));
/// assert_eq!(sales.left_out().len(), 1, "April has only begun");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SalesSeries {
    by: Vec<SalesDimension>,
    measure: &'static str,
    calendar: Periods,
    periods: Vec<Period>,
    members: Vec<Vec<String>>,
    /// By series, from its first period on to the last one of all.
    values: Vec<Vec<f64>>,
    left_out: Vec<LeftOut>,
}

impl SalesSeries {
    /// Reads the series from the tables. `labels` (`customer_id`, then `segment` or `grade` as text) are needed where sales
    /// are split by them.
    ///
    /// # Errors
    /// If settings break rules, a dimension or measure needs a column that is not there, no period is covered, or a query
    /// fails.
    pub fn of(tables: &Tables, settings: &SalesSettings, labels: Option<&DataFrame>) -> Result<Self, ForecastError> {
        settings.check()?;
        let tables = &tables.known_by(settings.as_of);
        let lines = read::lines(tables, settings);
        let Some(span) = read::span(lines.clone(), settings)? else {
            return Err(ForecastError::NoSales { reason: nothing_in(tables, settings) });
        };
        let mut periods = settings.periods.over(span.first, span.last)?;
        let mut left_out = Vec::new();
        if let Some(period) = periods.first().copied().filter(|period| days(period.start, span.first) > span.gap) {
            let reason = format!("the data begin on {}, after its first day", span.first);
            left_out.push(LeftOut { period, reason });
            periods.remove(0);
        }
        // What a scaled last period is multiplied by.
        let mut scale = 1.0;
        if let Some(period) = periods.last().copied().filter(|period| span.last < period.end) {
            let share = f64::from(days(period.start, span.last) + 1) / f64::from(days(period.start, period.end) + 1);
            let scaled = settings.unfinished == Unfinished::Scale && share >= 0.5;
            let then = if scaled { "scaled up by its days" } else { "left out" };
            let reason = format!("the data end on {}, before its last day {}: {then}", span.last, period.end);
            left_out.push(LeftOut { period, reason });
            if scaled {
                scale = 1.0 / share;
            } else {
                periods.pop();
            }
        }
        if periods.is_empty() {
            let out = |out: &LeftOut| format!("the period of {}: {}", out.period.start, out.reason);
            let why: Vec<String> = left_out.iter().map(out).collect();
            let reason =
                format!("no period is covered as a whole from {} to {} ({})", span.first, span.last, why.join("; "));
            return Err(ForecastError::NoSales { reason });
        }
        let cells = read::cells(lines, tables, settings, labels, &periods)?;
        let (mut members, mut values) = (Vec::new(), Vec::new());
        for (member, cells) in cells {
            let begin = cells.keys().next().copied().unwrap_or(0);
            let mut row = vec![0.0; periods.len() - begin];
            for (place, sum) in cells {
                row[place - begin] = if place + 1 == periods.len() { sum * scale } else { sum };
            }
            members.push(member);
            values.push(row);
        }
        Ok(Self {
            by: settings.by.clone(),
            measure: settings.measure.name(),
            calendar: settings.periods.clone(),
            periods,
            members,
            values,
            left_out,
        })
    }

    /// By what sales are split.
    #[must_use]
    pub fn by(&self) -> &[SalesDimension] {
        &self.by
    }

    /// How many series there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.values.len()
    }

    /// The calendar.
    #[must_use]
    pub fn calendar(&self) -> &Periods {
        &self.calendar
    }

    /// The periods of the longest series, oldest first.
    #[must_use]
    pub fn periods(&self) -> &[Period] {
        &self.periods
    }

    /// The members of a series, one for every dimension.
    #[must_use]
    pub fn member(&self, series: usize) -> Option<&[String]> {
        self.members.get(series).map(Vec::as_slice)
    }

    /// The place of the series of these members.
    #[must_use]
    pub fn find(&self, member: &[&str]) -> Option<usize> {
        self.members.iter().position(|own| own.iter().map(String::as_str).eq(member.iter().copied()))
    }

    /// The values of a series; its last one is that of the last period of all.
    #[must_use]
    pub fn values(&self, series: usize) -> Option<&[f64]> {
        self.values.get(series).map(Vec::as_slice)
    }

    /// A series as models take it; `None` where there is none of that number.
    #[must_use]
    pub fn series(&self, series: usize) -> Option<Series<'_>> {
        Series::new(self.values(series)?, self.calendar.season()).ok()
    }

    /// Periods at the ends of the data that are not covered as a whole, and what became of them.
    #[must_use]
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// Sales of all series by period.
    #[must_use]
    pub fn total(&self) -> Vec<f64> {
        let all: Vec<usize> = (0..self.count()).collect();
        self.sum(&all)
    }

    /// The name of the measure.
    #[must_use]
    pub fn measure(&self) -> &'static str {
        self.measure
    }

    /// The sum of some series by period, from the first period of the longest of them on.
    pub(super) fn sum(&self, series: &[usize]) -> Vec<f64> {
        let n = series.iter().filter_map(|at| self.values.get(*at)).map(Vec::len).max().unwrap_or(0);
        let at = |period: usize| {
            let value = |series: &usize| {
                let values = &self.values[*series];
                (period + values.len()).checked_sub(n).map_or(0.0, |at| values[at])
            };
            series.iter().map(value).collect::<ExactSum>().value()
        };
        (0..n).map(at).collect()
    }

    /// The same sales split by the first dimensions only; by none of them it is the total.
    #[must_use]
    pub fn rolled_up(&self, dimensions: usize) -> Self {
        let depth = dimensions.min(self.by.len());
        let (mut members, mut values) = (Vec::new(), Vec::new());
        let mut begin = 0;
        // Members are in ascending order, so that those of one group stand together.
        while begin < self.count() {
            let key = &self.members[begin][..depth];
            let end = begin + self.members[begin..].iter().take_while(|member| member[..depth] == *key).count();
            let group: Vec<usize> = (begin..end).collect();
            members.push(key.to_vec());
            values.push(self.sum(&group));
            begin = end;
        }
        let (by, periods, left_out) = (self.by[..depth].to_vec(), self.periods.clone(), self.left_out.clone());
        Self { by, periods, members, values, left_out, ..self.without_series() }
    }

    /// The sales as they were known after the first so many periods: members that had not been sold by then are not there.
    /// `None` for no period, more than there are, or where nothing had been sold.
    ///
    /// ```
    /// # use emptor_forecast::sales::{SalesDimension, SalesSeries, SalesSettings};
    /// # use emptor_table::{Tables, TransactionColumns, Transactions, polars::df};
    /// let lines = df!("who" => [1_i64, 1, 1], "day" => ["2024-01-01", "2024-02-29", "2024-03-31"], "by" => ["web", "web", "shop"],
    ///     "paid" => [10.0, 20.0, 30.0])?;
    /// let tables = Tables::new(Transactions::from_frame(lines, &TransactionColumns::new("who", "day").amount("paid").channel("by"))?);
    /// let monthly = SalesSettings::new(emptor_types::period::Grain::Month, "2024-03-31".parse()?)?.by([SalesDimension::Channel]);
    /// let sales = SalesSeries::of(&tables, &monthly, None)?;
    /// let then = sales.known_at(2).ok_or("nothing known")?;
    /// assert_eq!((sales.count(), then.count(), then.total()), (2, 1, vec![10.0, 20.0]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn known_at(&self, periods: usize) -> Option<Self> {
        let known = self.periods.get(..periods).filter(|known| !known.is_empty())?;
        let unknown = self.periods.len() - known.len();
        let cut = |(member, values): (&Vec<String>, &Vec<f64>)| {
            let length = values.len().checked_sub(unknown).filter(|length| *length > 0)?;
            Some((member.clone(), values[..length].to_vec()))
        };
        let (members, values): (Vec<_>, Vec<_>) = self.members.iter().zip(&self.values).filter_map(cut).unzip();
        if members.is_empty() {
            return None;
        }
        let left_out = self.left_out.iter().filter(|out| out.period.start < known[0].start).cloned().collect();
        Some(Self { periods: known.to_vec(), members, values, left_out, ..self.without_series() })
    }

    /// The same sales with all members but those that sold most in the first periods added up, whole by whole.
    pub(super) fn joined(&self, known: usize, most: usize) -> Self {
        let unknown = self.periods.len() - known.min(self.periods.len());
        let sold = |values: &Vec<f64>| {
            let length = values.len().checked_sub(unknown).filter(|length| *length > 0)?;
            Some(values[..length].iter().map(|value| value.abs()).sum::<f64>())
        };
        let mut greatest: Vec<(f64, usize)> =
            self.values.iter().enumerate().filter_map(|(at, values)| Some((sold(values)?, at))).collect();
        greatest.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
        let mut groups: BTreeMap<Vec<String>, Vec<usize>> = BTreeMap::new();
        for (place, (_, at)) in greatest.iter().enumerate() {
            let mut member = self.members[*at].clone();
            if let Some(last) = member.last_mut().filter(|_| place >= most) {
                REST.clone_into(last);
            }
            groups.entry(member).or_default().push(*at);
        }
        for at in (0..self.count()).filter(|at| self.values[*at].len() <= unknown) {
            groups.insert(self.members[at].clone(), vec![at]);
        }
        let (members, values) = groups.into_iter().map(|(member, series)| (member, self.sum(&series))).unzip();
        Self {
            members,
            values,
            periods: self.periods.clone(),
            left_out: self.left_out.clone(),
            ..self.without_series()
        }
    }

    /// What a member sells in the periods after an origin; `None` where there is no such member, or not all is known.
    pub(super) fn coming(&self, member: &[String], origin: usize, periods: usize) -> Option<Vec<f64>> {
        let values = &self.values[self.members.binary_search_by(|own| own.as_slice().cmp(member)).ok()?];
        let before = self.periods.len() - values.len();
        if origin + periods > self.periods.len() {
            return None;
        }
        let at = |period: usize| period.checked_sub(before).map_or(0.0, |at| values[at]);
        Some((origin..origin + periods).map(at).collect())
    }

    /// What the members of a whole that were first sold after an origin sell in the periods after it.
    pub(super) fn coming_new(&self, whole: &[String], origin: usize, periods: usize) -> Option<Vec<f64>> {
        let is_new = |at: usize| self.values[at].len() + origin <= self.periods.len();
        let new = (0..self.count()).filter(|at| self.members[*at].starts_with(whole) && is_new(*at));
        let rows = new.map(|at| self.coming(&self.members[at], origin, periods)).collect::<Option<Vec<_>>>()?;
        let at = |period: usize| rows.iter().map(|row| row[period]).collect::<ExactSum>().value();
        (origin + periods <= self.periods.len()).then(|| (0..periods).map(at).collect())
    }

    fn without_series(&self) -> Self {
        Self {
            by: self.by.clone(),
            measure: self.measure,
            calendar: self.calendar.clone(),
            periods: Vec::new(),
            members: Vec::new(),
            values: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// The series as rows: a column for every dimension, `period_start` (date), and the measure; by series, oldest first.
    ///
    /// # Errors
    /// If the engine cannot make the table.
    pub fn table(&self) -> PolarsResult<DataFrame> {
        let rows: Vec<(usize, usize)> = (0..self.count())
            .flat_map(|series| {
                let values = self.values[series].len();
                (0..values).map(move |at| (series, at))
            })
            .collect();
        let mut columns: Vec<Column> = Vec::new();
        for (place, dimension) in self.by.iter().enumerate() {
            let names: Vec<&str> = rows.iter().map(|(series, _)| self.members[*series][place].as_str()).collect();
            columns.push(polars::prelude::Series::new(dimension.name().into(), names).into_column());
        }
        let begin = |series: usize| self.periods.len() - self.values[series].len();
        let days: Vec<i32> =
            rows.iter().map(|(series, at)| self.periods[begin(*series) + at].start.days_since_epoch()).collect();
        let days = polars::prelude::Series::new("period_start".into(), days).cast(&DataType::Date)?;
        columns.push(days.into_column());
        let sums: Vec<f64> = rows.iter().map(|(series, at)| self.values[*series][*at]).collect();
        columns.push(polars::prelude::Series::new(self.measure.into(), sums).into_column());
        DataFrame::new(rows.len(), columns)
    }
}

/// Why there are no lines.
fn nothing_in(tables: &Tables, settings: &SalesSettings) -> String {
    let from = settings.from.map_or_else(String::new, |from| format!("from {from} "));
    let there = match tables.transactions().quality().days {
        Some((first, last)) => format!("lines run from {first} to {last}"),
        None => "there is no line at all".to_owned(),
    };
    format!("no line lies {from}up to {}, the day of observation ({there})", settings.as_of)
}

/// Days from one to another.
fn days(from: Date, to: Date) -> i32 {
    to.days_since_epoch() - from.days_since_epoch()
}
