use std::error::Error;

use emptor_types::{Fit, Level};
use proptest::prelude::*;

use super::calibration::wilson;
use super::*;
use crate::{Feature, Features, Labelled, LogisticRegression};

type Outcome = Result<(), Box<dyn Error>>;

const ROUND: f64 = 1e-12;

const WILSON_3_OF_20: (f64, f64) = (0.052368745896216595, 0.36041886474075696);
const WILSON_0_OF_10: f64 = 0.27753279986288926;

/// The definition, pair by pair.
fn pairwise(event: &[bool], score: &[f64]) -> f64 {
    let (mut won, mut pairs) = (0.0, 0.0);
    for (i, _) in event.iter().enumerate().filter(|(_, e)| **e) {
        for (j, _) in event.iter().enumerate().filter(|(_, e)| !**e) {
            won += if score[i] > score[j] {
                1.0
            } else if score[i] < score[j] {
                0.0
            } else {
                0.5
            };
            pairs += 1.0;
        }
    }
    won / pairs
}

/// DeLong's variance from its definition, pair by pair.
fn pairwise_variance(event: &[bool], score: &[f64]) -> f64 {
    let psi = |i: usize, j: usize| {
        if score[i] > score[j] {
            1.0
        } else if score[i] < score[j] {
            0.0
        } else {
            0.5
        }
    };
    let of = |class: bool| (0..event.len()).filter(move |&i| event[i] == class);
    let spread = |v: Vec<f64>| {
        let mean = v.iter().sum::<f64>() / v.len() as f64;
        v.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (v.len() - 1) as f64 / v.len() as f64
    };
    let (m, n) = (of(true).count() as f64, of(false).count() as f64);
    spread(of(true).map(|i| of(false).map(|j| psi(i, j)).sum::<f64>() / n).collect())
        + spread(of(false).map(|j| of(true).map(|i| psi(i, j)).sum::<f64>() / m).collect())
}

proptest! {
    #[test]
    fn areas_and_their_errors_are_those_of_the_pairs(rows in prop::collection::vec((any::<bool>(), 0_u8..12), 4..60)) {
        let event: Vec<bool> = rows.iter().map(|row| row.0).collect();
        let score: Vec<f64> = rows.iter().map(|row| f64::from(row.1)).collect();
        let events = event.iter().filter(|&&e| e).count();
        prop_assume!(events > 1 && event.len() - events > 1);
        let auc = Auc::new(&event, &score).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert!((auc.auc - pairwise(&event, &score)).abs() < ROUND);
        let variance = auc.standard_error.map_or(f64::NAN, |s| s * s);
        prop_assert!((variance - pairwise_variance(&event, &score)).abs() < ROUND);
        let mut pairs: Vec<(f64, bool)> = score.iter().copied().zip(event.iter().copied()).collect();
        prop_assert!(rank_area(&mut pairs).is_some_and(|area| (area - auc.auc).abs() < ROUND));
    }

    #[test]
    fn no_measure_depends_on_the_order_of_rows(rows in prop::collection::vec((any::<bool>(), 0_u8..9), 12..60), by in 1_usize..11) {
        let event: Vec<bool> = rows.iter().map(|row| row.0).collect();
        let score: Vec<f64> = rows.iter().map(|row| f64::from(row.1) / 8.0).collect();
        prop_assume!(event.contains(&true) && event.contains(&false));
        let order: Vec<usize> = (0..rows.len()).map(|i| (i + by) % rows.len()).rev().collect();
        let turned = |column: &[f64]| order.iter().map(|&i| column[i]).collect::<Vec<f64>>();
        let other: Vec<bool> = order.iter().map(|&i| event[i]).collect();
        let fail = |e: LearnError| TestCaseError::fail(e.to_string());
        let table = gains(&event, &score, 4).map_err(fail)?;
        prop_assert_eq!(&table, &gains(&other, &turned(&score), 4).map_err(fail)?);
        let events: f64 = table.iter().map(|row| row.events).sum();
        prop_assert!((events - event.iter().filter(|&&e| e).count() as f64).abs() < 1e-9);
        prop_assert_eq!(kolmogorov_smirnov(&event, &score).map_err(fail)?,
            kolmogorov_smirnov(&other, &turned(&score)).map_err(fail)?);
        prop_assert_eq!(best_cut(&event, &score, 7.0, 2.0).map_err(fail)?,
            best_cut(&other, &turned(&score), 7.0, 2.0).map_err(fail)?);
        let bins = Calibration::new(&event, &score, 5).map_err(fail)?.bins;
        let again = Calibration::new(&other, &turned(&score), 5).map_err(fail)?.bins;
        prop_assert_eq!(bins.iter().map(|b| b.rows).collect::<Vec<_>>(), again.iter().map(|b| b.rows).collect::<Vec<_>>());
        prop_assert_eq!(bins.iter().map(|b| b.rows).sum::<usize>(), event.len());
    }

    #[test]
    fn the_best_cut_is_the_best_of_all_cuts(rows in prop::collection::vec((any::<bool>(), 0_u8..20), 4..40), cost in 0_u8..9) {
        let event: Vec<bool> = rows.iter().map(|row| row.0).collect();
        let score: Vec<f64> = rows.iter().map(|row| f64::from(row.1)).collect();
        prop_assume!(event.contains(&true) && event.contains(&false));
        let fail = |e: LearnError| TestCaseError::fail(e.to_string());
        let best = best_cut(&event, &score, 10.0, f64::from(cost)).map_err(fail)?;
        let mut highest = 0.0_f64;
        for &cut in &score {
            let table = confusion(&event, &score, cut).map_err(fail)?;
            let contacts = table.true_positives + table.false_positives;
            highest = highest.max(10.0 * table.true_positives as f64 - f64::from(cost) * contacts as f64);
        }
        prop_assert!((best.profit - highest).abs() < ROUND);
    }
}

