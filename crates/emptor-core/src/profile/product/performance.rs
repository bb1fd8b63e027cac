//! What each product brings, how widely and how steadily it is bought.

use polars::prelude::{IntoColumn, PolarsResult};

use super::assortment::{Abc, abc, demand_variation, xyz};
use super::facts::Facts;
use super::incidence::ProductBaskets;
use super::settings::ProductSettings;
use crate::profile::words::{self, many, money, percent};
use crate::profile::{Coverage, Finding, ProfileError, ProfileInput, ResultTable};
use crate::table::{Of, count, frame, known, number, specs, text};

/// One product.
pub(super) struct Performance {
    key: String,
    name: Option<String>,
    start: String,
    net: f64,
    cm1: Option<f64>,
    buyers: usize,
    penetration: Option<f64>,
    attach: Option<f64>,
    class: Option<String>,
    pub(super) abc: Option<Abc>,
    variation: Option<f64>,
    orders: usize,
    basket_penetration: Option<f64>,
    units: Option<f64>,
    cross_buy: Option<f64>,
}

const TABLE: &[Of<[Performance]>] = &[
    text("product_id", "", "the product", |of, row| Some(of[row].key.clone())),
    text("period_start", "date", "first day of the window", |of, row| Some(of[row].start.clone())),
    number("net_rev", "currency", "net revenue: sales less returns and credits", |of, row| of[row].net),
    known("cm1", "currency", "net revenue less cost of goods; null where a cost is not known", |of, row| of[row].cm1),
    count("buyers", "customers", "customers who bought it", |of, row| Some(of[row].buyers)),
    known("penetration", "share of buyers", "buyers of it by all buying customers", |of, row| of[row].penetration),
    known("attach", "share of orders", "orders with it in which something else was bought too", |of, row| {
        of[row].attach
    }),
    text("abc_xyz", "", "class of revenue (A to C) and of steadiness of demand (X to Z)", |of, row| {
        of[row].class.clone()
    }),
    text("name", "", "its name", |of, row| of[row].name.clone()),
    known("demand_cv", "", "coefficient of variation of units sold by period", |of, row| of[row].variation),
    count("orders", "orders", "orders with it", |of, row| Some(of[row].orders)),
    known("basket_penetration", "share of orders", "orders with it by all orders", |of, row| {
        of[row].basket_penetration
    }),
    known("units", "units", "units sold", |of, row| of[row].units),
    known("cross_buy", "share of buyers", "buyers of it who bought another product too", |of, row| of[row].cross_buy),
];

/// Rows in the order of the facts.
pub(super) fn performance(
    input: &ProfileInput<'_>,
    settings: &ProductSettings,
    facts: &Facts,
    orders: &ProductBaskets,
    customers: &ProductBaskets,
) -> Result<Vec<Performance>, ProfileError> {
    let classes = abc(&facts.net, settings.abc)?;
    let demand = facts.demand(input)?;
    let attach = accompanied(facts, orders)?;
    let cross = accompanied(facts, customers)?;
    let share = |part: usize, all: usize| (all > 0).then(|| part as f64 / all as f64);
    let start = input.window.from().to_string();
    Ok((0..facts.keys.len())
        .map(|i| {
            let variation = demand_variation(&demand[i]);
            let steady = variation.map_or_else(String::new, |variation| xyz(variation, settings.xyz).to_string());
            Performance {
                key: facts.keys[i].clone(),
                name: facts.names[i].clone(),
                start: start.clone(),
                net: facts.net[i],
                cm1: facts.cm1[i],
                buyers: facts.buyers[i],
                penetration: share(facts.buyers[i], facts.all_buyers),
                attach: attach[i],
                class: classes[i].map(|class| format!("{class}{steady}")),
                abc: classes[i],
                variation,
                orders: facts.orders[i],
                basket_penetration: share(facts.orders[i], facts.all_orders),
                units: facts.sold[i],
                cross_buy: cross[i],
            }
        })
        .collect())
}

