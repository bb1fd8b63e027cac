//! Cross-validation, and the price of a leaf chosen by it.

use emptor_types::Invalid;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

use super::columns::Columns;
use super::{DecisionTree, FittedTree, LearnError, Target, TreeData};

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

/// The price of a leaf chosen by cross-validation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
        let score = |fold| score(&self.without(data, &columns, &fold_of, fold)?, data, &fold_of, fold);
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
        let alphas = prices(&whole, self.settings.ccp_alpha);
        let mut scores = vec![Vec::with_capacity(folds); alphas.len()];
        for fold in 0..folds {
            let tree = self.without(data, &columns, &fold_of, fold)?;
            for (alpha, scores) in alphas.iter().zip(&mut scores) {
                scores.push(score(&tree.pruned(*alpha), data, &fold_of, fold)?);
            }
        }
        let table: Vec<AlphaScore> = alphas
            .iter()
            .zip(scores)
            .map(|(&alpha, scores)| AlphaScore {
                alpha,
                leaves: whole.pruned(alpha).leaf_count(),
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

fn prices(tree: &FittedTree, least: f64) -> Vec<f64> {
    let path: Vec<f64> = tree.pruning_path().iter().map(|step| step.alpha).collect();
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

/// How well a tree does on one fold.
fn score(tree: &FittedTree, data: &TreeData<'_>, fold_of: &[usize], fold: usize) -> Result<f64, LearnError> {
    let rows = || (0..data.rows()).filter(|&row| fold_of[row] == fold).map(|row| (row, data.weight(row)));
    let weight: f64 = rows().map(|(_, w)| w).sum();
    match data.target {
        Target::Classes { codes, .. } => {
            let predicted = tree.predict_class(&data.features)?;
            Ok(rows().filter(|(row, _)| predicted[*row] == codes[*row]).map(|(_, w)| w).sum::<f64>() / weight)
        }
        Target::Numbers(values) => {
            let predicted = tree.predict_number(&data.features)?;
            let mean: f64 = rows().map(|(row, w)| values[row] * (w / weight)).sum();
            let squares = |of: &dyn Fn(usize) -> f64| rows().map(|(row, w)| w * of(row) * of(row)).sum::<f64>();
            let (error, total) = (squares(&|row| values[row] - predicted[row]), squares(&|row| values[row] - mean));
            Ok(if total > 0.0 {
                1.0 - error / total
            } else if error > 0.0 {
                0.0
            } else {
                1.0
            })
        }
    }
}
