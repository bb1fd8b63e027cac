//! One pass over order lines, into as many cubes as are asked for.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use emptor_table::LineKind;
use polars::prelude::{
    Column, DataFrame, DataType, Engine, Expr, Float64Chunked, LazyFrame, PlHashMap, PlanCallback, PolarsResult, col,
    lit, when,
};

use super::cells::{Cells, Line, Sums};
use super::dimension::Dimension;
use super::users::Users;
use crate::period::{Period, place};
use crate::profile::lines::Lines;
use crate::profile::{ProfileError, ProfileInput, Window};

/// The member for whom a dimension is not known.
pub const UNKNOWN: &str = "__unknown__";
/// The member of sales to nobody known, in dimensions of the customer.
pub const ANONYMOUS: &str = "__anonymous__";
/// What stands for a dimension in rows that sum over it.
pub const TOTAL: &str = "__total__";

/// Nobody known, no order number.
const NONE: u32 = u32::MAX;

/// A cube that is asked for.
pub(in crate::profile::performance) struct Ask {
    pub(in crate::profile::performance) window: Window,
    pub(in crate::profile::performance) dimensions: Vec<Dimension>,
    /// Only lines of these members.
    pub(in crate::profile::performance) filters: Vec<(Dimension, Vec<String>)>,
    /// Whether different orders and customers are counted.
    pub(in crate::profile::performance) counts: bool,
}

/// Customers by member that are asked for; by nothing without a dimension.
pub(in crate::profile::performance) struct AskUsers {
    pub(in crate::profile::performance) window: Window,
    pub(in crate::profile::performance) by: Option<Dimension>,
}

/// Members by number, and the cells of their numbers.
pub(super) struct Read {
    pub(super) members: Vec<Vec<String>>,
    pub(super) cells: Cells,
}

/// All that was read in one pass.
pub(super) struct Found {
    pub(super) cubes: Vec<Read>,
    /// Customers by member, with the names of the members.
    pub(super) users: Vec<(Vec<String>, Users)>,
    /// Whether a customer, by number, bought before the day that was asked for.
    pub(super) known_before: Vec<bool>,
}

/// Numbers for names, in the order in which they come. Whole numbers are not turned into text.
#[derive(Default)]
struct Numbers {
    texts: PlHashMap<Box<str>, u32>,
    wholes: PlHashMap<i64, u32>,
}

impl Numbers {
    fn of(&mut self, text: &str) -> (u32, bool) {
        if let Some(number) = self.texts.get(text) {
            return (*number, false);
        }
        let next = self.texts.len() as u32;
        self.texts.insert(text.into(), next);
        (next, true)
    }

    /// The numbers of a column, [`NONE`] for nulls; new ones are named to the caller by row.
    fn column(&mut self, column: &Column, numbers: &mut Vec<u32>, mut new: impl FnMut(usize)) -> PolarsResult<()> {
        numbers.clear();
        if *column.dtype() == DataType::Int64 {
            for (row, whole) in column.i64()?.iter().enumerate() {
                let next = self.wholes.len() as u32;
                let number = whole.map_or(NONE, |whole| *self.wholes.entry(whole).or_insert(next));
                if number == next {
                    new(row);
                }
                numbers.push(number);
            }
            return Ok(());
        }
        // Lines of an order stand together.
        let mut last: Option<(&str, u32)> = None;
        for (row, text) in column.str()?.iter().enumerate() {
            let number = match (text, last) {
                (None, _) => NONE,
                (Some(text), Some((same, number))) if text == same => number,
                (Some(text), _) => {
                    let (number, is_new) = self.of(text);
                    if is_new {
                        new(row);
                    }
                    last = Some((text, number));
                    number
                }
            };
            numbers.push(number);
        }
        Ok(())
    }
}

enum Source {
    /// A text column of the lines.
    Column { unknown: &'static str },
    /// An attribute of the customer, by customer; and the member of each numbered customer.
    Customer { attribute: HashMap<String, String>, of: Vec<u32> },
}

/// One dimension while lines are read.
struct Axis {
    dimension: Dimension,
    source: Source,
    column: String,
    numbers: Numbers,
    members: Vec<String>,
    /// The members of the rows of a batch.
    rows: Vec<u32>,
}

impl Axis {
    fn member(&mut self, name: &str) -> u32 {
        let (number, new) = self.numbers.of(name);
        if new {
            self.members.push(name.to_owned());
        }
        number
    }

