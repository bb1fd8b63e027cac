//! Cross-validation, and the price of a leaf chosen by it.

use emptor_types::Invalid;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

use super::columns::Columns;
use super::node::Node;
use super::tally::moments;
use super::{DecisionTree, FittedTree, LearnError, PruningStep, Target, TreeData};

/// Longer sequences of pruned trees are thinned to this length before they are validated.
const MOST_ALPHAS: usize = 64;

/// Scores on rows that the tree did not see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// The score of each fold: share of weight in the right class, or R² about the fold's own mean (if the fold has but one
    /// value: 1 if it is foretold, else 0).
    pub folds: Vec<f64>,
    /// Their mean.
    pub mean: f64,
    /// Standard error of the mean, `sd / √folds` with the sample's standard deviation.
    pub standard_error: f64,
}

impl Validation {
    fn of(folds: Vec<f64>) -> Self {
        let count = folds.len() as f64;
        let mean = folds.iter().sum::<f64>() / count;
        let squares: f64 = folds.iter().map(|score| (score - mean) * (score - mean)).sum();
        Self { mean, standard_error: (squares / (count - 1.0) / count).sqrt(), folds }
    }
}

/// One pruned tree of the table of [`AlphaChoice`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlphaScore {
    /// The price of a leaf.
    pub alpha: f64,
    /// Leaves of the tree on all rows at that price.
    pub leaves: usize,
    /// How trees pruned at that price do on rows they did not see.
    pub validation: Validation,
}

/// The price of a leaf chosen by cross-validation. Loading a saved one checks it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "SavedChoice")]
pub struct AlphaChoice {
    /// From the whole tree to the root.
    pub table: Vec<AlphaScore>,
    /// Place of the best mean score in the table, the smallest tree of several.
    pub best: usize,
    /// Place of the smallest tree within one standard error of the best.
    pub chosen: usize,
}

impl AlphaChoice {
    /// The price of the chosen tree, for [`FittedTree::pruned`](super::FittedTree::pruned).
    #[must_use]
    pub fn alpha(&self) -> f64 {
        self.table[self.chosen].alpha
    }
}

/// An [`AlphaChoice`] whose places may lie outside its table.
#[derive(Deserialize)]
struct SavedChoice {
    table: Vec<AlphaScore>,
    best: usize,
    chosen: usize,
}

impl TryFrom<SavedChoice> for AlphaChoice {
    type Error = Invalid;

    fn try_from(SavedChoice { table, best, chosen }: SavedChoice) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(chosen < table.len(), "chosen", "must be a place in the table", chosen);
        checks.require(best <= chosen, "best", "must not stand after the chosen", best);
        let alphas: Vec<f64> = table.iter().map(|entry| entry.alpha).collect();
        checks.require_each("alpha", "must be finite and at least 0", &alphas, |_, x| x >= 0.0 && x.is_finite());
        checks.require(alphas.is_sorted(), "alpha", "must ascend", "another order");
        checks.require(table.iter().all(|entry| entry.leaves > 0), "leaves", "must be at least one", 0);
        checks.finish()?;
        Ok(Self { table, best, chosen })
    }
}

impl DecisionTree {
    /// Fits and scores the tree `folds` times, each time on all rows but those of one fold, which it is then scored on.
    ///
    /// Rows are dealt to folds at random by `seed`, class by class, so that every fold has its share of each.
    ///
    /// # Errors
    /// [`LearnError::Invalid`] unless `folds` is at least 2 and at most the number of rows with a weight, or if the criterion
    /// does not suit the target.
    pub fn cross_validate(&self, data: &TreeData<'_>, folds: usize, seed: u64) -> Result<Validation, LearnError> {
        let columns = Columns::sorted(&data.features);
        let fold_of = deal(data, folds, seed)?;
        let score = |fold| -> Result<f64, LearnError> {
            let tree = self.without(data, &columns, &fold_of, fold)?;
            let unpruned = vec![f64::INFINITY; tree.model.nodes.len()];
            Ok(scores(&tree, &unpruned, &[0.0], data, &fold_of, fold)?[0])
        };
        Ok(Validation::of((0..folds).map(score).collect::<Result<_, _>>()?))
    }

