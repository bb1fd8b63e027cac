//! Coverage on simulated panels, and the rules of calibrations.

use std::error::Error;

use emptor_lifetime::sampling::Variates;
use emptor_types::Level;

use super::*;
use crate::{Forecast, ForecastError};

const HORIZON: usize = 6;
const SERIES: usize = 1500;

/// How the errors of a simulated series come about.
#[derive(Debug, Clone, Copy)]
enum Noise {
    Normal,
    /// Student's t with 3 degrees of freedom.
    HeavyTails,
    /// The standard deviation differs between series and, slowly, inside each.
    Heteroskedastic,
}

fn simulated(noise: Noise, periods: usize, place: usize) -> Vec<f64> {
    let mut random = Variates::new(11, place as u64);
    let (size, phase) = ((1.5 * random.normal()).exp(), 6.0 * random.uniform());
    let mut value = 0.0;
    let burn_in = 30;
    let values = (0..burn_in + periods).map(|period| {
        let shock = random.normal();
        let shock = match noise {
            Noise::Normal => shock,
            Noise::HeavyTails => shock / (random.gamma(1.5) / 1.5).sqrt(),
            Noise::Heteroskedastic => shock * size * (0.7 * (period as f64 / 9.0 + phase).sin()).exp(),
        };
        value = 0.7 * value + shock;
        100.0 + value
    });
    values.skip(burn_in).collect()
}

