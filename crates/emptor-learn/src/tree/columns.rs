//! Columns sorted once, and kept sorted node by node.

use rayon::prelude::*;

use super::{Feature, Features};

/// Below so many cells a node is searched on one thread: handing out work would cost more.
pub(super) const PARALLEL_CELLS: usize = 50_000;

/// The rank of unknown values, after all others.
pub(super) const UNKNOWN: u32 = u32::MAX;

/// A row in the order of a column; equal values share a rank.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) rank: u32,
    pub(super) row: u32,
}

#[derive(Debug, Clone)]
pub(super) enum Column<'a> {
    Numbers { values: &'a [f64], entries: Vec<Entry> },
    Categories { codes: &'a [u32], names: usize },
}

/// All columns. A node owns the same range of places in the entries of every column and in `rows`; within it each keeps
/// its order, so that nothing is ever sorted again.
#[derive(Debug, Clone)]
pub(super) struct Columns<'a> {
    pub(super) columns: Vec<Column<'a>>,
    pub(super) rows: Vec<u32>,
}

impl<'a> Columns<'a> {
    pub(super) fn sorted(features: &Features<'a>) -> Self {
        let columns = features.columns().par_iter().map(|(_, feature)| match *feature {
            Feature::Numbers(values) => Column::Numbers { values, entries: sort(values) },
            Feature::Categories { codes, names } => Column::Categories { codes, names: names.len() },
        });
        Self { columns: columns.collect(), rows: (0..features.rows() as u32).collect() }
    }

    /// The columns of the rows that count.
    pub(super) fn kept(&self, keep: impl Fn(u32) -> bool + Sync) -> Self {
        let columns = self.columns.iter().map(|column| match column {
            Column::Numbers { values, entries } => {
                let entries = entries.iter().copied().filter(|entry| keep(entry.row)).collect();
                Column::Numbers { values, entries }
            }
            Column::Categories { .. } => column.clone(),
        });
        Self { columns: columns.collect(), rows: self.rows.iter().copied().filter(|&row| keep(row)).collect() }
    }

    /// Moves the rows of a node that go left before those that go right, keeping both in order; the columns too, if
    /// anyone is to look at them again. Returns how many go left.
    pub(super) fn partition(&mut self, range: std::ops::Range<usize>, goes_left: &[bool], with_columns: bool) -> usize {
        if with_columns {
            let cells = range.len() * self.columns.len();
            let part = |column: &mut Column<'_>| {
                if let Column::Numbers { entries, .. } = column {
                    stable_partition(&mut entries[range.clone()], |entry| goes_left[entry.row as usize]);
                }
            };
            if cells < PARALLEL_CELLS {
                self.columns.iter_mut().for_each(part);
            } else {
                self.columns.par_iter_mut().for_each(part);
            }
        }
        stable_partition(&mut self.rows[range], |&row| goes_left[row as usize])
    }
}

fn stable_partition<T: Copy>(items: &mut [T], goes_left: impl Fn(&T) -> bool) -> usize {
    let mut right = Vec::with_capacity(items.len());
    let mut left = 0;
    for i in 0..items.len() {
        let item = items[i];
        if goes_left(&item) {
            items[left] = item;
            left += 1;
        } else {
            right.push(item);
        }
    }
    items[left..].copy_from_slice(&right);
    left
}

/// Rows by value, then by number; unknown values last.
fn sort(values: &[f64]) -> Vec<Entry> {
    let mut keys: Vec<(u64, u32)> =
        values.iter().enumerate().filter(|(_, x)| !x.is_nan()).map(|(row, &x)| (key(x), row as u32)).collect();
    keys.sort_unstable();
    let (mut rank, mut before) = (0, keys.first().map_or(0, |&(key, _)| key));
    let mut entries = Vec::with_capacity(values.len());
    for (key, row) in keys {
        rank += u32::from(key != before);
        before = key;
        entries.push(Entry { rank, row });
    }
    let unknown = values.iter().enumerate().filter(|(_, x)| x.is_nan());
    entries.extend(unknown.map(|(row, _)| Entry { rank: UNKNOWN, row: row as u32 }));
    entries
}

/// Whole numbers in the order of the doubles; both zeros are one.
fn key(x: f64) -> u64 {
    let bits = (x + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}
