//! Which attributes of products customers prefer, by what they buy.

use std::collections::BTreeMap;

use emptor_types::ExactSum;

use super::facts::{Facts, names};
use crate::profile::words::percent;
use crate::profile::{Finding, Gap, Need, ProfileError, ProfileInput, ResultTable, Section};
use crate::table::{Of, count, frame, known, number, specs, text};

/// Columns of products that are no attributes of design.
const OTHER: [&str; 13] = [
    "product_id",
    "name",
    "unit",
    "list_price",
    "unit_cost",
    "supplier_price",
    "currency",
    "cost_valid_from",
    "launch_date",
    "end_date",
    "supplier_id",
    "is_service",
    "bundle_of",
];

/// Attributes with more levels than this are names, not choices.
const MOST_LEVELS: usize = 100;

/// A level of an attribute.
struct Level {
    attribute: String,
    level: String,
    products: usize,
    gross: f64,
    units: Option<f64>,
    share_sales: Option<f64>,
    share_range: f64,
}

impl Level {
    fn index(&self) -> Option<f64> {
        self.share_sales.map(|share| 100.0 * share / self.share_range)
    }
}

const TABLE: &[Of<[Level]>] = &[
    text("attribute", "", "the attribute", |of, row| Some(of[row].attribute.clone())),
    text("level", "", "its level", |of, row| Some(of[row].level.clone())),
    count("products", "products", "products of the level", |of, row| Some(of[row].products)),
    number("sales", "currency", "sales of the window, returns not taken off", |of, row| of[row].gross),
    known("units", "units", "units sold", |of, row| of[row].units),
    known("share_sales", "share of sales", "among products whose level is known", |of, row| of[row].share_sales),
    number("share_range", "share of products", "among products whose level is known: the base", |of, row| {
        of[row].share_range
    }),
    known(
        "index",
        "100 = base",
        "share of sales by share of the range: above 100, customers take more than is offered",
        |of, row| of[row].index(),
    ),
];

/// Adds the preferences, or the gap.
pub(super) fn add(
    section: &mut Section,
    input: &ProfileInput<'_>,
    facts: &Facts,
    min_n: usize,
) -> Result<(), ProfileError> {
    const COLUMNS: [crate::ColumnSpec; TABLE.len()] = specs(TABLE);
    let mut attributes: Vec<String> = Vec::new();
    if let Some(products) = input.tables.products() {
        let schema = products.rows().collect_schema()?;
        let named = schema.iter_names().map(|name| name.to_string());
        attributes = named.filter(|name| !OTHER.contains(&name.as_str())).collect();
    }
    let mut levels = Vec::new();
    for attribute in &attributes {
        let by_product = names(input, attribute)?;
        let mut own: BTreeMap<&str, (usize, ExactSum, Option<f64>)> = BTreeMap::new();
        for (place, key) in facts.keys.iter().enumerate() {
            let Some(level) = by_product.get(key) else { continue };
            let cell = own.entry(level).or_insert((0, ExactSum::ZERO, facts.sold[place].map(|_| 0.0)));
            cell.0 += 1;
            cell.1.add(facts.gross[place]);
            cell.2 = cell.2.zip(facts.sold[place]).map(|(sum, sold)| sum + sold);
        }
        if own.len() > MOST_LEVELS {
            continue;
        }
        let products: usize = own.values().map(|cell| cell.0).sum();
        let mut all = ExactSum::ZERO;
        own.values().for_each(|cell| all.merge(cell.1));
        let all = all.value();
        levels.extend(own.into_iter().map(|(level, (n, gross, units))| Level {
            attribute: attribute.clone(),
            level: level.to_owned(),
            products: n,
            gross: gross.value(),
            units,
            share_sales: (all > 0.0).then(|| gross.value() / all),
            share_range: n as f64 / products as f64,
        }));
    }
    if levels.is_empty() {
        let needs = [Need::column("products", "category"), Need::column("products", "brand")];
        section.gaps.push(Gap::new("design_preference", needs, "products have no attributes"));
        return Ok(());
    }
    let about =
        "one row per level of an attribute of products, in the order of the catalogue's columns and then by level";
    let cells = frame(TABLE, levels.as_slice(), levels.len())?;
    section.tables.push(ResultTable::new("design_preference", about, cells, COLUMNS)?);
    let broad =
        levels.iter().filter(|level| level.products >= min_n && level.share_sales.is_some_and(|share| share >= 0.02));
    let strongest = broad.max_by(|x, y| x.index().unwrap_or(0.0).total_cmp(&y.index().unwrap_or(0.0)));
    if let Some(level) = strongest.filter(|level| level.index().is_some_and(|index| index >= 150.0)) {
        let headline = format!(
            "Customers take more of {} {} than is offered: it is {} of sales from {} of the range.",
            level.attribute,
            level.level,
            percent(level.share_sales.unwrap_or(0.0)),
            percent(level.share_range)
        );
        let caveat = "Price and availability differ between levels too.";
        section.findings.push(Finding::new("design_preference", 0.35, headline).with_caveat(caveat));
    }
    Ok(())
}
