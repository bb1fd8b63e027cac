//! The second derivatives of the log-likelihood for exponential times between purchases.
//!
//! In the notation of `likelihood.rs`, with `left` the probability to have left and `g` the gradient of `D`, the last term
//! adds `left · D'' + left (1 − left) g gᵀ` per customer; the others depend on `x` or `T` alone.

use rayon::prelude::*;

use super::BetaGeometric;
use crate::matrix::Matrix;
use crate::sample::{Piece, Sample};
use crate::special::trigamma;

/// Sums over rows of one level.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    /// `Σ left`
    left: f64,
    /// `Σ left · s` with `s = 1/(α+T) − 1/(α+t_x)`
    left_slope: f64,
    /// `Σ left · (1/(α+t_x)² − 1/(α+T)²)`
    left_bend: f64,
    /// `Σ left (1 − left) · {1, G, s, G², G s, s²}` with `G = ln((α+T)/(α+t_x))`
    spread: [f64; 6],
}

/// By `r, α, a, b`, in the sample's time.
pub(super) fn hessian(model: &BetaGeometric, sample: &Sample) -> Matrix {
    let &BetaGeometric { r, alpha, a, b, .. } = model;
    let m = model.early_exits();
    let mut cells = [[0.0; 4]; 4];
    for end in &sample.ends {
        let inverse = 1.0 / (alpha + end.t);
        cells[0][1] += end.customers * (1.0 / alpha - inverse);
        cells[1][1] += (r * end.customers + end.purchases) * inverse * inverse - end.customers * r / (alpha * alpha);
    }
    for level in &sample.levels {
        let (exits, weight) = (level.x + m, level.customers);
        let together = trigamma(a + b) - trigamma(a + b + exits);
        cells[0][0] += weight * (trigamma(r + level.x) - trigamma(r));
        cells[2][2] += weight * together;
        cells[2][3] += weight * together;
        cells[3][3] += weight * (trigamma(b + exits) - trigamma(b) + together);
    }

    let leaving = |piece: &&Piece| sample.levels[piece.level].x + m > 0.0;
    let pieces: Vec<&Piece> = sample.pieces.iter().filter(leaving).collect();
    let sums: Vec<Sums> = pieces.par_iter().map(|piece| sum(model, sample, piece)).collect();
    for (piece, sums) in pieces.iter().zip(sums) {
        let x = sample.levels[piece.level].x;
        let (shape, stay) = (r + x, b + (x + m - 1.0));
        let [one, growth, slope, growth_growth, growth_slope, slope_slope] = sums.spread;
        cells[0][0] += growth_growth;
        cells[0][1] += sums.left_slope + shape * growth_slope;
        cells[0][2] += growth / a;
        cells[0][3] -= growth / stay;
        cells[1][1] += shape * sums.left_bend + shape * shape * slope_slope;
        cells[1][2] += shape * slope / a;
        cells[1][3] -= shape * slope / stay;
        cells[2][2] += (one - sums.left) / (a * a);
        cells[2][3] -= one / (a * stay);
        cells[3][3] += (one + sums.left) / (stay * stay);
    }
    Matrix::from_fn(4, |i, j| cells[i.min(j)][i.max(j)])
}

fn sum(model: &BetaGeometric, sample: &Sample, piece: &Piece) -> Sums {
    let x = sample.levels[piece.level].x;
    let shape = model.r + x;
    let offset = model.ln_exit_odds(x);
    let mut sums = Sums::default();
    for row in &sample.rows[piece.rows.clone()] {
        let end = model.alpha + sample.ends[row.end as usize].t;
        let recency = model.alpha + sample.recencies[row.recency as usize];
        let (end_inverse, recency_inverse) = (1.0 / end, 1.0 / recency);
        let growth = (end * recency_inverse).ln();
        let slope = end_inverse - recency_inverse;
        let left = 1.0 / (1.0 + (-offset - shape * growth).exp());
        let weighted = row.customers * left;
        let spread = weighted * (1.0 - left);
        sums.left += weighted;
        sums.left_slope += weighted * slope;
        sums.left_bend += weighted * (recency_inverse * recency_inverse - end_inverse * end_inverse);
        let products = [1.0, growth, slope, growth * growth, growth * slope, slope * slope];
        for (sum, product) in sums.spread.iter_mut().zip(products) {
            *sum += spread * product;
        }
    }
    sums
}
