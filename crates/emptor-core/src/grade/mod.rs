//! Grading: which customers are alike in worth, and which class is the best.
//!
//! A [`Grader`] takes indicators in four groups of information ([`InformationGroup`]), scales them robustly, weighs
//! them into group scores, clusters customers by k-means and names the clusters A, B, C, … along a ranking column or
//! the composite score. A [`FittedGrader`] freezes all of it, so that new customers and later periods are graded by the
//! same standard.
//!
//! | question | answer |
//! |---|---|
//! | in which grade is each customer, and how surely? | [`Grades::grade`], [`Grades::margin`] |
//! | how far is it to the next grade up or down? | [`Grades::distance_up`], [`Grades::distance_down`] |
//! | what is a grade made of? | [`GradeProfile::group_scores`], [`GradeProfile::ranking_mean`] |
//! | why has a customer no grade? | [`Ungraded`] |
//! | which indicators were of no use? | [`FittedGrader::dropped`] |
//! | can the clusters be trusted? | [`GradeSummary::restarts_agreeing`], [`GradeSummary::order_agreement`] |
//!
//! Columns are slices of `f64` with `NaN` for unknown values; see [`GradingData`].
//!
//! ```
//! use emptor_core::grade::{Grader, GradingData, Indicator, InformationGroup};
//! use emptor_types::Fit;
//!
//! let margin = Indicator::new("margin", InformationGroup::ProductValue);
//! let complaints = Indicator::new("complaints", InformationGroup::ServiceValue).lower_is_better();
//! let grader = Grader::builder().indicators([margin, complaints]).grades(2).build()?;
//!
//! let data = GradingData::new(&[
//!     ("complaints", &[0.0, 4.0, 1.0, 5.0]),
//!     ("margin", &[0.42, 0.11, 0.40, 0.08]),
//! ])?;
//! let graded = grader.fit(&data)?.grade(&data)?;
//! let letters: String = graded.grade.iter().flatten().map(|g| g.letter()).collect();
//! assert_eq!(letters, "ABAB");
//! # Ok::<(), emptor_core::grade::GradeError>(())
//! ```

mod data;
mod error;
mod features;
mod fitted;
mod grader;
mod grades;
mod indicator;
#[cfg(test)]
mod iris;
mod kmeans;
mod lloyd;
pub mod movement;
mod order;
mod scale;
mod settings;
#[cfg(test)]
mod tests;

pub use data::GradingData;
pub use error::GradeError;
pub use fitted::FittedGrader;
pub use grader::Grader;
pub use grades::{Grade, GradeProfile, GradeSummary, Grades, Ungraded};
pub use indicator::{Direction, Indicator, InformationGroup, Transform};
pub use scale::{DropReason, DroppedIndicator, IndicatorScale, Spread};
pub use settings::GraderBuilder;
