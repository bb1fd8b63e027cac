//! The log-likelihood and its gradient on a compressed sample.
//!
//! With `R = r + kx`, `m` the number of times a customer may leave before the first repeat purchase (1 in the modified
//! models), `w = (T−t_x) / (α+T)` and
//! ```text
//! D = ln(a / (b+x+m−1)) + R ln((α+T) / (α+t_x))          ln Q = ln Σ_{j<k} (R)ⱼ/j! wʲ
//! ln L = ln Γ(R)/Γ(r) + r ln α − R ln(α+T) + ln B(a,b+x+m)/B(a,b) + ln(Q + [x+m>0] e^D)
//! ```
//! `D − ln Q` are the log odds that the customer has left. Everything but the last term depends on `x` alone or on `T`
//! alone and is computed once per distinct `x` or `T`. The last term costs one exponential per distinct row.

use rayon::prelude::*;

use super::BetaGeometric;
use crate::sample::{Piece, Sample};
use crate::special::{digamma, ln_gamma_ratio};

/// Fewer rows are not worth waking other threads for.
const PARALLEL_FROM: usize = 32_768;
/// Products of powers of 1 to 2 are turned into a logarithm before they can overflow: `2^64` is 2e19.
const FLUSH_ABOVE: f64 = 1e280;
const MOST_IN_PRODUCT: f64 = 64.0;

/// `ln(α + time)` and `1 / (α + time)` of a distinct time.
#[derive(Debug, Clone, Copy)]
struct Logged {
    ln: f64,
    inverse: f64,
}

/// Sums over rows of one level: the value and its derivatives by `D`, `R` and `α` as far as they differ by row.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    /// `Σ ln(Q + e^D)`
    value: f64,
    /// `Σ left`, the probability to have left
    left: f64,
    /// By `R`
    shape: f64,
    /// By `α`
    alpha: f64,
}

/// The log-likelihood in the sample's time and its derivatives by `r, α, a, b`.
pub(super) fn evaluate(model: &BetaGeometric, sample: &Sample) -> (f64, Vec<f64>) {
    let &BetaGeometric { r, alpha, a, b, k, .. } = model;
    let (k, m) = (f64::from(k), model.early_exits());
    let logged = |time: f64| Logged { ln: (alpha + time).ln(), inverse: 1.0 / (alpha + time) };
    let ends: Vec<Logged> = sample.ends.iter().map(|end| logged(end.t)).collect();
    let recencies: Vec<Logged> = sample.recencies.iter().map(|&time| logged(time)).collect();

    let n = sample.customers();
    let mut value = n * r * alpha.ln();
    let mut slope = vec![n * alpha.ln(), n * r / alpha, 0.0, 0.0];
    for (end, logged) in sample.ends.iter().zip(&ends) {
        let weight = r * end.customers + k * end.purchases;
        value -= weight * logged.ln;
        slope[0] -= end.customers * logged.ln;
        slope[1] -= weight * logged.inverse;
    }

    let (psi_r, psi_b, psi_ab) = (digamma(r), digamma(b), digamma(a + b));
    for level in &sample.levels {
        let (exits, shape, weight) = (level.x + m, k * level.x, level.customers);
        value += weight * (ln_gamma_ratio(r, shape) + ln_gamma_ratio(b, exits) - ln_gamma_ratio(a + b, exits));
        let stays = psi_ab - digamma(a + b + exits);
        slope[0] += weight * (digamma(r + shape) - psi_r);
        slope[2] += weight * stays;
        slope[3] += weight * (digamma(b + exits) - psi_b + stays);
    }

    let sum_piece = |piece: &Piece| {
        let x = sample.levels[piece.level].x;
        if x + m > 0.0 {
            if model.k == 1 {
                exponential(model, sample, piece, x, &ends, &recencies)
            } else {
                erlang(model, sample, piece, x, &ends, &recencies)
            }
        } else if model.k > 1 {
            waiting(model, sample, piece)
        } else {
            Sums::default()
        }
    };
    let sums: Vec<Sums> = if sample.rows.len() < PARALLEL_FROM {
        sample.pieces.iter().map(sum_piece).collect()
    } else {
        sample.pieces.par_iter().map(sum_piece).collect()
    };
    for (piece, sums) in sample.pieces.iter().zip(&sums) {
        let exits = sample.levels[piece.level].x + m;
        value += sums.value;
        slope[0] += sums.shape;
        slope[1] += sums.alpha;
        if exits > 0.0 {
            slope[2] += sums.left / a;
            slope[3] -= sums.left / (b + (exits - 1.0));
        }
    }
    (value, slope)
}

