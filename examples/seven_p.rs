//! What do the seven Ps say of a customer base: who are they, do they stay, what do they earn us, what was sold, who comes
//! next, what goes with what, and did campaigns pay?
//!
//! ```text
//! cargo run --release --example seven_p
//! cargo run --release --example seven_p -- --questions
//! cargo run --release --example seven_p -- --transactions orders.csv --columns customer=id,date=day,order=no,product=sku,amount=net \
//!     --products products.csv --product-columns product=sku,category=group,cost=unit_cost
//! ```

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use emptor::analysis::SevenPAnalysis;
use emptor::prelude::*;
use emptor::profile::SevenPSettings;
use emptor::profile::product::Unit;
use emptor_examples::*;

/// The seven Ps of a customer base: findings, tables, and what data would fill the gaps.
#[derive(Debug, Parser)]
#[command(name = "seven_p")]
struct Args {
    #[command(flatten)]
    base: BaseArgs,
    /// Products go together in an order, or at a customer.
    #[arg(long, value_parser = unit, default_value = "order")]
    unit: Unit,
    /// Periods that forecasts of customers and sales look ahead.
    #[arg(long, default_value_t = 4)]
    periods_ahead: usize,
    /// Yearly discount rate of lifetime values.
    #[arg(long, default_value_t = 0.10)]
    rate: f64,
    /// Answer the ten questions instead.
    #[arg(long)]
    questions: bool,
    /// Show the first rows of a table, with the meaning of its columns.
    #[arg(long, value_name = "NAME")]
    show: Option<String>,
    /// Folder for all tables as CSV, columns.csv with their meaning, and rejects.csv if rows were set aside.
    #[arg(long)]
    out: Option<PathBuf>,
}

fn run(args: &Args) -> Result<(), ExampleError> {
    let (tables, window) = args.base.open()?;
    let convention = LifetimeValue::builder()
        .rate(DiscountRate::annual_effective(args.rate)?)
        .horizon(Horizon::months(36.0)?)
        .period(TimeUnit::Month)
        .timing(Timing::Middle)
        .build()?;
    let analysis = Analysis::builder().as_of(window.as_of()).convention(convention).unit(TimeUnit::Week).build()?;
    let mut settings = SevenPSettings::new(args.unit);
    settings.prospecting.horizon = args.periods_ahead;
    let results =
        SevenPAnalysis::new(window, settings).with_analysis(analysis)?.run_with_progress(&tables, &progress)?;

    if let Some(folder) = &args.out {
        write_profile(folder, &results)?;
        write_rejects(folder, tables.transactions().rejects())?;
    }
    let text = match (&args.show, args.questions) {
        (Some(name), _) => one_table(&results, name)?,
        (None, true) => questions(&results)?,
        (None, false) => seven_p_report(&results, &window),
    };
    write_out(&format!("{}{text}", was_read(tables.transactions(), args.out.as_deref())))
}

fn main() -> ExitCode {
    finish("seven_p", run(&Args::parse()))
}
