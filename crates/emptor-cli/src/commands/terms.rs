//! The terms of a customer's grade, and the parameters of the models.

use emptor::analysis::AnalysisResults;
use emptor::grade::GradingData;
use emptor::polars::prelude::DataFrame;
use emptor::prelude::PurchaseModel;

use super::explain::{Line, row_of, significant};
use crate::CliError;
use crate::input::Opened;

/// What the models have learned from all customers.
pub(super) fn parameters(results: &AnalysisResults) -> Vec<Line> {
    let models = &results.models;
    let spend = models.spend.parameters();
    let spend = [("p", spend.p), ("q", spend.q), ("gamma", spend.gamma)].map(|(name, value)| (name.to_owned(), value));
    let of = |model: String, parameters: Vec<(String, f64)>| {
        let about = format!("parameter of {model}, the same for all customers");
        parameters.into_iter().map(move |(name, value)| {
            ["model".to_owned(), format!("parameter {name}"), significant(value), about.clone()]
        })
    };
    of(models.purchases.kind().to_string(), models.purchases.named_parameters())
        .chain(of("gamma-gamma".to_owned(), spend.to_vec()))
        .collect()
}

/// `composite = Σ weight × standard score`, indicator by indicator; nothing for a customer without a grade.
pub(super) fn grade(opened: &Opened, results: &AnalysisResults, id: &str) -> Result<Vec<Line>, CliError> {
    let scorer = results.scorer()?;
    let inputs = scorer.inputs(&opened.tables, results.as_of)?;
    let row = row_of(&inputs, id)?;
    let grader = scorer.grader();
    let indicators: Vec<&str> = grader.standard().indicators().iter().map(|fitted| fitted.indicator.name()).collect();
    let own = indicators.iter().map(|name| own(&inputs, name, row)).collect::<Result<Vec<[f64; 1]>, CliError>>()?;
    let lent: Vec<(&str, &[f64])> = indicators.iter().zip(&own).map(|(name, own)| (*name, own.as_slice())).collect();
    let contributions = grader.contributions(&GradingData::new(&lent)?)?;
    let mut terms = Vec::new();
    let mut sum = 0.0;
    for (at, fitted) in grader.standard().indicators().iter().enumerate() {
        let Some(weight) = contributions.weight[at][0] else { return Ok(Vec::new()) };
        let score = contributions.score[at][0].unwrap_or_default();
        let group = fitted.indicator.group().to_string().replace('_', " ");
        let about = if own[at][0].is_nan() {
            format!("unknown, and adds nothing ({group})")
        } else {
            format!("weight × standard score of {} ({group})", significant(own[at][0]))
        };
        sum += weight * score;
        terms.push([
            "grade term".to_owned(),
            format!("{}: {} × {}", indicators[at], significant(weight), significant(score)),
            significant(weight * score),
            about,
        ]);
    }
    terms.push(["sum".to_owned(), "Σ grade terms".to_owned(), significant(sum), "equals composite".to_owned()]);
    Ok(terms)
}

fn own(inputs: &DataFrame, name: &str, row: usize) -> Result<[f64; 1], CliError> {
    Ok([inputs.column(name)?.f64()?.get(row).unwrap_or(f64::NAN)])
}
