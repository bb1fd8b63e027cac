//! The purchase history of the lifetime models.

use emptor_table::Transactions;
use emptor_types::{Covariates, Date, HistoryView, Invalid, TimeUnit};
use polars::prelude::{Column, DataFrame, IdxCa, IntoColumn, NamedFrom, NewChunkedArray, PolarsResult, Series};

use crate::error::RfmError;
use crate::ledger::{DayEntry, PurchaseLedger, id_column};

/// How time is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Convention {
    /// Purchases are collapsed per calendar day; times are fractions of the unit (days / 7 for weeks). The published
    /// fits of the literature need it.
    #[default]
    DayCollapse,
    /// As the Python packages `lifetimes` and `pymc-marketing` count: purchases are collapsed per calendar period of
    /// the unit (weeks begin on Monday), times are whole periods between period starts, and money is the mean of
    /// per-period sums, 0 without repeats. As there, the whole period that holds the last day of observation counts,
    /// so that days after it slip in unless it ends a period.
    Lifetimes,
}

/// What a free line (amount 0, quantity not negative) is to a purchase history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FreeLines {
    /// An occasion like any other, as in every published data set and peer: CDNOW has 80 such lines.
    #[default]
    ArePurchases,
    /// Nothing.
    AreNothing,
}

/// Settings of a purchase history.
///
/// ```
/// use emptor_rfm::{Convention, HistoryOptions};
/// use emptor_types::TimeUnit;
///
/// let options = HistoryOptions::new("1997-09-30".parse()?, TimeUnit::Week).convention(Convention::Lifetimes);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryOptions {
    pub(crate) as_of: Date,
    pub(crate) unit: TimeUnit,
    pub(crate) convention: Convention,
    pub(crate) free_lines: FreeLines,
}

impl HistoryOptions {
    /// The last day of observation, inclusive, and the unit of time.
    #[must_use]
    pub fn new(as_of: Date, unit: TimeUnit) -> Self {
        Self { as_of, unit, convention: Convention::default(), free_lines: FreeLines::default() }
    }

    /// The same with another last day of observation.
    #[must_use]
    pub fn until(mut self, as_of: Date) -> Self {
        self.as_of = as_of;
        self
    }

    /// The last day of observation, inclusive.
    #[must_use]
    pub fn as_of(&self) -> Date {
        self.as_of
    }

    /// How time is counted.
    #[must_use]
    pub fn convention(mut self, convention: Convention) -> Self {
        self.convention = convention;
        self
    }

    /// What free lines are.
    #[must_use]
    pub fn free_lines(mut self, free_lines: FreeLines) -> Self {
        self.free_lines = free_lines;
        self
    }

    /// The whole or fractional number of units between two days.
    fn between(self, from: i32, to: i32) -> f64 {
        match self.convention {
            Convention::DayCollapse => f64::from(to - from) / self.unit.days(),
            Convention::Lifetimes => f64::from(self.period(to) - self.period(from)),
        }
    }

    /// Days of the unit, where occasions are counted in days.
    fn days_per_gap(self) -> f64 {
        match self.convention {
            Convention::DayCollapse => self.unit.days(),
            Convention::Lifetimes => 1.0,
        }
    }

    /// The number of the occasion's period: the day, or the calendar period in the `lifetimes` mode.
    pub(crate) fn period(self, day: i32) -> i32 {
        match (self.convention, self.unit) {
            (Convention::DayCollapse, _) | (_, TimeUnit::Day) => day,
            // 1970-01-01 was a Thursday.
            (_, TimeUnit::Week) => (day + 3).div_euclid(7),
            (_, TimeUnit::Month | TimeUnit::Year) => {
                let (year, month) = Date::from_days_since_epoch(day).map_or((0, 1), Date::year_month);
                if self.unit == TimeUnit::Year { year } else { year * 12 + month }
            }
        }
    }

    /// The entries within observation.
    pub(crate) fn observed(self, entries: &[DayEntry]) -> &[DayEntry] {
        let last = self.period(self.as_of.days_since_epoch());
        &entries[..entries.partition_point(|entry| self.period(entry.day) <= last)]
    }

    pub(crate) fn is_occasion(self, entry: &DayEntry) -> bool {
        entry.sale || (entry.free && self.free_lines == FreeLines::ArePurchases)
    }
}

/// One customer's history.
struct Summary {
    first: i32,
    frequency: f64,
    recency: f64,
    t: f64,
    monetary_value: f64,
    sum_ln_gaps: f64,
}

