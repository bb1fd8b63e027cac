//! From columns to a design matrix: numbers dense and standardised, categories as the place of their one 1 per row.

use emptor_types::Invalid;

use super::term::{Predictor, Reading, Term, Unknowns};
use crate::encoding::{self, UNKNOWN};
use crate::{Feature, Labelled, LearnError};

/// Beyond this magnitude squares may overflow; no column of a business comes near.
const LARGEST: f64 = 1e140;

/// The design matrix. Column 0 is the intercept; dense columns come first, then the levels of categories.
pub(super) struct Design<'a> {
    /// Dense columns: ones, standardised numbers, marks of unknown numbers.
    pub(super) dense: Vec<Vec<f64>>,
    /// Per category and row the column that is 1, [`Design::width`] for the reference.
    pub(super) slots: Vec<Vec<u32>>,
    /// What each column stands for.
    pub(super) columns: Vec<DesignColumn>,
    /// How features are read when scoring.
    pub(super) predictors: Vec<Predictor>,
    /// Features that are the same in all rows.
    pub(super) constant: Vec<String>,
    pub(super) data: &'a Labelled<'a>,
}

/// What a column of the design stands for: raw value = `shift + value / scale`.
pub(super) struct DesignColumn {
    pub(super) term: Term,
    pub(super) shift: f64,
    pub(super) scale: f64,
}

impl DesignColumn {
    fn mark(term: Term) -> Self {
        Self { term, shift: 0.0, scale: 1.0 }
    }
}

impl<'a> Design<'a> {
    pub(super) fn new(data: &'a Labelled<'a>, unknowns: Unknowns) -> Result<Self, LearnError> {
        let mut checks = Invalid::checks();
        for (name, column) in data.features().columns() {
            if let Feature::Numbers(values) = column {
                let fits = |_, x: f64| x.is_nan() || x.abs() <= LARGEST;
                checks.require_each(name, "must be at most 1e140 either way", values, fits);
            }
        }
        checks.finish()?;
        let mut design = Self {
            dense: vec![vec![1.0; data.rows()]],
            slots: Vec::new(),
            columns: vec![DesignColumn::mark(Term::Intercept)],
            predictors: Vec::new(),
            constant: Vec::new(),
            data,
        };
        for (name, column) in data.features().columns() {
            if let Feature::Numbers(values) = column {
                design.add_numbers(name, values, unknowns);
            }
        }
        for (name, column) in data.features().columns() {
            if let Feature::Categories { codes, names } = column {
                design.add_categories(name, codes, names);
            }
        }
        if design.columns.len() == 1 {
            return Err(LearnError::NothingToLearnFrom { constant: design.constant });
        }
        let width = design.width() as u32;
        for slot in design.slots.iter_mut().flatten().filter(|slot| **slot == u32::MAX) {
            *slot = width;
        }
        Ok(design)
    }

    /// Number of columns.
    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }

    fn add_numbers(&mut self, name: &str, values: &[f64], unknowns: Unknowns) {
        let data = self.data;
        let counted = || values.iter().enumerate().map(|(row, &x)| (x, data.weight(row))).filter(|&(_, w)| w > 0.0);
        let known = || counted().filter(|(x, _)| !x.is_nan());
        let (least, most) = known().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), (x, _)| (a.min(x), b.max(x)));
        let total: f64 = known().map(|(_, w)| w).sum();
        let mean = if total > 0.0 { known().map(|(x, w)| w * x).sum::<f64>() / total } else { 0.0 };
        let some_unknown = total > 0.0 && counted().any(|(x, _)| x.is_nan());
        let varies = least < most;
        let marked = some_unknown && unknowns == Unknowns::MeanAndIndicator;
        let feature = name.to_owned();
        if !varies && !marked {
            self.constant.push(feature);
            return;
        }
        if varies {
            let variance = known().map(|(x, w)| w * (x - mean) * (x - mean)).sum::<f64>() / total;
            // Squares of tiny differences may vanish; half the range is never 0.
            let scale = if variance > 0.0 { variance.sqrt() } else { 0.5 * (most - least) };
            self.dense.push(values.iter().map(|&x| if x.is_nan() { 0.0 } else { (x - mean) / scale }).collect());
            self.columns.push(DesignColumn { term: Term::Number { feature: feature.clone() }, shift: mean, scale });
        }
        if marked {
            self.dense.push(values.iter().map(|x| if x.is_nan() { 1.0 } else { 0.0 }).collect());
            self.columns.push(DesignColumn::mark(Term::Unknown { feature: feature.clone() }));
        }
        self.predictors.push(Predictor { feature, reading: Reading::Number { mean } });
    }

    fn add_categories(&mut self, name: &str, codes: &[u32], names: &[String]) {
        let data = self.data;
        let found = encoding::levels(codes, names, |row| (data.weight(row), data.event()[row]));
        let total: f64 = found.unknown + found.known.iter().map(|(_, weight, _)| weight).sum::<f64>();
        let feature = name.to_owned();
        // The most frequent level, of equals the first by name.
        let heaviest = found.known.iter().fold(None, |best: Option<&(String, f64, f64)>, level| match best {
            Some(other) if other.1 >= level.1 => best,
            _ => Some(level),
        });
        let Some(reference) = heaviest.map(|(level, ..)| level.clone()) else {
            self.constant.push(feature);
            return;
        };
        if found.known.len() + usize::from(found.unknown > 0.0) < 2 {
            self.constant.push(feature);
            return;
        }
        let mut slots = vec![u32::MAX; found.known.len()];
        for ((level, ..), slot) in found.known.iter().zip(&mut slots).filter(|((level, ..), _)| *level != reference) {
            *slot = self.columns.len() as u32;
            let (feature, level, reference) = (feature.clone(), level.clone(), reference.clone());
            self.columns.push(DesignColumn::mark(Term::Level { feature, level, reference }));
        }
        let mut unknown = u32::MAX;
        if found.unknown > 0.0 {
            unknown = self.columns.len() as u32;
            self.columns.push(DesignColumn::mark(Term::Unknown { feature: feature.clone() }));
        }
        let levels: Vec<String> = found.known.iter().map(|(level, ..)| level.clone()).collect();
        // Levels come sorted by name.
        let of_name: Vec<u32> =
            names.iter().map(|name| levels.binary_search(name).map_or(UNKNOWN, |place| slots[place])).collect();
        self.slots.push(codes.iter().map(|&code| of_name.get(code as usize).copied().unwrap_or(unknown)).collect());
        let shares = found.known.iter().map(|(_, weight, _)| weight / total).collect();
        self.predictors.push(Predictor { feature, reading: Reading::Category { levels, shares } });
    }

    /// Leaves columns out: a number or a mark counts as 0, a level as the reference.
    pub(super) fn leave_out(&mut self, out: &[usize]) {
        let mut next = 0;
        let mut place = vec![u32::MAX; self.width() + 1];
        for (column, place) in place.iter_mut().enumerate().take(self.width()) {
            if !out.contains(&column) {
                *place = next;
                next += 1;
            }
        }
        for slot in self.slots.iter_mut().flatten() {
            *slot = place[*slot as usize].min(next);
        }
        let mut column = 0;
        self.dense.retain(|_| {
            column += 1;
            !out.contains(&(column - 1))
        });
        column = 0;
        self.columns.retain(|_| {
            column += 1;
            !out.contains(&(column - 1))
        });
    }
}
