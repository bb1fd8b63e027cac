//! Unconstrained minimisation of smooth functions of a few variables: problem, method and the reason why it stopped.
//!
//! Models estimate positive parameters, so they hand over a function of their logarithms. In those coordinates a
//! parameter that the data cannot hold (identical customers, nobody ever drops out) runs off linearly, and a plain
//! bound tells it from an estimate.

mod bfgs;
mod hessian;
mod line_search;

use emptor_types::Termination;

use crate::matrix::Matrix;

/// A smooth function: value and gradient.
pub(crate) trait Objective {
    fn evaluate(&self, at: &[f64]) -> (f64, Vec<f64>);

    /// The second derivatives, if they are known better than by differences of the gradient.
    fn curvature(&self, _at: &[f64]) -> Option<Matrix> {
        None
    }
}

impl<F: Fn(&[f64]) -> (f64, Vec<f64>)> Objective for F {
    fn evaluate(&self, at: &[f64]) -> (f64, Vec<f64>) {
        self(at)
    }
}

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Iterations per start.
    pub(crate) max_iterations: usize,
    /// Greatest absolute gradient component of a stationary point.
    pub(crate) gradient_tolerance: f64,
    /// Greatest absolute value of a variable that still counts as an estimate.
    pub(crate) bound: f64,
    /// How many observations the function is a mean over; its Hessian times this is the information.
    pub(crate) observations: f64,
}

/// A point with its value and gradient.
#[derive(Debug, Clone)]
pub(crate) struct Point {
    pub(crate) at: Vec<f64>,
    pub(crate) value: f64,
    pub(crate) gradient: Vec<f64>,
}

impl Point {
    fn new(objective: &impl Objective, at: Vec<f64>) -> Self {
        let (value, gradient) = objective.evaluate(&at);
        Self { at, value, gradient }
    }

    fn is_finite(&self) -> bool {
        self.value.is_finite() && self.gradient.iter().all(|g| g.is_finite())
    }

    pub(crate) fn gradient_norm(&self) -> f64 {
        self.gradient.iter().fold(0.0, |norm, g| f64::max(norm, g.abs()))
    }

    fn leaves(&self, bound: f64) -> bool {
        self.at.iter().any(|x| x.abs() > bound)
    }
}

/// Where a minimisation ended and why.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) point: Point,
    pub(crate) iterations: usize,
    pub(crate) termination: Termination,
    /// Second derivatives at a stationary point.
    pub(crate) hessian: Option<Matrix>,
    /// The method's last approximation of their inverse.
    pub(crate) inverse: Option<Vec<Vec<f64>>>,
}

/// Where a search begins.
#[derive(Debug, Clone)]
pub(crate) struct Start {
    pub(crate) at: Vec<f64>,
    /// An approximation of the inverse Hessian, if one is known.
    pub(crate) inverse: Option<Vec<Vec<f64>>>,
}

impl From<Vec<f64>> for Start {
    fn from(at: Vec<f64>) -> Self {
        Self { at, inverse: None }
    }
}

/// A gradient this small, where a direction is not determined, is that of a ridge.
const CREEPING: f64 = 1e-4;

/// Minimises from each start in turn until one succeeds; otherwise the outcome with the lowest value, the earliest
/// among equals. The first start is an argument of its own, for there must be one.
pub(crate) fn minimize(objective: &impl Objective, first: Start, more: &[Start], limits: &Limits) -> Outcome {
    let from = |start: Start| {
        let mut outcome = bfgs::minimize_from(objective, start, limits);
        let stationary = outcome.termination.is_success();
        // A search that creeps along a ridge without end may stop for another reason first.
        if stationary || outcome.point.gradient_norm() <= CREEPING {
            let hessian = hessian::at(objective, &outcome.point);
            if !hessian::is_determined(&hessian, limits) {
                outcome.termination = Termination::Boundary;
            }
            outcome.hessian = stationary.then_some(hessian);
        }
        outcome
    };
    let mut best = from(first);
    for start in more {
        if best.termination.is_success() {
            break;
        }
        let next = from(start.clone());
        let lower = best.point.value.is_nan() || next.point.value < best.point.value;
        if next.termination.is_success() || lower {
            best = next;
        }
    }
    best
}