/// Rows of customers with exponential times between purchases.
fn exponential(
    model: &BetaGeometric,
    sample: &Sample,
    piece: &Piece,
    x: f64,
    ends: &[Logged],
    recencies: &[Logged],
) -> Sums {
    let shape = model.r + x;
    let offset = model.ln_exit_odds(x);
    let mut sums = Sums::default();
    let mut slope = 0.0;
    let mut product = 1.0; // of (1 + e^(−|D|))^customers: one logarithm for hundreds of rows
    for row in &sample.rows[piece.rows.clone()] {
        let (end, recency) = (ends[row.end as usize], recencies[row.recency as usize]);
        let growth = end.ln - recency.ln;
        let log_odds = offset + shape * growth;
        let odds = (-log_odds.abs()).exp();
        let left = if log_odds >= 0.0 { 1.0 / (1.0 + odds) } else { odds / (1.0 + odds) };
        if row.customers > MOST_IN_PRODUCT {
            sums.value += row.customers * odds.ln_1p();
        } else {
            product *= (1.0 + odds).powi(row.customers as i32);
            if product > FLUSH_ABOVE {
                sums.value += product.ln();
                product = 1.0;
            }
        }
        let weighted = row.customers * left;
        sums.value += row.customers * f64::max(0.0, log_odds);
        sums.left += weighted;
        sums.shape += weighted * growth;
        slope += weighted * (end.inverse - recency.inverse);
    }
    sums.value += product.ln();
    sums.alpha = shape * slope;
    sums
}

/// Rows of customers with Erlang times between purchases who may have left.
fn erlang(
    model: &BetaGeometric,
    sample: &Sample,
    piece: &Piece,
    x: f64,
    ends: &[Logged],
    recencies: &[Logged],
) -> Sums {
    let shape = model.r + f64::from(model.k) * x;
    let offset = model.ln_exit_odds(x);
    let mut sums = Sums::default();
    for row in &sample.rows[piece.rows.clone()] {
        let (end, recency) = (ends[row.end as usize], recencies[row.recency as usize]);
        let growth = end.ln - recency.ln;
        let wait = Wait::new(model, shape, sample.recencies[row.recency as usize], sample.ends[row.end as usize].t);
        let log_odds = offset + shape * growth - wait.ln;
        let odds = (-log_odds.abs()).exp();
        let left = if log_odds >= 0.0 { 1.0 / (1.0 + odds) } else { odds / (1.0 + odds) };
        let stayed = row.customers * (1.0 - left);
        let weighted = row.customers * left;
        sums.value += row.customers * (wait.ln + odds.ln_1p() + f64::max(0.0, log_odds));
        sums.left += weighted;
        sums.shape += weighted * growth + stayed * wait.by_shape;
        sums.alpha += weighted * shape * (end.inverse - recency.inverse) + stayed * wait.by_alpha;
    }
    sums
}

/// Rows of customers with Erlang times who cannot have left yet.
fn waiting(model: &BetaGeometric, sample: &Sample, piece: &Piece) -> Sums {
    let mut sums = Sums::default();
    for row in &sample.rows[piece.rows.clone()] {
        let wait = Wait::new(model, model.r, 0.0, sample.ends[row.end as usize].t);
        sums.value += row.customers * wait.ln;
        sums.shape += row.customers * wait.by_shape;
        sums.alpha += row.customers * wait.by_alpha;
    }
    sums
}

/// `ln Q` and its derivatives.
struct Wait {
    ln: f64,
    by_shape: f64,
    by_alpha: f64,
}

impl Wait {
    fn new(model: &BetaGeometric, shape: f64, recency: f64, end: f64) -> Self {
        let total = model.alpha + end;
        let w = (end - recency) / total;
        let (mut term, mut by_shape_of_ln) = (1.0, 0.0);
        let (mut q, mut by_shape, mut by_w) = (1.0, 0.0, 0.0);
        for j in 0..model.k - 1 {
            let j = f64::from(j);
            by_w += term * (shape + j);
            term *= (shape + j) / (j + 1.0) * w;
            by_shape_of_ln += 1.0 / (shape + j);
            q += term;
            by_shape += term * by_shape_of_ln;
        }
        Self { ln: q.ln(), by_shape: by_shape / q, by_alpha: -by_w * w / total / q }
    }
}
