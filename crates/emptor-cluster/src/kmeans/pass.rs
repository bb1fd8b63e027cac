//! Passes over all rows. Rows are taken in fixed chunks and their parts are reduced in the order of the chunks, so that
//! results are the same, bit for bit, on any number of threads.

use std::ops::Range;

use emptor_types::Invalid;
use pulp::Arch;
use rayon::prelude::*;

use super::Assignment;
use super::fence::SHARE;
use super::fitted::Measure;
use super::kernel::{Centroids, TILE, Tile};
use super::lookup::{GROUP, places};
use super::screen::{Kept, Screen, Targets, Which};
use super::spread::Spread;
use super::sums::{MASKED, Sums, differences};
use crate::{ClusterError, Points};

/// The label of a row that has none yet.
pub(super) const NONE: u16 = u16::MAX;

/// Room for this share of a chunk's rows near a border, lest it be doubled: a little more than is expected.
const ROOM: f64 = 1.1 * SHARE;

/// Rows of the smallest chunk.
pub(super) const CHUNK: usize = 4096;

/// Rows of a chunk: enough to hide what a chunk costs, and so many that the sums of all chunks together take no more than
/// two bytes a row.
pub(super) fn chunk_rows(clusters: usize, dimensions: usize) -> usize {
    (4 * clusters * (dimensions + 2)).next_multiple_of(CHUNK)
}

fn chunks(rows: usize, chunk: usize) -> impl IndexedParallelIterator<Item = Range<usize>> {
    (0..rows.div_ceil(chunk)).into_par_iter().map(move |c| c * chunk..rows.min((c + 1) * chunk))
}

fn tiles(rows: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let end = rows.end;
    rows.step_by(TILE).map(move |first| first..end.min(first + TILE))
}

/// A chunk of rows, what is known of them, and how sums change.
struct Chunk<'a> {
    points: &'a Points<'a>,
    centre: &'a [f64],
    begin: usize,
    labels: &'a mut [u16],
    part: Sums,
    moved: &'a mut Vec<Moved>,
    room: &'a mut Vec<f64>,
}

/// A row that has another label than before.
struct Moved {
    row: usize,
    before: u16,
    label: u16,
}

impl Chunk<'_> {
    /// Takes labels over where there were none.
    fn label(&mut self, arch: Arch, at: Range<usize>, labels: &[u32; TILE]) {
        self.labels[at.clone()].iter_mut().zip(labels).for_each(|(to, &from)| *to = from as u16);
        let rows = self.begin + at.start..self.begin + at.end;
        self.part.put_all(arch, self.points, self.centre, rows, labels, self.room);
        self.part.changed += at.len();
    }

    /// Takes over the labels that are others than `before`.
    fn relabel(&mut self, arch: Arch, rows: &Which<'_>, before: &[u16; TILE], labels: &[u32; TILE]) {
        let mut places = [0; TILE];
        let count = rows.len();
        let moves = arch.dispatch(
            #[inline(always)]
            || differ(before, labels, count, &mut places),
        );
        for i in places[..moves].iter().map(|&i| usize::from(i)) {
            let (row, label) = (rows.row(i), labels[i] as u16);
            self.labels[row - self.begin] = label;
            self.moved.push(Moved { row, before: before[i], label });
        }
    }

    /// Takes the rows that moved from one sum to another: those of a chunk together, for they have to be fetched from memory.
    fn settle(&mut self) {
        for moved in self.moved.chunks(TILE) {
            differences(self.points, self.centre, moved.iter().map(|moved| moved.row), self.room);
            for (&Moved { row, before, label }, values) in moved.iter().zip(self.room.chunks_exact(self.centre.len())) {
                let weight = self.points.weight(row);
                self.part.put(label, values, weight, 1.0);
                if before != NONE {
                    self.part.put(before, values, weight, -1.0);
                }
            }
        }
        self.part.changed += self.moved.len();
        self.moved.clear();
    }
}

/// Measures all rows, keeps those whose slack is below the `horizon`, if there is one, and says how sums change. `first` says
/// that no row has a label yet.
pub(super) fn whole(
    points: &Points<'_>,
    spread: &Spread,
    targets: &Targets<'_>,
    labels: &mut [u16],
    (kept, horizon): (&mut [Kept], Option<f32>),
    first: bool,
) -> Sums {
    over(points, spread, targets, labels, kept, |screen, chunk, kept| {
        let arch = Arch::new();
        kept.restart(horizon.map_or(0, |_| (chunk.labels.len() as f64 * ROOM) as usize), points.dimensions());
        for at in tiles(0..chunk.labels.len()) {
            let rows = Which::Neighbours(chunk.begin + at.start..chunk.begin + at.end);
            screen.measure(&rows, targets, horizon.is_some());
            if first && targets.clusters <= MASKED {
                chunk.label(arch, at.clone(), &screen.label);
            } else {
                let mut before = [NONE; TILE];
                before[..at.len()].copy_from_slice(&chunk.labels[at.clone()]);
                chunk.relabel(arch, &rows, &before, &screen.label);
            }
            if let Some(horizon) = horizon {
                screen.keep(at, horizon, kept);
            }
        }
        chunk.part.measured = chunk.labels.len();
    })
}

