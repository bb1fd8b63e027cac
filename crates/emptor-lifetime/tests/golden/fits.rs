//! Fits against published estimates, log-likelihoods and standard errors.

use std::error::Error;

use emptor_lifetime::{
    BetaGeoCnbdK, BetaGeoNbd, Estimate, GammaGamma, GammaGompertzNbd, LifetimeError, ModifiedBetaGeoCnbdK,
    ModifiedBetaGeoNbd, Nbd, ParetoNbd, PurchaseModel,
};
use emptor_types::{Fit, FitReport, HistoryView, Level, Termination};
use serde::Deserialize;

use crate::data::Data;
use crate::{TestResult, golden};

#[derive(Deserialize)]
struct Published {
    fit: Vec<PublishedFit>,
    runaway: Vec<Runaway>,
}

#[derive(Deserialize)]
struct PublishedFit {
    id: String,
    model: String,
    data: String,
    #[serde(default)]
    k: Option<u32>,
    names: Vec<String>,
    parameters: Vec<f64>,
    log_likelihood: f64,
    #[serde(default)]
    published_log_likelihood: Option<f64>,
    #[serde(default)]
    standard_errors: Vec<f64>,
    #[serde(default)]
    standard_errors_relative: f64,
    identified: bool,
    relative: f64,
    absolute: f64,
}

#[derive(Deserialize)]
struct Runaway {
    model: String,
    data: String,
    log_likelihood_supremum: f64,
    absolute: f64,
}

/// What a fit of any model gave.
struct Fitted {
    report: FitReport,
    estimates: Vec<Estimate>,
}

/// Fits the model of a name, with covariates if the names of the parameters have some; `None` if it is not of this
/// family.
macro_rules! fit {
    ($builder:expr, $history:expr) => {{
        let model = $builder.build()?.fit($history)?;
        let estimates = model.estimates(Level::new(0.95)?).unwrap_or_default();
        Some(Fitted { report: model.report().clone(), estimates })
    }};
}

/// Covariates named with a prefix.
fn with_prefix<'a>(names: &'a [String], prefixes: &[&str]) -> Vec<&'a str> {
    let name = |name: &'a String| prefixes.iter().find_map(|prefix| name.strip_prefix(prefix));
    names.iter().filter_map(name).collect()
}

fn fit(golden: &PublishedFit, history: &HistoryView<'_>) -> Result<Option<Fitted>, Box<dyn Error>> {
    let purchase = with_prefix(&golden.names, &["both_", "trans_"]);
    let dropout = with_prefix(&golden.names, &["both_", "life_"]);
    let same = with_prefix(&golden.names, &["both_"]);
    let boundary = !golden.identified;
    Ok(match golden.model.as_str() {
        "nbd" => fit!(Nbd::builder(), history),
        "bg_nbd" => fit!(BetaGeoNbd::builder().purchase_covariates(purchase).dropout_covariates(dropout), history),
        "mbg_nbd" => {
            fit!(ModifiedBetaGeoNbd::builder().purchase_covariates(purchase).dropout_covariates(dropout), history)
        }
        "pareto_nbd" => fit!(
            ParetoNbd::builder().purchase_covariates(purchase).dropout_covariates(dropout).same_coefficient(same),
            history
        ),
        "ggom_nbd" => fit!(GammaGompertzNbd::builder().accept_boundary(boundary), history),
        "bg_cnbd" => fit!(BetaGeoCnbdK::builder().k(golden.k.unwrap_or(1)), history),
        "mbg_cnbd" => fit!(ModifiedBetaGeoCnbdK::builder().k(golden.k.unwrap_or(1)), history),
        "gamma_gamma" => fit!(GammaGamma::builder(), history),
        _ => None,
    })
}

/// Our name of a parameter.
fn ours(name: &str) -> String {
    name.replace("life_", "dropout.").replace("trans_", "purchase.").replace("both_", "")
}

#[test]
fn every_fit_gives_the_published_estimates() -> TestResult {
    let mut compared = 0;
    let mut wrong = Vec::new();
    for golden in &golden::<Published>("published.toml")?.fit {
        let Some(data) = Data::read(&golden.data)? else { continue };
        let fitted = match data.with_view(|history| fit(golden, &history)) {
            Ok(Some(fitted)) => fitted,
            Ok(None) => continue,
            Err(error) => {
                wrong.push(format!("{} {} on {}: {error}", golden.id, golden.model, golden.data));
                continue;
            }
        };
        compared += 1;
        let Fitted { report, estimates } = fitted;
        let value = report.log_likelihood.unwrap_or(f64::NAN);
        let published = golden.published_log_likelihood.unwrap_or(golden.log_likelihood);
        if (value - golden.log_likelihood).abs() > golden.absolute || value < published - golden.absolute {
            wrong.push(format!("{} {} on {}: {report}", golden.id, golden.model, golden.data));
        }
        if !golden.identified {
            // The estimate lies on the boundary, and says so.
            assert_eq!(report.termination, Termination::Boundary, "{} {}", golden.id, golden.model);
            continue;
        }
        for (i, (name, expected)) in golden.names.iter().zip(&golden.parameters).enumerate() {
            let Some(estimate) = estimates.iter().find(|estimate| estimate.name == ours(name)) else {
                wrong.push(format!("{} has no {name}: {estimates:?}", golden.id));
                continue;
            };
            let error = (estimate.value - expected).abs() / expected.abs();
            if error.is_nan() || error > golden.relative {
                wrong.push(format!("{} {} {name} = {expected}: {}", golden.id, golden.model, estimate.value));
            }
            if let Some(expected) = golden.standard_errors.get(i).filter(|_| golden.standard_errors_relative > 0.0) {
                let error = (estimate.standard_error / expected - 1.0).abs();
                if error.is_nan() || error > golden.standard_errors_relative {
                    let found = estimate.standard_error;
                    wrong.push(format!("{} {} error of {name} = {expected}: {found}", golden.id, golden.model));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 15 || std::env::var_os("EMPTOR_DATASETS").is_none(), "{compared}");
    Ok(())
}

#[test]
fn a_fit_without_an_interior_optimum_is_refused_and_reaches_the_supremum_if_it_may() -> TestResult {
    for golden in &golden::<Published>("published.toml")?.runaway {
        assert_eq!(golden.model, "bg_nbd");
        let Some(data) = Data::read(&golden.data)? else { continue };
        let covariates = ["gender", "channel"];
        let spec = BetaGeoNbd::builder().purchase_covariates(covariates).dropout_covariates(covariates);
        data.with_view(|history| {
            let refused = spec.clone().build()?.fit(&history);
            let Err(LifetimeError::NotConverged { report, .. }) = refused else {
                return Err(format!("{refused:?}").into());
            };
            assert_eq!(report.termination, Termination::Boundary);
            let accepted = spec.accept_boundary(true).build()?.fit(&history)?;
            let value = accepted.report().log_likelihood.unwrap_or(f64::NAN);
            let short = golden.log_likelihood_supremum - value;
            assert!((-golden.absolute..0.05).contains(&short), "{value}");
            Ok(())
        })?;
    }
    Ok(())
}
