//! The Ps in words: one screen each.

use std::fmt::Write as _;

use emptor::analysis::{SevenPResults, answers};
use emptor::polars::prelude::{AnyValue, Column, DataFrame};
use emptor::profile::{P, ResultTable, Section, Window};

use crate::ExampleError;
use crate::text::{count, short, table, whole, wrapped};

/// Findings shown of each P.
const FINDINGS: usize = 3;
/// Gaps shown of each P.
const GAPS: usize = 3;
/// Rows shown of a table.
const ROWS: usize = 15;
/// Width of a table.
const SCREEN: usize = 118;
/// Letters of a cell.
const CELL: usize = 40;

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

/// What one P found, and the first rows of some of its tables.
#[must_use]
pub fn section_report(section: &Section, window: &Window, tables: &[&str]) -> String {
    let mut text = format!("{} to {}, by {}\n{}", window.from(), window.as_of(), window.grain(), one_p(section));
    for found in tables.iter().filter_map(|name| section.table(name)).filter(|found| found.frame.height() > 0) {
        text += &format!("\n{}", table_report(found));
    }
    text
}

/// The first rows of a table, and what it says.
#[must_use]
pub fn table_report(found: &ResultTable) -> String {
    let about = wrapped("", &format!("{}: {}", found.name, without_codes(found.about)));
    format!("{about}{}", rows(&found.frame, ROWS))
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
    let shown = section.tables.iter().filter(|table| table.frame.height() > 0);
    let tables: Vec<String> = shown.map(|table| format!("{} ({})", table.name, count(table.frame.height()))).collect();
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
    let ResultTable { about, frame, columns, coverage, .. } = found;
    let rows_are = if frame.height() == 1 { "row" } else { "rows" };
    let about = wrapped("", &format!("{name}: {}", without_codes(about)));
    let mut text = format!("{about}{} {rows_are}\n", count(frame.height()));
    if let Some(share) = coverage.and_then(|coverage| coverage.share()) {
        let _ = writeln!(text, "covers {:.1} % of its base", 100.0 * share);
    }
    for note in found.notes() {
        text += &wrapped("note: ", &note);
    }
    text += &rows(frame, ROWS);
    for column in columns {
        let unit = if column.unit.is_empty() { String::new() } else { format!(" [{}]", column.unit) };
        text += &wrapped("  ", &format!("{}{unit}: {}", column.name, without_codes(column.meaning)));
    }
    Ok(text)
}

/// The first rows, and as many of the columns as a screen holds.
fn rows(frame: &DataFrame, most: usize) -> String {
    let cells = |column: &Column| -> Vec<String> {
        (0..frame.height().min(most)).map(|row| cell(column.get(row).unwrap_or(AnyValue::Null))).collect()
    };
    let mut columns: Vec<(&str, Vec<String>)> = Vec::new();
    let mut width = 1;
    for column in frame.columns() {
        let (name, cells) = (column.name().as_str(), cells(column));
        width += 3 + cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0).max(name.len());
        if width > SCREEN {
            break;
        }
        columns.push((name, cells));
    }
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let mut shown = table(&names, 0..0);
    for row in 0..frame.height().min(most) {
        shown.add_row(columns.iter().map(|(_, cells)| cells[row].as_str()));
    }
    let more = match frame.width() - columns.len() {
        0 => String::new(),
        1 => "  and 1 more column, which --out writes\n".to_owned(),
        more => format!("  and {more} more columns, which --out writes\n"),
    };
    format!("{shown}\n{more}")
}

fn cell(value: AnyValue<'_>) -> String {
    match value {
        AnyValue::Null => "–".to_owned(),
        AnyValue::Float64(number) if number.abs() >= 1_000.0 => whole(number),
        AnyValue::Float64(number) => format!("{number:.3}"),
        AnyValue::String(text) => short(&without_codes(text), CELL),
        other => short(&other.str_value(), CELL),
    }
}

/// `(all)` for `__all__`: tables on disk tell such members from names that anybody could give.
fn without_codes(text: &str) -> String {
    let mut parts = text.split("__");
    let mut told = parts.next().unwrap_or_default().to_owned();
    while let Some(code) = parts.next() {
        match parts.next() {
            Some(rest) => told += &format!("({}){rest}", code.replace('_', " ")),
            None => told += &format!("__{code}"),
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use emptor::polars::df;

    use super::*;

    #[test]
    fn a_wide_table_fits_the_screen_and_says_what_is_left_out() -> Result<(), ExampleError> {
        let mut frame = df!("member" => ["__all__", "a b"])?;
        for place in 0..30 {
            let name = format!("a_column_{place}");
            frame.with_column(Column::new(name.into(), [1234.5_f64, 0.25]))?;
        }
        let text = rows(&frame, 5);
        assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
        assert!(text.contains("(all)") && text.contains("more columns"), "{text}");
        Ok(())
    }

    #[test]
    fn codes_are_told_in_words() {
        assert_eq!(without_codes("__never_bought__"), "(never bought)");
        assert_eq!(without_codes("the channel; `__total__` for all"), "the channel; `(total)` for all");
        assert_eq!(without_codes("a_b and c__d"), "a_b and c__d");
    }
}
