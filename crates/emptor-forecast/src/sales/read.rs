//! From order lines to sums by period.

use std::collections::{BTreeMap, HashMap};

use emptor_table::money::{MILLIONTHS, millionths};
use emptor_table::{LineKind, Tables, named_by};
use emptor_types::period::Period;
use emptor_types::{Date, Invalid};
use polars::prelude::{
    Column, DataFrame, DataType, Engine, Expr, Field, IntoColumn, IntoSeries, LazyFrame, PolarsResult, UInt32Chunked,
    UniqueKeepStrategy, col, lit, when,
};

use super::dimension::SalesDimension;
use super::settings::{SalesMeasure, SalesSettings};
use crate::ForecastError;

/// The member of sales whose product, channel, … is not named.
pub const UNKNOWN: &str = "__unknown__";
/// The member of sales to nobody known, where sales are split by something of the customer.
pub const ANONYMOUS: &str = "__anonymous__";
const PERIOD: &str = "__period";
const SUM: &str = "__sum";

/// The lines that count, up to the day of observation.
pub(super) fn lines(tables: &Tables, settings: &SalesSettings) -> LazyFrame {
    let day = || col("date").to_physical().cast(DataType::Int32);
    let lines = tables.transactions().lines().filter(col("kind").neq(lit(LineKind::Void.code())));
    let lines = lines.filter(day().lt_eq(lit(settings.as_of.days_since_epoch())));
    match settings.from {
        Some(from) => lines.filter(day().gt_eq(lit(from.days_since_epoch()))),
        None => lines,
    }
}

/// The first and the last day of which the data tell.
///
/// A day without a line before the first one may be a day without sales or one that the data do not reach; so may the days
/// between the last line and the day of observation. They count as covered if there is no more of them than in the longest
/// stretch without a line in between. `None` without lines.
pub(super) fn span(lines: LazyFrame, settings: &SalesSettings) -> Result<Option<Span>, ForecastError> {
    let day = col("date").to_physical().cast(DataType::Int32);
    let days = collect(lines.select([day.alias("day")]).unique(None, UniqueKeepStrategy::Any))?;
    let mut days: Vec<i32> = days.column("day")?.i32()?.iter().flatten().collect();
    days.sort_unstable();
    let Some((first, last)) = days.first().copied().zip(days.last().copied()) else { return Ok(None) };
    let gap = days.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
    let as_of = settings.as_of.days_since_epoch();
    Ok(Some(Span {
        first: settings.from.map_or_else(|| Date::from_days_since_epoch(first), Ok)?,
        last: Date::from_days_since_epoch(if as_of - last <= gap { as_of } else { last })?,
        gap: if settings.from.is_some() { 0 } else { gap },
    }))
}

/// From which to which day the data tell, and how many days before the first line may have had no sales.
pub(super) struct Span {
    pub(super) first: Date,
    pub(super) last: Date,
    pub(super) gap: i32,
}

/// Sums by member and by the place of the period, for every period in which there was a line.
pub(super) type Cells = BTreeMap<Vec<String>, BTreeMap<usize, f64>>;

/// Adds lines up. Sums of money are those of whole millionths: the order of rows does not matter.
pub(super) fn cells(
    lines: LazyFrame,
    tables: &Tables,
    settings: &SalesSettings,
    labels: Option<&DataFrame>,
    periods: &[Period],
) -> Result<Cells, ForecastError> {
    let Some((first, last)) = periods.first().zip(periods.last()) else { return Ok(Cells::new()) };
    let day = || col("date").to_physical().cast(DataType::Int32);
    let inside = day().gt_eq(lit(first.start.days_since_epoch())).and(day().lt_eq(lit(last.end.days_since_epoch())));
    let mut keys = Vec::new();
    for dimension in &settings.by {
        keys.push(member(*dimension, tables, labels)?.alias(dimension.name()));
    }
    let mut columns = keys;
    columns.push(place_of(day(), periods).alias(PERIOD));
    columns.push(millionths(measured(settings.measure, tables)?).alias(SUM));
    let names: Vec<Expr> = settings.by.iter().map(|by| col(by.name())).chain([col(PERIOD)]).collect();
    let sums = collect(lines.filter(inside).select(columns).group_by(names).agg([col(SUM).sum()]))?;
    let mut members = Vec::with_capacity(settings.by.len());
    for dimension in &settings.by {
        members.push(sums.column(dimension.name())?.str()?);
    }
    let (places, sum) = (sums.column(PERIOD)?.u32()?, sums.column(SUM)?.i64()?);
    let mut cells = Cells::new();
    for row in 0..sums.height() {
        let key = members.iter().map(|names| names.get(row).unwrap_or(UNKNOWN).to_owned()).collect();
        let cell = cells.entry(key).or_default().entry(places.get(row).unwrap_or(0) as usize).or_insert(0.0);
        *cell = sum.get(row).unwrap_or(0) as f64 / MILLIONTHS;
    }
    Ok(cells)
}

