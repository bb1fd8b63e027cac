//! From streaming batches to the days of each customer.

use std::hash::{DefaultHasher, Hash, Hasher};

use emptor_table::LineKind;
use emptor_types::ExactSum;
use polars::prelude::{DataFrame, PolarsResult};
use rayon::prelude::*;

use crate::codes::Codes;
use crate::ledger::{CHUNK, Chunk, DayEntry, PurchaseLedger};

/// Bits that hold the kind of a line; void lines, the fifth kind, never come here.
const KIND_BITS: i32 = 2;

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
pub(crate) trait Order: Copy + Default + Ord + Send + Sync + 'static {
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

/// Lines as they arrive.
#[derive(Default)]
pub(crate) struct Gathered<O> {
    codes: Codes,
    lines: Vec<Line<O>>,
}

impl<O: Order> Gathered<O> {
    pub(crate) fn take(&mut self, batch: &DataFrame) -> PolarsResult<()> {
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

    pub(crate) fn into_ledger(self) -> PurchaseLedger {
        let Self { codes, lines, .. } = self;
        let (customers, rank) = codes.into_sorted();

        let rank_of = |line: &Line<O>| rank[line.customer as usize] as usize;
        let mut starts = vec![0_usize; customers.len() + 1];
        for line in &lines {
            starts[rank_of(line) + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        // Many logs come sorted by customer.
        let mut sorted = if lines.is_sorted_by_key(rank_of) { lines } else { scattered(&lines, &starts, rank_of) };

        // Chunks of customers are collapsed independently.
        let mut parts = Vec::new();
        let mut rest = sorted.as_mut_slice();
        for first in (0..customers.len()).step_by(CHUNK) {
            let last = (first + CHUNK).min(customers.len());
            let (part, tail) = rest.split_at_mut(starts[last] - starts[first]);
            parts.push((part, &starts[first..=last]));
            rest = tail;
        }
        let chunks = parts.into_par_iter().map(|(lines, starts)| collapse(lines, starts)).collect();
        PurchaseLedger::new(customers, chunks, sorted.len())
    }
}

/// A counting sort by customer.
fn scattered<O: Order>(lines: &[Line<O>], starts: &[usize], rank_of: impl Fn(&Line<O>) -> usize) -> Vec<Line<O>> {
    let mut next = starts.to_vec();
    let mut sorted = vec![Line::default(); lines.len()];
    for line in lines {
        let place = &mut next[rank_of(line)];
        sorted[*place] = *line;
        *place += 1;
    }
    sorted
}

/// Collapses the lines of a chunk of customers to days.
fn collapse<O: Order>(lines: &mut [Line<O>], starts: &[usize]) -> Chunk {
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
    Chunk { entries, ends }
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
