//! Symmetric positive systems.

use emptor_types::Invalid;
use serde::{Deserialize, Serialize};

use crate::ForecastError;

/// A larger system would take more than half a gigabyte.
const LARGEST_SYSTEM: usize = 10_000;

/// The lower triangle of a symmetric matrix, row by row; after [`Symmetric::factor`] that of its Cholesky factor.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Symmetric {
    size: usize,
    cells: Vec<f64>,
}

/// `L Lᵀ = E M E` with the diagonal scaling `E` that makes all diagonal cells 1: a total counts millions, a bottom series
/// ones, and pivots must be comparable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Cholesky {
    lower: Vec<f64>,
    scale: Vec<f64>,
}

impl Symmetric {
    pub(super) fn zeros(size: usize) -> Result<Self, ForecastError> {
        if size <= LARGEST_SYSTEM {
            Ok(Self { size, cells: vec![0.0; size * (size + 1) / 2] })
        } else {
            let rule = "must have at most 10000 nodes above the bottom, or at most so many bottom series";
            Err(Invalid::value("hierarchy", rule, size).into())
        }
    }

    /// The cell of a row and a column that is not to the right of the diagonal.
    pub(super) fn at(&mut self, row: usize, column: usize) -> &mut f64 {
        &mut self.cells[row * (row + 1) / 2 + column]
    }

    /// `None` if the matrix is not positive definite in working precision.
    pub(super) fn factor(mut self) -> Option<Cholesky> {
        let scale: Vec<f64> = (0..self.size).map(|i| 1.0 / (*self.at(i, i)).sqrt()).collect();
        if !scale.iter().all(|s| s.is_finite() && *s > 0.0) {
            return None;
        }
        for i in 0..self.size {
            let (done, rest) = self.cells.split_at_mut(i * (i + 1) / 2);
            let row = &mut rest[..=i];
            for j in 0..=i {
                let scaled = row[j] * scale[i] * scale[j];
                if j < i {
                    let above = &done[j * (j + 1) / 2..=j * (j + 1) / 2 + j];
                    row[j] = (scaled - dot(&row[..j], &above[..j])) / above[j];
                } else {
                    let pivot = scaled - dot(&row[..j], &row[..j]);
                    if !(pivot > 0.0 && pivot.is_finite()) {
                        return None;
                    }
                    row[j] = pivot.sqrt();
                }
            }
        }
        Some(Cholesky { lower: self.cells, scale })
    }
}

impl Cholesky {
    pub(super) fn size(&self) -> usize {
        self.scale.len()
    }

    /// Whether the saved parts belong together.
    pub(super) fn is_whole(&self) -> bool {
        let n = self.size();
        self.lower.len() == n * (n + 1) / 2 && (0..n).all(|i| self.lower[i * (i + 1) / 2 + i] > 0.0)
    }

    /// `M⁻¹ x` in place.
    pub(super) fn solve(&self, x: &mut [f64]) {
        let start = |i: usize| i * (i + 1) / 2;
        x.iter_mut().zip(&self.scale).for_each(|(x, s)| *x *= s);
        for i in 0..x.len() {
            let row = &self.lower[start(i)..=start(i) + i];
            x[i] = (x[i] - dot(&row[..i], &x[..i])) / row[i];
        }
        for i in (0..x.len()).rev() {
            let row = &self.lower[start(i)..=start(i) + i];
            x[i] /= row[i];
            let known = x[i];
            x[..i].iter_mut().zip(row).for_each(|(x, cell)| *x -= cell * known);
        }
        x.iter_mut().zip(&self.scale).for_each(|(x, s)| *x *= s);
    }
}

/// Four sums side by side: the processor need not wait for one to end.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (left, right) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = left.remainder().iter().zip(right.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in left.zip(right) {
        for lane in 0..4 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums[0] + sums[1] + (sums[2] + sums[3]) + rest
}