fn measured(measure: SalesMeasure, tables: &Tables) -> Result<Expr, ForecastError> {
    let is = |kind: LineKind| col("kind").eq(lit(kind.code()));
    let only = |holds: Expr, value: Expr| when(holds).then(value).otherwise(lit(0.0));
    Ok(match measure {
        SalesMeasure::NetRevenue => col("amount"),
        SalesMeasure::GrossSales => only(is(LineKind::Sale), col("amount")),
        SalesMeasure::Returns => only(is(LineKind::Return), lit(0.0) - col("amount")),
        SalesMeasure::Units => {
            needs("quantity", tables.transactions().has("quantity"), "units")?;
            only(is(LineKind::Sale).or(is(LineKind::Return)), col("quantity").cast(DataType::Float64))
                .fill_null(lit(0.0))
        }
    })
}

/// The member of a line in a dimension.
fn member(dimension: SalesDimension, tables: &Tables, labels: Option<&DataFrame>) -> Result<Expr, ForecastError> {
    let lines = tables.transactions();
    if let Some(column) = dimension.line_column() {
        needs(column, lines.has(column), dimension.name())?;
        return Ok(col(column).cast(DataType::String).fill_null(lit(UNKNOWN)));
    }
    let name = dimension.name();
    if matches!(dimension, SalesDimension::Category | SalesDimension::Brand) {
        needs("product_id", lines.has("product_id"), name)?;
        let products = tables.products().filter(|products| products.has(name));
        let Some(products) = products else { return Err(missing(&format!("products.{name}"), name)) };
        return Ok(products.attribute_of(col("product_id"), name)?.fill_null(lit(UNKNOWN)));
    }
    let Some(labels) = labels.filter(|labels| labels.column(name).is_ok()) else {
        return Err(missing(&format!("labels.{name}"), name));
    };
    let text = |column: &str| labels.column(column)?.cast(&DataType::String);
    let (ids, names) = (text("customer_id")?, text(name)?);
    let pairs = ids.str()?.iter().zip(names.str()?.iter());
    let named: HashMap<String, String> =
        pairs.filter_map(|(id, label)| Some((id?.to_owned(), label?.to_owned()))).collect();
    let known = named_by(named, col("customer_id"), name).fill_null(lit(UNKNOWN));
    Ok(when(col("customer_id").is_null()).then(lit(ANONYMOUS)).otherwise(known))
}

fn needs(column: &str, is_there: bool, what: &str) -> Result<(), ForecastError> {
    if is_there { Ok(()) } else { Err(missing(&format!("transactions.{column}"), what)) }
}

fn missing(column: &str, what: &str) -> ForecastError {
    Invalid::value(what, format!("needs the column {column}"), "no such column").into()
}

/// The place of a day among periods that follow one another, by a table of all their days.
fn place_of(day: Expr, periods: &[Period]) -> Expr {
    let first = periods.first().map_or(0, |period| period.start.days_since_epoch());
    let mut places = Vec::new();
    for (place, period) in periods.iter().enumerate() {
        let days = period.end.days_since_epoch() - period.start.days_since_epoch() + 1;
        places.extend((0..days).map(|_| place as u32));
    }
    day.map(
        move |days: Column| {
            let at = |day: i32| usize::try_from(day - first).ok().and_then(|at| places.get(at).copied());
            let found: UInt32Chunked = days.i32()?.iter().map(|day| at(day?)).collect();
            Ok(found.into_series().into_column())
        },
        |_, field| Ok(Field::new(field.name().clone(), DataType::UInt32)),
    )
}

fn collect(frame: LazyFrame) -> PolarsResult<DataFrame> {
    Ok(frame.collect_with_engine(Engine::Streaming)?.unwrap_single())
}
