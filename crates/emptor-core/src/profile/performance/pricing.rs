//! `price_waterfall` and `price_corridor`: what of list prices is left, and where prices fall too low.

use polars::prelude::{
    DataType, Expr, IntoLazy, JoinArgs, JoinType, LazyFrame, SortMultipleOptions, col, len, lit, when,
};

use super::cube::{Cell, Dimension, TOTAL};
use super::ground::Ground;
use crate::columns::{ColumnSpec, column};
use crate::profile::lines::{collect, is};
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
    let cube = ground.now(&dimensions)?;
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

/// Money as whole millionths, so that sums do not depend on the order of rows. Amounts of sales are positive.
fn millionths(amount: Expr) -> Expr {
    (amount * lit(1e6) + lit(0.5)).cast(DataType::Int64)
}

fn money_of(column: &str) -> Expr {
    col(column).cast(DataType::Float64) / lit(1e6)
}

pub(super) fn corridor(ground: &Ground<'_>, section: &mut Section) -> Result<(), ProfileError> {
    let tables = ground.input.tables;
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
        .agg([millionths(col("amount")).sum().alias("amount"), millionths(col("quantity")).sum().alias("units")])
        .select([
            col("product_id"),
            (col("amount").cast(DataType::Float64) / col("units").cast(DataType::Float64)).alias("average"),
        ]);
    let mut references = collect(average)?.lazy();
    references = match listed(ground)? {
        Some(list) => references.join(list, [col("product_id")], [col("product_id")], JoinArgs::new(JoinType::Left)),
        None => references.with_column(lit(polars::prelude::NULL).cast(DataType::Float64).alias("list")),
    };
    let has_list = col("list").gt(lit(0.0)).fill_null(lit(false));
    let references = references.select([
        col("product_id"),
        when(has_list.clone()).then(col("list")).otherwise(col("average")).alias("reference_price"),
        when(has_list).then(lit("list")).otherwise(lit("average")).alias("reference"),
    ]);
    let floor = col("reference_price") * lit(1.0 - ground.settings.corridor);
    let short = col("quantity") * floor.clone() - col("amount");
    let below = (col("amount") / col("quantity")).lt(floor);
    let found = sales
        .join(references, [col("product_id")], [col("product_id")], JoinArgs::new(JoinType::Inner))
        .with_columns([
            when(below.clone()).then(millionths(short)).otherwise(lit(0_i64)).alias("short"),
            below.cast(DataType::Int64).alias("below"),
            (col("amount") / col("quantity")).alias("price"),
        ])
        .group_by([col("product_id"), col("reference_price"), col("reference")])
        .agg([
            len().cast(DataType::Int64).alias("n"),
            col("below").sum().alias("breaches"),
            col("price").min().alias("lowest_price"),
            col("short").sum().alias("short"),
        ]);
    let share = col("breaches").cast(DataType::Float64) / col("n").cast(DataType::Float64);
    // Divided once collected: by a scalar, batches of one row round otherwise than longer ones.
    let rows = collect(found)?.lazy().with_columns([share.alias("breach_share"), money_of("short").alias("shortfall")]);
    // Sorted once collected: few rows, and ties have an order of their own.
    let by = SortMultipleOptions::default().with_order_descending_multi([true, false]);
    let rows = rows.collect()?.sort(["short", "product_id"], by)?;
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
fn listed(ground: &Ground<'_>) -> Result<Option<LazyFrame>, ProfileError> {
    let tables = ground.input.tables;
    let Some(products) = tables.products().filter(|products| products.has("list_price")) else { return Ok(None) };
    let mut rows = products.rows();
    let dtype = |frame: &mut LazyFrame| -> polars::prelude::PolarsResult<DataType> {
        Ok(frame.collect_schema()?.get("product_id").cloned().unwrap_or(DataType::Null))
    };
    let (left, right) = (dtype(&mut tables.transactions().lines())?, dtype(&mut rows)?);
    if left != right {
        let (left, right) = (left.to_string(), right.to_string());
        return Err(ProfileError::IdTypes { column: "product_id", left, table: "products".to_owned(), right });
    }
    Ok(Some(rows.group_by([col("product_id")]).agg([col("list_price").max().alias("list")])))
}
