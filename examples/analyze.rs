//! The main job: from order lines to customer value, equity, grades and segments.
//!
//! Without arguments it runs on the bundled sample:
//!
//! ```text
//! cargo run --release --example analyze
//! cargo run --release --example analyze -- --transactions orders.csv --columns customer=id,date=day,amount=net
//! ```

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use emptor::prelude::*;
use emptor_examples::{
    ExampleError, InputArgs, export, finish, progress, report, sample_capture, sample_tables, write_out, write_page,
};

/// Values, grades and segments customers from a table of order lines.
#[derive(Debug, Parser)]
#[command(name = "analyze")]
struct Args {
    #[command(flatten)]
    input: InputArgs,
    /// Last day of observation (YYYY-MM-DD); the last day of the table if not given.
    #[arg(long)]
    as_of: Option<Date>,
    /// Effective discount rate per year.
    #[arg(long, default_value_t = 0.12, allow_negative_numbers = true)]
    rate: f64,
    /// How far ahead profit counts: 36m, 3y, 156w.
    #[arg(long, default_value = "36m")]
    horizon: Horizon,
    /// Contribution margin rate, e.g. 0.35; from product costs, or 1 (revenue), if not given.
    #[arg(long, allow_negative_numbers = true)]
    margin: Option<f64>,
    /// Number of grades.
    #[arg(long, default_value_t = 4)]
    grades: usize,
    /// Purchase model, or several to take the best of by BIC: BG/NBD,Pareto/NBD,MBG/CNBD-k,..
    #[arg(long, value_name = "NAME,..", value_delimiter = ',', default_value = "BG/NBD")]
    model: Vec<PurchaseModelKind>,
    /// Penalty on model parameters; small bases may need 0.01.
    #[arg(long, default_value_t = 0.0)]
    penalty: f64,
    /// The page of the whole report; report.html in the folder of --out, or in this one, if not given.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Folder for customers.parquet and customers.csv, and rejects.csv if rows were set aside.
    #[arg(long)]
    out: Option<PathBuf>,
}

fn main() -> ExitCode {
    finish("analyze", run(&Args::parse()))
}

fn run(args: &Args) -> Result<(), ExampleError> {
    let (tables, capture) = match args.input.transactions()? {
        Some(transactions) => (Tables::new(transactions), None),
        None => (sample_tables()?, Some(sample_capture()?)),
    };
    let input = AnalysisInput::new(&tables);
    let input = capture.map_or(input, |capture| input.with_wallets(capture));
    let last_day = tables.transactions().quality().days.map(|(_, last)| last);
    let convention = LifetimeValue::builder()
        .rate(DiscountRate::annual_effective(args.rate)?)
        .horizon(args.horizon)
        .period(TimeUnit::Month)
        .timing(Timing::Middle)
        .build()?;
    let analysis = Analysis::builder()
        .as_of(args.as_of.or(last_day).ok_or(ExampleError::NoDay)?)
        .convention(convention)
        .unit(TimeUnit::Week)
        .margin(args.margin.map_or(Margin::Auto, Margin::Rate))
        .purchase_model(PurchaseModelChoice::best_of(args.model.clone()))
        .grades(args.grades)
        .penalty(args.penalty)
        .build()?;
    let results = analysis.run_with_progress(input, &progress)?;
    if let Some(folder) = &args.out {
        export(&results.customers, tables.transactions().rejects(), folder)?;
    }
    let page = args.report.clone().unwrap_or_else(|| args.out.clone().unwrap_or_default().join("report.html"));
    write_page(&page, input, &analysis)?;
    write_out(&report(&results, args.out.as_deref())?)?;
    write_out(&format!("\n{}: the whole report, with the seven Ps; opens in any browser\n", page.display()))
}
