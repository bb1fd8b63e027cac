//! The printed report of a base's worth.

use std::fmt::Write;

use emptor::value::portfolio::Basis;
use emptor::value::uncertainty::{Covers, ValueRange};

use super::{Bridge, EquityResults, report_levers};
use crate::ExampleError;
use crate::text::{count, money, number, percent, table, whole};

/// Lays the results out for reading.
///
/// # Errors
/// If there is no equity.
pub fn equity_report(results: &EquityResults) -> Result<String, ExampleError> {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "WHAT WAS READ\n{}\nConvention: {}", results.about.join("\n"), results.convention);
    if let Some((ladder, check)) = &results.earned {
        let _ = write!(text, "\nWHAT THE RELATIONSHIPS HAVE EARNED\n{}", earned(ladder, check));
    }
    let _ = write!(text, "\nSTATIC EQUITY\n{}", equity(results));
    let _ = write!(text, "\nWHERE THE VALUE LIES\n{}", concentration(results)?);
    if !results.parts.is_empty() {
        let _ = write!(text, "\nEQUITY BY PART\n{}", parts(results));
    }
    if results.matrix.is_some() {
        let _ = write!(text, "\nCURRENT × POTENTIAL VALUE\n{}", matrix(results));
    }
    let _ = write!(text, "\nDYNAMIC EQUITY\n{}", dynamic(results));
    text.push_str(&report_levers::levers(&results.levers));
    let _ = writeln!(
        text,
        "Every equity above is as uncertain as the one it starts from, {} ({} range): only differences tell",
        span(&results.dynamic.range),
        percents(results)
    );
    let _ = match &results.bridge {
        Ok(bridge) => write!(text, "\nBRIDGE FROM {} TO {}\n{}", bridge.from, bridge.to, bridge_table(bridge)),
        Err(reason) => write!(text, "\nBRIDGE\nNo bridge: {reason}\n"),
    };
    let _ = write!(text, "\nFINDING\n{}\n", finding(results)?);
    Ok(text)
}

