//! Files with one row per customer.

use std::path::Path;

use emptor::polars::prelude::{CsvReadOptions, DataFrame, DataType, ParquetReader, SerReader};

use crate::ExampleError;

/// Reads a CSV or Parquet file.
pub(crate) fn frame(path: &Path) -> Result<DataFrame, ExampleError> {
    let is_parquet = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"));
    let read = || {
        if is_parquet {
            ParquetReader::new(std::fs::File::open(path)?).finish()
        } else {
            CsvReadOptions::default().with_has_header(true).try_into_reader_with_file_path(Some(path.into()))?.finish()
        }
    };
    read().map_err(|e| broken(path, e))
}

/// A column of numbers; `NaN` is what is missing.
pub(crate) fn numbers(frame: &DataFrame, path: &Path, name: &str) -> Result<Vec<f64>, ExampleError> {
    let numbers = frame.column(name).and_then(|column| column.strict_cast(&DataType::Float64));
    let numbers = numbers.map_err(|e| broken(path, e))?;
    let numbers = numbers.f64().map_err(|e| broken(path, e))?;
    Ok(numbers.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
}

/// A column of ids or labels.
pub(crate) fn labels(frame: &DataFrame, path: &Path, name: &str) -> Result<Vec<String>, ExampleError> {
    let labels = frame.column(name).map_err(|e| broken(path, e))?.as_materialized_series();
    Ok(labels.iter().map(|label| label.str_value().into_owned()).collect())
}

/// The column that `--columns` names for a role.
pub(crate) fn role<'a>(columns: &'a str, wanted: &str) -> Option<&'a str> {
    let mut pairs = columns.split(',').filter_map(|pair| pair.split_once('='));
    pairs.find(|(role, _)| role.trim() == wanted).map(|(_, name)| name.trim())
}

/// The same for a role that must be there.
pub(crate) fn needed<'a>(columns: &'a str, wanted: &str) -> Result<&'a str, ExampleError> {
    role(columns, wanted).ok_or_else(|| ExampleError::Columns(format!("needs {wanted}=..")))
}

pub(crate) fn broken(path: &Path, reason: impl ToString) -> ExampleError {
    ExampleError::File { path: path.to_owned(), reason: reason.to_string() }
}
