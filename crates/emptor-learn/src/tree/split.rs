//! The best split of one node by one column.

use super::Criterion;
use super::columns::{Column, Entry, UNKNOWN};
use super::tally::{Labels, Tally, bits};

/// A split found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// Impurity taken away, times weight.
    pub(super) gain: f64,
    /// What the split itself tells, in bits per unit of weight: the divisor of the gain ratio.
    pub(super) information: f64,
    pub(super) cut: Cut,
}

#[derive(Debug, Clone)]
pub(super) enum Cut {
    /// Known values up to this place in the node go left.
    After { place: usize, unknown_left: bool },
    /// Known values go left, unknown ones right.
    Known,
    /// Rows of these categories go to one side, all others to the other.
    Listed { codes: Vec<u32>, left: bool },
}

/// What a search needs beside the column.
pub(super) struct Search<'a, L: Labels> {
    pub(super) labels: &'a L,
    pub(super) criterion: Criterion,
    pub(super) min_leaf: usize,
    /// Rows of the node, ascending.
    pub(super) rows: &'a [u32],
    /// All of them together.
    pub(super) whole: &'a L::Tally,
}

/// The best so far, by the scores of both sides.
struct Best<C> {
    score: f64,
    weights: (f64, f64),
    cut: Option<C>,
}

impl<C> Best<C> {
    fn new() -> Self {
        Self { score: f64::NEG_INFINITY, weights: (0.0, 0.0), cut: None }
    }

    #[inline]
    fn offer<T: Tally>(&mut self, left: &T, right: &T, criterion: Criterion, min_leaf: usize, cut: impl FnOnce() -> C) {
        if left.rows() >= min_leaf && right.rows() >= min_leaf {
            let score = left.score(criterion) + right.score(criterion);
            if score > self.score {
                *self = Self { score, weights: (left.weight(), right.weight()), cut: Some(cut()) };
            }
        }
    }
}

impl<L: Labels> Search<'_, L> {
    /// The best split by a column, whose part of the node is `range`.
    pub(super) fn best(&self, column: &Column<'_>, range: std::ops::Range<usize>) -> Option<Found> {
        let best = match column {
            Column::Numbers { entries, .. } => self.by_numbers(&entries[range]),
            Column::Categories { codes, names } => self.by_categories(codes, *names),
        };
        let cut = best.cut?;
        let (left, right) = best.weights;
        let information = (bits(left + right) - bits(left) - bits(right)) / (left + right);
        Some(Found { gain: (best.score - self.whole.score(self.criterion)).max(0.0), information, cut })
    }

    fn by_numbers(&self, entries: &[Entry]) -> Best<Cut> {
        let (labels, criterion, min_leaf) = (self.labels, self.criterion, self.min_leaf);
        let count = entries.partition_point(|entry| entry.rank != UNKNOWN);
        let (known, unknown_entries) = entries.split_at(count);
        let (mut best, mut unknown) = (Best::new(), labels.empty());
        unknown_entries.iter().for_each(|entry| labels.add(entry.row as usize, &mut unknown));
        let mut all_known = self.whole.clone();
        if unknown.rows() > 0 {
            all_known.clear();
            known.iter().for_each(|entry| labels.add(entry.row as usize, &mut all_known));
        }
        let heavier_left = |left: &L::Tally, right: &L::Tally| left.weight() >= right.weight();
        let (mut left, mut right, mut with_unknown) = (labels.empty(), labels.empty(), labels.empty());
        for place in 0..count.saturating_sub(1) {
            labels.add(known[place].row as usize, &mut left);
            if known[place].rank == known[place + 1].rank {
                continue;
            }
            right.set_difference(&all_known, &left);
            if unknown.rows() == 0 {
                best.offer(&left, &right, criterion, min_leaf, || Cut::After {
                    place,
                    unknown_left: heavier_left(&left, &right),
                });
            } else {
                with_unknown.set_sum(&left, &unknown);
                best.offer(&with_unknown, &right, criterion, min_leaf, || Cut::After { place, unknown_left: true });
                with_unknown.set_sum(&right, &unknown);
                best.offer(&left, &with_unknown, criterion, min_leaf, || Cut::After { place, unknown_left: false });
            }
        }
        best.offer(&all_known, &unknown, criterion, min_leaf.max(1), || Cut::Known);
        best
    }

    fn by_categories(&self, codes: &[u32], names: usize) -> Best<Cut> {
        let labels = self.labels;
        // The place after the last name holds the unknown: one more category.
        let mut groups: Vec<(u32, L::Tally)> = (0..=names as u32).map(|code| (code, labels.empty())).collect();
        for &row in self.rows {
            labels.add(row as usize, &mut groups[(codes[row as usize] as usize).min(names)].1);
        }
        groups.retain(|(_, tally)| tally.rows() > 0);
        let mut best = Best::new();
        let (mut left, mut right) = (labels.empty(), labels.empty());
        for order in 0..self.whole.orders() {
            groups.sort_by(|(a, one), (b, other)| one.rank(order).total_cmp(&other.rank(order)).then(a.cmp(b)));
            left.clear();
            for last in 0..groups.len().saturating_sub(1) {
                left.merge(&groups[last].1);
                right.set_difference(self.whole, &left);
                best.offer(&left, &right, self.criterion, self.min_leaf, || {
                    let (one, other) = groups.split_at(last + 1);
                    let has_unknown = |side: &[(u32, L::Tally)]| side.iter().any(|(code, _)| *code as usize == names);
                    // The unknown, and categories not seen here, are with the side that is not listed.
                    let left = has_unknown(other) || (!has_unknown(one) && left.weight() < right.weight());
                    let mut codes: Vec<u32> = if left { one } else { other }.iter().map(|(code, _)| *code).collect();
                    codes.sort_unstable();
                    Cut::Listed { codes, left }
                });
            }
        }
        best
    }
}

/// The shortest decimal in the middle half of the gap between two neighbours, the midpoint if there is none: at least
/// `below`, less than `above`.
pub(super) fn threshold(below: f64, above: f64, exact_midpoint: bool) -> f64 {
    let middle = below / 2.0 + above / 2.0;
    let middle = if middle >= below && middle < above { middle } else { below };
    let quarter = above / 4.0 - below / 4.0;
    let (low, high) = (below + quarter, above - quarter);
    let fits = |x: f64| x >= low && x <= high && x >= below && x < above;
    if exact_midpoint {
        return middle;
    }
    if fits(0.0) {
        return 0.0;
    }
    let rounded = (0..17).filter_map(|digits| format!("{middle:.digits$e}").parse().ok());
    rounded.into_iter().find(|&x| fits(x)).unwrap_or(middle)
}
