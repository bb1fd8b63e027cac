use std::error::Error;

use emptor_learn::{Feature, LearnError};

use super::*;

type Outcome = Result<(), Box<dyn Error>>;

/// Sums of cents.
const CENTS: f64 = 1e-6;

/// A chain of 600: returners lose money, city dwellers bring much, every twentieth profit is unknown.
fn chain() -> (Vec<f64>, Vec<u32>, Vec<String>, Vec<f64>) {
    let noise = |i: u32, salt: u32| f64::from((i * (2 * salt + 1) * 2_654_435) % 1009) / 1009.0;
    let returns: Vec<f64> = (0..600).map(|i| (10.0 * noise(i, 3)).floor()).collect();
    let place: Vec<u32> = (0..600).map(|i| u32::from(noise(i, 11) > 0.6)).collect();
    let profit = |i: u32| match (returns[i as usize] > 6.0, place[i as usize]) {
        (_, _) if i.is_multiple_of(20) => f64::NAN,
        (true, _) => -30.0 + 20.0 * noise(i, 5),
        (false, 1) => 80.0 + 40.0 * noise(i, 5),
        _ => 50.0 * noise(i, 7),
    };
    let profit = (0..600).map(profit).collect();
    (returns, place, vec!["country".to_owned(), "city".to_owned()], profit)
}

fn features<'a>(returns: &'a [f64], place: &'a [u32], names: &'a [String]) -> Result<Features<'a>, LearnError> {
    Features::new(&[("returns", Feature::Numbers(returns)), ("place", Feature::Categories { codes: place, names })])
}

#[test]
fn rules_add_up_to_all_customers_of_known_profit() -> Outcome {
    let (returns, place, names, profit) = chain();
    let features = features(&returns, &place, &names)?;
    for target in
        [ProfitTarget::default(), ProfitTarget::Sign, ProfitTarget::Quantiles { parts: 3 }, ProfitTarget::Value]
    {
        let fitted = ProfitTree::builder().target(target).build()?.fit(&features, &profit)?;
        assert_eq!((fitted.customers(), fitted.unknown()), (570, 30));
        let rules = fitted.rules();
        assert!(rules.len() > 1, "{target:?}");
        assert_eq!(rules.iter().map(|rule| rule.customers).sum::<usize>(), 570);
        let all: f64 = profit.iter().filter(|p| !p.is_nan()).sum();
        assert!((rules.iter().map(|rule| rule.total_profit).sum::<f64>() - all).abs() < CENTS);
        assert!((rules.iter().map(|rule| rule.support).sum::<f64>() - 1.0).abs() < CENTS);
        assert!(rules.is_sorted_by(|a, b| a.mean_profit >= b.mean_profit));
        for rule in &rules {
            assert!((rule.shares.iter().sum::<f64>() - 1.0).abs() < CENTS || target == ProfitTarget::Value);
            // lift = confidence over the share of the class among all.
            if let Some(ClassShare { class, confidence, lift }) = &rule.class {
                let part = fitted.parts().iter().find(|part| part.class == *class).ok_or("a class of the target")?;
                assert!((lift * part.customers as f64 / 570.0 - confidence).abs() < CENTS);
            }
        }
        let parts: usize = fitted.parts().iter().map(|part| part.customers).sum();
        assert_eq!(parts, if target == ProfitTarget::Value { 0 } else { 570 });
        // Every rule is true for exactly the customers of its number, of unknown profit or not.
        let numbers = fitted.rule_of(&features)?;
        let expected = fitted.expected_profit(&features)?;
        for rule in &rules {
            for row in 0..600 {
                let value = |column: &str| match column {
                    "returns" => emptor_types::Value::Number(returns[row]),
                    _ => emptor_types::Value::Text(&names[place[row] as usize]),
                };
                assert_eq!(rule.when.holds(value), numbers[row] == rule.id);
                assert!(numbers[row] != rule.id || (expected[row] - rule.mean_profit).abs() < CENTS);
            }
        }
    }
    Ok(())
}

