//! Columns as a fitted model reads them: found by name, of the right kind, categories as places among its own levels.

use std::collections::HashMap;

use crate::{Feature, Features, LearnError};

/// The place of an unknown category.
pub(crate) const UNKNOWN: u32 = u32::MAX;
/// The place of a category that the fit has not seen.
pub(crate) const UNSEEN: u32 = u32::MAX - 1;

/// A column as a fitted model reads it.
#[derive(Debug)]
pub(crate) enum Column<'a> {
    /// Numbers, `NaN` where unknown.
    Numbers(&'a [f64]),
    /// Places among the model's levels, or [`UNKNOWN`] or [`UNSEEN`].
    Places(Vec<u32>),
}

/// What a model wants to read: a name, and its levels if it holds categories.
pub(crate) type Wanted<'m> = (&'m str, Option<&'m [String]>);

/// The columns a model wants, in its order.
pub(crate) fn read<'a, 'm>(
    features: &Features<'a>,
    wanted: impl Iterator<Item = Wanted<'m>>,
) -> Result<Vec<Column<'a>>, LearnError> {
    let mut found = Vec::new();
    let mut missing = Vec::new();
    for (name, levels) in wanted {
        match (features.get(name), levels) {
            (None, _) => missing.push(name.to_owned()),
            (Some(Feature::Numbers(values)), None) => found.push(Column::Numbers(values)),
            (Some(Feature::Categories { codes, names }), Some(levels)) => {
                found.push(Column::Places(places(codes, names, levels)));
            }
            (Some(other), levels) => {
                let expected = if levels.is_some() { "categories" } else { "numbers" };
                return Err(LearnError::FeatureKind { feature: name.to_owned(), expected, got: other.kind() });
            }
        }
    }
    if missing.is_empty() {
        Ok(found)
    } else {
        let available = features.names().map(str::to_owned).collect();
        Err(LearnError::MissingFeatures { missing, available })
    }
}

fn places(codes: &[u32], names: &[String], levels: &[String]) -> Vec<u32> {
    // Of equal levels the first, as in the model's own list.
    let of_level: HashMap<&String, u32> = (0..levels.len()).rev().map(|place| (&levels[place], place as u32)).collect();
    let place = |name| of_level.get(name).copied().unwrap_or(UNSEEN);
    let places: Vec<u32> = names.iter().map(place).collect();
    codes.iter().map(|&code| places.get(code as usize).copied().unwrap_or(UNKNOWN)).collect()
}

/// Weights of the levels of a category and of its unknown rows: `(name, weight, weight of events)`, by name, only those
/// that occur.
pub(crate) struct Levels {
    pub(crate) known: Vec<(String, f64, f64)>,
    pub(crate) unknown: f64,
}

pub(crate) fn levels(codes: &[u32], names: &[String], weigh: impl Fn(usize) -> (f64, bool)) -> Levels {
    let mut sums = vec![(0.0, 0.0); names.len()];
    let mut unknown = 0.0;
    for (row, &code) in codes.iter().enumerate() {
        let (weight, event) = weigh(row);
        match sums.get_mut(code as usize) {
            Some(sum) => {
                sum.0 += weight;
                sum.1 += if event { weight } else { 0.0 };
            }
            None => unknown += weight,
        }
    }
    let mut known: Vec<(String, f64, f64)> =
        names.iter().zip(sums).filter(|(_, s)| s.0 > 0.0).map(|(name, s)| (name.clone(), s.0, s.1)).collect();
    // By name, so that the order of the caller's list does not matter.
    known.sort_by(|a, b| a.0.cmp(&b.0));
    Levels { known, unknown }
}
