//! Profitability: what customers earn us.

use emptor_chart::{Axis, Bars, Lines, Row, Stroke, Unit, Waterfall};
use emptor_core::profile::{P, Section};
use polars::prelude::DataFrame;

use super::frames::Mark::{Step, Total};
use super::frames::{block, bridge, grid, table, total};
use super::{Made, p};
use crate::block::Block;
use crate::material::Material;
use crate::read::{numbers, texts};
use crate::words::{UNKNOWN, Words, count, many, percent};

pub(super) fn part(material: &Material<'_>, words: &Words) -> Made {
    p::part("profitability", P::Profitability, material, words, blocks, &[])
}

const SEGMENTS: [(&str, &str); 9] = [
    ("attribute", "by"),
    ("level", "which"),
    ("customers", "customers"),
    ("net_rev", "net revenue"),
    ("cm2", "margin"),
    ("share_of_cm2", "share of margin"),
    ("cm2_per_customer", "margin per customer"),
    ("cm2_pct", "margin of revenue"),
    ("loss_making", "who cost more than they bring"),
];

const PRODUCTS: [(&str, &str); 6] = [
    ("product_id", "product"),
    ("net_rev", "net revenue"),
    ("discount", "discounts"),
    ("returns", "returns"),
    ("cm2", "margin"),
    ("cm2_pct", "margin of revenue"),
];

