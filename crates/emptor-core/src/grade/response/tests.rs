use std::error::Error;

use emptor_learn::{Feature, Features, LeakReason, LearnError};

use super::*;

type Outcome = Result<(), Box<dyn Error>>;

/// Two hundred calls: the old answer, and the length of the call tells it.
fn calls() -> (Vec<f64>, Vec<f64>, Vec<bool>) {
    let answered: Vec<bool> = (0..200).map(|i| i * 7 % 61 + i * 13 % 40 > 60).collect();
    let age = (0..200).map(|i| f64::from(20 + i * 7 % 61)).collect();
    let seconds = (0..200).map(|i| f64::from(i % 9) + if answered[i as usize] { 300.0 } else { 0.0 }).collect();
    (age, seconds, answered)
}

#[test]
fn what_is_known_only_afterwards_is_left_out_and_named() -> Outcome {
    let (age, seconds, answered) = calls();
    let features = Features::new(&[("age", Feature::Numbers(&age)), ("seconds", Feature::Numbers(&seconds))])?;
    let fitted = ResponseModel::builder().known_after(["seconds"]).build()?.fit(&features, &answered)?;
    assert_eq!(fitted.features(), ["age"]);
    assert!(fitted.suspects().iter().any(|s| s.feature == "seconds" && s.reason == LeakReason::Declared));
    let misspelt = ResponseModel::builder().known_after(["second"]).build()?.fit(&features, &answered);
    assert!(matches!(misspelt, Err(GradeError::Learn(LearnError::MissingFeatures { .. }))));
    // Not declared, it separates the outcomes: the regression has no estimate, and says so.
    let trusting = ResponseModel::builder().build()?.fit(&features, &answered);
    assert!(matches!(trusting, Err(GradeError::Learn(LearnError::Separation { .. }))), "{trusting:?}");
    Ok(())
}

#[test]
fn the_rows_that_judge_are_those_asked_for() -> Outcome {
    let (age, _, answered) = calls();
    let features = Features::new(&[("age", Feature::Numbers(&age))])?;
    let last = ResponseModel::builder().test(TestPart::Last { share: 0.25 }).build()?;
    let fitted = last.fit(&features, &answered)?;
    let events = answered[150..].iter().filter(|&&event| event).count();
    assert_eq!(
        (fitted.rows(), fitted.evaluation().auc.events, fitted.evaluation().auc.others),
        (150, events, 50 - events)
    );
    // The same rows turned round, told apart by their dates.
    let turned: Vec<f64> = age.iter().rev().copied().collect();
    let (event, day): (Vec<bool>, Vec<i32>) = (answered.iter().rev().copied().collect(), (0..200).rev().collect());
    let by_date = last.fit_in_order(&Features::new(&[("age", Feature::Numbers(&turned))])?, &event, &day)?;
    assert!((by_date.evaluation().auc.auc - fitted.evaluation().auc.auc).abs() < f64::EPSILON);
    assert!(last.fit_in_order(&features, &answered, &day[1..]).is_err());
    let random = ResponseModel::builder().test(TestPart::Random { share: 0.5, seed: 3 }).build()?;
    assert_eq!(random.fit(&features, &answered)?, random.fit(&features, &answered)?);
    Ok(())
}

#[test]
fn a_saved_model_scores_as_before_and_a_broken_one_is_refused() -> Outcome {
    let (age, _, answered) = calls();
    let features = Features::new(&[("age", Feature::Numbers(&age))])?;
    let fitted = ResponseModel::builder().build()?.fit(&features, &answered)?;
    let json = serde_json::to_string(&fitted)?;
    let loaded: FittedResponse = serde_json::from_str(&json)?;
    assert_eq!(loaded.score(&features)?, fitted.score(&features)?);
    let broken = json.replace(&format!("\"taught\":[{},{}]", fitted.rows(), fitted.events()), "\"taught\":[3,3]");
    assert_ne!(broken, json);
    assert!(serde_json::from_str::<FittedResponse>(&broken).is_err());
    assert!(serde_json::from_str::<ResponseModel>(&serde_json::to_string(&ResponseModel::builder().build()?)?).is_ok());
    Ok(())
}

#[test]
fn deciles_keep_equal_probabilities_together() {
    assert_eq!(deciles(&[0.1, 0.9, 0.9, 0.5]), [8, 1, 1, 6]);
    assert_eq!(deciles(&[0.5; 7]), [1; 7]);
    assert_eq!(deciles(&[]), [0_u32; 0]);
    let twenty: Vec<f64> = (0..20).map(|i| 1.0 - f64::from(i) / 20.0).collect();
    let expected: Vec<u32> = (0..20).map(|i| i / 2 + 1).collect();
    assert_eq!(deciles(&twenty), expected);
}

#[test]
fn one_outcome_only_is_refused() -> Outcome {
    let (age, ..) = calls();
    let features = Features::new(&[("age", Feature::Numbers(&age))])?;
    let none = ResponseModel::builder().build()?.fit(&features, &[false; 200]);
    assert!(matches!(none, Err(GradeError::Learn(LearnError::OneClass { .. }))));
    assert!(matches!(ResponseModel::builder().build()?.fit(&features, &[true]), Err(GradeError::Invalid(_))));
    Ok(())
}

#[cfg(feature = "boosting")]
#[test]
fn boosting_stands_behind_the_same_interface() -> Outcome {
    let (age, _, answered) = calls();
    let features = Features::new(&[("age", Feature::Numbers(&age))])?;
    let boosting = ResponseClassifier::Boosting(Boosting::builder().rounds(20).build()?);
    let fitted = ResponseModel::builder().classifier(boosting).build()?.fit(&features, &answered)?;
    assert!(fitted.boosting().is_some() && fitted.logistic().is_none() && fitted.evaluation().auc.auc > 0.7);
    Ok(())
}
