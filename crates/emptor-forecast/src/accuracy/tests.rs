//! Measures beside those of utilsforecast 0.2.17 (`utilsforecast.losses`), and by hand.

use std::error::Error;

use emptor_types::{Level, Probability};

use super::*;
use crate::{Forecast, Series};

/// Of sums of a few rounded terms.
const ROUNDING: f64 = 1e-12;

const TRAINING: [[f64; 24]; 2] = [
    [
        59.3, 25.1, 15.7, 6.8, 12.4, 22.7, 14.0, 4.7, 19.9, 27.5, 12.2, 21.2, 13.0, 57.3, 17.0, 12.3, 35.8, 21.9, 9.2,
        20.1, 8.8, 12.6, 37.2, 14.9,
    ],
    [
        14.2, 27.8, 18.3, 24.8, 31.8, 6.2, 7.8, 25.9, -2.3, 16.4, 42.0, 18.1, 40.8, 13.4, 52.5, 33.1, 26.5, 12.3, 43.4,
        9.7, 17.0, 0.8, 11.6, 24.1,
    ],
];
const ACTUAL: [[f64; 6]; 2] = [[12.9, 13.7, 8.4, 15.3, 19.7, 44.5], [1.8, 10.0, 34.6, 7.0, 17.2, 59.5]];
const FORECAST: [[f64; 6]; 2] = [[28.7, 51.3, 41.3, 14.3, 44.6, 13.0], [23.7, 7.3, 73.0, 10.5, 4.7, 30.2]];

fn is(found: Option<f64>, expected: f64) -> bool {
    found.is_some_and(|found| (found - expected).abs() <= ROUNDING * expected.abs().max(1.0))
}

fn measured(series: usize) -> Result<Accuracy, Box<dyn Error>> {
    let (training, mean) = (Series::new(&TRAINING[series], 4)?, FORECAST[series].to_vec());
    let lower = mean.iter().map(|f| f - 9.0).collect();
    let upper = mean.iter().map(|f| f + 12.0).collect();
    let forecast = Forecast::of("m", mean).with_band(Level::new(0.8)?, lower, upper);
    Ok(Accuracy::measure(&training, &ACTUAL[series], &forecast))
}

#[test]
fn measures_are_those_of_utilsforecast() -> Result<(), Box<dyn Error>> {
    for (series, [mae, rmse, smape, mase, rmsse, bias, wape, coverage, winkler]) in [
        [
            23.95,
            26.953_880_363_811_564,
            0.431_516_368_479_672_2,
            1.726_748_377_793_799_5,
            1.427_895_159_224_754,
            13.116_666_666_666_665,
            1.255_021_834_061_135_2,
            0.166_666_666_666_666_66,
            178.833_333_333_333_34,
        ],
        [
            18.05,
            22.317_593_956_338_573,
            0.411_531_807_137_347_05,
            1.114_885_731_933_292,
            1.125_477_329_622_891_7,
            3.216_666_666_666_667,
            0.832_436_587_240_584_2,
            0.333_333_333_333_333_3,
            121.166_666_666_666_67,
        ],
    ]
    .into_iter()
    .enumerate()
    {
        let accuracy = measured(series)?;
        assert!(is(accuracy.mae, mae) && is(accuracy.rmse, rmse), "{accuracy:?}");
        assert!(is(accuracy.smape, 200.0 * smape), "theirs is a share without the factor 2: {accuracy:?}");
        assert!(is(accuracy.mase, mase) && is(accuracy.rmsse, rmsse), "{accuracy:?}");
        assert!(is(accuracy.mean_error, bias) && is(accuracy.wape, wape), "{accuracy:?}");
        let interval = accuracy.interval(Level::new(0.8)?).ok_or("measured")?;
        assert!(is(interval.coverage, coverage) && is(interval.winkler, winkler), "{interval:?}");
        assert!(is(interval.msis, winkler / (mae / mase)), "{interval:?}");
    }
    let nine_tenths = Probability::new(0.9)?;
    assert!(is(pinball(&ACTUAL[0], &FORECAST[0], nine_tenths), 6.728_333_333_333_333));
    assert!(is(pinball(&ACTUAL[1], &FORECAST[1], nine_tenths), 7.738_333_333_333_333));
    Ok(())
}

