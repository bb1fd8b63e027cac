//! Symmetric systems of a few hundred unknowns.

/// Coefficients of a combination below this, relative to unit columns, are rounding.
const NAMED: f64 = 1e-6;

/// The factor of a positive definite matrix scaled to a unit diagonal, `D A D = L Lᵀ`.
pub(super) struct Cholesky {
    lower: Vec<f64>,
    scale: Vec<f64>,
    n: usize,
}

/// A column that is a linear combination of earlier ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dependent {
    pub(super) column: usize,
    pub(super) on: Vec<usize>,
}

impl Cholesky {
    /// Factors the matrix whose upper triangle is given row by row. A pivot is `1 − R²` of its column given the earlier
    /// ones; columns whose pivot is not above `least` are returned instead.
    pub(super) fn new(upper: &[f64], n: usize, least: f64) -> Result<Self, Vec<Dependent>> {
        let scale: Vec<f64> = (0..n).map(|i| 1.0 / upper[i * n + i].sqrt()).collect();
        let mut factor = Self { lower: vec![0.0; n * n], scale, n };
        let mut dependent = Vec::new();
        for j in 0..n {
            for i in 0..=j {
                let a = upper[i * n + j] * factor.scale[i] * factor.scale[j];
                let (row_i, row_j) = (&factor.lower[i * n..i * n + i], &factor.lower[j * n..j * n + i]);
                let rest = a - row_i.iter().zip(row_j).map(|(x, y)| x * y).sum::<f64>();
                if i < j {
                    let pivot = factor.lower[i * n + i];
                    factor.lower[j * n + i] = if pivot > 0.0 { rest / pivot } else { 0.0 };
                } else if rest > least {
                    factor.lower[j * n + j] = rest.sqrt();
                } else {
                    let on = factor.combination(j);
                    dependent.push(Dependent { column: j, on });
                }
            }
        }
        if dependent.is_empty() { Ok(factor) } else { Err(dependent) }
    }

    /// The earlier columns that make up column `j`: `Lᵀ c = l_j`.
    fn combination(&self, j: usize) -> Vec<usize> {
        let n = self.n;
        let mut c = vec![0.0; j];
        for i in (0..j).rev() {
            let pivot = self.lower[i * n + i];
            if pivot > 0.0 {
                let known: f64 = (i + 1..j).map(|k| self.lower[k * n + i] * c[k]).sum();
                c[i] = (self.lower[j * n + i] - known) / pivot;
            }
        }
        (0..j).filter(|&i| c[i].abs() > NAMED).collect()
    }

    /// Solves `A x = b`.
    pub(super) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let n = self.n;
        let mut x: Vec<f64> = b.iter().zip(&self.scale).map(|(b, s)| b * s).collect();
        for i in 0..n {
            let known: f64 = (0..i).map(|k| self.lower[i * n + k] * x[k]).sum();
            x[i] = (x[i] - known) / self.lower[i * n + i];
        }
        for i in (0..n).rev() {
            let known: f64 = (i + 1..n).map(|k| self.lower[k * n + i] * x[k]).sum();
            x[i] = (x[i] - known) / self.lower[i * n + i];
        }
        x.iter().zip(&self.scale).map(|(x, s)| x * s).collect()
    }

    /// The inverse, row by row.
    pub(super) fn inverse(&self) -> Vec<Vec<f64>> {
        let unit = |i| (0..self.n).map(|k| if k == i { 1.0 } else { 0.0 }).collect::<Vec<f64>>();
        (0..self.n).map(|i| self.solve(&unit(i))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUND: f64 = 1e-12;

    #[test]
    fn solves_and_inverts_whatever_the_scale_of_columns() {
        // A = [[4e6, 2e3], [2e3, 3]]; A (1e-3, 2) = (8e3, 8)
        let factor = Cholesky::new(&[4e6, 2e3, f64::NAN, 3.0], 2, 1e-10).unwrap_or_else(|_| unreachable!());
        let x = factor.solve(&[8e3, 8.0]);
        assert!((x[0] - 1e-3).abs() < ROUND && (x[1] - 2.0).abs() < ROUND, "{x:?}");
        let determinant = 4e6 * 3.0 - 4e6;
        assert!((factor.inverse()[1][1] - 4e6 / determinant).abs() < ROUND);
    }

    #[test]
    fn a_column_made_of_others_names_them() {
        // Columns a, b, c, a + c with a, b, c orthonormal.
        let gram = [[1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0], [1.0, 0.0, 1.0, 2.0]];
        let dependent = Cholesky::new(&gram.concat(), 4, 1e-10).err();
        assert_eq!(dependent, Some(vec![Dependent { column: 3, on: vec![0, 2] }]));
    }
}
