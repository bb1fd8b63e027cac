//! Tests of reconciliation.

use std::error::Error;

use emptor_types::{Fit, Level};
use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::{Forecast, ForecastError, SamplePaths};

/// Coherence, and what should not change: relative.
const EXACT: f64 = 1e-9;
/// The projections need no evidence or residuals; the others are splits.
const PROJECTIONS: [ReconciliationMethod; 5] = [
    ReconciliationMethod::BottomUp,
    ReconciliationMethod::Ols,
    ReconciliationMethod::WlsStructural,
    ReconciliationMethod::WlsVariance,
    ReconciliationMethod::MinTraceShrink,
];

fn all_methods() -> Vec<ReconciliationMethod> {
    let splits = [Proportions::Average, Proportions::OfAverages, Proportions::Forecast];
    let top_down = splits.map(ReconciliationMethod::TopDown);
    let middle_out = splits.map(|proportions| ReconciliationMethod::MiddleOut { level: 1, proportions });
    PROJECTIONS.into_iter().chain(top_down).chain(middle_out).collect()
}

#[derive(Deserialize)]
struct Golden {
    tolerance: f64,
    tree: Case,
    crossed: Case,
}

#[derive(Deserialize)]
struct Case {
    regions: Option<Vec<usize>>,
    kinds: Option<Vec<usize>>,
    values: Option<Vec<Vec<f64>>>,
    residuals: Vec<Vec<f64>>,
    base: Vec<Vec<f64>>,
    expected: std::collections::BTreeMap<String, Vec<Vec<f64>>>,
}

fn golden() -> Result<Golden, Box<dyn Error>> {
    Ok(toml::from_str(include_str!("../../tests/golden/hierarchy.toml"))?)
}

fn labels(letter: char, keys: &[usize]) -> Vec<String> {
    keys.iter().map(|key| format!("{letter}{key}")).collect()
}

fn shops(count: usize) -> Vec<String> {
    (0..count).map(|shop| format!("s{shop}")).collect()
}

fn method_of(name: &str) -> Result<ReconciliationMethod, Box<dyn Error>> {
    let proportions = || match name {
        name if name.ends_with("average_proportions") => Proportions::Average,
        name if name.ends_with("proportion_averages") => Proportions::OfAverages,
        _ => Proportions::Forecast,
    };
    Ok(match name {
        "bottom_up" => ReconciliationMethod::BottomUp,
        "ols" => ReconciliationMethod::Ols,
        "wls_struct" => ReconciliationMethod::WlsStructural,
        "wls_var" => ReconciliationMethod::WlsVariance,
        "mint_shrink" => ReconciliationMethod::MinTraceShrink,
        name if name.starts_with("top_down") => ReconciliationMethod::TopDown(proportions()),
        name if name.starts_with("middle_out") => {
            ReconciliationMethod::MiddleOut { level: 1, proportions: proportions() }
        }
        other => return Err(format!("unknown method {other}").into()),
    })
}

fn check(case: &Case, hierarchy: &Hierarchy, tolerance: f64) -> Result<(), Box<dyn Error>> {
    let mut past = HierarchyHistory::new(hierarchy).with_residuals(&case.residuals)?;
    if let Some(values) = &case.values {
        past = past.with_values(values)?;
    }
    for (name, expected) in &case.expected {
        let reconciler = Reconciliation::new(method_of(name)?).fit(&past)?;
        for period in 0..case.base[0].len() {
            let base: Vec<f64> = case.base.iter().map(|row| row[period]).collect();
            let found = reconciler.reconcile(&base)?;
            for (node, row) in expected.iter().enumerate() {
                let gap = (found[node] - row[period]).abs() / row[period].abs();
                assert!(gap < tolerance, "{name}, node {node}: {} instead of {}", found[node], row[period]);
            }
        }
    }
    Ok(())
}

#[test]
fn a_tree_is_reconciled_as_by_hierarchicalforecast() -> Result<(), Box<dyn Error>> {
    let golden = golden()?;
    let regions = golden.tree.regions.clone().unwrap_or_default();
    let tree = Hierarchy::nested(&[labels('r', &regions), shops(regions.len())])?;
    assert_eq!(golden.tree.expected.len(), 11);
    check(&golden.tree, &tree, golden.tolerance)
}