/// A start found on a similar but cheaper function: where its search from `first` ends, if that is a stationary point.
pub(crate) fn warm_start(objective: &impl Objective, first: &[f64], limits: &Limits) -> Option<Start> {
    /// The start need not be exact: the two functions differ by more.
    const ROUGHLY: f64 = 1e-5;
    let limits = Limits { gradient_tolerance: f64::max(ROUGHLY, limits.gradient_tolerance), ..*limits };
    let outcome = bfgs::minimize_from(objective, first.to_vec().into(), &limits);
    outcome.termination.is_success().then_some(Start { at: outcome.point.at, inverse: outcome.inverse })
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { max_iterations: 200, gradient_tolerance: 1e-9, bound: 12.0, observations: 1.0 };
    /// Distance to a minimum whose Hessian has no eigenvalue below 0.1, at the gradient tolerance above.
    const AT_MINIMUM: f64 = 1e-7;

    fn rosenbrock(x: &[f64]) -> (f64, Vec<f64>) {
        let (u, v) = (1.0 - x[0], x[1] - x[0] * x[0]);
        (u * u + 100.0 * v * v, vec![-2.0 * u - 400.0 * x[0] * v, 200.0 * v])
    }

    #[test]
    fn the_minimum_of_rosenbrocks_valley_is_found() {
        // Rosenbrock (1960): minimum 0 at (1, 1), usual start (-1.2, 1).
        let outcome = minimize(&rosenbrock, vec![-1.2, 1.0].into(), &[], &LIMITS);
        assert_eq!(outcome.termination, Termination::GradientTolerance);
        assert!(outcome.point.at.iter().all(|x| (x - 1.0).abs() < AT_MINIMUM), "{outcome:?}");
        assert!(outcome.iterations < 60, "{}", outcome.iterations);
    }

    #[test]
    fn a_function_without_a_minimum_ends_at_the_boundary() {
        let falling = |x: &[f64]| ((-x[0]).exp() + x[1] * x[1], vec![-(-x[0]).exp(), 2.0 * x[1]]);
        for gradient_tolerance in [1e-12, 1e-4] {
            let limits = Limits { gradient_tolerance, ..LIMITS };
            let outcome = minimize(&falling, vec![0.0, 1.0].into(), &[vec![1.0, 1.0].into()], &limits);
            assert_eq!(outcome.termination, Termination::Boundary);
        }
    }

    #[test]
    fn the_iteration_limit_is_reported_and_a_later_start_can_save_the_fit() {
        let limits = Limits { max_iterations: 5, ..LIMITS };
        let outcome = minimize(&rosenbrock, vec![-1.2, 1.0].into(), &[], &limits);
        assert_eq!((outcome.termination, outcome.iterations), (Termination::IterationLimit, 5));
        let outcome = minimize(&rosenbrock, vec![-1.2, 1.0].into(), &[vec![1.0, 1.0].into()], &limits);
        assert_eq!(outcome.termination, Termination::GradientTolerance);
    }

    #[test]
    fn a_start_without_a_value_is_no_success() {
        let broken = |_: &[f64]| (f64::NAN, vec![f64::NAN]);
        assert!(!minimize(&broken, vec![0.0].into(), &[], &LIMITS).termination.is_success());
    }

    #[test]
    fn a_value_that_disagrees_with_its_slope_is_a_failed_line_search() {
        let wrong = |x: &[f64]| (x[0] * x[0], vec![-1.0 - x[0] * x[0]]);
        assert_eq!(minimize(&wrong, vec![1.0].into(), &[], &LIMITS).termination, Termination::LineSearchFailed);
    }

    #[test]
    fn a_warm_start_saves_iterations() -> Result<(), &'static str> {
        let similar = |x: &[f64]| rosenbrock(&[x[0] + 1e-3, x[1]]);
        let start = warm_start(&similar, &[-1.2, 1.0], &LIMITS).ok_or("no start")?;
        let warm = minimize(&rosenbrock, start, &[], &LIMITS);
        let cold = minimize(&rosenbrock, vec![-1.2, 1.0].into(), &[], &LIMITS);
        assert_eq!(warm.termination, Termination::GradientTolerance);
        assert!(2 * warm.iterations < cold.iterations, "{} {}", warm.iterations, cold.iterations);
        Ok(())
    }
}
