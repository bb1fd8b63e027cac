//! Growing: node by node, the best column each.

use std::ops::Range;

use emptor_types::{Invalid, Threshold};
use rayon::prelude::*;

use super::columns::{Column, Columns, PARALLEL_CELLS};
use super::node::{Branch, Model, Node, Split};
use super::settings::Settings;
use super::split::{Cut, Found, Search, threshold};
use super::tally::{Centred, Classes, Labels, summarize};
use super::{Criterion, FittedTree, LearnError, Target, TreeData};

pub(super) fn grow(
    settings: &Settings,
    criterion: Criterion,
    data: &TreeData<'_>,
    columns: &Columns<'_>,
) -> Result<FittedTree, LearnError> {
    let columns = columns.kept(|row| data.weight(row as usize) > 0.0);
    let goes_left = vec![false; data.rows()];
    let mut growth = Growth { settings, criterion, data, columns, goes_left, nodes: Vec::new(), root_risk: 0.0 };
    growth.run()?;
    Ok(FittedTree::new(Model::new(criterion, data, growth.nodes)))
}

/// Columns whose gains differ by no more than this share of the node's risk are equally good.
const SAME_GAIN: f64 = 1e-12;

/// A node to be made.
struct Task {
    range: Range<usize>,
    depth: usize,
    parent: Option<(usize, bool)>,
}

struct Growth<'a> {
    settings: &'a Settings,
    criterion: Criterion,
    data: &'a TreeData<'a>,
    columns: Columns<'a>,
    goes_left: Vec<bool>,
    nodes: Vec<Node>,
    root_risk: f64,
}

