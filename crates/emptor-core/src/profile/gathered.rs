//! The order lines of known customers, by customer, day and order, packed small.
//!
//! Why not a group-by: with nearly one order per line, ten million order numbers as text are the keys of as many groups,
//! and a group-by that holds them takes three gigabytes. Here lines are packed as they stream by, each into the chunk of
//! its customer, and every chunk is sorted on its own. Money is integer, so that sums depend neither on the order of rows
//! nor on the number of threads.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use polars::error::PolarsError;
use polars::prelude::{
    Column, DataFrame, DataType, Engine, Expr, LazyFrame, PlanCallback, PolarsResult, Series, StringChunked, col,
};
use rayon::prelude::*;

/// Customers per chunk: few enough to be told apart in 16 bits, and for chunks to be sorted side by side.
const CHUNK: usize = 4096;

/// Places of customers by id, of whichever type ids are.
#[derive(Debug)]
pub(crate) enum Places {
    /// Of numbers.
    Integer(HashMap<i64, u32>),
    /// Of text.
    Text(HashMap<String, u32>),
}

impl Places {
    /// The places of distinct ids.
    pub(crate) fn new(ids: &Series) -> PolarsResult<Self> {
        Ok(match ids.dtype() {
            DataType::Int64 => Self::Integer(ids.i64()?.iter().flatten().zip(0..).collect()),
            _ => Self::Text(ids.str()?.iter().flatten().map(str::to_owned).zip(0..).collect()),
        })
    }

    /// The places of some ids; `None` of those that are not known.
    pub(crate) fn of(&self, ids: &Column) -> PolarsResult<Vec<Option<u32>>> {
        // A ledger without a line has no ids to say which type they are.
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(match self {
            Self::Integer(places) => ids.i64()?.iter().map(|id| places.get(&id?).copied()).collect(),
            Self::Text(places) => ids.str()?.iter().map(|id| places.get(id?).copied()).collect(),
        })
    }

    fn len(&self) -> usize {
        match self {
            Self::Integer(places) => places.len(),
            Self::Text(places) => places.len(),
        }
    }
}

/// A line of a known customer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<T> {
    /// What is asked of it.
    pub(crate) facts: T,
    /// Its order number, hashed; the day where lines have none.
    pub(crate) order: u64,
    pub(crate) day: i32,
    /// Place within the chunk.
    customer: u16,
    /// The code of its [`LineKind`](emptor_table::LineKind).
    pub(crate) kind: u8,
}

/// The lines of neighbouring customers, by customer, day and order.
#[derive(Debug)]
pub(crate) struct Chunk<T> {
    first: usize,
    lines: Vec<Line<T>>,
}

impl<T> Chunk<T> {
    /// How many lines there are.
    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    /// Each customer's place and lines.
    pub(crate) fn customers(&self) -> impl Iterator<Item = (usize, &[Line<T>])> {
        let own = self.lines.chunk_by(|a, b| a.customer == b.customer);
        own.map(|lines| (self.first + usize::from(lines[0].customer), lines))
    }
}

/// What is asked of each line beside customer, day, kind and order.
pub(crate) trait Facts: Send + 'static {
    /// Of one line.
    type Of: Copy + Send + Sync;

    /// The columns to read.
    fn columns(&self) -> Vec<Expr>;

    /// The facts of the lines of a batch, which has those columns, `day` and `kind`.
    fn read(&mut self, batch: &DataFrame) -> PolarsResult<Vec<Self::Of>>;
}

/// Lines on their way.
struct Gathering<F: Facts> {
    facts: F,
    places: Arc<Places>,
    chunks: Vec<Chunk<F::Of>>,
}

