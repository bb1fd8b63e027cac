//! Where results go.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;

use emptor::polars::prelude::{Column, DataFrame, IntoLazy, ParquetWriter, col, lit, when};
use emptor::table::{CsvStyle, write_csv};
use emptor::types::Progress;

use crate::ExampleError;

/// The file of rows that were set aside.
pub(crate) const REJECTS: &str = "rejects.csv";

/// Ends a program: a failure says why on stderr and exits with 1.
#[must_use]
pub fn finish(program: &str, outcome: Result<(), ExampleError>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{program}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Reports progress on stderr, and never stops the work.
pub fn progress(step: Progress<'_>) -> ControlFlow<()> {
    eprintln!("[{}/{}] {}", step.done, step.total, step.phase);
    ControlFlow::Continue(())
}

/// Writes text to stdout; a reader that has gone away is no error.
///
/// # Errors
/// If stdout cannot be written for another reason.
pub fn write_out(text: &str) -> Result<(), ExampleError> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(refused(Path::new("stdout"), error)),
        _ => Ok(()),
    }
}

/// Writes `customers.parquet` and `customers.csv`, and `rejects.csv` if rows were set aside, into a folder, which is made
/// if need be.
///
/// # Errors
/// If the folder or a file cannot be written.
pub fn export(customers: &DataFrame, rejects: Option<&DataFrame>, folder: &Path) -> Result<(), ExampleError> {
    std::fs::create_dir_all(folder).map_err(|e| refused(folder, e))?;
    let parquet = folder.join("customers.parquet");
    let file = File::create(&parquet).map_err(|e| refused(&parquet, e))?;
    ParquetWriter::new(file).finish(&mut customers.clone()).map_err(|e| refused(&parquet, e))?;
    csv(customers, &folder.join("customers.csv"))?;
    write_rejects(folder, rejects)
}

/// Writes rows that were set aside, if there are any, as `rejects.csv` into a folder, which is made if need be.
///
/// # Errors
/// If the folder or the file cannot be written.
pub fn write_rejects(folder: &Path, rejects: Option<&DataFrame>) -> Result<(), ExampleError> {
    let Some(rows) = rejects else { return Ok(()) };
    std::fs::create_dir_all(folder).map_err(|e| refused(folder, e))?;
    // Nested columns have no place in CSV; whatever else the source has is kept as it is.
    let flat = rows.columns().iter().filter(|column| !column.dtype().is_nested()).map(|column| column.name().clone());
    csv(&rows.select(flat)?, &folder.join(REJECTS))
}

/// Writes tables into a folder, which is made if need be: `name.csv` each.
///
/// # Errors
/// If the folder or a file cannot be written.
pub fn write_tables(folder: &Path, tables: &[(&str, DataFrame)]) -> Result<(), ExampleError> {
    std::fs::create_dir_all(folder).map_err(|e| refused(folder, e))?;
    tables.iter().try_for_each(|(name, frame)| csv(frame, &folder.join(format!("{name}.csv"))))
}

fn csv(frame: &DataFrame, path: &Path) -> Result<(), ExampleError> {
    let file = File::create(path).map_err(|e| refused(path, e))?;
    write_csv(&unsigned_zeros(frame)?, file, &CsvStyle::default()).map_err(|e| refused(path, e))?;
    Ok(())
}

/// `-0.0` is a number of its own to a reader of CSV, though it equals 0. (The engine drops an addition of 0.)
fn unsigned_zeros(frame: &DataFrame) -> Result<DataFrame, ExampleError> {
    let floats = frame.columns().iter().filter(|column| column.dtype().is_float());
    let unsigned = |column: &Column| {
        let own = col(column.name().clone());
        when(own.clone().eq(lit(0.0)))
            .then(lit(0.0))
            .otherwise(own)
            .cast(column.dtype().clone())
            .alias(column.name().clone())
    };
    let floats: Vec<_> = floats.map(unsigned).collect();
    Ok(if floats.is_empty() { frame.clone() } else { frame.clone().lazy().with_columns(floats).collect()? })
}

pub(crate) fn refused(path: &Path, reason: impl ToString) -> ExampleError {
    ExampleError::Write { path: path.to_owned(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use emptor::polars::df;

    use super::*;

    #[test]
    fn a_negative_zero_is_written_as_0_and_other_numbers_as_they_are() -> Result<(), ExampleError> {
        let frame = df!("x" => [Some(-0.0), None, Some(-1.5), Some(f64::MIN_POSITIVE)], "n" => [1_i64, 2, 3, 4])?;
        let folder = std::env::temp_dir().join(format!("emptor-zeros-{}", std::process::id()));
        write_tables(&folder, &[("zeros", frame)])?;
        let text = std::fs::read_to_string(folder.join("zeros.csv")).unwrap_or_default();
        let _ = std::fs::remove_dir_all(&folder);
        let cells: Vec<&str> = text.lines().skip(1).map(|line| line.split(',').next().unwrap_or("?")).collect();
        assert_eq!(cells[..3], ["0.0", "", "-1.5"], "{text}");
        assert!(cells[3].parse::<f64>().is_ok_and(|x| x > 0.0), "{text}");
        Ok(())
    }
}
