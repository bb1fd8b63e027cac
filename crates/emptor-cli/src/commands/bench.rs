//! How fast the engine is on this machine: `bench`.

use std::time::Instant;

use emptor::ColumnSpec;
use emptor::polars::df;
use emptor::prelude::{
    BetaGeoNbd, DiscountRate, Fit, GammaGamma, HistoryOptions, Horizon, LifetimeValue, ModelValuation, PurchaseHistory,
    PurchaseLedger, RfmTable, ScoreOptions, TimeUnit, Timing,
};
use emptor_datasets::{BuyerParameters, PurchaseLog};

use crate::CliError;
use crate::reply::Reply;
use crate::words::count;

/// Weeks of the simulated log, and lines of a customer in it, about.
const WEEKS: u32 = 624;
const LINES: usize = 10;
const SEED: u64 = 1;

/// The columns of the answer.
const ANSWER: [ColumnSpec; 4] = [
    ColumnSpec::new("step", "", "what was done"),
    ColumnSpec::new("seconds", "s", "wall time, once"),
    ColumnSpec::new("rows_per_second", "1/s", "order lines a second"),
    ColumnSpec::new("peak_memory_mb", "MB", "most memory so far, where the system says it"),
];

/// From order lines to value, step by step, on a simulated log.
pub(crate) fn bench(rows: usize) -> Result<Reply, CliError> {
    let wrong = |e: emptor_datasets::DatasetError| CliError::Usage(format!("--rows {rows}: {e}"));
    let log = PurchaseLog::simulate((rows / LINES).max(1), WEEKS, SEED, BuyerParameters::RETAIL).map_err(wrong)?;
    let (lines, last) = (log.len(), log.as_of);
    let as_of = emptor::prelude::Date::from_days_since_epoch(last)
        .map_err(|e| CliError::Usage(format!("--rows {rows}: {e}")))?;
    let mut steps: Vec<(&str, f64, Option<f64>)> = Vec::new();
    let transactions = timed(&mut steps, "check order lines", || Ok(log.transactions()?))?;
    let ledger = timed(&mut steps, "gather purchases", || Ok(PurchaseLedger::collect(&transactions)?))?;
    timed(&mut steps, "RFM scores", || Ok(RfmTable::from_ledger(&ledger, as_of)?.score(&ScoreOptions::default())?))?;
    let options = HistoryOptions::new(as_of, TimeUnit::Week);
    let history = timed(&mut steps, "purchase histories", || Ok(PurchaseHistory::from_ledger(&ledger, options)?))?;
    let view = history.view()?;
    let purchases = timed(&mut steps, "fit BG/NBD", || Ok(BetaGeoNbd::builder().build()?.fit(&view)?))?;
    let spend = timed(&mut steps, "fit gamma-gamma", || Ok(GammaGamma::builder().build()?.fit(&view)?))?;
    let convention = LifetimeValue::builder()
        .rate(DiscountRate::annual_effective(0.12)?)
        .horizon(Horizon::months(36.0)?)
        .period(TimeUnit::Month)
        .timing(Timing::Middle)
        .build()?;
    let margin = vec![1.0; history.len()];
    timed(&mut steps, "lifetime value, 36 months", || {
        Ok(ModelValuation::new(&purchases, &spend, &view, &convention, &margin)?.compute()?)
    })?;
    let column = |of: fn(&(&str, f64, Option<f64>)) -> f64| steps.iter().map(of).collect::<Vec<f64>>();
    let rate = steps.iter().map(|(_, seconds, _)| lines as f64 / seconds.max(f64::MIN_POSITIVE));
    let frame = df!(
        "step" => steps.iter().map(|(step, _, _)| *step).collect::<Vec<_>>(),
        "seconds" => column(|(_, seconds, _)| *seconds),
        "rows_per_second" => rate.map(f64::round).collect::<Vec<_>>(),
        "peak_memory_mb" => steps.iter().map(|(_, _, peak)| *peak).collect::<Vec<_>>(),
    )?;
    let seconds: f64 = steps.iter().map(|(_, seconds, _)| seconds).sum();
    let version = env!("CARGO_PKG_VERSION");
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Ok(Reply::new("bench", frame).columns(ANSWER).note(format!(
        "emptor {version}, {threads} threads: {} simulated order lines of {} customers in {seconds:.2} s.",
        count(lines),
        count(ledger.len()),
    )))
}

/// Does a step and notes its time.
fn timed<T>(
    steps: &mut Vec<(&'static str, f64, Option<f64>)>,
    step: &'static str,
    work: impl FnOnce() -> Result<T, CliError>,
) -> Result<T, CliError> {
    let start = Instant::now();
    let done = work()?;
    steps.push((step, start.elapsed().as_secs_f64(), peak_memory()));
    Ok(done)
}

/// Most memory of this process so far, in megabytes.
fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some((kilobytes / 1024.0).round())
}
