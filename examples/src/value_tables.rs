//! A comparison of purchase models as tables for files.

use emptor::lifetime::validation::Prediction;
use emptor::polars::prelude::IntoLazy;
use emptor::polars::prelude::{Column, DataFrame, IntoColumn, JoinArgs, JoinType, NamedFrom, Series, col};
use emptor::prelude::*;

use crate::{ExampleError, ValueResults, fitted};

/// `scores` (customers as they first appear in the input), `models` with estimates, `holdout` and `tracking`.
///
/// # Errors
/// If columns cannot be joined, which would be a defect of the engine.
pub fn value_tables(results: &ValueResults) -> Result<[(&'static str, DataFrame); 4], ExampleError> {
    Ok([
        ("scores", scores(results)?),
        ("models", models(results)?),
        ("holdout", holdout(results)?),
        ("tracking", tracking(results)?),
    ])
}

fn scores(results: &ValueResults) -> Result<DataFrame, ExampleError> {
    let mut frame = results.scores.to_frame()?;
    let mut add = |name: &str, values: &[f64]| frame.with_column(float(name, values)).map(|_| ());
    add("repeat_purchases", results.history.frequency())?;
    let silent: Vec<f64> =
        results.history.t().iter().zip(results.history.recency()).map(|(t, last)| t - last).collect();
    add("weeks_since_last", &silent)?;
    if let Some(value) = results.residual_value() {
        add("residual_value", &value)?;
    }
    let seen = results.orders.lines().select([col("customer_id")]).collect()?;
    let seen = seen.column("customer_id")?.as_materialized_series().unique_stable()?;
    let order = DataFrame::new(seen.len(), vec![seen.into_column()])?;
    // Lines without a customer, and customers without a purchase, have no score.
    let key = [col("customer_id")];
    let joined = order.lazy().join(frame.lazy(), key.clone(), key, JoinArgs::new(JoinType::Left));
    Ok(joined.filter(col("p_alive").is_not_null()).collect()?)
}

fn models(results: &ValueResults) -> Result<DataFrame, ExampleError> {
    let lines = results.models.table();
    let text = |of: &dyn Fn(usize) -> String| -> Vec<String> { (0..lines.len()).map(of).collect() };
    let estimates = |row: usize| {
        let kind = results.models.candidates[row].kind;
        let named = fitted(&results.models, kind).map(PurchaseModel::named_parameters).unwrap_or_default();
        named.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    };
    let column = |name: &str, of: fn(&emptor::lifetime::CandidateSummary) -> Option<f64>| {
        Series::new(name.into(), lines.iter().map(of).collect::<Vec<_>>()).into_column()
    };
    Ok(DataFrame::new(
        lines.len(),
        vec![
            strings("model", &text(&|row| lines[row].model.clone())),
            column("log_likelihood", |line| line.log_likelihood),
            column("parameters", |line| line.parameters.map(|n| n as f64)),
            column("aic", |line| line.aic),
            column("bic", |line| line.bic),
            strings("estimates", &text(&estimates)),
            strings("fit", &text(&|row| lines[row].remark.clone())),
        ],
    )?)
}

fn holdout(results: &ValueResults) -> Result<DataFrame, ExampleError> {
    let models = results.accuracy.iter().map(|accuracy| &accuracy.model);
    let rules = results.accuracy.first().map(|accuracy| accuracy.baselines.as_slice()).unwrap_or_default();
    let all: Vec<&Prediction> = models.chain(rules).collect();
    let column = |name: &str, of: fn(&Prediction) -> Option<f64>| {
        Series::new(name.into(), all.iter().map(|rule| of(rule)).collect::<Vec<_>>()).into_column()
    };
    let names: Vec<String> = all.iter().map(|rule| rule.name.clone()).collect();
    Ok(DataFrame::new(
        all.len(),
        vec![
            strings("rule", &names),
            column("mae", |rule| Some(rule.errors.mae)),
            column("rmse", |rule| Some(rule.errors.rmse)),
            column("bias", |rule| Some(rule.errors.bias)),
            column("total_predicted", |rule| Some(rule.errors.total_predicted)),
            column("total_actual", |rule| Some(rule.errors.total_actual)),
            column("error_of_total", |rule| rule.errors.relative_error_of_total),
            column("share_classified_correctly", |rule| rule.share_classified_correctly),
        ],
    )?)
}

fn tracking(results: &ValueResults) -> Result<DataFrame, ExampleError> {
    let tracking = &results.tracking;
    let mut columns = vec![
        float("start_week", &tracking.start),
        float("end_week", &tracking.end),
        float("expected", &tracking.expected),
        float("expected_cumulative", &tracking.expected_cumulative),
    ];
    if let Some((actual, cumulative)) = tracking.actual.as_ref().zip(tracking.actual_cumulative.as_ref()) {
        columns.extend([float("actual", actual), float("actual_cumulative", cumulative)]);
    }
    Ok(DataFrame::new(tracking.start.len(), columns)?)
}

fn float(name: &str, values: &[f64]) -> Column {
    Series::new(name.into(), values).into_column()
}

fn strings(name: &str, values: &[String]) -> Column {
    Series::new(name.into(), values).into_column()
}
