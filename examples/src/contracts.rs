//! Contracts by segment, bundled or from the user's file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use emptor::prelude::*;
use emptor::types::ContractHistory;
use emptor_datasets::published;

use crate::ExampleError;
use crate::frame::{frame, labels, needed, numbers, role};

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
        let (last_active, observed) = (needed(&self.columns, "last_active")?, needed(&self.columns, "observed")?);
        let frame = frame(path)?;
        // What is missing is refused with the other rules.
        let (last_active, observed) = (numbers(&frame, path, last_active)?, numbers(&frame, path, observed)?);
        let labels = match role(&self.columns, "segment") {
            Some(name) => labels(&frame, path, name)?,
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
