use emptor_types::{DiscountRate, TimeUnit};
use proptest::prelude::*;

use super::super::{ClosedForm, MarkovValue};
use super::{Outcome, ROUNDING, close, customer, yearly};
use crate::value::ValueError;

/// Four printed decimals.
const PRINTED: f64 = 5.1e-5;

fn recency(p: &[f64], contribution: f64, mailing: f64, rate: f64) -> Result<MarkovValue, Box<dyn std::error::Error>> {
    Ok(MarkovValue::recency(p, contribution, mailing, yearly(rate)?, TimeUnit::Year)?)
}

fn pfeifer_carraway() -> Result<MarkovValue, Box<dyn std::error::Error>> {
    recency(&[0.3, 0.2, 0.15, 0.05], 40.0, 4.0, 0.2)
}

fn all_close(values: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(values.len(), expected.len());
    values.iter().zip(expected).for_each(|(value, expected)| close(*value, *expected, tolerance));
}

#[test]
fn the_recency_chain_gives_the_values_of_the_paper() -> Outcome {
    // Pfeifer & Carraway (2000), table of the direct-mail example; the fourth decimals recomputed with numpy.
    let chain = pfeifer_carraway()?;
    all_close(&chain.values_over(4), &[50.1150, 4.2199, 0.5921, -1.9801, 0.0], PRINTED);
    all_close(&chain.values()?, &[52.3196, 5.5538, 1.2508, -1.8200, 0.0], PRINTED);
    let rule = chain.stop_rule(4)?;
    assert_eq!(rule.stopped(), [3]);
    assert!(rule.serves(2) && !rule.serves(3) && rule.serves(4));
    all_close(rule.values(), &[53.1494, 6.6207, 2.6437, 0.0, 0.0], PRINTED);
    // Stopped after three periods of silence is a shorter chain.
    let shorter = recency(&[0.3, 0.2, 0.15], 40.0, 4.0, 0.2)?.values()?;
    all_close(&shorter[..3], &rule.values()[..3], ROUNDING);
    Ok(())
}

#[test]
fn other_public_examples_of_recency_chains_agree() -> Outcome {
    // Test cases of the phpOMS project: customer migration, and mailing over four periods.
    let migration = recency(&[0.5, 0.2, 0.1], 100.0, 0.0, 0.1)?;
    all_close(&migration.values()?, &[231.08, 57.29, 21.01, 0.0], 5.1e-3);
    let mailing = recency(&[0.3, 0.2, 0.05], 40.0, 4.0, 0.2)?;
    all_close(&mailing.values_over(4), &[49.40, 2.69, -1.98, 0.0], 5.1e-3);
    Ok(())
}

#[test]
fn grades_are_worth_what_their_migration_says() -> Outcome {
    // V = (I − P/1.12)⁻¹ R, solved with numpy.
    let rows = [[0.8, 0.15, 0.0, 0.05], [0.2, 0.6, 0.1, 0.1], [0.05, 0.15, 0.5, 0.3], [0.0, 0.0, 0.0, 1.0]];
    let grades = MarkovValue::new(&rows, &[100.0, 40.0, 10.0, 0.0], yearly(0.12)?, TimeUnit::Year)?;
    let values = grades.values()?;
    all_close(&values, &[490.5616, 299.8648, 130.1739, 0.0], PRINTED);
    let counts = [10.0, 20.0, 70.0, 5.0];
    let total: f64 = counts.iter().zip(&values).map(|(count, value)| count * value).sum();
    close(grades.value_of_base(&counts)?, total, 1e-6);
    // The base's finite value is the sum of the rewards of its expected states.
    let mut sum = 0.0;
    for t in 0..=6 {
        let states = grades.counts_after(&counts, t)?;
        close(states.iter().sum(), 105.0, ROUNDING);
        let profit: f64 = states.iter().zip([100.0, 40.0, 10.0, 0.0]).map(|(n, r)| n * r).sum();
        sum += profit / 1.12_f64.powi(i32::try_from(t)?);
    }
    close(grades.value_of_base_over(&counts, 6)?, sum, 1e-6);
    // Two-state chain: T2.
    let two = MarkovValue::new(&[[0.8, 0.2], [0.0, 1.0]], &[100.0, 0.0], yearly(0.12)?, TimeUnit::Year)?;
    close(two.values()?[0], customer(100.0, 0.8, 0.12)?.value(ClosedForm::T2)?.amount(), ROUNDING);
    // Rates are converted to the chain's period.
    let monthly =
        MarkovValue::new(&[[0.8, 0.2], [0.0, 1.0]], &[100.0, 0.0], yearly(1.12_f64.powi(12) - 1.0)?, TimeUnit::Month)?;
    close(monthly.values()?[0], two.values()?[0], ROUNDING);
    Ok(())
}