#[test]
fn comparing_a_score_with_itself_finds_no_difference() -> Outcome {
    let event: Vec<bool> = (0..50).map(|i| i * 7 % 10 < 3).collect();
    let a: Vec<f64> = (0..50).map(|i| f64::from(i * 13 % 17)).collect();
    let twice: Vec<f64> = a.iter().map(|x| 2.0 * x + 1.0).collect();
    let same = compare_auc(&event, &a, &twice)?;
    assert!(same.difference.abs() < ROUND && same.standard_error < 1e-7 && same.p_value > 0.99, "{same:?}");
    // Turned round, AUC becomes 1 − AUC and the covariance −variance: the error doubles.
    let turned: Vec<f64> = a.iter().map(|x| -x).collect();
    let opposite = compare_auc(&event, &a, &turned)?;
    assert!((opposite.a.auc + opposite.b.auc - 1.0).abs() < ROUND);
    let single = opposite.a.standard_error.ok_or("an error")?;
    assert!((opposite.standard_error - 2.0 * single).abs() < ROUND);
    Ok(())
}

#[test]
fn intervals_stay_within_their_bounds() -> Outcome {
    let auc = Auc::new(&[true, true, false, false], &[4.0, 3.0, 2.0, 1.0])?;
    assert_eq!((auc.auc, auc.interval(Level::new(0.95)?)), (1.0, Some((1.0, 1.0))));
    assert_eq!(Auc::new(&[true, false, false], &[4.0, 3.0, 2.0])?.standard_error, None);
    // Wilson (1927), as computed by statsmodels 0.15.0 proportion_confint(3, 20, method="wilson") and (0, 10).
    let (low, high) = wilson(3.0, 20.0);
    assert!((low - WILSON_3_OF_20.0).abs() < ROUND && (high - WILSON_3_OF_20.1).abs() < ROUND, "{low} {high}");
    let (low, high) = wilson(0.0, 10.0);
    assert!(low.abs() < ROUND && (high - WILSON_0_OF_10).abs() < ROUND, "{low} {high}");
    Ok(())
}

#[test]
fn a_model_is_calibrated_on_its_own_rows() -> Outcome {
    let x: Vec<f64> = (0..500).map(|i| f64::from(i * 37 % 101)).collect();
    let event: Vec<bool> = (0..500).map(|i| i * 37 % 101 + i * 61 % 83 > 110).collect();
    let features = Features::new(&[("x", Feature::Numbers(&x))])?;
    let data = Labelled::new(&features, &event)?;
    let p = crate::FittedClassifier::probability(&LogisticRegression::default().fit(&data)?, &features)?;
    let calibration = Calibration::new(&event, &p, 10)?;
    // Maximum likelihood: the refitted line is the identity.
    assert!(calibration.slope.is_some_and(|slope| (slope - 1.0).abs() < 1e-8), "{calibration:?}");
    assert!(calibration.intercept.is_some_and(|intercept| intercept.abs() < 1e-8) && calibration.bias.abs() < 1e-10);
    // Twice the log odds: half the slope.
    let bold: Vec<f64> = p.iter().map(|p| p * p / (p * p + (1.0 - p) * (1.0 - p))).collect();
    assert!(Calibration::new(&event, &bold, 10)?.slope.is_some_and(|slope| (slope - 0.5).abs() < 1e-8));
    Ok(())
}

