//! Passes over all rows. Rows are taken in fixed chunks and their parts are reduced in the order of the chunks, so that
//! results are the same, bit for bit, on any number of threads.

use std::ops::Range;

use emptor_types::Invalid;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::Assignment;
use super::fitted::Measure;
use super::kernel::{Centroids, TILE, Tile};
use super::lookup::{GROUP, by_label, places};
use super::screen::{Screen, Targets, Which, ceil};
use super::spread::Spread;
use super::sums::{MASKED, Sums, differences};
use crate::{ClusterError, Points};

/// The label of a row that has none yet.
pub(super) const NONE: u16 = u16::MAX;

/// Above this share of rows to measure a chunk is packed whole: copying neighbours is cheaper than gathering.
const DENSE: f64 = 0.5;

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

/// What centroids have moved so far, cluster by cluster, in the room of slacks and in units of the spread.
#[derive(Debug)]
pub(super) struct Drift {
    /// Not less.
    high: Vec<f32>,
    /// Not more.
    low: Vec<f32>,
}

impl Drift {
    pub(super) fn new(drift: &[f64]) -> Self {
        let (high, low) = drift.iter().map(|&x| (ceil(x), -ceil(-x))).unzip();
        Self { high, low }
    }
}

/// Measures the rows whose bound does not prove their label, and says how sums change thereby. A row is proven when its
/// `slack`, the margin of its centroid over the second nearest when last measured plus the drift of its cluster up to then,
/// is above the drift up to now. `first` measures all rows.
pub(super) fn step(
    points: &Points<'_>,
    spread: &Spread,
    targets: &Targets<'_>,
    drift: &Drift,
    (labels, slacks): (&mut [u16], &mut [f32]),
    first: bool,
) -> Sums {
    let (k, d) = (targets.clusters, points.dimensions());
    let chunk = chunk_rows(k, d);
    let room = || (Screen::new(points, spread), Vec::new(), Vec::new());
    let parts: Vec<Sums> = labels
        .par_chunks_mut(chunk)
        .zip(slacks.par_chunks_mut(chunk))
        .enumerate()
        .map_init(room, |(screen, active, room), (c, (labels, slacks))| {
            let arch = Arch::new();
            if !first {
                arch.dispatch(Exceed { labels, slacks, high: &drift.high, active });
            }
            let (rows, begin) = (labels.len(), c * chunk);
            let part = Sums::new(k, d);
            let mut take = Take { points, centre: &spread.centre, drift, begin, first, labels, slacks, part, room };
            if first || active.len() as f64 > DENSE * rows as f64 {
                for at in tiles(0..rows) {
                    screen.measure(&Which::Neighbours(begin + at.start..begin + at.end), targets);
                    take.neighbours(arch, screen, at);
                }
            } else {
                for at in active.chunks(TILE) {
                    screen.measure(&Which::Scattered(begin, at), targets);
                    take.scattered(arch, screen, at);
                }
            }
            take.part
        })
        .collect();
    reduce(parts, k, d)
}

/// Finds the rows of a chunk whose slack is not above the drift of their cluster.
struct Exceed<'a> {
    labels: &'a [u16],
    slacks: &'a [f32],
    high: &'a [f32],
    active: &'a mut Vec<u32>,
}

impl Exceed<'_> {
    #[inline(always)]
    fn group<S: Simd>(&mut self, simd: S, first: usize, labels: &[u16; GROUP], slacks: &[f32; GROUP]) {
        let (mut wide, mut flags) = ([0; GROUP], [0; GROUP]);
        // Eights are loaded before any is stored: else the compiler sees no vectors.
        for (wide, labels) in wide.as_chunks_mut::<8>().0.iter_mut().zip(labels.as_chunks::<8>().0) {
            *wide = labels.map(u32::from);
        }
        let limits = by_label(simd, &wide, self.high);
        let both = slacks.iter().zip(&limits);
        flags.iter_mut().zip(both).for_each(|(flag, (slack, limit))| *flag = u8::from(slack <= limit));
        for i in places(&flags) {
            self.active.push((first + i) as u32);
        }
    }
}

impl WithSimd for Exceed<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        self.active.clear();
        let ((labels, last_labels), (slacks, last_slacks)) = (self.labels.as_chunks(), self.slacks.as_chunks());
        for (g, (labels, slacks)) in labels.iter().zip(slacks).enumerate() {
            self.group(simd, g * GROUP, labels, slacks);
        }
        if !last_labels.is_empty() {
            let (mut labels, mut slacks) = ([0; GROUP], [f32::INFINITY; GROUP]);
            labels[..last_labels.len()].copy_from_slice(last_labels);
            slacks[..last_slacks.len()].copy_from_slice(last_slacks);
            self.group(simd, self.labels.len() - last_labels.len(), &labels, &slacks);
        }
    }
}

