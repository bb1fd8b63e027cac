//! Grading: which customers are alike in worth, which class is the best, and why a customer is in it.
//!
//! An [`AssessmentStandard`] says what customers are assessed by: indicators in four groups of information
//! ([`InformationGroup`]), with their directions, transforms and weights. A [`Grader`] scores customers by it, clusters
//! them by k-means ([`emptor_cluster`]) and names the clusters A, B, C, … A [`FittedGrader`] freezes all of it, so that new
//! customers and later periods are graded by the same standard, and explains what it does.
//!
//! | question | answer |
//! |---|---|
//! | in which grade is each customer, and how surely? | [`Grades::grade`], [`Grades::margin`], [`FittedGrader::soften`] |
//! | how far is it to the next grade up or down? | [`Grades::distance_up`], [`Grades::distance_down`] |
//! | why has a customer its grade? | [`FittedGrader::contributions`] |
//! | what would raise it? | [`FittedGrader::upgrades`] |
//! | by which rules, in units everybody knows? | [`FittedGrader::policy`] |
//! | who is in a grade, for a database? | [`FittedGrader::to_sql`] |
//! | what is a grade made of? | [`GradeProfile`] |
//! | would the score alone say the same? | [`Grades::band`], [`GradeSummary::band_agreement`] |
//! | how many grades should there be? | [`Grader::advise`] |
//! | can the grades be trusted? | [`FittedGrader::stability`], [`GradeSummary::starts_agreeing`] |
//! | has the base changed since the fit? | [`FittedGrader::drift`] |
//! | who moved up, down and away? | [`movement`] |
//! | which customers make or lose money, by which rules? | [`ProfitTree`] |
//! | who will answer, buy or leave? | [`ResponseModel`] |
//! | why has a customer no grade? | [`Ungraded`] |
//! | which indicators were of no use? | [`FittedStandard::dropped`] |
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

mod bands;
mod data;
mod error;
mod explain;
mod fitted;
mod frames;
mod grader;
mod grades;
#[cfg(test)]
mod iris;
mod linfa_backend;
pub mod movement;
mod order;
mod profit_tree;
mod response;
mod search;
mod settings;
mod soft;
mod space;
mod standard;
#[cfg(test)]
mod tests;
mod trust;

pub use emptor_cluster::{
    Advice, AdviceOptions, BootstrapStability, Candidate, ClusterQuality, Recommendation, Resampling, Trust,
};

pub use emptor_learn::{
    Auc, Calibration, CalibrationBin, Coefficient, Criterion, Evaluation, Feature, Features, FittedLogistic,
    FittedTree, GainsRow, LeakReason, LeakSuspect, LeakageGuard, LearnError, LogisticRegression, Term, Unknowns,
};
#[cfg(feature = "boosting")]
pub use emptor_learn::{Boosting, FittedBoosting};

pub use data::GradingData;
pub use error::GradeError;
pub use explain::{Contributions, GradePolicy, Reason, Upgrade};
pub use fitted::FittedGrader;
pub use frames::{FeatureTable, IndicatorTable};
pub use grader::Grader;
pub use grades::{Grade, GradeProfile, GradeSummary, Grades, OrderBy, Ungraded};
pub use profit_tree::{
    ClassShare, FittedProfitTree, OutOfSample, ProfitClassPart, ProfitRule, ProfitTarget, ProfitTree, ProfitTreeBuilder,
};
pub use response::{FittedResponse, ResponseClassifier, ResponseModel, ResponseModelBuilder, ResponseScores, TestPart};
pub use search::Backend;
pub use settings::{GraderBuilder, GuardRails};
pub use soft::{SoftGrader, SoftGrades};
pub use space::GradeBy;
pub use standard::{
    AssessmentStandard, AssessmentStandardBuilder, BaseMeans, Direction, DropReason, DroppedIndicator, FittedIndicator,
    FittedStandard, FrozenScale, Indicator, IndicatorWeight, InformationGroup, MissingPolicy, OutOfRange,
    PairwiseMatrix, Priorities, QuantileTable, Scaling, Spread, StandardMistake, StandardScores, Transform, Triad,
    Weighting, WeightingMethod, WeightsReport,
};
