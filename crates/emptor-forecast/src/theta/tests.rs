use std::error::Error;

use emptor_types::{Fit, Level};

use crate::{Deseasonalise, Predict, Series, Theta, ThetaParameters};

/// Rounding of a recursion over twenty periods.
const ROUNDING: f64 = 1e-9;

/// The first twenty months of the airline passengers (Box & Jenkins 1970).
const AIRLINE: [f64; 20] = [
    112.0, 118.0, 132.0, 129.0, 121.0, 135.0, 148.0, 148.0, 136.0, 119.0, 104.0, 118.0, 115.0, 126.0, 141.0, 135.0,
    125.0, 149.0, 170.0, 170.0,
];

fn plain(dynamic: bool, theta: Option<f64>) -> Theta {
    Theta { theta, dynamic, deseasonalise: Deseasonalise::Never, ..Theta::default() }
}

/// Line of least squares through periods 1, 2, … by the normal equations.
fn least_squares(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let (mean, middle) = (values.iter().sum::<f64>() / n, (n + 1.0) / 2.0);
    let sums = values.iter().zip(1..).fold((0.0, 0.0), |(xy, xx), (y, t)| {
        let x = f64::from(t) - middle;
        (xy + x * (y - mean), xx + x * x)
    });
    let slope = if sums.1 > 0.0 { sums.0 / sums.1 } else { 0.0 };
    (mean - slope * middle, slope)
}

/// Forecasts by the equations of Fiorucci et al. (2016) as they stand: the line is fitted again at every period.
fn by_definition(values: &[f64], dynamic: bool, p: ThetaParameters, horizon: usize) -> Vec<f64> {
    let (mut known, mut level) = (Vec::new(), p.initial_level);
    let fixed = least_squares(values);
    let mut forecasts = Vec::new();
    for t in 1..=values.len() + horizon {
        let (a, b) = if dynamic { if known.is_empty() { (0.0, 0.0) } else { least_squares(&known) } } else { fixed };
        let q = 1.0 - p.alpha;
        let line = q.powi(t as i32 - 1) * a + (1.0 - q.powi(t as i32)) / p.alpha * b;
        let expected = level + (1.0 - 1.0 / p.theta) * line;
        let value = values.get(t - 1).copied().unwrap_or_else(|| {
            forecasts.push(expected);
            expected
        });
        level = p.alpha * value + q * level;
        known.push(value);
    }
    forecasts
}

#[test]
fn forecasts_are_those_of_the_definition() -> Result<(), Box<dyn Error>> {
    let series = Series::new(&AIRLINE, 1)?;
    for dynamic in [false, true] {
        for (alpha, theta) in [(0.3, 2.0), (0.7, 5.0), (0.1, 1.0)] {
            let parameters = ThetaParameters { initial_level: 110.0, alpha, theta };
            let forecast = plain(dynamic, None).with_parameters(&series, parameters)?.predict(6, &[])?;
            let expected = by_definition(&AIRLINE, dynamic, parameters, 6);
            for (a, b) in forecast.mean.iter().zip(expected) {
                assert!((a - b).abs() < ROUNDING * b, "{dynamic} {alpha} {theta}: {a} {b}");
            }
        }
    }
    Ok(())
}

#[test]
fn the_optimised_model_agrees_with_statsforecast() -> Result<(), Box<dyn Error>> {
    /// The peer's parameters are huge and nearly cancel.
    const TOLERANCE: f64 = 1e-6;
    // statsforecast 2.1.1, OptimizedTheta(season_length=1), its parameters and forecasts.
    let parameters = ThetaParameters {
        initial_level: -4_324_970.093_487_008,
        alpha: 0.989_999_999_982_906_4,
        theta: 83_498.141_682_692_59,
    };
    let fitted = plain(false, None).with_parameters(&Series::new(&AIRLINE, 1)?, parameters)?;
    let forecast = fitted.predict(4, &[])?;
    for (a, b) in forecast.mean.iter().zip([171.523_641_98, 173.034_150_21, 174.544_658_44, 176.055_166_66]) {
        assert!((a - b).abs() < TOLERANCE, "{a} {b}");
    }
    Ok(())
}

#[test]
fn the_standard_model_is_smoothing_with_half_the_slope() -> Result<(), Box<dyn Error>> {
    // Hyndman & Billah (2003), eq. 5: with the level that smoothing reaches.
    let fitted = plain(false, Some(2.0)).fit(&Series::new(&AIRLINE, 1)?)?;
    let p = fitted.parameters();
    let level = AIRLINE.iter().fold(p.initial_level, |level, y| p.alpha * y + (1.0 - p.alpha) * level);
    let (intercept, slope) = least_squares(&AIRLINE);
    let q = (1.0 - p.alpha).powi(20);
    for (ahead, mean) in fitted.predict(5, &[])?.mean.iter().enumerate() {
        // The paper starts the smoothing where the intercept has vanished; its rest is q A / 2, shrinking with q^h.
        let rest = 0.5 * q * intercept;
        let drift = 0.5 * slope * (ahead as f64 + (1.0 - q * (1.0 - p.alpha)) / p.alpha);
        let tail = 1e-3 + rest.abs() + q * slope.abs() * 10.0;
        assert!((mean - (level + drift)).abs() < tail, "{mean} {}", level + drift);
    }
    Ok(())
}

