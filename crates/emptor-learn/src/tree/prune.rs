//! Cost-complexity pruning.

use serde::{Deserialize, Serialize};

use super::FittedTree;
use super::node::{Branch, Model};

/// A branch that takes away less than this share of its own node's risk takes away nothing but rounding.
const NOTHING: f64 = 1e-12;

/// Branches whose alphas differ by no more than this are equally weak.
const SAME_ALPHA: f64 = 1e-9;

/// One of the nested trees of cost-complexity pruning.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PruningStep {
    /// The least price of a leaf at which the tree is pruned so far.
    pub alpha: f64,
    /// Its leaves.
    pub leaves: usize,
    /// Its impurity as a share of the root's: `1 − risk` is what the splits tell.
    pub risk: f64,
}

impl FittedTree {
    /// The nested trees from this one, less branches that tell nothing, to the root alone.
    ///
    /// With `R` the impurity of leaves times their weight as a share of the root's, the branch that goes next is the one
    /// that takes away least per leaf (Breiman et al. 1984, §3.3):
    /// ```text
    /// alpha = min over t of (R(t) − R(T_t)) / (leaves of T_t − 1)
    /// ```
    ///
    /// ```
    /// use emptor_learn::{DecisionTree, Feature, Features, TreeData};
    /// use emptor_types::Fit;
    ///
    /// let x: Vec<f64> = (0..8).map(f64::from).collect();
    /// let y = [0.0, 0.0, 0.0, 0.0, 10.0, 10.0, 11.0, 11.0];
    /// let data = TreeData::numbers(Features::new(&[("x", Feature::Numbers(&x))])?, &y)?;
    /// let tree = DecisionTree::builder().min_leaf(1).min_split(2).build()?.fit(&data)?;
    /// let leaves: Vec<usize> = tree.pruning_path().iter().map(|step| step.leaves).collect();
    /// assert_eq!(leaves, [3, 2, 1]);
    /// assert_eq!(tree.pruned(0.5).leaf_count(), 2);
    /// # Ok::<(), emptor_learn::LearnError>(())
    /// ```
    #[must_use]
    pub fn pruning_path(&self) -> Vec<PruningStep> {
        let mut pruning = Pruning::new(&self.model);
        let mut alpha = 0.0_f64;
        let mut path = vec![pruning.step(alpha)];
        while let Some(weakest) = pruning.weakest() {
            alpha = alpha.max(weakest);
            pruning.cut(weakest);
            let step = pruning.step(alpha);
            match path.last_mut() {
                Some(last) if step.alpha <= last.alpha => *last = step,
                _ => path.push(step),
            }
        }
        path
    }

    /// The smallest tree that minimises `R + alpha × leaves`: every branch goes whose alpha is at most `alpha`; see
    /// [`pruning_path`](Self::pruning_path). At 0, branches that tell nothing go.
    #[must_use]
    pub fn pruned(&self, alpha: f64) -> Self {
        let mut pruning = Pruning::new(&self.model);
        while let Some(weakest) = pruning.weakest().filter(|&weakest| weakest <= alpha) {
            pruning.cut(weakest);
        }
        Self::new(pruning.model())
    }
}

/// Which nodes are leaves by now.
struct Pruning<'a> {
    model: &'a Model,
    is_leaf: Vec<bool>,
    is_active: Vec<bool>,
    /// Leaves and risk of the branch below each node.
    leaves: Vec<usize>,
    risk: Vec<f64>,
}

impl<'a> Pruning<'a> {
    fn new(model: &'a Model) -> Self {
        let count = model.nodes.len();
        let is_leaf = model.nodes.iter().map(|node| node.branch.is_none()).collect();
        let mut own = Self { model, is_leaf, is_active: Vec::new(), leaves: vec![1; count], risk: vec![0.0; count] };
        own.sum_up();
        own
    }

    fn own_risk(&self, node: usize) -> f64 {
        let root = self.model.nodes[0].risk();
        if root > 0.0 { self.model.nodes[node].risk() / root } else { 0.0 }
    }

    /// Children stand after their parents: down for what is left of the tree, up for the sums.
    fn sum_up(&mut self) {
        let nodes = &self.model.nodes;
        self.is_active = vec![false; nodes.len()];
        self.is_active[0] = true;
        for (i, node) in nodes.iter().enumerate() {
            if let Some(Branch { left, right, .. }) = node.branch {
                let active = self.is_active[i] && !self.is_leaf[i];
                (self.is_active[left], self.is_active[right]) = (active, active);
            }
        }
        for (i, node) in nodes.iter().enumerate().rev() {
            (self.leaves[i], self.risk[i]) = match node.branch {
                Some(Branch { left, right, .. }) if !self.is_leaf[i] => {
                    (self.leaves[left] + self.leaves[right], self.risk[left] + self.risk[right])
                }
                _ => (1, self.own_risk(i)),
            };
        }
    }

    fn alpha(&self, node: usize) -> Option<f64> {
        if !self.is_active[node] || self.is_leaf[node] {
            return None;
        }
        let (own, gain) = (self.own_risk(node), self.own_risk(node) - self.risk[node]);
        Some(if gain <= NOTHING * own { 0.0 } else { gain / (self.leaves[node] - 1) as f64 })
    }

    fn weakest(&self) -> Option<f64> {
        (0..self.is_leaf.len()).filter_map(|node| self.alpha(node)).min_by(f64::total_cmp)
    }

    fn cut(&mut self, alpha: f64) {
        let most = alpha * (1.0 + SAME_ALPHA);
        let weak: Vec<usize> = (0..self.is_leaf.len()).filter(|&n| self.alpha(n).is_some_and(|a| a <= most)).collect();
        weak.into_iter().for_each(|node| self.is_leaf[node] = true);
        self.sum_up();
    }

    fn step(&self, alpha: f64) -> PruningStep {
        PruningStep { alpha, leaves: self.leaves[0], risk: self.risk[0] }
    }

    fn model(&self) -> Model {
        let mut places = vec![0; self.is_leaf.len()];
        let mut kept = 0;
        for (place, active) in places.iter_mut().zip(&self.is_active) {
            *place = kept;
            kept += usize::from(*active);
        }
        let mut nodes = Vec::with_capacity(kept);
        for (i, node) in self.model.nodes.iter().enumerate().filter(|(i, _)| self.is_active[*i]) {
            let mut node = node.clone();
            node.branch = node.branch.filter(|_| !self.is_leaf[i]).map(|branch| Branch {
                left: places[branch.left],
                right: places[branch.right],
                ..branch
            });
            nodes.push(node);
        }
        Model { nodes, ..self.model.clone() }
    }
}
