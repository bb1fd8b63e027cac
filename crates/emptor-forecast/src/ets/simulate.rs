//! Futures drawn from a model.

use emptor_lifetime::sampling::Variates;

use super::fitted::FittedEts;
use super::form::{ErrorType, SeasonType};
use crate::SamplePaths;

/// Paths with normal errors, one random stream each, so that the first ones are the same however many are drawn.
///
/// Relative errors below −1 count as −1: a positive series does not fall below zero. Every value stays within the bound of
/// the interval's deviations around what is expected.
pub(super) fn simulate(fitted: &FittedEts, horizon: usize, paths: usize, seed: u64) -> SamplePaths {
    let deviation = fitted.sigma2().sqrt();
    let bounds: Vec<f64> = fitted.ahead(horizon).iter().map(|ahead| fitted.bound(ahead.expected)).collect();
    let mut values = Vec::with_capacity(horizon * paths);
    let mut seasons = Vec::with_capacity(fitted.states().seasons.len());
    for path in 0..paths {
        let mut random = Variates::new(seed, path as u64);
        seasons.clear();
        seasons.extend_from_slice(&fitted.states().seasons);
        follow(fitted, &mut seasons, &bounds, || deviation * random.normal(), &mut values);
    }
    SamplePaths::new(horizon, values)
}

fn follow(
    fitted: &FittedEts,
    seasons: &mut [f64],
    bounds: &[f64],
    mut draw: impl FnMut() -> f64,
    values: &mut Vec<f64>,
) {
    let form = fitted.form();
    let smoothing = fitted.smoothing();
    let (mut level, mut slope) = (fitted.states().level, fitted.states().slope.unwrap_or(0.0));
    for (step, &bound) in bounds.iter().enumerate() {
        let push = smoothing.phi * slope;
        let q = if form.needs_positive() { (level + push).max(0.0) } else { level + push };
        let place = step % seasons.len().max(1);
        let season = seasons.get(place).copied();
        let expected = match (form.season(), season) {
            (SeasonType::Additive, Some(season)) => q + season,
            (SeasonType::Multiplicative, Some(season)) => q * season,
            _ => q,
        };
        let expected = if form.needs_positive() { expected.max(0.0) } else { expected };
        let error = draw();
        let shock = match form.error() {
            ErrorType::Additive => error,
            ErrorType::Multiplicative => expected * error.max(-1.0),
        };
        let value = (expected + shock).clamp(-bound, bound);
        values.push(value);
        let shock = value - expected;
        let on_level = match (form.season(), season) {
            (SeasonType::Multiplicative, Some(season)) if season > 0.0 => shock / season,
            (SeasonType::Multiplicative, _) => 0.0,
            _ => shock,
        };
        if let Some(own) = seasons.get_mut(place) {
            let moved = match form.season() {
                SeasonType::Multiplicative if q > 0.0 => shock / q,
                SeasonType::Multiplicative => 0.0,
                _ => shock,
            };
            *own += smoothing.gamma * moved;
        }
        level = q + smoothing.alpha * on_level;
        slope = push + smoothing.beta * on_level;
    }
}
