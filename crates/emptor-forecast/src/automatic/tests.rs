use std::error::Error;

use emptor_types::{Fit, Level};
use proptest::prelude::*;

use super::widening::student;
use crate::{
    Combination, Drift, FittedMethod, Forecast, ForecastError, Mean, Method, Naive, Panel, Predict, SamplePaths,
    Seasonality, Series, Theta,
};

fn levels() -> Vec<Level> {
    [0.8, 0.95].into_iter().filter_map(|level| Level::new(level).ok()).collect()
}

/// Whether all numbers are finite, and ends lie about the mean, the wider ones outside.
fn sound(forecast: &Forecast) -> bool {
    let ends = |band: usize| forecast.bands[band].lower.iter().zip(&forecast.bands[band].upper);
    forecast.mean.iter().all(|mean| mean.is_finite())
        && ends(0).zip(ends(1)).zip(&forecast.mean).all(|(((l80, u80), (l95, u95)), mean)| {
            [l80, u80, l95, u95].iter().all(|end| end.is_finite())
                && l95 <= l80
                && l80 <= mean
                && mean <= u80
                && u80 <= u95
        })
}

fn history() -> impl Strategy<Value = (Vec<f64>, usize)> {
    let shape = prop_oneof![
        Just(vec![0.0; 12]),
        Just(vec![7.0; 12]),
        prop::collection::vec(0.0..1.0, 1..40),
        prop::collection::vec(-1.0..1.0, 1..40),
        prop::collection::vec(prop_oneof![3 => Just(0.0), 1 => 1.0..9.0], 1..40),
        (0.5..2.5, 2_usize..30).prop_map(|(growth, n): (f64, usize)| (0..n).map(|t| growth.powi(t as i32)).collect()),
    ];
    let cut = 1_usize..41;
    let scale = (-12..=12).prop_map(|power| 10.0_f64.powi(power));
    (shape, cut, scale, prop_oneof![Just(1_usize), Just(4), Just(7), Just(12)])
        .prop_map(|(values, cut, scale, season)| (values.iter().take(cut).map(|value| value * scale).collect(), season))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_series_has_a_sound_forecast((values, season) in history(), horizon in 1_usize..20) {
        let series = Series::new(&values, season).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let (least, most) = values.iter().fold((f64::MAX, f64::MIN), |(a, b), &x| (a.min(x), b.max(x)));
        for method in [Method::Automatic, Method::Combination] {
            let fitted = method.fit(&series).map_err(|error| TestCaseError::fail(error.to_string()))?;
            let forecast =
                fitted.predict(horizon, &levels()).map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert!(sound(&forecast), "{method} {values:?} {forecast:?}");
            if least >= 0.0 {
                prop_assert!(forecast.bands.iter().all(|band| band.lower.iter().all(|&low| low >= 0.0)));
            }
            // The documented bound, of the last period.
            let range = if values.len() > 2 { most - least } else { most.abs().max(least.abs()) };
            let reach = 3.0 * range * (1.0 + 4.0 * horizon as f64 / values.len() as f64) + 1e-6 * most.abs().max(least.abs());
            prop_assert!(forecast.bands[1].upper[horizon - 1] <= most + reach);
            let paths = fitted.sample_paths(horizon, 7, 1).map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert!(paths.count() == 7 && paths.iter().flatten().all(|value| value.is_finite()));
        }
        for method in Method::ALL {
            if let Ok(fitted) = method.fit(&series) && let Ok(forecast) = fitted.predict(horizon, &[]) {
                prop_assert!(forecast.mean.iter().all(|mean| mean.is_finite()), "{method} {values:?}");
            }
        }
    }
}

fn months(count: usize) -> Vec<Vec<f64>> {
    let value = |i: usize, t: usize| {
        let noise = ((i * 7919 + t * t * 31 + t * 17) % 29) as f64;
        100.0 + i as f64 + t as f64 * 0.5 + 10.0 * (t % 12) as f64 + noise
    };
    (0..count).map(|i| (0..60 + i % 5).map(|t| value(i, t)).collect()).collect()
}

