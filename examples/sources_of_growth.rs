//! Where did growth come from: product, channel, place, price, mix, people?
//!
//! ```text
//! cargo run --release --example sources_of_growth
//! cargo run --release --example sources_of_growth -- --transactions orders.csv --columns customer=id,date=day,order=no,product=sku,amount=net
//! ```

use std::process::ExitCode;

use clap::Parser;
use emptor::profile::ProfileInput;
use emptor::profile::performance::{PerformanceSettings, section};
use emptor_examples::*;

/// A change of sales taken apart: price, volume and mix; channels, places and people.
#[derive(Debug, Parser)]
#[command(name = "sources_of_growth")]
struct Args {
    #[command(flatten)]
    base: BaseArgs,
}

fn run(args: &Args) -> Result<(), ExampleError> {
    let (tables, window) = args.base.open()?;
    let found = section(&ProfileInput::new(&tables, window), &PerformanceSettings::default())?;
    write_out(&section_report(&found, &window, &["perf_pvm", "channel_perf", "rep_score"]))
}

fn main() -> ExitCode {
    finish("sources_of_growth", run(&Args::parse()))
}
