//! What each customer bought on which day.
//!
//! Why not a polars group-by: sums of doubles in a parallel group-by depend on the order of rows, and collapsing to
//! customer × day is where a data-frame query spends its time. Here lines are packed into 16 to 24 bytes as they stream
//! by, scattered by customer, and each customer's few lines are sorted by day. Money is added in fixed point, so that
//! shuffled rows and any number of threads give the same bits.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use emptor_table::{LineKind, Transactions};
use emptor_types::{Date, ExactSum};
use polars::prelude::{Column, DataFrame, Engine, IntoColumn, PlanCallback, PolarsResult, Series, col, lit};
use rayon::prelude::*;

use crate::codes::Codes;
use crate::error::RfmError;

/// Bits that hold the kind of a line; void lines, the fifth kind, never come here.
const KIND_BITS: i32 = 2;

/// Customers per unit of parallel work; fixed, so that results do not depend on the number of threads.
const CHUNK: usize = 4096;

/// A line on its way into the ledger: 16 bytes, or 24 with a hash of the order number.
#[derive(Clone, Copy, Default)]
struct Line<O> {
    amount: f64,
    customer: u32,
    /// Day and kind in one number that sorts by day.
    day_and_kind: i32,
    order: O,
}

/// The order number of a line, hashed, or nothing where the table has no order numbers.
trait Order: Copy + Default + Ord + Send + Sync + 'static {
    /// The column to read, if any.
    const COLUMN: Option<&'static str>;

    fn of(number: Option<&str>) -> Self;
}

impl Order for () {
    const COLUMN: Option<&'static str> = None;

    fn of(_: Option<&str>) -> Self {}
}

impl Order for u64 {
    const COLUMN: Option<&'static str> = Some("order_id");

    fn of(number: Option<&str>) -> Self {
        let mut hasher = DefaultHasher::new();
        number.hash(&mut hasher);
        hasher.finish()
    }
}

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
    offsets: Vec<usize>,
    entries: Vec<DayEntry>,
    lines: usize,
}

impl PurchaseLedger {
    /// Reads the lines of all customers in one streaming pass. Lines without a customer and void lines stay out; the
    /// table's quality report counts them.
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

    /// The customers, in the order of every table made from this ledger (ascending id).
    pub fn customers(&self) -> &Series {
        &self.customers
    }

    /// Number of customers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether no line belongs to a customer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Net money of all customers, returns included: the table's lines with a customer add up to it.
    #[must_use]
    pub fn money(&self) -> f64 {
        self.entries.iter().map(|entry| entry.money).collect::<ExactSum>().value()
    }

    /// Lines that belong to a customer.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// First and last day with a sale line, if there is one.
    #[must_use]
    pub fn purchase_days(&self) -> Option<(Date, Date)> {
        let days = || self.entries.iter().filter(|entry| entry.sale || entry.free).map(|entry| entry.day);
        let first = Date::from_days_since_epoch(days().min()?).ok()?;
        Some((first, Date::from_days_since_epoch(days().max()?).ok()?))
    }

    /// Net money of each customer up to `as_of` inclusive, in the order of [`customers`](Self::customers).
    #[must_use]
    pub fn spend(&self, as_of: Date) -> Vec<f64> {
        self.map_customers(|entries| {
            up_to(entries, as_of).iter().map(|entry| entry.money).collect::<ExactSum>().value()
        })
    }

    /// The entries of one customer.
    pub(crate) fn entries(&self, customer: usize) -> &[DayEntry] {
        &self.entries[self.offsets[customer]..self.offsets[customer + 1]]
    }

