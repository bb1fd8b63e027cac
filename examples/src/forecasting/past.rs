//! How good such forecasts were.

use std::fmt::Write;

use emptor::forecast::Method;
use emptor::forecast::backtest::{BacktestMethod, BacktestSettings, MethodSummary, backtest};
use emptor::forecast::sales::SalesSeries;

use crate::ExampleError;
use crate::text::{percent, table};

/// Series that the past is tried on, and origins of each.
const TRIED: (usize, usize) = (200, 6);

/// The method that others must beat.
const NAIVE: &str = "seasonal naive";

/// The default, the theta method and the seasonal naive one from earlier origins, on the total and at most 200 series.
///
/// # Errors
/// If a setting breaks its rule.
pub fn tried_on_the_past(sales: &SalesSeries, horizon: usize) -> Result<Vec<MethodSummary>, ExampleError> {
    let total = sales.rolled_up(0);
    let parts = (0..sales.count().min(TRIED.0)).filter_map(|at| sales.series(at));
    let series: Vec<_> = total.series(0).into_iter().chain(parts.filter(|_| !sales.by().is_empty())).collect();
    let methods = [
        BacktestMethod::of("automatic", Method::Automatic),
        BacktestMethod::of("theta", Method::Theta),
        BacktestMethod::of(NAIVE, Method::SeasonalNaive),
    ];
    Ok(backtest(&series, &methods, &BacktestSettings::new(horizon, TRIED.1))?.summary())
}

/// The trial in words.
pub(super) fn past_text(past: &[MethodSummary]) -> String {
    let mut text = format!("\nTried on the past (the total and at most {} series, {} origins)\n", TRIED.0, TRIED.1);
    let mut rows = table(&["method", "error, share of sales", "MASE", "less error than seasonal naive"], 1..4);
    let naive = past.iter().find(|method| method.method == NAIVE).and_then(|method| method.accuracy.wape);
    for method in past {
        let better = naive.filter(|naive| *naive > 0.0).zip(method.accuracy.wape).map(|(naive, own)| 1.0 - own / naive);
        let mase = method.accuracy.mase.map_or_else(|| "–".to_owned(), |mase| format!("{mase:.3}"));
        rows.add_row([method.method.clone(), percent(method.accuracy.wape), mase, percent(better)]);
    }
    if past.iter().all(|method| method.accuracy.wape.is_none()) {
        text.push_str("  there are too few periods to try anything\n");
    } else {
        let _ = writeln!(text, "{rows}");
    }
    text
}
