//! The settings of a tree and the rules they keep.

use emptor_types::{Fit, Invalid};
use serde::{Deserialize, Serialize};

use super::columns::Columns;
use super::{FittedTree, LearnError, Target, TreeData, grow};

/// What a split is to make small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Criterion {
    /// `Σ p (1 − p)` over classes, which is `2p(1 − p)` for two (Breiman et al. 1984, §4.3.1).
    Gini,
    /// `−Σ p log₂ p` over classes: information gain (Quinlan 1986).
    Entropy,
    /// Information gain over the information of the split itself, `−Σ s log₂ s` over its two shares, among columns whose
    /// gain is at least the mean gain of all (Quinlan 1993, §2.2): does not favour columns for having many values.
    GainRatio,
    /// Mean squared deviation of a number from its mean (Breiman et al. 1984, §8.3).
    Variance,
}

impl Criterion {
    fn is_for_classes(self) -> bool {
        self != Self::Variance
    }
}

/// Plain settings, the saved form of [`DecisionTree`]; loading checks them again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Settings {
    pub(super) criterion: Option<Criterion>,
    pub(super) max_depth: usize,
    pub(super) min_leaf: usize,
    pub(super) min_split: usize,
    pub(super) min_improvement: f64,
    pub(super) ccp_alpha: f64,
    pub(super) exact_midpoints: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            criterion: None,
            max_depth: 5,
            min_leaf: 30,
            min_split: 60,
            min_improvement: 0.0,
            ccp_alpha: 0.0,
            exact_midpoints: false,
        }
    }
}

impl Settings {
    fn check(&self) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        checks.require(self.min_leaf > 0, "min_leaf", "must be at least 1", self.min_leaf);
        checks.require(self.min_split > 1, "min_split", "must be at least 2", self.min_split);
        let share = |x: f64| (0.0..=1.0).contains(&x);
        let gain = self.min_improvement;
        checks.require(share(gain), "min_improvement", "must lie between 0 and 1", gain);
        checks.require(share(self.ccp_alpha), "ccp_alpha", "must lie between 0 and 1", self.ccp_alpha);
        checks.finish()
    }
}

/// A decision tree to be grown (CART, Breiman, Friedman, Olshen & Stone 1984): which rows are alike in a target, told by
/// conditions on columns that a person can read.
///
/// From the root down, every node is split in two by one column such that impurity falls most:
/// ```text
/// gain = i(t) − w_L/w_t · i(t_L) − w_R/w_t · i(t_R)        (Breiman et al. 1984, §2.4)
/// ```
/// - **Numbers** are cut between neighbouring values that occur *in the node*, at the shortest decimal in the middle half
///   of the gap, so that rules read `spend > 1,250`; with `exact_midpoints` at the midpoint. Nothing is absolute: a
///   column times 1e-7 gives the same tree. The search looks at every cut, at any number of rows; there is no binning.
/// - **Categories** fall into two sets. With two classes, or a number, categories ordered by their mean give the best of
///   all sets (Breiman et al. 1984, theorem 4.5); with more classes, the best along the orders by the share of each class
///   in turn (one against the rest), which need not be the best of all.
/// - **Unknown** numbers go to the side where they improve the split most, or to a side of their own against all known;
///   an unknown category is one more category. Where a node saw nothing unknown, the heavier side takes them, and so do
///   categories the node has not seen.
///
/// Equal gains go to the earlier column, then to the lower cut. The tree is the same, bit for bit, at any number of
/// threads.
///
/// ```
/// use emptor_learn::{DecisionTree, Feature, Features, TreeData};
/// use emptor_types::Fit;
///
/// let visits: Vec<f64> = (0..100).map(f64::from).collect();
/// let profit: Vec<f64> = visits.iter().map(|&v| if v < 40.0 { -5.0 } else { 20.0 }).collect();
/// let class: Vec<u32> = profit.iter().map(|&p| u32::from(p > 0.0)).collect();
/// let names = ["loss".to_owned(), "profit".to_owned()];
///
/// let features = Features::new(&[("visits", Feature::Numbers(&visits))])?;
/// let data = TreeData::classes(features.clone(), &class, &names)?.with_number("profit", &profit)?;
/// let tree = DecisionTree::builder().max_depth(3).min_leaf(5).build()?.fit(&data)?;
/// assert_eq!(tree.predict_class(&features)?, class);
/// let rules = tree.rules();
/// assert_eq!(rules[0].to_string(), "if visits <= 39.5 then loss (100.0 % of 40 rows, lift 2.50), mean profit -5");
/// assert_eq!(rules[1].when.to_sql(), r#""visits" IS NULL OR "visits" > 39.5"#);
/// # Ok::<(), emptor_learn::LearnError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Settings", into = "Settings")]
pub struct DecisionTree {
    pub(super) settings: Settings,
}