#[test]
fn without_a_discount_lives_that_end_have_a_value() -> Outcome {
    let free = recency(&[0.3, 0.2, 0.15, 0.05], 40.0, 4.0, 0.0)?;
    let values = free.values()?;
    all_close(&values, &free.values_over(400), ROUNDING);
    close(values[4], 0.0, 0.0);
    // Rewards for ever have none, also where states balance on average.
    for (rows, rewards) in [([[0.5, 0.5], [0.5, 0.5]], [1.0, 1.0]), ([[0.0, 1.0], [1.0, 0.0]], [1.0, -1.0])] {
        let endless = MarkovValue::new(&rows, &rewards, yearly(0.0)?, TimeUnit::Year)?;
        assert!(matches!(endless.values(), Err(ValueError::NeverEnds { .. })));
    }
    // Staying for ever where nothing is earned is worth nothing.
    let nothing = MarkovValue::new(&[[0.5, 0.5], [0.5, 0.5]], &[0.0, 0.0], yearly(0.0)?, TimeUnit::Year)?;
    all_close(&nothing.values()?, &[0.0, 0.0], 0.0);
    // A negative rate: (1 − .8/.9)⁻¹, and nothing where .9 stay at .9.
    let shrinking = |stay: f64| -> Result<MarkovValue, Box<dyn std::error::Error>> {
        Ok(MarkovValue::new(&[[stay, 1.0 - stay], [0.0, 1.0]], &[1.0, 0.0], yearly(-0.1)?, TimeUnit::Year)?)
    };
    close(shrinking(0.8)?.values()?[0], 9.0, ROUNDING);
    assert!(shrinking(0.95)?.values().is_err());
    Ok(())
}

#[test]
fn life_and_loss_follow_from_the_chain() -> Outcome {
    // Two ends: state 2 is reached with .3/.5 from state 0, life before it may be endless.
    let rows = [[0.5, 0.0, 0.3, 0.2], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]];
    let chain = MarkovValue::new(&rows, &[1.0, 0.0, 0.0, 0.0], yearly(0.1)?, TimeUnit::Year)?;
    all_close(&chain.absorption(2)?, &[0.6, 0.0, 1.0, 0.0], 1e-14);
    assert!(matches!(chain.expected_life(2), Err(ValueError::NeverLost { lost: 2, .. })));
    assert!(chain.absorption(4).is_err() && chain.expected_life(4).is_err());

    let recency = pfeifer_carraway()?;
    all_close(&recency.absorption(4)?, &[1.0; 5], 1e-14);
    // Expected life is the value of 1 a period without discount.
    let ones = MarkovValue::new(
        &[[0.3, 0.7, 0.0], [0.2, 0.0, 0.8], [0.0, 0.0, 1.0]],
        &[1.0, 1.0, 0.0],
        yearly(0.0)?,
        TimeUnit::Year,
    )?;
    all_close(&ones.expected_life(2)?, &ones.values()?, 1e-12);
    Ok(())
}

#[test]
fn everything_wrong_with_a_chain_is_said_at_once() -> Outcome {
    let rate = yearly(0.1)?;
    let error = MarkovValue::new(&[vec![0.5, 0.6], vec![-0.5, 1.5], vec![1.0]], &[f64::NAN], rate, TimeUnit::Year);
    let fields: Vec<String> = error.map_or_else(
        |error| error.violations().iter().map(|violation| violation.field.clone()).collect(),
        |_| Vec::new(),
    );
    assert_eq!(fields.len(), 5, "{fields:?}"); // width, range of row 1, sum of row 0, number of rewards, NaN
    assert!(MarkovValue::new(&[[0.0; 0]; 0], &[], rate, TimeUnit::Year).is_err());
    assert!(MarkovValue::new(&[[f64::NAN]], &[1.0], rate, TimeUnit::Year).is_err());
    assert!(MarkovValue::recency(&[], 1.0, 1.0, rate, TimeUnit::Year).is_err());
    assert!(MarkovValue::recency(&[1.5], f64::NAN, -1.0, rate, TimeUnit::Year).is_err());
    let chain = pfeifer_carraway()?;
    assert!(chain.value_of_base(&[1.0]).is_err());
    assert!(chain.value_of_base_over(&[1.0, -1.0, 0.0, 0.0, 0.0], 3).is_err());
    assert!(chain.counts_after(&[f64::NAN; 5], 1).is_err());
    // Only a state that nobody leaves and that earns nothing can be the lost one.
    assert!(chain.stop_rule(0).is_err() && chain.stop_rule(5).is_err());
    Ok(())
}

#[test]
fn stopping_needs_a_second_look() -> Outcome {
    // State 0 costs 1 and leads to state 1, whose customers cost 10 and are lost or bring 30 (state 2). Served alone, 1 is
    // worth stopping; then 0 is too. Where 2 is likely enough, neither is.
    for (likely, stopped) in [(0.2, vec![0, 1]), (0.9, vec![])] {
        let rows = [[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, likely, 1.0 - likely], [0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 1.0]];
        let chain = MarkovValue::new(&rows, &[-1.0, -10.0, 30.0, 0.0], yearly(0.1)?, TimeUnit::Year)?;
        assert_eq!(chain.stop_rule(3)?.stopped(), stopped);
    }
    // A customer who costs for ever is stopped even where the sum of the costs has no value.
    let rows = [[1.0, 0.0], [0.0, 1.0]];
    let chain = MarkovValue::new(&rows, &[-1.0, 0.0], yearly(0.0)?, TimeUnit::Year)?;
    assert!(chain.values().is_err());
    assert_eq!(chain.stop_rule(1)?.stopped(), [0]);
    let chain = MarkovValue::new(&rows, &[1.0, 0.0], yearly(0.0)?, TimeUnit::Year)?;
    assert!(matches!(chain.stop_rule(1), Err(ValueError::NeverEnds { state: 0, .. })));
    Ok(())
}

