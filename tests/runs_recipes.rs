//! The guide's recipes for databases and pandas, run as they stand there, and what comes out of them.
//!
//! Needs `python3` (another one by `EMPTOR_PYTHON`), and of the programs and modules what there is.

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::process::Command;

use emptor::polars::prelude::{
    CsvReadOptions, CsvWriter, DataFrame, DataType, IntoLazy, ParquetWriter, SerReader, SerWriter, col, lit,
};
use emptor::prelude::*;
use emptor_datasets::sample;

use crate::real_data::date;

type Outcome = Result<(), Box<dyn Error>>;

/// The sales of the sample by customer, as text, and day, without returns.
fn orders() -> Result<DataFrame, Box<dyn Error>> {
    let columns =
        [col("customer_id").cast(DataType::String), col("date").alias("ordered_on"), col("amount").alias("net")];
    Ok(sample::transactions()?.lines().filter(col("amount").gt(lit(0.0))).select(columns).collect()?)
}

fn table(columns: TransactionColumns, file: &Path) -> Result<Transactions, Box<dyn Error>> {
    Ok(Transactions::scan(Source::file(file)?, &columns)?)
}

/// Money, lines and days agree with those of the orders.
fn agrees(name: &str, read: &Transactions, orders: &Transactions) {
    let facts = |table: &Transactions| (table.quality().accepted, table.quality().days);
    assert_eq!(facts(read), facts(orders), "{name}");
    let money = |table: &Transactions| PurchaseLedger::collect(table).unwrap().money();
    assert!((money(read) - money(orders)).abs() <= 1e-9 * money(orders), "{name}");
}

#[test]
fn recipes_of_the_guide_give_what_they_promise() -> Outcome {
    let python = std::env::var("EMPTOR_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    if Command::new(&python).arg("--version").output().is_err() {
        eprintln!("skipped: there is no {python}");
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let path = folder.path();
    let mut frame = orders()?;
    CsvWriter::new(std::fs::File::create(path.join("orders.csv"))?).finish(&mut frame)?;
    ParquetWriter::new(std::fs::File::create(path.join("customers.parquet"))?).finish(&mut frame)?;
    let own = table(TransactionColumns::new("customer_id", "ordered_on").amount("net"), &path.join("orders.csv"))?;

    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let guide = format!("{root}/crates/emptor/guide/embedding.md");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/sql/recipes.py");
    let output = Command::new(&python).arg(script).arg(guide).arg(path).output()?;
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    eprint!("{said}");
    assert!(output.status.success(), "{said}");

    for (name, file) in [
        ("postgresql", "orders.csv"),
        ("duckdb", "orders.parquet"),
        ("sqlite", "orders.csv"),
        ("pandas", "orders.parquet"),
    ] {
        let file = path.join(name).join(file);
        if file.exists() {
            agrees(name, &table(TransactionColumns::new("customer_id", "date").amount("amount"), &file)?, &own);
        }
    }
    for database in ["postgresql", "duckdb"] {
        let file = path.join("history").join(format!("{database}.csv"));
        if file.exists() {
            same_history(&file, &own)?;
        }
    }
    Ok(())
}

/// The columns that a database made of the orders are those of the library.
fn same_history(file: &Path, orders: &Transactions) -> Outcome {
    let options = CsvReadOptions::default().with_infer_schema_length(None);
    let found = options.try_into_reader_with_file_path(Some(file.to_owned()))?.finish()?;
    let found = found.lazy().with_columns([col("customer_id").cast(DataType::String)]).collect()?;
    let ids = found.column("customer_id")?.str()?;
    let rows: HashMap<&str, usize> = ids.iter().enumerate().filter_map(|(row, id)| Some((id?, row))).collect();
    let history = PurchaseHistory::summarize(orders, date("2024-12-31"), TimeUnit::Week)?.to_frame()?;
    assert_eq!(rows.len(), history.height());
    let names = history.column("customer_id")?.cast(&DataType::String)?;
    for column in ["frequency", "recency", "T", "monetary_value"] {
        let of = |frame: &DataFrame| -> Result<Vec<Option<f64>>, Box<dyn Error>> {
            let doubles = frame.column(column)?.cast(&DataType::Float64)?;
            Ok(doubles.f64()?.iter().map(|value| value.filter(|value| !value.is_nan())).collect())
        };
        let (ours, theirs) = (of(&history)?, of(&found)?);
        for (name, ours) in names.str()?.iter().zip(ours) {
            let theirs = theirs[rows[name.ok_or("an id")?]];
            let near = match (ours, theirs) {
                (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(1.0),
                (None, None) => true,
                _ => false,
            };
            assert!(near, "{}: {column} of {name:?}: {theirs:?}, not {ours:?}", file.display());
        }
    }
    Ok(())
}
