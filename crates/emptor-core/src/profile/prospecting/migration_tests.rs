//! Tests of the migration forecast.

use super::*;

/// Sums of doubles in another order.
const ROUNDING: f64 = 1e-9;

fn model() -> Result<MigrationModel, Invalid> {
    MigrationModel::new(
        2,
        vec![
            Migration { moves: vec![80, 15, 5, 10, 60, 30], arrivals: vec![5, 20] },
            Migration { moves: vec![70, 20, 5, 12, 70, 13], arrivals: vec![3, 30] },
        ],
    )
}

#[test]
fn rows_of_the_matrix_sum_to_one_and_shares_are_pooled() -> Result<(), Invalid> {
    let p = model()?.matrix();
    for row in p.chunks(3) {
        assert!((row.iter().sum::<f64>() - 1.0).abs() < ROUNDING);
    }
    assert!((p[0] - 150.0 / 195.0).abs() < ROUNDING && (p[5] - 43.0 / 195.0).abs() < ROUNDING);
    assert_eq!(model()?.arrivals(), [4.0, 25.0]);
    Ok(())
}

#[test]
fn the_base_is_what_it_was_less_the_lost_plus_the_arrivals() -> Result<(), Box<dyn std::error::Error>> {
    let forecast = model()?.forecast(&[93, 102], 5, Level::new(0.8)?, 100, 1);
    let mut before = 195.0;
    for (segments, total) in forecast.segments.iter().zip(&forecast.total) {
        assert!((total.end - (before - total.lost + total.arrived)).abs() < ROUNDING);
        assert!((segments.iter().map(|s| s.end).sum::<f64>() - total.end).abs() < ROUNDING);
        assert!((segments.iter().map(|s| s.lost).sum::<f64>() - total.lost).abs() < ROUNDING);
        assert!(total.low <= total.end && total.end <= total.high, "{total:?}");
        before = total.end;
    }
    Ok(())
}

#[test]
fn the_same_seed_gives_the_same_interval_and_longer_ahead_is_less_sure() -> Result<(), Box<dyn std::error::Error>> {
    let (model, level) = (model()?, Level::new(0.8)?);
    let forecast = model.forecast(&[93, 102], 6, level, 400, 3);
    assert_eq!(forecast, model.forecast(&[93, 102], 6, level, 400, 3));
    let width = |k: usize| forecast.total[k].high - forecast.total[k].low;
    assert!(width(5) > width(0));
    Ok(())
}

#[test]
fn eighty_percent_intervals_hold_about_eighty_percent_of_simulated_bases() -> Result<(), Box<dyn std::error::Error>> {
    // Truth: P and arrivals constant; ten periods seen, the eleventh forecast; 200 worlds.
    let (truth, level, worlds) = ([0.8, 0.15, 0.05, 0.1, 0.7, 0.2], Level::new(0.8)?, 200);
    let mut inside = 0;
    for world in 0..worlds {
        let mut variates = Variates::new(99, world);
        let (mut stock, mut seen) = ([400_u64, 300], Vec::new());
        let mut step = |stock: &mut [u64; 2]| {
            let (mut moves, mut next) = (Vec::new(), [0, 0]);
            for (n, row) in stock.iter().zip(truth.chunks(3)) {
                let a = binomial(*n, row[0], &mut variates);
                let b = binomial(n - a, row[1] / (1.0 - row[0]), &mut variates);
                moves.extend([a, b, n - a - b]);
                next = [next[0] + a, next[1] + b];
            }
            let arrivals = vec![20 + binomial(20, 0.5, &mut variates), 60 + binomial(40, 0.5, &mut variates)];
            *stock = [next[0] + arrivals[0], next[1] + arrivals[1]];
            Migration { moves, arrivals }
        };
        for _ in 0..10 {
            seen.push(step(&mut stock));
        }
        let forecast = MigrationModel::new(2, seen)?.forecast(&stock, 1, level, 200, world);
        step(&mut stock);
        let total = (stock[0] + stock[1]) as f64;
        inside += u32::from(forecast.total[0].low <= total && total <= forecast.total[0].high);
    }
    // 160 of 200 expected; ± 4 standard deviations of 5.7.
    assert!((137..=183).contains(&inside), "{inside}");
    Ok(())
}