#[test]
fn crossed_groups_with_more_sums_than_series_are_reconciled_as_by_hierarchicalforecast() -> Result<(), Box<dyn Error>> {
    let golden = golden()?;
    let keys = [
        labels('r', &golden.tree.regions.clone().unwrap_or_default()),
        labels('k', &golden.crossed.kinds.clone().unwrap_or_default()),
    ];
    let crossed = Hierarchy::grouped(&shops(keys[0].len()), &keys, &[&[0], &[1], &[0, 1]])?;
    assert!(crossed.uppers().len() > crossed.bottoms().len() && crossed.parents().is_none());
    check(&golden.crossed, &crossed, golden.tolerance)?;
    let refused = Reconciliation::new(ReconciliationMethod::TopDown(Proportions::Forecast));
    let refused = refused.fit(&HierarchyHistory::new(&crossed));
    assert!(matches!(refused, Err(ForecastError::NotAdmissible { .. })), "{refused:?}");
    Ok(())
}

/// A hierarchy with its past, from a few random numbers.
#[derive(Debug, Clone)]
struct Random {
    keys: [Vec<usize>; 2],
    values: Vec<Vec<f64>>,
    residuals: Vec<f64>,
    base: Vec<f64>,
}

fn random() -> impl Strategy<Value = Random> {
    (2_usize..12).prop_flat_map(|n| {
        let keys = proptest::collection::vec(0_usize..3, n);
        let values = proptest::collection::vec(proptest::collection::vec(0.0..1e4, 6), n);
        let noise = proptest::collection::vec(-100.0..100.0, 6 * 4 * (n + 10));
        let base = proptest::collection::vec(-10.0..1e5, 4 * (n + 10));
        (keys.clone(), keys, values, noise, base).prop_map(|(a, b, values, residuals, base)| Random {
            keys: [a, b],
            values,
            residuals,
            base,
        })
    })
}

impl Random {
    fn tree(&self) -> Result<Hierarchy, ForecastError> {
        Hierarchy::nested(&[labels('r', &self.keys[0]), shops(self.keys[0].len())])
    }

    fn crossed(&self) -> Result<Hierarchy, ForecastError> {
        let keys = [labels('r', &self.keys[0]), labels('k', &self.keys[1])];
        Hierarchy::grouped(&shops(keys[0].len()), &keys, &[&[0], &[1]])
    }

    fn residuals(&self, nodes: usize) -> Vec<Vec<f64>> {
        self.residuals.chunks_exact(6).take(nodes).map(<[f64]>::to_vec).collect()
    }
}

fn near(a: &[f64], b: &[f64]) -> bool {
    let size = b.iter().fold(0.0, |size: f64, v| size.max(v.abs()));
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= EXACT * size.max(f64::MIN_POSITIVE))
}