#[test]
fn a_panel_gives_the_same_bits_at_any_number_of_threads() -> Result<(), Box<dyn Error>> {
    let values = months(60);
    let series = values.iter().map(|values| Series::new(values, 12)).collect::<Result<Vec<_>, _>>()?;
    let run = |threads: usize| -> Result<_, Box<dyn Error>> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let panel = Panel { method: Method::DynamicOptimisedTheta, ..Panel::default() };
        Ok(pool.install(|| panel.forecast(&series, 6, &levels()))?)
    };
    let one = run(1)?;
    assert_eq!(one, run(3)?);
    assert_eq!(one.len(), 60);
    // Calibrated: not the widened intervals of a series alone.
    let alone = Combination::of(&[Method::DynamicOptimisedTheta]).fit(&series[0])?.predict(6, &levels())?;
    let first = one[0].as_ref().map_err(Clone::clone)?;
    assert_eq!(first.mean, alone.mean);
    assert_ne!(first.bands, alone.bands);
    Ok(())
}

#[test]
fn each_kind_of_series_has_its_tier() -> Result<(), Box<dyn Error>> {
    let members = |values: &[f64], season: usize| -> Result<Vec<Method>, Box<dyn Error>> {
        Ok(Combination::automatic(&Series::new(values, season)?).members)
    };
    assert_eq!(members(&[3.0, 4.0], 12)?, [Method::Naive]);
    assert_eq!(members(&[0.0, 3.0, 0.0, 0.0, 5.0, 0.0], 12)?, [Method::TeunterSyntetosBabai]);
    assert_eq!(members(&[0.0; 30], 12)?, [Method::TeunterSyntetosBabai]);
    assert_eq!(members(&[4.0; 20], 12)?, [Method::DynamicOptimisedTheta, Method::LogarithmicTheta]);
    assert_eq!(members(&[4.0; 24], 12)?, Combination::default().members);
    assert_eq!(members(&[4.0; 39], 1)?, Combination::default().members);
    assert_eq!(members(&[4.0; 40], 1)?, [Method::Ets, Method::DynamicOptimisedTheta]);
    Ok(())
}

#[test]
fn an_unbelievable_member_is_not_followed() -> Result<(), Box<dyn Error>> {
    // A season of growth by half a period: logarithms go far beyond the range, the others less.
    let values: Vec<f64> = (0..10).map(|t| if t < 8 { 10.0 } else { 10.0 * 40.0_f64.powi(t - 7) }).collect();
    let series = Series::new(&values, 1)?;
    let forecast = Combination::default().fit(&series)?.predict(8, &[])?;
    let most = 16_000.0 + 16_000.0 * (1.0 + 4.0 * 8.0 / 10.0);
    assert!(forecast.mean.iter().all(|&mean| mean <= most), "{forecast:?}");
    Ok(())
}

#[test]
fn one_period_has_a_wide_interval_and_a_constant_none() -> Result<(), Box<dyn Error>> {
    let one = Method::Automatic.fit(&Series::new(&[5.0], 12)?)?.predict(2, &levels())?;
    assert_eq!(one.mean, [5.0, 5.0]);
    assert!(one.bands[1].lower[0] <= 0.0 && one.bands[1].upper[0] > 14.0);
    let constant = Method::Automatic.fit(&Series::new(&[5.0; 30], 12)?)?.predict(2, &levels())?;
    assert!(constant.mean.iter().all(|mean| (mean - 5.0).abs() < 1e-6));
    assert!(constant.bands[1].upper[1] - constant.bands[1].lower[1] < 1e-5);
    Ok(())
}

