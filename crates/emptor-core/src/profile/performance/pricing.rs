//! `price_waterfall` and `price_corridor`: what of list prices is left, and where prices fall too low.

use std::collections::HashMap;

use polars::prelude::{Column, DataFrame, DataType, LazyFrame, PolarsResult, SortMultipleOptions, col, lit};

use super::cube::{Cell, Dimension, TOTAL, fold};
use super::ground::Ground;
use crate::columns::{ColumnSpec, column};
use crate::profile::lines::{MILLIONTHS, collect, is, millionths};
use crate::profile::words::{money, percent};
use crate::profile::{Coverage, Finding, Gap, Need, ProfileError, ResultTable, Section};
use crate::table::{Of, frame, known, number, specs, text};
use emptor_table::LineKind;

struct Step {
    node: String,
    cell: Cell,
}

impl Step {
    fn listed(&self) -> Option<f64> {
        (self.cell.sums.with_list > 0).then(|| self.cell.sums.list.value())
    }

    fn discount(&self) -> Option<f64> {
        (self.cell.sums.with_list > 0).then(|| self.cell.sums.discount.value())
    }

    /// Price realisation: what was charged of the list amount.
    fn realised(&self) -> Option<f64> {
        let (list, discount) = self.listed().zip(self.discount())?;
        (list > 0.0).then(|| (list - discount) / list)
    }
}

const STEPS: &[Of<[Step]>] = &[
    text("node", "", "category of products, or __total__", |of, row| Some(of[row].node.clone())),
    known("list_rev", "currency", "sales less returns at list prices, of lines that have one", |of, row| {
        of[row].listed()
    }),
    known("discount", "currency", "what was taken off", |of, row| of[row].discount()),
    known("charged", "currency", "what was charged: list_rev - discount", |of, row| {
        of[row].listed().zip(of[row].discount()).map(|(list, discount)| list - discount)
    }),
    number("net_rev", "currency", "net revenue of all lines, also those without a list price", |of, row| {
        of[row].cell.sums.net.value()
    }),
    known("realisation", "share", "price realisation: charged / list_rev", |of, row| of[row].realised()),
    known("discount_rate", "share", "discount / list_rev", |of, row| of[row].realised().map(|share| 1.0 - share)),
];

pub(super) fn waterfall(ground: &mut Ground<'_>, section: &mut Section) -> Result<(), ProfileError> {
    let transactions = ground.input.tables.transactions();
    if !transactions.has("list_amount") && !transactions.has("discount") {
        let needs = vec![Need::column("transactions", "list_amount"), Need::column("transactions", "discount")];
        section.gaps.push(Gap::new("price_waterfall", needs, "one of list amounts and discounts is needed"));
        return Ok(());
    }
    let dimensions: Vec<Dimension> =
        ground.has(Dimension::Category).then_some(Dimension::Category).into_iter().collect();
    let cube = ground.sums_now(&dimensions)?;
    let mut steps = vec![Step { node: TOTAL.to_owned(), cell: cube.cell(&[]).unwrap_or_default() }];
    if !dimensions.is_empty() {
        let rows = cube.level(&dimensions).into_iter();
        steps.extend(rows.filter_map(|row| Some(Step { node: row.members.into_iter().next()??, cell: row.cell })));
    }
    let about = "One row per category and one for all: from list prices over discounts to what was charged.";
    let table = ResultTable::new(
        "price_waterfall",
        about,
        frame(STEPS, steps.as_slice(), steps.len())?,
        specs::<_, { STEPS.len() }>(STEPS).to_vec(),
    )?;
    let sums = steps[0].cell.sums;
    let count = (sums.with_list as usize, sums.lines as usize);
    let charged = sums.list.minus(sums.discount).value();
    section.tables.push(table.with_coverage(Coverage::new(count, (charged, sums.net.value()))));
    if let Some((rate, discount)) = steps[0].realised().zip(steps[0].discount()).filter(|(_, off)| *off > 0.0) {
        let dearest = steps[1..]
            .iter()
            .filter_map(|step| Some((step.node.as_str(), step.discount()?)))
            .max_by(|a, b| a.1.total_cmp(&b.1).then_with(|| b.0.cmp(a.0)));
        let most = dearest.map_or_else(String::new, |(node, off)| format!(", most of it in {node} ({})", money(off)));
        let headline = format!(
            "Discounts took {} off list prices, {} of them{most}; {} of the list price is realised.",
            money(discount),
            percent(1.0 - rate),
            percent(rate),
        );
        section.findings.push(Finding::new("price_waterfall", (0.3 + 1.0 - rate).min(0.7), headline));
    }
    Ok(())
}

