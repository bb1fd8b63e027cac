//! Decision trees whose rules can be read.

mod columns;
mod data;
mod fidelity;
mod fitted;
mod grow;
mod node;
mod prune;
mod rules;
mod settings;
mod split;
mod tally;
#[cfg(test)]
mod tests;
mod validate;

use crate::{Feature, Features, LearnError};
use data::Target;

pub use data::TreeData;
pub use fidelity::{ClassFidelity, Fidelity};
pub use fitted::FittedTree;
pub use node::Spread;
pub use prune::PruningStep;
pub use rules::{Outcome, Rule};
pub use settings::{Criterion, DecisionTree, DecisionTreeBuilder};
pub use validate::{AlphaChoice, AlphaScore, Validation};
