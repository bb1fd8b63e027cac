//! How sure the values of an analysis are.

use emptor_lifetime::{FittedGammaGamma, FittedPurchaseModel, Interval};
use emptor_types::{HistoryView, Level};

use crate::value::uncertainty::{CustomerBootstrap, ParameterUncertainty, ValueRange};
use crate::value::{ModelValuation, ValueError};

/// Stands between the names of a grade and a segment.
const BETWEEN: char = '\u{1f}';

/// Ranges of the equity, of its parts, and of single customers.
pub(super) struct Ranges {
    pub(super) total: ValueRange,
    grades: Vec<(String, ValueRange)>,
    segments: Vec<(String, ValueRange)>,
    /// One per customer with a history; none if the models have no certainty.
    pub(super) customers: Option<Vec<Interval>>,
}

/// Two names per customer with a history.
pub(super) struct Labels {
    pub(super) grade: Vec<String>,
    pub(super) segment: Vec<String>,
}

impl Ranges {
    /// Ranges that cover the estimated parameters and the draw of customers, or the customers alone where the parameters
    /// have no certainty.
    pub(super) fn of(
        valuation: &ModelValuation<'_, FittedPurchaseModel>,
        models: (&FittedPurchaseModel, &FittedGammaGamma),
        history: &HistoryView<'_>,
        labels: &Labels,
        level: Level,
        seed: u64,
    ) -> Result<Self, ValueError> {
        let (purchases, spend) = models;
        let both: Vec<String> = labels
            .grade
            .iter()
            .zip(&labels.segment)
            .map(|(grade, segment)| format!("{grade}{BETWEEN}{segment}"))
            .collect();
        let value = |purchases: &FittedPurchaseModel, spend: &FittedGammaGamma| {
            Ok(valuation.by(purchases, spend).compute()?.values.total())
        };
        let values = value(purchases, spend)?;
        let uncertain = ParameterUncertainty::of_both_by(purchases, spend, &both, value);
        let learned = |known: ParameterUncertainty| known.learned_from(&[purchases, spend], history);
        let regrouped = |part: fn(&str) -> &str| {
            let known = uncertain.clone().map(|known| known.regrouped(|name| part(name).to_owned()));
            known.and_then(learned)
        };
        let bootstrap = CustomerBootstrap::new(seed);
        let parts = |labels: &[String], part: fn(&str) -> &str| -> Result<Vec<(String, ValueRange)>, ValueError> {
            let known = regrouped(part).and_then(|known| known.parts(level));
            let drawn = bootstrap.parts(&values, labels, level)?;
            let with = |(i, (name, range)): (usize, (String, ValueRange))| {
                let parameters = known.as_ref().map(|known| known[i].1.clone()).map_err(Clone::clone);
                Ok((name, range.with_parameters(parameters)?))
            };
            drawn.into_iter().enumerate().map(with).collect()
        };
        let total = uncertain.clone().and_then(learned).and_then(|known| known.total(level));
        Ok(Self {
            total: bootstrap.total(&values, level)?.with_parameters(total)?,
            grades: parts(&labels.grade, |name| name.split(BETWEEN).next().unwrap_or_default())?,
            segments: parts(&labels.segment, |name| name.split(BETWEEN).nth(1).unwrap_or_default())?,
            customers: uncertain.ok().map(|known| known.customers(level)),
        })
    }

    pub(super) fn of_grade(&self, name: &str) -> Option<ValueRange> {
        find(&self.grades, name)
    }

    pub(super) fn of_segment(&self, name: &str) -> Option<ValueRange> {
        find(&self.segments, name)
    }
}

fn find(parts: &[(String, ValueRange)], name: &str) -> Option<ValueRange> {
    parts.iter().find(|(part, _)| part == name).map(|(_, range)| range.clone())
}
