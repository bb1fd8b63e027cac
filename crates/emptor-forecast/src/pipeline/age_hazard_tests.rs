//! Tests of forecasts by age.

use std::error::Error;

use super::*;

type Outcomes = Result<(), Box<dyn Error>>;

#[test]
fn a_constant_hazard_has_the_closed_form() -> Outcomes {
    // λ per day to win and μ to lose: open deals win λ/(λ+μ) (1 − (1 − λ − μ)^d) within d days, those created on every one
    // of them the sum of that over the days left.
    let lives: Vec<Life> =
        (0..2_000).map(|i| Life { created: 19_358, end: Some((19_358 + i % 50, i % 5 > 0)), group: 0 }).collect();
    let calendar = Calendar::new(Phase::None, 19_358, 19_600)?;
    let spec = HazardSpec { phase: Phase::None, bands: 1, strength: 1e-9, groups: 1 };
    let hazards = Hazards::of(&lives, spec, &calendar, 19_500).ok_or("nothing decided")?;
    let (win, loss) = hazards.at(10, 0, 0);
    let days = 20;
    let share = |days: i32| win / (win + loss) * (1.0 - (1.0 - win - loss).powi(days));
    let open = [Life { created: 19_490, end: None, group: 0 }];
    let horizon = Horizon { until: 19_500, calendar: &calendar, ends: vec![19_500 + days], since: 19_481 };
    let projection = horizon.project(&hazards, &open, 1);
    assert!((projection.open[0].1[0] - share(days)).abs() < 1e-12);
    // One deal in 20 days.
    let expected: f64 = (1..=days).map(|left| share(left) / 20.0).sum();
    assert!((projection.fresh[0][0] - expected).abs() < 1e-12);
    Ok(())
}

#[test]
fn a_fitted_model_is_saved_and_says_what_chances_are() -> Outcomes {
    let deal = |i: i32| Deal {
        created: 19_358 + i,
        product: Some("a".to_owned()),
        closed: (i % 3 > 0).then_some(19_370 + i),
        outcome: (i % 3 > 0).then_some(if i % 3 == 1 { Outcome::Won } else { Outcome::Lost }),
        ..Deal::default()
    };
    let deals: Vec<Deal> = (0..100).map(deal).collect();
    let as_of: Date = "2023-05-31".parse()?;
    let fitted = AgeHazard::default().fit(&Snapshot::new(&deals, as_of)?)?;
    let back: FittedAgeHazard = serde_json::from_str(&serde_json::to_string(&fitted)?)?;
    assert_eq!(back, fitted);
    let (young, due) = (fitted.chances(3, as_of, "a"), fitted.chances(12, as_of, "a"));
    assert!(young.zip(due).is_some_and(|(young, due)| young.0 < due.0), "{young:?} {due:?}");
    assert_eq!(fitted.chances(3, as_of, "b"), None);
    assert_eq!(fitted.observed_from(), 19_371);
    Ok(())
}

#[test]
fn one_old_deal_does_not_stretch_the_days_on_which_new_ones_came() {
    // Two a week from day 60 to day 90, and one of day 0 that is open to this day.
    let life = |created| Life { created, end: None, group: 0 };
    let steady: Vec<Life> = (0..10).map(|i| life(60 + 3 * i)).collect();
    assert_eq!(begun(&steady, 90), 60);
    let with_old: Vec<Life> = steady.iter().copied().chain([life(0)]).collect();
    assert_eq!(begun(&with_old, 90), 60);
    // Deals that come evenly have no straggler, two deals say nothing, and what was created later was not known.
    let even: Vec<Life> = (0..10).map(|i| life(9 * i)).collect();
    assert_eq!((begun(&even, 90), begun(&[life(0), life(80)], 90), begun(&steady, 70)), (0, 0, 60));
    assert_eq!(begun(&[], 5), 5);
}

#[test]
fn deals_of_which_none_was_won_are_not_lost_for_certain() -> Outcomes {
    let deal = |i: i32| Deal {
        created: 19_358 + i,
        closed: (i < 8).then_some(19_370 + i),
        outcome: (i < 8).then_some(Outcome::Lost),
        amount: Some(100.0),
        ..Deal::default()
    };
    let deals: Vec<Deal> = (0..12).map(deal).collect();
    let as_of: Date = "2023-01-31".parse()?;
    let forecast = AgeHazard::default().forecast(&Snapshot::new(&deals, as_of)?, &Ahead::new(Grain::Month, 1)?)?;
    let month = &forecast.total[0];
    assert!(month.wins() > 0.0 && month.wins() < 4.0 && month.bands[0].wins.1 >= 1.0, "{month:?}");
    Ok(())
}
