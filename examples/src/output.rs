//! Where results go.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::Path;

use emptor::polars::prelude::{CsvWriter, DataFrame, ParquetWriter, SerWriter};
use emptor::types::Progress;

use crate::ExampleError;

/// Reports progress on stderr.
pub fn progress(step: Progress<'_>) {
    eprintln!("[{}/{}] {}", step.done, step.total, step.phase);
}

/// Writes text to stdout; a reader that has gone away is no error.
///
/// # Errors
/// If stdout cannot be written for another reason.
pub fn write_out(text: &str) -> Result<(), ExampleError> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(ExampleError::Write { path: "stdout".into(), reason: error.to_string() })
        }
        _ => Ok(()),
    }
}

/// Writes `customers.parquet` and `customers.csv` into a folder, which is made if need be.
///
/// # Errors
/// If the folder or a file cannot be written.
pub fn export(customers: &DataFrame, folder: &Path) -> Result<(), ExampleError> {
    let refused = |path: &Path, reason: String| ExampleError::Write { path: path.to_owned(), reason };
    std::fs::create_dir_all(folder).map_err(|e| refused(folder, e.to_string()))?;
    let mut frame = customers.clone();
    let parquet = folder.join("customers.parquet");
    let file = File::create(&parquet).map_err(|e| refused(&parquet, e.to_string()))?;
    ParquetWriter::new(file).finish(&mut frame).map_err(|e| refused(&parquet, e.to_string()))?;
    let csv = folder.join("customers.csv");
    let file = File::create(&csv).map_err(|e| refused(&csv, e.to_string()))?;
    CsvWriter::new(file).finish(&mut frame).map_err(|e| refused(&csv, e.to_string()))?;
    Ok(())
}
