//! Demand that comes now and then: many periods without a sale.
//!
//! | method | forecast | suits |
//! |---|---|---|
//! | Croston 1972 | size / interval, learnt at sales only | parity with older systems; biased upwards |
//! | SBA, Syntetos & Boylan 2005 | Croston's, less its bias | parts that go on selling |
//! | TSB, Teunter, Syntetos & Babai 2011 | size × probability, learnt every period | what may die out; the default |
//! | ADIDA, Nikolopoulos et al. 2011 | smoothing of longer periods | very sparse demand |
//! | SES | simple exponential smoothing | the benchmark to beat |
//!
//! ```
//! use emptor_forecast::intermittent::{DemandPattern, DemandProfile, IntermittentDemand};
//! use emptor_forecast::{Predict, Series};
//! use emptor_types::{Fit, Level};
//!
//! let sales = [0.0, 2.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 3.0, 0.0, 0.0, 1.0];
//! let series = Series::new(&sales, 12)?;
//! assert_eq!(DemandProfile::of(&sales)?.pattern, DemandPattern::Intermittent);
//!
//! let fitted = IntermittentDemand::tsb().fit(&series)?;
//! let forecast = fitted.predict(3, &[Level::new(0.8)?])?;
//! assert!((forecast.mean[0] - fitted.rate()).abs() < 1e-12 && forecast.bands[0].lower[0] >= 0.0);
//! # Ok::<(), emptor_forecast::ForecastError>(())
//! ```

mod fitted;
mod model;
mod pattern;
mod rate;
#[cfg(test)]
mod tests;

pub use fitted::{FittedIntermittentDemand, IntermittentParameters};
pub use model::{IntermittentDemand, IntermittentMethod, Smoothing};
pub use pattern::{DemandPattern, DemandProfile};
