//! A fitted tree and what it foretells.

use std::collections::{HashMap, HashSet};

use emptor_types::Invalid;
use serde::{Deserialize, Serialize};

use super::node::{FeatureKind, FittedFeature, Model, Node, Split};
use super::{Criterion, Feature, Features, LearnError};

/// A fitted [`DecisionTree`](super::DecisionTree): conditions, and what was seen at their ends; no data.
///
/// Columns are found by name, and only those are needed that a condition reads. Leaves are numbered from 0 in the order
/// of [`rules`](Self::rules). Loading a saved tree checks it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Model", into = "Model")]
pub struct FittedTree {
    pub(super) model: Model,
}

/// A split with the columns at hand.
pub(super) enum Test<'a> {
    Leaf(usize),
    AtMost { values: &'a [f64], threshold: f64, unknown_left: bool, left: usize, right: usize },
    Known { values: &'a [f64], left: usize, right: usize },
    Listed { codes: &'a [u32], goes_left: Vec<bool>, others_left: bool, left: usize, right: usize },
}

impl Test<'_> {
    /// The node that a row goes to; `None` from a leaf.
    pub(super) fn next(&self, row: usize) -> Option<usize> {
        let (goes_left, left, right) = match self {
            Self::Leaf(_) => return None,
            Self::AtMost { values, threshold, unknown_left, left, right } => {
                let x = values[row];
                (if x.is_nan() { *unknown_left } else { x <= *threshold }, left, right)
            }
            Self::Known { values, left, right } => (!values[row].is_nan(), left, right),
            Self::Listed { codes, goes_left, others_left, left, right } => {
                (*goes_left.get(codes[row] as usize).unwrap_or(others_left), left, right)
            }
        };
        Some(if goes_left { *left } else { *right })
    }
}

impl FittedTree {
    pub(super) fn new(model: Model) -> Self {
        Self { model }
    }

    /// What splits made small.
    #[must_use]
    pub fn criterion(&self) -> Criterion {
        self.model.criterion
    }

    /// The classes; none if the tree foretells numbers.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        &self.model.classes
    }

    /// Number of leaves.
    #[must_use]
    pub fn leaf_count(&self) -> usize {
        self.leaf_nodes().count()
    }

    /// The greatest number of splits from the root to a leaf.
    #[must_use]
    pub fn depth(&self) -> usize {
        let mut depths = vec![0; self.model.nodes.len()];
        for (i, node) in self.model.nodes.iter().enumerate() {
            if let Some(branch) = &node.branch {
                (depths[branch.left], depths[branch.right]) = (depths[i] + 1, depths[i] + 1);
            }
        }
        depths.into_iter().max().unwrap_or(0)
    }

    /// The features the tree reads, each with its part in all impurity taken away, in the order of the data (Breiman et al.
    /// 1984, §5.3.4, without surrogates). The parts sum to 1, or are all 0 if there is no split.
    #[must_use]
    pub fn importance(&self) -> Vec<(&str, f64)> {
        let nodes = &self.model.nodes;
        let mut gains = vec![0.0; self.model.features.len()];
        for node in nodes {
            if let Some(branch) = &node.branch {
                gains[branch.feature] +=
                    (node.risk() - nodes[branch.left].risk() - nodes[branch.right].risk()).max(0.0);
            }
        }
        let total: f64 = gains.iter().sum();
        let share = |gain: f64| if total > 0.0 { gain / total } else { 0.0 };
        self.model.features.iter().zip(gains).map(|(feature, gain)| (feature.name.as_str(), share(gain))).collect()
    }

    /// The leaf of each row.
    ///
    /// # Errors
    /// [`LearnError::MissingFeatures`] and [`LearnError::FeatureKind`] if a column that a condition reads is missing or
    /// holds something else than in the fitted data.
    pub fn leaf_of(&self, features: &Features<'_>) -> Result<Vec<usize>, LearnError> {
        let tests = self.tests(features)?;
        let leaf = |row: usize| {
            let mut test = &tests[0];
            while let Some(next) = test.next(row) {
                test = &tests[next];
            }
            if let Test::Leaf(leaf) = test { *leaf } else { 0 }
        };
        Ok((0..features.rows()).map(leaf).collect())
    }

    /// The class of each row, as a place in [`classes`](Self::classes): the one with the greatest weight in its leaf, the
    /// first of several.
    ///
    /// # Errors
    /// As [`leaf_of`](Self::leaf_of); [`LearnError::TargetKind`] if the tree foretells numbers.
    pub fn predict_class(&self, features: &Features<'_>) -> Result<Vec<u32>, LearnError> {
        self.require_classes(true)?;
        self.by_leaf(features, |node| node.class() as u32)
    }

    /// The probability of each class, one column per class and one element per row: its share in the row's leaf, drawn
    /// towards equal shares by `laplace` rows of each class, `(w_k + laplace) / (w + K · laplace)`.
    ///
    /// Shares of leaves are too sure of themselves; one row of each class mends the worst (Laplace; Provost & Domingos
    /// 2003).
    ///
    /// # Errors
    /// As [`predict_class`](Self::predict_class); [`LearnError::Invalid`] unless `laplace` is finite and at least 0.
    pub fn predict_probabilities(&self, features: &Features<'_>, laplace: f64) -> Result<Vec<Vec<f64>>, LearnError> {
        self.require_classes(true)?;
        if !(laplace >= 0.0 && laplace.is_finite()) {
            return Err(Invalid::value("laplace", "must be finite and at least 0", laplace).into());
        }
        let leaves = self.leaf_of(features)?;
        let nodes: Vec<&Node> = self.leaf_nodes().collect();
        let count = self.model.classes.len();
        let column = |class: usize| {
            let smoothed = |node: &Node| (node.classes[class] + laplace) / (node.weight + count as f64 * laplace);
            let shares: Vec<f64> = nodes.iter().map(|node| smoothed(node)).collect();
            leaves.iter().map(|&leaf| shares[leaf]).collect()
        };
        Ok((0..count).map(column).collect())
    }

    /// The number of each row: the mean of its leaf.
    ///
    /// # Errors
    /// As [`leaf_of`](Self::leaf_of); [`LearnError::TargetKind`] if the tree tells classes apart.
    pub fn predict_number(&self, features: &Features<'_>) -> Result<Vec<f64>, LearnError> {
        self.require_classes(false)?;
        self.by_leaf(features, |node| node.mean)
    }

    fn by_leaf<T: Copy>(&self, features: &Features<'_>, value: impl Fn(&Node) -> T) -> Result<Vec<T>, LearnError> {
        let values: Vec<T> = self.leaf_nodes().map(value).collect();
        Ok(self.leaf_of(features)?.into_iter().map(|leaf| values[leaf]).collect())
    }

    fn require_classes(&self, classes: bool) -> Result<(), LearnError> {
        let (expected, got) = if classes { ("classes", "numbers") } else { ("numbers", "classes") };
        if classes == self.model.classes.is_empty() { Err(LearnError::TargetKind { expected, got }) } else { Ok(()) }
    }

    pub(super) fn leaf_nodes(&self) -> impl Iterator<Item = &Node> {
        self.model.nodes.iter().filter(|node| node.branch.is_none())
    }

    /// The splits with their columns, checked by name and kind.
    pub(super) fn tests<'f>(&self, features: &Features<'f>) -> Result<Vec<Test<'f>>, LearnError> {
        let model = &self.model;
        let used: HashSet<usize> = model.nodes.iter().flat_map(|node| &node.branch).map(|b| b.feature).collect();
        let needed = model.features.iter().enumerate().filter(|(i, _)| used.contains(i)).map(|(_, feature)| feature);
        let missing: Vec<String> = needed.filter(|f| features.get(&f.name).is_none()).map(|f| f.name.clone()).collect();
        if !missing.is_empty() {
            let available = features.names().map(str::to_owned).collect();
            return Err(LearnError::MissingFeatures { missing, available });
        }
        // Places of the names at hand among those of the fit, once per column: comparing names node by node is a square.
        let codes: Vec<Vec<Option<u32>>> = model.features.iter().map(|own| own.codes_of(features)).collect();
        let mut leaves = 0..;
        let test = |node: &Node| {
            let Some(branch) = &node.branch else { return Ok(Test::Leaf(leaves.next().unwrap_or(0))) };
            let feature = &model.features[branch.feature];
            let (left, right) = (branch.left, branch.right);
            match (features.get(&feature.name), &feature.kind, &branch.split) {
                (Some(Feature::Numbers(values)), _, Split::AtMost { threshold, unknown_left }) => {
                    Ok(Test::AtMost { values, threshold: threshold.value(), unknown_left: *unknown_left, left, right })
                }
                (Some(Feature::Numbers(values)), _, Split::Known) => Ok(Test::Known { values, left, right }),
                (
                    Some(Feature::Categories { codes: rows, .. }),
                    FeatureKind::Categories(_),
                    Split::Listed { codes: listed, left: listed_left },
                ) => {
                    // Listed places ascend.
                    let is_listed = |code: &Option<u32>| code.is_some_and(|code| listed.binary_search(&code).is_ok());
                    let goes_left = codes[branch.feature].iter().map(|code| is_listed(code) == *listed_left).collect();
                    Ok(Test::Listed { codes: rows, goes_left, others_left: !listed_left, left, right })
                }
                (got, kind, _) => Err(LearnError::FeatureKind {
                    feature: feature.name.clone(),
                    expected: if *kind == FeatureKind::Numbers { "numbers" } else { "categories" },
                    got: got.map_or("nothing", |feature| feature.kind()),
                }),
            }
        };
        model.nodes.iter().map(test).collect()
    }
}

impl FittedFeature {
    /// For each category of the column at hand its place among those of the fit; none for numbers.
    fn codes_of(&self, features: &Features<'_>) -> Vec<Option<u32>> {
        match (features.get(&self.name), &self.kind) {
            (Some(Feature::Categories { names, .. }), FeatureKind::Categories(own)) => {
                let places: HashMap<&String, u32> = own.iter().zip(0..).collect();
                names.iter().map(|name| places.get(name).copied()).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl TryFrom<Model> for FittedTree {
    type Error = Invalid;

    fn try_from(model: Model) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        model.check(&mut checks);
        checks.finish()?;
        Ok(Self { model })
    }
}

impl From<FittedTree> for Model {
    fn from(tree: FittedTree) -> Self {
        tree.model
    }
}