proptest! {
    #[test]
    fn every_method_is_coherent_and_never_negative_if_asked(random in random()) {
        for hierarchy in [random.tree()?, random.crossed()?] {
            let residuals = random.residuals(hierarchy.len());
            let past = HierarchyHistory::new(&hierarchy).with_residuals(&residuals)?.with_values(&random.values)?;
            let is_crossed = hierarchy.parents().is_none();
            for method in all_methods() {
                let spec = Reconciliation::new(method);
                let Ok(reconciler) = spec.fit(&past) else {
                    prop_assert!(is_crossed, "{method:?}");
                    continue;
                };
                let found = reconciler.reconcile(&random.base[..hierarchy.len()])?;
                prop_assert!(hierarchy.incoherence(&found)? <= EXACT, "{method:?}");
                let found = spec.non_negative().fit(&past)?.reconcile(&random.base[..hierarchy.len()])?;
                prop_assert!(hierarchy.incoherence(&found)? <= EXACT && found.iter().all(|v| *v >= 0.0), "{method:?}");
            }
        }
    }

    #[test]
    fn coherent_forecasts_stay_as_they_are(random in random()) {
        for hierarchy in [random.tree()?, random.crossed()?] {
            let residuals = random.residuals(hierarchy.len());
            let past = HierarchyHistory::new(&hierarchy).with_residuals(&residuals)?;
            let coherent = hierarchy.aggregate(&random.base[..hierarchy.bottoms().len()])?;
            for method in PROJECTIONS {
                let found = Reconciliation::new(method).fit(&past)?.reconcile(&coherent)?;
                prop_assert!(near(&found, &coherent), "{method:?}: {found:?} {coherent:?}");
            }
            // Forecast proportions are those of the forecasts themselves.
            if hierarchy.parents().is_some() && coherent.iter().all(|v| *v > 1.0) {
                let method = ReconciliationMethod::TopDown(Proportions::Forecast);
                let found = Reconciliation::new(method).fit(&past)?.reconcile(&coherent)?;
                prop_assert!(near(&found, &coherent), "{found:?} {coherent:?}");
            }
        }
    }

    #[test]
    fn series_in_another_order_have_the_same_forecasts(random in random()) {
        let n = random.keys[0].len();
        let turned = Random {
            keys: random.keys.clone().map(|mut keys| { keys.reverse(); keys }),
            values: random.values.iter().rev().cloned().collect(),
            ..random.clone()
        };
        let keys = |r: &Random| [labels('r', &r.keys[0]), labels('k', &r.keys[1])];
        let names: Vec<String> = shops(n).into_iter().rev().collect();
        let one = Hierarchy::grouped(&shops(n), &keys(&random), &[&[0], &[1]])?;
        let other = Hierarchy::grouped(&names, &keys(&turned), &[&[0], &[1]])?;
        let place = |name: &String| one.names().iter().position(|own| own == name).unwrap_or(usize::MAX);
        let order: Vec<usize> = other.names().iter().map(place).collect();
        let residuals = random.residuals(one.len());
        let moved: Vec<Vec<f64>> = order.iter().map(|&node| residuals[node].clone()).collect();
        let base: Vec<f64> = order.iter().map(|&node| random.base[node]).collect();
        for method in PROJECTIONS.into_iter().chain([ReconciliationMethod::TopDown(Proportions::Average)]) {
            let spec = Reconciliation::new(method);
            let past = HierarchyHistory::new(&one).with_residuals(&residuals)?.with_values(&random.values)?;
            let expected = spec.fit(&past)?.reconcile(&random.base[..one.len()])?;
            let past = HierarchyHistory::new(&other).with_residuals(&moved)?.with_values(&turned.values)?;
            let found = spec.fit(&past)?.reconcile(&base)?;
            let expected: Vec<f64> = order.iter().map(|&node| expected[node]).collect();
            prop_assert!(near(&found, &expected), "{method:?}");
        }
    }
}

#[test]
fn the_smaller_system_gives_what_the_larger_one_does() -> Result<(), Box<dyn Error>> {
    // Two bottom series below three sums: a total and two copies of it in all but name.
    let wide = Hierarchy::grouped(&["a", "b"], &[["x", "x"], ["y", "y"]], &[&[0], &[1]])?;
    let base = [10.0, 13.0, 16.0, 4.0, 5.0];
    let found = Reconciliation::new(ReconciliationMethod::Ols).fit(&HierarchyHistory::new(&wide))?.reconcile(&base)?;
    // Normal equations: 4a + 3b = 39 + 4, 3a + 4b = 39 + 5.
    let expected = [87.0 / 7.0, 87.0 / 7.0, 87.0 / 7.0, 40.0 / 7.0, 47.0 / 7.0];
    assert!(near(&found, &expected), "{found:?}");
    Ok(())
}

#[test]
fn weights_without_variance_and_residuals_that_add_up_are_no_obstacle() -> Result<(), Box<dyn Error>> {
    let shops = Hierarchy::nested(&[["a", "b", "c"]])?;
    let coherent = [vec![3.0, -3.0, 0.0], vec![1.0, -1.0, 0.0], vec![2.0, -2.0, 0.0], vec![0.0; 3]];
    for residuals in [coherent, std::array::from_fn(|_| vec![0.0; 3])] {
        let past = HierarchyHistory::new(&shops).with_residuals(&residuals)?;
        for method in [ReconciliationMethod::WlsVariance, ReconciliationMethod::MinTraceShrink] {
            let found = Reconciliation::new(method).fit(&past)?.reconcile(&[12.0, 2.0, 3.0, 1.0])?;
            assert!(found.iter().all(|v| v.is_finite()) && shops.incoherence(&found)? <= EXACT, "{method:?} {found:?}");
        }
    }
    for scale in [1e-12, 1e12] {
        let found = Reconciliation::new(ReconciliationMethod::Ols).fit(&HierarchyHistory::new(&shops))?;
        let found = found.reconcile(&[12.0, 2.0, 3.0, 1.0].map(|v| v * scale))?;
        assert!(near(&found, &[10.5, 3.5, 4.5, 2.5].map(|v| v * scale)), "{found:?}");
    }
    Ok(())
}

