//! What is to come: sales, customers, the pipeline.

use emptor_chart::{Axis, Lines, Stroke, Unit};
use emptor_core::profile::{P, Section};
use polars::prelude::DataFrame;

use super::frames::{at, block, grid, grid_of};
use super::{Made, p};
use crate::block::{Block, Part};
use crate::error::ReportError;
use crate::material::Material;
use crate::read::{numbers, rows_where, texts};
use crate::words::{Words, count, percent};

pub(super) fn part(material: &Material<'_>, words: &Words) -> Made {
    let Some(results) = material.seven_p else { return Ok(None) };
    let Some(section) = results.seven_p.section(P::Prospecting) else { return Ok(None) };
    let mut part = Part::new("forecasts", "Forecasts");
    let mut findings = p::FORECASTS.iter().flat_map(|table| section.findings.iter().filter(move |f| f.table == *table));
    if let Some(first) = findings.next() {
        part = part.finding(&first.headline).caveat(first.caveat.as_deref().unwrap_or_default());
    }
    let others: Vec<String> = findings.map(|finding| finding.headline.clone()).collect();
    if !others.is_empty() {
        part.push(Block::List { title: "More findings".to_owned(), items: others });
    }
    let history = results.seven_p.frame("lens_decomposition");
    part.push(sales(section, history, words).map_err(ReportError::from)?);
    part.push(customers(section).map_err(ReportError::from)?);
    part.push(moves(section).map_err(ReportError::from)?);
    part.push(by_segment(section).map_err(ReportError::from)?);
    part.push(pipeline(section, words).map_err(ReportError::from)?);
    if part.blocks.is_empty() {
        return Ok(None);
    }
    part.push(block(grid(section, "sales_forecast", "Sales ahead", &SALES, 12, words)));
    let by_rates = section.table("pipeline_forecast").and_then(|table| {
        let mut table = table.clone();
        table.frame = rows_where(&table.frame, "method", |method| method == "historical").ok()?;
        block(grid_of(&table, "Pipeline ahead, by the win rates of the past", &PIPELINE, 12, words))
    });
    part.push(by_rates);
    Ok(Some(part))
}

const SALES: [(&str, &str); 7] = [
    ("level", "of"),
    ("member", "which"),
    ("period_start", "period"),
    ("net_rev", "expected"),
    ("lo_80", "80 % from"),
    ("hi_80", "to"),
    ("season_before", "a season before"),
];

const PIPELINE: [(&str, &str); 5] =
    [("period_start", "period"), ("amount", "expected"), ("lo", "from"), ("hi", "to"), ("open_amount", "open deals")];

/// Sales of the window, and the total ahead with its intervals.
fn sales(
    section: &Section,
    history: Option<&DataFrame>,
    words: &Words,
) -> polars::prelude::PolarsResult<Option<Block>> {
    let Some(table) = section.table("sales_forecast") else { return Ok(None) };
    let ahead = rows_where(&table.frame, "level", |level| level == "total")?;
    let days = texts(&ahead, "period_start");
    let mean = numbers(&ahead, "net_rev");
    if mean.is_empty() || mean.iter().any(|value| !value.is_finite()) {
        return Ok(None);
    }
    let (mut periods, mut past) = match history {
        Some(cube) => totals(cube)?,
        None => (Vec::new(), Vec::new()),
    };
    let first = days.first().cloned().unwrap_or_default();
    let known = periods.iter().take_while(|day| **day < first).count();
    periods.truncate(known);
    past.truncate(known);
    let labels: Vec<String> = periods.iter().chain(&days).map(|day| p::period(day)).collect();
    let pad = |values: Vec<f64>, before: usize, after: usize| -> Vec<f64> {
        [vec![f64::NAN; before], values, vec![f64::NAN; after]].concat()
    };
    // The forecast begins where the past ends, so that the lines meet.
    let (known, n) = (periods.len(), mean.len());
    let last = past.last().copied();
    let joined = |values: Vec<f64>| match last {
        Some(last) => pad([vec![last], values].concat(), known - 1, 0),
        None => pad(values, known, 0),
    };
    let off = numbers(&ahead, "wape_backtest").first().copied().unwrap_or(f64::NAN);
    let naive = numbers(&ahead, "wape_naive").first().copied().unwrap_or(f64::NAN);
    let accuracy = match (off.is_finite(), naive.is_finite()) {
        (true, true) => format!(
            " Such forecasts missed by {} in the past, the sales of a season before by {}.",
            percent(off),
            percent(naive)
        ),
        (true, false) => format!(" Such forecasts missed by {} in the past.", percent(off)),
        _ => " How far such forecasts were off is not known: the past is too short.".to_owned(),
    };
    let sum: f64 = mean.iter().sum();
    let mut chart = Lines::over_periods("Net sales and what is to come", Axis::new("net sales", words.unit()), &labels)
        .subtitle("Net sales per period, and what may come with its intervals, as far as they are known")
        .finding(format!("{} are expected in the {n} periods ahead.{accuracy}", words.short(sum)))
        .from_zero();
    if known > 0 {
        chart = chart.series("sales", &pad(past, 0, n), Stroke::Solid);
    }
    let line = usize::from(known > 0);
    chart = chart.series("forecast", &joined(mean), Stroke::Dashed);
    for (name, low, high) in [("95 %", "lo_95", "hi_95"), ("80 %", "lo_80", "hi_80")] {
        let (low, high) = (numbers(&ahead, low), numbers(&ahead, high));
        if low.iter().chain(&high).all(|value| value.is_finite()) {
            chart = chart.band(name, &pad(low, known, 0), &pad(high, known, 0), line);
        }
    }
    Ok(Some(Block::chart("forecasts-sales", chart)))
}