/// Takes over what was found of the rows of a chunk.
struct Take<'a> {
    points: &'a Points<'a>,
    centre: &'a [f64],
    drift: &'a Drift,
    begin: usize,
    first: bool,
    labels: &'a mut [u16],
    slacks: &'a mut [f32],
    part: Sums,
    room: &'a mut Vec<f64>,
}

impl Take<'_> {
    fn neighbours(&mut self, arch: Arch, screen: &mut Screen<'_>, at: Range<usize>) {
        let mut before = [NONE; TILE];
        before[..at.len()].copy_from_slice(&self.labels[at.clone()]);
        let mut moved = [0; TILE];
        let moves =
            arch.dispatch(Compare { drift: self.drift, screen, before: &before, count: at.len(), moved: &mut moved });
        self.slacks[at.clone()].copy_from_slice(&screen.slack[..at.len()]);
        let labels = self.labels[at.clone()].iter_mut().zip(&screen.label);
        labels.for_each(|(to, &from)| *to = from as u16);
        if self.first && self.drift.high.len() <= MASKED {
            let rows = self.begin + at.start..self.begin + at.end;
            self.part.put_all(arch, self.points, self.centre, rows, &screen.label, self.room);
            self.part.changed += at.len();
        } else {
            self.put(&before, screen, &moved[..moves], |i| at.start + i);
        }
        self.part.measured += at.len();
    }

    fn scattered(&mut self, arch: Arch, screen: &mut Screen<'_>, at: &[u32]) {
        let mut before = [NONE; TILE];
        before.iter_mut().zip(at).for_each(|(to, &place)| *to = self.labels[place as usize]);
        let mut moved = [0; TILE];
        let moves =
            arch.dispatch(Compare { drift: self.drift, screen, before: &before, count: at.len(), moved: &mut moved });
        at.iter().zip(&screen.slack).for_each(|(&place, &slack)| self.slacks[place as usize] = slack);
        at.iter().zip(&screen.label).for_each(|(&place, &label)| self.labels[place as usize] = label as u16);
        self.put(&before, screen, &moved[..moves], |i| at[i] as usize);
        self.part.measured += at.len();
    }

    /// Takes the rows that moved from one sum to another; row `i` of the tile is row `at(i)` of the chunk.
    fn put(&mut self, before: &[u16; TILE], screen: &Screen<'_>, moved: &[u16], at: impl Fn(usize) -> usize) {
        let row = |&i: &u16| self.begin + at(usize::from(i));
        differences(self.points, self.centre, moved.iter().map(row), self.room);
        for (&i, values) in moved.iter().zip(self.room.chunks_exact(self.centre.len())) {
            let weight = self.points.weight(row(&i));
            let (before, label) = (before[usize::from(i)], screen.label[usize::from(i)]);
            self.part.put(label as u16, values, weight, 1.0);
            if before != NONE {
                self.part.put(before, values, weight, -1.0);
            }
        }
        self.part.changed += moved.len();
    }
}

/// Adds drifts to what was found, and says how many rows have another label than before, and which.
struct Compare<'a, 'b> {
    drift: &'a Drift,
    screen: &'a mut Screen<'b>,
    before: &'a [u16; TILE],
    count: usize,
    moved: &'a mut [u16; TILE],
}

impl WithSimd for Compare<'_, '_> {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> usize {
        // For the rounding of the sum.
        const BELOW: f32 = 1.0 - 2.0 * f32::EPSILON;
        let (before, _) = self.before.as_chunks::<GROUP>();
        let (labels, _) = self.screen.label.as_chunks::<GROUP>();
        let (slacks, _) = self.screen.slack.as_chunks_mut::<GROUP>();
        let groups = before.iter().zip(labels).zip(slacks).take(self.count.div_ceil(GROUP));
        let mut moves = 0;
        for (g, ((before, labels), slacks)) in groups.enumerate() {
            for (slack, low) in slacks.iter_mut().zip(by_label(simd, labels, &self.drift.low)) {
                *slack = (if *slack < f32::MAX { *slack } else { f32::MAX } + low) * BELOW;
            }
            let mut flags = [0; GROUP];
            let both = before.iter().zip(labels);
            flags.iter_mut().zip(both).for_each(|(flag, (&a, &b))| *flag = u8::from(u32::from(a) != b));
            for i in places(&flags).map(|i| g * GROUP + i).take_while(|&i| i < self.count) {
                self.moved[moves] = i as u16;
                moves += 1;
            }
        }
        moves
    }
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
