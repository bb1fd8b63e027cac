//! Contracts by segment, bundled or from the user's file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use emptor::polars::prelude::{DataFrame, DataType};
use emptor::prelude::*;
use emptor::types::ContractHistory;
use emptor_datasets::published;

use crate::ExampleError;

/// A segment's name and its customers.
pub type Segment = (String, ContractHistory<'static>);

/// The contracts to look at.
pub type Contracts = Vec<Segment>;

/// The user's table of contracts.
#[derive(Debug, Args)]
pub struct ContractArgs {
    /// Contracts: a CSV or Parquet file with one row per customer. Two published segments if not given.
    #[arg(long, value_name = "FILE")]
    contracts: Option<PathBuf>,
    /// Which column is what: the segment or cohort (optional), the last period in which the customer was there, and the
    /// periods from the first to the end of observation.
    #[arg(
        long,
        value_name = "ROLE=NAME,..",
        requires = "contracts",
        default_value = "segment=cohort,last_active=last_active,observed=observed"
    )]
    columns: String,
    /// The contract's period: day, week, month, year.
    #[arg(long, default_value = "year")]
    unit: TimeUnit,
}

impl ContractArgs {
    /// Reads the contracts, segments in rising order of their names.
    ///
    /// # Errors
    /// If `--columns` cannot be read, a column is not there, or a row breaks a rule of contracts.
    pub fn segments(&self) -> Result<Contracts, ExampleError> {
        let Some(path) = &self.contracts else {
            let published = [("high end", published::HIGH_END), ("regular", published::REGULAR)];
            let segment = |(name, survivors): (&str, [f64; 8])| {
                Ok((name.to_owned(), ContractHistory::from_survivors(&[&survivors], self.unit)?))
            };
            return published.into_iter().map(segment).collect();
        };
        let role = |wanted: &str| {
            let pairs = self.columns.split(',').filter_map(|pair| pair.split_once('='));
            pairs.into_iter().find(|(role, _)| role.trim() == wanted).map(|(_, name)| name.trim())
        };
        let need = |wanted| role(wanted).ok_or_else(|| ExampleError::Columns(format!("needs {wanted}=..")));
        let (last_active, observed) = (need("last_active")?, need("observed")?);
        let frame = frame(path)?;
        let number = |name: &str| column(&frame, path, name);
        let (last_active, observed) = (number(last_active)?, number(observed)?);
        let labels = match role("segment") {
            Some(name) => {
                let labels = frame.column(name).map_err(|e| broken(path, e))?.as_materialized_series();
                labels.iter().map(|label| label.str_value().into_owned()).collect()
            }
            None => vec!["all".to_owned(); last_active.len()],
        };
        let whole = ContractHistory::new(&last_active, &observed, self.unit)?;
        let mut rows: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (row, label) in labels.into_iter().enumerate() {
            rows.entry(label).or_default().push(row);
        }
        rows.into_iter().map(|(label, rows)| Ok((label, whole.select(&rows)?))).collect()
    }
}

fn frame(path: &Path) -> Result<DataFrame, ExampleError> {
    use emptor::polars::prelude::{CsvReadOptions, ParquetReader, SerReader};
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

fn column(frame: &DataFrame, path: &Path, name: &str) -> Result<Vec<f64>, ExampleError> {
    let numbers = frame.column(name).and_then(|column| column.strict_cast(&DataType::Float64));
    let numbers = numbers.map_err(|e| broken(path, e))?;
    let numbers = numbers.f64().map_err(|e| broken(path, e))?;
    // What is missing is refused with the other rules.
    Ok(numbers.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
}

fn broken(path: &Path, reason: impl ToString) -> ExampleError {
    ExampleError::Contracts { path: path.to_owned(), reason: reason.to_string() }
}