#[test]
fn bad_scores_are_refused_with_their_rows() {
    let event = [true, false, true];
    assert!(matches!(Auc::new(&event, &[0.1, f64::NAN, 0.2]), Err(LearnError::Invalid(_))));
    assert!(matches!(Auc::new(&event, &[0.1, 0.2]), Err(LearnError::Invalid(_))));
    assert!(matches!(Auc::new(&[true], &[0.1]), Err(LearnError::OneClass { events: 1, rows: 1 })));
    assert!(matches!(Auc::new(&[], &[]), Err(LearnError::OneClass { events: 0, rows: 0 })));
    assert!(log_loss(&event, &[0.1, 1.2, 0.3]).is_err() && brier_score(&[], &[]).is_err());
    assert!(log_loss(&event, &[0.0, 1.0, 0.0]).is_ok_and(f64::is_finite), "certain errors stay finite");
    assert!(gains(&event, &[1.0, 2.0, 3.0], 4).is_err() && gains(&event, &[1.0, 2.0, 3.0], 0).is_err());
    assert!(best_cut(&event, &[1.0, 2.0, 3.0], -1.0, f64::NAN).is_err_and(|e| e.to_string().contains("; ")));
    assert!(confusion(&event, &[1.0, 2.0, 3.0], f64::NAN).is_err());
    assert!(Calibration::new(&event, &[0.1, 0.2, 0.3], 0).is_err());
}

#[test]
fn contacting_nobody_is_a_best_cut_too() -> Outcome {
    let best = best_cut(&[true, false, false], &[1.0, 2.0, 3.0], 1.0, 5.0)?;
    assert_eq!((best.cut, best.contacts), (None, 0));
    Ok(())
}

#[test]
fn importance_is_seeded_and_a_feature_that_is_not_used_costs_nothing() -> Outcome {
    let x: Vec<f64> = (0..300).map(|i| f64::from(i % 10)).collect();
    let event: Vec<bool> = (0..300).map(|i| i % 10 + i * 3 % 7 > 8).collect();
    let names = ["a".to_owned(), "b".to_owned()];
    let codes: Vec<u32> = (0..300).map(|i| u32::from(i % 10 > 4)).collect();
    let features =
        Features::new(&[("x", Feature::Numbers(&x)), ("half", Feature::Categories { codes: &codes, names: &names })])?;
    let data = Labelled::new(&features, &event)?;
    let fitted = LogisticRegression::default().fit(&data)?;
    let importance = permutation_importance(&fitted, &data, 4, 1)?;
    assert_eq!(importance, permutation_importance(&fitted, &data, 4, 1)?);
    assert_ne!(importance, permutation_importance(&fitted, &data, 4, 2)?);
    assert_eq!(importance[0].feature, "x");
    assert!(permutation_importance(&fitted, &data, 0, 1).is_err());
    Ok(())
}

#[test]
fn out_of_fold_scores_are_of_models_that_have_not_seen_the_row() -> Outcome {
    let event: Vec<bool> = (0..200).map(|i| i * 7 % 20 < 6).collect();
    let noise: Vec<f64> = (0..200).map(|i| f64::from(i * 53 % 97)).collect();
    let features = Features::new(&[("noise", Feature::Numbers(&noise))])?;
    let data = Labelled::new(&features, &event)?;
    let validated = cross_validate(&LogisticRegression::default(), &data, 4, 3)?;
    assert_eq!(validated.folds.iter().map(|fold| fold.rows).sum::<usize>(), 200);
    assert_eq!(validated, cross_validate(&LogisticRegression::default(), &data, 4, 3)?);
    // A declared leak is refused in folds too.
    let declared = data.known_after(&["noise"])?;
    assert!(matches!(cross_validate(&LogisticRegression::default(), &declared, 4, 3), Err(LearnError::Leakage { .. })));
    Ok(())
}

#[test]
fn a_tie_uses_up_its_shares_and_the_bins_after_it_are_whole() -> Outcome {
    let probability: Vec<f64> =
        (0..1000).map(|i| if i < 500 { 0.1 } else { 0.1 + 0.8 * f64::from(i - 499) / 501.0 }).collect();
    let event: Vec<bool> = (0..1000).map(|i| i * 7 % 10 < 3).collect();
    let rows = |bins| -> Result<Vec<usize>, LearnError> {
        Ok(Calibration::new(&event, &probability, bins)?.bins.iter().map(|bin| bin.rows).collect())
    };
    assert_eq!(rows(10)?, [500, 100, 100, 100, 100, 100]);
    assert_eq!(rows(4)?, [500, 250, 250]);
    assert_eq!(rows(1)?, [1000]);
    Ok(())
}

