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
            let moments = moments(&expected, &effects(fitted, ahead.len()), sigma2);
            moments.iter().map(|moment| moment.variance + sigma2 * moment.square).collect()
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
    let moments = moments(&levels, &effects(fitted, ahead.len()), sigma2);
    let variance = |(step, (ahead, moment)): (usize, (&Ahead, &Moment))| {
        let rounds = (step / fitted.season()) as f64;
        // (1 + σ²) (1 + γ² σ²)^k − 1 keeps its digits where σ² has few beside 1.
        let factor = libm::expm1(libm::log1p(sigma2) + rounds * libm::log1p(gamma * gamma * sigma2));
        ahead.season * ahead.season * (moment.variance + factor * moment.square)
    };
    ahead.iter().zip(&moments).enumerate().map(variance).collect()
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

/// What will be expected: its variance, and its expected square. They are kept apart because their difference, the mean squared,
/// leaves no digits of a variance that is small beside it.
struct Moment {
    variance: f64,
    square: f64,
}

/// `θ_1 − μ_1²`, `θ_2 − μ_2²`, … and `θ_1`, `θ_2`, …
fn moments(means: &[f64], effects: &[f64], sigma2: f64) -> Vec<Moment> {
    let mut moments: Vec<Moment> = Vec::with_capacity(means.len());
    for (step, mean) in means.iter().enumerate() {
        let moved: f64 = effects[..step].iter().zip(moments.iter().rev()).map(|(c, past)| c * c * past.square).sum();
        let variance = (sigma2 * moved).min(f64::MAX.sqrt());
        moments.push(Moment { variance, square: (mean * mean + variance).min(f64::MAX.sqrt()) });
    }
    moments
}
