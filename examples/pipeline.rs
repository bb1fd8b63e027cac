//! What will the pipeline bring in the next months, how sure is that, and how good would the forecast have been?
//!
//! ```text
//! cargo run --release --example pipeline
//! cargo run --release --example pipeline -- --opportunities deals.csv --history changes.csv --as-of 2024-12-31
//! ```

use std::process::ExitCode;

use clap::Parser;
use emptor::forecast::pipeline::{
    AgeHazard, Ahead, Deal, DealSegment, Expectations, PipelineMethod, RequiredCoverage, Slippage, Snapshot, Weighted,
    WinRate, as_known, backtest,
};
use emptor::prelude::*;
use emptor::types::Date;
use emptor_examples::{
    ExampleError, PipelineArgs, finish, pipeline_backtest_text, pipeline_figures_text, pipeline_forecast_text,
    write_out,
};

/// Forecasts a pipeline by probabilities and by the age of deals.
#[derive(Debug, Parser)]
#[command(name = "pipeline")]
struct Args {
    #[command(flatten)]
    input: PipelineArgs,
    /// The day of observation, at best the last one of a month.
    #[arg(long, default_value = "2024-12-31")]
    as_of: Date,
    /// Months ahead.
    #[arg(long, default_value_t = 3)]
    months: usize,
    /// Months of the backtest.
    #[arg(long, default_value_t = 9)]
    backtest: usize,
    /// Seed of the draws.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn run(args: &Args) -> Result<(), ExampleError> {
    let deals = args.input.deals(args.as_of)?.deals;
    let day = args.as_of.days_since_epoch();
    let known = as_known(&deals, day);
    let snapshot = Snapshot::new(&known, args.as_of)?;
    let age = AgeHazard { segment: DealSegment::Rep, ..AgeHazard::default() };
    let ahead = |months| {
        Ok::<_, ExampleError>(Ahead { by: DealSegment::Rep, seed: args.seed, ..Ahead::new(Grain::Month, months)? })
    };
    for method in [&Weighted::stated() as &dyn PipelineMethod, &Weighted::historical(), &age] {
        write_out(&pipeline_forecast_text(&method.forecast(&snapshot, &ahead(args.months)?)?))?;
    }

    let months = Grain::Month.over(args.as_of.plus_days(-31 * args.backtest as i32), args.as_of)?;
    let whole: Vec<_> = months.into_iter().filter(|month| month.end <= args.as_of && !month.is_partial).collect();
    let days: Vec<(i32, i32)> =
        whole.iter().map(|month| (month.start.days_since_epoch(), month.end.days_since_epoch())).collect();
    let slippage: Vec<_> =
        whole.iter().zip(&days).map(|(month, (first, last))| (*month, Slippage::of(&deals, *first, *last))).collect();
    let all: Vec<&Deal> = known.iter().collect();
    let (rate, required) = (WinRate::of(&all, day), RequiredCoverage::of(&deals, &days));
    let owners = Expectations::by(&known, DealSegment::Rep);
    write_out(&pipeline_figures_text(&rate, required, &slippage, &owners))?;

    let origins: Vec<Date> = whole.iter().map(|month| month.start.plus_days(-1)).collect();
    let methods: [&dyn PipelineMethod; 3] = [&Weighted::undated(), &Weighted::stated(), &age];
    let tested = backtest(&deals, &methods, &origins, &ahead(1)?, args.as_of)?;
    write_out(&pipeline_backtest_text(&tested))
}

fn main() -> ExitCode {
    finish("pipeline", run(&Args::parse()))
}