#[test]
fn negative_forecasts_must_be_allowed() -> Result<(), Box<dyn Error>> {
    let falling: Vec<f64> = (0..12).map(|t| 60.0 - 5.0 * f64::from(t)).collect();
    let series = Series::new(&falling, 1)?;
    let spec = Combination::of(&[Method::Drift]);
    assert!(spec.fit(&series)?.predict(4, &[])?.mean.iter().all(|&mean| mean >= 0.0));
    let free = Combination { allow_negative: true, ..spec };
    assert!(free.fit(&series)?.predict(4, &[])?.mean[3] < -10.0);
    Ok(())
}

#[test]
fn quantiles_of_student_are_those_of_the_tables() {
    // Abramowitz & Stegun (1964), table 26.10: 0.975 at 3, 10 and 30 degrees.
    const EXPANSION: f64 = 0.02;
    for (degrees, t) in [(3.0, 3.182), (10.0, 2.228), (30.0, 2.042)] {
        assert!((student(0.975, degrees) - t).abs() < EXPANSION, "{degrees}: {}", student(0.975, degrees));
    }
}

#[test]
fn methods_have_names_and_fitted_ones_are_saved() -> Result<(), Box<dyn Error>> {
    let values = &months(1)[0];
    let series = Series::new(values, 12)?;
    for method in Method::ALL {
        assert_eq!(method.name().parse::<Method>()?, method);
        let fitted = method.fit(&series)?;
        let saved: FittedMethod = serde_json::from_str(&serde_json::to_string(&fitted)?)?;
        assert_eq!(saved.predict(3, &levels())?, fitted.predict(3, &levels())?, "{method}");
    }
    assert!("arima".parse::<Method>().is_err());
    Ok(())
}

/// Noise from −1 to 1 that depends on two numbers alone.
fn noise(series: usize, period: usize) -> f64 {
    2.0 * emptor_lifetime::sampling::Variates::new(series as u64, period as u64).uniform() - 1.0
}

/// The share of the last six periods that lies in the intervals of a panel at a level, for the series of each length.
fn coverage(rows: &[Vec<f64>], lengths: &[usize], band: usize) -> Result<Vec<f64>, Box<dyn Error>> {
    let known: Vec<&[f64]> = rows.iter().map(|row| &row[..row.len() - 6]).collect();
    let series = known.iter().map(|row| Series::new(row, 1)).collect::<Result<Vec<_>, _>>()?;
    let forecasts = Panel::default().forecast(&series, 6, &levels())?;
    let mut shares = Vec::new();
    for &length in lengths {
        let (mut inside, mut all) = (0.0, 0.0);
        for ((row, known), forecast) in
            rows.iter().zip(&known).zip(&forecasts).filter(|((_, own), _)| own.len() == length)
        {
            let bands = &forecast.as_ref().map_err(Clone::clone)?.bands;
            let ends = bands[band].lower.iter().zip(&bands[band].upper);
            inside +=
                row[known.len()..].iter().zip(ends).filter(|(y, (low, high))| *low <= y && y <= high).count() as f64;
            all += 6.0;
        }
        shares.push(inside / all);
    }
    Ok(shares)
}

/// A random walk far above 0.
fn walk(number: usize, periods: usize) -> Vec<f64> {
    (0..periods)
        .scan(500.0, |level, t| {
            *level += 20.0 * noise(number, t);
            Some(*level)
        })
        .collect()
}

#[test]
fn short_series_beside_long_ones_keep_intervals_that_hold() -> Result<(), Box<dyn Error>> {
    // Long series calibrate the panel. What they say is nothing to one of five periods: 95 % intervals held 56 % of them.
    let rows: Vec<Vec<f64>> = (0..900).map(|i| walk(i, [60, 8, 5][i % 3] + 6)).collect();
    let shares = coverage(&rows, &[60, 8, 5], 1)?;
    assert!(shares.iter().all(|share| *share > 0.90), "{shares:?}");
    Ok(())
}

