//! What customers have earned so far, period by period.

use emptor_types::{Invalid, TimeUnit};
use serde::{Deserialize, Serialize};

use super::checks::{is_amount, one_each};

/// The greatest age that a history or a curve may have, in periods: three centuries of days.
pub(super) const MAX_AGE: usize = 110_000;

/// Profit per customer and complete past period, oldest first. A period that has only begun does not belong here.
///
/// `NaN` stands for the periods before a relationship began, and nothing else: the age of a customer says how many of
/// them there are. A period without business is a profit of 0.
///
/// ```
/// use emptor_core::value::forecast::ProfitHistory;
/// use emptor_types::TimeUnit;
///
/// // Three months. The first customer came long ago, the second a month ago, the third has not had a whole month yet.
/// let nan = f64::NAN;
/// let profit = vec![10.0, 0.0, 20.0, nan, nan, 5.0, nan, nan, nan];
/// let history = ProfitHistory::new(TimeUnit::Month, 3, profit, vec![40, 1, 0])?
///     .with_segments(&["retail", "web", "web"])?;
/// assert_eq!(history.customers(), 3);
/// assert_eq!(history.labels(), Some(vec!["retail", "web", "web"]));
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct ProfitHistory {
    unit: TimeUnit,
    periods: usize,
    profit: Vec<f64>,
    ages: Vec<usize>,
    segments: Option<Segments>,
}

#[derive(Debug, Clone)]
struct Segments {
    /// Sorted, so that the order of customers does not matter.
    names: Vec<String>,
    /// The place of each customer's segment among the names.
    of: Vec<usize>,
}

/// The saved form, in which nothing stands for `NaN`; loading checks it again.
#[derive(Serialize, Deserialize)]
struct Stored {
    unit: TimeUnit,
    periods: usize,
    profit: Vec<Option<f64>>,
    ages: Vec<usize>,
    segments: Option<Vec<String>>,
}

impl From<ProfitHistory> for Stored {
    fn from(history: ProfitHistory) -> Self {
        let segments = history.labels().map(|labels| labels.into_iter().map(str::to_owned).collect());
        let profit = history.profit.into_iter().map(|profit| Some(profit).filter(|profit| !profit.is_nan())).collect();
        Self { unit: history.unit, periods: history.periods, profit, ages: history.ages, segments }
    }
}

impl TryFrom<Stored> for ProfitHistory {
    type Error = Invalid;

    fn try_from(Stored { unit, periods, profit, ages, segments }: Stored) -> Result<Self, Invalid> {
        let profit = profit.into_iter().map(|profit| profit.unwrap_or(f64::NAN)).collect();
        let history = Self::new(unit, periods, profit, ages)?;
        if let Some(labels) = segments { history.with_segments(&labels) } else { Ok(history) }
    }
}

impl ProfitHistory {
    /// Profits, row-major: all `periods` of the first customer, then of the second. `ages` counts, per customer, the
    /// complete periods since the relationship began.
    ///
    /// # Errors
    /// Everything that is wrong: unless there are whole rows of at least one period, as many as ages; a customer of age
    /// `a` has `NaN` before the last `a` periods, and amounts of at most 10¹² in absolute value since.
    pub fn new(unit: TimeUnit, periods: usize, profit: Vec<f64>, ages: Vec<usize>) -> Result<Self, Invalid> {
        let mut shape = Invalid::checks();
        let cells = ages.len().checked_mul(periods);
        let got = || format!("{} values, {periods} periods, {} ages", profit.len(), ages.len());
        shape.require(
            periods > 0 && cells == Some(profit.len()),
            "profit history",
            "must have the same number of periods, at least 1, for every age",
            got(),
        );
        shape.finish()?;
        let mut checks = Invalid::checks();
        checks.require_each("age", "must be at most 110000 periods", &ages, |_, age| age <= MAX_AGE);
        let there = |cell: usize| cell % periods + ages[cell / periods] >= periods;
        checks.require_each("profit", "must be NaN before the relationship began", &profit, |cell, value| {
            there(cell) || value.is_nan()
        });
        let rule = "must be at most 1e12 in absolute value in every period of the relationship";
        checks.require_each("profit", rule, &profit, |cell, value| !there(cell) || is_amount(value));
        checks.finish()?;
        Ok(Self { unit, periods, profit, ages, segments: None })
    }

    /// Names the segment of every customer.
    ///
    /// # Errors
    /// Unless there is one label per customer.
    pub fn with_segments<L: AsRef<str>>(mut self, labels: &[L]) -> Result<Self, Invalid> {
        one_each("segments", self.customers(), labels.len())?;
        let mut names: Vec<String> = labels.iter().map(|label| label.as_ref().to_owned()).collect();
        names.sort_unstable();
        names.dedup();
        let place = |label: &L| names.partition_point(|name| name.as_str() < label.as_ref());
        let of = labels.iter().map(place).collect();
        self.segments = Some(Segments { names, of });
        Ok(self)
    }

    /// Number of customers.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.ages.len()
    }

    /// The length of a period.
    #[must_use]
    pub fn unit(&self) -> TimeUnit {
        self.unit
    }

    /// Number of past periods.
    #[must_use]
    pub fn periods(&self) -> usize {
        self.periods
    }

    /// Complete periods since each relationship began.
    #[must_use]
    pub fn ages(&self) -> &[usize] {
        &self.ages
    }

    /// The segment of every customer, if they were named.
    #[must_use]
    pub fn labels(&self) -> Option<Vec<&str>> {
        self.segments.as_ref().map(|Segments { names, of }| of.iter().map(|&place| names[place].as_str()).collect())
    }

    /// The names of all segments, sorted; none if customers were not told apart.
    #[must_use]
    pub fn segments(&self) -> &[String] {
        self.segments.as_ref().map_or(&[], |segments| &segments.names)
    }

    /// The place of the customer's segment among the names.
    pub(super) fn segment(&self, customer: usize) -> Option<usize> {
        self.segments.as_ref().map(|segments| segments.of[customer])
    }

    /// The last `periods` of a customer, as far as they were there, oldest first.
    pub(super) fn trailing(&self, customer: usize, periods: usize) -> &[f64] {
        let end = (customer + 1) * self.periods;
        &self.profit[end - periods.min(self.periods).min(self.ages[customer])..end]
    }

    /// All observed periods: the segment (0 if there are none), the customer's age in the period, counted from 1, and
    /// the profit.
    pub(super) fn observations(&self) -> impl Iterator<Item = (usize, usize, f64)> + Clone {
        (0..self.customers()).flat_map(|customer| {
            let observed = self.trailing(customer, self.periods);
            let first = self.ages[customer] - observed.len() + 1;
            let segment = self.segment(customer).unwrap_or(0);
            (first..).zip(observed).map(move |(age, profit)| (segment, age, *profit))
        })
    }
}
