//! From the forecasts of all nodes to those of the bottom series.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Hierarchy;
use super::cholesky::{Cholesky, dot};
use super::proportions::{shares_of_forecasts, split_by_forecasts};

/// The matrix G, as what it takes to apply it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Operator {
    /// The bottom forecasts.
    BottomUp,
    /// A share of a node's forecast for each bottom series.
    Shares { from: Vec<usize>, shares: Vec<f64> },
    /// The same with shares that depend on the forecasts.
    ForecastShares { from: Vec<usize> },
    /// A diagonal W, and `C W Cᵀ` over the nodes above the bottom.
    Above { variances: Vec<f64>, system: Cholesky },
    /// A diagonal W, and `Sᵀ W⁻¹ S` over the bottom series.
    Below { variances: Vec<f64>, system: Cholesky },
    /// The rows of `W Cᵀ (C W Cᵀ)⁻¹` of the bottom series.
    Gain { gain: Vec<f64> },
}

impl Operator {
    /// The operator with all that depends on the forecasts settled: it is linear from here on.
    pub(super) fn at<'a>(&'a self, hierarchy: &Hierarchy, base: &[f64]) -> Cow<'a, Self> {
        match self {
            Self::ForecastShares { from } => {
                let shares = shares_of_forecasts(hierarchy, from, base);
                Cow::Owned(Self::Shares { from: from.clone(), shares })
            }
            other => Cow::Borrowed(other),
        }
    }

    /// The bottom series of the values of all nodes.
    pub(super) fn bottom(&self, hierarchy: &Hierarchy, base: &[f64]) -> Vec<f64> {
        let own = || hierarchy.bottoms().iter().map(|&node| base[node]);
        match self {
            Self::BottomUp => own().collect(),
            Self::Shares { from, shares } => from.iter().zip(shares).map(|(&node, share)| base[node] * share).collect(),
            Self::ForecastShares { from } => split_by_forecasts(hierarchy, from, base),
            Self::Above { variances, system } => {
                let mut gaps = gaps(hierarchy, base);
                system.solve(&mut gaps);
                let mut bottom: Vec<f64> = own().collect();
                for (&node, moved) in hierarchy.uppers().iter().zip(gaps) {
                    for &j in hierarchy.members(node) {
                        bottom[j as usize] += variances[hierarchy.bottoms()[j as usize]] * moved;
                    }
                }
                bottom
            }
            Self::Below { variances, system } => {
                let mut moved = vec![0.0; hierarchy.bottoms().len()];
                for (&node, gap) in hierarchy.uppers().iter().zip(gaps(hierarchy, base)) {
                    hierarchy.members(node).iter().for_each(|&j| moved[j as usize] += gap / variances[node]);
                }
                system.solve(&mut moved);
                own().zip(moved).map(|(value, moved)| value + moved).collect()
            }
            Self::Gain { gain } => {
                let gaps = gaps(hierarchy, base);
                own().zip(gain.chunks_exact(gaps.len().max(1))).map(|(value, row)| value - dot(row, &gaps)).collect()
            }
        }
    }

    /// Whether saved parts belong to a hierarchy.
    pub(super) fn fits(&self, hierarchy: &Hierarchy) -> bool {
        let (nodes, bottoms, uppers) = (hierarchy.len(), hierarchy.bottoms().len(), hierarchy.uppers().len());
        let are_cut = |from: &[usize]| from.len() == bottoms && from.iter().all(|&node| node < nodes);
        let are_variances = |v: &[f64]| v.len() == nodes && v.iter().all(|v| *v > 0.0 && v.is_finite());
        match self {
            Self::BottomUp => true,
            Self::Shares { from, shares } => are_cut(from) && shares.len() == bottoms,
            Self::ForecastShares { from } => are_cut(from) && hierarchy.parents().is_some(),
            Self::Above { variances, system } => {
                are_variances(variances) && system.is_whole() && system.size() == uppers
            }
            Self::Below { variances, system } => {
                are_variances(variances) && system.is_whole() && system.size() == bottoms
            }
            Self::Gain { gain } => uppers > 0 && gain.len() == bottoms * uppers,
        }
    }
}

/// `C ŷ`: by how much every node above the bottom differs from the sum of its bottom series.
pub(super) fn gaps(hierarchy: &Hierarchy, base: &[f64]) -> Vec<f64> {
    let bottoms = hierarchy.bottoms();
    let sum = |node: usize| hierarchy.members(node).iter().map(|&j| base[bottoms[j as usize]]).sum::<f64>();
    hierarchy.uppers().iter().map(|&node| base[node] - sum(node)).collect()
}