const CORRIDOR: [ColumnSpec; 8] = [
    column("product_id", "", "the product"),
    column("reference_price", "currency/unit", "its list price; where there is none, its average price in the window"),
    column("reference", "", "which of them: list or average"),
    column("n", "lines", "sale lines with a quantity"),
    column("breaches", "lines", "of these, sold below the corridor"),
    column("breach_share", "share", "breaches / n"),
    column("lowest_price", "currency/unit", "lowest price of a sale line"),
    column("shortfall", "currency", "what the breaches lack to the lower edge of the corridor"),
];

/// Products sold, their reference prices, and what lines did to them.
struct Prices {
    places: HashMap<String, usize>,
    /// Lower edge of each corridor.
    floors: Vec<f64>,
    sold: Vec<Sold>,
}

#[derive(Clone, Copy)]
struct Sold {
    lines: i64,
    breaches: i64,
    lowest: f64,
    /// What the breaches lack, in millionths.
    short: i64,
}

impl Prices {
    /// Every price is compared by itself and sums are whole: nothing depends on how lines fall into batches (polars divides a
    /// batch of one row by multiplying with the reciprocal, which is not the same to the last bit).
    fn take(&mut self, batch: &DataFrame) -> PolarsResult<()> {
        let (amounts, quantities) = (batch.column("amount")?.f64()?, batch.column("quantity")?.f64()?);
        for (row, product) in batch.column("product")?.str()?.iter().enumerate() {
            let place = product.and_then(|product| self.places.get(product)).copied();
            let (Some(place), Some(amount), Some(quantity)) = (place, amounts.get(row), quantities.get(row)) else {
                continue;
            };
            let (price, floor, of) = (amount / quantity, self.floors[place], &mut self.sold[place]);
            of.lines += 1;
            of.lowest = of.lowest.min(price);
            if price < floor {
                of.breaches += 1;
                of.short += ((quantity * floor - amount) * MILLIONTHS).round() as i64;
            }
        }
        Ok(())
    }
}

