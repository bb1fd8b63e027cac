//! A scorer from order lines.

use std::path::PathBuf;

use clap::Args;
use emptor::prelude::*;
use emptor_datasets::sample;
use thiserror::Error;

/// Analyses order lines and saves what was learned.
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Order lines, CSV or Parquet; the bundled sample if not given.
    #[arg(long, value_name = "FILE")]
    pub transactions: Option<PathBuf>,
    /// The column of the customer.
    #[arg(long, default_value = "customer_id", requires = "transactions")]
    pub customer: String,
    /// The column of the day.
    #[arg(long, default_value = "date", requires = "transactions")]
    pub date: String,
    /// The column of the net amount.
    #[arg(long, default_value = "amount", requires = "transactions")]
    pub amount: String,
    /// Last day of observation (YYYY-MM-DD); the last day of the table if not given.
    #[arg(long)]
    pub as_of: Option<Date>,
    /// Effective discount rate per year.
    #[arg(long, default_value_t = 0.12, allow_negative_numbers = true)]
    pub rate: f64,
    /// How far ahead profit counts: 36m, 3y, 156w.
    #[arg(long, default_value = "36m")]
    pub horizon: Horizon,
    /// Contribution margin rate, e.g. 0.35; from product costs, or 1 (revenue), if not given.
    #[arg(long, allow_negative_numbers = true)]
    pub margin: Option<f64>,
    /// Penalty on model parameters; small bases may need 0.01.
    #[arg(long, default_value_t = 0.0)]
    pub penalty: f64,
    /// The currency of the amounts, for the record.
    #[arg(long)]
    pub currency: Option<String>,
}

/// Why there is no scorer.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct TrainError(#[from] emptor::Error);

macro_rules! from {
    ($($error:path),*) => {
        $(impl From<$error> for TrainError {
            fn from(error: $error) -> Self {
                Self(error.into())
            }
        })*
    };
}

from!(
    emptor::types::Invalid,
    emptor::table::TableError,
    emptor::analysis::AnalysisError,
    emptor::analysis::ScorerError
);

/// Analyses and saves; gives the scorer back.
///
/// # Errors
/// What the engine says of the table, of the settings or of the file.
pub fn train(args: &TrainArgs) -> Result<Scorer, TrainError> {
    let tables = match &args.transactions {
        Some(path) => {
            let columns = TransactionColumns::new(&args.customer, &args.date).amount(&args.amount);
            Tables::new(Transactions::scan(Source::file(path)?, &columns)?)
        }
        None => Tables::new(sample::transactions()?).with_products(sample::products()?),
    };
    let last_day = tables.transactions().quality().days.map(|(_, last)| last);
    let convention = LifetimeValue::builder()
        .rate(DiscountRate::annual_effective(args.rate)?)
        .horizon(args.horizon)
        .period(TimeUnit::Month)
        .timing(Timing::Middle)
        .build()?;
    let mut analysis = Analysis::builder()
        .convention(convention)
        .unit(TimeUnit::Week)
        .margin(args.margin.map_or(Margin::Auto, Margin::Rate))
        .penalty(args.penalty);
    if let Some(day) = args.as_of.or(last_day) {
        analysis = analysis.as_of(day);
    }
    let scorer = analysis.build()?.run(&tables)?.scorer()?;
    let scorer = match &args.currency {
        Some(currency) => scorer.with_currency(currency),
        None => scorer,
    };
    scorer.save(&args.out)?;
    Ok(scorer)
}
