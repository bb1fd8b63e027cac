//! What every customer did day by day, and through which channels and at which places, from one pass over the lines.

use std::collections::HashMap;

use emptor_table::LineKind;
use polars::prelude::{DataFrame, Expr, PolarsResult, col, lit};
use rayon::prelude::*;

use super::base::{Base, Levels, UNKNOWN, first_of_look_back};
use super::settings::ProfilingSettings;
use crate::profile::gathered::{Chunk, Facts, Line, gather};
use crate::profile::lines::{Lines, millionths};
use crate::profile::{ProfileError, ProfileInput};

/// The columns by which orders are counted.
const HABITS: [&str; 2] = ["channel", "place_id"];

/// Chunks of customers that are worked on at a time.
const AT_A_TIME: usize = 16;

/// What a customer did on a day. Money in millionths.
#[derive(Debug, Clone, Copy)]
pub(super) struct Day {
    pub(super) customer: u32,
    pub(super) day: i32,
    pub(super) orders: u32,
    /// Documents with a return.
    pub(super) returns: u32,
    pub(super) net: i64,
    /// Net revenue with known cost, and that cost.
    pub(super) known_net: i64,
    pub(super) cost: i64,
}

/// Every customer's days up to the day of observation, and their orders of the look-back by channel and place.
pub(super) struct Ledger {
    /// By customer and day.
    pub(super) days: Vec<Day>,
    /// Orders by [channel, place]; an order of two levels counts for both.
    pub(super) habits: [Option<Levels>; 2],
}

impl Ledger {
    pub(super) fn read(
        input: &ProfileInput<'_>,
        lines: &Lines,
        settings: &ProfilingSettings,
        base: &Base,
    ) -> Result<Self, ProfileError> {
        let transactions = input.tables.transactions();
        let sales = Sales {
            has_cost: lines.has("cost"),
            first: first_of_look_back(input, settings),
            levels: HABITS.map(|column| transactions.has(column).then(HashMap::new)),
        };
        let until = lines.until(&input.window);
        let (chunks, sales) = gather(until, transactions.has("order_id"), &base.places, sales)?;
        let named = sales.levels.map(|codes| codes.map(ranked));
        let ranks = named.each_ref().map(|named| named.as_ref().map_or(&[][..], |(_, ranks)| ranks));
        let mut days = Vec::with_capacity(chunks.iter().map(Chunk::len).sum());
        let mut cells = [Vec::new(), Vec::new()];
        let mut rest = chunks.into_iter();
        loop {
            // A chunk is dropped once it is done.
            let some: Vec<_> = rest.by_ref().take(AT_A_TIME).collect();
            if some.is_empty() {
                break;
            }
            let parts: Vec<Part> = some.into_par_iter().map(|chunk| Part::of(&chunk, ranks)).collect();
            for part in parts {
                days.extend_from_slice(&part.days);
                cells.iter_mut().zip(&part.cells).for_each(|(cells, own)| cells.extend_from_slice(own));
            }
        }
        days.shrink_to_fit();
        let [channels, places] = named.map(|named| named.map(|(names, _)| names));
        let [channel, place] = cells;
        let levels = |names: Option<Vec<String>>, cells| names.map(|names| Levels { names, cells });
        Ok(Self { days, habits: [levels(channels, channel), levels(places, place)] })
    }
}

/// Names of levels, ascending, and the place of each code among them.
fn ranked(codes: HashMap<String, u32>) -> (Vec<String>, Vec<u32>) {
    let mut named: Vec<(String, u32)> = codes.into_iter().collect();
    named.sort_unstable();
    let mut ranks = vec![0; named.len()];
    named.iter().zip(0..).for_each(|((_, code), rank)| ranks[*code as usize] = rank);
    (named.into_iter().map(|(name, _)| name).collect(), ranks)
}

/// What is asked of each line.
struct Sales {
    has_cost: bool,
    /// From which day on levels count.
    first: i32,
    /// Codes of levels in the order in which they came.
    levels: [Option<HashMap<String, u32>>; 2],
}

/// Of one line: money in millionths, and the codes of its levels, if it is a purchase of the look-back.
#[derive(Debug, Clone, Copy)]
struct Sale {
    net: i64,
    /// [`UNPRICED`] where it is not known.
    cost: i64,
    levels: [u32; 2],
}

const UNPRICED: i64 = i64::MIN;
const NO_LEVEL: u32 = u32::MAX;

