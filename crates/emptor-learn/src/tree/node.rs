//! The parts of a fitted tree, and what they must be.

use std::collections::HashSet;

use emptor_types::{Checks, Threshold};
use serde::{Deserialize, Serialize};

use super::data::check_names;
use super::tally::{Summary, moments};
use super::{Criterion, Feature, Target, TreeData};

/// Sums of the same weights in another order differ by no more than this share, even if there are 1e9 of them.
const SUM_ROUNDING: f64 = 1e-6;

/// Which rows of a node go left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Split {
    /// Numbers up to a threshold.
    AtMost { threshold: Threshold, unknown_left: bool },
    /// Numbers that are known.
    Known,
    /// Rows of the listed categories if `left`, all others if not.
    Listed { codes: Vec<u32>, left: bool },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Branch {
    pub(super) feature: usize,
    pub(super) split: Split,
    pub(super) left: usize,
    pub(super) right: usize,
}

/// Mean and standard deviation of the number carried along, over the rows where it is known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Rows where it is known.
    pub rows: usize,
    /// Weighted mean.
    pub mean: f64,
    /// Standard deviation over the weight, not one less.
    pub standard_deviation: f64,
}

/// A node; its rows are those of the fitted data with a weight above 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Node {
    pub(super) rows: usize,
    pub(super) weight: f64,
    /// Weight by class; empty for numbers.
    pub(super) classes: Vec<f64>,
    /// Mean of the target; 0 for classes.
    pub(super) mean: f64,
    pub(super) impurity: f64,
    pub(super) number: Option<Spread>,
    pub(super) branch: Option<Branch>,
}

impl Node {
    pub(super) fn new(summary: Summary, data: &TreeData<'_>, rows: &[u32]) -> Self {
        let number = data.number.and_then(|(_, values)| {
            let rows = || rows.iter().map(|&row| row as usize).filter(|&row| !values[row].is_nan());
            let (mean, variance) = moments(rows().map(|row| (values[row], data.weight(row))));
            let rows = rows().count();
            (rows > 0).then_some(Spread { rows, mean, standard_deviation: variance.sqrt() })
        });
        let Summary { rows, weight, classes, mean, impurity, .. } = summary;
        Self { rows, weight, classes, mean, impurity, number, branch: None }
    }

    /// Whether two nodes divide the rows of this one, as far as sums tell.
    fn is_sum_of(&self, left: &Self, right: &Self) -> bool {
        let near = |own: f64, a: f64, b: f64| (own - a - b).abs() <= SUM_ROUNDING * self.weight;
        left.rows.checked_add(right.rows) == Some(self.rows)
            && near(self.weight, left.weight, right.weight)
            && self.classes.iter().zip(left.classes.iter().zip(&right.classes)).all(|(&own, (&a, &b))| near(own, a, b))
    }

    /// Impurity times weight.
    pub(super) fn risk(&self) -> f64 {
        self.weight * self.impurity
    }

