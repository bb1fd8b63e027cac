use std::error::Error;

use emptor_types::{Fit, Level};
use proptest::prelude::*;

use super::options::{Estimation, InitialStates, ParameterBounds};
use super::problem::{Problem, Workspace};
use super::rough::Rough;
use super::stability::is_stable;
use super::*;
use crate::{Forecast, ForecastError, Predict, Series};

type Outcome = Result<(), Box<dyn Error>>;

/// Rising sales with a multiplicative season and a little disorder.
fn sales(periods: usize, m: usize) -> Vec<f64> {
    (0..periods)
        .map(|t| {
            let season = 1.0 + 0.3 * (t as f64 * std::f64::consts::TAU / m as f64).sin();
            let disorder = 1.0 + 0.05 * ((t * 7919 % 31) as f64 / 15.0 - 1.0);
            (100.0 + 2.0 * t as f64) * season * disorder
        })
        .collect()
}

fn form(text: &str) -> Result<EtsForm, Box<dyn Error>> {
    Ok(text.parse()?)
}

#[test]
fn forms_are_written_and_read() -> Outcome {
    for form in EtsForm::all() {
        assert_eq!(form.to_string().parse::<EtsForm>()?, form);
        assert_eq!(serde_json::from_str::<EtsForm>(&serde_json::to_string(&form)?)?, form);
    }
    assert!(EtsForm::new(ErrorType::Additive, TrendType::None, SeasonType::Multiplicative).is_err());
    assert!("ETS(A,M,N)".parse::<EtsForm>().is_err());
    Ok(())
}

#[test]
fn derivatives_are_those_of_the_values() -> Outcome {
    /// Differences over a step of 1e-6 are right to about 1e-9 of values of the size of 1.
    const TOLERANCE: f64 = 1e-6;
    const STEP: f64 = 1e-6;
    let values: Vec<f64> = sales(30, 4).iter().map(|value| value / 256.0).collect();
    for form in EtsForm::all() {
        let rough = Rough::new(&values, form.season(), 4);
        for initial in [InitialStates::Backcast, InitialStates::Optimised] {
            let (bounds, estimation) = (ParameterBounds::Usual, Estimation::MaximumLikelihood);
            let backcast = Problem {
                form,
                values: &values,
                season: 4,
                rough: &rough,
                initial: InitialStates::Backcast,
                bounds,
                estimation,
            };
            let mut at = vec![0.3, 0.2, 0.4, 0.9][..form.smoothing_count()].to_vec();
            if form.trend() == TrendType::Damped && !form.is_seasonal() {
                at[2] = 0.9;
            }
            if initial == InitialStates::Optimised {
                at = backcast.with_backcast_states(&at);
            }
            let problem = Problem { initial, ..backcast };
            let mut work = Workspace::default();
            let sum = problem.derive(&at, &mut work);
            assert!((sum - problem.value(&at, &mut work)).abs() < 1e-12 * sum, "{form}");
            let n = values.len();
            for unknown in 0..at.len() {
                let block = &work.tangents[unknown / 4 * n..][..n];
                let got: f64 = block
                    .iter()
                    .zip(&work.residuals)
                    .map(|(tangent, residual)| 2.0 * tangent[unknown % 4] * residual)
                    .sum();
                let shifted = |by: f64| {
                    let mut to = at.clone();
                    to[unknown] += by;
                    problem.value(&to, &mut Workspace::default())
                };
                let expected = (shifted(STEP) - shifted(-STEP)) / (2.0 * STEP);
                assert!(
                    (got - expected).abs() < TOLERANCE * expected.abs().max(1.0),
                    "{form} {unknown}: {got} {expected}"
                );
            }
        }
    }
    Ok(())
}

