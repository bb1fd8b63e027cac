//! The page.

use emptor_chart::{Chart, STYLE, escape};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{Environment, Error, context};

use crate::block::{Block, Part, Term};
use crate::error::ReportError;
use crate::grid::{Grid, Heading};
use crate::report::Report;
use crate::words::count;

const PAGE: &str = include_str!("page.html");
const STYLE_OF_PAGE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Rows of the table behind a chart at most. A scatter of thousands of points is for looking; its numbers are in the
/// tables of results.
const MOST_NUMBERS: usize = 200;

pub(crate) fn html(report: &Report) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    // One function for every text that comes from data, in a picture or beside it: it also takes out the marks that turn
    // the direction of writing, which a name could otherwise turn the sentence around it with.
    environment.set_formatter(|out, _, value| {
        if value.is_safe() {
            write!(out, "{value}")?;
        } else if !value.is_undefined() && !value.is_none() {
            // A line does not end between a number and its per cent sign.
            write!(out, "{}", escape(&value.to_string()).replace(" %", "\u{a0}%"))?;
        }
        Ok::<(), Error>(())
    });
    environment.add_template("page.html", PAGE)?;
    let parts = report.parts.iter().map(part).collect::<Result<Vec<Value>, ReportError>>()?;
    let provenance: Vec<Value> = report
        .provenance
        .iter()
        .map(|(name, value)| context! { name => name.as_str(), value => value.as_str() })
        .collect();
    Ok(environment.get_template("page.html")?.render(context! {
        title => report.title.as_str(),
        chart_style => Value::from_safe_string(STYLE.clone()),
        style => Value::from_safe_string(tight(STYLE_OF_PAGE)),
        script => Value::from_safe_string(tight(SCRIPT)),
        parts => parts,
        provenance => provenance,
        version => env!("CARGO_PKG_VERSION"),
    })?)
}

/// Lines without their indentation.
fn tight(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

fn part(part: &Part) -> Result<Value, ReportError> {
    // Charts that follow one another may stand side by side, and so may lists.
    let groups = part.blocks.chunk_by(|a, b| {
        matches!((a, b), (Block::Chart { .. }, Block::Chart { .. }) | (Block::List { .. }, Block::List { .. }))
    });
    let blocks = groups.map(blocks).collect::<Result<Vec<Vec<Value>>, ReportError>>()?.concat();
    Ok(context! {
        id => part.id,
        title => part.title.as_str(),
        finding => part.finding.as_str(),
        caveat => part.caveat.as_str(),
        blocks => blocks,
    })
}

/// Charts or lists as one block, or a block of another kind.
fn blocks(group: &[Block]) -> Result<Vec<Value>, ReportError> {
    let mut charts = Vec::new();
    let mut lists = Vec::new();
    let mut others = Vec::new();
    for block in group {
        match block {
            Block::Chart { name, chart: drawing } => charts.push(chart(name, drawing.as_ref())?),
            Block::Facts(facts) => {
                let facts: Vec<Value> = facts
                    .iter()
                    .map(|fact| context! { name => fact.name.as_str(), value => fact.value.as_str(), note => fact.note.as_str() })
                    .collect();
                others.push(context! { kind => "facts", facts => facts });
            }
            Block::Table(grid) => others.push(table(grid)),
            Block::Note(text) => others.push(context! { kind => "note", text => text.as_str() }),
            Block::List { title, items } => {
                lists.push(context! { title => title.as_str(), items => items.clone() });
            }
            Block::Folded { title, items } => {
                others.push(context! { kind => "folded", title => title.as_str(), items => items.clone() });
            }
            Block::Terms(terms) => {
                let terms: Vec<Value> = terms.iter().map(term).collect();
                others.push(context! { kind => "terms", terms => terms });
            }
        }
    }
    if !charts.is_empty() {
        others.push(context! { kind => "charts", charts => charts });
    }
    if !lists.is_empty() {
        others.push(context! { kind => "lists", lists => lists });
    }
    Ok(others)
}

/// What marks the second of the two drawings of a chart, that for phones.
const NARROW: &str = "ec-narrow";

fn chart(name: &str, chart: &dyn Chart) -> Result<Value, ReportError> {
    let drawn = chart.inline(&format!("chart-{name}"));
    let svg = drawn.map_err(|error| ReportError::Chart { name: name.to_owned(), error })?;
    // Names that are cut on a phone alone have room on paper, where nobody can point at them: see the style for print.
    let (wide, narrow) = svg.split_once(NARROW).unwrap_or((&svg, ""));
    let needs_width = narrow.contains('…') && !wide.contains('…');
    let caption = chart.caption();
    let mut data = chart.data();
    let all = data.rows.len();
    data.rows.truncate(MOST_NUMBERS);
    let headings: Vec<Value> = (0_usize..)
        .zip(&data.headings)
        .map(|(place, heading)| {
            context! { name => heading.as_str(), class => class(false, place, &data.rows) }
        })
        .collect();
    Ok(context! {
        name => name,
        title => caption.title.as_str(),
        subtitle => caption.subtitle.as_str(),
        finding => caption.finding.as_str(),
        note => caption.note.as_str(),
        needs_width => needs_width,
        svg => Value::from_safe_string(svg),
        headings => headings,
        cut => cut(data.rows.len(), all),
        rows => data.rows,
    })
}

/// How a column is set: `n` for numbers, `d` for days, which are not broken into lines.
fn class(is_number: bool, column: usize, rows: &[Vec<String>]) -> &'static str {
    let known = || {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.trim());
        cells.filter(|cell| !matches!(*cell, "" | "–" | "—"))
    };
    if known().next().is_some() && known().all(is_day) {
        "d"
    } else if is_number || (known().next().is_some() && known().all(is_figure)) {
        "n"
    } else {
        ""
    }
}

