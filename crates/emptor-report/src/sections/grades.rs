//! Grades: the ladder, what makes them, and who moved.

use emptor_chart::{Heatmap, Shares, Unit};
use emptor_core::analysis::AnalysisResults;
use emptor_types::Date;
use polars::prelude::DataFrame;
use std::collections::{BTreeSet, HashMap};

use super::Made;
use crate::block::{Block, Part};
use crate::error::ReportError;
use crate::grid::Grid;
use crate::material::Material;
use crate::read::{numbers, texts};
use crate::words::{UNKNOWN, Words, count, many, percent};

/// The four kinds of information, as columns.
const SCORES: [(&str, &str); 4] = [
    ("score_service_value", "service value"),
    ("score_product_value", "product value"),
    ("score_image", "image"),
    ("score_past_sales", "past sales"),
];
/// What customers without a grade are called.
const NONE: &str = "none";

pub(super) fn part(material: &Material<'_>, words: &Words) -> Made {
    let Some(analysis) = material.analysis else { return Ok(None) };
    let Some(best) = analysis.grades.iter().find(|row| row.grade.is_some()) else { return Ok(None) };
    let name = best.grade.map(|grade| grade.to_string()).unwrap_or_default();
    let held =
        best.equity_share.map_or_else(String::new, |share| format!(" and hold {} of the equity", percent(share)));
    let mut part = Part::new("grades", "Grades").finding(format!(
        "{} of the customers are {name}{held}; one of them is worth {} on average.",
        percent(best.customer_share),
        words.money(best.mean_value)
    ));
    let summary = analysis.models.grader.summary();
    part = part.caveat(format!(
        "Grades come from k-means on scores of four kinds of information; {} of {} starts found this solution. They say who \
         is alike, not who is good.",
        summary.starts_agreeing, summary.starts
    ));
    part.push(Block::chart("grades-ladder", ladder(analysis)));
    part.push(profile(&analysis.customers));
    match material.earlier {
        Some((day, Ok(earlier))) => part.push(moves(day, earlier, analysis).map_err(ReportError::from)?),
        Some((day, Err(why))) => part.push(Block::Note(format!("Nobody has a grade of {day} to compare with: {why}."))),
        None => {}
    }
    part.push(Block::Table(table(analysis, words)));
    Ok(Some(part))
}

fn label(grade: Option<impl ToString>) -> String {
    grade.map_or_else(|| NONE.to_owned(), |grade| grade.to_string())
}

fn ladder(analysis: &AnalysisResults) -> Shares {
    let names: Vec<String> = analysis.grades.iter().map(|row| label(row.grade)).collect();
    let customers: Vec<f64> = analysis.grades.iter().map(|row| row.customers as f64).collect();
    let spend = of_grade(&analysis.customers, &names, "spend");
    let equity: Vec<f64> = analysis.grades.iter().map(|row| row.equity.max(0.0)).collect();
    let mut chart = Shares::new("The grade ladder", &names)
        .subtitle("Share of each grade in customers, in past spend and in customer equity")
        .whole("Customers", &customers);
    if spend.iter().sum::<f64>() > 0.0 {
        chart = chart.whole("Past spend", &spend);
    }
    if equity.iter().sum::<f64>() > 0.0 {
        chart = chart.whole("Equity", &equity);
    }
    let finding: Vec<String> = analysis
        .grades
        .iter()
        .map(|row| format!("{}: {} of the customers", label(row.grade), percent(row.customer_share)))
        .collect();
    chart.finding(finding.join(", ") + ".")
}

/// The sum of a column over each grade, never below nought.
fn of_grade(customers: &DataFrame, names: &[String], column: &str) -> Vec<f64> {
    let mut sums = vec![0.0; names.len()];
    for (grade, value) in texts(customers, "grade").iter().zip(numbers(customers, column)) {
        let grade = if grade.is_empty() { NONE } else { grade };
        if let Some(at) = names.iter().position(|name| name == grade).filter(|_| value.is_finite()) {
            sums[at] += value;
        }
    }
    sums.into_iter().map(|sum: f64| sum.max(0.0)).collect()
}

