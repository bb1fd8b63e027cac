use std::error::Error;

use emptor_types::Fit;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::*;

type Outcome = Result<(), Box<dyn Error>>;

/// Sums of the same numbers in another order.
const SUM_ROUNDING: f64 = 1e-12;

/// Inertia of values about their weighted mean, plainly.
fn inertia(values: &[(f64, f64)]) -> f64 {
    let weight: f64 = values.iter().map(|v| v.1).sum();
    let mean = values.iter().map(|v| v.0 * v.1).sum::<f64>() / weight;
    values.iter().map(|v| v.1 * (v.0 - mean).powi(2)).sum()
}

/// The least inertia over all ways of cutting sorted values into `k` runs.
fn least_inertia(values: &[(f64, f64)], k: usize) -> f64 {
    if k == 1 {
        return inertia(values);
    }
    (k - 1..values.len())
        .map(|cut| least_inertia(&values[..cut], k - 1) + inertia(&values[cut..]))
        .fold(f64::INFINITY, f64::min)
}

fn fit(values: &[f64], k: usize) -> Result<FittedOneDimensionalKMeans, ClusterError> {
    OneDimensionalKMeans::new(k)?.fit(&Points::new(&[values])?)
}

#[test]
fn the_best_of_all_partitions_is_found_for_every_number_of_clusters() -> Outcome {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    for case in 0..60 {
        let n = random.gen_range(6..12);
        // Ties in every third case; an offset in every second.
        let offset = if case % 2 == 0 { 0.0 } else { 1e6 };
        let values: Vec<f64> = (0..n)
            .map(|_| if case % 3 == 0 { f64::from(random.gen_range(0..8)) } else { random.r#gen::<f64>().powi(3) })
            .map(|x: f64| x + offset)
            .collect();
        let weights: Vec<f64> = (0..n).map(|_| f64::from(random.gen_range(1..5))).collect();
        let mut sorted: Vec<(f64, f64)> = values.iter().copied().zip(weights.iter().copied()).collect();
        sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut different = values.clone();
        different.sort_unstable_by(f64::total_cmp);
        different.dedup();
        let k = different.len().min(4);
        let points = Points::new(&[&values])?.weighted(&weights)?;
        let fitted = OneDimensionalKMeans::new(k)?.fit(&points)?;
        for (q, &found) in fitted.inertia_by_clusters().iter().enumerate() {
            let centred: Vec<(f64, f64)> = sorted.iter().map(|v| (v.0 - offset, v.1)).collect();
            let least = least_inertia(&centred, q + 1);
            // Values at an offset of 1e6 keep ten digits.
            let rounding = if case % 2 == 0 { SUM_ROUNDING } else { 1e-8 };
            assert!(
                (found - least).abs() <= rounding * (1.0 + least),
                "case {case}, {} clusters: {found} {least}",
                q + 1
            );
        }
        let labels = fitted.labels(&points)?;
        for cluster in 0..k {
            let own: Vec<(f64, f64)> =
                (0..n).filter(|&i| usize::from(labels[i]) == cluster).map(|i| (values[i], weights[i])).collect();
            assert_eq!(own.len(), fitted.counts()[cluster]);
            let weight: f64 = own.iter().map(|v| v.1).sum();
            let mean = own.iter().map(|v| v.0 * v.1).sum::<f64>() / weight;
            assert!((mean - fitted.centroids()[cluster]).abs() <= SUM_ROUNDING * mean.abs().max(1.0));
            assert!((weight - fitted.weights()[cluster]).abs() <= SUM_ROUNDING * weight);
        }
    }
    Ok(())
}

#[test]
fn many_values_are_cut_as_by_a_plain_quadratic_programme() -> Outcome {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(2);
    let mut values: Vec<f64> = (0..400).map(|_| (3.0 * random.r#gen::<f64>()).exp()).collect();
    values.sort_unstable_by(f64::total_cmp);
    let n = values.len();
    // Plain: every start of every layer, inertias by running means (Welford).
    let mut within = vec![vec![0.0; n + 1]; n];
    for (j, row) in within.iter_mut().enumerate() {
        let (mut mean, mut sum) = (0.0, 0.0);
        for (i, &x) in values.iter().enumerate().skip(j) {
            let delta = x - mean;
            mean += delta / (i - j + 1) as f64;
            sum += delta * (x - mean);
            row[i + 1] = sum;
        }
    }
    let mut best: Vec<f64> = within[0].clone();
    let fitted = fit(&values, 12)?;
    for (q, &found) in fitted.inertia_by_clusters().iter().enumerate() {
        if q > 0 {
            best = (0..=n).map(|i| (q..i).map(|j| best[j] + within[j][i]).fold(f64::INFINITY, f64::min)).collect();
        }
        assert!((found - best[n]).abs() <= 1e-10 * best[n], "{} clusters: {found} {}", q + 1, best[n]);
    }
    Ok(())
}

#[test]
fn a_higher_value_never_lands_in_a_lower_cluster_and_goes_to_its_nearest_centroid() -> Outcome {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(3);
    let values: Vec<f64> = (0..5_000).map(|_| random.r#gen::<f64>() * random.r#gen::<f64>() * 100.0).collect();
    let fitted = fit(&values, 5)?;
    let mut last = 0;
    for step in 0..2_000 {
        let x = f64::from(step) * 0.06 - 5.0;
        let label = fitted.assign(x).ok_or("a number has a cluster")?;
        assert!(label >= last);
        last = label;
        let own = (x - fitted.centroids()[usize::from(label)]).abs();
        assert!(fitted.centroids().iter().all(|c| own <= (x - c).abs() + SUM_ROUNDING * 100.0));
    }
    assert_eq!(fitted.assign(f64::NAN), None);
    assert_eq!((fitted.assign(f64::NEG_INFINITY), fitted.assign(f64::INFINITY)), (Some(0), Some(4)));
    Ok(())
}

#[test]
fn a_weight_counts_as_equal_rows_and_weight_0_moves_nothing() -> Outcome {
    let repeated = fit(&[1.0, 1.0, 1.0, 4.0, 9.0, 9.0, 20.0], 3)?;
    let values = [1.0, 4.0, 9.0, 20.0, 14.0];
    let weights = [3.0, 1.0, 2.0, 1.0, 0.0];
    let points = Points::new(&[&values])?.weighted(&weights)?;
    let weighted = OneDimensionalKMeans::new(3)?.fit(&points)?;
    assert_eq!(weighted.centroids(), repeated.centroids());
    assert_eq!(weighted.boundaries(), repeated.boundaries());
    assert_eq!(weighted.inertia_by_clusters(), repeated.inertia_by_clusters());
    assert_eq!(weighted.counts().iter().sum::<usize>(), 5);
    Ok(())
}

#[test]
fn offsets_outliers_and_scales_do_not_blur_the_cuts() -> Outcome {
    // Two clumps a unit apart, at 1e9, beside one value a million times further off.
    let mut values: Vec<f64> = (0..100).map(|i| 1e9 + f64::from(i % 10) * 0.01 + f64::from(i / 50)).collect();
    values.push(1e9 + 1e6);
    let fitted = fit(&values, 3)?;
    assert_eq!(fitted.counts(), [50, 50, 1]);
    for factor in [2.0_f64.powi(-300), 2.0_f64.powi(200)] {
        let scaled: Vec<f64> = values.iter().map(|x| x * factor).collect();
        assert_eq!(fit(&scaled, 3)?.counts(), [50, 50, 1]);
    }
    Ok(())
}

#[test]
fn the_order_of_rows_and_the_number_of_threads_do_not_change_a_bit() -> Outcome {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(4);
    let values: Vec<f64> = (0..80_000).map(|_| (random.r#gen::<f64>() * 4e4).round() / 8.0).collect();
    let weights: Vec<f64> = (0..80_000).map(|_| random.gen_range(0.1..3.0)).collect();
    let run = |threads, values: &[f64], weights: &[f64]| -> Result<_, Box<dyn Error>> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let points = Points::new(&[values])?.weighted(weights)?;
        Ok(pool.install(|| OneDimensionalKMeans::new(6)?.fit(&points))?)
    };
    let one = run(1, &values, &weights)?;
    assert_eq!(one, run(3, &values, &weights)?);
    let (reversed, weights): (Vec<f64>, Vec<f64>) = (0..80_000).rev().map(|i| (values[i], weights[i])).unzip();
    assert_eq!(one, run(2, &reversed, &weights)?);
    Ok(())
}

#[test]
fn dense_values_beside_a_distant_pair_of_clumps_are_cut_at_the_optimum() -> Outcome {
    for far in [1e6, 1e8, 1e9, 1e10, 1e11] {
        let dense = (0..1_000).map(|i| f64::from(i) * 1e-3);
        let values: Vec<f64> = dense.chain([0.0, 0.1, 0.2, 20.0, 20.1, 20.2].map(|x| far + x)).collect();
        let fitted = fit(&values, 3)?;
        assert_eq!(fitted.counts(), [1_000, 3, 3], "{far}");
        // (1000³ − 1000)/12 × 1e-6 and twice 0.02; at 1e11 doubles are 1.5e-5 apart.
        assert!((fitted.inertia() - 83.373_25).abs() < 1e-4, "{far}: {}", fitted.inertia());
    }
    Ok(())
}

#[test]
fn degenerate_lines_give_a_result_or_a_typed_error() -> Outcome {
    assert_eq!(fit(&[5.0], 1)?.centroids(), [5.0]);
    let constant = fit(&[3.0; 7], 1)?;
    assert_eq!((constant.inertia(), constant.counts()), (0.0, [7].as_slice()));
    assert_eq!(fit(&[3.0, 3.0, 0.0, -0.0], 3), Err(ClusterError::TooFewDistinct { clusters: 3, distinct: 2, rows: 4 }));
    let every = fit(&[2.0, 1.0, 3.0, 2.0], 3)?;
    assert_eq!((every.centroids(), every.inertia()), ([1.0, 2.0, 3.0].as_slice(), 0.0));
    assert!(OneDimensionalKMeans::new(0).is_err() && OneDimensionalKMeans::new(257).is_err());
    let column = [1.0, 2.0];
    let square = Points::new(&[&column, &column])?;
    assert_eq!(OneDimensionalKMeans::new(1)?.fit(&square), Err(ClusterError::Dimensions { expected: 1, got: 2 }));
    // Neighbouring doubles have no double between them, and are told apart all the same.
    let close = [1.0, 1.0_f64.next_up()];
    let fitted = fit(&close, 2)?;
    assert_eq!(fitted.labels(&Points::new(&[&close])?)?, [0, 1]);
    // Squares that overflow.
    assert!(matches!(fit(&[1e150, -1e150, 0.0], 1), Ok(_) | Err(ClusterError::Invalid(_))));
    let huge = [1e140, -1e140];
    let overflowing = Points::new(&[&huge])?.standardized(&[0.0], &[1e100])?;
    assert!(matches!(OneDimensionalKMeans::new(1)?.fit(&overflowing), Err(ClusterError::Invalid(_))));
    Ok(())
}

#[test]
fn saved_cuts_come_back_equal_and_broken_ones_are_refused() -> Outcome {
    let fitted = fit(&[1.0, 2.0, 10.0, 11.0, 30.0], 3)?;
    let json = serde_json::to_string(&fitted)?;
    assert_eq!(serde_json::from_str::<FittedOneDimensionalKMeans>(&json)?, fitted);
    let broken = json.replace("\"boundaries\":[6.0,20.25]", "\"boundaries\":[20.25,6.0]");
    assert_ne!(broken, json);
    let error = serde_json::from_str::<FittedOneDimensionalKMeans>(&broken).err().ok_or("must be refused")?;
    assert!(error.to_string().contains("boundaries must rise"), "{error}");
    assert_eq!(serde_json::from_str::<OneDimensionalKMeans>("4")?.clusters(), 4);
    assert!(serde_json::from_str::<OneDimensionalKMeans>("0").is_err());
    Ok(())
}