impl Facts for Sales {
    type Of = Sale;

    fn columns(&self) -> Vec<Expr> {
        let mut columns = vec![millionths(col("amount")).alias("net")];
        columns.extend(self.has_cost.then(|| millionths(col("cost")).alias("cost")));
        let named = HABITS.into_iter().zip(&self.levels).filter(|(_, levels)| levels.is_some());
        columns.extend(named.map(|(column, _)| col(column).fill_null(lit(UNKNOWN))));
        columns
    }

    fn read(&mut self, batch: &DataFrame) -> PolarsResult<Vec<Sale>> {
        let net = batch.column("net")?.i64()?.iter().map(Option::unwrap_or_default);
        let mut sales: Vec<Sale> = net.map(|net| Sale { net, cost: UNPRICED, levels: [NO_LEVEL; 2] }).collect();
        if self.has_cost {
            for (sale, cost) in sales.iter_mut().zip(batch.column("cost")?.i64()?.iter()) {
                sale.cost = cost.unwrap_or(UNPRICED);
            }
        }
        let (days, kinds) = (batch.column("day")?.i32()?, batch.column("kind")?.u8()?);
        let (first, sold) = (self.first, LineKind::Sale.code());
        let counts: Vec<bool> =
            days.iter().zip(kinds.iter()).map(|(day, kind)| kind == Some(sold) && day >= Some(first)).collect();
        for (at, (column, codes)) in HABITS.into_iter().zip(&mut self.levels).enumerate() {
            let Some(codes) = codes else { continue };
            let names = batch.column(column)?.str()?;
            for ((sale, name), _) in sales.iter_mut().zip(names.iter()).zip(&counts).filter(|(_, counts)| **counts) {
                let name = name.unwrap_or(UNKNOWN);
                sale.levels[at] = match codes.get(name) {
                    Some(code) => *code,
                    None => {
                        let code = codes.len() as u32;
                        codes.insert(name.to_owned(), code);
                        code
                    }
                };
            }
        }
        Ok(sales)
    }
}

/// What a chunk of customers did.
struct Part {
    days: Vec<Day>,
    cells: [Vec<(u32, u32, f64)>; 2],
}

impl Part {
    fn of(chunk: &Chunk<Sale>, ranks: [&[u32]; 2]) -> Self {
        let mut part = Self { days: Vec::new(), cells: [Vec::new(), Vec::new()] };
        let mut levels: [Vec<u32>; 2] = [Vec::new(), Vec::new()];
        for (place, lines) in chunk.customers() {
            let customer = place as u32;
            for of_day in lines.chunk_by(|a, b| a.day == b.day) {
                let mut day =
                    Day { customer, day: of_day[0].day, orders: 0, returns: 0, net: 0, known_net: 0, cost: 0 };
                for order in of_day.chunk_by(|a, b| a.order == b.order) {
                    day.add(order);
                    for (at, levels) in levels.iter_mut().enumerate() {
                        add_levels(levels, order.iter().map(|line| line.facts.levels[at]));
                    }
                }
                part.days.push(day);
            }
            for ((levels, ranks), cells) in levels.iter_mut().zip(ranks).zip(&mut part.cells) {
                levels.iter_mut().for_each(|code| *code = ranks[*code as usize]);
                levels.sort_unstable();
                let runs = levels.chunk_by(|a, b| a == b);
                cells.extend(runs.map(|level| (customer, level[0], level.len() as f64)));
                levels.clear();
            }
        }
        part
    }
}

/// Adds each level of an order once.
fn add_levels(levels: &mut Vec<u32>, order: impl Iterator<Item = u32>) {
    let from = levels.len();
    for level in order.filter(|level| *level != NO_LEVEL) {
        if !levels[from..].contains(&level) {
            levels.push(level);
        }
    }
}

impl Day {
    /// Adds an order, a return, or both in one document.
    fn add(&mut self, order: &[Line<Sale>]) {
        let has = |kind: LineKind| u32::from(order.iter().any(|line| line.kind == kind.code()));
        self.orders += has(LineKind::Sale);
        self.returns += has(LineKind::Return);
        for Sale { net, cost, .. } in order.iter().map(|line| line.facts) {
            self.net = self.net.wrapping_add(net);
            if cost != UNPRICED {
                self.known_net = self.known_net.wrapping_add(net);
                self.cost = self.cost.wrapping_add(cost);
            }
        }
    }
}
