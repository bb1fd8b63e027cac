//! Splitting.

use emptor_types::Invalid;

use super::{Hierarchy, Proportions};
use crate::ForecastError;

/// The sum of siblings this small beside their sizes is rounding.
const NOTHING: f64 = 1e-12;

/// The node that each bottom series is split from: those of a level, and themselves for those that end above it.
pub(super) fn cut(hierarchy: &Hierarchy, level: usize) -> Result<Vec<usize>, ForecastError> {
    let deepest = hierarchy.levels().iter().max().copied().unwrap_or(0);
    if level > deepest {
        return Err(Invalid::value("level", format!("must be at most {deepest}"), level).into());
    }
    let mut from = hierarchy.bottoms().to_vec();
    for node in (0..hierarchy.len()).filter(|&node| hierarchy.levels()[node] == level) {
        hierarchy.members(node).iter().for_each(|&j| from[j as usize] = node);
    }
    Ok(from)
}

/// Every bottom series' share of the node that it is split from. Where that node has always been 0, all have the same.
pub(super) fn shares_of_history(
    hierarchy: &Hierarchy,
    from: &[usize],
    values: &[Vec<f64>],
    proportions: Proportions,
) -> Vec<f64> {
    let periods = values.first().map_or(0, Vec::len);
    let mut shares = vec![0.0; values.len()];
    for node in distinct(from) {
        let members: Vec<usize> = hierarchy.members(node).iter().map(|&j| j as usize).collect();
        let total = |t: usize| members.iter().map(|&j| values[j][t]).sum::<f64>();
        let size = |t: usize| members.iter().map(|&j| values[j][t].abs()).sum::<f64>();
        if proportions == Proportions::Average {
            let usable: Vec<(usize, f64)> =
                (0..periods).map(|t| (t, total(t))).filter(|&(t, sum)| sum.abs() > NOTHING * size(t)).collect();
            for &j in &members {
                shares[j] = usable.iter().map(|&(t, sum)| values[j][t] / sum).sum::<f64>() / usable.len() as f64;
            }
            if usable.is_empty() {
                members.iter().for_each(|&j| shares[j] = 1.0 / members.len() as f64);
            }
        } else {
            let sums: Vec<f64> = members.iter().map(|&j| values[j].iter().sum()).collect();
            members.iter().zip(portions(&sums)).for_each(|(&j, share)| shares[j] = share);
        }
    }
    shares
}

/// Every bottom series' share of the node that it is split from by the forecasts on the way down.
pub(super) fn shares_of_forecasts(hierarchy: &Hierarchy, from: &[usize], base: &[f64]) -> Vec<f64> {
    let Some(parents) = hierarchy.parents() else { return vec![0.0; from.len()] };
    let mut children = vec![Vec::new(); hierarchy.len()];
    for (node, parent) in parents.iter().enumerate() {
        parent.iter().for_each(|&parent| children[parent].push(node));
    }
    let mut portion = vec![1.0; hierarchy.len()];
    for siblings in children.iter().filter(|siblings| !siblings.is_empty()) {
        let forecasts: Vec<f64> = siblings.iter().map(|&node| base[node]).collect();
        siblings.iter().zip(portions(&forecasts)).for_each(|(&node, share)| portion[node] = share);
    }
    let share = |(&bottom, &from): (&usize, &usize)| {
        let (mut node, mut share) = (bottom, 1.0);
        while node != from {
            share *= portion[node];
            let Some(parent) = parents[node] else { break };
            node = parent;
        }
        share
    };
    hierarchy.bottoms().iter().zip(from).map(share).collect()
}

/// Parts of 1 in proportion to values; equal ones of nothing.
fn portions(values: &[f64]) -> Vec<f64> {
    let (sum, size) = (values.iter().sum::<f64>(), values.iter().map(|v| v.abs()).sum::<f64>());
    if sum.abs() > NOTHING * size {
        values.iter().map(|value| value / sum).collect()
    } else {
        vec![1.0 / values.len() as f64; values.len()]
    }
}

fn distinct(from: &[usize]) -> Vec<usize> {
    let mut nodes = from.to_vec();
    nodes.sort_unstable();
    nodes.dedup();
    nodes
}
