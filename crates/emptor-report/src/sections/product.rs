//! Product.

use std::collections::HashMap;

use emptor_chart::{Bars, Heatmap, Row, Unit};
use emptor_core::profile::{P, Section};
use polars::prelude::{AnyValue, DataFrame, DataType, IdxCa};

use super::frames::{block, by_size, grid, grid_of, only, table};
use super::{Made, p};
use crate::block::Block;
use crate::material::Material;
use crate::read::{numbers, texts};
use crate::words::{Words, count, number, percent};

/// Rules that may be chance beyond this rate of false discoveries are not drawn.
const SURE: f64 = 0.05;
/// Rules that are drawn.
const RULES: usize = 12;
/// Themes that are drawn.
const THEMES: usize = 10;

pub(super) fn part(material: &Material<'_>, words: &Words) -> Made {
    p::part("product", P::Product, material, words, blocks, &[])
}

const OFFERS: [(&str, &str); 7] = [
    ("source", "offered by"),
    ("served", "customers"),
    ("hits", "with a hit"),
    ("hit_at_k", "share"),
    ("hit_lo", "from"),
    ("hit_hi", "to"),
    ("vs_popularity", "by that of best-sellers"),
];

const QUALITY: [(&str, &str); 7] = [
    ("product_id", "product"),
    ("name", "name"),
    ("units", "units"),
    ("complaints_per_1000", "complaints per 1,000"),
    ("defects_per_1000", "defects per 1,000"),
    ("return_rate", "returned"),
    ("returns_signal", "beyond chance"),
];

