//! One pass over the order lines of a window, into cells.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use emptor_table::LineKind;
use polars::prelude::{
    DataFrame, DataType, Engine, Expr, Float64Chunked, LazyFrame, PlHashMap, PlanCallback, PolarsResult, StringChunked,
    col, lit, when,
};

use super::cells::{Cells, Line};
use super::dimension::Dimension;
use crate::period::{Period, place};
use crate::profile::lines::Lines;
use crate::profile::{ProfileError, ProfileInput, Window};

/// The member for whom a dimension is not known.
pub const UNKNOWN: &str = "__unknown__";
/// The member of sales to nobody known, in dimensions of the customer.
pub const ANONYMOUS: &str = "__anonymous__";
/// What stands for a dimension in rows that sum over it.
pub const TOTAL: &str = "__total__";

/// Members by number, and the cells of their numbers.
pub(super) struct Read {
    pub(super) members: Vec<Vec<String>>,
    pub(super) cells: Cells,
}

/// Numbers for texts, in the order in which they come.
#[derive(Default)]
struct Numbers {
    numbers: PlHashMap<Box<str>, u32>,
    last: String,
    number: Option<u32>,
}

impl Numbers {
    /// The number of a text, and whether it is a new one.
    fn of(&mut self, text: &str) -> (u32, bool) {
        // Lines of an order stand together.
        if let Some(number) = self.number.filter(|_| self.last == text) {
            return (number, false);
        }
        let known = self.numbers.get(text).copied();
        let number = known.unwrap_or_else(|| {
            let next = self.numbers.len() as u32;
            self.numbers.insert(text.into(), next);
            next
        });
        self.last.clear();
        self.last.push_str(text);
        self.number = Some(number);
        (number, known.is_none())
    }
}