/// Net sales of the whole periods of the window, in their order.
fn totals(lens: &DataFrame) -> polars::prelude::PolarsResult<(Vec<String>, Vec<f64>)> {
    let rows = rows_where(&rows_where(lens, "scope", |scope| scope == "period")?, "is_partial", |is| is != "true")?;
    Ok((texts(&rows, "period_start"), numbers(&rows, "revenue")))
}

/// All customers at the end of each period ahead.
fn customers(section: &Section) -> polars::prelude::PolarsResult<Option<Block>> {
    let Some(all) = all_segments(section)? else { return Ok(None) };
    let labels: Vec<String> = texts(&all, "period_start").iter().map(|day| p::period(day)).collect();
    let (end, low, high) = (numbers(&all, "n_end"), numbers(&all, "lo"), numbers(&all, "hi"));
    let Some(last) = end.len().checked_sub(1).filter(|last| *last > 0) else { return Ok(None) };
    let accuracy = match (at(&all, "wape_backtest", 0), at(&all, "wape_naive", 0)) {
        (off, naive) if off.is_finite() && naive.is_finite() => format!(
            " One period ahead such forecasts missed by {}; that nothing changes missed by {}.",
            percent(off),
            percent(naive)
        ),
        _ => String::new(),
    };
    let mut chart = Lines::over_periods("Active customers ahead", Axis::new("customers", Unit::number()), &labels)
        .series("expected", &end, Stroke::Solid)
        .subtitle("Customers at the end of each period who are not lost, by the moves between RFM segments of the past")
        .finding(format!(
            "From {} after the first period to {} ({} to {}) after the last.{accuracy}",
            whole(end[0]),
            whole(end[last]),
            whole(low[last]),
            whole(high[last])
        ))
        .from_zero();
    if low.iter().chain(&high).all(|value| value.is_finite()) {
        chart = chart.band("interval", &low, &high, 0);
    }
    Ok(Some(Block::chart("forecasts-customers", chart)))
}

/// Who comes and who is lost in each period ahead.
fn moves(section: &Section) -> polars::prelude::PolarsResult<Option<Block>> {
    let Some(all) = all_segments(section)? else { return Ok(None) };
    let labels: Vec<String> = texts(&all, "period_start").iter().map(|day| p::period(day)).collect();
    let (new, lost) = (numbers(&all, "n_new"), numbers(&all, "n_lost"));
    if labels.len() < 2 || new.iter().chain(&lost).any(|value| !value.is_finite()) {
        return Ok(None);
    }
    let (come, go) = (new.iter().sum::<f64>(), lost.iter().sum::<f64>());
    let chart =
        Lines::over_periods("Customers who come and who are lost", Axis::new("customers", Unit::number()), &labels)
            .series("come or come back", &new, Stroke::Solid)
            .series("lost", &lost, Stroke::Dashed)
            .from_zero()
            .subtitle("Expected per period ahead; lost ones who come back count as arrivals")
            .finding(format!(
                "{} are expected to come and {} to be lost in {} periods.",
                whole(come),
                whole(go),
                labels.len()
            ));
    Ok(Some(Block::chart("forecasts-moves", chart)))
}

