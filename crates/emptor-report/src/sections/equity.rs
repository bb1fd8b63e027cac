//! Customer equity: what it is made of, and where it sits.

use emptor_chart::{Axis, Bars, Histogram, Lines, Row, Stroke, Tornado, Unit, Waterfall};
use emptor_core::analysis::{AnalysisResults, COLUMNS};
use polars::prelude::{PolarsResult, SortMultipleOptions};

use super::Made;
use crate::block::{Block, Part};
use crate::grid::{Grid, Pick};
use crate::material::Material;
use crate::read::numbers;
use crate::words::{UNKNOWN, Words, count, many, percent};

/// Segments that are shown.
const SEGMENTS: usize = 12;
/// Points of the curve of concentration.
const POINTS: usize = 200;

pub(super) fn part(material: &Material<'_>, words: &Words) -> Made {
    let Some(analysis) = material.analysis else { return Ok(None) };
    let equity = &analysis.equity;
    let mut values = numbers(&analysis.customers, "ltv_total");
    values.retain(|value| value.is_finite());
    values.sort_by(|a, b| b.total_cmp(a));
    let tenth = values.iter().take(values.len().div_ceil(10)).sum::<f64>() / equity.total();
    let finding = if equity.total() > 0.0 && values.len() >= 10 {
        format!("A tenth of the customers hold {} of the equity of {}.", percent(tenth), words.short(equity.total()))
    } else {
        format!("The customer equity is {}.", words.short(equity.total()))
    };
    let mut part = Part::new("equity", "Customer equity").finding(finding).caveat(format!(
        "Convention: {}. Values are expectations over many customers; what one of them will do varies far more.",
        equity.convention()
    ));
    part.push(Block::chart("equity-bridge", bridge(analysis, words)));
    part.push(over_time(analysis, words));
    part.push(tornado(material, words));
    part.push(by_segment(analysis, words));
    part.push(concentration(&values));
    part.push(spread(&values, words));
    part.push(Block::Table(segments(analysis, words)));
    if words.show_ids {
        part.push(Block::Table(most_valuable(analysis, words)?));
    }
    Ok(Some(part))
}

/// Customers of the greatest value, by their ids.
fn most_valuable(analysis: &AnalysisResults, words: &Words) -> PolarsResult<Grid> {
    let ranked = analysis.customers.sort(
        ["ltv_total", "customer_id"],
        SortMultipleOptions::default().with_order_descending_multi([true, false]).with_nulls_last(true),
    )?;
    let columns = ["customer_id", "grade", "rfm_segment", "days_since_last", "purchases", "p_alive", "ltv_total"];
    Grid::of_frame(&ranked, COLUMNS, Pick { title: "The most valuable customers", columns: &columns, most: 0 }, words)
}

/// From what grades hold today, by potential, to the total.
fn bridge(analysis: &AnalysisResults, words: &Words) -> Waterfall {
    let equity = &analysis.equity;
    let mut chart = Waterfall::new("From current to total customer equity", words.unit())
        .subtitle(format!("Discounted profit, {}", equity.convention()));
    if equity.potential().abs() > 0.0 {
        chart = chart.total("Current", equity.current());
        chart = chart.step("Potential", equity.potential());
        chart = chart.note(potential(analysis));
    } else {
        for row in &analysis.grades {
            let name = row.grade.map_or_else(|| "no grade".to_owned(), |grade| format!("Grade {grade}"));
            chart = chart.step(name, row.equity);
        }
        chart = chart.note("No potential profit was supplied: the steps are the grades.");
    }
    chart.total("Total", equity.total()).finding(format!(
        "Current {}, potential {}, together {}.",
        words.short(equity.current()),
        words.short(equity.potential()),
        words.short(equity.total())
    ))
}

/// Where potential profit comes from.
fn potential(analysis: &AnalysisResults) -> String {
    let mut sources = Vec::new();
    if let Some(wallets) = &analysis.wallets {
        sources.push(format!(
            "Potential is {} (assumed) of the gap to the share of wallet that the best quarter of the segment reaches; the wallets \
             of {} are known, others have none.",
            percent(wallets.capture.get()),
            many(wallets.known, "customer"),
        ));
    }
    if analysis.pipeline.is_some() {
        sources.push("Open deals count as potential profit.".to_owned());
    }
    if sources.is_empty() { "Potential profit is as it was supplied.".to_owned() } else { sources.join(" ") }
}

/// When the value is earned: present value that has come in by the end of each period.
fn over_time(analysis: &AnalysisResults, words: &Words) -> Option<Block> {
    let total = analysis.equity.total();
    let values = analysis.flows.present_values();
    if values.len() < 3 || total <= 0.0 || values.iter().any(|value| *value < 0.0) {
        return None;
    }
    let period = analysis.convention.period();
    let mut earned = vec![0.0];
    earned.extend(values.iter().scan(0.0, |sum, value| {
        *sum += value;
        Some(*sum)
    }));
    let x: Vec<f64> = (0..earned.len()).map(|t| t as f64).collect();
    let half = earned.iter().position(|sum| *sum >= 0.5 * total)?;
    let chart = Lines::new(
        "When the equity is earned",
        Axis::new(format!("{period}s from now"), Unit::number()),
        Axis::new("present value earned so far", words.unit()),
    )
    .line("earned", &x, &earned, Stroke::Solid)
    .point(half as f64, earned[half], format!("half after {half}"))
    .subtitle("Discounted profit of the base, added up over the periods of the horizon")
    .finding(format!("Half of the equity is earned within {}.", many(half, &period.to_string())));
    Some(Block::chart("equity-time", chart))
}

