//! `golden/grading_clusters.toml`: k-means, what is measured of clusters, mixtures, borders, k-means on a line. The family
//! on real data is in `real_grading`.

use emptor::grade::{
    AssessmentStandard, FittedGrader, Grade, GradeBy, Grader, GradingData, GuardRails, Indicator, InformationGroup,
    Scaling,
};
use emptor::types::Fit;
use emptor_cluster::{
    ClusterQuality, FittedGaussianMixture, FittedKMeans, GaussianMixture, KMeans, KMeansTermination,
    OneDimensionalKMeans, Points, Silhouette,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::golden_equity::{At, family_of};
use crate::golden_grading::digits;

const TEXT: &str = include_str!("golden/grading_clusters.toml");

/// The cases of a family of this file.
pub(crate) fn family<T: DeserializeOwned>(name: &str) -> Vec<(T, At)> {
    family_of(TEXT, name)
}

/// Columns of the file's data.
fn data(name: &str) -> Vec<Vec<f64>> {
    #[derive(Deserialize)]
    struct Columns {
        columns: Vec<Vec<f64>>,
    }
    let file: toml::Table = toml::from_str(TEXT).unwrap();
    let table: Columns = file["data"][name].clone().try_into().unwrap();
    table.columns
}

fn slices(columns: &[Vec<f64>]) -> Vec<&[f64]> {
    columns.iter().map(Vec::as_slice).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clusters {
    centroids: Vec<Vec<f64>>,
    inertia: f64,
    iterations: usize,
    counts: Vec<usize>,
    labels: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KMeansCase {
    data: String,
    #[serde(default)]
    start: Vec<usize>,
    #[serde(default)]
    start_points: Vec<Vec<f64>>,
    weight: Option<Vec<f64>>,
    feature_weight: Option<Vec<f64>>,
    #[serde(default)]
    empty_start: bool,
    expected: Clusters,
}

/// Lloyd's iterations until no row changes its cluster.
fn k_means(start: Vec<Vec<f64>>) -> KMeans {
    KMeans::builder().start_from(start).tolerance(0.0).max_iterations(10_000).build().unwrap()
}

fn meets_k_means(case: &KMeansCase, at: &At) {
    let columns = data(&case.data);
    // A column's weight is the square of its scale; centroids are in scaled units.
    let ones = vec![1.0; columns.len()];
    let roots: Vec<f64> = case.feature_weight.as_ref().unwrap_or(&ones).iter().map(|w| w.sqrt()).collect();
    let points = Points::new(&slices(&columns)).unwrap();
    let mut points = points.standardized(&vec![0.0; columns.len()], &roots).unwrap();
    if let Some(weight) = &case.weight {
        points = points.weighted(weight).unwrap();
    }
    let of_rows = case.start.iter().map(|&row| (0..columns.len()).map(|j| points.value(row, j)).collect());
    let start = if case.start_points.is_empty() { of_rows.collect() } else { case.start_points.clone() };
    let (fitted, labels) = k_means(start).fit_labels(&points).unwrap();
    let expected = &case.expected;
    assert_eq!(labels, digits(&expected.labels));
    assert_eq!(fitted.counts(), expected.counts);
    at.meets("inertia", fitted.inertia(), expected.inertia);
    for (found, centroid) in fitted.centroids().iter().zip(&expected.centroids) {
        let raw: Vec<f64> = found.iter().zip(&roots).map(|(c, root)| c / root).collect();
        at.meets_each("centroid", &raw, centroid);
    }
    let report = fitted.report();
    assert_eq!(report.termination, KMeansTermination::LabelsUnchanged);
    assert_eq!(report.moved > 0, case.empty_start);
    assert_eq!(report.iterations, expected.iterations, "{} {:?}", case.data, case.start);
}

#[test]
fn lloyds_iterations_from_given_rows() {
    for (case, at) in family::<KMeansCase>("k_means") {
        meets_k_means(&case, &at);
    }
}

#[test]
fn lloyds_iterations_with_weights_and_with_a_start_without_rows() {
    for (case, at) in family::<KMeansCase>("k_means_weighted") {
        meets_k_means(&case, &at);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Indices {
    calinski_harabasz: f64,
    davies_bouldin: f64,
    silhouette: f64,
    simplified: f64,
    /// Another convention for a row alone in its cluster.
    #[serde(rename = "simplified_alone_1")]
    _simplified_alone_1: Option<f64>,
    inertia: f64,
    total: f64,
    per_cluster: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IndexCase {
    data: String,
    labels: String,
    expected: Indices,
}

#[test]
fn what_is_measured_of_clusters() {
    for (case, at) in family::<IndexCase>("indices") {
        let (columns, labels, expected) = (data(&case.data), digits(&case.labels), &case.expected);
        let points = Points::new(&slices(&columns)).unwrap();
        let found = ClusterQuality::of_labels(&points, &labels).unwrap();
        at.meets("calinski_harabasz", found.calinski_harabasz.unwrap(), expected.calinski_harabasz);
        at.meets("davies_bouldin", found.davies_bouldin.unwrap(), expected.davies_bouldin);
        at.meets("simplified", found.simplified_silhouette.unwrap(), expected.simplified);
        at.meets("inertia", found.inertia, expected.inertia);
        at.meets("total", found.total, expected.total);
        at.meets("explained", found.explained.unwrap(), 1.0 - expected.inertia / expected.total);
        let silhouette = Silhouette::exact(&points, &labels).unwrap();
        at.meets("silhouette", silhouette.mean.value, expected.silhouette);
        let clusters: Vec<f64> = silhouette.clusters.iter().map(|own| own.unwrap()).collect();
        at.meets_each("per cluster", &clusters, &expected.per_cluster);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mixed {
    /// After the first M-step from the labels, which are not ours to choose.
    #[serde(rename = "first")]
    _first: f64,
    log_likelihood: f64,
    parameters: usize,
    bic: f64,
    aic: f64,
    weights: Vec<f64>,
    means: Vec<Vec<f64>>,
    variances: Vec<Vec<f64>>,
    soft: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MixtureCase {
    data: String,
    /// Where the file starts; ours starts from clusters of its own.
    #[serde(rename = "labels")]
    _labels: String,
    expected: Mixed,
}

/// A fit ends where the log-likelihood rises no more. It is flat there: what it cannot tell apart is the root of the
/// rounding of it.
const WHERE_FLAT: f64 = 1e-6;

/// Each of them another start, by clusters of k-means.
const SEEDS: std::ops::Range<u64> = 0..30;

#[test]
fn mixtures_end_at_the_maximum_of_the_file_or_at_a_higher_one() {
    let mut met = 0;
    for (case, at) in family::<MixtureCase>("mixture") {
        let (columns, expected) = (data(&case.data), &case.expected);
        let k = expected.weights.len();
        let points = Points::new(&slices(&columns)).unwrap();
        let from = |seed| {
            let spec = GaussianMixture::builder().components(k).variance_floor(1e-12).tolerance(f64::MIN_POSITIVE);
            spec.seed(seed).build().unwrap().fit(&points).unwrap()
        };
        let above = |fitted: &FittedGaussianMixture| fitted.log_likelihood() - expected.log_likelihood;
        let Some(fitted) = SEEDS.map(from).find(|fitted| above(fitted).abs() <= WHERE_FLAT) else {
            // The file starts from clusters that no search for the best ones ends at.
            assert!(SEEDS.map(from).all(|fitted| above(&fitted) > 0.0), "{} in {k}", case.data);
            continue;
        };
        met += 1;
        at.meets("log_likelihood", fitted.log_likelihood(), expected.log_likelihood);
        at.meets("bic", fitted.bic(), expected.bic);
        at.meets("aic", fitted.aic(), expected.aic);
        assert_eq!(fitted.parameters(), expected.parameters);
        let soft = fitted.responsibilities(&points).unwrap();
        for (g, mean) in fitted.means().iter().enumerate() {
            let apart = |h: &usize| mean.iter().zip(&expected.means[*h]).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
            let h = (0..k).min_by(|a, b| apart(a).total_cmp(&apart(b))).unwrap();
            let near = |ours: f64, theirs: f64| assert!((ours - theirs).abs() <= WHERE_FLAT, "{ours}, {theirs}");
            near(fitted.weights()[g], expected.weights[h]);
            mean.iter().zip(&expected.means[h]).for_each(|(a, b)| near(*a, *b));
            fitted.variances()[g].iter().zip(&expected.variances[h]).for_each(|(a, b)| near(*a, *b));
            soft.columns[g].iter().zip(&expected.soft).for_each(|(a, b)| near(*a, b[h]));
        }
    }
    assert_eq!(met, 5, "all but one");
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    indicator: usize,
    change: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Toward {
    centroid: usize,
    /// Where two centroids are equally far; another may be nearer there.
    #[serde(rename = "crossing")]
    _crossing: Vec<f64>,
    smallest: Option<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Border {
    own: usize,
    next: usize,
    distances: Vec<f64>,
    margin: f64,
    to: Vec<Toward>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BorderCase {
    centroids: Vec<Vec<f64>>,
    x: Vec<f64>,
    expected: Border,
}

#[test]
fn nearest_centroids_and_the_margin_between_them() {
    for (case, at) in family::<BorderCase>("borders") {
        let columns: Vec<Vec<f64>> = case.x.iter().map(|&x| vec![x]).collect();
        let points = Points::new(&slices(&columns)).unwrap();
        let fitted = FittedKMeans::from_centroids(case.centroids).unwrap();
        let (found, expected) = (fitted.assign(&points).unwrap(), &case.expected);
        assert_eq!(usize::from(found.label[0]), expected.own);
        let (own, next) = (found.distance_squared[0].sqrt(), found.second[0].sqrt());
        at.meets_each(
            "distances",
            &[own, next],
            &[expected.distances[expected.own], expected.distances[expected.next]],
        );
        at.meets("margin", (next - own) / next, expected.margin);
    }
}

/// Points of a grader lie on a grid of 2⁻³⁰ scores: a coordinate is moved by half of that at most, and what follows from
/// it by a few times as much.
const GRID: f64 = 4e-9;

/// A step goes past the border by this share of the way, so that rounding cannot leave a customer before it.
const PAST_BORDER: f64 = 1e-6;

/// An upgrade goes some cells of the grid past the border: 8 × 2⁻³⁰ over the slope of an axis, √⅓ here, and a rounding.
const CELLS_PAST_BORDER: f64 = 4.0 * GRID;

const INDICATORS: [&str; 3] = ["a", "b", "c"];

/// A grader by three indicators of one weight, each its own standard score, whose saved form is given these centroids.
fn grader(centroids: &[Vec<f64>]) -> FittedGrader {
    // Two values of 20 either way among 799 zeros: mean 0, standard deviation 1, exactly.
    let column = |place: usize| {
        (0..801).map(move |row| match row {
            row if row == 2 * place => 20.0,
            row if row == 2 * place + 1 => -20.0,
            _ => 0.0,
        })
    };
    let columns: Vec<Vec<f64>> = (0..3).map(|place| column(place).collect()).collect();
    let indicators = INDICATORS.map(|name| Indicator::new(name, InformationGroup::PastSales));
    let standard = AssessmentStandard::builder().indicators(indicators).winsorize(0.0, 1.0);
    let standard = standard.scaling(Scaling::Z).clip(1000.0).build().unwrap();
    let grader = Grader::builder().standard(standard).graded_by(GradeBy::Indicators).grades(centroids.len());
    let named: Vec<(&str, &[f64])> = INDICATORS.into_iter().zip(slices(&columns)).collect();
    let fitted =
        grader.guard_rails(GuardRails::none()).build().unwrap().fit(&GradingData::new(&named).unwrap()).unwrap();
    let mut saved = serde_json::to_value(&fitted).unwrap();
    let root = (1.0_f64 / 3.0).sqrt();
    let placed: Vec<Vec<f64>> = centroids.iter().map(|own| own.iter().map(|c| c * root).collect()).collect();
    // What is told of the grades is checked against their centroids.
    for (place, own) in placed.iter().enumerate() {
        let composite: f64 = own.iter().map(|c| c * root).sum();
        saved["summary"]["grades"][place]["composite"] = composite.into();
    }
    saved["centroids"] = serde_json::to_value(placed).unwrap();
    serde_json::from_value(saved).unwrap()
}

#[test]
fn nearest_way_to_a_better_grade_is_the_nearest_border() {
    for (case, at) in family::<BorderCase>("borders") {
        let (grader, expected) = (grader(&case.centroids), &case.expected);
        let columns: Vec<[f64; 1]> = case.x.iter().map(|&x| [x]).collect();
        let named: Vec<(&str, &[f64])> = INDICATORS.into_iter().zip(columns.iter().map(|own| &own[..])).collect();
        let customer = GradingData::new(&named).unwrap();
        let grades = grader.grade(&customer).unwrap();
        assert_eq!(grades.grade[0], Grade::from_index(expected.own));
        assert!((grades.margin[0].unwrap() - expected.margin).abs() <= GRID);
        let better = expected.to.iter().filter(|other| other.centroid < expected.own);
        let steps = better.filter_map(|other| other.smallest.as_ref().map(|step| (other.centroid, step)));
        let nearest = steps.min_by(|a, b| a.1.change.abs().total_cmp(&b.1.change.abs()));
        let found = grader.upgrades(&customer, 0).unwrap();
        assert_eq!(found.is_empty(), nearest.is_none());
        let (Some((target, step)), Some(found)) = (nearest, found.first()) else { continue };
        assert_eq!((found.grade.index(), found.indicator.as_str()), (target, INDICATORS[step.indicator]));
        let past = found.score_change.abs() - step.change.abs();
        let reach = PAST_BORDER * (step.change.abs() + PAST_BORDER) + CELLS_PAST_BORDER;
        assert!(past > 0.0 && past <= reach && found.score_change * step.change > 0.0, "{past} past {}", step.change);
        at.meets("value", found.to, found.from.unwrap() + found.score_change);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Groups {
    k: usize,
    inertia: f64,
    sizes: Vec<usize>,
    centroids: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineCase {
    values: Vec<f64>,
    weight: Vec<f64>,
    expected: Vec<Groups>,
}

#[test]
fn clusters_of_a_line_are_the_best_of_all() {
    for (case, at) in family::<LineCase>("one_dimension") {
        let points = Points::new(&[&case.values]).unwrap().weighted(&case.weight).unwrap();
        for expected in &case.expected {
            let fitted = OneDimensionalKMeans::new(expected.k).unwrap().fit(&points).unwrap();
            at.meets("inertia", fitted.inertia(), expected.inertia);
            at.meets_each("centroids", fitted.centroids(), &expected.centroids);
            assert_eq!(fitted.counts(), expected.sizes);
            let curve: Vec<f64> = case.expected[..expected.k].iter().map(|fewer| fewer.inertia).collect();
            at.meets_each("curve", fitted.inertia_by_clusters(), &curve);
        }
    }
}

#[test]
fn every_family_of_clusters_is_read_by_a_test() {
    let tests = [include_str!("golden_grading_clusters.rs"), include_str!("real_grading.rs")];
    let families: toml::Table = toml::from_str(TEXT).unwrap();
    for name in families.keys().filter(|name| *name != "data") {
        assert!(tests.iter().any(|test| test.contains(&format!(">(\"{name}\")"))), "{name}");
    }
}