#[test]
fn means_over_series_average_scaled_errors_and_pool_sums() -> Result<(), Box<dyn Error>> {
    let (one, two) = (measured(0)?, measured(1)?);
    let both = Accuracy::mean([&one, &two]);
    assert_eq!((both.forecasts, both.scaled, both.periods), (2, 2, 12));
    assert!(is(both.mase, f64::midpoint(1.726_748_377_793_799_5, 1.114_885_731_933_292)));
    assert!(is(both.wape, (6.0 * 23.95 + 6.0 * 18.05) / (114.5 + 130.1)), "{both:?}");
    assert!(is(both.sum_ratio, (193.2 + 149.4) / (114.5 + 130.1)), "{both:?}");
    assert!(is(both.interval(Level::new(0.8)?).and_then(|interval| interval.coverage), 0.25));
    assert!(is(both.owa(&both), 1.0) && is(both.skill(&both), 0.0));
    let other = (one.smape.zip(two.smape), one.mase.zip(two.mase));
    let (Some((s1, s2)), Some((m1, m2))) = other else { return Err("both are measured".into()) };
    assert!(is(one.owa(&two), f64::midpoint(s1 / s2, m1 / m2)) && is(one.skill(&two), 1.0 - m1 / m2));
    Ok(())
}

#[test]
fn what_is_not_defined_is_none() -> Result<(), Box<dyn Error>> {
    let constant = Series::new(&[5.0, 5.0, 5.0], 1)?;
    let zeros = Accuracy::measure(&constant, &[0.0, 0.0], &Forecast::of("zero", vec![0.0, 0.0]));
    assert_eq!((zeros.mae, zeros.smape, zeros.mean_error), (Some(0.0), Some(0.0), Some(0.0)));
    assert_eq!((zeros.mase, zeros.rmsse, zeros.wape, zeros.sum_ratio), (None, None, None, None));
    assert_eq!((zeros.scaled, zeros.owa(&zeros), zeros.skill(&zeros)), (0, None, None));
    let nothing = Accuracy::mean([]);
    assert_eq!((nothing.forecasts, nothing.mae, nothing.wape), (0, None, None));
    assert!(nothing.intervals.is_empty());
    let level = Level::new(0.5)?;
    assert_eq!((coverage(&[], &[], &[]), winkler(&[1.0], &[], &[], level), naive_error(&[1.0], 4)), (None, None, None));
    assert_eq!((naive_error(&[1.0, 2.0], 0), rmsse(&[1.0, 2.0], &[1.0], &[1.0], 0)), (None, None));
    Ok(())
}

#[test]
fn unknown_values_are_passed_over() {
    let unknown = f64::NAN;
    assert!(is(mae(&[1.0, unknown, 3.0], &[2.0, 5.0, unknown]), 1.0));
    assert!(is(coverage(&[1.0, unknown], &[0.0, 0.0], &[2.0, 2.0]), 1.0));
}

#[test]
fn measures_without_unit_do_not_change_with_the_unit() -> Result<(), Box<dyn Error>> {
    /// Of a division by a scale that is not a power of two.
    const RELATIVE: f64 = 1e-9;
    let own = measured(0)?;
    for unit in [1e12, 1e-12] {
        let scaled = |values: &[f64]| values.iter().map(|value| value * unit).collect::<Vec<_>>();
        let (past, came) = (scaled(&TRAINING[0]), scaled(&ACTUAL[0]));
        let other = Accuracy::measure(&Series::new(&past, 4)?, &came, &Forecast::of("m", scaled(&FORECAST[0])));
        for (one, two) in [(own.mase, other.mase), (own.smape, other.smape), (own.wape, other.wape)] {
            assert!(one.zip(two).is_some_and(|(one, two)| (one / two - 1.0).abs() < RELATIVE), "{one:?} {two:?}");
        }
    }
    Ok(())
}