/// Measures the rows that are kept, for no other can have another label, and says how sums change.
pub(super) fn fenced(
    points: &Points<'_>,
    spread: &Spread,
    targets: &Targets<'_>,
    labels: &mut [u16],
    kept: &mut [Kept],
) -> Sums {
    over(points, spread, targets, labels, kept, |screen, chunk, kept| {
        for rows in kept.tiles(chunk.begin, points.dimensions()) {
            screen.measure(&rows, targets, false);
            let mut before = [NONE; TILE];
            let known = before.iter_mut().enumerate().take(rows.len());
            known.for_each(|(i, to)| *to = chunk.labels[rows.row(i) - chunk.begin]);
            chunk.relabel(Arch::new(), &rows, &before, &screen.label);
        }
        chunk.part.measured = kept.rows.len();
    })
}

/// Goes over chunks and adds up what they change.
fn over<'a>(
    points: &'a Points<'a>,
    spread: &'a Spread,
    targets: &Targets<'_>,
    labels: &mut [u16],
    kept: &mut [Kept],
    pass: impl Fn(&mut Screen<'a>, &mut Chunk<'_>, &mut Kept) + Sync,
) -> Sums {
    let (k, d) = (targets.clusters, points.dimensions());
    let rows = chunk_rows(k, d);
    let room = || (Screen::new(points, spread), Vec::new(), Vec::new());
    let parts: Vec<Sums> = labels
        .par_chunks_mut(rows)
        .zip(kept)
        .enumerate()
        .map_init(room, |(screen, moved, room), (c, (labels, kept))| {
            let part = Sums::new(k, d);
            let mut chunk = Chunk { points, centre: &spread.centre, begin: c * rows, labels, part, moved, room };
            pass(screen, &mut chunk, kept);
            chunk.settle();
            chunk.part
        })
        .collect();
    reduce(parts, k, d)
}

/// The places where labels differ; how many.
#[inline(always)]
fn differ(before: &[u16; TILE], labels: &[u32; TILE], count: usize, moved: &mut [u16; TILE]) -> usize {
    let groups = before.as_chunks::<GROUP>().0.iter().zip(labels.as_chunks::<GROUP>().0);
    let mut moves = 0;
    for (g, (before, labels)) in groups.enumerate().take(count.div_ceil(GROUP)) {
        let mut flags = [0; GROUP];
        let both = before.iter().zip(labels);
        flags.iter_mut().zip(both).for_each(|(flag, (&a, &b))| *flag = u8::from(u32::from(a) != b));
        for i in places(&flags).map(|i| g * GROUP + i).take_while(|&i| i < count) {
            moved[moves] = i as u16;
            moves += 1;
        }
    }
    moves
}

fn reduce(parts: Vec<Sums>, k: usize, d: usize) -> Sums {
    let mut total = Sums::new(k, d);
    parts.iter().for_each(|part| total.add(part));
    total
}

/// The sums of all rows by their labels, from scratch.
pub(super) fn sums(points: &Points<'_>, clusters: usize, centre: &[f64], labels: &[u16]) -> Sums {
    let d = points.dimensions();
    let parts: Vec<Sums> = chunks(points.rows(), chunk_rows(clusters, d))
        .map_init(Vec::new, |room, rows| {
            let mut part = Sums::new(clusters, d);
            for rows in tiles(rows) {
                differences(points, centre, rows.clone(), room);
                for (row, values) in rows.zip(room.chunks_exact(d)) {
                    part.put(labels[row], values, points.weight(row), 1.0);
                }
            }
            part
        })
        .collect();
    reduce(parts, clusters, d)
}