/// What moves the total most.
fn tornado(material: &Material<'_>, words: &Words) -> Option<Block> {
    let swings = material.swings.iter().filter(|swing| swing.at_low.is_finite() && swing.at_high.is_finite());
    let mut swings: Vec<_> = swings.collect();
    swings.sort_by(|a, b| (b.at_high - b.at_low).abs().total_cmp(&(a.at_high - a.at_low).abs()));
    let first = *swings.first()?;
    let base = material.analysis?.equity.total();
    let mut chart = Tornado::new("What moves customer equity most", words.unit(), base)
        .subtitle("Total equity at the two ends of each lever, all else as it is")
        .finding(format!(
            "The {} moves it most: from {} at {} to {} at {}.",
            first.lever,
            words.short(first.at_low),
            first.low,
            words.short(first.at_high),
            first.high
        ));
    chart = chart.note("What it costs to move a lever, and how far it can be moved, is not in it.");
    for swing in swings {
        chart = chart.swing(swing.lever.as_str(), swing.at_low, swing.at_high, swing.low.as_str(), swing.high.as_str());
    }
    Some(Block::chart("equity-tornado", chart))
}

fn by_segment(analysis: &AnalysisResults, words: &Words) -> Option<Block> {
    let first = analysis.segments.first()?;
    let mut chart = Bars::new("Equity by RFM segment", words.unit())
        .measure("Equity")
        .subtitle("Total lifetime value of the customers of a segment, with its range")
        .most(SEGMENTS)
        .finding(format!("{} hold most: {}.", first.segment, words.short(first.equity)));
    for row in &analysis.segments {
        let mut bar = Row::new(row.segment.to_string(), row.equity);
        if let Some(range) = &row.range {
            bar = bar.interval(range.low(), range.high());
        }
        chart = chart.push(bar.note(format!("{} customers", count(row.customers))));
    }
    Some(Block::chart("equity-segments", chart))
}

/// The share of equity that the most valuable customers hold; values fall.
fn concentration(values: &[f64]) -> Option<Block> {
    let total: f64 = values.iter().sum();
    if total <= 0.0 || values.len() < 10 {
        return None;
    }
    let mut sums = Vec::with_capacity(values.len());
    values.iter().fold(0.0, |sum, value| {
        sums.push(sum + value);
        sum + value
    });
    let points = POINTS.min(values.len());
    let (x, y): (Vec<f64>, Vec<f64>) = (0..=points)
        .map(|point| {
            let customers = point * values.len() / points;
            let held = customers.checked_sub(1).map_or(0.0, |last| sums[last]);
            (customers as f64 / values.len() as f64, held / total)
        })
        .unzip();
    let fifth = sums[values.len().div_ceil(5) - 1] / total;
    let chart = Lines::new(
        "How concentrated the equity is",
        Axis::new("customers, the most valuable first", Unit::percent()),
        Axis::new("share of equity", Unit::percent()),
    )
    .line("equity", &x, &y, Stroke::Solid)
    .diagonal("all equal")
    .point(0.2, fifth, format!("20 % hold {}", percent(fifth)))
    .subtitle("Share of customers against the share of total lifetime value that they hold")
    .finding(format!("The most valuable fifth of the customers hold {} of the equity.", percent(fifth)));
    Some(Block::chart("equity-concentration", chart))
}

/// How values spread: classes of equal width of their logarithm.
fn spread(values: &[f64], words: &Words) -> Option<Block> {
    let (most, above): (f64, Vec<f64>) =
        (*values.first()?, values.iter().copied().filter(|value| *value > 0.0).collect());
    let least = above.last().copied()?.max(most * 1e-6);
    if above.len() < 30 || most <= least * 1.01 {
        return None;
    }
    let (from, to) = (least.log10(), most.log10());
    let classes = 24;
    let edges: Vec<f64> =
        (0..=classes).map(|k| 10_f64.powf(from + (to - from) * f64::from(k) / f64::from(classes))).collect();
    let mut counts = vec![0.0; edges.len() - 1];
    for value in above.iter().filter(|value| **value >= least) {
        let class = edges.partition_point(|edge| edge <= value).clamp(1, counts.len()) - 1;
        counts[class] += 1.0;
    }
    let median = above[above.len() / 2];
    let nothing = values.len() - above.len();
    let mut chart = Histogram::new(
        "How customer values spread",
        Axis::new("lifetime value", words.unit()).logarithmic(),
        &edges,
        &counts,
    )
    .counting("customers")
    .upright(median, format!("half are above {}", words.short(median)))
    .subtitle("Customers by total lifetime value, classes of a logarithmic scale")
    .finding(format!(
        "Half of the customers are worth more than {}, the best one {}.",
        words.short(median),
        words.short(most)
    ));
    if nothing > 0 {
        chart = chart.note(format!("{} customers are worth nothing or less and are not shown.", count(nothing)));
    }
    Some(Block::chart("equity-spread", chart))
}

fn segments(analysis: &AnalysisResults, words: &Words) -> Grid {
    let numbers = ["customers", "share of customers", "spend", "equity", "from", "to", "share of equity"];
    let mut grid = Grid::new("Segments", &["segment"], &numbers);
    for row in &analysis.segments {
        grid.row([
            row.segment.to_string(),
            count(row.customers),
            percent(row.customer_share),
            words.money(row.spend),
            words.money(row.equity),
            row.range.as_ref().map_or_else(|| UNKNOWN.to_owned(), |range| words.money(range.low())),
            row.range.as_ref().map_or_else(|| UNKNOWN.to_owned(), |range| words.money(range.high())),
            row.equity_share.map_or_else(|| UNKNOWN.to_owned(), percent),
        ]);
    }
    grid
}
