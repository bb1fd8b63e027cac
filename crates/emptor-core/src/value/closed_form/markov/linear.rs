//! Small dense systems of linear equations.

/// Solves `A x = b` for a square matrix in rows, by elimination with partial pivoting. `None` if a pivot vanishes.
pub(super) fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Option<Vec<f64>> {
    let n = b.len();
    for column in 0..n {
        let pivot = (column..n).max_by(|&i, &j| a[i][column].abs().total_cmp(&a[j][column].abs()))?;
        let size = a[pivot][column].abs();
        if !(size > 0.0 && size.is_finite()) {
            return None;
        }
        a.swap(column, pivot);
        b.swap(column, pivot);
        let (done, below) = a.split_at_mut(column + 1);
        let top = &done[column];
        for (offset, row) in below.iter_mut().enumerate() {
            let factor = row[column] / top[column];
            for (cell, above) in row[column..].iter_mut().zip(&top[column..]) {
                *cell -= factor * above;
            }
            b[column + 1 + offset] -= factor * b[column];
        }
    }
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n).map(|column| a[row][column] * b[column]).sum();
        b[row] = (b[row] - known) / a[row][row];
    }
    Some(b)
}

#[cfg(test)]
mod tests {
    use super::solve;

    #[test]
    fn systems_that_need_pivoting_are_solved_and_singular_ones_refused() {
        let x = solve(vec![vec![0.0, 2.0, 1.0], vec![1.0, -1.0, 0.0], vec![3.0, 0.0, 4.0]], vec![7.0, -1.0, 15.0]);
        let expected = [1.0, 2.0, 3.0];
        assert!(x.is_some_and(|x| x.iter().zip(expected).all(|(x, e)| (x - e).abs() < 1e-14)));
        assert_eq!(solve(vec![vec![1.0, 2.0], vec![2.0, 4.0]], vec![1.0, 1.0]), None);
        assert_eq!(solve(Vec::new(), Vec::new()), Some(Vec::new()));
    }
}
