use std::error::Error;

use emptor_types::{Fit, Level};

use crate::{Drift, Mean, Naive, Predict, SeasonalNaive, Series};

/// Rounding of a handful of operations.
const ROUNDING: f64 = 1e-12;

/// Six standard errors of a standard deviation of 20,000 draws, relative.
const SAMPLING: f64 = 0.03;

const SALES: [f64; 9] = [12.0, 30.0, 14.0, 17.0, 33.0, 15.0, 21.0, 38.0, 20.0];

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * b.abs().max(1.0)
}

/// Standard deviations from the width of an interval: z of 95 % is 1.959964 (normal tables).
fn deviations(model: &dyn Predict, horizon: usize) -> Result<Vec<f64>, Box<dyn Error>> {
    let forecast = model.predict(horizon, &[Level::new(0.95)?])?;
    let band = &forecast.bands[0];
    Ok(band.upper.iter().zip(&band.lower).map(|(up, low)| (up - low) / (2.0 * 1.959_963_984_540_054)).collect())
}

#[test]
fn spreads_are_those_of_the_textbook() -> Result<(), Box<dyn Error>> {
    // Hyndman & Athanasopoulos (2021), table 5.2, by hand.
    let series = Series::new(&SALES, 3)?;
    let naive = Naive.fit(&series)?;
    let changes: Vec<f64> = SALES.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let sigma = (changes.iter().map(|d| d * d).sum::<f64>() / 8.0).sqrt();
    assert!(close(naive.sigma(), sigma, ROUNDING));
    assert!(close(deviations(&naive, 4)?[3], sigma * 2.0, 1e-9));

    let seasonal = SeasonalNaive.fit(&series)?;
    // Changes over a season: 5, 3, 1, 4, 5, 5.
    let sigma = (101.0_f64 / 6.0).sqrt();
    assert!(close(seasonal.sigma(), sigma, ROUNDING));
    let spread = deviations(&seasonal, 4)?;
    assert!(close(spread[2], sigma, 1e-9) && close(spread[3], sigma * 2.0_f64.sqrt(), 1e-9));

    let drift = Drift.fit(&series)?;
    assert!(close(drift.slope(), 1.0, ROUNDING));
    let sigma = (changes.iter().map(|d| (d - 1.0) * (d - 1.0)).sum::<f64>() / 7.0).sqrt();
    assert!(close(deviations(&drift, 2)?[1], sigma * (2.0_f64 * (1.0 + 2.0 / 8.0)).sqrt(), 1e-9));

    let mean = Mean.fit(&series)?;
    let average = 200.0 / 9.0;
    let sigma = (SALES.iter().map(|y| (y - average) * (y - average)).sum::<f64>() / 8.0).sqrt();
    assert!(close(deviations(&mean, 1)?[0], sigma * (10.0_f64 / 9.0).sqrt(), 1e-9));
    Ok(())
}

#[test]
fn paths_spread_as_the_formulas_say() -> Result<(), Box<dyn Error>> {
    let series = Series::new(&SALES, 3)?;
    let models: [Box<dyn Predict>; 4] = [
        Box::new(Naive.fit(&series)?),
        Box::new(SeasonalNaive.fit(&series)?),
        Box::new(Drift.fit(&series)?),
        Box::new(Mean.fit(&series)?),
    ];
    for model in models {
        let (mean, spread) = (model.predict(5, &[])?.mean, deviations(&*model, 5)?);
        let paths = model.sample_paths(5, 20_000, 7)?;
        assert_eq!(paths, model.sample_paths(5, 20_000, 7)?);
        for ahead in [0, 4] {
            let square: f64 = paths.iter().map(|path| (path[ahead] - mean[ahead]).powi(2)).sum::<f64>() / 20_000.0;
            assert!(close(square.sqrt() / spread[ahead], 1.0, SAMPLING), "{} {ahead}", model.method());
        }
    }
    Ok(())
}

#[test]
fn expectations_use_only_what_was_before() -> Result<(), Box<dyn Error>> {
    let series = Series::new(&SALES, 3)?;
    let seasonal = SeasonalNaive.fit(&series)?.fitted_values(&series)?;
    assert_eq!(&seasonal[..4], [None, None, None, Some(12.0)]);
    assert_eq!(Drift.fit(&series)?.fitted_values(&series)?[..2], [None, Some(13.0)]);
    Ok(())
}

#[test]
fn one_season_or_two_periods_do_not_make_a_forecast_certain() -> Result<(), Box<dyn Error>> {
    let season = Series::new(&SALES[..3], 3)?;
    // Changes of 18 and −16.
    assert!(close(SeasonalNaive.fit(&season)?.sigma(), 290.0_f64.sqrt(), ROUNDING));
    assert!(close(Drift.fit(&Series::new(&SALES[..2], 1)?)?.sigma(), 18.0, ROUNDING));
    assert!(close(Drift.fit(&Series::new(&[5.0, 5.0], 1)?)?.sigma(), 0.0, ROUNDING));
    Ok(())
}