fn blocks(section: &Section, words: &Words) -> Vec<Block> {
    let came_true = block(grid(section, "offer_evaluation", "Whether offers would have come true", &OFFERS, 8, words));
    [
        rules(section),
        offers(section),
        came_true,
        classes(section, words),
        themes(section, words),
        quality(section, words),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The products that customers complain of most or, where complaints are not known, send back more than by chance.
fn quality(section: &Section, words: &Words) -> Option<Block> {
    let complaints = by_size(section, "product_quality", "complaints_per_1000")?;
    if numbers(&complaints.frame, "complaints_per_1000").iter().any(|rate| *rate > 0.0) {
        return block(grid_of(&complaints, "Products with the most complaints", &QUALITY, 10, words));
    }
    let mut returns = section.table("product_quality")?.clone();
    returns.frame = only(&returns.frame, "returns_signal", "above")?;
    // By how much came back, not by the rate: that of goods which hardly sell any more is no reason to act.
    let back = numbers(&returns.frame, "units").into_iter().zip(numbers(&returns.frame, "return_rate"));
    let back: Vec<f64> = back.map(|(units, rate)| -units * rate).collect();
    let mut order: Vec<u32> = (0_u32..).take(back.len()).collect();
    order.sort_by(|a, b| back[*a as usize].total_cmp(&back[*b as usize]));
    returns.frame = returns.frame.take(&IdxCa::from_vec("order".into(), order)).ok()?;
    block(grid_of(&returns, "Products sent back more often than by chance", &QUALITY, 10, words))
}

/// Names of products by their ids, as far as they are known.
fn names(section: &Section) -> HashMap<String, String> {
    let Some(frame) = table(section, "product_perf") else { return HashMap::new() };
    let named = texts(frame, "product_id").into_iter().zip(texts(frame, "name"));
    named.filter(|(_, name)| !name.is_empty()).collect()
}

/// The members of one side of a rule by their names.
fn side(frame: &DataFrame, column: &str, row: usize, names: &HashMap<String, String>) -> String {
    let members = frame.column(column).ok().and_then(|column| match column.get(row) {
        Ok(AnyValue::List(members)) => members.cast(&DataType::String).ok(),
        _ => None,
    });
    let Some(members) = members else { return texts(frame, column).get(row).cloned().unwrap_or_default() };
    let name = |id: &str| names.get(id).cloned().unwrap_or_else(|| id.to_owned());
    members.str().map(|ids| ids.iter().flatten().map(name).collect::<Vec<_>>().join(" and ")).unwrap_or_default()
}

/// The strongest pairs.
fn rules(section: &Section) -> Option<Block> {
    let frame = &section.table("assoc_rule")?.frame;
    let names = names(section);
    let sides =
        |column: &str| -> Vec<String> { (0..frame.height()).map(|row| side(frame, column, row, &names)).collect() };
    let (from, to) = (sides("antecedent"), sides("consequent"));
    let (lift, together) = (numbers(frame, "lift"), numbers(frame, "n_ab"));
    let q = numbers(frame, "q");
    let mut rows: Vec<usize> = (0..from.len()).filter(|row| lift[*row].is_finite() && q[*row] <= SURE).collect();
    rows.sort_by(|a, b| lift[*b].total_cmp(&lift[*a]));
    let name = |row: usize| format!("{} → {}", from[row], to[row]);
    let first = *rows.first()?;
    let mut chart = Bars::new("What is bought together more often than by chance", Unit::number())
        .measure("Lift")
        .subtitle(
            "Lift: how many times as often as if both were bought independently; the strongest pairs at 5 % of false discoveries",
        )
        .reference(1.0, "by chance")
        .finding(format!("{}: {} times as often as by chance.", name(first), number(lift[first])));
    let mut shown: Vec<(String, String)> = Vec::new();
    for row in rows {
        let pair = (from[row].clone(), to[row].clone());
        // The same pair the other way round has the same lift.
        if shown.iter().any(|(a, b)| (a, b) == (&pair.1, &pair.0)) {
            continue;
        }
        chart = chart.push(Row::new(name(row), lift[row]).note(format!("{} times", count(together[row] as usize))));
        shown.push(pair);
        if shown.len() == RULES {
            break;
        }
    }
    Some(Block::chart("product-rules", chart))
}

/// How often one of k offers was bought in the held-out part.
fn offers(section: &Section) -> Option<Block> {
    let frame = &section.table("offer_evaluation")?.frame;
    let source = texts(frame, "source");
    let (hit, low, high) = (numbers(frame, "hit_at_k"), numbers(frame, "hit_lo"), numbers(frame, "hit_hi"));
    let best = (0..hit.len()).filter(|row| hit[*row].is_finite()).max_by(|a, b| hit[*a].total_cmp(&hit[*b]))?;
    let k = texts(frame, "k").first().cloned().unwrap_or_default();
    let usual = source.iter().position(|source| source == "popularity").filter(|row| hit[*row].is_finite());
    let usual =
        usual.map_or_else(String::new, |row| format!("; of best-sellers offered to all, {}", percent(hit[row])));
    let mut chart = Bars::new("Would offers have been bought?", Unit::percent())
        .measure("Customers with a hit")
        .dots()
        .subtitle(format!(
            "Share of customers who bought one of {k} products offered by what was known before, with 95 % intervals"
        ))
        .finding(format!(
            "Offers by {}: {} of the customers bought one of {k}{usual}.",
            source[best],
            percent(hit[best])
        ));
    for row in (0..hit.len()).filter(|row| hit[*row].is_finite()) {
        let mut bar = Row::new(source[row].as_str(), hit[row]);
        if low[row].is_finite() && high[row].is_finite() {
            bar = bar.interval(low[row], high[row]);
        }
        chart = chart.push(bar);
    }
    Some(Block::chart("product-offers", chart))
}

/// Sales by class of sales and of steadiness.
fn classes(section: &Section, words: &Words) -> Option<Block> {
    let frame = &section.table("product_perf")?.frame;
    let (class, sales, product) = (texts(frame, "abc_xyz"), numbers(frame, "net_rev"), texts(frame, "product_id"));
    let (rows, columns) = (["A", "B", "C"], ["X", "Y", "Z"]);
    let mut sums = vec![vec![0.0; 3]; 3];
    let mut products: Vec<Vec<Vec<&String>>> = vec![vec![Vec::new(); 3]; 3];
    for at in 0..class.len() {
        let mut letters = class[at].chars().map(|letter| letter.to_string());
        let (Some(a), Some(x)) = (letters.next(), letters.next()) else { continue };
        let place = (rows.iter().position(|row| *row == a), columns.iter().position(|column| *column == x));
        if let (Some(row), Some(column)) = place {
            sums[row][column] += if sales[at].is_finite() { sales[at] } else { 0.0 };
            products[row][column].push(&product[at]);
        }
    }
    if sums.iter().flatten().all(|sum| *sum <= 0.0) {
        return None;
    }
    let labels: Vec<Vec<String>> = sums
        .iter()
        .zip(&mut products)
        .map(|(sums, products)| {
            let cell = |(sum, products): (&f64, &mut Vec<&String>)| {
                products.sort();
                products.dedup();
                format!("{} ({})", words.short(*sum), count(products.len()))
            };
            sums.iter().zip(products).map(cell).collect()
        })
        .collect();
    let total: f64 = sums.iter().flatten().sum();
    let chart = Heatmap::new("Which products carry sales, and how steadily", words.unit(), &rows, &columns)
        .cells(&sums)
        .labels(&labels)
        .names("Sales", "Demand")
        .subtitle("Net sales of products that sell most (A) to least (C), with steady (X) to erratic (Z) demand; in brackets how many they are")
        .finding(format!("Steady best-sellers (AX) bring {} of classified sales.", percent(sums[0][0] / total)));
    Some(Block::chart("product-classes", chart))
}

/// What customers complain of, by the value that is at risk with them.
fn themes(section: &Section, words: &Words) -> Option<Block> {
    let frame = &section.table("theme_pareto")?.frame;
    let (theme, risk, tickets) = (texts(frame, "theme"), numbers(frame, "value_at_risk"), numbers(frame, "tickets"));
    let known: Vec<usize> = (0..theme.len()).filter(|row| risk[*row].is_finite()).collect();
    if known.is_empty() {
        return None;
    }
    let mut chart = Bars::new("What complaints put at risk", words.unit())
        .measure("Value at risk")
        .most(THEMES)
        .subtitle("Lifetime value of the customers who complained, by theme")
        .note("At risk is all that these customers are worth, not what will be lost.")
        .finding(format!("{}: {} at risk.", theme[known[0]], words.short(risk[known[0]])));
    for row in known {
        let note =
            if tickets[row].is_finite() { format!("{} tickets", count(tickets[row] as usize)) } else { String::new() };
        chart = chart.push(Row::new(theme[row].as_str(), risk[row]).note(note));
    }
    Some(Block::chart("product-complaints", chart))
}
