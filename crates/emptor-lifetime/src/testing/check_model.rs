//! The invariants that every purchase model keeps.

use std::error::Error;

use emptor_types::{Fit, HistoryView, Horizon, TimeUnit};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Columns, TestResult};
use crate::{LifetimeError, PurchaseModel};

/// Two optima of one likelihood, reached over different roundings: the gradient tolerance over the least curvature.
const SAME_OPTIMUM: f64 = 1e-5;
/// A distribution summed term by term.
const PROBABILITY: f64 = 1e-9;
/// One unit of time expressed in another.
const RESCALED: f64 = 1e-10;

/// Fits `spec` to `data` (in weeks) and checks what must hold whatever the model; returns the model.
///
/// `times` names the parameters that carry a time, by their place among `parameters`.
pub(crate) fn check_model<S, M>(
    spec: &S,
    data: &Columns,
    parameters: impl Fn(&M) -> Vec<f64>,
    times: &[usize],
) -> Result<M, Box<dyn Error>>
where
    S: for<'a> Fit<HistoryView<'a>, Fitted = M, Error = LifetimeError>,
    M: PurchaseModel + Clone + PartialEq + std::fmt::Debug + Serialize + DeserializeOwned,
{
    let view = data.view()?;
    let model = spec.fit(&view)?;
    assert!(model.report().termination.is_success(), "{}", model.report());
    assert_eq!(model.report().observations, data.len());
    let fitted = model.log_likelihood(&view)?;
    assert!((model.report().log_likelihood.unwrap_or(f64::NAN) - fitted).abs() <= RESCALED * fitted.abs());

    let shuffled = spec.fit(&data.shuffled().view()?)?;
    assert_eq!(shuffled, model, "the order of rows must not move a bit");

    let doubled = parameters(&spec.fit(&data.doubled().view()?)?);
    for (twice, once) in doubled.iter().zip(parameters(&model)) {
        assert!((twice / once - 1.0).abs() < SAME_OPTIMUM, "twice the data: {twice} against {once}");
    }

    let in_days = data.in_days();
    let daily = spec.fit(&in_days.view_in(TimeUnit::Day)?)?;
    for (i, (day, week)) in parameters(&daily).iter().zip(parameters(&model)).enumerate() {
        let factor = if times.contains(&i) { 7.0 } else { 1.0 };
        assert!((day / week / factor - 1.0).abs() < SAME_OPTIMUM, "parameter {i}: {day} a day, {week} a week");
    }
    let alive = model.p_alive(&view)?;
    for (day, week) in daily.p_alive(&in_days.view_in(TimeUnit::Day)?)?.iter().zip(&alive) {
        assert!((day - week).abs() < SAME_OPTIMUM);
    }
    assert!(matches!(model.p_alive(&data.view_in(TimeUnit::Day)?), Err(LifetimeError::UnitMismatch { .. })));

    check_scores(&model, data, &alive)?;
    check_distribution(&model)?;

    let again: M = serde_json::from_str(&serde_json::to_string(&model)?)?;
    assert_eq!(again, model);
    assert_eq!(again.p_alive(&view)?, alive);
    Ok(model)
}

fn check_scores<M: PurchaseModel>(model: &M, data: &Columns, alive: &[f64]) -> TestResult {
    let view = data.view()?;
    assert_eq!(alive.len(), data.len());
    assert!(alive.iter().all(|p| (0.0..=1.0).contains(p)));

    let times: Vec<f64> = (1..=36).map(|month| f64::from(month) * 4.348).collect();
    let columns = model.expected_purchases_schedule(&view, &times)?;
    for pair in columns.windows(2) {
        assert!(pair[0].iter().zip(&pair[1]).all(|(sooner, later)| later >= sooner && later.is_finite()));
    }
    let horizon = Horizon::weeks(times[11])?;
    assert_eq!(model.expected_purchases(&view, horizon)?, columns[11], "one horizon is one column of a schedule");

    let shuffled = data.shuffled();
    let mut scrambled = model.expected_purchases(&shuffled.view()?, horizon)?;
    let mut straight = columns[11].clone();
    scrambled.sort_by(f64::total_cmp);
    straight.sort_by(f64::total_cmp);
    assert_eq!(scrambled, straight, "a score depends on its own row only");

    // The longer ago the last purchase, the less likely alive.
    let end = 50.0;
    let recency: Vec<f64> = (1..=50).map(f64::from).collect();
    for x in [1.0, 3.0, 20.0] {
        let (frequency, t) = ([x; 50], [end; 50]);
        let history = HistoryView::new(&frequency, &recency, &t, None, TimeUnit::Week)?;
        let alive = model.p_alive(&history)?;
        assert!(alive.windows(2).all(|pair| pair[1] > pair[0]), "x = {x}: {alive:?}");
    }
    Ok(())
}

fn check_distribution<M: PurchaseModel>(model: &M) -> TestResult {
    let horizon = Horizon::weeks(39.0)?;
    let probabilities: Vec<f64> =
        (0..2000).map(|n| model.probability_of_n_purchases(n, horizon)).collect::<Result<_, _>>()?;
    assert!(probabilities.iter().all(|p| (0.0..=1.0).contains(p)));
    let total: f64 = probabilities.iter().sum();
    assert!((total - 1.0).abs() < PROBABILITY, "{total}");
    let mean: f64 = probabilities.iter().zip(0..).map(|(p, n)| p * f64::from(n)).sum();
    let expected = model.expected_purchases_new_customer(horizon)?;
    assert!((mean - expected).abs() < PROBABILITY * 100.0, "mean {mean} of the distribution, expected {expected}");
    Ok(())
}
