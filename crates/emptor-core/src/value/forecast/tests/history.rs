use emptor_types::TimeUnit;

use super::{NAN, TestResult, base, broken};
use crate::value::forecast::ProfitHistory;

#[test]
fn everything_wrong_with_a_history_is_said_at_once() -> TestResult {
    // A zero before the beginning; a gap after it; a sum no business has; an age beyond all calendars.
    let profit = vec![0.0, 5.0, NAN, 5.0, 2e12, 5.0, 1.0, 1.0];
    let error = ProfitHistory::new(TimeUnit::Month, 2, profit, vec![1, 2, 9, 200_000]).map(|_| ());
    assert_eq!(
        error.map_err(|error| error.to_string()),
        Err("age must be at most 110000 periods (got row 3: 200000); \
             profit must be NaN before the relationship began (got row 0: 0.0); \
             profit must be at most 1e12 in absolute value in every period of the relationship \
             (2 rows, e.g. row 2: NaN, row 4: 2000000000000.0)"
            .to_owned())
    );
    for (periods, cells, ages) in [(0, 0, 1), (2, 3, 1), (2, 2, 2), (2, 2, 0)] {
        let shape = ProfitHistory::new(TimeUnit::Month, periods, vec![1.0; cells], vec![2; ages]);
        assert_eq!(broken(shape), 1, "{periods} {cells} {ages}");
    }
    for bad in [f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(broken(ProfitHistory::new(TimeUnit::Month, 1, vec![bad], vec![1])), 1);
    }
    let history = ProfitHistory::new(TimeUnit::Month, 1, vec![1.0], vec![1])?;
    assert_eq!(broken(history.with_segments(&["a", "b"])), 1);
    Ok(())
}

#[test]
fn every_observed_period_is_told_with_its_age() -> TestResult {
    let profit = vec![1.0, 2.0, 3.0, NAN, NAN, 4.0, NAN, NAN, NAN];
    let history = ProfitHistory::new(TimeUnit::Month, 3, profit, vec![5, 1, 0])?.with_segments(&["b", "a", "b"])?;
    let found: Vec<_> = history.observations().map(|(s, age, x)| (s, age, x as i64)).collect();
    assert_eq!(found, [(1, 3, 1), (1, 4, 2), (1, 5, 3), (0, 1, 4)]);
    assert_eq!(history.segments(), ["a", "b"]);
    assert_eq!(history.trailing(0, 2), [2.0, 3.0]);
    assert_eq!(history.trailing(0, 9), [1.0, 2.0, 3.0]);
    assert!(history.trailing(2, 3).is_empty());
    let cells: usize = base(50, 6)?.ages().iter().map(|age| age.min(&6)).sum();
    assert_eq!(base(50, 6)?.observations().count(), cells);
    Ok(())
}

#[test]
fn no_customer_is_a_history_too() -> TestResult {
    let history = ProfitHistory::new(TimeUnit::Month, 3, Vec::new(), Vec::new())?;
    assert_eq!((history.customers(), history.periods(), history.unit()), (0, 3, TimeUnit::Month));
    assert_eq!(history.labels(), None);
    Ok(())
}

#[test]
fn a_saved_history_is_checked_when_it_is_loaded() -> TestResult {
    let profit = vec![1.0, 0.1 + 0.2, NAN, -4.0];
    let history = ProfitHistory::new(TimeUnit::Month, 2, profit, vec![5, 1])?.with_segments(&["b", "a"])?;
    let text = serde_json::to_string(&history)?;
    let again: ProfitHistory = serde_json::from_str(&text)?;
    assert!(again.observations().eq(history.observations()));
    assert_eq!((again.labels(), again.ages(), again.unit()), (history.labels(), history.ages(), history.unit()));
    let bad = text.replace("null", "7.0");
    assert!(bad != text && serde_json::from_str::<ProfitHistory>(&bad).is_err());
    let young = ProfitHistory::new(TimeUnit::Year, 1, vec![NAN], vec![0])?;
    assert_eq!(serde_json::from_str::<ProfitHistory>(&serde_json::to_string(&young)?)?.labels(), None);
    Ok(())
}
