use std::error::Error;

use emptor_types::Fit;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::*;
use crate::{ClusterError, Contingency, KMeans, Points};

type Outcome = Result<(), Box<dyn Error>>;

/// Sums of the same numbers in another order, and the digits printed.
const SUM_ROUNDING: f64 = 1e-10;

/// 120 rows that any program can make again.
fn rows() -> [Vec<f64>; 3] {
    let make = |f: &dyn Fn(i64) -> f64| (0..120).map(f).collect();
    [
        make(&|i| (i * 7919 % 101) as f64 / 10.0 + 9.0 * (i % 3) as f64),
        make(&|i| (i * 104_729 % 97) as f64 / 10.0 + 7.0 * (i / 3 % 2) as f64),
        make(&|i| (i * 1_299_709 % 89) as f64 / 20.0),
    ]
}

fn thirds() -> Vec<u16> {
    (0..120).map(|i| i % 3).collect()
}

/// Clumps of normal-like noise (sums of uniforms), `apart` from one another along every column.
fn clumps(n: usize, k: usize, d: usize, apart: f64, seed: u64) -> Vec<Vec<f64>> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut noise = move || (0..6).map(|_| random.r#gen::<f64>()).sum::<f64>() - 3.0;
    (0..d).map(|c| (0..n).map(|i| ((i % k) * (c + 1) % k) as f64 * apart + noise()).collect()).collect()
}

fn lent(columns: &[Vec<f64>]) -> Result<Points<'_>, ClusterError> {
    Points::new(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= SUM_ROUNDING * b.abs().max(1.0)
}

fn distance(points: &Points<'_>, a: usize, b: usize) -> f64 {
    (0..points.dimensions()).map(|c| (points.value(a, c) - points.value(b, c)).powi(2)).sum::<f64>().sqrt()
}

/// The silhouette of a row, from all pairs.
fn plain_silhouette(points: &Points<'_>, labels: &[u16], row: usize) -> f64 {
    let k = labels.iter().max().map_or(0, |m| m + 1);
    let mean = |c: u16| {
        let others: Vec<usize> = (0..labels.len()).filter(|&i| i != row && labels[i] == c).collect();
        others.iter().map(|&i| distance(points, row, i)).sum::<f64>() / others.len() as f64
    };
    let a = mean(labels[row]);
    let b = (0..k).filter(|&c| c != labels[row]).map(mean).filter(|b| b.is_finite()).fold(f64::INFINITY, f64::min);
    if a.is_finite() { (b - a) / a.max(b) } else { 0.0 }
}

#[test]
fn measures_are_those_of_scikit_learn() -> Outcome {
    // scikit-learn 1.9.1, `sklearn.metrics` on these rows with labels i mod 3; numpy for the total.
    let columns = rows();
    let points = lent(&columns)?;
    let quality = ClusterQuality::of_labels(&points, &thirds())?;
    assert!(close(quality.calinski_harabasz.ok_or("defined")?, 104.115_700_290_920));
    assert!(close(quality.davies_bouldin.ok_or("defined")?, 1.155_338_737_109));
    assert!(close(quality.total, 10_314.565_5));
    let silhouette = Silhouette::exact(&points, &thirds())?;
    assert!(close(silhouette.mean.value, 0.291_481_793_069));
    for (found, expected) in silhouette.clusters.iter().zip([0.360_448_447_648, 0.189_874_631_163, 0.324_122_300_397]) {
        assert!(close(found.ok_or("has rows")?, expected));
    }
    // `KMeans(3, n_init=50, tol=0)`: inertia and sizes.
    let fitted = KMeans::builder().clusters(3).starts(30).tolerance(0.0).build()?.fit(&points)?;
    let quality = ClusterQuality::of_centroids(&points, fitted.centroids())?;
    assert!(close(quality.inertia, 3_565.032_089_059_2), "{}", quality.inertia);
    let mut counts = quality.counts.clone();
    counts.sort_unstable();
    assert_eq!(counts, [33, 43, 44]);
    assert!(close(fitted.inertia(), quality.inertia));
    Ok(())
}

