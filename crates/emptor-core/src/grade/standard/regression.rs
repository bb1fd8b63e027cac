//! Non-negative least squares of profit on scores.

use emptor_types::{ExactSum, Invalid};

/// A direction whose gain is below this fraction of the greatest possible one is none; a column that keeps less than
/// this fraction of its length beside the others is a copy of them.
const NO_GAIN: f64 = 1e-10;

/// What profit says about the worth of scores.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ProfitWeights {
    /// One coefficient for each column, at least 0, in profit over its greatest absolute value.
    pub(super) coefficients: Vec<f64>,
    pub(super) r_squared: f64,
    pub(super) observations: usize,
}

/// Fits `profit = a + Σ_j b_j z_j` with `b_j ≥ 0` by least squares, over the customers of known profit; an unknown score
/// counts as the mean of the known ones. All sums are exact, so that the order of rows is of no account.
pub(super) fn profit_weights(name: &str, profit: &[f64], columns: &[Vec<f64>]) -> Result<ProfitWeights, Invalid> {
    let greatest = profit.iter().filter(|y| !y.is_nan()).fold(0.0_f64, |most, y| most.max(y.abs()));
    let rows: Vec<usize> = (0..profit.len()).filter(|&i| !profit[i].is_nan()).collect();
    let observations = rows.len();
    let mean = |values: &mut dyn Iterator<Item = f64>| {
        let (sum, count) = values.fold((ExactSum::ZERO, 0.0), |(mut sum, count), x| {
            sum.add(x);
            (sum, count + 1.0)
        });
        if count > 0.0 { sum.value() / count } else { 0.0 }
    };
    let middle = if greatest > 0.0 { mean(&mut rows.iter().map(|&i| profit[i] / greatest)) } else { 0.0 };
    let target = |i: usize| if greatest > 0.0 { profit[i] / greatest - middle } else { 0.0 };
    let total = rows.iter().map(|&i| target(i).powi(2)).collect::<ExactSum>().value();
    // Written so that nobody, one customer and equal profits are all refused.
    if total > NO_GAIN * NO_GAIN {
    } else {
        return Err(Invalid::value(name, "must differ between customers to weigh indicators by", observations));
    }

    let means: Vec<f64> =
        columns.iter().map(|z| mean(&mut rows.iter().map(|&i| z[i]).filter(|z| !z.is_nan()))).collect();
    let centred = |j: usize, i: usize| if columns[j][i].is_nan() { 0.0 } else { columns[j][i] - means[j] };
    let p = columns.len();
    let mut gram = vec![vec![0.0; p]; p];
    let mut moment = vec![0.0; p];
    for (j, k) in (0..p).flat_map(|j| (0..=j).map(move |k| (j, k))) {
        let sum = rows.iter().map(|&i| centred(j, i) * centred(k, i)).collect::<ExactSum>().value();
        gram[j][k] = sum;
        gram[k][j] = sum;
    }
    for (j, moment) in moment.iter_mut().enumerate() {
        *moment = rows.iter().map(|&i| centred(j, i) * target(i)).collect::<ExactSum>().value();
    }
    let coefficients = nnls(&gram, &moment, total);
    let explained: f64 = (0..p)
        .map(|j| {
            let fitted: f64 = gram[j].iter().zip(&coefficients).map(|(g, b)| g * b).sum();
            coefficients[j] * (2.0 * moment[j] - fitted)
        })
        .sum();
    Ok(ProfitWeights { coefficients, r_squared: (explained / total).clamp(0.0, 1.0), observations })
}

/// Minimises `xᵀGx − 2bᵀx` over `x ≥ 0` by the active-set method of Lawson and Hanson (1974), *Solving least squares
/// problems*, chapter 23, on the normal equations. `total` is the squared length of the target.
pub(super) fn nnls(gram: &[Vec<f64>], moment: &[f64], total: f64) -> Vec<f64> {
    let p = moment.len();
    let mut x = vec![0.0; p];
    let mut passive = vec![false; p];
    // Columns that rounding, or being a copy of others, keeps out until the solution moves again.
    let mut blocked = vec![false; p];
    // Each step lowers the residual, so that no set of columns comes twice; the bound guards against rounding.
    for _ in 0..100 + 10 * p {
        let gain = |j: usize| {
            let fitted: f64 = gram[j].iter().zip(&x).map(|(g, b)| g * b).sum();
            let length = (gram[j][j] * total).sqrt();
            if length > 0.0 { (moment[j] - fitted) / length } else { 0.0 }
        };
        let open = (0..p).filter(|&j| !passive[j] && !blocked[j]);
        let best = open.map(|j| (gain(j), j)).max_by(|a, b| a.0.total_cmp(&b.0));
        let Some((_, next)) = best.filter(|(gain, _)| *gain > NO_GAIN) else { break };
        passive[next] = true;
        let mut solution = solve(gram, moment, &passive);
        if solution.as_ref().is_none_or(|s| s[next] <= 0.0) {
            passive[next] = false;
            blocked[next] = true;
            continue;
        }
        blocked.fill(false);
        while let Some(s) = solution {
            let step = (0..p)
                .filter(|&j| passive[j] && s[j] <= 0.0)
                .map(|j| x[j] / (x[j] - s[j]))
                .fold(f64::INFINITY, f64::min);
            if step.is_infinite() {
                x = s;
                break;
            }
            for j in 0..p {
                if passive[j] {
                    let stays = s[j] > 0.0 || x[j] / (x[j] - s[j]) > step;
                    x[j] = if stays { x[j] + step * (s[j] - x[j]) } else { 0.0 };
                    passive[j] = stays;
                }
            }
            solution = solve(gram, moment, &passive);
        }
    }
    x
}

