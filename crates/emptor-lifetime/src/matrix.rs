//! Small symmetric matrices: information, covariance, condition.

/// Sweeps after which an eigenvalue is as good as it gets; six or seven do for a dozen rows.
const MAX_SWEEPS: usize = 50;

/// A symmetric matrix of a few rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Matrix {
    size: usize,
    cells: Vec<f64>,
}

impl Matrix {
    /// From the cells of a symmetric function.
    pub(crate) fn from_fn(size: usize, cell: impl Fn(usize, usize) -> f64) -> Self {
        Self { size, cells: (0..size * size).map(|place| cell(place / size, place % size)).collect() }
    }

    pub(crate) fn size(&self) -> usize {
        self.size
    }

    pub(crate) fn at(&self, i: usize, j: usize) -> f64 {
        self.cells[i * self.size + j]
    }

    pub(crate) fn scaled(&self, factor: f64) -> Self {
        Self { size: self.size, cells: self.cells.iter().map(|cell| cell * factor).collect() }
    }

    /// The sum of two of one size.
    pub(crate) fn plus(&self, other: &Self) -> Self {
        Self { size: self.size, cells: self.cells.iter().zip(&other.cells).map(|(a, b)| a + b).collect() }
    }

    /// `Aᵀ M A` of a matrix with as many rows as this and so many columns.
    pub(crate) fn seen_through(&self, columns: usize, a: impl Fn(usize, usize) -> f64) -> Self {
        let rows = || (0..self.size).flat_map(|i| (0..self.size).map(move |j| (i, j)));
        Self::from_fn(columns, |p, q| rows().map(|(i, j)| a(i, p) * self.at(i, j) * a(j, q)).sum())
    }

    pub(crate) fn is_positive_definite(&self) -> bool {
        self.cholesky().is_some()
    }

    /// The lower triangle `L` with `L Lᵀ` = this, or `None` if it is not positive definite.
    pub(crate) fn cholesky(&self) -> Option<Vec<Vec<f64>>> {
        let mut lower: Vec<Vec<f64>> = Vec::with_capacity(self.size);
        for i in 0..self.size {
            let mut row: Vec<f64> = Vec::with_capacity(i + 1);
            for j in 0..=i {
                let above = if j < i { &lower[j][..j] } else { &row[..j] };
                let rest = self.at(i, j) - row[..j].iter().zip(above).map(|(a, b)| a * b).sum::<f64>();
                if j < i {
                    row.push(rest / lower[j][j]);
                } else if rest > 0.0 && rest.is_finite() {
                    row.push(rest.sqrt());
                } else {
                    return None;
                }
            }
            lower.push(row);
        }
        Some(lower)
    }

    /// The inverse, or `None` if the matrix is not positive definite.
    pub(crate) fn inverse(&self) -> Option<Self> {
        let lower = self.cholesky()?;
        let n = self.size;
        let mut inverse = Self { size: n, cells: vec![0.0; n * n] };
        for column in 0..n {
            // L y = e, Lᵀ x = y
            let mut x = vec![0.0; n];
            for i in 0..n {
                let known: f64 = (0..i).map(|j| lower[i][j] * x[j]).sum();
                x[i] = (if i == column { 1.0 } else { 0.0 } - known) / lower[i][i];
            }
            for i in (0..n).rev() {
                let known: f64 = (i + 1..n).map(|j| lower[j][i] * x[j]).sum();
                x[i] = (x[i] - known) / lower[i][i];
            }
            (0..n).for_each(|i| inverse.cells[i * n + column] = x[i]);
        }
        Some(Self::from_fn(n, |i, j| 0.5 * (inverse.at(i, j) + inverse.at(j, i))))
    }

