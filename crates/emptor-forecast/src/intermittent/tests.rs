//! Rates beside those of statsforecast, and the hard cases.

use std::error::Error;

use emptor_types::{Fit, Level};
use serde::Deserialize;

use super::*;
use crate::{ForecastError, Predict, Series};

const ROUNDING: f64 = 1e-12;

#[derive(Debug, Deserialize)]
struct Golden {
    tolerance: f64,
    series: Vec<Part>,
}

#[derive(Debug, Deserialize)]
struct Part {
    part: String,
    sales: Vec<f64>,
    croston: f64,
    sba: f64,
    croston_optimised: f64,
    tsb: f64,
    adida: f64,
    ses: f64,
}

fn all() -> Result<[IntermittentDemand; 6], ForecastError> {
    let optimised = IntermittentDemand::new(IntermittentMethod::Croston, Smoothing::Optimised)?;
    Ok([
        IntermittentDemand::croston(),
        IntermittentDemand::sba(),
        optimised,
        IntermittentDemand::tsb(),
        IntermittentDemand::adida(),
        IntermittentDemand::ses(),
    ])
}

#[test]
fn rates_are_those_of_statsforecast_on_car_parts() -> Result<(), Box<dyn Error>> {
    let golden: Golden = toml::from_str(include_str!("../../tests/golden/intermittent.toml"))?;
    for part in &golden.series {
        let series = Series::new(&part.sales, 12)?;
        let expected = [part.croston, part.sba, part.croston_optimised, part.tsb, part.adida, part.ses];
        for (model, expected) in all()?.iter().zip(expected) {
            let fitted = model.fit(&series)?;
            let found = fitted.rate();
            assert!((found - expected).abs() < golden.tolerance, "{} of {}: {found}", fitted.method(), part.part);
        }
    }
    Ok(())
}

#[test]
fn kinds_of_demand_are_those_of_syntetos_boylan_and_croston() -> Result<(), Box<dyn Error>> {
    for (sales, expected) in [
        (vec![5.0, 5.0, 6.0, 4.0], DemandPattern::Smooth),
        (vec![1.0, 9.0, 1.0, 1.0], DemandPattern::Erratic),
        (vec![2.0, 0.0, 2.0, 0.0], DemandPattern::Intermittent),
        (vec![1.0, 0.0, 9.0, 0.0, 1.0, 0.0], DemandPattern::Lumpy),
        (vec![0.0, 0.0, 3.0], DemandPattern::Intermittent),
        (vec![0.0, 0.0], DemandPattern::NoDemand),
    ] {
        assert_eq!(DemandProfile::of(&sales)?.pattern, expected, "{sales:?}");
    }
    let tiny = DemandProfile::of(&[1e-200, 0.0, 3e-200])?;
    assert_eq!((tiny.squared_variation, tiny.mean_interval), (Some(0.25), Some(1.5)));
    Ok(())
}

#[test]
fn nothing_sold_is_a_forecast_of_nothing() -> Result<(), Box<dyn Error>> {
    let level = Level::new(0.9)?;
    for values in [vec![0.0], vec![0.0; 40]] {
        let series = Series::new(&values, 12)?;
        for model in all()? {
            let fitted = model.fit(&series)?;
            let forecast = fitted.predict(2, &[level])?;
            assert_eq!((&forecast.mean, &forecast.bands[0].upper), (&vec![0.0; 2], &vec![0.0; 2]));
            assert!(fitted.sample_paths(3, 5, 1)?.iter().flatten().all(|value| *value <= 0.0));
        }
    }
    Ok(())
}

#[test]
fn one_sale_is_enough() -> Result<(), Box<dyn Error>> {
    for values in [vec![7.0], vec![0.0, 0.0, 0.0, 7.0], vec![7.0, 0.0, 0.0, 0.0]] {
        let series = Series::new(&values, 12)?;
        for model in all()? {
            let fitted = model.fit(&series)?;
            let rate = fitted.rate();
            assert!(rate > 0.0 && rate <= 7.0, "{}: {rate} of {values:?}", fitted.method());
            let sum: f64 = fitted.parameters().sizes.iter().sum();
            assert!((fitted.probability() * sum - rate).abs() < ROUNDING);
        }
    }
    // Every fourth period a seven; SBA takes a twentieth off.
    let series = [0.0, 0.0, 0.0, 7.0];
    let rate = IntermittentDemand::sba().fit(&Series::new(&series, 1)?)?.rate();
    assert!((rate - 0.95 * 7.0 / 4.0).abs() < ROUNDING);
    Ok(())
}

#[test]
fn returns_are_refused_with_what_to_do() -> Result<(), Box<dyn Error>> {
    let values = [3.0, 0.0, -2.0, 1.0];
    let series = Series::new(&values, 12)?;
    for model in all()? {
        let Err(ForecastError::NotAdmissible { reason, .. }) = model.fit(&series) else {
            return Err("a negative value is no demand".into());
        };
        assert!(reason.contains("period 2 is -2") && reason.contains("take returns off"), "{reason}");
    }
    assert!(IntermittentDemand::tsb().fit(&Series::new(&[1.0], 1)?)?.fitted_values(&series).is_err());
    assert!(DemandProfile::of(&values).is_err() && DemandProfile::of(&[f64::NAN]).is_err());
    assert!(Series::new(&[1.0, f64::NAN], 12).is_err());
    Ok(())
}