/// An AR(1) by least squares with the plain normal intervals of textbooks, which take estimates for the truth.
fn autoregression(past: &[f64], levels: &[(Level, f64)]) -> Forecast {
    let n = past.len() as f64;
    let mean = past.iter().sum::<f64>() / n;
    let (mut cross, mut square) = (0.0, 0.0);
    for pair in past.windows(2) {
        cross += (pair[0] - mean) * (pair[1] - mean);
        square += (pair[0] - mean) * (pair[0] - mean);
    }
    let phi = (cross / square).clamp(-0.98, 0.98);
    let residual = |pair: &[f64]| (pair[1] - mean) - phi * (pair[0] - mean);
    let sigma = (past.windows(2).map(|pair| residual(pair).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    let last = past[past.len() - 1] - mean;
    let power = |h: usize| phi.powi(h as i32 + 1);
    let points: Vec<f64> = (0..HORIZON).map(|h| mean + power(h) * last).collect();
    let widths: Vec<f64> =
        (0..HORIZON).map(|h| sigma * ((1.0 - power(h).powi(2)) / (1.0 - phi * phi)).sqrt()).collect();
    levels.iter().fold(Forecast::of("AR(1)", points.clone()), |forecast, &(level, z)| {
        let end = |side: f64| points.iter().zip(&widths).map(|(point, width)| point + side * z * width).collect();
        forecast.with_band(level, end(-1.0), end(1.0))
    })
}

fn levels() -> Result<[(Level, f64); 2], Box<dyn Error>> {
    Ok([(Level::new(0.8)?, 1.281_551_565_544_6), (Level::new(0.95)?, 1.959_963_984_540_054)])
}

/// Coverage at 80 and 95 % by the model and after calibration on origins so many periods before the end.
fn coverages(noise: Noise, periods: usize, behind: &[usize]) -> Result<[[f64; 2]; 2], Box<dyn Error>> {
    let levels = levels()?;
    let panel: Vec<Vec<f64>> = (0..SERIES).map(|place| simulated(noise, periods + HORIZON, place)).collect();
    let mut errors = Vec::new();
    for (place, series) in panel.iter().enumerate() {
        for back in behind {
            let origin = periods - back;
            let forecast = autoregression(&series[..origin], &levels);
            errors.push(OriginErrors::new(place, origin, periods, &forecast, &series[origin..periods]));
        }
    }
    let settings = ConformalSettings::new(HORIZON, &levels.map(|(level, _)| level));
    let calibration = Calibration::pooled(&errors, &settings)?;
    let mut inside = [[0.0; 2]; 2];
    for series in &panel {
        let forecast = autoregression(&series[..periods], &levels);
        let calibrated = calibration.apply(&forecast)?;
        for (which, forecast) in [forecast, calibrated].iter().enumerate() {
            for (level, band) in forecast.bands.iter().enumerate() {
                let share = crate::accuracy::coverage(&series[periods..], &band.lower, &band.upper);
                inside[which][level] += share.ok_or("all periods are known")? / SERIES as f64;
            }
        }
    }
    Ok(inside)
}

#[test]
fn calibrated_intervals_cover_what_they_promise_on_simulated_panels() -> Result<(), Box<dyn Error>> {
    /// Three standard errors of a share of 1,500 series whose six periods go together are 3 points at 80 % and half of
    /// that at 95.
    const AT_80: f64 = 0.025;
    const AT_95: f64 = 0.0125;
    for noise in [Noise::Normal, Noise::HeavyTails, Noise::Heteroskedastic] {
        let [model, calibrated] = coverages(noise, 40, &[6, 9, 12])?;
        let found = format!("{noise:?}: model {model:?}, calibrated {calibrated:?}");

        assert!((calibrated[0] - 0.8).abs() < AT_80 && (calibrated[1] - 0.95).abs() < AT_95, "{found}");
        assert!(model[1] < 0.92, "the model alone promises too much: {found}");
    }
    Ok(())
}

#[test]
fn several_origins_bring_short_series_nearer_to_the_level_than_one() -> Result<(), Box<dyn Error>> {
    let [_, one] = coverages(Noise::Normal, 20, &[6])?;
    let [_, several] = coverages(Noise::Normal, 20, &[6, 8, 10])?;

    assert!(one[1] > 0.95 && (several[1] - 0.95).abs() < (one[1] - 0.95).abs(), "{one:?} {several:?}");
    Ok(())
}

/// One series of `known` periods with errors of 1, 2, … beside half-widths of `half`, one period ahead.
fn rising_errors(count: usize, half: f64, level: Level) -> Vec<OriginErrors> {
    let forecast = Forecast::of("flat", vec![0.0]).with_band(level, vec![-half], vec![half]);
    (0..count).map(|i| OriginErrors::new(0, 10 + i, 10 + count, &forecast, &[(i + 1) as f64])).collect()
}

fn plain(horizon: usize, levels: &[Level]) -> ConformalSettings {
    ConformalSettings { decay: 1.0, to_full_length: false, neighbours: 0, ..ConformalSettings::new(horizon, levels) }
}

#[test]
fn one_series_is_calibrated_when_it_has_the_errors_and_says_how_many_it_needs_when_not() -> Result<(), Box<dyn Error>> {
    let level = Level::new(0.95)?;
    let calibration = Calibration::pooled(&rising_errors(19, 2.0, level), &plain(1, &[level]))?;
    assert_eq!((calibration.multiplier(level, 1), calibration.errors()), (Some(9.5), 19));
    let refused = Calibration::pooled(&rising_errors(18, 2.0, level), &plain(1, &[level]));
    let Err(ForecastError::TooFewErrors { needed: 19, horizon: 1, found, .. }) = refused else {
        return Err(format!("18 errors cannot carry 95 %: {refused:?}").into());
    };
    assert!((found - 18.0).abs() < 1e-12);
    // Errors that have aged weigh less: 19 of them are no longer 19.
    let aged = ConformalSettings { decay: 0.95, ..plain(1, &[level]) };
    assert!(Calibration::pooled(&rising_errors(19, 2.0, level), &aged).is_err());
    assert!(Calibration::pooled(&[], &plain(1, &[level])).is_err());
    Ok(())
}

#[test]
fn lopsided_intervals_are_stretched_on_each_side() -> Result<(), Box<dyn Error>> {
    let level = Level::new(0.5)?;
    let forecast = Forecast::of("skew", vec![10.0]).with_band(level, vec![8.0], vec![16.0]);
    // Twice the lower half-width below, and half the upper one above.
    let errors = [OriginErrors::new(0, 5, 6, &forecast, &[6.0]), OriginErrors::new(1, 5, 6, &forecast, &[13.0])];
    let calibration = Calibration::pooled(&errors, &plain(1, &[level]))?;
    assert_eq!(calibration.multiplier(level, 1), Some(2.0), "the second of two: ⌈3 × ½⌉");
    let band = &calibration.apply(&forecast)?.bands[0];
    assert_eq!((band.lower[0], band.upper[0]), (6.0, 22.0));
    Ok(())
}

#[test]
fn intervals_stay_nested_and_horizons_beyond_the_last_take_its_multiplier() -> Result<(), Box<dyn Error>> {
    let (low, high) = (Level::new(0.5)?, Level::new(0.8)?);
    let narrow = Forecast::of("m", vec![0.0]).with_band(low, vec![-1.0], vec![1.0]);
    let both = narrow.clone().with_band(high, vec![-9.0], vec![9.0]);
    let errors: Vec<OriginErrors> = (1..=9).map(|i| OriginErrors::new(i, 5, 6, &both, &[i as f64])).collect();
    let calibration = Calibration::pooled(&errors, &plain(1, &[high, low]))?;
    let wide = Forecast::of("m", vec![0.0; 3]).with_band(high, vec![-1.0; 3], vec![1.0; 3]).with_band(
        low,
        vec![-1.0; 3],
        vec![1.0; 3],
    );
    let calibrated = calibration.apply(&wide)?;
    let (Some(inner), Some(outer)) = (calibrated.band(low), calibrated.band(high)) else {
        return Err("both levels were asked for".into());
    };
    assert_eq!(inner.upper, [5.0; 3]);
    assert!(outer.upper.iter().zip(&inner.upper).all(|(outer, inner)| outer >= inner), "{calibrated:?}");
    let other = narrow.with_band(Level::new(0.9)?, vec![-1.0], vec![1.0]);
    assert!(calibration.apply(&other).is_err_and(|error| error.to_string().contains("0.8, 0.5")));
    Ok(())
}

#[test]
fn bands_of_one_width_become_wider_with_the_horizon() -> Result<(), Box<dyn Error>> {
    let level = Level::new(0.5)?;
    let forecast = unit_bands(Forecast::of("naive", vec![0.0; 3]), 2.0, &[level]);
    let errors: Vec<OriginErrors> =
        (0..9).map(|i| OriginErrors::new(i, 5, 8, &forecast, &[i as f64, 3.0 * i as f64, 2.0 * i as f64])).collect();
    let free = Calibration::pooled(&errors, &plain(3, &[level]))?;
    let monotone = Calibration::pooled(&errors, &ConformalSettings { monotone: true, ..plain(3, &[level]) })?;
    let all = |calibration: &Calibration| (1..=3).filter_map(|h| calibration.multiplier(level, h)).collect::<Vec<_>>();
    assert_eq!((all(&free), all(&monotone)), (vec![2.0, 6.0, 4.0], vec![2.0, 5.0, 5.0]));
    Ok(())
}

#[test]
fn intervals_without_width_and_unknown_values_have_no_score() -> Result<(), Box<dyn Error>> {
    let level = Level::new(0.5)?;
    let flat = Forecast::of("perfect", vec![1.0; 2]).with_band(level, vec![1.0; 2], vec![1.0; 2]);
    let errors = vec![OriginErrors::new(0, 5, 7, &flat, &[1.0, 3.0]); 9];
    assert!(Calibration::pooled(&errors, &plain(1, &[level])).is_err());
    let unit = unit_bands(flat, 1.0, &[level]);
    let errors = vec![OriginErrors::new(0, 5, 7, &unit, &[f64::NAN, 3.0]); 9];
    let pooled = ConformalSettings { neighbours: usize::MAX, ..plain(2, &[level]) };
    assert_eq!(Calibration::pooled(&errors, &pooled)?.errors(), 9);
    let outside = OriginErrors::new(0, 7, 7, &unit, &[]);
    assert!(Calibration::pooled(&[outside], &pooled).is_err());
    Ok(())
}

#[test]
fn the_order_of_the_errors_does_not_matter_and_calibrations_can_be_kept() -> Result<(), Box<dyn Error>> {
    let level = Level::new(0.8)?;
    let mut errors = rising_errors(60, 2.0, level);
    let settings = ConformalSettings::new(1, &[level]);
    let forward = Calibration::pooled(&errors, &settings)?;
    errors.reverse();
    assert_eq!(Calibration::pooled(&errors, &settings)?, forward);
    assert_eq!(serde_json::from_str::<Calibration>(&serde_json::to_string(&forward)?)?, forward);
    Ok(())
}
