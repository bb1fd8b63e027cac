//! The page.

use emptor_chart::STYLE;
use minijinja::value::Value;
use minijinja::{Environment, context};

use crate::block::{Block, Part};
use crate::error::ReportError;
use crate::grid::Grid;
use crate::report::Report;

const PAGE: &str = include_str!("page.html");
const STYLE_OF_PAGE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

pub(crate) fn html(report: &Report) -> Result<String, ReportError> {
    let mut environment = Environment::new();
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
        style => Value::from_safe_string(STYLE_OF_PAGE.to_owned()),
        script => Value::from_safe_string(SCRIPT.to_owned()),
        parts => parts,
        provenance => provenance,
        version => env!("CARGO_PKG_VERSION"),
    })?)
}

fn part(part: &Part) -> Result<Value, ReportError> {
    let blocks = part.blocks.iter().map(block).collect::<Result<Vec<Value>, ReportError>>()?;
    Ok(context! {
        id => part.id,
        title => part.title.as_str(),
        finding => part.finding.as_str(),
        caveat => part.caveat.as_str(),
        blocks => blocks,
    })
}

fn block(block: &Block) -> Result<Value, ReportError> {
    Ok(match block {
        Block::Facts(facts) => {
            let facts: Vec<Value> = facts
                .iter()
                .map(|fact| context! { name => fact.name.as_str(), value => fact.value.as_str(), note => fact.note.as_str() })
                .collect();
            context! { kind => "facts", facts => facts }
        }
        Block::Chart { name, chart } => {
            let svg = chart
                .inline(&format!("chart-{name}"))
                .map_err(|error| ReportError::Chart { name: name.clone(), error })?;
            let caption = chart.caption();
            let data = chart.data();
            context! {
                kind => "chart",
                name => name.as_str(),
                title => caption.title.as_str(),
                subtitle => caption.subtitle.as_str(),
                finding => caption.finding.as_str(),
                note => caption.note.as_str(),
                svg => Value::from_safe_string(svg),
                headings => data.headings,
                rows => data.rows,
            }
        }
        Block::Table(grid) => table(grid),
        Block::Note(text) => context! { kind => "note", text => text.as_str() },
        Block::List { title, items } => context! { kind => "list", title => title.as_str(), items => items.clone() },
    })
}

fn table(grid: &Grid) -> Value {
    let headings: Vec<Value> = grid
        .headings
        .iter()
        .map(|heading| context! { name => heading.name.as_str(), meaning => heading.meaning.as_str(), is_number => heading.is_number })
        .collect();
    let cut = (grid.rows.len() < grid.all_rows).then(|| {
        format!("{} of {} rows are shown.", crate::words::count(grid.rows.len()), crate::words::count(grid.all_rows))
    });
    context! {
        kind => "table",
        title => grid.title.as_str(),
        about => grid.about.as_str(),
        headings => headings,
        rows => grid.rows.clone(),
        cut => cut,
        notes => grid.notes.clone(),
    }
}
