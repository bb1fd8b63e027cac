//! Did the campaign work, after subtracting what would have happened anyway?
//!
//! ```text
//! cargo run --release --example campaign_effect
//! ```

use std::process::ExitCode;

use clap::Parser;
use emptor::profile::ProfileInput;
use emptor::profile::promotion::{PromotionSettings, section};
use emptor_examples::*;

/// Campaigns beside their control groups: incremental orders and profit, with intervals and checks.
#[derive(Debug, Parser)]
#[command(name = "campaign_effect")]
struct Args {
    #[command(flatten)]
    base: BaseArgs,
}

fn run(args: &Args) -> Result<(), ExampleError> {
    let (tables, window) = args.base.open()?;
    let found = section(&ProfileInput::new(&tables, window), &PromotionSettings::default())?;
    write_out(&section_report(&found, &window, &["campaign_result", "campaign_validity"]))
}

fn main() -> ExitCode {
    finish("campaign_effect", run(&Args::parse()))
}
