use std::error::Error;

use emptor_types::{Fit, Termination};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::*;

type Outcome = Result<(), Box<dyn Error>>;

/// scikit-learn's numbers, at its convergence of 1e-14 a row.
const PEER_DIGITS: f64 = 1e-6;

/// The log-likelihood is a sum of so many terms of order 10 that rounding may move it by this.
const RISE_ROUNDING: f64 = 1e-8;

/// 120 rows that any program can make again.
fn rows() -> [Vec<f64>; 3] {
    let make = |f: &dyn Fn(i64) -> f64| (0..120).map(f).collect();
    [
        make(&|i| (i * 7919 % 101) as f64 / 10.0 + 9.0 * (i % 3) as f64),
        make(&|i| (i * 104_729 % 97) as f64 / 10.0 + 7.0 * (i / 3 % 2) as f64),
        make(&|i| (i * 1_299_709 % 89) as f64 / 20.0),
    ]
}

fn lent(columns: &[Vec<f64>]) -> Result<Points<'_>, ClusterError> {
    Points::new(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= PEER_DIGITS * b.abs().max(1.0)
}

/// To the last digit, from the best k-means alone, as the peer's numbers are.
fn exact(k: usize) -> Result<GaussianMixture, emptor_types::Invalid> {
    GaussianMixture::builder().components(k).starts(1).tolerance(1e-15).max_iterations(20_000).build()
}

#[test]
fn parameters_and_criteria_are_those_of_scikit_learn() -> Outcome {
    // scikit-learn 1.9.1, `GaussianMixture(covariance_type="diag", reg_covar=0, tol=1e-14)` from the best of 50 k-means.
    let columns = rows();
    let points = lent(&columns)?;
    let one = exact(1)?.fit(&points)?;
    assert!(near(one.log_likelihood(), -972.728_623_839_3), "{}", one.log_likelihood());
    assert!(near(one.bic(), 1_974.182_198_135_2) && near(one.aic(), 1_957.457_247_678_5));
    let three = exact(3)?.fit(&points)?;
    assert!(near(three.log_likelihood(), -959.680_157_893_7), "{}", three.log_likelihood());
    assert!(near(three.bic(), 2_015.110_150_643_1) && near(three.aic(), 1_959.360_315_785_7));
    let mut order = [0, 1, 2];
    order.sort_by(|&a, &b| three.means()[a][0].total_cmp(&three.means()[b][0]));
    // The likelihood is flat at its top: parameters keep half the digits.
    let half = |a: f64, b: f64| (a - b).abs() < 1e-3 * b.abs();
    for (g, (weight, mean, variance)) in [
        (0.119_413_82, 1.980_194_012_7, 1.894_470_519_1),
        (0.385_758_06, 9.033_363_072_9, 14.551_051_627_1),
        (0.494_828_12, 20.604_147_374_2, 18.370_751_358_1),
    ]
    .into_iter()
    .enumerate()
    {
        let c = order[g];
        assert!(half(three.weights()[c], weight) && half(three.means()[c][0], mean), "{:?}", three.means()[c]);
        assert!(half(three.variances()[c][0], variance), "{:?}", three.variances()[c]);
    }
    assert_eq!(three.parameters(), 2 + 18);
    assert_eq!(three.at_floor(), [false; 3]);
    Ok(())
}

#[test]
fn densities_and_degrees_are_those_of_the_formula() -> Outcome {
    let columns = rows();
    let points = lent(&columns)?.standardized(&[10.0, 5.0, 2.0], &[0.1, 0.2, 0.5])?;
    let fitted = GaussianMixture::builder().components(3).build()?.fit(&points)?;
    let soft = fitted.responsibilities(&points)?;
    let mut likelihood = 0.0;
    for row in 0..120 {
        let part = |g: usize| {
            (0..3).fold(fitted.weights()[g], |product, j| {
                let (z, v) = (points.value(row, j) - fitted.means()[g][j], fitted.variances()[g][j]);
                product * (-0.5 * z * z / v).exp() / (std::f64::consts::TAU * v).sqrt()
            })
        };
        let parts = [part(0), part(1), part(2)];
        let sum: f64 = parts.iter().sum();
        assert!((soft.log_density[row] - sum.ln()).abs() < 1e-10);
        likelihood += sum.ln();
        for (column, own) in soft.columns.iter().zip(parts) {
            assert!((column[row] - own / sum).abs() < 1e-10);
        }
        let best = parts.iter().copied().fold(0.0, f64::max);
        assert!(best - parts[usize::from(soft.labels[row])] <= 1e-12 * best);
    }
    assert!((likelihood - fitted.log_likelihood()).abs() < 1e-8 * likelihood.abs());
    Ok(())
}