#[test]
fn first_arrivals_can_be_left_out_and_the_point_lies_inside_its_interval() -> Result<(), Box<dyn std::error::Error>> {
    let period = |arrivals| Migration { moves: vec![90, 10], arrivals: vec![arrivals] };
    let seen: Vec<Migration> = std::iter::once(500).chain([0; 19]).map(period).collect();
    let model = MigrationModel::new(1, seen)?;
    let total = model.forecast(&[100], 1, Level::new(0.5)?, 200, 1).total[0];
    assert!(total.low <= total.end && total.end <= total.high, "{total:?}");
    let without = model.without_first_arrivals(1);
    assert_eq!(without.arrivals(), [0.0]);
    assert!(without.forecast(&[100], 1, Level::new(0.5)?, 200, 1).total[0].high <= 100.0);
    // One period always counts.
    assert_eq!(without.without_first_arrivals(99).arrivals(), [0.0]);
    Ok(())
}

#[test]
fn a_constant_world_is_forecast_without_error() -> Result<(), Box<dyn std::error::Error>> {
    let seen = vec![Migration { moves: vec![90, 10], arrivals: vec![10] }; 5];
    let test = MigrationModel::new(1, seen)?.backtest(&vec![vec![100]; 6], 2, Level::new(0.8)?, 50, 1);
    assert_eq!((test.origins, test.inside), (3, Some(1.0)));
    assert!(test.total.is_some_and(|error| error < ROUNDING));
    Ok(())
}

#[test]
fn every_origin_is_forecast_by_what_was_known_of_it_and_errors_are_added_up() -> Result<(), Box<dyn std::error::Error>>
{
    let model = |kept, lost, arrivals| {
        MigrationModel::new(1, vec![Migration { moves: vec![kept, lost], arrivals: vec![arrivals] }])
    };
    let origin = |model, start, came, seed| Origin { model, start: vec![start], came: vec![came], seed };
    // By hand: 100 · 0.9 + 10 = 100 forecast, 95 came; 200 · 0.5 + 0 = 100 forecast, 110 came.
    let origins = || Ok::<_, Invalid>([origin(model(90, 10, 10)?, 100, 95, 1), origin(model(50, 50, 0)?, 200, 110, 2)]);
    let test = MigrationBacktest::of(1, origins()?.into_iter(), Level::new(0.8)?, 200);
    assert_eq!(test.origins, 2);
    let error = 15.0 / 205.0;
    assert!(test.total.is_some_and(|found| (found - error).abs() < ROUNDING), "{test:?}");
    assert!(test.segments[0].is_some_and(|found| (found - error).abs() < ROUNDING));
    // As many as there were: 5 and 90 off.
    assert!(test.total_naive.is_some_and(|found| (found - 95.0 / 205.0).abs() < ROUNDING));
    // Errors do not depend on the order of origins; a period that nobody came in is none to be measured by.
    let mut turned = origins()?;
    turned.reverse();
    assert_eq!(MigrationBacktest::of(1, turned.into_iter(), Level::new(0.8)?, 200), test);
    let none = MigrationBacktest::of(1, std::iter::empty(), Level::new(0.8)?, 200);
    assert_eq!((none.origins, none.total, none.inside), (0, None, None));
    Ok(())
}

#[test]
fn a_backtest_of_the_periods_seen_knows_nothing_of_later_ones() -> Result<(), Box<dyn std::error::Error>> {
    // Half are kept at first, then all: each period is forecast by the pooled rate of those before it.
    let seen: Vec<Migration> = [(50, 50), (100, 0), (100, 0)]
        .map(|(kept, lost)| Migration { moves: vec![kept, lost], arrivals: vec![0] })
        .into();
    let stocks = vec![vec![100], vec![50], vec![50], vec![50]];
    let test = MigrationModel::new(1, seen)?.backtest(&stocks, 1, Level::new(0.8)?, 50, 1);
    // 50 · 0.5 = 25 for 50, then 50 · 0.75 = 37.5 for 50.
    assert_eq!(test.origins, 2);
    assert!(test.total.is_some_and(|error| (error - 37.5 / 100.0).abs() < ROUNDING), "{test:?}");
    Ok(())
}

#[test]
fn moves_of_another_shape_are_refused_and_a_segment_never_seen_stays() -> Result<(), Invalid> {
    assert!(MigrationModel::new(0, vec![]).is_err_and(|invalid| invalid.violations().len() == 2));
    assert!(MigrationModel::new(2, vec![Migration { moves: vec![1, 2, 3], arrivals: vec![1, 2] }]).is_err());
    let unseen = MigrationModel::new(2, vec![Migration { moves: vec![1, 0, 1, 0, 0, 0], arrivals: vec![0, 0] }])?;
    assert_eq!(unseen.matrix()[3..], [0.0, 1.0, 0.0]);
    Ok(())
}
