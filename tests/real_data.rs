//! Real data sets, which are not part of the repository.

use std::path::PathBuf;

use emptor::prelude::*;

/// A file of the real data sets, or `None` if the folder is not there; then the test says so and passes.
pub(crate) fn file(name: &str) -> Option<PathBuf> {
    match std::env::var_os("EMPTOR_DATASETS") {
        Some(folder) => {
            let path = PathBuf::from(folder).join(name);
            assert!(path.exists(), "EMPTOR_DATASETS is set, but {} is not there", path.display());
            Some(path)
        }
        None => {
            eprintln!("skipped: EMPTOR_DATASETS does not name the folder of real data sets");
            None
        }
    }
}

/// The CDNOW sample of 2,357 customers.
pub(crate) fn cdnow_sample() -> Option<Transactions> {
    let columns = TransactionColumns::new("sample_id", "date").amount("amount").quantity("units");
    Some(Transactions::scan(Source::csv(file("cdnow/cdnow_sample.csv")?), &columns).expect("CDNOW passes the door"))
}

pub(crate) fn date(text: &str) -> Date {
    text.parse().expect("a date")
}
