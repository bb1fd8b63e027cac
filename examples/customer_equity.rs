//! What is the whole base worth, how sure is that, what moves it, and why did it change since a year ago?
//!
//! ```text
//! cargo run --release --example customer_equity
//! cargo run --release --example customer_equity -- --transactions orders.csv --columns customer=id,date=day,amount=net
//! cargo run --release --example customer_equity -- --profits profits.csv \
//!     --columns customer=id,before=last_year,after=this_year --retention 0.9 --margin 0.25
//! ```

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use emptor::prelude::*;
use emptor::types::Invalid;
use emptor_examples::*;

/// Values a customer base with ranges, says what moves its value and why it changed.
#[derive(Debug, Parser)]
#[command(name = "customer_equity")]
struct Args {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    profits: ProfitArgs,
    #[command(flatten)]
    assumed: EquityArgs,
    /// Purchase model, or several to take the best of by BIC.
    #[arg(long, value_name = "NAME,..", value_delimiter = ',', default_value = "BG/NBD,MBG/NBD,Pareto/NBD")]
    model: Vec<PurchaseModelKind>,
    /// Last day of observation (YYYY-MM-DD); the last day of the table if not given.
    #[arg(long, conflicts_with = "profits")]
    as_of: Option<Date>,
    /// The day to compare with; one year earlier if not given.
    #[arg(long, conflicts_with = "profits")]
    before: Option<Date>,
    /// Add potential profit from the wallet surveys of the sample.
    #[arg(long, conflicts_with = "table")]
    wallet: bool,
    /// Folder for customers.csv, parts.csv, tornado.csv, grid.csv, bridge.csv, whale.csv and concentration.csv.
    #[arg(long)]
    out: Option<PathBuf>,
}

fn by_models(args: &Args) -> Result<EquityResults, ExampleError> {
    let mut tables = EquityTables::open(args.input.transactions()?, args.wallet)?;
    let (_, last) = tables.transactions.quality().days.ok_or(ExampleError::NoDay)?;
    let as_of = args.as_of.unwrap_or(last);
    tables.transactions = tables.transactions.known_by(as_of);
    let before = args.before.unwrap_or_else(|| as_of.year_before());
    if before >= as_of {
        return Err(Invalid::value("--before", format!("must be earlier than {as_of}"), before).into());
    }
    let ledger = PurchaseLedger::collect(&tables.transactions)?;
    let now = PurchaseBase::fit(&tables, &ledger, as_of, &args.model, &args.assumed)?;
    // The same kind of model on both dates, so that the bridge compares customers and not models.
    let past = PurchaseBase::fit(&tables, &ledger, before, &[now.purchases.kind()], &args.assumed);
    now.equity(&tables, &ledger, past, &args.assumed)
}

fn run(args: &Args) -> Result<(), ExampleError> {
    let results = match args.profits.read(args.input.columns())? {
        Some(base) => base.equity(&args.assumed)?,
        None => by_models(args)?,
    };
    args.out.as_deref().map_or(Ok(()), |folder| write_tables(folder, &equity_tables(&results)?))?;
    write_out(&equity_report(&results)?)
}

fn main() -> ExitCode {
    finish("customer_equity", run(&Args::parse()))
}
