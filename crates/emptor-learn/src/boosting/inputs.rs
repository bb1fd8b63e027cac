//! Features as columns of numbers for trees.

use serde::{Deserialize, Serialize};

use crate::encoding::{self, Column, UNKNOWN, UNSEEN};
use crate::{Feature, Features, Labelled, LearnError};

/// Rows of the average that a level's event rate is mixed with before levels are ordered, so that a level of one row is
/// not first or last.
const PRIOR_ROWS: f64 = 10.0;

/// How categories enter boosting.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CategoryCoding {
    /// A mark per level: a split takes one level apart.
    #[default]
    OneHot,
    /// Levels ordered by their event rate: a split takes all likelier levels apart (Fisher 1958). Better with many
    /// levels, more prone to overfit with rare ones.
    ByEventRate,
}

/// How features become columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Inputs {
    pub(super) inputs: Vec<Input>,
    pub(super) coding: CategoryCoding,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Input {
    pub(super) feature: String,
    /// The levels, in the order of the coding; `None` for numbers.
    pub(super) levels: Option<Vec<String>>,
}

impl Inputs {
    pub(super) fn learn(data: &Labelled<'_>, coding: CategoryCoding) -> Result<Self, LearnError> {
        let weigh = |row| (data.weight(row), data.event()[row]);
        let mut inputs = Vec::new();
        let mut constant = Vec::new();
        for (name, column) in data.features().columns() {
            let (varies, levels) = match column {
                Feature::Numbers(values) => {
                    let counted = || values.iter().enumerate().filter(|&(row, _)| data.weight(row) > 0.0);
                    let first = counted().next().map(|(_, x)| (x + 0.0).to_bits());
                    (counted().any(|(_, x)| Some((x + 0.0).to_bits()) != first), None)
                }
                Feature::Categories { codes, names } => {
                    let found = encoding::levels(codes, names, weigh);
                    let mut known = found.known;
                    if coding == CategoryCoding::ByEventRate {
                        let (events, total) = known.iter().fold((0.0, 0.0), |(e, t), level| (e + level.2, t + level.1));
                        let rate = |level: &(String, f64, f64)| {
                            (level.2 + PRIOR_ROWS * events / total) / (level.1 + PRIOR_ROWS)
                        };
                        known.sort_by(|a, b| rate(a).total_cmp(&rate(b)));
                    }
                    let some_unknown = usize::from(found.unknown > 0.0);
                    let levels: Vec<String> = known.into_iter().map(|(level, ..)| level).collect();
                    (!levels.is_empty() && levels.len() + some_unknown > 1, Some(levels))
                }
            };
            if varies {
                inputs.push(Input { feature: (*name).to_owned(), levels });
            } else {
                constant.push((*name).to_owned());
            }
        }
        if inputs.is_empty() { Err(LearnError::NothingToLearnFrom { constant }) } else { Ok(Self { inputs, coding }) }
    }

    /// Columns a feature becomes.
    fn columns_of(&self, input: &Input) -> usize {
        match (&input.levels, self.coding) {
            (Some(levels), CategoryCoding::OneHot) => levels.len(),
            _ => 1,
        }
    }

    /// Columns in all.
    pub(super) fn width(&self) -> usize {
        self.inputs.iter().map(|input| self.columns_of(input)).sum()
    }

    /// Sums of columns per feature.
    pub(super) fn by_feature(&self, of_columns: &[f64]) -> Vec<f64> {
        let mut start = 0;
        let sum = |input: &Input| {
            let end = start + self.columns_of(input);
            let total = of_columns[start..end].iter().sum();
            start = end;
            total
        };
        self.inputs.iter().map(sum).collect()
    }

    /// The columns, one after another. An unknown category is `NaN` in its columns; a level the fit has not seen is no
    /// level in marks, and unknown among ordered levels.
    pub(super) fn matrix(&self, features: &Features<'_>, rows: &[usize]) -> Result<Vec<f64>, LearnError> {
        let wanted = self.inputs.iter().map(|input| (input.feature.as_str(), input.levels.as_deref()));
        let columns = encoding::read(features, wanted)?;
        let mut matrix = Vec::with_capacity(self.width() * rows.len());
        for (input, column) in self.inputs.iter().zip(columns) {
            match column {
                // Adding 0 turns −0 into 0.
                Column::Numbers(values) => matrix.extend(rows.iter().map(|&row| values[row] + 0.0)),
                Column::Places(places) if self.coding == CategoryCoding::ByEventRate => {
                    let place = |place: u32| if place >= UNSEEN { f64::NAN } else { f64::from(place) };
                    matrix.extend(rows.iter().map(|&row| place(places[row])));
                }
                Column::Places(places) => {
                    for level in 0..self.columns_of(input) as u32 {
                        let mark = |place: u32| match place {
                            UNKNOWN => f64::NAN,
                            own if own == level => 1.0,
                            _ => 0.0,
                        };
                        matrix.extend(rows.iter().map(|&row| mark(places[row])));
                    }
                }
            }
        }
        Ok(matrix)
    }
}