    /// The class with the greatest weight, the first of several.
    pub(super) fn class(&self) -> usize {
        let mut best = 0;
        for (class, &weight) in self.classes.iter().enumerate() {
            if weight > self.classes[best] {
                best = class;
            }
        }
        best
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FeatureKind {
    Numbers,
    Categories(Vec<String>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct FittedFeature {
    pub(super) name: String,
    pub(super) kind: FeatureKind,
}

/// The saved form of [`FittedTree`](super::FittedTree). Nodes stand in the order in which they are read, children after
/// their parent, left before right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Model {
    pub(super) criterion: Criterion,
    pub(super) features: Vec<FittedFeature>,
    /// Names of classes; empty for numbers.
    pub(super) classes: Vec<String>,
    /// Name of the number carried along.
    pub(super) number: Option<String>,
    pub(super) nodes: Vec<Node>,
}

impl Model {
    pub(super) fn new(criterion: Criterion, data: &TreeData<'_>, nodes: Vec<Node>) -> Self {
        let features = data.features.columns().iter().map(|(name, feature)| FittedFeature {
            name: (*name).to_owned(),
            kind: match feature {
                Feature::Numbers(_) => FeatureKind::Numbers,
                Feature::Categories { names, .. } => FeatureKind::Categories(names.to_vec()),
            },
        });
        let classes = match data.target {
            Target::Classes { names, .. } => names.to_vec(),
            Target::Numbers(_) => Vec::new(),
        };
        let number = data.number.map(|(name, _)| name.to_owned());
        Self { criterion, features: features.collect(), classes, number, nodes }
    }

    pub(super) fn check(&self, checks: &mut Checks) {
        let names: Vec<String> = self.features.iter().map(|feature| feature.name.clone()).collect();
        check_names(checks, "features", &names);
        for feature in &self.features {
            if let FeatureKind::Categories(names) = &feature.kind
                && !names.is_empty()
            {
                let mut seen = HashSet::with_capacity(names.len());
                let once = names.iter().all(|name| seen.insert(name));
                checks.require(once, &feature.name, "must name each category once", "one twice");
            }
        }
        let for_classes = self.criterion != Criterion::Variance;
        if for_classes {
            check_names(checks, "classes", &self.classes);
        } else {
            checks.require(self.classes.is_empty(), "classes", "must be none for numbers", self.classes.len());
        }
        checks.require(!self.nodes.is_empty(), "nodes", "must hold at least the root", "none");
        let mut parents = vec![0_usize; self.nodes.len()];
        for (i, node) in self.nodes.iter().enumerate() {
            let field = format!("node {i}");
            let spread = node.number.is_none_or(|n| n.mean.is_finite() && n.standard_deviation >= 0.0 && n.rows > 0);
            let plain =
                node.rows > 0 && node.weight > 0.0 && node.weight.is_finite() && node.mean.is_finite() && spread;
            checks.require(plain, &field, "must have rows, a weight and finite means", node.rows);
            let impurity = node.impurity >= 0.0 && node.impurity.is_finite();
            checks.require(impurity, &field, "must have a finite impurity of at least 0", node.impurity);
            let classes =
                node.classes.len() == self.classes.len() && node.classes.iter().all(|c| *c >= 0.0 && c.is_finite());
            checks.require(classes, &field, "must have one weight of at least 0 per class", node.classes.len());
            let total: f64 = node.classes.iter().sum();
            let whole = !for_classes || (total - node.weight).abs() <= SUM_ROUNDING * node.weight;
            checks.require(whole, &field, "must have the weight of its classes together", total);
            checks.require(node.number.is_none() || self.number.is_some(), &field, "must carry a named number", "one");
            let Some(branch) = &node.branch else { continue };
            let inside = branch.left == i + 1 && branch.right > branch.left && branch.right < self.nodes.len();
            let children = format!("{} and {}", branch.left, branch.right);
            checks.require(inside, &field, "must have its left child next and its right child later", children);
            for child in [branch.left, branch.right] {
                if let Some(count) = parents.get_mut(child) {
                    *count += 1;
                }
            }
            if let (Some(left), Some(right)) = (self.nodes.get(branch.left), self.nodes.get(branch.right)) {
                let rule = "must have the rows, the weight and the classes of its children together";
                checks.require(node.is_sum_of(left, right), &field, rule, node.rows);
            }
            let fits = self.features.get(branch.feature).is_some_and(|feature| feature.takes(&branch.split));
            checks.require(fits, &field, "must split by one of the features as its kind allows", branch.feature);
        }
        let once = parents.iter().skip(1).all(|&count| count == 1);
        checks.require(once, "nodes", "must each have one parent, but for the root", "another number");
    }
}

impl FittedFeature {
    fn takes(&self, split: &Split) -> bool {
        match (&self.kind, split) {
            (FeatureKind::Numbers, Split::AtMost { .. } | Split::Known) => true,
            (FeatureKind::Categories(names), Split::Listed { codes, .. }) => {
                !codes.is_empty() && codes.is_sorted() && codes.iter().all(|&code| (code as usize) < names.len())
            }
            _ => false,
        }
    }
}
