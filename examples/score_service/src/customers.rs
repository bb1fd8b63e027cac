//! Customers in, scores out.

use std::collections::BTreeMap;

use emptor::analysis::ScoredCustomers;
use emptor::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::app::Loaded;
use crate::refusal::{Problem, Refusal};

/// The column that names a customer; it comes back as it came.
const ID: &str = "customer_id";

/// Rows shown of a problem.
const SAMPLES: usize = 3;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    /// The unit of `recency` and `T`.
    unit: TimeUnit,
    /// A row per customer; what is left out or null is unknown.
    customers: Vec<Map<String, Value>>,
}

#[derive(Serialize)]
struct Answer<'a> {
    fingerprint: &'a str,
    customers: Vec<Score<'a>>,
}

#[derive(Serialize)]
struct Score<'a> {
    customer_id: &'a Value,
    p_alive: Option<f64>,
    expected_purchases: Option<f64>,
    expected_spend: Option<f64>,
    ltv_current: Option<f64>,
    unscored_reason: Option<String>,
    r_score: Option<u8>,
    f_score: Option<u8>,
    m_score: Option<u8>,
    rfm_segment: Option<&'static str>,
    unsegmented_reason: Option<String>,
    grade: Option<Grade>,
    ungraded_reason: Option<String>,
    composite: Option<f64>,
    margin: Option<f64>,
}

/// Scores a body: how many customers, and the text of the answer.
pub(crate) fn score(loaded: &Loaded, body: &[u8], most: usize) -> Result<(usize, String), Refusal> {
    let Body { unit, customers } = serde_json::from_slice(body)?;
    if customers.len() > most {
        return Err(Refusal::too_large(customers.len(), most));
    }
    let columns = columns(&loaded.scorer, &customers)?;
    let lent: Vec<(&str, &[f64])> = columns.iter().map(|(name, values)| (*name, values.as_slice())).collect();
    let scored = loaded.scorer.score(&ScorerData::new(unit, &lent)?)?;
    let customers: Vec<Score<'_>> = customers.iter().enumerate().map(|(row, of)| one(&scored, row, of)).collect();
    let answer = Answer { fingerprint: &loaded.fingerprint, customers };
    Ok((answer.customers.len(), serde_json::to_string(&answer)?))
}

fn one<'a>(scored: &ScoredCustomers, row: usize, of: &'a Map<String, Value>) -> Score<'a> {
    let (rfm, grades) = (scored.rfm[row], &scored.grades);
    Score {
        customer_id: of.get(ID).unwrap_or(&Value::Null),
        p_alive: scored.p_alive[row],
        expected_purchases: scored.expected_purchases[row],
        expected_spend: scored.expected_spend[row],
        ltv_current: scored.ltv_current[row],
        unscored_reason: scored.unscored[row].map(|why| why.to_string()),
        r_score: rfm.map(|score| score.recency),
        f_score: rfm.map(|score| score.frequency),
        m_score: rfm.map(|score| score.monetary),
        rfm_segment: scored.segment[row].map(emptor::rfm::Segment::name),
        unsegmented_reason: scored.unsegmented[row].map(|why| why.to_string()),
        grade: grades.grade[row],
        ungraded_reason: grades.ungraded[row].map(|why| why.to_string()),
        composite: grades.composite[row],
        margin: grades.margin[row],
    }
}

/// One column per name the scorer reads; every name and value that cannot be is told.
fn columns<'a>(scorer: &'a Scorer, customers: &[Map<String, Value>]) -> Result<Vec<(&'a str, Vec<f64>)>, Refusal> {
    let names = scorer.columns().iter().map(|column| column.name.as_str());
    let mut columns: Vec<(&str, Vec<f64>)> = names.map(|name| (name, vec![f64::NAN; customers.len()])).collect();
    let mut problems: BTreeMap<(&str, &str), Problem> = BTreeMap::new();
    for (row, customer) in customers.iter().enumerate() {
        for (name, value) in customer {
            let column = columns.iter_mut().find(|(known, _)| known == name);
            let rule = match (name.as_str(), column, value.as_f64()) {
                (ID, ..) if value.is_string() || value.is_i64() || value.is_u64() => continue,
                (ID, ..) => "must be text or a whole number",
                (_, None, _) => "is not a column of the scorer; GET /model names them",
                (_, Some((_, values)), Some(number)) => {
                    values[row] = number;
                    continue;
                }
                (_, Some(_), None) if value.is_null() => continue,
                (_, Some(_), None) => "must be a number or null",
            };
            let problem = problems.entry((name, rule)).or_insert_with(|| Problem {
                column: name.clone(),
                rule: rule.to_owned(),
                count: 0,
                samples: Vec::new(),
            });
            problem.count += 1;
            if problem.samples.len() < SAMPLES {
                problem.samples.push(format!("row {row}: {value}"));
            }
        }
    }
    if problems.is_empty() { Ok(columns) } else { Err(Refusal::problems(problems.into_values().collect())) }
}
