//! How sure forecasts are, and the systems that follow.

use emptor_types::Invalid;
use rayon::prelude::*;

use super::Hierarchy;
use super::cholesky::{Symmetric, dot};
use super::operator::{Operator, gaps};
use crate::ForecastError;

/// The variance, as a share of the mean one, under which a node has none.
const LEAST_VARIANCE: f64 = 1e-12;
/// The least shrinkage: residuals that are coherent themselves (of bottom-up forecasts) leave nothing to invert.
const LEAST_SHRINKAGE: f64 = 1e-8;
/// The matrix of MinT has a row per bottom series and a column per node above: at most a gigabyte.
const MOST_GAINS: usize = 125_000_000;

/// The mean square of each row, positive.
pub(super) fn mean_squares(hierarchy: &Hierarchy, residuals: &[Vec<f64>]) -> Vec<f64> {
    positive(hierarchy, residuals.iter().map(|row| row.iter().map(|e| e * e).sum::<f64>() / row.len() as f64).collect())
}

/// Variances that a node can be weighted by: of one without, the least of its level. A product that was sold first in the last
/// period has no residual, and would outweigh all others.
fn positive(hierarchy: &Hierarchy, variances: Vec<f64>) -> Vec<f64> {
    let nothing = variances.iter().sum::<f64>() / variances.len() as f64 * LEAST_VARIANCE;
    let levels = hierarchy.levels();
    let mut least = vec![f64::INFINITY; levels.iter().max().map_or(0, |deepest| deepest + 1)];
    for (&level, &variance) in levels.iter().zip(&variances).filter(|(_, variance)| **variance > nothing) {
        least[level] = variance.min(least[level]);
    }
    let of_all = Some(least.iter().copied().fold(f64::INFINITY, f64::min)).filter(|v| v.is_finite()).unwrap_or(1.0);
    let known = |(&level, variance): (&usize, f64)| match variance {
        variance if variance > nothing => variance,
        _ if least[level].is_finite() => least[level],
        _ => of_all,
    };
    levels.iter().zip(variances).map(known).collect()
}

/// The projection of a diagonal W, by the smaller system.
pub(super) fn solver(hierarchy: &Hierarchy, variances: Vec<f64>) -> Result<Operator, ForecastError> {
    let (uppers, bottoms) = (hierarchy.uppers(), hierarchy.bottoms());
    if uppers.len() <= bottoms.len() {
        let system = system_above(hierarchy, &variances)?.factor().ok_or_else(singular)?;
        return Ok(Operator::Above { variances, system });
    }
    let mut system = Symmetric::zeros(bottoms.len())?;
    for (j, &node) in bottoms.iter().enumerate() {
        *system.at(j, j) += 1.0 / variances[node];
    }
    for &node in uppers {
        let members = hierarchy.members(node);
        for (place, &row) in members.iter().enumerate() {
            members[..=place]
                .iter()
                .for_each(|&column| *system.at(row as usize, column as usize) += 1.0 / variances[node]);
        }
    }
    let system = system.factor().ok_or_else(singular)?;
    Ok(Operator::Below { variances, system })
}

/// `C W Cᵀ = W_uppers + A W_bottoms Aᵀ` of a diagonal W: two nodes share the variances of their common bottom series.
fn system_above(hierarchy: &Hierarchy, variances: &[f64]) -> Result<Symmetric, ForecastError> {
    let uppers = hierarchy.uppers();
    let mut system = Symmetric::zeros(uppers.len())?;
    let mut above = vec![Vec::new(); hierarchy.bottoms().len()];
    for (row, &node) in uppers.iter().enumerate() {
        *system.at(row, row) += variances[node];
        hierarchy.members(node).iter().for_each(|&j| above[j as usize].push(row));
    }
    for (nodes, &bottom) in above.iter().zip(hierarchy.bottoms()) {
        for (place, &row) in nodes.iter().enumerate() {
            nodes[..=place].iter().for_each(|&column| *system.at(row, column) += variances[bottom]);
        }
    }
    Ok(system)
}