#[test]
fn settings_and_parameters_outside_their_range_are_refused() -> Result<(), Box<dyn Error>> {
    for alpha in [0.0, 1.5, f64::NAN] {
        let smoothing = Smoothing::Fixed { size: alpha, frequency: alpha };
        let refused = IntermittentDemand::new(IntermittentMethod::Tsb, smoothing);
        assert!(matches!(refused, Err(ForecastError::Invalid(invalid)) if invalid.violations().len() == 2));
    }
    let fitted = IntermittentDemand::tsb().fit(&Series::new(&[0.0, 2.0, 1.0], 1)?)?;
    let broken =
        IntermittentParameters { bucket: 0, rate: f64::INFINITY, sizes: vec![2.0, 1.0], ..fitted.parameters().clone() };
    let refused = FittedIntermittentDemand::from_parameters(broken);
    assert!(matches!(refused, Err(ForecastError::Invalid(invalid)) if invalid.violations().len() == 3));
    let kept: FittedIntermittentDemand = serde_json::from_str(&serde_json::to_string(&fitted)?)?;
    assert_eq!(kept, fitted);
    Ok(())
}

#[test]
fn futures_have_the_rate_as_their_mean_and_the_quantiles_of_the_forecast() -> Result<(), Box<dyn Error>> {
    /// Four standard errors of the mean of 40,000 sales.
    const SIMULATED: f64 = 0.03;
    let sales = [0.0, 1.0, 0.0, 0.0, 4.0, 2.0, 0.0, 0.0, 0.0, 1.0, 0.0, 2.0];
    let fitted = IntermittentDemand::tsb().fit(&Series::new(&sales, 12)?)?;
    let levels = [Level::new(0.5)?, Level::new(0.85)?];
    let (own, paths) = (fitted.predict(4, &levels)?, fitted.sample_paths(4, 10_000, 3)?);
    assert_eq!(paths, fitted.sample_paths(4, 10_000, 3)?);
    assert_ne!(paths, fitted.sample_paths(4, 10_000, 4)?);
    let simulated = paths.forecast("simulated", &levels)?;
    let mean = simulated.mean.iter().sum::<f64>() / 4.0;
    assert!((mean - fitted.rate()).abs() < SIMULATED, "{mean} {}", fitted.rate());
    for (one, other) in own.bands.iter().zip(&simulated.bands) {
        assert_eq!((&one.lower, &one.upper), (&other.lower, &other.upper), "the quantiles lie inside steps");
    }
    assert!(fitted.predict(0, &levels).is_err() && fitted.sample_paths(0, 1, 1).is_err());
    Ok(())
}

#[test]
fn a_fitted_value_is_the_forecast_of_the_periods_before() -> Result<(), Box<dyn Error>> {
    let sales = [0.0, 2.0, 0.0, 0.0, 3.0, 1.0, 0.0, 5.0];
    let series = Series::new(&sales, 4)?;
    for model in [IntermittentDemand::croston(), IntermittentDemand::sba(), IntermittentDemand::tsb()] {
        let values = model.fit(&series)?.fitted_values(&series)?;
        assert_eq!(values[0], None);
        for (period, value) in values.iter().enumerate().skip(1) {
            let before = model.fit(&series.first(period).ok_or("inside")?)?.rate();
            assert_eq!(*value, Some(before));
        }
    }
    Ok(())
}

#[test]
fn the_unit_of_the_sales_is_the_unit_of_the_rate() -> Result<(), Box<dyn Error>> {
    let sales = [0.0, 2.0, 0.0, 0.0, 3.0, 1.0, 0.0, 5.0, 0.0, 1.0];
    for unit in [1e12, 1e-12] {
        let other: Vec<f64> = sales.iter().map(|value| value * unit).collect();
        for model in all()? {
            let (one, two) = (model.fit(&Series::new(&sales, 4)?)?.rate(), model.fit(&Series::new(&other, 4)?)?.rate());
            // Optimised parameters lie within 1e-9 of each other.
            assert!((two / unit / one - 1.0).abs() < 1e-7, "{one} {two}");
        }
    }
    Ok(())
}

#[test]
fn many_sizes_are_kept_as_quantiles() -> Result<(), Box<dyn Error>> {
    let sales: Vec<f64> = (1..=1000).map(f64::from).collect();
    let fitted = IntermittentDemand::ses().fit(&Series::new(&sales, 1)?)?;
    assert_eq!(fitted.parameters().sizes.len(), 64);
    let mean = fitted.parameters().sizes.iter().sum::<f64>() / 64.0;
    assert!((mean - 500.5).abs() < 1.0, "{mean}");
    assert!(fitted.sample_paths(1, 1000, 1)?.iter().flatten().all(|value| *value > 0.0), "it sells every period");
    Ok(())
}