#[test]
fn a_node_without_residuals_is_neither_certain_nor_without_an_interval() -> Result<(), Box<dyn Error>> {
    let shops = Hierarchy::nested(&[["a", "b", "c"]])?;
    // The third product was sold first in the last period: no residual.
    let residuals = [vec![2.0, -2.0, 1.0, -1.0], vec![1.0, -1.0, 0.5, -0.5], vec![1.0, -1.0, 0.5, -0.5], vec![0.0; 4]];
    let past = HierarchyHistory::new(&shops).with_residuals(&residuals)?;
    let reconciler = Reconciliation::new(ReconciliationMethod::WlsVariance).fit(&past)?;
    // As sure as its siblings, it gives way as they do: a gap of 14 by variances 2.5, and 0.625 thrice, as 4 : 1 : 1 : 1.
    let found = reconciler.reconcile(&[20.0, 2.0, 2.0, 2.0])?;
    assert!(near(&found, &[12.0, 4.0, 4.0, 4.0]), "{found:?}");
    let level = Level::new(0.8)?;
    let base = [20.0, 2.0, 2.0, 2.0]
        .map(|mean| Forecast::of("", vec![mean]).with_band(level, vec![mean - 1.0], vec![mean + 1.0]));
    let banded = reconciler.forecasts_with_bands(&base, &residuals)?;
    assert!(banded.iter().all(|forecast| forecast.bands[0].upper[0] - forecast.bands[0].lower[0] > 0.1));
    Ok(())
}

#[test]
fn sales_beside_returns_whose_sum_is_next_to_nothing_are_split_within_reason() -> Result<(), Box<dyn Error>> {
    let shops = Hierarchy::nested(&[["sales", "returns"]])?;
    let method = Reconciliation::new(ReconciliationMethod::TopDown(Proportions::Forecast));
    let found = method.fit(&HierarchyHistory::new(&shops))?.reconcile(&[21.0, 100.0, -99.0])?;
    // The gap of 20 in proportion to sizes.
    assert!(near(&found, &[21.0, 100.0 + 20.0 * 100.0 / 199.0, -99.0 + 20.0 * 99.0 / 199.0]), "{found:?}");
    Ok(())
}

#[test]
fn a_dead_branch_is_split_evenly() -> Result<(), Box<dyn Error>> {
    let shops = Hierarchy::nested(&[["live", "dead", "dead"], ["a", "b", "c"]])?;
    let values = [vec![5.0, 6.0], vec![0.0; 2], vec![0.0; 2]];
    let past = HierarchyHistory::new(&shops).with_values(&values)?;
    for proportions in [Proportions::Average, Proportions::OfAverages, Proportions::Forecast] {
        let method = ReconciliationMethod::MiddleOut { level: 1, proportions };
        let found = Reconciliation::new(method).fit(&past)?.reconcile(&[0.0, 6.0, 2.0, 1.0, 0.0, 0.0])?;
        assert!(near(&found, &[8.0, 6.0, 2.0, 6.0, 1.0, 1.0]), "{found:?}");
    }
    Ok(())
}

#[test]
fn bands_follow_the_correlation_of_the_errors() -> Result<(), Box<dyn Error>> {
    let shops = Hierarchy::nested(&[["a", "b"]])?;
    let level = Level::new(0.8)?;
    let flat = |mean: f64, half: f64| {
        Forecast::of("x", vec![mean]).with_band(level, vec![mean - half], vec![mean + 2.0 * half])
    };
    let base = [flat(10.0, 9.0), flat(4.0, 3.0), flat(6.0, 4.0)];
    let bottom_up = Reconciliation::new(ReconciliationMethod::BottomUp).fit(&HierarchyHistory::new(&shops))?;
    // Errors that go together add up, those that do not add their squares, opposite ones cancel.
    let cases = [
        ([vec![0.0; 2], vec![1.0, -1.0], vec![2.0, -2.0]], 7.0),
        ([vec![0.0; 2], vec![1.0, 1.0], vec![2.0, -2.0]], 5.0),
        ([vec![0.0; 2], vec![1.0, -1.0], vec![-2.0, 2.0]], 1.0),
    ];
    for (residuals, half) in cases {
        let found = bottom_up.forecasts_with_bands(&base, &residuals)?;
        let band = found[0].band(level).ok_or("no band")?;
        assert!((band.lower[0] - (10.0 - half)).abs() < EXACT && (band.upper[0] - (10.0 + 2.0 * half)).abs() < EXACT);
        let own = found[1].band(level).ok_or("no band")?;
        assert!((own.lower[0] - 1.0).abs() < EXACT && (own.upper[0] - 10.0).abs() < EXACT);
    }
    assert_eq!(bottom_up.forecasts(&base)?[0].mean, [10.0]);
    Ok(())
}

