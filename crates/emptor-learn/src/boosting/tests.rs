use std::error::Error;

use emptor_types::Fit;

use super::*;
use crate::{Auc, Feature, Features};

type Outcome = Result<(), Box<dyn Error>>;

struct Sample {
    x: Vec<f64>,
    codes: Vec<u32>,
    names: Vec<String>,
    event: Vec<bool>,
}

/// 4000 rows: the event needs the middle of x, or a channel; a tenth of both is unknown.
fn sample() -> Sample {
    let rows = 0..4000_u32;
    let middle = |i: u32| (30..60).contains(&(i * 37 % 101));
    let event = rows.clone().map(|i| (i * 61 + 17) % 127 < if middle(i) { 70 } else { 10 + 20 * (i * 7 % 11 % 3) });
    Sample {
        event: event.collect(),
        x: rows.clone().map(|i| if i % 10 == 3 { f64::NAN } else { f64::from(i * 37 % 101) }).collect(),
        codes: rows.map(|i| if i % 10 == 4 { u32::MAX } else { i * 7 % 11 % 3 }).collect(),
        names: ["web", "shop", "phone"].map(str::to_owned).to_vec(),
    }
}

impl Sample {
    fn features(&self) -> Result<Features<'_>, LearnError> {
        let channel = Feature::Categories { codes: &self.codes, names: &self.names };
        Features::new(&[("x", Feature::Numbers(&self.x)), ("channel", channel)])
    }
}

#[test]
fn trees_are_the_same_on_any_number_of_threads_and_another_seed_draws_others() -> Outcome {
    let sample = sample();
    let features = sample.features()?;
    let data = Labelled::new(&features, &sample.event)?;
    let fit = |threads, seed| -> Result<FittedBoosting, Box<dyn Error>> {
        let spec = Boosting::builder().rounds(20).row_share(0.5).column_share(0.5).seed(seed).build()?;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        Ok(pool.install(|| spec.fit(&data))?)
    };
    let one = fit(1, 7)?;
    assert_eq!(one, fit(1, 7)?);
    assert_eq!(one, fit(3, 7)?);
    assert_ne!(one, fit(1, 8)?);
    Ok(())
}

#[test]
fn our_walk_through_the_trees_gives_what_the_crate_gives() -> Outcome {
    let sample = sample();
    let features = sample.features()?;
    let data = Labelled::new(&features, &sample.event)?;
    for coding in [CategoryCoding::OneHot, CategoryCoding::ByEventRate] {
        let spec = Boosting::builder().rounds(15).coding(coding).build()?;
        let ours = spec.fit(&data)?.log_odds(&features)?;
        let inputs = Inputs::learn(&data, coding)?;
        let rows: Vec<usize> = (0..data.rows()).collect();
        let matrix = inputs.matrix(&features, &rows)?;
        let matrix = Matrix::new(&matrix, rows.len(), inputs.width());
        let event: Vec<f64> = sample.event.iter().map(|&e| if e { 1.0 } else { 0.0 }).collect();
        let mut booster = spec.booster();
        booster.fit_unweighted(&matrix, &event, None)?;
        assert_eq!(booster.predict(&matrix, false), ours, "{coding:?}");
        assert!(Auc::new(&sample.event, &ours)?.auc > 0.7, "a line through x has no more than 0.6");
    }
    Ok(())
}

#[test]
fn a_saved_model_scores_alike_and_a_broken_one_is_refused() -> Outcome {
    let sample = sample();
    let features = sample.features()?;
    let fitted = Boosting::builder().rounds(5).build()?.fit(&Labelled::new(&features, &sample.event)?)?;
    let text = serde_json::to_string(&fitted)?;
    let loaded: FittedBoosting = serde_json::from_str(&text)?;
    assert_eq!(loaded, fitted);
    assert_eq!(loaded.probability(&features)?, fitted.probability(&features)?);
    // A child before its parent would walk in circles.
    let broken = text.replacen("\"left\":1,", "\"left\":0,", 1);
    assert!(broken != text && serde_json::from_str::<FittedBoosting>(&broken).is_err());
    let shares = fitted.gain_shares();
    assert!((shares.iter().map(|share| share.1).sum::<f64>() - 1.0).abs() < 1e-12 && shares[0].0 == "x", "{shares:?}");
    Ok(())
}

#[test]
fn unseen_levels_and_gaps_are_scored() -> Outcome {
    let sample = sample();
    let features = sample.features()?;
    for coding in [CategoryCoding::OneHot, CategoryCoding::ByEventRate] {
        let spec = Boosting::builder().rounds(5).coding(coding).build()?;
        let fitted = spec.fit(&Labelled::new(&features, &sample.event)?)?;
        let names = ["fax".to_owned()];
        let (x, codes) = ([f64::NAN, 50.0, 1e300, -1e300], [0, u32::MAX, 0, u32::MAX]);
        let channel = Feature::Categories { codes: &codes, names: &names };
        let p = fitted.probability(&Features::new(&[("channel", channel), ("x", Feature::Numbers(&x))])?)?;
        assert!(p.iter().all(|p| *p > 0.0 && *p < 1.0), "{p:?}");
    }
    Ok(())
}

#[test]
fn degenerate_data_give_results_or_typed_errors() -> Outcome {
    let (same, x) = ([4.0; 4], [1.0, 2.0, 3.0, f64::NAN]);
    let event = [true, false, true, false];
    let features = Features::new(&[("same", Feature::Numbers(&same))])?;
    let spec = Boosting::builder().rounds(3).row_share(0.1).build()?;
    let error = spec.fit(&Labelled::new(&features, &event)?).err();
    assert_eq!(error, Some(LearnError::NothingToLearnFrom { constant: vec!["same".into()] }));
    let features = Features::new(&[("x", Feature::Numbers(&x)), ("same", Feature::Numbers(&same))])?;
    assert!(matches!(spec.fit(&Labelled::new(&features, &[true; 4])?), Err(LearnError::OneClass { .. })));
    let few = spec.fit(&Labelled::new(&features, &event)?)?;
    assert!(
        few.probability(&features)?.iter().all(|p| p.is_finite()),
        "hardly a row is drawn, and no split is possible"
    );
    let weighted = Labelled::new(&features, &event)?.weighted(&[1.0, 2.0, 0.0, 3.0])?;
    assert!(spec.fit(&weighted)?.probability(&features)?.iter().all(|p| p.is_finite()));
    let leak = Labelled::new(&features, &event)?.known_after(&["x"])?;
    assert!(matches!(spec.fit(&leak), Err(LearnError::Leakage { .. })));
    assert!(Boosting::builder().column_share(0.1).build()?.fit(&Labelled::new(&features, &event)?).is_err());
    Ok(())
}
