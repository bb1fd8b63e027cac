//! The marketing view: days since last purchase, purchases, spend, length.

use emptor_table::Transactions;
use emptor_types::{Date, ExactSum};
use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, PolarsResult, Series};

use crate::error::RfmError;
use crate::ledger::{DayEntry, PurchaseLedger, id_column};
use crate::score::{RfmScores, ScoreOptions};

/// One row per customer with a line on or before the day of observation, ordered by id.
///
/// | column | meaning | unit |
/// |---|---|---|
/// | `days_since_last` | from the last purchase to the day of observation; unknown without a purchase | days |
/// | `purchases` | orders with a positive line, counted per day, or days with one where the table has no order numbers | count |
/// | `spend` | net money, returns included | currency |
/// | `returned` | money of returns, as a positive number | currency |
/// | `length_days` | from first to last purchase | days |
///
/// Returns and free lines are not purchases. A customer with returns only has 0 purchases and a negative spend.
///
/// ```
/// use emptor_rfm::{PurchaseLedger, RfmTable, ScoreOptions};
/// use emptor_table::polars::df;
/// use emptor_table::{TransactionColumns, Transactions};
///
/// let frame = df!(
///     "id" => ["a", "a", "b"],
///     "day" => ["2024-01-10", "2024-11-10", "2024-12-20"],
///     "amount" => [150.0, 50.0, 50.0],
/// )?;
/// let transactions = Transactions::from_frame(frame, &TransactionColumns::new("id", "day").amount("amount"))?;
/// let rfm = RfmTable::summarize(&transactions, "2024-12-31".parse()?)?;
/// assert_eq!(rfm.days_since_last(), [Some(51), Some(11)]);
/// assert_eq!(rfm.purchases(), [2, 1]);
/// let scores = rfm.score(&ScoreOptions::default())?;
/// assert_eq!(scores.to_frame()?.height(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct RfmTable {
    customers: Series,
    as_of: Date,
    days_since_last: Vec<Option<i32>>,
    purchases: Vec<u32>,
    spend: Vec<f64>,
    returned: Vec<f64>,
    length_days: Vec<Option<i32>>,
}

impl RfmTable {
    /// Summarizes order lines up to `as_of` inclusive.
    ///
    /// # Errors
    /// If the source cannot be read any more.
    pub fn summarize(transactions: &Transactions, as_of: Date) -> Result<Self, RfmError> {
        Self::from_ledger(&PurchaseLedger::collect(&transactions.known_by(as_of))?, as_of)
    }

    /// Summarizes a ledger.
    ///
    /// # Errors
    /// If the ids cannot be selected, which would be a defect of the engine.
    pub fn from_ledger(ledger: &PurchaseLedger, as_of: Date) -> Result<Self, RfmError> {
        let ledger = ledger.until(as_of)?;
        let rows = ledger.map_customers(row);
        Ok(Self {
            customers: ledger.customers().clone(),
            as_of,
            days_since_last: rows.iter().map(|r| r.days.map(|(_, last)| as_of.days_since_epoch() - last)).collect(),
            purchases: rows.iter().map(|r| r.purchases).collect(),
            spend: rows.iter().map(|r| r.spend).collect(),
            returned: rows.iter().map(|r| r.returned).collect(),
            length_days: rows.iter().map(|r| r.days.map(|(first, last)| last - first)).collect(),
        })
    }

    /// Number of customers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.purchases.len()
    }

    /// Whether there is no customer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.purchases.is_empty()
    }

    /// The customers, ascending.
    pub fn customers(&self) -> &Series {
        &self.customers
    }

    /// The day of observation.
    #[must_use]
    pub fn as_of(&self) -> Date {
        self.as_of
    }

    /// Days since the last purchase; `None` without a purchase.
    #[must_use]
    pub fn days_since_last(&self) -> &[Option<i32>] {
        &self.days_since_last
    }

    /// Purchases.
    #[must_use]
    pub fn purchases(&self) -> &[u32] {
        &self.purchases
    }

    /// Net money.
    #[must_use]
    pub fn spend(&self) -> &[f64] {
        &self.spend
    }

    /// Money of returns, at least 0.
    #[must_use]
    pub fn returned(&self) -> &[f64] {
        &self.returned
    }

    /// Days from first to last purchase; `None` without a purchase.
    #[must_use]
    pub fn length_days(&self) -> &[Option<i32>] {
        &self.length_days
    }

    /// Scores every customer with a purchase from 1 to 5 and names its segment.
    ///
    /// # Errors
    /// If custom cuts are not ascending or weights are not admissible.
    pub fn score(&self, options: &ScoreOptions) -> Result<RfmScores, RfmError> {
        RfmScores::new(self, options)
    }

    /// The table: `customer_id, days_since_last, purchases, spend, returned, length_days`.
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn to_frame(&self) -> PolarsResult<DataFrame> {
        let columns: Vec<Column> = vec![
            id_column(&self.customers),
            Series::new("days_since_last".into(), &self.days_since_last).into_column(),
            Series::new("purchases".into(), &self.purchases).into_column(),
            Series::new("spend".into(), &self.spend).into_column(),
            Series::new("returned".into(), &self.returned).into_column(),
            Series::new("length_days".into(), &self.length_days).into_column(),
        ];
        DataFrame::new(self.len(), columns)
    }
}

struct Row {
    /// First and last purchase.
    days: Option<(i32, i32)>,
    purchases: u32,
    spend: f64,
    returned: f64,
}

fn row(observed: &[DayEntry]) -> Row {
    let mut bought = observed.iter().filter(|entry| entry.sale);
    let first = bought.next();
    let last = bought.next_back().or(first);
    Row {
        days: first.zip(last).map(|(first, last)| (first.day, last.day)),
        purchases: observed.iter().map(|entry| entry.orders).sum(),
        spend: observed.iter().map(|entry| entry.money).collect::<ExactSum>().value(),
        returned: observed.iter().map(|entry| -entry.returned).collect::<ExactSum>().value(),
    }
}
