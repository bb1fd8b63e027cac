//! What a forecast at an earlier origin missed, in units of its own intervals.

use emptor_types::Level;
use serde::{Deserialize, Serialize};

use crate::Forecast;

/// The errors of a forecast made at an earlier origin, as multiples of the half-width of its interval on the side on which
/// the value came: 1 lay on the edge.
///
/// ```text
/// score = (a − f) / (u − f) where a ≥ f,  (f − a) / (f − l) where a < f
/// ```
///
/// Intervals may be lopsided, as those of multiplicative models are. A value beside an interval without width has no
/// score: a perfect fit says nothing of its errors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OriginErrors {
    pub(crate) series: usize,
    pub(super) origin: usize,
    pub(super) known: usize,
    pub(super) bands: Vec<(Level, Vec<Option<f64>>)>,
}

impl OriginErrors {
    /// Of series number `series`, of which `known` periods are known, a forecast made after the first `origin` of them,
    /// and what came then.
    #[must_use]
    pub fn new(series: usize, origin: usize, known: usize, forecast: &Forecast, actual: &[f64]) -> Self {
        let bands = forecast.bands.iter().map(|band| {
            let ends = band.lower.iter().zip(&band.upper);
            let scores = actual.iter().zip(&forecast.mean).zip(ends).map(|((a, f), (low, high))| {
                let error = a - f;
                let half = if error >= 0.0 { high - f } else { f - low };
                (half > 0.0).then(|| error.abs() / half).filter(|score| score.is_finite())
            });
            (band.level, scores.collect())
        });
        Self { series, origin, known, bands: bands.collect() }
    }

    /// Periods that have passed since the origin.
    pub(super) fn behind(&self) -> usize {
        self.known.saturating_sub(self.origin)
    }

    /// The scores at a level, the period after the origin first.
    pub(super) fn scores(&self, level: Level) -> &[Option<f64>] {
        let bits = level.get().to_bits();
        self.bands.iter().find(|(own, _)| own.get().to_bits() == bits).map_or(&[], |(_, scores)| scores)
    }
}

/// Gives a forecast intervals of one width, the mean ± a scale of the series such as its
/// [`naive_error`](crate::accuracy::naive_error), at every level; for methods without intervals of their own, to be
/// calibrated.
///
/// ```
/// use emptor_forecast::conformal::unit_bands;
/// use emptor_forecast::Forecast;
/// use emptor_types::Level;
///
/// let forecast = unit_bands(Forecast::of("naive", vec![5.0, 5.0]), 2.0, &[Level::new(0.8)?]);
/// assert_eq!((&forecast.bands[0].lower, &forecast.bands[0].upper), (&vec![3.0; 2], &vec![7.0; 2]));
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[must_use]
pub fn unit_bands(mut forecast: Forecast, scale: f64, levels: &[Level]) -> Forecast {
    forecast.bands.clear();
    levels.iter().fold(forecast, |forecast, &level| {
        let end = |side: f64| forecast.mean.iter().map(|mean| mean + side * scale).collect();
        let (lower, upper) = (end(-1.0), end(1.0));
        forecast.with_band(level, lower, upper)
    })
}
