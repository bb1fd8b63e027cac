//! A base's worth as tables for files.

use emptor::polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, Series};

use super::EquityResults;
use crate::ExampleError;

/// Points of a whale curve: enough for a chart.
const POINTS: usize = 501;

/// `customers`, `parts`, `tornado`, `grid`, `bridge` (empty if there is none), `whale` and `concentration`.
///
/// # Errors
/// If columns cannot be joined, which would be a defect of the engine.
pub fn equity_tables(results: &EquityResults) -> Result<[(&'static str, DataFrame); 7], ExampleError> {
    Ok([
        ("customers", customers(results)?),
        ("parts", parts(results)?),
        ("tornado", tornado(results)?),
        ("grid", grid(results)?),
        ("bridge", bridge(results)?),
        ("whale", whale(results)?),
        ("concentration", concentration(results)?),
    ])
}

fn customers(results: &EquityResults) -> Result<DataFrame, ExampleError> {
    let current = &results.current;
    let total: Vec<f64> = match &results.potential {
        Some(potential) => current.iter().zip(potential).map(|(c, p)| c + p).collect(),
        None => current.clone(),
    };
    let mut columns = vec![strings("customer_id", &results.customers), float("ltv", &total)];
    if let Some(intervals) = &results.intervals {
        columns.push(float("ltv_low", &intervals.iter().map(|i| i.low).collect::<Vec<_>>()));
        columns.push(float("ltv_high", &intervals.iter().map(|i| i.high).collect::<Vec<_>>()));
    }
    if let Some(potential) = &results.potential {
        columns.extend([float("ltv_current", current), float("ltv_potential", potential)]);
    }
    columns.extend(results.cohorts.iter().map(|cohorts| strings("cohort", cohorts)));
    Ok(DataFrame::new(results.customers.len(), columns)?)
}

fn parts(results: &EquityResults) -> Result<DataFrame, ExampleError> {
    let rows = &results.parts;
    let text = |of: fn(&super::PartRow) -> String| rows.iter().map(of).collect::<Vec<_>>();
    let numbers = |of: fn(&super::PartRow) -> f64| rows.iter().map(of).collect::<Vec<_>>();
    let columns = vec![
        strings("by", &text(|part| part.by.to_owned())),
        strings("part", &text(|part| part.name.clone())),
        whole("customers", rows.iter().map(|part| part.customers)),
        float("current", &numbers(|part| part.current)),
        float("potential", &numbers(|part| part.potential)),
        float("equity", &numbers(|part| part.range.value())),
        float("low", &numbers(|part| part.range.low())),
        float("high", &numbers(|part| part.range.high())),
        strings("covers", &text(|part| part.range.covers().to_string())),
    ];
    Ok(DataFrame::new(rows.len(), columns)?)
}

fn tornado(results: &EquityResults) -> Result<DataFrame, ExampleError> {
    let rows = &results.levers.tornado.rows;
    let text = |of: fn(&emptor::value::equity::TornadoRow) -> String| rows.iter().map(of).collect::<Vec<_>>();
    let numbers = |of: fn(&emptor::value::equity::TornadoRow) -> f64| rows.iter().map(of).collect::<Vec<_>>();
    let columns = vec![
        strings("lever", &text(|row| row.lever.to_string())),
        strings("low", &text(|row| row.low.clone())),
        strings("high", &text(|row| row.high.clone())),
        float("static_low", &numbers(|row| row.static_low)),
        float("static_high", &numbers(|row| row.static_high)),
        float("dynamic_low", &numbers(|row| row.dynamic_low)),
        float("dynamic_high", &numbers(|row| row.dynamic_high)),
        float("swing", &numbers(|row| row.swing)),
    ];
    Ok(DataFrame::new(rows.len(), columns)?)
}

fn grid(results: &EquityResults) -> Result<DataFrame, ExampleError> {
    let rows = &results.levers.grid.rows;
    let numbers = |of: fn(&emptor::value::equity::GridRow) -> f64| rows.iter().map(of).collect::<Vec<_>>();
    let columns = vec![
        float("retention_change", &numbers(|row| row.x_number)),
        float("discount_rate_per_period", &numbers(|row| row.y_number)),
        float("static_equity", &numbers(|row| row.static_equity)),
        float("future", &numbers(|row| row.future)),
        float("dynamic", &numbers(|row| row.dynamic)),
    ];
    Ok(DataFrame::new(rows.len(), columns)?)
}

fn bridge(results: &EquityResults) -> Result<DataFrame, ExampleError> {
    let terms = results.bridge.as_ref().map(super::Bridge::terms).unwrap_or_default();
    let names: Vec<String> = terms.iter().map(|(name, ..)| name.clone()).collect();
    let amounts: Vec<f64> = terms.iter().map(|(.., amount)| *amount).collect();
    let customers = whole("customers", terms.iter().map(|(_, n, _)| *n));
    Ok(DataFrame::new(terms.len(), vec![strings("term", &names), customers, float("amount", &amounts)])?)
}

/// The curve of value to come.
fn whale(results: &EquityResults) -> Result<DataFrame, ExampleError> {
    let points = match results.concentration.last() {
        Some(spread) => spread.curve.thinned(POINTS)?,
        None => Vec::new(),
    };
    let share: Vec<Option<f64>> = points.iter().map(|point| point.share_of_total).collect();
    let columns = vec![
        whole("customers", points.iter().map(|point| point.customers)),
        float("share_of_customers", &points.iter().map(|p| p.share_of_customers).collect::<Vec<_>>()),
        float("cumulative", &points.iter().map(|p| p.cumulative).collect::<Vec<_>>()),
        Series::new("share_of_total".into(), share).into_column(),
    ];
    Ok(DataFrame::new(points.len(), columns)?)
}

fn concentration(results: &EquityResults) -> Result<DataFrame, ExampleError> {
    let rows = &results.concentration;
    let mut top = Vec::new();
    let mut reach = Vec::new();
    for spread in rows {
        top.push(spread.curve.top(0.2)?.share_of_total);
        reach.push(spread.curve.reach(0.8)?.customers.map(|n| n as u64));
    }
    let summaries: Vec<_> = rows.iter().map(|spread| spread.curve.summary()).collect();
    let columns = vec![
        strings("amount", &rows.iter().map(|spread| spread.name.clone()).collect::<Vec<_>>()),
        whole("customers", summaries.iter().map(|s| s.customers)),
        float("total", &summaries.iter().map(|s| s.total).collect::<Vec<_>>()),
        Series::new("best_20_percent_hold".into(), top).into_column(),
        Series::new("customers_with_80_percent".into(), reach).into_column(),
        Series::new("gini".into(), rows.iter().map(|spread| spread.gini).collect::<Vec<_>>()).into_column(),
        float("peak", &summaries.iter().map(|s| s.peak).collect::<Vec<_>>()),
        whole("customers_at_peak", summaries.iter().map(|s| s.customers_at_peak)),
        whole("loss_makers", summaries.iter().map(|s| s.loss_making)),
        float("lost", &summaries.iter().map(|s| s.lost).collect::<Vec<_>>()),
    ];
    Ok(DataFrame::new(rows.len(), columns)?)
}

fn whole(name: &str, values: impl Iterator<Item = usize>) -> Column {
    Series::new(name.into(), values.map(|n| n as u64).collect::<Vec<_>>()).into_column()
}

fn float(name: &str, values: &[f64]) -> Column {
    Series::new(name.into(), values).into_column()
}

fn strings(name: &str, values: &[String]) -> Column {
    Series::new(name.into(), values).into_column()
}
