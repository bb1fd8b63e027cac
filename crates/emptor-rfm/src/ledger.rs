//! What each customer bought on which day.
//!
//! Why not a polars group-by: sums of doubles in a parallel group-by depend on the order of rows, and collapsing to
//! customer × day is where a data-frame query spends its time. Here lines are packed into 16 to 24 bytes as they stream
//! by, scattered by customer, and each customer's few lines are sorted by day. Money is added in fixed point, so that
//! shuffled rows and any number of threads give the same bits.

use std::sync::{Arc, Mutex, PoisonError};

use emptor_table::{LineKind, Transactions};
use emptor_types::{Date, ExactSum};
use polars::prelude::{Column, DataFrame, Engine, IdxCa, IntoColumn, NewChunkedArray, PlanCallback, Series, col, lit};
use rayon::prelude::*;

use crate::error::RfmError;
use crate::gather::{Gathered, Order};

/// Customers per chunk; fixed, so that results do not depend on the number of threads.
pub(crate) const CHUNK: usize = 4096;

/// One customer's business on one day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct DayEntry {
    pub(crate) day: i32,
    /// Distinct orders with a sale line; 1 if the table has no order numbers and there is a sale line.
    pub(crate) orders: u32,
    /// Net money of the day, returns included.
    pub(crate) money: f64,
    /// Money of the day's returns, at most 0.
    pub(crate) returned: f64,
    /// Whether there is a line with a positive amount.
    pub(crate) sale: bool,
    /// Whether there is a free line.
    pub(crate) free: bool,
}

/// Purchases by customer and day, ordered by customer id and day.
///
/// ```
/// use emptor_rfm::PurchaseLedger;
/// use emptor_table::polars::df;
/// use emptor_table::{TransactionColumns, Transactions};
///
/// let frame = df!("id" => ["b", "a", "b"], "day" => ["2024-01-01"; 3], "amount" => [1.0, 2.0, 3.0])?;
/// let transactions = Transactions::from_frame(frame, &TransactionColumns::new("id", "day").amount("amount"))?;
/// let ledger = PurchaseLedger::collect(&transactions)?;
/// assert_eq!(ledger.customers().len(), 2); // `a`, then `b`
/// assert_eq!(ledger.money(), 6.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct PurchaseLedger {
    customers: Series,
    chunks: Vec<Chunk>,
    /// Lines of customers that the ledger was made from.
    lines: usize,
}

/// The days of up to [`CHUNK`] customers, one after the other.
#[derive(Debug, Clone)]
pub(crate) struct Chunk {
    pub(crate) entries: Vec<DayEntry>,
    /// Where each customer's days end.
    pub(crate) ends: Vec<usize>,
}

impl Chunk {
    fn of(&self, customer: usize) -> &[DayEntry] {
        let start = customer.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.entries[start..self.ends[customer]]
    }
}

impl PurchaseLedger {
    /// Reads the lines of all customers in one streaming pass. Lines without a customer and void lines stay out; the
    /// table's quality report counts them. A ledger does not know when its lines became known: one that is to look from a
    /// day is made of the lines [known by it](Transactions::known_by).
    ///
    /// # Errors
    /// If the source cannot be read any more.
    pub fn collect(transactions: &Transactions) -> Result<Self, RfmError> {
        if transactions.has("order_id") { Self::gather::<u64>(transactions) } else { Self::gather::<()>(transactions) }
    }

    fn gather<O: Order>(transactions: &Transactions) -> Result<Self, RfmError> {
        let mut columns = vec![col("customer_id"), col("date").to_physical().alias("day"), col("amount"), col("kind")];
        columns.extend(O::COLUMN.map(col));
        let query = transactions
            .lines()
            .filter(col("customer_id").is_not_null().and(col("kind").neq(lit(LineKind::Void.code()))))
            .select(columns);
        let gathered = Arc::new(Mutex::new(Gathered::<O>::default()));
        let sink = Arc::clone(&gathered);
        let callback = PlanCallback::new(move |batch: DataFrame| {
            sink.lock().unwrap_or_else(PoisonError::into_inner).take(&batch)?;
            Ok(false)
        });
        query.sink_batches(callback, false, None)?.collect_with_engine(Engine::Streaming)?;
        let gathered = std::mem::take(&mut *gathered.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(gathered.into_ledger())
    }

    pub(crate) fn new(customers: Series, chunks: Vec<Chunk>, lines: usize) -> Self {
        Self { customers, chunks, lines }
    }

    /// The customers, in the order of every table made from this ledger (ascending id).
    pub fn customers(&self) -> &Series {
        &self.customers
    }

    /// Number of customers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.customers.len()
    }

