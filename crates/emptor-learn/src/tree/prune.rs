//! Cost-complexity pruning.

use serde::Serialize;

use super::FittedTree;
use super::node::{Branch, Model};

/// A branch that takes away less than this share of its own node's risk takes away nothing but rounding.
const NOTHING: f64 = 1e-12;

/// Branches whose alphas differ by no more than this are equally weak.
const SAME_ALPHA: f64 = 1e-9;

/// One of the nested trees of cost-complexity pruning.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
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
        Pruning::until(f64::INFINITY, &self.model).path
    }

    /// The smallest tree that minimises `R + alpha × leaves`: every branch goes whose alpha is at most `alpha`; see
    /// [`pruning_path`](Self::pruning_path). At 0, branches that tell nothing go.
    #[must_use]
    pub fn pruned(&self, alpha: f64) -> Self {
        let collapses = Pruning::until(alpha, &self.model).collapses;
        Self::new(kept(&self.model, |node| collapses[node] <= alpha))
    }

    /// For each node the price at which it becomes a leaf, if none above it did before: 0 for leaves, infinite for nodes
    /// that go with one above them.
    pub(super) fn collapses(&self) -> Vec<f64> {
        Pruning::until(f64::INFINITY, &self.model).collapses
    }
}

/// The tree as pruned so far. A cut changes the sums of the nodes above it alone, and each node knows the least alpha at or
/// below it: both cost one way to the root, not a look at all nodes.
struct Pruning<'a> {
    model: &'a Model,
    root_risk: f64,
    parents: Vec<usize>,
    collapses: Vec<f64>,
    /// Leaves and risk of the branch below each node.
    leaves: Vec<usize>,
    risk: Vec<f64>,
    /// Alpha of each node, infinite for leaves, and the least of it and of those below.
    alpha: Vec<f64>,
    weakest: Vec<f64>,
    path: Vec<PruningStep>,
}

impl<'a> Pruning<'a> {
    /// Makes all cuts whose price is at most `limit`.
    fn until(limit: f64, model: &'a Model) -> Self {
        let count = model.nodes.len();
        let mut parents = vec![0; count];
        let mut collapses = vec![0.0; count];
        for (i, node) in model.nodes.iter().enumerate() {
            if let Some(Branch { left, right, .. }) = node.branch {
                (parents[left], parents[right], collapses[i]) = (i, i, f64::INFINITY);
            }
        }
        let mut own = Self {
            model,
            root_risk: model.nodes[0].risk(),
            parents,
            collapses,
            leaves: vec![1; count],
            risk: vec![0.0; count],
            alpha: vec![f64::INFINITY; count],
            weakest: vec![f64::INFINITY; count],
            path: Vec::new(),
        };
        // Children stand after their parents.
        (0..count).rev().for_each(|node| own.sum_up(node));
        own.run(limit);
        own
    }

    fn run(&mut self, limit: f64) {
        let mut price = 0.0_f64;
        self.path.push(self.step(price));
        while self.weakest[0] < f64::INFINITY && self.weakest[0] <= limit {
            price = price.max(self.weakest[0]);
            for node in self.at_most(self.weakest[0] * (1.0 + SAME_ALPHA)) {
                self.cut(node, price);
            }
            let step = self.step(price);
            match self.path.last_mut() {
                Some(last) if step.alpha <= last.alpha => *last = step,
                _ => self.path.push(step),
            }
        }
    }

    /// The topmost nodes with no greater alpha.
    fn at_most(&self, most: f64) -> Vec<usize> {
        let (mut found, mut open) = (Vec::new(), vec![0]);
        while let Some(node) = open.pop() {
            if self.alpha[node] <= most {
                found.push(node);
            } else if let Some(Branch { left, right, .. }) = self.model.nodes[node].branch {
                open.extend([right, left].into_iter().filter(|&child| self.weakest[child] <= most));
            }
        }
        found
    }

    fn cut(&mut self, node: usize, price: f64) {
        self.collapses[node] = price;
        let mut at = node;
        self.sum_up(at);
        while at > 0 {
            at = self.parents[at];
            self.sum_up(at);
        }
    }

    /// A node's sums, from its children's.
    fn sum_up(&mut self, node: usize) {
        let own = if self.root_risk > 0.0 { self.model.nodes[node].risk() / self.root_risk } else { 0.0 };
        match self.model.nodes[node].branch {
            Some(Branch { left, right, .. }) if self.collapses[node].is_infinite() => {
                let (leaves, risk) = (self.leaves[left] + self.leaves[right], self.risk[left] + self.risk[right]);
                let gain = own - risk;
                let alpha = if gain <= NOTHING * own { 0.0 } else { gain / (leaves - 1) as f64 };
                (self.leaves[node], self.risk[node], self.alpha[node]) = (leaves, risk, alpha);
                self.weakest[node] = alpha.min(self.weakest[left]).min(self.weakest[right]);
            }
            _ => {
                (self.leaves[node], self.risk[node]) = (1, own);
                (self.alpha[node], self.weakest[node]) = (f64::INFINITY, f64::INFINITY);
            }
        }
    }

    fn step(&self, alpha: f64) -> PruningStep {
        PruningStep { alpha, leaves: self.leaves[0], risk: self.risk[0] }
    }
}

/// The model with some nodes made leaves, less all that stood below them.
fn kept(model: &Model, is_leaf: impl Fn(usize) -> bool) -> Model {
    let mut is_active = vec![false; model.nodes.len()];
    let mut places = vec![0; model.nodes.len()];
    let mut nodes = Vec::new();
    is_active[0] = true;
    for (i, node) in model.nodes.iter().enumerate() {
        if !is_active[i] {
            continue;
        }
        places[i] = nodes.len();
        let mut node = node.clone();
        node.branch = node.branch.filter(|_| !is_leaf(i));
        if let Some(branch) = &node.branch {
            (is_active[branch.left], is_active[branch.right]) = (true, true);
        }
        nodes.push(node);
    }
    for branch in nodes.iter_mut().filter_map(|node| node.branch.as_mut()) {
        (branch.left, branch.right) = (places[branch.left], places[branch.right]);
    }
    Model {
        criterion: model.criterion,
        features: model.features.clone(),
        classes: model.classes.clone(),
        number: model.number.clone(),
        nodes,
    }
}