pub(super) fn table(rows: &[Performance], facts: &Facts, settings: &ProductSettings) -> PolarsResult<ResultTable> {
    const COLUMNS: [crate::ColumnSpec; TABLE.len()] = specs(TABLE);
    let mut cells = frame(TABLE, rows, rows.len())?;
    cells.with_column(facts.ids.clone().with_name("product_id".into()).into_column())?;
    let about = "one row per product of the catalogue or of the lines, over the whole window, by id";
    let known = facts.cm1.iter().filter(|cm1| cm1.is_some()).count();
    let revenue = facts.net.iter().sum::<f64>() + facts.unassigned;
    let known_revenue = facts.known_revenue.iter().sum();
    let coverage = Coverage::new((known, rows.len()), (known_revenue, revenue));
    let mut table = ResultTable::new("product_perf", about, cells, COLUMNS)?.with_coverage(coverage);
    if coverage.share().is_some_and(|share| share < settings.min_coverage) {
        let share = 100.0 * coverage.share().unwrap_or(0.0);
        table = table.with_flag(format!("low_support: the cost of {share:.0} % of net revenue is known"));
    }
    Ok(table)
}

/// By product, the share of its baskets that hold something else too.
fn accompanied(facts: &Facts, of: &ProductBaskets) -> PolarsResult<Vec<Option<f64>>> {
    let mut with = vec![0_usize; of.baskets.item_count()];
    let all = of.baskets.counts();
    for basket in of.baskets.iter().filter(|basket| basket.len() > 1) {
        basket.iter().for_each(|item| with[*item as usize] += 1);
    }
    let places = facts.place();
    let mut shares = vec![None; facts.keys.len()];
    for (item, key) in super::facts::texts(&of.products)?.iter().enumerate().take(all.len()) {
        if let Some(place) = places.get(key.as_str()).filter(|_| all[item] > 0) {
            shares[*place] = Some(with[item] as f64 / f64::from(all[item]));
        }
    }
    Ok(shares)
}

/// More products than this nobody plans by hand.
const BY_HAND: usize = 50;

/// How concentrated revenue is on products.
pub(super) fn findings(rows: &[Performance], facts: &Facts) -> Vec<Finding> {
    let selling = rows.iter().filter(|row| row.net > 0.0).count();
    let of_a: Vec<&Performance> = rows.iter().filter(|row| row.abc == Some(Abc::A)).collect();
    let total: f64 = rows.iter().map(|row| row.net.max(0.0)).sum();
    if of_a.is_empty() || selling < 10 || total <= 0.0 {
        return Vec::new();
    }
    let revenue: f64 = of_a.iter().map(|row| row.net).sum();
    let sporadic = of_a.iter().filter(|row| row.class.as_deref().is_some_and(|class| class.ends_with('Z'))).count();
    let mut headline = format!(
        "{} of {} ({}) bring {} of revenue",
        words::count(of_a.len()),
        many(selling, "product", "products"),
        percent(of_a.len() as f64 / selling as f64),
        percent(revenue / total)
    );
    if sporadic > 0 {
        headline.push_str(&format!("; demand for {} of them is sporadic (class AZ)", words::count(sporadic)));
        if sporadic <= BY_HAND {
            headline.push_str(", plan stock for those by hand");
        }
    }
    headline.push('.');
    let mut findings = vec![Finding::new("product_perf", 0.5, headline)];
    let losing: Vec<usize> =
        (0..rows.len()).filter(|i| rows[*i].net > 0.0 && facts.cm1[*i].is_some_and(|cm1| cm1 < 0.0)).collect();
    let loss: f64 = losing.iter().filter_map(|i| facts.cm1[*i]).sum();
    if let Some(worst) = losing.iter().min_by(|x, y| {
        let cm1 = |i: usize| facts.cm1[i].unwrap_or(0.0);
        cm1(**x).total_cmp(&cm1(**y))
    }) {
        let headline = format!(
            "{} sold below the cost of goods and {} {}, most of it on {}.",
            many(losing.len(), "product is", "products are"),
            if losing.len() == 1 { "loses" } else { "lose" },
            money(-loss),
            facts.label(*worst)
        );
        findings.push(Finding::new("product_perf", 0.6, headline));
    }
    findings
}