#[test]
fn lines_and_constants_are_continued() -> Outcome {
    const TOLERANCE: f64 = 1e-9;
    let line: Vec<f64> = (0..20).map(|t| 50.0 + 3.0 * f64::from(t)).collect();
    let fitted = Ets::automatic().fit(&Series::new(&line, 1)?)?;
    assert_eq!(fitted.form(), form("ETS(A,A,N)")?);
    let forecast = fitted.predict(5, &[])?;
    for (step, mean) in forecast.mean.iter().enumerate() {
        assert!((mean - (110.0 + 3.0 * step as f64)).abs() < TOLERANCE, "{forecast:?}");
    }
    for value in [0.0, 7.0, -3.5e11] {
        let fitted = Ets::automatic().fit(&Series::new(&[value; 30], 4)?)?;
        assert_eq!(fitted.form(), EtsForm::simplest());
        let forecast = fitted.predict(3, &[Level::new(0.95)?])?;
        assert!(forecast.mean.iter().all(|mean| (mean - value).abs() <= TOLERANCE * value.abs()));
        assert!(forecast.bands[0].upper.iter().all(|upper| (upper - value).abs() <= TOLERANCE * value.abs()));
    }
    Ok(())
}

#[test]
fn forms_that_a_series_cannot_carry_are_refused() -> Outcome {
    let with_zero = [3.0, 0.0, 4.0, 5.0, 2.0, 6.0, 3.0, 4.0];
    let fit = |text: &str, m: usize| -> Result<_, Box<dyn Error>> {
        Ok(Ets::of(form(text)?).fit(&Series::new(&with_zero, m)?))
    };
    assert!(matches!(fit("ETS(M,N,N)", 1)?, Err(ForecastError::NotAdmissible { .. })));
    assert!(matches!(fit("ETS(A,N,A)", 1)?, Err(ForecastError::NotAdmissible { .. })));
    assert!(matches!(fit("ETS(A,N,A)", 5)?, Err(ForecastError::TooShort { needed: 10, found: 8, .. })));
    assert!(fit("ETS(A,Ad,A)", 4)?.is_ok());
    Ok(())
}

#[test]
fn a_few_periods_are_enough_for_a_simple_form() -> Outcome {
    for n in 1..=10 {
        for m in [1, 4, 12] {
            let fitted = Ets::automatic().fit(&Series::new(&sales(n, 12), m)?)?;
            let forecast = fitted.predict(6, &[Level::new(0.95)?])?;
            let band = &forecast.bands[0];
            assert!(forecast.mean.iter().chain(&band.lower).chain(&band.upper).all(|value| value.is_finite()));
            assert!(band.lower[0] < band.upper[0], "{n} {m}: {forecast:?}");
        }
    }
    Ok(())
}

#[test]
fn variances_ahead_are_those_of_simulated_paths() -> Outcome {
    /// Five standard errors of a standard deviation from 20,000 paths, and what the approximation of class 3 leaves out.
    const TOLERANCE: f64 = 0.03;
    const PATHS: usize = 20_000;
    let values = sales(60, 4);
    for form in EtsForm::all() {
        let fitted = Ets::of(form).fit(&Series::new(&values, 4)?)?;
        let forecast = fitted.predict(10, &[])?;
        let variances = fitted.variances(10)?;
        let paths = fitted.sample_paths(10, PATHS, 11)?;
        for step in 0..10 {
            let mean = paths.iter().map(|path| path[step]).sum::<f64>() / PATHS as f64;
            let square = paths.iter().map(|path| (path[step] - mean) * (path[step] - mean)).sum::<f64>();
            let simulated = (square / PATHS as f64).sqrt();
            let deviation = variances[step].sqrt();
            assert!((mean - forecast.mean[step]).abs() < TOLERANCE * deviation, "{form} {step}: mean");
            assert!((simulated / deviation - 1.0).abs() < TOLERANCE, "{form} {step}: {simulated} {deviation}");
        }
    }
    Ok(())
}

#[test]
fn paths_depend_on_the_seed_only() -> Outcome {
    let fitted = Ets::automatic().fit(&Series::new(&sales(60, 12), 12)?)?;
    let many = fitted.sample_paths(6, 50, 3)?;
    assert_eq!(many, fitted.sample_paths(6, 50, 3)?);
    assert!(fitted.sample_paths(6, 20, 3)?.iter().eq(many.iter().take(20)));
    assert_ne!(many, fitted.sample_paths(6, 50, 4)?);
    Ok(())
}