/// All lines of the customers that have a place, in one streaming pass.
///
/// # Errors
/// If the lines cannot be read any more.
pub(crate) fn gather<F: Facts>(
    lines: LazyFrame,
    has_order: bool,
    places: &Arc<Places>,
    facts: F,
) -> PolarsResult<(Vec<Chunk<F::Of>>, F)> {
    let mut columns = vec![col("customer_id"), col("date").to_physical().alias("day"), col("kind")];
    columns.extend(has_order.then(|| col("order_id")));
    columns.extend(facts.columns());
    let query = lines.filter(col("customer_id").is_not_null()).select(columns);
    let firsts = (0..places.len()).step_by(CHUNK);
    let chunks = firsts.map(|first| Chunk { first, lines: Vec::new() }).collect();
    let gathering = Gathering { facts, places: Arc::clone(places), chunks };
    let shared = Arc::new(Mutex::new(Some(gathering)));
    let sink = Arc::clone(&shared);
    let callback = PlanCallback::new(move |batch: DataFrame| {
        if let Some(gathering) = sink.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            gathering.take(&batch, has_order)?;
        }
        Ok(false)
    });
    query.sink_batches(callback, false, None)?.collect_with_engine(Engine::Streaming)?;
    let gathered = shared.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Gathering { facts, mut chunks, .. } =
        gathered.ok_or_else(|| PolarsError::ComputeError("lines were read twice".into()))?;
    chunks.par_iter_mut().for_each(|chunk| {
        chunk.lines.sort_unstable_by_key(|line| (line.customer, line.day, line.order));
    });
    Ok((chunks, facts))
}

impl<F: Facts> Gathering<F> {
    fn take(&mut self, batch: &DataFrame, has_order: bool) -> PolarsResult<()> {
        if batch.height() == 0 {
            return Ok(());
        }
        let places = self.places.of(batch.column("customer_id")?)?;
        let (days, kinds) = (batch.column("day")?.i32()?, batch.column("kind")?.u8()?);
        let orders = if has_order { Some(batch.column("order_id")?.str()?) } else { None };
        let facts = self.facts.read(batch)?;
        let mut numbers = orders.map(StringChunked::iter);
        for (((place, day), kind), facts) in places.into_iter().zip(days.iter()).zip(kinds.iter()).zip(facts) {
            let number = numbers.as_mut().and_then(Iterator::next);
            let (Some(place), Some(day), Some(kind)) = (place, day, kind) else { continue };
            let order = number.map_or_else(|| u64::from(day.cast_unsigned()), hash);
            let (chunk, customer) = (place as usize / CHUNK, (place as usize % CHUNK) as u16);
            self.chunks[chunk].lines.push(Line { facts, order, day, customer, kind });
        }
        Ok(())
    }
}

/// An order number in eight bytes. Only the orders of one customer's day or period are told apart by it: two of them would
/// be one with a chance of 2⁻⁶⁴.
fn hash(number: Option<&str>) -> u64 {
    let mut hasher = DefaultHasher::new();
    number.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use polars::prelude::{IntoLazy, NamedFrom, df};

    use super::*;

    struct Amounts;

    impl Facts for Amounts {
        type Of = i64;

        fn columns(&self) -> Vec<Expr> {
            vec![col("amount")]
        }

        fn read(&mut self, batch: &DataFrame) -> PolarsResult<Vec<i64>> {
            Ok(batch.column("amount")?.i64()?.iter().map(Option::unwrap_or_default).collect())
        }
    }

    #[test]
    fn lines_come_by_customer_day_and_order_and_strangers_stay_out() -> PolarsResult<()> {
        let lines = df!(
            "customer_id" => [Some("b"), Some("a"), None, Some("b"), Some("z"), Some("b")],
            "date" => [5, 5, 5, 4, 5, 5],
            "kind" => [0_u8, 0, 0, 2, 0, 0],
            "order_id" => [Some("1"), Some("1"), None, None, Some("1"), Some("1")],
            "amount" => [1_i64, 2, 3, 4, 5, 6],
        )?;
        let places = Arc::new(Places::new(&Series::new("".into(), ["a", "b", "c"]))?);
        let (chunks, _) = gather(lines.lazy(), true, &places, Amounts)?;
        let own: Vec<(usize, usize, i64)> = chunks
            .iter()
            .flat_map(Chunk::customers)
            .map(|(place, lines)| (place, lines.len(), lines.iter().map(|line| line.facts).sum()))
            .collect();
        assert_eq!(own, [(0, 1, 2), (1, 3, 11)]);
        let b = &chunks[0].lines[1..];
        assert!(b[0].day == 4 && b[0].kind == 2 && b[1].order == b[2].order && b[0].order != b[1].order);
        Ok(())
    }
}