#[test]
fn intermittent_demand_does_not_calibrate_other_series_nor_is_it_calibrated() -> Result<(), Box<dyn Error>> {
    let sparse =
        |i: usize| (0..43).map(move |t| if noise(i, t) > 0.8 { (2.0 + 2.0 * noise(i, t + 100)).ceil() } else { 0.0 });
    let rows: Vec<Vec<f64>> = (0..1200).map(|i| if i % 6 == 0 { walk(i, 42) } else { sparse(i).collect() }).collect();
    let shares = coverage(&rows, &[36, 37], 1)?;
    assert!((0.92..0.98).contains(&shares[0]) && shares[1] > 0.93, "{shares:?}");
    Ok(())
}

#[test]
fn what_sells_at_christmas_only_is_no_intermittent_demand() -> Result<(), Box<dyn Error>> {
    let sales: Vec<f64> = (0..48).map(|t| if t % 12 >= 9 { 100.0 + 5.0 * noise(1, t) } else { 0.0 }).collect();
    let mean = Method::Automatic.fit(&Series::new(&sales, 12)?)?.predict(12, &[])?.mean;
    assert!(mean[..9].iter().all(|&mean| mean < 5.0) && mean[9..].iter().all(|&mean| mean > 80.0), "{mean:?}");
    let short = Combination::automatic(&Series::new(&sales[..30], 12)?);
    assert_eq!(short.members, [Method::TeunterSyntetosBabai], "three seasons are asked for");
    Ok(())
}

#[test]
fn a_long_season_is_forecast_whole() -> Result<(), Box<dyn Error>> {
    let wave = |t: usize| 20.0 * (t as f64 * std::f64::consts::TAU / 52.0).sin();
    let sales: Vec<f64> = (0..156).map(|t| 100.0 + wave(t) + 8.0 * noise(2, t)).collect();
    let mean = Method::Automatic.fit(&Series::new(&sales, 52)?)?.predict(52, &[])?.mean;
    // Regression of the forecast on the wave: 1 but for the noise of its indices.
    let slope =
        (0..52).map(|t| (mean[t] - 100.0) * wave(t)).sum::<f64>() / (0..52).map(|t| wave(t) * wave(t)).sum::<f64>();
    assert!((0.85..1.1).contains(&slope), "{slope}");
    Ok(())
}

#[test]
fn paths_of_one_or_two_periods_are_as_unsure_as_their_intervals() -> Result<(), Box<dyn Error>> {
    for values in [vec![-50.0], vec![-50.0, -52.0]] {
        let fitted = Method::Automatic.fit(&Series::new(&values, 12)?)?;
        let band = &fitted.predict(3, &levels())?.bands[0];
        let paths = fitted.sample_paths(3, 4_000, 1)?.forecast("paths", &levels())?;
        let share = (paths.bands[0].upper[0] - paths.bands[0].lower[0]) / (band.upper[0] - band.lower[0]);
        assert!((0.9..1.1).contains(&share), "{share}");
    }
    Ok(())
}

#[test]
fn a_model_of_logarithms_is_applied_to_its_own_series_with_zeros() -> Result<(), Box<dyn Error>> {
    // Additive seasons lift the zeros above 0, so that there are logarithms.
    let sales: Vec<f64> = (0..24).map(|t| if t % 2 == 0 { 0.0 } else { 40.0 + (t % 5) as f64 }).collect();
    let series = Series::new(&sales, 2)?;
    let fitted = Method::LogarithmicTheta.fit(&series)?;
    assert!(fitted.method().contains("log"));
    assert_eq!(fitted.fitted_values(&series)?.iter().flatten().count(), 23);
    Ok(())
}