#[test]
fn measures_are_those_of_plain_loops_with_weights_and_offsets() -> Outcome {
    let columns: Vec<Vec<f64>> =
        clumps(500, 4, 3, 2.0, 1).into_iter().map(|c| c.into_iter().map(|x| x + 1e4).collect()).collect();
    let weights: Vec<f64> = (0..500).map(|i| f64::from(i % 4)).collect();
    let points = lent(&columns)?.standardized(&[1e4; 3], &[0.5, 2.0, 1.0])?.weighted(&weights)?;
    let centroids: Vec<Vec<f64>> = (0..4).map(|c| (0..3).map(|j| points.value(c * 7, j)).collect()).collect();
    let quality = ClusterQuality::of_centroids(&points, &centroids)?;
    let n: f64 = weights.iter().sum();
    let square = |row: usize, at: &[f64]| (0..3).map(|j| (points.value(row, j) - at[j]).powi(2)).sum::<f64>();
    let (mut inertia, mut simplified, mut spread, mut weight) = (0.0, 0.0, [0.0; 4], [0.0; 4]);
    for (row, &own) in weights.iter().enumerate() {
        let mut all: Vec<(f64, usize)> = centroids.iter().enumerate().map(|(c, at)| (square(row, at), c)).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        inertia += own * all[0].0;
        simplified += own * (all[1].0.sqrt() - all[0].0.sqrt()) / all[1].0.sqrt();
        spread[all[0].1] += own * all[0].0.sqrt();
        weight[all[0].1] += own;
    }
    let mean: Vec<f64> =
        (0..3).map(|j| (0..500).map(|row| weights[row] * points.value(row, j)).sum::<f64>() / n).collect();
    let total: f64 = (0..500).map(|row| weights[row] * square(row, &mean)).sum();
    assert!(close(quality.inertia, inertia) && close(quality.total, total));
    assert!(close(quality.explained.ok_or("defined")?, 1.0 - inertia / total));
    assert!(close(quality.calinski_harabasz.ok_or("defined")?, (total - inertia) / 3.0 / (inertia / (n - 4.0))));
    assert!(close(quality.simplified_silhouette.ok_or("defined")?, simplified / n));
    let between =
        |a: usize, b: usize| centroids[a].iter().zip(&centroids[b]).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt();
    let worst = |a: usize| {
        let ratio = |b: usize| (spread[a] / weight[a] + spread[b] / weight[b]) / between(a, b);
        (0..4).filter(|&b| b != a).map(ratio).fold(0.0, f64::max)
    };
    assert!(close(quality.davies_bouldin.ok_or("defined")?, (0..4).map(worst).sum::<f64>() / 4.0));
    Ok(())
}

#[test]
fn a_weight_counts_as_equal_rows() -> Outcome {
    let columns = rows();
    let labels = thirds();
    let weights: Vec<f64> = (0..120).map(|i| f64::from(i % 4)).collect();
    let repeated: Vec<usize> = (0..120).flat_map(|i| vec![i; i % 4]).collect();
    let copies: Vec<Vec<f64>> = columns.iter().map(|c| repeated.iter().map(|&i| c[i]).collect()).collect();
    let copied: Vec<u16> = repeated.iter().map(|&i| labels[i]).collect();
    let (weighted, plain) = (lent(&columns)?.weighted(&weights)?, lent(&copies)?);
    let (a, b) = (ClusterQuality::of_labels(&weighted, &labels)?, ClusterQuality::of_labels(&plain, &copied)?);
    for (a, b) in [
        (a.calinski_harabasz, b.calinski_harabasz),
        (a.davies_bouldin, b.davies_bouldin),
        (a.simplified_silhouette, b.simplified_silhouette),
        (a.explained, b.explained),
    ] {
        assert!(close(a.ok_or("defined")?, b.ok_or("defined")?));
    }
    let (a, b) = (Silhouette::exact(&weighted, &labels)?, Silhouette::exact(&plain, &copied)?);
    assert!(close(a.mean.value, b.mean.value), "{} {}", a.mean.value, b.mean.value);
    Ok(())
}

