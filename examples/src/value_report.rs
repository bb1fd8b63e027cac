//! The printed report of a comparison of purchase models.

use std::fmt::Write;

use emptor::lifetime::validation::{HoldoutAccuracy, Prediction, Tracking};
use emptor::lifetime::{Candidate, LifetimeError};
use emptor::prelude::*;

use crate::ExampleError;
use crate::text::{brief, count, money, number, percent, significant, table};

const TOP: usize = 10;
/// Models closer than this by BIC describe the data equally well (Kass & Raftery 1995).
const HARDLY_BETTER: f64 = 2.0;
/// Above this part of an endless stream, nobody counts as leaving.
const ENDLESS: f64 = 0.8;
/// A total this close is met.
const ON_TARGET: f64 = 0.005;

/// Everything the report is made from.
#[derive(Debug)]
pub struct ValueResults {
    /// The order lines.
    pub orders: Transactions,
    /// The histories until the last day of observation.
    pub history: PurchaseHistory,
    /// Calibration and holdout.
    pub split: Split,
    /// The models of all data, the best by BIC first.
    pub models: Selection,
    /// The models of the calibration period, the best on the holdout first.
    pub tested: Selection,
    /// The model that was chosen.
    pub kind: PurchaseModelKind,
    /// How the tested models did, in their order.
    pub accuracy: Vec<HoldoutAccuracy>,
    /// The model of spend, if there is one.
    pub spend: Result<FittedGammaGamma, LifetimeError>,
    /// What the chosen models say of every customer.
    pub scores: Scores,
    /// Repeat purchases week by week, by the chosen model of the calibration period.
    pub tracking: Tracking,
    /// The discount rate.
    pub rate: DiscountRate,
    /// The part of revenue that is profit.
    pub margin: f64,
}

impl ValueResults {
    /// Residual value of every customer: discounted purchases to come × expected spend × margin.
    #[must_use]
    pub fn residual_value(&self) -> Option<Vec<f64>> {
        let (dert, spend) = (self.scores.dert.as_ref()?, self.scores.expected_spend.as_ref()?);
        Some(dert.iter().zip(spend).map(|(count, money)| count * money * self.margin).collect())
    }
}

/// The fitted model of a kind.
///
/// # Errors
/// Why it could not be fitted.
pub fn fitted(models: &Selection, kind: PurchaseModelKind) -> Result<&FittedPurchaseModel, LifetimeError> {
    match models.candidates.iter().find(|candidate| candidate.kind == kind) {
        Some(candidate) => candidate.model.as_ref().map_err(Clone::clone),
        None => models.best(),
    }
}

/// Lays the results out for reading.
///
/// # Errors
/// If a model has no estimates for another reason than a boundary.
pub fn value_report(results: &ValueResults) -> Result<String, ExampleError> {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write!(text, "WHAT WAS READ\n{}", read(results));
    let _ = write!(text, "\nMODELS OF ALL DATA\n{}", models(&results.models));
    let _ = write!(text, "\nESTIMATES\n{}", estimates(results)?);
    let _ = write!(text, "\nHOLDOUT\n{}", holdout(results));
    let _ = write!(text, "\nTRACKING\n{}", tracking(&results.tracking, results.split.duration()));
    let _ = write!(text, "\nTHE TEN CUSTOMERS WITH MOST TO COME\n{}", top(results)?);
    let _ = write!(text, "\nFINDING\n{}\n", finding(results));
    Ok(text)
}

fn read(results: &ValueResults) -> String {
    let quality = results.orders.quality();
    let history = &results.history;
    let repeats: f64 = history.frequency().iter().sum();
    let none = history.frequency().iter().filter(|x| **x < 1.0).count();
    let beyond = match quality.days {
        Some((_, last)) if last > history.as_of() => format!(" (lines until {last} left out)"),
        _ => String::new(),
    };
    format!(
        "{} lines; {} customers who bought until {}{beyond}: {} repeat purchase days, {} customers ({}) with none\n",
        count(quality.accepted),
        count(history.len()),
        history.as_of(),
        count(repeats as usize),
        count(none),
        percent(Some(none as f64 / history.len() as f64)),
    )
}

