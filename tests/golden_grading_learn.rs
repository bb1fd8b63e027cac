//! `golden/grading_learn.toml`: logistic regression, quality of scores, trees.
//!
//! Numbers of the file that no function here answers are read and left alone; their fields begin with `_`.

use emptor::types::{Fit, Level};
use emptor_learn::{
    Auc, Calibration, CalibrationBin, Coefficient, Criterion, DecisionTree, Feature, Features, FittedClassifier,
    FittedLogistic, FittedTree, Labelled, LogisticRegression, Outcome, TreeData, brier_score, gains,
    kolmogorov_smirnov, log_loss,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::golden_equity::{At, family_of};

const TEXT: &str = include_str!("golden/grading_learn.toml");

fn family<T: DeserializeOwned>(name: &str) -> Vec<(T, At)> {
    family_of(TEXT, name)
}

fn level() -> Level {
    Level::new(0.95).unwrap()
}

/// Outcomes written as 0 and 1.
fn events(y: &[u8]) -> Vec<bool> {
    y.iter().map(|&y| y == 1).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Response {
    tenure: Vec<f64>,
    spend: Vec<f64>,
    channel: Vec<String>,
    y: Vec<u8>,
    weight: Vec<f64>,
}

fn response() -> Response {
    let file: toml::Table = toml::from_str(TEXT).unwrap();
    file["data"]["response"].clone().try_into().unwrap()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Regression {
    coefficients: Vec<f64>,
    errors: Vec<f64>,
    z: Vec<f64>,
    p: Vec<f64>,
    odds_ratio: Vec<f64>,
    interval: Vec<[f64; 2]>,
    log_likelihood: f64,
    log_likelihood_null: f64,
    aic: f64,
    bic: f64,
    probabilities: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegressionCase {
    #[serde(rename = "data")]
    _data: String,
    weighted: bool,
    base: String,
    names: Vec<String>,
    expected: Regression,
}

/// What does not depend on how the category is written, and the identity of the constant.
fn meets_fit(at: &At, fitted: &FittedLogistic, features: &Features<'_>, case: &RegressionCase) {
    let (expected, table) = (&case.expected, response());
    at.meets("log_likelihood", fitted.log_likelihood(), expected.log_likelihood);
    at.meets("null", fitted.null_deviance(), -2.0 * expected.log_likelihood_null);
    at.meets("aic", fitted.aic(), expected.aic);
    if !case.weighted {
        at.meets("bic", fitted.report().bic().unwrap(), expected.bic);
    }
    let probabilities = fitted.probability(features).unwrap();
    at.meets_each("probabilities", &probabilities[..expected.probabilities.len()], &expected.probabilities);
    let weight = |row: usize| if case.weighted { table.weight[row] } else { 1.0 };
    let sum = |of: &dyn Fn(usize) -> f64| (0..table.y.len()).map(|row| weight(row) * of(row)).sum::<f64>();
    at.meets("sum", sum(&|row| probabilities[row]), sum(&|row| f64::from(table.y[row])));
}

fn meets_coefficient(at: &At, own: &Coefficient, expected: &Regression, place: usize) {
    at.meets("coefficient", own.estimate, expected.coefficients[place]);
    at.meets("error", own.standard_error, expected.errors[place]);
    at.meets("z", own.z, expected.z[place]);
    at.meets("p", own.p_value, expected.p[place]);
    at.meets("odds ratio", own.odds_ratio(), expected.odds_ratio[place]);
    let (low, high) = own.odds_ratio_interval(level());
    at.meets_each("interval", &[low, high], &expected.interval[place]);
}

/// The file marks levels against a base of its choice: marks as numbers.
#[test]
fn logistic_regression_with_marks_of_levels() {
    for (case, at) in family::<RegressionCase>("logistic") {
        let table = response();
        let mark = |name: &str| -> Vec<f64> {
            table.channel.iter().map(|own| f64::from(u8::from(own.as_str() == name))).collect()
        };
        let marks: Vec<(&str, Vec<f64>)> = case
            .names
            .iter()
            .filter_map(|name| name.strip_prefix("channel=").map(|own| (name.as_str(), mark(own))))
            .collect();
        let mut columns = vec![("tenure", Feature::Numbers(&table.tenure)), ("spend", Feature::Numbers(&table.spend))];
        columns.extend(marks.iter().map(|(name, values)| (*name, Feature::Numbers(values))));
        let (features, event) = (Features::new(&columns).unwrap(), events(&table.y));
        let mut data = Labelled::new(&features, &event).unwrap();
        if case.weighted {
            data = data.weighted(&table.weight).unwrap();
        }
        let fitted = LogisticRegression::default().fit(&data).unwrap();
        meets_fit(&at, &fitted, &features, &case);
        assert_eq!(fitted.coefficients().len(), case.names.len());
        for (place, name) in case.names.iter().enumerate() {
            let own = if place == 0 { &fitted.coefficients()[0] } else { fitted.coefficient(name).unwrap() };
            meets_coefficient(&at, own, &case.expected, place);
        }
    }
}

/// Ours compares with the most frequent level, `shop`. The coefficient of the file's base against it is that of the file
/// with its sign changed, with the same error.
#[test]
fn logistic_regression_with_a_category() {
    for (case, at) in family::<RegressionCase>("logistic") {
        let table = response();
        let names = ["phone", "shop", "web"].map(str::to_owned);
        let code = |own: &String| names.iter().position(|name| name == own).unwrap() as u32;
        let codes: Vec<u32> = table.channel.iter().map(code).collect();
        let columns = [
            ("tenure", Feature::Numbers(&table.tenure)),
            ("spend", Feature::Numbers(&table.spend)),
            ("channel", Feature::Categories { codes: &codes, names: &names }),
        ];
        let (features, event) = (Features::new(&columns).unwrap(), events(&table.y));
        let mut data = Labelled::new(&features, &event).unwrap();
        if case.weighted {
            data = data.weighted(&table.weight).unwrap();
        }
        let fitted = LogisticRegression::default().fit(&data).unwrap();
        meets_fit(&at, &fitted, &features, &case);
        for place in [1, 2] {
            meets_coefficient(&at, fitted.coefficient(&case.names[place]).unwrap(), &case.expected, place);
        }
        let (shop, web) = (case.expected.coefficients[3], case.expected.coefficients[4]);
        assert_eq!((case.names[3].as_str(), case.names[4].as_str()), ("channel=shop", "channel=web"));
        let base = fitted.level("channel", &case.base).unwrap();
        at.meets("base", base.estimate, -shop);
        at.meets("error", base.standard_error, case.expected.errors[3]);
        at.meets("web", fitted.level("channel", "web").unwrap().estimate, web - shop);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Discrimination {
    auc: f64,
    error: f64,
    interval: [f64; 2],
    gini: f64,
    ks: f64,
    brier: Option<f64>,
    log_loss: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScoreCase<T> {
    #[serde(rename = "name")]
    _name: Option<String>,
    score: Vec<f64>,
    y: Vec<u8>,
    expected: T,
}

#[test]
fn how_well_a_score_tells_events_from_others() {
    for (case, at) in family::<ScoreCase<Discrimination>>("discrimination") {
        let (event, expected) = (events(&case.y), &case.expected);
        let auc = Auc::new(&event, &case.score).unwrap();
        at.meets("auc", auc.auc, expected.auc);
        at.meets("error", auc.standard_error.unwrap(), expected.error);
        at.meets("gini", auc.gini(), expected.gini);
        let (low, high) = auc.interval(level()).unwrap();
        // Ours is cut at 0 and 1, the file's is not.
        at.meets_each("interval", &[low, high], &expected.interval.map(|end| end.clamp(0.0, 1.0)));
        // The file's distance counts both ways, ours only that of a score that ranks upright.
        let turned: Vec<f64> = case.score.iter().map(|score| 0.0 - score).collect();
        let distance = |score: &[f64]| kolmogorov_smirnov(&event, score).unwrap().statistic;
        at.meets("ks", distance(&case.score).max(distance(&turned)), expected.ks);
        if let Some(brier) = expected.brier {
            at.meets("brier", brier_score(&event, &case.score).unwrap(), brier);
        }
        if let Some(loss) = expected.log_loss {
            at.meets("log loss", log_loss(&event, &case.score).unwrap(), loss);
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Gains {
    rows: Vec<usize>,
    ones: Vec<f64>,
    rate: Vec<f64>,
    captured: Vec<f64>,
    lift: Vec<f64>,
    cumulative_lift: Vec<f64>,
}

#[test]
fn gains_of_ten_groups() {
    for (case, at) in family::<ScoreCase<Gains>>("gains") {
        let expected = &case.expected;
        let table = gains(&events(&case.y), &case.score, expected.rows.len()).unwrap();
        assert_eq!(table.iter().map(|row| row.rows).collect::<Vec<usize>>(), expected.rows);
        let each = |of: fn(&emptor_learn::GainsRow) -> f64| table.iter().map(of).collect::<Vec<f64>>();
        at.meets_each("ones", &each(|row| row.events), &expected.ones);
        at.meets_each("rate", &each(|row| row.rate), &expected.rate);
        at.meets_each("captured", &each(|row| row.captured), &expected.captured);
        at.meets_each("lift", &each(|row| row.lift), &expected.lift);
        at.meets_each("cumulative lift", &each(|row| row.cumulative_lift), &expected.cumulative_lift);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bin {
    #[serde(rename = "from")]
    _from: Option<f64>,
    rows: usize,
    mean: f64,
    ones: usize,
    observed: f64,
    interval: [f64; 2],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Calibrated {
    equal_counts: Vec<Bin>,
    equal_counts_error: f64,
    /// Ours has bins of equal size only.
    #[serde(rename = "equal_width")]
    _equal_width: Vec<Bin>,
    #[serde(rename = "equal_width_error")]
    _equal_width_error: f64,
    /// In its place ours has intercept and slope of Cox.
    #[serde(rename = "hosmer_lemeshow")]
    _hosmer_lemeshow: f64,
    #[serde(rename = "p_value")]
    _p_value: f64,
}

#[test]
fn calibration_in_ten_bins_of_equal_size() {
    for (case, at) in family::<ScoreCase<Calibrated>>("calibration") {
        let expected = &case.expected;
        let found = Calibration::new(&events(&case.y), &case.score, expected.equal_counts.len()).unwrap();
        at.meets("error", found.expected_error, expected.equal_counts_error);
        assert_eq!(found.bins.len(), expected.equal_counts.len());
        for (bin, expected) in found.bins.iter().zip(&expected.equal_counts) {
            let CalibrationBin { mean_predicted, observed, observed_low, observed_high, .. } = *bin;
            assert_eq!(bin.rows, expected.rows);
            at.meets("mean", mean_predicted, expected.mean);
            at.meets("observed", observed, expected.observed);
            at.meets("ones", observed * bin.rows as f64, expected.ones as f64);
            at.meets_each("interval", &[observed_low, observed_high], &expected.interval);
        }
        // These are the fitted probabilities of a logistic regression: the line is that of honest ones.
        assert!((found.slope.unwrap() - 1.0).abs() < 1e-6 && found.intercept.unwrap().abs() < 1e-6);
    }
}

/// A node of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Node {
    n: usize,
    impurity: f64,
    #[serde(default)]
    counts: Vec<f64>,
    mean: Option<f64>,
    feature: Option<usize>,
    threshold: Option<f64>,
    gain: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Grown {
    nodes: Vec<Node>,
    accuracy: Option<f64>,
    r2: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TreeCase<Y> {
    x: Vec<Vec<f64>>,
    y: Vec<Y>,
    depth: usize,
    min_leaf: usize,
    expected: Grown,
}

/// What a saved tree holds of a node.
#[derive(Deserialize)]
struct SavedNode {
    rows: usize,
    classes: Vec<f64>,
    mean: f64,
    impurity: f64,
    branch: Option<Branch>,
}

#[derive(Deserialize)]
struct Branch {
    feature: usize,
    split: SavedSplit,
    left: usize,
    right: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum SavedSplit {
    AtMost { threshold: f64 },
}

fn nodes(tree: &FittedTree) -> Vec<SavedNode> {
    serde_json::from_value(serde_json::to_value(tree).unwrap()["nodes"].clone()).unwrap()
}

/// The impurity that a node's split takes away, of the node's rows.
fn gain(nodes: &[SavedNode], node: &SavedNode, branch: &Branch) -> f64 {
    let part = |child: usize| nodes[child].rows as f64 / node.rows as f64 * nodes[child].impurity;
    node.impurity - part(branch.left) - part(branch.right)
}

fn meets_nodes(at: &At, tree: &FittedTree, expected: &[Node]) {
    let nodes = nodes(tree);
    assert_eq!(nodes.len(), expected.len());
    for (node, expected) in nodes.iter().zip(expected) {
        assert_eq!(node.rows, expected.n);
        at.meets("impurity", node.impurity, expected.impurity);
        at.meets_each("counts", &node.classes, &expected.counts);
        if let Some(mean) = expected.mean {
            at.meets("mean", node.mean, mean);
        }
        let branch = node.branch.as_ref();
        assert_eq!(branch.map(|branch| branch.feature), expected.feature);
        if let (Some(branch), Some(threshold), Some(of_all)) = (branch, expected.threshold, expected.gain) {
            let SavedSplit::AtMost { threshold: ours } = branch.split;
            at.meets("threshold", ours, threshold);
            let share = node.rows as f64 / nodes[0].rows as f64;
            at.meets("gain", share * gain(&nodes, node, branch), of_all);
        }
    }
}

fn named(x: &[Vec<f64>]) -> Features<'_> {
    let columns: Vec<(&str, Feature<'_>)> =
        ["a", "b", "c"].into_iter().zip(x.iter().map(|x| Feature::Numbers(x))).collect();
    Features::new(&columns).unwrap()
}

/// The tree that the file grows: cuts at midpoints, whatever the size of a node.
fn grown(criterion: Criterion, depth: usize, min_leaf: usize, data: &TreeData<'_>) -> FittedTree {
    let spec = DecisionTree::builder().criterion(criterion).max_depth(depth).min_leaf(min_leaf).min_split(2);
    spec.exact_midpoints(true).build().unwrap().fit(data).unwrap()
}

#[test]
fn classification_tree_by_the_gini_impurity() {
    for (case, at) in family::<TreeCase<u32>>("classification_tree") {
        let names: Vec<String> = (0..=*case.y.iter().max().unwrap()).map(|class| class.to_string()).collect();
        let features = named(&case.x);
        let data = TreeData::classes(features.clone(), &case.y, &names).unwrap();
        let tree = grown(Criterion::Gini, case.depth, case.min_leaf, &data);
        meets_nodes(&at, &tree, &case.expected.nodes);
        let right = tree.predict_class(&features).unwrap().iter().zip(&case.y).filter(|(a, b)| a == b).count();
        at.meets("accuracy", right as f64 / case.y.len() as f64, case.expected.accuracy.unwrap());
        let leaves = case.expected.nodes.iter().filter(|node| node.feature.is_none());
        for (rule, leaf) in tree.rules().iter().zip(leaves) {
            let Outcome::Class { shares, .. } = &rule.outcome else { panic!("{rule:?}") };
            let expected: Vec<f64> = leaf.counts.iter().map(|count| count / leaf.n as f64).collect();
            at.meets_each("shares", shares, &expected);
        }
    }
}

#[test]
fn regression_tree_by_the_variance() {
    for (case, at) in family::<TreeCase<f64>>("regression_tree") {
        let features = named(&case.x);
        let data = TreeData::numbers(features.clone(), &case.y).unwrap();
        let tree = grown(Criterion::Variance, case.depth, case.min_leaf, &data);
        meets_nodes(&at, &tree, &case.expected.nodes);
        let found = tree.predict_number(&features).unwrap();
        let mean = case.y.iter().sum::<f64>() / case.y.len() as f64;
        let total: f64 = case.y.iter().map(|y| (y - mean) * (y - mean)).sum();
        let left: f64 = case.y.iter().zip(&found).map(|(y, m)| (y - m) * (y - m)).sum();
        at.meets("r2", 1.0 - left / total, case.expected.r2.unwrap());
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    entropy: f64,
    information_gain: f64,
    /// What a split itself tells is only the divisor of a choice between columns.
    #[serde(rename = "split_information")]
    _split_information: f64,
    #[serde(rename = "gain_ratio")]
    _gain_ratio: f64,
    gini_gain: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SplitCase {
    left: Vec<usize>,
    right: Vec<usize>,
    expected: Told,
}

/// Gains below this are rounding.
const NO_GAIN: f64 = 1e-12;

#[test]
fn gains_of_a_split_by_gini_and_by_information() {
    for (case, at) in family::<SplitCase>("split") {
        let (mut side, mut class) = (Vec::new(), Vec::new());
        for (x, counts) in [(0.0, &case.left), (1.0, &case.right)] {
            for (k, &count) in counts.iter().enumerate() {
                side.resize(side.len() + count, x);
                class.resize(class.len() + count, k as u32);
            }
        }
        let names: Vec<String> = (0..case.left.len()).map(|k| k.to_string()).collect();
        let columns = [side];
        let of = |criterion| {
            let data = TreeData::classes(named(&columns), &class, &names).unwrap();
            let nodes = nodes(&grown(criterion, 1, 1, &data));
            // Without a gain there is no split.
            let gain = nodes[0].branch.as_ref().map_or(0.0, |branch| gain(&nodes, &nodes[0], branch));
            assert_eq!(nodes.len() > 1, case.expected.gini_gain > NO_GAIN);
            (nodes[0].impurity, gain)
        };
        at.meets("gini gain", of(Criterion::Gini).1, case.expected.gini_gain);
        // Ours counts in bits.
        let (entropy, gain) = of(Criterion::Entropy);
        at.meets("entropy", entropy * 2.0_f64.ln(), case.expected.entropy);
        at.meets("information gain", gain * 2.0_f64.ln(), case.expected.information_gain);
    }
}

#[test]
fn every_family_of_learning_is_read_by_a_test() {
    let families: toml::Table = toml::from_str(TEXT).unwrap();
    for name in families.keys().filter(|name| *name != "data") {
        let read = |start: &str| include_str!("golden_grading_learn.rs").contains(&format!("{start}(\"{name}\")"));
        assert!(read(">"), "{name}");
    }
}
