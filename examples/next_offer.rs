//! What should I offer to whom next?
//!
//! ```text
//! cargo run --release --example next_offer
//! cargo run --release --example next_offer -- --transactions orders.csv --columns customer=id,date=day,order=no,product=sku,amount=net
//! ```

use std::process::ExitCode;

use clap::Parser;
use emptor::profile::ProfileInput;
use emptor::profile::product::{ProductSettings, Unit, section};
use emptor_examples::*;

/// What is bought together, what each customer is likely to buy next, and whether such offers came true.
#[derive(Debug, Parser)]
#[command(name = "next_offer")]
struct Args {
    #[command(flatten)]
    base: BaseArgs,
    /// Products go together in an order, or at a customer.
    #[arg(long, value_parser = unit, default_value = "order")]
    unit: Unit,
}

fn run(args: &Args) -> Result<(), ExampleError> {
    let (tables, window) = args.base.open()?;
    let found = section(&ProfileInput::new(&tables, window), &ProductSettings::new(args.unit))?;
    write_out(&section_report(&found, &window, &["assoc_rule", "next_offer", "offer_evaluation"]))
}

fn main() -> ExitCode {
    finish("next_offer", run(&Args::parse()))
}