#[test]
fn bands_are_those_of_the_dense_formula() -> Result<(), Box<dyn Error>> {
    let golden = golden()?;
    let regions = golden.tree.regions.clone().unwrap_or_default();
    let tree = Hierarchy::nested(&[labels('r', &regions), shops(regions.len())])?;
    let (residuals, nodes) = (&golden.tree.residuals, tree.len());
    let past = HierarchyHistory::new(&tree).with_residuals(residuals)?;
    let level = Level::new(0.9)?;
    let half: Vec<f64> = (0..nodes).map(|node| 3.0 + node as f64).collect();
    let base: Vec<Forecast> = half
        .iter()
        .map(|half| Forecast::of("x", vec![50.0]).with_band(level, vec![50.0 - half], vec![50.0 + half]))
        .collect();
    let product = |i: usize, j: usize| residuals[i].iter().zip(&residuals[j]).map(|(a, b)| a * b).sum::<f64>();
    for method in PROJECTIONS {
        let reconciler = Reconciliation::new(method).fit(&past)?;
        // S G, column by column.
        let unit = |node: usize| (0..nodes).map(|i| f64::from(u8::from(i == node))).collect::<Vec<f64>>();
        let columns: Vec<Vec<f64>> =
            (0..nodes).map(|node| reconciler.reconcile(&unit(node))).collect::<Result<_, _>>()?;
        let found = reconciler.forecasts_with_bands(&base, residuals)?;
        for (node, forecast) in found.iter().enumerate() {
            let mut square = 0.0;
            for i in 0..nodes {
                for j in 0..nodes {
                    let correlation = product(i, j) / (product(i, i) * product(j, j)).sqrt();
                    square += columns[i][node] * half[i] * correlation * half[j] * columns[j][node];
                }
            }
            let band = forecast.band(level).ok_or("no band")?;
            let width = (band.upper[0] - band.lower[0]) / 2.0;
            assert!((width - square.sqrt()).abs() < EXACT * width, "{method:?} {node}: {width} {}", square.sqrt());
        }
    }
    Ok(())
}

#[test]
fn sample_paths_are_coherent_and_their_mean_is_the_reconciled_mean() -> Result<(), Box<dyn Error>> {
    let shops = Hierarchy::nested(&[["a", "b"]])?;
    let reconciler = Reconciliation::new(ReconciliationMethod::Ols).fit(&HierarchyHistory::new(&shops))?;
    let base = [[13.0, 10.0, 11.0, 9.0], [4.0, 5.0, 6.0, 5.0], [6.0, 7.0, 5.0, 4.0]];
    let paths = base.map(|values| SamplePaths::new(2, values.to_vec()));
    let found = reconciler.paths(&paths)?;
    for path in 0..2 {
        for period in 0..2 {
            let value = |node: usize| found[node].iter().nth(path).map_or(f64::NAN, |values| values[period]);
            assert!((value(0) - value(1) - value(2)).abs() < EXACT);
        }
    }
    let means: Vec<f64> = base.iter().map(|values| (values[0] + values[2]) / 2.0).collect();
    let expected = reconciler.reconcile(&means)?;
    let of_paths: Vec<f64> =
        found.iter().map(|paths| paths.forecast("x", &[]).map_or(f64::NAN, |own| own.mean[0])).collect();
    assert!(near(&of_paths, &expected));
    assert!(reconciler.paths(&paths[..2]).is_err());
    let uneven = [paths[0].clone(), paths[1].clone(), SamplePaths::new(2, vec![1.0, 2.0])];
    assert!(reconciler.paths(&uneven).is_err());
    Ok(())
}

