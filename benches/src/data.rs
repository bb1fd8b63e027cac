//! Fixed data: the same seeds and sizes in every run.

use std::path::PathBuf;

use emptor::polars::prelude::{DataFrame, IntoLazy, ParquetWriter, col};
use emptor::prelude::*;
use emptor_datasets::{BuyerParameters, PurchaseLog, PurchaseSummaries};

/// The seed of all simulated data.
pub const SEED: u64 = 20_240_101;

/// A simulated log of roughly `lines` purchases over two years.
///
/// # Panics
/// If the simulator refuses its own parameters.
#[must_use]
pub fn log(lines: usize) -> PurchaseLog {
    // Buyers of the retail parameters make about 4.1 purchases in 104 weeks.
    PurchaseLog::simulate(lines * 10 / 41, 104, SEED, BuyerParameters::RETAIL).unwrap()
}

/// The log as a frame with the columns `customer_id, date, amount`.
///
/// # Panics
/// If the frame cannot be made.
#[must_use]
pub fn log_frame(log: &PurchaseLog) -> DataFrame {
    let frame =
        emptor::polars::df!("customer_id" => &log.customer, "date" => &log.day, "amount" => &log.amount).unwrap();
    frame.lazy().with_column(col("date").cast(emptor::polars::prelude::DataType::Date)).collect().unwrap()
}

/// Writes a frame as Parquet into the temporary folder and returns its path.
///
/// # Panics
/// If the file cannot be written.
#[must_use]
pub fn parquet(name: &str, mut frame: DataFrame) -> PathBuf {
    let path = std::env::temp_dir().join(name);
    ParquetWriter::new(std::fs::File::create(&path).unwrap()).finish(&mut frame).unwrap();
    path
}

/// A base of `customers` purchase summaries of mixed age, up to two years.
///
/// # Panics
/// If the simulator refuses its own parameters.
#[must_use]
pub fn summaries(customers: usize) -> PurchaseSummaries {
    // Ages in whole days from 8 to 104 weeks, as customers who were won day by day.
    let ages: Vec<f64> = (0..customers).map(|i| 8.0 + (i * 7919 % 673) as f64 / 7.0).collect();
    PurchaseSummaries::simulate(&ages, SEED, BuyerParameters::RETAIL).unwrap()
}

/// Opens a log with the columns `customer_id, date, amount`.
///
/// # Panics
/// If the log does not pass the door.
#[must_use]
pub fn open(source: impl Into<Source>) -> Transactions {
    Transactions::scan(source, &TransactionColumns::new("customer_id", "date").amount("amount")).unwrap()
}

/// The folder of real data sets, if `EMPTOR_DATASETS` names it.
#[must_use]
pub fn real(name: &str) -> Option<PathBuf> {
    std::env::var_os("EMPTOR_DATASETS").map(|folder| PathBuf::from(folder).join(name))
}
