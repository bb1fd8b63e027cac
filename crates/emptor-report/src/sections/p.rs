//! What the sections of the seven Ps have in common.

use emptor_core::profile::{Finding, Gap, P, Section};

use super::Made;
use super::frames::capital;
use crate::block::{Block, Part};
use crate::error::ReportError;
use crate::grid::{Grid, Pick};
use crate::material::Material;
use crate::words::{Words, count};

/// Tables whose findings stand in the section of forecasts.
pub(super) const FORECASTS: [&str; 3] = ["sales_forecast", "customer_forecast", "pipeline_forecast"];

/// The section of a P: its weightiest findings, charts, tables, and what is missing.
pub(super) fn part(
    id: &'static str,
    p: P,
    material: &Material<'_>,
    words: &Words,
    charts: fn(&Section, &Words) -> Vec<Block>,
    tables: &[(&str, Pick<'_>)],
) -> Made {
    let Some(section) = material.seven_p.and_then(|results| results.seven_p.section(p)) else { return Ok(None) };
    let mut part = Part::new(id, p.name());
    let is_here = |finding: &&Finding| !FORECASTS.contains(&finding.table);
    let findings: Vec<&Finding> = section.top_findings(usize::MAX).into_iter().filter(is_here).take(4).collect();
    match findings.split_first() {
        Some((first, others)) => {
            part = part.finding(&first.headline).caveat(first.caveat.as_deref().unwrap_or_default());
            let items: Vec<String> = others
                .iter()
                .map(|finding| [finding.headline.as_str(), finding.caveat.as_deref().unwrap_or_default()].join(" "))
                .map(|item| item.trim().to_owned())
                .collect();
            if !items.is_empty() {
                part.push(Block::List { title: "More findings".to_owned(), items });
            }
        }
        None => part = part.finding(nothing_found(&section.gaps)),
    }
    part.blocks.extend(charts(section, words));
    for (name, pick) in tables {
        if let Some(table) = section.table(name).filter(|table| table.frame.height() > 0) {
            part.push(Block::Table(Grid::of(table, *pick, words).map_err(ReportError::from)?));
        }
    }
    part.push(missing(&section.gaps));
    Ok(Some(part))
}

/// What a section without a finding would need for one.
fn nothing_found(gaps: &[Gap]) -> String {
    let mut needs: Vec<String> = Vec::new();
    for need in gaps.iter().flat_map(|gap| &gap.needs).map(ToString::to_string) {
        if !needs.contains(&need) {
            needs.push(need);
        }
    }
    let nothing = "The tables that came in do not allow a finding here";
    match needs.as_slice() {
        [] => format!("{nothing}."),
        [one] => format!("{nothing}: it would need {one}."),
        [first, second] => format!("{nothing}: it would need {first} and {second}."),
        [first, second, others @ ..] => {
            format!("{nothing}: it would need {first}, {second} or {} more, as listed below.", count(others.len()))
        }
    }
}

/// What could not be computed, and what would fill it. Analyses that want for the same stand in one line.
pub(super) fn missing(gaps: &[Gap]) -> Option<Block> {
    let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
    for gap in gaps {
        let needs: Vec<String> = gap.needs.iter().map(ToString::to_string).collect();
        let needs = if needs.is_empty() { String::new() } else { format!(" Needs {}.", needs.join(", ")) };
        let (reason, name) = (format!("{}{needs}", gap.reason), analysis(gap.analysis));
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, names)) => names.push(name),
            None => reasons.push((reason, vec![name])),
        }
    }
    let items: Vec<String> =
        reasons.into_iter().map(|(reason, names)| format!("{}: {reason}", capital(&names.join(", ")))).collect();
    let title = match gaps.len() {
        1 => "What is missing: 1 analysis".to_owned(),
        n => format!("What is missing: {} analyses", count(n)),
    };
    (!items.is_empty()).then_some(Block::Folded { title, items })
}

/// An analysis by its table, without the shorthand of names of tables.
pub(super) fn analysis(name: &str) -> String {
    let words = name.split(['_', ' ']).map(|word| {
        let (word, column) = word.split_once('.').map_or((word, ""), |(word, column)| (word, column));
        let word = match word {
            "acq" => "acquisition",
            "assoc" => "association",
            "cube" => "by segments",
            "kpi" => "figures",
            "perf" => "performance",
            "rep" => "representative",
            "s" => "S",
            other => other,
        };
        if column.is_empty() { word.to_owned() } else { format!("{word}, {column}") }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A period by its first day, as short as it can be: `2024-03` for a day that begins a month.
pub(super) fn period(day: &str) -> String {
    day.strip_suffix("-01").filter(|month| month.len() == 7).unwrap_or(day).to_owned()
}

/// Values in which what is not known counts as nothing, for stacks.
pub(super) fn known(values: &[f64]) -> Vec<f64> {
    values.iter().map(|value| if value.is_finite() { *value } else { 0.0 }).collect()
}