/// The rows farthest from the centroid of their label, farthest first, the lower row on ties: at most `most`, none of weight
/// or distance 0.
pub(super) fn farthest(points: &Points<'_>, flat: &[f64], labels: &[u16], most: usize) -> Vec<(f64, usize)> {
    let d = points.dimensions();
    let order = |a: &(f64, usize), b: &(f64, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    let parts: Vec<Vec<(f64, usize)>> = chunks(points.rows(), chunk_rows(flat.len() / d, d))
        .map(|rows| {
            let distance = |row: usize| {
                let centroid = &flat[usize::from(labels[row]) * d..][..d];
                let squares = centroid.iter().enumerate().map(|(j, c)| points.value(row, j) - c).map(|x| x * x);
                squares.sum::<f64>()
            };
            let heavy = rows.filter(|&row| points.weight(row) > 0.0);
            let mut part: Vec<_> = heavy.map(|row| (distance(row), row)).filter(|(d, _)| *d > 0.0).collect();
            part.sort_unstable_by(order);
            part.truncate(most);
            part
        })
        .collect();
    let mut all: Vec<_> = parts.into_iter().flatten().collect();
    all.sort_unstable_by(order);
    all.truncate(most);
    all
}

/// Which row has no finite distance, if any.
fn refuse(rows: impl IntoIterator<Item = Option<usize>>) -> Result<(), Invalid> {
    match rows.into_iter().flatten().next() {
        None => Ok(()),
        Some(row) => Err(Invalid::value("values", "must be at most 1e150 either way once standardised", Row(row))),
    }
}

struct Row(usize);

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "more in row {}", self.0)
    }
}

/// Labels of all rows, in the room given, and counts, weights and inertia.
pub(super) fn measure(
    points: &Points<'_>,
    centroids: &Centroids,
    mut labels: Vec<u16>,
) -> Result<(Vec<u16>, Measure), ClusterError> {
    let k = centroids.clusters;
    let chunk = chunk_rows(k, points.dimensions());
    labels.resize(points.rows(), 0);
    let room = || Tile::new(points);
    let parts: Vec<(Measure, Option<usize>)> = labels
        .par_chunks_mut(chunk)
        .enumerate()
        .map_init(room, |tile, (c, labels)| {
            let begin = c * chunk;
            let (mut part, mut beyond) = (Measure::none(k), None);
            for rows in tiles(0..labels.len()) {
                tile.pack(begin + rows.start..begin + rows.end);
                tile.nearest(centroids);
                for (i, at) in rows.enumerate() {
                    let (label, weight) = (tile.label[i] as usize, points.weight(begin + at));
                    let distance = tile.best[i];
                    labels[at] = label as u16;
                    part.counts[label] += 1;
                    part.weights[label] += weight;
                    part.inertia += weight * distance;
                    if beyond.is_none() && !distance.is_finite() {
                        beyond = Some(begin + at);
                    }
                }
            }
            (part, beyond)
        })
        .collect();
    refuse(parts.iter().map(|(_, beyond)| *beyond))?;
    let mut total = Measure::none(k);
    parts.iter().for_each(|(part, _)| total.add(part));
    Ok((labels, total))
}

/// Labels of all rows.
pub(super) fn labels(points: &Points<'_>, spread: &Spread, flat: &[f64]) -> Vec<u16> {
    let targets = Targets::new(flat, spread);
    let mut all = vec![0; points.rows()];
    let room = || Screen::new(points, spread);
    all.par_chunks_mut(CHUNK).enumerate().for_each_init(room, |screen, (c, labels)| {
        for at in tiles(0..labels.len()) {
            screen.measure(&Which::Neighbours(c * CHUNK + at.start..c * CHUNK + at.end), &targets, false);
            labels[at].iter_mut().zip(&screen.label).for_each(|(to, &from)| *to = from as u16);
        }
    });
    all
}

/// Labels and both distances of all rows.
pub(super) fn assign(points: &Points<'_>, centroids: &Centroids) -> Result<Assignment, ClusterError> {
    let n = points.rows();
    let mut all = Assignment { label: vec![0; n], distance_squared: vec![0.0; n], second: vec![0.0; n] };
    let room = || Tile::new(points);
    all.label
        .par_chunks_mut(CHUNK)
        .zip(all.distance_squared.par_chunks_mut(CHUNK))
        .zip(all.second.par_chunks_mut(CHUNK))
        .enumerate()
        .for_each_init(room, |tile, (c, ((label, best), second))| {
            for rows in tiles(0..label.len()) {
                tile.pack(c * CHUNK + rows.start..c * CHUNK + rows.end);
                tile.nearest(centroids);
                best[rows.clone()].copy_from_slice(&tile.best[..rows.len()]);
                second[rows.clone()].copy_from_slice(&tile.second[..rows.len()]);
                label[rows].iter_mut().zip(&tile.label).for_each(|(to, from)| *to = *from as u16);
            }
        });
    refuse([all.distance_squared.iter().position(|distance| !distance.is_finite())])?;
    Ok(all)
}
