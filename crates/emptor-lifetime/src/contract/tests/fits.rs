use emptor_types::{ContractHistory, Envelope, Fit, TimeUnit, Training};

use super::super::process::ContractProcess;
use crate::testing::{TestResult, skip};
use crate::{BetaDiscreteWeibull, FittedContract, FittedShiftedBetaGeo, ShiftedBetaGeo, Spec};

/// Survivors of the paper's two segments, years 0 to 7 (Fader & Hardie 2007, per cent of a cohort).
const REGULAR: [f64; 8] = [1000.0, 631.0, 468.0, 382.0, 326.0, 289.0, 262.0, 241.0];
const HIGH_END: [f64; 8] = [1000.0, 869.0, 743.0, 653.0, 593.0, 551.0, 517.0, 491.0];

/// Estimates recomputed elsewhere and printed with six decimals, relative.
const PRINTED: f64 = 2e-6;
/// The same along the flattest direction of the BdW.
const FLAT: f64 = 5e-6;
/// Log-likelihoods printed with six decimals, absolute.
const PRINTED_LOG_LIKELIHOOD: f64 = 1e-6;

fn fit_to<P: ContractProcess>(survivors: &[f64]) -> Result<FittedContract<P>, Box<dyn std::error::Error>> {
    let history = ContractHistory::from_survivors(&[survivors], TimeUnit::Year)?;
    Ok(Spec::<P>::builder().build()?.fit(&history)?)
}

fn check<P: ContractProcess>(survivors: &[f64], expected: &[f64], log_likelihood: f64, relative: f64) -> TestResult {
    let model: FittedContract<P> = fit_to(survivors)?;
    for (value, expected) in model.parameters().values().iter().zip(expected) {
        assert!((value / expected - 1.0).abs() < relative, "{}: {value} instead of {expected}", P::NAME);
    }
    let value = model.report().log_likelihood.unwrap_or(f64::NAN);
    assert!((value - log_likelihood).abs() < PRINTED_LOG_LIKELIHOOD, "{}: {value}", P::NAME);
    Ok(())
}

#[test]
fn fits_to_the_papers_segments_give_the_known_estimates() -> TestResult {
    // specification C9, C10: recomputed with other programs.
    type Sbg = crate::ShiftedBetaGeoParameters;
    type Bdw = crate::BetaDiscreteWeibullParameters;
    check::<Sbg>(&REGULAR, &[0.704_077, 1.182_043], -1_680.265_188, PRINTED)?;
    check::<Sbg>(&HIGH_END, &[0.668_088, 3.806_095], -1_611.158_147, PRINTED)?;
    check::<Sbg>(&REGULAR[..5], &[0.763_665, 1.295_830], -1_401.559_424, PRINTED)?;
    check::<Sbg>(&HIGH_END[..5], &[1.280_976, 7.790_385], -1_225.134_907, PRINTED)?;
    check::<Bdw>(&REGULAR[..5], &[0.523_029, 0.894_283, 1.196_399], -1_401.383_052, FLAT)?;
    check::<Bdw>(&HIGH_END[..5], &[0.259_336, 1.722_551, 1.584_362], -1_222.749_318, FLAT)?;
    check::<Bdw>(&REGULAR, &[0.455_614, 0.779_326, 1.283_451], -1_679.602_833, FLAT)?;
    check::<Bdw>(&HIGH_END, &[0.214_253, 1.426_575, 1.723_565], -1_605.314_213, FLAT)
}

#[test]
fn customers_of_the_data_set_are_the_tables_of_the_paper() -> TestResult {
    let Some(rows) = read("sbg/sbg_paper.csv")? else {
        skip("customers_of_the_data_set_are_the_tables_of_the_paper");
        return Ok(());
    };
    let history = ContractHistory::new(&rows.last_active, &rows.observed, TimeUnit::Year)?;
    let segments = ShiftedBetaGeo::builder().build()?.fit_each(&history, &rows.labels)?;
    assert_eq!(segments.separate[0], ("highend".to_owned(), fit_to(&HIGH_END)?));
    assert_eq!(segments.separate[1], ("regular".to_owned(), fit_to(&REGULAR)?));
    let test = segments.likelihood_ratio()?;
    assert!(test.degrees == 2 && test.p_value < 1e-20, "{test:?}");
    let segments = BetaDiscreteWeibull::builder().build()?.fit_each(&history, &rows.labels)?;
    assert_eq!(segments.separate[0].1, fit_to(&HIGH_END)?);
    Ok(())
}

#[test]
fn cohorts_of_different_age_are_fitted_together() -> TestResult {
    /// Parameters printed with two decimals.
    const TWO_DECIMALS: f64 = 0.01;
    let Some(rows) = read("sbg/sbg_case1_cohorts.csv")? else {
        skip("cohorts_of_different_age_are_fitted_together");
        return Ok(());
    };
    let history = ContractHistory::new(&rows.last_active, &rows.observed, TimeUnit::Year)?;
    let model = ShiftedBetaGeo::builder().build()?.fit(&history)?;
    // Fader & Hardie (2010), case 1: the cohorts were made from an sBG with these parameters.
    let parameters = model.parameters();
    assert!((parameters.alpha / 3.80 - 1.0).abs() < TWO_DECIMALS, "{parameters:?}");
    assert!((parameters.beta / 15.20 - 1.0).abs() < TWO_DECIMALS, "{parameters:?}");
    assert_eq!((model.report().observations, model.report().distinct), (50_000, 4));
    // Specification of the data set: active at the end 4,391, 5,307, 6,480, 8,000, 10,000.
    assert!((model.p_alive(&history)?.iter().sum::<f64>() - 34_178.0).abs() < f64::EPSILON);
    let next = model.expected_customers(&history, &[1.0])?[0];
    let of = [(4_u64, 4391.0), (3, 5307.0), (2, 6480.0), (1, 8000.0), (0, 10_000.0)];
    let expected: f64 = of.iter().map(|(renewals, here)| here * model.conditional_survival(*renewals, 1)).sum();
    assert!((next / expected - 1.0).abs() < PRINTED);
    Ok(())
}

#[test]
fn an_envelope_keeps_the_model_and_a_broken_one_is_refused() -> TestResult {
    let model: FittedShiftedBetaGeo = fit_to(&HIGH_END)?;
    let training = Training { as_of: None, unit: Some(model.unit()), customers: 1000 };
    let saved = Envelope::new(FittedShiftedBetaGeo::KIND, training, model.clone()).to_json()?;
    assert_eq!(Envelope::<FittedShiftedBetaGeo>::from_json(FittedShiftedBetaGeo::KIND, &saved)?.model, model);
    let broken = saved.replace("\"alpha\": 0.", "\"alpha\": -0.");
    assert!(Envelope::<FittedShiftedBetaGeo>::from_json(FittedShiftedBetaGeo::KIND, &broken).is_err());
    Ok(())
}

/// Columns of a file of the data set `sbg`.
struct Rows {
    last_active: Vec<f64>,
    observed: Vec<f64>,
    labels: Vec<String>,
}

fn read(file: &str) -> Result<Option<Rows>, Box<dyn std::error::Error>> {
    let Some(folder) = std::env::var_os("EMPTOR_DATASETS") else { return Ok(None) };
    let text = std::fs::read_to_string(std::path::Path::new(&folder).join(file))?;
    let mut rows = Rows { last_active: Vec::new(), observed: Vec::new(), labels: Vec::new() };
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        rows.last_active.push(cells[1].parse()?);
        rows.observed.push(cells[2].parse()?);
        rows.labels.push(cells[3].to_owned());
    }
    Ok(Some(rows))
}
