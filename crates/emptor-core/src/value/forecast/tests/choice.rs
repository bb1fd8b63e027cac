use emptor_types::TimeUnit;

use super::{TestResult, close, convention, rows, weights, with_threads};
use crate::value::forecast::{Method, choose};
use crate::value::{CurrentProfit, FirstPayment, RetentionRate, Survival, ValueError};

#[test]
fn levels_stay_a_level_and_one_survival_stays_one() -> TestResult {
    let two = convention(2.0, TimeUnit::Year)?;
    let curve = Survival::curve(vec![0.5, 0.2])?;
    let methods = [
        Method::new("a", CurrentProfit::level(vec![1.0, 2.0])?).with_survival(curve.clone())?,
        Method::new("b", CurrentProfit::level(vec![10.0, 20.0])?).with_survival(curve.clone())?,
        // Not in use, so that its short panel does not matter.
        Method::new("c", CurrentProfit::panel(1, vec![0.0, 0.0])?),
    ];
    let chosen = choose(&methods, &["b", "a"], &two)?;
    assert_eq!(chosen.profit, CurrentProfit::level(vec![10.0, 2.0])?);
    assert_eq!(chosen.survival, curve);
    assert_eq!(chosen.served, [("a".to_owned(), 1), ("b".to_owned(), 1), ("c".to_owned(), 0)]);
    let short = choose(&methods, &["b", "c"], &two);
    assert!(matches!(short, Err(ValueError::TooFewPeriods { periods: 1, needed: 2, .. })));
    Ok(())
}

#[test]
fn every_customer_has_profit_and_survival_of_their_own_method() -> TestResult {
    let two = convention(2.0, TimeUnit::Year)?;
    let retention = RetentionRate::new(0.5, TimeUnit::Year)?;
    let methods = [
        Method::new("level", CurrentProfit::level(vec![1.0, 2.0, 3.0])?),
        Method::new("curve", CurrentProfit::panel(2, vec![10.0, 11.0, 20.0, 21.0, 30.0, 31.0])?)
            .with_survival(Survival::Constant { retention, first: FirstPayment::AtRisk })?,
        Method::new("contract", CurrentProfit::level(vec![100.0, 200.0, 300.0])?)
            .with_survival(Survival::panel(2, vec![0.1, 0.1, 0.2, 0.2, 0.3, 0.0])?)?,
    ];
    let chosen = choose(&methods, &["curve", "level", "contract"], &two)?;
    close(&rows(&chosen.profit, 2), &[10.0, 11.0, 2.0, 2.0, 300.0, 300.0]);
    close(&weights(&chosen.survival, 3, 2), &[0.5, 0.25, 1.0, 1.0, 0.3, 0.0]);
    // The value of each customer is that of their method alone.
    let values = two.compute(&chosen.streams()?)?;
    close(values.current(), &[7.75, 4.0, 90.0]);
    // One method for all gives that method back.
    let all = choose(&methods, &["contract"; 3], &two)?;
    assert_eq!(all.profit, CurrentProfit::level(vec![100.0, 200.0, 300.0])?);
    assert_eq!(all.survival, Survival::panel(2, vec![0.1, 0.1, 0.2, 0.2, 0.3, 0.0])?);
    Ok(())
}

#[test]
fn a_big_base_has_the_same_bits_at_any_number_of_threads() -> TestResult {
    let (n, two) = (3000, convention(2.0, TimeUnit::Year)?);
    let cells = (0..2 * n).map(|cell| cell as f64 / 7.0).collect();
    let methods = [
        Method::new("level", CurrentProfit::level((0..n).map(|row| row as f64 / 3.0).collect())?),
        Method::new("panel", CurrentProfit::panel(2, cells)?).with_survival(Survival::curve(vec![0.7, 0.3])?)?,
    ];
    let choice: Vec<&str> = (0..n).map(|row| if row % 3 == 0 { "level" } else { "panel" }).collect();
    let (one, three) = with_threads(|| choose(&methods, &choice, &two).map_err(|error| error.to_string()))?;
    let (one, three) = (one?, three?);
    assert_eq!(one, three);
    assert_eq!(one.served.iter().map(|(_, n)| n).sum::<usize>(), n);
    Ok(())
}

#[test]
fn wrong_choices_are_refused_together() -> TestResult {
    let two = convention(2.0, TimeUnit::Year)?;
    let level = |n| CurrentProfit::level(vec![1.0; n]);
    let methods = [Method::new("a", level(2)?), Method::new("a", level(3)?)];
    let error = choose(&methods, &["a", "x"], &two).map_err(|error| error.to_string());
    let text = "forecast a must be one for each of 2 customers (got 3); methods must have one name each (got a); \
                choice must be one of a, a (got row 1: \"x\")";
    assert_eq!(error, Err(text.to_owned()));
    assert!(choose(&[], &["a"], &two).is_err());
    let panel = Survival::panel(1, vec![1.0, 1.0])?;
    assert!(Method::new("a", level(3)?).with_survival(panel).is_err());
    let nobody: [&str; 0] = [];
    assert_eq!(choose(&[Method::new("a", level(0)?)], &nobody, &two)?.profit, level(0)?);
    Ok(())
}