#[test]
fn a_difference_without_error_is_sure() -> Outcome {
    let event = [true, true, true, false, false, false];
    let (right, wrong) = ([6.0, 5.0, 4.0, 3.0, 2.0, 1.0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let clear = compare_auc(&event, &right, &wrong)?;
    assert_eq!((clear.difference, clear.standard_error, clear.z, clear.p_value), (1.0, 0.0, None, 0.0));
    let blind = compare_auc(&event, &right, &[0.0; 6])?;
    assert_eq!((blind.difference, blind.z, blind.p_value), (0.5, None, 0.0));
    let same = compare_auc(&event, &right, &right)?;
    assert_eq!((same.difference, same.z, same.p_value), (0.0, Some(0.0), 1.0));
    assert!(serde_json::to_string(&clear)?.contains("\"z\":null"));
    Ok(())
}

#[test]
fn rows_of_weight_zero_are_not_judged() -> Outcome {
    let x: Vec<f64> = (0..200).map(|i| f64::from(i * 37 % 101)).collect();
    let event: Vec<bool> = (0..200).map(|i| i * 37 % 101 + i * 61 % 83 > 90).collect();
    // As many rows again that say the opposite, and count for nothing.
    let (mut all, mut all_events) = (x.clone(), event.clone());
    all.extend(x.iter().map(|x| 300.0 - 5.0 * x));
    all_events.extend(&event);
    let weights: Vec<f64> = (0..400).map(|i| if i < 200 { 1.0 } else { 0.0 }).collect();
    let (features, more) =
        (Features::new(&[("x", Feature::Numbers(&x))])?, Features::new(&[("x", Feature::Numbers(&all))])?);
    let (data, weighted) = (Labelled::new(&features, &event)?, Labelled::new(&more, &all_events)?.weighted(&weights)?);
    let (plain, ridge) = (LogisticRegression::default(), LogisticRegression::builder().ridge(50.0).build()?);
    let (alone, beside) = (cross_validate(&plain, &data, 5, 1)?, cross_validate(&plain, &weighted, 5, 1)?);
    assert_eq!((&alone.evaluation, &alone.folds), (&beside.evaluation, &beside.folds));
    assert_eq!(alone.probability, beside.probability[..200]);
    assert!(beside.probability.len() == 400 && beside.probability.iter().all(|p| (0.0..=1.0).contains(p)));
    let kinds: [(&str, &dyn crate::Classifier); 2] = [("plain", &plain), ("ridge", &ridge)];
    let (alone, beside) = (compare_classifiers(&kinds, &data, 5, 1)?, compare_classifiers(&kinds, &weighted, 5, 1)?);
    assert_eq!(alone[1].beside_best, beside[1].beside_best);
    Ok(())
}

#[test]
fn a_saved_evaluation_that_was_tampered_with_is_refused() -> Outcome {
    let event: Vec<bool> = (0..97).map(|i| i * 7 % 20 < i / 5).collect();
    let probability: Vec<f64> = (0..97).map(|i| 0.01 * f64::from(i)).collect();
    let evaluation = Evaluation::new(&event, &probability)?;
    let saved = serde_json::to_value(&evaluation)?;
    assert_eq!(serde_json::from_value::<Evaluation>(saved.clone())?, evaluation);
    // One event: no standard error.
    let one: Vec<bool> = (0..97).map(|i| i == 90).collect();
    let alone = Evaluation::new(&one, &probability)?;
    assert_eq!(serde_json::from_str::<Evaluation>(&serde_json::to_string(&alone)?)?, alone);
    for (pointer, value) in [
        ("/auc/auc", 1.5),
        ("/auc/standard_error", -1.0),
        ("/log_loss", -0.1),
        ("/brier_score", 2.0),
        ("/kolmogorov_smirnov/statistic", -0.5),
        ("/calibration/expected_error", 3.0),
        ("/calibration/bins/2/observed", 1.1),
        ("/gains/0/lift", -1.0),
    ] {
        let mut copy = saved.clone();
        *copy.pointer_mut(pointer).ok_or_else(|| format!("no {pointer}"))? = value.into();
        assert!(serde_json::from_value::<Evaluation>(copy).is_err(), "{pointer} was taken");
    }
    for pointer in
        ["/auc/events", "/auc/others", "/calibration/bins/0/rows", "/gains/0/rows", "/gains/9/cumulative_rows"]
    {
        for value in [0_u64, 77, u64::MAX] {
            let mut copy = saved.clone();
            *copy.pointer_mut(pointer).ok_or_else(|| format!("no {pointer}"))? = value.into();
            assert!(serde_json::from_value::<Evaluation>(copy).is_err(), "{pointer} was taken");
        }
    }
    Ok(())
}
