//! Learning from columns: decision trees whose rules can be read, logistic regression with standard errors, boosting, and
//! how good a score is.
//!
//! Columns are lent as [`Features`], numbers or categories, with unknown values. This crate knows no data frames and no
//! customers.

#[cfg(feature = "boosting")]
mod boosting;
mod classifier;
mod encoding;
mod error;
mod evaluation;
mod features;
mod leakage;
mod logistic;
mod normal;
mod split;
mod tree;

#[cfg(feature = "boosting")]
pub use boosting::{Boosting, BoostingBuilder, CategoryCoding, FittedBoosting};
pub use classifier::{Classifier, FittedClassifier, Labelled};
pub use error::LearnError;
pub use evaluation::{
    Auc, AucComparison, BestCut, Calibration, CalibrationBin, Confusion, Contender, CrossValidation, Evaluation,
    FoldScore, GainsRow, Importance, KolmogorovSmirnov, best_cut, brier_score, compare_auc, compare_classifiers,
    confusion, cross_validate, gains, kolmogorov_smirnov, log_loss, permutation_importance,
};
pub use features::{Feature, Features};
pub use leakage::{LeakReason, LeakSuspect, LeakageGuard};
pub use logistic::{
    Coefficient, FittedLogistic, LogisticRegression, LogisticRegressionBuilder, Scorecard, Term, Unknowns,
};
pub use split::{Split, Subset};
pub use tree::{
    AlphaChoice, AlphaScore, ClassFidelity, Criterion, DecisionTree, DecisionTreeBuilder, Fidelity, FittedTree,
    Outcome, PruningStep, Rule, Spread, TreeData, Validation,
};