enum Source {
    /// A text column of the lines.
    Column { unknown: &'static str },
    /// An attribute of the customer, by customer; and the member of each numbered customer.
    Customer { attribute: HashMap<String, String>, of: Vec<u32> },
    /// Calendar periods.
    Periods(Vec<Period>),
}

/// One dimension while lines are read.
struct Axis {
    source: Source,
    column: String,
    numbers: Numbers,
    members: Vec<String>,
    /// The members that count; all of them if none is named.
    only: Option<HashSet<String>>,
    counts: Vec<bool>,
}

impl Axis {
    fn member(&mut self, name: &str) -> u32 {
        let (number, new) = self.numbers.of(name);
        if new {
            self.members.push(name.to_owned());
            self.counts.push(self.only.as_ref().is_none_or(|only| only.contains(name)));
        }
        number
    }
}

struct Gathering {
    axes: Vec<Axis>,
    dimensions: usize,
    customers: Numbers,
    orders: Numbers,
    cells: Cells,
}

/// Reads the lines of a window into cells of the dimensions, only those of the members that filters name.
pub(super) fn read(
    input: &ProfileInput<'_>,
    lines: &Lines,
    window: &Window,
    dimensions: &[Dimension],
    filters: &[(Dimension, Vec<String>)],
) -> Result<Read, ProfileError> {
    let transactions = input.tables.transactions();
    let mut axes = Vec::new();
    let all = dimensions.iter().map(|dimension| (*dimension, None));
    for (dimension, only) in all.chain(filters.iter().map(|(dimension, only)| (*dimension, Some(only)))) {
        let mut axis = axis(input, window, dimension, axes.len())?;
        axis.only = only.map(|names| names.iter().cloned().collect());
        if let Source::Periods(periods) = &axis.source {
            let starts: Vec<String> = periods.iter().map(|period| period.start.to_string()).collect();
            starts.iter().for_each(|start| {
                axis.member(start);
            });
        }
        axes.push((dimension, axis));
    }
    let mut columns = vec![
        col("customer_id").cast(DataType::String).alias("customer"),
        lines.order_key().cast(DataType::String).alias("order"),
        col("kind"),
        col("amount"),
        col("date").to_physical().alias("day"),
    ];
    if transactions.has("quantity") {
        columns.push(col("quantity"));
    }
    if lines.has("cost") {
        columns.push(col("cost"));
    }
    columns.extend(list_amount(input).map(|list| list.alias("list")));
    if transactions.has("fx_rate") {
        let known = col("fx_rate").gt(lit(0.0));
        columns.push(
            when(known).then(col("amount") / col("fx_rate")).otherwise(lit(polars::prelude::NULL)).alias("source"),
        );
    }
    for (dimension, axis) in &axes {
        if let (Source::Column { .. }, Some(name)) = (&axis.source, dimension.line_column()) {
            columns.push(col(name).cast(DataType::String).alias(axis.column.as_str()));
        }
    }
    let axes = axes.into_iter().map(|(_, axis)| axis).collect();
    let gathering = Gathering {
        axes,
        dimensions: dimensions.len(),
        customers: Numbers::default(),
        orders: Numbers::default(),
        cells: Cells::new(dimensions.len()),
    };
    let gathering = gather(lines.within(window).select(columns), gathering)?;
    Ok(sorted(gathering))
}

/// What a line would have cost at list prices, where that is stated.
fn list_amount(input: &ProfileInput<'_>) -> Option<Expr> {
    let transactions = input.tables.transactions();
    let discounted = col("amount") + col("discount");
    match (transactions.has("list_amount"), transactions.has("discount")) {
        (true, true) => Some(when(col("list_amount").is_not_null()).then(col("list_amount")).otherwise(discounted)),
        (true, false) => Some(col("list_amount")),
        (false, true) => Some(discounted),
        (false, false) => None,
    }
}

fn axis(input: &ProfileInput<'_>, window: &Window, dimension: Dimension, place: usize) -> Result<Axis, ProfileError> {
    if let Some(need) = dimension.missing(input).first() {
        return Err(ProfileError::Missing { asked: format!("the dimension {dimension}"), missing: need.to_string() });
    }
    let source = match dimension {
        Dimension::Period(grain) => Source::Periods(grain.over(window.from(), window.as_of())?),
        Dimension::Region | Dimension::Segment | Dimension::Grade => {
            Source::Customer { attribute: attribute(input, dimension)?, of: Vec::new() }
        }
        Dimension::Customer => Source::Column { unknown: ANONYMOUS },
        _ => Source::Column { unknown: UNKNOWN },
    };
    let column = format!("member {place}");
    Ok(Axis { source, column, numbers: Numbers::default(), members: Vec::new(), only: None, counts: Vec::new() })
}

/// An attribute by customer.
pub(super) fn attribute(
    input: &ProfileInput<'_>,
    dimension: Dimension,
) -> Result<HashMap<String, String>, ProfileError> {
    let (table, rows, name) = match dimension {
        Dimension::Region => ("customers", input.tables.customers().map(emptor_table::Customers::rows), "region_id"),
        _ => {
            use polars::prelude::IntoLazy;
            ("scores", input.scores.map(|scores| scores.frame().clone().lazy()), dimension.name())
        }
    };
    let Some(mut rows) = rows else { return Ok(HashMap::new()) };
    let dtype = |frame: &mut LazyFrame| -> PolarsResult<DataType> {
        Ok(frame.collect_schema()?.get("customer_id").cloned().unwrap_or(DataType::Null))
    };
    let (left, right) = (dtype(&mut input.tables.transactions().lines())?, dtype(&mut rows)?);
    if left != right {
        let (left, right) = (left.to_string(), right.to_string());
        return Err(ProfileError::IdTypes { column: "customer_id", left, table: table.to_owned(), right });
    }
    let rows = rows.select([col("customer_id").cast(DataType::String), col(name).cast(DataType::String)]).collect()?;
    let (ids, names) = (rows.column("customer_id")?, rows.column(name)?);
    let pairs = ids.str()?.iter().zip(names.str()?.iter());
    Ok(pairs.filter_map(|(id, name)| Some((id?.to_owned(), name?.to_owned()))).collect())
}

fn gather(frame: LazyFrame, gathering: Gathering) -> PolarsResult<Gathering> {
    let shared = Arc::new(Mutex::new(Some(gathering)));
    let sink = Arc::clone(&shared);
    let callback = PlanCallback::new(move |batch: DataFrame| {
        if let Some(gathering) = sink.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            gathering.take(&batch)?;
        }
        Ok(false)
    });
    frame.sink_batches(callback, false, None)?.collect_with_engine(Engine::Streaming)?;
    let gathered = shared.lock().unwrap_or_else(PoisonError::into_inner).take();
    gathered.ok_or_else(|| polars::error::PolarsError::ComputeError("lines were read twice".into()))
}