    /// All eigenvalues, rising (the cyclic method of Jacobi 1846; Golub & Van Loan 2013, section 8.5).
    pub(crate) fn eigenvalues(&self) -> Vec<f64> {
        let n = self.size;
        let mut a = self.clone();
        for _ in 0..MAX_SWEEPS {
            let off: f64 = (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a.at(i, j).powi(2)).sum();
            let diagonal: f64 = (0..n).map(|i| a.at(i, i).powi(2)).sum();
            if off <= diagonal * f64::EPSILON * f64::EPSILON || !off.is_finite() {
                break;
            }
            for p in 0..n {
                for q in p + 1..n {
                    a.rotate(p, q);
                }
            }
        }
        let mut values: Vec<f64> = (0..n).map(|i| a.at(i, i)).collect();
        values.sort_by(f64::total_cmp);
        values
    }

    /// Turns the plane of `p` and `q` so that their common cell becomes 0.
    fn rotate(&mut self, p: usize, q: usize) {
        let common = self.at(p, q);
        if common.abs() < f64::MIN_POSITIVE {
            return;
        }
        let n = self.size;
        let theta = (self.at(q, q) - self.at(p, p)) / (2.0 * common);
        let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
        let c = 1.0 / t.hypot(1.0);
        let s = t * c;
        for k in 0..n {
            let (kp, kq) = (self.at(k, p), self.at(k, q));
            self.cells[k * n + p] = c * kp - s * kq;
            self.cells[k * n + q] = s * kp + c * kq;
        }
        for k in 0..n {
            let (pk, qk) = (self.at(p, k), self.at(q, k));
            self.cells[p * n + k] = c * pk - s * qk;
            self.cells[q * n + k] = s * pk + c * qk;
        }
    }

    /// The greatest eigenvalue over the least, or `None` unless all are positive.
    pub(crate) fn condition_number(&self) -> Option<f64> {
        let values = self.eigenvalues();
        let (least, greatest) = (*values.first()?, *values.last()?);
        (least > 0.0 && greatest.is_finite()).then_some(greatest / least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounding of a few dozen operations.
    const ROUNDING: f64 = 1e-12;

    /// The Hilbert matrix, known for its condition.
    fn hilbert(size: usize) -> Matrix {
        Matrix::from_fn(size, |i, j| 1.0 / (i + j + 1) as f64)
    }

    #[test]
    fn the_inverse_of_a_hilbert_matrix_is_whole() {
        // The inverse of the 3 × 3 Hilbert matrix (Choi 1983).
        let inverse = hilbert(3).inverse().unwrap_or_else(|| hilbert(3));
        let expected = [[9.0, -36.0, 30.0], [-36.0, 192.0, -180.0], [30.0, -180.0, 180.0]];
        for (i, row) in expected.iter().enumerate() {
            for (j, cell) in row.iter().enumerate() {
                assert!((inverse.at(i, j) - cell).abs() < ROUNDING * 1e3, "{i} {j}: {}", inverse.at(i, j));
            }
        }
    }

    #[test]
    fn the_condition_of_hilbert_matrices_is_the_published_one() {
        // numpy 2.4: linalg.cond(hilbert(n)).
        for (n, expected) in [(2, 19.281_470_067_903_97), (5, 476_607.250_242_259_3)] {
            let value = hilbert(n).condition_number().unwrap_or(f64::NAN);
            assert!((value / expected - 1.0).abs() < 1e-9, "{n}: {value}");
        }
    }

    #[test]
    fn definite_is_told_from_indefinite() {
        let matrix = |cells: [[f64; 2]; 2]| Matrix::from_fn(2, |i, j| cells[i][j]);
        assert!(matrix([[2.0, 1.0], [1.0, 1.0]]).is_positive_definite());
        assert!(!matrix([[1.0, 2.0], [2.0, 1.0]]).is_positive_definite());
        assert!(!matrix([[1.0, f64::NAN], [f64::NAN, 1.0]]).is_positive_definite());
        assert_eq!(matrix([[1.0, 2.0], [2.0, 1.0]]).condition_number(), None);
    }
}
