//! Least squares by Levenberg and Marquardt's method, within bounds.

use emptor_types::Termination;

use super::dual::LANES;
use super::problem::{Problem, Workspace};

/// Relative improvement of the sum of squares that counts as progress. The criterion of a series of a hundred values moves
/// by less than 1e-5 then.
const PROGRESS: f64 = 1e-7;
/// Evaluations with derivatives, at most.
const EVALUATIONS: usize = 200;
/// Damping beyond which no step helps.
const MOST_DAMPING: f64 = 1e9;

/// Where the search ended.
#[derive(Debug, Clone)]
pub(super) struct Solution {
    pub(super) unknowns: Vec<f64>,
    /// Sum of squares, infinite if the form does not hold for the values.
    pub(super) sum: f64,
    pub(super) termination: Termination,
    pub(super) evaluations: usize,
    /// Greatest derivative of `½ ln sum` by an unknown that its bounds leave free.
    pub(super) gradient: f64,
}

impl Solution {
    /// What is found where there is no start.
    pub(super) fn none() -> Self {
        let (sum, gradient) = (f64::INFINITY, f64::INFINITY);
        Self { unknowns: Vec::new(), sum, termination: Termination::NoFurtherProgress, evaluations: 0, gradient }
    }
}

/// Goes down from a start.
pub(super) fn descend(problem: &Problem<'_>, start: &[f64], work: &mut Workspace) -> Solution {
    let bounds = problem.box_of();
    let k = start.len();
    let mut at: Vec<f64> = start.iter().zip(&bounds).map(|(&x, &(least, most))| x.clamp(least, most)).collect();
    let mut sum = problem.derive(&at, work);
    let mut normal = Normal::new(k);
    let mut solution = Solution {
        unknowns: at.clone(),
        sum,
        termination: Termination::NoFurtherProgress,
        evaluations: 1,
        gradient: f64::INFINITY,
    };
    if !sum.is_finite() {
        return solution;
    }
    normal.gather(problem, work, &at, sum);
    let mut cost = problem.penalised(sum, &at);
    let mut damping = 1e-3;
    let mut trial = at.clone();
    loop {
        let gradient = normal.gradient_within(&at, &bounds) / sum;
        solution.gradient = gradient;
        if gradient < f64::EPSILON.sqrt() {
            solution.termination = Termination::GradientTolerance;
            break;
        }
        if damping > MOST_DAMPING {
            break;
        }
        if solution.evaluations >= EVALUATIONS {
            solution.termination = Termination::IterationLimit;
            break;
        }
        if !normal.step(&at, &bounds, damping, &mut trial) {
            damping *= 10.0;
            continue;
        }
        solution.evaluations += 1;
        let next = problem.derive(&trial, work);
        let next_cost = problem.penalised(next, &trial);
        if next_cost < cost {
            let gain = (cost - next_cost) / cost;
            at.copy_from_slice(&trial);
            (sum, cost) = (next, next_cost);
            normal.gather(problem, work, &at, sum);
            damping = (damping * 0.2).max(1e-9);
            if gain < PROGRESS {
                solution.gradient = normal.gradient_within(&at, &bounds) / sum;
                break;
            }
        } else {
            damping *= 8.0;
        }
    }
    solution.unknowns = at;
    solution.sum = sum;
    solution
}

/// The normal equations `JᵀJ d = −Jᵀr`.
#[derive(Debug)]
struct Normal {
    k: usize,
    square: Vec<f64>,
    gradient: Vec<f64>,
    factor: Vec<f64>,
    free: Vec<bool>,
}

impl Normal {
    fn new(k: usize) -> Self {
        Self { k, square: vec![0.0; k * k], gradient: vec![0.0; k], factor: vec![0.0; k * k], free: vec![true; k] }
    }

