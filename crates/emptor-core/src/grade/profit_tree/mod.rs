//! Which customers make or lose money, by rules that can be read.

mod fitted;
mod out_of_sample;
mod rule;
mod target;
#[cfg(test)]
mod tests;

use emptor_learn::{AlphaChoice, Criterion, DecisionTree, Features, FittedTree, Subset, TreeData};
use emptor_types::{ExactSum, Fit, Invalid};
use serde::{Deserialize, Serialize};

use super::GradeError;
use fitted::{LeafProfit, Model};
use target::class_of;

pub use fitted::{FittedProfitTree, ProfitClassPart};
pub use out_of_sample::OutOfSample;
pub use rule::{ClassShare, ProfitRule};
pub use target::ProfitTarget;

/// The name under which a tree carries profit along.
const PROFIT: &str = "profit";

/// A decision tree of what customers contribute to profit (Zou & Li 2004): which attributes go with high profit, which
/// with losses, and where does the next customer belong?
///
/// Customers are put into classes of profit ([`ProfitTarget`]), a tree is grown that tells the classes apart (CART,
/// Breiman et al. 1984: `2p(1 − p)` for two classes; gain ratio, Quinlan 1993, on demand), and cut back to the smallest
/// one within one standard error of the best in cross-validation. Every leaf is a rule:
/// ```text
/// support = n_leaf / n     confidence = n_leaf,class / n_leaf     lift = confidence / (n_class / n)
/// ```
/// What the rules are worth is measured on customers who took no part in growing *or* cutting back the tree: the whole
/// procedure is repeated without each fold in turn ([`OutOfSample`]).
///
/// Customers of unknown profit (`NaN`) teach nothing and are counted ([`FittedProfitTree::unknown`]).
///
/// ```
/// use emptor_core::grade::{Feature, Features, ProfitTree};
///
/// let returns: Vec<f64> = (0..400).map(|i| f64::from(i % 10)).collect();
/// let profit: Vec<f64> = (0..400).map(|i| if i % 10 > 6 { -20.0 } else { 5.0 + f64::from(i % 13) }).collect();
/// let features = Features::new(&[("returns", Feature::Numbers(&returns))])?;
///
/// let fitted = ProfitTree::builder().min_leaf(20).seed(1).build()?.fit(&features, &profit)?;
/// let worst = &fitted.rules()[1];
/// assert_eq!(worst.when.to_string(), "returns > 6.5");
/// assert_eq!((worst.customers, worst.total_profit), (120, -2400.0));
/// assert!(fitted.out_of_sample().is_better_than_guessing());
///
/// let new = [9.0];
/// let new = Features::new(&[("returns", Feature::Numbers(&new))])?;
/// assert_eq!(fitted.classes(&new)?, ["loss"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # References
/// Zou and Li (2004) on customer profit contribution by decision trees. Breiman, Friedman, Olshen and Stone (1984),
/// *Classification and regression trees*. Quinlan (1993), *C4.5*.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Settings", into = "Settings")]
pub struct ProfitTree {
    settings: Settings,
    tree: DecisionTree,
}

/// The saved form of [`ProfitTree`]; loading checks it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Settings {
    target: ProfitTarget,
    criterion: Option<Criterion>,
    max_depth: usize,
    min_leaf: usize,
    folds: usize,
    seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { target: ProfitTarget::default(), criterion: None, max_depth: 4, min_leaf: 30, folds: 5, seed: 0 }
    }
}

/// Collects the settings of a [`ProfitTree`].
///
/// | setting | default | meaning |
/// |---|---|---|
/// | `target` | four classes, positive profits in thirds | what the tree tells apart |
/// | `criterion` | Gini for classes, variance for profit itself | what splits make small |
/// | `max_depth` | 4 | most conditions in a rule before merging |
/// | `min_leaf` | 30 | fewest customers of a rule |
/// | `folds` | 5 | of every cross-validation |
/// | `seed` | 0 | deals customers to folds |
///
/// ```
/// use emptor_core::grade::{Criterion, ProfitTarget, ProfitTree};
///
/// assert!(ProfitTree::builder().target(ProfitTarget::Sign).criterion(Criterion::GainRatio).build().is_ok());
/// let error = ProfitTree::builder().min_leaf(0).folds(1).build().unwrap_err();
/// assert_eq!(error.to_string(), "min_leaf must be at least 1 (got 0); folds must be 2 to 20 (got 1)");
/// ```
#[derive(Debug, Clone, Default)]
pub struct ProfitTreeBuilder {
    settings: Settings,
}

impl ProfitTreeBuilder {
    /// Sets what the tree tells apart.
    #[must_use]
    pub fn target(mut self, target: ProfitTarget) -> Self {
        self.settings.target = target;
        self
    }

    /// Sets what splits make small.
    #[must_use]
    pub fn criterion(mut self, criterion: Criterion) -> Self {
        self.settings.criterion = Some(criterion);
        self
    }

    /// Sets the greatest depth.
    #[must_use]
    pub fn max_depth(mut self, depth: usize) -> Self {
        self.settings.max_depth = depth;
        self
    }

    /// Sets the fewest customers of a rule.
    #[must_use]
    pub fn min_leaf(mut self, customers: usize) -> Self {
        self.settings.min_leaf = customers;
        self
    }

    /// Sets the folds of every cross-validation.
    #[must_use]
    pub fn folds(mut self, folds: usize) -> Self {
        self.settings.folds = folds;
        self
    }

    /// Sets the seed by which customers are dealt to folds.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// [`GradeError::Invalid`] with every setting that breaks its rule.
    pub fn build(self) -> Result<ProfitTree, GradeError> {
        Ok(ProfitTree::try_from(self.settings)?)
    }
}

