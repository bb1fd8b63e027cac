//! Where rows lie and how far they spread, before they are clustered.

use emptor_types::Invalid;

use crate::moments::Moments;
use crate::{ClusterError, Points};

/// Beyond this magnitude squares of differences may overflow.
const LARGEST: f64 = 1e150;

/// The centre of all rows and the mean variance of the columns, by weight, in standardised units.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spread {
    pub(super) centre: Vec<f64>,
    pub(super) variance: f64,
    /// A power of two near to one over the root of the variance, 1 if there is none: times it, rows are of the size of 1.
    pub(super) unit: f64,
    /// Whether no offset of the rows, raw or standardised, is so large that sums of squares lose digits to it.
    pub(super) central: bool,
}

/// Offsets of more than so many times the spread, squared, cost digits that matter.
const OFFSET: f64 = 1e6;

impl Spread {
    /// Of all rows.
    ///
    /// # Errors
    /// [`ClusterError::Invalid`] if a standardised value is beyond 1e150 or the squares of a column have no finite sum.
    pub(super) fn of(points: &Points<'_>) -> Result<Self, ClusterError> {
        let (mut centre, mut variance, mut offset) = (Vec::new(), 0.0, 0.0);
        let mut checks = Invalid::checks();
        let standard = points.shift().iter().zip(points.scale());
        for (j, (lent, (shift, scale))) in points.moments().iter().zip(standard).enumerate() {
            let column = match points.weights() {
                None => *lent,
                weights => Moments::of(points.columns()[j], weights),
            };
            let z = |x: f64| (x - shift) * scale;
            let largest = z(column.least).abs().max(z(column.most).abs());
            let name = format!("column {j}");
            checks.require(largest <= LARGEST, &name, "must be at most 1e150 either way once standardised", largest);
            centre.push(z(column.mean));
            offset += z(column.mean).powi(2) + (column.mean * scale).powi(2);
            let own = column.squares * scale * scale / column.weight;
            checks.require(own.is_finite(), &name, "must have a finite variance: scale it down", own);
            variance += own / points.dimensions() as f64;
        }
        checks.finish()?;
        let exponent = (-0.5 * variance.log2()).round().clamp(-500.0, 500.0);
        let unit = if variance > 0.0 { 2.0_f64.powi(exponent as i32) } else { 1.0 };
        Ok(Self { centre, variance, unit, central: offset <= OFFSET * variance })
    }
}
