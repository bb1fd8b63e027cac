//! One customer: every term of value and grade: `explain`.

use emptor::ColumnSpec;
use emptor::analysis::{AnalysisResults, COLUMNS};
use emptor::polars::df;
use emptor::polars::prelude::{AnyValue, DataFrame};
use emptor::prelude::{HistoryView, ModelValuation, TimeUnit};

use super::terms;
use crate::CliError;
use crate::args::Value;
use crate::config::Config;
use crate::input::Opened;
use crate::reply::Reply;
use crate::words::{count, money, percent};

/// What is shown of the customer, by part.
const PARTS: [(&str, &[&str]); 5] = [
    ("past", &["first_purchase", "days_since_last", "purchases", "spend", "returned", "rfm_cell", "rfm_segment"]),
    ("history", &["frequency", "recency", "T", "monetary_value"]),
    ("model", &["p_alive", "expected_purchases", "expected_spend", "margin_rate"]),
    ("value", &["ltv_current", "ltv_potential", "ltv_total", "ltv_low", "ltv_high"]),
    (
        "grade",
        &[
            "grade",
            "ungraded_reason",
            "score_service_value",
            "score_product_value",
            "score_image",
            "score_past_sales",
            "composite",
            "distance",
            "distance_up",
            "distance_down",
            "margin",
        ],
    ),
];

/// The columns of the answer.
const ANSWER: [ColumnSpec; 4] = [
    ColumnSpec::new("part", "", "past, history, model, value, grade and its terms, or the period of the schedule"),
    ColumnSpec::new("term", "", "a column of the results, or a term of a period"),
    ColumnSpec::new("value", "", "what it is of this customer"),
    ColumnSpec::new("meaning", "", "what the term says"),
];

/// Part, term, value and meaning.
pub(super) type Line = [String; 4];

pub(crate) fn explain(opened: &Opened, id: &str, value: &Value, config: &Config) -> Result<Reply, CliError> {
    let results = super::value::analyse(opened, value, config)?;
    let customers = &results.customers;
    let row = row_of(customers, id)?;
    let mut lines: Vec<Line> = Vec::new();
    for (part, terms) in PARTS {
        for term in terms {
            let meaning = COLUMNS.iter().find(|column| column.name == *term);
            let found = text(&customers.column(term)?.get(row)?);
            if let (Some(found), Some(meaning)) = (found, meaning) {
                // Histories count in the unit of the models.
                let unit = match meaning.unit {
                    "" => String::new(),
                    "unit" => format!(" [{}]", config.models.unit),
                    unit => format!(" [{unit}]"),
                };
                lines.push([part.to_owned(), (*term).to_owned(), found, format!("{}{unit}", meaning.meaning)]);
            }
        }
        match part {
            "model" => lines.extend(terms::parameters(&results)),
            "grade" => lines.extend(terms::grade(opened, &results, id)?),
            _ => {}
        }
    }
    let schedule = schedule(&results, row, config.models.unit)?;
    lines.extend(schedule.lines);
    let column = |at: usize| lines.iter().map(|line| line[at].as_str()).collect::<Vec<_>>();
    let frame = df!("part" => column(0), "term" => column(1), "value" => column(2), "meaning" => column(3))?;
    Ok(Reply::new(format!("customer {id}"), frame).columns(ANSWER).notes(story(&results, row, schedule.sum)?))
}

/// The row of a customer, whatever type ids have.
pub(super) fn row_of(customers: &DataFrame, id: &str) -> Result<usize, CliError> {
    let ids = customers.column("customer_id")?;
    for row in 0..ids.len() {
        if text(&ids.get(row)?).as_deref() == Some(id) {
            return Ok(row);
        }
    }
    let some: Vec<String> = (0..ids.len().min(5)).filter_map(|row| text(&ids.get(row).ok()?)).collect();
    let known = format!("{} customers such as {}", count(ids.len()), some.join(", "));
    Err(CliError::Data(format!("there is no customer {id}: the data hold {known}")))
}

/// A value as it is written; `None` where it is not known.
fn text(value: &AnyValue<'_>) -> Option<String> {
    match value {
        AnyValue::Null => None,
        AnyValue::String(text) => Some((*text).to_owned()),
        AnyValue::StringOwned(text) => Some(text.to_string()),
        AnyValue::Float64(number) => Some(significant(*number)),
        other => Some(other.to_string()),
    }
}

