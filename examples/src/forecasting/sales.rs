//! Forecasts of sales as people read them.

use std::fmt::Write;

use emptor::forecast::Method;
use emptor::forecast::backtest::{BacktestMethod, BacktestSettings, MethodSummary, backtest};
use emptor::forecast::sales::{SalesDimension, SalesForecast, SalesNode, SalesSeries};
use emptor::period::Grain;

use crate::ExampleError;
use crate::text::{count, money, percent, table};

/// Members that are shown, by what they are expected to sell.
const SHOWN: usize = 10;
/// Series that the past is tried on, and origins of each.
const TRIED: (usize, usize) = (200, 6);

/// The method that others must beat.
const NAIVE: &str = "seasonal naive";

/// A dimension by its name.
///
/// # Errors
/// If there is no such dimension in order lines and products.
pub fn sales_dimension(name: &str) -> Result<SalesDimension, String> {
    let known =
        SalesDimension::ALL.into_iter().filter(|d| !matches!(d, SalesDimension::Segment | SalesDimension::Grade));
    let names: Vec<&str> = known.clone().map(SalesDimension::name).collect();
    known
        .into_iter()
        .find(|dimension| dimension.name() == name)
        .ok_or_else(|| format!("`{name}` is none of {}", names.join(", ")))
}

/// A grain of periods by its name.
///
/// # Errors
/// If there is no such grain.
pub fn forecast_grain(name: &str) -> Result<Grain, String> {
    if name == "day" {
        Ok(Grain::Day)
    } else {
        crate::grain(name).map_err(|_| format!("`{name}` is none of day, week, month, quarter, year"))
    }
}

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

/// The total by period, the greatest members, and how good such forecasts were.
#[must_use]
pub fn sales_report(sales: &SalesSeries, ahead: &SalesForecast, past: &[MethodSummary]) -> String {
    let mut text = String::new();
    let (first, last) = (sales.periods().first(), sales.periods().last());
    if let Some((first, last)) = first.zip(last) {
        let _ = writeln!(
            text,
            "{} from {} to {}: {} periods, {} series",
            sales.measure(),
            first.start,
            last.end,
            sales.periods().len(),
            count(sales.count())
        );
    }
    for out in sales.left_out() {
        let _ = writeln!(text, "  the period of {}: {}", out.period.start, out.reason);
    }
    if let Some(total) = ahead.find(&[]) {
        let _ = writeln!(text, "\nIn all, by {}", total.forecast.method);
        text.push_str(&by_period(sales, ahead, total));
    }
    if !sales.by().is_empty() {
        let names: Vec<&str> = sales.by().iter().map(|dimension| dimension.name()).collect();
        let _ = writeln!(
            text,
            "\nThe {} periods together, by {} (the greatest; they add up)",
            ahead.periods().len(),
            names.join(" and ")
        );
        text.push_str(&by_member(sales, ahead));
    }
    let _ = writeln!(text, "\nTried on the past (the total and at most {} series, {} origins)", TRIED.0, TRIED.1);
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

fn by_period(sales: &SalesSeries, ahead: &SalesForecast, total: &SalesNode) -> String {
    let mut rows = table(&["period from", "expected", "80 % of the time", "95 % of the time", "a season before"], 1..5);
    let season = sales.calendar().season();
    for (at, period) in ahead.periods().iter().enumerate() {
        let band = |band: usize| {
            let of = total.forecast.bands.get(band);
            of.map_or_else(String::new, |of| format!("{} … {}", money(of.lower[at]), money(of.upper[at])))
        };
        let before = season.checked_sub(at).filter(|back| *back > 0 && season > 1);
        let before = before.and_then(|back| total.history.len().checked_sub(back)).and_then(|at| total.history.get(at));
        let before = before.map_or_else(|| "–".to_owned(), |before| money(*before));
        rows.add_row([period.start.to_string(), money(total.forecast.mean[at]), band(0), band(1), before]);
    }
    format!("{rows}\n")
}

fn by_member(sales: &SalesSeries, ahead: &SalesForecast) -> String {
    let depth = sales.by().len();
    let mut nodes: Vec<&SalesNode> = ahead.nodes().iter().filter(|node| node.member.len() == depth).collect();
    nodes.sort_by(|a, b| b.total().total_cmp(&a.total()).then_with(|| a.member.cmp(&b.member)));
    let periods = ahead.periods().len();
    let mut rows = table(&["member", "expected", "in the last as many periods", "change", "method"], 1..4);
    for node in nodes.iter().take(SHOWN) {
        let before: f64 = node.history.iter().rev().take(periods).sum();
        let change = (before > 0.0).then(|| node.total() / before - 1.0);
        let member = node.member.join(" / ");
        rows.add_row([member, money(node.total()), money(before), percent(change), node.forecast.method.clone()]);
    }
    let more = nodes.len().saturating_sub(SHOWN);
    let rest = if more > 0 { format!("  and {} more\n", count(more)) } else { String::new() };
    format!("{rows}\n{rest}")
}