/// One row per customer with a purchase on or before the end of observation, ordered by id.
///
/// | column | meaning |
/// |---|---|
/// | `frequency` | repeat purchase occasions `x` (days with a purchase, less the first) |
/// | `recency` | time from first to last purchase `t_x` |
/// | `T` | time from first purchase to the end of observation |
/// | `monetary_value` | mean money per repeat occasion; unknown without repeats |
/// | `sum_ln_gaps` | Σ ln of the times between occasions; 0 without repeats |
///
/// Columns of covariates follow if there are any, see [`with_covariates`](Self::with_covariates).
///
/// Returns are not purchases; dated after the first purchase day they reduce money. Source of the conventions: Fader,
/// Hardie & Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2).
#[derive(Debug, Clone)]
pub struct PurchaseHistory {
    pub(crate) customers: Series,
    first_purchase: Vec<i32>,
    frequency: Vec<f64>,
    recency: Vec<f64>,
    t: Vec<f64>,
    monetary_value: Vec<f64>,
    sum_ln_gaps: Vec<f64>,
    pub(crate) covariates: Option<Covariates<'static>>,
    options: HistoryOptions,
    without_purchase: usize,
}

impl PurchaseHistory {
    /// Summarizes order lines up to `as_of` inclusive, with the default conventions.
    ///
    /// # Errors
    /// [`RfmError::NoPurchase`] if nobody has bought by then.
    pub fn summarize(transactions: &Transactions, as_of: Date, unit: TimeUnit) -> Result<Self, RfmError> {
        Self::from_ledger(&PurchaseLedger::collect(&transactions.known_by(as_of))?, HistoryOptions::new(as_of, unit))
    }

    /// Summarizes a ledger.
    ///
    /// # Errors
    /// [`RfmError::NoPurchase`] if nobody has bought by the end of observation.
    pub fn from_ledger(ledger: &PurchaseLedger, options: HistoryOptions) -> Result<Self, RfmError> {
        let summaries = ledger.map_customers(|entries| summary(entries, options));
        let rows: Vec<u32> = (0_u32..).zip(&summaries).filter(|(_, s)| s.is_some()).map(|(row, _)| row).collect();
        if rows.is_empty() {
            return Err(ledger.no_purchase(options.as_of));
        }
        let without_purchase = summaries.len() - rows.len();
        let mut history = Self {
            customers: if without_purchase == 0 {
                ledger.customers().clone()
            } else {
                ledger.customers().take(&IdxCa::from_slice("rows".into(), &rows))?
            },
            first_purchase: Vec::with_capacity(rows.len()),
            frequency: Vec::with_capacity(rows.len()),
            recency: Vec::with_capacity(rows.len()),
            t: Vec::with_capacity(rows.len()),
            monetary_value: Vec::with_capacity(rows.len()),
            sum_ln_gaps: Vec::with_capacity(rows.len()),
            covariates: None,
            options,
            without_purchase,
        };
        for summary in summaries.into_iter().flatten() {
            history.first_purchase.push(summary.first);
            history.frequency.push(summary.frequency);
            history.recency.push(summary.recency);
            history.t.push(summary.t);
            history.monetary_value.push(summary.monetary_value);
            history.sum_ln_gaps.push(summary.sum_ln_gaps);
        }
        Ok(history)
    }

