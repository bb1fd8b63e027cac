//! Profiling: who the customers are.

use std::collections::BTreeMap;

use emptor_chart::{Bars, Heatmap, Row, Unit};
use emptor_core::profile::{P, Section};
use polars::prelude::DataFrame;

use super::frames::{at, block, grid, only, signed, table};
use super::{Made, p};
use crate::block::Block;
use crate::grid::Grid;
use crate::material::Material;
use crate::read::{numbers, texts};
use crate::words::{Words, count, many, number, percent};

/// Preferences shown at most, and those of one segment: many shops of one segment would hide all others.
const PREFERENCES: usize = 12;
const OF_ONE_SEGMENT: usize = 3;
/// The segment of those who never bought, which says nothing of customers.
const NO_BUYERS: &str = "No purchase";
/// Preferences that chance would show more often than this are not shown.
const CHANCE: f64 = 0.05;

const KEY_PERSON: [(&str, &str); 6] = [
    ("rep_id", "representative"),
    ("customers", "customers"),
    ("dependent_customers", "who know no other"),
    ("revenue_at_risk", "their net revenue"),
    ("revenue_share", "share of all"),
    ("margin_at_risk", "their margin"),
];

pub(super) fn part(material: &Material<'_>, words: &Words) -> Made {
    p::part("profiling", P::Profiling, material, words, blocks, &[])
}

