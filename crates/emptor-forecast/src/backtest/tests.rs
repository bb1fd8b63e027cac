//! What a backtest sees, says and chooses.

use std::error::Error;

use emptor_lifetime::sampling::Variates;
use emptor_types::Level;

use super::*;
use crate::conformal::{Calibration, ConformalSettings};
use crate::intermittent::IntermittentDemand;
use crate::{Forecast, ForecastError, Predict, SamplePaths, Series};

/// Says the same for every period, ± 1.
#[derive(Debug)]
struct Constant(f64);

impl Predict for Constant {
    fn method(&self) -> String {
        "constant".to_owned()
    }

    fn predict(&self, horizon: usize, levels: &[Level]) -> Result<Forecast, ForecastError> {
        let forecast = Forecast::of(self.method(), vec![self.0; horizon]);
        let (low, high) = (vec![self.0 - 1.0; horizon], vec![self.0 + 1.0; horizon]);
        Ok(levels.iter().fold(forecast, |forecast, &level| forecast.with_band(level, low.clone(), high.clone())))
    }

    fn sample_paths(&self, horizon: usize, paths: usize, _: u64) -> Result<SamplePaths, ForecastError> {
        Ok(SamplePaths::new(horizon, vec![self.0; horizon * paths]))
    }

    fn fitted_values(&self, series: &Series<'_>) -> Result<Vec<Option<f64>>, ForecastError> {
        Ok(vec![Some(self.0); series.len()])
    }
}

fn last() -> BacktestMethod<'static> {
    BacktestMethod::new("last", |series| Ok(Box::new(Constant(series.values()[series.len() - 1]))))
}

fn average() -> BacktestMethod<'static> {
    BacktestMethod::new("mean", |series| {
        Ok(Box::new(Constant(series.values().iter().sum::<f64>() / series.len() as f64)))
    })
}

fn noise(place: u64, periods: usize) -> Vec<f64> {
    let mut random = Variates::new(5, place);
    (0..periods).map(|_| 50.0 + random.normal()).collect()
}

#[test]
fn nothing_after_an_origin_is_visible() -> Result<(), Box<dyn Error>> {
    const POISON: f64 = 1e99;
    let clean = noise(1, 40);
    let settings = BacktestSettings { step: 3, gap: 1, ..BacktestSettings::new(4, 5) };
    let origins = settings.origins_of(40);
    assert_eq!(origins, [23, 26, 29, 32, 35]);
    let methods = [last(), average(), BacktestMethod::of("TSB", IntermittentDemand::tsb())];
    let own = backtest(&[Series::new(&clean, 12)?], &methods, &settings)?;
    for origin in origins {
        let mut poisoned = clean.clone();
        poisoned[origin..].fill(POISON);
        let other = backtest(&[Series::new(&poisoned, 12)?], &methods, &settings)?;
        let until = |test: &Backtest| {
            let seen = test.forecasts().iter().filter(|own| own.origin <= origin);
            seen.map(|own| own.forecast.clone()).collect::<Vec<_>>()
        };
        assert_eq!(until(&own), until(&other));
        assert!(!until(&own).is_empty());
    }
    Ok(())
}

#[test]
fn the_table_holds_what_was_said_and_what_came() -> Result<(), Box<dyn Error>> {
    let values: Vec<f64> = (1..=10).map(f64::from).collect();
    let level = Level::new(0.8)?;
    let settings = BacktestSettings {
        step: 2,
        gap: 1,
        window: Window::Sliding { periods: 2 },
        levels: vec![level],
        ..BacktestSettings::new(2, 2)
    };
    let test = backtest(&[Series::new(&values, 1)?], &[last(), average()], &settings)?;
    let table: Vec<_> =
        test.rows().map(|row| (row.method, row.origin, row.horizon, row.forecast, row.actual)).collect();
    let expected = [
        ("last", 5, 2, 5.0, 7.0),
        ("last", 5, 3, 5.0, 8.0),
        ("mean", 5, 2, 4.5, 7.0),
        ("mean", 5, 3, 4.5, 8.0),
        ("last", 7, 2, 7.0, 9.0),
        ("last", 7, 3, 7.0, 10.0),
        ("mean", 7, 2, 6.5, 9.0),
        ("mean", 7, 3, 6.5, 10.0),
    ];
    assert_eq!(table, expected);
    assert!(test.rows().all(|row| row.bands == [(level, row.forecast - 1.0, row.forecast + 1.0)]));
    let accuracy = test.accuracy(0, "last").ok_or("it made forecasts")?;
    assert_eq!((accuracy.forecasts, accuracy.mae, accuracy.mase), (2, Some(2.5), Some(2.5)));
    assert_eq!(test.accuracy(0, "none"), None);
    let summary = test.summary();
    assert_eq!((summary[0].skill, summary[0].owa), (Some(0.0), Some(1.0)), "it is the benchmark");
    assert!(summary[1].skill.is_some_and(|skill| (skill + 0.2).abs() < 1e-12), "3 beside 2.5");
    Ok(())
}