impl TryFrom<Settings> for ProfitTree {
    type Error = Invalid;

    fn try_from(settings: Settings) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        settings.target.check(&mut checks);
        let min_leaf = settings.min_leaf;
        checks.require(min_leaf > 0, "min_leaf", "must be at least 1", min_leaf);
        checks.require((2..=20).contains(&settings.folds), "folds", "must be 2 to 20", settings.folds);
        let is_value = settings.target == ProfitTarget::Value;
        let suits = settings.criterion.is_none_or(|criterion| is_value == (criterion == Criterion::Variance));
        let rule = if is_value { "must be variance for profit itself" } else { "must be one for classes" };
        checks.require(suits, "criterion", rule, format!("{:?}", settings.criterion));
        checks.finish()?;
        let mut tree = DecisionTree::builder()
            .max_depth(settings.max_depth)
            .min_leaf(min_leaf)
            .min_split(min_leaf.saturating_mul(2));
        if let Some(criterion) = settings.criterion {
            tree = tree.criterion(criterion);
        }
        // What a tree refuses was asked above.
        let tree = tree.build().map_err(|error| Invalid::value("tree", error.to_string(), "settings"))?;
        Ok(Self { settings, tree })
    }
}

impl From<ProfitTree> for Settings {
    fn from(tree: ProfitTree) -> Self {
        tree.settings
    }
}

impl ProfitTree {
    /// Starts from the default settings.
    #[must_use]
    pub fn builder() -> ProfitTreeBuilder {
        ProfitTreeBuilder::default()
    }

    /// Grows a tree, cuts it back and measures what it is worth. Profits are one per row of the features, `NaN` where
    /// unknown.
    ///
    /// # Errors
    /// [`GradeError::Invalid`] unless there is one profit per row, at most 10¹² in absolute value or `NaN`, and twice as
    /// many known ones as folds; [`GradeError::NoCustomers`] if none is known.
    pub fn fit(&self, features: &Features<'_>, profit: &[f64]) -> Result<FittedProfitTree, GradeError> {
        let mut checks = Invalid::checks();
        let rows = format!("must be one for each of {} customers", features.rows());
        checks.require(profit.len() == features.rows(), PROFIT, &rows, profit.len());
        checks.require_each(PROFIT, "must be at most 1e12 in absolute value, or NaN for unknown", profit, |_, p| {
            p.is_nan() || p.abs() <= ExactSum::LIMIT
        });
        checks.finish()?;
        let known: Vec<usize> = (0..profit.len()).filter(|&row| !profit[row].is_nan()).collect();
        if known.is_empty() {
            return Err(GradeError::NoCustomers);
        }
        let least = 2 * self.settings.folds;
        if known.len() < least {
            let rule = format!("must be known of at least {least} customers, two for each fold");
            return Err(Invalid::value(PROFIT, rule, known.len()).into());
        }
        let lesson = Lesson::new(&self.settings.target, features, profit, &known);
        let (tree, choice) = self.grow(&lesson)?;
        let out_of_sample = OutOfSample::measure(self, &lesson)?;
        let leaves = LeafProfit::of(&tree, &tree.leaf_of(&lesson.columns.features()?)?, &lesson.profit);
        let model = Model {
            target: self.settings.target,
            unknown: profit.len() - known.len(),
            parts: lesson.parts(),
            tree,
            leaves,
            choice,
            out_of_sample,
        };
        Ok(FittedProfitTree::try_from(model)?)
    }

    /// A tree cut back to the smallest within one standard error of the best.
    fn grow(&self, lesson: &Lesson) -> Result<(FittedTree, AlphaChoice), GradeError> {
        let features = lesson.columns.features()?;
        let data = match self.settings.target {
            ProfitTarget::Value => TreeData::numbers(features, &lesson.profit)?,
            _ => TreeData::classes(features, &lesson.codes, &lesson.names)?.with_number(PROFIT, &lesson.profit)?,
        };
        let choice = self.tree.choose_alpha(&data, self.settings.folds, self.settings.seed)?;
        Ok((self.tree.fit(&data)?.pruned(choice.alpha()), choice))
    }
}

/// Customers of known profit.
struct Lesson {
    columns: Subset,
    profit: Vec<f64>,
    /// Places of classes; all 0 for profit itself.
    codes: Vec<u32>,
    names: Vec<String>,
}

impl Lesson {
    fn new(target: &ProfitTarget, features: &Features<'_>, profit: &[f64], rows: &[usize]) -> Self {
        let cuts = target.cuts(profit);
        let profit: Vec<f64> = rows.iter().map(|&row| profit[row]).collect();
        let codes = profit.iter().map(|&profit| class_of(&cuts, profit) as u32).collect();
        Self { columns: Subset::of(features, rows), codes, names: target.names(), profit }
    }

    /// Some of them, whose classes stay what they are.
    fn choose(&self, rows: &[usize]) -> Result<Self, GradeError> {
        Ok(Self {
            columns: Subset::of(&self.columns.features()?, rows),
            profit: rows.iter().map(|&row| self.profit[row]).collect(),
            codes: rows.iter().map(|&row| self.codes[row]).collect(),
            names: self.names.clone(),
        })
    }

    fn parts(&self) -> Vec<ProfitClassPart> {
        let part = |(code, name): (u32, &String)| {
            let profits = || self.codes.iter().zip(&self.profit).filter(move |(own, _)| **own == code).map(|(_, p)| *p);
            ProfitClassPart {
                class: name.clone(),
                customers: profits().count(),
                total_profit: profits().collect::<ExactSum>().value(),
                lowest: profits().reduce(f64::min),
                highest: profits().reduce(f64::max),
            }
        };
        (0..).zip(&self.names).map(part).collect()
    }
}
