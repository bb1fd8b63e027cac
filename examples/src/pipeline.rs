//! The user's opportunities, and what is said of a pipeline.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use emptor::forecast::pipeline::{
    DealTable, Expectations, PipelineBacktest, PipelineForecast, RequiredCoverage, Slippage, WinRate,
};
use emptor::prelude::*;
use emptor::types::Date;
use emptor::types::period::Period;
use emptor_datasets::sample;

use crate::ExampleError;
use crate::text::{money, number, percent, table, whole};

/// The user's opportunities and their log.
#[derive(Debug, Args)]
pub struct PipelineArgs {
    /// Opportunities, CSV or Parquet, with columns `opp_id`, `stage`, `created`, `amount`, `prob`, `exp_close`, `closed_at`,
    /// `outcome`, `rep_id` and `product_id`. The bundled sample if not given.
    #[arg(long, value_name = "FILE")]
    opportunities: Option<PathBuf>,
    /// What happened to them, with columns `opp_id`, `ts`, `field`, `old` and `new`.
    #[arg(long, value_name = "FILE", requires = "opportunities")]
    history: Option<PathBuf>,
}

impl PipelineArgs {
    /// The deals, with all that happened to them until a day.
    ///
    /// # Errors
    /// If a table does not pass its door.
    pub fn deals(&self, until: Date) -> Result<DealTable, ExampleError> {
        let (opportunities, tables) = if let Some(path) = &self.opportunities {
            let columns = OpportunityColumns::new("opp_id", "stage", "created")
                .amount("amount")
                .probability("prob")
                .expected_close("exp_close")
                .closed_at("closed_at")
                .outcome("outcome")
                .rep("rep_id")
                .product("product_id");
            let mut tables = Tables::new(sample::transactions()?);
            if let Some(path) = &self.history {
                let columns = StageHistoryColumns::new("opp_id", "ts", "field", "new").old("old");
                tables = tables.with_stage_history(StageHistory::scan(Source::file(path)?, &columns)?);
            }
            (Opportunities::scan(Source::file(path)?, &columns)?, tables)
        } else {
            (sample::opportunities()?, sample::company()?)
        };
        Ok(DealTable::created_until(&opportunities, &tables, until.days_since_epoch())?)
    }
}

/// What the months ahead bring, by part, with the interval.
#[must_use]
pub fn pipeline_forecast_text(forecast: &PipelineForecast) -> String {
    let mut rows = table(&["month", "won", "open deals", "new deals", "expected", "80 % from", "to"], 1..7);
    for period in &forecast.total {
        let (low, high) = period.bands.first().map_or((0.0, 0.0), |band| band.amount);
        let numbers = [period.won, period.open, period.fresh, period.amount(), low, high].map(whole);
        rows.add_row(std::iter::once(period.start.to_string()).chain(numbers));
    }
    let mut text = format!("{}\n{rows}\n", forecast.method);
    for flagged in &forecast.flags {
        let _ = writeln!(text, "{}: {} deals", flagged.flag.name(), flagged.deals);
    }
    text
}

/// Win rates, speed, coverage, slippage of the last month, and how the expectations of owners held.
#[must_use]
pub fn pipeline_figures_text(
    rate: &WinRate,
    required: RequiredCoverage,
    slippage: &[(Period, Slippage)],
    owners: &[(String, Expectations)],
) -> String {
    let mut text = format!(
        "\nwin rate: {} by count, {} by value, {} with open deals at their age\nvelocity: {} per day, cycle {} days\n\
         required coverage: {} times what is to be won in a month\n\n",
        percent(rate.by_count),
        percent(rate.by_value),
        percent(rate.censored),
        rate.velocity.map_or_else(|| "–".to_owned(), money),
        number(rate.cycle_days, 0),
        number(required.times(), 1),
    );
    let mut rows = table(&["month", "expected to close", "put off", "slippage"], 1..4);
    for (period, of) in slippage {
        rows.add_row([period.start.to_string(), whole(of.expected), whole(of.moved), percent(of.rate())]);
    }
    let _ = writeln!(text, "{rows}\n");
    let mut rows = table(&["owner", "deals put off", "pushes per deal", "wins late, days", "amounts too high"], 1..5);
    for (name, of) in owners {
        let (pushes, late) = (number(of.pushes, 2), number(of.days_late, 0));
        rows.add_row([name.clone(), percent(of.slipped), pushes, late, percent(of.amount_bias)]);
    }
    let _ = writeln!(text, "{rows}");
    text
}

/// How methods would have done.
#[must_use]
pub fn pipeline_backtest_text(tested: &PipelineBacktest) -> String {
    let mut rows = table(&["method", "months", "MAPE", "bias", "total in 80 %", "groups in 80 %"], 1..6);
    for of in tested.summaries() {
        let shares = [of.mape, of.bias, of.covers_total, of.covers_amount].map(percent);
        rows.add_row([of.method, of.periods.to_string()].into_iter().chain(shares));
    }
    format!("\nmonth-end backtest, one month ahead\n{rows}\n")
}