#[test]
fn a_finite_stop_rule_is_the_best_of_all_plans() -> Outcome {
    // Every plan says for each of three states and three periods whether to serve: 2^9 of them.
    let rows = [vec![0.3, 0.5, 0.1, 0.1], vec![0.4, 0.1, 0.2, 0.3], vec![0.1, 0.2, 0.4, 0.3], vec![0.0, 0.0, 0.0, 1.0]];
    for rewards in [[5.0, -2.0, -1.5, 0.0], [10.0, -4.0, -3.0, 0.0], [-1.0, 3.0, -0.5, 0.0], [-1.0, -1.0, -1.0, 0.0]] {
        let chain = MarkovValue::new(&rows, &rewards, yearly(0.1)?, TimeUnit::Year)?;
        let mut best = [f64::NEG_INFINITY; 4];
        for plan in 0..512_u32 {
            let mut values = [0.0; 4];
            for period in 0..3 {
                let mut now = [0.0; 4];
                for state in (0..3).filter(|state| plan >> (3 * period + state) & 1 == 1) {
                    let next: f64 = rows[state].iter().zip(values).map(|(p, value)| p * value).sum();
                    now[state] = rewards[state] + next / 1.1;
                }
                values = now;
            }
            best.iter_mut().zip(values).for_each(|(best, value)| *best = best.max(value));
        }
        all_close(chain.stop_rule_over(3, 2)?.values(), &best, ROUNDING);
        // With time to spare the rule is the endless one.
        let (long, endless) = (chain.stop_rule_over(3, 400)?, chain.stop_rule(3)?);
        all_close(long.values(), endless.values(), ROUNDING);
        assert_eq!(long.stopped(), endless.stopped());
    }
    assert!(pfeifer_carraway()?.stop_rule_over(0, 3).is_err());
    Ok(())
}

/// Rows of four states and a fifth where customers are lost.
fn chains() -> impl Strategy<Value = (Vec<Vec<f64>>, Vec<f64>, f64)> {
    let row = prop::collection::vec(0.01..1.0_f64, 5);
    (prop::collection::vec(row, 4), prop::collection::vec(-10.0..10.0_f64, 4), 0.01..0.5_f64).prop_map(
        |(mut rows, mut rewards, rate)| {
            rows.iter_mut().for_each(|row| {
                let sum: f64 = row.iter().sum();
                row.iter_mut().for_each(|p| *p /= sum);
            });
            rows.push(vec![0.0, 0.0, 0.0, 0.0, 1.0]);
            rewards.push(0.0);
            (rows, rewards, rate)
        },
    )
}

proptest! {
    #[test]
    fn the_stop_rule_is_the_best_of_all_choices((rows, rewards, rate) in chains()) {
        let rate = DiscountRate::annual_effective(rate).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let fail = |error: ValueError| TestCaseError::fail(error.to_string());
        let chain = MarkovValue::new(&rows, &rewards, rate, TimeUnit::Year).map_err(ValueError::from).map_err(fail)?;
        let rule = chain.stop_rule(4).map_err(fail)?;
        let mut best = [f64::NEG_INFINITY; 5];
        for choice in 0..16_u32 {
            let (mut rows, mut rewards) = (rows.clone(), rewards.clone());
            for state in (0..4).filter(|state| choice >> state & 1 == 1) {
                rows[state] = vec![0.0, 0.0, 0.0, 0.0, 1.0];
                rewards[state] = 0.0;
            }
            let stopped = MarkovValue::new(&rows, &rewards, rate, TimeUnit::Year).map_err(ValueError::from).map_err(fail)?;
            let values = stopped.values().map_err(fail)?;
            best.iter_mut().zip(values).for_each(|(best, value)| *best = best.max(value));
        }
        for (value, best) in rule.values().iter().zip(best) {
            prop_assert!((value - best).abs() < 1e-8, "{value} {best}");
        }
        for (state, value) in rule.values().iter().enumerate() {
            prop_assert!(rule.serves(state) || *value <= 0.0);
        }
    }

    #[test]
    fn the_endless_value_is_the_limit_of_the_finite_one((rows, rewards, rate) in chains()) {
        let rate = DiscountRate::annual_effective(rate).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let fail = |error: ValueError| TestCaseError::fail(error.to_string());
        let chain = MarkovValue::new(&rows, &rewards, rate, TimeUnit::Year).map_err(ValueError::from).map_err(fail)?;
        let values = chain.values().map_err(fail)?;
        for (endless, finite) in values.iter().zip(chain.values_over(4000)) {
            prop_assert!((endless - finite).abs() < 1e-7, "{endless} {finite}");
        }
    }
}
