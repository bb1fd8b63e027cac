//! What a tree learns from.

use std::collections::HashSet;

use emptor_types::Invalid;

use super::{Criterion, Features, LearnError};

/// Beyond these magnitudes squares of weighted sums may overflow; no column of a business comes near.
const LARGEST_NUMBER: f64 = 1e100;
const LARGEST_WEIGHT: f64 = 1e50;

const BOUNDED: &str = "must be finite, at most 1e100 either way";
const BOUNDED_OR_NAN: &str = "must be finite, at most 1e100 either way (NaN for unknown)";

/// What is to be told from the features.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target<'a> {
    Classes { codes: &'a [u32], names: &'a [String] },
    Numbers(&'a [f64]),
}

impl Target<'_> {
    pub(super) fn default_criterion(self) -> Criterion {
        match self {
            Self::Classes { .. } => Criterion::Gini,
            Self::Numbers(_) => Criterion::Variance,
        }
    }
}

/// Features, a target known for every row, and if wanted weights of rows and a number to carry along.
///
/// ```
/// use emptor_learn::{Feature, Features, TreeData};
///
/// let classes = ["loss".to_owned(), "high".to_owned()];
/// let (visits, profit) = ([1.0, 9.0, f64::NAN], [-3.0, 40.0, 2.0]);
/// let features = || Features::new(&[("visits", Feature::Numbers(&visits))]);
/// let data = TreeData::classes(features()?, &[0, 1, 0], &classes)?.with_number("profit", &profit)?;
/// assert_eq!(data.rows(), 3);
/// let regression = TreeData::numbers(features()?, &profit)?.weighted(&[1.0, 1.0, 0.5])?;
///
/// let error = TreeData::classes(features()?, &[0, 1, 2], &classes).unwrap_err();
/// assert_eq!(error.to_string(), "class must be a place in the list of 2 names (got row 2: 2)");
/// # Ok::<(), emptor_learn::LearnError>(())
/// ```
#[derive(Debug, Clone)]
pub struct TreeData<'a> {
    pub(super) features: Features<'a>,
    pub(super) target: Target<'a>,
    pub(super) weights: Option<&'a [f64]>,
    pub(super) number: Option<(&'a str, &'a [f64])>,
}

impl<'a> TreeData<'a> {
    /// Classes to tell apart, as places in a list of names; a name may go without rows.
    ///
    /// # Errors
    /// [`LearnError::Invalid`] with every broken rule: at least one row, one code per row, each a place in the list, names
    /// given once and not empty.
    pub fn classes(features: Features<'a>, codes: &'a [u32], names: &'a [String]) -> Result<Self, LearnError> {
        let mut checks = Invalid::checks();
        check_rows(&mut checks, features.rows(), "class", codes.len());
        let rule = format!("must be a place in the list of {} names", names.len());
        checks.require_each("class", &rule, codes, |_, code| (code as usize) < names.len());
        check_names(&mut checks, "class names", names);
        checks.finish()?;
        Ok(Self { features, target: Target::Classes { codes, names }, weights: None, number: None })
    }

    /// Numbers to foretell.
    ///
    /// # Errors
    /// [`LearnError::Invalid`] with every broken rule: at least one row, one number per row, at most 1e100 either way.
    pub fn numbers(features: Features<'a>, values: &'a [f64]) -> Result<Self, LearnError> {
        let mut checks = Invalid::checks();
        check_rows(&mut checks, features.rows(), "target", values.len());
        checks.require_each("target", BOUNDED, values, |_, x| x.abs() <= LARGEST_NUMBER);
        checks.finish()?;
        Ok(Self { features, target: Target::Numbers(values), weights: None, number: None })
    }

    /// Sets the weights of rows: a row of weight 2 counts as two equal rows in shares and means, a row of weight 0 takes
    /// no part.
    ///
    /// # Errors
    /// [`LearnError::Invalid`] unless there is one weight per row, from 0 to 1e50, and one above 0.
    pub fn weighted(mut self, weights: &'a [f64]) -> Result<Self, LearnError> {
        let mut checks = Invalid::checks();
        checks.require(weights.len() == self.rows(), "weights", "must have one element per row", weights.len());
        checks.require_each("weights", "must lie between 0 and 1e50", weights, |_, w| {
            (0.0..=LARGEST_WEIGHT).contains(&w)
        });
        checks.require(weights.iter().any(|&w| w > 0.0), "weights", "must have one above 0", "none");
        checks.finish()?;
        self.weights = Some(weights);
        Ok(self)
    }

    /// Carries a number along, e.g. profit: its mean and standard deviation are told for every leaf, and no split looks
    /// at it. `NaN` where unknown.
    ///
    /// # Errors
    /// [`LearnError::Invalid`] unless there is one value per row, at most 1e100 either way or `NaN`.
    pub fn with_number(mut self, name: &'a str, values: &'a [f64]) -> Result<Self, LearnError> {
        let mut checks = Invalid::checks();
        checks.require(values.len() == self.rows(), name, "must have one element per row", values.len());
        checks.require_each(name, BOUNDED_OR_NAN, values, |_, x| x.is_nan() || x.abs() <= LARGEST_NUMBER);
        checks.finish()?;
        self.number = Some((name, values));
        Ok(self)
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.features.rows()
    }

    pub(super) fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }
}

fn check_rows(checks: &mut emptor_types::Checks, rows: usize, field: &str, len: usize) {
    checks.require(rows > 0, "rows", "must be at least one", "none");
    checks.require(rows < u32::MAX as usize, "rows", "must be fewer than 4294967295", rows);
    checks.require(len == rows, field, &format!("must have one element for each of {rows} rows"), len);
}

pub(super) fn check_names(checks: &mut emptor_types::Checks, field: &str, names: &[String]) {
    checks.require(!names.is_empty(), field, "must hold at least one", "none");
    let mut seen = HashSet::with_capacity(names.len());
    for (i, name) in names.iter().enumerate() {
        checks.require(!name.is_empty(), field, "must not be empty", format!("number {i}"));
        checks.require(seen.insert(name), field, "must be given once", name);
    }
}