    /// Computes one value per customer, in order.
    pub(crate) fn map_customers<T: Send>(&self, compute: impl Fn(&[DayEntry]) -> T + Sync) -> Vec<T> {
        (0..self.len()).into_par_iter().with_min_len(1024).map(|i| compute(self.entries(i))).collect()
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

/// Lines as they arrive.
#[derive(Default)]
struct Gathered<O> {
    codes: Codes,
    lines: Vec<Line<O>>,
}

impl<O: Order> Gathered<O> {
    fn take(&mut self, batch: &DataFrame) -> PolarsResult<()> {
        let codes = self.codes.encode(batch.column("customer_id")?)?;
        // The door has seen to it that there is no null.
        let days = batch.column("day")?.i32()?.rechunk();
        let amounts = batch.column("amount")?.f64()?.rechunk();
        let kinds = batch.column("kind")?.u8()?.rechunk();
        let (days, amounts, kinds) = (days.cont_slice()?, amounts.cont_slice()?, kinds.cont_slice()?);
        let from = self.lines.len();
        let rows = codes.iter().zip(days).zip(amounts).zip(kinds);
        self.lines.extend(rows.map(|(((customer, day), amount), kind)| Line {
            amount: *amount,
            customer: *customer,
            day_and_kind: (day << KIND_BITS) | i32::from(*kind),
            order: O::default(),
        }));
        if let Some(column) = O::COLUMN {
            for (line, order) in self.lines[from..].iter_mut().zip(batch.column(column)?.str()?.iter()) {
                line.order = O::of(order);
            }
        }
        Ok(())
    }

    fn into_ledger(self) -> PurchaseLedger {
        let Self { codes, lines, .. } = self;
        let (customers, rank) = codes.into_sorted();

        // Counting sort by the rank of the customer's id.
        let mut starts = vec![0_usize; customers.len() + 1];
        for line in &lines {
            starts[rank[line.customer as usize] as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut next = starts.clone();
        let mut sorted = vec![Line::default(); lines.len()];
        for line in lines {
            let place = &mut next[rank[line.customer as usize] as usize];
            sorted[*place] = line;
            *place += 1;
        }
        drop((next, rank));

        // Chunks of customers are collapsed independently and joined in order.
        let mut chunks = Vec::new();
        let mut rest = sorted.as_mut_slice();
        for first in (0..customers.len()).step_by(CHUNK) {
            let last = (first + CHUNK).min(customers.len());
            let (chunk, tail) = rest.split_at_mut(starts[last] - starts[first]);
            chunks.push((chunk, &starts[first..=last]));
            rest = tail;
        }
        let collapsed: Vec<(Vec<DayEntry>, Vec<usize>)> =
            chunks.into_par_iter().map(|(lines, starts)| collapse(lines, starts)).collect();

        let mut offsets = Vec::with_capacity(customers.len() + 1);
        let mut entries = Vec::with_capacity(collapsed.iter().map(|(entries, _)| entries.len()).sum());
        offsets.push(0);
        for (chunk, ends) in collapsed {
            let base = entries.len();
            offsets.extend(ends.into_iter().map(|end| base + end));
            entries.extend(chunk);
        }
        PurchaseLedger { customers, offsets, entries, lines: sorted.len() }
    }
}

/// Collapses the lines of a chunk of customers to days; returns the entries and where each customer's end.
fn collapse<O: Order>(lines: &mut [Line<O>], starts: &[usize]) -> (Vec<DayEntry>, Vec<usize>) {
    let base = starts[0];
    let mut entries = Vec::with_capacity(lines.len());
    let mut ends = Vec::with_capacity(starts.len() - 1);
    for bounds in starts.windows(2) {
        let own = &mut lines[bounds[0] - base..bounds[1] - base];
        own.sort_unstable_by_key(|line| (line.day_and_kind, line.order));
        for day in own.chunk_by(|a, b| a.day_and_kind >> KIND_BITS == b.day_and_kind >> KIND_BITS) {
            entries.push(entry(day));
        }
        ends.push(entries.len());
    }
    (entries, ends)
}

/// One day of one customer; lines are sorted by kind and order number, sales first.
fn entry<O: Order>(lines: &[Line<O>]) -> DayEntry {
    let kind = |line: &Line<O>| line.day_and_kind & ((1 << KIND_BITS) - 1);
    let is = |wanted: LineKind| move |line: &Line<O>| kind(line) == i32::from(wanted.code());
    let sum = |lines: &mut dyn Iterator<Item = &Line<O>>| lines.map(|line| line.amount).collect::<ExactSum>().value();
    if let [line] = lines {
        // Most days have one line.
        let is_return = is(LineKind::Return)(line);
        return DayEntry {
            day: line.day_and_kind >> KIND_BITS,
            orders: u32::from(is(LineKind::Sale)(line)),
            money: line.amount,
            returned: if is_return { line.amount } else { 0.0 },
            sale: is(LineKind::Sale)(line),
            free: is(LineKind::Free)(line),
        };
    }
    let sales = &lines[..lines.partition_point(is(LineKind::Sale))];
    DayEntry {
        day: lines[0].day_and_kind >> KIND_BITS,
        orders: sales.chunk_by(|a, b| a.order == b.order).count() as u32,
        money: sum(&mut lines.iter()),
        returned: sum(&mut lines.iter().filter(|line| is(LineKind::Return)(line))),
        sale: !sales.is_empty(),
        free: lines.iter().any(is(LineKind::Free)),
    }
}