#[test]
fn a_saved_reconciler_comes_back_and_a_wrong_one_is_refused() -> Result<(), Box<dyn Error>> {
    let shops = Hierarchy::nested(&[["a", "b"]])?;
    let residuals = [vec![3.0, 1.0, -2.0], vec![1.0, 2.0, -1.0], vec![1.0, 0.0, 2.0]];
    let values = [vec![1.0, 2.0], vec![3.0, 2.0]];
    let past = HierarchyHistory::new(&shops).with_residuals(&residuals)?.with_values(&values)?;
    for method in all_methods() {
        let reconciler = Reconciliation::new(method).fit(&past)?;
        let text = serde_json::to_string(&reconciler)?;
        let back: Reconciler = serde_json::from_str(&text)?;
        assert!(near(&back.reconcile(&[9.0, 3.0, 5.0])?, &reconciler.reconcile(&[9.0, 3.0, 5.0])?), "{method:?}");
    }
    let text = serde_json::to_string(&Reconciliation::new(ReconciliationMethod::Ols).fit(&past)?)?;
    let broken = text.replacen("[1.0,1.0,1.0]", "[1.0,1.0]", 1);
    assert!(broken != text && serde_json::from_str::<Reconciler>(&broken).is_err());
    Ok(())
}

#[test]
fn what_is_no_hierarchy_is_refused_with_all_its_faults() -> Result<(), Box<dyn Error>> {
    let none: [[&str; 0]; 1] = [[]];
    assert!(Hierarchy::nested(&none).is_err(), "no series");
    assert!(Hierarchy::nested(&[["a", "a"]]).is_err(), "twice the same");
    assert!(Hierarchy::nested(&[vec!["a", "b"], vec!["c"]]).is_err(), "a key short");
    assert!(Hierarchy::grouped(&["a"], &[["x"]], &[&[], &[7]]).is_err(), "groupings of nothing");
    assert!(Hierarchy::grouped(&["total"], &[["x"]], &[]).is_err(), "a name for two");
    assert!(Hierarchy::from_parents(&["a", "b"], &[None, None]).is_err(), "two totals");
    assert!(Hierarchy::from_parents(&["a", "b", "c"], &[None, Some(2), Some(1)]).is_err(), "a circle");
    assert!(Hierarchy::from_parents(&["a", "b"], &[None, Some(9)]).is_err(), "nobody's child");
    assert!(Hierarchy::temporal(12, &[5]).is_err() && Hierarchy::temporal(0, &[]).is_err());
    let single = Hierarchy::from_parents(&["all"], &[None])?;
    for method in PROJECTIONS {
        let residuals = [vec![1.0, 2.0]];
        let past = HierarchyHistory::new(&single).with_residuals(&residuals)?;
        assert!(near(&Reconciliation::new(method).fit(&past)?.reconcile(&[5.0])?, &[5.0]), "{method:?}");
    }
    let shops = Hierarchy::nested(&[["a", "b"]])?;
    let reconciler = Reconciliation::new(ReconciliationMethod::BottomUp).fit(&HierarchyHistory::new(&shops))?;
    assert!(reconciler.reconcile(&[1.0, f64::NAN, 2.0]).is_err() && reconciler.reconcile(&[1.0]).is_err());
    for method in [ReconciliationMethod::WlsVariance, ReconciliationMethod::TopDown(Proportions::Average)] {
        assert!(Reconciliation::new(method).fit(&HierarchyHistory::new(&shops)).is_err(), "{method:?} needs the past");
    }
    Ok(())
}

#[test]
fn a_year_its_quarters_and_months_agree() -> Result<(), Box<dyn Error>> {
    let year = Hierarchy::temporal(12, &[6, 3])?;
    assert_eq!(year.len(), 1 + 2 + 4 + 12);
    let base: Vec<f64> = (0..year.len()).map(|node| 10.0 * year.members(node).len() as f64 + node as f64).collect();
    let found = Reconciliation::new(ReconciliationMethod::WlsStructural).fit(&HierarchyHistory::new(&year))?;
    let found = found.reconcile(&base)?;
    assert!(year.incoherence(&found)? <= EXACT);
    assert!((found[0] - found[3..7].iter().sum::<f64>()).abs() < 1e-6, "quarters make the year");
    Ok(())
}