impl DecisionTree {
    /// Starts from the default settings.
    #[must_use]
    pub fn builder() -> DecisionTreeBuilder {
        DecisionTreeBuilder::default()
    }

    /// The criterion for a target.
    pub(super) fn criterion_for(&self, target: Target<'_>) -> Result<Criterion, LearnError> {
        let criterion = self.settings.criterion.unwrap_or(target.default_criterion());
        let (fits, rule) = match target {
            Target::Classes { .. } => (criterion.is_for_classes(), "must be one for classes"),
            Target::Numbers(_) => (!criterion.is_for_classes(), "must be variance for numbers"),
        };
        if fits { Ok(criterion) } else { Err(Invalid::value("criterion", rule, format!("{criterion:?}")).into()) }
    }

    pub(super) fn fit_sorted(&self, data: &TreeData<'_>, columns: &Columns<'_>) -> Result<FittedTree, LearnError> {
        let criterion = self.criterion_for(data.target)?;
        Ok(grow::grow(&self.settings, criterion, data, columns)?.pruned(self.settings.ccp_alpha))
    }
}

impl Fit<TreeData<'_>> for DecisionTree {
    type Fitted = FittedTree;
    type Error = LearnError;

    /// Grows the tree and prunes it back by `ccp_alpha`.
    fn fit(&self, data: &TreeData<'_>) -> Result<FittedTree, LearnError> {
        self.fit_sorted(data, &Columns::sorted(&data.features))
    }
}

impl TryFrom<Settings> for DecisionTree {
    type Error = Invalid;

    fn try_from(settings: Settings) -> Result<Self, Invalid> {
        settings.check()?;
        Ok(Self { settings })
    }
}

impl From<DecisionTree> for Settings {
    fn from(tree: DecisionTree) -> Self {
        tree.settings
    }
}

/// Collects the settings of a [`DecisionTree`].
///
/// | setting | default | meaning |
/// |---|---|---|
/// | `criterion` | Gini for classes, variance for numbers | what splits make small |
/// | `max_depth` | 5 | most conditions in a rule before merging |
/// | `min_leaf` | 30 | fewest rows of a leaf |
/// | `min_split` | 60 | fewest rows of a node that may be split |
/// | `min_improvement` | 0 | least share of the root's impurity a split must take away |
/// | `ccp_alpha` | 0 | price of a leaf, as a share of the root's impurity, by which the tree is pruned |
/// | `exact_midpoints` | no | cut at midpoints rather than at short numbers near them |
///
/// Both shares are scikit-learn's `min_impurity_decrease` and `ccp_alpha` divided by the impurity of the root, as `cp` is
/// in R's rpart, so that they mean the same in any currency.
///
/// ```
/// use emptor_learn::DecisionTree;
///
/// let error = DecisionTree::builder().min_leaf(0).ccp_alpha(f64::NAN).build().unwrap_err();
/// assert_eq!(error.to_string(), "min_leaf must be at least 1 (got 0); ccp_alpha must lie between 0 and 1 (got NaN)");
/// ```
#[derive(Debug, Clone, Default)]
pub struct DecisionTreeBuilder {
    settings: Settings,
}

impl DecisionTreeBuilder {
    /// Sets what splits make small.
    #[must_use]
    pub fn criterion(mut self, criterion: Criterion) -> Self {
        self.settings.criterion = Some(criterion);
        self
    }

    /// Sets the greatest depth; 0 leaves the root alone, `usize::MAX` sets no limit.
    #[must_use]
    pub fn max_depth(mut self, depth: usize) -> Self {
        self.settings.max_depth = depth;
        self
    }

    /// Sets the fewest rows of a leaf.
    #[must_use]
    pub fn min_leaf(mut self, rows: usize) -> Self {
        self.settings.min_leaf = rows;
        self
    }

    /// Sets the fewest rows of a node that may be split.
    #[must_use]
    pub fn min_split(mut self, rows: usize) -> Self {
        self.settings.min_split = rows;
        self
    }

    /// Sets the least share of the root's impurity that a split must take away.
    #[must_use]
    pub fn min_improvement(mut self, share: f64) -> Self {
        self.settings.min_improvement = share;
        self
    }

    /// Sets the price of a leaf, as a share of the root's impurity: see [`FittedTree::pruned`].
    #[must_use]
    pub fn ccp_alpha(mut self, alpha: f64) -> Self {
        self.settings.ccp_alpha = alpha;
        self
    }

    /// Cuts numbers at midpoints between neighbours, not at the shortest decimal in the middle half of the gap.
    #[must_use]
    pub fn exact_midpoints(mut self, exact: bool) -> Self {
        self.settings.exact_midpoints = exact;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// [`LearnError::Invalid`] with every setting that breaks its rule.
    pub fn build(self) -> Result<DecisionTree, LearnError> {
        Ok(DecisionTree::try_from(self.settings)?)
    }
}
