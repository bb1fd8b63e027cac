//! `golden/grading.toml`: weights, scales and scores; agreement of two labelings. Migration is in
//! `golden_grading_movement`.
//!
//! Numbers of the file that no function here answers are read and left alone; their fields begin with `_`.

use std::collections::BTreeMap;

use emptor::grade::movement::wilson;
use emptor::grade::{
    AssessmentStandard, DropReason, FittedStandard, FrozenScale, GradeError, Grader, GradingData, GuardRails,
    Indicator, InformationGroup, PairwiseMatrix, QuantileTable, Scaling, Spread, Transform, Weighting,
};
use emptor::types::{Fit, Level};
use emptor_cluster::{Contingency, Disagreement, least_cost_matching, match_labels};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::golden_equity::{At, Numbers, family_of};

const TEXT: &str = include_str!("golden/grading.toml");

/// The cases of a family of this file.
pub(crate) fn family<T: DeserializeOwned>(name: &str) -> Vec<(T, At)> {
    family_of(TEXT, name)
}

const NAMES: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Priorities {
    weights: Vec<f64>,
    lambda: f64,
    index: f64,
    /// Saaty's table; it shows in the ratio.
    #[serde(rename = "random_index")]
    _random_index: f64,
    ratio: f64,
    accepted: bool,
    /// Weights by another method.
    #[serde(rename = "geometric_mean")]
    _geometric_mean: Vec<f64>,
    #[serde(default)]
    triad: Option<[usize; 3]>,
    deviation: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Judged {
    #[serde(rename = "name")]
    _name: String,
    judgments: Vec<f64>,
    expected: Priorities,
    #[serde(default)]
    quoted: Vec<f64>,
    quoted_tolerance: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JudgedTogether {
    people: Vec<Vec<f64>>,
    judgments: Vec<f64>,
    expected: Priorities,
}

fn meets_priorities(at: &At, matrix: &PairwiseMatrix, expected: &Priorities) {
    let found = matrix.priorities();
    at.meets_each("weights", &found.weights, &expected.weights);
    at.meets("lambda", found.lambda_max, expected.lambda);
    at.meets("index", found.consistency_index, expected.index);
    at.meets("ratio", found.consistency_ratio, expected.ratio);
    if let (Some(places), Some(deviation)) = (expected.triad, expected.deviation) {
        let triad = matrix.worst_triad().unwrap();
        assert_eq!(triad.names.each_ref().map(String::as_str), places.map(|place| NAMES[place]));
        at.meets("deviation", (triad.consistent / triad.judged[2]).ln().abs(), deviation);
    }
    // A standard takes the judgements exactly if they are consistent enough.
    let names = matrix.names();
    let group = InformationGroup::PastSales;
    let groups = PairwiseMatrix::from_upper_triangle(&[group.name()], &[]).unwrap();
    let within = BTreeMap::from([(group, matrix.clone())]);
    let standard = AssessmentStandard::builder()
        .indicators(names.iter().map(|name| Indicator::new(name, group)))
        .weighting(Weighting::Ahp { groups, within })
        .build();
    assert_eq!(standard.is_ok(), expected.accepted, "{names:?}");
}

fn judged(judgments: &[f64]) -> PairwiseMatrix {
    let things = (1..).find(|n| n * (n - 1) / 2 == judgments.len()).unwrap();
    PairwiseMatrix::from_upper_triangle(&NAMES[..things], judgments).unwrap()
}

#[test]
fn weights_of_judgements_are_the_principal_eigenvector() {
    for (case, at) in family::<Judged>("ahp") {
        let matrix = judged(&case.judgments);
        meets_priorities(&at, &matrix, &case.expected);
        at.quoted_each("weights", &matrix.priorities().weights, &case.quoted, case.quoted_tolerance);
    }
}

#[test]
fn judges_are_combined_by_the_geometric_mean() {
    for (case, at) in family::<JudgedTogether>("ahp_group") {
        let people: Vec<PairwiseMatrix> = case.people.iter().map(|own| judged(own)).collect();
        let together = PairwiseMatrix::combined(&people).unwrap();
        let names = together.names();
        let pairs = (0..names.len()).flat_map(|i| (i + 1..names.len()).map(move |j| (i, j)));
        let found: Vec<f64> = pairs.map(|(i, j)| together.judgement(&names[i], &names[j]).unwrap()).collect();
        at.meets_each("judgements", &found, &case.judgments);
        meets_priorities(&at, &together, &case.expected);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entropies {
    /// Shown by the weights only.
    #[serde(rename = "entropy")]
    _entropy: Vec<f64>,
    weights: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntropyCase {
    raw: Vec<Vec<f64>>,
    #[serde(default)]
    lower_is_better: Vec<bool>,
    #[serde(default)]
    scores: Vec<Vec<f64>>,
    expected: Entropies,
}

/// Columns named `a`, `b`, … .
fn named(columns: &[Vec<f64>]) -> Vec<(&str, &[f64])> {
    NAMES.into_iter().zip(columns.iter().map(Vec::as_slice)).collect()
}

/// A standard that cuts nothing, of indicators in one group.
fn fitted(columns: &[Vec<f64>], lower_is_better: &[bool], scaling: Scaling, weighting: Weighting) -> FittedStandard {
    let indicators = NAMES.iter().take(columns.len()).enumerate().map(|(i, name)| {
        let indicator = Indicator::new(*name, InformationGroup::PastSales);
        if lower_is_better.get(i) == Some(&true) { indicator.lower_is_better() } else { indicator }
    });
    let standard = AssessmentStandard::builder().indicators(indicators).winsorize(0.0, 1.0);
    let standard = standard.scaling(scaling).weighting(weighting).build().unwrap();
    standard.fit(&GradingData::new(&named(columns)).unwrap()).unwrap()
}

#[test]
fn weights_of_entropy_follow_min_max_scores() {
    for (case, at) in family::<EntropyCase>("entropy") {
        let standard = fitted(&case.raw, &case.lower_is_better, Scaling::MinMax, Weighting::Entropy);
        let weights: Vec<f64> = standard.weights().indicators.iter().map(|own| own.weight).collect();
        at.meets_each("weights", &weights, &case.expected.weights);
        let scores = standard.score(&GradingData::new(&named(&case.raw)).unwrap()).unwrap();
        for (found, expected) in scores.indicators.iter().zip(&case.scores) {
            at.meets_each("scores", found, expected);
        }
    }
}

#[test]
fn a_constant_column_has_no_weight_of_entropy_and_is_dropped() {
    for (case, at) in family::<EntropyCase>("entropy_constant") {
        let standard = fitted(&case.raw, &case.lower_is_better, Scaling::MinMax, Weighting::Entropy);
        let kept = &standard.weights().indicators;
        for (name, expected) in NAMES.iter().zip(&case.expected.weights) {
            let found = kept.iter().find(|own| own.name == *name).map_or(0.0, |own| own.weight);
            at.meets(name, found, *expected);
        }
        assert_eq!(standard.dropped().len(), 1);
        assert!(matches!(standard.dropped()[0].reason, DropReason::NoSpread { .. }));
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Share {
    successes: usize,
    trials: usize,
    level: f64,
    expected: [f64; 2],
    #[serde(default)]
    quoted: Vec<f64>,
    quoted_tolerance: Option<f64>,
}

#[test]
fn intervals_of_shares_are_wilsons() {
    for (case, at) in family::<Share>("wilson") {
        let found = wilson(case.successes, case.trials, Level::new(case.level).unwrap()).unwrap();
        let ends = [found.low, found.high];
        at.meets_each("ends", &ends, &case.expected);
        at.quoted_each("ends", &ends, &case.quoted, case.quoted_tolerance);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Agreement {
    kappa: f64,
    error: f64,
    error_null: f64,
    /// kappa -+ z error, which is for the caller to form.
    #[serde(rename = "interval")]
    _interval: [f64; 2],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raters {
    #[serde(rename = "name")]
    _name: String,
    table: Vec<Vec<f64>>,
    unweighted: Agreement,
    linear: Agreement,
    quadratic: Agreement,
    quoted_unweighted_kappa: Option<f64>,
    quoted_tolerance: Option<f64>,
}

#[test]
fn kappa_and_its_standard_errors() {
    for (case, at) in family::<Raters>("kappa") {
        let table = Contingency::from_cells(&case.table).unwrap();
        let kinds = [
            (Disagreement::Nominal, &case.unweighted),
            (Disagreement::Linear, &case.linear),
            (Disagreement::Quadratic, &case.quadratic),
        ];
        for (disagreement, expected) in kinds {
            let found = table.kappa(disagreement).unwrap();
            at.meets("kappa", found.value, expected.kappa);
            at.meets("error", found.standard_error, expected.error);
            at.meets("error_null", found.null_standard_error, expected.error_null);
        }
        let unweighted = table.kappa(Disagreement::Nominal).unwrap().value;
        at.quoted("unweighted", unweighted, case.quoted_unweighted_kappa, case.quoted_tolerance);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Partitions<T> {
    #[serde(rename = "name")]
    _name: Option<String>,
    #[serde(alias = "own")]
    first: String,
    #[serde(alias = "other")]
    second: String,
    expected: T,
}

/// The labels of a string of digits, one per row.
pub(crate) fn digits(text: &str) -> Vec<u16> {
    text.chars().map(|digit| digit.to_digit(10).unwrap() as u16).collect()
}

impl<T> Partitions<T> {
    fn table(&self) -> Contingency {
        Contingency::of(&digits(&self.first), &digits(&self.second)).unwrap()
    }
}

#[test]
fn adjusted_rand_index_of_two_partitions() {
    for (case, at) in family::<Partitions<f64>>("adjusted_rand") {
        at.meets("index", case.table().adjusted_rand().unwrap(), case.expected);
        at.meets("turned round", case.table().transposed().adjusted_rand().unwrap(), case.expected);
    }
}

#[test]
fn best_match_of_each_cluster_by_jaccard() {
    for (case, at) in family::<Partitions<Vec<f64>>>("jaccard") {
        let found: Vec<f64> = case.table().best_matches().iter().map(|best| best.unwrap().jaccard).collect();
        at.meets_each("jaccard", &found, &case.expected);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Assigned {
    columns: Vec<i64>,
    total: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AssignmentCase {
    cost: Vec<Vec<f64>>,
    expected: Assigned,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelCase {
    old: Vec<Vec<f64>>,
    new: Vec<Vec<f64>>,
    cost: Vec<Vec<f64>>,
    expected: Assigned,
}

/// The column of each row, −1 without one.
fn columns(found: &emptor_cluster::Matching) -> Vec<i64> {
    found.columns().iter().map(|column| column.map_or(-1, |column| i64::try_from(column).unwrap())).collect()
}

#[test]
fn rows_are_matched_with_columns_at_least_cost() {
    for (case, at) in family::<AssignmentCase>("assignment") {
        let found = least_cost_matching(&case.cost).unwrap();
        assert_eq!(columns(&found), case.expected.columns);
        at.meets("total", found.total(), case.expected.total);
    }
}

#[test]
fn new_clusters_are_matched_with_old_ones_by_distance() {
    for (case, at) in family::<LabelCase>("label_matching") {
        let found = match_labels(&case.old, &case.new).unwrap();
        assert_eq!(columns(&found), case.expected.columns);
        at.meets("total", found.total(), case.expected.total);
        for (row, (cost, column)) in found.costs().iter().zip(found.columns()).enumerate() {
            at.meets("cost", cost.unwrap(), case.cost[row][column.unwrap()]);
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Transformed {
    kind: String,
    values: Vec<f64>,
    expected: Vec<f64>,
}

#[test]
fn transforms_are_by_their_definitions() {
    for (case, at) in family::<Transformed>("transform") {
        let ranks = QuantileTable::of(&case.values).unwrap();
        let rows = case.values.len() as f64;
        let ours = |&value: &f64| match case.kind.as_str() {
            "log1p" => Transform::Log1p.apply(value),
            "asinh" => Transform::Asinh.apply(value),
            // Our ranks are shares, (mid-rank − ½)/n; those of the file count from 1.
            "rank" => ranks.rank(value) * rows + 0.5,
            other => panic!("{other}"),
        };
        at.meets_each(&case.kind, &case.values.iter().map(ours).collect::<Vec<f64>>(), &case.expected);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scales {
    limits: [f64; 2],
    winsorised: Vec<f64>,
    mean: f64,
    #[serde(rename = "sd_population")]
    _sd_population: f64,
    sd_sample: f64,
    median: f64,
    mad: f64,
    /// Shown by the robust scale where the MAD is 0.
    #[serde(rename = "quartiles")]
    _quartiles: [f64; 2],
    /// 0 where neither MAD nor quartiles spread.
    robust_scale: f64,
    /// Ours divides by n − 1.
    #[serde(rename = "z_population")]
    _z_population: Vec<f64>,
    z_sample: Vec<f64>,
    robust_z: Option<Vec<f64>>,
    clipped: Option<Vec<f64>>,
    min_max: Vec<f64>,
    /// mid-rank / n; ours is centred.
    #[serde(rename = "mid_rank")]
    _mid_rank: Vec<f64>,
    mid_rank_centred: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScalingCase {
    name: String,
    values: Vec<f64>,
    expected: Scales,
}

/// One column by the default cuts of 1 and 99 %.
fn scaled(values: &[f64], scaling: Scaling, clip: f64) -> Result<FittedStandard, GradeError> {
    let standard = AssessmentStandard::builder().indicators([Indicator::new("x", InformationGroup::Image)]);
    standard.scaling(scaling).clip(clip).build()?.fit(&GradingData::new(&[("x", values)])?)
}

/// Wider than any standard score here.
const NO_CLIP: f64 = 1000.0;

#[test]
fn scales_are_measured_on_the_column_after_cutting() {
    for (case, at) in family::<ScalingCase>("scaling") {
        let expected = &case.expected;
        let scores = |scaling, clip| {
            let standard = scaled(&case.values, scaling, clip).unwrap();
            let own = &standard.indicators()[0];
            at.meets_each("limits", &[own.lower, own.upper], &expected.limits);
            let found: Vec<f64> = case.values.iter().map(|&value| own.score(value)).collect();
            (own.scale.clone(), found)
        };
        let (scale, found) = scores(Scaling::Z, NO_CLIP);
        let FrozenScale::Z { mean, sd } = scale else { panic!("{}", case.name) };
        at.meets_each("mean and sd", &[mean, sd], &[expected.mean, expected.sd_sample]);
        at.meets_each("z", &found, &expected.z_sample);
        let (scale, found) = scores(Scaling::MinMax, NO_CLIP);
        at.meets_each("min_max", &found, &expected.min_max);
        let FrozenScale::MinMax { min, max } = scale else { panic!("{}", case.name) };
        let winsorised: Vec<f64> = case.values.iter().map(|value| value.clamp(min, max)).collect();
        at.meets_each("winsorised", &winsorised, &expected.winsorised);
        at.meets_each("mid-rank", &scores(Scaling::Quantile, NO_CLIP).1, &expected.mid_rank_centred);
        let either = expected.robust_z.as_ref().unwrap_or(&expected.z_sample);
        at.meets_each("robust z or z", &scores(Scaling::RobustOrZ, NO_CLIP).1, either);
        let (Some(robust_z), Some(clipped)) = (&expected.robust_z, &expected.clipped) else {
            assert!(expected.robust_scale <= 0.0);
            let error = scaled(&case.values, Scaling::RobustZ, NO_CLIP).unwrap_err();
            assert!(matches!(error, GradeError::NothingToGradeBy { .. }), "{error}");
            continue;
        };
        let (scale, found) = scores(Scaling::RobustZ, NO_CLIP);
        let FrozenScale::RobustZ { median, unit, spread } = scale else { panic!("{}", case.name) };
        at.meets_each("median and unit", &[median, unit], &[expected.median, expected.robust_scale]);
        assert_eq!(spread == Spread::MedianAbsoluteDeviation, expected.mad > 0.0);
        at.meets_each("robust z", &found, robust_z);
        at.meets_each("clipped", &scores(Scaling::RobustZ, 3.0).1, clipped);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Explained {
    centre: Vec<f64>,
    scale: Vec<f64>,
    weight: Vec<f64>,
    z: Vec<Vec<f64>>,
    composite: Vec<f64>,
    base_mean_z: Vec<f64>,
    base_mean: f64,
    contribution: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContributionCase {
    columns: BTreeMap<String, Vec<f64>>,
    group: Vec<String>,
    sign: Vec<i64>,
    log1p: Vec<bool>,
    weight_inside: Vec<f64>,
    group_weight: Vec<f64>,
    groups: Vec<String>,
    expected: Explained,
}

/// The order of the lists of the case.
const CONTRIBUTING: [&str; 5] = ["revenue", "orders", "days_since_last", "complaints", "satisfaction"];

fn group(name: &str) -> InformationGroup {
    match name {
        "past sales" => InformationGroup::PastSales,
        "service" => InformationGroup::ServiceValue,
        other => panic!("{other}"),
    }
}

#[test]
fn contributions_add_up_to_the_composite_beyond_its_mean() {
    for (case, at) in family::<ContributionCase>("contributions") {
        let expected = &case.expected;
        let indicators = CONTRIBUTING.iter().enumerate().map(|(i, name)| {
            let transform = if case.log1p[i] { Transform::Log1p } else { Transform::Identity };
            let own = Indicator::new(*name, group(&case.group[i])).transform(transform).weight(case.weight_inside[i]);
            if case.sign[i] < 0 { own.lower_is_better() } else { own }
        });
        let mut grader = Grader::builder().indicators(indicators).winsorize(0.0, 1.0).grades(2);
        for (name, weight) in case.groups.iter().zip(&case.group_weight) {
            grader = grader.group_weight(group(name), *weight);
        }
        let columns: Vec<(&str, &[f64])> = CONTRIBUTING.iter().map(|&n| (n, case.columns[n].as_slice())).collect();
        let data = GradingData::new(&columns).unwrap();
        let fitted = grader.guard_rails(GuardRails::none()).build().unwrap().fit(&data).unwrap();
        let standard = fitted.standard();
        let why = fitted.contributions(&data).unwrap();
        assert_eq!(why.indicators, CONTRIBUTING);
        for j in 0..CONTRIBUTING.len() {
            let FrozenScale::RobustZ { median, unit, .. } = standard.indicators()[j].scale else { panic!("{j}") };
            at.meets_each("centre and scale", &[median, unit], &[expected.centre[j], expected.scale[j]]);
            at.meets("weight", standard.weights().indicators[j].weight, expected.weight[j]);
            let known = |column: &[Option<f64>]| column.iter().map(|x| x.unwrap()).collect::<Vec<f64>>();
            at.meets_each("z", &known(&why.score[j]), &expected.z[j]);
            at.meets_each("contribution", &known(&why.contribution[j]), &expected.contribution[j]);
        }
        at.meets_each("base mean z", &standard.base().indicators, &expected.base_mean_z);
        at.meets("base mean", why.mean_composite, expected.base_mean);
        let composite: Vec<f64> = fitted.grade(&data).unwrap().composite.iter().map(|x| x.unwrap()).collect();
        at.meets_each("composite", &composite, &expected.composite);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scored {
    scores: Numbers,
    expected: Numbers,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupCase {
    weight: Numbers,
    groups: BTreeMap<String, Vec<String>>,
    group_weight: Numbers,
    customers: Vec<Scored>,
}

/// Two values of 4 either way among 31 zeros: their mean is 0 and their standard deviation 1, exactly, so that a value
/// is its own standard score.
fn own_scores() -> Vec<f64> {
    [4.0, -4.0].into_iter().chain([0.0; 31]).collect()
}

#[test]
fn scores_of_groups_share_out_the_weights_of_unknown_indicators() {
    let group_of = |name: &str| if name == "one" { InformationGroup::Image } else { InformationGroup::PastSales };
    for (case, at) in family::<GroupCase>("group_scores") {
        let mut standard = AssessmentStandard::builder().scaling(Scaling::Z).winsorize(0.0, 1.0);
        for (name, members) in &case.groups {
            let own = |member: &String| Indicator::new(member, group_of(name)).weight(case.weight[member]);
            standard =
                standard.indicators(members.iter().map(own)).group_weight(group_of(name), case.group_weight[name]);
        }
        let base = own_scores();
        let names: Vec<&str> = case.weight.keys().map(String::as_str).collect();
        let columns: Vec<(&str, &[f64])> = names.iter().map(|&name| (name, base.as_slice())).collect();
        let fitted = standard.build().unwrap().fit(&GradingData::new(&columns).unwrap()).unwrap();
        for customer in &case.customers {
            let value = |name: &str| [customer.scores.get(name).copied().unwrap_or(f64::NAN)];
            let values: Vec<[f64; 1]> = names.iter().map(|name| value(name)).collect();
            let columns: Vec<(&str, &[f64])> = names.iter().copied().zip(values.iter().map(|own| &own[..])).collect();
            let scores = fitted.score(&GradingData::new(&columns).unwrap()).unwrap();
            let found = |name: &str| match name {
                "composite" => scores.composite[0],
                name => scores.group_score(group_of(name))[0],
            };
            for name in ["one", "two", "composite"] {
                assert_eq!(found(name).is_some(), customer.expected.contains_key(name), "{name}");
            }
            at.meets_named(|name| found(name).unwrap(), &customer.expected);
        }
    }
}

/// The clusters are given there; ours are searched for in halves of the rows, so that a unit test beside the search
/// compares the share of pairs.
const INSIDE: [&str; 1] = ["prediction_strength"];

#[test]
fn every_family_of_grading_is_read_by_a_test() {
    let tests = [include_str!("golden_grading.rs"), include_str!("golden_grading_movement.rs")];
    let families: toml::Table = toml::from_str(TEXT).unwrap();
    for name in families.keys().filter(|name| !INSIDE.contains(&name.as_str())) {
        assert!(tests.iter().any(|test| test.contains(&format!(">(\"{name}\")"))), "{name}");
    }
}
