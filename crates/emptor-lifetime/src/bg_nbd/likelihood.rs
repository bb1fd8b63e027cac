//! The log-likelihood and its gradient on a compressed sample.
//!
//! With `R = r + x` and `D = ln(a / (b+x−1)) + R ln((α+T) / (α+t_x))`, the log odds that a buyer has left, equation 6
//! of the paper becomes
//! ```text
//! ln L = ln Γ(r+x)/Γ(r) + r ln α − R ln(α+T) + ln B(a,b+x)/B(a,b) + [x>0] ln(1 + e^D)
//! ```
//! Everything but the last term depends on `x` alone or on `T` alone and is computed once per distinct `x` or `T`. The
//! last term costs one exponential per distinct row.

use rayon::prelude::*;

use super::sample::{Piece, Sample};
use crate::special::{digamma, ln_gamma_ratio};

/// Fewer rows are not worth waking other threads for.
const PARALLEL_FROM: usize = 32_768;
/// Products of factors of at most 2 are turned into a logarithm before they can overflow.
const FLUSH_ABOVE: f64 = 1e300;

/// `ln(α + time)` and `1 / (α + time)` of a distinct time.
#[derive(Debug, Clone, Copy)]
struct Logged {
    ln: f64,
    inverse: f64,
}

/// Sums over rows of one level; `left` is the probability to have left.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    /// `Σ ln(1 + e^D)`
    softplus: f64,
    /// `Σ left`
    left: f64,
    /// `Σ left · ln((α+T) / (α+t_x))`
    left_growth: f64,
    /// `Σ left · (1/(α+T) − 1/(α+t_x))`
    left_slope: f64,
}

/// The log-likelihood in scaled time and its derivatives by `r, α, a, b`.
pub(super) fn evaluate(sample: &Sample, parameters: &[f64; 4]) -> (f64, [f64; 4]) {
    let &[r, alpha, a, b] = parameters;
    let logged = |time: f64| Logged { ln: (alpha + time).ln(), inverse: 1.0 / (alpha + time) };
    let ends: Vec<Logged> = sample.ends.iter().map(|end| logged(end.t)).collect();
    let recencies: Vec<Logged> = sample.recencies.iter().map(|&time| logged(time)).collect();

    let n = sample.customers();
    let mut value = n * r * alpha.ln();
    let mut slope = [n * alpha.ln(), n * r / alpha, 0.0, 0.0];
    for (end, logged) in sample.ends.iter().zip(&ends) {
        let weight = r * end.customers + end.purchases;
        value -= weight * logged.ln;
        slope[0] -= end.customers * logged.ln;
        slope[1] -= weight * logged.inverse;
    }

    let (psi_r, psi_b, psi_ab) = (digamma(r), digamma(b), digamma(a + b));
    for level in &sample.levels {
        let (x, weight) = (level.x, level.customers);
        value += weight * (ln_gamma_ratio(r, x) + ln_gamma_ratio(b, x) - ln_gamma_ratio(a + b, x));
        let stays = psi_ab - digamma(a + b + x);
        slope[0] += weight * (digamma(r + x) - psi_r);
        slope[2] += weight * stays;
        slope[3] += weight * (digamma(b + x) - psi_b + stays);
    }

    let sum_piece = |piece: &Piece| {
        let x = sample.levels[piece.level].x;
        sum(sample, piece, r + x, a.ln() - (b + x - 1.0).ln(), &ends, &recencies)
    };
    let sums: Vec<Sums> = if sample.rows.len() < PARALLEL_FROM {
        sample.pieces.iter().map(sum_piece).collect()
    } else {
        sample.pieces.par_iter().map(sum_piece).collect()
    };
    for (piece, sums) in sample.pieces.iter().zip(&sums) {
        let x = sample.levels[piece.level].x;
        value += sums.softplus;
        slope[0] += sums.left_growth;
        slope[1] += (r + x) * sums.left_slope;
        slope[2] += sums.left / a;
        slope[3] -= sums.left / (b + x - 1.0);
    }
    (value, slope)
}

/// The log-likelihood as a density in the unit of the data: the `x` purchase times carry the unit.
pub(super) fn in_data_units(sample: &Sample, parameters: &[f64; 4]) -> f64 {
    evaluate(sample, parameters).0 - sample.purchases() * sample.time_scale().ln()
}

fn sum(sample: &Sample, piece: &Piece, shape: f64, offset: f64, ends: &[Logged], recencies: &[Logged]) -> Sums {
    let mut sums = Sums::default();
    let mut product = 1.0; // of 1 + e^(−|D|) over rows of one customer: one logarithm for a thousand rows
    for row in &sample.rows[piece.rows.clone()] {
        let (end, recency) = (ends[row.end as usize], recencies[row.recency as usize]);
        let growth = end.ln - recency.ln;
        let log_odds = offset + shape * growth;
        let odds = (-log_odds.abs()).exp();
        let left = if log_odds >= 0.0 { 1.0 / (1.0 + odds) } else { odds / (1.0 + odds) };
        if row.customers > 1.0 {
            sums.softplus += row.customers * odds.ln_1p();
        } else {
            product *= 1.0 + odds;
            if product > FLUSH_ABOVE {
                sums.softplus += product.ln();
                product = 1.0;
            }
        }
        let weighted = row.customers * left;
        sums.softplus += row.customers * f64::max(0.0, log_odds);
        sums.left += weighted;
        sums.left_growth += weighted * growth;
        sums.left_slope += weighted * (end.inverse - recency.inverse);
    }
    sums.softplus += product.ln();
    sums
}
