//! What methods learn from.

use emptor_types::Invalid;

use super::Hierarchy;
use crate::ForecastError;

/// Squares of larger numbers might not be finite when many are added.
pub(super) const LARGEST: f64 = 1e100;

/// A hierarchy with what is known of its past, as far as a method needs it.
///
/// ```
/// use emptor_forecast::hierarchy::{Hierarchy, HierarchyHistory};
///
/// let shops = Hierarchy::nested(&[["a", "b"]])?;
/// let sold = [vec![3.0, 4.0], vec![5.0, 5.0]];
/// let past = HierarchyHistory::new(&shops).with_values(&sold)?;
/// assert!(past.with_residuals(&[vec![1.0]]).is_err()); // one row per node
/// # Ok::<(), emptor_forecast::ForecastError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct HierarchyHistory<'a> {
    hierarchy: &'a Hierarchy,
    values: Option<&'a [Vec<f64>]>,
    residuals: Option<&'a [Vec<f64>]>,
}

impl<'a> HierarchyHistory<'a> {
    /// A hierarchy of whose past nothing is known.
    #[must_use]
    pub fn new(hierarchy: &'a Hierarchy) -> Self {
        Self { hierarchy, values: None, residuals: None }
    }

    /// Adds the values of the bottom series, one row per series, of the same periods.
    ///
    /// # Errors
    /// If rows are not one per bottom series, differ in length, are empty, or hold a number that is not finite.
    pub fn with_values(mut self, values: &'a [Vec<f64>]) -> Result<Self, ForecastError> {
        check_rows("values", values, self.hierarchy.bottoms().len(), "one row per bottom series")?;
        self.values = Some(values);
        Ok(self)
    }

    /// Adds the errors of the base forecasts one period ahead, actual − fitted, one row per node, of the same periods. The
    /// first periods, which a model has no fitted value for, are left out of all rows.
    ///
    /// # Errors
    /// If rows are not one per node, differ in length, are empty, or hold a number that is not finite.
    pub fn with_residuals(mut self, residuals: &'a [Vec<f64>]) -> Result<Self, ForecastError> {
        check_rows("residuals", residuals, self.hierarchy.len(), "one row per node")?;
        self.residuals = Some(residuals);
        Ok(self)
    }

    pub(super) fn hierarchy(&self) -> &'a Hierarchy {
        self.hierarchy
    }

    pub(super) fn values(&self) -> Result<&'a [Vec<f64>], ForecastError> {
        let missing = || Invalid::value("values", "must be given for proportions of the past", "none");
        Ok(self.values.ok_or_else(missing)?)
    }

    pub(super) fn residuals(&self) -> Result<&'a [Vec<f64>], ForecastError> {
        let missing = || Invalid::value("residuals", "must be given for weights by their variances", "none");
        Ok(self.residuals.ok_or_else(missing)?)
    }
}

pub(super) fn check_rows(what: &str, rows: &[Vec<f64>], count: usize, rule: &str) -> Result<(), ForecastError> {
    let mut checks = Invalid::checks();
    checks.require(rows.len() == count, what, &format!("must be {rule} ({count})"), rows.len());
    let periods = rows.first().map_or(0, Vec::len);
    checks.require(periods > 0, what, "must be of at least one period", periods);
    let ragged = rows.iter().filter(|row| row.len() != periods).count();
    checks.require(ragged == 0, what, "must be of the same periods in every row", ragged);
    let unusable = rows.iter().flatten().find(|value| value.is_nan() || value.abs() > LARGEST);
    checks.require(unusable.is_none(), what, "must be finite and at most 1e100 in size", unusable.unwrap_or(&0.0));
    Ok(checks.finish()?)
}