impl Growth<'_> {
    /// Depth first, left before right, so that leaves are numbered as they are read.
    fn run(&mut self) -> Result<(), Invalid> {
        let mut tasks = vec![Task { range: 0..self.columns.rows.len(), depth: 0, parent: None }];
        while let Some(task) = tasks.pop() {
            let index = self.nodes.len();
            let node = self.summarized(task.range.clone());
            if let Some((parent, is_left)) = task.parent
                && let Some(branch) = &mut self.nodes[parent].branch
            {
                *(if is_left { &mut branch.left } else { &mut branch.right }) = index;
            }
            if index == 0 {
                self.root_risk = node.risk();
            }
            let may_split = task.depth < self.settings.max_depth
                && task.range.len() >= self.settings.min_split
                && task.range.len() / 2 >= self.settings.min_leaf
                && node.impurity > 0.0;
            let (centre, risk) = (node.mean, node.risk());
            self.nodes.push(node);
            let Some((feature, found)) = may_split.then(|| self.search(task.range.clone(), centre, risk)).flatten()
            else {
                continue;
            };
            let split = self.split(feature, &found.cut, task.range.clone())?;
            let left =
                self.columns.partition(task.range.clone(), &self.goes_left, task.depth + 1 < self.settings.max_depth);
            self.nodes[index].branch = Some(Branch { feature, split, left: 0, right: 0 });
            let (start, end, depth) = (task.range.start, task.range.end, task.depth + 1);
            tasks.push(Task { range: start + left..end, depth, parent: Some((index, false)) });
            tasks.push(Task { range: start..start + left, depth, parent: Some((index, true)) });
        }
        Ok(())
    }

    fn summarized(&self, range: Range<usize>) -> Node {
        let rows = &self.columns.rows[range];
        Node::new(summarize(self.data, self.criterion, rows), self.data, rows)
    }

    fn search(&self, range: Range<usize>, centre: f64, risk: f64) -> Option<(usize, Found)> {
        let weights = self.data.weights;
        match self.data.target {
            Target::Numbers(values) => self.search_with(&Centred { values, weights, centre }, range, risk),
            Target::Classes { codes, names } if names.len() == 2 => {
                self.search_with(&Centred { values: codes, weights, centre: 0.0 }, range, risk)
            }
            Target::Classes { codes, names } => {
                self.search_with(&Classes { codes, weights, count: names.len() }, range, risk)
            }
        }
    }

    fn search_with<L: Labels>(&self, labels: &L, range: Range<usize>, risk: f64) -> Option<(usize, Found)> {
        let rows = &self.columns.rows[range.clone()];
        let mut whole = labels.empty();
        rows.iter().for_each(|&row| labels.add(row as usize, &mut whole));
        let (criterion, min_leaf) = (self.criterion, self.settings.min_leaf);
        let search = Search { labels, criterion, min_leaf, rows, whole: &whole };
        let columns = &self.columns.columns;
        let found: Vec<Option<Found>> = if range.len() * columns.len() < PARALLEL_CELLS {
            columns.iter().map(|column| search.best(column, range.clone())).collect()
        } else {
            columns.par_iter().map(|column| search.best(column, range.clone())).collect()
        };
        let least = self.settings.min_improvement * self.root_risk;
        best_column(found, criterion, risk).filter(|(_, found)| found.gain >= least)
    }

    /// Notes which rows go left, and says so in terms of values.
    fn split(&mut self, feature: usize, cut: &Cut, range: Range<usize>) -> Result<Split, Invalid> {
        Ok(match (&self.columns.columns[feature], cut) {
            (Column::Numbers { values, entries }, Cut::After { place, unknown_left }) => {
                let entries = &entries[range];
                let value = |place: usize| values[entries[place].row as usize];
                let threshold = threshold(value(*place), value(place + 1), self.settings.exact_midpoints);
                for (i, entry) in entries.iter().enumerate() {
                    let unknown = values[entry.row as usize].is_nan();
                    self.goes_left[entry.row as usize] = if unknown { *unknown_left } else { i <= *place };
                }
                Split::AtMost { threshold: Threshold::new(threshold)?, unknown_left: *unknown_left }
            }
            (Column::Categories { codes, .. }, Cut::Listed { codes: listed, left }) => {
                for &row in &self.columns.rows[range] {
                    let is_listed = listed.binary_search(&codes[row as usize]).is_ok();
                    self.goes_left[row as usize] = is_listed == *left;
                }
                Split::Listed { codes: listed.clone(), left: *left }
            }
            (Column::Numbers { values, .. }, _) => {
                for &row in &self.columns.rows[range] {
                    self.goes_left[row as usize] = !values[row as usize].is_nan();
                }
                Split::Known
            }
            // A search by categories finds lists alone.
            (Column::Categories { .. }, _) => Split::Listed { codes: Vec::new(), left: true },
        })
    }
}

/// The column with the greatest gain; for the gain ratio, with the greatest ratio among those of at least mean gain. The
/// first of several: one read from the other end, `1 − x`, makes the same cuts, with sums that differ by rounding.
fn best_column(found: Vec<Option<Found>>, criterion: Criterion, risk: f64) -> Option<(usize, Found)> {
    let known = || found.iter().flatten();
    let mean = known().map(|found| found.gain).sum::<f64>() / known().count().max(1) as f64;
    // A sum of equal terms may be off in its last digits.
    let least = mean * (1.0 - 1e-12);
    let merit = |found: &Found| match criterion {
        Criterion::GainRatio if found.gain < least => f64::NEG_INFINITY,
        Criterion::GainRatio if found.information > 0.0 => found.gain / found.information,
        _ => found.gain,
    };
    let mut best: Option<(usize, f64)> = None;
    for (feature, found) in found.iter().enumerate() {
        let merit = found.as_ref().map_or(f64::NEG_INFINITY, merit);
        if merit > best.map_or(f64::NEG_INFINITY, |(_, merit)| merit + SAME_GAIN * risk) {
            best = Some((feature, merit));
        }
    }
    let (feature, _) = best?;
    found.into_iter().nth(feature).flatten().map(|found| (feature, found))
}
