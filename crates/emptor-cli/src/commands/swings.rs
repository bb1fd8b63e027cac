//! What moves customer equity: the analysis again with one setting changed.

use emptor::analysis::{AnalysisInput, AnalysisResults};
use emptor::prelude::Horizon;
use emptor::report::Swing;

use crate::args::Value;
use crate::config::Config;
use crate::input::Opened;
use crate::settings;
use crate::words::percent;

/// Beyond so many customers the analysis is not run four times more.
const MOST: usize = 300_000;

/// Equity at half and at one and a half times the discount rate, at half and twice the horizon, and with all margins a tenth
/// lower and higher. What cannot be computed is left out.
pub(crate) fn swings(opened: &Opened, value: &Value, config: &Config, now: &AnalysisResults) -> Vec<Swing> {
    let total = |value: &Value| {
        let analysis = settings::analysis(value, config, opened.as_of).ok()?;
        Some(analysis.run(AnalysisInput::new(&opened.tables)).ok()?.equity.total())
    };
    let swing = |lever: &str, low: (String, Option<f64>), high: (String, Option<f64>)| {
        Some(Swing { lever: lever.to_owned(), low: low.0, high: high.0, at_low: low.1?, at_high: high.1? })
    };
    let tenth = 0.1 * now.equity.total();
    let margins = swing(
        "margins",
        ("a tenth lower".to_owned(), Some(now.equity.total() - tenth)),
        ("a tenth higher".to_owned(), Some(now.equity.total() + tenth)),
    );
    if now.equity.customers() > MOST {
        return margins.into_iter().collect();
    }
    let rate = value.rate.unwrap_or(config.value.rate);
    let at_rate =
        |rate: f64| (format!("{} a year", percent(rate)), total(&Value { rate: Some(rate), ..value.clone() }));
    let horizon = value.horizon.unwrap_or(config.value.horizon);
    let at_horizon = |times: f64| {
        let other = Horizon::new(times * horizon.length(), horizon.unit()).ok();
        let name = other.map_or_else(String::new, |horizon| horizon.to_string());
        (name, other.and_then(|horizon| total(&Value { horizon: Some(horizon), ..value.clone() })))
    };
    let rates = swing("discount rate", at_rate(0.5 * rate), at_rate(1.5 * rate));
    let horizons = swing("horizon", at_horizon(0.5), at_horizon(2.0));
    [margins, rates, horizons].into_iter().flatten().collect()
}