/// Expected customers, rounded.
fn whole(customers: f64) -> String {
    count(customers.round().max(0.0) as usize)
}

/// The rows of the forecast of customers that are about all of them.
fn all_segments(section: &Section) -> polars::prelude::PolarsResult<Option<DataFrame>> {
    let Some(table) = section.table("customer_forecast") else { return Ok(None) };
    let all = rows_where(&table.frame, "segment", |segment| segment == "__all__")?;
    let known = !numbers(&all, "n_end").is_empty() && numbers(&all, "n_end").iter().all(|value| value.is_finite());
    Ok(known.then_some(all))
}

/// Customers ahead, segment by segment.
fn by_segment(section: &Section) -> polars::prelude::PolarsResult<Option<Block>> {
    let Some(table) = section.table("customer_forecast").filter(|table| table.frame.height() > 0) else {
        return Ok(None);
    };
    let segments = texts(&table.frame, "segment");
    let mut names: Vec<String> = Vec::new();
    for segment in segments {
        if !names.contains(&segment) {
            names.push(segment);
        }
    }
    let mut days = texts(&table.frame, "period_start");
    days.sort();
    days.dedup();
    if days.len() < 2 {
        return Ok(None);
    }
    let labels: Vec<String> = days.iter().map(|day| p::period(day)).collect();
    let mut of: Vec<(String, Vec<f64>)> = Vec::new();
    for name in names.iter().filter(|name| !name.starts_with("__")) {
        let rows = rows_where(&table.frame, "segment", |segment| segment == name)?;
        let values = numbers(&rows, "n_end");
        if values.len() == days.len() && values.iter().all(|value| value.is_finite()) {
            of.push((name.clone(), values));
        }
    }
    of.sort_by(|a, b| b.1[0].total_cmp(&a.1[0]));
    let Some((largest, values)) = of.first() else { return Ok(None) };
    let ends = (values[0], values[values.len() - 1]);
    let mut chart = Lines::over_periods("Customers ahead by segment", Axis::new("customers", Unit::number()), &labels)
        .subtitle("Customers at the end of each period, by the moves between segments of the past")
        .finding(format!("{largest}: from {} to {} customers.", whole(ends.0), whole(ends.1)))
        .from_zero();
    for (name, values) in of.iter().take(6) {
        chart = chart.series(name, values, Stroke::Solid);
    }
    if of.len() > 6 {
        chart = chart.note(format!("The six largest of {} segments are shown.", of.len()));
    }
    Ok(Some(Block::chart("forecasts-segments", chart)))
}

/// Open deals ahead by the method that past win rates stand for.
fn pipeline(section: &Section, words: &Words) -> polars::prelude::PolarsResult<Option<Block>> {
    let Some(table) = section.table("pipeline_forecast") else { return Ok(None) };
    let rows = rows_where(&table.frame, "method", |method| method == "historical")?;
    let (amount, low, high) = (numbers(&rows, "amount"), numbers(&rows, "lo"), numbers(&rows, "hi"));
    if amount.len() < 2 || amount.iter().chain(&low).chain(&high).any(|value| !value.is_finite()) {
        return Ok(None);
    }
    let labels: Vec<String> = texts(&rows, "period_start").iter().map(|day| p::period(day)).collect();
    let sum: f64 = amount.iter().sum();
    let chart =
        Lines::over_periods("What open deals are expected to bring", Axis::new("won amount", words.unit()), &labels)
            .series("expected", &amount, Stroke::Solid)
            .band("interval", &low, &high, 0)
            .from_zero()
            .subtitle("Amount won per period, by the win rates of the past; deals that do not exist yet are not in it")
            .finding(format!("{} are expected of the deals that are open.", words.short(sum)));
    Ok(Some(Block::chart("forecasts-pipeline", chart)))
}