fn models(models: &Selection) -> String {
    let mut rows = table(&["model", "log-likelihood", "parameters", "AIC", "BIC", "fit"], 1..5);
    for (line, candidate) in models.table().iter().zip(&models.candidates) {
        rows.add_row([
            name_of(candidate),
            number(line.log_likelihood, 1),
            line.parameters.map_or_else(|| "–".to_owned(), |n| n.to_string()),
            number(line.aic, 1),
            number(line.bic, 1),
            brief(&line.remark),
        ]);
    }
    format!("{rows}\n")
}

fn estimates(results: &ValueResults) -> Result<String, ExampleError> {
    let model = fitted(&results.models, results.kind)?;
    let mut text = String::new();
    let mut rows = table(&["parameter", "estimate", "standard error", "95 % interval"], 1..4);
    let mut add =
        |name: &str, estimates: Result<Vec<Estimate>, LifetimeError>, given: Vec<(String, f64)>| match estimates {
            Ok(estimates) => {
                for e in estimates {
                    let interval = format!("{} – {}", significant(e.interval.low), significant(e.interval.high));
                    let own = format!("{name} {}", e.name);
                    rows.add_row([own, significant(e.value), significant(e.standard_error), interval]);
                }
            }
            Err(error) => {
                for (parameter, value) in given {
                    rows.add_row([format!("{name} {parameter}"), significant(value), "–".to_owned(), "–".to_owned()]);
                }
                let _ = writeln!(text, "No standard errors: {error}");
            }
        };
    let level = Level::new(0.95)?;
    add(model.name(), model.estimates(level), model.named_parameters());
    match &results.spend {
        Ok(spend) => {
            let p = spend.parameters();
            let given = [("p", p.p), ("q", p.q), ("gamma", p.gamma)].map(|(name, value)| (name.to_owned(), value));
            add("Gamma-Gamma", spend.estimates(level), given.to_vec());
            if spend.excluded() > 0 {
                let left_out = count(spend.excluded());
                let _ = writeln!(text, "Gamma-Gamma: {left_out} repeat customers without positive spend left out");
            }
        }
        Err(error) => {
            let _ = writeln!(text, "No values in money: {error}");
        }
    }
    Ok(format!("{rows}\nTime in {}s.\n{text}", model.unit()))
}

fn holdout(results: &ValueResults) -> String {
    let split = &results.split;
    let header = ["rule", "MAE", "RMSE", "bias", "predicted", "error of total", "right who buys"];
    let mut rows = table(&header, 1..7);
    let mut add = |name: String, rule: &Prediction| {
        let errors = &rule.errors;
        rows.add_row([
            name,
            number(Some(errors.mae), 3),
            number(Some(errors.rmse), 3),
            format!("{:+.3}", errors.bias),
            count(errors.total_predicted.round() as usize),
            errors.relative_error_of_total.map_or_else(|| "–".to_owned(), signed),
            percent(rule.share_classified_correctly),
        ]);
    };
    let tested = results.tested.candidates.iter().filter(|candidate| candidate.model.is_ok());
    for (candidate, accuracy) in tested.zip(&results.accuracy) {
        add(name_of(candidate), &accuracy.model);
    }
    for rule in results.accuracy.first().map(|accuracy| accuracy.baselines.as_slice()).unwrap_or_default() {
        add(rule.name.clone(), rule);
    }
    let bought: f64 = split.holdout_frequency().iter().sum();
    let mut text = format!(
        "Fitted until {}; {:.1} weeks after it, in which {} customers known by then bought {} times ({} more came new)\n{rows}\n",
        split.calibration().as_of(),
        split.duration(),
        count(split.calibration().len()),
        count(bought as usize),
        count(split.born_in_holdout()),
    );
    if let Some(hiatus) = results.accuracy.first().and_then(|accuracy| accuracy.hiatus) {
        let _ = writeln!(text, "Hiatus heuristic: gone is who was silent for more than {hiatus:.1} weeks");
    }
    for candidate in &results.tested.candidates {
        match &candidate.model {
            Err(error) => {
                let _ = writeln!(text, "{}: no fit ({error})", candidate.kind);
            }
            Ok(model) if !model.report().termination.is_success() => {
                let _ = writeln!(text, "{}: {}", candidate.kind, model.report().termination);
            }
            Ok(_) => {}
        }
    }
    text
}

