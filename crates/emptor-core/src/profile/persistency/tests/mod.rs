//! Golden numbers, identities and edge cases of Persistency.

mod base;
mod kernels;
mod others;

use std::error::Error;

use emptor_table::polars::df;
use emptor_table::polars::prelude::{DataFrame, NamedFrom, Series};
use emptor_table::{
    ContractColumns, Contracts, CustomerColumns, Customers, SurveyColumns, Surveys, Tables, TransactionColumns,
    Transactions, WalletColumns, Wallets,
};
use emptor_types::{Date, Level};

use super::*;
use crate::period::Grain;
use crate::profile::{CustomerScores, ProfileError, ProfileInput, Section, Window, fixture};

type Outcome = Result<(), Box<dyn Error>>;

/// Rounding of decimal money in doubles.
const MONEY: f64 = 1e-9;
/// Figures printed to three or four places.
const PRINTED: f64 = 5e-4;

/// Settings under which six customers are enough.
fn small() -> PersistencySettings {
    PersistencySettings { min_n: 3, ..PersistencySettings::default() }
}

fn fixture_section(settings: &PersistencySettings) -> Result<Section, Box<dyn Error>> {
    let tables = fixture::tables()?;
    Ok(section(&ProfileInput::new(&tables, fixture::year()?), settings)?)
}

fn table<'a>(section: &'a Section, name: &str) -> Result<&'a DataFrame, Box<dyn Error>> {
    Ok(&section.table(name).ok_or_else(|| format!("no table {name}"))?.frame)
}

fn counts(frame: &DataFrame, column: &str) -> Result<Vec<Option<i64>>, Box<dyn Error>> {
    Ok(frame.column(column)?.i64()?.iter().collect())
}

fn numbers(frame: &DataFrame, column: &str) -> Result<Vec<Option<f64>>, Box<dyn Error>> {
    Ok(frame.column(column)?.f64()?.iter().collect())
}

fn texts(frame: &DataFrame, column: &str) -> Result<Vec<String>, Box<dyn Error>> {
    Ok(frame.column(column)?.str()?.iter().map(|text| text.unwrap_or("").to_owned()).collect())
}

/// A measure of the table `loyalty`: value, n and status.
fn measure(section: &Section, metric: &str) -> Result<(Option<f64>, i64, String), Box<dyn Error>> {
    let frame = table(section, "loyalty")?;
    let row = texts(frame, "metric")?.iter().position(|name| name == metric).ok_or_else(|| format!("no {metric}"))?;
    let n = counts(frame, "n")?[row].ok_or("n")?;
    Ok((numbers(frame, "value")?[row], n, texts(frame, "status")?[row].clone()))
}

fn some(values: &[i64]) -> Vec<Option<i64>> {
    values.iter().copied().map(Some).collect()
}

fn near(found: Option<f64>, expected: f64, tolerance: f64) -> bool {
    found.is_some_and(|found| (found - expected).abs() <= tolerance)
}

fn lines(frame: DataFrame) -> Result<Tables, Box<dyn Error>> {
    Ok(Tables::new(Transactions::from_frame(frame, &TransactionColumns::new("who", "day").amount("net").order("no"))?))
}

fn year(grain: Grain) -> Result<Window, Box<dyn Error>> {
    Ok(Window::new("2024-01-01".parse()?, "2024-12-31".parse()?, grain)?)
}

fn same(left: &Section, right: &Section) -> Outcome {
    assert_eq!(left.tables.len(), right.tables.len());
    for (a, b) in left.tables.iter().zip(&right.tables) {
        assert!(a.frame.equals_missing(&b.frame), "{}:\n{:?}\n{:?}", a.name, a.frame, b.frame);
        assert_eq!((&a.flags, &a.coverage), (&b.flags, &b.coverage), "{}", a.name);
    }
    assert_eq!((&left.findings, &left.gaps), (&right.findings, &right.gaps));
    Ok(())
}
