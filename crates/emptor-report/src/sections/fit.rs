//! Whether the models can be believed.

use emptor_lifetime::PurchaseModel;

use super::Made;
use crate::block::{Block, Fact, Part};
use crate::grid::Grid;
use crate::material::Material;
use crate::words::{UNKNOWN, Words, number};

pub(super) fn part(material: &Material<'_>, _words: &Words) -> Made {
    let Some(analysis) = material.analysis else { return Ok(None) };
    let models = &analysis.models;
    let report = models.purchases.report();
    let mut part = Part::new("fit", "Model fit").finding(format!(
        "Purchases follow the {} model; its fit: {report}.",
        models.comparison.first().map_or("chosen", |best| best.model.as_str())
    ));
    let facts: Vec<Fact> =
        models.purchases.named_parameters().into_iter().map(|(name, value)| Fact::new(name, number(value))).collect();
    part.push(Block::Facts(facts));
    let mut grid = Grid::new("Candidates, the best first", &["model"], &["log-likelihood", "parameters", "AIC", "BIC"]);
    for candidate in &models.comparison {
        let known = |value: Option<f64>| value.map_or_else(|| UNKNOWN.to_owned(), number);
        grid.row([
            candidate.model.clone(),
            known(candidate.log_likelihood),
            candidate.parameters.map_or_else(|| UNKNOWN.to_owned(), |n| n.to_string()),
            known(candidate.aic),
            known(candidate.bic),
        ]);
    }
    part.push(Block::Table(grid));
    Ok(Some(part))
}
