//! The kernel against Lloyd's algorithm written down plainly, and the identities of k-means.

#![expect(clippy::unwrap_used, reason = "properties cannot return errors of their input")]

use std::error::Error;

use emptor_types::Fit;
use linfa::traits::Predict;
use proptest::prelude::*;
use rand::{RngCore, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::naive;
use crate::{Assignment, ClusterError, FittedKMeans, KMeans, KMeansTermination, MiniBatchKMeans, Points};

type Tested = Result<(), Box<dyn Error>>;

/// Sums in another order differ by rounding.
const ROUNDING: f64 = 1e-12;

/// Columns of rows from overlapping blobs, by seed.
fn blobs(rows: usize, dimensions: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut uniform = move || (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
    let mut columns = vec![Vec::with_capacity(rows); dimensions];
    for row in 0..rows {
        for (j, column) in columns.iter_mut().enumerate() {
            let noise: f64 = (0..4).map(|_| uniform() - 0.5).sum();
            column.push(((row * 7 + j * (row % 5)) % 11) as f64 + 2.0 * noise);
        }
    }
    columns
}

fn lend(columns: &[Vec<f64>]) -> Vec<&[f64]> {
    columns.iter().map(Vec::as_slice).collect()
}

fn row(points: &Points<'_>, row: usize) -> Vec<f64> {
    (0..points.dimensions()).map(|j| points.value(row, j)).collect()
}

fn given(start: &[Vec<f64>], tolerance: f64) -> Result<KMeans, ClusterError> {
    Ok(KMeans::builder().start_from(start.to_vec()).tolerance(tolerance).max_iterations(1000).build()?)
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= ROUNDING * (a.abs() + b.abs() + 1.0)
}

fn all_near(a: &[Vec<f64>], b: &[Vec<f64>]) -> bool {
    a.len() == b.len() && a.iter().flatten().zip(b.iter().flatten()).all(|(&a, &b)| near(a, b))
}

/// Fits from a start by the kernel and plainly; both must take the same way to the same end.
fn check(points: &Points<'_>, start: &[Vec<f64>], tolerance: f64) -> Result<FittedKMeans, Box<dyn Error>> {
    let (fitted, labels) = given(start, tolerance)?.fit_labels(points)?;
    let plain = naive::lloyd(points, start, tolerance * naive::mean_variance(points), 1000);
    let (plain_labels, measure) = naive::measure(points, &plain.centroids);
    assert_eq!(fitted.report().iterations, plain.iterations);
    assert_eq!(fitted.report().moved, plain.moved);
    assert_eq!(labels, plain_labels);
    assert_eq!(fitted.counts(), measure.counts);
    assert!(near(fitted.inertia(), measure.inertia), "{} {}", fitted.inertia(), measure.inertia);
    assert!(all_near(fitted.centroids(), &plain.centroids));
    assert!(fitted.weights().iter().zip(&measure.weights).all(|(&a, &b)| near(a, b)));
    assert_eq!(fitted.report().converged(), plain.converged);
    assert_eq!(fitted.report().termination == KMeansTermination::LabelsUnchanged, plain.unchanged);
    assert_eq!(fitted.labels(points)?, labels, "the labels are those of the returned centroids");
    Ok(fitted)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_kernel_takes_the_way_of_plain_lloyd(
        rows in 1_usize..700, dimensions in 1_usize..12, clusters in 1_usize..20, seed in any::<u64>(), weighted in any::<bool>(),
        tolerance in prop::sample::select(vec![0.0, 1e-4, 1e-2]),
    ) {
        let columns = blobs(rows, dimensions, seed);
        let weights: Vec<f64> = (0..rows).map(|i| (i % 4) as f64 * 0.75).collect();
        let mut points = Points::new(&lend(&columns)).unwrap();
        if weighted && rows > 1 {
            points = points.weighted(&weights).unwrap();
        }
        let heavy: Vec<usize> = (0..rows).filter(|&i| points.weight(i) > 0.0).collect();
        let clusters = clusters.min(heavy.len());
        // The variance of one row is nothing but rounding: no tolerance can be relative to it.
        let tolerance = if heavy.len() > 1 { tolerance } else { 0.0 };
        let start: Vec<Vec<f64>> = heavy.iter().take(clusters).map(|&i| row(&points, i)).collect();
        check(&points, &start, tolerance).unwrap();
    }

    /// Enough rows that those near a border are fenced.
    #[test]
    fn fenced_rows_take_the_way_of_plain_lloyd(
        rows in 1500_usize..9000, dimensions in 1_usize..7, clusters in 1_usize..12, seed in any::<u64>(), weighted in any::<bool>(),
        tolerance in prop::sample::select(vec![0.0, 1e-4]),
    ) {
        let columns = blobs(rows, dimensions, seed);
        let weights: Vec<f64> = (0..rows).map(|i| (i % 3) as f64 * 0.75).collect();
        let mut points = Points::new(&lend(&columns)).unwrap();
        if weighted {
            points = points.weighted(&weights).unwrap();
        }
        let start: Vec<Vec<f64>> = (0..clusters).map(|l| row(&points, 3 * l + 1)).collect();
        check(&points, &start, tolerance).unwrap();
    }

    /// On a grid many rows are as near to two centroids; the lower index must take them, bit for bit.
    #[test]
    fn assignment_is_that_of_plain_scalar_code(
        grid in prop::collection::vec(prop::collection::vec(-3_i8..4, 3), 1..300),
        centroids in prop::collection::vec(prop::collection::vec(-3_i8..4, 3), 1..10),
        shift in -1.0..1.0, scale in 0.1..10.0,
    ) {
        let columns: Vec<Vec<f64>> = (0..3).map(|j| grid.iter().map(|r| f64::from(r[j])).collect()).collect();
        let standard = ([shift, 0.0, 0.1], [scale, 1.0, 0.3]);
        let points = Points::new(&lend(&columns)).unwrap().standardized(&standard.0, &standard.1).unwrap();
        let centroids: Vec<Vec<f64>> = centroids.iter().map(|c| c.iter().map(|&x| f64::from(x)).collect()).collect();
        let fitted = FittedKMeans::from_centroids(centroids.clone()).unwrap();
        let Assignment { label, distance_squared, second } = fitted.assign(&points).unwrap();
        let plain = naive::assign(&points, &centroids);
        prop_assert_eq!(&label, &plain.label);
        prop_assert_eq!(distance_squared, plain.distance_squared);
        prop_assert_eq!(second, plain.second);
        prop_assert_eq!(fitted.labels(&points).unwrap(), label);
    }

    #[test]
    fn no_input_of_few_different_rows_panics_or_leaves_a_cluster_empty(
        grid in prop::collection::vec(prop::collection::vec(0_i8..3, 2), 1..60), clusters in 1_usize..12, seed in any::<u64>(),
    ) {
        let columns: Vec<Vec<f64>> = (0..2).map(|j| grid.iter().map(|r| f64::from(r[j])).collect()).collect();
        let points = Points::new(&lend(&columns)).unwrap();
        let distinct = grid.iter().collect::<std::collections::HashSet<_>>().len();
        let spec = KMeans::builder().clusters(clusters).starts(2).seed(seed).tolerance(0.0).build().unwrap();
        match spec.fit(&points) {
            Ok(fitted) => {
                prop_assert!(clusters <= distinct);
                prop_assert!(fitted.counts().iter().all(|&n| n > 0), "{:?}", fitted.counts());
                prop_assert_eq!(fitted.counts().iter().sum::<usize>(), grid.len());
                if clusters == distinct {
                    prop_assert!(fitted.inertia() < ROUNDING);
                }
            }
            Err(error) => {
                prop_assert_eq!(error, ClusterError::TooFewDistinct { clusters, distinct, rows: grid.len() });
            }
        }
    }
}

#[test]
fn several_chunks_take_the_way_of_plain_lloyd() -> Tested {
    let columns = blobs(20_011, 5, 3);
    let points = Points::new(&lend(&columns))?.standardized(&[5.0; 5], &[0.3, 0.2, 0.25, 0.4, 1.0])?;
    let start: Vec<Vec<f64>> = (0..9).map(|i| row(&points, i * 31)).collect();
    let fitted = check(&points, &start, 0.0)?;
    let report = fitted.report();
    assert_eq!(report.termination, KMeansTermination::LabelsUnchanged);
    assert!(report.passes < 0.7 * report.iterations as f64, "bounds save nothing: {report}");
    Ok(())
}

#[test]
fn centroids_are_the_means_of_their_rows_after_many_iterations() -> Tested {
    let columns = blobs(30_000, 3, 11);
    let points = Points::new(&lend(&columns))?;
    let spec = KMeans::builder().clusters(24).starts(1).sample_rows(500).tolerance(0.0).max_iterations(5000).build()?;
    let (fitted, labels) = spec.fit_labels(&points)?;
    assert!(fitted.report().iterations > 30, "{}", fitted.report());
    let mut means = vec![vec![0.0; 3]; 24];
    for (i, &l) in labels.iter().enumerate() {
        let l = usize::from(l);
        means[l].iter_mut().enumerate().for_each(|(j, m)| *m += columns[j][i] / fitted.counts()[l] as f64);
    }
    assert!(all_near(&means, fitted.centroids()));
    Ok(())
}

#[test]
fn bits_are_equal_on_any_number_of_threads() -> Tested {
    let columns = blobs(30_000, 4, 5);
    let weights: Vec<f64> = (0..30_000).map(|i| 0.1 + (i % 13) as f64).collect();
    let points = Points::new(&lend(&columns))?.weighted(&weights)?;
    let spec = KMeans::builder().clusters(7).starts(6).sample_rows(9_000).seed(2).build()?;
    let mut results = Vec::new();
    for threads in 1..=4 {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        results.push(pool.install(|| spec.fit_labels(&points))?);
    }
    assert!(results.iter().all(|result| *result == results[0]));
    assert_eq!(results[0].0.report().searched, 9_000);
    Ok(())
}

#[test]
fn a_row_of_weight_three_is_three_rows_and_one_of_weight_zero_is_none() -> Tested {
    let columns = blobs(900, 3, 8);
    let weights: Vec<f64> = (0..900).map(|i| f64::from(i % 4)).collect();
    let points = Points::new(&lend(&columns))?.weighted(&weights)?;
    let repeated: Vec<Vec<f64>> = columns
        .iter()
        .map(|column| column.iter().enumerate().flat_map(|(i, &x)| std::iter::repeat_n(x, i % 4)).collect())
        .collect();
    let start: Vec<Vec<f64>> = (0..5).map(|i| row(&points, 4 * i + 1)).collect();
    let spec = given(&start, 1e-4)?;
    let (weighted, copied) = (spec.fit(&points)?, spec.fit(&Points::new(&lend(&repeated))?)?);
    assert!(all_near(weighted.centroids(), copied.centroids()));
    assert!(near(weighted.inertia(), copied.inertia()));
    assert_eq!(weighted.report().iterations, copied.report().iterations);
    let counts: Vec<f64> = copied.counts().iter().map(|&n| n as f64).collect();
    assert_eq!(weighted.weights(), counts);
    Ok(())
}

#[test]
fn the_order_of_columns_does_not_matter() -> Tested {
    let columns = blobs(5_000, 4, 21);
    let (order, points) = ([2, 0, 3, 1], Points::new(&lend(&columns))?);
    let permuted: Vec<Vec<f64>> = order.iter().map(|&j| columns[j].clone()).collect();
    let start: Vec<Vec<f64>> = (0..6).map(|i| row(&points, i)).collect();
    let begin: Vec<Vec<f64>> = start.iter().map(|c| order.iter().map(|&j| c[j]).collect()).collect();
    let (one, labels) = given(&start, 0.0)?.fit_labels(&points)?;
    let (other, others) = given(&begin, 0.0)?.fit_labels(&Points::new(&lend(&permuted))?)?;
    assert_eq!(labels, others);
    assert!(near(one.inertia(), other.inertia()));
    Ok(())
}

#[test]
fn a_cluster_that_runs_empty_goes_to_the_farthest_row() -> Tested {
    let x = [0.0, 1.0, 2.0, 10.0, 11.0, 50.0];
    let points = Points::new(&[&x])?;
    let fitted = check(&points, &[vec![1.0], vec![1e6], vec![-1e6]], 0.0)?;
    assert_eq!(fitted.report().moved, 2);
    // By hand: {50} and {11} are farthest from 1 at first; then {0, 1, 2}, {50}, {10, 11}.
    assert_eq!(fitted.centroids(), [[1.0], [50.0], [10.5]]);
    assert_eq!((fitted.counts(), fitted.inertia()), (&[3, 1, 2][..], 2.5));
    Ok(())
}

#[test]
fn all_given_centroids_equal_still_end_in_full_clusters() -> Tested {
    let columns = blobs(6_000, 2, 4);
    let points = Points::new(&lend(&columns))?;
    let fitted = given(&vec![vec![5.0, 5.0]; 40], 0.0)?.fit(&points)?;
    assert!(fitted.counts().iter().all(|&n| n > 0));
    // Two that go to equal rows are one until the next step.
    assert!(fitted.report().moved >= 39);
    Ok(())
}

#[test]
fn a_large_common_offset_changes_nothing() -> Tested {
    // Multiples of 2^-10, so that adding 1e9 is exact.
    let near_zero: Vec<Vec<f64>> =
        blobs(9_000, 3, 6).iter().map(|c| c.iter().map(|x| (x * 1024.0).round() / 1024.0).collect()).collect();
    let far: Vec<Vec<f64>> = near_zero.iter().map(|c| c.iter().map(|x| x + 1e9).collect()).collect();
    let points = Points::new(&lend(&near_zero))?;
    let start: Vec<Vec<f64>> = (0..6).map(|i| row(&points, i)).collect();
    let shifted: Vec<Vec<f64>> = start.iter().map(|c| c.iter().map(|x| x + 1e9).collect()).collect();
    let (here, labels) = given(&start, 1e-4)?.fit_labels(&points)?;
    let (there, others) = given(&shifted, 1e-4)?.fit_labels(&Points::new(&lend(&far))?)?;
    assert_eq!(labels, others);
    assert!((here.inertia() / there.inertia() - 1.0).abs() < 1e-7, "centroids near 1e9 have eight digits left");
    Ok(())
}

/// Slacks are kept in 32 bits, which have no digits to spare at these scales.
#[test]
fn rows_of_any_scale_take_the_way_of_plain_lloyd() -> Tested {
    for scale in [1e-30, 1e-38, 1e-43, 1e-44, 1e-45, 1e-46, 1e40] {
        for seed in 0..8 {
            let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
            let mut uniform = move || (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
            // Enough that rows are fenced.
            let columns: Vec<Vec<f64>> = (0..2).map(|_| (0..2500).map(|_| uniform() * scale).collect()).collect();
            let points = Points::new(&lend(&columns))?;
            let start: Vec<Vec<f64>> = (0..6).map(|i| row(&points, i)).collect();
            check(&points, &start, 0.0)?;
        }
    }
    Ok(())
}

/// Of many rows the inertia comes from sums, unless an offset or few distant rows would eat its digits.
#[test]
fn inertia_and_labels_of_many_rows_are_those_of_the_returned_centroids() -> Tested {
    for (offset, outlier) in [(0.0, 0.0), (100.0, 0.0), (1e7, 0.0), (0.0, 1e6)] {
        let mut columns = blobs(70_000, 3, 27);
        columns.iter_mut().flatten().for_each(|x| *x += offset);
        columns[1][69_000] += outlier;
        let points = Points::new(&lend(&columns))?;
        for tolerance in [0.0, 1e-3] {
            let start: Vec<Vec<f64>> = (0..6).map(|i| row(&points, i)).collect();
            let (fitted, labels) = given(&start, tolerance)?.fit_labels(&points)?;
            let measured = fitted.measured([&points])?;
            assert_eq!(labels, fitted.labels(&points)?);
            assert_eq!((fitted.counts(), fitted.weights()), (measured.counts(), measured.weights()));
            assert!((fitted.inertia() / measured.inertia() - 1.0).abs() < ROUNDING, "{offset} {outlier}");
        }
    }
    Ok(())
}

#[test]
fn a_precomputed_start_at_the_optimum_stays_there() -> Tested {
    let columns = blobs(4_000, 3, 9);
    let points = Points::new(&lend(&columns))?;
    let fitted = KMeans::builder().clusters(5).tolerance(0.0).build()?.fit(&points)?;
    let again = given(fitted.centroids(), 0.0)?.fit(&points)?;
    assert!(near(fitted.inertia(), again.inertia()));
    assert_eq!(fitted.counts(), again.counts());
    assert!(fitted.report().agreeing >= 1 && fitted.report().starts == 10);
    Ok(())
}

#[test]
fn degenerate_rows_give_clusters() -> Tested {
    // One row.
    let one = KMeans::builder().clusters(1).build()?.fit(&Points::new(&[&[3.0], &[4.0]])?)?;
    assert_eq!((one.centroids(), one.inertia()), (&[vec![3.0, 4.0]][..], 0.0));
    assert_eq!(one.assign(&Points::new(&[&[3.0], &[5.0]])?)?.second, [f64::INFINITY]);
    // A constant column.
    let (x, constant) = ([1.0, 2.0, 8.0, 9.0], [7.0; 4]);
    let fitted = KMeans::builder().clusters(2).build()?.fit(&Points::new(&[&x, &constant])?)?;
    assert!(near(fitted.inertia(), 1.0));
    // Nothing but duplicates; −0 is 0.
    let same = [0.0, -0.0, 0.0];
    let error = KMeans::builder().clusters(2).build()?.fit(&Points::new(&[&same])?).err();
    assert_eq!(error, Some(ClusterError::TooFewDistinct { clusters: 2, distinct: 1, rows: 3 }));
    // Rows of weight 0 do not count as different rows, but have a label.
    let points = Points::new(&[&x])?.weighted(&[1.0, 1.0, 0.0, 0.0])?;
    let error = KMeans::builder().clusters(3).build()?.fit(&points).err();
    assert_eq!(error, Some(ClusterError::TooFewDistinct { clusters: 3, distinct: 2, rows: 4 }));
    let (fitted, labels) = KMeans::builder().clusters(2).build()?.fit_labels(&points)?;
    assert_eq!(labels[1..], [labels[1]; 3]);
    assert_eq!((fitted.inertia(), fitted.weights().iter().sum::<f64>()), (0.0, 2.0));
    Ok(())
}

/// Three clumps that anyone can see, until squares of distances are lost.
#[test]
fn rows_too_near_for_squares_are_one_and_no_cluster_is_left_empty_in_silence() -> Tested {
    let spec = KMeans::builder().clusters(3).build()?;
    let clumps = |scale: f64| -> Vec<f64> {
        (0..60).map(|i| (f64::from(i % 3) * 10.0 + (f64::from(i) * 0.37).sin()) * scale).collect()
    };
    for scale in [1e-100, 1e-150, 1e-160] {
        let fitted = spec.fit(&Points::new(&[&clumps(scale)])?)?;
        assert_eq!((fitted.counts(), fitted.report().empty), (&[20; 3][..], 0));
    }
    for scale in [1e-165, 1e-200, 1e-310] {
        let error = spec.fit(&Points::new(&[&clumps(scale)])?).err();
        assert_eq!(error, Some(ClusterError::TooFewDistinct { clusters: 3, distinct: 1, rows: 60 }));
        // Standardising brings them back.
        let x = clumps(scale);
        let points = Points::new(&[&x])?.standardized(&[0.0], &[1e300])?;
        assert_eq!(spec.fit(&points)?.counts(), [20; 3]);
    }
    for scale in [1e-161, 3e-162, 1e-162, 3e-163, 1e-163, 3e-164] {
        if let Ok(fitted) = spec.fit(&Points::new(&[&clumps(scale)])?) {
            assert_eq!(fitted.report().empty, fitted.counts().iter().filter(|&&n| n == 0).count());
        }
    }
    let measured =
        FittedKMeans::from_centroids(vec![vec![0.0], vec![9.0]])?.measured([&Points::new(&[&[1.0, 2.0]])?])?;
    assert_eq!(measured.report().empty, 1);
    assert!(measured.report().to_string().ends_with("; 1 clusters left empty"), "{}", measured.report());
    let text = serde_json::to_string(&measured)?;
    assert_eq!(serde_json::from_str::<FittedKMeans>(&text)?, measured);
    assert!(serde_json::from_str::<FittedKMeans>(&text.replace("\"empty\":1", "\"empty\":0")).is_err());
    Ok(())
}

#[test]
fn weights_of_any_unit_give_the_same_clusters_or_say_what_overflows() -> Tested {
    let columns = blobs(600, 2, 12);
    let plain: Vec<f64> = (0..600).map(|i| f64::from(i % 4)).collect();
    let spec = KMeans::builder().clusters(4).build()?;
    let fit = |unit: f64| {
        let weights: Vec<f64> = plain.iter().map(|w| w * unit).collect();
        spec.fit_labels(&Points::new(&lend(&columns))?.weighted(&weights)?)
    };
    let (one, labels) = fit(1.0)?;
    for exponent in [-1020, -700, 490] {
        let unit = 2.0_f64.powi(exponent);
        let (fitted, others) = fit(unit)?;
        assert_eq!((fitted.centroids(), &others), (one.centroids(), &labels));
        assert!(near(fitted.inertia() / unit, one.inertia()));
        assert!(fitted.weights().iter().zip(one.weights()).all(|(a, b)| near(a / unit, *b)));
    }
    // The inertia is 1e310: no number.
    let (x, weights) = ([1e80, 2e80, 9e80, 10e80], [1e150; 4]);
    let points = Points::new(&[&x])?.weighted(&weights)?;
    let two = KMeans::builder().clusters(2).build()?;
    let error = two.fit(&points).err().map(|e| e.to_string());
    assert!(error.as_ref().is_some_and(|e| e.contains("inertia must be finite")), "{error:?}");
    let error = FittedKMeans::from_centroids(vec![vec![0.0]])?.measured([&points]).err().map(|e| e.to_string());
    assert!(error.as_ref().is_some_and(|e| e.contains("inertia must be finite")), "{error:?}");
    // Products with weights overflow on the way, but not what comes out.
    let (a, weights) = (2.0_f64.powi(266), [2.0_f64.powi(498); 4]);
    let x = [a, a, 9.0 * a, 9.0 * a];
    let fitted = two.fit(&Points::new(&[&x])?.weighted(&weights)?)?;
    assert_eq!((fitted.counts(), fitted.inertia()), (&[2, 2][..], 0.0));
    Ok(())
}

/// The sample of 1,000 can hold at most one of the three other rows, for they are neighbours.
#[test]
fn a_sample_without_enough_different_rows_gives_way_to_all_rows() -> Tested {
    let mut x = vec![1.0; 5_000];
    x.extend([2.0, 3.0, 4.0]);
    let fitted = KMeans::builder().clusters(4).sample_rows(1_000).build()?.fit(&Points::new(&[&x])?)?;
    assert_eq!((fitted.report().searched, fitted.inertia()), (5_003, 0.0));
    let mut counts = fitted.counts().to_vec();
    counts.sort_unstable();
    assert_eq!(counts, [1, 1, 1, 5_000]);
    Ok(())
}

#[test]
fn more_clusters_than_a_block_of_sums_still_work() -> Tested {
    let columns = blobs(3_000, 2, 1);
    let fitted =
        KMeans::builder().clusters(1_500).starts(1).max_iterations(20).build()?.fit(&Points::new(&lend(&columns))?)?;
    assert!(fitted.counts().iter().all(|&n| n > 0));
    Ok(())
}

#[test]
fn the_iteration_limit_is_reported() -> Tested {
    let columns = blobs(2_000, 2, 1);
    let points = Points::new(&lend(&columns))?;
    let fitted = KMeans::builder()
        .clusters(8)
        .starts(1)
        .sample_rows(50)
        .tolerance(0.0)
        .max_iterations(1)
        .build()?
        .fit(&points)?;
    assert_eq!(fitted.report().termination, KMeansTermination::IterationLimit);
    assert!(!fitted.report().converged());
    let measured = fitted.measured([&points])?;
    assert_eq!((measured.inertia(), measured.counts()), (fitted.inertia(), fitted.counts()));
    Ok(())
}

#[test]
fn wrong_columns_and_values_beyond_range_are_named() -> Tested {
    let fitted = FittedKMeans::from_centroids(vec![vec![0.0, 1.0]])?;
    let points = Points::new(&[&[1.0]])?;
    let expected = ClusterError::Dimensions { expected: 2, got: 1 };
    assert_eq!(fitted.assign(&points).err(), Some(expected.clone()));
    assert_eq!(fitted.labels(&points).err(), Some(expected.clone()));
    assert_eq!(given(fitted.centroids(), 0.0)?.fit(&points).err(), Some(expected));

    let beyond = Points::new(&[&[1.0, 1e140]])?.standardized(&[0.0], &[1e100])?;
    for clusters in [1, 2] {
        let error = KMeans::builder().clusters(clusters).build()?.fit(&beyond).err().map(|e| e.to_string());
        assert!(error.as_ref().is_some_and(|e| e.contains("column 0 must be at most 1e150")), "{error:?}");
    }
    let error = FittedKMeans::from_centroids(vec![vec![0.0]])?.assign(&beyond).err().map(|e| e.to_string());
    assert!(error.as_ref().is_some_and(|e| e.contains("row 1")), "{error:?}");
    Ok(())
}

#[test]
fn every_broken_setting_is_reported_at_once() {
    let builder = KMeans::builder().clusters(0).starts(0).sample_rows(0).tolerance(f64::NAN).max_iterations(0);
    assert_eq!(builder.build().map_err(|invalid| invalid.violations().len()), Err(5));
    assert!(KMeans::builder().build().is_err());
    assert!(KMeans::builder().clusters(65_536).build().is_err());
    assert!(KMeans::builder().clusters(3).start_from(vec![vec![0.0]]).build().is_err());
    assert!(KMeans::builder().start_from(vec![vec![0.0], vec![0.0, 1.0]]).build().is_err());
    assert!(KMeans::builder().start_from(vec![vec![f64::INFINITY]]).build().is_err());
}

#[test]
fn loading_checks_again() -> Tested {
    let columns = blobs(500, 2, 2);
    let spec = KMeans::builder().clusters(3).seed(9).build()?;
    assert_eq!(serde_json::from_str::<KMeans>(&serde_json::to_string(&spec)?)?, spec);
    let fitted = spec.fit(&Points::new(&lend(&columns))?)?;
    let text = serde_json::to_string(&fitted)?;
    assert_eq!(serde_json::from_str::<FittedKMeans>(&text)?, fitted);
    let broken = text.replace("\"rows\":500", "\"rows\":501");
    assert!(serde_json::from_str::<FittedKMeans>(&broken).is_err());
    assert!(
        serde_json::from_str::<KMeans>(&serde_json::to_string(&spec)?.replace("\"starts\":10", "\"starts\":0"))
            .is_err()
    );
    Ok(())
}

#[test]
fn mini_batches_come_near_to_exact_clusters() -> Tested {
    let columns = blobs(20_000, 3, 14);
    let points = Points::new(&lend(&columns))?;
    let exact = KMeans::builder().clusters(5).build()?.fit(&points)?;
    let mut mini = MiniBatchKMeans::new(5, 3)?;
    assert!(mini.finish().is_err());
    let parts: Vec<Vec<&[f64]>> =
        (0..20).map(|b| columns.iter().map(|c| &c[b * 1_000..(b + 1) * 1_000]).collect()).collect();
    let parts: Vec<Points<'_>> = parts.iter().map(|part| Points::new(part)).collect::<Result<_, _>>()?;
    for part in &parts {
        mini.partial_fit(part)?;
    }
    assert!(mini.partial_fit(&Points::new(&[&[1.0]])?).is_err());
    assert_eq!(mini.batches(), 20);
    let fitted = mini.finish()?.measured(&parts)?;
    assert_eq!(fitted.report().rows, 20_000);
    assert_eq!(fitted.counts().iter().sum::<usize>(), 20_000);
    // Sculley's own figures are a few per cent above the exact inertia; so are these.
    assert!(fitted.inertia() < 1.1 * exact.inertia(), "{} {}", fitted.inertia(), exact.inertia());
    Ok(())
}

/// One batch from given centroids is one step to the means of all rows taken (equation in [`MiniBatchKMeans`]).
#[test]
fn one_mini_batch_moves_centroids_to_means() -> Tested {
    let points = Points::new(&[&[1.0, 2.0, 9.0, 13.0]])?.weighted(&[1.0, 3.0, 1.0, 0.0])?;
    let mut mini = MiniBatchKMeans::from_centroids(vec![vec![0.0], vec![10.0]])?;
    mini.partial_fit(&points)?;
    assert!(all_near(mini.finish()?.centroids(), &[vec![1.75], vec![9.0]]));
    Ok(())
}

#[test]
fn linfa_ends_in_the_same_clusters_from_the_same_start() -> Tested {
    use linfa::traits::Fit as _;
    let columns = blobs(3_000, 3, 17);
    let points = Points::new(&lend(&columns))?;
    let start: Vec<Vec<f64>> = (0..4).map(|i| row(&points, i * 3)).collect();
    let (fitted, labels) = given(&start, 0.0)?.fit_labels(&points)?;
    let records = ndarray::Array2::from_shape_fn((3_000, 3), |(i, j)| columns[j][i]);
    let begin = ndarray::Array2::from_shape_vec((4, 3), start.concat())?;
    let random = rand_xoshiro::Xoshiro256Plus::seed_from_u64(0);
    let theirs = linfa_clustering::KMeansParams::new(4, random, linfa_nn::distance::L2Dist)
        .n_runs(1)
        .init_method(linfa_clustering::KMeansInit::Precomputed(begin))
        .tolerance(1e-12)
        .max_n_iterations(10_000)
        .fit(&linfa::DatasetBase::from(records.clone()))?;
    let predicted: Vec<u16> = theirs.predict(&records).iter().map(|&l| l as u16).collect();
    assert_eq!(predicted, labels);
    // Its centroids stop short of the means by its tolerance.
    let close = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-9;
    assert!(theirs.centroids().iter().zip(fitted.centroids().iter().flatten()).all(close));
    Ok(())
}
