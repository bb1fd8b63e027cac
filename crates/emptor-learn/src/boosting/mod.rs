//! Gradient boosting.

mod fitted;
mod inputs;
#[cfg(test)]
mod tests;

use emptor_types::{Fit, Invalid};
use forust_ml::sampler::SampleMethod;
use forust_ml::{GradientBooster, Matrix};
use serde::{Deserialize, Serialize};

pub use self::fitted::FittedBoosting;
use self::fitted::{Model, Node};
pub use self::inputs::CategoryCoding;
use self::inputs::Inputs;
use crate::classifier::{Classifier, FittedClassifier, Labelled};
use crate::{LeakageGuard, LearnError};

/// Gradient boosting of decision trees on the log loss, through the crate forust-ml.
///
/// What it answers: the same as [`LogisticRegression`](crate::LogisticRegression), with bends and interactions found by
/// itself; more accurate where there are many rows, without coefficients that can be read.
///
/// ```text
/// log odds_0 = log(Σ w y / Σ w (1 − y))
/// log odds_m = log odds_{m−1} + rate · tree_m      tree_m fits the gradient y − p, leaves −G / (H + l2)
/// ```
///
/// Unknown values go down whichever side of a split lowers the loss more. Categories enter as marks or ordered by event
/// rate ([`CategoryCoding`]).
///
/// ```
/// use emptor_learn::{Boosting, Feature, Features, FittedClassifier, Labelled};
/// use emptor_types::Fit;
///
/// // Only the middle answers: no line can say so.
/// let age: Vec<f64> = (0..400).map(|i| f64::from(20 + i % 50)).collect();
/// let event: Vec<bool> = age.iter().map(|&age| (35.0..50.0).contains(&age)).collect();
/// let features = Features::new(&[("age", Feature::Numbers(&age))])?;
/// let fitted = Boosting::builder().rounds(30).seed(7).build()?.fit(&Labelled::new(&features, &event)?)?;
/// let asked = [25.0, 42.0, 60.0];
/// let probability = fitted.probability(&Features::new(&[("age", Feature::Numbers(&asked))])?)?;
/// assert!(probability[0] < 0.1 && probability[1] > 0.9 && probability[2] < 0.1, "{probability:?}");
/// # Ok::<(), emptor_learn::LearnError>(())
/// ```
///
/// # Errors
/// [`Fit::fit`] refuses declared leaks, rows of one outcome only and columns none of which varies; what the crate refuses
/// is [`LearnError::Boosting`].
///
/// # Numerical notes
/// Same seed and data, same trees, on any number of threads. forust-ml keeps gradients and leaves in `f32`; scores are
/// summed in `f64` from our own copy of the trees, which is also what is saved.
///
/// # References
/// Friedman (2001), *Greedy function approximation: a gradient boosting machine*. Chen and Guestrin (2016), *XGBoost*.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Settings", into = "Settings")]
pub struct Boosting {
    settings: Settings,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Settings {
    rounds: usize,
    depth: usize,
    rate: f64,
    l2: f64,
    least_leaf_weight: f64,
    bins: u16,
    row_share: f64,
    column_share: f64,
    coding: CategoryCoding,
    seed: u64,
    guard: LeakageGuard,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            rounds: 100,
            depth: 5,
            rate: 0.1,
            l2: 1.0,
            least_leaf_weight: 1.0,
            bins: 256,
            row_share: 1.0,
            column_share: 1.0,
            coding: CategoryCoding::OneHot,
            seed: 0,
            guard: LeakageGuard::default(),
        }
    }
}

/// Settings of [`Boosting`].
///
/// ```
/// use emptor_learn::Boosting;
///
/// assert!(Boosting::builder().rounds(200).depth(4).rate(0.05).row_share(0.8).seed(1).build().is_ok());
/// let error = Boosting::builder().rounds(0).rate(f64::NAN).build().unwrap_err();
/// assert_eq!(error.to_string().matches(';').count(), 1); // both are reported
/// ```
#[derive(Debug, Clone, Default)]
pub struct BoostingBuilder {
    settings: Settings,
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $type:ty),* $(,)?) => {
        $($(#[$doc])*
        #[must_use]
        pub fn $name(mut self, $name: $type) -> Self {
            self.settings.$name = $name;
            self
        })*
    };
}

impl BoostingBuilder {
    setters! {
        /// Trees; 100 by default.
        rounds: usize,
        /// Splits from the root to a leaf, at most; 5 by default.
        depth: usize,
        /// What a tree's leaves are multiplied by; 0.1 by default. The smaller, the more rounds are needed.
        rate: f64,
        /// Penalty on squared leaves; 1 by default.
        l2: f64,
        /// Sum of `w p (1 − p)` in a leaf, at least; 1 by default.
        least_leaf_weight: f64,
        /// Bins a column is cut into, at most; 256 by default.
        bins: u16,
        /// Share of rows drawn for each tree; 1, the default, is all.
        row_share: f64,
        /// Share of columns drawn for each tree; 1, the default, is all.
        column_share: f64,
        /// How categories enter.
        coding: CategoryCoding,
        /// Seed of what is drawn; without effect where both shares are 1.
        seed: u64,
        /// What counts as a suspect of leakage.
        guard: LeakageGuard,
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// Every setting out of range.
    pub fn build(self) -> Result<Boosting, LearnError> {
        Ok(Boosting::try_from(self.settings)?)
    }
}

impl TryFrom<Settings> for Boosting {
    type Error = Invalid;