/// Six significant digits, as few decimals as that takes.
pub(super) fn significant(number: f64) -> String {
    let whole = number.abs().max(1.0).log10() as usize;
    let text = format!("{number:.*}", 5_usize.saturating_sub(whole));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// The terms of every period, and their sum.
struct Periods {
    lines: Vec<Line>,
    sum: Option<f64>,
}

/// `LTV = Σ (RP_t + PRP_t) · DF_t` of this customer, period by period; nothing where the model asks for more than the columns
/// hold, or deals fall into periods of their own.
fn schedule(results: &AnalysisResults, row: usize, unit: TimeUnit) -> Result<Periods, CliError> {
    let none = Periods { lines: Vec::new(), sum: None };
    let number = |name: &str| -> Result<Option<f64>, CliError> {
        Ok(results.customers.column(name)?.f64()?.get(row).filter(|value| value.is_finite()))
    };
    let frequency = number("frequency")?;
    // Who has not come again has no mean of repeat purchases, and is expected to spend as all do.
    let spend = number("monetary_value")?.or(frequency.filter(|repeats| *repeats <= 0.0));
    let terms = [frequency, number("recency")?, number("T")?, spend, number("margin_rate")?];
    let [Some(frequency), Some(recency), Some(t), Some(spend), Some(margin)] = terms else { return Ok(none) };
    let own = [[frequency], [recency], [t], [spend], [margin]];
    let history = HistoryView::new(&own[0], &own[1], &own[2], Some(&own[3]), unit)?;
    let models = &results.models;
    let convention = results.equity.convention();
    let valuation = ModelValuation::new(&models.purchases, &models.spend, &history, convention, &own[4])?;
    let potential = number("ltv_potential")?.filter(|potential| *potential > 0.0);
    if potential.is_some() && results.pipeline.is_some() {
        return Ok(none);
    }
    // What one more a period would be worth tells what the potential of a period is.
    let one = valuation.with_potential(&[1.0])?;
    // Models with regular purchases want the gaps between them, which the table of customers does not hold.
    let Ok(streams) = one.streams(0..1) else { return Ok(none) };
    let schedule = convention.schedule(&streams)?;
    let each = potential.map_or(0.0, |potential| potential / schedule.pv_prp.iter().sum::<f64>());
    let meaning = format!(
        "expected profit of the {}{} × discount factor of {} to its {} = present value",
        convention.period(),
        if each > 0.0 { ", current + potential," } else { "" },
        convention.rate(),
        convention.timing()
    );
    let line = |at: usize| {
        let (profit, more, factor) = (schedule.rp[at], each * schedule.prp[at], schedule.df[at]);
        let value = schedule.pv_rp[at] + each * schedule.pv_prp[at];
        let term = if each > 0.0 {
            format!("({} + {}) × {factor:.5}", significant(profit), significant(more))
        } else {
            format!("{} × {factor:.5}", significant(profit))
        };
        let about = if at == 0 { meaning.clone() } else { String::new() };
        [format!("{} {}", convention.period(), schedule.t[at]), term, significant(value), about]
    };
    let mut lines: Vec<_> = (0..schedule.t.len()).map(line).collect();
    let sum = schedule.pv_rp.iter().sum::<f64>() + potential.unwrap_or(0.0);
    lines.push(["sum".to_owned(), "Σ present values".to_owned(), significant(sum), "equals ltv_total".to_owned()]);
    Ok(Periods { lines, sum: Some(sum) })
}

/// What it comes to.
fn story(results: &AnalysisResults, row: usize, sum: Option<f64>) -> Result<Vec<String>, CliError> {
    let values = results.customers.column("ltv_total")?.f64()?;
    let Some(own) = values.get(row) else {
        return Ok(vec!["Without a purchase there is no value: nothing is known of what they will buy.".to_owned()]);
    };
    let known = values.iter().flatten().count();
    let below = values.iter().flatten().filter(|value| *value < own).count();
    let mut notes = vec![format!(
        "Worth {} over {}: more than {} of the {} customers.",
        money(own),
        results.equity.convention().horizon(),
        percent(below as f64 / known.max(1) as f64),
        count(known),
    )];
    if let Some(sum) = sum {
        let gap = (sum - own).abs() / own.abs().max(1.0);
        notes.push(format!("The periods sum to {}; ltv_total is {} (gap {gap:.0e}).", money(sum), money(own)));
    }
    Ok(notes)
}