#[test]
fn a_fit_survives_being_saved() -> Outcome {
    let values = sales(60, 12);
    let series = Series::new(&values, 12)?;
    let fitted = Ets::automatic().fit(&series)?;
    let read: FittedEts = serde_json::from_str(&serde_json::to_string(&fitted)?)?;
    assert_eq!(read, fitted);
    let broken = serde_json::to_string(&fitted)?.replace("\"season\":12", "\"season\":0");
    assert!(serde_json::from_str::<FittedEts>(&broken).is_err());
    let again =
        FittedEts::from_parameters(fitted.form(), fitted.parameters(), fitted.initial_states().clone(), &series)?;
    assert_eq!((again.states(), again.log_likelihood()), (fitted.states(), fitted.log_likelihood()));
    Ok(())
}

#[test]
fn criteria_are_those_of_the_likelihood() -> Outcome {
    const TOLERANCE: f64 = 1e-9;
    let values = sales(40, 4);
    let fitted = Ets::of(form("ETS(M,A,M)")?).fit(&Series::new(&values, 4)?)?;
    // α, β, γ, level, slope, three seasons, variance.
    let (k, n) = (9.0, 40.0_f64);
    let likelihood = fitted.log_likelihood().ok_or("none")?;
    let near =
        |got: Option<f64>, expected: f64| got.is_some_and(|got| (got - expected).abs() < TOLERANCE * expected.abs());
    assert!(near(fitted.aic(), 2.0 * k - 2.0 * likelihood));
    assert!(near(fitted.aicc(), 2.0 * k - 2.0 * likelihood + 2.0 * k * (k + 1.0) / (n - k - 1.0)));
    assert!(near(fitted.bic(), k * n.ln() - 2.0 * likelihood));
    Ok(())
}

#[test]
fn estimated_states_are_at_least_as_likely_as_backcast_ones() -> Outcome {
    let values = sales(48, 12);
    let series = Series::new(&values, 12)?;
    for form in EtsForm::all() {
        let spec = Ets::of(form).estimation(Estimation::MaximumLikelihood);
        let backcast = spec.clone().fit(&series)?.log_likelihood().ok_or("none")?;
        let optimised = spec.initial_states(InitialStates::Optimised).fit(&series)?.log_likelihood().ok_or("none")?;
        assert!(optimised >= backcast, "{form}: {optimised} {backcast}");
    }
    Ok(())
}

#[test]
fn a_falling_positive_series_stays_above_zero() -> Outcome {
    let values: Vec<f64> = (0..20).map(|t| 100.0 - 4.5 * f64::from(t) + f64::from(t * 7 % 5)).collect();
    let fitted = Ets::of(form("ETS(M,A,N)")?).fit(&Series::new(&values, 1)?)?;
    assert!(fitted.predict(50, &[])?.mean.iter().all(|&mean| mean >= 0.0));
    assert!(fitted.sample_paths(50, 100, 1)?.iter().flatten().all(|&value| value >= 0.0));
    Ok(())
}

fn same_but_for_a_factor(one: &Forecast, other: &Forecast, factor: f64) -> bool {
    let all = |forecast: &Forecast| -> Vec<f64> {
        let ends = forecast.bands.iter().flat_map(|band| band.lower.iter().chain(&band.upper));
        forecast.mean.iter().chain(ends).copied().collect()
    };
    all(one).iter().zip(all(other)).all(|(a, b)| (a * factor).to_bits() == b.to_bits())
}