    fn try_from(settings: Settings) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require((1..=10_000).contains(&settings.rounds), "rounds", "must be 1 to 10000", settings.rounds);
        checks.require((1..=16).contains(&settings.depth), "depth", "must be 1 to 16", settings.depth);
        checks.require((2..=4096).contains(&settings.bins), "bins", "must be 2 to 4096", settings.bins);
        for (name, value) in
            [("rate", settings.rate), ("row_share", settings.row_share), ("column_share", settings.column_share)]
        {
            checks.require(value > 0.0 && value <= 1.0, name, "must be above 0 and at most 1", value);
        }
        for (name, value) in [("l2", settings.l2), ("least_leaf_weight", settings.least_leaf_weight)] {
            // A leaf without curvature and without penalty would be 0 / 0.
            checks.require((1e-6..=1e12).contains(&value), name, "must be 1e-6 to 1e12", value);
        }
        checks.finish()?;
        Ok(Self { settings })
    }
}

impl From<Boosting> for Settings {
    fn from(boosting: Boosting) -> Self {
        boosting.settings
    }
}

impl Boosting {
    /// Starts a builder with the defaults.
    #[must_use]
    pub fn builder() -> BoostingBuilder {
        BoostingBuilder::default()
    }

    fn booster(&self) -> GradientBooster {
        let settings = &self.settings;
        let sampling = if settings.row_share < 1.0 { SampleMethod::Random } else { SampleMethod::None };
        GradientBooster::default()
            .set_iterations(settings.rounds)
            .set_max_depth(settings.depth)
            .set_learning_rate(settings.rate as f32)
            .set_l2(settings.l2 as f32)
            .set_min_leaf_weight(settings.least_leaf_weight as f32)
            .set_nbins(settings.bins)
            .set_sample_method(sampling)
            .set_subsample(settings.row_share as f32)
            .set_colsample_bytree(settings.column_share)
            .set_seed(settings.seed)
            .set_missing(f64::NAN)
            .set_initialize_base_score(true)
            .set_parallel(true)
    }
}

impl Classifier for Boosting {
    fn train(&self, data: &Labelled<'_>) -> Result<Box<dyn FittedClassifier>, LearnError> {
        Ok(Box::new(self.fit(data)?))
    }
}

impl Fit<Labelled<'_>> for Boosting {
    type Fitted = FittedBoosting;
    type Error = LearnError;

    fn fit(&self, data: &Labelled<'_>) -> Result<FittedBoosting, LearnError> {
        data.check()?;
        let suspects = self.settings.guard.sampled_suspects(data);
        let rows: Vec<usize> = (0..data.rows()).filter(|&row| data.weight(row) > 0.0).collect();
        let inputs = Inputs::learn(data, self.settings.coding)?;
        let drawn = self.settings.column_share * inputs.width() as f64;
        if drawn < 1.0 {
            let rule = format!("must draw at least one of {} columns", inputs.width());
            Err(Invalid::value("column_share", rule, self.settings.column_share))?;
        }
        let matrix = inputs.matrix(data.features(), &rows)?;
        let event: Vec<f64> = rows.iter().map(|&row| if data.event()[row] { 1.0 } else { 0.0 }).collect();
        let weights: Vec<f64> = rows.iter().map(|&row| data.weight(row)).collect();
        let mut booster = self.booster();
        let matrix = Matrix::new(&matrix, rows.len(), inputs.width());
        let refused = |error: &dyn std::fmt::Display| LearnError::Boosting { reason: error.to_string() };
        booster.fit(&matrix, &event, &weights, None).map_err(|error| refused(&error))?;
        let mut gain = vec![0.0; inputs.width()];
        let mut trees: Vec<Vec<Node>> = Vec::with_capacity(booster.trees.len());
        for tree in &booster.trees {
            let mut nodes = Vec::with_capacity(tree.nodes.len());
            for node in &tree.nodes {
                if node.is_leaf {
                    nodes.push(Node::Leaf(f64::from(node.weight_value)));
                    continue;
                }
                gain[node.split_feature] += f64::from(node.split_gain);
                nodes.push(Node::Split {
                    column: node.split_feature,
                    below: node.split_value,
                    left: node.left_child,
                    right: node.right_child,
                    unknown: node.missing_node,
                });
            }
            trees.push(nodes);
        }
        let gain = inputs.by_feature(&gain);
        let model = Model { base: booster.base_score, trees, inputs, gain, suspects };
        FittedBoosting::try_from(model).map_err(|invalid| refused(&invalid))
    }
}
