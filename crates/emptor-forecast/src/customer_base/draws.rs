//! How unsure parameters are.

use emptor_lifetime::sampling::Variates;
use emptor_types::Invalid;

use crate::ForecastError;

/// What a variance may fall below 0 by, relatively, before it is none.
const ROUNDING: f64 = 1e-9;

/// Draws of positive parameters from their estimates and covariance: normal in their logarithms, as maximum-likelihood
/// estimates of them are for many customers.
///
/// ```
/// use emptor_forecast::customer_base::{Survival, positive_draws};
/// use emptor_lifetime::{FittedShiftedBetaGeo, ShiftedBetaGeo, ShiftedBetaGeoParameters};
/// use emptor_types::{ContractHistory, Fit, TimeUnit};
///
/// let history = ContractHistory::from_survivors(&[&[1000.0, 869.0, 743.0, 653.0, 593.0]], TimeUnit::Year)?;
/// let model = ShiftedBetaGeo::builder().build()?.fit(&history)?;
/// let estimates = [model.parameters().alpha, model.parameters().beta];
/// let curves: Result<Vec<Survival>, Box<dyn std::error::Error>> = positive_draws(&estimates, &model.covariance()?, 200, 7)?
///     .iter()
///     .map(|draw| {
///         let parameters = ShiftedBetaGeoParameters { alpha: draw[0], beta: draw[1] };
///         Ok(Survival::new(FittedShiftedBetaGeo::from_parameters(parameters, TimeUnit::Year)?.survival_curve(30))?)
///     })
///     .collect();
/// assert_eq!(curves?.len(), 200);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If an estimate is not positive, or the covariance is not one of as many parameters.
pub fn positive_draws(
    estimates: &[f64],
    covariance: &[Vec<f64>],
    draws: usize,
    seed: u64,
) -> Result<Vec<Vec<f64>>, ForecastError> {
    let count = estimates.len();
    let mut checks = Invalid::checks();
    checks.require_each("estimates", "must be finite and positive", estimates, |_, v| v > 0.0 && v.is_finite());
    let square = covariance.len() == count && covariance.iter().all(|row| row.len() == count);
    checks.require(square, "covariance", &format!("must be {count} × {count}"), covariance.len());
    checks.finish()?;
    // Var ln θ = Var θ / θ² to first order.
    let of_logs = |i: usize, j: usize| covariance[i][j] / (estimates[i] * estimates[j]);
    let lower = root(count, of_logs);
    let lower = lower.ok_or_else(|| Invalid::value("covariance", "must be positive and symmetric", "another"))?;
    let draw = |place: usize| {
        let mut random = Variates::new(seed, place as u64);
        let normal: Vec<f64> = (0..count).map(|_| random.normal()).collect();
        let moved = |row: &Vec<f64>| row.iter().zip(&normal).map(|(l, z)| l * z).sum::<f64>();
        lower.iter().zip(estimates).map(|(row, estimate)| estimate * libm::exp(moved(row))).collect()
    };
    Ok((0..draws).map(draw).collect())
}

/// `L` with `L Lᵀ` a matrix of a few rows. A direction without variance is left out of the draws.
pub(super) fn root(count: usize, cell: impl Fn(usize, usize) -> f64) -> Option<Vec<Vec<f64>>> {
    let mut lower: Vec<Vec<f64>> = Vec::with_capacity(count);
    for i in 0..count {
        let mut row: Vec<f64> = Vec::with_capacity(i + 1);
        for (j, above) in lower.iter().enumerate() {
            let known: f64 = row.iter().zip(above).map(|(a, b)| a * b).sum();
            row.push(if above[j] > 0.0 { (cell(i, j) - known) / above[j] } else { 0.0 });
        }
        let rest = cell(i, i) - row.iter().map(|a| a * a).sum::<f64>();
        if !rest.is_finite() || rest < -ROUNDING * cell(i, i).abs() {
            return None;
        }
        row.push(rest.max(0.0).sqrt());
        lower.push(row);
    }
    Some(lower)
}