    /// Whether no line belongs to a customer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Net money of all customers, returns included: the table's lines with a customer add up to it.
    #[must_use]
    pub fn money(&self) -> f64 {
        self.days().map(|entry| entry.money).collect::<ExactSum>().value()
    }

    /// First and last day with a sale line, if there is one.
    #[must_use]
    pub fn purchase_days(&self) -> Option<(Date, Date)> {
        let days = || self.days().filter(|entry| entry.sale || entry.free).map(|entry| entry.day);
        let first = Date::from_days_since_epoch(days().min()?).ok()?;
        Some((first, Date::from_days_since_epoch(days().max()?).ok()?))
    }

    /// The ledger as it was at the end of a day: later entries are gone, and so are customers who have none before.
    ///
    /// # Errors
    /// If the ids cannot be selected, which would be a defect of the engine.
    pub fn until(&self, as_of: Date) -> Result<Self, RfmError> {
        let mut known: Vec<u32> = Vec::new();
        let mut chunks: Vec<Chunk> = Vec::new();
        let all = (0..self.len()).map(|i| self.chunks[i / CHUNK].of(i % CHUNK));
        for (row, entries) in (0_u32..).zip(all) {
            let entries = up_to(entries, as_of);
            if entries.is_empty() {
                continue;
            }
            if known.len().is_multiple_of(CHUNK) {
                chunks.push(Chunk { entries: Vec::new(), ends: Vec::new() });
            }
            known.push(row);
            if let Some(chunk) = chunks.last_mut() {
                chunk.entries.extend_from_slice(entries);
                chunk.ends.push(chunk.entries.len());
            }
        }
        let customers = self.customers.take(&IdxCa::from_slice("rows".into(), &known))?;
        Ok(Self { customers, chunks, lines: self.lines })
    }

    /// Net money of each customer up to `as_of` inclusive, in the order of [`customers`](Self::customers).
    #[must_use]
    pub fn spend(&self, as_of: Date) -> Vec<f64> {
        self.map_customers(|entries| {
            up_to(entries, as_of).iter().map(|entry| entry.money).collect::<ExactSum>().value()
        })
    }

    fn days(&self) -> impl Iterator<Item = &DayEntry> {
        self.chunks.iter().flat_map(|chunk| &chunk.entries)
    }

    /// Computes one value per customer, in order.
    pub(crate) fn map_customers<T: Send>(&self, compute: impl Fn(&[DayEntry]) -> T + Sync) -> Vec<T> {
        let of = |i: usize| self.chunks[i / CHUNK].of(i % CHUNK);
        (0..self.len()).into_par_iter().with_min_len(CHUNK).map(|i| compute(of(i))).collect()
    }

    /// The error for a day on which nobody has bought yet.
    pub(crate) fn no_purchase(&self, as_of: Date) -> RfmError {
        match self.purchase_days() {
            Some((first, last)) => RfmError::NoPurchase { as_of, first, last },
            None => RfmError::NoPurchaseAtAll { lines: self.lines },
        }
    }
}

/// The entries up to and including a day.
pub(crate) fn up_to(entries: &[DayEntry], as_of: Date) -> &[DayEntry] {
    &entries[..entries.partition_point(|entry| entry.day <= as_of.days_since_epoch())]
}

/// The ids as the first column of a result.
pub(crate) fn id_column(customers: &Series) -> Column {
    customers.clone().with_name("customer_id".into()).into_column()
}
