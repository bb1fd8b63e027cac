//! What will we sell, of what, and how sure is that?
//!
//! ```text
//! cargo run --release --example forecast_sales
//! cargo run --release --example forecast_sales -- --by channel --grain week --horizon 8
//! cargo run --release --example forecast_sales -- --transactions orders.csv --columns customer=id,date=day,amount=net,product=sku \
//!     --products products.csv --product-columns product=sku,category=group --by category,product --out results
//! ```

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use emptor::forecast::sales::{SalesDimension, SalesForecast, SalesForecastSettings, SalesSeries, SalesSettings};
use emptor::period::Grain;
use emptor::prelude::*;
use emptor_examples::*;

/// Forecasts sales in all and by product, category, channel, …, and tries the method on the past.
#[derive(Debug, Parser)]
#[command(name = "forecast_sales")]
struct Args {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    products: ProductArgs,
    /// By what sales are split, the coarsest first: product, category, brand, channel, place, rep, partner; the total alone if
    /// not given.
    #[arg(long, value_delimiter = ',', value_parser = sales_dimension)]
    by: Vec<SalesDimension>,
    /// Last day of observation (YYYY-MM-DD); the last day of the table if not given.
    #[arg(long)]
    as_of: Option<Date>,
    /// Grain of time: day, week, month, quarter or year.
    #[arg(long, value_parser = forecast_grain, default_value = "month")]
    grain: Grain,
    /// Periods ahead.
    #[arg(long, default_value_t = 6)]
    horizon: usize,
    /// Folder for sales_series.csv and sales_forecast.csv.
    #[arg(long)]
    out: Option<PathBuf>,
}

fn run(args: &Args) -> Result<(), ExampleError> {
    let tables = profile_tables(&args.input, &args.products)?;
    let (_, last) = tables.transactions().quality().days.ok_or(ExampleError::NoDay)?;
    let settings = SalesSettings::new(args.grain, args.as_of.unwrap_or(last))?.by(args.by.clone());
    let sales = SalesSeries::of(&tables, &settings, None)?;
    let levels = [Level::new(0.8)?, Level::new(0.95)?];
    let ahead = SalesForecast::of(&sales, &SalesForecastSettings::new(args.horizon, &levels))?;
    let past = tried_on_the_past(&sales, args.horizon)?;

    if let Some(folder) = &args.out {
        write_tables(folder, &[("sales_series", sales.table()?), ("sales_forecast", ahead.table()?)])?;
    }
    write_out(&sales_report(&sales, &ahead, &past))
}

fn main() -> ExitCode {
    finish("forecast_sales", run(&Args::parse()))
}