#[test]
fn no_parameters_nearby_or_far_fit_better() -> Result<(), Box<dyn Error>> {
    let series = Series::new(&AIRLINE, 1)?;
    let spec = plain(true, None);
    let squares = |p: ThetaParameters| -> Result<f64, Box<dyn Error>> {
        let fitted = spec.with_parameters(&series, p)?.fitted_values(&series)?;
        Ok(fitted.iter().zip(AIRLINE).skip(2).map(|(f, y)| (f.unwrap_or(y) - y).powi(2)).sum())
    };
    let best = squares(spec.fit(&series)?.parameters())?;
    for alpha in [0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.99] {
        for theta in [1.0, 1.2, 1.5, 2.0, 3.0, 10.0, 1e6] {
            for initial_level in [80.0, 100.0, 110.0, 120.0, 150.0] {
                let other = squares(ThetaParameters { initial_level, alpha, theta })?;
                assert!(best <= other * (1.0 + ROUNDING), "{alpha} {theta} {initial_level}: {best} {other}");
            }
        }
    }
    Ok(())
}

#[test]
fn variances_are_those_of_simulated_paths() -> Result<(), Box<dyn Error>> {
    /// Six standard errors of a standard deviation of 20,000 draws, relative.
    const SAMPLING: f64 = 0.03;
    let series = Series::new(&AIRLINE, 1)?;
    for dynamic in [false, true] {
        let parameters = ThetaParameters { initial_level: 112.0, alpha: 0.4, theta: 3.0 };
        let fitted = plain(dynamic, None).with_parameters(&series, parameters)?;
        let forecast = fitted.predict(8, &[Level::new(0.95)?])?;
        let paths = fitted.sample_paths(8, 20_000, 3)?;
        for ahead in [0, 3, 7] {
            let sd = (forecast.bands[0].upper[ahead] - forecast.mean[ahead]) / 1.959_963_984_540_054;
            let square = paths.iter().map(|path| (path[ahead] - forecast.mean[ahead]).powi(2)).sum::<f64>();
            let ratio = (square / 20_000.0).sqrt() / sd;
            assert!((ratio - 1.0).abs() < SAMPLING, "{dynamic} {ahead}: {ratio}");
        }
    }
    Ok(())
}

#[test]
fn a_unit_scales_forecasts_and_logarithms_scale_alike() -> Result<(), Box<dyn Error>> {
    let scaled = AIRLINE.map(|y| y * 1024.0);
    for spec in [Theta::dynamic_optimised(), Theta::of_logarithms()] {
        let one = spec.fit(&Series::new(&AIRLINE, 4)?)?.predict(6, &[])?.mean;
        let other = spec.fit(&Series::new(&scaled, 4)?)?.predict(6, &[])?.mean;
        for (a, b) in one.iter().zip(other) {
            assert!((a * 1024.0 - b).abs() < 1e-5 * b, "{a} {b}");
        }
    }
    Ok(())
}

#[test]
fn wrong_parameters_are_all_named() -> Result<(), Box<dyn Error>> {
    let wrong = ThetaParameters { initial_level: f64::NAN, alpha: 0.0, theta: 0.5 };
    let error = Theta::default().with_parameters(&Series::new(&AIRLINE, 1)?, wrong).err().ok_or("accepted")?;
    let message = error.to_string();
    assert!(["initial_level", "alpha", "theta"].iter().all(|name| message.contains(name)), "{message}");
    assert!(Theta { theta: Some(f64::NAN), ..Theta::default() }.fit(&Series::new(&AIRLINE, 1)?).is_err());
    Ok(())
}

#[test]
fn as_many_parameters_as_errors_do_not_make_a_forecast_certain() -> Result<(), Box<dyn Error>> {
    // Five periods: three errors count, and three parameters make them next to nothing.
    let fitted = Theta::dynamic_optimised().fit(&Series::new(&[100.0, 108.0, 95.0, 110.0, 99.0], 1)?)?;
    let changes = ((64.0 + 169.0 + 225.0 + 121.0) / 4.0_f64).sqrt();
    assert!(fitted.sigma() >= changes - ROUNDING, "{}", fitted.sigma());
    Ok(())
}