    fn gather(&mut self, problem: &Problem<'_>, work: &Workspace, at: &[f64], sum: f64) {
        let (k, n) = (self.k, problem.values.len());
        for (row, left) in work.tangents.chunks_exact(n).enumerate().take(k.div_ceil(LANES)) {
            let mut gradient = [0.0; LANES];
            for (tangent, &residual) in left.iter().zip(&work.residuals) {
                for lane in 0..LANES {
                    gradient[lane] += tangent[lane] * residual;
                }
            }
            let rows = LANES.min(k - row * LANES);
            self.gradient[row * LANES..row * LANES + rows].copy_from_slice(&gradient[..rows]);
            for (column, right) in work.tangents.chunks_exact(n).enumerate().take(row + 1) {
                let mut block = [[0.0; LANES]; LANES];
                for (a, b) in left.iter().zip(right) {
                    for i in 0..LANES {
                        for j in 0..LANES {
                            block[i][j] += a[i] * b[j];
                        }
                    }
                }
                for (i, products) in block.iter().enumerate().take(rows) {
                    for (j, &product) in products.iter().enumerate().take(k - column * LANES) {
                        let (i, j) = (row * LANES + i, column * LANES + j);
                        self.square[i * k + j] = product;
                        self.square[j * k + i] = product;
                    }
                }
            }
        }
        self.shrink(problem, at, sum);
    }

    /// The prior's part: half the derivatives of `sum · weight x² / n`, in which `n ln sum` and the prior move alike.
    fn shrink(&mut self, problem: &Problem<'_>, at: &[f64], sum: f64) {
        if let Some((place, weight)) = problem.shrunk() {
            let pull = weight * sum / problem.values.len() as f64;
            self.gradient[place] += pull * at[place];
            self.square[place * self.k + place] += pull;
        }
    }

    /// Greatest derivative by an unknown that may still go down.
    fn gradient_within(&mut self, at: &[f64], bounds: &[(f64, f64)]) -> f64 {
        let mut greatest = 0.0_f64;
        for (i, &(least, most)) in bounds.iter().enumerate() {
            let slope = self.gradient[i];
            self.free[i] = !((at[i] <= least && slope > 0.0) || (at[i] >= most && slope < 0.0));
            if self.free[i] {
                greatest = greatest.max(slope.abs());
            }
        }
        greatest
    }

    /// The damped step from `at`, cut at the bounds; false if the equations cannot be solved.
    fn step(&mut self, at: &[f64], bounds: &[(f64, f64)], damping: f64, to: &mut [f64]) -> bool {
        let k = self.k;
        for i in 0..k {
            for j in 0..=i {
                let both = self.free[i] && self.free[j];
                self.factor[i * k + j] = if both { self.square[i * k + j] } else { f64::from(u8::from(i == j)) };
            }
            if self.free[i] {
                self.factor[i * k + i] = self.factor[i * k + i] * (1.0 + damping) + f64::MIN_POSITIVE;
            }
        }
        if !cholesky(&mut self.factor, k) {
            return false;
        }
        for ((to, &slope), &free) in to.iter_mut().zip(&self.gradient).zip(&self.free) {
            *to = if free { -slope } else { 0.0 };
        }
        solve(&self.factor, to);
        for (i, &(least, most)) in bounds.iter().enumerate() {
            to[i] = (at[i] + to[i]).clamp(least, most);
        }
        to.iter().all(|x| x.is_finite())
    }
}

/// Lower triangle of a positive definite matrix in place; false if it is not one.
fn cholesky(a: &mut [f64], k: usize) -> bool {
    for j in 0..k {
        for i in j..k {
            let mut sum = a[i * k + j];
            for l in 0..j {
                sum -= a[i * k + l] * a[j * k + l];
            }
            if i > j {
                a[i * k + j] = sum / a[j * k + j];
            } else if sum > 0.0 {
                a[j * k + j] = sum.sqrt();
            } else {
                return false;
            }
        }
    }
    true
}

fn solve(factor: &[f64], x: &mut [f64]) {
    let k = x.len();
    for i in 0..k {
        for j in 0..i {
            x[i] -= factor[i * k + j] * x[j];
        }
        x[i] /= factor[i * k + i];
    }
    for i in (0..k).rev() {
        for j in i + 1..k {
            x[i] -= factor[j * k + i] * x[j];
        }
        x[i] /= factor[i * k + i];
    }
}