/// Before the split and after it, and four parts of each.
fn tracking(tracking: &Tracking, holdout: f64) -> String {
    let Some(actual) = &tracking.actual else { return String::new() };
    let weeks = actual.len();
    let after = usize::min(weeks, holdout as usize);
    let mut rows = table(&["weeks", "repeat purchases", "expected", "error"], 1..4);
    let mut add = |name: String, from: usize, to: usize| {
        let (bought, expected): (f64, f64) = (actual[from..to].iter().sum(), tracking.expected[from..to].iter().sum());
        let error = (bought > 0.0).then(|| expected / bought - 1.0);
        rows.add_row([
            name,
            count(bought as usize),
            count(expected.round() as usize),
            error.map_or_else(|| "–".to_owned(), signed),
        ]);
    };
    for (name, from, to) in [("calibration", 0, weeks - after), ("holdout", weeks - after, weeks)] {
        let part = |i: usize| from + (to - from) * i / 4;
        (0..4).filter(|i| part(*i) < part(i + 1)).for_each(|i| {
            add(format!("{}–{}", part(i) + 1, part(i + 1)), part(i), part(i + 1));
        });
        if from < to {
            add(format!("all of {name}"), from, to);
        }
    }
    let (week, total) = (tracking.mape.map(percent_of), tracking.mape_cumulative.map(percent_of));
    format!(
        "{rows}\nWhole weeks only. Mean absolute error of a week {}, of the running total {}\n",
        week.unwrap_or_else(|| "–".to_owned()),
        total.unwrap_or_else(|| "–".to_owned())
    )
}

fn top(results: &ValueResults) -> Result<String, ExampleError> {
    let (scores, history) = (&results.scores, &results.history);
    let value = results.residual_value();
    let dert = scores.dert.as_deref().unwrap_or_default();
    let by = value.as_deref().unwrap_or(dert);
    let mut order: Vec<usize> = (0..by.len()).collect();
    order.sort_by(|&i, &j| by[j].total_cmp(&by[i]));
    let header = [
        "customer",
        "repeats",
        "weeks since last",
        "P(alive)",
        "purchases in 12 months",
        "DERT",
        "spend per purchase",
        "residual value",
    ];
    let mut rows = table(&header, 1..8);
    for &row in order.iter().take(TOP) {
        rows.add_row([
            history.customers().get(row)?.str_value().into_owned(),
            count(history.frequency()[row] as usize),
            number(Some(history.t()[row] - history.recency()[row]), 1),
            number(Some(scores.p_alive[row]), 3),
            number(Some(scores.expected_purchases[row]), 1),
            number(dert.get(row).copied(), 1),
            scores.expected_spend.as_ref().map_or_else(|| "–".to_owned(), |spend| money(spend[row])),
            value.as_ref().map_or_else(|| "–".to_owned(), |value| money(value[row])),
        ]);
    }
    let of = if results.margin < 1.0 { format!(" × {} margin", results.margin) } else { " (revenue)".to_owned() };
    let caution = if is_endless(results) {
        "CAUTION: the model hardly sees anyone leave, so DERT and residual value reach far beyond what was observed\n"
    } else {
        ""
    };
    Ok(format!(
        "{rows}\n{caution}DERT: all purchases to come, discounted at {:.1} % a year. Residual value: DERT × spend per purchase{of}\n",
        100.0 * results.rate.annual()
    ))
}