/// The ladder of margins.
fn earned(ladder: &[(&'static str, f64)], check: &str) -> String {
    let net = ladder.iter().find(|(step, _)| *step == "net revenue").map(|(_, amount)| *amount);
    let mut rows = table(&["", "all customers", "of net revenue"], 1..3);
    for (step, amount) in ladder {
        let share = net.filter(|net| *net > 0.0).map(|net| amount / net);
        rows.add_row([(*step).to_owned(), whole(*amount), percent(share)]);
    }
    format!("{rows}\n{check}\n")
}

fn percents(results: &EquityResults) -> String {
    // Level 0.95 reads 95 %.
    format!("{} %", (results.level.get() * 1e4).round() / 100.0)
}

/// The range without its value.
fn span(range: &ValueRange) -> String {
    format!("{} – {}", whole(range.low()), whole(range.high()))
}

/// What ranges cover, and what they do not.
fn covers(range: &ValueRange) -> String {
    let what = match range.covers() {
        Covers::Both => {
            "estimated parameters and another draw of customers from the same market; not a wrong model or another market"
        }
        _ => "another draw of customers from the same market; not parameters, a wrong model or another market",
    };
    let why = range.not_covered().map(|why| format!("\nParameters are not covered: {why}"));
    format!("Ranges cover {what}{}\n", why.unwrap_or_default())
}

fn equity(results: &EquityResults) -> String {
    let range = format!("{} range", percents(results));
    let mut rows = table(&["", "equity", &range, "± %", "per customer"], 1..5);
    for (name, range) in &results.equity {
        rows.add_row([
            (*name).to_owned(),
            whole(range.value()),
            span(range),
            half_width(range),
            money(range.value() / results.customers.len() as f64),
        ]);
    }
    let covered = results.total().map(covers).unwrap_or_default();
    format!("{rows}\n{} customers. {covered}", count(results.customers.len()))
}

/// Half the width of a range in per cent of the value.
fn half_width(range: &ValueRange) -> String {
    let share = 0.5 * (range.high() - range.low()) / range.value();
    number((range.value() > 0.0).then_some(100.0 * share), 1)
}

fn concentration(results: &EquityResults) -> Result<String, ExampleError> {
    let header = [
        "",
        "customers",
        "total",
        "best 20 % hold",
        "80 % is held by",
        "Gini",
        "peak",
        "customers at peak",
        "loss makers",
        "lost on them",
    ];
    let mut rows = table(&header, 1..10);
    for spread in &results.concentration {
        let summary = spread.curve.summary();
        let (top, reach) = (spread.curve.top(0.2)?, spread.curve.reach(0.8)?);
        rows.add_row([
            spread.name.clone(),
            count(summary.customers),
            whole(summary.total),
            percent(top.share_of_total),
            match reach.customers {
                Some(n) => format!("{} ({})", count(n), percent(reach.share_of_customers)),
                None => "–".to_owned(),
            },
            number(spread.gini, 3),
            percent(summary.peak_over_total),
            format!("{} ({})", count(summary.customers_at_peak), percent(Some(summary.share_at_peak))),
            count(summary.loss_making),
            whole(summary.lost),
        ]);
    }
    let losses = results.concentration.iter().any(|spread| spread.curve.basis() == Basis::WithLosses);
    let caution = if losses { " With losses, shares are of the total and may exceed 100 %; no Gini" } else { "" };
    Ok(format!("{rows}\nPeak: the sum of all who earn something, in per cent of the total.{caution}\n"))
}

fn parts(results: &EquityResults) -> String {
    let range = format!("{} range", percents(results));
    let header = ["by", "part", "customers", "equity", &range, "± %", "share", "per customer"];
    let mut rows = table(&header, 2..8);
    let total = results.total().map_or(f64::NAN, ValueRange::value);
    let mut last = "";
    for part in &results.parts {
        let value = part.range.value();
        rows.add_row([
            if part.by == last { String::new() } else { part.by.to_owned() },
            part.name.clone(),
            count(part.customers),
            whole(value),
            span(&part.range),
            half_width(&part.range),
            percent((total > 0.0).then_some(value / total)),
            money(value / part.customers as f64),
        ]);
        last = part.by;
    }
    let cohort = if results.cohorts.is_some() { "Cohort: when the first purchase fell. " } else { "" };
    format!("{rows}\n{cohort}Ranges of parts include how many customers a part has\n")
}

fn matrix(results: &EquityResults) -> String {
    let Some(matrix) = &results.matrix else { return String::new() };
    let mut rows = table(&["", "customers", "current", "potential"], 1..4);
    for part in matrix.parts.iter().filter(|part| part.quadrant.is_some() || part.customers > 0) {
        let name = part.quadrant.map_or_else(|| "unknown".to_owned(), |quadrant| quadrant.to_string());
        rows.add_row([name, count(part.customers), whole(part.current), whole(part.potential)]);
    }
    format!(
        "{rows}\nCut at the medians, current {} and potential {}: platinum is high in both, gold in current, iron in potential\n",
        money(matrix.current_cut),
        money(matrix.potential_cut)
    )
}

fn dynamic(results: &EquityResults) -> String {
    let value = &results.dynamic.value;
    let mut rows = table(&["", "customers", "equity", &format!("{} range", percents(results))], 1..4);
    let mut add = |name: &str, customers: Option<f64>, amount: f64, range: Option<&ValueRange>| {
        let customers = customers.map(whole).unwrap_or_default();
        rows.add_row([name.to_owned(), customers, whole(amount), range.map(span).unwrap_or_default()]);
    };
    add("existing customers (static)", Some(value.customers), value.static_equity, results.total());
    add("customers to be won", Some(value.new_customers), value.future_value, None);
    add("cost of winning them", None, -value.acquisition_cost, None);
    add("customers to be won, net", None, value.future, results.dynamic.future.as_ref());
    add("dynamic equity", None, value.dynamic, Some(&results.dynamic.range));
    let net = results.dynamic.future.as_ref().map(|_| "; that of customers to be won covers estimated parameters only");
    format!(
        "{rows}\nPlan: {}.\nThe plan itself is an assumption and in no range{}\n",
        results.dynamic.plan,
        net.unwrap_or_default()
    )
}

fn bridge_table(bridge: &Bridge) -> String {
    let terms = bridge.terms();
    let Some((_, _, start)) = terms.first().cloned() else { return String::new() };
    let mut rows = table(&["", "customers", "equity", "% of before"], 1..4);
    for (name, customers, amount) in &terms {
        rows.add_row([
            name.clone(),
            count(*customers),
            whole(*amount),
            number((start.abs() > 0.0).then(|| 100.0 * amount / start + 0.0), 1),
        ]);
    }
    let [before, after] = &bridge.ranges;
    format!(
        "{rows}\nRange before {}, after {}. Terms are rounded for print; unrounded they add up\n{}\n",
        span(before),
        span(after),
        bridge.notes.join("\n")
    )
}

fn finding(results: &EquityResults) -> Result<String, ExampleError> {
    let Some(total) = results.total() else { return Ok(String::new()) };
    let customers = results.customers.len();
    let mut parts = vec![format!(
        "The base of {} customers is worth {} ({} range {})",
        count(customers),
        whole(total.value()),
        percents(results),
        span(total)
    )];
    if let Some(share) = results.concentration.last().map(|spread| spread.curve.top(0.2)).transpose()? {
        parts.extend(share.share_of_total.map(|share| format!("the best fifth holds {}", percent(Some(share)))));
    }
    if let Some(bar) = results.levers.tornado.rows.first() {
        parts.push(format!("of the changes tried, {} moves it most", bar.lever));
    }
    if let Ok(bridge) = &results.bridge {
        let terms = bridge.terms();
        if let [first, steps @ .., last] = terms.as_slice() {
            let side = if last.2 < first.2 { "fell" } else { "rose" };
            let change = format!("since {} it {side} by {}", bridge.from, whole((last.2 - first.2).abs()));
            let steps = steps.iter().filter(|(name, ..)| !name.contains("as gone"));
            let why = steps.max_by(|a, b| a.2.abs().total_cmp(&b.2.abs()));
            let why = why.filter(|step| step.2.abs() > 0.0);
            parts.push(match why {
                Some((name, _, amount)) => {
                    let sign = if *amount > 0.0 { "+" } else { "" };
                    format!("{change}, the largest step being {name} ({sign}{})", whole(*amount))
                }
                None => change,
            });
        }
    }
    Ok(format!("{}.", parts.join("; ")))
}
