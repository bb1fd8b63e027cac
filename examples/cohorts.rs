//! Are newer cohorts better or worse, and do they come back?
//!
//! ```text
//! cargo run --release --example cohorts
//! cargo run --release --example cohorts -- --transactions orders.csv --columns customer=id,date=day,order=no,product=sku,amount=net
//! ```

use std::process::ExitCode;

use clap::Parser;
use emptor::profile::ProfileInput;
use emptor::profile::persistency::{PersistencySettings, section};
use emptor_examples::*;

/// Cohorts by first purchase: who comes back, and what they bring.
#[derive(Debug, Parser)]
#[command(name = "cohorts")]
struct Args {
    #[command(flatten)]
    base: BaseArgs,
}

fn run(args: &Args) -> Result<(), ExampleError> {
    let (tables, window) = args.base.open()?;
    let found = section(&ProfileInput::new(&tables, window), &PersistencySettings::default())?;
    write_out(&section_report(&found, &window, &["cohort_cell", "retention_mix", "growth_account"]))
}

fn main() -> ExitCode {
    finish("cohorts", run(&Args::parse()))
}
