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

/// The bottom series of nodes that are split by the forecasts on the way down: every part gives way in proportion to its size.
pub(super) fn split_by_forecasts(hierarchy: &Hierarchy, from: &[usize], base: &[f64]) -> Vec<f64> {
    let mut values = base.to_vec();
    for (parent, parts) in families(hierarchy, from) {
        let sum: f64 = parts.iter().map(|&node| base[node]).sum();
        let gap = values[parent] - sum;
        for (&node, share) in parts.iter().zip(portions_of_size(base, &parts)) {
            values[node] = base[node] + gap * share;
        }
    }
    hierarchy.bottoms().iter().map(|&node| values[node]).collect()
}

/// How much of an error of the node that it is split from comes to every bottom series.
pub(super) fn shares_of_forecasts(hierarchy: &Hierarchy, from: &[usize], base: &[f64]) -> Vec<f64> {
    let mut portion = vec![1.0; hierarchy.len()];
    for (parent, parts) in families(hierarchy, from) {
        for (&node, share) in parts.iter().zip(portions_of_size(base, &parts)) {
            portion[node] = portion[parent] * share;
        }
    }
    hierarchy.bottoms().iter().map(|&node| portion[node]).collect()
}

/// The nodes that are split, from the top down, with their parts.
fn families(hierarchy: &Hierarchy, from: &[usize]) -> Vec<(usize, Vec<usize>)> {
    let Some(parents) = hierarchy.parents() else { return Vec::new() };
    let mut parts = vec![Vec::new(); hierarchy.len()];
    for (node, parent) in parents.iter().enumerate() {
        parent.iter().for_each(|&parent| parts[parent].push(node));
    }
    let mut is_split = vec![false; hierarchy.len()];
    from.iter().for_each(|&node| is_split[node] = true);
    let mut order: Vec<usize> = (0..hierarchy.len()).filter(|&node| !parts[node].is_empty()).collect();
    order.sort_by_key(|&node| hierarchy.levels()[node]);
    let mut families = Vec::new();
    for node in order {
        if is_split[node] {
            parts[node].iter().for_each(|&part| is_split[part] = true);
            families.push((node, std::mem::take(&mut parts[node])));
        }
    }
    families
}

/// Parts of 1 in proportion to sizes; equal ones of nothing.
fn portions_of_size(base: &[f64], nodes: &[usize]) -> Vec<f64> {
    portions(&nodes.iter().map(|&node| base[node].abs()).collect::<Vec<_>>())
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
