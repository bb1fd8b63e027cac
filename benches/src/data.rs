//! Fixed data: the same seeds and sizes in every run.

use std::path::PathBuf;

use emptor::polars::prelude::{
    DataFrame, DataType, IntoColumn, IntoLazy, NamedFrom, ParquetWriter, Series, SortMultipleOptions, col, lit,
};
use emptor::prelude::*;
use emptor_datasets::{BuyerParameters, PurchaseLog, PurchaseSummaries};

/// The seed of all simulated data.
pub const SEED: u64 = 20_240_101;

/// A simulated log of roughly `lines` purchases, ten for each customer, in the order of a till: by day.
///
/// # Panics
/// If the simulator refuses its own parameters.
#[must_use]
pub fn log(lines: usize) -> DataFrame {
    // Buyers of the retail parameters make about ten purchases in 624 weeks.
    let log = PurchaseLog::simulate(lines / 10, 624, SEED, BuyerParameters::RETAIL).unwrap();
    let frame = emptor::polars::df!("customer_id" => log.customer, "date" => log.day, "amount" => log.amount);
    let day = col("date").cast(DataType::Date);
    // Ties in the order of a fixed shuffle of the customers, so that nobody profits from sorted ids.
    let shuffled = (col("customer_id") * lit(7_368_787_i64)) % lit(1_000_003_i64);
    frame
        .unwrap()
        .lazy()
        .with_columns([day])
        .sort_by_exprs([col("date"), shuffled], SortMultipleOptions::default())
        .collect()
        .unwrap()
}

/// The last day of a log.
///
/// # Panics
/// If it has none.
#[must_use]
pub fn last_day(log: &DataFrame) -> Date {
    let days = log.column("date").unwrap().to_physical_repr();
    Date::from_days_since_epoch(days.i32().unwrap().iter().flatten().max().unwrap()).unwrap()
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

/// Names of the months of a [`panel`].
#[must_use]
pub fn months(periods: usize) -> Vec<String> {
    (1..=periods).map(|t| format!("m{t}")).collect()
}

/// A panel of monthly profits: customers `first..first + customers`, one column per month, losses among them.
///
/// # Panics
/// If the columns make no frame.
#[must_use]
pub fn panel(first: usize, customers: usize, periods: usize) -> DataFrame {
    let rows = first..first + customers;
    // No two alike, so that a file of them is as large as real ones.
    let profit = |t: usize| rows.clone().map(move |i| 100.0 * scrambled((i * periods + t) as u64) - 20.0);
    let ids = Series::new("customer_id".into(), rows.clone().map(|i| i as i64).collect::<Vec<_>>()).into_column();
    let months = months(periods);
    let columns =
        (0..periods).map(|t| Series::new(months[t].as_str().into(), profit(t).collect::<Vec<_>>()).into_column());
    DataFrame::new(customers, std::iter::once(ids).chain(columns).collect()).unwrap()
}

/// The finalizer of SplitMix64 (Steele, Lea & Flood 2014), as a number from 0 to 1.
fn scrambled(place: u64) -> f64 {
    let x = place.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((x ^ (x >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// How the panel is valued: 12 % a year, cash in the middle of the month.
///
/// # Panics
/// Never.
#[must_use]
pub fn monthly(periods: usize) -> LifetimeValue {
    LifetimeValue::builder()
        .rate(DiscountRate::annual_effective(0.12).unwrap())
        .horizon(Horizon::months(periods as f64).unwrap())
        .period(TimeUnit::Month)
        .timing(Timing::Middle)
        .build()
        .unwrap()
}