#[test]
fn a_tree_finds_what_makes_money_and_proves_it_on_others() -> Outcome {
    let (returns, place, names, profit) = chain();
    let features = features(&returns, &place, &names)?;
    let fitted = ProfitTree::builder().build()?.fit(&features, &profit)?;
    let judged = fitted.out_of_sample();
    assert!(judged.is_better_than_guessing() && judged.score > 0.6, "{judged:?}");
    assert_eq!(judged.confusion.iter().flatten().sum::<usize>(), 570);
    let loss = &fitted.parts()[0];
    assert_eq!(judged.confusion[0].iter().sum::<usize>(), loss.customers);
    assert_eq!(judged.recall(0), Some(1.0));
    assert!(loss.highest < Some(0.0) && fitted.parts()[1].lowest >= Some(0.0));
    let worst = &fitted.rules()[fitted.rules().len() - 1];
    assert!(worst.to_sql().ends_with(r#""returns" > 6.5"#), "{}", worst.to_sql());
    assert!(worst.to_string().starts_with("if returns > 6.5 then loss (100.0 %"), "{worst}");
    assert!((worst.loss_share - 1.0).abs() < CENTS);
    assert_eq!(fitted.drivers().len(), 2);
    Ok(())
}

#[test]
fn noise_is_no_better_than_guessing() -> Outcome {
    let noise: Vec<f64> = (0..500_u32).map(|i| f64::from((i * 2_654_435) % 1009)).collect();
    let profit: Vec<f64> = (0..500_u32).map(|i| f64::from((i * 7_919_317) % 997) - 300.0).collect();
    let features = Features::new(&[("noise", Feature::Numbers(&noise))])?;
    for target in [ProfitTarget::default(), ProfitTarget::Sign, ProfitTarget::Value] {
        let fitted = ProfitTree::builder().target(target).build()?.fit(&features, &profit)?;
        assert!(!fitted.out_of_sample().is_better_than_guessing(), "{:?}", fitted.out_of_sample());
    }
    Ok(())
}

#[test]
fn classes_of_profit_are_cut_by_sign_and_quantiles() -> Outcome {
    let codes = |target: ProfitTarget, profits: &[f64]| {
        let cuts = target.cuts(profits);
        profits.iter().map(|&profit| class_of(&cuts, profit)).collect::<Vec<_>>()
    };
    assert_eq!(codes(ProfitTarget::default(), &[-1.0, 0.0]), [0, 1]);
    assert_eq!(codes(ProfitTarget::Sign, &[-1.0, 0.0, -0.0, 2.0]), [0, 1, 1, 1]);
    // Type 7 quantiles of 1 to 5 at thirds: 7/3 and 11/3.
    assert_eq!(codes(ProfitTarget::Quantiles { parts: 3 }, &[5.0, 1.0, 2.0, 3.0, 4.0]), [2, 0, 0, 1, 2]);
    assert_eq!(codes(ProfitTarget::Quantiles { parts: 4 }, &[7.0; 4]), [0; 4]);
    assert!(ProfitTarget::Quantiles { parts: 1 }.classes(&[1.0]).is_err());
    assert!(ProfitTarget::Classes { mid_from: f64::NAN, high_from: 0.5 }.classes(&[1.0]).is_err());
    Ok(())
}

#[test]
fn poor_data_give_a_root_or_a_reason() -> Outcome {
    let x = [1.0; 40];
    let features = Features::new(&[("x", Feature::Numbers(&x))])?;
    for target in [ProfitTarget::default(), ProfitTarget::Quantiles { parts: 2 }, ProfitTarget::Value] {
        let spec = ProfitTree::builder().target(target).build()?;
        // All alike: one rule for everybody, no better than guessing.
        let fitted = spec.fit(&features, &[5.0; 40])?;
        assert_eq!((fitted.rules().len(), fitted.rules()[0].when.to_string().as_str()), (1, "always"));
        assert!(!fitted.out_of_sample().is_better_than_guessing());
        assert!(matches!(spec.fit(&features, &[f64::NAN; 40]), Err(GradeError::NoCustomers)));
        assert!(matches!(spec.fit(&features, &[f64::INFINITY; 40]), Err(GradeError::Invalid(_))));
        assert!(matches!(spec.fit(&features, &[1.0; 39]), Err(GradeError::Invalid(_))));
        let mut few = [f64::NAN; 40];
        few[..9].fill(1.0);
        let error = spec.fit(&features, &few).err().ok_or("nine for five folds")?;
        assert_eq!(error.to_string(), "profit must be known of at least 10 customers, two for each fold (got 9)");
        few[9] = -1.0;
        assert!(spec.fit(&features, &few).is_ok());
    }
    Ok(())
}

#[test]
fn a_saved_tree_is_the_same_and_a_broken_one_is_refused() -> Outcome {
    let (returns, place, names, profit) = chain();
    let fitted = ProfitTree::builder().seed(5).build()?.fit(&features(&returns, &place, &names)?, &profit)?;
    let json = serde_json::to_string(&fitted)?;
    assert_eq!(serde_json::from_str::<FittedProfitTree>(&json)?, fitted);
    for (from, to) in
        [("\"class\":\"loss\"", "\"class\":\"gain\""), ("\"losses\":", "\"losses\":99"), ("\"best\":", "\"best\":9")]
    {
        assert_ne!(json.replacen(from, to, 1), json, "{from}");
        assert!(serde_json::from_str::<FittedProfitTree>(&json.replacen(from, to, 1)).is_err(), "{from}");
    }
    let spec = serde_json::to_string(&ProfitTree::builder().build()?)?;
    assert!(serde_json::from_str::<ProfitTree>(&spec.replace("\"folds\":5", "\"folds\":0")).is_err());
    Ok(())
}
