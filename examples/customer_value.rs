//! What are customers worth from here on, by the purchase model that describes them best, and how good is it?
//!
//! ```text
//! cargo run --release --example customer_value
//! cargo run --release --example customer_value -- --transactions orders.csv --columns customer=id,date=day,amount=net
//! ```

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use emptor::lifetime::validation::{Criterion, Holdout};
use emptor::prelude::*;
use emptor_examples::*;

/// Compares purchase models, tests them on a holdout, and values customers by the best.
#[derive(Debug, Parser)]
#[command(name = "customer_value")]
struct Args {
    #[command(flatten)]
    input: InputArgs,
    /// Purchase models to compare.
    #[arg(long, value_delimiter = ',', default_value = "BG/NBD,MBG/NBD,Pareto/NBD,NBD")]
    model: Vec<PurchaseModelKind>,
    /// Compare the models of regular buyers and GGom/NBD, too.
    #[arg(long, conflicts_with = "model")]
    all: bool,
    /// What the best model is chosen by: bic, of all data, or holdout, the RMSE there.
    #[arg(long, value_parser = ["bic", "holdout"], default_value = "bic")]
    by: String,
    /// Last day of observation (YYYY-MM-DD); the last day of the table if not given.
    #[arg(long)]
    as_of: Option<Date>,
    /// Last day of calibration; at two thirds of the time if not given.
    #[arg(long)]
    split: Option<Date>,
    /// Effective discount rate per year.
    #[arg(long, default_value_t = 0.12, allow_negative_numbers = true)]
    rate: f64,
    /// Part of revenue that is profit.
    #[arg(long, default_value_t = 1.0)]
    margin: f64,
    /// Folder for scores.csv, models.csv, holdout.csv and tracking.csv.
    #[arg(long)]
    out: Option<PathBuf>,
}

fn run(args: &Args) -> Result<(), ExampleError> {
    let orders = args.input.transactions()?.map_or_else(emptor_datasets::sample::transactions, Ok)?;
    let (first, last) = orders.quality().days.ok_or(ExampleError::NoDay)?;
    let as_of = args.as_of.unwrap_or(last);
    let orders = orders.known_by(as_of);
    let split = args.split.unwrap_or(middle(first, as_of, 2.0 / 3.0));
    let ledger = PurchaseLedger::collect(&orders)?;
    let history = PurchaseHistory::from_ledger(&ledger, HistoryOptions::new(as_of, TimeUnit::Week))?;
    let split = Split::new(&ledger, HistoryOptions::new(split, TimeUnit::Week), as_of)?;
    let (all, before) = (history.view()?, split.calibration().view()?);

    let most = PurchaseModelKind::ALL.iter().copied().filter(|kind| *kind != PurchaseModelKind::BgBb);
    let kinds = if args.all { most.collect() } else { args.model.clone() };
    let settings = FamilySettings { accept_boundary: true, ..FamilySettings::default() };
    let models = select(&kinds, &all, &settings, Criterion::Bic, None)?;
    let holdout = Holdout::new(split.holdout_frequency(), Horizon::weeks(split.duration())?)?;
    let tested = select(&kinds, &before, &settings, Criterion::HoldoutRmse, Some(&holdout))?;
    let kind = if args.by == "bic" { models.best()?.kind() } else { tested.best()?.kind() };
    let accuracy = accuracies(&tested, &before, &holdout)?;

    let (rate, margin) = (DiscountRate::annual_effective(args.rate)?, args.margin);
    let spend = GammaGamma::builder().build()?.fit(&all);
    let scoring = spend.iter().fold(Scoring::over(Horizon::months(12.0)?).dert(rate), Scoring::expected_spend);
    let scores = scoring.score(fitted(&models, kind)?, &history)?;
    let tracking = track(fitted(&tested, kind)?, &ledger, &split, as_of)?;
    let results =
        ValueResults { orders, history, split, models, tested, kind, accuracy, spend, scores, tracking, rate, margin };
    args.out.as_deref().map_or(Ok(()), |folder| write_tables(folder, &value_tables(&results)?))?;
    write_out(&value_report(&results)?)
}

fn main() -> ExitCode {
    finish("customer_value", run(&Args::parse()))
}
