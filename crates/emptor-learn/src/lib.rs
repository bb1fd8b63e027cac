//! Learning from columns: decision trees whose rules can be read, logistic regression with standard errors, boosting, and
//! how good a score is.
//!
//! Columns are lent as [`Features`], numbers or categories, with unknown values. This crate knows no data frames and no
//! customers.

mod error;
mod features;
mod tree;

pub use error::LearnError;
pub use features::{Feature, Features};
pub use tree::{
    AlphaChoice, AlphaScore, ClassFidelity, Criterion, DecisionTree, DecisionTreeBuilder, Fidelity, FittedTree,
    Outcome, PruningStep, Rule, Spread, TreeData, Validation,
};
