use std::error::Error;

use emptor_types::{Fit, Level};

use crate::{Decomposition, ForecastError, SeasonForm, Series, autocorrelations, is_seasonal};

/// Rounding of a few sums.
const ROUNDING: f64 = 1e-12;

/// Five years of quarters: a line times indices.
fn quarters() -> Vec<f64> {
    (0..20).map(|t| (100.0 + f64::from(t)) * [0.8, 1.1, 1.3, 0.8][t as usize % 4]).collect()
}

#[test]
fn a_clean_season_is_found_as_it_is() -> Result<(), Box<dyn Error>> {
    // A line is its own moving average up to the season inside the window, so that indices are exact to a percent only.
    const CLOSE: f64 = 0.01;
    let values = quarters();
    let seasons = Decomposition { form: None, shrink: false }.fit(&Series::new(&values, 4)?)?;
    assert_eq!(seasons.form(), SeasonForm::Multiplicative);
    assert!(seasons.indices().iter().zip([0.8, 1.1, 1.3, 0.8]).all(|(a, b)| (a - b).abs() < CLOSE));
    assert!((seasons.indices().iter().sum::<f64>() - 4.0).abs() < ROUNDING);
    for (period, &value) in values.iter().enumerate() {
        assert!((seasons.restore(period, seasons.unseason(period, value)) - value).abs() < ROUNDING * value);
    }
    Ok(())
}

#[test]
fn additive_seasons_of_a_line_are_exact() -> Result<(), Box<dyn Error>> {
    let values: Vec<f64> = (0..24).map(|t| f64::from(t) - 5.0 + [3.0, -1.0, -2.0][t as usize % 3]).collect();
    let seasons = Decomposition::default().fit(&Series::new(&values, 3)?)?;
    assert_eq!(seasons.form(), SeasonForm::Additive);
    assert!(seasons.indices().iter().zip([3.0, -1.0, -2.0]).all(|(a, b)| (a - b).abs() < ROUNDING));
    Ok(())
}

#[test]
fn noise_is_shrunk_and_seasons_are_not() -> Result<(), Box<dyn Error>> {
    // A scrambled sequence without season, and the same with one.
    let noise: Vec<f64> = (0..36_u32).map(|t| 100.0 + f64::from((t * 7919 + t * t * 31) % 23)).collect();
    let season: Vec<f64> = noise.iter().enumerate().map(|(t, x)| if t % 12 == 11 { 3.0 * x } else { *x }).collect();
    let spread = |values: &[f64], shrink| -> Result<f64, ForecastError> {
        let seasons = Decomposition { form: None, shrink }.fit(&Series::new(values, 12)?)?;
        Ok(seasons.indices().iter().map(|index| (index - 1.0).powi(2)).sum::<f64>())
    };
    let kept = |values: &[f64]| -> Result<f64, ForecastError> { Ok(spread(values, true)? / spread(values, false)?) };
    assert!(kept(&season)? > 0.9, "{}", kept(&season)?);
    assert!(kept(&noise)? < kept(&season)? - 0.1, "{}", kept(&noise)?);
    Ok(())
}

#[test]
fn the_test_tells_seasons_from_none() -> Result<(), Box<dyn Error>> {
    let level = Level::new(0.9)?;
    assert!(is_seasonal(&Series::new(&quarters(), 4)?, level));
    assert!(!is_seasonal(&Series::new(&quarters(), 1)?, level));
    assert!(!is_seasonal(&Series::new(&quarters()[..8], 4)?, level));
    assert!(!is_seasonal(&Series::new(&[5.0; 40], 4)?, level));
    // Box & Jenkins by hand: 1, 2, 3 about 2 give r = (0, −1/2).
    assert_eq!(autocorrelations(&[1.0, 2.0, 3.0], 2), [0.0, -0.5]);
    Ok(())
}

#[test]
fn what_cannot_be_decomposed_is_refused() -> Result<(), Box<dyn Error>> {
    let short = Decomposition::default().fit(&Series::new(&[1.0; 7], 4)?);
    assert!(matches!(short, Err(ForecastError::TooShort { needed: 8, found: 7, .. })));
    let zeros = Decomposition { form: Some(SeasonForm::Multiplicative), shrink: true };
    assert!(matches!(zeros.fit(&Series::new(&[0.0; 8], 4)?), Err(ForecastError::NotAdmissible { .. })));
    Ok(())
}

#[test]
fn two_seasons_of_noise_are_no_season() -> Result<(), Box<dyn Error>> {
    // Each place is seen once in the middle of two seasons: its noise must come from the changes between them.
    let noise = |t: u64| 10.0 * emptor_lifetime::sampling::Variates::new(8, t).normal();
    let wave = |t: u64| 40.0 * (t as f64 * std::f64::consts::TAU / 52.0).sin();
    for periods in [104, 105, 130] {
        let kept = |values: &[f64]| -> Result<f64, Box<dyn Error>> {
            let series = Series::new(values, 52)?;
            let [raw, shrunk] = [false, true].map(|shrink| Decomposition { form: None, shrink }.fit(&series));
            Ok((shrunk?.index(13) - 1.0) / (raw?.index(13) - 1.0))
        };
        let flat = kept(&(0..periods).map(|t| 100.0 + noise(t)).collect::<Vec<_>>())?;
        let seasonal = kept(&(0..periods).map(|t| 100.0 + wave(t) + noise(t)).collect::<Vec<_>>())?;
        // By hand for one look at each place: V = 0.01 · (1 − 0.16)^(−3/2) = 0.013 of a spread of 0.08 + 0.01 keeps 0.86.
        assert!(flat < 0.4 && (0.75..0.97).contains(&seasonal), "{periods}: {flat} {seasonal}");
    }
    Ok(())
}
