//! How long do customers under contract stay, do segments differ, and what is the rest of their contracts worth?
//!
//! ```text
//! cargo run --release --example contract_retention
//! cargo run --release --example contract_retention -- --contracts contracts.csv \
//!     --columns segment=cohort,last_active=recency,observed=T --rate 0.1
//! ```

use std::process::ExitCode;

use clap::Parser;
use emptor::prelude::*;
use emptor::types::ContractHistory;
use emptor_examples::{ContractArgs, ContractReport, ExampleError, finish, write_out};

/// Fits sBG and BdW to each segment of contracts and to all of them.
#[derive(Debug, Parser)]
#[command(name = "contract_retention")]
struct Args {
    #[command(flatten)]
    input: ContractArgs,
    /// Effective discount rate per year.
    #[arg(long, default_value_t = 0.1, allow_negative_numbers = true)]
    rate: f64,
    /// Periods to look ahead.
    #[arg(long, default_value_t = 5)]
    ahead: usize,
}

fn run(args: &Args) -> Result<(), ExampleError> {
    let rate = DiscountRate::annual_effective(args.rate)?;
    let constant = ShiftedBetaGeo::builder().build()?;
    let changing = BetaDiscreteWeibull::builder().build()?;
    let mut report = ContractReport::new(rate, args.ahead);
    let mut fitted = Vec::new();
    let all = args.input.segments()?;
    for (label, history) in &all {
        // A segment without a renewal, such as this year's cohort, has nothing to learn from yet.
        match constant.fit(history) {
            Ok(sbg) => {
                report.segment(label, history, &sbg, changing.fit(history))?;
                fitted.push((label.as_str(), history.clone()));
            }
            Err(error) => report.unfitted(label, &error),
        }
    }
    let histories: Vec<_> = all.iter().map(|(_, history)| history).collect();
    if let Some(whole) = ContractHistory::concat(&histories)?.filter(|_| all.len() > 1) {
        report.together(&whole, &constant.fit(&whole)?, changing.fit(&whole))?;
    }
    if fitted.len() > 1 {
        report.differ(constant.fit_segments(&fitted)?.likelihood_ratio()?);
    }
    write_out(&report.text()?)
}

fn main() -> ExitCode {
    finish("contract_retention", run(&Args::parse()))
}
