//! The rows to cluster.

use emptor_types::Invalid;

use super::ClusterError;
use crate::moments::Moments;

/// Beyond this magnitude squares of differences may overflow; no standardised column comes near.
const LARGEST: f64 = 1e150;

/// Rows to cluster, lent as columns: at least one column and one row, equal lengths, finite values.
///
/// The kernel standardises while it reads, `z = (x − shift) × scale` per column, so that raw columns need no copy. A
/// scale may hold the root of a column's weight: squared distances are then weighted sums. Rows may have weights.
///
/// ```
/// use emptor_cluster::Points;
///
/// let (spend, visits) = ([120.0, 80.0, 15.0], [4.0, 6.0, 1.0]);
/// let points = Points::new(&[&spend, &visits])?.standardized(&[70.0, 4.0], &[0.02, 0.5])?.weighted(&[1.0, 2.0, 1.0])?;
/// assert_eq!((points.rows(), points.dimensions()), (3, 2));
/// assert_eq!(points.value(0, 0), 1.0);
///
/// let error = Points::new(&[&spend, &[1.0, f64::NAN, 2.0]]).unwrap_err();
/// assert!(error.to_string().contains("column 1 must be finite"), "{error}");
/// let error = Points::new(&[&spend])?.weighted(&[1.0, 1e200, 1.0]).unwrap_err();
/// assert!(error.to_string().contains("weights must be 0 to 1e150 (got row 1: 1e200)"), "{error}");
/// # Ok::<(), emptor_cluster::ClusterError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Points<'a> {
    columns: Vec<&'a [f64]>,
    shift: Vec<f64>,
    scale: Vec<f64>,
    weights: Option<&'a [f64]>,
    rows: usize,
    /// Of the raw columns, without weights: they are read for the check anyhow.
    moments: Vec<Moments>,
}

impl<'a> Points<'a> {
    /// Checks the columns and lends them.
    ///
    /// # Errors
    /// [`ClusterError::Invalid`] with every broken rule: at least one column and one row, equal lengths, finite values of
    /// at most 1e150 either way; with count and sample rows.
    pub fn new(columns: &[&'a [f64]]) -> Result<Self, ClusterError> {
        let mut checks = Invalid::checks();
        let rows = columns.first().map_or(0, |column| column.len());
        checks.require(!columns.is_empty(), "columns", "must hold at least one", "none");
        checks.require(columns.is_empty() || rows > 0, "rows", "must be at least one", "none");
        let mut moments = Vec::with_capacity(columns.len());
        for (c, column) in columns.iter().enumerate() {
            let name = format!("column {c}");
            checks.require(column.len() == rows, &name, "must be as long as the first", column.len());
            let column_moments = Moments::of(column, None);
            let Moments { least, most, squares, .. } = column_moments;
            // Offenders are looked for only where there are any.
            if !(squares.is_finite() && least >= -LARGEST && most <= LARGEST) {
                let rule = "must be finite, at most 1e150 either way";
                checks.require_each(&name, rule, column, |_, x| x.abs() <= LARGEST);
            }
            moments.push(column_moments);
        }
        checks.finish()?;
        let (shift, scale) = (vec![0.0; columns.len()], vec![1.0; columns.len()]);
        Ok(Self { columns: columns.to_vec(), shift, scale, weights: None, rows, moments })
    }

    /// Sets what columns are shifted and scaled by while they are read: `z = (x − shift) × scale`.
    ///
    /// # Errors
    /// [`ClusterError::Invalid`] unless there is one finite shift and one finite scale above 0 per column.
    pub fn standardized(mut self, shift: &[f64], scale: &[f64]) -> Result<Self, ClusterError> {
        let d = self.columns.len();
        let mut checks = Invalid::checks();
        checks.require(shift.len() == d, "shift", "must have one element per column", shift.len());
        checks.require(scale.len() == d, "scale", "must have one element per column", scale.len());
        checks.require_each("shift", "must be finite", shift, |_, x| x.is_finite());
        checks.require_each("scale", "must be finite and above 0", scale, |_, x| x > 0.0 && x.is_finite());
        checks.finish()?;
        self.shift = shift.to_vec();
        self.scale = scale.to_vec();
        Ok(self)
    }

    /// Sets the weights of rows: a row of weight 2 counts as two equal rows, a row of weight 0 moves no centroid.
    ///
    /// # Errors
    /// [`ClusterError::Invalid`] unless there is one weight of 0 to 1e150 per row, and one above 0.
    pub fn weighted(mut self, weights: &'a [f64]) -> Result<Self, ClusterError> {
        let mut checks = Invalid::checks();
        checks.require(weights.len() == self.rows, "weights", "must have one element per row", weights.len());
        checks.require_each("weights", "must be 0 to 1e150", weights, |_, x| (0.0..=LARGEST).contains(&x));
        checks.require(weights.iter().any(|&w| w > 0.0), "weights", "must have one above 0", "none");
        checks.finish()?;
        self.weights = Some(weights);
        Ok(self)
    }

    /// The same rows without weights.
    pub(crate) fn unweighted(&self) -> Self {
        Self { weights: None, ..self.clone() }
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.columns.len()
    }

    /// The raw columns.
    #[must_use]
    pub fn columns(&self) -> &[&'a [f64]] {
        &self.columns
    }

    /// Moments of the raw columns, without weights.
    pub(crate) fn moments(&self) -> &[Moments] {
        &self.moments
    }

    /// What each column is shifted by.
    #[must_use]
    pub fn shift(&self) -> &[f64] {
        &self.shift
    }

    /// What each column is scaled by after the shift.
    #[must_use]
    pub fn scale(&self) -> &[f64] {
        &self.scale
    }

    /// The weights of rows, if they have any.
    #[must_use]
    pub fn weights(&self) -> Option<&'a [f64]> {
        self.weights
    }

    /// A standardised value.
    ///
    /// # Panics
    /// If there is no such row or column.
    #[must_use]
    pub fn value(&self, row: usize, column: usize) -> f64 {
        (self.columns[column][row] - self.shift[column]) * self.scale[column]
    }

    /// The weight of a row, 1 if rows have none.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }
}
