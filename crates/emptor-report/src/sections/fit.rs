//! Whether the models can be believed.

use emptor_chart::{Calibration, Unit};
use emptor_core::analysis::HoldoutCheck;
use emptor_lifetime::PurchaseModel;
use emptor_lifetime::validation::Prediction;

use super::Made;
use crate::block::{Block, Fact, Part};
use crate::grid::Grid;
use crate::material::Material;
use crate::words::{UNKNOWN, Words, count, number, percent};

pub(super) fn part(material: &Material<'_>, _words: &Words) -> Made {
    let Some(analysis) = material.analysis else { return Ok(None) };
    let models = &analysis.models;
    let name = models.comparison.first().map_or("chosen", |best| best.model.as_str());
    let mut part = Part::new("fit", "Model fit and holdout check");
    match &material.holdout {
        Some(check) => {
            part = part.finding(verdict(check)).caveat(
                "The check is one stretch of the past; customers who came in it are in neither number, and value rests on \
                 spend and margins too.",
            );
            part.push(calibration(check));
            part.push(Block::Table(errors(check)));
        }
        None => {
            part = part.finding(format!("Purchases follow the {name} model."));
            part.push(Block::Note(
                "The time is too short, or too few came back, for a check on a part that is held out.".to_owned(),
            ));
        }
    }
    let facts: Vec<Fact> =
        models.purchases.named_parameters().into_iter().map(|(name, value)| Fact::new(name, number(value))).collect();
    part.push(Block::Note(format!("Parameters of the {name} model; its fit: {}.", models.purchases.report())));
    part.push(Block::Facts(facts));
    if models.comparison.len() > 1 {
        part.push(Block::Table(candidates(&models.comparison)));
    }
    Ok(Some(part))
}

fn verdict(check: &HoldoutCheck) -> String {
    let errors = &check.accuracy.model.errors;
    let missed = errors.relative_error_of_total.map_or_else(String::new, |error| {
        let way = if error > 0.0 { "more" } else { "fewer" };
        format!(", {} {way} than came", percent(error.abs()))
    });
    format!(
        "From {} to {} the model expected {} repeat purchases of the customers of the time before{missed} ({}).",
        check.split.plus_days(1),
        check.end,
        count(errors.total_predicted.round() as usize),
        count(errors.total_actual.round() as usize),
    )
}

/// Expected and actual purchases of tenths of the customers.
fn calibration(check: &HoldoutCheck) -> Option<Block> {
    let bins = &check.bins;
    if bins.customers.len() < 2 {
        return None;
    }
    let mut chart =
        Calibration::new("What was expected, and what came", Unit::number(), "repeat purchases per customer")
            .subtitle(format!(
                "Tenths of the customers by expected purchases from {} to {}; on the diagonal the model was right",
                check.split.plus_days(1),
                check.end
            ))
            .finding(format!(
                "On average the tenths are off by {} purchases per customer.",
                number(bins.calibration_error)
            ));
    for bin in 0..bins.customers.len() {
        chart = chart.bin(bins.predicted[bin], bins.actual[bin], None, bins.customers[bin]);
    }
    Some(Block::chart("fit-holdout", chart))
}

fn errors(check: &HoldoutCheck) -> Grid {
    let mut grid = Grid::new(
        "The model beside rules of thumb",
        &["prediction"],
        &[
            "purchases expected",
            "purchases",
            "mean absolute error",
            "root mean square error",
            "bias",
            "told right who buys",
        ],
    );
    "Repeat purchases of the time that was held out, per customer; \u{201c}bias\u{201d} is expected less actual"
        .clone_into(&mut grid.about);
    let all: Vec<&Prediction> = std::iter::once(&check.accuracy.model).chain(&check.accuracy.baselines).collect();
    for prediction in all {
        let errors = &prediction.errors;
        grid.row([
            prediction.name.clone(),
            count(errors.total_predicted.round().max(0.0) as usize),
            count(errors.total_actual.round().max(0.0) as usize),
            number(errors.mae),
            number(errors.rmse),
            number(errors.bias),
            prediction.share_classified_correctly.map_or_else(|| UNKNOWN.to_owned(), percent),
        ]);
    }
    grid
}

fn candidates(comparison: &[emptor_lifetime::CandidateSummary]) -> Grid {
    let mut grid = Grid::new("Candidates, the best first", &["model"], &["log-likelihood", "parameters", "AIC", "BIC"]);
    for candidate in comparison {
        let known = |value: Option<f64>| value.map_or_else(|| UNKNOWN.to_owned(), number);
        grid.row([
            candidate.model.clone(),
            known(candidate.log_likelihood),
            candidate.parameters.map_or_else(|| UNKNOWN.to_owned(), |n| n.to_string()),
            known(candidate.aic),
            known(candidate.bic),
        ]);
    }
    grid
}