/// `2024-01-31` or `2024-01`.
fn is_day(cell: &str) -> bool {
    matches!(cell.len(), 7 | 10)
        && cell
            .bytes()
            .enumerate()
            .all(|(place, byte)| if matches!(place, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() })
}

/// A number as one writes it: `€1.2M`, `−12.5 %`, `3,402`, `CNY 20k`, but not `Q1` or `3 shops`.
fn is_figure(cell: &str) -> bool {
    let last = cell.trim_end_matches(['%', 'k', 'K', 'M', 'B', 'T', '万', '亿', ' ', '\u{a0}', '\u{202f}']);
    let first = last.trim_start_matches(|c: char| !c.is_ascii_digit() && c != '.');
    let sign = &last[..last.len() - first.len()];
    let figures = |c: char| c.is_ascii_digit() || matches!(c, ',' | '.');
    let is_sign = sign.chars().count() <= 5 && (sign.chars().filter(char::is_ascii_alphabetic).count() != 1);
    !first.is_empty() && first.chars().all(figures) && is_sign
}

fn table(grid: &Grid) -> Value {
    let headings: Vec<Value> = (0_usize..)
        .zip(&grid.headings)
        .map(|(place, heading)| context! { name => heading.name.as_str(), class => class(heading.is_number, place, &grid.rows) })
        .collect();
    let explained = |heading: &&Heading| !heading.meaning.is_empty();
    let meanings: Vec<Value> = grid
        .headings
        .iter()
        .filter(explained)
        .map(|heading| context! { name => heading.name.as_str(), meaning => heading.meaning.as_str() })
        .collect();
    context! {
        kind => "table",
        title => grid.title.as_str(),
        about => grid.about.as_str(),
        headings => headings,
        rows => grid.rows.clone(),
        cut => cut(grid.rows.len(), grid.all_rows),
        notes => grid.notes.clone(),
        meanings => meanings,
    }
}

fn cut(shown: usize, all: usize) -> Option<String> {
    (shown < all).then(|| format!("{} of {} rows are shown.", count(shown), count(all)))
}

fn term(term: &Term) -> Value {
    context! {
        name => term.name,
        meaning => term.meaning,
        formula => term.formula,
        source => term.source,
    }
}