/// The mean score of each grade in each kind of information.
fn profile(customers: &DataFrame) -> Option<Block> {
    let grades = texts(customers, "grade");
    let names: Vec<&String> =
        grades.iter().filter(|grade| !grade.is_empty()).collect::<BTreeSet<_>>().into_iter().collect();
    let columns: Vec<(&str, Vec<f64>)> = SCORES
        .iter()
        .map(|(column, name)| (*name, numbers(customers, column)))
        .filter(|(_, values)| values.iter().any(|value| value.is_finite()))
        .collect();
    if names.is_empty() || columns.is_empty() {
        return None;
    }
    let mean = |grade: &String, values: &[f64]| {
        let (sum, n) = grades
            .iter()
            .zip(values)
            .filter(|(own, value)| *own == grade && value.is_finite())
            .fold((0.0, 0.0), |(sum, n), (_, value)| (sum + value, n + 1.0));
        if n > 0.0 { sum / n } else { f64::NAN }
    };
    let cells: Vec<Vec<f64>> =
        names.iter().map(|grade| columns.iter().map(|(_, values)| mean(grade, values)).collect()).collect();
    let kinds: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let chart = Heatmap::new("What makes the grades", Unit::number(), &names, &kinds)
        .cells(&cells)
        .names("Grade", "Kind of information")
        .around(0.0)
        .subtitle("Mean score of the customers of a grade, in robust standard deviations from the usual customer")
        .finding(format!("The grades differ by {}.", kinds.join(", ")));
    Some(Block::chart("grades-profile", chart))
}

/// Who moved between two days; the rows are the earlier grades.
fn moves(day: Date, earlier: &DataFrame, now: &AnalysisResults) -> Result<Option<Block>, polars::prelude::PolarsError> {
    let by_id = |customers: &DataFrame| -> Vec<(String, String)> {
        let grades =
            texts(customers, "grade").into_iter().map(|grade| if grade.is_empty() { NONE.to_owned() } else { grade });
        texts(customers, "customer_id").into_iter().zip(grades).collect()
    };
    let before: HashMap<String, String> = by_id(earlier).into_iter().collect();
    let today = by_id(&now.customers);
    let mut states: Vec<String> = before
        .values()
        .chain(today.iter().map(|(_, grade)| grade))
        .cloned()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    states.sort_by_key(|state| (state == NONE, state.clone()));
    let place: HashMap<String, usize> = states.iter().enumerate().map(|(at, state)| (state.clone(), at)).collect();
    let mut counts = vec![vec![0.0; states.len()]; states.len() + 1];
    for (id, grade) in &today {
        let row = before.get(id).map_or(states.len(), |grade| place[grade]);
        counts[row][place[grade]] += 1.0;
    }
    let mut rows: Vec<String> = states.clone();
    rows.push("new since".to_owned());
    let sizes: Vec<f64> = counts.iter().map(|row| row.iter().sum()).collect();
    let cells: Vec<Vec<f64>> = counts
        .iter()
        .zip(&sizes)
        .map(|(row, size)| row.iter().map(|n| if *size > 0.0 { n / size } else { f64::NAN }).collect())
        .collect();
    let known: f64 = sizes.iter().take(states.len()).sum();
    let (Some(top), true) = (counts.first(), known > 0.0) else { return Ok(None) };
    let (size, best) = (sizes[0], &states[0]);
    let finding = if size > 0.0 {
        let (then, fallen) = (many(size as usize, "customer"), count((size - top[0]) as usize));
        format!("Of {then} that were {best} on {day}, {fallen} are so no more.")
    } else {
        let risen: f64 = counts.iter().map(|row| row[0]).sum();
        format!("Nobody was {best} on {day}; {} are so today.", count(risen as usize))
    };
    let chart = Heatmap::new("Who moved between grades", Unit::percent(), &rows, &states)
        .cells(&cells)
        .sizes("customers", &sizes)
        .names("Then", format!("Grade on {}", now.as_of))
        .subtitle(format!("Share of the customers of each grade of {} by their grade of {}", day, now.as_of))
        .finding(finding)
        .note("Both days are graded by the grader of today: whoever moves has changed, and not the standard.");
    Ok(Some(Block::chart("grades-moves", chart)))
}

fn table(analysis: &AnalysisResults, words: &Words) -> Grid {
    let numbers = ["customers", "share of customers", "mean value", "equity", "from", "to", "share of equity"];
    let mut grid = Grid::new("Grades", &["grade"], &numbers);
    for row in &analysis.grades {
        let end = |end: Option<f64>| end.map_or_else(|| UNKNOWN.to_owned(), |end| words.money(end));
        grid.row([
            label(row.grade),
            count(row.customers),
            percent(row.customer_share),
            words.money(row.mean_value),
            words.money(row.equity),
            end(row.range.as_ref().map(|range| range.low())),
            end(row.range.as_ref().map(|range| range.high())),
            row.equity_share.map_or_else(|| UNKNOWN.to_owned(), percent),
        ]);
    }
    grid
}