#[test]
fn the_silhouette_is_that_of_all_pairs_and_a_sample_of_it_lies_within_its_error() -> Outcome {
    let columns = clumps(1_500, 3, 2, 2.5, 3);
    let points = lent(&columns)?;
    let mut labels = KMeans::builder().clusters(3).build()?.fit_labels(&points)?.1;
    // A row alone in its cluster.
    labels[10] = 3;
    let exact = Silhouette::exact(&points, &labels)?;
    let plain = (0..1_500).map(|row| plain_silhouette(&points, &labels, row)).sum::<f64>() / 1_500.0;
    assert!(close(exact.mean.value, plain));
    assert_eq!(exact.clusters[3], Some(0.0));
    // Five standard errors, and the error of the rows measured against.
    let mut squares = 0.0;
    for seed in 0..40 {
        let sampled = Silhouette::sampled(&points, &labels, 300, 1_500, seed)?;
        assert_eq!((sampled.rows, sampled.against), (300, 1_500));
        let z = (sampled.mean.value - plain) / sampled.mean.standard_error;
        assert!(z.abs() < 5.0, "seed {seed}: {z}");
        squares += z * z;
    }
    // The standard error is neither far too small nor far too large: the mean of 40 squares has a sd of 0.22.
    assert!((squares / 40.0 - 1.0).abs() < 0.9, "{}", squares / 40.0);
    let rough = Silhouette::sampled(&points, &labels, 300, 300, 1)?;
    assert!((rough.mean.value - plain).abs() < 5.0 * rough.mean.standard_error + 0.02);
    Ok(())
}