impl Gathering {
    fn take(&mut self, batch: &DataFrame) -> PolarsResult<()> {
        let number = |name: &str| -> PolarsResult<Option<&Float64Chunked>> {
            batch.column(name).ok().map(|column| column.f64()).transpose()
        };
        let [amount, quantity, cost, list, source] = ["amount", "quantity", "cost", "list", "source"].map(number);
        let (amount, quantity, cost, list, source) = (amount?, quantity?, cost?, list?, source?);
        let at = |column: Option<&Float64Chunked>, row: usize| column.and_then(|column| column.get(row));
        let (customers, orders) = (batch.column("customer")?.str()?, batch.column("order")?.str()?);
        let (kinds, days) = (batch.column("kind")?.u8()?, batch.column("day")?.i32()?);
        let texts: Vec<Option<&StringChunked>> = self
            .axes
            .iter()
            .map(|axis| match axis.source {
                Source::Column { .. } => batch.column(&axis.column)?.str().map(Some),
                _ => Ok(None),
            })
            .collect::<PolarsResult<_>>()?;
        let mut members = vec![0; self.dimensions];
        for row in 0..batch.height() {
            let name = customers.get(row);
            let customer = name.map(|name| self.customers.of(name));
            let mut counts = true;
            for (i, axis) in self.axes.iter_mut().enumerate() {
                let member = match &axis.source {
                    Source::Column { unknown } => {
                        let unknown = *unknown;
                        axis.member(texts[i].and_then(|text| text.get(row)).unwrap_or(unknown))
                    }
                    Source::Customer { .. } => axis.of_customer(customer.map(|(number, _)| number), name),
                    Source::Periods(periods) => place(periods, days.get(row).unwrap_or_default()).unwrap_or(0) as u32,
                };
                counts &= axis.counts[member as usize];
                if let Some(own) = members.get_mut(i) {
                    *own = member;
                }
            }
            if counts {
                let line = Line {
                    kind: kind(kinds.get(row).unwrap_or_default()),
                    amount: at(amount, row).unwrap_or_default(),
                    quantity: at(quantity, row),
                    cost: at(cost, row),
                    list: at(list, row),
                    source: at(source, row),
                    customer: customer.map(|(number, _)| number),
                    order: orders.get(row).map(|order| self.orders.of(order).0),
                };
                self.cells.add(&members, &line);
            }
        }
        Ok(())
    }
}

impl Axis {
    /// The member of a customer; looked up once for each.
    fn of_customer(&mut self, number: Option<u32>, name: Option<&str>) -> u32 {
        let (Some(number), Some(name)) = (number, name) else { return self.member(ANONYMOUS) };
        let member = match &self.source {
            Source::Customer { attribute, of } => match of.get(number as usize).filter(|member| **member < u32::MAX) {
                Some(member) => return *member,
                None => attribute.get(name).cloned(),
            },
            _ => None,
        };
        let member = self.member(member.as_deref().unwrap_or(UNKNOWN));
        if let Source::Customer { of, .. } = &mut self.source {
            if of.len() <= number as usize {
                of.resize(number as usize + 1, u32::MAX);
            }
            of[number as usize] = member;
        }
        member
    }
}

fn kind(code: u8) -> LineKind {
    [LineKind::Sale, LineKind::Free, LineKind::Return, LineKind::Charge]
        .into_iter()
        .find(|kind| kind.code() == code)
        .unwrap_or(LineKind::Void)
}

/// Members in the order of their names, so that nothing depends on the order of lines.
fn sorted(gathering: Gathering) -> Read {
    let mut members = Vec::new();
    let mut to = Vec::new();
    for axis in gathering.axes.into_iter().take(gathering.dimensions) {
        let mut order: Vec<usize> = (0..axis.members.len()).collect();
        order.sort_by(|a, b| axis.members[*a].cmp(&axis.members[*b]));
        let mut numbers = vec![0; order.len()];
        order.iter().enumerate().for_each(|(new, old)| numbers[*old] = new as u32);
        members.push(order.iter().map(|old| axis.members[*old].clone()).collect());
        to.push(numbers);
    }
    Read { members, cells: gathering.cells.renumber(&to).finish() }
}