    /// The members of a batch.
    fn take(&mut self, batch: &DataFrame, customers: &[u32]) -> PolarsResult<()> {
        let unknown = match &self.source {
            Source::Customer { of, .. } => {
                let member = |customer: &u32| of.get(*customer as usize).copied().unwrap_or(NONE);
                self.rows.clear();
                self.rows.extend(customers.iter().map(member));
                ANONYMOUS
            }
            Source::Column { unknown } => {
                let column = batch.column(&self.column)?;
                let names = column.str()?;
                let members = &mut self.members;
                self.numbers.column(column, &mut self.rows, |row| {
                    members.push(names.get(row).unwrap_or_default().to_owned());
                })?;
                unknown
            }
        };
        if self.rows.contains(&NONE) {
            let unknown = self.member(unknown);
            self.rows.iter_mut().filter(|member| **member == NONE).for_each(|member| *member = unknown);
        }
        Ok(())
    }

    /// A customer who is new, by number.
    fn customer(&mut self, name: &str) {
        let Source::Customer { attribute, .. } = &self.source else { return };
        let member = attribute.get(name).cloned();
        let member = self.member(member.as_deref().unwrap_or(UNKNOWN));
        if let Source::Customer { of, .. } = &mut self.source {
            of.push(member);
        }
    }
}

/// Where a dimension of a cube takes its members from.
enum From {
    Axis(usize),
    Periods(Vec<Period>),
}

impl From {
    fn member(&self, axes: &[Axis], row: usize, day: i32) -> u32 {
        match self {
            Self::Axis(axis) => axes[*axis].rows[row],
            Self::Periods(periods) => place(periods, day).unwrap_or(0) as u32,
        }
    }
}

/// One cube while lines are read.
struct Building {
    span: (i32, i32),
    dimensions: Vec<From>,
    filters: Vec<(From, HashSet<String>)>,
    counts: bool,
    cells: Cells,
}

impl Building {
    /// Whether a line is one of the members that filters name.
    fn has(&self, axes: &[Axis], row: usize, day: i32) -> bool {
        self.filters.iter().all(|(from, names)| {
            let member = from.member(axes, row, day) as usize;
            match from {
                From::Axis(axis) => axes[*axis].members.get(member).is_some_and(|name| names.contains(name)),
                From::Periods(periods) => {
                    periods.get(member).is_some_and(|period| names.contains(&period.start.to_string()))
                }
            }
        })
    }
}

struct Gathering {
    axes: Vec<Axis>,
    customers: Numbers,
    orders: Numbers,
    cubes: Vec<Building>,
    users: Vec<((i32, i32), Option<usize>, Users)>,
    /// The day before which purchases make a customer known.
    known_from: Option<i32>,
    known_before: Vec<bool>,
}

/// The place of the axis of a dimension, made where it is not there yet.
fn axis(axes: &mut Vec<Axis>, input: &ProfileInput<'_>, dimension: Dimension) -> Result<usize, ProfileError> {
    if let Some(place) = axes.iter().position(|axis| axis.dimension == dimension) {
        return Ok(place);
    }
    if let Some(need) = dimension.missing(input).first() {
        return Err(ProfileError::Missing { asked: format!("the dimension {dimension}"), missing: need.to_string() });
    }
    let source = match dimension {
        Dimension::Region | Dimension::Segment | Dimension::Grade => {
            Source::Customer { attribute: attribute(input, dimension)?, of: Vec::new() }
        }
        Dimension::Customer => Source::Column { unknown: ANONYMOUS },
        _ => Source::Column { unknown: UNKNOWN },
    };
    let column = format!("member {}", axes.len());
    let (numbers, members, rows) = (Numbers::default(), Vec::new(), Vec::new());
    axes.push(Axis { dimension, source, column, numbers, members, rows });
    Ok(axes.len() - 1)
}

fn span(window: &Window) -> (i32, i32) {
    (window.from().days_since_epoch(), window.as_of().days_since_epoch())
}

/// Reads the lines once into all cubes and customers that are asked for. With `known_from`, all earlier lines are read too,
/// to say who bought before that day.
pub(super) fn read(
    input: &ProfileInput<'_>,
    lines: &Lines,
    asks: &[Ask],
    users: &[AskUsers],
    known_from: Option<i32>,
) -> Result<Found, ProfileError> {
    let mut axes = Vec::new();
    let mut from = |dimension: Dimension, window: &Window| match dimension {
        Dimension::Period(grain) => Ok(From::Periods(grain.over(window.from(), window.as_of())?)),
        _ => axis(&mut axes, input, dimension).map(From::Axis),
    };
    let mut cubes = Vec::new();
    for ask in asks {
        let of = |dimension: &Dimension| from(*dimension, &ask.window);
        let dimensions = ask.dimensions.iter().map(of).collect::<Result<Vec<_>, ProfileError>>()?;
        let mut filters = Vec::new();
        for (dimension, names) in &ask.filters {
            filters.push((from(*dimension, &ask.window)?, names.iter().cloned().collect()));
        }
        let cells = Cells::new(dimensions.len());
        cubes.push(Building { span: span(&ask.window), dimensions, filters, counts: ask.counts, cells });
    }
    let mut using = Vec::new();
    for ask in users {
        let by = ask.by.map(|dimension| axis(&mut axes, input, dimension)).transpose()?;
        using.push((span(&ask.window), by, Users::default()));
    }
    let spans: Vec<(i32, i32)> = cubes.iter().map(|cube| cube.span).chain(using.iter().map(|of| of.0)).collect();
    let day = col("date").to_physical();
    let inside = |any: Expr, (first, last): &(i32, i32)| {
        any.or(day.clone().gt_eq(lit(*first)).and(day.clone().lt_eq(lit(*last))))
    };
    let before = known_from.map_or(lit(false), |from| day.clone().lt(lit(from)));
    let wanted = spans.iter().fold(before, inside);
    let needs_orders = cubes.iter().any(|cube| cube.counts) || !using.is_empty();
    let frame = lines.until(&input.window).filter(wanted);
    let frame = frame.select(columns(input, lines, &axes, needs_orders)?);
    let gathering = Gathering {
        axes,
        customers: Numbers::default(),
        orders: Numbers::default(),
        cubes,
        users: using,
        known_from,
        known_before: Vec::new(),
    };
    Ok(sorted(fold(frame, gathering, Gathering::take)?))
}

/// The columns of lines that are read.
fn columns(
    input: &ProfileInput<'_>,
    lines: &Lines,
    axes: &[Axis],
    needs_orders: bool,
) -> Result<Vec<Expr>, ProfileError> {
    let transactions = input.tables.transactions();
    let mut frame = transactions.lines().select([col("customer_id"), lines.order_key().alias("order")]);
    let schema = frame.collect_schema()?;
    let number_or_text = |name: &str| {
        let whole = schema.get(name).is_some_and(DataType::is_integer);
        if whole { DataType::Int64 } else { DataType::String }
    };
    // Whatever order lines have is an order; with `needs_orders` different ones are told apart.
    let order = if needs_orders {
        lines.order_key().cast(number_or_text("order"))
    } else {
        when(lines.order_key().is_not_null())
            .then(lit(0_i64))
            .otherwise(lit(polars::prelude::NULL))
            .cast(DataType::Int64)
    };
    let mut columns = vec![
        col("customer_id").cast(number_or_text("customer_id")).alias("customer"),
        order.alias("order"),
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
    for axis in axes {
        if let (Source::Column { .. }, Some(name)) = (&axis.source, axis.dimension.line_column()) {
            columns.push(col(name).cast(DataType::String).alias(axis.column.as_str()));
        }
    }
    Ok(columns)
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

/// Shows every batch of a query to a state, in no order.
pub(in crate::profile::performance) fn fold<S: Send + 'static>(
    frame: LazyFrame,
    state: S,
    take: fn(&mut S, &DataFrame) -> PolarsResult<()>,
) -> PolarsResult<S> {
    let shared = Arc::new(Mutex::new(Some(state)));
    let sink = Arc::clone(&shared);
    let callback = PlanCallback::new(move |batch: DataFrame| {
        if let Some(state) = sink.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            take(state, &batch)?;
        }
        Ok(false)
    });
    frame.sink_batches(callback, false, None)?.collect_with_engine(Engine::Streaming)?;
    let folded = shared.lock().unwrap_or_else(PoisonError::into_inner).take();
    folded.ok_or_else(|| polars::error::PolarsError::ComputeError("lines were read twice".into()))
}

impl Gathering {
    fn take(&mut self, batch: &DataFrame) -> PolarsResult<()> {
        let number = |name: &str| -> PolarsResult<Option<&Float64Chunked>> {
            batch.column(name).ok().map(|column| column.f64()).transpose()
        };
        let [amount, quantity, cost, list, source] = ["amount", "quantity", "cost", "list", "source"].map(number);
        let (amount, quantity, cost, list, source) = (amount?, quantity?, cost?, list?, source?);
        let at = |column: Option<&Float64Chunked>, row: usize| column.and_then(|column| column.get(row));
        let (kinds, days) = (batch.column("kind")?.u8()?, batch.column("day")?.i32()?);
        let (mut customers, mut orders) = (Vec::new(), Vec::new());
        let ids = batch.column("customer")?;
        let mut fresh = Vec::new();
        self.customers.column(ids, &mut customers, |row| fresh.push(row))?;
        self.orders.column(batch.column("order")?, &mut orders, |_| ())?;
        self.known_before.resize(self.known_before.len() + fresh.len(), false);
        if self.axes.iter().any(|axis| matches!(axis.source, Source::Customer { .. })) {
            for row in fresh {
                let id = ids.get(row)?;
                let name = id.get_str().map_or_else(|| id.to_string(), str::to_owned);
                self.axes.iter_mut().for_each(|axis| axis.customer(&name));
            }
        }
        for axis in &mut self.axes {
            axis.take(batch, &customers)?;
        }
        let mut members = Vec::new();
        for row in 0..batch.height() {
            let day = days.get(row).unwrap_or_default();
            let some = |number: u32| (number != NONE).then_some(number);
            let line = Line {
                kind: kind(kinds.get(row).unwrap_or_default()),
                amount: at(amount, row).unwrap_or_default(),
                quantity: at(quantity, row),
                cost: at(cost, row),
                list: at(list, row),
                source: at(source, row),
                customer: some(customers[row]),
                order: some(orders[row]),
            };
            let is_sale = line.kind == LineKind::Sale;
            if let Some(customer) = line.customer.filter(|_| is_sale && self.known_from.is_some_and(|from| day < from))
            {
                self.known_before[customer as usize] = true;
            }
            let sums = Sums::of(&line);
            for cube in &mut self.cubes {
                if day < cube.span.0 || day > cube.span.1 || !cube.has(&self.axes, row, day) {
                    continue;
                }
                members.clear();
                members.extend(cube.dimensions.iter().map(|from| from.member(&self.axes, row, day)));
                let cell = cube.cells.add_sums(&members, &sums);
                if is_sale && cube.counts {
                    cube.cells.count(cell, line.order, line.customer);
                }
            }
            for (span, by, users) in &mut self.users {
                if (span.0..=span.1).contains(&day) {
                    let member = by.map_or(0, |axis| self.axes[axis].rows[row]);
                    users.add(line.customer, member, sums.net, is_sale.then_some(line.order));
                }
            }
        }
        Ok(())
    }
}

fn kind(code: u8) -> LineKind {
    [LineKind::Sale, LineKind::Free, LineKind::Return, LineKind::Charge]
        .into_iter()
        .find(|kind| kind.code() == code)
        .unwrap_or(LineKind::Void)
}

/// Members in the order of their names, so that nothing depends on the order of lines.
fn sorted(gathering: Gathering) -> Found {
    let axes = gathering.axes;
    let mut cubes = Vec::new();
    for cube in gathering.cubes {
        let mut members = Vec::new();
        let mut to = Vec::new();
        for (i, from) in cube.dimensions.iter().enumerate() {
            let (names, numbers) = match from {
                From::Periods(periods) => {
                    let starts: Vec<String> = periods.iter().map(|period| period.start.to_string()).collect();
                    by_name(&starts, |_| true)
                }
                From::Axis(axis) => {
                    let mut used = vec![false; axes[*axis].members.len()];
                    cube.cells.members(i).for_each(|member| used[member as usize] = true);
                    by_name(&axes[*axis].members, |member| used[member])
                }
            };
            members.push(names);
            to.push(numbers);
        }
        cubes.push(Read { members, cells: cube.cells.renumber(&to).finish() });
    }
    let users = gathering.users.into_iter().map(|(_, by, users)| {
        let (names, to) = by.map_or_else(Default::default, |axis| by_name(&axes[axis].members, |_| true));
        (names, users.finish(&to))
    });
    Found { cubes, users: users.collect(), known_before: gathering.known_before }
}

/// The names that count, ascending, and the place of each among them.
fn by_name(names: &[String], counts: impl Fn(usize) -> bool) -> (Vec<String>, Vec<u32>) {
    let mut order: Vec<usize> = (0..names.len()).filter(|member| counts(*member)).collect();
    order.sort_by(|a, b| names[*a].cmp(&names[*b]));
    let mut to = vec![0; names.len()];
    order.iter().enumerate().for_each(|(new, old)| to[*old] = new as u32);
    (order.into_iter().map(|old| names[old].clone()).collect(), to)
}