/// Series on which members leave the reach, or the floor bites, and ordinary ones.
fn hard_series() -> Vec<(Vec<f64>, usize)> {
    let explosion = (0..10).map(|t| if t < 8 { 10.0 } else { 10.0 * 40.0_f64.powi(t - 7) }).collect();
    let step = (0..24).map(|t| if t < 12 { 10.0 } else { 20.0 }).collect();
    vec![
        (explosion, 1),
        (step, 12),
        (vec![1.0, 2.0, 4.0, 8.0, 16.0], 1),
        (vec![5.0, 5.0, 5.0, 50.0, 52.0], 1),
        (vec![60.0, 58.0, 50.0, 47.0, 40.0, 33.0, 32.0, 25.0, 21.0, 14.0, 11.0, 5.0], 1),
        (vec![0.0, 2.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 1.0, 0.0], 1),
        (vec![0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 10.0, 12.0, 11.0, 13.0], 1),
        (months(1).swap_remove(0), 12),
    ]
}

#[test]
fn a_period_is_forecast_alike_whatever_horizon_is_asked_for() -> Result<(), Box<dyn Error>> {
    for (values, season) in hard_series() {
        let series = Series::new(&values, season)?;
        for method in Method::ALL {
            let Ok(fitted) = method.fit(&series) else { continue };
            let (near, far) = (fitted.predict(3, &levels())?, fitted.predict(12, &levels())?);
            assert_eq!((&near.method, &near.mean[..]), (&far.method, &far.mean[..3]), "{method} {values:?}");
            for (near, far) in near.bands.iter().zip(&far.bands) {
                assert_eq!(
                    (&near.lower[..], &near.upper[..]),
                    (&far.lower[..3], &far.upper[..3]),
                    "{method} {values:?}"
                );
            }
            let (near, far) = (fitted.sample_paths(3, 9, 4)?, fitted.sample_paths(12, 9, 4)?);
            assert!(near.iter().zip(far.iter()).all(|(near, far)| near == &far[..3]), "{method} {values:?}");
        }
    }
    Ok(())
}

#[test]
fn a_step_of_two_seasons_is_no_certain_trend() -> Result<(), Box<dyn Error>> {
    let step: Vec<f64> = (0..24).map(|t| if t < 12 { 10.0 } else { 20.0 }).collect();
    for method in [Method::Ets, Method::Automatic] {
        let forecast = method.fit(&Series::new(&step, 12)?)?.predict(12, &levels())?;
        let band = &forecast.bands[1];
        assert!(band.lower.iter().zip(&band.upper).all(|(low, high)| high - low > 5.0), "{method} {forecast:?}");
        assert!(forecast.mean.iter().all(|&mean| (19.0..31.0).contains(&mean)), "{method} {forecast:?}");
    }
    Ok(())
}

#[test]
fn what_fits_perfectly_is_not_certain() -> Result<(), Box<dyn Error>> {
    let line: Vec<f64> = (0..20).map(|t| 50.0 + 3.0 * f64::from(t)).collect();
    let staircase: Vec<f64> = (0..36).map(|t| f64::from(10 + 10 * (t / 12))).collect();
    for (values, season) in [(&line, 1), (&staircase, 12)] {
        for method in [Method::Ets, Method::DynamicOptimisedTheta, Method::LogarithmicTheta, Method::Automatic] {
            let band = &method.fit(&Series::new(values, season)?)?.predict(1, &levels())?.bands[0];
            let least = 0.02 * (values[values.len() - 1] - values[0]);
            assert!(band.upper[0] - band.lower[0] > least, "{method} {band:?}");
        }
    }
    Ok(())
}

