//! The golden values of `tests/golden`: published figures, and values from integration at fifty digits.

mod data;
mod fits;
mod models;
mod oracle;
mod totals;

use std::error::Error;
use std::path::Path;

use serde::Deserialize;

type TestResult = Result<(), Box<dyn Error>>;

/// A value with what it is of.
#[derive(Debug, Deserialize)]
struct ClosedForm {
    model: String,
    parameters: Vec<f64>,
    quantity: String,
    #[serde(default)]
    k: Option<u32>,
    #[serde(default)]
    x: f64,
    #[serde(default)]
    t_x: f64,
    #[serde(default, rename = "T")]
    end: f64,
    #[serde(default)]
    t: f64,
    #[serde(default)]
    n: u64,
    #[serde(default)]
    rate: f64,
    #[serde(default)]
    sum_ln_gaps: f64,
    expected: f64,
    #[serde(default)]
    relative: f64,
    #[serde(default)]
    absolute: f64,
}

/// Reads a file of the folder of golden values.
fn golden<T: for<'a> Deserialize<'a>>(file: &str) -> Result<T, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden");
    Ok(toml::from_str(&std::fs::read_to_string(folder.join(file))?)?)
}
