//! Passes over all rows. Rows are taken in fixed chunks and their parts are reduced in the order of the chunks, so that
//! results are the same, bit for bit, on any number of threads.

use std::ops::Range;

use emptor_types::Invalid;
use rayon::prelude::*;

use super::Assignment;
use super::fitted::Measure;
use super::kernel::{Centroids, TILE, Tile};
use super::screen::{Screen, Targets, Which, ceil};
use super::spread::Spread;
use crate::{ClusterError, Points};

/// The label of a row that has none yet.
pub(super) const NONE: u16 = u16::MAX;

/// Above this share of rows to measure a chunk is packed whole: copying neighbours is cheaper than gathering.
const DENSE: f64 = 0.5;

/// So many clusters or fewer have labels that fit into a byte.
const FEW: usize = 256;

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

/// Sums over the rows of each cluster, as differences from the centre of all rows, lest a large common offset eat the
/// digits.
#[derive(Debug, Clone)]
pub(super) struct Sums {
    /// Per cluster, per column.
    pub(super) sums: Vec<f64>,
    pub(super) weights: Vec<f64>,
    /// Rows of weight above 0; whole numbers, so that an empty cluster is known for sure.
    pub(super) heavy: Vec<i64>,
    /// Rows that changed their cluster.
    pub(super) changed: usize,
    /// Rows measured.
    pub(super) measured: usize,
}

impl Sums {
    pub(super) fn new(clusters: usize, dimensions: usize) -> Self {
        let (sums, weights) = (vec![0.0; clusters * dimensions], vec![0.0; clusters]);
        Self { sums, weights, heavy: vec![0; clusters], changed: 0, measured: 0 }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.sums.iter_mut().zip(&other.sums).for_each(|(a, b)| *a += b);
        self.weights.iter_mut().zip(&other.weights).for_each(|(a, b)| *a += b);
        self.heavy.iter_mut().zip(&other.heavy).for_each(|(a, b)| *a += b);
        self.changed += other.changed;
        self.measured += other.measured;
    }

    /// Adds a row, as a difference from the centre, to a cluster, or takes it away with a sign below 0.
    #[inline]
    pub(super) fn put(&mut self, label: u16, row: &[f64], weight: f64, sign: f64) {
        let l = usize::from(label);
        let signed = sign * weight;
        self.sums[l * row.len()..][..row.len()].iter_mut().zip(row).for_each(|(sum, x)| *sum += signed * x);
        self.weights[l] += signed;
        self.heavy[l] += i64::from(weight > 0.0) * sign as i64;
    }
}

/// The coordinates of some rows one row after the other, as differences from the centre.
pub(super) fn differences(
    points: &Points<'_>,
    centre: &[f64],
    rows: impl Iterator<Item = usize> + Clone,
    out: &mut Vec<f64>,
) {
    let d = centre.len();
    out.resize(rows.clone().count() * d, 0.0);
    let standard = points.shift().iter().zip(points.scale()).zip(centre);
    for ((j, column), ((shift, scale), middle)) in points.columns().iter().enumerate().zip(standard) {
        let to = out.iter_mut().skip(j).step_by(d);
        to.zip(rows.clone()).for_each(|(to, row)| *to = (column[row] - shift) * scale - middle);
    }
}

/// What centroids have moved so far, cluster by cluster, in the room of slacks and in units of the spread.
#[derive(Debug)]
pub(super) struct Drift {
    /// Not less.
    high: Vec<f32>,
    /// The greatest of them.
    most: f32,
    /// Not more.
    low: Vec<f32>,
}

