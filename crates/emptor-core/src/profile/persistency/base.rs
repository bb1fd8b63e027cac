//! From tables to customers, one after the other: what each bought on which day, and everything else that is said of him.

use emptor_table::{LineKind, Tables};
use emptor_types::{Date, Invalid};
use polars::prelude::{
    Column, DataFrame, DataType, IdxSize, IntoColumn, IntoLazy, JoinArgs, JoinType, LazyFrame, NULL, NamedFrom,
    PolarsResult, Series, SortMultipleOptions, SortOptions, col, len, lit, when,
};

use super::activity::{Activity, ActivityCell};
use super::survival::Spell;
use super::timeline::Timeline;
use crate::profile::ids::{contracts_begun, known_by};
use crate::profile::lines::{Lines, MILLIONTHS, collect, is, is_purchase, millionths};
use crate::profile::{ProfileError, ProfileInput, Window};

const ID: &str = "customer_id";
const PLACE: &str = "place";

/// All customers who are known by a purchase, a contract or the customers table, by id.
pub(super) struct Base {
    pub(super) ids: Series,
    places: DataFrame,
    /// Days on which something happened: customers one after the other, days ascending.
    offsets: Vec<usize>,
    days: Vec<Day>,
    /// Days of purchases: the same.
    bought_offsets: Vec<usize>,
    bought: Vec<i32>,
    pub(super) orders: Vec<usize>,
    pub(super) has_cost: bool,
    /// Net revenue of known customers and of all.
    pub(super) revenue: (f64, f64),
    /// Lines of known customers and of all.
    pub(super) lines: (usize, usize),
    /// Share of known customers' net revenue whose cost is known.
    pub(super) cost_coverage: Option<f64>,
    pub(super) timeline: Timeline,
    pub(super) as_of: i32,
    /// Contracts: customers one after the other; empty without the table.
    contract_offsets: Vec<usize>,
    contracts: Vec<Contract>,
    pub(super) has_contracts: bool,
}

/// What one customer did on one day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Day {
    pub(super) day: i32,
    /// Net revenue in millionths, so that equal amounts are equal however they came about: a trend counts ties.
    pub(super) net: i64,
    /// Margin of the part of it whose cost is known, in millionths; `None` if no cost is.
    pub(super) margin: Option<i64>,
    pub(super) buys: bool,
}

/// One contract.
#[derive(Debug, Clone, Copy)]
pub(super) struct Contract {
    pub(super) spell: Spell,
    /// Money per month.
    pub(super) value: f64,
}

impl Base {
    pub(super) fn of(input: &ProfileInput<'_>, lines: &Lines) -> Result<Self, ProfileError> {
        let (tables, as_of) = (&input.tables, input.window.as_of().days_since_epoch());
        let has_cost = lines.has("cost");
        let all = collect(by_day(lines.until(&input.window), has_cost))?;
        let known = collect(all.clone().lazy().filter(col(ID).is_not_null()))?;
        let totals = |frame: &DataFrame| -> PolarsResult<(f64, usize)> {
            let net: i64 = frame.column("net")?.i64()?.iter().flatten().sum();
            let lines: u64 = frame.column("lines")?.cast(&DataType::UInt64)?.u64()?.iter().flatten().sum();
            Ok((net as f64 / MILLIONTHS, lines as usize))
        };
        let (everything, ours) = (totals(&all)?, totals(&known)?);
        drop(all);
        let contracts = contracts_begun(tables, as_of)?;
        let places = roster(tables, &input.window, &known, contracts.as_ref())?;
        let ids = places.column(ID)?.as_materialized_series().clone();
        let rows = collect(placed(&places, known.lazy())?.sort([PLACE, "day"], SortMultipleOptions::default()))?;
        let n = ids.len();
        let (offsets, days, costed) = read_days(&rows, n)?;
        let (mut bought_offsets, mut bought) = (vec![0], Vec::new());
        for customer in 0..n {
            let own = &days[offsets[customer]..offsets[customer + 1]];
            bought.extend(own.iter().filter(|day| day.buys).map(|day| day.day));
            bought_offsets.push(bought.len());
        }
        let known_net = sum(days.iter().map(|day| day.net));
        let (contract_offsets, contract_list) = read_contracts(&places, contracts.as_ref(), n)?;
        let first_line = days.iter().map(|day| day.day).min();
        let first_contract = contract_list.iter().map(|contract| contract.spell.start).min();
        let earliest = first_line.into_iter().chain(first_contract).min().map(Date::from_days_since_epoch);
        let timeline = Timeline::new(&input.window, earliest.transpose()?.unwrap_or(input.window.from()))?;
        let mut base = Self {
            ids,
            places,
            offsets,
            days,
            bought_offsets,
            bought,
            orders: Vec::new(),
            has_cost,
            revenue: (ours.0, everything.0),
            lines: (ours.1, everything.1),
            cost_coverage: (has_cost && known_net > 0.0).then(|| costed / known_net),
            timeline,
            as_of,
            contract_offsets,
            contracts: contract_list,
            has_contracts: contracts.is_some(),
        };
        base.orders = base.count_orders(tables, lines, input)?;
        Ok(base)
    }

