//! Which customers make or lose us money, and by which rules can they be told?
//!
//! ```text
//! cargo run --release --example profit_drivers
//! cargo run --release --example profit_drivers -- --table customers.csv --id customer --profit margin \
//!     --without revenue,cost --target sign
//! ```

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use emptor::grade::{ProfitTarget, ProfitTree};
use emptor_examples::*;

/// Learns rules of profit and says what they are worth.
#[derive(Debug, Parser)]
#[command(name = "profit_drivers")]
struct Args {
    #[command(flatten)]
    input: DriverArgs,
    /// What to tell apart: classes (loss, low, mid, high), sign, thirds (of all customers), or value (profit itself).
    #[arg(long, value_parser = profit_target, default_value = "classes")]
    target: ProfitTarget,
    /// Most conditions in a rule.
    #[arg(long, default_value_t = 4)]
    depth: usize,
    /// Fewest customers of a rule.
    #[arg(long, default_value_t = 30)]
    least: usize,
    /// Seed that deals customers to the folds of the test.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder for rules.csv and validation.csv.
    #[arg(long)]
    out: Option<PathBuf>,
}

fn run(args: &Args) -> Result<(), ExampleError> {
    let basis = args.input.read()?;
    let tree = ProfitTree::builder().target(args.target).max_depth(args.depth).min_leaf(args.least).seed(args.seed);
    let fitted = tree.build()?.fit(&basis.table.features()?, &basis.profit)?;
    if let Some(folder) = &args.out {
        let tables = [("rules", fitted.rules_to_frame()?), ("validation", fitted.validation_to_frame()?)];
        write_tables(folder, &tables)?;
    }
    write_out(&drivers_report(&basis, &fitted))
}

fn main() -> ExitCode {
    finish("profit_drivers", run(&Args::parse()))
}