#[test]
fn a_benchmark_with_a_season_repeats_it() -> Result<(), Box<dyn Error>> {
    let values = [1.0, 5.0, 9.0].repeat(6);
    let test = backtest(&[Series::new(&values, 3)?], &[last()], &BacktestSettings::new(4, 1))?;
    assert_eq!(test.forecasts()[0].benchmark.mae, Some(0.0));
    Ok(())
}

#[test]
fn a_method_that_fails_stops_nobody_else() -> Result<(), Box<dyn Error>> {
    let (returns, sales) = ([1.0, -1.0].repeat(6), [1.0, 0.0].repeat(6));
    let panel = [Series::new(&returns, 1)?, Series::new(&sales, 1)?, Series::new(&sales[..3], 1)?];
    let endless = BacktestMethod::new("endless", |_| Ok(Box::new(Constant(f64::INFINITY))));
    let methods = [last(), BacktestMethod::of("TSB", IntermittentDemand::tsb()), endless];
    let test = backtest(&panel, &methods, &BacktestSettings::new(2, 3))?;
    assert_eq!((test.forecasts().len(), test.failures().len()), (2 * 3 + 3, 3 + 6));
    assert_eq!(test.summary().iter().map(|summary| summary.failures).collect::<Vec<_>>(), [0, 3, 6]);
    assert!(test.failures()[0].error.to_string().contains("take returns off"));
    let candidates = |choice: Option<Choice>| choice.map_or(0, |choice| choice.candidates.len());
    assert_eq!((candidates(test.choose()), candidates(test.choose_for(1)), candidates(test.choose_for(2))), (1, 2, 0));
    let twice = backtest(&panel, &[last(), last()], &BacktestSettings::new(2, 3));
    assert!(twice.is_err() && backtest(&panel, &[], &BacktestSettings::new(2, 3)).is_err());
    let broken = BacktestSettings { step: 0, ..BacktestSettings::new(0, 0) };
    let refused = backtest(&panel, &[last()], &broken);
    assert!(matches!(refused, Err(ForecastError::Invalid(invalid)) if invalid.violations().len() == 4));
    Ok(())
}

#[test]
fn the_better_method_is_chosen_and_the_simpler_of_equals() -> Result<(), Box<dyn Error>> {
    let panel: Vec<Vec<f64>> = (0..60).map(|place| noise(place, 40)).collect();
    let panel: Vec<Series<'_>> = panel.iter().map(|values| Series::new(values, 1)).collect::<Result<_, _>>()?;
    let settings = BacktestSettings { step: 2, ..BacktestSettings::new(2, 6) };
    let choice = backtest(&panel, &[last(), average()], &settings)?.choose().ok_or("both can be chosen")?;
    assert_eq!((choice.chosen.as_str(), choice.best.as_str()), ("mean", "mean"), "white noise");
    let (behind, error) = (choice.candidates[0].behind, choice.candidates[0].standard_error.ok_or("many pairs")?);
    assert!(behind > 4.0 * error && error > 0.0, "{choice:?}");
    // A mean without the newest value is as good, but for noise: given first, it is taken for the simpler one.
    let shorter =
        BacktestMethod::new("shorter mean", |series| average().fit(&series.first(series.len() - 1).unwrap_or(*series)));
    let choice = backtest(&panel, &[shorter, average()], &settings)?.choose().ok_or("both can be chosen")?;
    assert_eq!(choice.chosen, "shorter mean", "{choice:?}");
    let same = [average(), BacktestMethod::new("again", |series| average().fit(series))];
    let choice = backtest(&panel, &same, &settings)?.choose_for(3).ok_or("both can be chosen")?;
    assert_eq!(choice.chosen, "mean");
    Ok(())
}

#[test]
fn threads_do_not_change_a_bit_and_errors_calibrate_intervals() -> Result<(), Box<dyn Error>> {
    let panel: Vec<Vec<f64>> = (0..40).map(|place| noise(place, 30)).collect();
    let panel: Vec<Series<'_>> = panel.iter().map(|values| Series::new(values, 1)).collect::<Result<_, _>>()?;
    let level = Level::new(0.8)?;
    let settings = BacktestSettings { step: 2, levels: vec![level], ..BacktestSettings::new(2, 3) };
    let run = || backtest(&panel, &[average()], &settings);
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build()?.install(run)?;
    let many = rayon::ThreadPoolBuilder::new().num_threads(4).build()?.install(run)?;
    assert_eq!(alone, many);
    let calibration = Calibration::pooled(&many.errors("mean"), &ConformalSettings::new(2, &[level]))?;
    let multiplier = calibration.multiplier(level, 1).ok_or("calibrated")?;
    assert!((multiplier - 1.28).abs() < 0.25, "normal errors of 1 beside ± 1: {multiplier}");
    assert_eq!(calibration.errors(), 40 * 3 * 2);
    Ok(())
}