fn blocks(section: &Section, words: &Words) -> Vec<Block> {
    let customers = table(section, "profile_customer");
    [
        customers.and_then(|frame| rfm(frame, words)),
        customers.and_then(|frame| segments(frame, words)),
        table(section, "lens_decile").and_then(|frame| deciles(frame, words)),
        table(section, "lens_decomposition").and_then(factors),
        table(section, "profile_segment_index").and_then(preferences),
        block(grid(section, "key_person", "Customers who know one of us only", &KEY_PERSON, 10, words)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Customers and mean spend by recency and frequency.
fn rfm(frame: &DataFrame, words: &Words) -> Option<Block> {
    let (r, f, spend) = (numbers(frame, "r_score"), numbers(frame, "f_score"), numbers(frame, "monetary_net"));
    let most = |scores: &[f64]| scores.iter().copied().filter(|score| score.is_finite()).fold(0.0, f64::max) as usize;
    let (rows, columns) = (most(&r), most(&f));
    if rows < 2 || columns < 2 || rows.max(columns) > 10 {
        return None;
    }
    let mut counts = vec![vec![0_usize; columns]; rows];
    let mut sums = vec![vec![0.0; columns]; rows];
    let (mut all, mut all_spend) = (0, 0.0);
    for ((r, f), spend) in
        r.iter().zip(&f).zip(&spend).filter(|((r, f), spend)| **r >= 1.0 && **f >= 1.0 && spend.is_finite())
    {
        let (row, column) = (rows - *r as usize, *f as usize - 1);
        counts[row][column] += 1;
        sums[row][column] += spend;
        all += 1;
        all_spend += spend;
    }
    let (best, best_spend) = (counts[0][columns - 1], sums[0][columns - 1]);
    let cells: Vec<Vec<f64>> = counts
        .iter()
        .zip(&sums)
        .map(|(counts, sums)| {
            counts.iter().zip(sums).map(|(n, sum)| if *n > 0 { sum / *n as f64 } else { f64::NAN }).collect()
        })
        .collect();
    let labels: Vec<Vec<String>> =
        counts.iter().map(|row| row.iter().map(|n| if *n > 0 { count(*n) } else { String::new() }).collect()).collect();
    let ends = |score: usize, most: usize, low: &str, high: &str| match score {
        1 => format!("1 {low}"),
        score if score == most => format!("{score} {high}"),
        score => score.to_string(),
    };
    let r_names: Vec<String> = (1..=rows).rev().map(|score| ends(score, rows, "longest ago", "latest")).collect();
    let f_names: Vec<String> = (1..=columns).map(|score| ends(score, columns, "least", "most")).collect();
    let chart = Heatmap::new("Recency and frequency", words.unit(), &r_names, &f_names)
        .cells(&cells)
        .labels(&labels)
        .names("Last order", "Number of orders")
        .subtitle("In the cells: customers. Colour: their mean net spend over the look-back.");
    let chart = if best > 0 && all_spend > 0.0 {
        chart.finding(format!(
            "{} ({}) bought both latest and most often: {} of all spend.",
            many(best, "customer"),
            percent(best as f64 / all as f64),
            percent(best_spend / all_spend)
        ))
    } else {
        chart
    };
    (all > 1).then(|| Block::chart("profiling-rfm", chart))
}

/// The segments, by what they spent.
fn segments(frame: &DataFrame, words: &Words) -> Option<Block> {
    #[derive(Default)]
    struct Sums {
        customers: usize,
        spend: f64,
        days: f64,
    }
    let (names, spend, days) =
        (texts(frame, "rfm_segment"), numbers(frame, "monetary_net"), numbers(frame, "recency_days"));
    let mut segments: BTreeMap<&str, Sums> = BTreeMap::new();
    for ((name, spend), days) in
        names.iter().zip(&spend).zip(&days).filter(|((name, _), days)| !name.is_empty() && days.is_finite())
    {
        let sums = segments.entry(name).or_default();
        sums.customers += 1;
        sums.spend += if spend.is_finite() { *spend } else { 0.0 };
        sums.days += days;
    }
    let customers: usize = segments.values().map(|sums| sums.customers).sum();
    let spend: f64 = segments.values().map(|sums| sums.spend).sum();
    let mut segments: Vec<(&str, Sums)> = segments.into_iter().collect();
    segments.sort_by(|a, b| b.1.spend.total_cmp(&a.1.spend));
    let mut grid = Grid::new(
        "Segments by recency and frequency",
        &["segment"],
        &[
            "customers",
            "share of customers",
            "net spend",
            "share of spend",
            "spend per customer",
            "mean days since the last order",
        ],
    );
    grid.about = "Buyers of the look-back, the segment that spent most first.".to_owned();
    for (name, sums) in &segments {
        let n = sums.customers as f64;
        let days = sums.days / n;
        grid.row([
            (*name).to_owned(),
            count(sums.customers),
            percent(n / customers as f64),
            words.money(sums.spend),
            percent(if spend > 0.0 { sums.spend / spend } else { f64::NAN }),
            words.money(sums.spend / n),
            number(days.round()),
        ]);
    }
    (segments.len() > 1).then_some(Block::Table(grid))
}

/// What each tenth of the customers spends.
fn deciles(frame: &DataFrame, words: &Words) -> Option<Block> {
    let tenths = only(frame, "measure", "spend")?;
    let (shares, amounts, sizes) =
        (numbers(&tenths, "share"), numbers(&tenths, "amount"), numbers(&tenths, "customers"));
    if tenths.height() < 2 || !shares.iter().all(|share| share.is_finite()) {
        return None;
    }
    let name = |place: usize| match place {
        0 => "Best tenth".to_owned(),
        1 => "2nd".to_owned(),
        2 => "3rd".to_owned(),
        place => format!("{}th", place + 1),
    };
    let rows = shares.iter().zip(&amounts).enumerate().map(|(place, (share, amount))| {
        let row = Row::new(name(place), *share).note(words.short(*amount));
        if place == 0 { row.strong() } else { row }
    });
    let chart = rows
        .fold(Bars::new("Spend by tenths of customers", Unit::percent()), Bars::push)
        .measure("Share of net revenue")
        .subtitle("Customers with an order in the window, those who spent most first, in ten equal groups.")
        .finding(format!(
            "The best tenth ({} customers) brings {} of net revenue, the lower half {}.",
            count(sizes[0] as usize),
            percent(shares[0]),
            percent(shares.iter().skip(tenths.height().div_ceil(2)).sum())
        ));
    Some(Block::chart("profiling-tenths", chart))
}

/// Why profit moved: customers, orders, baskets and margin.
fn factors(frame: &DataFrame) -> Option<Block> {
    let windows = only(frame, "scope", "window")?;
    let now = windows.height() - 1;
    let change = |column: &str| at(&windows, column, now).exp() - 1.0;
    let factors = [
        ("Customers with an order", change("dln_customers")),
        ("Orders per customer", change("dln_aof")),
        ("Revenue per order", change("dln_aov")),
        ("Margin of revenue", change("dln_margin")),
    ];
    let known: Vec<(&str, f64)> = factors.into_iter().filter(|(_, change)| change.is_finite()).collect();
    let (what, all) = match (change("dln_profit"), change("dln_revenue")) {
        (profit, _) if profit.is_finite() => ("Gross profit", profit),
        (_, revenue) => ("Net revenue", revenue),
    };
    let (most, moved) = known.iter().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))?;
    if !all.is_finite() || known.len() < 3 {
        return None;
    }
    let percent = |share: f64| signed(percent(share));
    let chart = known
        .iter()
        .fold(Bars::new(format!("What moved {}", what.to_lowercase()), Unit::percent()), |chart, (name, change)| {
            chart.push(Row::new(*name, *change))
        })
        .push(Row::new(what, all).strong())
        .measure("Change against the window before")
        .subtitle("The window against the one before, by factor, sales to known customers only; multiplied, the factors make the whole.")
        .finding(format!(
            "{what} changed by {}; what moved most: {} ({}).",
            percent(all),
            most.to_lowercase(),
            percent(*moved)
        ))
        .note("Factors are arithmetic, not reasons: more customers may be those who buy little.");
    Some(Block::chart("profiling-factors", chart))
}

/// What segments prefer more, or less, than everybody.
fn preferences(frame: &DataFrame) -> Option<Block> {
    let (segments, attributes, levels) = (texts(frame, "segment_id"), texts(frame, "attribute"), texts(frame, "level"));
    let (index, lift, chance) = (numbers(frame, "index"), numbers(frame, "lift_customers"), numbers(frame, "q_value"));
    let flags = texts(frame, "flags");
    let mut rows: Vec<usize> = (0..frame.height())
        .filter(|&row| chance[row] < CHANCE && index[row].is_finite() && lift[row].is_finite())
        .filter(|&row| flags[row].is_empty() && !levels[row].starts_with("__") && segments[row] != NO_BUYERS)
        .collect();
    rows.sort_by(|&a, &b| lift[b].abs().total_cmp(&lift[a].abs()));
    let mut shown: BTreeMap<&str, usize> = BTreeMap::new();
    rows.retain(|&row| {
        let of_segment = shown.entry(&segments[row]).or_default();
        *of_segment += 1;
        *of_segment <= OF_ONE_SEGMENT
    });
    rows.truncate(PREFERENCES);
    rows.sort_by(|&a, &b| index[b].total_cmp(&index[a]));
    let name = |row: usize| format!("{}: {}", segments[row], levels[row]);
    let most = *rows.iter().max_by(|&&a, &&b| lift[a].total_cmp(&lift[b]))?;
    let chart = rows
        .iter()
        .fold(Bars::new("What segments prefer", Unit::number()).ground(100.0), |chart, &row| {
            chart.push(Row::new(name(row), index[row]).note(attribute(&attributes[row])))
        })
        .measure("Preference index")
        .subtitle("100 = as all customers. Differences beyond chance (q < 5 %) that concern the most customers.")
        .finding(format!(
            "The segment \"{}\" leans to {} ({}): index {}, {} customers more than the base would let expect.",
            segments[most],
            levels[most],
            attribute(&attributes[most]),
            number(index[most].round()),
            count(lift[most].max(0.0).round() as usize)
        ))
        .note("A preference goes with a segment; it does not say what makes customers join it.");
    Some(Block::chart("profiling-preferences", chart))
}

/// What a preference is about, without the shorthand of names of columns.
fn attribute(column: &str) -> String {
    let name = column.strip_suffix("_id").unwrap_or(column);
    name.replace("acq_", "first ").replace('_', " ")
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use polars::prelude::df;

    use super::super::testing::{finding, words};
    use super::*;

    type Outcome = Result<(), Box<dyn Error>>;

    #[test]
    fn the_map_of_recency_and_frequency_counts_buyers_only() -> Outcome {
        let frame = df!(
            "r_score" => [Some(2), Some(2), Some(1), None], "f_score" => [Some(2), Some(1), Some(1), None],
            "monetary_net" => [60.0, 30.0, 10.0, 0.0]
        )?;
        assert_eq!(
            finding(rfm(&frame, &words()))?,
            "1 customer (33 %) bought both latest and most often: 60 % of all spend."
        );
        Ok(())
    }

    #[test]
    fn preferences_are_beyond_chance_and_of_buyers() -> Outcome {
        let frame = df!(
            "segment_id" => ["Lost", "Loyal", "No purchase", "Lost"], "attribute" => ["acq_channel"; 4],
            "level" => ["social", "store", "store", "__other__"], "index" => [138.0, 120.0, 600.0, 50.0],
            "lift_customers" => [25.4, 3.0, 99.0, -80.0], "q_value" => [0.01, 0.4, 0.0, 0.0], "flags" => [""; 4]
        )?;
        assert_eq!(
            finding(preferences(&frame))?,
            "The segment \"Lost\" leans to social (first channel): index 138, 25 customers more than the base would let expect."
        );
        Ok(())
    }

    #[test]
    fn tables_that_know_nothing_make_no_chart() -> Outcome {
        for frame in [df!("a" => [1])?, df!("a" => Vec::<i64>::new())?] {
            assert!(rfm(&frame, &words()).is_none() && segments(&frame, &words()).is_none());
            assert!(deciles(&frame, &words()).is_none() && factors(&frame).is_none() && preferences(&frame).is_none());
        }
        Ok(())
    }
}