    /// Chooses the price of a leaf: the smallest tree whose score in cross-validation is within one standard error of the
    /// best (Breiman et al. 1984, §3.4.3). Prices tried are geometric means of neighbours in the
    /// [`pruning_path`](FittedTree::pruning_path) of the tree on all rows, at most 64 of them, and 0; the `ccp_alpha` of the
    /// settings is the least.
    ///
    /// ```
    /// use emptor_learn::{DecisionTree, Feature, Features, TreeData};
    /// use emptor_types::Fit;
    ///
    /// // One cut is real; the rest of the tree is noise.
    /// let x: Vec<f64> = (0..400).map(|i| f64::from(i * 37 % 400)).collect();
    /// let y: Vec<f64> = (0..400).map(|i| f64::from(i * i * 13 % 17) + if x[i as usize] > 200.0 { 30.0 } else { 0.0 }).collect();
    /// let data = TreeData::numbers(Features::new(&[("x", Feature::Numbers(&x))])?, &y)?;
    /// let spec = DecisionTree::builder().min_leaf(5).min_split(10).build()?;
    /// let choice = spec.choose_alpha(&data, 10, 1)?;
    /// let tree = spec.fit(&data)?;
    /// assert!(tree.leaf_count() > 10);
    /// assert_eq!(tree.pruned(choice.alpha()).leaf_count(), 2);
    /// # Ok::<(), emptor_learn::LearnError>(())
    /// ```
    ///
    /// # Errors
    /// As [`cross_validate`](Self::cross_validate).
    pub fn choose_alpha(&self, data: &TreeData<'_>, folds: usize, seed: u64) -> Result<AlphaChoice, LearnError> {
        let columns = Columns::sorted(&data.features);
        let fold_of = deal(data, folds, seed)?;
        let whole = self.fit_sorted(data, &columns)?;
        let path = whole.pruning_path();
        let alphas = prices(&path, self.settings.ccp_alpha);
        let mut by_alpha = vec![Vec::with_capacity(folds); alphas.len()];
        for fold in 0..folds {
            let tree = self.without(data, &columns, &fold_of, fold)?;
            let scores = scores(&tree, &tree.collapses(), &alphas, data, &fold_of, fold)?;
            by_alpha.iter_mut().zip(scores).for_each(|(all, score)| all.push(score));
        }
        let table: Vec<AlphaScore> = alphas
            .iter()
            .zip(by_alpha)
            .map(|(&alpha, scores)| AlphaScore {
                alpha,
                leaves: path[path.partition_point(|step| step.alpha <= alpha).max(1) - 1].leaves,
                validation: Validation::of(scores),
            })
            .collect();
        // Later entries are smaller trees.
        let mut best = 0;
        for (i, entry) in table.iter().enumerate() {
            if entry.validation.mean >= table[best].validation.mean {
                best = i;
            }
        }
        let least = table[best].validation.mean - table[best].validation.standard_error;
        let chosen = table.iter().rposition(|entry| entry.validation.mean >= least).unwrap_or(best);
        Ok(AlphaChoice { table, best, chosen })
    }

    fn without(
        &self,
        data: &TreeData<'_>,
        columns: &Columns<'_>,
        fold_of: &[usize],
        fold: usize,
    ) -> Result<FittedTree, LearnError> {
        let weight = |row: usize| if fold_of[row] == fold { 0.0 } else { data.weight(row) };
        let weights: Vec<f64> = (0..data.rows()).map(weight).collect();
        self.fit_sorted(&TreeData { weights: Some(&weights), ..data.clone() }, columns)
    }
}