#[test]
fn clumps_are_stable_and_noise_is_not() -> Outcome {
    let clumps = clumps(1_200, 4, 2, 8.0, 4);
    let points = lent(&clumps)?;
    let spec = KMeans::builder().clusters(4).starts(5).build()?;
    let resampling = Resampling::new(1_000, 12, 1)?;
    let stable = bootstrap_stability(&spec, &spec.fit(&points)?, &points, &resampling)?;
    assert_eq!((stable.trust(), stable.sample, stable.repeats), (Trust::Stable, 1_000, 12));
    assert!(prediction_strength(&spec, &points, &resampling)?.value > 0.99);
    assert!(seed_stability(&spec, &points, &resampling)?.least > 0.99);
    assert_eq!(gap_statistic(&spec, &points, 1..=6, &resampling)?.chosen, Some(4));

    let mut random = Xoshiro256PlusPlus::seed_from_u64(5);
    let noise: Vec<Vec<f64>> = (0..6).map(|_| (0..1_200).map(|_| random.r#gen()).collect()).collect();
    let points = lent(&noise)?;
    let unstable = bootstrap_stability(&spec, &spec.fit(&points)?, &points, &resampling)?;
    assert_eq!(unstable.trust(), Trust::Unstable);
    assert!(prediction_strength(&spec, &points, &resampling)?.value < 0.6);
    assert_eq!(gap_statistic(&spec, &points, 1..=5, &resampling)?.chosen, Some(1));
    Ok(())
}

#[test]
fn prediction_strength_counts_the_pairs_that_stay_together() -> Outcome {
    // Left: the own clusters; right: where the other half's centroids send the rows. Oracle: all pairs.
    let mut random = Xoshiro256PlusPlus::seed_from_u64(6);
    for _ in 0..20 {
        let own: Vec<u16> = (0..60).map(|_| random.gen_range(0..4)).collect();
        let sent: Vec<u16> =
            own.iter().map(|&l| if random.gen_bool(0.7) { l } else { random.gen_range(0..4) }).collect();
        let share = |cluster: u16| {
            let rows: Vec<usize> = (0..60).filter(|&i| own[i] == cluster).collect();
            let pairs = rows.iter().flat_map(|&a| rows.iter().map(move |&b| (a, b))).filter(|(a, b)| a != b);
            let together = pairs.clone().filter(|&(a, b)| sent[a] == sent[b]).count();
            together as f64 / pairs.count() as f64
        };
        let plain = (0..4).map(share).fold(1.0, f64::min);
        assert!(close(prediction::weakest(&Contingency::of(&own, &sent)?), plain));
    }
    // A cluster of one row has no pairs.
    assert!(close(prediction::weakest(&Contingency::of(&[0_u8, 1, 1], &[0_u8, 1, 1])?), 1.0));
    Ok(())
}

#[test]
fn the_gap_follows_its_standard_error_rule() {
    let gap = |clusters: usize, gap: f64, error: f64| Gap { clusters, log_inertia: 0.0, expected: gap, gap, error };
    let chosen = |gaps: Vec<Gap>| GapStatistic::new(gaps, 100, 10).chosen;
    assert_eq!(chosen(vec![gap(1, 0.2, 0.01), gap(2, 0.5, 0.01), gap(3, 0.505, 0.01)]), Some(2));
    assert_eq!(chosen(vec![gap(1, 0.2, 0.01), gap(2, 0.5, 0.01), gap(3, 0.52, 0.01)]), None);
    assert_eq!(chosen(vec![gap(1, 0.2, 0.01)]), None);
}

#[test]
fn threads_do_not_change_a_bit() -> Outcome {
    let columns = clumps(10_000, 3, 3, 2.0, 7);
    let weights: Vec<f64> = (0..10_000).map(|i| 0.5 + f64::from(i % 3)).collect();
    let run = |threads| -> Result<_, Box<dyn Error>> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let points = lent(&columns)?.weighted(&weights)?;
        let spec = KMeans::builder().clusters(3).starts(2).build()?;
        let resampling = Resampling::new(800, 5, 3)?;
        Ok(pool.install(|| -> Result<_, ClusterError> {
            let (fitted, labels) = spec.fit_labels(&points)?;
            Ok((
                ClusterQuality::of_centroids(&points, fitted.centroids())?,
                Silhouette::sampled(&points, &labels, 200, 500, 3)?,
                bootstrap_stability(&spec, &fitted, &points, &resampling)?,
                prediction_strength(&spec, &points, &resampling)?,
                seed_stability(&spec, &points, &resampling)?,
                gap_statistic(&spec, &points, 1..=3, &resampling)?,
            ))
        })?)
    };
    assert_eq!(run(1)?, run(3)?);
    Ok(())
}

#[test]
fn degenerate_clusters_give_a_result_or_a_typed_error() -> Outcome {
    // A single cluster, equal rows, an empty centroid, two equal centroids.
    let constant = [3.0; 5];
    let points = Points::new(&[&constant])?;
    let one = ClusterQuality::of_labels(&points, &[0; 5])?;
    assert_eq!((one.clusters, one.inertia, one.explained, one.calinski_harabasz), (1, 0.0, None, None));
    assert_eq!((one.davies_bouldin, one.simplified_silhouette), (None, None));
    let twins = ClusterQuality::of_labels(&points, &[0, 0, 0, 1, 1])?;
    assert_eq!((twins.davies_bouldin, twins.simplified_silhouette), (None, Some(0.0)));
    assert!(Silhouette::exact(&points, &[0, 0, 0, 1, 1])?.mean.value.abs() <= 0.0);
    assert!(Silhouette::exact(&points, &[0; 5]).is_err());
    let line = [0.0, 1.0];
    let apart = ClusterQuality::of_centroids(&Points::new(&[&line])?, &[vec![0.0], vec![1.0], vec![50.0]])?;
    assert_eq!((apart.clusters, apart.counts.as_slice(), apart.davies_bouldin), (2, [1, 1, 0].as_slice(), Some(0.0)));
    assert_eq!((apart.explained, apart.calinski_harabasz, apart.simplified_silhouette), (Some(1.0), None, Some(0.0)));
    let single = Points::new(&[&[1.0]])?;
    assert_eq!(ClusterQuality::of_labels(&single, &[0])?.counts, [1]);
    assert!(Silhouette::exact(&single, &[0]).is_err());
    let spec = KMeans::builder().clusters(2).build()?;
    let few = ClusterError::TooFewDistinct { clusters: 2, distinct: 1, rows: 1 };
    assert_eq!(prediction_strength(&spec, &single, &Resampling::default()), Err(few));
    // Wrong shapes and squares that overflow.
    assert!(ClusterQuality::of_labels(&points, &[0, 1]).is_err());
    assert!(ClusterQuality::of_centroids(&points, &[]).is_err());
    let wide = ClusterQuality::of_centroids(&points, &[vec![0.0, 1.0]]);
    assert_eq!(wide, Err(ClusterError::Dimensions { expected: 2, got: 1 }));
    let huge = [1e150, -1e150];
    let huge = Points::new(&[&huge])?.standardized(&[0.0], &[1e10])?;
    assert!(matches!(ClusterQuality::of_centroids(&huge, &[vec![0.0]]), Err(ClusterError::Invalid(_))));
    assert!(matches!(Silhouette::exact(&huge, &[0, 1]), Ok(_) | Err(ClusterError::Invalid(_))));
    Ok(())
}

#[test]
fn numbers_without_rows_and_clusters_without_weight_are_nobodys_neighbour() -> Outcome {
    let line = [0.0, 1.0, 10.0, 11.0, 12.5];
    let points = Points::new(&[&line])?;
    let plain = ClusterQuality::of_labels(&points, &[0, 0, 1, 1, 1])?;
    for (first, second) in [(0, 2), (1, 2), (3, 65_535)] {
        let apart = ClusterQuality::of_labels(&points, &[first, first, second, second, second])?;
        assert_eq!(apart.simplified_silhouette, plain.simplified_silhouette);
        let (first, second) = (usize::from(first), usize::from(second));
        assert_eq!((apart.counts.len(), apart.counts[first], apart.counts[second]), (second + 1, 2, 3));
        assert_eq!((apart.weights[first], apart.weights[second], apart.clusters), (2.0, 3.0, 2));
        let restored = ClusterQuality { counts: vec![2, 3], weights: vec![2.0, 3.0], ..apart };
        assert_eq!(restored, plain);
    }
    // A row without a say in a cluster of its own, and a centroid next to it.
    let weighted = Points::new(&[&line])?.weighted(&[1.0, 1.0, 1.0, 1.0, 0.0])?;
    let four = ClusterQuality::of_labels(&Points::new(&[&line[..4]])?, &[0, 0, 1, 1])?;
    let own = ClusterQuality::of_labels(&weighted, &[0, 0, 1, 1, 2])?;
    let around = ClusterQuality::of_centroids(&weighted, &[vec![0.5], vec![10.5], vec![12.5]])?;
    assert_eq!((own.counts.as_slice(), own.weights.as_slice()), ([2, 2, 1].as_slice(), [2.0, 2.0, 0.0].as_slice()));
    assert_eq!((&own, own.simplified_silhouette), (&around, four.simplified_silhouette));
    Ok(())
}

#[test]
fn a_half_with_too_few_different_rows_is_named() -> Outcome {
    let spec = KMeans::builder().clusters(2).build()?;
    let three = Points::new(&[&[1.0, 2.0, 3.0]])?;
    let error = prediction_strength(&spec, &three, &Resampling::default()).err().ok_or("a half has one row")?;
    let words = "in a half of the 3 rows sampled: 2 clusters need at least 2 different rows; 1 row holds 1";
    assert_eq!(error.to_string(), words);
    let error = spec.fit(&Points::new(&[&[1.0, 1.0]])?).err().ok_or("equal rows")?;
    assert_eq!(error.to_string(), "2 clusters need at least 2 different rows; 2 rows hold 1");
    Ok(())
}

#[test]
fn overlaps_of_the_bootstrap_are_weighed() -> Outcome {
    // Two clumps of heavy rows, and light ones between them that now one, now the other takes: rows that weigh a
    // millionth cost a cluster nothing.
    let between = |i: usize| 5.3 + ((i * 7919 % 101) as f64 - 50.0) / 2_500.0;
    let column: Vec<f64> =
        (0..300).map(|i| if i < 100 { (i % 2) as f64 * 10.0 + (i % 7) as f64 / 10.0 } else { between(i) }).collect();
    let weights: Vec<f64> = (0..300).map(|i| if i < 100 { 1e100 } else { 1e94 }).collect();
    let points = Points::new(&[&column])?.weighted(&weights)?;
    let spec = KMeans::builder().clusters(2).starts(3).build()?;
    let stability = bootstrap_stability(&spec, &spec.fit(&points)?, &points, &Resampling::new(300, 20, 1)?)?;
    assert!(stability.weakest().ok_or("measured")?.value > 0.999, "{:?}", stability.weakest());
    Ok(())
}

#[test]
fn rows_of_weight_0_have_no_say() -> Outcome {
    let mut columns = clumps(300, 3, 2, 8.0, 8);
    columns.iter_mut().for_each(|column| column.extend([500.0; 30]));
    let mut weights = vec![1.0; 300];
    weights.extend([0.0; 30]);
    let points = lent(&columns)?.weighted(&weights)?;
    let spec = KMeans::builder().clusters(3).starts(3).build()?;
    let (fitted, labels) = spec.fit_labels(&points)?;
    let resampling = Resampling::new(1_000, 5, 1)?;
    let stability = bootstrap_stability(&spec, &fitted, &points, &resampling)?;
    assert_eq!((stability.sample, stability.trust()), (300, Trust::Stable));
    let silhouette = Silhouette::exact(&points, &labels)?;
    assert_eq!((silhouette.rows, silhouette.against, silhouette.mean.standard_error), (300, 300, 0.0));
    Ok(())
}
