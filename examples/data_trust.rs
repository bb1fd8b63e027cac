//! Can I trust the numbers, and what would more data answer?
//!
//! ```text
//! cargo run --release --example data_trust
//! cargo run --release --example data_trust -- --transactions orders.csv --columns customer=id,date=day,order=no,product=sku,amount=net
//! ```

use std::process::ExitCode;

use clap::Parser;
use emptor::profile::{capability_table, dq_report};
use emptor_examples::*;

/// What the doors of the tables found, and which analyses the tables allow.
#[derive(Debug, Parser)]
#[command(name = "data_trust")]
struct Args {
    #[command(flatten)]
    base: BaseArgs,
}

fn run(args: &Args) -> Result<(), ExampleError> {
    let (tables, _) = args.base.open()?;
    write_out(&table_report(&dq_report(&tables)?))?;
    write_out(&table_report(&capability_table(&tables)?))
}

fn main() -> ExitCode {
    finish("data_trust", run(&Args::parse()))
}