/// MinT with the covariance shrunk to its diagonal D:
/// ```text
/// W = λ D + (1−λ) X Xᵀ / (T−1)          X: residuals less their means
/// ```
/// `C W Cᵀ` needs only `C D Cᵀ` and the gaps `C X` of the residuals: W itself, nodes × nodes, is never formed.
pub(super) fn gain(hierarchy: &Hierarchy, residuals: &[Vec<f64>]) -> Result<Operator, ForecastError> {
    let (uppers, bottoms, periods) = (hierarchy.uppers(), hierarchy.bottoms(), residuals[0].len());
    if periods < 2 {
        return Err(ForecastError::TooShort { method: "MinT-shrink".into(), needed: 2, found: periods });
    }
    if uppers.is_empty() {
        return Ok(Operator::BottomUp);
    }
    if uppers.len().saturating_mul(bottoms.len()) > MOST_GAINS {
        let rule = "must have at most 125000000 pairs of a bottom series and a node above, for MinT";
        return Err(Invalid::value("hierarchy", rule, uppers.len().saturating_mul(bottoms.len())).into());
    }
    let centred: Vec<Vec<f64>> = residuals.iter().map(|row| centred(row)).collect();
    let freedom = periods as f64 - 1.0;
    let variances = positive(hierarchy, centred.iter().map(|row| dot(row, row) / freedom).collect());
    let lambda = shrinkage(&centred);
    let of_sample = (1.0 - lambda) / freedom;

    // The gaps of each node above, over time.
    let by_period = (0..periods).map(|t| gaps(hierarchy, &centred.iter().map(|row| row[t]).collect::<Vec<_>>()));
    let by_period: Vec<Vec<f64>> = by_period.collect();
    let gaps: Vec<Vec<f64>> = (0..uppers.len()).map(|u| by_period.iter().map(|gaps| gaps[u]).collect()).collect();
    let shrunk: Vec<f64> = variances.iter().map(|v| v * lambda).collect();
    let mut system = system_above(hierarchy, &shrunk)?;
    for (row, own) in gaps.iter().enumerate() {
        for (column, other) in gaps[..=row].iter().enumerate() {
            *system.at(row, column) += of_sample * dot(own, other);
        }
    }
    let system = system.factor().ok_or_else(singular)?;
    let mut gain = vec![0.0; bottoms.len() * uppers.len()];
    for (row, &node) in gain.chunks_exact_mut(uppers.len()).zip(bottoms) {
        row.iter_mut().zip(&gaps).for_each(|(cell, gaps)| *cell = of_sample * dot(&centred[node], gaps));
    }
    for (u, &node) in uppers.iter().enumerate() {
        for &j in hierarchy.members(node) {
            gain[j as usize * uppers.len() + u] -= shrunk[bottoms[j as usize]];
        }
    }
    gain.par_chunks_exact_mut(uppers.len()).for_each(|row| system.solve(row));
    Ok(Operator::Gain { gain })
}

/// How far correlations are shrunk to 0 (Schäfer & Strimmer 2005, *Statistical Applications in Genetics and Molecular
/// Biology* 4, target D):
/// ```text
/// λ = Σ_{i≠j} Var(r_ij) / Σ_{i≠j} r_ij²      Var(r_ij) = 1/(T(T−1)) Σ_t (z_it z_jt − r_ij)²     r_ij = 1/T Σ_t z_it z_jt
/// ```
/// with z of mean square 1. Both sums are over all pairs of nodes; they follow from sums over nodes by period,
/// `Σ_ij z_it² z_jt² = (Σ_i z_it²)²`, and from the products of periods, `Σ_ij r_ij² = Σ_ts (Σ_i z_it z_is)² / T²`.
fn shrinkage(centred: &[Vec<f64>]) -> f64 {
    let periods = centred[0].len();
    let t = periods as f64;
    let standard: Vec<Vec<f64>> = centred
        .iter()
        .map(|row| (row, dot(row, row) / t))
        .filter(|(_, square)| *square > 0.0)
        .map(|(row, square)| row.iter().map(|x| x / square.sqrt()).collect())
        .collect();
    let mut squares = vec![0.0; periods];
    let mut fourth = 0.0;
    for row in &standard {
        for (sum, z) in squares.iter_mut().zip(row) {
            *sum += z * z;
            fourth += z * z * z * z;
        }
    }
    // Σ_ij r_ij² over whichever is less, pairs of nodes or pairs of periods.
    let across: Vec<Vec<f64>>;
    let rows = if standard.len() <= periods {
        &standard
    } else {
        across = (0..periods).map(|t| standard.iter().map(|row| row[t]).collect()).collect();
        &across
    };
    let mut correlations = 0.0;
    for (i, row) in rows.iter().enumerate() {
        correlations += dot(row, row) * dot(row, row);
        correlations += 2.0 * rows[..i].iter().map(|other| dot(row, other) * dot(row, other)).sum::<f64>();
    }
    let correlations = correlations / (t * t) - standard.len() as f64;
    let products = squares.iter().map(|sum| sum * sum).sum::<f64>() - fourth;
    let lambda = (products - t * correlations) / (t * (t - 1.0)) / correlations;
    // Without correlations there is nothing but the diagonal.
    if correlations > 0.0 && lambda.is_finite() { lambda.clamp(LEAST_SHRINKAGE, 1.0) } else { 1.0 }
}

fn centred(row: &[f64]) -> Vec<f64> {
    let mean = row.iter().sum::<f64>() / row.len() as f64;
    row.iter().map(|value| value - mean).collect()
}

fn singular() -> ForecastError {
    ForecastError::NotAdmissible {
        method: "reconciliation".into(),
        reason: "the weights differ by more than working precision holds".into(),
    }
}
