//! The Ps in words: one screen each.

use std::fmt::Write as _;

use emptor::analysis::{SevenPResults, answers};
use emptor::polars::prelude::{AnyValue, DataFrame};
use emptor::profile::{P, ResultTable, Section, Window};

use crate::ExampleError;
use crate::text::{count, table, whole};

/// Findings shown of each P.
const FINDINGS: usize = 3;
/// Gaps shown of each P.
const GAPS: usize = 3;
/// Rows shown of a table.
const ROWS: usize = 12;
/// Width of a line of text.
const WIDTH: usize = 110;

/// What every P found, and what is missing.
#[must_use]
pub fn seven_p_report(results: &SevenPResults, window: &Window) -> String {
    let mut text = format!("The seven Ps, {} to {}, by {}\n", window.from(), window.as_of(), window.grain());
    for section in &results.seven_p.sections {
        text += &one_p(section);
    }
    for gap in &results.gaps {
        text += &wrapped("  missing: ", &format!("{}: {}", gap.analysis, gap.reason));
    }
    text
}

fn one_p(section: &Section) -> String {
    let mut text = format!("\n{}: {}\n", section.p.name().to_uppercase(), about(section.p));
    for finding in section.top_findings(FINDINGS) {
        text += &wrapped("  • ", &finding.headline);
        if let Some(caveat) = &finding.caveat {
            text += &wrapped("      but: ", caveat);
        }
    }
    if section.findings.is_empty() {
        text += if section.tables.is_empty() { "  not computed, for want of data\n" } else { "  nothing stands out\n" };
    }
    let tables: Vec<String> =
        section.tables.iter().map(|table| format!("{} ({})", table.name, count(table.frame.height()))).collect();
    if !tables.is_empty() {
        text += &wrapped("  tables: ", &tables.join(", "));
    }
    for gap in section.gaps.iter().take(GAPS) {
        let needs: Vec<String> = gap.needs.iter().map(ToString::to_string).collect();
        let needs = if needs.is_empty() { String::new() } else { format!(" (needs {})", needs.join(", ")) };
        text += &wrapped("  missing: ", &format!("{}{needs}: {}", gap.analysis, gap.reason));
    }
    if let Some(more) = section.gaps.len().checked_sub(GAPS).filter(|more| *more > 0) {
        let _ = writeln!(text, "  missing: {more} more, which --out lists in gaps.csv");
    }
    text
}

fn about(p: P) -> &'static str {
    match p {
        P::Profiling => "who are they?",
        P::Persistency => "do they stay?",
        P::Profitability => "what do they earn us?",
        P::Performance => "what was sold?",
        P::Prospecting => "who comes next, and at what cost?",
        P::Product => "what goes with what?",
        P::Promotion => "did campaigns pay?",
        _ => "in which stage are relationships?",
    }
}

/// The answers to the ten questions.
///
/// # Errors
/// If the data-frame engine fails.
pub fn questions(results: &SevenPResults) -> Result<String, ExampleError> {
    let mut text = String::new();
    for answer in answers(results)? {
        let _ = writeln!(text, "\n{}. {}", answer.number, answer.question);
        text += &wrapped("   ", &answer.headline);
        for detail in &answer.details {
            text += &wrapped("   also: ", detail);
        }
        for assumption in &answer.assumptions {
            text += &wrapped("   given: ", assumption);
        }
        for caveat in &answer.caveats {
            text += &wrapped("   but: ", caveat);
        }
        let named = answer.own_table.as_ref().map(|table| table.name).or(answer.table);
        if let Some(name) = named {
            let _ = writeln!(text, "   table: {name}");
        }
        text += &wrapped("   next: ", answer.next_check);
        if let Some(own) = &answer.own_table {
            text += &rows(&own.frame, 5);
        }
    }
    Ok(text)
}

/// The first rows of a table, and what its columns mean.
///
/// # Errors
/// If there is no such table.
pub fn one_table(results: &SevenPResults, name: &str) -> Result<String, ExampleError> {
    let Some(found) = results.seven_p.table(name) else {
        let names: Vec<&str> =
            results.seven_p.sections.iter().flat_map(|section| section.tables.iter().map(|table| table.name)).collect();
        return Err(ExampleError::NoTable { name: name.to_owned(), tables: names.join(", ") });
    };
    let ResultTable { about, frame, columns, coverage, flags, .. } = found;
    let mut text = format!("{name}: {about}\n{} rows\n", count(frame.height()));
    if let Some(share) = coverage.and_then(|coverage| coverage.share()) {
        let _ = writeln!(text, "covers {:.1} % of its base", 100.0 * share);
    }
    for flag in flags {
        let _ = writeln!(text, "note: {flag}");
    }
    text += &rows(frame, ROWS);
    for column in columns {
        let unit = if column.unit.is_empty() { String::new() } else { format!(" [{}]", column.unit) };
        text += &wrapped("  ", &format!("{}{unit}: {}", column.name, column.meaning));
    }
    Ok(text)
}

fn rows(frame: &DataFrame, most: usize) -> String {
    let names: Vec<&str> = frame.get_column_names().into_iter().map(|name| name.as_str()).collect();
    let mut shown = table(&names, 0..0);
    for row in 0..frame.height().min(most) {
        shown.add_row(frame.columns().iter().map(|column| cell(column.get(row).unwrap_or(AnyValue::Null))));
    }
    format!("{shown}\n")
}

fn cell(value: AnyValue<'_>) -> String {
    match value {
        AnyValue::Null => "–".to_owned(),
        AnyValue::Float64(number) if number.abs() >= 1_000.0 => whole(number),
        AnyValue::Float64(number) => format!("{number:.3}"),
        AnyValue::String(text) => text.to_owned(),
        other => other.str_value().into_owned(),
    }
}

/// Text in lines of a readable width; those after the first are indented as far as the first begins.
fn wrapped(head: &str, text: &str) -> String {
    let indent = " ".repeat(head.chars().count());
    let (mut all, mut line) = (String::new(), head.to_owned());
    let mut is_empty = true;
    for word in text.split_whitespace() {
        if !is_empty && line.chars().count() + word.chars().count() >= WIDTH {
            all += line.trim_end();
            all.push('\n');
            (line, is_empty) = (indent.clone(), true);
        }
        if !is_empty {
            line.push(' ');
        }
        line += word;
        is_empty = false;
    }
    all + line.trim_end() + "\n"
}