fn prices(path: &[PruningStep], least: f64) -> Vec<f64> {
    let path: Vec<f64> = path.iter().map(|step| step.alpha).collect();
    let mut alphas = vec![least];
    alphas.extend(path.windows(2).skip(1).map(|pair| (pair[0] * pair[1]).sqrt()).filter(|&alpha| alpha > least));
    alphas.extend(path.last().copied().filter(|&alpha| alpha > least));
    let count = alphas.len();
    let step = |i: usize| i * (count - 1) / (MOST_ALPHAS - 1);
    if count > MOST_ALPHAS { (0..MOST_ALPHAS).map(|i| alphas[step(i)]).collect() } else { alphas }
}

/// The fold of each row; rows without weight are in none.
fn deal(data: &TreeData<'_>, folds: usize, seed: u64) -> Result<Vec<usize>, LearnError> {
    let counted: Vec<usize> = (0..data.rows()).filter(|&row| data.weight(row) > 0.0).collect();
    let rule = format!("must be at least 2 and at most {}, the rows with a weight", counted.len());
    if !(2..=counted.len()).contains(&folds) {
        return Err(Invalid::value("folds", rule, folds).into());
    }
    let mut strata: Vec<Vec<usize>> = match data.target {
        Target::Numbers(_) => vec![counted],
        Target::Classes { codes, names } => {
            let mut strata = vec![Vec::new(); names.len()];
            counted.into_iter().for_each(|row| strata[codes[row] as usize].push(row));
            strata
        }
    };
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut fold_of = vec![usize::MAX; data.rows()];
    strata.iter_mut().for_each(|rows| rows.shuffle(&mut rng));
    for (i, row) in strata.into_iter().flatten().enumerate() {
        fold_of[row] = i % folds;
    }
    Ok(fold_of)
}

/// How well a tree does on one fold when pruned to each of several prices, which ascend; one descent of each row serves all.
fn scores(
    tree: &FittedTree,
    collapses: &[f64],
    alphas: &[f64],
    data: &TreeData<'_>,
    fold_of: &[usize],
    fold: usize,
) -> Result<Vec<f64>, LearnError> {
    let rows = || (0..data.rows()).filter(|&row| fold_of[row] == fold).map(|row| (row, data.weight(row)));
    let weight: f64 = rows().map(|(_, w)| w).sum();
    let (tests, nodes) = (tree.tests(&data.features)?, &tree.model.nodes);
    // From this price on a node is a leaf, unless one above it is.
    let leaf_from = |node: usize| match nodes[node].branch {
        Some(_) => alphas.partition_point(|&alpha| alpha < collapses[node]),
        None => 0,
    };
    let leaf_from: Vec<usize> = (0..nodes.len()).map(leaf_from).collect();
    let sums = |of: &dyn Fn(usize, usize) -> f64| {
        let mut sums = vec![0.0; alphas.len()];
        for (row, w) in rows() {
            let (mut node, mut end) = (0, alphas.len());
            loop {
                if leaf_from[node] < end {
                    let part = of(row, node) * (w / weight);
                    sums[leaf_from[node]..end].iter_mut().for_each(|sum| *sum += part);
                    end = leaf_from[node];
                }
                match tests[node].next(row) {
                    Some(next) if end > 0 => node = next,
                    _ => break,
                }
            }
        }
        sums
    };
    match data.target {
        Target::Classes { codes, .. } => {
            let classes: Vec<usize> = nodes.iter().map(Node::class).collect();
            Ok(sums(&|row, node| if classes[node] == codes[row] as usize { 1.0 } else { 0.0 }))
        }
        Target::Numbers(values) => {
            let errors = sums(&|row, node| (values[row] - nodes[node].mean) * (values[row] - nodes[node].mean));
            // Asked of the values: rounding may leave a variance to equal ones.
            let mut known = rows().map(|(row, _)| values[row]);
            let first = known.next().unwrap_or(0.0);
            let is_one = known.all(|value| value.partial_cmp(&first).is_some_and(|order| order.is_eq()));
            let (_, variance) = moments(rows().map(|(row, w)| (values[row], w)));
            let score = |error: f64| {
                if !is_one && variance > 0.0 {
                    1.0 - error / variance
                } else if error > 0.0 {
                    0.0
                } else {
                    1.0
                }
            };
            Ok(errors.into_iter().map(score).collect())
        }
    }
}
