//! Second derivatives, and whether a stationary point is an estimate.

use super::{Limits, Objective, Point};
use crate::matrix::Matrix;

/// Standard error of a variable above which it is not determined: as a log parameter, a factor of 22,000 either way.
/// Where a likelihood falls for ever, like `e^(−u)`, its gradient meets any tolerance somewhere; the curvature there is
/// as small as the gradient, so the standard error is in the hundreds. Interior estimates from thirty customers have
/// one of 1 or 2.
const UNDETERMINED: f64 = 10.0;
/// Step of the central differences of the gradient: truncation and rounding are both about 1e-9.
const STEP: f64 = 1e-4;

/// The Hessian: as the objective knows it, or by central differences of the gradient.
pub(super) fn at(objective: &impl Objective, point: &Point) -> Matrix {
    objective.curvature(&point.at).unwrap_or_else(|| by_differences(objective, point))
}

fn by_differences(objective: &impl Objective, point: &Point) -> Matrix {
    let n = point.at.len();
    let gradient = |i: usize, step: f64| {
        let mut at = point.at.clone();
        at[i] += step;
        objective.evaluate(&at).1
    };
    let columns: Vec<Vec<f64>> = (0..n)
        .map(|i| {
            let (above, below) = (gradient(i, STEP), gradient(i, -STEP));
            above.iter().zip(below).map(|(above, below)| (above - below) / (2.0 * STEP)).collect()
        })
        .collect();
    Matrix::from_fn(n, |i, j| 0.5 * (columns[i][j] + columns[j][i]))
}

/// Whether every direction has a standard error of at most [`UNDETERMINED`], i.e. whether the Hessian of the mean
/// exceeds the information of that error.
pub(super) fn is_determined(hessian: &Matrix, limits: &Limits) -> bool {
    let least = 1.0 / (UNDETERMINED * UNDETERMINED * limits.observations);
    Matrix::from_fn(hessian.size(), |i, j| hessian.at(i, j) - if i == j { least } else { 0.0 }).is_positive_definite()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steep_minimum_far_out_is_determined_and_a_ridge_is_not() {
        let limits = Limits { max_iterations: 1, gradient_tolerance: 1e-9, bound: 12.0, observations: 100.0 };
        let bowl = |x: &[f64]| {
            let (u, v) = (x[0] - 6.0, x[1]);
            (0.5 * (u * u + v * v), vec![u, v])
        };
        assert!(is_determined(&at(&bowl, &Point::new(&bowl, vec![6.0, 0.0])), &limits));
        let ridge = |x: &[f64]| {
            let u = x[0] - x[1];
            (0.5 * u * u, vec![u, -u])
        };
        assert!(!is_determined(&at(&ridge, &Point::new(&ridge, vec![6.0, 6.0])), &limits));
    }
}