#[test]
fn short_steep_series_are_followed_with_half_their_pace() -> Result<(), Box<dyn Error>> {
    let ahead = |values: &[f64]| -> Result<Vec<f64>, Box<dyn Error>> {
        Ok(Method::Automatic.fit(&Series::new(values, 1)?)?.predict(6, &[])?.mean)
    };
    // By hand: 5 + ½ h, halfway between the last value and the drift.
    assert!(
        ahead(&[1.0, 2.0, 3.0, 4.0, 5.0])?
            .iter()
            .zip(1..)
            .all(|(mean, h)| (mean - 5.0 - 0.5 * f64::from(h)).abs() < 0.05)
    );
    let doubled = ahead(&[1.0, 2.0, 4.0, 8.0, 16.0])?;
    assert!((16.0..20.0).contains(&doubled[0]) && doubled[5] < 32.0, "{doubled:?}");
    let jumped = ahead(&[5.0, 5.0, 5.0, 50.0, 52.0])?;
    assert!((50.0..60.0).contains(&jumped[0]) && jumped[5] < 2.0 * 52.0, "{jumped:?}");
    Ok(())
}

#[test]
fn zeros_before_a_launch_are_no_rare_demand() -> Result<(), Box<dyn Error>> {
    let launched = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 10.0, 12.0, 11.0, 13.0];
    let series = Series::new(&launched, 1)?;
    let fitted = Method::Automatic.fit(&series)?;
    let forecast = fitted.predict(3, &levels())?;
    assert!(
        forecast.mean.iter().all(|&mean| (10.0..14.0).contains(&mean)) && forecast.bands[0].lower[0] > 5.0,
        "{forecast:?}"
    );
    assert_eq!(forecast, Method::Automatic.fit(&Series::new(&launched[6..], 1)?)?.predict(3, &levels())?);
    let expected = fitted.fitted_values(&series)?;
    assert!(expected.len() == 10 && expected[..6].iter().all(Option::is_none) && expected[9].is_some());
    // Three periods of sales may be rare demand after all.
    assert_eq!(Combination::automatic(&series.first(9).ok_or("inside")?).members, [Method::TeunterSyntetosBabai]);
    Ok(())
}

#[test]
fn the_mean_of_futures_is_the_forecast_at_the_floor_and_of_logarithms() -> Result<(), Box<dyn Error>> {
    /// Standard errors of the mean of 20,000 paths, and points that stand for a distribution: shares of its deviation.
    const SIMULATED: f64 = 0.04;
    /// What a normal distribution one deviation below 0 is above it on average: φ(1) − (1 − Φ(1)).
    const FLOORED: f64 = 0.0834;
    // All but the explosion: relative errors beyond −1 are cut in its futures, and not in its intervals.
    for (values, season) in hard_series().into_iter().skip(1) {
        let series = Series::new(&values, season)?;
        for method in [Method::Automatic, Method::Combination] {
            let fitted = method.fit(&series)?;
            let forecast = fitted.predict(8, &levels())?;
            let paths = fitted.sample_paths(8, 20_000, 5)?;
            let simulated = paths.forecast("paths", &levels())?;
            for (ahead, (mean, own)) in simulated.mean.iter().zip(&forecast.mean).enumerate() {
                let band = &forecast.bands[0];
                let deviation = (band.upper[ahead] - band.lower[ahead]) / 2.0;
                let most = if *own > 0.1 * deviation { SIMULATED } else { SIMULATED + FLOORED };
                assert!(
                    (mean - own).abs() <= most * deviation + 1e-9,
                    "{method} {values:?} {ahead}: {mean} {own} {deviation}"
                );
            }
        }
    }
    Ok(())
}

#[test]
fn the_median_of_futures_of_logarithms_is_their_forecast() -> Result<(), Box<dyn Error>> {
    const SIMULATED: f64 = 0.03;
    let fitted = Method::LogarithmicTheta.fit(&Series::new(&months(1)[0], 12)?)?;
    let (own, paths) = (fitted.predict(6, &[])?.mean, fitted.sample_paths(6, 8_000, 2)?);
    for ahead in 0..6 {
        let below = paths.iter().filter(|path| path[ahead] < own[ahead]).count() as f64 / 8_000.0;
        assert!((below - 0.5).abs() < SIMULATED, "{below}");
    }
    Ok(())
}