fn blocks(section: &Section, words: &Words) -> Vec<Block> {
    [
        table(section, "profit_period").and_then(|frame| ladder(frame, words)),
        table(section, "whale_curve").and_then(|frame| whale(frame, words)),
        table(section, "profit_class").and_then(|frame| classes(frame, words)),
        table(section, "margin_bridge").and_then(|frame| moved(frame, words)),
        segments(section, words),
        block(grid(section, "profit_product", "The most profitable products", &PRODUCTS, 10, words)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What grades and segments bring, without the rows of those who have none.
fn segments(section: &Section, words: &Words) -> Option<Block> {
    let title = "What grades and segments bring";
    let mut grid = grid(section, "profit_segment", title, &SEGMENTS, usize::MAX, words).ok()??;
    grid.rows.retain(|row| row.get(1).is_some_and(|level| level != UNKNOWN));
    grid.all_rows = grid.rows.len();
    grid.rows.truncate(words.most_rows);
    grid.about = "Contribution margin over the window, by grade and by segment.".to_owned();
    (!grid.rows.is_empty()).then_some(Block::Table(grid))
}

/// From list prices to the contribution margin.
fn ladder(frame: &DataFrame, words: &Words) -> Option<Block> {
    let sum = |column: &str| total(frame, column);
    let (list, discount, returns, net) = (sum("list_rev"), sum("discount"), sum("returns"), sum("net_rev"));
    let (cogs, gross, serve, direct, margin) = (sum("cogs"), sum("cm1"), sum("cts"), sum("direct_mkt"), sum("cm2"));
    let other = net - (list - discount - returns);
    let other = if other.abs() > 1e-6 * list.abs() { other } else { 0.0 };
    let chart = Waterfall::new("From list prices to the contribution margin", words.unit())
        .subtitle("All known customers over the window: sales at list prices, and what is taken off them.");
    let chart = bridge(
        chart,
        &[
            ("Sales at list prices", Total(list)),
            ("Discounts", Step(-discount)),
            ("Returns", Step(-returns)),
            ("Credits and fees", Step(other)),
            ("Net revenue", Total(net)),
            ("Product cost", Step(-cogs)),
            ("Gross profit", Total(gross)),
            ("Cost to serve", Step(-serve)),
            ("Direct marketing", Step(-direct)),
            ("Contribution margin", Total(margin)),
        ],
    )?;
    let chart = if net > 0.0 && list > 0.0 {
        chart.finding(format!(
            "Of {} at list prices {} are taken off by discounts and returns; {} of net revenue is left as contribution margin.",
            words.short(list),
            percent((discount + returns) / list),
            percent(margin / net)
        ))
    } else {
        chart
    };
    Some(Block::chart("profitability-ladder", chart))
}

/// How the margin adds up, the most profitable customers first.
fn whale(frame: &DataFrame, words: &Words) -> Option<Block> {
    let (x, shares, sums) =
        (numbers(frame, "share_of_customers"), numbers(frame, "share_of_total"), numbers(frame, "cumulative"));
    let (customers, is_share) = (numbers(frame, "customers"), shares.iter().all(|share| share.is_finite()));
    let y = if is_share { &shares } else { &sums };
    let peak = (0..y.len()).filter(|&row| y[row].is_finite()).max_by(|&a, &b| y[a].total_cmp(&y[b]).then(b.cmp(&a)))?;
    let last = y.len() - 1;
    if y.len() < 3 || !(x[peak].is_finite() && sums[peak].is_finite() && sums[last].is_finite()) {
        return None;
    }
    let unit = if is_share { Unit::percent() } else { words.unit() };
    let lost = sums[peak] - sums[last];
    let mut chart = Lines::new(
        "Who earns the margin, and who takes from it",
        Axis::new("Customers, the most profitable first", Unit::percent()),
        Axis::new(if is_share { "Share of the margin, added up" } else { "Margin, added up" }, unit),
    )
    .from_zero()
    .line("Margin", &x, y, Stroke::Solid)
    .subtitle("Contribution margin over the window, added up over customers from the most to the least profitable.");
    if is_share {
        chart = chart.diagonal("all alike");
    }
    let finding = if lost > 0.0 && peak < last {
        chart = chart.point(x[peak], y[peak], format!("peak {}", words.short(sums[peak])));
        format!(
            "The best {} of customers ({}) earn {}; the others take {} of it away ({}).",
            percent(x[peak]),
            count(customers[peak].max(0.0) as usize),
            words.short(sums[peak]),
            words.short(lost),
            percent(lost / sums[peak])
        )
    } else {
        "No customer takes margin away over the window.".to_owned()
    };
    Some(Block::chart("profitability-whale", chart.finding(finding)))
}

/// The margin of the classes of customers.
fn classes(frame: &DataFrame, words: &Words) -> Option<Block> {
    let (names, customers, margin) = (texts(frame, "profit_class"), numbers(frame, "customers"), numbers(frame, "cm2"));
    let rows: Vec<usize> = (0..names.len())
        .rev()
        .filter(|&row| !names[row].is_empty() && customers[row] > 0.0 && margin[row].is_finite())
        .collect();
    let named = |row: usize| match names[row].as_str() {
        "loss" => "No profit or a loss".to_owned(),
        name => format!("{} profit", name[..1].to_uppercase() + &name[1..]),
    };
    let all: f64 = rows.iter().map(|&row| customers[row]).sum();
    let (first, last) = (*rows.first()?, *rows.last()?);
    if rows.len() < 2 {
        return None;
    }
    let chart = rows
        .iter()
        .fold(Bars::new("Margin by class of customers", words.unit()), |chart, &row| {
            let note = many(customers[row] as usize, "customer");
            chart.push(Row::new(named(row), margin[row]).note(note))
        })
        .measure("Contribution margin")
        .subtitle(
            "Customers by their contribution margin over the window: those at or below zero, and the others by rank.",
        )
        .finding(format!(
            "{} of customers bring {}; {} at the other end bring {}.",
            percent(customers[first] / all),
            words.short(margin[first]),
            percent(customers[last] / all),
            words.short(margin[last])
        ));
    Some(Block::chart("profitability-classes", chart))
}

/// Why gross profit moved.
fn moved(frame: &DataFrame, words: &Words) -> Option<Block> {
    let (steps, amounts) = (texts(frame, "step"), numbers(frame, "amount"));
    let marks: Vec<(&str, super::frames::Mark)> = steps
        .iter()
        .zip(&amounts)
        .map(|(step, amount)| match step.as_str() {
            "before" => ("Window before", Total(*amount)),
            "after" => ("This window", Total(*amount)),
            "volume" => ("More or fewer units", Step(*amount)),
            "mix" => ("Mix of products", Step(*amount)),
            "price" => ("Prices", Step(*amount)),
            "cost" => ("Product cost", Step(*amount)),
            "new" => ("New products", Step(*amount)),
            "lost" => ("Products given up", Step(*amount)),
            step => (step, Step(*amount)),
        })
        .collect();
    let (first, last) = (*amounts.first()?, *amounts.last()?);
    let (name, most) = marks
        .iter()
        .filter_map(|(name, mark)| match mark {
            Step(amount) => Some((*name, *amount)),
            Total(_) => None,
        })
        .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))?;
    let chart = Waterfall::new("Why gross profit moved", words.unit())
        .subtitle("Gross profit of the window against that of the window before, by cause.")
        .note("Causes are arithmetic, not reasons.");
    let chart = bridge(chart, &marks)?.finding(format!(
        "Gross profit went from {} to {}; the greatest step: {} ({}).",
        words.short(first),
        words.short(last),
        name.to_lowercase(),
        words.short(most)
    ));
    Some(Block::chart("profitability-bridge", chart))
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use polars::prelude::df;

    use super::super::testing::{finding, words};
    use super::*;

    type Outcome = Result<(), Box<dyn Error>>;

    #[test]
    fn the_ladder_says_what_is_taken_off_and_what_is_left() -> Outcome {
        let frame = df!(
            "list_rev" => [600.0, 400.0], "discount" => [50.0, 50.0], "returns" => [0.0, 100.0], "net_rev" => [550.0, 250.0],
            "cogs" => [250.0, 150.0], "cm1" => [300.0, 100.0], "cts" => [0.0, 60.0], "direct_mkt" => [20.0, 0.0],
            "cm2" => [280.0, 40.0]
        )?;
        let says = finding(ladder(&frame, &words()))?;
        assert_eq!(
            says,
            "Of €1,000 at list prices 20 % are taken off by discounts and returns; 40 % of net revenue is left as contribution margin."
        );
        let unknown = df!("list_rev" => [600.0], "net_rev" => [None::<f64>])?;
        assert!(ladder(&unknown, &words()).is_none());
        Ok(())
    }

    #[test]
    fn the_whale_names_its_peak_or_that_there_is_none() -> Outcome {
        let whale = |cumulative: [f64; 4]| {
            let frame = df!(
                "customers" => [0, 1, 2, 3], "share_of_customers" => [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0],
                "cumulative" => cumulative, "share_of_total" => cumulative.map(|sum| sum / cumulative[3])
            )?;
            finding(super::whale(&frame, &words()))
        };
        assert_eq!(
            whale([0.0, 80.0, 100.0, 75.0])?,
            "The best 67 % of customers (2) earn €100; the others take €25 of it away (25 %)."
        );
        assert_eq!(whale([0.0, 50.0, 80.0, 100.0])?, "No customer takes margin away over the window.");
        Ok(())
    }

    #[test]
    fn tables_that_know_nothing_make_no_chart() -> Outcome {
        for frame in [df!("a" => [1])?, df!("a" => Vec::<i64>::new())?] {
            assert!(ladder(&frame, &words()).is_none() && super::whale(&frame, &words()).is_none());
            assert!(classes(&frame, &words()).is_none() && moved(&frame, &words()).is_none());
        }
        Ok(())
    }
}
