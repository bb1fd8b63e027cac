//! What customers are worth, and how they are graded: `clv`, `grade`, `demo`.

use emptor::analysis::{AnalysisResults, COLUMNS, MarginBasis};
use emptor::polars::prelude::{DataFrame, SortMultipleOptions};
use emptor::types::{Invalid, Probability};

use crate::args::Value;
use crate::config::Config;
use crate::input::Opened;
use crate::potential::Potentials;
use crate::reply::Reply;
use crate::words::{count, many, money, percent};
use crate::{CliError, progress, settings};

/// The columns of value.
const VALUE: [&str; 15] = [
    "customer_id",
    "first_purchase",
    "days_since_last",
    "purchases",
    "spend",
    "p_alive",
    "expected_purchases",
    "expected_spend",
    "margin_rate",
    "ltv_current",
    "ltv_potential",
    "ltv_total",
    "ltv_low",
    "ltv_high",
    "grade",
];
/// The columns of grading.
const GRADE: [&str; 11] = [
    "customer_id",
    "grade",
    "ungraded_reason",
    "composite",
    "distance",
    "margin",
    "score_service_value",
    "score_product_value",
    "score_image",
    "score_past_sales",
    "ltv_total",
];

/// Part of the gap in share of wallet that the sample's customers could be won for: an assumption, so that the sample shows
/// what potential profit is.
pub(crate) fn sample_capture() -> Result<Probability, Invalid> {
    Probability::new(0.25)
}

/// The analysis of what was opened.
pub(crate) fn analyse(opened: &Opened, value: &Value, config: &Config) -> Result<AnalysisResults, CliError> {
    let analysis = settings::analysis(value, config, opened.as_of)?;
    let potentials = Potentials::of(value, config, &opened.tables)?;
    Ok(analysis.run_with_progress(potentials.input(&opened.tables), &progress::shown(opened.quiet))?)
}

pub(crate) fn clv(opened: &Opened, value: &Value, config: &Config) -> Result<Reply, CliError> {
    let results = analyse(opened, value, config)?;
    Ok(reply("customer_value", &results, &VALUE, "ltv_total")?.notes(equity(&results)))
}

pub(crate) fn grade(opened: &Opened, value: &Value, config: &Config) -> Result<Reply, CliError> {
    let results = analyse(opened, value, config)?;
    Ok(reply("customer_grades", &results, &GRADE, "composite")?.notes(grades(&results)))
}

/// Value and grades in one.
pub(crate) fn demo(opened: &Opened, config: &Config) -> Result<Reply, CliError> {
    let value = Value { capture: Some(sample_capture()?), ..Value::default() };
    let results = analyse(opened, &value, config)?;
    let reply = reply("customer_value", &results, &VALUE, "ltv_total")?;
    Ok(reply.note("The bundled sample: a made-up wholesaler.").notes(equity(&results)).notes(grades(&results)))
}

/// Some columns of the customers, the best first.
fn reply(name: &str, results: &AnalysisResults, columns: &[&str], by: &str) -> Result<Reply, CliError> {
    let options = SortMultipleOptions::default()
        .with_order_descending_multi([true, false])
        .with_nulls_last_multi([true, true])
        .with_maintain_order(true);
    let frame: DataFrame = results.customers.select(columns.iter().copied())?.sort([by, "customer_id"], options)?;
    let meanings = COLUMNS.iter().filter(|column| columns.contains(&column.name)).copied();
    Ok(Reply::new(name, frame).columns(meanings))
}

/// What the base is worth, and by which convention.
fn equity(results: &AnalysisResults) -> Vec<String> {
    let equity = &results.equity;
    let mut notes = vec![format!(
        "{} {} worth {} in all ({} to {}), as of {}.",
        many(equity.customers(), "customer"),
        if equity.customers() == 1 { "is" } else { "are" },
        money(equity.total()),
        money(results.range.low()),
        money(results.range.high()),
        results.as_of,
    )];
    if equity.potential().abs() > 0.0 {
        notes.push(format!(
            "Of it {} by what they buy today and {} by what they could buy beyond.",
            money(equity.current()),
            money(equity.potential())
        ));
    }
    if let Some(wallets) = &results.wallets {
        notes.push(format!(
            "Potential: {} (assumed) of the gap to the share of wallet of the best quarter of the segment; {} wallets are known.",
            percent(wallets.capture.get()),
            count(wallets.known)
        ));
    }
    if results.potential_unmatched > 0 {
        let unmatched = many(results.potential_unmatched, "customer");
        notes.push(format!("{unmatched} of the potential profit without a purchase: nobody's value."));
    }
    notes.push(format!("Convention: {}.", equity.convention()));
    let rate = percent(results.margin_rate);
    notes.push(match results.margin_basis {
        MarginBasis::Costs { coverage } => {
            format!("Margin: {rate} of revenue, from product costs (known for {} of it).", percent(coverage))
        }
        MarginBasis::Contribution { coverage } => {
            format!("Margin: {rate} of revenue after cost to serve (costs known for {} of it).", percent(coverage))
        }
        MarginBasis::Given => format!("Margin: {rate} of revenue, as given."),
        _ => "No margin is known, so values count revenue, not profit: give --margin, or costs of products.".to_owned(),
    });
    notes.push(format!("Model of purchases: {}.", results.models.purchases.kind()));
    if let Some(why) = results.range.not_covered() {
        notes.push(format!("Values of single customers have no range (ltv_low, ltv_high): {why}."));
    }
    notes
}

/// How many customers have which grade, and what each grade is worth.
fn grades(results: &AnalysisResults) -> Vec<String> {
    let line = |row: &emptor::analysis::GradeRow| {
        format!(
            "Grade {}: {} customers ({}), {} of the value.",
            row.grade.map_or_else(|| "none".to_owned(), |grade| grade.to_string()),
            count(row.customers),
            percent(row.customer_share),
            row.equity_share.map_or_else(|| "an unknown share".to_owned(), percent),
        )
    };
    results.grades.iter().filter(|row| row.customers > 0).map(line).collect()
}