fn finding(results: &ValueResults) -> String {
    let kind = results.kind;
    let mut parts = vec![describes(results)];
    if let Some(accuracy) = results.accuracy.iter().find(|accuracy| accuracy.model.name == kind.name()) {
        let errors = &accuracy.model.errors;
        let total = match errors.relative_error_of_total {
            Some(error) if error.abs() < ON_TARGET => {
                "predicts as many purchases as were made in the holdout".to_owned()
            }
            Some(error) => {
                let side = if error > 0.0 { "more" } else { "fewer" };
                format!("predicts {} {side} purchases than were made in the holdout", percent_of(error.abs()))
            }
            None => "has a holdout in which nobody bought".to_owned(),
        };
        let rules = accuracy.baselines.iter().min_by(|a, b| a.errors.rmse.total_cmp(&b.errors.rmse));
        let beaten = rules.map(|rule| {
            let gain = 1.0 - errors.rmse / rule.errors.rmse;
            if gain > 0.0 {
                format!(", with an RMSE per customer {} below that of the best rule of thumb", percent_of(gain))
            } else {
                format!(", but with an RMSE per customer {} above that of the rule “{}”", percent_of(-gain), rule.name)
            }
        });
        parts.push(format!("it {total}{}", beaten.unwrap_or_default()));
    }
    let purchases: f64 = results.scores.expected_purchases.iter().sum();
    let alive: f64 = results.scores.p_alive.iter().sum();
    let mut sum = format!(
        "of {} customers about {} are still there, with {} purchases to expect in the next 12 months",
        count(results.history.len()),
        count(alive.round() as usize),
        count(purchases.round() as usize)
    );
    if let Some(mut value) = results.residual_value() {
        let total: f64 = value.iter().sum();
        value.sort_by(|a, b| b.total_cmp(a));
        let tenth: f64 = value.iter().take(value.len().div_ceil(10)).sum();
        let _ = write!(
            sum,
            " and a residual value of {}, {} of it in the best tenth",
            count(f64::max(0.0, total).round() as usize),
            percent_of(tenth / total)
        );
    }
    parts.push(sum);
    format!("{}.", parts.join("; "))
}

/// Whether the chosen model describes the data best, and how clearly.
fn describes(results: &ValueResults) -> String {
    let kind = results.kind;
    let distinct: Vec<&Candidate> = results
        .models
        .candidates
        .iter()
        .filter(|candidate| candidate.score.is_some() && order(candidate) != Some(1))
        .collect();
    let bic = |place: usize| distinct.get(place).and_then(|candidate| candidate.score);
    match (bic(0), bic(1)) {
        (Some(_), _) if distinct[0].kind != kind => {
            format!("{kind} predicts the holdout best, though {} describes all data better", name_of(distinct[0]))
        }
        (Some(best), Some(next)) if next - best < HARDLY_BETTER => {
            let (this, other) = (name_of(distinct[0]), name_of(distinct[1]));
            format!("{this} and {other} describe these purchases equally well (BIC)")
        }
        (Some(best), Some(next)) => {
            let (this, other) = (name_of(distinct[0]), name_of(distinct[1]));
            format!("{this} describes these purchases best (BIC {:.1} below {other})", next - best)
        }
        _ if results.models.candidates.len() > 1 => format!("{kind} is the only model that could be fitted"),
        _ => format!("{kind} was the only model asked for"),
    }
}

/// The order of a model of regular buyers; at 1 it is the model without an order.
fn order(candidate: &Candidate) -> Option<u32> {
    match &candidate.model {
        Ok(FittedPurchaseModel::BgCnbdK(model)) => Some(model.parameters().k),
        Ok(FittedPurchaseModel::MbgCnbdK(model)) => Some(model.parameters().k),
        _ => None,
    }
}

/// The model's usual name, with the order of regular buyers that was found.
fn name_of(candidate: &Candidate) -> String {
    match order(candidate) {
        Some(k) => format!("{} (k = {k})", candidate.kind),
        None => candidate.kind.name().to_owned(),
    }
}

/// Whether DERT is close to what it would be if the purchases of the next 12 months went on for ever.
fn is_endless(results: &ValueResults) -> bool {
    let years: f64 = results.scores.dert.iter().flatten().sum();
    let year: f64 = results.scores.expected_purchases.iter().sum();
    years * results.rate.force() > ENDLESS * year
}

fn signed(share: f64) -> String {
    format!("{:+.1} %", 100.0 * share)
}

fn percent_of(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