    /// Number of customers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.frequency.len()
    }

    /// Always false: a history has at least one customer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.frequency.is_empty()
    }

    /// The customers, ascending.
    pub fn customers(&self) -> &Series {
        &self.customers
    }

    /// The day of the first purchase, in days since 1970-01-01.
    #[must_use]
    pub fn first_purchase(&self) -> &[i32] {
        &self.first_purchase
    }

    /// Repeat purchase occasions.
    #[must_use]
    pub fn frequency(&self) -> &[f64] {
        &self.frequency
    }

    /// Time from first to last purchase, in [`unit`](Self::unit)s.
    #[must_use]
    pub fn recency(&self) -> &[f64] {
        &self.recency
    }

    /// Time from first purchase to the end of observation, in [`unit`](Self::unit)s.
    #[must_use]
    pub fn t(&self) -> &[f64] {
        &self.t
    }

    /// Mean money per repeat occasion; `NaN` without repeats (0 in the `lifetimes` mode).
    #[must_use]
    pub fn monetary_value(&self) -> &[f64] {
        &self.monetary_value
    }

    /// The sum of the logarithms of the times between purchase occasions, in [`unit`](Self::unit)s; 0 without repeats.
    /// Models of regular buyers need it.
    #[must_use]
    pub fn sum_ln_gaps(&self) -> &[f64] {
        &self.sum_ln_gaps
    }

    /// What else is known of the customers, see [`with_covariates`](Self::with_covariates).
    #[must_use]
    pub fn covariates(&self) -> Option<&Covariates<'static>> {
        self.covariates.as_ref()
    }

    /// The last day of observation.
    #[must_use]
    pub fn as_of(&self) -> Date {
        self.options.as_of
    }

    /// The settings that it was made with.
    #[must_use]
    pub fn options(&self) -> HistoryOptions {
        self.options
    }

    /// The unit of time.
    #[must_use]
    pub fn unit(&self) -> TimeUnit {
        self.options.unit
    }

    /// Customers of the ledger who have bought nothing by the end of observation and are not in this history.
    #[must_use]
    pub fn without_purchase(&self) -> usize {
        self.without_purchase
    }

    /// The columns, lent to a model.
    ///
    /// # Errors
    /// None in practice: the columns are made to keep the view's rules.
    pub fn view(&self) -> Result<HistoryView<'_>, Invalid> {
        let money = Some(self.monetary_value.as_slice());
        let view = HistoryView::new(&self.frequency, &self.recency, &self.t, money, self.options.unit)?
            .with_sum_ln_gaps(&self.sum_ln_gaps)?;
        match &self.covariates {
            Some(covariates) => view.with_covariates(covariates),
            None => Ok(view),
        }
    }

    /// The history as a table: `customer_id, frequency, recency, T, monetary_value` (null where unknown), `sum_ln_gaps`,
    /// and the covariates.
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn to_frame(&self) -> PolarsResult<DataFrame> {
        let column = |name: &str, values: &[f64]| Series::new(name.into(), values).into_column();
        let money: Vec<Option<f64>> = self.monetary_value.iter().map(|m| Some(*m).filter(|m| !m.is_nan())).collect();
        let mut columns: Vec<Column> = vec![
            id_column(&self.customers),
            column("frequency", &self.frequency),
            column("recency", &self.recency),
            column("T", &self.t),
            Series::new("monetary_value".into(), money).into_column(),
            column("sum_ln_gaps", &self.sum_ln_gaps),
        ];
        columns.extend(self.covariates.iter().flat_map(Covariates::iter).map(|(name, values)| column(name, values)));
        DataFrame::new(self.len(), columns)
    }
}

fn summary(entries: &[DayEntry], options: HistoryOptions) -> Option<Summary> {
    let observed = options.observed(entries);
    let start = observed.iter().position(|entry| options.is_occasion(entry))?;
    let observed = &observed[start..];
    let first = observed[0].day;
    let first_period = options.period(first);
    let (mut last, mut last_period, mut repeats, mut money) = (first, first_period, 0_u32, 0.0);
    let mut gaps = LnGaps::default();
    for entry in observed {
        let period = options.period(entry.day);
        if period > first_period {
            money += entry.money;
        }
        if options.is_occasion(entry) {
            if period > last_period {
                repeats += 1;
                gaps.add(period - last_period);
            }
            last = entry.day;
            last_period = period;
        }
    }
    let frequency = f64::from(repeats);
    Some(Summary {
        first,
        frequency,
        recency: options.between(first, last),
        t: options.between(first, options.as_of.days_since_epoch()),
        monetary_value: match (repeats, options.convention) {
            (0, Convention::DayCollapse) => f64::NAN,
            (0, Convention::Lifetimes) => 0.0,
            _ => money / frequency,
        },
        sum_ln_gaps: gaps.sum() - frequency * options.days_per_gap().ln(),
    })
}

/// Adds logarithms of gaps by their product, which takes one logarithm where adding takes dozens.
struct LnGaps {
    sum: f64,
    product: f64,
}

impl Default for LnGaps {
    fn default() -> Self {
        Self { sum: 0.0, product: 1.0 }
    }
}

impl LnGaps {
    fn add(&mut self, gap: i32) {
        /// Times the longest gap this is still a double.
        const FULL: f64 = 1e290;
        self.product *= f64::from(gap);
        if self.product > FULL {
            self.sum += self.product.ln();
            self.product = 1.0;
        }
    }

    fn sum(&self) -> f64 {
        self.sum + self.product.ln()
    }
}