pub(super) fn corridor(ground: &Ground<'_>, section: &mut Section) -> Result<(), ProfileError> {
    let tables = &ground.input.tables;
    let needs: Vec<Need> = ["product_id", "quantity"]
        .into_iter()
        .filter(|role| !tables.transactions().has(role))
        .map(|role| Need::column("transactions", role))
        .collect();
    if !needs.is_empty() {
        section.gaps.push(Gap::new("price_corridor", needs, "unit prices need products and quantities"));
        return Ok(());
    }
    let sales = ground
        .lines
        .within(&ground.input.window)
        .filter(is(LineKind::Sale).and(col("quantity").gt(lit(0.0))).and(col("product_id").is_not_null()))
        .select([col("product_id"), col("amount"), col("quantity")]);
    let average = sales
        .clone()
        .group_by([col("product_id")])
        .agg([millionths(col("amount")).sum().alias("amount"), millionths(col("quantity")).sum().alias("units")]);
    let products = collect(average)?.sort(["product_id"], SortMultipleOptions::default())?;
    let listed = listed(ground)?;
    let ids = products.column("product_id")?.cast(&DataType::String)?;
    let (amounts, units) = (products.column("amount")?.i64()?, products.column("units")?.i64()?);
    let (mut references, mut kinds, mut places) = (Vec::new(), Vec::new(), HashMap::new());
    for ((id, amount), units) in ids.str()?.iter().zip(amounts.iter()).zip(units.iter()) {
        let id = id.unwrap_or_default();
        let list = listed.get(id).copied().filter(|price| *price > 0.0);
        let average = || amount.unwrap_or_default() as f64 / units.unwrap_or_default() as f64;
        places.insert(id.to_owned(), references.len());
        references.push(list.unwrap_or_else(average));
        kinds.push(if list.is_some() { "list" } else { "average" });
    }
    let floors: Vec<f64> = references.iter().map(|price| price * (1.0 - ground.settings.corridor)).collect();
    let none = Sold { lines: 0, breaches: 0, lowest: f64::INFINITY, short: 0 };
    let prices = Prices { places, sold: vec![none; floors.len()], floors };
    let sales =
        sales.select([col("product_id").cast(DataType::String).alias("product"), col("amount"), col("quantity")]);
    let sold = fold(sales, prices, Prices::take)?.sold;
    let whole = |name: &str, of: fn(&Sold) -> i64| Column::new(name.into(), sold.iter().map(of).collect::<Vec<_>>());
    let number = |name: &str, of: fn(&Sold) -> f64| Column::new(name.into(), sold.iter().map(of).collect::<Vec<_>>());
    let columns = vec![
        products.column("product_id")?.clone(),
        Column::new("reference_price".into(), references),
        Column::new("reference".into(), kinds),
        whole("n", |of| of.lines),
        whole("breaches", |of| of.breaches),
        number("breach_share", |of| of.breaches as f64 / of.lines as f64),
        number("lowest_price", |of| of.lowest),
        number("shortfall", |of| of.short as f64 / MILLIONTHS),
        whole("short", |of| of.short),
    ];
    let by = SortMultipleOptions::default().with_order_descending_multi([true, false]);
    let rows = DataFrame::new(sold.len(), columns)?.sort(["short", "product_id"], by)?;
    let frame = rows.select(CORRIDOR.map(|spec| spec.name))?;
    let (breaches, shortfall) = (frame.column("breaches")?.i64()?, frame.column("shortfall")?.f64()?);
    let lost: f64 = shortfall.iter().flatten().sum();
    let (broken, lines): (i64, i64) =
        (breaches.iter().flatten().sum(), frame.column("n")?.i64()?.iter().flatten().sum());
    if lost > 0.0 && lines > 0 {
        let headline = format!(
            "{} of {} sale lines were more than {} below the usual price of their product; the edge of that corridor \
             would have brought {} more.",
            money(broken as f64),
            money(lines as f64),
            percent(ground.settings.corridor),
            money(lost),
        );
        let caveat = "Graded prices for great quantities look like breaches where list prices do not know of them.";
        let weight = (0.2 + broken as f64 / lines as f64).min(0.6);
        section.findings.push(Finding::new("price_corridor", weight, headline).with_caveat(caveat));
    }
    let about = "One row per product sold: how often, and how far, it was sold below its corridor of prices. Greatest \
                 shortfall first.";
    let flag = format!("corridor: down to {} of the reference price", percent(1.0 - ground.settings.corridor));
    section.tables.push(ResultTable::new("price_corridor", about, frame, CORRIDOR)?.with_flag(flag));
    Ok(())
}

/// List prices by product, the greatest where a product stands on several rows.
fn listed(ground: &Ground<'_>) -> Result<HashMap<String, f64>, ProfileError> {
    let tables = &ground.input.tables;
    let mut greatest = HashMap::new();
    let Some(products) = tables.products().filter(|products| products.has("list_price")) else { return Ok(greatest) };
    let mut rows = products.rows();
    let dtype = |frame: &mut LazyFrame| -> PolarsResult<DataType> {
        Ok(frame.collect_schema()?.get("product_id").cloned().unwrap_or(DataType::Null))
    };
    let (left, right) = (dtype(&mut tables.transactions().lines())?, dtype(&mut rows)?);
    if left != right {
        let (left, right) = (left.to_string(), right.to_string());
        return Err(ProfileError::IdTypes { column: "product_id", left, table: "products".to_owned(), right });
    }
    let rows = collect(rows.select([col("product_id").cast(DataType::String), col("list_price")]))?;
    for (id, price) in rows.column("product_id")?.str()?.iter().zip(rows.column("list_price")?.f64()?.iter()) {
        if let Some((id, price)) = id.zip(price) {
            let own = greatest.entry(id.to_owned()).or_insert(price);
            *own = own.max(price);
        }
    }
    Ok(greatest)
}