    /// How many customers there are.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// What a customer did, by day.
    pub(super) fn days(&self, customer: usize) -> &[Day] {
        &self.days[self.offsets[customer]..self.offsets[customer + 1]]
    }

    /// The days on which a customer bought.
    pub(super) fn bought(&self, customer: usize) -> &[i32] {
        &self.bought[self.bought_offsets[customer]..self.bought_offsets[customer + 1]]
    }

    /// The contracts of a customer.
    pub(super) fn contracts(&self, customer: usize) -> &[Contract] {
        &self.contracts[self.contract_offsets[customer]..self.contract_offsets[customer + 1]]
    }

    /// Activity by period of a timeline; what lies before it does not count.
    pub(super) fn activity(&self, timeline: &Timeline) -> Result<Activity, Invalid> {
        let mut activity = Activity::new(timeline.len());
        for customer in 0..self.len() {
            let days = self.days(customer).chunk_by(|a, b| timeline.place(a.day) == timeline.place(b.day));
            let cells = days.filter_map(|days| {
                Some(ActivityCell {
                    period: timeline.place(days[0].day)?,
                    active: days.iter().any(|day| day.buys),
                    revenue: sum(days.iter().map(|day| day.net)),
                    margin: known(days.iter().map(|day| day.margin)),
                })
            });
            activity.push(cells)?;
        }
        Ok(activity)
    }

    /// Numbers of a frame with `customer_id` by customer; `NaN` where nothing is said.
    pub(super) fn numbers(&self, frame: LazyFrame, column: &str, table: &str) -> Result<Vec<f64>, ProfileError> {
        let rows = self.placed(frame.select([col(ID), col(column).cast(DataType::Float64).alias("value")]), table)?;
        let mut numbers = vec![f64::NAN; self.len()];
        for (place, value) in places(&rows)?.into_iter().zip(rows.column("value")?.f64()?.iter()) {
            numbers[place] = value.unwrap_or(f64::NAN);
        }
        Ok(numbers)
    }

    /// Texts of a frame with `customer_id` by customer.
    pub(super) fn texts(
        &self,
        frame: LazyFrame,
        column: &str,
        table: &str,
    ) -> Result<Vec<Option<String>>, ProfileError> {
        let rows = self.placed(frame.select([col(ID), col(column).cast(DataType::String).alias("value")]), table)?;
        let mut texts = vec![None; self.len()];
        for (place, value) in places(&rows)?.into_iter().zip(rows.column("value")?.str()?.iter()) {
            texts[place] = value.map(str::to_owned);
        }
        Ok(texts)
    }

    /// The rows of a frame whose customers are known, with their `place`.
    pub(super) fn placed(&self, frame: LazyFrame, table: &str) -> Result<DataFrame, ProfileError> {
        let mut frame = frame;
        same_type(self.ids.dtype(), &mut frame, table)?;
        Ok(collect(placed(&self.places, frame)?)?)
    }

    /// Orders of every customer.
    fn count_orders(
        &self,
        tables: &Tables,
        lines: &Lines,
        input: &ProfileInput<'_>,
    ) -> Result<Vec<usize>, ProfileError> {
        if !tables.transactions().has("order_id") {
            return Ok((0..self.len()).map(|customer| self.bought(customer).len()).collect());
        }
        let orders =
            lines.until(&input.window).filter(is_purchase()).select([col(ID), lines.order_key().alias("order")]);
        // An order without a number is one of the day.
        let orders = orders.group_by([col(ID), col("order")]).agg([]).group_by([col(ID)]);
        let counted = orders.agg([len().alias("orders")]);
        let numbers = self.numbers(counted, "orders", "transactions")?;
        Ok(numbers.into_iter().map(|orders| if orders.is_nan() { 0 } else { orders as usize }).collect())
    }
}

/// Customer, day, money in millionths, whether something was bought, and how many lines.
fn by_day(lines: LazyFrame, has_cost: bool) -> LazyFrame {
    // Credits and fees are money without goods: they have no cost.
    let cost = if has_cost {
        let none = is(LineKind::Charge).and(col("cost").is_null());
        when(none).then(lit(0.0)).otherwise(col("cost"))
    } else {
        lit(NULL).cast(DataType::Float64)
    };
    let lines = lines.select([
        col(ID),
        col("date").to_physical().alias("day"),
        millionths(col("amount")).alias("net"),
        millionths(cost).alias("cost"),
        is(LineKind::Sale).alias("buys"),
    ]);
    let costed = when(col("cost").is_null()).then(lit(0_i64)).otherwise(col("net"));
    lines.group_by([col(ID), col("day")]).agg([
        col("net").sum(),
        costed.sum().alias("costed"),
        col("cost").sum().alias("cost"),
        col("cost").is_not_null().max().alias("known"),
        col("buys").max(),
        len().alias("lines"),
    ])
}

/// Millionths added and rounded once.
pub(super) fn sum(millionths: impl Iterator<Item = i64>) -> f64 {
    millionths.map(i128::from).sum::<i128>() as f64 / MILLIONTHS
}