#[test]
fn the_likelihood_never_falls_even_at_the_floor() -> Outcome {
    // One column of four values: components shrink onto them until the floor stops them.
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let discrete: Vec<f64> = (0..2_000).map(|_| f64::from(random.gen_range(0..4))).collect();
    let smooth: Vec<f64> = (0..2_000).map(|_| random.r#gen::<f64>().powi(3)).collect();
    let columns = [discrete, smooth];
    let points = lent(&columns)?;
    let floors: Vec<f64> = em::column_variances(&points).iter().map(|v| 1e-4 * v.1).collect();
    let (start, labels) = KMeans::builder().clusters(5).build()?.fit_labels(&points)?;
    let mut mixture = em::Mixture::from_labels(&points, start.centroids(), &labels, &floors);
    let mut before = f64::NEG_INFINITY;
    for iteration in 0..300 {
        let sums = em::expect(&points, &mixture);
        assert!(sums.log_likelihood >= before - RISE_ROUNDING, "{iteration}: {before} {}", sums.log_likelihood);
        before = sums.log_likelihood;
        mixture = mixture.maximize(&sums, &floors);
    }
    let fitted = GaussianMixture::builder().components(5).build()?.fit(&points)?;
    assert!(fitted.at_floor().iter().any(|&at| at), "collapse is told");
    Ok(())
}

#[test]
fn simulated_components_come_back() -> Outcome {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(2);
    let mut normal = || {
        let (u, v): (f64, f64) = (1.0 - random.r#gen::<f64>(), random.r#gen());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    };
    // Shares 0.7 and 0.3; standard deviations 1 and 3.
    let columns: Vec<Vec<f64>> = (0..2)
        .map(|j| (0..20_000).map(|i| if i % 10 < 7 { normal() } else { 6.0 + f64::from(j) + 3.0 * normal() }).collect())
        .collect();
    let fitted = GaussianMixture::builder().components(2).build()?.fit(&lent(&columns)?)?;
    let small = usize::from(fitted.weights()[0] > 0.5);
    // Four standard errors or more at 6000 rows.
    assert!((fitted.weights()[small] - 0.3).abs() < 0.02);
    for j in 0..2 {
        assert!((fitted.means()[small][j] - 6.0 - j as f64).abs() < 0.25);
        assert!((fitted.variances()[small][j].sqrt() - 3.0).abs() < 0.2);
        assert!((fitted.variances()[1 - small][j].sqrt() - 1.0).abs() < 0.05);
    }
    let bic = |k: usize| -> Result<f64, Box<dyn Error>> {
        Ok(GaussianMixture::builder().components(k).tolerance(1e-7).build()?.fit(&lent(&columns)?)?.bic())
    };
    assert!(bic(2)? < bic(1)? && bic(2)? < bic(3)?);
    Ok(())
}

#[test]
fn a_row_however_far_away_has_degrees_and_a_density() -> Outcome {
    let columns = rows();
    let fitted = GaussianMixture::builder().components(3).build()?.fit(&lent(&columns)?)?;
    // 20 standard deviations, and beyond all reason.
    let far = [200.0, 1e6, -1e100, 1e150];
    let points = Points::new(&[&far, &far, &far])?;
    let soft = fitted.responsibilities(&points)?;
    for row in 0..far.len() {
        let sum: f64 = soft.columns.iter().map(|column| column[row]).sum();
        assert!((sum - 1.0).abs() < 1e-12 && soft.log_density[row].is_finite(), "{row}");
    }
    Ok(())
}

#[test]
fn a_weight_counts_as_equal_rows_and_weight_0_has_no_say() -> Outcome {
    let columns = rows();
    let weights: Vec<f64> = (0..120).map(|i| f64::from(i % 3)).collect();
    let copies: Vec<Vec<f64>> = columns.iter().map(|c| (0..120).flat_map(|i| vec![c[i]; i % 3]).collect()).collect();
    let weighted = exact(2)?.fit(&lent(&columns)?.weighted(&weights)?)?;
    let repeated = exact(2)?.fit(&lent(&copies)?)?;
    assert!(near(weighted.log_likelihood(), repeated.log_likelihood()));
    assert!(near(weighted.bic(), repeated.bic()));
    Ok(())
}

#[test]
fn threads_do_not_change_a_bit() -> Outcome {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(3);
    let columns: Vec<Vec<f64>> =
        (0..3).map(|_| (0..9_000).map(|i| f64::from(i % 3) * 2.0 + random.r#gen::<f64>()).collect()).collect();
    let run = |threads| -> Result<_, Box<dyn Error>> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let points = lent(&columns)?;
        let fitted = pool.install(|| GaussianMixture::builder().components(3).build()?.fit(&points))?;
        let soft = pool.install(|| fitted.responsibilities(&points))?;
        Ok((fitted, soft))
    };
    assert_eq!(run(1)?, run(3)?);
    Ok(())
}

#[test]
fn rows_without_clusters_have_a_mixture_too() -> Outcome {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(8);
    let mut normal = || {
        let (u, v): (f64, f64) = (1.0 - random.r#gen::<f64>(), random.r#gen());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    };
    let columns: Vec<Vec<f64>> = (0..4).map(|_| (0..3_000).map(|_| normal()).collect()).collect();
    let points = lent(&columns)?;
    let one = GaussianMixture::builder().components(1).build()?.fit(&points)?;
    for k in [2, 5] {
        let fitted = GaussianMixture::builder().components(k).build()?.fit(&points)?;
        assert_eq!(fitted.termination(), Termination::NoFurtherProgress);
        assert!(fitted.log_likelihood() > one.log_likelihood() && fitted.bic() > one.bic());
        // A tolerance that is not reached: the mixture is there all the same, and nothing was lost on the way.
        let strict = GaussianMixture::builder().components(k).tolerance(1e-14).max_iterations(fitted.iterations() + 9);
        let strict = strict.build()?.fit(&points)?;
        assert_eq!(strict.termination(), Termination::IterationLimit);
        assert!(strict.log_likelihood() >= fitted.log_likelihood());
        assert_eq!(serde_json::from_str::<FittedGaussianMixture>(&serde_json::to_string(&strict)?)?, strict);
    }
    Ok(())
}

#[test]
fn more_starts_never_lose_likelihood() -> Outcome {
    let columns = rows();
    let points = lent(&columns)?;
    let mut gained = false;
    for seed in 0..10 {
        let fit = |starts| GaussianMixture::builder().components(5).seed(seed).starts(starts).build();
        let (one, five) = (fit(1)?.fit(&points)?, fit(5)?.fit(&points)?);
        assert!(five.log_likelihood() >= one.log_likelihood());
        gained |= five.log_likelihood() > one.log_likelihood() + 0.1;
    }
    assert!(gained, "the likelihood has several maxima");
    Ok(())
}

#[test]
fn degenerate_rows_give_a_result_or_a_typed_error() -> Outcome {
    let (varied, constant) = ([1.0, 2.0, 3.0, 9.0], [5.0; 4]);
    let error = exact(2)?.fit(&Points::new(&[&varied, &constant])?).err().ok_or("constant")?;
    assert!(error.to_string().contains("column 1 must vary"), "{error}");
    let error = exact(5)?.fit(&Points::new(&[&varied])?).err().ok_or("too few rows")?;
    assert_eq!(error, ClusterError::TooFewDistinct { clusters: 5, distinct: 4, rows: 4 });
    // As many components as rows: every one collapses, and says so.
    let every = exact(4)?.fit(&Points::new(&[&varied])?)?;
    assert!(every.at_floor().iter().all(|&at| at) && every.log_likelihood().is_finite());
    assert!(exact(1)?.fit(&Points::new(&[&[1.0]])?).is_err());
    let huge = [1e150, -1e150, 3e149];
    let huge = Points::new(&[&huge])?.standardized(&[0.0], &[1e10])?;
    assert!(matches!(exact(1)?.fit(&huge), Err(ClusterError::Invalid(_))));
    // Too few iterations.
    let columns = rows();
    let hasty = GaussianMixture::builder().components(3).max_iterations(2).build()?.fit(&lent(&columns)?)?;
    assert_eq!((hasty.termination(), hasty.iterations()), (Termination::IterationLimit, 2));
    let error = GaussianMixture::builder()
        .components(0)
        .starts(0)
        .tolerance(-1.0)
        .variance_floor(2.0)
        .build()
        .err()
        .ok_or("bad")?;
    assert_eq!(error.violations().len(), 4);
    Ok(())
}

#[test]
fn a_saved_mixture_comes_back_equal_and_a_broken_one_is_refused() -> Outcome {
    let columns = rows();
    let spec = GaussianMixture::builder().components(2).build()?;
    let fitted = spec.fit(&lent(&columns)?)?;
    assert_eq!(fitted.termination(), Termination::NoFurtherProgress);
    let json = serde_json::to_string(&fitted)?;
    assert_eq!(serde_json::from_str::<FittedGaussianMixture>(&json)?, fitted);
    for (name, value, rule) in [
        ("variances", 0.0, "variances must be 1e-300 to 1e300"),
        ("variances", 1e-320, "variances must be 1e-300 to 1e300"),
        ("means", 1e308, "means must be finite, at most 1e150 either way"),
    ] {
        let mut broken: serde_json::Value = serde_json::from_str(&json)?;
        broken[name][0][0] = serde_json::json!(value);
        let error = serde_json::from_value::<FittedGaussianMixture>(broken).err().ok_or("must be refused")?;
        assert!(error.to_string().contains(rule), "{error}");
    }
    assert_eq!(serde_json::from_str::<GaussianMixture>(&serde_json::to_string(&spec)?)?, spec);
    assert!(serde_json::from_str::<GaussianMixture>("{\"components\":0}").is_err());
    Ok(())
}
