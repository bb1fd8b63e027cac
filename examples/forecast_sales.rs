//! What will we sell, of what, and how sure is that?
//!
//! ```text
//! cargo run --release --example forecast_sales
//! cargo run --release --example forecast_sales -- --by channel --grain week --horizon 8
//! cargo run --release --example forecast_sales -- --transactions till.csv --columns date=day,amount=net --grain week
//! cargo run --release --example forecast_sales -- --transactions orders.csv --columns customer=id,date=day,amount=net,product=sku \
//!     --products products.csv --product-columns product=sku,category=group --by category,product --out results
//! ```

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use emptor::forecast::sales::{SalesDimension, SalesForecast, SalesForecastSettings, SalesSettings};
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
    /// By what sales are split, the coarsest first: category, brand, product, channel, place, rep, partner; the total alone if
    /// not given.
    #[arg(long, value_delimiter = ',', value_parser = sales_dimension)]
    by: Vec<SalesDimension>,
    /// Last day of observation (YYYY-MM-DD), not before the first day of the table; its last day if not given.
    #[arg(long)]
    as_of: Option<Date>,
    /// Grain of time: day, week, month, quarter or year.
    #[arg(long, value_parser = forecast_grain, default_value = "month")]
    grain: Grain,
    /// Periods ahead.
    #[arg(long, default_value_t = 6)]
    horizon: usize,
    /// Folder for sales_series.csv, sales_forecast.csv and sales_backtest.csv, and rejects.csv if rows were set aside.
    #[arg(long)]
    out: Option<PathBuf>,
}

fn run(args: &Args) -> Result<(), ExampleError> {
    let tables = profile_tables(&args.input, &args.products, CustomerRole::Optional)?;
    let as_of = last_day(&tables, args.as_of)?;
    let settings = SalesSettings::new(args.grain, as_of)?.by(coarsest_first(&args.by));
    let sales = sales_series(&tables, &settings)?;
    let method = SalesForecastSettings::new(args.horizon, &[Level::new(0.8)?, Level::new(0.95)?]);
    let ahead = SalesForecast::of(&sales, &method)?;
    let alone = SalesForecast::of(&sales.rolled_up(0), &method)?;
    let past = tried_on_the_past(&sales, &method)?;
    let ahead = past.iter().fold(ahead, SalesForecast::with_backtest);

    if let Some(folder) = &args.out {
        let mut written = vec![("sales_series", sales.table()?), ("sales_forecast", ahead.table()?)];
        written.extend(past.as_ref().map(|past| past.table().map(|table| ("sales_backtest", table))).transpose()?);
        write_tables(folder, &written)?;
        write_rejects(folder, tables.transactions().rejects())?;
    }
    write_out(&sales_report(&SalesResults {
        tables: &tables,
        settings: &settings,
        asked: &args.by,
        grain: args.grain,
        sales: &sales,
        ahead: &ahead,
        alone: &alone,
        past: past.as_ref(),
        out: args.out.as_deref(),
    })?)
}

fn main() -> ExitCode {
    finish("forecast_sales", run(&Args::parse()))
}
