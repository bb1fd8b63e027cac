//! Results written to files: CSV, JSON, Markdown, Parquet, Arrow, and workbooks of Excel.
//!
//! Every writer takes a frame and anything that bytes can be written to, so that a broken pipe is an [`io::Error`] which
//! the caller can meet. Dates are written by ISO 8601; unknown is empty or null, and so is a number that is not finite.

mod cell;
mod csv;
mod json;
mod markdown;
#[cfg(test)]
mod tests;
#[cfg(feature = "excel")]
mod workbook;

use std::io::{self, Write};

use polars::prelude::{DataFrame, IpcStreamWriter, IpcWriter, ParquetWriter, PolarsError, SerWriter};

pub use csv::{CsvStyle, write_csv};
pub use json::{write_json, write_ndjson};
pub use markdown::write_markdown;
#[cfg(feature = "excel")]
pub use workbook::Workbook;

use cell::Cell;

/// Writes Parquet.
///
/// # Errors
/// If the bytes cannot be written.
pub fn write_parquet(frame: &DataFrame, out: impl Write) -> io::Result<()> {
    ParquetWriter::new(out).finish(&mut frame.clone()).map(|_| ()).map_err(lifted)
}

/// Writes an Arrow IPC file, also called Feather.
///
/// # Errors
/// If the bytes cannot be written.
pub fn write_arrow(frame: &DataFrame, mut out: impl Write) -> io::Result<()> {
    IpcWriter::new(&mut out).finish(&mut frame.clone()).map_err(lifted)
}

/// Writes an Arrow IPC stream, which other programs read from a pipe.
///
/// # Errors
/// If the bytes cannot be written.
pub fn write_arrow_stream(frame: &DataFrame, mut out: impl Write) -> io::Result<()> {
    IpcStreamWriter::new(&mut out).finish(&mut frame.clone()).map_err(lifted)
}

/// The error below one of polars, so that a broken pipe can be told.
fn lifted(error: PolarsError) -> io::Error {
    match error {
        PolarsError::IO { error, .. } => io::Error::new(error.kind(), error.to_string()),
        other => io::Error::other(other.to_string()),
    }
}

/// The cells of each row.
fn rows(frame: &DataFrame) -> impl Iterator<Item = Vec<Cell>> {
    let columns: Vec<_> = frame.columns().iter().map(|column| column.rechunk()).collect();
    (0..frame.height()).map(move |row| {
        let cell = |column: &polars::prelude::Column| column.get(row).map_or(Cell::Unknown, |value| Cell::of(&value));
        columns.iter().map(cell).collect()
    })
}
