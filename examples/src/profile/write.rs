//! The tables of the Ps as files.

use std::path::Path;

use emptor::analysis::{SevenPResults, answers};
use emptor::polars::df;
use emptor::polars::prelude::{DataFrame, DataType, IntoLazy, col};

use emptor::profile::ResultTable;

use crate::ExampleError;
use crate::output::write_tables;

/// Writes every table as `name.csv`, `tables.csv` with what they cover and must be told of them, `columns.csv` with what the
/// columns mean, `findings.csv`, `gaps.csv` and `answers.csv`.
///
/// # Errors
/// If the folder or a file cannot be written.
pub fn write_profile(folder: &Path, results: &SevenPResults) -> Result<(), ExampleError> {
    let mut tables = Vec::new();
    let answers = answers(results)?;
    let own = answers.iter().filter_map(|answer| answer.own_table.as_ref());
    let all: Vec<&ResultTable> =
        results.seven_p.sections.iter().flat_map(|section| &section.tables).chain(own).collect();
    tables.push((
        "tables",
        df!(
            "table" => all.iter().map(|table| table.name).collect::<Vec<_>>(),
            "about" => all.iter().map(|table| table.about).collect::<Vec<_>>(),
            "rows" => all.iter().map(|table| table.frame.height() as u64).collect::<Vec<_>>(),
            "coverage" => all.iter().map(|table| table.coverage.and_then(|coverage| coverage.share())).collect::<Vec<_>>(),
            "flags" => all.iter().map(|table| table.flags.join("; ")).collect::<Vec<_>>(),
        )?,
    ));
    let (mut of, mut name, mut unit, mut meaning) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for table in all {
        tables.push((table.name, flat(&table.frame)?));
        for column in &table.columns {
            of.push(table.name);
            name.push(column.name);
            unit.push(column.unit);
            meaning.push(column.meaning);
        }
    }
    tables.push(("columns", df!("table" => of, "column" => name, "unit" => unit, "meaning" => meaning)?));
    let findings = results.seven_p.findings();
    tables.push((
        "findings",
        df!(
            "p" => findings.iter().map(|(p, _)| p.name()).collect::<Vec<_>>(),
            "weight" => findings.iter().map(|(_, finding)| finding.weight).collect::<Vec<_>>(),
            "finding" => findings.iter().map(|(_, finding)| finding.headline.clone()).collect::<Vec<_>>(),
            "caveat" => findings.iter().map(|(_, finding)| finding.caveat.clone()).collect::<Vec<_>>(),
            "table" => findings.iter().map(|(_, finding)| finding.table).collect::<Vec<_>>(),
        )?,
    ));
    let gaps = results.seven_p.gaps();
    let needs = gaps.iter().map(|(_, gap)| gap.needs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
    tables.push((
        "gaps",
        df!(
            "p" => gaps.iter().map(|(p, _)| p.name()).collect::<Vec<_>>(),
            "analysis" => gaps.iter().map(|(_, gap)| gap.analysis).collect::<Vec<_>>(),
            "needs" => needs.collect::<Vec<_>>(),
            "reason" => gaps.iter().map(|(_, gap)| gap.reason.clone()).collect::<Vec<_>>(),
        )?,
    ));
    tables.push((
        "answers",
        df!(
            "question" => answers.iter().map(|answer| answer.question).collect::<Vec<_>>(),
            "answer" => answers.iter().map(|answer| answer.headline.clone()).collect::<Vec<_>>(),
            "is_answered" => answers.iter().map(|answer| answer.is_answered).collect::<Vec<_>>(),
            "details" => answers.iter().map(|answer| answer.details.join(" ")).collect::<Vec<_>>(),
            "assumptions" => answers.iter().map(|answer| answer.assumptions.join("; ")).collect::<Vec<_>>(),
            "caveats" => answers.iter().map(|answer| answer.caveats.join(" ")).collect::<Vec<_>>(),
            "next" => answers.iter().map(|answer| answer.next_check).collect::<Vec<_>>(),
            "table" => answers.iter().map(|answer| answer.own_table.as_ref().map(|own| own.name).or(answer.table)).collect::<Vec<_>>(),
        )?,
    ));
    write_tables(folder, &tables)
}

/// Lists have no place in CSV: their members are joined.
fn flat(frame: &DataFrame) -> Result<DataFrame, ExampleError> {
    let joined = frame.columns().iter().filter(|column| matches!(column.dtype(), DataType::List(_)));
    let joined: Vec<_> = joined
        .map(|column| {
            col(column.name().clone())
                .list()
                .eval(emptor::polars::prelude::element().cast(DataType::String))
                .list()
                .join(emptor::polars::prelude::lit("; "), true)
        })
        .collect();
    Ok(if joined.is_empty() { frame.clone() } else { frame.clone().lazy().with_columns(joined).collect()? })
}
