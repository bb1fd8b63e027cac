//! Whether a stationary point is an estimate.

use super::{Limits, Objective, Point};

/// Standard error of a variable above which it is not determined: as a log parameter, a factor of 22,000 either way.
/// Where a likelihood falls for ever, like `e^(−u)`, its gradient meets any tolerance somewhere; the curvature there is
/// as small as the gradient, so the standard error is in the hundreds. Interior estimates from thirty customers have
/// one of 1 or 2.
const UNDETERMINED: f64 = 10.0;
/// Points with all variables within this need no look: parameters between 1/55 and 55 have not run away.
const UNSUSPICIOUS: f64 = 4.0;
/// Step of the central differences of the gradient: truncation and rounding are both about 1e-9.
const STEP: f64 = 1e-4;

/// Whether every direction has a standard error of at most [`UNDETERMINED`], i.e. whether the Hessian of the mean
/// exceeds the information of that error.
pub(super) fn is_determined<const N: usize>(objective: &impl Objective<N>, point: &Point<N>, limits: &Limits) -> bool {
    if !point.leaves(UNSUSPICIOUS) {
        return true;
    }
    let gradient = |i: usize, step: f64| {
        let mut at = point.at;
        at[i] += step;
        objective.evaluate(&at).1
    };
    let columns: [[f64; N]; N] = std::array::from_fn(|i| {
        let (above, below) = (gradient(i, STEP), gradient(i, -STEP));
        std::array::from_fn(|j| (above[j] - below[j]) / (2.0 * STEP))
    });
    let least = 1.0 / (UNDETERMINED * UNDETERMINED * limits.observations);
    let reduced: [[f64; N]; N] = std::array::from_fn(|i| {
        std::array::from_fn(|j| 0.5 * (columns[i][j] + columns[j][i]) - if i == j { least } else { 0.0 })
    });
    is_positive_definite(reduced)
}

/// By the pivots of Gaussian elimination.
fn is_positive_definite<const N: usize>(mut matrix: [[f64; N]; N]) -> bool {
    for k in 0..N {
        let pivot = matrix[k];
        if pivot[k].is_nan() || pivot[k] <= 0.0 {
            return false;
        }
        for row in &mut matrix[k + 1..] {
            let factor = row[k] / pivot[k];
            for (cell, above) in row.iter_mut().zip(pivot) {
                *cell -= factor * above;
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pivots_tell_definite_from_indefinite() {
        assert!(is_positive_definite([[2.0, 1.0], [1.0, 1.0]]));
        assert!(!is_positive_definite([[1.0, 2.0], [2.0, 1.0]]));
        assert!(!is_positive_definite([[1.0, f64::NAN], [f64::NAN, 1.0]]));
    }

    #[test]
    fn a_steep_minimum_far_out_is_determined_and_a_ridge_is_not() {
        let limits = Limits { max_iterations: 1, gradient_tolerance: 1e-9, bound: 12.0, observations: 100.0 };
        let bowl = |x: &[f64; 2]| {
            let (u, v) = (x[0] - 6.0, x[1]);
            (0.5 * (u * u + v * v), [u, v])
        };
        assert!(is_determined(&bowl, &Point::new(&bowl, [6.0, 0.0]), &limits));
        let ridge = |x: &[f64; 2]| {
            let u = x[0] - x[1];
            (0.5 * u * u, [u, -u])
        };
        assert!(!is_determined(&ridge, &Point::new(&ridge, [6.0, 6.0]), &limits));
    }
}