/// The least-squares solution of the passive columns, 0 for the others, by Cholesky's decomposition; `None` if one
/// column is a copy of the others.
fn solve(gram: &[Vec<f64>], moment: &[f64], passive: &[bool]) -> Option<Vec<f64>> {
    let places: Vec<usize> = (0..moment.len()).filter(|&j| passive[j]).collect();
    let n = places.len();
    let mut lower = vec![vec![0.0; n]; n];
    let mut half = vec![0.0; n];
    for a in 0..n {
        for b in 0..=a {
            let known: f64 = (0..b).map(|c| lower[a][c] * lower[b][c]).sum();
            let rest = gram[places[a]][places[b]] - known;
            if a == b {
                if rest > NO_GAIN * gram[places[a]][places[a]] {
                    lower[a][a] = rest.sqrt();
                } else {
                    return None;
                }
            } else {
                lower[a][b] = rest / lower[b][b];
            }
        }
        let known: f64 = (0..a).map(|c| lower[a][c] * half[c]).sum();
        half[a] = (moment[places[a]] - known) / lower[a][a];
    }
    let mut x = vec![0.0; moment.len()];
    for a in (0..n).rev() {
        let known: f64 = (a + 1..n).map(|c| lower[c][a] * x[places[c]]).sum();
        x[places[a]] = (half[a] - known) / lower[a][a];
    }
    Some(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small normal equations in doubles.
    const ROUND: f64 = 1e-12;

    fn columns() -> Vec<Vec<f64>> {
        vec![
            vec![1.0, 0.0, -1.0, 2.0, 1.0, 0.0, -2.0, -1.0],
            vec![0.0, 1.0, 2.0, -1.0, 1.0, -2.0, 0.0, -1.0],
            vec![2.0, 1.0, 0.0, 1.0, -1.0, 1.0, -1.0, 2.0],
        ]
    }

    #[test]
    fn coefficients_are_those_of_scipy() -> Result<(), Invalid> {
        // scipy 1.17.1, optimize.nnls on centred columns: 2.186643835616439, 0, 0.7534246575342468, R² 0.9780844902086973
        // (unconstrained least squares give the second −0.038).
        let profit = [3.0, 1.0, -2.0, 6.0, 1.0, 0.5, -5.0, -0.5];
        let found = profit_weights("profit", &profit, &columns())?;
        let scaled: Vec<f64> = found.coefficients.iter().map(|b| b * 6.0).collect();
        for (b, expected) in scaled.iter().zip([2.186_643_835_616_439, 0.0, 0.753_424_657_534_246_8]) {
            assert!((b - expected).abs() < ROUND, "{scaled:?}");
        }
        assert!((found.r_squared - 0.978_084_490_208_697_3).abs() < ROUND);
        assert_eq!(found.observations, 8);
        Ok(())
    }

    #[test]
    fn known_weights_are_recovered() -> Result<(), Invalid> {
        let z = columns();
        let profit: Vec<f64> = (0..8).map(|i| 7.0 + 3.0 * z[0][i] + 0.5 * z[1][i] + 1.5 * z[2][i]).collect();
        let found = profit_weights("profit", &profit, &z)?;
        let sum: f64 = found.coefficients.iter().sum();
        for (b, expected) in found.coefficients.iter().zip([0.6, 0.1, 0.3]) {
            assert!((b / sum - expected).abs() < ROUND, "{found:?}");
        }
        assert!((found.r_squared - 1.0).abs() < ROUND);
        Ok(())
    }

    #[test]
    fn a_copy_of_a_column_gets_no_weight_of_its_own() -> Result<(), Invalid> {
        let mut z = columns();
        z.push(z[0].clone());
        let profit: Vec<f64> = (0..8).map(|i| 3.0 * z[0][i] + z[2][i]).collect();
        let found = profit_weights("profit", &profit, &z)?;
        let held = found.coefficients.iter().filter(|&&b| b > 0.0).count();
        assert_eq!(held, 2, "{found:?}");
        assert!((found.r_squared - 1.0).abs() < ROUND);
        Ok(())
    }

    #[test]
    fn profit_that_falls_with_every_score_gives_no_weight() -> Result<(), Invalid> {
        let z = vec![vec![1.0, 2.0, 3.0, 4.0]];
        let found = profit_weights("profit", &[4.0, 3.0, 2.0, 1.0], &z)?;
        assert_eq!(found.coefficients, [0.0]);
        assert!(found.r_squared <= 0.0);
        Ok(())
    }

    #[test]
    fn profit_without_spread_is_refused_and_unknown_profit_left_out() -> Result<(), Invalid> {
        let z = vec![vec![1.0, 2.0, 3.0, 4.0]];
        for profit in [[5.0; 4], [f64::NAN; 4], [0.0; 4], [5.0, f64::NAN, f64::NAN, f64::NAN]] {
            assert!(profit_weights("profit", &profit, &z).is_err(), "{profit:?}");
        }
        let found = profit_weights("profit", &[1.0, 2.0, f64::NAN, 4.0], &z)?;
        assert_eq!(found.observations, 3);
        assert!((found.r_squared - 1.0).abs() < ROUND);
        Ok(())
    }
}
