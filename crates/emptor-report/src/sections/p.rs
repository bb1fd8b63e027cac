//! What the sections of the seven Ps have in common.

use emptor_core::profile::{Finding, Gap, P, Section};

use super::Made;
use crate::block::{Block, Part};
use crate::error::ReportError;
use crate::grid::{Grid, Pick};
use crate::material::Material;
use crate::words::{Words, many};

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
        None => part = part.finding("The tables that came in do not allow a finding here."),
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

/// What could not be computed, and what would fill it.
pub(super) fn missing(gaps: &[Gap]) -> Option<Block> {
    let items: Vec<String> = gaps
        .iter()
        .map(|gap| {
            let needs: Vec<String> = gap.needs.iter().map(ToString::to_string).collect();
            let needs = if needs.is_empty() { String::new() } else { format!(" Needs {}.", needs.join(", ")) };
            format!("{}: {}{needs}", gap.analysis.replace('_', " "), gap.reason)
        })
        .collect();
    let title = format!("What is missing: {}", many(items.len(), "analysis").replace("analysiss", "analyses"));
    (!items.is_empty()).then_some(Block::List { title, items })
}

/// A period by its first day, as short as it can be: `2024-03` for a day that begins a month.
pub(super) fn period(day: &str) -> String {
    day.strip_suffix("-01").filter(|month| month.len() == 7).unwrap_or(day).to_owned()
}

/// Values in which what is not known counts as nothing, for stacks.
pub(super) fn known(values: &[f64]) -> Vec<f64> {
    values.iter().map(|value| if value.is_finite() { *value } else { 0.0 }).collect()
}
