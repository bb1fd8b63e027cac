//! Sales ahead: `forecast`.

use emptor::forecast::sales::{SalesDimension, SalesForecast, SalesForecastSettings, SalesSeries, SalesSettings};
use emptor::period::Grain;
use emptor::prelude::Level;

use crate::CliError;
use crate::args::{ForecastArgs, TimeGrain};
use crate::config::Config;
use crate::input::Opened;
use crate::reply::Reply;
use crate::words::{many, money};

pub(crate) fn forecast(opened: &Opened, args: &ForecastArgs, config: &Config) -> Result<Reply, CliError> {
    let by = if args.by.is_empty() { config.forecast.by.clone() } else { dimensions(&args.by)? };
    let grain = args.grain.map_or(config.forecast.grain, grain);
    let periods = args.periods.unwrap_or(config.forecast.periods);
    let settings = SalesSettings::new(grain, opened.as_of)?.by(by);
    let sales = SalesSeries::of(&opened.tables, &settings, None)?;
    let levels = [Level::new(0.8)?, Level::new(0.95)?];
    let ahead = SalesForecast::of(&sales, &SalesForecastSettings::new(periods, &levels))?;
    let total = ahead.find(&[]).map(|node| {
        let past: f64 = node.history.iter().rev().take(periods).sum();
        format!(
            "{} ahead: {} in all, by {} (the last {}: {}).",
            many(periods, &grain.to_string()),
            money(node.total()),
            node.forecast.method,
            many(periods, &grain.to_string()),
            money(past)
        )
    });
    let left_out = sales.left_out().iter().map(|out| format!("The period of {}: {}.", out.period.start, out.reason));
    Ok(Reply::new("sales_forecast", ahead.table()?).notes(total).notes(left_out))
}

fn grain(grain: TimeGrain) -> Grain {
    match grain {
        TimeGrain::Day => Grain::Day,
        TimeGrain::Week => Grain::Week,
        TimeGrain::Month => Grain::Month,
        TimeGrain::Quarter => Grain::Quarter,
        TimeGrain::Year => Grain::Year,
    }
}

fn dimensions(names: &[String]) -> Result<Vec<SalesDimension>, CliError> {
    let known: Vec<&str> = SalesDimension::ALL.into_iter().map(SalesDimension::name).collect();
    let find = |name: &String| {
        let found = SalesDimension::ALL.into_iter().find(|dimension| dimension.name() == name);
        found.ok_or_else(|| CliError::Usage(format!("--by {name}: must be one of {}", known.join(", "))))
    };
    names.iter().map(find).collect()
}
