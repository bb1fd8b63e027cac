//! Tests of the pipeline.

use super::*;

#[test]
fn simulated_and_normal_intervals_agree_where_one_hands_over_to_the_other() -> Result<(), Invalid> {
    let deals = |n: usize| -> Vec<(f64, f64)> {
        (0..n).map(|i| (100.0 + (i % 7) as f64, 0.1 + 0.1 * (i % 8) as f64)).collect()
    };
    let level = Level::new(0.8)?;
    let (few, many) =
        (amount_interval(&deals(MANY - 1), level, 2_000, 1)?, amount_interval(&deals(MANY), level, 2_000, 1)?);
    let width = many.high - many.low;
    // Quantiles of 2,000 draws: 3 % of the width, and one deal more.
    assert!((few.low - many.low).abs() < 0.05 * width + 100.0 && (few.high - many.high).abs() < 0.05 * width + 100.0);
    Ok(())
}

#[test]
fn certain_deals_have_no_interval_and_no_deals_bring_nothing() -> Result<(), Invalid> {
    let level = Level::new(0.8)?;
    assert_eq!(amount_interval(&[(7.0, 1.0), (9.0, 0.0)], level, 50, 1)?, Interval { low: 7.0, high: 7.0 });
    assert_eq!(amount_interval(&[], level, 50, 1)?, Interval { low: 0.0, high: 0.0 });
    assert!(weighted(&[(1.0, 1.1), (f64::NAN, 0.5)]).is_err_and(|invalid| invalid.violations().len() == 2));
    Ok(())
}

#[test]
fn many_unlikely_deals_are_not_normal() -> Result<(), Invalid> {
    // Two wins of 2,000 are expected: none at all comes in 13.5 % (Poisson).
    let interval = amount_interval(&vec![(100.0, 0.001); 2_000], Level::new(0.8)?, 100, 1)?;
    assert_eq!((interval.low, interval.high), (0.0, 400.0));
    Ok(())
}
