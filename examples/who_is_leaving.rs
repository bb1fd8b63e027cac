//! Who is leaving, and what is lost with them?
//!
//! ```text
//! cargo run --release --example who_is_leaving
//! cargo run --release --example who_is_leaving -- --transactions orders.csv --columns customer=id,date=day,order=no,amount=net
//! ```

use std::process::ExitCode;

use clap::Parser;
use emptor::profile::ProfileInput;
use emptor::profile::life_cycle::{LifeCycleSettings, section};
use emptor_examples::*;

/// The stage of every relationship, where customers moved since, and whom it pays to win back.
#[derive(Debug, Parser)]
#[command(name = "who_is_leaving")]
struct Args {
    #[command(flatten)]
    base: BaseArgs,
}

fn run(args: &Args) -> Result<(), ExampleError> {
    let (tables, window) = args.base.open()?;
    let found = section(&ProfileInput::new(&tables, window), &LifeCycleSettings::default())?;
    write_out(&section_report(&found, &window, &["lifecycle_stage", "lifecycle_flow", "lifecycle_move"]))
}

fn main() -> ExitCode {
    finish("who_is_leaving", run(&Args::parse()))
}
