//! Intervals calibrated on the errors that were made: conformal prediction on a rolling origin, pooled over a panel.
//!
//! A model's own intervals leave out what it does not know: that its parameters are estimates, that its form may be wrong,
//! that errors have fat tails. Forecasts made at earlier origins, beside what came, say how much wider (or narrower) they
//! must be. One series rarely has enough errors for its tails; a panel of series has.
//!
//! ```
//! use emptor_forecast::conformal::{Calibration, ConformalSettings, OriginErrors};
//! use emptor_forecast::Forecast;
//! use emptor_types::Level;
//!
//! // Nineteen series of 36 months, each forecast one month ahead after 35; errors of 1, 2, … 19 beside a half-width of 10.
//! let level = Level::new(0.9)?;
//! let forecast = Forecast::of("mine", vec![100.0]).with_band(level, vec![90.0], vec![110.0]);
//! let errors: Vec<OriginErrors> =
//!     (1..=19).map(|series| OriginErrors::new(series, 35, 36, &forecast, &[100.0 + series as f64])).collect();
//!
//! let calibration = Calibration::pooled(&errors, &ConformalSettings::new(1, &[level]))?;
//! assert_eq!(calibration.multiplier(level, 1), Some(1.8)); // the 18th of 19: ⌈20 × 0.9⌉
//! let calibrated = calibration.apply(&forecast)?;
//! assert_eq!(calibrated.bands[0].upper, [118.0]);
//! # Ok::<(), emptor_forecast::ForecastError>(())
//! ```

mod calibration;
mod errors;
mod length;
mod quantile;
mod settings;
#[cfg(test)]
mod tests;

pub use calibration::Calibration;
pub use errors::{OriginErrors, unit_bands};
pub use settings::ConformalSettings;
