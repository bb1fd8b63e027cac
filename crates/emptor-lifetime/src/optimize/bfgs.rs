//! The quasi-Newton method of Broyden, Fletcher, Goldfarb and Shanno (Nocedal & Wright 2006, algorithm 6.1).

use emptor_types::Termination;

use super::line_search::search;
use super::{Limits, Objective, Outcome, Point, Start, dot};

/// Longest step in any variable. A factor of e² in a parameter per iteration is enough, and longer steps on a
/// likelihood's plateaus end where nothing is left to climb back by.
const LONGEST_STEP: f64 = 2.0;
/// A gradient this small is a stationary point when neither value nor variables change in working precision.
const SMALL_GRADIENT: f64 = 1e-6;
/// Least cosine-like curvature `sᵀy / (|s||y|)` for which an update keeps the matrix well conditioned.
const LEAST_CURVATURE: f64 = 1e-10;

pub(super) fn minimize_from(objective: &impl Objective, start: Start, limits: &Limits) -> Outcome {
    let mut point = Point::new(objective, start.at);
    let mut inverse = start.inverse; // of the Hessian; `None` is steepest descent
    let mut iterations = 0;
    let termination = loop {
        if !point.is_finite() || point.leaves(limits.bound) {
            break Termination::Boundary;
        }
        if point.gradient_norm() <= limits.gradient_tolerance {
            break Termination::GradientTolerance;
        }
        if iterations == limits.max_iterations {
            break Termination::IterationLimit;
        }
        let direction = direction(&inverse, &point);
        let Some(next) = search(objective, &point, &direction) else {
            if inverse.take().is_some() {
                continue; // a spoilt matrix: once more along the gradient
            }
            break if point.gradient_norm() <= SMALL_GRADIENT {
                Termination::NoFurtherProgress
            } else {
                Termination::LineSearchFailed
            };
        };
        iterations += 1;
        update(&mut inverse, &point, &next);
        point = next;
    };
    Outcome { point, iterations, termination, hessian: None, inverse }
}

/// The quasi-Newton direction, or steepest descent where that does not descend, no longer than [`LONGEST_STEP`].
fn direction(inverse: &Option<Vec<Vec<f64>>>, point: &Point) -> Vec<f64> {
    let steepest: Vec<f64> = point.gradient.iter().map(|g| -g).collect();
    let mut direction: Vec<f64> = match inverse {
        Some(matrix) => matrix.iter().map(|row| dot(row, &steepest)).collect(),
        None => steepest.iter().map(|d| d / f64::max(1.0, point.gradient_norm())).collect(),
    };
    if dot(&direction, &point.gradient) >= 0.0 {
        direction = steepest;
    }
    let longest = direction.iter().fold(0.0, |norm, d| f64::max(norm, d.abs()));
    if longest > LONGEST_STEP {
        direction.iter_mut().for_each(|d| *d *= LONGEST_STEP / longest);
    }
    direction
}

fn update(inverse: &mut Option<Vec<Vec<f64>>>, from: &Point, to: &Point) {
    let difference = |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a - b).collect() };
    let s = difference(&to.at, &from.at);
    let y = difference(&to.gradient, &from.gradient);
    let sy = dot(&s, &y);
    let yy = dot(&y, &y);
    if sy <= LEAST_CURVATURE * (dot(&s, &s) * yy).sqrt() {
        return;
    }
    let n = s.len();
    let h = inverse.get_or_insert_with(|| {
        let mut scaled = vec![vec![0.0; n]; n];
        (0..n).for_each(|i| scaled[i][i] = sy / yy);
        scaled
    });
    let hy: Vec<f64> = h.iter().map(|row| dot(row, &y)).collect();
    let factor = (1.0 + dot(&y, &hy) / sy) / sy;
    for i in 0..n {
        for j in 0..n {
            h[i][j] += factor * s[i] * s[j] - (hy[i] * s[j] + s[i] * hy[j]) / sy;
        }
    }
}
