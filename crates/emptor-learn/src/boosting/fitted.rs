//! Boosted trees that score.

use emptor_types::{Checks, Invalid};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::inputs::Inputs;
use crate::classifier::FittedClassifier;
use crate::logistic::probability_of;
use crate::{Features, LeakSuspect, LearnError};

/// Rows scored at a time.
const CHUNK: usize = 1024;

/// A fitted [`Boosting`](super::Boosting).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Model", into = "Model")]
pub struct FittedBoosting {
    model: Model,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Model {
    /// Log odds before the first tree.
    pub(super) base: f64,
    pub(super) trees: Vec<Vec<Node>>,
    pub(super) inputs: Inputs,
    /// Total gain of each feature.
    pub(super) gain: Vec<f64>,
    pub(super) suspects: Vec<LeakSuspect>,
}

/// A node; children come after their parent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Node {
    Leaf(f64),
    Split { column: usize, below: f64, left: usize, right: usize, unknown: usize },
}

impl FittedBoosting {
    /// Number of trees.
    #[must_use]
    pub fn rounds(&self) -> usize {
        self.model.trees.len()
    }

    /// The share of each feature in the total gain of all splits, greatest first; shares sum to 1 unless no tree was
    /// split. Features of many values are favoured; see
    /// [`permutation_importance`](crate::permutation_importance).
    #[must_use]
    pub fn gain_shares(&self) -> Vec<(&str, f64)> {
        let total: f64 = self.model.gain.iter().sum();
        let share = |gain: f64| if total > 0.0 { gain / total } else { 0.0 };
        let names = self.model.inputs.inputs.iter().map(|input| input.feature.as_str());
        let mut shares: Vec<(&str, f64)> = names.zip(self.model.gain.iter().map(|&gain| share(gain))).collect();
        shares.sort_by(|a, b| b.1.total_cmp(&a.1));
        shares
    }

    /// The log odds of the event, one per row.
    ///
    /// # Errors
    /// [`LearnError::MissingFeatures`] or [`LearnError::FeatureKind`] if columns are not those of the fit.
    pub fn log_odds(&self, features: &Features<'_>) -> Result<Vec<f64>, LearnError> {
        let model = &self.model;
        let rows: Vec<usize> = (0..features.rows()).collect();
        let matrix = model.inputs.matrix(features, &rows)?;
        let score = |&row: &usize| {
            let value = |column: usize| matrix[column * rows.len() + row];
            model.trees.iter().fold(model.base, |sum, tree| sum + leaf(tree, value))
        };
        Ok(rows.par_iter().with_min_len(CHUNK).map(score).collect())
    }
}

fn leaf(tree: &[Node], value: impl Fn(usize) -> f64) -> f64 {
    let mut place = 0;
    loop {
        match tree[place] {
            Node::Leaf(weight) => return weight,
            Node::Split { column, below, left, right, unknown } => {
                let x = value(column);
                place = if x.is_nan() {
                    unknown
                } else if x < below {
                    left
                } else {
                    right
                };
            }
        }
    }
}

impl FittedClassifier for FittedBoosting {
    fn probability(&self, features: &Features<'_>) -> Result<Vec<f64>, LearnError> {
        Ok(self.log_odds(features)?.into_iter().map(probability_of).collect())
    }

    fn features(&self) -> Vec<&str> {
        self.model.inputs.inputs.iter().map(|input| input.feature.as_str()).collect()
    }

    fn suspects(&self) -> &[LeakSuspect] {
        &self.model.suspects
    }
}

impl TryFrom<Model> for FittedBoosting {
    type Error = Invalid;

    fn try_from(model: Model) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        model.check(&mut checks);
        checks.finish()?;
        Ok(Self { model })
    }
}

impl From<FittedBoosting> for Model {
    fn from(fitted: FittedBoosting) -> Self {
        fitted.model
    }
}

impl Model {
    fn check(&self, checks: &mut Checks) {
        let width = self.inputs.width();
        checks.require(self.base.is_finite(), "base", "must be finite", self.base);
        checks.require(
            self.gain.len() == self.inputs.inputs.len(),
            "gain",
            "must have one per feature",
            self.gain.len(),
        );
        checks.require_each("gain", "must be finite and at least 0", &self.gain, |_, x| x >= 0.0 && x.is_finite());
        for (i, input) in self.inputs.inputs.iter().enumerate() {
            let name = input.feature.as_str();
            let before = self.inputs.inputs[..i].iter().any(|other| other.feature == name);
            checks.require(!before, name, "must be read once", "a second reading");
        }
        for (t, tree) in self.trees.iter().enumerate() {
            let name = format!("tree {t}");
            checks.require(!tree.is_empty(), &name, "must have a root", "none");
            // Children behind their parent: every walk ends at a leaf.
            checks.require_each(&name, "must have finite nodes with children behind them", tree, |place, node| {
                match node {
                    Node::Leaf(weight) => weight.is_finite(),
                    Node::Split { column, below, left, right, unknown } => {
                        let behind = |child: usize| child > place && child < tree.len();
                        column < width && below.is_finite() && [left, right, unknown].into_iter().all(behind)
                    }
                }
            });
        }
    }
}
