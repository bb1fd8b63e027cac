//! Whether the models can be believed.

use emptor_chart::{Axis, Calibration, Lines, Stroke, Unit};
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
        Some(Ok(check)) => {
            part = part.finding(verdict(check)).caveat(
                "The check is one stretch of the past; customers who came in it are in neither number, and value rests on \
                 spend and margins too.",
            );
            part.push(tracking(check));
            part.push(calibration(check));
            part.push(by_frequency(check));
            part.push(Block::Table(errors(check)));
        }
        other => {
            part = part.finding(format!("Purchases follow the {name} model."));
            part.push(Block::Note(match other {
                Some(Err(why)) => format!("The model could not be checked by a part of the time held out: {why}."),
                _ => "No part of the time was held out to check the model by.".to_owned(),
            }));
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
        whole(errors.total_predicted),
        whole(errors.total_actual),
    )
}

/// A number of purchases, rounded.
fn whole(purchases: f64) -> String {
    count(purchases.round().max(0.0) as usize)
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

/// Purchases of the whole base, period by period, on both sides of the split.
fn tracking(check: &HoldoutCheck) -> Option<Block> {
    let curve = check.tracking.as_ref().filter(|curve| curve.end.len() >= 8)?;
    let actual = curve.actual.as_deref()?;
    let days: Vec<String> = check.days.iter().map(ToString::to_string).collect();
    let split = check.days.iter().position(|day| *day >= check.split)?;
    let length = check.days.windows(2).next().map_or(7, |two| two[1].days_since_epoch() - two[0].days_since_epoch());
    let period = if length > 7 { format!("{} weeks", length / 7) } else { "week".to_owned() };
    let after = |values: &[f64]| values[split + 1..].iter().sum::<f64>();
    let before = |values: &[f64]| values[..=split].iter().sum::<f64>();
    let chart = Lines::over_periods(
        "Repeat purchases, expected and actual",
        Axis::new("repeat purchases", Unit::number()),
        &days,
    )
    .series("actual", actual, Stroke::Solid)
    .series("expected", &curve.expected, Stroke::Dashed)
    .upright(split as f64, "split")
    .from_zero()
    .subtitle(format!("Per {period}, of the customers of the time before the split, of whom the model knew it"))
    .finding(format!(
        "After the split {} were expected and {} came, before it {} and {}.",
        whole(after(&curve.expected)),
        whole(after(actual)),
        whole(before(&curve.expected)),
        whole(before(actual))
    ))
    .note("Expected is what one would say of customers of whom only the first purchase is known.");
    Some(Block::chart("fit-tracking", chart))
}

/// What came of customers who had bought as often before.
fn by_frequency(check: &HoldoutCheck) -> Option<Block> {
    let groups = &check.by_frequency;
    let known = groups.customers.iter().filter(|n| **n > 0.0).count();
    let most = groups.from.last().filter(|_| known >= 3)?;
    let mean = |of: &[Option<f64>]| of.iter().map(|mean| mean.unwrap_or(f64::NAN)).collect::<Vec<f64>>();
    let (actual, expected) = (mean(&groups.actual_mean), mean(&groups.expected_mean));
    let mut chart = Lines::new(
        "Purchases by what customers had bought before",
        Axis::new(format!("repeat purchases before the split ({most:.0} or more at the end)"), Unit::number()),
        Axis::new("repeat purchases after it, per customer", Unit::number()),
    )
    .line("actual", &groups.from, &actual, Stroke::Solid)
    .line("expected", &groups.from, &expected, Stroke::Dashed)
    .from_zero()
    .subtitle("Purchases after the split per customer, by repeat purchases before it");
    if let (Some(actual), Some(expected)) = (actual.first(), expected.first()) {
        chart = chart.finding(format!(
            "Customers with one purchase before made {} more on average, {} were expected.",
            number(*actual),
            number(*expected)
        ));
    }
    Some(Block::chart("fit-frequency", chart))
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
            whole(errors.total_predicted),
            whole(errors.total_actual),
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