/// The same of those that are known; `NaN` if none is.
pub(super) fn known(millionths: impl Iterator<Item = Option<i64>>) -> f64 {
    let total = millionths.flatten().map(i128::from).reduce(|a, b| a + b);
    total.map_or(f64::NAN, |total| total as f64 / MILLIONTHS)
}

/// Every customer once, by id, with his place.
fn roster(
    tables: &Tables,
    window: &Window,
    lines: &DataFrame,
    contracts: Option<&DataFrame>,
) -> Result<DataFrame, ProfileError> {
    let bought = lines.column(ID)?.as_materialized_series();
    let mut all = bought.unique()?;
    let mut add = |ids: Series, table: &str| -> Result<(), ProfileError> {
        if ids.dtype() != bought.dtype() {
            return Err(id_types(bought.dtype(), ids.dtype(), table));
        }
        all.append(&ids)?;
        Ok(())
    };
    if let Some(customers) = tables.customers() {
        let ids = collect(known_by(customers, window).select([col(ID)]))?;
        add(ids.column(ID)?.as_materialized_series().clone(), "customers")?;
    }
    if let Some(contracts) = contracts {
        add(contracts.column(ID)?.as_materialized_series().clone(), "contracts")?;
    }
    let ids = all.unique()?.drop_nulls().sort(SortOptions::default())?.with_name(ID.into());
    let places: Vec<IdxSize> = (0..ids.len() as IdxSize).collect();
    Ok(DataFrame::new(ids.len(), vec![ids.into_column(), Column::from(Series::new(PLACE.into(), places))])?)
}

fn same_type(ours: &DataType, frame: &mut LazyFrame, table: &str) -> Result<(), ProfileError> {
    let schema = frame.collect_schema()?;
    match schema.get(ID) {
        Some(theirs) if theirs != ours => Err(id_types(ours, theirs, table)),
        _ => Ok(()),
    }
}

fn id_types(ours: &DataType, theirs: &DataType, table: &str) -> ProfileError {
    ProfileError::IdTypes { column: ID, left: ours.to_string(), table: table.to_owned(), right: theirs.to_string() }
}

fn placed(roster: &DataFrame, frame: LazyFrame) -> PolarsResult<LazyFrame> {
    Ok(frame.join(roster.clone().lazy(), [col(ID)], [col(ID)], JoinArgs::new(JoinType::Inner)))
}

/// The places of placed rows.
pub(super) fn places(rows: &DataFrame) -> PolarsResult<Vec<usize>> {
    let places = rows.column(PLACE)?.cast(&DataType::UInt64)?;
    Ok(places.u64()?.iter().map(|place| place.unwrap_or(0) as usize).collect())
}

/// The ends of groups of ascending places, as offsets.
fn offsets(places: &[usize], n: usize) -> Vec<usize> {
    let mut offsets = vec![0; n + 1];
    places.iter().for_each(|place| offsets[place + 1] += 1);
    (0..n).for_each(|i| offsets[i + 1] += offsets[i]);
    offsets
}

/// Days by customer, and the revenue whose cost is known.
fn read_days(rows: &DataFrame, n: usize) -> PolarsResult<(Vec<usize>, Vec<Day>, f64)> {
    let offsets = offsets(&places(rows)?, n);
    let (day, buys, known) = (rows.column("day")?.i32()?, rows.column("buys")?.bool()?, rows.column("known")?.bool()?);
    let (net, cost, costed) = (rows.column("net")?.i64()?, rows.column("cost")?.i64()?, rows.column("costed")?.i64()?);
    let mut days = Vec::with_capacity(rows.height());
    let numbers = net.iter().zip(cost.iter()).zip(costed.iter());
    for (((day, buys), known), ((net, cost), costed)) in day.iter().zip(buys.iter()).zip(known.iter()).zip(numbers) {
        days.push(Day {
            day: day.unwrap_or(0),
            net: net.unwrap_or(0),
            margin: (known == Some(true)).then(|| costed.unwrap_or(0) - cost.unwrap_or(0)),
            buys: buys.unwrap_or(false),
        });
    }
    Ok((offsets, days, sum(costed.iter().flatten())))
}

fn read_contracts(roster: &DataFrame, rows: Option<&DataFrame>, n: usize) -> PolarsResult<(Vec<usize>, Vec<Contract>)> {
    let Some(rows) = rows else { return Ok((vec![0; n + 1], Vec::new())) };
    let order = SortMultipleOptions::default();
    let rows = collect(placed(roster, rows.clone().lazy())?.sort([PLACE, "start", "end", "value"], order))?;
    let offsets = offsets(&places(&rows)?, n);
    let (start, end, value) = (rows.column("start")?.i32()?, rows.column("end")?.i32()?, rows.column("value")?.f64()?);
    let contract = |((start, end), value): ((Option<i32>, Option<i32>), Option<f64>)| Contract {
        spell: Spell { start: start.unwrap_or(0), end },
        value: value.unwrap_or(0.0),
    };
    Ok((offsets, start.iter().zip(end.iter()).zip(value.iter()).map(contract).collect()))
}