impl Drift {
    pub(super) fn new(drift: &[f64]) -> Self {
        let (mut high, mut low): (Vec<f32>, Vec<f32>) = drift.iter().map(|&x| (ceil(x), -ceil(-x))).unzip();
        // A table of fixed length needs no check of the index.
        high.resize(drift.len().max(FEW), 0.0);
        low.resize(drift.len().max(FEW), 0.0);
        let most = high.iter().fold(0.0, |most: f32, &high| most.max(high));
        Self { high, most, low }
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
        .map_init(room, |(screen, active, moved), (c, (labels, slacks))| {
            let part = Sums::new(k, d);
            let begin = c * chunk;
            let mut rows = Rows { points, centre: &spread.centre, drift, begin, labels, slacks, part, moved };
            if !first {
                rows.active(active);
            }
            if first || active.len() as f64 > DENSE * rows.labels.len() as f64 {
                tiles(0..rows.labels.len()).for_each(|at| {
                    screen.measure(&Which::Neighbours(begin + at.start..begin + at.end), targets);
                    rows.settle(screen, at.len(), |i| at.start + i);
                });
            } else {
                active.chunks(TILE).for_each(|at| {
                    screen.measure(&Which::Scattered(begin, at), targets);
                    rows.settle(screen, at.len(), |i| at[i] as usize);
                });
            }
            rows.part
        })
        .collect();
    reduce(parts, k, d)
}

/// The rows of a chunk on the way through [`step`].
struct Rows<'a> {
    points: &'a Points<'a>,
    centre: &'a [f64],
    drift: &'a Drift,
    begin: usize,
    labels: &'a mut [u16],
    slacks: &'a mut [f32],
    part: Sums,
    /// Room for the coordinates of rows that change their cluster.
    moved: &'a mut Vec<f64>,
}

impl Rows<'_> {
    /// The rows to measure.
    fn active(&self, active: &mut Vec<u32>) {
        match self.drift.high.first_chunk::<FEW>() {
            Some(high) if self.part.weights.len() <= FEW => self.exceed(active, |label| high[usize::from(label as u8)]),
            _ => self.exceed(active, |label| self.drift.high[usize::from(label)]),
        }
    }

    /// The rows whose slack is not above their limit.
    #[inline]
    fn exceed(&self, active: &mut Vec<u32>, limit: impl Fn(u16) -> f32) {
        const GROUP: usize = u64::BITS as usize;
        const FEW_ROWS: usize = 8;
        active.clear();
        let most = self.drift.most;
        for (g, (labels, slacks)) in self.labels.chunks(GROUP).zip(self.slacks.chunks(GROUP)).enumerate() {
            let mut bits = 0_u64;
            for (e, (labels, slacks)) in labels.chunks(FEW_ROWS).zip(slacks.chunks(FEW_ROWS)).enumerate() {
                // Without labels first, and without a branch, for which rows are active is anybody's guess.
                if slacks.iter().fold(false, |any, &slack| any | (slack <= most)) {
                    for (i, (&label, &slack)) in labels.iter().zip(slacks).enumerate() {
                        bits |= u64::from(slack <= limit(label)) << (e * FEW_ROWS + i);
                    }
                }
            }
            while bits != 0 {
                active.push((g * GROUP) as u32 + bits.trailing_zeros());
                bits &= bits - 1;
            }
        }
    }

    /// Takes over what was found of the rows of a tile; row `i` of it is row `at(i)` of the chunk.
    #[inline]
    fn settle(&mut self, screen: &Screen<'_>, count: usize, at: impl Fn(usize) -> usize) {
        match self.drift.low.first_chunk::<FEW>() {
            Some(low) if self.part.weights.len() <= FEW => {
                self.take(screen, count, at, |label| low[usize::from(label as u8)]);
            }
            _ => self.take(screen, count, at, |label| self.drift.low[label as usize]),
        }
    }

    #[inline]
    fn take(&mut self, screen: &Screen<'_>, count: usize, at: impl Fn(usize) -> usize, low: impl Fn(u32) -> f32) {
        // For the rounding of the sum.
        const BELOW: f32 = 1.0 - 2.0 * f32::EPSILON;
        let mut moved = [0_u16; TILE];
        let mut moves = 0;
        // Without a branch: which rows move is anybody's guess.
        for (i, (&label, slack)) in screen.label.iter().zip(&screen.slack).enumerate().take(count) {
            let slack = if *slack < f32::MAX { *slack } else { f32::MAX };
            self.slacks[at(i)] = (slack + low(label)) * BELOW;
            moved[moves] = i as u16;
            moves += usize::from(self.labels[at(i)] != label as u16);
        }
        let moved = &moved[..moves];
        let row = |&i: &u16| self.begin + at(usize::from(i));
        differences(self.points, self.centre, moved.iter().map(row), self.moved);
        for (&i, row) in moved.iter().zip(self.moved.chunks_exact(self.centre.len())) {
            let (place, label) = (at(usize::from(i)), screen.label[usize::from(i)] as u16);
            let before = std::mem::replace(&mut self.labels[place], label);
            let weight = self.points.weight(self.begin + place);
            self.part.put(label, row, weight, 1.0);
            if before != NONE {
                self.part.put(before, row, weight, -1.0);
            }
        }
        self.part.measured += count;
        self.part.changed += moves;
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
