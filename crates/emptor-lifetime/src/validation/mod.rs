//! How good is a fitted purchase model on data that it has not seen?
//!
//! | question | answer |
//! |---|---|
//! | How far off are the predictions, and do simple rules do better? | [`HoldoutAccuracy`] |
//! | For whom are they off? | [`ConditionalExpectation`], by purchases or by recency before the split |
//! | Is a predicted number met on average? | [`PredictionBins`] |
//! | Does the model know how many customers buy how often? | [`CalibrationFit`] |
//! | Does it know when the base buys? | [`Tracking`] |
//! | Which model is best? | [`Comparison`], [`likelihood_ratio_test`] |
//!
//! Results are plain columns. What is undefined is `None`, never NaN. Rows count as often as the history says; all
//! customers of a row then share its holdout, too.
//!
//! ```
//! use emptor_lifetime::validation::{Hiatus, Holdout, HoldoutAccuracy};
//! use emptor_lifetime::{BetaGeoNbd, BetaGeoNbdParameters, FittedBetaGeoNbd};
//! use emptor_types::{Fit, Horizon, Level, TimeUnit};
//!
//! // The same seed gives the same customers; the second base follows them for longer.
//! let truth = BetaGeoNbdParameters { r: 0.6, alpha: 6.0, a: 0.8, b: 2.4 };
//! let story = FittedBetaGeoNbd::from_parameters(truth, TimeUnit::Week)?;
//! let calibration = story.simulate(&[39.0; 2000], None, 1)?;
//! let longer = story.simulate(&[78.0; 2000], None, 1)?;
//! let later: Vec<f64> = longer.frequency.iter().zip(&calibration.frequency).map(|(all, x)| all - x).collect();
//!
//! let history = calibration.view()?;
//! let model = BetaGeoNbd::builder().build()?.fit(&history)?;
//! let holdout = Holdout::new(&later, Horizon::weeks(39.0)?)?;
//! let accuracy = HoldoutAccuracy::measure(&model, &history, &holdout, Hiatus::MeanGap(Level::new(0.9)?))?;
//! assert!(accuracy.model.errors.relative_error_of_total.is_some_and(|error| error.abs() < 0.1));
//! assert!(accuracy.baselines.iter().all(|baseline| baseline.errors.rmse > accuracy.model.errors.rmse));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accuracy;
mod activity;
mod baseline;
mod calibration_fit;
mod chi_squared;
mod cohorts;
mod compare;
mod conditional;
mod errors;
mod hiatus;
mod holdout;
mod likelihood_ratio;
mod prediction_bins;
mod ranking;
#[cfg(test)]
mod tests;
mod tracking;
mod weights;

pub use accuracy::HoldoutAccuracy;
pub use activity::ActivityScore;
pub use baseline::Prediction;
pub use calibration_fit::CalibrationFit;
pub use chi_squared::GoodnessOfFit;
pub use compare::{Comparison, Criterion};
pub use conditional::ConditionalExpectation;
pub use errors::PredictionErrors;
pub use hiatus::Hiatus;
pub use holdout::Holdout;
pub use likelihood_ratio::{LikelihoodRatio, likelihood_ratio_test};
pub use prediction_bins::PredictionBins;
pub use ranking::Ranking;
pub use tracking::{Tracking, entries};
