use std::error::Error;
use std::ops::ControlFlow;
use std::sync::Mutex;

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::*;

type Outcome = Result<(), Box<dyn Error>>;

fn lent(columns: &[Vec<f64>]) -> Result<Points<'_>, ClusterError> {
    Points::new(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// `k` round clumps on a circle.
fn clumps(n: usize, k: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut noise = move || (0..6).map(|_| random.r#gen::<f64>()).sum::<f64>() - 3.0;
    let angle = |i: usize| (i % k) as f64 / k as f64 * std::f64::consts::TAU;
    vec![
        (0..n).map(|i| 8.0 * angle(i).cos() + noise()).collect(),
        (0..n).map(|i| 8.0 * angle(i).sin() + noise()).collect(),
    ]
}

fn light() -> AdviceOptionsBuilder {
    AdviceOptions::builder().sample_rows(800).bootstraps(8).splits(4).seeds(3).references(5).starts(5)
}

#[test]
fn clumps_are_found_and_the_reason_names_the_numbers() -> Outcome {
    for k in 3..=5 {
        let columns = clumps(1_500, k, k as u64);
        let advice = advise(&lent(&columns)?, 2..=8, &light().build()?)?;
        let found = &advice.recommendation;
        assert_eq!((found.clusters, found.trust), (Some(k), Trust::Stable), "{advice}");
        assert_eq!((advice.gap.chosen, advice.candidates.len()), (Some(k), 7), "{advice}");
        let own = &advice.candidates[k - 2];
        let silhouette = own.silhouette.as_ref().ok_or("measured")?;
        for number in [
            silhouette.mean.to_string(),
            own.prediction_strength.ok_or("measured")?.to_string(),
            own.bootstrap.as_ref().and_then(|b| b.weakest()).ok_or("measured")?.to_string(),
        ] {
            assert!(found.reason.contains(&number), "{}", found.reason);
        }
        let least =
            advice.candidates.iter().min_by(|a, b| a.bic.partial_cmp(&b.bic).unwrap_or(std::cmp::Ordering::Equal));
        assert_eq!(least.map(|c| c.clusters), Some(k), "{advice}");
        assert_eq!(advice.to_string().lines().count(), 7 + 3);
    }
    Ok(())
}

#[test]
fn the_business_range_decides_what_is_recommended_and_not_what_is_shown() -> Outcome {
    let columns = clumps(1_500, 7, 1);
    let advice = advise(&lent(&columns)?, 2..=8, &light().build()?)?;
    assert_ne!(advice.recommendation.clusters, Some(7));
    assert!(advice.recommendation.reason.contains("Beyond what is allowed, 7 clusters are stable"), "{advice}");
    assert_eq!(advice.candidates.iter().filter(|c| c.allowed).count(), 3);
    let free = advise(&lent(&columns)?, 2..=8, &light().allowed(None).build()?)?;
    assert_eq!(free.recommendation.clusters, Some(7), "{free}");
    let outside = advise(&lent(&columns)?, 6..=8, &light().build()?)?;
    assert_eq!(outside.recommendation.clusters, Some(7));
    assert!(outside.recommendation.reason.contains("The allowed 3 to 5 were not measured"), "{outside}");
    Ok(())
}

#[test]
fn of_noise_it_says_that_nothing_is_stable() -> Outcome {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(2);
    let columns: Vec<Vec<f64>> =
        (0..8).map(|_| (0..2_000).map(|_| (0..6).map(|_| random.r#gen::<f64>()).sum::<f64>()).collect()).collect();
    let advice = advise(&lent(&columns)?, 2..=7, &light().build()?)?;
    assert_eq!((advice.recommendation.clusters, advice.recommendation.trust), (None, Trust::Unstable), "{advice}");
    assert!(advice.recommendation.reason.starts_with("Nothing is stable from 3 to 5 clusters"), "{advice}");
    assert!(advice.recommendation.reason.contains("sees no clusters"), "{advice}");
    Ok(())
}

#[test]
fn threads_do_not_change_a_bit_and_progress_is_told() -> Outcome {
    let columns = clumps(6_000, 3, 3);
    let run = |threads| -> Result<Advice, Box<dyn Error>> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let points = lent(&columns)?;
        Ok(pool.install(|| advise(&points, 2..=4, &light().build()?))?)
    };
    let one = run(1)?;
    assert_eq!(one, run(3)?);
    let steps = Mutex::new(Vec::new());
    let told = |step: emptor_types::Progress<'_>| {
        if let Ok(mut steps) = steps.lock() {
            steps.push((step.done, step.total));
        }
        ControlFlow::Continue(())
    };
    assert_eq!(advise_with_progress(&lent(&columns)?, 2..=4, &light().build()?, &told)?, one);
    let steps = steps.into_inner()?;
    assert_eq!(steps, (0..8).map(|done| (done, 8)).collect::<Vec<_>>());
    let stop = |step: emptor_types::Progress<'_>| {
        if step.done == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let stopped = advise_with_progress(&lent(&columns)?, 2..=4, &light().build()?, &stop);
    assert!(
        stopped.is_err_and(|error| error.to_string() == "cancelled before measuring silhouettes, after 3 of 8 steps")
    );
    assert_eq!(serde_json::to_value(&one)?["candidates"][1]["clusters"], 3);
    Ok(())
}

#[test]
fn degenerate_rows_give_advice_or_a_typed_error() -> Outcome {
    let options = light().build()?;
    // Four different values: the table ends there. A constant column is of no account.
    let few: Vec<f64> = (0..200).map(|i| f64::from(i % 4)).collect();
    let advice = advise(&lent(&[few, vec![1.0; 200]])?, 2..=9, &options)?;
    assert_eq!(advice.candidates.last().map(|c| c.clusters), Some(4));
    assert_eq!(advice.candidates[2].quality.calinski_harabasz, None);
    assert!(!advice.to_string().contains("NaN") && !advice.to_string().contains("inf"), "{advice}");
    let constant = advise(&lent(&[vec![1.0; 50]])?, 2..=4, &options);
    assert_eq!(constant, Err(ClusterError::TooFewDistinct { clusters: 2, distinct: 1, rows: 50 }));
    assert!(matches!(advise(&lent(&[vec![1.0]])?, 2..=4, &options), Err(ClusterError::TooFewDistinct { .. })));
    // Two rows: they can be told apart, and no more.
    let two = advise(&lent(&[vec![1.0, 2.0]])?, 2..=4, &options)?;
    assert_eq!((two.candidates.len(), two.recommendation.clusters), (1, None), "{two}");
    // Nearly all rows equal: samples miss the others.
    let mut rare = vec![0.0; 5_000];
    rare.extend([1.0, 2.0, 3.0, 4.0]);
    let rare = advise(&lent(&[rare])?, 2..=5, &options)?;
    assert_eq!(rare.recommendation.clusters, None, "{rare}");
    assert!(advise(&lent(&[vec![1.0, 2.0]])?, 1..=4, &options).is_err());
    assert!(AdviceOptions::builder().allowed(Some(RangeInclusive::new(5, 3))).bootstraps(0).build().is_err());
    Ok(())
}