/// Series of all kinds: noise, counts with zeros, steps, growth, constants with one outlier.
fn any_values() -> impl Strategy<Value = Vec<f64>> {
    let length = 1_usize..60;
    prop_oneof![
        prop::collection::vec(-1.0_f64..1.0, length.clone()),
        prop::collection::vec(0.001_f64..1.0, length.clone()),
        prop::collection::vec((0_u8..3).prop_map(f64::from), length.clone()),
        (length.clone(), 0.5_f64..2.0).prop_map(|(n, growth)| (0..n).map(|t| growth.powi(t as i32)).collect()),
        (length, 0.1_f64..1e6, any::<prop::sample::Index>()).prop_map(|(n, size, place)| {
            let mut values = vec![1.0; n];
            values[place.index(n)] = size;
            values
        }),
    ]
}

proptest! {
    #[test]
    fn every_series_has_a_finite_bounded_forecast(
        values in any_values(),
        m in prop::sample::select(vec![1_usize, 2, 4, 7, 12]),
        power in -12_i32..=12,
        initial in prop::sample::select(vec![InitialStates::Backcast, InitialStates::Backcast, InitialStates::Optimised]),
        bounds in prop::sample::select(vec![ParameterBounds::Usual, ParameterBounds::Admissible]),
    ) {
        let scale = 10.0_f64.powi(power);
        let values: Vec<f64> = values.iter().map(|value| value * scale).collect();
        let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        let fail = |error: ForecastError| TestCaseError::fail(error.to_string());
        let series = Series::new(&values, m).map_err(fail)?;
        let fitted = Ets::automatic().initial_states(initial).bounds(bounds).fit(&series).map_err(fail)?;
        let level = Level::new(0.95).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let forecast = fitted.predict(30, &[level]).map_err(fail)?;
        let band = &forecast.bands[0];
        for step in 0..30 {
            let (low, mean, high) = (band.lower[step], forecast.mean[step], band.upper[step]);
            prop_assert!(low <= mean && mean <= high, "{low} {mean} {high}");
            prop_assert!(high - low <= 40.0 * largest.max(mean.abs()), "{low} {mean} {high}");
        }
        prop_assert!(is_stable(fitted.form(), &fitted.smoothing(), m, &mut Vec::new()), "{fitted:?}");
        prop_assert!(fitted.fitted_values(&series).map_err(fail)?.iter().all(Option::is_some));
        let paths = fitted.sample_paths(30, 5, 1).map_err(fail)?;
        prop_assert!(paths.iter().flatten().all(|value| value.is_finite()));
    }

    #[test]
    fn another_unit_gives_the_same_forecast(values in any_values(), m in prop::sample::select(vec![1_usize, 4, 12]), power in -40_i32..=40) {
        let factor = 2.0_f64.powi(power);
        let scaled: Vec<f64> = values.iter().map(|value| value * factor).collect();
        let fail = |error: ForecastError| TestCaseError::fail(error.to_string());
        let levels = [Level::new(0.8).map_err(|error| TestCaseError::fail(error.to_string()))?];
        let forecast = |values: &[f64]| Ets::automatic().fit(&Series::new(values, m)?)?.predict(12, &levels);
        let (one, other) = (forecast(&values).map_err(fail)?, forecast(&scaled).map_err(fail)?);
        prop_assert_eq!(&one.method, &other.method);
        prop_assert!(same_but_for_a_factor(&one, &other, factor), "{:?} {:?}", one, other);
    }
}

#[test]
fn relative_errors_far_below_one_keep_their_variance() -> Outcome {
    // Of 1 + σ² nothing but 1 is left where σ is 1e-9: the difference of two large numbers would be 0.
    let values: Vec<f64> = (0..24).map(|t| 1e9 + ((t * 7919 % 31) as f64 / 15.0 - 1.0)).collect();
    for text in ["ETS(M,N,N)", "ETS(M,N,M)"] {
        let fitted = Ets::of(form(text)?).fit(&Series::new(&values, 4)?)?;
        let variance = fitted.variances(1)?[0];
        let expected = fitted.sigma2() * fitted.predict(1, &[])?.mean[0].powi(2);
        assert!((variance / expected - 1.0).abs() < 1e-6 && variance > 0.1, "{text} {variance} {expected}");
    }
    Ok(())
}