#[test]
fn an_interval_holds_its_mean_for_every_method() -> Result<(), Box<dyn Error>> {
    let mut rare = vec![0.0; 40];
    rare[7] = 3.0;
    for (values, season) in hard_series().into_iter().chain([(rare, 12)]) {
        let series = Series::new(&values, season)?;
        for method in Method::ALL {
            let Ok(fitted) = method.fit(&series) else { continue };
            for forecast in
                [fitted.predict(4, &levels())?, fitted.sample_paths(4, 50, 1)?.forecast("paths", &levels())?]
            {
                assert!(sound(&forecast), "{method} {values:?} {forecast:?}");
            }
        }
    }
    Ok(())
}

#[test]
fn a_combination_of_nothing_or_of_itself_is_refused() -> Result<(), Box<dyn Error>> {
    let series = Series::new(&[3.0, 4.0, 5.0], 1)?;
    assert!(matches!(Combination::of(&[]).fit(&series), Err(ForecastError::Invalid(_))));
    assert!(matches!(Combination::of(&[Method::Automatic]).fit(&series), Err(ForecastError::Invalid(_))));
    // Members that a series cannot carry leave the seasonal naive method.
    let negative = Combination::of(&[Method::Croston]).fit(&Series::new(&[-3.0, 4.0], 1)?)?;
    assert_eq!(negative.predict(1, &[])?.mean, [4.0]);
    Ok(())
}

#[test]
fn no_paths_are_no_forecast() {
    for paths in [SamplePaths::new(3, Vec::new()), SamplePaths::new(0, Vec::new())] {
        assert!(matches!(paths.forecast("none", &levels()), Err(ForecastError::Invalid(_))));
    }
}

#[test]
fn what_is_read_is_checked_like_what_is_made() -> Result<(), Box<dyn Error>> {
    fn refuses<T: serde::de::DeserializeOwned + serde::Serialize>(
        value: &T,
        edits: &[(&str, &str)],
    ) -> Result<(), Box<dyn Error>> {
        let text = serde_json::to_string(value)?;
        serde_json::from_str::<T>(&text)?;
        for (from, to) in edits {
            let start = text.find(from).ok_or_else(|| format!("{from} is not in {text}"))?;
            let end = start + from.len() + text[start + from.len()..].find([',', '}']).ok_or("an end")?;
            let broken = format!("{}{from}{to}{}", &text[..start], &text[end..]);
            assert!(serde_json::from_str::<T>(&broken).is_err(), "{broken}");
        }
        Ok(())
    }
    let values = [3.0, 5.0, 4.0, 6.0, 3.5, 5.5, 4.5, 6.5];
    let series = Series::new(&values, 1)?;
    refuses(&Naive.fit(&series)?, &[("\"sigma\":", "-1"), ("\"last\":", "[]")])?;
    refuses(&Drift.fit(&series)?, &[("\"sigma\":", "-1"), ("\"slope\":", "1e999")])?;
    refuses(&Mean.fit(&series)?, &[("\"sigma\":", "-1"), ("\"periods\":", "0")])?;
    refuses(&Theta::default().fit(&series)?, &[("\"alpha\":", "0"), ("\"weight\":", "2"), ("\"periods\":", "0")])?;
    refuses(
        &Combination::default().fit(&series)?,
        &[("\"widening\":{\"periods\":", "0"), ("\"guard\":{\"least\":", "99"), ("\"sigma2\":", "-1")],
    )?;
    refuses(&SamplePaths::new(2, vec![1.0; 4]), &[("\"horizon\":", "3"), ("\"horizon\":", "0")])?;
    for broken in [r#"{"form":"additive","indices":[]}"#, r#"{"form":"multiplicative","indices":[1.0,0.0]}"#] {
        assert!(serde_json::from_str::<Seasonality>(broken).is_err(), "{broken}");
    }
    Ok(())
}
