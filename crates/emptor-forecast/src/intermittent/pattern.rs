//! What kind of demand it is.

use serde::{Deserialize, Serialize};

use super::rate::check_demand;
use crate::ForecastError;

/// Periods from one sale to the next, on average, from which demand is intermittent (Syntetos, Boylan & Croston 2005).
const INTERVAL: f64 = 1.32;
/// The squared coefficient of variation from which sizes are erratic (the same).
const VARIATION: f64 = 0.49;

/// The kinds of demand of Syntetos, Boylan & Croston (2005).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DemandPattern {
    /// Nothing was ever sold.
    NoDemand,
    /// Often, and about the same size.
    Smooth,
    /// Often, of very different sizes.
    Erratic,
    /// Now and then, about the same size.
    Intermittent,
    /// Now and then, of very different sizes.
    Lumpy,
}

/// How often and in which sizes a thing sells.
///
/// ```text
/// ADI = periods / periods with a sale       from 1.32: intermittent or lumpy
/// CV² = variance of sizes / mean²           from 0.49: erratic or lumpy
/// ```
///
/// The boundaries are those at which Croston's method and its corrected form become better than simple smoothing (Syntetos,
/// Boylan & Croston 2005, *Journal of the Operational Research Society* 56). The variance is that of the sizes themselves,
/// divided by their number.
///
/// ```
/// use emptor_forecast::intermittent::{DemandPattern, DemandProfile};
///
/// let profile = DemandProfile::of(&[0.0, 9.0, 0.0, 1.0])?;
/// assert_eq!(profile.mean_interval, Some(2.0));
/// assert!(profile.squared_variation.is_some_and(|variation| (variation - 0.64).abs() < 1e-12));
/// assert_eq!(profile.pattern, DemandPattern::Lumpy);
/// # Ok::<(), emptor_forecast::ForecastError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DemandProfile {
    /// Periods.
    pub periods: usize,
    /// Periods with a sale.
    pub sales: usize,
    /// Periods from one sale to the next, on average (ADI). `None` without a sale.
    pub mean_interval: Option<f64>,
    /// The squared coefficient of variation of the sizes (CV²). `None` without a sale.
    pub squared_variation: Option<f64>,
    /// The kind.
    pub pattern: DemandPattern,
}

impl DemandProfile {
    /// Profiles what was sold in every period.
    ///
    /// # Errors
    /// If a value is negative or not a number.
    pub fn of(values: &[f64]) -> Result<Self, ForecastError> {
        check_demand("the classification of demand", values)?;
        let sizes = || values.iter().copied().filter(|value| *value > 0.0);
        let sales = sizes().count();
        let mean = sizes().sum::<f64>() / sales as f64;
        // Relative to the mean, for squares of tiny sizes vanish.
        let variation = sizes().map(|size| (size / mean - 1.0) * (size / mean - 1.0)).sum::<f64>() / sales as f64;
        let interval = values.len() as f64 / sales as f64;
        let pattern = match (sales, interval < INTERVAL, variation < VARIATION) {
            (0, ..) => DemandPattern::NoDemand,
            (_, true, true) => DemandPattern::Smooth,
            (_, true, false) => DemandPattern::Erratic,
            (_, false, true) => DemandPattern::Intermittent,
            (_, false, false) => DemandPattern::Lumpy,
        };
        let some = |value: f64| (sales > 0).then_some(value);
        Ok(Self {
            periods: values.len(),
            sales,
            mean_interval: some(interval),
            squared_variation: some(variation),
            pattern,
        })
    }
}
