//! How far from the forecast a period may fall.
//!
//! ```text
//! c_j = α + β (φ + … + φ^j) + γ [j is a multiple of m]
//! class 1, all parts additive:            v_h = σ² (1 + Σ_{j<h} c_j²)               Hyndman et al. (2008), table 6.2
//! class 2, multiplicative errors:         v_h = (1 + σ²) θ_h − μ_h²,                eq. 6.3, exact
//!                                         θ_h = μ_h² + σ² Σ_{j<h} c_j² θ_{h−j}
//! class 3, and multiplicative seasons:    v_h ≈ s_h² [θ_h (1 + σ²) (1 + γ² σ²)^k − q_h²],   section 6.4
//!                                         with θ of the level q and c_j without γ, k = ⌊(h − 1) / m⌋
//! ```
//!
//! Class 3 is exact up to the first whole season; after that it leaves out that level and season err together.

use super::fitted::{Ahead, FittedEts};
use super::form::{ErrorType, SeasonType};

/// Standard deviations of the periods ahead, bounded.
pub(super) fn standard_deviations(fitted: &FittedEts, ahead: &[Ahead]) -> Vec<f64> {
    let variances = match (fitted.form().error(), fitted.form().season()) {
        (ErrorType::Additive, _) => additive(fitted, ahead.len()),
        (ErrorType::Multiplicative, SeasonType::Multiplicative) => with_seasons(fitted, ahead),
        (ErrorType::Multiplicative, _) => {
            let sigma2 = fitted.sigma2();
            let expected: Vec<f64> = ahead.iter().map(|ahead| ahead.expected).collect();
            let squares = second_moments(&expected, &effects(fitted, ahead.len()), sigma2);
            expected.iter().zip(squares).map(|(mean, square)| (1.0 + sigma2) * square - mean * mean).collect()
        }
    };
    let bounded = |(variance, ahead): (&f64, &Ahead)| variance.max(0.0).sqrt().min(fitted.bound(ahead.expected));
    variances.iter().zip(ahead).map(bounded).collect()
}

fn additive(fitted: &FittedEts, horizon: usize) -> Vec<f64> {
    let mut sum = 1.0;
    let mut variances = vec![fitted.sigma2()];
    for effect in effects(fitted, horizon).iter().take(horizon - 1) {
        sum += effect * effect;
        variances.push(fitted.sigma2() * sum);
    }
    variances
}

fn with_seasons(fitted: &FittedEts, ahead: &[Ahead]) -> Vec<f64> {
    let sigma2 = fitted.sigma2();
    let gamma = fitted.smoothing().gamma;
    let levels: Vec<f64> = ahead.iter().map(|ahead| ahead.level).collect();
    let squares = second_moments(&levels, &effects(fitted, ahead.len()), sigma2);
    let variance = |(step, (ahead, square)): (usize, (&Ahead, f64))| {
        let rounds = (step / fitted.season()) as i32;
        let seasons = (1.0 + gamma * gamma * sigma2).powi(rounds);
        ahead.season * ahead.season * (square * (1.0 + sigma2) * seasons - ahead.level * ahead.level)
    };
    ahead.iter().zip(squares).enumerate().map(variance).collect()
}

/// `c_1`, `c_2`, …: what an error does to the expectation so many periods later.
fn effects(fitted: &FittedEts, horizon: usize) -> Vec<f64> {
    let smoothing = fitted.smoothing();
    let seasonal = fitted.form().season() == SeasonType::Additive;
    let (mut power, mut sum) = (1.0, 0.0);
    (1..=horizon)
        .map(|after| {
            power *= smoothing.phi;
            sum += power;
            let season = if seasonal && after % fitted.season() == 0 { smoothing.gamma } else { 0.0 };
            smoothing.alpha + smoothing.beta * sum + season
        })
        .collect()
}

/// `θ_1`, `θ_2`, …: expected squares of what will be expected.
fn second_moments(means: &[f64], effects: &[f64], sigma2: f64) -> Vec<f64> {
    let mut squares: Vec<f64> = Vec::with_capacity(means.len());
    for (step, mean) in means.iter().enumerate() {
        let moved: f64 = effects[..step].iter().zip(squares.iter().rev()).map(|(c, square)| c * c * square).sum();
        squares.push((mean * mean + sigma2 * moved).min(f64::MAX.sqrt()));
    }
    squares
}
