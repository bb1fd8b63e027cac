//! What will the pipeline bring in the next months, how sure is that, and which forecast would have been right so far?
//!
//! ```text
//! cargo run --release --example pipeline
//! cargo run --release --example pipeline -- --opportunities deals.csv --history changes.csv --as-of 2024-12-31
//! ```
//!
//! On "CRM Sales Opportunities" (Maven Analytics), the months June to December 2017 from the month ends before each, by product;
//! deals of which nobody knows when they were engaged are left out:
//!
//! ```text
//! cargo run --release --example pipeline -- --opportunities sales_pipeline.csv \
//!     --columns id=opportunity_id,stage=deal_stage,created=engage_date,closed=close_date,amount=close_value,product=product,rep=sales_agent,customer=account \
//!     --products products.csv --product-columns product=product,price=sales_price --backtest 7
//! ```

use std::process::ExitCode;

use clap::Parser;
use emptor::forecast::ForecastError;
use emptor::forecast::pipeline::{
    AgeHazard, Ahead, DealSegment, PipelineMethod, Snapshot, Weighted, as_known, backtest,
};
use emptor::prelude::*;
use emptor_examples::*;

/// Tries forecasts of a pipeline on the past, and shows what they say of the months ahead.
#[derive(Debug, Parser)]
#[command(name = "pipeline")]
struct Args {
    #[command(flatten)]
    input: PipelineArgs,
    /// The day of observation, at best the last one of a month; the last day of the file if not given.
    #[arg(long)]
    as_of: Option<Date>,
    /// By what the forecast is split: product, rep, source, customer or none; the first of them that deals name.
    #[arg(long, value_parser = deal_segment)]
    by: Option<DealSegment>,
    /// Months ahead.
    #[arg(long, default_value_t = 3)]
    months: usize,
    /// Past months on which methods are tried.
    #[arg(long, default_value_t = 9)]
    backtest: usize,
    /// Seed of the draws.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn run(args: &Args) -> Result<(), ExampleError> {
    let input = args.input.deals()?;
    let (deals, as_of) = (&input.deals, args.as_of.unwrap_or(input.last));
    let (by, day) = (args.by.unwrap_or_else(|| input.usual_segment()), as_of.days_since_epoch());
    let known = as_known(deals, day);
    let snapshot = Snapshot::new(&known, as_of)?;
    let ahead = |months| Ok::<_, ExampleError>(Ahead { by, seed: args.seed, ..Ahead::new(Grain::Month, months)? });
    let stated = known.iter().any(|deal| deal.is_open() && deal.stated.is_some());
    let age = AgeHazard { segment: by, ..AgeHazard::default() };
    let (all, dated, word, past) = (Weighted::undated(), Weighted::dated(), Weighted::stated(), Weighted::historical());
    let mut methods: Vec<&dyn PipelineMethod> = vec![&all, &dated, &past, &age];
    if stated {
        methods.insert(2, &word);
    }

    let months = months_before(as_of, args.backtest)?;
    let origins: Vec<Date> = months.iter().map(|month| month.start.plus_days(-1)).collect();
    let tested = backtest(deals, &methods, &origins, &ahead(1)?, as_of)?;
    let (mut forecasts, mut refused) = (Vec::new(), Vec::new());
    for method in &methods {
        match method.forecast(&snapshot, &ahead(args.months)?) {
            Ok(forecast) => forecasts.push(forecast),
            Err(ForecastError::NotAdmissible { method, reason }) => refused.push((method, reason)),
            Err(other) => return Err(other.into()),
        }
    }

    let figures = PipelineFigures::of(deals, &known, &months, as_of);
    let by = segment_name(by);
    write_out(&pipeline_report(&input, &PipelineResults { as_of, by, tested, forecasts, refused, stated, figures }))
}

fn main() -> ExitCode {
    finish("pipeline", run(&Args::parse()))
}
