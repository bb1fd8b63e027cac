//! Data on which the search for the maximum is easily misled.

use std::error::Error;

use emptor_types::Fit;

use super::*;
use crate::{Feature, Features};

type Outcome = Result<(), Box<dyn Error>>;

/// Agreement with statsmodels and with closed forms.
const PEER: f64 = 1e-6;

/// Reproducible draws, uniform and (as sums of twelve) nearly normal.
struct Draws(u64);

impl Draws {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }

    fn happens(&mut self, log_odds: f64) -> bool {
        self.uniform() < 1.0 / (1.0 + (-log_odds).exp())
    }
}

fn fit(columns: &[(&str, &[f64])], event: &[bool], weights: &[f64]) -> Result<FittedLogistic, LearnError> {
    let columns: Vec<(&str, Feature<'_>)> = columns.iter().map(|&(name, x)| (name, Feature::Numbers(x))).collect();
    let features = Features::new(&columns)?;
    LogisticRegression::default().fit(&Labelled::new(&features, event)?.weighted(weights)?)
}

#[test]
fn a_row_far_from_the_others_is_no_separation() -> Outcome {
    for far in [1e4, 1e5, 1e6, 1e8] {
        let mut draws = Draws(7);
        let mut x: Vec<f64> = (0..100).map(|_| draws.normal()).collect();
        let mut event: Vec<bool> = x.iter().map(|&x| draws.happens(x)).collect();
        x.push(far);
        event.push(true);
        let fitted = fit(&[("x", &x)], &event, &[1.0; 101]).map_err(|error| format!("{far}: {error}"))?;
        let slope = fitted.coefficient("x").ok_or("x")?;
        // The other rows differ by 1 / far of a standard deviation, which costs digits of the error at the end.
        // statsmodels 0.15.0, GLM(y, X, Binomial()), far = 1e5.
        let fits = (slope.estimate - 0.992_496).abs() < PEER
            && (slope.standard_error - 0.267_040).abs() < PEER.max(far * 1e-11);
        assert!(fits, "{far}: {slope:?}, {}", fitted.report());
        assert!(fitted.report().iterations < 40, "{far}: {}", fitted.report());
    }
    Ok(())
}

#[test]
fn heavy_tails_are_no_separation() -> Outcome {
    for (sigma, seed) in [1.0, 2.0, 3.0, 4.0, 5.0].into_iter().flat_map(|sigma| (0..50).map(move |seed| (sigma, seed)))
    {
        let mut draws = Draws(seed * 77 + 1);
        let x: Vec<f64> = (0..500).map(|_| (sigma * draws.normal()).exp()).collect();
        let event: Vec<bool> = x.iter().map(|&x| draws.happens(0.5 * x - 1.0)).collect();
        let fitted = fit(&[("x", &x)], &event, &[1.0; 500]).map_err(|error| format!("{sigma} {seed}: {error}"))?;
        // The score equations: Σ p = Σ y and Σ x p = Σ x y, row by row lest large x swamp the others.
        let p = fitted.probability(&Features::new(&[("x", Feature::Numbers(&x))])?)?;
        let miss = |i: usize| if event[i] { 1.0 - p[i] } else { -p[i] };
        let scores = [(0..500).map(miss).sum::<f64>(), (0..500).map(|i| x[i] * miss(i)).sum::<f64>()];
        assert!(scores.iter().all(|score| score.abs() < PEER), "{sigma} {seed}: {scores:?}");
    }
    Ok(())
}

#[test]
fn two_columns_that_share_a_far_row_are_told_apart() -> Outcome {
    let mut draws = Draws(3);
    let mut a: Vec<f64> = (0..200).map(|_| draws.normal()).collect();
    let mut b: Vec<f64> = (0..200).map(|_| draws.normal()).collect();
    let event: Vec<bool> = a.iter().map(|&a| draws.happens(a)).collect();
    (a[0], b[0]) = (1e5, 1e5);
    let fitted = fit(&[("a", &a), ("b", &b)], &event, &[1.0; 200])?;
    assert!(fitted.coefficients().iter().all(|c| c.standard_error < 1.0), "{:?}", fitted.coefficients());
    Ok(())
}

#[test]
fn heavy_weights_are_as_many_rows() -> Outcome {
    // x = 1: 50 events of 100; x = 0: W events, one other. The slope is −ln W, its variance 1/50 + 1/50 + 1/W + 1.
    let (x, event) = ([1.0, 1.0, 0.0, 0.0], [true, false, true, false]);
    for heavy in [1e3_f64, 1e4, 1e5, 1e6, 1e7, 1e9] {
        for unit in [1.0, 1e-6] {
            let weights = [50.0, 50.0, heavy, 1.0].map(|w| w * unit);
            let fitted = fit(&[("x", &x)], &event, &weights).map_err(|error| format!("{heavy} {unit}: {error}"))?;
            let slope = fitted.coefficient("x").ok_or("x")?;
            let error = ((0.04 + 1.0 / heavy + 1.0) / unit).sqrt();
            assert!((slope.estimate + heavy.ln()).abs() < PEER, "{heavy} {unit}: {slope:?}");
            assert!((slope.standard_error / error - 1.0).abs() < PEER, "{heavy} {unit}: {slope:?}");
        }
    }
    Ok(())
}

#[test]
fn separation_is_found_whatever_the_weights() -> Outcome {
    let names = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
    for (rows, marked) in [(40, 1), (40, 10), (1000, 3), (20_000, 1), (20_000, 10)] {
        for (outcome, weight) in [(true, 1.0), (true, 1e-6), (true, 1e6), (false, 1e-6), (false, 1e6)] {
            let mut draws = Draws(rows as u64);
            let x: Vec<f64> = (0..rows).map(|_| draws.normal()).collect();
            let mut event: Vec<bool> = x.iter().map(|&x| draws.happens(x - 1.5)).collect();
            let mut codes: Vec<u32> = (0..rows).map(|i| (i % 2) as u32).collect();
            let mut weights = vec![1.0; rows];
            for i in 0..marked {
                (codes[i], event[i], weights[i]) = (2, outcome, weight);
            }
            let group = Feature::Categories { codes: &codes, names: &names };
            let features = Features::new(&[("x", Feature::Numbers(&x)), ("g", group)])?;
            let data = Labelled::new(&features, &event)?.weighted(&weights)?;
            let fitted = LogisticRegression::default().fit(&data);
            let case = format!("{rows} rows, {marked} of weight {weight}, {outcome}: {fitted:?}");
            assert!(matches!(fitted, Err(LearnError::Separation { complete: false, .. })), "{case}");
        }
    }
    // Complete, with one row far off and one that weighs as much as a million.
    let x: Vec<f64> = (0..40).map(|i| if i == 39 { 1e6 } else { f64::from(i) }).collect();
    let event: Vec<bool> = (0..40).map(|i| i >= 25).collect();
    let mut weights = [1.0; 40];
    weights[30] = 1e6;
    let error = fit(&[("x", &x)], &event, &weights).err();
    assert!(
        matches!(&error, Some(LearnError::Separation { columns, complete: true }) if columns == &["x"]),
        "{error:?}"
    );
    Ok(())
}

#[test]
fn tiny_units_and_powers_of_years_have_estimates() -> Outcome {
    let mut draws = Draws(3);
    let x: Vec<f64> = (0..200).map(|_| draws.normal()).collect();
    let event: Vec<bool> = x.iter().map(|&x| draws.happens(x)).collect();
    let tiny: Vec<f64> = x.iter().map(|x| x * 1e-200).collect();
    let (of_x, of_tiny) = (fit(&[("x", &x)], &event, &[1.0; 200])?, fit(&[("x", &tiny)], &event, &[1.0; 200])?);
    let (of_x, of_tiny) = (&of_x.coefficients()[1], &of_tiny.coefficients()[1]);
    assert!((of_x.z - of_tiny.z).abs() < PEER && (of_tiny.standard_error * 1e-200 - of_x.standard_error).abs() < PEER);

    // The span of 1, year, year², year³ is that of 1, u, u², u³ with u = year − 2010: likelihood and slope of the last agree.
    let year: Vec<f64> = (0..200).map(|i| 2000.0 + f64::from(i % 21)).collect();
    let event: Vec<bool> = year.iter().map(|&year| draws.happens((year - 2010.0) / 5.0)).collect();
    let powers = |from: f64| [1, 2, 3].map(|k| year.iter().map(|year| (year - from).powi(k)).collect::<Vec<f64>>());
    let fits = [powers(0.0), powers(2010.0)]
        .map(|[a, b, c]| fit(&[("year", &a), ("square", &b), ("cube", &c)], &event, &[1.0; 200]));
    let [raw, centred] = fits;
    let (raw, centred) = (raw?, centred?);
    assert!((raw.log_likelihood() - centred.log_likelihood()).abs() < PEER);
    let (raw, centred) = (&raw.coefficients()[3], &centred.coefficients()[3]);
    // The pivot 1e-12 costs twelve of sixteen digits.
    assert!(
        (raw.z - centred.z).abs() < 1e-2 && (raw.estimate / centred.estimate - 1.0).abs() < 1e-2,
        "{raw:?} {centred:?}"
    );
    Ok(())
}

#[test]
fn a_weight_of_two_is_two_observations() -> Outcome {
    let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let event = [false, true, false, true, false, true];
    let (mut twice, mut events) = (x.to_vec(), event.to_vec());
    twice.extend(x);
    events.extend(event);
    let (weighted, repeated) = (fit(&[("x", &x)], &event, &[2.0; 6])?, fit(&[("x", &twice)], &events, &[1.0; 12])?);
    let (got, expected) = (weighted.report().bic().ok_or("bic")?, repeated.report().bic().ok_or("bic")?);
    assert!((got - expected).abs() < PEER, "{got} {expected}");
    Ok(())
}

#[test]
fn what_a_saved_model_says_of_itself_is_checked_or_computed_again() -> Outcome {
    let (x, codes) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], [0_u32, 1, 0, 1, 0, 0, 1, 1]);
    let names = ["a".to_owned(), "b".to_owned()];
    let event = [false, true, false, true, true, false, true, false];
    let group = Feature::Categories { codes: &codes, names: &names };
    let features = Features::new(&[("x", Feature::Numbers(&x)), ("group", group)])?;
    let fitted = LogisticRegression::default().fit(&Labelled::new(&features, &event)?)?;
    let saved = serde_json::to_value(&fitted)?;
    let mut told = saved.clone();
    told["coefficients"][1]["p_value"] = serde_json::json!(7.5);
    told["coefficients"][1]["z"] = serde_json::json!(-99.0);
    assert_eq!(serde_json::from_value::<FittedLogistic>(told)?, fitted);
    for (place, rule) in [(1, "must have a coefficient or"), (2, "must have a coefficient for each level")] {
        let mut gone = saved.clone();
        gone["coefficients"].as_array_mut().ok_or("a list")?.remove(place);
        let error = serde_json::from_value::<FittedLogistic>(gone).map_err(|error| error.to_string()).err();
        assert!(error.as_ref().is_some_and(|error| error.contains(rule)), "{error:?}");
    }
    let mut silent = saved.clone();
    silent["report"]["log_likelihood"] = serde_json::Value::Null;
    assert!(serde_json::from_value::<FittedLogistic>(silent).is_err());
    Ok(())
}
