//! The scoring query, run by the databases themselves.
//!
//! Needs `python3` (another one by `EMPTOR_PYTHON`), and of DuckDB's module for Python and PostgreSQL what there is.

use std::error::Error;
use std::path::Path;
use std::process::Command;

use emptor::polars::prelude::{CsvWriter, DataFrame, DataType, IntoLazy, SerWriter, col};
use emptor::prelude::*;
use emptor::types::sql::Dialect;
use emptor_datasets::sample;

use crate::consistency_scorer::{analysis, online_retail, sample_tables};
use crate::real_data::{cdnow_sample, date};

type Outcome = Result<(), Box<dyn Error>>;

fn write_csv(folder: &Path, name: &str, frame: &DataFrame) -> Outcome {
    let ids = [col("customer_id").cast(DataType::String)];
    let mut frame = frame.clone().lazy().with_columns(ids).collect()?;
    CsvWriter::new(std::fs::File::create(folder.join(name))?).finish(&mut frame)?;
    Ok(())
}

/// A base as the script reads it.
fn write(folder: &Path, name: &str, tables: &Tables, as_of: &str, model: PurchaseModelKind) -> Outcome {
    let folder = folder.join(name);
    std::fs::create_dir(&folder)?;
    let scorer = analysis(as_of, model)?.run(tables)?.scorer()?;
    let inputs = scorer.inputs(tables, date(as_of))?;
    let names: Vec<String> = inputs.get_column_names().iter().map(ToString::to_string).collect();
    std::fs::write(folder.join("columns.txt"), names.join("\n"))?;
    write_csv(&folder, "inputs.csv", &inputs)?;
    write_csv(&folder, "expected.csv", &scorer.score_frame(&inputs, "customer_id", TimeUnit::Week)?)?;
    for (dialect, file) in [(Dialect::DuckDb, "duckdb.sql"), (Dialect::PostgreSql, "postgresql.sql")] {
        std::fs::write(folder.join(file), scorer.sql(dialect, &["crm", "customers"])?)?;
    }
    let grader = scorer.grader();
    let conditions = grader.grades().map(|grade| Ok(format!("{grade}\n{}", grader.to_sql(grade)?)));
    std::fs::write(folder.join("grades.txt"), conditions.collect::<Result<Vec<_>, Box<dyn Error>>>()?.join("\n\n"))?;
    Ok(())
}

#[test]
fn databases_score_as_the_engine_does() -> Outcome {
    let python = std::env::var("EMPTOR_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    if Command::new(&python).arg("--version").output().is_err() {
        eprintln!("skipped: there is no {python}");
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let path = folder.path();
    write(path, "sample", &sample_tables()?, sample::AS_OF, PurchaseModelKind::BgNbd)?;
    write(path, "sample_regular", &sample_tables()?, sample::AS_OF, PurchaseModelKind::MbgCnbdK)?;
    if let Some(lines) = cdnow_sample() {
        write(path, "cdnow", &Tables::new(lines), "1998-06-30", PurchaseModelKind::BgNbd)?;
    }
    if let Some(tables) = online_retail()? {
        write(path, "online_retail", &tables, "2011-12-09", PurchaseModelKind::MbgNbd)?;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/sql/check.py");
    let output = Command::new(&python).arg(script).arg(path).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    eprint!("{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
